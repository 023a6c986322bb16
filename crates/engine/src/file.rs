//! Rules files: which ones, and their text.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// No rules file is longer.
const MAX_BYTES: u64 = 64 << 20;

/// A rules file with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesFile {
    /// Its path, or another name that messages can use.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Why rules files cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadRulesError {
    /// There is none.
    #[error("You must specify at least one rules file/directory via -r or a rules_file entry in falco.yaml: {0}")]
    None(String),
    /// A file or folder cannot be read.
    #[error("cannot read the rules file `{path}`: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not text.
    #[error("cannot read the rules file `{path}`: byte {at} is neither UTF-8 nor, with a mark in front, UTF-16")]
    NotText {
        /// Which.
        path: PathBuf,
        /// Where.
        at: usize,
    },
    /// A file is too long.
    #[error("cannot read the rules file `{path}`: it is longer than {} MiB", MAX_BYTES >> 20)]
    TooLong {
        /// Which.
        path: PathBuf,
    },
}

/// What to do about a path that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Go on without it: the configuration lists files that need not be there.
    Skip,
    /// Refuse: a person named it.
    Refuse,
}

/// The files that paths stand for: a folder for the `.yaml` and `.yml` files directly in it, sorted.
///
/// # Errors
/// A folder cannot be read, a path is absent and must not be, or nothing is left.
pub fn find(paths: &[PathBuf], absent: Absent) -> Result<Vec<PathBuf>, ReadRulesError> {
    let mut files = Vec::new();
    for path in paths {
        let io = |source| ReadRulesError::Io { path: path.clone(), source };
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                let entries = path.read_dir().and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(io)?;
                let inside = entries.into_iter().map(|entry| entry.path());
                let mut inside: Vec<_> = inside.filter(|path| path.is_file() && has_extension(path)).collect();
                inside.sort();
                files.extend(inside);
            }
            Ok(_) => files.push(path.clone()),
            Err(e) if e.kind() == io::ErrorKind::NotFound && absent == Absent::Skip => {}
            Err(e) => return Err(io(e)),
        }
    }
    if files.is_empty() {
        let looked: Vec<_> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        let looked = if looked.is_empty() { "none is given".to_owned() } else { looked.join(", ") + " hold none" };
        return Err(ReadRulesError::None(looked));
    }
    Ok(files)
}

fn has_extension(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Reads a rules file.
///
/// # Errors
/// It cannot be read, is not text, or too long.
pub fn read(path: &Path) -> Result<RulesFile, ReadRulesError> {
    let io = |source| ReadRulesError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(io)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadRulesError::TooLong { path: path.to_owned() });
    }
    match decode(bytes) {
        Ok(text) => Ok(RulesFile { name: path.display().to_string(), text }),
        Err(at) => Err(ReadRulesError::NotText { path: path.to_owned(), at }),
    }
}

/// Text in UTF-8; or in UTF-16 if it begins with a mark of that, as some editors write it.
///
/// # Errors
/// The byte from which on it is neither.
fn decode(bytes: Vec<u8>) -> Result<String, usize> {
    let wide = |units: fn([u8; 2]) -> u16| -> Result<String, usize> {
        let (pairs, _) = bytes[2..].as_chunks::<2>();
        let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| units(*pair))).collect();
        text.map_err(|_| 0)
    };
    match bytes.as_slice() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|e| e.utf8_error().valid_up_to()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_their_yaml_files_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["b.yml", "a.yaml", "c.txt", ".hidden.yaml", "x"] {
            fs::write(path(name), "text").unwrap();
        }
        fs::create_dir(path("deeper.yaml")).unwrap();
        let found = find(&[path("x"), folder.path().to_owned(), path("absent")], Absent::Skip).unwrap();
        assert_eq!(found, [path("x"), path(".hidden.yaml"), path("a.yaml"), path("b.yml")]);
        assert!(matches!(find(&[path("absent")], Absent::Refuse), Err(ReadRulesError::Io { .. })));
        let nothing = find(&[path("absent")], Absent::Skip).unwrap_err().to_string();
        assert!(nothing.starts_with("You must specify at least one rules file/directory via -r"), "{nothing}");
        fs::write(path("x"), b"a\xff").unwrap();
        assert!(matches!(read(&path("x")), Err(ReadRulesError::NotText { at: 1, .. })));
        assert_eq!(read(&path("b.yml")).unwrap().text, "text");
        fs::write(path("x"), b"\xff\xfe-\0 \0\xe9\0").unwrap();
        assert_eq!(read(&path("x")).unwrap().text, "- é");
        fs::write(path("x"), b"\xfe\xff\0-\0 \0\xe9").unwrap();
        assert_eq!(read(&path("x")).unwrap().text, "- é");
    }
}
