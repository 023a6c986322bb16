//! Loading the probe beside other work: most of it is the kernel's, and takes longer than anything else at a start.

use std::io;
use std::panic::resume_unwind;
use std::thread::{Builder, JoinHandle};

use windhover_event::SyscallSet;

use crate::error::LoadProbeError;
use crate::options::Options;
use crate::probe::Probe;

/// A probe that is being loaded on a thread of its own.
pub struct Loading {
    thread: JoinHandle<Result<Probe, LoadProbeError>>,
}

impl Loading {
    /// Begins to load the probe, and then the programs of the calls that will probably be selected: it does no harm if others are.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(options: Options, calls: SyscallSet) -> io::Result<Self> {
        crate::system::keep_little_memory();
        let load = move || {
            let mut probe = Probe::load(options)?;
            probe.prepare(&calls)?;
            Ok(probe)
        };
        Ok(Self { thread: Builder::new().name("load".to_owned()).spawn(load)? })
    }

    /// Waits for the probe.
    ///
    /// # Errors
    /// As [`Probe::load`].
    pub fn finish(self) -> Result<Probe, LoadProbeError> {
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}
