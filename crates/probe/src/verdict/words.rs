//! What user space says of processes and threads.
#![allow(unsafe_code)]

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aya::Ebpf;
use aya::maps::{HashMap, MapData};

use super::shared::{Shared, missing};
use super::{DIRECTORIES, MAX_CLASSES, MAX_PROFILES, NewProfile, Tables, Verdicts};
use crate::error::{LoadProbeError, chain, classify};

const SLOTS: usize = 65_536;
/// Bytes of the slot of a process, and of a thread.
const PROCESS_SLOT: usize = 16;
const THREAD_SLOT: usize = 32;
const TGID_BITS: u32 = 22;
const STATE_BITS: u32 = 13;
const GENERATION_BITS: u32 = 29;
const PROFILE_BITS: u32 = 8;
/// Programs that the kernel has room for.
const MAX_PROGRAMS: usize = 16_384;
/// Threads of a chunk of `opens`.
const OPENS_OF_CHUNK: usize = 4096;
/// An open was settled when it began.
const OPEN_SETTLED: u8 = 2;
/// A connect of a socket without another end has begun.
const CONNECT_FRESH: u8 = 3;

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
    tables: Tables,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Counts the automatons: a state of an earlier one means nothing.
    edition: u32,
    /// Which profile threads have from the start on.
    profiles: HashMap<MapData, ProgramKey, u32>,
    /// What is there.
    known: HashSet<ProgramKey>,
}

/// A program in the kernel's layout: name, user, class of control groups.
type ProgramKey = [u8; 24];

/// What the kernel sees of a thread that is born or runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program<'a> {
    /// Its name, empty where that makes no difference.
    pub name: &'a [u8],
    /// Its effective user, 0 where that makes no difference.
    pub user: u32,
    /// The class of its control groups.
    pub class: u16,
}

impl Program<'_> {
    /// As a key; none for a name that the kernel would not have.
    fn key(&self) -> Option<ProgramKey> {
        let mut key = [0; 24];
        if self.name.len() > 15 || self.name.contains(&0) {
            return None;
        }
        key[..self.name.len()].copy_from_slice(self.name);
        key[16..20].copy_from_slice(&self.user.to_ne_bytes());
        key[20..].copy_from_slice(&u32::from(self.class).to_ne_bytes());
        Some(key)
    }
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
    pub(crate) fn new(ebpf: &mut Ebpf) -> Result<Self, LoadProbeError> {
        let map = ebpf.take_map("profiles").ok_or_else(|| missing("profiles"))?;
        let profiles = HashMap::try_from(map).map_err(|error| classify("the profiles", &error))?;
        let state = State { edition: 0, profiles, known: HashSet::new() };
        let slots = Shared::new(ebpf, "slots", SLOTS * PROCESS_SLOT)?;
        let threads = Shared::new(ebpf, "thread_slots", SLOTS * THREAD_SLOT)?;
        let opens = Shared::new(ebpf, "opens", opens_chunks() as usize * OPENS_OF_CHUNK)?;
        let tables = Tables::new(ebpf)?;
        Ok(Self { inner: Arc::new(Inner { slots, threads, opens, tables, state: Mutex::new(state) }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the verdicts in force.
    pub fn edition(&self) -> u32 {
        self.state().edition
    }

    /// Says that behind the working directory of a process the automaton of this edition is in `state`.
    pub fn tell_directory(&self, process: Question, state: u16, edition: u32) {
        self.tell(&self.inner.slots, PROCESS_SLOT, process, state, edition);
    }

    /// Says which class and profile of this edition a thread has; class 0 is unknown.
    pub fn tell_profile(&self, thread: Question, class: u16, profile: u16, edition: u32) {
        if usize::from(class) <= MAX_CLASSES && usize::from(profile) <= MAX_PROFILES {
            self.tell(&self.inner.threads, THREAD_SLOT, thread, class << PROFILE_BITS | profile, edition);
        }
    }

    /// Says which profile of this edition threads have from their birth or exec on.
    pub fn remember(&self, program: &Program<'_>, profile: u16, edition: u32) {
        let Some(key) = program.key() else { return };
        let mut state = self.state();
        if state.edition != edition || usize::from(profile) > MAX_PROFILES || state.known.contains(&key) {
            return;
        }
        if state.known.len() >= MAX_PROGRAMS {
            state.forget_programs();
        }
        // Where the kernel has no room for it, such threads are asked about.
        if state.profiles.insert(key, u32::from(profile), 0).is_ok() {
            state.known.insert(key);
        }
    }

    /// Lets threads have a profile of this edition, before any of them is said to.
    ///
    /// # Errors
    ///
    /// The maps cannot be mapped.
    pub fn add_profile(&self, profile: &NewProfile, edition: u32) -> std::io::Result<()> {
        let state = self.state();
        if state.edition == edition { self.inner.tables.add(profile) } else { Ok(()) }
    }

    /// Writes all tables. No program may be looking at them.
    pub(crate) fn write(&self, verdicts: &Verdicts) -> Result<(), LoadProbeError> {
        let _state = self.state();
        self.inner.tables.write(verdicts).map_err(|error| LoadProbeError::Refused {
            what: "sharing the verdicts' maps".to_owned(),
            reason: chain(&error),
            release: crate::system::kernel_release(),
        })
    }

    fn tell(&self, slots: &Shared, size: usize, question: Question, what: u16, edition: u32) {
        let state = self.state();
        let known = usize::from(what) < DIRECTORIES;
        if state.edition != edition || question.id >> TGID_BITS != 0 || !known {
            return;
        }
        let generation = u64::from(question.generation) & ((1 << GENERATION_BITS) - 1);
        let word = u64::from(question.id) | u64::from(what) << TGID_BITS | generation << (TGID_BITS + STATE_BITS);
        slots.word(question.id as usize % SLOTS, size).store(word, Ordering::Release);
    }

    /// Takes everything back, for new verdicts.
    pub(crate) fn begin_edition(&self) {
        let mut state = self.state();
        state.edition = state.edition.wrapping_add(1);
        state.forget_programs();
        for (slots, size) in [(&self.inner.slots, PROCESS_SLOT), (&self.inner.threads, THREAD_SLOT)] {
            for slot in 0..SLOTS {
                let word = slots.word(slot, size);
                if word.load(Ordering::Relaxed) != 0 {
                    word.store(0, Ordering::Release);
                }
            }
        }
        // Opens and connects under way began by the rules of before.
        for open in self.inner.opens.bytes() {
            let state = open.load(Ordering::Relaxed);
            if state == OPEN_SETTLED || state == CONNECT_FRESH {
                // What it has become meanwhile is not of before.
                let _ = open.compare_exchange(state, 0, Ordering::AcqRel, Ordering::Relaxed);
            }
        }
    }
}

impl State {
    fn forget_programs(&mut self) {
        for key in self.known.drain() {
            // One that is not there any more is what is wanted.
            let _ = self.profiles.remove(&key);
        }
    }
}

/// Chunks of threads' opens that the kernel's side needs for all thread ids that there can be now.
pub(crate) fn opens_chunks() -> u32 {
    const MOST: u32 = 1 << TGID_BITS;
    let threads = crate::system::most_threads().clamp(1, MOST);
    threads.div_ceil(OPENS_OF_CHUNK as u32)
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
