use crate::{FoundPapers, Paper};
use roxmltree::{Document, Node};

/// Where the catalogue's own complaints have their identifiers.
const ERRORS: &str = "arxiv.org/api/errors";

/// The papers of a feed. An error that the catalogue wrote as an entry begins with `arXiv: `.
pub fn papers(text: &str) -> Result<FoundPapers, String> {
    let unreadable = |reason: String| format!("arXiv answered something else: {reason}");
    let document = Document::parse(text).map_err(|error| unreadable(error.to_string()))?;
    let feed = document.root_element();
    if feed.tag_name().name() != "feed" {
        return Err(unreadable(format!("<{}>", feed.tag_name().name())));
    }
    let entries: Vec<Node> = children(feed, "entry").collect();
    for entry in &entries {
        if value(*entry, "id").is_some_and(|id| id.contains(ERRORS)) {
            let reason = value(*entry, "summary").unwrap_or_default();
            return Err(format!("arXiv: {reason}"));
        }
    }
    // An identifier that nobody has comes back as an entry without a title.
    let papers: Vec<Paper> = entries.into_iter().filter_map(paper).collect();
    let total = value(feed, "totalResults").and_then(|total| total.parse().ok());
    Ok(FoundPapers {
        total: total.unwrap_or(papers.len() as u32),
        papers,
    })
}

fn paper(entry: Node) -> Option<Paper> {
    let url = value(entry, "id")?;
    let id = url
        .split_once("/abs/")
        .map_or(url.as_str(), |(_, id)| id)
        .to_owned();
    let authors = children(entry, "author").filter_map(|author| value(author, "name"));
    let term = |node: Node| node.attribute("term").map(str::to_owned);
    let pdf = children(entry, "link").find(|link| link.attribute("title") == Some("pdf"));
    Some(Paper {
        id,
        title: value(entry, "title")?,
        authors: authors.collect(),
        summary: value(entry, "summary").unwrap_or_default(),
        primary_category: children(entry, "primary_category").find_map(term),
        categories: children(entry, "category").filter_map(term).collect(),
        published: value(entry, "published").unwrap_or_default(),
        updated: value(entry, "updated").unwrap_or_default(),
        comment: value(entry, "comment"),
        journal: value(entry, "journal_ref"),
        doi: value(entry, "doi"),
        url: url.replacen("http://", "https://", 1),
        pdf_url: pdf
            .and_then(|link| link.attribute("href"))
            .map(|href| href.replacen("http://", "https://", 1)),
    })
}

/// Child elements by name; no two namespaces of the feed share one.
fn children<'a, 'b: 'a>(node: Node<'a, 'b>, name: &str) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children()
        .filter(move |child| child.tag_name().name() == name)
}

/// The text of a child element with its line breaks and indents made single spaces.
fn value(node: Node, name: &str) -> Option<String> {
    let child = children(node, name).next()?;
    let words: Vec<&str> = child.text()?.split_whitespace().collect();
    Some(words.join(" ")).filter(|text| !text.is_empty())
}
