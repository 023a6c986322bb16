//! The machine as `/proc` and `/etc` tell it: everything at once before the first event, one thread or descriptor at a
//! time where events left a gap.

mod cgroup;
mod fd;
mod interface;
mod machine;
mod socket;
mod status;
mod thread;
mod user;

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use windhover_event::snapshot::{FdEntry, GroupEntry, Snapshot, ThreadEntry, UserEntry};

use cgroup::Cgroups;
use socket::Sockets;

/// Longest command line and environment that are kept, as the kernel's side keeps of an exec.
const ARGUMENTS_SIZE: usize = 4096;
/// Longest path that is kept.
const PATH_SIZE: usize = 1024;

/// What a scan looks at, and how long.
#[derive(Clone, Copy, Debug)]
pub struct ScanOptions {
    /// Threads beside each process's main one.
    pub threads: bool,
    /// Open files of each process.
    pub fds: FdScan,
    /// Descriptors read per process; 0 for all.
    pub max_fds: usize,
    /// When to stop with what is there; `None` never.
    pub timeout: Option<Duration>,
}

/// Which descriptors a scan looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FdScan {
    /// All.
    All,
    /// Sockets.
    Sockets,
    /// None.
    None,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { threads: true, fds: FdScan::All, max_fds: 0, timeout: None }
    }
}

/// How a scan went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// Processes found.
    pub processes: usize,
    /// Threads found beside their main threads.
    pub threads: usize,
    /// Descriptors found.
    pub fds: usize,
    /// Processes or threads that were listed but could not be read: gone meanwhile, or hidden from us.
    pub failed: usize,
    /// The time was up before all were read.
    pub timed_out: bool,
}

/// Reads `/proc`, `/etc` and `/sys` below a root: `/` on the host, the place where the host's root is mounted in a
/// container.
pub struct Proc {
    root: PathBuf,
    boot_ts: u64,
    cgroups: RefCell<Cgroups>,
}

impl Proc {
    /// Reads below `host_root`; an empty path is `/`.
    pub fn new(host_root: &Path) -> Self {
        let root = if host_root.as_os_str().is_empty() { PathBuf::from("/") } else { host_root.to_owned() };
        let cgroups = RefCell::new(Cgroups::new(&root));
        Self { root, boot_ts: crate::clock::Clock::new().boot_time(), cgroups }
    }

    /// The whole machine. What cannot be read of one process is left out and counted; there are no other errors.
    pub fn snapshot(&self, options: &ScanOptions) -> (Snapshot, ScanReport) {
        let mut snapshot = Snapshot {
            machine: machine::read(&self.root, self.boot_ts),
            users: user::users(&self.root),
            groups: user::groups(&self.root),
            interfaces: interface::all(),
            threads: Vec::new(),
        };
        let mut report = ScanReport::default();
        let mut sockets = Sockets::default();
        let deadline = options.timeout.map(|timeout| Instant::now() + timeout);
        for pid in numbers(&self.root.join("proc")) {
            if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                report.timed_out = true;
                break;
            }
            self.scan_process(pid, options, &mut sockets, &mut snapshot.threads, &mut report);
        }
        thread::fill_namespace_starts(&mut snapshot.threads, self.boot_ts);
        (snapshot, report)
    }

    fn scan_process(
        &self,
        pid: i64,
        options: &ScanOptions,
        sockets: &mut Sockets,
        threads: &mut Vec<ThreadEntry>,
        report: &mut ScanReport,
    ) {
        let folder = self.process_folder(pid);
        let mut entry = match self.read_main(&folder, pid) {
            Read::Entry(entry) => entry,
            Read::NoProgram => return,
            Read::Gone => {
                report.failed += 1;
                return;
            }
        };
        entry.fds = fd::all(&folder, options, sockets);
        report.processes += 1;
        report.fds += entry.fds.len();
        let main = threads.len();
        threads.push(*entry);
        if !options.threads {
            return;
        }
        for tid in numbers(&folder.join("task")).filter(|&tid| tid != pid) {
            match thread::secondary(&folder.join(format!("task/{tid}")), &threads[main], tid) {
                Some(entry) => {
                    threads.push(entry);
                    report.threads += 1;
                }
                None => report.failed += 1,
            }
        }
    }

    /// One thread as it is now; a main thread with its descriptors. `None` if it is gone, or has no program.
    pub fn thread(&self, tid: i64) -> Option<ThreadEntry> {
        let folder = self.process_folder(tid);
        let status = status::Status::read(&folder)?;
        let process = self.process_folder(status.tgid);
        let Read::Entry(mut main) = self.read_main(&process, status.tgid) else { return None };
        if status.tgid == tid {
            main.fds = fd::all(&process, &ScanOptions::default(), &mut Sockets::default());
        }
        main.pidns_init_start_ts = self.namespace_start(&folder, &main);
        if status.tgid == tid { Some(*main) } else { thread::secondary(&folder, &main, tid) }
    }

    /// One descriptor of a process.
    pub fn fd(&self, pid: i64, fd: i64) -> Option<FdEntry> {
        fd::one(&self.process_folder(pid), fd, &mut Sockets::default())
    }

    /// Users and groups as a process sees them: those of its own root. `None` if it is gone.
    pub fn users_of(&self, pid: i64) -> Option<(Vec<UserEntry>, Vec<GroupEntry>)> {
        let root = self.process_folder(pid).join("root");
        fs::read_link(&root).ok()?;
        Some((user::users(&root), user::groups(&root)))
    }

    /// As [`Self::users_of`], of a process in a container; `None` also while it is still below the host's root.
    pub fn users_in_container(&self, pid: i64) -> Option<(Vec<UserEntry>, Vec<GroupEntry>)> {
        let place = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        let own = place(&self.process_folder(pid).join("root"))?;
        if place(&self.root) == Some(own) { None } else { self.users_of(pid) }
    }

    /// The kernel's name of a thread; `None` if there is no such thread.
    pub fn comm(&self, pid: i64, tid: i64) -> Option<Vec<u8>> {
        thread::read_comm(&self.process_folder(pid).join(format!("task/{tid}")))
    }

    fn process_folder(&self, pid: i64) -> PathBuf {
        self.root.join(format!("proc/{pid}"))
    }

    fn read_main(&self, folder: &Path, pid: i64) -> Read {
        thread::main(folder, pid, &self.root, self.boot_ts, &mut self.cgroups.borrow_mut())
    }

    /// When the init of a thread's pid namespace started: boot, unless the thread is in a namespace of its own.
    fn namespace_start(&self, folder: &Path, entry: &ThreadEntry) -> u64 {
        if entry.vpid == entry.pid {
            return self.boot_ts;
        }
        let Ok(namespace) = fs::read_link(folder.join("ns/pid")) else { return 0 };
        let mut inits = numbers(&self.root.join("proc")).filter(|&pid| {
            let folder = self.process_folder(pid);
            fs::read_link(folder.join("ns/pid")).is_ok_and(|other| other == namespace)
                && status::Status::read(&folder).is_some_and(|status| status.vpid == 1)
        });
        inits.next().and_then(|pid| thread::start_time(&self.process_folder(pid), self.boot_ts)).unwrap_or(0)
    }
}

/// What reading a process came to.
enum Read {
    Entry(Box<ThreadEntry>),
    /// A kernel thread or a zombie.
    NoProgram,
    Gone,
}

/// Entries of a folder whose names are numbers.
fn numbers(folder: &Path) -> impl Iterator<Item = i64> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The first `limit` bytes of a file.
fn read_at_most(path: &Path, limit: usize) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::with_capacity(limit.min(ARGUMENTS_SIZE));
    fs::File::open(path).ok()?.take(limit as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Where a link points, cut to [`PATH_SIZE`].
fn read_link(path: &Path) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt as _;
    let mut target = fs::read_link(path).ok()?.into_os_string().into_vec();
    target.truncate(PATH_SIZE);
    Some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_found_with_what_it_is() {
        let (snapshot, report) = Proc::new(Path::new("")).snapshot(&ScanOptions::default());
        let pid = i64::from(std::process::id());
        let own = snapshot.threads.iter().find(|thread| thread.tid == pid).expect("this process");
        let exe = std::env::current_exe().unwrap();
        assert_eq!(own.exepath, exe.as_os_str().as_encoded_bytes());
        assert_eq!(own.cwd, std::env::current_dir().unwrap().as_os_str().as_encoded_bytes());
        assert_eq!(own.pid, pid);
        assert!(own.fds.iter().any(|fd| fd.fd == 0));
        assert!(own.vmsize_kb > 0 && own.fdlimit > 0 && own.clone_ts > snapshot.machine.boot_ts);
        assert!(snapshot.machine.num_cpus > 0 && snapshot.machine.memory_bytes > 0);
        assert!(report.processes > 0 && !report.timed_out);
        assert!(
            snapshot.threads.iter().any(|thread| thread.pid == pid && thread.tid != pid),
            "the test runs in a thread"
        );
    }

    #[test]
    fn one_thread_is_read_like_in_a_scan() {
        let proc = Proc::new(Path::new("/"));
        let pid = i64::from(std::process::id());
        let own = proc.thread(pid).expect("this process");
        assert_eq!((own.tid, own.pid), (pid, pid));
        assert_eq!(proc.comm(pid, pid), Some(own.comm));
        assert_eq!(proc.thread(i64::from(i32::MAX)), None);
        assert!(proc.users_of(pid).is_some());
    }

    #[test]
    fn a_minimal_scan_has_no_threads_and_only_sockets() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let options = ScanOptions { threads: false, fds: FdScan::Sockets, ..ScanOptions::default() };
        let (snapshot, report) = Proc::new(Path::new("/")).snapshot(&options);
        assert_eq!(report.threads, 0);
        let own = snapshot.threads.iter().find(|thread| thread.tid == i64::from(std::process::id())).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(own.fds.iter().any(|fd| matches!(
            fd.kind,
            windhover_event::snapshot::FdEntryKind::Ipv4Server { addr: (_, found), l4: 2 } if found == port
        )));
    }

    #[test]
    fn a_scan_whose_time_is_up_says_so() {
        let options = ScanOptions { timeout: Some(Duration::ZERO), ..ScanOptions::default() };
        let (snapshot, report) = Proc::new(Path::new("/")).snapshot(&options);
        assert!(report.timed_out && snapshot.threads.is_empty());
    }
}
