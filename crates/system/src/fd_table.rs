//! The file descriptors of one process.

use std::ops::RangeInclusive;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::fd::Fd;

/// Numbers from here on lie in the map.
const DENSE: usize = 1024;

/// The vector grows over so many free numbers at most. A shell keeps one descriptor at 255: copying, closing and dropping the
/// numbers before it would cost each of its children more than the look-ups that the vector saves.
const GAP: usize = 64;

/// Numbers for which a table that grows has room besides those in use.
const SPARE: usize = 32;

/// Numbers for which a new process's table has room: some programs put a descriptor beyond all others.
const ROOM: usize = 96;

#[derive(Clone, Debug, Default)]
struct Slot {
    fd: Option<Arc<Fd>>,
    /// Closed by exec.
    cloexec: bool,
}

/// Descriptors by number. Numbers that the vector covers, which is nearly all, are in it; all others in the map.
#[derive(Clone, Debug, Default)]
pub struct FdTable {
    dense: Vec<Slot>,
    spill: FxHashMap<i64, Slot>,
    len: usize,
}

impl FdTable {
    /// The descriptor with number `fd`.
    pub fn get(&self, fd: i64) -> Option<&Fd> {
        self.slot(fd)?.fd.as_deref()
    }

    /// How many descriptors are known.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no descriptor is known.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All descriptors, small numbers first; large ones, and those behind a gap, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Fd)> {
        let dense = self.dense.iter().enumerate().map(|(number, slot)| (number as i64, slot));
        let spill = self.spill.iter().map(|(number, slot)| (*number, slot));
        dense.chain(spill).filter_map(|(number, slot)| Some((number, slot.fd.as_deref()?)))
    }

    /// A copy for a new process, with room for a few descriptors more.
    pub(crate) fn forked(&self) -> Self {
        let mut dense = Vec::with_capacity(ROOM.max(self.dense.len() + SPARE));
        dense.extend_from_slice(&self.dense);
        Self { dense, spill: self.spill.clone(), len: self.len }
    }

    /// The descriptors, without their numbers.
    pub(crate) fn into_records(self) -> impl Iterator<Item = Arc<Fd>> {
        self.dense.into_iter().chain(self.spill.into_values()).filter_map(|slot| slot.fd)
    }

    pub(crate) fn shared(&self, fd: i64) -> Option<Arc<Fd>> {
        self.slot(fd)?.fd.clone()
    }

    pub(crate) fn get_mut(&mut self, fd: i64) -> Option<&mut Fd> {
        self.slot_mut(fd)?.fd.as_mut().map(Arc::make_mut)
    }

    pub(crate) fn set_cloexec(&mut self, fd: i64, cloexec: bool) {
        if let Some(slot) = self.slot_mut(fd) {
            slot.cloexec = cloexec;
        }
    }

    /// Stores a descriptor. A new number beyond `limit` descriptors is refused; a known one is replaced, and what had it is
    /// given back.
    pub(crate) fn insert(
        &mut self,
        fd: i64,
        entry: Arc<Fd>,
        cloexec: bool,
        limit: usize,
    ) -> Result<Option<Arc<Fd>>, TableFull> {
        let known = self.slot(fd).is_some_and(|slot| slot.fd.is_some());
        if !known && self.len >= limit {
            return Err(TableFull);
        }
        let slot = match self.cover(fd) {
            Some(index) => &mut self.dense[index],
            None => self.spill.entry(fd).or_default(),
        };
        slot.cloexec = cloexec;
        let old = slot.fd.replace(entry);
        self.len += usize::from(!known);
        Ok(old)
    }

    pub(crate) fn remove(&mut self, fd: i64) -> Option<Arc<Fd>> {
        let removed = match self.covered(fd) {
            Some(index) => self.dense[index].fd.take(),
            None => self.spill.remove(&fd)?.fd,
        };
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// Removes the descriptors that do not outlive an exec; says how many.
    pub(crate) fn close_on_exec(&mut self) -> usize {
        let before = self.len;
        for slot in &mut self.dense {
            if slot.cloexec && slot.fd.take().is_some() {
                self.len -= 1;
            }
        }
        self.spill.retain(|_, slot| !slot.cloexec);
        self.recount_spill();
        before - self.len
    }

    /// Numbers of the descriptors in a range.
    pub(crate) fn numbers_in(&self, range: RangeInclusive<i64>) -> impl Iterator<Item = i64> {
        self.iter().map(|(number, _)| number).filter(move |number| range.contains(number))
    }

    /// Marks the descriptors in a range to be closed by exec.
    pub(crate) fn set_cloexec_in(&mut self, range: RangeInclusive<i64>) {
        let dense = self.dense.iter_mut().enumerate().map(|(number, slot)| (number as i64, slot));
        let spill = self.spill.iter_mut().map(|(number, slot)| (*number, slot));
        for (_, slot) in dense.chain(spill).filter(|(number, slot)| range.contains(number) && slot.fd.is_some()) {
            slot.cloexec = true;
        }
    }

    fn recount_spill(&mut self) {
        let dense = self.dense.iter().filter(|slot| slot.fd.is_some()).count();
        self.len = dense + self.spill.len();
    }

    /// The index of a number that the vector covers.
    #[inline]
    fn covered(&self, fd: i64) -> Option<usize> {
        usize::try_from(fd).ok().filter(|index| *index < self.dense.len())
    }

    /// The same, after the vector has grown so far, if it may.
    fn cover(&mut self, fd: i64) -> Option<usize> {
        let index = usize::try_from(fd).ok()?;
        let covered = self.dense.len();
        if index >= covered {
            if index >= DENSE || index > covered + GAP {
                return None;
            }
            if index >= self.dense.capacity() {
                self.dense.reserve(index + 1 - covered + SPARE);
            }
            self.dense.resize_with(index + 1, Slot::default);
            if !self.spill.is_empty() {
                for index in covered..=index {
                    self.dense[index] = self.spill.remove(&(index as i64)).unwrap_or_default();
                }
            }
        }
        Some(index)
    }

    #[inline]
    fn slot(&self, fd: i64) -> Option<&Slot> {
        match self.covered(fd) {
            Some(index) => Some(&self.dense[index]),
            None => self.spill.get(&fd),
        }
    }

    #[inline]
    fn slot_mut(&mut self, fd: i64) -> Option<&mut Slot> {
        match self.covered(fd) {
            Some(index) => Some(&mut self.dense[index]),
            None => self.spill.get_mut(&fd),
        }
    }
}

/// The table holds as many descriptors as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableFull;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fd::FdKind;

    fn file(name: &str) -> Arc<Fd> {
        Arc::new(Fd::new(FdKind::File, Arc::from(name.as_bytes())))
    }

    #[test]
    fn a_full_table_refuses_new_numbers_and_replaces_known_ones() {
        let mut table = FdTable::default();
        assert_eq!(table.insert(3, file("a"), false, 2), Ok(None));
        assert_eq!(table.insert(70_000, file("b"), false, 2), Ok(None));
        assert_eq!(table.insert(4, file("c"), false, 2), Err(TableFull));
        assert_eq!(table.insert(70_000, file("d"), false, 2), Ok(Some(file("b"))));
        assert_eq!(table.get(70_000).map(|fd| &fd.name[..]), Some(&b"d"[..]));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn exec_closes_what_is_marked_small_or_large() {
        let mut table = FdTable::default();
        for (number, cloexec) in [(0, false), (5, true), (5000, true), (5001, false)] {
            table.insert(number, file("x"), cloexec, 10).unwrap();
        }
        assert_eq!(table.close_on_exec(), 2);
        assert_eq!(table.iter().map(|(number, _)| number).collect::<Vec<_>>(), vec![0, 5001]);
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn a_number_behind_a_gap_stays_the_same_when_the_gap_is_filled() {
        let mut table = FdTable::default();
        table.insert(255, file("shell"), true, 2000).unwrap();
        table.insert(2000, file("far"), false, 2000).unwrap();
        for number in 0..300 {
            if number != 255 {
                table.insert(number, file("x"), false, 2000).unwrap();
            }
            assert_eq!(table.get(255).map(|fd| &fd.name[..]), Some(&b"shell"[..]), "{number}");
        }
        assert_eq!(table.len(), 301);
        assert_eq!(table.iter().count(), 301);
        assert_eq!(table.forked().close_on_exec(), 1);
        assert!(table.remove(255).is_some());
        assert!(table.get(255).is_none());
        assert!(table.insert(255, file("y"), false, 2000).unwrap().is_none());
        assert_eq!(table.len(), 301);
    }

    #[test]
    fn negative_numbers_are_held_like_large_ones() {
        let mut table = FdTable::default();
        table.insert(-7, file("x"), false, 10).unwrap();
        assert!(table.get(-7).is_some());
        assert!(table.remove(-7).is_some());
        assert!(table.is_empty());
    }
}
