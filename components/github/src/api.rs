//! One GET to GitHub's API. The token, if there is one, goes to that host and to no other.

use crate::State;
use crate::wasi::config::store;
use http_client::{Answer, percent};
use serde::Deserialize;
use serde::de::DeserializeOwned;

const ORIGIN: &str = "https://api.github.com";
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// A repository that was renamed is one redirect away.
const MAX_REDIRECTS: usize = 3;

/// What GitHub says of a request that it does not answer.
#[derive(Deserialize)]
struct Refusal {
    message: String,
}

/// A query string in the making.
pub struct Query(String);

impl Query {
    pub fn new() -> Self {
        Self(String::new())
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0
            .push_str(&format!("{name}={}", percent::encode(value)));
        self
    }

    pub fn state(self, state: Option<State>) -> Self {
        match state {
            None => self,
            Some(State::Open) => self.with("state", "open"),
            Some(State::Closed) => self.with("state", "closed"),
            Some(State::All) => self.with("state", "all"),
        }
    }

    pub fn paged(mut self, page: Option<u32>, per_page: Option<u32>) -> Self {
        for (name, value) in [("page", page), ("per_page", per_page)] {
            if let Some(value) = value {
                self = self.with(name, &value.to_string());
            }
        }
        self
    }
}

/// The path of a repository. `.` and `..` would lead to another one.
pub fn repository(owner: &str, repo: &str) -> Result<String, String> {
    for (what, name) in [("owner", owner), ("repo", repo)] {
        if ["", ".", ".."].contains(&name) {
            return Err(format!("{what}: {name:?} is not a name"));
        }
    }
    Ok(format!(
        "/repos/{}/{}",
        percent::encode(owner),
        percent::encode(repo)
    ))
}

pub fn get<T: DeserializeOwned>(path: &str, query: Query) -> Result<T, String> {
    let answer = send(format!("{ORIGIN}{path}{}", query.0))?;
    if answer.status != 200 {
        return Err(match serde_json::from_slice::<Refusal>(&answer.body) {
            Ok(refusal) => format!("GitHub, status {}: {}", answer.status, refusal.message),
            Err(_) => format!("GitHub, status {}", answer.status),
        });
    }
    serde_json::from_slice(&answer.body)
        .map_err(|error| format!("GitHub answered something else: {error}"))
}

fn send(mut url: String) -> Result<Answer, String> {
    let authorization = token()?.map(|token| format!("Bearer {token}"));
    let mut headers = vec![
        ("accept", "application/vnd.github+json"),
        ("user-agent", "wassette-edge-github/0.1.0"),
        ("x-github-api-version", "2022-11-28"),
    ];
    if let Some(authorization) = &authorization {
        headers.push(("authorization", authorization));
    }
    for _ in 0..=MAX_REDIRECTS {
        let answer = http_client::get(&url, &headers, MAX_BODY_BYTES)?;
        match &answer.location {
            Some(location) if matches!(answer.status, 301 | 302 | 307 | 308) => {
                if !location.starts_with(&format!("{ORIGIN}/")) {
                    return Err("GitHub leads to another host".to_owned());
                }
                url = location.clone();
            }
            _ => return Ok(answer),
        }
    }
    Err("GitHub leads in a circle".to_owned())
}

fn token() -> Result<Option<String>, String> {
    let token = store::get("GITHUB_TOKEN").map_err(|error| match error {
        store::Error::Upstream(reason) | store::Error::Io(reason) => {
            format!("GITHUB_TOKEN cannot be read: {reason}")
        }
    })?;
    let token = token.map(|token| token.trim().to_owned());
    match token {
        Some(token) if token.is_empty() => Ok(None),
        Some(token) if !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err("GITHUB_TOKEN holds a character that no token has".to_owned())
        }
        token => Ok(token),
    }
}
