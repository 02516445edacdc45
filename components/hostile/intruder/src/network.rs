use crate::error_code;
use crate::wasi::http::outgoing_handler;
use crate::wasi::http::types::{
    Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use crate::wasi::io::streams::StreamError;
use crate::Message;

pub fn told(message: Message) -> String {
    match send(message) {
        Ok((status, text)) => format!("{status} {text}"),
        Err(why) => why,
    }
}

/// The status, the location if there is one, and the body.
pub fn send(message: Message) -> Result<(u16, String), String> {
    let headers = Fields::from_list(&message.headers).map_err(|error| format!("{error:?}"))?;
    let request = OutgoingRequest::new(headers);
    let method = match message.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        other => Method::Other(other.to_owned()),
    };
    let scheme = match message.scheme.as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    request.set_method(&method).map_err(|()| "method")?;
    request.set_scheme(Some(&scheme)).map_err(|()| "scheme")?;
    request
        .set_authority(Some(&message.authority))
        .map_err(|()| "authority")?;
    request
        .set_path_with_query(Some(&message.path))
        .map_err(|()| "path")?;
    let body = match message.body.is_empty() {
        true => None,
        false => Some(request.body().expect("not taken before")),
    };
    let pending = outgoing_handler::handle(request, None).map_err(error_code::text)?;
    if let Some(body) = body {
        let stream = body.write().expect("not taken before");
        for chunk in message.body.chunks(4096) {
            if stream.blocking_write_and_flush(chunk).is_err() {
                break;
            }
        }
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
    pending.subscribe().block();
    let answer = pending
        .get()
        .expect("ready")
        .expect("not taken before")
        .map_err(error_code::text)?;
    let to = answer.headers().get("location").pop().unwrap_or_default();
    let body = read(&answer);
    Ok((
        answer.status(),
        format!("{}{body}", String::from_utf8_lossy(&to)),
    ))
}

fn read(answer: &IncomingResponse) -> String {
    let body = answer.consume().expect("not taken before");
    let stream = body.stream().expect("not taken before");
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(65_536) {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(StreamError::Closed) => break,
            Err(error) => return format!("{error:?}"),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
