//! The one file of the graph. It is replaced as a whole, so that a reader sees the old or the new one.

use crate::exports::wassette_edge::memory::knowledge_graph::Graph;
use crate::lines;
use std::fs;
use std::io::{Error, ErrorKind};
use std::time::{SystemTime, UNIX_EPOCH};

const FOLDER: &str = "/memory";
const FILE: &str = "/memory/graph.jsonl";
/// More than the calls that an agent makes at once.
const ATTEMPTS: u32 = 20;

pub fn read() -> Result<Graph, String> {
    parse(&text()?)
}

/// Changes the graph. When another call was faster, the change is made again on what that one wrote.
pub fn change<T>(apply: impl Fn(&mut Graph) -> Result<T, String>) -> Result<T, String> {
    for _ in 0..ATTEMPTS {
        let before = text()?;
        let mut graph = parse(&before)?;
        let answer = apply(&mut graph)?;
        let after = lines::write(&graph);
        if after == before || replace(&before, &after)? {
            return Ok(answer);
        }
    }
    Err(format!(
        "{FILE}: other calls change it all the time; try again"
    ))
}

/// Whether the file was still the same and is the new one now.
fn replace(before: &str, after: &str) -> Result<bool, String> {
    fs::create_dir_all(FOLDER).map_err(failed)?;
    // Two calls at once write two files: the clock tells them apart.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let new = format!("{FILE}.{}", now.as_nanos());
    fs::write(&new, after).map_err(failed)?;
    let unchanged = text()? == before;
    let renamed = if unchanged {
        fs::rename(&new, FILE)
    } else {
        fs::remove_file(&new)
    };
    renamed.map_err(failed)?;
    Ok(unchanged)
}

fn text() -> Result<String, String> {
    match fs::read_to_string(FILE) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(failed),
    }
}

fn parse(text: &str) -> Result<Graph, String> {
    lines::parse(text).map_err(|error| format!("{FILE}, {error}"))
}

fn failed(error: Error) -> String {
    // WASI's number for a path that no preopened directory holds.
    if error.raw_os_error() == Some(76) {
        return format!("{FILE}: no drive was granted");
    }
    format!("{FILE}: {error}")
}
