/// The identifier in what a caller calls it: bare, after `arXiv:`, or in an address.
pub fn parse(text: &str) -> Result<&str, String> {
    let mut id = text.trim();
    for prefix in [
        "arXiv:",
        "arxiv:",
        "https://",
        "http://",
        "www.",
        "arxiv.org/",
        "abs/",
        "pdf/",
    ] {
        id = id.strip_prefix(prefix).unwrap_or(id);
    }
    let id = id.strip_suffix(".pdf").unwrap_or(id);
    if is_identifier(id) {
        Ok(id)
    } else {
        Err(format!("id: {text:?} is no identifier of arXiv"))
    }
}

/// `2301.00001` since 2007, `hep-th/9901001` and `math.AG/0601001` before, each with a version or without.
fn is_identifier(id: &str) -> bool {
    let base = match id.rsplit_once('v') {
        Some((base, version)) if is_digits(version, 1..=3) => base,
        _ => id,
    };
    if let Some((archive, number)) = base.split_once('/') {
        let letters = |c: char| c.is_ascii_alphabetic() || c == '-' || c == '.';
        return !archive.is_empty() && archive.chars().all(letters) && is_digits(number, 7..=7);
    }
    base.split_once('.')
        .is_some_and(|(month, number)| is_digits(month, 4..=4) && is_digits(number, 4..=5))
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
