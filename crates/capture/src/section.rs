//! The part of a capture before its first event: header, machine and lists, gathered into a snapshot.

use std::collections::HashMap;

use windhover_event::snapshot::Snapshot;

use crate::block::{self, BlockKind};
use crate::cursor::Cursor;
use crate::error::{ReadCaptureError, ReadCaptureReason};
use crate::limit::Limits;
use crate::list::{descriptor, interface, machine, process, user};

/// A snapshot in the making, and what it has cost.
#[derive(Default)]
pub(crate) struct Section {
    pub snapshot: Snapshot,
    /// Descriptor lists of threads that are not in the process list.
    pub orphan_lists: u64,
    threads: HashMap<i64, usize>,
    bytes: u64,
    entries: u64,
}

/// Checks a section header's body.
pub(crate) fn check_header(mut body: Cursor<'_>) -> Result<(), ReadCaptureError> {
    let at = body.offset();
    let magic = body.u32("section header")?;
    if magic == block::SECTION_MAGIC.swap_bytes() {
        return Err(ReadCaptureReason::ByteOrder.at(at));
    }
    if magic != block::SECTION_MAGIC {
        return Err(ReadCaptureReason::Magic(magic).at(at));
    }
    let (major, minor) = (body.u16("section header")?, body.u16("section header")?);
    body.u64("section length")?;
    if major > 1 {
        return Err(ReadCaptureReason::Version { major, minor }.at(at + 4));
    }
    Ok(())
}

impl Section {
    /// Counts a block that is about to be read against the limits.
    pub(crate) fn admit(&mut self, length: u32, offset: u64, limits: &Limits) -> Result<(), ReadCaptureError> {
        self.bytes += u64::from(length);
        check("bytes of lists before the first event", self.bytes, limits.snapshot_bytes, offset)
    }

    /// Adds what a block holds. Kinds other than the machine's and the lists' are ignored.
    pub(crate) fn add(
        &mut self,
        kind: BlockKind,
        mut body: Cursor<'_>,
        limits: &Limits,
    ) -> Result<(), ReadCaptureError> {
        let start = body.offset();
        match kind {
            BlockKind::Machine => self.snapshot.machine = machine::read(body)?,
            BlockKind::Interfaces { sized } => {
                let found = interface::read(body, sized)?;
                self.count(found.len(), start, limits)?;
                self.snapshot.interfaces.extend(found);
            }
            BlockKind::Users { sized } => {
                let before = self.snapshot.users.len() + self.snapshot.groups.len();
                user::read(body, sized, &mut self.snapshot)?;
                let after = self.snapshot.users.len() + self.snapshot.groups.len();
                self.count(after - before, start, limits)?;
            }
            BlockKind::Processes(version) => process::read(body, version, |thread| {
                self.count(1, start, limits)?;
                self.threads.insert(thread.tid, self.snapshot.threads.len());
                self.snapshot.threads.push(thread);
                Ok(())
            })?,
            BlockKind::Descriptors { sized } => {
                let (tid, entries) = descriptor::read_thread(body)?;
                body = entries;
                let owner = self.threads.get(&tid).copied();
                self.orphan_lists += u64::from(owner.is_none());
                while let Some(fd) = descriptor::read_next(&mut body, sized)? {
                    if let Some(owner) = owner {
                        self.count(1, body.offset(), limits)?;
                        self.snapshot.threads[owner].fds.push(fd);
                    }
                }
            }
            BlockKind::Section | BlockKind::Event(_) | BlockKind::Unknown => {}
        }
        Ok(())
    }

    fn count(&mut self, entries: usize, offset: u64, limits: &Limits) -> Result<(), ReadCaptureError> {
        self.entries += entries as u64;
        check("entries of lists before the first event", self.entries, limits.snapshot_entries, offset)
    }
}

fn check(what: &'static str, found: u64, limit: u64, offset: u64) -> Result<(), ReadCaptureError> {
    if found > limit { Err(ReadCaptureReason::Limit { what, found, limit }.at(offset)) } else { Ok(()) }
}
