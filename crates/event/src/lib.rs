//! Event and parameter tables, the borrowed event view, and the codec of one event.

pub mod flag;
mod index;
pub mod name;
pub mod set;
pub mod snapshot;
pub mod syscall;
mod table;
mod view;

pub use set::{EventSet, SyscallSet};
pub use syscall::Syscall;
pub use table::{
    DynamicType, EVENTS, EventInfo, EventType, ParamInfo, ParamTable, ParamType, PrintFormat, Status, category,
    event_flag,
};
pub use view::{DecodeEventError, DecodeEventReason, EventView, HEADER_LEN};
