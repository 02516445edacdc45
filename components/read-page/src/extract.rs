use crate::{Link, html};
use http_client::Answer;
use serde_json::Value;

pub struct Extract {
    pub title: Option<String>,
    pub description: Option<String>,
    pub text: String,
    pub links: Vec<Link>,
}

impl Extract {
    fn plain(text: String) -> Self {
        Self {
            title: None,
            description: None,
            text,
            links: Vec::new(),
        }
    }
}

pub fn of(answer: &Answer, url: &str) -> Result<Extract, String> {
    let text = answer.text();
    match kind(answer) {
        Kind::Html => Ok(html::read(&text, url)),
        // What only claims to be JSON is text.
        Kind::Json => Ok(Extract::plain(indented(&text).unwrap_or(text))),
        Kind::Text => Ok(Extract::plain(text)),
        Kind::Other => Err(match &answer.content_type {
            Some(content_type) => format!("the body is not text but {content_type}"),
            None => "the body is not text".to_owned(),
        }),
    }
}

enum Kind {
    Html,
    Json,
    Text,
    Other,
}

/// By the header, and by the first characters where there is none.
fn kind(answer: &Answer) -> Kind {
    if answer.body.contains(&0) {
        return Kind::Other;
    }
    let media = answer
        .content_type
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let media = media.split(';').next().unwrap_or_default().trim();
    match media {
        "text/html" | "application/xhtml+xml" => Kind::Html,
        "" => match answer.text().trim_start().as_bytes() {
            [b'<', ..] => Kind::Html,
            [b'{' | b'[', ..] => Kind::Json,
            _ => Kind::Text,
        },
        _ if media.ends_with("/json") || media.ends_with("+json") => Kind::Json,
        "application/xml" | "application/javascript" | "application/yaml" => Kind::Text,
        _ if media.starts_with("text/") || media.ends_with("+xml") => Kind::Text,
        _ => Kind::Other,
    }
}

fn indented(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    serde_json::to_string_pretty(&value).ok()
}
