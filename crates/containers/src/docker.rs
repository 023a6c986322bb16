//! Runtimes that speak Docker's API: Docker, and podman.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use windhover_system::ContainerInfo;

use crate::ask::AskError;
use crate::http::{self, Body};
use crate::inspect::{self, is_id};
use crate::runtime::{Events, Happening, MAX_LIST, Runtime};

/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Bytes of the answer about one container or image at most.
const MAX_INSPECT: u64 = 1 << 20;
/// Bytes of one event at most.
const MAX_EVENT: u64 = 256 << 10;
/// Only events of containers; the text is percent-encoded JSON.
const EVENTS: &str = "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D";

/// A socket that speaks Docker's API.
pub(crate) struct Docker {
    pub(crate) kind: u32,
    pub(crate) socket: PathBuf,
    pub(crate) with_size: bool,
    pub(crate) label_max_len: usize,
}

impl Runtime for Docker {
    fn socket(&self) -> &Path {
        &self.socket
    }

    fn list(&self) -> Result<Vec<String>, AskError> {
        let answer = self.json("/containers/json?all=1", MAX_LIST as u64)?;
        let ids = answer.as_array().into_iter().flatten().filter_map(|entry| entry.get("Id")?.as_str());
        Ok(ids.filter(|id| is_id(id)).map(str::to_owned).collect())
    }

    fn inspect(&self, id: &str) -> Result<Option<ContainerInfo>, AskError> {
        if !is_id(id) {
            return Ok(None);
        }
        let size = if self.with_size { "?size=1" } else { "" };
        let container = match self.json(&format!("/containers/{id}/json{size}"), MAX_INSPECT) {
            Err(e) if e.is_refusal() => return Ok(None),
            answer => answer?,
        };
        let image_id = container.get("Image").and_then(Value::as_str).unwrap_or_default();
        let image_id = image_id.strip_prefix("sha256:").unwrap_or(image_id);
        // An image may be gone while its container is still there: then less is known, but not nothing.
        let image = is_id(image_id).then(|| self.json(&format!("/images/{image_id}/json"), MAX_INSPECT).ok()).flatten();
        let info = inspect::read(self.kind, &container, image.as_ref(), self.label_max_len);
        // A runtime takes a name for an id, too, so the answer may be about another container.
        Ok(info.filter(|info| info.full_id.starts_with(id)))
    }

    fn events(&self) -> Result<Box<dyn Events>, AskError> {
        let body = http::get(&self.socket, EVENTS, ANSWER_TIME)?;
        Ok(Box::new(Lines { reader: BufReader::new(body), line: Vec::new() }))
    }
}

impl Docker {
    fn json(&self, target: &str, limit: u64) -> Result<Value, AskError> {
        let body = http::get(&self.socket, target, ANSWER_TIME)?.whole(limit)?;
        Ok(serde_json::from_slice(&body)?)
    }
}

/// Events, a line each.
struct Lines {
    reader: BufReader<Body>,
    line: Vec<u8>,
}

impl Events for Lines {
    fn next(&mut self, wait: Duration) -> Result<Option<Happening>, AskError> {
        self.reader.get_mut().endless(wait)?;
        let left = MAX_EVENT.saturating_sub(self.line.len() as u64);
        match (&mut self.reader).take(left).read_until(b'\n', &mut self.line) {
            Ok(_) => {}
            // What was read so far stays, and the rest of the line follows.
            Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                return Ok(None);
            }
            Err(e) => return Err(e.into()),
        }
        if self.line.last() != Some(&b'\n') {
            let full = self.line.len() as u64 >= MAX_EVENT;
            return Err(if full { AskError::TooLarge(MAX_EVENT) } else { AskError::Malformed("the events end") });
        }
        let happening = happening(&self.line);
        self.line.clear();
        Ok(happening)
    }
}

/// Docker says `destroy` where podman says `remove`. Lines that say nothing of interest, or are malformed, give `None`.
fn happening(line: &[u8]) -> Option<Happening> {
    let event: Value = serde_json::from_slice(line).ok()?;
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let id = text("/Actor/ID").or_else(|| text("/id")).filter(|id| is_id(id))?.to_owned();
    match text("/Action").or_else(|| text("/status"))? {
        "create" => Some(Happening::Created(id)),
        "start" => Some(Happening::Started(id)),
        "destroy" | "remove" => Some(Happening::Removed(id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_both_runtimes_are_read() {
        let id = "3ad7b26ded6d";
        for (line, want) in [
            (r#"{"Action":"create","Actor":{"ID":"3ad7b26ded6d"}}"#, Some(Happening::Created(id.into()))),
            (r#"{"status":"start","id":"3ad7b26ded6d"}"#, Some(Happening::Started(id.into()))),
            (r#"{"Action":"destroy","Actor":{"ID":"3ad7b26ded6d"}}"#, Some(Happening::Removed(id.into()))),
            (r#"{"Action":"remove","Actor":{"ID":"3ad7b26ded6d"}}"#, Some(Happening::Removed(id.into()))),
            (r#"{"Action":"die","Actor":{"ID":"3ad7b26ded6d"}}"#, None),
            (r#"{"Action":"create","Actor":{"ID":"../../x/../../"}}"#, None),
            (r#"{"Action":"create"}"#, None),
            ("[1", None),
            ("", None),
        ] {
            assert_eq!(happening(line.as_bytes()), want, "{line}");
        }
    }
}
