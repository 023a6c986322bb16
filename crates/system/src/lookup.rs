//! How the model asks for what events did not tell.

use windhover_event::snapshot::{FdEntry, GroupEntry, ThreadEntry, UserEntry};

/// Answers questions about the running machine. A live engine answers from `/proc`; a replay has none, so that the same
/// capture gives the same result everywhere.
pub trait Lookup {
    /// The thread as it is now, with its descriptors if it is a main thread; `None` if it is gone.
    fn thread(&mut self, tid: i64) -> Option<ThreadEntry>;

    /// One descriptor of a process.
    fn fd(&mut self, pid: i64, fd: i64) -> Option<FdEntry>;

    /// Users and groups as the process sees them (its own root's `/etc/passwd` and `/etc/group`); `container` is its
    /// container's id, empty for a process of the host. `None` if it is gone, or not yet below its container's root.
    fn users(&mut self, pid: i64, container: &[u8]) -> Option<(Vec<UserEntry>, Vec<GroupEntry>)>;
}

/// Says which threads still exist, for [`System::purge`](crate::System::purge).
pub trait Alive {
    /// The kernel's name of the thread; `None` if there is no such thread.
    fn comm(&mut self, pid: i64, tid: i64) -> Option<Vec<u8>>;
}
