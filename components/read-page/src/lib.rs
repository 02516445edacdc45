//! A page of the web as a person would read it.

mod address;
mod extract;
mod flow;
mod html;

wit_bindgen::generate!({ path: "wit", world: "read-page" });

use http_client::Answer;

const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
const MAX_REDIRECTS: usize = 5;
const DEFAULT_CHARACTERS: u32 = 20_000;
const MAX_CHARACTERS: u32 = 200_000;

struct Component;

export!(Component);

impl Guest for Component {
    fn read_page(
        url: String,
        start: Option<u32>,
        max_characters: Option<u32>,
    ) -> Result<Page, String> {
        let (url, answer) = follow(url)?;
        let extract = extract::of(&answer, &url)?;
        let start = start.unwrap_or(0) as usize;
        let length = max_characters
            .unwrap_or(DEFAULT_CHARACTERS)
            .min(MAX_CHARACTERS) as usize;
        let mut rest = extract.text.chars().skip(start);
        let text = rest.by_ref().take(length).collect();
        let next = rest.next().map(|_| (start + length) as u32);
        Ok(Page {
            url,
            status: answer.status,
            content_type: answer.content_type,
            title: extract.title,
            description: extract.description,
            text,
            next,
            links: extract.links,
        })
    }
}

/// The answer after all redirects, and where it is from.
fn follow(mut url: String) -> Result<(String, Answer), String> {
    let headers = [
        (
            "accept",
            "text/html, application/json;q=0.9, text/*;q=0.8, */*;q=0.1",
        ),
        ("user-agent", "wassette-edge-read-page/0.1.0"),
    ];
    for hop in 0..=MAX_REDIRECTS {
        let answer = http_client::get(&url, &headers, MAX_BODY_BYTES).map_err(|error| {
            if hop == 0 {
                error
            } else {
                format!("after a redirect to {url}: {error}")
            }
        })?;
        match &answer.location {
            Some(location) if matches!(answer.status, 301 | 302 | 303 | 307 | 308) => {
                url = address::resolve(&url, location).ok_or(format!(
                    "a redirect to {location:?}, which is no web address"
                ))?;
            }
            _ => return Ok((url, answer)),
        }
    }
    Err(format!("more than {MAX_REDIRECTS} redirects"))
}
