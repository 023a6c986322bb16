//! Writing: the snapshot first, then events as they come.

use std::io::Write;

use flate2::write::GzEncoder;
use windhover_event::EventView;
use windhover_event::snapshot::Snapshot;

use crate::block;
use crate::error::WriteCaptureError;
use crate::list::{descriptor, interface, machine, process, user};
use crate::reader::CapturedEvent;

/// Format version written.
const VERSION: (u16, u16) = (1, 2);
/// What is gathered before it goes to the sink.
const CHUNK: usize = 64 << 10;

/// Whether a capture is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// As it is; such a file is the fastest to read.
    #[default]
    None,
    /// gzip, at the usual level.
    Gzip,
    /// gzip, as fast as it goes: files are larger by about a quarter.
    GzipFast,
}

/// Writes a capture. It is complete only after [`Writer::finish`].
pub struct Writer<W: Write> {
    sink: Sink<W>,
    /// Whole blocks that are not in the sink yet.
    buffer: Vec<u8>,
    encoded: u64,
    events: u64,
}

enum Sink<W: Write> {
    Plain(W),
    Gzip(Box<GzEncoder<Counted<W>>>),
}

impl<W: Write> Sink<W> {
    fn gzip(sink: W, level: flate2::Compression) -> Self {
        Self::Gzip(Box::new(GzEncoder::new(Counted { sink, count: 0 }, level)))
    }
}

impl<W: Write> Writer<W> {
    /// Starts a capture in `sink` with what is known about the machine. The sink need not be buffered.
    ///
    /// # Errors
    /// The sink fails, or a list is longer than the format allows.
    pub fn new(sink: W, compression: Compression, snapshot: &Snapshot) -> Result<Self, WriteCaptureError> {
        let sink = match compression {
            Compression::None => Sink::Plain(sink),
            Compression::Gzip => Sink::gzip(sink, flate2::Compression::default()),
            Compression::GzipFast => Sink::gzip(sink, flate2::Compression::fast()),
        };
        let mut writer = Self { sink, buffer: Vec::with_capacity(CHUNK), encoded: 0, events: 0 };
        writer.put_section(snapshot)?;
        Ok(writer)
    }

    /// Appends an event.
    ///
    /// # Errors
    /// The sink fails, or the event is longer than the format allows.
    pub fn write(&mut self, captured: &CapturedEvent<'_>) -> Result<(), WriteCaptureError> {
        let CapturedEvent { cpu, state_only, event } = captured;
        let large = needs_large_block(event, *state_only);
        let number = match (state_only, large) {
            (false, false) => block::EVENT_V2,
            (true, false) => block::EVENT_FLAGS_V2,
            (false, true) => block::EVENT_LARGE,
            (true, true) => block::EVENT_FLAGS_LARGE,
        };
        let written = self.put_block(number, |out| {
            out.extend_from_slice(&cpu.to_le_bytes());
            if *state_only {
                out.extend_from_slice(&block::FLAG_STATE_ONLY.to_le_bytes());
            }
            out.extend_from_slice(event.bytes());
        });
        if written.is_none() {
            let length = event.bytes().len();
            let most = u32::MAX as usize - block::EVENT_OVERHEAD;
            return Err(WriteCaptureError::LongEvent { code: event.kind().code(), length, most });
        }
        self.events += 1;
        self.drain(CHUNK)
    }

    /// Bytes that the capture has in its sink, or will have as soon as what is buffered is there. For a compressed
    /// capture this runs behind, by what the compressor holds.
    pub fn bytes_written(&self) -> u64 {
        match &self.sink {
            Sink::Plain(_) => self.encoded,
            Sink::Gzip(encoder) => encoder.get_ref().count,
        }
    }

    /// Bytes of the capture before compression.
    pub fn bytes_encoded(&self) -> u64 {
        self.encoded
    }

    /// Events written.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Brings everything so far into the sink, so that a reader can have it. Compression suffers from doing so often.
    ///
    /// # Errors
    /// The sink fails.
    pub fn flush(&mut self) -> Result<(), WriteCaptureError> {
        self.drain(0)?;
        match &mut self.sink {
            Sink::Plain(sink) => sink.flush()?,
            Sink::Gzip(encoder) => encoder.flush()?,
        }
        Ok(())
    }

    /// Ends the capture and gives the sink back, flushed.
    ///
    /// # Errors
    /// The sink fails.
    pub fn finish(mut self) -> Result<W, WriteCaptureError> {
        self.drain(0)?;
        let mut sink = match self.sink {
            Sink::Plain(sink) => sink,
            Sink::Gzip(encoder) => encoder.finish()?.sink,
        };
        sink.flush()?;
        Ok(sink)
    }

    fn put_section(&mut self, snapshot: &Snapshot) -> Result<(), WriteCaptureError> {
        self.put_list("section", block::SECTION, |out| {
            out.extend_from_slice(&block::SECTION_MAGIC.to_le_bytes());
            out.extend_from_slice(&VERSION.0.to_le_bytes());
            out.extend_from_slice(&VERSION.1.to_le_bytes());
            out.extend_from_slice(&u64::MAX.to_le_bytes());
        })?;
        self.put_list("machine", block::MACHINE, |out| machine::write(&snapshot.machine, out))?;
        if !snapshot.interfaces.is_empty() {
            self.put_list("interface", block::INTERFACES_V2, |out| interface::write(&snapshot.interfaces, out))?;
        }
        if !snapshot.users.is_empty() || !snapshot.groups.is_empty() {
            self.put_list("user", block::USERS_V2, |out| user::write(&snapshot.users, &snapshot.groups, out))?;
        }
        if !snapshot.threads.is_empty() {
            self.put_list("process", block::PROCESSES_V9, |out| process::write(&snapshot.threads, out))?;
        }
        for thread in &snapshot.threads {
            let list = |out: &mut Vec<u8>| descriptor::write(thread.tid, &thread.fds, out);
            self.put_list("descriptor", block::DESCRIPTORS_V2, list)?;
        }
        Ok(())
    }

    fn put_list(
        &mut self,
        what: &'static str,
        number: u32,
        body: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), WriteCaptureError> {
        let before = self.buffer.len();
        let Some(()) = self.put_block(number, body) else {
            return Err(WriteCaptureError::LongList { what, length: self.buffer.len() - before });
        };
        self.drain(CHUNK)
    }

    /// Appends a block to the buffer; `None` if it is too long.
    fn put_block(&mut self, number: u32, body: impl FnOnce(&mut Vec<u8>)) -> Option<()> {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&number.to_le_bytes());
        self.buffer.extend_from_slice(&[0; 4]);
        body(&mut self.buffer);
        let padded = (self.buffer.len() - start).next_multiple_of(4);
        self.buffer.resize(start + padded, 0);
        let Ok(length) = u32::try_from(padded + block::TAIL) else {
            self.buffer.truncate(start);
            return None;
        };
        self.buffer.extend_from_slice(&length.to_le_bytes());
        self.buffer[start + 4..start + block::HEAD].copy_from_slice(&length.to_le_bytes());
        self.encoded += u64::from(length);
        Some(())
    }

    /// Hands the buffer on if it holds `least` bytes.
    fn drain(&mut self, least: usize) -> Result<(), WriteCaptureError> {
        if self.buffer.len() >= least {
            match &mut self.sink {
                Sink::Plain(sink) => sink.write_all(&self.buffer)?,
                Sink::Gzip(encoder) => encoder.write_all(&self.buffer)?,
            }
            self.buffer.clear();
        }
        Ok(())
    }
}

/// Whether the event needs the kind of block that may be long. Those of its own kind are for types with long
/// parameters, but they hold any event.
fn needs_large_block(event: &EventView<'_>, state_only: bool) -> bool {
    let flags = if state_only { 4 } else { 0 };
    let length = (event.bytes().len() + flags + block::EVENT_OVERHEAD).next_multiple_of(4);
    event.kind().info().is_large_payload() || length > block::MAX_EVENT_BLOCK as usize
}

/// Counts what is written through it.
struct Counted<W> {
    sink: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.sink.flush()
    }
}
