//! Rows, and the automatons' outcomes, where the kernel reads them.
#![allow(unsafe_code)]

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};

use aya::Ebpf;
use aya::maps::Map;

use super::shared::{Shared, missing};
use super::{
    BY_PROFILE, BYTES, DIRECTORIES, ENTRIES, FIRST_ENTRY, FLOATING_BITS, JudgedRow, MAX_COLUMNS, MAX_STATES, OUTCOMES,
    Outcomes, ROWS, RawRow, VerdictRow, Verdicts,
};
use crate::error::{LoadProbeError, chain};
use crate::selection::number;
use windhover_event::Syscall;

/// Numbers of rows for sorts of threads.
pub const VARIANTS: std::ops::Range<u16> = ROWS as u16..ALL_ROWS as u16;
const ALL_ROWS: usize = 2048;
/// Profiles, with "nothing is known".
const PROFILES: usize = 256;

/// A sort of threads: which rows go for them. Written while verdicts are in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewProfile {
    /// Its number.
    pub profile: u8,
    /// Rows that nobody has had yet, by number, one of [`VARIANTS`]. Events count by the row of their call, whatever type these have.
    pub rows: Vec<(u16, VerdictRow)>,
    /// Outcomes that no row has had yet.
    pub columns: Vec<Outcomes>,
    /// Calls for whose ends another row goes.
    pub ends: Vec<(Syscall, u16)>,
    /// Calls for whose beginnings another row goes.
    pub entries: Vec<(Syscall, u16)>,
}

/// The maps.
#[derive(Debug)]
pub(super) struct Tables {
    rows: OwnedFd,
    variants: OwnedFd,
    automaton: OwnedFd,
}

/// The automatons in the kernel's layout.
#[repr(C)]
struct RawAutomaton {
    next: [[[u16; BYTES]; MAX_STATES]; 2],
    ends: [[u16; MAX_STATES]; 2],
    directories: [u32; DIRECTORIES],
    outcome: [[u32; OUTCOMES]; MAX_COLUMNS],
}

/// By row and profile, the row that goes for it.
type RawVariants = [[AtomicU16; PROFILES]; ROWS];

impl Tables {
    pub(super) fn new(ebpf: &Ebpf) -> Result<Self, LoadProbeError> {
        let fd = |name: &str| {
            let Some(Map::Array(map)) = ebpf.map(name) else { return Err(missing(name)) };
            map.fd().as_fd().try_clone_to_owned().map_err(|error| LoadProbeError::Refused {
                what: format!("sharing the map `{name}`"),
                reason: chain(&error),
                release: crate::system::kernel_release(),
            })
        };
        Ok(Self { rows: fd("verdicts")?, variants: fd("variants")?, automaton: fd("automaton")? })
    }

    /// Writes rows and automatons. No program may be looking at them.
    pub(super) fn write(&self, verdicts: &Verdicts) -> std::io::Result<()> {
        let rows = Shared::map(self.rows.as_fd(), ALL_ROWS * size_of::<RawRow>())?;
        let variants = Shared::map(self.variants.as_fd(), size_of::<RawVariants>())?;
        // The beginnings of all opens are judged if those of one are, also where no row is made for a call, or was before.
        for at in FIRST_ENTRY..FIRST_ENTRY + ENTRIES.len() {
            put_row(&rows, at, RawRow { always: u32::MAX, ..RawRow::default() });
        }
        let ends = verdicts.rows.iter().filter_map(|(call, row)| Some((row_of_end(*call)?, row)));
        let entries = verdicts.entries.iter().filter_map(|(call, row)| Some((row_of_entry(*call)?, row)));
        for (at, JudgedRow { row, by_profile }) in ends.chain(entries) {
            let mut raw = row.raw();
            if *by_profile {
                raw.flags |= BY_PROFILE;
                of_profiles(&variants)[at].iter().for_each(|variant| variant.store(at as u16, Ordering::Relaxed));
            }
            put_row(&rows, at, raw);
        }
        self.write_automaton(verdicts)
    }

    fn write_automaton(&self, verdicts: &Verdicts) -> std::io::Result<()> {
        let shared = Shared::map(self.automaton.as_fd(), size_of::<RawAutomaton>())?;
        // SAFETY: the mapping has this size and is aligned to pages; any bytes are a value of the type; nothing else of ours
        // refers to it, and what the kernel reads of it meanwhile it does not use, because nothing is judged while this is
        // written.
        let raw = unsafe { shared.start.cast::<RawAutomaton>().as_mut() };
        for part in 0..2 {
            let states = verdicts.next[part].len().min(MAX_STATES);
            raw.next[part][..states].copy_from_slice(&verdicts.next[part][..states]);
            raw.ends[part].fill(0);
            raw.ends[part][..states].copy_from_slice(&verdicts.ends[part][..states]);
        }
        for (raw, [first, second]) in raw.directories.iter_mut().zip(&verdicts.directories) {
            *raw = u32::from(*first) | u32::from(*second) << 16;
        }
        raw.outcome.iter_mut().for_each(|column| column.fill(u32::MAX));
        put_outcomes(&shared, &verdicts.columns);
        Ok(())
    }

    /// Writes what a profile adds, and then that it goes by that.
    pub(super) fn add(&self, new: &NewProfile) -> std::io::Result<()> {
        let rows = Shared::map(self.rows.as_fd(), ALL_ROWS * size_of::<RawRow>())?;
        let variants = Shared::map(self.variants.as_fd(), size_of::<RawVariants>())?;
        if !new.columns.is_empty() {
            put_outcomes(&Shared::map(self.automaton.as_fd(), size_of::<RawAutomaton>())?, &new.columns);
        }
        for (at, row) in new.rows.iter().filter(|(at, _)| VARIANTS.contains(at)) {
            put_row(&rows, usize::from(*at), row.raw());
        }
        let ends = new.ends.iter().filter_map(|(call, row)| Some((row_of_end(*call)?, *row)));
        let entries = new.entries.iter().filter_map(|(call, row)| Some((row_of_entry(*call)?, *row)));
        for (of, row) in ends.chain(entries).filter(|(_, row)| VARIANTS.contains(row)) {
            of_profiles(&variants)[of][usize::from(new.profile)].store(row, Ordering::Release);
        }
        Ok(())
    }
}

fn row_of_end(call: Syscall) -> Option<usize> {
    number(call).map(usize::from)
}

fn row_of_entry(call: Syscall) -> Option<usize> {
    ENTRIES.iter().position(|name| *name == call.name()).map(|at| FIRST_ENTRY + at)
}

/// Writes outcomes beside others, which may be in use.
fn put_outcomes(automaton: &Shared, outcomes: &[Outcomes]) {
    let offset = std::mem::offset_of!(RawAutomaton, outcome);
    // SAFETY: it lies in the mapping, which has the size of the whole, and is aligned to 4 bytes; any bytes are a value, and
    // the mapping lives as long as this is looked at. The kernel reads it meanwhile, which is what the type is for.
    let columns: &[[AtomicU32; OUTCOMES]; MAX_COLUMNS] = unsafe { automaton.start.add(offset).cast().as_ref() };
    for Outcomes { place, classes, passing } in outcomes {
        let Some(column) = columns.get(usize::from(place.column)) else { continue };
        let own = ((1_u64 << classes) - 1) as u32;
        for ([first, second], passing) in passing {
            if let Some(outcome) = column.get(usize::from(*first) << FLOATING_BITS | usize::from(*second)) {
                // Nobody else writes, and what others' rows have stays as it is.
                let others = outcome.load(Ordering::Relaxed) & !(own << place.shift);
                outcome.store(others | (passing & own) << place.shift, Ordering::Relaxed);
            }
        }
    }
}

/// Writes a row that no program is looking at.
fn put_row(rows: &Shared, at: usize, row: RawRow) {
    assert!(at < ALL_ROWS, "a row's number comes from a table of this size");
    // SAFETY: the mapping has room for ALL_ROWS rows, and its start is aligned to pages; the kernel does not read this one.
    unsafe { rows.start.cast::<RawRow>().add(at).write_volatile(row) };
}

fn of_profiles(variants: &Shared) -> &RawVariants {
    // SAFETY: the mapping has this size and is aligned to pages, any bytes are a value, and it lives as long as what is given
    // out; the kernel reads it meanwhile, which is what the type is for.
    unsafe { variants.start.cast::<RawVariants>().as_ref() }
}
