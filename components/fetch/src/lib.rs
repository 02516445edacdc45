//! Gets one URL through wasi:http.

mod error_code;
mod target;

wit_bindgen::generate!({ path: "wit", world: "fetch", generate_all });

use target::Target;
use wasi::http::outgoing_handler;
use wasi::http::types::{Fields, IncomingBody, IncomingResponse, OutgoingRequest};
use wasi::io::streams::StreamError;

const MAX_BODY_BYTES: usize = 1024 * 1024;
const READ_BYTES: u64 = 64 * 1024;

struct Component;

export!(Component);

impl Guest for Component {
    fn fetch(url: String) -> Result<Response, String> {
        let answer = get(&Target::parse(&url)?)?;
        let headers = answer.headers();
        Ok(Response {
            status: answer.status(),
            location: first(&headers, "location"),
            content_type: first(&headers, "content-type"),
            text: String::from_utf8_lossy(&read(&answer)?).into_owned(),
        })
    }
}

fn get(target: &Target) -> Result<IncomingResponse, String> {
    let headers = [
        (
            "accept".to_owned(),
            b"text/*, application/json;q=0.9, */*;q=0.8".to_vec(),
        ),
        (
            "user-agent".to_owned(),
            b"wassette-edge-fetch/0.1.0".to_vec(),
        ),
    ];
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

fn first(headers: &Fields, name: &str) -> Option<String> {
    let value = headers.get(name).into_iter().next()?;
    Some(String::from_utf8_lossy(&value).into_owned())
}

fn read(answer: &IncomingResponse) -> Result<Vec<u8>, String> {
    let body: IncomingBody = answer
        .consume()
        .map_err(|()| "the body cannot be read".to_owned())?;
    let stream = body
        .stream()
        .map_err(|()| "the body cannot be read".to_owned())?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(READ_BYTES) {
            Ok(chunk) if bytes.len() + chunk.len() > MAX_BODY_BYTES => {
                return Err(format!("the body is longer than {MAX_BODY_BYTES} bytes"));
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
