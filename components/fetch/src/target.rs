use crate::wasi::http::types::Scheme;

/// The parts of an absolute URL that wasi:http asks for.
pub struct Target<'a> {
    pub scheme: Scheme,
    pub authority: &'a str,
    pub path_with_query: String,
}

impl<'a> Target<'a> {
    pub fn parse(url: &'a str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or("the URL is not absolute")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err("the URL is neither http nor https".to_owned()),
        };
        if rest.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err("the URL holds a space, a control character or a backslash".to_owned());
        }

        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.is_empty() {
            return Err("the URL names no host".to_owned());
        }
        if authority.contains('@') {
            return Err("the URL holds a user name or password".to_owned());
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self {
            scheme,
            authority,
            path_with_query: format!("{slash}{path}"),
        })
    }
}
