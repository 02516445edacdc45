use crate::drive_path::DrivePath;
use crate::failure::Context;
use crate::pattern::Pattern;
use crate::{FoundFiles, FoundLine, FoundLines, Kind, MAX_READ_BYTES, entries};
use std::fs;

const MAX_PATHS: usize = 1000;
const MAX_LINES: usize = 1000;
const DEFAULT_LINES: u32 = 100;
const MAX_LINE_CHARACTERS: usize = 500;

pub fn files(directory: &DrivePath, pattern: &str) -> Result<FoundFiles, String> {
    let pattern = Pattern::parse(pattern)?;
    let mut paths = Vec::new();
    let complete = walk(directory, &mut Vec::new(), &mut |path, names, _| {
        if pattern.fits(names) {
            paths.push(path.to_string());
        }
        Ok(paths.len() <= MAX_PATHS)
    })?;
    paths.truncate(MAX_PATHS);
    Ok(FoundFiles {
        paths,
        more: !complete,
    })
}

pub fn text(path: &DrivePath, text: &str, limit: Option<u32>) -> Result<FoundLines, String> {
    if text.is_empty() {
        return Err("the text is empty".to_owned());
    }
    let limit = (limit.unwrap_or(DEFAULT_LINES) as usize).min(MAX_LINES);
    let mut lines = Vec::new();
    let metadata = fs::metadata(path).at(path)?;
    let complete = if metadata.is_dir() {
        walk(path, &mut Vec::new(), &mut |path, _, entry| {
            if entry.kind == Kind::File && entry.size <= MAX_READ_BYTES {
                lines_of(path, text, limit, &mut lines)?;
            }
            Ok(lines.len() <= limit)
        })?
    } else {
        if metadata.len() <= MAX_READ_BYTES {
            lines_of(path, text, limit, &mut lines)?;
        }
        lines.len() <= limit
    };
    lines.truncate(limit);
    Ok(FoundLines {
        lines,
        more: !complete,
    })
}

/// Adds lines until there is one more than the limit.
fn lines_of(
    path: &DrivePath,
    text: &str,
    limit: usize,
    lines: &mut Vec<FoundLine>,
) -> Result<(), String> {
    let bytes = fs::read(path).at(path)?;
    if bytes.contains(&0) {
        return Ok(());
    }
    for (at, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        if lines.len() > limit {
            break;
        }
        if line.contains(text) {
            lines.push(FoundLine {
                path: path.to_string(),
                number: at as u32 + 1,
                text: line.chars().take(MAX_LINE_CHARACTERS).collect(),
            });
        }
    }
    Ok(())
}

type Visit<'a> = dyn FnMut(&DrivePath, &[&str], &crate::Entry) -> Result<bool, String> + 'a;

/// Visits what is below a directory until a visit answers `false`; whether it came to the end.
fn walk(directory: &DrivePath, above: &mut Vec<String>, visit: &mut Visit) -> Result<bool, String> {
    for entry in entries(directory)? {
        let path = directory.join(&entry.name);
        above.push(entry.name.clone());
        let names: Vec<&str> = above.iter().map(String::as_str).collect();
        let goes_on = visit(&path, &names, &entry)?
            && (entry.kind != Kind::Directory || walk(&path, above, visit)?);
        above.pop();
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}
