//! Made-up families of processes: births told by either side first, numbers given again, descriptors and folders inherited.

use windhover_event::snapshot::Snapshot;
use windhover_event::{Builder, EventType};

use crate::Recording;
use crate::schedule::draw;

/// Processes that live at a time, at most.
const LIVING: usize = 12;
/// Ids that processes have: few, so that they come again.
const IDS: usize = 40;

struct Family {
    random: u64,
    now: u64,
    living: Vec<i64>,
    events: Vec<Vec<u8>>,
}

/// A recording of `steps` deeds of a family.
pub fn recording(seed: u64, steps: usize) -> Recording {
    let mut family =
        Family { random: seed * 2 + 1, now: 1_700_000_000_000_000_000, living: vec![1], events: Vec::new() };
    family.exec(1);
    for _ in 0..steps {
        let pick = family.draw(family.living.len());
        let pid = family.living[pick];
        match family.draw(8) {
            0 => family.birth(pid),
            1 if pid != 1 => {
                family.event(EventType::PROCEXIT_1_E, pid, |e| _ = e.int(0).int(0).uint(0).uint(0).int(1));
                family.living.swap_remove(pick);
            }
            2 => family.exec(pid),
            3 => {
                let folder = format!("/folder/{}", family.draw(100));
                family.event(EventType::SYSCALL_CHDIR_X, pid, |e| _ = e.int(0).str(folder.as_bytes()));
            }
            4 | 5 => {
                let (fd, path) = (3 + family.draw(5) as i64, format!("file-{}", family.now));
                family.event(EventType::SYSCALL_OPEN_X, pid, |e| {
                    _ = e.int(fd).str(path.as_bytes()).uint(1).uint(0).uint(0x801).uint(42);
                });
            }
            _ => {
                let fd = 3 + family.draw(5) as i64;
                family.event(EventType::SYSCALL_FCHMOD_X, pid, |e| _ = e.int(0).int(fd).uint(0o600));
            }
        }
    }
    Recording { snapshot: Snapshot::default(), events: family.events }
}

impl Family {
    fn draw(&mut self, below: usize) -> usize {
        draw(&mut self.random, below)
    }

    fn event(&mut self, kind: EventType, tid: i64, build: impl Fn(&mut Builder<'_>)) {
        self.now += 1000;
        for nparams in 0..=kind.info().params.len() {
            let mut bytes = Vec::new();
            let mut builder = Builder::with_nparams(&mut bytes, kind, self.now, tid, nparams);
            build(&mut builder);
            if builder.finish().is_ok() {
                return self.events.push(bytes);
            }
        }
        panic!("{}: the parameters do not fit the table", kind.name());
    }

    fn birth(&mut self, parent: i64) {
        let child = 2 + self.draw(IDS) as i64;
        if self.living.len() == LIVING || self.living.contains(&child) {
            return;
        }
        self.living.push(child);
        // Either side may be told of first.
        let child_first = self.draw(2) == 0;
        for own in [child_first, !child_first] {
            let (tid, result, ptid) = if own { (child, 0, parent) } else { (parent, child, 0) };
            self.event(EventType::SYSCALL_CLONE_20_X, tid, |e| {
                e.int(result).str(b"sh").raw(b"-l\0").int(tid).int(tid).int(ptid).absent().int(1024);
                e.uint(1).uint(2).uint(300).uint(200).uint(0).str(b"sh").absent().uint(0);
                e.uint(0).uint(0).int(tid).int(tid).uint(0);
            });
        }
    }

    fn exec(&mut self, pid: i64) {
        let name = format!("program-{}", self.draw(20));
        self.event(EventType::SYSCALL_EXECVE_19_X, pid, |e| {
            e.int(0).str(name.as_bytes()).raw(b"-x\0").int(pid).int(pid).int(0).absent();
            e.uint(1024).uint(0).uint(0).uint(500).uint(400).uint(0).str(name.as_bytes()).absent();
            e.raw(b"A=1\0").uint(0).int(pid).uint(u32::MAX.into()).uint(1).uint(1).uint(2).uint(3);
            e.uint(77).uint(5).uint(6).uint(0).str(format!("/usr/bin/{name}").as_bytes()).int(pid).uint(0);
        });
    }
}
