//! Loads the eBPF objects, drains their ring buffers, and reads /proc once.

mod error;
mod losses;
mod options;
mod probe;
mod proc;
mod reader;
mod selection;
mod system;

pub use error::{LoadProbeError, ProbeMapError};
pub use losses::{Losses, Stats};
pub use options::{Options, Scope};
pub use probe::Probe;
pub use proc::{FdScan, Proc, ScanOptions, ScanReport};
pub use reader::Reader;
