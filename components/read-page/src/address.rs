//! Relative references (RFC 3986 §5.2), for http and https only.

/// The absolute URL without its fragment. Nothing for other schemes.
pub fn resolve(base: &str, reference: &str) -> Option<String> {
    let reference = reference.trim();
    let reference = reference.split('#').next().unwrap_or_default();
    let (scheme, rest) = base.split_once("://")?;
    let (authority, base_path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if let Some(found) = scheme_of(reference) {
        let web = found.eq_ignore_ascii_case("http") || found.eq_ignore_ascii_case("https");
        return (web && reference[found.len()..].starts_with("://")).then(|| reference.to_owned());
    }
    if reference.starts_with("//") {
        return Some(format!("{scheme}:{reference}"));
    }
    let base_path = base_path.split('#').next().unwrap_or_default();
    let path_only = base_path.split('?').next().unwrap_or_default();
    let target = if reference.is_empty() {
        base_path.to_owned()
    } else if reference.starts_with('?') {
        format!("{path_only}{reference}")
    } else if reference.starts_with('/') {
        reference.to_owned()
    } else {
        let directory = &path_only[..path_only.rfind('/').map_or(0, |slash| slash + 1)];
        format!("{directory}{reference}")
    };
    Some(format!("{scheme}://{authority}{}", without_dots(&target)))
}

fn scheme_of(reference: &str) -> Option<&str> {
    let (scheme, _) = reference.split_once(':')?;
    let begins = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let fits = scheme
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    (begins && fits).then_some(scheme)
}

fn without_dots(target: &str) -> String {
    let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
    let mut parts: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let last = segments.len() - 1;
    for (at, segment) in segments.into_iter().enumerate() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    parts.pop();
                }
                if at == last {
                    parts.push("");
                }
            }
            _ => parts.push(segment),
        }
    }
    format!("/{}{query}", parts.join("/"))
}
