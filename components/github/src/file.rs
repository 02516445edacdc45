use crate::api::{self, Query};
use crate::{Content, File};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_client::percent;
use serde::Deserialize;

/// How many names of a directory an error shows.
const MAX_NAMES: usize = 100;

#[derive(Deserialize)]
#[serde(untagged)]
enum Found {
    Directory(Vec<Entry>),
    One(Blob),
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Blob {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    sha: String,
    size: u32,
    #[serde(default)]
    encoding: String,
    #[serde(default)]
    content: String,
}

pub fn get(repository: &str, path: &str, at: Option<&str>) -> Result<File, String> {
    let path = path.trim_matches('/');
    if path.split('/').any(|part| part == "." || part == "..") {
        return Err(format!("path: {path:?} holds a dot segment"));
    }
    let query = at.map_or_else(Query::new, |name| Query::new().with("ref", name));
    let url = format!("{repository}/contents/{}", percent::encode_path(path));
    match api::get(&url, query)? {
        Found::Directory(entries) => Err(directory(path, &entries)),
        Found::One(blob) if blob.kind != "file" => Err(format!("{path}: a {}", blob.kind)),
        Found::One(blob) => decoded(blob),
    }
}

fn decoded(blob: Blob) -> Result<File, String> {
    if blob.encoding != "base64" {
        return Err(format!(
            "{}: {} bytes, which is more than 1 MiB",
            blob.path, blob.size
        ));
    }
    // GitHub breaks the lines of it.
    let text: String = blob.content.split_ascii_whitespace().collect();
    let bytes = STANDARD
        .decode(text)
        .map_err(|error| format!("{}: {error}", blob.path))?;
    Ok(File {
        path: blob.path,
        size: blob.size,
        sha: blob.sha,
        content: match String::from_utf8(bytes) {
            Ok(text) => Content::Text(text),
            Err(error) => Content::Binary(error.into_bytes()),
        },
    })
}

fn directory(path: &str, entries: &[Entry]) -> String {
    let names: Vec<String> = entries
        .iter()
        .take(MAX_NAMES)
        .map(|entry| match entry.kind.as_str() {
            "dir" => format!("{}/", entry.name),
            _ => entry.name.clone(),
        })
        .collect();
    let more = if entries.len() > MAX_NAMES {
        ", …"
    } else {
        ""
    };
    format!("{path}/: a directory that holds {}{more}", names.join(", "))
}
