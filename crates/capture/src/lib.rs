//! Capture files (`.scap`): blocks read and written.
//!
//! A capture holds what was known about a machine (a [`Snapshot`](windhover_event::snapshot::Snapshot): processes and
//! their open files, users, groups, network interfaces), then the events that happened on it. This crate knows the
//! format: it gives and takes snapshots and events, and knows nothing of the model that they feed, nor of when to start
//! another file or what to name it.
//!
//! ```
//! use windhover_capture::{CapturedEvent, Compression, Reader, Record, Writer};
//! use windhover_event::snapshot::{Machine, Snapshot};
//! use windhover_event::{Builder, EventType};
//!
//! // What the probe gives, or another capture: thread 42 closes descriptor 3.
//! let mut bytes = Vec::new();
//! let mut event = Builder::new(&mut bytes, EventType::SYSCALL_CLOSE_X, 1_700_000_000_000_000_000, 42);
//! event.int(0).int(3);
//! let event = event.finish()?;
//!
//! let snapshot = Snapshot { machine: Machine { num_cpus: 2, ..Machine::default() }, ..Snapshot::default() };
//! let mut writer = Writer::new(Vec::new(), Compression::Gzip, &snapshot)?;
//! writer.write(&CapturedEvent { cpu: 1, state_only: false, event })?;
//! let file = writer.finish()?;
//!
//! let mut reader = Reader::from_read(std::io::Cursor::new(file))?;
//! assert_eq!(reader.snapshot().machine.num_cpus, 2);
//! let mut closed = 0;
//! while let Some(record) = reader.next()? {
//!     match record {
//!         Record::Event(captured) if captured.event.kind() == EventType::SYSCALL_CLOSE_X => closed += 1,
//!         Record::Event(_) => {}
//!         Record::Section(_snapshot) => closed = 0, // another capture follows in the same file: start anew
//!     }
//! }
//! assert_eq!(closed, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is read
//! Everything the reference reads: all versions of all blocks, gzip'd or plain, several captures one after another. Events of
//! older schemas come out in today's; what has no counterpart there (enter events, fillers) is left out and counted,
//! and so are blocks and events newer than what is known ([`ReadStats`]). The numbers are little-endian, as every
//! platform writes them that has events to record; the format has no other byte order for a file to announce.
//!
//! Nothing in a file is trusted: each length is checked against what is there, memory is bounded by [`Limits`], and what
//! is wrong becomes a [`ReadCaptureError`] with its place. What was given before stays valid.
//!
//! # What is written
//! Format 1.2 with the newest version of each list, so that the reference and tools built on it can open the file. Older
//! tools skip events of types newer than they are, and of an event with more parameters than they know they show those
//! that they know. Not every one is so careful: sysdig 0.29.3, which Debian 12 has, opens these files and lists their
//! events, but crashes at the first generic event of a system call newer than itself (`rseq`, for one); it does so on
//! the reference's own captures as well. Tools much older than the list versions cannot open the file at all.
//!
//! What the format bounds is cut on writing: paths and names of processes to 1024 bytes, arguments, environment and
//! cgroups to 4096, names of descriptors to 1023, of users, their homes and shells to 255. The time at which a thread
//! began is not in the format.

mod block;
mod convert;
mod cursor;
mod error;
mod input;
mod limit;
mod list;
mod reader;
mod section;
mod upgrade;
mod writer;

pub use error::{ReadCaptureError, ReadCaptureReason, WriteCaptureError};
pub use limit::Limits;
pub use reader::{CapturedEvent, Progress, ReadStats, Reader, Record};
pub use writer::{Compression, Writer};
