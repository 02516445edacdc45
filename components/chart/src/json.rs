//! JSON as text. Each function returns one JSON value.

use crate::number::plain;

pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control < ' ' => out += &format!("\\u{:04x}", u32::from(control)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// The number has to be finite.
pub fn number(value: f64) -> String {
    plain(value)
}

pub fn array(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(","))
}

pub fn object(members: &[(&str, String)]) -> String {
    let pairs = members
        .iter()
        .map(|(name, value)| format!("{}:{value}", string(name)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}
