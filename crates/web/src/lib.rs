//! HTTP: health, versions, metrics and reloads, served by threads of their own.
//!
//! The server shows what the engine's [`Status`](windhover_engine::Status) says, and may ask for a reload. It may not know
//! the model, rules or the configuration file. What comes from the network is bounded in size, in time and in number:
//! every connection is closed after its answer, and who makes the server wait makes room for who comes.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz`, or as configured | `{"status": "ok"}` |
//! | `/versions` | a JSON text that is handed in |
//! | `/metrics`, where switched on | [`prometheus::render`] |
//! | `/reload` | `POST` loads configuration and rules anew, and tells what became of it; `GET` tells of the last time |
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use windhover_web::{Site, WebOptions, WebServer};
//!
//! let options = WebOptions { address: ([127, 0, 0, 1], 0).into(), threads: 1, certificate: None };
//! let site = Site { healthz: "/healthz".into(), versions: "{}".into(), metrics: None, reload: None };
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
mod reload;
mod request;
mod server;
mod site;
mod slots;
mod tls;

pub use reload::ReloadDoor;
pub use server::{StartWebServerError, WebOptions, WebServer};
pub use site::{Metrics, Site};
pub use tls::ReadCertificateError;
