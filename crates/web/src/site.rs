//! What is served at which path.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use windhover_engine::Status;

use crate::prometheus;
use crate::reload::ReloadDoor;
use crate::request::Request;

/// How long a request for metrics waits for the engine, which answers between two batches of events.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is served.
#[derive(Clone, Debug)]
pub struct Site {
    /// The path that answers whether the engine is there.
    pub healthz: String,
    /// What `/versions` answers, JSON.
    pub versions: String,
    /// What `/metrics` shows, if it is there.
    pub metrics: Option<Metrics>,
    /// What `/reload` does, if it is there.
    pub reload: Option<ReloadDoor>,
}

/// What `/metrics` shows.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The engine.
    pub status: Arc<Status>,
    /// Which groups.
    pub groups: windhover_engine::metric::MetricGroups,
    /// The host's root folder.
    pub host_root: std::path::PathBuf,
}

/// An answer without its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(status: &'static str, body: &serde_json::Value) -> Self {
        Self { status, kind: "application/json", body: body.to_string() }
    }

    pub(crate) fn error(status: &'static str) -> Self {
        Self { status, kind: "text/plain", body: format!("{status}\n") }
    }
}

impl Site {
    pub(crate) fn answer(&self, request: &Request, peer: IpAddr) -> Answer {
        let json = |body: &str| Answer { status: "200 OK", kind: "application/json", body: body.to_owned() };
        let found = match request.path.as_str() {
            path if path == self.healthz => json(r#"{"status": "ok"}"#),
            "/versions" => json(&self.versions),
            "/metrics" => match &self.metrics {
                Some(metrics) => metrics.answer(),
                None => return Answer::error("404 Not Found"),
            },
            "/reload" => match &self.reload {
                Some(door) => return door.answer(request, peer),
                None => return Answer::error("404 Not Found"),
            },
            _ => return Answer::error("404 Not Found"),
        };
        if matches!(request.method.as_str(), "GET" | "HEAD") { found } else { Answer::error("405 Method Not Allowed") }
    }
}

impl Metrics {
    fn answer(&self) -> Answer {
        let Some(measured) = self.status.measure(PATIENCE) else { return Answer::error("503 Service Unavailable") };
        let used = if self.groups.resources {
            windhover_engine::metric::measure_resources(&self.host_root)
        } else {
            Default::default()
        };
        let body = prometheus::render(&self.status.facts(), &measured, &used, self.groups);
        Answer { status: "200 OK", kind: "text/plain; version=0.0.4", body }
    }
}
