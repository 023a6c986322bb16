//! Verdicts as the kernel's side looks them up (`bpf/verdict.h`): rows, the automaton, and words about processes. And the
//! same decision made here, for those who want to know what it will be.
#![allow(unsafe_code)]

use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aya::Ebpf;
use aya::maps::{Array, Map, MapData, MapError};
use windhover_event::{EventType, Syscall, SyscallSet};

use crate::error::{LoadProbeError, chain, classify};
use crate::selection::number;

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
pub const MAX_COLUMNS: usize = 16;
/// Sorts of threads that rows can tell apart, besides "nothing is known".
pub const MAX_PROFILES: usize = 8;
/// Rows of one profile.
const ROWS: u32 = 516;
/// Bytes that have a column in the automaton.
const BYTES: usize = 128;
/// Bytes of a path that are read, its NUL included.
pub const JUDGED_PATH: usize = 256;
const PASS: u16 = 0;
const START: u16 = 1;
const SLOTS: usize = 65_536;
/// Bytes of the slot of a process, and of a thread.
const PROCESS_SLOT: usize = 16;
const THREAD_SLOT: usize = 32;
const TGID_BITS: u32 = 22;
const STATE_BITS: u32 = 13;
const GENERATION_BITS: u32 = 29;
/// Threads of a chunk of `opens`.
const OPENS_OF_CHUNK: usize = 4096;
/// An open was settled when it began.
const OPEN_SETTLED: u8 = 2;
const AT_FDCWD: i32 = -100;
/// The opens that are looked at when they begin, in the order of their rows.
const ENTRIES: [&str; 4] = ["open", "creat", "openat", "openat2"];
const FIRST_ENTRY: u32 = 512;
const DIRECTORIES_PASS: u16 = 1;
const BY_PROFILE: u16 = 2;
const RESOLVED: u16 = 4;
const MESSAGES: u16 = 8;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictRow {
    /// The type of its events, for the counters.
    pub event: EventType,
    /// Tests whose outcomes, as bits, are the call's class.
    pub numbers: Vec<NumberTest>,
    /// The argument that is a path, and the one with the directory that it is relative to.
    pub path: Option<(u8, Option<u8>)>,
    /// Which of the automaton's columns has the outcomes of its paths.
    pub column: u8,
    /// Classes that pass.
    pub always: u32,
    /// Classes whose path decides; all others are settled.
    pub by_path: u32,
    /// What turns out to be a directory passes.
    pub directories_pass: bool,
    /// The path that the kernel resolved counts as the given one does: later events may tell of the file by it.
    pub resolved: bool,
}

/// A call's row, and where that says more by what sort of thread it is, those of each profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedRow {
    /// For threads of which nothing is known.
    pub unknown: VerdictRow,
    /// By profile, from 1; none where the thread makes no difference.
    pub by_profile: Vec<VerdictRow>,
}

impl JudgedRow {
    /// The row for a thread.
    pub fn of(&self, profile: Option<u16>) -> &VerdictRow {
        let at = profile.and_then(|profile| usize::from(profile).checked_sub(1));
        at.and_then(|at| self.by_profile.get(at)).unwrap_or(&self.unknown)
    }

    fn write(&self, number: u32, rows: &mut Array<&mut MapData, RawRow>) -> Result<(), MapError> {
        let mut unknown = self.unknown.raw();
        if !self.by_profile.is_empty() {
            unknown.flags |= BY_PROFILE;
        }
        rows.set(number, unknown, 0)?;
        for (profile, row) in (1..).zip(self.by_profile.iter().take(MAX_PROFILES)) {
            rows.set(number + profile * ROWS, row.raw(), 0)?;
        }
        Ok(())
    }
}

/// Everything that the kernel's side is told for one set of rules.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// Calls whose ends have a row.
    pub rows: Vec<(Syscall, JudgedRow)>,
    /// Calls whose beginnings have one: the result is not known there. All of the opens, or none.
    pub entries: Vec<(Syscall, JudgedRow)>,
    /// Calls that are always settled. They have rows, too.
    pub moot: SyscallSet,
    /// Calls after which what was said of a process does not count any more.
    pub deeds: SyscallSet,
    /// Tell with events about descriptors which files they are.
    pub descriptors: bool,
    /// The automatons' next states, by state and byte.
    pub next: [Vec<[u16; BYTES]>; 2],
    /// By automaton and state: what a path that ends there is like; 0 where that is not told.
    pub ends: [Vec<u16>; 2],
    /// Pairs of states behind directories, by number.
    pub directories: Vec<[u16; 2]>,
    /// By column: classes that pass, by what the path is like. What is not there passes.
    pub columns: Vec<Vec<([u16; 2], u32)>>,
}

/// Whether the probe tells with events of this type which file their descriptor is (`DESCRIPTOR_EVENT` and `put_base` of its sources).
pub fn tells_descriptor(kind: EventType) -> bool {
    const TELLS: [&str; 25] = [
        "dup",
        "dup2",
        "dup3",
        "fcntl",
        "fstat",
        "flock",
        "fchmod",
        "fchown",
        "fchdir",
        "ioctl",
        "lseek",
        "getdents",
        "getdents64",
        "setns",
        "finit_module",
        "newfstatat",
        "mkdirat",
        "unlinkat",
        "fchmodat",
        "fchownat",
        "mknodat",
        "symlinkat",
        "renameat",
        "renameat2",
        "linkat",
    ];
    TELLS.contains(&kind.name())
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
    /// It is a message that tells nothing that one before has not told: it failed, or one like it over the same TCP connection was
    /// sent up.
    pub repeats: bool,
}

impl VerdictRow {
    /// What the kernel will do with a call, by this row: whether it is settled there.
    pub fn settles(&self, verdicts: &Verdicts, call: &JudgedCall<'_>) -> bool {
        let class = self.numbers.iter().rev().fold(0_u32, |class, test| class << 1 | u32::from(test.holds(call)));
        let bit = 1_u32 << (class & 31);
        if self.always & bit != 0 {
            return false;
        }
        if self.by_path & bit != 0 {
            let resolved = self.resolved && call.result >= 0;
            let by_resolved = if resolved { self.resolved_outcome(verdicts, call) } else { 0 };
            if (self.outcome(verdicts, call) | by_resolved) & bit != 0 {
                return false;
            }
        }
        !(self.directories_pass && call.result >= 0 && call.is_directory)
    }

    fn outcome(&self, verdicts: &Verdicts, call: &JudgedCall<'_>) -> u32 {
        let (Some((_, directory)), Some(path)) = (self.path, call.path) else { return u32::MAX };
        if path.is_empty() || path.len() >= JUDGED_PATH {
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
        self.read(verdicts, states, path)
    }

    fn resolved_outcome(&self, verdicts: &Verdicts, call: &JudgedCall<'_>) -> u32 {
        match call.resolved {
            Some(path) if path.len() < JUDGED_PATH => self.read(verdicts, [START; 2], path),
            _ => u32::MAX,
        }
    }

    fn read(&self, verdicts: &Verdicts, states: [u16; 2], path: &[u8]) -> u32 {
        let ends = [0, 1].map(|part| {
            let next = |state: u16, &byte: &u8| {
                verdicts.next[part][usize::from(state)].get(usize::from(byte)).copied().unwrap_or(PASS)
            };
            verdicts.ends[part][usize::from(path.iter().fold(states[part], next))]
        });
        let column = &verdicts.columns[usize::from(self.column)];
        column.iter().find(|(of, _)| *of == ends).map_or(u32::MAX, |(_, classes)| *classes)
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
            column: self.column,
            flags: if self.directories_pass { DIRECTORIES_PASS } else { 0 }
                | if self.resolved { RESOLVED } else { 0 }
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
    flags: u16,
    always: u32,
    by_path: u32,
    test: [RawTest; TESTS],
}

// SAFETY: `repr(C)`, integers without padding; every bit pattern is valid.
unsafe impl aya::Pod for RawRow {}

impl Verdicts {
    /// The calls whose ends are judged.
    pub(crate) fn judged(&self) -> SyscallSet {
        self.rows.iter().map(|(call, _)| *call).collect()
    }

    /// Writes rows and automaton. No program may be looking at them.
    pub(crate) fn write(&self, ebpf: &mut Ebpf) -> Result<(), LoadProbeError> {
        let refused = |error: &(dyn std::error::Error + 'static)| classify("the verdicts", error);
        let map = ebpf.map_mut("verdicts").ok_or_else(|| missing("verdicts"))?;
        let mut rows: Array<&mut MapData, RawRow> = Array::try_from(map).map_err(|error| refused(&error))?;
        for (call, row) in &self.rows {
            if let Some(number) = number(*call) {
                row.write(number.into(), &mut rows).map_err(|error| refused(&error))?;
            }
        }
        for (call, row) in &self.entries {
            if let Some(at) = ENTRIES.iter().position(|name| *name == call.name()) {
                row.write(FIRST_ENTRY + at as u32, &mut rows).map_err(|error| refused(&error))?;
            }
        }
        self.write_automaton(ebpf)
    }

    fn write_automaton(&self, ebpf: &Ebpf) -> Result<(), LoadProbeError> {
        let shared = Shared::new(ebpf, "automaton", size_of::<RawAutomaton>())?;
        // SAFETY: the mapping has this size and is aligned to pages; any bytes are a value of the type; nothing else of ours
        // refers to it, and what the kernel reads of it meanwhile it does not use, because nothing is judged while this is
        // written.
        let raw = unsafe { shared.start.cast::<RawAutomaton>().as_mut() };
        for part in 0..2 {
            let states = self.next[part].len().min(MAX_STATES);
            raw.next[part][..states].copy_from_slice(&self.next[part][..states]);
            raw.ends[part].fill(0);
            raw.ends[part][..states].copy_from_slice(&self.ends[part][..states]);
        }
        for (raw, [first, second]) in raw.directories.iter_mut().zip(&self.directories) {
            *raw = u32::from(*first) | u32::from(*second) << 16;
        }
        for (outcomes, column) in raw.outcome.iter_mut().zip(&self.columns) {
            outcomes.fill(u32::MAX);
            for ([first, second], classes) in column {
                if let Some(outcome) = outcomes.get_mut(usize::from(*first) << FLOATING_BITS | usize::from(*second)) {
                    *outcome = *classes;
                }
            }
        }
        Ok(())
    }
}

/// The automatons in the kernel's layout.
#[repr(C)]
struct RawAutomaton {
    next: [[[u16; BYTES]; MAX_STATES]; 2],
    ends: [[u16; MAX_STATES]; 2],
    directories: [u32; DIRECTORIES],
    outcome: [[u32; OUTCOMES]; MAX_COLUMNS],
}

fn missing(name: &str) -> LoadProbeError {
    LoadProbeError::Refused {
        what: format!("`{name}`"),
        reason: "not in the object".to_owned(),
        release: crate::system::kernel_release(),
    }
}

/// A map of the kernel in our memory.
#[derive(Debug)]
struct Shared {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: it is memory that belongs to nobody; who touches it says why that is right.
unsafe impl Send for Shared {}
// SAFETY: the same.
unsafe impl Sync for Shared {}

impl Shared {
    fn new(ebpf: &Ebpf, name: &str, bytes: usize) -> Result<Self, LoadProbeError> {
        let Some(Map::Array(map)) = ebpf.map(name) else { return Err(missing(name)) };
        Self::map(map.fd().as_fd(), bytes).map_err(|error| LoadProbeError::Refused {
            what: format!("sharing the map `{name}`"),
            reason: chain(&error),
            release: crate::system::kernel_release(),
        })
    }

    fn map(fd: BorrowedFd<'_>, bytes: usize) -> std::io::Result<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice; the result is checked.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, libc::MAP_SHARED, fd.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(|| std::io::Error::other("mapped at 0"))?;
        Ok(Self { start, bytes })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: mapped by `map` with this length, and nothing refers to it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

/// What user space says of processes, where the kernel reads it. Clones are the same words.
#[derive(Clone, Debug)]
pub struct Words {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// By process: 16 bytes, the word first.
    slots: Shared,
    /// By thread: 32 bytes, the word first.
    threads: Shared,
    /// By thread id, what became of its open when it began: a byte.
    opens: Shared,
    /// Counts the automatons: a state of an earlier one means nothing.
    edition: Mutex<u32>,
}

/// What is asked about a process or a thread, as an event carried it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its id in the initial namespace.
    pub id: u32,
    /// Which of its states it is about.
    pub generation: u32,
}

impl Words {
    pub(crate) fn new(ebpf: &Ebpf) -> Result<Self, LoadProbeError> {
        let slots = Shared::new(ebpf, "slots", SLOTS * PROCESS_SLOT)?;
        let threads = Shared::new(ebpf, "thread_slots", SLOTS * THREAD_SLOT)?;
        let opens = Shared::new(ebpf, "opens", opens_chunks() as usize * OPENS_OF_CHUNK)?;
        Ok(Self { inner: Arc::new(Inner { slots, threads, opens, edition: Mutex::new(0) }) })
    }

    /// The number of the verdicts in force.
    pub fn edition(&self) -> u32 {
        *self.inner.edition.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that behind the working directory of a process the automaton of this edition is in `state`.
    pub fn tell_directory(&self, process: Question, state: u16, edition: u32) {
        self.tell(&self.inner.slots, PROCESS_SLOT, process, state, edition);
    }

    /// Says which profile of this edition a thread has.
    pub fn tell_profile(&self, thread: Question, profile: u16, edition: u32) {
        if usize::from(profile) <= MAX_PROFILES {
            self.tell(&self.inner.threads, THREAD_SLOT, thread, profile, edition);
        }
    }

    fn tell(&self, slots: &Shared, size: usize, question: Question, what: u16, edition: u32) {
        let current = self.inner.edition.lock().unwrap_or_else(PoisonError::into_inner);
        let known = usize::from(what) < DIRECTORIES;
        if *current != edition || question.id >> TGID_BITS != 0 || !known {
            return;
        }
        let generation = u64::from(question.generation) & ((1 << GENERATION_BITS) - 1);
        let word = u64::from(question.id) | u64::from(what) << TGID_BITS | generation << (TGID_BITS + STATE_BITS);
        slots.word(question.id as usize % SLOTS, size).store(word, Ordering::Release);
    }

    /// Takes everything back, for new verdicts.
    pub(crate) fn begin_edition(&self) {
        let mut edition = self.inner.edition.lock().unwrap_or_else(PoisonError::into_inner);
        *edition = edition.wrapping_add(1);
        for (slots, size) in [(&self.inner.slots, PROCESS_SLOT), (&self.inner.threads, THREAD_SLOT)] {
            for slot in 0..SLOTS {
                let word = slots.word(slot, size);
                if word.load(Ordering::Relaxed) != 0 {
                    word.store(0, Ordering::Release);
                }
            }
        }
        // Opens under way were settled by the rules of before.
        for open in self.inner.opens.bytes() {
            if open.load(Ordering::Relaxed) == OPEN_SETTLED {
                // What it has become meanwhile is not of before.
                let _ = open.compare_exchange(OPEN_SETTLED, 0, Ordering::AcqRel, Ordering::Relaxed);
            }
        }
    }
}

/// Chunks of threads' opens that the kernel's side needs for all thread ids that there can be now.
pub(crate) fn opens_chunks() -> u32 {
    const MOST: u32 = 1 << TGID_BITS;
    let threads = crate::system::most_threads().clamp(1, MOST);
    threads.div_ceil(OPENS_OF_CHUNK as u32)
}

impl Shared {
    /// All of it, byte by byte.
    fn bytes(&self) -> &[AtomicU8] {
        // SAFETY: the mapping has this length, any byte is a value, and it lives as long as `self`; the kernel and we change
        // it while others look, which is what the type is for.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.bytes) }
    }

    /// The word of a slot, if these are slots of `size` bytes.
    fn word(&self, slot: usize, size: usize) -> &AtomicU64 {
        debug_assert!((slot + 1) * size <= self.bytes);
        // SAFETY: slots are 16 or 32 bytes and begin with a word of 8; `slot` is below SLOTS, so it lies in the mapping,
        // which lives as long as `self`.
        unsafe { self.start.add(slot * size).cast::<AtomicU64>().as_ref() }
    }
}

/// Waits until every program that now runs has ended.
pub(crate) fn wait_for_programs() {
    const MEMBARRIER_CMD_GLOBAL: libc::c_long = 1;
    // SAFETY: the call touches no memory of ours.
    let done = unsafe { libc::syscall(libc::SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) };
    if done != 0 {
        // Refused where processors run without ticks; programs run for microseconds.
        std::thread::sleep(Duration::from_millis(100));
    }
}
