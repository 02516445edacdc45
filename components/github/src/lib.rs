//! Reads from GitHub's REST API. `api` asks, `json` is what it answers, and here is which question fits.

mod api;
mod file;
mod json;

wit_bindgen::generate!({ path: "wit", world: "github", generate_all });

use api::{Query, repository};

struct Component;

export!(Component);

impl Guest for Component {
    fn get_repository(owner: String, repo: String) -> Result<Repository, String> {
        let found: json::Repository = api::get(&repository(&owner, &repo)?, Query::new())?;
        Ok(found.into())
    }

    fn list_issues(
        owner: String,
        repo: String,
        state: Option<State>,
        page: Option<u32>,
        per_page: Option<u32>,
    ) -> Result<Vec<Issue>, String> {
        let path = format!("{}/issues", repository(&owner, &repo)?);
        let query = Query::new().state(state).paged(page, per_page);
        let found: Vec<json::Issue> = api::get(&path, query)?;
        Ok(found.into_iter().map(Issue::from).collect())
    }

    fn get_issue(
        owner: String,
        repo: String,
        number: u32,
        page: Option<u32>,
        per_page: Option<u32>,
    ) -> Result<Discussion, String> {
        let path = format!("{}/issues/{number}", repository(&owner, &repo)?);
        let mut issue: json::Issue = api::get(&path, Query::new())?;
        let comments: Vec<json::Comment> = if issue.comments == 0 {
            Vec::new()
        } else {
            api::get(
                &format!("{path}/comments"),
                Query::new().paged(page, per_page),
            )?
        };
        Ok(Discussion {
            body: issue.body.take().unwrap_or_default(),
            issue: issue.into(),
            comments: comments.into_iter().map(Comment::from).collect(),
        })
    }

    fn list_pull_requests(
        owner: String,
        repo: String,
        state: Option<State>,
        page: Option<u32>,
        per_page: Option<u32>,
    ) -> Result<Vec<PullRequest>, String> {
        let path = format!("{}/pulls", repository(&owner, &repo)?);
        let query = Query::new().state(state).paged(page, per_page);
        let found: Vec<json::PullRequest> = api::get(&path, query)?;
        Ok(found.into_iter().map(PullRequest::from).collect())
    }

    fn get_file(
        owner: String,
        repo: String,
        path: String,
        ref_: Option<String>,
    ) -> Result<File, String> {
        file::get(&repository(&owner, &repo)?, &path, ref_.as_deref())
    }

    fn search_repositories(
        query: String,
        page: Option<u32>,
        per_page: Option<u32>,
    ) -> Result<FoundRepositories, String> {
        let query = Query::new().with("q", &query).paged(page, per_page);
        let found: json::Found<json::Repository> = api::get("/search/repositories", query)?;
        Ok(FoundRepositories {
            total: found.total_count,
            repositories: found.items.into_iter().map(Repository::from).collect(),
        })
    }

    fn search_issues(
        query: String,
        page: Option<u32>,
        per_page: Option<u32>,
    ) -> Result<FoundIssues, String> {
        let query = Query::new().with("q", &query).paged(page, per_page);
        let found: json::Found<json::Issue> = api::get("/search/issues", query)?;
        Ok(FoundIssues {
            total: found.total_count,
            issues: found.items.into_iter().map(Issue::from).collect(),
        })
    }

    fn list_commits(
        owner: String,
        repo: String,
        ref_: Option<String>,
        path: Option<String>,
        page: Option<u32>,
        per_page: Option<u32>,
    ) -> Result<Vec<Commit>, String> {
        let mut query = Query::new();
        if let Some(name) = &ref_ {
            query = query.with("sha", name);
        }
        if let Some(path) = &path {
            query = query.with("path", path);
        }
        let commits = format!("{}/commits", repository(&owner, &repo)?);
        let found: Vec<json::Commit> = api::get(&commits, query.paged(page, per_page))?;
        Ok(found.into_iter().map(Commit::from).collect())
    }
}
