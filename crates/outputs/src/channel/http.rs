//! Alerts posted to a web server.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Timeout};

use super::{Channel, DeliverError, Delivery, Outcome};

/// One attempt may take so long, name look-up, connection and answer together.
const ATTEMPT: Duration = Duration::from_secs(10);
/// No file of certificates is longer.
const PEM_BYTES: u64 = 16 << 20;
/// What is read of an answer.
const ANSWER_BYTES: u64 = 64 << 10;

/// Where and how alerts are posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// `http://…` or `https://…`.
    pub url: String,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Take any certificate that the server shows.
    pub insecure: bool,
    /// Certificates to trust: a file of them, or a folder of such files.
    pub trusted: PathBuf,
    /// Certificate chain and private key to show to the server.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Copy the server's answers to standard output.
    pub echo: bool,
    /// How many more attempts an alert gets when one runs out of time.
    pub timeout_retries: u8,
}

/// Why an HTTP channel cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum OpenHttpError {
    /// The address is not one of a web server.
    #[error("`{0}` is not an address that alerts can be posted to: expected `http://HOST…` or `https://HOST…`")]
    Url(String),
    /// A file could not be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds no certificate or no key.
    #[error("`{path}` holds no {what} in PEM form")]
    Missing {
        /// Which.
        path: PathBuf,
        /// `certificate` or `private key`.
        what: &'static str,
    },
}

/// Posts each alert to a web server. An answer other than success, or none, is a loss.
#[derive(Debug)]
pub struct HttpChannel {
    agent: Agent,
    options: HttpOptions,
}

impl HttpChannel {
    /// Reads certificates and keys; connects when the first alert comes.
    ///
    /// # Errors
    /// [`OpenHttpError`]
    pub fn open(options: HttpOptions) -> Result<Self, OpenHttpError> {
        let secure = options.url.starts_with("https://");
        let host = options.url.strip_prefix("http://").or_else(|| options.url.strip_prefix("https://"));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
            return Err(OpenHttpError::Url(options.url));
        }
        let mut config = Agent::config_builder()
            .timeout_global(Some(ATTEMPT))
            .max_redirects(0)
            .user_agent(&options.user_agent)
            .http_status_as_error(true);
        if secure {
            config = config.tls_config(tls(&options)?);
        }
        Ok(Self { agent: config.build().into(), options })
    }

    fn post(&self, delivery: &Delivery) -> Result<(), ureq::Error> {
        let kind = if delivery.format().json { "application/json" } else { "text/plain" };
        let answer = self.agent.post(&self.options.url).header("Content-Type", kind).send(delivery.body())?;
        let status = answer.status();
        let mut body = answer.into_body().into_reader().take(ANSWER_BYTES);
        let mut text = Vec::new();
        // The alert has arrived, whatever happens to the rest of the answer; reading it lets the connection be reused.
        let read = body.read_to_end(&mut text);
        if self.options.echo && read.is_ok() {
            let mut out = io::stdout();
            drop(out.write_all(&text).and_then(|()| out.write_all(b"\n")));
        }
        if status.is_success() { Ok(()) } else { Err(ureq::Error::StatusCode(status.as_u16())) }
    }
}

impl Channel for HttpChannel {
    fn name(&self) -> &str {
        "http"
    }

    fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        let mut retries = self.options.timeout_retries;
        loop {
            match self.post(delivery) {
                Err(error) if retries > 0 && is_timeout(&error) => retries -= 1,
                result => return result.map_err(|e| DeliverError::new("post to", self.options.url.clone(), e)).into(),
            }
        }
    }
}

fn is_timeout(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Timeout(Timeout::PerRead | Timeout::PerWrite | Timeout::Global) => true,
        ureq::Error::Io(e) => matches!(e.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock),
        ureq::Error::Timeout(_) => true,
        _ => false,
    }
}

fn tls(options: &HttpOptions) -> Result<TlsConfig, OpenHttpError> {
    let provider = Arc::new(rustls_graviola::default_provider());
    let mut tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    if options.insecure {
        tls = tls.disable_verification(true);
    } else {
        tls = tls.root_certs(RootCerts::new_with_certs(&trusted(&options.trusted)?));
    }
    if let Some((chain, key)) = &options.identity {
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&certificates(chain)?, private_key(key)?)));
    }
    Ok(tls.build())
}

/// The certificates of a file, or of all files of a folder that hold any.
fn trusted(path: &Path) -> Result<Vec<Certificate<'static>>, OpenHttpError> {
    if !path.is_dir() {
        return certificates(path);
    }
    let entries = path.read_dir().map_err(|source| OpenHttpError::Read { path: path.to_owned(), source })?;
    let files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let all: Vec<_> = files.flat_map(|file| certificates(&file).unwrap_or_default()).collect();
    if all.is_empty() { Err(OpenHttpError::Missing { path: path.to_owned(), what: "certificate" }) } else { Ok(all) }
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, OpenHttpError> {
    let items = read_pem(path)?.into_iter();
    let found: Vec<_> =
        items.filter_map(|item| if let PemItem::Certificate(c) = item { Some(c) } else { None }).collect();
    if found.is_empty() {
        Err(OpenHttpError::Missing { path: path.to_owned(), what: "certificate" })
    } else {
        Ok(found)
    }
}

fn private_key(path: &Path) -> Result<PrivateKey<'static>, OpenHttpError> {
    let mut items = read_pem(path)?.into_iter();
    let found = items.find_map(|item| if let PemItem::PrivateKey(key) = item { Some(key) } else { None });
    found.ok_or_else(|| OpenHttpError::Missing { path: path.to_owned(), what: "private key" })
}

fn read_pem(path: &Path) -> Result<Vec<PemItem<'static>>, OpenHttpError> {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(PEM_BYTES).read_to_end(&mut text));
    read.map_err(|source| OpenHttpError::Read { path: path.to_owned(), source })?;
    Ok(parse_pem(&text).flatten().collect())
}
