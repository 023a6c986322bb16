//! A small machine to play events to.

#![allow(dead_code)] // Each test file uses a part of it.

use windhover_event::snapshot::{InterfaceEntry, Snapshot, ThreadEntry};
use windhover_event::{Builder, EventType, SockAddr, SockTuple};
use windhover_system::{Applied, Limits, System};

/// `CLONE_THREAD` and what goes with it.
pub const THREAD: u32 = 0x2001;

pub struct Scene {
    pub system: System,
    pub now: u64,
}

/// A process that forks, in the initial pid namespace.
pub struct Clone {
    pub caller: i64,
    pub child: i64,
    pub flags: u32,
}

impl Scene {
    /// Process 1 (`init`), and process 100 (`sh`, child of 1) which leads its session and has descriptors 0 to 2.
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub fn with_limits(limits: Limits) -> Self {
        let mut system = System::new(limits);
        let thread = |tid: i64, ptid: i64, comm: &str| ThreadEntry {
            tid,
            pid: tid,
            ptid,
            vtid: tid,
            vpid: tid,
            sid: tid,
            pgid: tid,
            vpgid: tid,
            comm: comm.into(),
            exe: comm.into(),
            args: b"-l\0".to_vec(),
            cwd: b"/srv".to_vec(),
            env: b"HOME=/root\0".to_vec(),
            ..ThreadEntry::default()
        };
        let interface = |ip: [u8; 4]| InterfaceEntry::V4 {
            name: b"eth0".to_vec(),
            addr: ip.into(),
            netmask: [255, 255, 255, 0].into(),
            broadcast: [255, 255, 255, 255].into(),
            link_speed: 0,
        };
        system.load(Snapshot {
            threads: vec![thread(100, 1, "sh"), thread(1, 0, "init")],
            interfaces: vec![interface([127, 0, 0, 1]), interface([10, 0, 0, 5])],
            ..Snapshot::default()
        });
        Self { system, now: 10_000_000_000 }
    }

    /// Applies one event, which has as many parameters as `build` gives it.
    pub fn apply(&mut self, kind: EventType, tid: i64, build: impl Fn(&mut Builder<'_>)) -> Applied {
        self.now += 1000;
        for nparams in 0..=kind.info().params.len() {
            let mut bytes = Vec::new();
            let mut builder = Builder::with_nparams(&mut bytes, kind, self.now, tid, nparams);
            build(&mut builder);
            if let Ok(event) = builder.finish() {
                return self.system.apply(&event, None);
            }
        }
        panic!("{}: the parameters do not fit the table", kind.name());
    }

    pub fn open(&mut self, tid: i64, fd: i64, path: &str, flags: u32) {
        self.apply(EventType::SYSCALL_OPEN_X, tid, |e| {
            e.int(fd).str(path.as_bytes()).uint(flags.into()).uint(0).uint(0x801).uint(42);
        });
    }

    pub fn close(&mut self, tid: i64, fd: i64) {
        self.apply(EventType::SYSCALL_CLOSE_X, tid, |e| {
            e.int(0).int(fd);
        });
    }

    /// Any event that changes nothing.
    pub fn tick(&mut self, tid: i64) {
        self.apply(EventType::SYSCALL_GETUID_X, tid, |_| {});
    }

    pub fn clone_by_caller(&mut self, clone: &Clone, result: i64) {
        self.clone_event(clone, clone.caller, result, clone.caller);
    }

    pub fn clone_of_child(&mut self, clone: &Clone) {
        self.clone_event(clone, clone.child, 0, clone.child);
    }

    fn clone_event(&mut self, clone: &Clone, tid: i64, result: i64, vtid: i64) {
        let caller = self.thread(clone.caller).filter(|thread| !thread.is_unknown());
        let parent = caller.map_or((clone.caller, 0), |thread| (thread.pid, thread.ptid));
        let is_thread = clone.flags & 0x2000 != 0;
        let own = tid == clone.caller || is_thread;
        let (pid, ptid) = if own { parent } else { (tid, clone.caller) };
        let flags = clone.flags;
        self.apply(EventType::SYSCALL_CLONE_20_X, tid, |e| {
            e.int(result).str(b"sh").raw(b"-l\0").int(tid).int(pid).int(ptid).absent().int(1024);
            e.uint(1).uint(2).uint(300).uint(200).uint(0).str(b"sh").absent().uint(flags.into());
            e.uint(0).uint(0).int(vtid).int(pid).uint(0);
        });
    }

    pub fn fork(&mut self, caller: i64, child: i64) {
        let clone = Clone { caller, child, flags: 0 };
        self.clone_by_caller(&clone, child);
        self.clone_of_child(&clone);
    }

    pub fn spawn_thread(&mut self, caller: i64, child: i64) {
        let clone = Clone { caller, child, flags: THREAD };
        self.clone_by_caller(&clone, child);
        self.clone_of_child(&clone);
    }

    pub fn exec(&mut self, tid: i64, comm: &str) {
        let thread = self.thread(tid).map_or((tid, 0, tid), |thread| (thread.pid, thread.ptid, thread.pgid));
        self.apply(EventType::SYSCALL_EXECVE_19_X, tid, |e| {
            e.int(0).str(comm.as_bytes()).raw(b"-x\0y z\0").int(tid).int(thread.0).int(thread.1).absent();
            e.uint(1024).uint(0).uint(0).uint(500).uint(400).uint(0).str(comm.as_bytes()).absent();
            e.raw(b"A=1\0").uint(0).int(thread.2).uint(u32::MAX.into()).uint(1).uint(1).uint(2).uint(3);
            e.uint(77).uint(5).uint(6).uint(0).str(format!("/usr/bin/{comm}").as_bytes()).int(thread.2).uint(0);
        });
    }

    /// The exit is final with the next event only.
    pub fn exit(&mut self, tid: i64, reaper: i64) {
        self.apply(EventType::PROCEXIT_1_E, tid, |e| {
            e.int(0).int(0).uint(0).uint(0).int(reaper);
        });
    }

    pub fn socket(&mut self, tid: i64, fd: i64, family: u32, kind: u32) {
        self.apply(EventType::SOCKET_SOCKET_X, tid, |e| {
            e.int(fd).uint(family.into()).uint(kind.into()).uint(0).uint(0);
        });
    }

    pub fn connect(&mut self, tid: i64, result: i64, fd: i64, tuple: &SockTuple<'_>, addr: &SockAddr<'_>) {
        self.apply(EventType::SOCKET_CONNECT_X, tid, |e| {
            e.int(result).sock_tuple(tuple).int(fd).sock_addr(addr);
        });
    }

    pub fn thread(&self, tid: i64) -> Option<&windhover_system::Thread> {
        self.system.threads().find(|thread| thread.tid == tid).map(|thread| &**thread)
    }

    /// `fd.name` of a descriptor of a process's main thread.
    pub fn name(&self, tid: i64, fd: i64) -> Option<String> {
        let fd = self.system.fds_of(tid)?.get(fd)?;
        Some(String::from_utf8_lossy(&fd.name).into_owned())
    }

    /// Version of `tid` as its next event finds it.
    pub fn version(&mut self, tid: i64) -> Option<u64> {
        self.tick(tid);
        self.system.context().version()
    }
}
