use crate::drive_path::DrivePath;
use crate::{Kind, entries};
use std::fmt::Write;

const MAX_NAMES: usize = 1000;

pub fn draw(path: &DrivePath, max_depth: u32) -> Result<String, String> {
    let slash = if path.is_root() { "" } else { "/" };
    let mut drawing = format!("{path}{slash}\n");
    let mut left = MAX_NAMES;
    if !branches(path, max_depth, "", &mut drawing, &mut left)? {
        drawing.push_str("… and more\n");
    }
    Ok(drawing)
}

/// Whether everything was drawn.
fn branches(
    path: &DrivePath,
    depth: u32,
    indent: &str,
    drawing: &mut String,
    left: &mut usize,
) -> Result<bool, String> {
    // The path itself is read at depth 0 as well, so that a bad one is an error.
    let found = entries(path)?;
    if depth == 0 {
        return Ok(true);
    }
    let last = found.len().saturating_sub(1);
    for (at, entry) in found.iter().enumerate() {
        if *left == 0 {
            return Ok(false);
        }
        *left -= 1;
        let (branch, below) = if at == last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        let name = &entry.name;
        // Writing to a string does not fail.
        let _ = match entry.kind {
            Kind::Directory => writeln!(drawing, "{indent}{branch}{name}/"),
            Kind::File => writeln!(drawing, "{indent}{branch}{name} ({} bytes)", entry.size),
            Kind::SymbolicLink => writeln!(drawing, "{indent}{branch}{name} (symbolic link)"),
            Kind::Other => writeln!(drawing, "{indent}{branch}{name}"),
        };
        if entry.kind == Kind::Directory && depth > 1 {
            let indent = format!("{indent}{below}");
            if !branches(&path.join(name), depth - 1, &indent, drawing, left)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
