//! The live model: threads, file descriptors, users, groups and containers, kept by events.

#![forbid(unsafe_code)]

mod apply;
mod cgroup;
mod container;
mod context;
mod event;
mod exited;
mod fd;
mod fd_table;
mod interface;
mod interner;
mod lifetime;
mod limit;
mod load;
mod lookup;
mod pool;
mod socket;
mod suppress;
mod system;
mod table;
mod thread;
mod user;

pub use cgroup::{CgroupMatch, match_cgroup};
pub use container::{ContainerInfo, Mount, ParseContainerError, PortMapping, container_kind};
pub use context::{Ancestors, Context};
pub use fd::{Endpoint, Fd, FdKind, L4, Socket, fd_bit, open_flag};
pub use fd_table::FdTable;
pub use interface::Interfaces;
pub use limit::{Counters, Limits};
pub use lookup::{Alive, Lookup};
pub use system::{Applied, System};
pub use thread::{Bytes, Live, Thread, flag};
pub use user::{Group, User, UserTable};
