//! GET requests through wasi:http, for the components here that read from the web. It follows no redirect
//! by itself: where to is the caller's decision, as is what a status means.

#[path = "../../fetch/src/error_code.rs"]
mod error_code;
pub mod percent;
#[path = "../../fetch/src/target.rs"]
mod target;

wit_bindgen::generate!({
    path: [
        "../fetch/wit/deps/io.wit",
        "../fetch/wit/deps/clocks.wit",
        "../fetch/wit/deps/http.wit",
        "wit",
    ],
    world: "wassette-edge:http-client/http-client",
    generate_all,
});

use target::Target;
use wasi::http::outgoing_handler;
use wasi::http::types::{Fields, IncomingResponse, OutgoingRequest};
use wasi::io::streams::StreamError;

const READ_BYTES: u64 = 64 * 1024;

pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as UTF-8; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The error is a sentence about the URL or the body, or the name of a wasi:http error code.
pub fn get(url: &str, headers: &[(&str, &str)], max_bytes: usize) -> Result<Answer, String> {
    let answer = send(&Target::parse(url)?, headers)?;
    let fields = answer.headers();
    let first = |name: &str| {
        let value = fields.get(name).into_iter().next()?;
        Some(String::from_utf8_lossy(&value).into_owned())
    };
    Ok(Answer {
        status: answer.status(),
        location: first("location"),
        content_type: first("content-type"),
        body: read(&answer, max_bytes)?,
    })
}

fn send(target: &Target, headers: &[(&str, &str)]) -> Result<IncomingResponse, String> {
    let headers: Vec<(String, Vec<u8>)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    let headers = Fields::from_list(&headers).map_err(|error| error.to_string())?;
    let request = OutgoingRequest::new(headers);
    let accepted = request.set_scheme(Some(&target.scheme)).is_ok()
        && request.set_authority(Some(target.authority)).is_ok()
        && request
            .set_path_with_query(Some(&target.path_with_query))
            .is_ok();
    if !accepted {
        return Err("HTTP-request-URI-invalid".to_owned());
    }

    let pending = outgoing_handler::handle(request, None).map_err(error_code::text)?;
    pending.subscribe().block();
    // `get` answers once the pollable is ready, and the inner result can be taken once.
    pending
        .get()
        .expect("ready")
        .expect("not taken before")
        .map_err(error_code::text)
}

fn read(answer: &IncomingResponse, max_bytes: usize) -> Result<Vec<u8>, String> {
    let unreadable = |()| "the body cannot be read".to_owned();
    let body = answer.consume().map_err(unreadable)?;
    let stream = body.stream().map_err(unreadable)?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(READ_BYTES) {
            Ok(chunk) if bytes.len() + chunk.len() > max_bytes => {
                return Err(format!("the body is longer than {max_bytes} bytes"));
            }
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(match wasi::http::types::http_error_code(&error) {
                    Some(code) => error_code::text(code),
                    None => error.to_debug_string(),
                });
            }
        }
    }
}
