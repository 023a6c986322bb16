//! What the kernel sees, as events: loads Windhover's eBPF programs, says which calls they watch and whose, hands out the
//! events from their ring buffers, and counts what was lost and why. And the state of the machine before the first event,
//! read from `/proc`.
//!
//! The crate knows how to get at facts and nothing of what they mean: it may not know the model, rules or fields. An event
//! is bytes in the encoding of [`windhover_event::EventView`], as the kernel's side wrote them; nothing is encoded anew.
//!
//! # From nothing to events
//!
//! ```text
//! Options ── Probe::load ──▶ maps and constants in the kernel, nothing attached
//!                │ select ─▶ programs of the wanted calls loaded and attached; again at any time
//!                │ take_readers ─▶ one Reader per ring buffer, for the thread that works on it: drain, wait
//!                │ stats ──▶ seen, delivered and lost by event type and cause
//!              drop ───────▶ everything detached
//! ```
//!
//! Loading needs root, or `CAP_BPF` and `CAP_PERFMON` (and `CAP_SYS_PTRACE` to read other users' `/proc`), on Linux 5.8 or
//! later with BTF. [`LoadProbeError`] says what is missing.
//!
//! # What is not lost silently
//!
//! For each event type, `seen = delivered + lost by cause + still in a ring buffer` holds exactly, once the calls that are
//! under way have ended. Newest kernels can interrupt a program and then leave out the same program for another task on the
//! processor; [`Stats::missed`] counts that.
//!
//! # Example
//!
//! ```no_run
//! use std::time::Duration;
//! use windhover_event::{EventView, Syscall};
//! use windhover_probe::{Options, Probe, Proc, ScanOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut probe = Probe::load(Options::default())?;
//! probe.select(&["openat", "execve", "sched_process_exit"].iter().filter_map(|name| Syscall::by_name(name)).collect())?;
//! // What is there already, read after the probe watches so that nothing falls in between.
//! let (snapshot, _) = Proc::new("/".as_ref()).snapshot(&ScanOptions::default());
//! println!("{} threads", snapshot.threads.len());
//! let mut reader = probe.take_readers().pop().expect("one ring buffer is the default");
//! for _ in 0..1000 {
//!     reader.drain(4096, &mut |bytes| {
//!         if let Ok(event) = EventView::parse(bytes) {
//!             println!("{} {}", event.tid(), event.kind().info().name);
//!         }
//!     });
//!     reader.wait(Duration::from_millis(2));
//! }
//! println!("{} events lost", probe.stats()?.total().lost());
//! # Ok(())
//! # }
//! ```

mod clock;
mod error;
mod kernel_types;
mod loading;
mod losses;
mod options;
mod probe;
mod proc;
mod reader;
mod selection;
mod system;
mod told;
mod verdict;

pub use clock::Clock;
pub use error::{LoadProbeError, ProbeMapError};
pub use loading::Loading;
pub use losses::{Losses, Stats};
pub use options::{Options, Scope};
pub use probe::Probe;
pub use proc::{FdScan, Proc, ScanOptions, ScanReport};
pub use reader::{Reader, RingGauge};
pub use system::give_memory_back;
pub use told::{tells_connection, tells_descriptor};
pub use verdict::{
    COLUMN_WIDTH, JUDGED_PATH, JudgedCall, JudgedRow, MAX_CLASSES, MAX_COLUMNS, MAX_ENDS, MAX_PROFILES, MAX_STATES,
    NewProfile, NumberOp, NumberTest, Outcomes, Place, Program, Question, Sorts, VARIANTS, VerdictRow, Verdicts, Words,
};
