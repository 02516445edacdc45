//! What GitHub answers, as far as it is used, and the records of the WIT that come of it.

use crate as wit;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Found<T> {
    pub total_count: u32,
    pub items: Vec<T>,
}

#[derive(Deserialize)]
pub struct User {
    login: String,
}

#[derive(Deserialize)]
pub struct Repository {
    full_name: String,
    description: Option<String>,
    html_url: String,
    homepage: Option<String>,
    default_branch: String,
    language: Option<String>,
    license: Option<License>,
    #[serde(default)]
    topics: Vec<String>,
    stargazers_count: u32,
    forks_count: u32,
    open_issues_count: u32,
    #[serde(default)]
    archived: bool,
    private: bool,
    created_at: String,
    pushed_at: Option<String>,
}

#[derive(Deserialize)]
struct License {
    spdx_id: Option<String>,
}

#[derive(Deserialize)]
pub struct Issue {
    repository_url: String,
    number: u32,
    title: String,
    state: String,
    pull_request: Option<serde::de::IgnoredAny>,
    user: Option<User>,
    labels: Vec<Label>,
    #[serde(default)]
    assignees: Vec<User>,
    pub comments: u32,
    created_at: String,
    updated_at: String,
    closed_at: Option<String>,
    html_url: String,
    pub body: Option<String>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

#[derive(Deserialize)]
pub struct Comment {
    user: Option<User>,
    created_at: String,
    body: Option<String>,
    html_url: String,
}

#[derive(Deserialize)]
pub struct PullRequest {
    number: u32,
    title: String,
    state: String,
    #[serde(default)]
    draft: bool,
    user: Option<User>,
    head: Branch,
    base: Branch,
    created_at: String,
    updated_at: String,
    merged_at: Option<String>,
    html_url: String,
}

#[derive(Deserialize)]
struct Branch {
    label: Option<String>,
    #[serde(rename = "ref")]
    name: String,
}

#[derive(Deserialize)]
pub struct Commit {
    sha: String,
    commit: CommitDetail,
    author: Option<Author>,
    html_url: String,
}

/// GitHub answers `{}` for an author that it does not know.
#[derive(Deserialize)]
struct Author {
    login: Option<String>,
}

#[derive(Deserialize)]
struct CommitDetail {
    message: String,
    author: Signature,
}

#[derive(Deserialize)]
struct Signature {
    name: String,
    date: String,
}

impl From<Repository> for wit::Repository {
    fn from(found: Repository) -> Self {
        Self {
            full_name: found.full_name,
            description: found.description,
            url: found.html_url,
            homepage: found.homepage.filter(|page| !page.is_empty()),
            default_branch: found.default_branch,
            language: found.language,
            license: found.license.and_then(|license| license.spdx_id),
            topics: found.topics,
            stars: found.stargazers_count,
            forks: found.forks_count,
            open_issues: found.open_issues_count,
            archived: found.archived,
            private: found.private,
            created_at: found.created_at,
            pushed_at: found.pushed_at,
        }
    }
}

impl From<Issue> for wit::Issue {
    fn from(found: Issue) -> Self {
        let repository = match found.repository_url.split_once("/repos/") {
            Some((_, name)) => name.to_owned(),
            None => found.repository_url,
        };
        Self {
            repository,
            number: found.number,
            title: found.title,
            state: found.state,
            pull_request: found.pull_request.is_some(),
            author: found.user.map(|user| user.login),
            labels: found.labels.into_iter().map(|label| label.name).collect(),
            assignees: found.assignees.into_iter().map(|user| user.login).collect(),
            comments: found.comments,
            created_at: found.created_at,
            updated_at: found.updated_at,
            closed_at: found.closed_at,
            url: found.html_url,
        }
    }
}

impl From<Comment> for wit::Comment {
    fn from(found: Comment) -> Self {
        Self {
            author: found.user.map(|user| user.login),
            created_at: found.created_at,
            body: found.body.unwrap_or_default(),
            url: found.html_url,
        }
    }
}

impl From<PullRequest> for wit::PullRequest {
    fn from(found: PullRequest) -> Self {
        Self {
            number: found.number,
            title: found.title,
            state: found.state,
            draft: found.draft,
            author: found.user.map(|user| user.login),
            head: found.head.label.unwrap_or(found.head.name),
            base: found.base.name,
            created_at: found.created_at,
            updated_at: found.updated_at,
            merged_at: found.merged_at,
            url: found.html_url,
        }
    }
}

impl From<Commit> for wit::Commit {
    fn from(found: Commit) -> Self {
        Self {
            sha: found.sha,
            message: found.commit.message,
            author: found.commit.author.name,
            login: found.author.and_then(|author| author.login),
            date: found.commit.author.date,
            url: found.html_url,
        }
    }
}
