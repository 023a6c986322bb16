//! Threads whose events are dropped before anything else sees them.

use std::collections::HashSet;

use rustc_hash::FxHashSet;
use windhover_event::{EventType, EventView};

/// More suppressed threads than this are not: what is beyond comes through.
const MAX_TIDS: usize = 262_144;

/// Names and ids that are suppressed. A child of a suppressed thread is suppressed too.
#[derive(Debug, Default)]
pub(crate) struct Suppression {
    comms: HashSet<Vec<u8>>,
    tids: FxHashSet<i64>,
}

impl Suppression {
    pub(crate) fn add_comm(&mut self, comm: &[u8]) {
        self.comms.insert(comm.to_vec());
    }

    pub(crate) fn add_tid(&mut self, tid: i64) {
        self.tids.insert(tid);
    }

    /// Takes note of a thread that a scan found; call for parents before children.
    pub(crate) fn scan(&mut self, tid: i64, ptid: i64, comm: &[u8]) {
        self.inherit(tid, ptid, comm);
    }

    /// Whether the event is to be dropped.
    #[inline]
    pub(crate) fn check(&mut self, event: &EventView<'_>) -> bool {
        if self.comms.is_empty() && self.tids.is_empty() {
            return false;
        }
        self.check_slowly(event)
    }

    fn check_slowly(&mut self, event: &EventView<'_>) -> bool {
        let tid = event.tid();
        match event.kind() {
            EventType::SYSCALL_CLONE_20_X
            | EventType::SYSCALL_FORK_20_X
            | EventType::SYSCALL_VFORK_20_X
            | EventType::SYSCALL_CLONE3_X
            | EventType::SYSCALL_EXECVE_19_X
            | EventType::SYSCALL_EXECVEAT_X => {
                let ptid = event.i64(5).unwrap_or(-1);
                self.inherit(tid, ptid, event.str(13).unwrap_or_default())
            }
            EventType::PROCEXIT_1_E => {
                self.tids.remove(&tid);
                false
            }
            _ => self.tids.contains(&tid),
        }
    }

    fn inherit(&mut self, tid: i64, ptid: i64, comm: &[u8]) -> bool {
        if self.tids.contains(&tid) {
            return true;
        }
        let suppressed = self.tids.contains(&ptid) || self.comms.contains(comm);
        suppressed && self.tids.len() < MAX_TIDS && self.tids.insert(tid)
    }
}

#[cfg(test)]
mod tests {
    use windhover_event::Builder;

    use super::*;

    fn check(suppression: &mut Suppression, kind: EventType, tid: i64, parent_and_comm: Option<(i64, &str)>) -> bool {
        let nparams = kind.info().params.len();
        let mut buffer = Vec::new();
        let mut builder = Builder::new(&mut buffer, kind, 1, tid);
        for index in 0..nparams {
            match (index, parent_and_comm) {
                (0 | 3 | 4, Some(_)) => builder.int(tid),
                (5, Some((ptid, _))) => builder.int(ptid),
                (13, Some((_, comm))) => builder.str(comm.as_bytes()),
                _ => builder.absent(),
            };
        }
        suppression.check(&builder.finish().unwrap())
    }

    #[test]
    fn a_name_suppresses_its_thread_and_the_children_until_they_exit() {
        let mut suppression = Suppression::default();
        suppression.add_comm(b"noisy");
        let exec = EventType::SYSCALL_EXECVE_19_X;
        let clone = EventType::SYSCALL_CLONE_20_X;
        assert!(!check(&mut suppression, EventType::SYSCALL_READ_X, 10, None));
        assert!(check(&mut suppression, exec, 10, Some((1, "noisy"))));
        assert!(check(&mut suppression, EventType::SYSCALL_READ_X, 10, None));
        assert!(check(&mut suppression, clone, 11, Some((10, "child"))));
        assert!(check(&mut suppression, EventType::SYSCALL_READ_X, 11, None));
        assert!(!check(&mut suppression, EventType::PROCEXIT_1_E, 11, None));
        assert!(!check(&mut suppression, EventType::SYSCALL_READ_X, 11, None));
    }
}
