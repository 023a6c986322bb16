//! Alerts posted to a web server.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use ureq::http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use ureq::http::{HeaderName, HeaderValue};
use ureq::tls::{ClientCert, RootCerts, TlsConfig};
use ureq::{Agent, Timeout};

use super::pauses::Pauses;
use super::pem::{PemError, certificates, private_key, trusted};
use super::{Channel, DeliverError, Delivery, Outcome};

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
    /// How many more attempts it gets, after pauses, when the server cannot be reached or says that it cannot take it now.
    pub retries: u8,
    /// How long an attempt may take: name look-up, connection and answer together.
    pub timeout: Duration,
    /// Send bodies compressed (gzip), until the server says that it does not take them so.
    pub compress: bool,
    /// Headers beside `Content-Type` and `User-Agent`; they replace those.
    pub headers: Vec<(String, String)>,
}

/// Why an HTTP channel cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum OpenHttpError {
    /// The address is not one of a web server.
    #[error("`{0}` is not an address that alerts can be posted to: expected `http://HOST…` or `https://HOST…`")]
    Url(String),
    /// A header that cannot be sent.
    #[error(
        "`{0}` cannot be sent as a header: names take letters, digits and `-`, values one line of text, and headers \
         about the body or the connection are Windhover's own"
    )]
    Header(String),
    /// Certificates or keys cannot be read.
    #[error(transparent)]
    Pem(#[from] PemError),
}

/// Posts each alert to a web server. An answer other than success, or none, is a loss once the retries are used up.
#[derive(Debug)]
pub struct HttpChannel {
    agent: Agent,
    headers: Vec<(HeaderName, HeaderValue)>,
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
        let headers = options.headers.iter().map(header).collect::<Result<_, _>>()?;
        let mut config = Agent::config_builder()
            .timeout_global(Some(options.timeout))
            .max_redirects(0)
            .user_agent(&options.user_agent)
            .http_status_as_error(true);
        if secure {
            config = config.tls_config(tls(&options)?);
        }
        Ok(Self { agent: config.build().into(), headers, options })
    }

    fn post(&self, delivery: &Delivery) -> Result<(), ureq::Error> {
        let mut request = self.agent.post(&self.options.url);
        if !self.headers.iter().any(|(name, _)| name == CONTENT_TYPE) {
            let kind = if delivery.format().json { "application/json" } else { "text/plain" };
            request = request.header(CONTENT_TYPE, kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = if self.options.compress {
            request.header(CONTENT_ENCODING, "gzip").send(gzip(delivery.body())?)?
        } else {
            request.send(delivery.body())?
        };
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
        let (mut timeouts, mut retries) = (self.options.timeout_retries, self.options.retries);
        let mut pauses = Pauses::new();
        loop {
            match self.post(delivery) {
                // Unsupported media type: the reference never compresses, so a receiver made for it may not take this.
                Err(ureq::Error::StatusCode(415)) if self.options.compress => self.options.compress = false,
                Err(error) if timeouts > 0 && is_timeout(&error) => timeouts -= 1,
                Err(error) if retries > 0 && may_pass(&error) => {
                    pauses.wait();
                    retries -= 1;
                }
                result => return result.map_err(|e| DeliverError::new("post to", self.options.url.clone(), e)).into(),
            }
        }
    }
}

fn header((name, value): &(String, String)) -> Result<(HeaderName, HeaderValue), OpenHttpError> {
    let refused = || OpenHttpError::Header(name.clone());
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
    // These describe the body and the connection, which are not the user's to describe.
    if [CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING, CONNECTION].contains(&header) {
        return Err(refused());
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
    value.set_sensitive(true);
    Ok((header, value))
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// Whether another attempt in a while may work: the server was not there, or said that it is busy or broken.
fn may_pass(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::StatusCode(status) => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => true,
        // What TLS has to complain about comes as invalid data.
        ureq::Error::Io(e) => e.kind() != io::ErrorKind::InvalidData,
        _ => false,
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
