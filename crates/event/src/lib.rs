//! What an event is: the tables of event types, parameters, flags and system calls; the borrowed view of an encoded
//! event; the values and texts of its parameters; the encoder.
//!
//! An event has one encoding all the way from the kernel to a capture file: a header, the lengths of the parameters, the
//! parameters, and behind them what only Windhover's own probe adds ([`extension`]). [`EventView`] borrows one wherever
//! it lies, checks it once, and decodes a parameter when somebody asks for it. Nothing here allocates per event, and no
//! bytes from outside can make it panic: they are an event or a [`DecodeEventError`].
//!
//! This crate knows no state. What a descriptor, a user or a relative path stands for comes from the model, through
//! [`render::Resolve`]. It opens no file and calls no kernel.
//!
//! ```
//! use windhover_event::render::{NoThread, Renderer};
//! use windhover_event::{AT_FDCWD, Builder, EventType, EventView, ParamValue};
//!
//! // What a probe or a plugin does: encode.
//! let mut bytes = Vec::new();
//! let mut event = Builder::new(&mut bytes, EventType::SYSCALL_UNLINKAT_2_X, 1_700_000_000_000_000_000, 42);
//! event.int(-13).int(AT_FDCWD).str(b"/etc/shadow").uint(0);
//! event.finish()?;
//!
//! // What everybody else does: view.
//! let event = EventView::parse(&bytes)?;
//! assert_eq!(event.name(), "unlinkat");
//! assert_eq!(event.i64(0), Some(-13));
//! assert_eq!(event.str(2), Some(&b"/etc/shadow"[..]));
//! assert_eq!(event.value(3)?, Some(ParamValue::Flags(0)));
//! let path = event.info().param_index("name").and_then(|index| event.str(index));
//! assert_eq!(path, Some(&b"/etc/shadow"[..]));
//!
//! // What outputs do: print.
//! let mut text = Vec::new();
//! Renderer::new(&NoThread).args(&event, &mut text);
//! assert_eq!(text, b"res=-13(EACCES) dirfd=-100 name=/etc/shadow flags=0");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod builder;
pub mod connection;
pub mod extension;
pub mod flag;
mod index;
pub mod name;
pub mod path;
pub mod render;
pub mod set;
pub mod snapshot;
pub mod syscall;
mod table;
pub mod text;
pub mod time;
mod value;
mod view;

pub use builder::{BuildEventError, BuildEventReason, Builder, MAX_EVENT_LEN};
pub use set::{EventSet, SyscallSet};
pub use syscall::Syscall;
pub use table::{
    DynamicType, EVENTS, EventInfo, EventType, ParamInfo, ParamTable, ParamType, PrintFormat, Status, category,
    event_flag,
};
pub use value::{
    AT_FDCWD, DecodeParamError, DecodeParamReason, Dynamic, FdList, ParamValue, SockAddr, SockTuple, StrList,
    decode_param, family, present,
};
pub use view::{DecodeEventError, DecodeEventReason, EventView, HEADER_LEN};
