//! Where the bytes come from: anything that can be read, gzip'd or not.
//!
//! It gives a *window*: the bytes from the current place on, in one buffer that is reused. The buffer grows with the data
//! that arrives, never with a length that the data claims. Files are read, not mapped: copying from the page cache costs
//! no more than mapping pages, and a file that is shortened meanwhile is then merely a file that ends early.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Size of the buffer to start with, and by which it grows at most ahead of the data. It fits into the second cache of a
/// core, so that what was just copied is read from there.
const CHUNK: usize = 256 << 10;
/// Compressed bytes read at once.
const COMPRESSED_CHUNK: usize = 64 << 10;

pub(crate) struct Input {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    /// Bytes before the window.
    consumed: u64,
    source_read: Arc<AtomicU64>,
    source_len: Option<u64>,
}

impl Input {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        let mut input = Self::from_read(file)?;
        input.source_len = meta.is_file().then_some(meta.len());
        Ok(input)
    }

    /// Over a stream, which is decompressed if it begins like gzip.
    pub(crate) fn from_read(source: impl Read + Send + 'static) -> io::Result<Self> {
        let source_read = Arc::new(AtomicU64::new(0));
        let mut source = Counted { source, count: Arc::clone(&source_read) };
        let mut first = Vec::with_capacity(GZIP_MAGIC.len());
        source.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut first)?;
        let mut input = Self {
            source: Box::new(io::empty()),
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
            ended: false,
            consumed: 0,
            source_read,
            source_len: None,
        };
        if first == GZIP_MAGIC {
            let compressed = BufReader::with_capacity(COMPRESSED_CHUNK, io::Cursor::new(first).chain(source));
            input.source = Box::new(Members { current: Some(GzDecoder::new(compressed)) });
        } else {
            input.buffer[..first.len()].copy_from_slice(&first);
            input.end = first.len();
            input.source = Box::new(source);
        }
        Ok(input)
    }

    /// Bytes of the (uncompressed) capture before the window.
    pub(crate) fn offset(&self) -> u64 {
        self.consumed
    }

    /// Bytes taken from the source so far (compressed, if it is), and how many it has if that is known.
    pub(crate) fn progress(&self) -> (u64, Option<u64>) {
        (self.source_read.load(Ordering::Relaxed), self.source_len)
    }

    /// What is at hand from the current place on.
    #[inline]
    pub(crate) fn window(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Brings at least `count` bytes into the window if the source has them, and gives the window.
    #[inline]
    pub(crate) fn want(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.end - self.start < count {
            self.fill(count)?;
        }
        Ok(self.window())
    }

    /// Moves on by `count` bytes, all of them in the window.
    #[inline]
    pub(crate) fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.window().len(), "only what is in the window can be consumed");
        self.consumed += count as u64;
        self.start += count;
    }

    /// Moves on by `count` bytes without keeping them; gives how many there were.
    pub(crate) fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut skipped = 0;
        while skipped < count {
            let at_hand = self.want(1)?.len() as u64;
            if at_hand == 0 {
                break;
            }
            let step = at_hand.min(count - skipped);
            self.consume(step as usize);
            skipped += step;
        }
        Ok(skipped)
    }

    #[cold]
    fn fill(&mut self, count: usize) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        while self.end < count && !self.ended {
            if self.end == self.buffer.len() {
                self.buffer.resize(self.end + (count - self.end).clamp(CHUNK, self.end.max(CHUNK)), 0);
            }
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Counts what is read through it.
struct Counted<R> {
    source: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// All members of a gzip file, one after another. What follows the last and is no member is ignored, as zlib does.
struct Members<R> {
    current: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.current {
            let read = decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(mut source) = self.current.take().map(GzDecoder::into_inner) else { break };
            if source.fill_buf()?.starts_with(&GZIP_MAGIC) {
                self.current = Some(GzDecoder::new(source));
            }
        }
        Ok(0)
    }
}
