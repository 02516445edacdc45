//! arXiv's catalogue, which answers in Atom, and the PDFs beside it.

mod atom;
mod identifier;
mod query;
mod service;

wit_bindgen::generate!({ path: "wit", world: "arxiv" });

use http_client::percent;

const DEFAULT_RESULTS: u32 = 10;
const MAX_RESULTS: u32 = 50;
const CATALOGUE: &str = "https://export.arxiv.org/api/query";

struct Component;

export!(Component);

impl Guest for Component {
    fn search_papers(
        query: String,
        max_results: Option<u32>,
        categories: Option<Vec<String>>,
        date_from: Option<String>,
    ) -> Result<FoundPapers, String> {
        let results = max_results.unwrap_or(DEFAULT_RESULTS);
        if !(1..=MAX_RESULTS).contains(&results) {
            return Err(format!("max-results: 1 to {MAX_RESULTS}, not {results}"));
        }
        let categories = categories.unwrap_or_default();
        let query = query::written(&query, &categories, date_from.as_deref())?;
        atom::papers(&service::text(&format!(
            "{CATALOGUE}?search_query={}&start=0&max_results={results}",
            percent::encode(&query),
        ))?)
    }

    fn get_paper(id: String) -> Result<Paper, String> {
        let id = identifier::parse(&id)?;
        let url = format!("{CATALOGUE}?id_list={}", percent::encode(id));
        let mut found = atom::papers(&service::text(&url)?)?;
        found.papers.pop().ok_or(format!("no paper is called {id}"))
    }

    fn download_pdf(id: String) -> Result<Vec<u8>, String> {
        service::pdf(identifier::parse(&id)?)
    }
}
