//! Event and parameter tables, the borrowed event view, and the codec of one event.

mod builder;
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
    decode_param, family,
};
pub use view::{DecodeEventError, DecodeEventReason, EventView, HEADER_LEN};
