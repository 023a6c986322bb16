//! As much of HTTP/1.1 as a runtime's socket needs: one GET per connection, the answer whole or line by line.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::ask::AskError;

/// Bytes of an answer's head at most.
const MAX_HEAD: u64 = 16 << 10;
/// Bytes of the line that tells a chunk's size at most.
const MAX_CHUNK_LINE: u64 = 256;

/// A stream whose reads and writes end at a point in time, however slowly bytes drip in.
struct Timed {
    stream: UnixStream,
    deadline: Option<Instant>,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
        }
        self.stream.read(buffer)
    }
}

/// How the end of an answer's body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// So many bytes are left.
    Length(u64),
    /// So many bytes of this chunk are left; `first` where no end of an earlier chunk is to come.
    Chunks { left: u64, first: bool },
    /// When the connection is closed.
    Close,
    /// It is over.
    Ended,
}

/// The body of an answer.
pub(crate) struct Body {
    reader: BufReader<Timed>,
    framing: Framing,
}

/// Asks for `target`, and gives the answer's body if the status is 200. All must be there within `limit`.
pub(crate) fn get(socket: &Path, target: &str, limit: Duration) -> Result<Body, AskError> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_write_timeout(Some(limit))?;
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: */*\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut reader = BufReader::new(Timed { stream, deadline: Some(Instant::now() + limit) });
    let framing = read_head(&mut reader)?;
    Ok(Body { reader, framing })
}

fn read_head(reader: &mut impl BufRead) -> Result<Framing, AskError> {
    let mut head = reader.take(MAX_HEAD);
    let mut line = Vec::new();
    let mut next = |line: &mut Vec<u8>| -> Result<(), AskError> {
        line.clear();
        head.read_until(b'\n', line)?;
        if line.pop() != Some(b'\n') {
            return Err(AskError::Malformed("the head does not end"));
        }
        line.pop_if(|byte| *byte == b'\r');
        Ok(())
    };
    next(&mut line)?;
    let status = line.strip_prefix(b"HTTP/1.").and_then(|rest| rest.get(2..5));
    let status = status.and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    let status: u16 = status.ok_or(AskError::Malformed("no status line"))?;
    let mut framing = Framing::Close;
    loop {
        next(&mut line)?;
        if line.is_empty() {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let Some((name, value)) = text.split_once(':') else { return Err(AskError::Malformed("a header without `:`")) };
        let value = value.trim();
        if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
            framing = Framing::Chunks { left: 0, first: true };
        } else if name.eq_ignore_ascii_case("content-length") && framing == Framing::Close {
            framing = Framing::Length(value.parse().map_err(|_| AskError::Malformed("no number in content-length"))?);
        }
    }
    if status == 200 { Ok(framing) } else { Err(AskError::Status(status)) }
}

impl Body {
    /// The whole body, of at most `limit` bytes.
    pub(crate) fn whole(mut self, limit: u64) -> Result<Vec<u8>, AskError> {
        let mut bytes = Vec::new();
        (&mut self).take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(AskError::TooLarge(limit));
        }
        if let Framing::Length(1..) | Framing::Chunks { .. } = self.framing {
            return Err(AskError::Malformed("the body ends early"));
        }
        Ok(bytes)
    }

    /// From now on each read may take `limit`; the body as a whole may last for ever.
    pub(crate) fn endless(&mut self, limit: Duration) -> io::Result<()> {
        let timed = self.reader.get_mut();
        timed.deadline = None;
        timed.stream.set_read_timeout(Some(limit))
    }

    fn next_chunk(&mut self, first: bool) -> io::Result<u64> {
        let malformed = || io::Error::new(io::ErrorKind::InvalidData, "malformed chunk");
        let mut line = Vec::new();
        if !first {
            (&mut self.reader).take(2).read_to_end(&mut line)?;
            if line != b"\r\n" {
                return Err(malformed());
            }
            line.clear();
            // A read that times out further on must not look for this end again.
            self.framing = Framing::Chunks { left: 0, first: true };
        }
        (&mut self.reader).take(MAX_CHUNK_LINE).read_until(b'\n', &mut line)?;
        let text = std::str::from_utf8(&line).ok().and_then(|text| text.strip_suffix('\n')).ok_or_else(malformed)?;
        let size = text.split(';').next().unwrap_or_default().trim();
        u64::from_str_radix(size, 16).map_err(|_| malformed())
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if let Framing::Chunks { left: 0, first } = self.framing {
            self.framing = match self.next_chunk(first)? {
                0 => Framing::Ended,
                left => Framing::Chunks { left, first: false },
            };
        }
        let left = match &mut self.framing {
            Framing::Ended | Framing::Length(0) => return Ok(0),
            Framing::Close => return self.reader.read(buffer),
            Framing::Length(left) | Framing::Chunks { left, .. } => left,
        };
        let most = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(&mut buffer[..most])?;
        *left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of an answer: `Ok` with the body, or the error's text.
    fn answer(text: &[u8], limit: u64) -> Result<String, String> {
        let (stream, mut server) = UnixStream::pair().unwrap();
        server.write_all(text).unwrap();
        drop(server);
        let mut reader = BufReader::new(Timed { stream, deadline: Some(Instant::now() + Duration::from_secs(5)) });
        let framing = read_head(&mut reader).map_err(|e| e.to_string())?;
        let bytes = Body { reader, framing }.whole(limit).map_err(|e| e.to_string())?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn every_framing_is_read() {
        for (text, want) in [
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd"[..], Ok("abc")),
            (b"HTTP/1.0 200 OK\n\nabcd", Ok("abcd")),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n", Ok("abc")),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Ok("")),
            (b"HTTP/1.1 404 Not Found\r\n\r\n", Err("status 404")),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Err("malformed answer: the body ends early")),
            (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc", Err("malformed answer: no number in content-length")),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc", Err("malformed chunk")),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Err("malformed chunk")),
            (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", Err("malformed answer: a header without `:`")),
            (b"HTTP/1.1 200 OK\r\n", Err("malformed answer: the head does not end")),
            (b"SSH-2.0-x\r\n\r\n", Err("malformed answer: no status line")),
            (b"", Err("malformed answer: the head does not end")),
            (b"HTTP/1.1 200 OK\r\n\r\n0123456789", Err("more than 8 bytes")),
        ] {
            let got = answer(text, 8);
            let got = got.as_ref().map(String::as_str).map_err(String::as_str);
            assert_eq!(got, want, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_head_without_end_is_given_up() {
        let mut text = b"HTTP/1.1 200 OK\r\nx: ".to_vec();
        text.resize(MAX_HEAD as usize + 10, b'y');
        assert_eq!(answer(&text, 8), Err("malformed answer: the head does not end".to_owned()));
    }

    #[test]
    fn a_drip_ends_at_the_deadline() {
        let (stream, mut server) = UnixStream::pair().unwrap();
        server.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
        let mut reader = BufReader::new(Timed { stream, deadline: Some(Instant::now() + Duration::from_millis(20)) });
        assert!(matches!(read_head(&mut reader), Err(AskError::Io(_))));
    }
}
