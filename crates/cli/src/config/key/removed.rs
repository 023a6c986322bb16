//! Keys of older releases of the reference. They have no effect, there as here; here it is said what to use instead.

/// A key that older releases had.
#[derive(Clone, Copy, Debug)]
pub struct Removed {
    /// Its place.
    pub path: &'static str,
    /// What to do instead: an imperative sentence without its full stop.
    pub instead: &'static str,
}

/// Keys that were removed.
pub const REMOVED: &[Removed] = &[
    removed("grpc", "receive alerts with `http_output`, or read them from `program_output`"),
    removed("grpc_output", "receive alerts with `http_output`, or read them from `program_output`"),
    removed("outputs", "bound the alerts that wait with `outputs_queue.capacity`; rates are not limited any more"),
    removed("syscall_buf_size_preset", "set `engine.modern_ebpf.buf_size_preset`"),
    removed("syscall_drop_failed_exit", "set `engine.modern_ebpf.drop_failed_exit`"),
    removed("modern_bpf", "set `engine.modern_ebpf.cpus_for_each_buffer`"),
    removed("engine.ebpf", "set `engine.kind: modern_ebpf`: no separate probe file is needed"),
    removed("engine.gvisor", "set `engine.kind: modern_ebpf` on the host that runs the sandboxes"),
    removed("container_engines", "set `engines` in the `init_config` of the plugin `container`"),
    removed("metadata_download", "remove it: metadata comes from the container runtimes"),
    removed("webserver.k8s_audit_endpoint", "load the plugin `k8saudit`, which brings its own server"),
    removed("rule_files", "write `rules_files`"),
];

const fn removed(path: &'static str, instead: &'static str) -> Removed {
    Removed { path, instead }
}

/// A word that a key took in older releases.
#[derive(Clone, Copy, Debug)]
pub struct RemovedWord {
    /// The key.
    pub path: &'static str,
    /// The word.
    pub word: &'static str,
    /// What to do instead: an imperative sentence without its full stop.
    pub instead: &'static str,
}

/// Words that were removed.
pub const REMOVED_WORDS: &[RemovedWord] = &[
    RemovedWord {
        path: "engine.kind",
        word: "gvisor",
        instead: "write `modern_ebpf`, and run on the host that runs the sandboxes",
    },
    RemovedWord { path: "engine.kind", word: "none", instead: "write `nodriver`" },
];
