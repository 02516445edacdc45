//! Percent encoding, for the parts of a URL that a caller chose.

/// A value of a query, or one segment of a path: everything but letters, digits and `-._~` is encoded.
pub fn encode(text: &str) -> String {
    encode_but(text, "")
}

/// A path of several segments: slashes stay.
pub fn encode_path(text: &str) -> String {
    encode_but(text, "/")
}

fn encode_but(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-._~".contains(character) || kept.contains(character) {
            encoded.push(character);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
