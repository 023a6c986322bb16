//! HTTP: health, versions and metrics, served by a few threads of their own.
//!
//! The server shows what the engine's [`Status`](windhover_engine::Status) says, and changes nothing. It may not know
//! the model, rules or the configuration file. What comes from the network is bounded in size and in time, and every
//! connection is closed after its answer, so that no client keeps a thread.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz`, or as configured | `{"status": "ok"}` |
//! | `/versions` | a JSON text that is handed in |
//! | `/metrics`, where switched on | [`prometheus::render`] |
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use windhover_web::{Site, WebOptions, WebServer};
//!
//! let options = WebOptions { address: ([127, 0, 0, 1], 0).into(), threads: 1, certificate: None };
//! let site = Site { healthz: "/healthz".into(), versions: "{}".into(), metrics: None };
//! let server = WebServer::start(&options, site)?;
//! let mut client = TcpStream::connect(server.address())?;
//! client.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(r#"{"status": "ok"}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod prometheus;
mod request;
mod server;
mod site;
mod tls;

pub use server::{StartWebServerError, WebOptions, WebServer};
pub use site::{Metrics, Site};
pub use tls::ReadCertificateError;
