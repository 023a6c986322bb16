//! Reading: the section before the events, then the events one by one.

use std::io::Read;
use std::path::Path;

use windhover_event::snapshot::Snapshot;
use windhover_event::{EventType, EventView, HEADER_LEN};

use crate::block::{self, BlockKind, EventLayout};
use crate::convert::{Converter, Outcome};
use crate::cursor::Cursor;
use crate::error::{ReadCaptureError, ReadCaptureReason};
use crate::input::Input;
use crate::limit::Limits;
use crate::section::{self, Section};
use crate::upgrade;

/// Reads a capture: first its snapshot, then its events.
pub struct Reader {
    input: Input,
    limits: Limits,
    converter: Converter,
    snapshot: Box<Snapshot>,
    stats: ReadStats,
    /// The current event in version 2, where the capture has it in version 1.
    upgraded: Vec<u8>,
    /// Bytes of the block that the last record lies in.
    pending: usize,
    place: Place,
    /// No event of the current section has been seen.
    section_is_empty: bool,
    ended: bool,
}

/// What comes next in a capture.
#[derive(Debug)]
pub enum Record<'a> {
    /// An event.
    Event(CapturedEvent<'a>),
    /// Another capture follows the one before in the same file: everything known so far is void, and this is what is
    /// known now.
    Section(Box<Snapshot>),
}

/// An event, and what the capture says about it.
#[derive(Clone, Copy, Debug)]
pub struct CapturedEvent<'a> {
    /// The processor (or ring buffer) that it was recorded on.
    pub cpu: u16,
    /// Whether it is there only to keep the model right, and is neither to be shown nor matched.
    pub state_only: bool,
    /// The event, in today's schema.
    pub event: EventView<'a>,
}

/// What has been read, and what was not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadStats {
    /// Event blocks, whatever became of them.
    pub event_blocks: u64,
    /// Events of types newer than what is known, skipped.
    pub unknown_events: u64,
    /// Events that were brought to today's schema.
    pub converted_events: u64,
    /// Events that today's schema does not have: enter events (their exit events carry their parameters), fillers.
    pub dropped_events: u64,
    /// Enter events given up to bound memory; their exit events lack parameters.
    pub forgotten_enter_events: u64,
    /// Blocks of unknown types before the first event, skipped.
    pub unknown_blocks: u64,
    /// Descriptor lists of threads that the process list does not have, skipped.
    pub orphan_descriptor_lists: u64,
    /// Captures one after another in the file; at least 1.
    pub sections: u64,
}

/// How far a reader is in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken from the source (compressed, if it is).
    pub read: u64,
    /// Bytes that the source has, where that is known (not for pipes).
    pub total: Option<u64>,
}

/// Where the record lies that is to be given. It has no fields, and [`Place`] is apart, so that the path of every event
/// moves no more than a register.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// In the block at the window's start.
    Block,
    /// In `upgraded`.
    Upgraded,
    /// In the converter.
    Converted,
    /// Nowhere: this event is not to be given.
    Skipped,
    /// A new section begins.
    Section,
    /// Nowhere: the capture is over.
    End,
}

/// What the block of the last event says.
#[derive(Clone, Copy, Default)]
struct Place {
    /// Bytes from the block's start to the event.
    at: usize,
    cpu: u16,
    flags: u32,
}

impl Reader {
    /// Opens a capture file, gzip'd or not.
    ///
    /// # Errors
    /// The file cannot be opened, is no capture, or is broken before its first event.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadCaptureError> {
        Self::open_with(path, Limits::default())
    }

    /// As [`Reader::open`], within other limits.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open_with(path: impl AsRef<Path>, limits: Limits) -> Result<Self, ReadCaptureError> {
        let input = Input::open(path.as_ref()).map_err(|error| ReadCaptureReason::from(error).at(0))?;
        Self::start(input, limits)
    }

    /// Reads a capture from a stream, gzip'd or not. It need not be buffered.
    ///
    /// # Errors
    /// The stream fails, is no capture, or is broken before its first event.
    pub fn from_read(source: impl Read + Send + 'static) -> Result<Self, ReadCaptureError> {
        Self::from_read_with(source, Limits::default())
    }

    /// As [`Reader::from_read`], within other limits.
    ///
    /// # Errors
    /// As [`Reader::from_read`].
    pub fn from_read_with(source: impl Read + Send + 'static, limits: Limits) -> Result<Self, ReadCaptureError> {
        let input = Input::from_read(source).map_err(|error| ReadCaptureReason::from(error).at(0))?;
        Self::start(input, limits)
    }

    fn start(input: Input, limits: Limits) -> Result<Self, ReadCaptureError> {
        let mut reader = Self {
            input,
            limits,
            converter: Converter::new(limits.remembered_bytes),
            snapshot: Box::default(),
            stats: ReadStats::default(),
            upgraded: Vec::new(),
            pending: 0,
            place: Place::default(),
            section_is_empty: true,
            ended: false,
        };
        reader.read_section()?;
        Ok(reader)
    }

    /// What the capture says about the machine before its first event.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Takes the snapshot out, so that it need not be copied; [`Reader::snapshot`] is empty from then on.
    pub fn take_snapshot(&mut self) -> Snapshot {
        std::mem::take(&mut self.snapshot)
    }

    /// What has been read so far, and what was not given.
    pub fn stats(&self) -> ReadStats {
        ReadStats { forgotten_enter_events: self.converter.forgotten(), ..self.stats }
    }

    /// Bytes of the (uncompressed) capture before the last record.
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// How far the reader is in its source.
    pub fn progress(&self) -> Progress {
        let (read, total) = self.input.progress();
        Progress { read, total }
    }

    /// Gives the next record, `None` at the end. After an error there is no next one.
    ///
    /// # Errors
    /// [`ReadCaptureError`] says what is wrong and where; the records given before are not affected.
    // The record borrows from the reader, which an `Iterator` cannot express.
    #[allow(clippy::should_implement_trait)]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, ReadCaptureError> {
        let found = match self.find_next() {
            Ok(found) => found,
            Err(error) => {
                self.ended = true;
                return Err(error);
            }
        };
        let Place { at, cpu, flags } = self.place;
        let bytes = match found {
            Found::Block => &self.input.window()[at..self.pending - block::TAIL],
            Found::Upgraded => &self.upgraded[..],
            Found::Converted => self.converter.converted(),
            Found::Section => return Ok(Some(Record::Section(std::mem::take(&mut self.snapshot)))),
            Found::Skipped | Found::End => return Ok(None),
        };
        match EventView::parse(bytes) {
            Ok(event) => {
                Ok(Some(Record::Event(CapturedEvent { cpu, state_only: flags & block::FLAG_STATE_ONLY != 0, event })))
            }
            Err(error) => {
                self.ended = true;
                let offset = self.input.offset() + (at + error.offset) as u64;
                Err(ReadCaptureReason::Event(error.reason).at(offset))
            }
        }
    }

    /// Finds the next record that is to be given.
    #[inline]
    fn find_next(&mut self) -> Result<Found, ReadCaptureError> {
        loop {
            self.input.consume(self.pending);
            self.pending = 0;
            if self.glance() {
                return Ok(Found::Block);
            }
            if self.ended {
                return Ok(Found::End);
            }
            let Some(head) = self.want(block::HEAD)?.first_chunk::<{ block::HEAD }>() else {
                return self.end();
            };
            let (number, length) = split_head(head);
            let BlockKind::Event(layout) = BlockKind::of(number) else {
                return self.restart(number);
            };
            self.frame_event(layout, length)?;
            let found = self.inspect(layout)?;
            if found != Found::Skipped {
                return Ok(found);
            }
        }
    }

    /// Whether the window begins with a whole, current event in the commonest block: then that is what comes next. All
    /// else, and all that is wrong, is left to the long way.
    #[inline]
    fn glance(&mut self) -> bool {
        const EVENT: usize = block::HEAD + 2;
        let window = self.input.window();
        let Some(head) = window.first_chunk::<{ EVENT + HEADER_LEN }>() else { return false };
        let (number, length) = (read_u32(head, 0), read_u32(head, 4) as usize);
        let framed = number == block::EVENT_V2
            && (EVENT + HEADER_LEN + block::TAIL..=block::MAX_EVENT_BLOCK as usize).contains(&length)
            && length <= window.len();
        let code = u16::from_le_bytes([head[EVENT + 20], head[EVENT + 21]]);
        let Some(kind) = EventType::from_code(code) else { return false };
        if !framed || self.ended || !self.converter.is_current(kind, read_u32(head, EVENT + 22)) {
            return false;
        }
        let cpu = u16::from_le_bytes([head[block::HEAD], head[block::HEAD + 1]]);
        self.place = Place { at: EVENT, cpu, flags: 0 };
        self.pending = length;
        self.section_is_empty = false;
        self.stats.event_blocks += 1;
        true
    }

    /// Brings the event block at hand into the window, whole, and notes its length in `pending`.
    #[inline]
    fn frame_event(&mut self, layout: EventLayout, length: u32) -> Result<(), ReadCaptureError> {
        let least = (block::HEAD + 2 + if layout.flags { 4 } else { 0 } + upgrade::HEADER_V1 + block::TAIL) as u32;
        let at = self.input.offset();
        if length < least {
            return Err(ReadCaptureReason::ShortBlock { what: "event block", length, least }.at(at + 4));
        }
        let limit = if layout.large { self.limits.large_event_bytes } else { block::MAX_EVENT_BLOCK.into() };
        if u64::from(length) - block::HEAD as u64 > limit {
            let found = u64::from(length) - block::HEAD as u64;
            return Err(ReadCaptureReason::Limit { what: "bytes of an event block", found, limit }.at(at + 4));
        }
        self.want_block(length, "event block")?;
        self.pending = length as usize;
        self.section_is_empty = false;
        self.stats.event_blocks += 1;
        Ok(())
    }

    /// Looks at the event block in the window.
    #[inline]
    fn inspect(&mut self, layout: EventLayout) -> Result<Found, ReadCaptureError> {
        let window = self.input.window();
        let cpu = u16::from_le_bytes([window[block::HEAD], window[block::HEAD + 1]]);
        let mut at = block::HEAD + 2;
        let mut flags = 0;
        if layout.flags {
            flags = read_u32(window, at);
            at += 4;
        }
        self.place = Place { at, cpu, flags };
        let event = &window[at..self.pending - block::TAIL];
        let code = u16::from_le_bytes([event[20], event[21]]);
        let Some(kind) = EventType::from_code(code) else {
            self.stats.unknown_events += 1;
            return Ok(Found::Skipped);
        };
        let current = !layout.v1
            && event.len() >= HEADER_LEN
            && self.converter.is_current(kind, read_u32(event, upgrade::HEADER_V1));
        if current { Ok(Found::Block) } else { self.modernise(layout, kind) }
    }

    /// Brings an event that is old in one way or another to today's form.
    #[cold]
    fn modernise(&mut self, layout: EventLayout, kind: EventType) -> Result<Found, ReadCaptureError> {
        let offset = self.input.offset() + self.place.at as u64;
        let mut event = &self.input.window()[self.place.at..self.pending - block::TAIL];
        let mut same = Found::Block;
        if layout.v1 {
            upgrade::to_version_2(event, kind, &mut self.upgraded).map_err(|reason| reason.at(offset))?;
            event = &self.upgraded;
            same = Found::Upgraded;
        }
        let event = EventView::parse(event)
            .map_err(|error| ReadCaptureReason::Event(error.reason).at(offset + error.offset as u64))?;
        match self.converter.convert(event).map_err(|reason| reason.at(offset))? {
            Outcome::Same => Ok(same),
            Outcome::Converted => {
                self.stats.converted_events += 1;
                Ok(Found::Converted)
            }
            Outcome::Dropped => {
                self.stats.dropped_events += 1;
                Ok(Found::Skipped)
            }
        }
    }

    /// Nothing, or not even a block's head, is left.
    fn end(&mut self) -> Result<Found, ReadCaptureError> {
        let found = self.input.window().len() as u64;
        let at = self.input.offset();
        if found > 0 {
            let expected = block::HEAD as u64;
            return Err(ReadCaptureReason::Truncated { what: "block header", expected, found }.at(at));
        }
        if self.section_is_empty {
            return Err(ReadCaptureReason::NoEvents.at(at));
        }
        self.ended = true;
        Ok(Found::End)
    }

    /// A block that is no event, behind events: another capture, or something that must not be there.
    #[cold]
    fn restart(&mut self, number: u32) -> Result<Found, ReadCaptureError> {
        if number != block::SECTION {
            return Err(ReadCaptureReason::UnexpectedBlock(number).at(self.input.offset()));
        }
        self.converter.reset();
        self.read_section()?;
        Ok(Found::Section)
    }

    /// Reads from a section header to the first event, which stays in the window.
    fn read_section(&mut self) -> Result<(), ReadCaptureError> {
        self.section_is_empty = true;
        let mut section = Section::default();
        let mut begun = false;
        loop {
            let at = self.input.offset();
            let Some(&head) = self.want(block::HEAD)?.first_chunk::<{ block::HEAD }>() else {
                if !begun {
                    let found = self.input.window().len() as u64;
                    let expected = (block::HEAD + block::SECTION_BODY + block::TAIL) as u64;
                    return Err(ReadCaptureReason::Truncated { what: "section header", expected, found }.at(at));
                }
                break;
            };
            let (number, length) = split_head(&head);
            let kind = BlockKind::of(number);
            if !begun && kind != BlockKind::Section {
                return Err(ReadCaptureReason::NotACapture(number).at(at));
            }
            match kind {
                BlockKind::Event(_) => break,
                BlockKind::Unknown => self.skip_block(length)?,
                BlockKind::Section => {
                    section = Section::default();
                    begun = true;
                    self.stats.sections += 1;
                    self.read_block(kind, length, &mut section)?;
                }
                _ => self.read_block(kind, length, &mut section)?,
            }
        }
        self.stats.orphan_descriptor_lists += section.orphan_lists;
        *self.snapshot = section.snapshot;
        Ok(())
    }

    /// Reads one block before the first event.
    fn read_block(&mut self, kind: BlockKind, length: u32, section: &mut Section) -> Result<(), ReadCaptureError> {
        let at = self.input.offset();
        check_length(kind, length, at)?;
        section.admit(length, at + 4, &self.limits)?;
        self.want_block(length, kind.name())?;
        let block = &self.input.window()[..length as usize];
        let body_end = length as usize - block::TAIL;
        check_trailer(length, read_u32(block, body_end), at + body_end as u64)?;
        let body = Cursor::new(&block[block::HEAD..body_end], at + block::HEAD as u64);
        if kind == BlockKind::Section {
            section::check_header(body)?;
        } else {
            section.add(kind, body, &self.limits)?;
        }
        self.input.consume(length as usize);
        Ok(())
    }

    /// Passes over a block of an unknown type, however long it is.
    fn skip_block(&mut self, length: u32) -> Result<(), ReadCaptureError> {
        let at = self.input.offset();
        check_length(BlockKind::Unknown, length, at)?;
        let body = u64::from(length) - block::TAIL as u64;
        let skipped = self.input.skip(body).map_err(|error| ReadCaptureReason::from(error).at(at))?;
        let tail = self.want(block::TAIL)?;
        if tail.len() < block::TAIL {
            let found = skipped + tail.len() as u64;
            let what = BlockKind::Unknown.name();
            return Err(ReadCaptureReason::Truncated { what, expected: length.into(), found }.at(at));
        }
        check_trailer(length, read_u32(tail, 0), at + body)?;
        self.input.consume(block::TAIL);
        self.stats.unknown_blocks += 1;
        Ok(())
    }

    /// The window, with at least `count` bytes if there are so many.
    #[inline]
    fn want(&mut self, count: usize) -> Result<&[u8], ReadCaptureError> {
        let at = self.input.offset();
        self.input.want(count).map_err(|error| ReadCaptureReason::from(error).at(at))
    }

    /// Brings a whole block into the window.
    #[inline]
    fn want_block(&mut self, length: u32, what: &'static str) -> Result<(), ReadCaptureError> {
        let found = self.want(length as usize)?.len();
        if found < length as usize {
            let reason = ReadCaptureReason::Truncated { what, expected: length.into(), found: found as u64 };
            return Err(reason.at(self.input.offset()));
        }
        Ok(())
    }
}

fn check_length(kind: BlockKind, length: u32, at: u64) -> Result<(), ReadCaptureError> {
    let body = if kind == BlockKind::Section { block::SECTION_BODY } else { 0 };
    let least = (block::HEAD + body + block::TAIL) as u32;
    if length < least {
        return Err(ReadCaptureReason::ShortBlock { what: kind.name(), length, least }.at(at + 4));
    }
    Ok(())
}

fn check_trailer(head: u32, tail: u32, at: u64) -> Result<(), ReadCaptureError> {
    if head == tail { Ok(()) } else { Err(ReadCaptureReason::Trailer { head, tail }.at(at)) }
}

fn split_head(head: &[u8; block::HEAD]) -> (u32, u32) {
    (read_u32(head, 0), read_u32(head, 4))
}

/// The word at `at`, which is within `bytes`.
#[inline]
fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
