//! The alert, its channels, and the queues between them.
//!
//! An [`Alert`] is what a match becomes. [`Outputs`] hands it to every channel: each has a bounded queue and a thread of
//! its own, so a slow or dead one delays neither the engine nor another channel. What does not arrive is counted by
//! channel and cause ([`ChannelStats`]), and said ([`Notice`]).
//!
//! This crate knows neither rules nor events nor configuration files: what it is to do is handed in.
//!
//! ```
//! use windhover_outputs::{Alert, Format, Priority};
//!
//! let format = Format { json: true, hostname: "web-1".into(), ..Format::default() };
//! let alert = Alert::internal(1_000_000_000, "example", Priority::Notice, "all is well".into());
//! assert_eq!(
//!     String::from_utf8(format.line(&alert)).unwrap(),
//!     concat!(
//!         r#"{"hostname":"web-1","output":"all is well","output_fields":{},"priority":"Notice","#,
//!         r#""rule":"example","source":"internal","time":"1970-01-01T00:00:01.000000000Z"}"#,
//!         "\n"
//!     )
//! );
//! ```

#![forbid(unsafe_code)]

mod alert;
mod channel;
mod dispatch;
mod format;
mod lane;
mod priority;
mod queue;
mod time;

pub use alert::{Alert, JsonValue, Origin};
pub use channel::{
    Channel, DeliverError, Delivery, Facility, FileChannel, HttpChannel, HttpOptions, OpenHttpError,
    OpenRemoteSyslogError, Outcome, PemError, ProgramChannel, RemoteSyslogChannel, RemoteSyslogOptions, StreamChannel,
    SyslogChannel, SyslogSocket, Transport,
};
pub use dispatch::{ChannelStats, Notice, OutputChange, Outputs, Report};
pub use format::{Format, LocalZone, Terminal};
pub use priority::{ParsePriorityError, Priority};
pub use queue::{Overflow, QueueLimits};
