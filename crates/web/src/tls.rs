//! The server's certificate.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// No PEM file is longer.
const MAX_BYTES: u64 = 1 << 20;

/// Why a server's certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadCertificateError {
    /// The file cannot be read.
    #[error("cannot read the web server's certificate `{path}`: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file lacks something.
    #[error("the web server's certificate `{path}` holds no {what}: it has to hold certificate and key as PEM")]
    Missing {
        /// Which.
        path: PathBuf,
        /// What it lacks.
        what: &'static str,
    },
    /// Certificate and key are not usable together.
    #[error("the web server's certificate `{path}` cannot be used: {source}")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

/// Reads certificate chain and key from one PEM file.
pub(crate) fn server_config(path: &Path) -> Result<Arc<ServerConfig>, ReadCertificateError> {
    let mut pem = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut pem));
    read.map_err(|source| ReadCertificateError::Read { path: path.to_owned(), source })?;
    let missing = |what| ReadCertificateError::Missing { path: path.to_owned(), what };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem).flatten().collect();
    if chain.is_empty() {
        return Err(missing("certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| missing("private key"))?;
    let unusable = |source| ReadCertificateError::Unusable { path: path.to_owned(), source };
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls_graviola::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?;
    Ok(Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).map_err(unusable)?))
}
