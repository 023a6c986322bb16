//! Certificates and keys from files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ureq::tls::{Certificate, PemItem, PrivateKey, parse_pem};

/// No file of certificates is longer.
const PEM_BYTES: u64 = 16 << 20;

/// Why there is no certificate or no key.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
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

/// The certificates of a file, or of all files of a folder that hold any.
pub(super) fn trusted(path: &Path) -> Result<Vec<Certificate<'static>>, PemError> {
    if !path.is_dir() {
        return certificates(path);
    }
    let entries = path.read_dir().map_err(|source| PemError::Read { path: path.to_owned(), source })?;
    let files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let all: Vec<_> = files.flat_map(|file| certificates(&file).unwrap_or_default()).collect();
    if all.is_empty() { Err(PemError::Missing { path: path.to_owned(), what: "certificate" }) } else { Ok(all) }
}

pub(super) fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, PemError> {
    let items = read_pem(path)?.into_iter();
    let found: Vec<_> =
        items.filter_map(|item| if let PemItem::Certificate(c) = item { Some(c) } else { None }).collect();
    if found.is_empty() { Err(PemError::Missing { path: path.to_owned(), what: "certificate" }) } else { Ok(found) }
}

pub(super) fn private_key(path: &Path) -> Result<PrivateKey<'static>, PemError> {
    let mut items = read_pem(path)?.into_iter();
    let found = items.find_map(|item| if let PemItem::PrivateKey(key) = item { Some(key) } else { None });
    found.ok_or_else(|| PemError::Missing { path: path.to_owned(), what: "private key" })
}

fn read_pem(path: &Path) -> Result<Vec<PemItem<'static>>, PemError> {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(PEM_BYTES).read_to_end(&mut text));
    read.map_err(|source| PemError::Read { path: path.to_owned(), source })?;
    Ok(parse_pem(&text).flatten().collect())
}
