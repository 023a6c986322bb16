//! Bounds on what a capture can make the reader hold in memory.

/// Bounds on memory. The defaults read anything that a real machine gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all lists (processes, descriptors, users, interfaces) of one section, as they stand in the capture.
    pub snapshot_bytes: u64,
    /// Entries of all those lists together.
    pub snapshot_entries: u64,
    /// Bytes of one event of the types that may be large (plugin events, asynchronous events, container metadata).
    pub large_event_bytes: u64,
    /// Bytes of enter events remembered for the exit events that they belong to (old captures only).
    pub remembered_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            snapshot_bytes: 512 << 20,
            snapshot_entries: 4 << 20,
            large_event_bytes: 64 << 20,
            remembered_bytes: 32 << 20,
        }
    }
}
