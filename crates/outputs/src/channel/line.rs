//! Lines written to a stream, each answered for: whole lines that went out are delivered, others are lost.

use std::io::{self, Write};

/// Bytes kept before they are written, when buffering is asked for.
const BUFFER_BYTES: usize = 64 << 10;

/// How many of the lines in hand went out, and what stopped the others.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) delivered: u64,
    pub(super) lost: u64,
    pub(super) error: Option<io::Error>,
}

/// Lines waiting to be written.
#[derive(Debug)]
pub(super) struct LineBuffer {
    buffered: bool,
    bytes: Vec<u8>,
    /// Where each line in `bytes` ends.
    ends: Vec<usize>,
    /// The last thing written is a part of a line.
    torn: bool,
}

impl LineBuffer {
    pub(super) fn new(buffered: bool) -> Self {
        Self { buffered, bytes: Vec::new(), ends: Vec::new(), torn: false }
    }

    /// Takes a line with its line feed; writes at once unless buffered.
    pub(super) fn line(&mut self, line: &[u8], out: &mut impl Write) -> Written {
        if self.torn && self.bytes.is_empty() {
            // What was torn ends here, so that this line is whole.
            self.bytes.push(b'\n');
        }
        self.bytes.extend_from_slice(line);
        self.ends.push(self.bytes.len());
        if self.buffered && self.bytes.len() < BUFFER_BYTES { Written::default() } else { self.flush(out) }
    }

    pub(super) fn flush(&mut self, out: &mut impl Write) -> Written {
        let mut at = 0;
        let mut error = None;
        while at < self.bytes.len() {
            match out.write(&self.bytes[at..]) {
                Ok(0) => error = Some(io::ErrorKind::WriteZero.into()),
                Ok(n) => at += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => error = Some(e),
            }
            if error.is_some() {
                break;
            }
        }
        if error.is_none() {
            error = out.flush().err();
        }
        let delivered = self.ends.partition_point(|&end| end <= at);
        let lost = self.ends.len() - delivered;
        // Where nothing went out, the stream still ends as it did.
        if let Some(last) = at.checked_sub(1) {
            self.torn = self.bytes[last] != b'\n';
        }
        self.bytes.clear();
        self.ends.clear();
        Written { delivered: delivered as u64, lost: lost as u64, error }
    }

    /// The stream was replaced by another, which begins with a whole line.
    pub(super) fn renew(&mut self) {
        self.torn = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, three at a time, and then fails until given more room.
    struct Disk {
        room: usize,
        data: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let n = bytes.len().min(self.room).min(3);
            if n == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= n;
            self.data.extend_from_slice(&bytes[..n]);
            Ok(n)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_line_is_delivered_or_lost_and_no_line_is_glued_to_a_torn_one() {
        let mut disk = Disk { room: 9, data: Vec::new() };
        let mut lines = LineBuffer::new(true);
        for _ in 0..3 {
            assert_eq!(lines.line(b"alert\n", &mut disk).delivered, 0);
        }
        let written = lines.flush(&mut disk);
        assert_eq!((written.delivered, written.lost), (1, 2));
        assert!(written.error.is_some());
        let mut lines = LineBuffer { buffered: false, ..lines };
        assert_eq!(lines.line(b"no room\n", &mut disk).lost, 1);
        disk.room = 100;
        assert_eq!(lines.line(b"later\n", &mut disk).delivered, 1);
        assert_eq!(disk.data, b"alert\nale\nlater\n");
    }
}
