//! Event and parameter tables, the borrowed event view, and the codec of one event.

pub mod snapshot;
mod table;
mod view;

pub use table::{EVENTS, EventInfo, EventType, ParamInfo};
pub use view::{DecodeEventError, DecodeEventReason, EventView, HEADER_LEN};
