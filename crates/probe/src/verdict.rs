//! Verdicts as the kernel's side looks them up (`bpf/verdict.h`): rows, the automaton, and words about processes. And the
//! same decision made here, for those who want to know what it will be.

mod shared;
mod tables;
mod words;

use windhover_event::{EventType, Syscall, SyscallSet};

use self::tables::Tables;
pub use self::tables::{NewProfile, VARIANTS};
pub use self::words::{Program, Question, Words};
pub(crate) use self::words::{opens_chunks, wait_for_programs};

/// Tests of numbers in a row.
const TESTS: usize = 5;
/// States that the kernel's automaton has room for.
pub const MAX_STATES: usize = 4096;
/// Directories that it tells apart.
const DIRECTORIES: usize = 8192;
/// What paths can be like, by each of the two automatons; 0 is not one of these.
pub const MAX_ENDS: [usize; 2] = [255, 63];
const FLOATING_BITS: u32 = 6;
const OUTCOMES: usize = 256 << FLOATING_BITS;
/// Columns of outcomes.
pub const MAX_COLUMNS: usize = 24;
/// Classes that a column has room for, of all rows that share it.
pub const COLUMN_WIDTH: u8 = 32;
/// Sorts of threads that rows can tell apart, besides "nothing is known"; numbered from 1.
pub const MAX_PROFILES: usize = 255;
/// Classes of control groups that threads are in, numbered from 1.
pub const MAX_CLASSES: usize = 31;
/// Rows of calls and of their beginnings.
const ROWS: usize = 516;
/// Bytes that have a column in the automaton.
const BYTES: usize = 128;
/// Bytes of a path that are read, its NUL included.
pub const JUDGED_PATH: usize = 256;
const PASS: u16 = 0;
const START: u16 = 1;
const AT_FDCWD: i32 = -100;
/// The opens that are looked at when they begin, in the order of their rows.
const ENTRIES: [&str; 4] = ["open", "creat", "openat", "openat2"];
const FIRST_ENTRY: usize = 512;
const DIRECTORIES_PASS: u8 = 1;
const BY_PROFILE: u8 = 2;
const RESOLVED: u8 = 4;
const MESSAGES: u8 = 8;
const CONNECTION: u8 = 16;

/// A test of a number of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NumberTest {
    /// Argument from 0; [`NumberTest::RESULT`]; [`NumberTest::REPEATS`].
    pub source: u8,
    /// The test.
    pub op: NumberOp,
}

/// How a number is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberOp {
    /// Signed, below.
    Below(i64),
    /// Equal.
    Equal(u64),
    /// Has one of these bits.
    AnyBits(u64),
    /// With the mask (at most 63) applied, is the number of a bit that is set.
    Table(u16, u64),
}

impl NumberTest {
    /// The source that is the call's result.
    pub const RESULT: u8 = 6;
    /// The source that is 1 where a message tells nothing that one before has not told, else 0.
    pub const REPEATS: u8 = 7;

    fn raw(self) -> RawTest {
        let (op, mask, operand) = match self.op {
            NumberOp::Below(limit) => (0, 0, limit as u64),
            NumberOp::Equal(number) => (1, 0, number),
            NumberOp::AnyBits(bits) => (2, 0, bits),
            NumberOp::Table(mask, bits) => (3, mask, bits),
        };
        RawTest { source: self.source, op, mask, unused: 0, operand }
    }

    fn holds(self, call: &JudgedCall<'_>) -> bool {
        let value = match self.source {
            Self::RESULT => call.result as u64,
            Self::REPEATS => u64::from(call.repeats),
            argument => call.arguments.get(usize::from(argument)).copied().unwrap_or(0),
        };
        match self.op {
            NumberOp::Below(limit) => (value as i64) < limit,
            NumberOp::Equal(number) => value == number,
            NumberOp::AnyBits(bits) => value & bits != 0,
            NumberOp::Table(mask, bits) => bits >> (value & u64::from(mask) & 63) & 1 == 1,
        }
    }
}

/// What is tested of one call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerdictRow {
    /// The type of its events, for the counters.
    pub event: EventType,
    /// Tests whose outcomes, as bits, are the call's class.
    pub numbers: Vec<NumberTest>,
    /// The argument that is a path, and the one with the directory that it is relative to.
    pub path: Option<(u8, Option<u8>)>,
    /// Where the outcomes of its paths are.
    pub outcomes: Place,
    /// Classes that pass.
    pub always: u32,
    /// Classes whose path decides; all others are settled.
    pub by_path: u32,
    /// What turns out to be a directory passes.
    pub directories_pass: bool,
    /// The path that the kernel resolved counts as the given one does: later events may tell of the file by it.
    pub resolved: bool,
    /// What decides is not a path but the connection that was made.
    pub connection: bool,
}

/// A call's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedRow {
    /// For threads of which nothing is known.
    pub row: VerdictRow,
    /// There may be others for sorts of threads: see [`NewProfile`].
    pub by_profile: bool,
}

/// A place in the automaton's outcomes: rows with few classes share a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The column.
    pub column: u8,
    /// The first class's bit in it.
    pub shift: u8,
}

/// What paths come to, for rows of at most so many classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    /// Where they are.
    pub place: Place,
    /// The classes.
    pub classes: u8,
    /// By what a path is like: the classes that pass. Where nothing is said, all do.
    pub passing: Vec<([u16; 2], u32)>,
}

/// Everything that the kernel's side is told for one set of rules.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// Calls whose ends have a row.
    pub rows: Vec<(Syscall, JudgedRow)>,
    /// Calls whose beginnings have one: the result is not known there. If one open's are judged, those of opens without a row pass.
    pub entries: Vec<(Syscall, JudgedRow)>,
    /// Calls that are always settled. They have rows, too.
    pub moot: SyscallSet,
    /// Calls after which what was said of a process does not count any more.
    pub deeds: SyscallSet,
    /// Calls after which what was said of a thread does not.
    pub thread_deeds: SyscallSet,
    /// What sorts of threads are told apart by.
    pub sorts: Sorts,
    /// Tell with events about descriptors which files they are.
    pub descriptors: bool,
    /// The automatons' next states, by state and byte.
    pub next: [Vec<[u16; BYTES]>; 2],
    /// By automaton and state: what a path that ends there is like; 0 where that is not told.
    pub ends: [Vec<u16>; 2],
    /// Pairs of states behind directories, by number.
    pub directories: Vec<[u16; 2]>,
    /// What paths come to.
    pub columns: Vec<Outcomes>,
}

/// What sorts of threads are told apart by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sorts {
    /// Threads are told apart at all.
    pub any: bool,
    /// By the name of the program.
    pub by_name: bool,
    /// By the effective user.
    pub by_user: bool,
    /// By the control groups.
    pub by_groups: bool,
}

/// A call as a verdict sees it.
#[derive(Clone, Copy, Debug)]
pub struct JudgedCall<'a> {
    /// Its arguments.
    pub arguments: [u64; 6],
    /// What it returned.
    pub result: i64,
    /// The path that it was given, without NUL; `None` where it cannot be read.
    pub path: Option<&'a [u8]>,
    /// The number of the automatons' states behind the working directory, if it was told.
    pub directory: Option<u16>,
    /// The thread's profile, if it was told.
    pub profile: Option<u16>,
    /// It opened a directory.
    pub is_directory: bool,
    /// The path of the opened file as the kernel resolved it.
    pub resolved: Option<&'a [u8]>,
    /// It is a message that tells nothing that one before has not told: it failed, or one like it over the same connection was
    /// sent up.
    pub repeats: bool,
    /// The connection that it made, as [`windhover_event::connection`] writes it; `None` where that is not told.
    pub connection: Option<&'a [u8]>,
}

impl VerdictRow {
    /// What the kernel will do with a call, by this row: whether it is settled there.
    /// `columns` are the outcomes, of `verdicts` or of more profiles.
    pub fn settles(&self, verdicts: &Verdicts, columns: &[Outcomes], call: &JudgedCall<'_>) -> bool {
        let class = self.numbers.iter().rev().fold(0_u32, |class, test| class << 1 | u32::from(test.holds(call)));
        let bit = 1_u32 << (class & 31);
        if self.always & bit != 0 {
            return false;
        }
        if self.by_path & bit != 0 {
            let resolved = self.resolved && call.result >= 0;
            let by_resolved = if resolved { self.text_outcome(verdicts, columns, call.resolved) } else { 0 };
            let by_text = match self.connection {
                true => self.text_outcome(verdicts, columns, call.connection),
                false => self.outcome(verdicts, columns, call),
            };
            if (by_text | by_resolved) & bit != 0 {
                return false;
            }
        }
        !(self.directories_pass && call.result >= 0 && call.is_directory)
    }

    fn outcome(&self, verdicts: &Verdicts, columns: &[Outcomes], call: &JudgedCall<'_>) -> u32 {
        let (Some((_, directory)), Some(path)) = (self.path, call.path) else { return u32::MAX };
        // One that fills the kernel's room may be longer.
        if path.is_empty() || path.len() + 1 >= JUDGED_PATH {
            return u32::MAX;
        }
        let mut states = [START; 2];
        if path[0] != b'/' {
            let relative_to = directory.map(|argument| call.arguments[usize::from(argument)] as i32);
            match (relative_to, call.directory) {
                (None | Some(AT_FDCWD), Some(known)) => states = verdicts.directories[usize::from(known)],
                _ => return u32::MAX,
            }
        }
        self.read(verdicts, columns, states, path)
    }

    fn text_outcome(&self, verdicts: &Verdicts, columns: &[Outcomes], text: Option<&[u8]>) -> u32 {
        match text {
            Some(text) if text.len() < JUDGED_PATH => self.read(verdicts, columns, [START; 2], text),
            _ => u32::MAX,
        }
    }

    fn read(&self, verdicts: &Verdicts, columns: &[Outcomes], states: [u16; 2], path: &[u8]) -> u32 {
        let ends = [0, 1].map(|part| {
            let next = |state: u16, &byte: &u8| {
                verdicts.next[part][usize::from(state)].get(usize::from(byte)).copied().unwrap_or(PASS)
            };
            verdicts.ends[part][usize::from(path.iter().fold(states[part], next))]
        });
        let column = columns.iter().find(|column| column.place == self.outcomes);
        let passing = column.and_then(|column| column.passing.iter().find(|(of, _)| *of == ends));
        passing.map_or(u32::MAX, |(_, classes)| *classes)
    }

    fn raw(&self) -> RawRow {
        let mut test = [RawTest::default(); TESTS];
        for (raw, number) in test.iter_mut().zip(&self.numbers) {
            *raw = number.raw();
        }
        RawRow {
            event: self.event.code(),
            tests: self.numbers.len().min(TESTS) as u8,
            path: self.path.map_or(0, |(path, _)| path + 1),
            directory: self.path.and_then(|(_, directory)| directory).map_or(0, |argument| argument + 1),
            column: self.outcomes.column,
            shift: self.outcomes.shift,
            flags: if self.directories_pass { DIRECTORIES_PASS } else { 0 }
                | if self.resolved { RESOLVED } else { 0 }
                | if self.connection { CONNECTION } else { 0 }
                | if self.numbers.iter().any(|test| test.source == NumberTest::REPEATS) { MESSAGES } else { 0 },
            always: self.always,
            by_path: self.by_path,
            test,
        }
    }
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct RawTest {
    source: u8,
    op: u8,
    mask: u16,
    unused: u32,
    operand: u64,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct RawRow {
    event: u16,
    tests: u8,
    path: u8,
    directory: u8,
    column: u8,
    flags: u8,
    shift: u8,
    always: u32,
    by_path: u32,
    test: [RawTest; TESTS],
}

impl Verdicts {
    /// The calls whose ends are judged.
    pub(crate) fn judged(&self) -> SyscallSet {
        self.rows.iter().map(|(call, _)| *call).collect()
    }
}
