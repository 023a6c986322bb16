//! Configuration and rules loaded anew for who may ask for it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use windhover_engine::{Reload, Status};

use crate::request::Request;
use crate::site::Answer;

/// How long a request waits for what becomes of the reload.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `/reload` needs.
#[derive(Clone, Debug)]
pub struct ReloadDoor {
    /// The engine.
    pub status: Arc<Status>,
    /// Set to ask for a reload.
    pub ask: Arc<AtomicBool>,
    /// What a client has to show; without it, it has to be on this machine.
    pub token: Option<String>,
}

impl ReloadDoor {
    pub(crate) fn answer(&self, request: &Request, peer: IpAddr) -> Answer {
        if let Some(refusal) = self.refusal(request, peer) {
            return refusal;
        }
        match request.method.as_str() {
            "GET" | "HEAD" => {
                let reloads = self.status.reloads();
                let last = reloads.last.as_ref().map(outcome);
                let body = json!({ "succeeded": reloads.succeeded, "failed": reloads.failed, "last": last });
                Answer::json("200 OK", &body)
            }
            "POST" => match self.status.reload(|| self.ask.store(true, Ordering::Relaxed), PATIENCE) {
                Some(reload) if reload.result.is_ok() => Answer::json("200 OK", &outcome(&reload)),
                Some(reload) => Answer::json("422 Unprocessable Content", &outcome(&reload)),
                None => Answer::json("202 Accepted", &json!({ "result": "pending" })),
            },
            _ => Answer::error("405 Method Not Allowed"),
        }
    }

    fn refusal(&self, request: &Request, peer: IpAddr) -> Option<Answer> {
        // A page that a browser on this machine shows must not act for who wrote the page.
        if request.has_origin {
            return Some(Answer::error("403 Forbidden"));
        }
        match &self.token {
            Some(token) => {
                let shown = request.authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
                let fits = shown.is_some_and(|shown| is_same(shown.trim().as_bytes(), token.as_bytes()));
                (!fits).then(|| Answer::error("401 Unauthorized"))
            }
            None => (!peer.to_canonical().is_loopback()).then(|| Answer::error("403 Forbidden")),
        }
    }
}

fn outcome(reload: &Reload) -> Value {
    match &reload.result {
        Ok(rules) => json!({ "result": "reloaded", "rules": rules, "time": reload.time }),
        Err(reason) => json!({ "result": "failed", "reason": reason, "time": reload.time }),
    }
}

/// Takes the same time wherever the two differ.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, authorization: Option<&str>, has_origin: bool) -> Request {
        let authorization = authorization.map(str::to_owned);
        Request { method: method.into(), path: "/reload".into(), authorization, has_origin }
    }

    #[test]
    fn only_who_may_is_let_in() {
        let door = |token: Option<&str>| ReloadDoor {
            status: Arc::default(),
            ask: Arc::default(),
            token: token.map(str::to_owned),
        };
        let table = [
            (None, None, false, "127.0.0.1", "200 OK"),
            (None, None, false, "::1", "200 OK"),
            (None, None, false, "::ffff:127.0.0.1", "200 OK"),
            (None, None, false, "192.0.2.1", "403 Forbidden"),
            (None, Some("Bearer x"), false, "192.0.2.1", "403 Forbidden"),
            (None, None, true, "127.0.0.1", "403 Forbidden"),
            (Some("secret"), None, false, "127.0.0.1", "401 Unauthorized"),
            (Some("secret"), Some("Bearer secret"), false, "192.0.2.1", "200 OK"),
            (Some("secret"), Some("Bearer secre"), false, "127.0.0.1", "401 Unauthorized"),
            (Some("secret"), Some("Bearer secreT"), false, "127.0.0.1", "401 Unauthorized"),
            (Some("secret"), Some("secret"), false, "127.0.0.1", "401 Unauthorized"),
            (Some("secret"), Some("Bearer secret"), true, "127.0.0.1", "403 Forbidden"),
        ];
        for (token, shown, origin, peer, want) in table {
            let answer = door(token).answer(&request("GET", shown, origin), peer.parse().unwrap());
            assert_eq!(answer.status, want, "{token:?} {shown:?} {origin} {peer}");
        }
        let answer = door(None).answer(&request("DELETE", None, false), IpAddr::from([127, 0, 0, 1]));
        assert_eq!(answer.status, "405 Method Not Allowed");
    }

    #[test]
    fn who_asks_is_told_what_became_of_it() {
        let door = ReloadDoor { status: Arc::default(), ask: Arc::default(), token: None };
        for (result, status, body) in [
            (Ok(3), "200 OK", r#"{"result":"reloaded","rules":3,"time":7}"#),
            (Err("bad".to_owned()), "422 Unprocessable Content", r#"{"reason":"bad","result":"failed","time":7}"#),
        ] {
            std::thread::scope(|scope| {
                let asked = scope.spawn(|| door.answer(&request("POST", None, false), IpAddr::from([127, 0, 0, 1])));
                while !door.ask.swap(false, Ordering::Relaxed) {
                    std::thread::yield_now();
                }
                door.status.begin_reload();
                door.status.end_reload(7, result);
                let answer = asked.join().unwrap();
                assert_eq!((answer.status, answer.body.as_str()), (status, body));
            });
        }
        let answer = door.answer(&request("GET", None, false), IpAddr::from([127, 0, 0, 1]));
        let want = r#"{"failed":1,"last":{"reason":"bad","result":"failed","time":7},"succeeded":1}"#;
        assert_eq!(answer.body, want);
    }
}
