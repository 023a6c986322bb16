//! Bounds of the model, and the counters of what they and everything else did.

/// How much the model may hold. What does not fit is refused or evicted, and counted in [`Counters`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Threads.
    pub threads: usize,
    /// Descriptors per process.
    pub fds: usize,
    /// Containers with metadata.
    pub containers: usize,
    /// Users, and as many groups, per container (and for the host).
    pub users: usize,
    /// Bytes of one container's metadata as JSON; larger is refused.
    pub container_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { threads: 262_144, fds: 4096, containers: 16_384, users: 16_384, container_bytes: 1 << 20 }
    }
}

/// What the model did, counted from its start. The first group has the names of the reference's metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counters {
    pub n_noncached_fd_lookups: u64,
    pub n_cached_fd_lookups: u64,
    pub n_failed_fd_lookups: u64,
    pub n_added_fds: u64,
    pub n_removed_fds: u64,
    pub n_stored_evts: u64,
    pub n_store_evts_drops: u64,
    pub n_retrieved_evts: u64,
    pub n_retrieve_evts_drops: u64,
    pub n_noncached_thread_lookups: u64,
    pub n_cached_thread_lookups: u64,
    pub n_failed_thread_lookups: u64,
    pub n_added_threads: u64,
    pub n_removed_threads: u64,
    pub n_drops_full_threadtable: u64,
    /// Descriptors refused because their process's table was full.
    pub fds_refused: u64,
    /// Threads replaced because their id was used again before their exit was seen.
    pub tid_collisions: u64,
    /// Threads removed by a purge.
    pub threads_purged: u64,
    /// Containers refused because the table was full, or their metadata too large or malformed.
    pub containers_refused: u64,
    /// Users and groups refused because their table was full.
    pub users_refused: u64,
    /// New processes whose inherited descriptors another worker did not hand over in time: they were looked up.
    pub bequests_lost: u64,
    /// Events dropped because their thread is suppressed.
    pub events_suppressed: u64,
}

impl Counters {
    /// Adds what another model did.
    pub fn add(&mut self, other: &Self) {
        let Self {
            n_noncached_fd_lookups,
            n_cached_fd_lookups,
            n_failed_fd_lookups,
            n_added_fds,
            n_removed_fds,
            n_stored_evts,
            n_store_evts_drops,
            n_retrieved_evts,
            n_retrieve_evts_drops,
            n_noncached_thread_lookups,
            n_cached_thread_lookups,
            n_failed_thread_lookups,
            n_added_threads,
            n_removed_threads,
            n_drops_full_threadtable,
            fds_refused,
            tid_collisions,
            threads_purged,
            containers_refused,
            users_refused,
            bequests_lost,
            events_suppressed,
        } = self;
        for (sum, more) in [
            (n_noncached_fd_lookups, other.n_noncached_fd_lookups),
            (n_cached_fd_lookups, other.n_cached_fd_lookups),
            (n_failed_fd_lookups, other.n_failed_fd_lookups),
            (n_added_fds, other.n_added_fds),
            (n_removed_fds, other.n_removed_fds),
            (n_stored_evts, other.n_stored_evts),
            (n_store_evts_drops, other.n_store_evts_drops),
            (n_retrieved_evts, other.n_retrieved_evts),
            (n_retrieve_evts_drops, other.n_retrieve_evts_drops),
            (n_noncached_thread_lookups, other.n_noncached_thread_lookups),
            (n_cached_thread_lookups, other.n_cached_thread_lookups),
            (n_failed_thread_lookups, other.n_failed_thread_lookups),
            (n_added_threads, other.n_added_threads),
            (n_removed_threads, other.n_removed_threads),
            (n_drops_full_threadtable, other.n_drops_full_threadtable),
            (fds_refused, other.fds_refused),
            (tid_collisions, other.tid_collisions),
            (threads_purged, other.threads_purged),
            (containers_refused, other.containers_refused),
            (users_refused, other.users_refused),
            (bequests_lost, other.bequests_lost),
            (events_suppressed, other.events_suppressed),
        ] {
            *sum += more;
        }
    }
}
