//! The live model: threads, file descriptors, users, groups and containers, kept by events.
