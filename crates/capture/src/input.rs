//! Where the bytes come from: a mapped file, or anything that can be read, gzip'd or not.
//!
//! Both give a *window*: the bytes from the current place on, without copying for a mapped file, through one buffer that
//! is reused for everything else. The buffer grows with the data that arrives, never with a length that the data claims.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;
use memmap2::{Advice, Mmap};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Size of the buffer to start with, and by which it grows at most ahead of the data.
const CHUNK: usize = 256 << 10;
/// Bytes of a mapped file that are mapped at once.
const MAP_AHEAD: usize = 1 << 20;
/// Compressed bytes read at once.
const COMPRESSED_CHUNK: usize = 64 << 10;

pub(crate) struct Input {
    bytes: Bytes,
    /// Bytes before the window.
    consumed: u64,
    source_read: Arc<AtomicU64>,
    source_len: Option<u64>,
}

enum Bytes {
    Mapped {
        map: Mmap,
        at: usize,
        /// Where the kernel is next to be asked to map pages ahead.
        ahead: usize,
    },
    Stream(Stream),
}

struct Stream {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

impl Input {
    /// Opens a file: mapped if it is a plain regular file, else as a stream.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        if meta.is_file() && meta.len() > 0 {
            let map = map_file(&file)?;
            if !map.starts_with(&GZIP_MAGIC) {
                return Ok(Self {
                    source_len: Some(map.len() as u64),
                    bytes: Bytes::Mapped { map, at: 0, ahead: 0 },
                    consumed: 0,
                    source_read: Arc::default(),
                });
            }
        }
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
        let gzip = first == GZIP_MAGIC;
        let source = io::Cursor::new(first).chain(source);
        let source: Box<dyn Read + Send> = if gzip {
            Box::new(Members { current: Some(GzDecoder::new(BufReader::with_capacity(COMPRESSED_CHUNK, source))) })
        } else {
            Box::new(source)
        };
        let stream = Stream { source, buffer: vec![0; CHUNK], start: 0, end: 0, ended: false };
        Ok(Self { bytes: Bytes::Stream(stream), consumed: 0, source_read, source_len: None })
    }

    /// Bytes of the (uncompressed) capture before the window.
    pub(crate) fn offset(&self) -> u64 {
        self.consumed
    }

    /// Bytes taken from the source so far (compressed, if it is), and how many it has if that is known.
    pub(crate) fn progress(&self) -> (u64, Option<u64>) {
        let read = match self.bytes {
            Bytes::Mapped { .. } => self.consumed,
            Bytes::Stream(_) => self.source_read.load(Ordering::Relaxed),
        };
        (read, self.source_len)
    }

    /// What is at hand from the current place on.
    #[inline]
    pub(crate) fn window(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped { map, at, .. } => &map[*at..],
            Bytes::Stream(stream) => &stream.buffer[stream.start..stream.end],
        }
    }

    /// Brings at least `count` bytes into the window if the source has them, and gives the window.
    #[inline]
    pub(crate) fn want(&mut self, count: usize) -> io::Result<&[u8]> {
        if let Bytes::Stream(stream) = &mut self.bytes
            && stream.end - stream.start < count
        {
            stream.fill(count)?;
        }
        Ok(self.window())
    }

    /// Moves on by `count` bytes, all of them in the window.
    #[inline]
    pub(crate) fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.window().len(), "only what is in the window can be consumed");
        self.consumed += count as u64;
        match &mut self.bytes {
            Bytes::Mapped { map, at, ahead } => {
                *at += count;
                if *at >= *ahead {
                    *ahead = map_ahead(map, *at);
                }
            }
            Bytes::Stream(stream) => stream.start += count,
        }
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
}

impl Stream {
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

/// Has the kernel map the pages that follow, which costs less for many at once than one fault for each few; gives the
/// place at which to ask again. Kernels before 5.14 do not know the request, and nothing but speed depends on it.
#[cold]
fn map_ahead(map: &Mmap, at: usize) -> usize {
    let length = MAP_AHEAD.min(map.len() - at);
    if map.advise_range(Advice::PopulateRead, at, length).is_err() {
        return usize::MAX;
    }
    at + length.max(1)
}

#[allow(unsafe_code)]
fn map_file(file: &File) -> io::Result<Mmap> {
    // SAFETY: the mapping is private and read-only, and the bytes are only ever looked at as `u8`, each block checked
    // before it is used. Whoever shortens the file while it is read has the kernel end this process (SIGBUS), as with
    // every program that maps files; a file that is being written is to be read as a stream.
    unsafe { Mmap::map(file) }
}
