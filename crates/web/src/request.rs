//! The head of a request.

use std::io::{self, Read};

/// A request's head is not longer than this.
const MAX_HEAD: usize = 8 << 10;
/// Nor does it have more headers.
const MAX_HEADERS: usize = 64;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path without its query.
    pub(crate) path: String,
    /// The `Authorization` header.
    pub(crate) authorization: Option<String>,
    /// Whether a browser sends it for a page.
    pub(crate) has_origin: bool,
}

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The connection failed, was too slow, or ended: there is nobody to answer.
    Gone,
    /// The head is too long.
    TooLong,
    /// The head is not HTTP/1.
    Malformed,
}

impl From<io::Error> for RequestError {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads a head; what follows it is left alone.
pub(crate) fn read(stream: &mut impl Read) -> Result<Request, RequestError> {
    let mut head = Vec::new();
    let mut part = [0; 1024];
    loop {
        let length = stream.read(&mut part)?;
        if length == 0 {
            return Err(RequestError::Gone);
        }
        head.extend_from_slice(&part[..length]);
        if let Some(request) = parse(&head)? {
            return Ok(request);
        }
        if head.len() >= MAX_HEAD {
            return Err(RequestError::TooLong);
        }
    }
}

/// The request of a head; `None` where it is not complete.
fn parse(head: &[u8]) -> Result<Option<Request>, RequestError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(RequestError::TooLong),
        Err(_) => return Err(RequestError::Malformed),
    }
    let (Some(method), Some(target)) = (request.method, request.path) else { return Err(RequestError::Malformed) };
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let header = |name: &str| request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let authorization = header("authorization").map(|header| String::from_utf8_lossy(header.value).into_owned());
    let has_origin = header("origin").is_some();
    Ok(Some(Request { method: method.to_owned(), path: path.to_owned(), authorization, has_origin }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(mut text: &[u8]) -> Result<Request, RequestError> {
        read(&mut text)
    }

    #[test]
    fn a_head_names_method_and_path() {
        let request = text(b"GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\nrest").unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/metrics"));
        assert_eq!((request.authorization, request.has_origin), (None, false));
        let request = text(b"GET / HTTP/1.1\r\nauthorization: Bearer x\r\nOrigin: y\r\n\r\n").unwrap();
        assert_eq!((request.authorization.as_deref(), request.has_origin), (Some("Bearer x"), true));
    }

    #[test]
    fn bad_heads_are_told_apart() {
        assert!(matches!(text(b""), Err(RequestError::Gone)));
        assert!(matches!(text(b"GET / HTTP/1.1\r\n"), Err(RequestError::Gone)));
        assert!(matches!(text(b"\x16\x03\x01\x02\x00\x01\x00"), Err(RequestError::Malformed)));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
        assert!(matches!(text(many.as_bytes()), Err(RequestError::TooLong)));
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(9000));
        assert!(matches!(text(long.as_bytes()), Err(RequestError::TooLong)));
    }
}
