//! Files that people write: rules files, which ones and their text; and what to do where one cannot be read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// No rules file is longer.
const MAX_BYTES: u64 = 64 << 20;

/// How long what is no regular file, such as a pipe, may take to come to its end.
const PATIENCE: Duration = Duration::from_secs(5);

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
    #[error("cannot read the rules file `{path}`: {reason}; {}", .reason.remedy())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: ReadFileError,
    },
}

/// Why a file that somebody wrote cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFileError {
    /// The system does not let it be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is longer than any such file.
    #[error("it is longer than {} MiB", .0 >> 20)]
    TooLong(u64),
    /// It is a pipe, or a device, and nothing came out of it in time.
    #[error("it is no regular file, and did not come to its end in {} s", PATIENCE.as_secs())]
    Silent,
    /// It is not text.
    #[error("byte {0} is neither UTF-8 nor, with a mark in front, UTF-16")]
    NotText(usize),
}

impl ReadFileError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Io(e) => remedy(e),
            Self::TooLong(_) => "is it the right file?",
            Self::Silent => "name a regular file, or see to it that something is written to the pipe and it is closed",
            Self::NotText(_) => "is it the right file? If it is, save it as UTF-8",
        }
    }
}

/// What to do where the system does not let a file be read.
pub fn remedy(e: &io::Error) -> &'static str {
    match e.kind() {
        io::ErrorKind::NotFound => "look for a slip in the path; a relative one begins in the current folder",
        io::ErrorKind::PermissionDenied => {
            "let this user read it and enter the folders on the way (`namei -l PATH` shows them), or run as root"
        }
        io::ErrorKind::IsADirectory => "it is a folder: name a file in it",
        io::ErrorKind::NotADirectory => "a part of the path before the last is a file, not a folder",
        _ => "try to read it with `cat`, as the same user",
    }
}

/// All bytes of a file, `most` at most. A pipe whose other end says nothing is given up.
///
/// # Errors
/// It cannot be read, is too long, or silent.
pub fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, ReadFileError> {
    let bytes = if fs::metadata(path)?.is_file() { read_to_end(path, most)? } else { read_patiently(path, most)? };
    if bytes.len() as u64 > most { Err(ReadFileError::TooLong(most)) } else { Ok(bytes) }
}

fn read_to_end(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads on a thread of its own, which may wait for ever.
fn read_patiently(path: &Path, most: u64) -> Result<Vec<u8>, ReadFileError> {
    let (sender, receiver) = sync_channel(1);
    let path = path.to_owned();
    // Where nobody waits any more, nobody wants it.
    thread::Builder::new().name("read".to_owned()).spawn(move || _ = sender.send(read_to_end(&path, most)))?;
    match receiver.recv_timeout(PATIENCE) {
        Ok(read) => Ok(read?),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(ReadFileError::Silent),
    }
}

/// A text in UTF-8 or UTF-16.
///
/// # Errors
/// It is neither.
pub fn to_text(bytes: Vec<u8>) -> Result<String, ReadFileError> {
    decode(bytes).map_err(ReadFileError::NotText)
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
        let io = |e: io::Error| ReadRulesError::File { path: path.clone(), reason: e.into() };
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
    match read_bytes(path, MAX_BYTES).and_then(to_text) {
        Ok(text) => Ok(RulesFile { name: path.display().to_string(), text }),
        Err(reason) => Err(ReadRulesError::File { path: path.to_owned(), reason }),
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
        assert!(matches!(find(&[path("absent")], Absent::Refuse), Err(ReadRulesError::File { .. })));
        let nothing = find(&[path("absent")], Absent::Skip).unwrap_err().to_string();
        assert!(nothing.starts_with("You must specify at least one rules file/directory via -r"), "{nothing}");
        fs::write(path("x"), b"a\xff").unwrap();
        let not_text = read(&path("x")).unwrap_err();
        assert!(matches!(not_text, ReadRulesError::File { reason: ReadFileError::NotText(1), .. }), "{not_text}");
        assert_eq!(read(&path("b.yml")).unwrap().text, "text");
        fs::write(path("x"), b"\xff\xfe-\0 \0\xe9\0").unwrap();
        assert_eq!(read(&path("x")).unwrap().text, "- é");
        fs::write(path("x"), b"\xfe\xff\0-\0 \0\xe9").unwrap();
        assert_eq!(read(&path("x")).unwrap().text, "- é");
    }

    #[test]
    fn what_cannot_be_read_is_said_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("file"), "x").unwrap();
        let (pipe, other) = (path("pipe"), path("other"));
        assert!(std::process::Command::new("mkfifo").args([&pipe, &other]).status().unwrap().success());
        let said = |path: &Path| read_bytes(path, 3).map_err(|e| format!("{e}; {}", e.remedy()));
        for (name, part) in [
            ("none", "look for a slip in the path"),
            ("folder", "name a file in it"),
            ("file/x", "a part of the path before the last is a file"),
            ("pipe", "did not come to its end in 5 s; name a regular file"),
        ] {
            let found = said(&path(name)).unwrap_err();
            assert!(found.contains(part), "{name}: {found}");
        }
        // Not the same pipe: its reader still waits.
        let writer = thread::spawn(move || fs::write(other, "abc"));
        assert_eq!(said(&path("other")), Ok(b"abc".to_vec()));
        writer.join().unwrap().unwrap();
        fs::write(path("file"), "long").unwrap();
        assert!(said(&path("file")).unwrap_err().contains("longer than"));
    }
}
