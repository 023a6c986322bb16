//! Loads the eBPF objects, drains their ring buffers, and reads /proc once.
