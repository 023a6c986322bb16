//! The live model: threads, file descriptors, users, groups and containers, kept by events.

#![forbid(unsafe_code)]

mod container;
mod context;
mod fd;
mod fd_table;
mod interface;
mod limit;
mod lookup;
mod system;
mod table;
mod thread;
mod user;

pub use container::{ContainerInfo, Mount, PortMapping, container_kind};
pub use context::{Ancestors, Context};
pub use fd::{Endpoint, Fd, FdKind, L4, Socket, fd_bit};
pub use fd_table::FdTable;
pub use interface::Interfaces;
pub use limit::{Counters, Limits};
pub use lookup::{Alive, Lookup};
pub use system::{Applied, System};
pub use thread::{Bytes, Live, Thread, flag};
pub use user::{Group, User, UserTable};

/// The directory descriptor that stands for the working directory, as events carry it on every architecture.
pub const AT_FDCWD: i64 = -100;
