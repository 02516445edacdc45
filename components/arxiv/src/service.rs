use crate::atom;
use http_client::Answer;

const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;
/// As base64 it stays below the bound of a result.
const MAX_PDF_BYTES: usize = 3_000_000;
const PAPERS: &str = "https://arxiv.org/";
const MAX_REDIRECTS: usize = 3;

pub fn text(url: &str) -> Result<String, String> {
    let answer = get(url, "application/atom+xml", MAX_TEXT_BYTES)?;
    match answer.status {
        200 => Ok(answer.text()),
        // The catalogue says in Atom what it did not understand.
        status => Err(match atom::papers(&answer.text()) {
            Err(reason) if reason.starts_with("arXiv: ") => reason,
            _ => format!("arXiv, status {status}"),
        }),
    }
}

pub fn pdf(id: &str) -> Result<Vec<u8>, String> {
    let mut url = format!("{PAPERS}pdf/{id}");
    for _ in 0..=MAX_REDIRECTS {
        let answer = get(&url, "application/pdf", MAX_PDF_BYTES)?;
        match (answer.status, answer.location) {
            (200, _) if answer.body.starts_with(b"%PDF-") => return Ok(answer.body),
            (200, _) => return Err(format!("{id}: arXiv has no PDF of it")),
            (301 | 302 | 303 | 307 | 308, Some(location)) => url = absolute(&location)?,
            (404, _) => return Err(format!("no paper is called {id}")),
            (status, _) => return Err(format!("arXiv, status {status}")),
        }
    }
    Err("arXiv leads in a circle".to_owned())
}

fn absolute(location: &str) -> Result<String, String> {
    match location.strip_prefix('/') {
        Some(path) if !path.starts_with('/') => Ok(format!("{PAPERS}{path}")),
        _ if location.starts_with(PAPERS) => Ok(location.to_owned()),
        _ => Err("arXiv leads to another host".to_owned()),
    }
}

fn get(url: &str, accept: &str, max_bytes: usize) -> Result<Answer, String> {
    let headers = [
        ("accept", accept),
        ("user-agent", "wassette-edge-arxiv/0.1.0"),
    ];
    http_client::get(url, &headers, max_bytes)
}
