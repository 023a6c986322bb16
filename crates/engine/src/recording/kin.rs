//! Whose events a recording around an alert holds.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use windhover_event::{EventType, EventView};
use windhover_system::{Checkpoint, System, Thread};

use super::Scope;
use super::flight::Kept;

/// No lineage is followed further.
const MAX_LINEAGE: usize = 64;
/// The process that everything descends from.
const INIT: i64 = 1;

/// Who made an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Stands for the container, or for the host; 0 where the thread is not known.
    container: u64,
    pid: i64,
    /// Process id of the parent.
    parent: i64,
}

impl Owner {
    pub(crate) const LENGTH: usize = 24;

    pub(crate) fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..8].copy_from_slice(&self.container.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.pid.to_le_bytes());
        bytes[16..].copy_from_slice(&self.parent.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let [container, pid, parent] = [0, 1, 2].map(|at| u64::from_le_bytes(words[at]));
        Self { container, pid: pid.cast_signed(), parent: parent.cast_signed() }
    }
}

/// Tells owners, looking at a thread anew only when it has changed.
#[derive(Default)]
pub(crate) struct Owners {
    last: Option<(u64, Owner)>,
}

impl Owners {
    /// Who made the model's last event.
    pub(crate) fn of(&mut self, system: &System) -> Owner {
        let context = system.context();
        let version = context.version();
        if let (Some((known, owner)), Some(version)) = (self.last, version)
            && known == version
        {
            return owner;
        }
        let thread = context.thread();
        let container = thread.map_or(0, |thread| {
            let mut hasher = DefaultHasher::new();
            thread.container_id.hash(&mut hasher);
            hasher.finish() | 1
        });
        let pid = thread.map_or(-1, |thread| thread.pid);
        let parent = context.parent().map_or_else(|| thread.map_or(-1, |thread| thread.ptid), |parent| parent.pid);
        let owner = Owner { container, pid, parent };
        self.last = version.map(|version| (version, owner));
        owner
    }
}

/// Whose events a recording holds; others are there as far as the model needs them.
#[derive(Clone)]
pub(crate) enum Admission {
    All,
    Containers(Vec<u64>),
    Families(Families),
}

impl Admission {
    /// For an alert about the model's last event. What is kept of the time before it tells who was whose child.
    pub(crate) fn new<'a>(
        scope: Scope,
        owner: Owner,
        system: &System,
        checkpoint: &Checkpoint,
        past: impl Iterator<Item = Kept<'a>>,
    ) -> Self {
        match scope {
            Scope::Machine => Self::All,
            Scope::Container => Self::Containers(vec![owner.container]),
            Scope::ProcessTree => {
                let mut families = Families::default();
                families.learn(checkpoint, past);
                families.meet(owner, None);
                families.add(owner, system);
                Self::Families(families)
            }
        }
    }

    /// Another alert belongs to the same recording: so does whoever it is about, from now on.
    pub(crate) fn extend(&mut self, owner: Owner, system: &System) {
        match self {
            Self::All => {}
            Self::Containers(containers) if containers.contains(&owner.container) => {}
            Self::Containers(containers) => containers.push(owner.container),
            Self::Families(families) => families.add(owner, system),
        }
    }

    /// Whether an event with this owner is to be shown.
    pub(crate) fn admits(&self, owner: Owner) -> bool {
        match self {
            Self::All => true,
            Self::Containers(containers) => containers.contains(&owner.container),
            Self::Families(families) => families.has(owner.pid),
        }
    }

    /// Takes note of an event's owner.
    pub(crate) fn meet(&mut self, owner: Owner, event: &EventView<'_>) {
        if let Self::Families(families) = self {
            families.meet(owner, Some(event));
        }
    }
}

/// Processes that descend from the sessions of alerts, and their ancestors.
#[derive(Clone, Default)]
pub(crate) struct Families {
    /// Parents as they were at a child's birth: one whose parent has ended stays in its family. As many as there are
    /// process ids, at most.
    parents: HashMap<i64, i64>,
    roots: HashSet<i64>,
    ancestors: HashSet<i64>,
}

impl Families {
    fn learn<'a>(&mut self, checkpoint: &Checkpoint, past: impl Iterator<Item = Kept<'a>>) {
        let pids: HashMap<i64, i64> = checkpoint.threads().map(|thread| (thread.tid, thread.pid)).collect();
        let parent = |thread: &Thread| pids.get(&thread.ptid).copied().unwrap_or(thread.ptid);
        self.parents =
            checkpoint.threads().filter(|thread| thread.is_main()).map(|thread| (thread.pid, parent(thread))).collect();
        for Kept { owner, captured } in past {
            self.meet(owner, Some(&captured.event));
        }
    }

    fn meet(&mut self, owner: Owner, event: Option<&EventView<'_>>) {
        if owner.pid <= 0 || owner.parent <= 0 {
            return;
        }
        if event.is_some_and(|event| event.tid() == owner.pid && is_birth(event)) {
            // Its id may have been another's.
            self.parents.insert(owner.pid, owner.parent);
        } else {
            self.parents.entry(owner.pid).or_insert(owner.parent);
        }
    }

    /// Adds all that descends from the leader of the session of the last event's process, which is a login, a service or a
    /// job, and the ancestors of the process.
    fn add(&mut self, owner: Owner, system: &System) {
        if self.has(owner.pid) {
            return;
        }
        if owner.pid <= INIT {
            self.ancestors.insert(owner.pid);
            return;
        }
        let line: Vec<i64> = self.line(owner.pid).filter(|pid| *pid > INIT).collect();
        let leader = system.context().session_leader().map_or(owner.pid, |leader| leader.pid);
        // What has no session of its own below the machine's first process is a family of its own.
        let root = if leader > INIT { leader } else { line.last().copied().unwrap_or(owner.pid) };
        self.roots.insert(root);
        self.ancestors.extend(line);
    }

    fn has(&self, pid: i64) -> bool {
        self.ancestors.contains(&pid) || self.line(pid).any(|ancestor| self.roots.contains(&ancestor))
    }

    /// A process, its parent, and so on.
    fn line(&self, pid: i64) -> impl Iterator<Item = i64> {
        std::iter::successors(Some(pid), |pid| self.parents.get(pid).copied()).take(MAX_LINEAGE)
    }
}

/// Whether this is the first event of a new process.
fn is_birth(event: &EventView<'_>) -> bool {
    let kinds = [
        EventType::SYSCALL_CLONE_20_X,
        EventType::SYSCALL_FORK_20_X,
        EventType::SYSCALL_VFORK_20_X,
        EventType::SYSCALL_CLONE3_X,
    ];
    kinds.contains(&event.kind()) && event.i64(0) == Some(0)
}

#[cfg(test)]
mod tests {
    use windhover_event::Builder;
    use windhover_event::snapshot::{Snapshot, ThreadEntry};
    use windhover_system::Limits;

    use super::*;

    /// init (1), a service (10) with a worker (11), a login (20) with a shell (21), and the kernel's own (2, 3).
    fn machine() -> System {
        let thread =
            |tid, ptid, sid| ThreadEntry { tid, pid: tid, ptid, sid, vtid: tid, vpid: tid, ..ThreadEntry::default() };
        let all = [(1, 0, 1), (10, 1, 10), (11, 10, 10), (20, 1, 20), (21, 20, 21), (2, 0, 0), (3, 2, 0)];
        let threads = all.into_iter().map(|(tid, ptid, sid)| thread(tid, ptid, sid)).collect();
        let mut system = System::new(Limits::default());
        system.load(Snapshot { threads, ..Snapshot::default() });
        system
    }

    const fn owner(pid: i64, parent: i64) -> Owner {
        Owner { container: 7, pid, parent }
    }

    /// The families of an alert about a process, which has an event first.
    fn families(pid: i64, parent: i64) -> Families {
        let mut system = machine();
        let mut bytes = Vec::new();
        let mut event = Builder::new(&mut bytes, EventType::SYSCALL_CLOSE_X, 1, pid);
        event.int(0).int(3);
        system.apply(&event.finish().unwrap(), None);
        assert_eq!(Owners::default().of(&system).pid, pid);
        let mut families = Families::default();
        families.learn(&system.checkpoint(), std::iter::empty());
        families.meet(owner(pid, parent), None);
        families.add(owner(pid, parent), &system);
        families
    }

    fn birth(families: &mut Families, pid: i64, parent: i64) {
        let mut bytes = Vec::new();
        let mut event = Builder::with_nparams(&mut bytes, EventType::SYSCALL_CLONE_20_X, 1, pid, 1);
        event.int(0);
        families.meet(owner(pid, parent), Some(&event.finish().unwrap()));
    }

    fn members(families: &Families) -> Vec<i64> {
        [1, 2, 3, 10, 11, 20, 21, 30, 31].into_iter().filter(|pid| families.has(*pid)).collect()
    }

    #[test]
    fn a_family_is_what_descends_from_the_session_and_the_ancestors() {
        let mut shell = families(21, 20);
        assert_eq!(members(&shell), [20, 21]);
        // A child, whose parent ends: its own child is of the family still.
        birth(&mut shell, 30, 21);
        shell.meet(owner(30, 1), None);
        birth(&mut shell, 31, 30);
        assert_eq!(members(&shell), [20, 21, 30, 31]);
        // The id is given to another's child.
        birth(&mut shell, 30, 10);
        assert_eq!(members(&shell), [20, 21]);
        assert_eq!(members(&families(11, 10)), [10, 11]);
        assert_eq!(members(&families(3, 2)), [2, 3]);
        assert_eq!(members(&families(1, 0)), [1]);
    }

    #[test]
    fn a_lineage_in_a_circle_ends() {
        let mut families = families(21, 20);
        families.meet(owner(40, 41), None);
        families.meet(owner(41, 40), None);
        assert!(!families.has(40));
    }

    #[test]
    fn owners_read_as_written() {
        let owner = Owner { container: u64::MAX - 1, pid: -1, parent: 1 << 40 };
        assert_eq!(Owner::from_bytes(&owner.to_bytes()), owner);
    }
}
