//! The live model: threads, file descriptors, users, groups and containers, kept by events.
//!
//! [`System`] starts from a [snapshot](System::load), takes one event after the other ([`System::apply`]), and shows
//! each as a [`Context`]: the event's thread, its lineage, its descriptor. It does no input or output; what only the
//! running machine can tell comes through [`Lookup`], and a replay hands in none. It knows no filter, no field and no
//! rule.
//!
//! ```
//! use windhover_event::snapshot::{Snapshot, ThreadEntry};
//! use windhover_event::{AT_FDCWD, Builder, EventType};
//! use windhover_system::{Applied, Limits, System};
//!
//! let shell = ThreadEntry {
//!     tid: 100,
//!     pid: 100,
//!     ptid: 1,
//!     comm: b"sh".to_vec(),
//!     cwd: b"/srv".to_vec(),
//!     ..ThreadEntry::default()
//! };
//! let mut system = System::new(Limits::default());
//! system.load(Snapshot { threads: vec![shell], ..Snapshot::default() });
//!
//! let mut bytes = Vec::new();
//! let mut openat = Builder::new(&mut bytes, EventType::SYSCALL_OPENAT_2_X, 1_000, 100);
//! openat.int(3).int(AT_FDCWD).str(b"../etc/motd").uint(1).uint(0).uint(0).uint(77);
//! assert_eq!(system.apply(&openat.finish()?, None), Applied::Shown);
//!
//! let context = system.context();
//! assert_eq!(context.thread().map(|thread| &thread.comm[..]), Some(&b"sh"[..]));
//! assert_eq!(context.fd().map(|fd| &fd.name[..]), Some(&b"/etc/motd"[..]));
//! # Ok::<(), windhover_event::BuildEventError>(())
//! ```
//!
//! # Versions
//!
//! A [`Thread`] never changes while somebody holds it; a change makes another. What ordinary events change (memory sizes,
//! fault counters, the time of the last event, descriptors) lies beside it and makes no version.
//!
//! [`Context::version`] is a number that is never given twice. As long as it stays the same, so does every
//! *process-scoped* fact of the thread: its own and its main thread's [`Thread`] fields, those of all ancestors, of the
//! session's and process groups' leaders, the metadata of its container, and the names of its user and group. Thus a
//! new number comes with:
//!
//! - a change of the thread (exec, changed user, group, capabilities, session, limit of files, root, container), also
//!   of its main thread (working directory, environment);
//! - any such change, a new parent or the end of a thread above it in its lineage;
//! - any such change, the appearance or the end of a thread whose id it has as session, process group or process group
//!   in its namespace;
//! - metadata of its container that come, change or go; users or groups of its container (or of the host) likewise.
//!
//! Not process-scoped, and free to change without a new number: descriptors (also those of standard input and output),
//! how many of them and of the process's threads there are, memory sizes, page faults, and everything that depends on
//! the time of the event.
//!
//! # Bounds
//!
//! Every table has a limit ([`Limits`]); what it refuses or removes is counted ([`Counters`]). Strings are shared through
//! a cache of fixed size, not a table that would have to be emptied.
//!
//! # More than one worker
//!
//! Events touch two kinds of state. Descriptors, enter events, memory sizes and the current event belong to one process,
//! and so to one worker. Threads, their lineage, users and containers are looked up across processes, and change seldom.
//! Each worker has a model of its own, in which it follows the first kind for its [`Share`] of the processes only, and
//! the second for all, because every worker takes in every lifecycle event, in the same order. What a new process
//! inherits from a parent of another share is handed over as a [`Bequest`].

#![forbid(unsafe_code)]

mod apply;
mod cgroup;
mod container;
mod context;
mod effect;
mod event;
mod exited;
mod fd;
mod fd_table;
mod found;
mod interface;
mod interner;
mod lifetime;
mod limit;
mod load;
mod lookup;
mod pool;
mod share;
mod snapshot;
mod socket;
mod suppress;
mod system;
mod table;
mod thread;
mod user;

pub use cgroup::{CgroupMatch, match_cgroup, match_cgroups};
pub use container::{ContainerInfo, Mount, ParseContainerError, PortMapping, container_kind};
pub use context::{Ancestors, Context};
pub use fd::{Endpoint, Fd, FdKind, L4, Socket, fd_bit, open_flag};
pub use fd_table::FdTable;
pub use interface::Interfaces;
pub use limit::{Counters, Limits};
pub use lookup::{Alive, Lookup};
pub use share::{Awaited, Bequest, Share};
pub use snapshot::Checkpoint;
pub use system::{Applied, System};
pub use thread::{Bytes, Live, Thread, flag};
pub use user::{Group, User, UserTable};
