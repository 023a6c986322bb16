//! Capture files (.scap): blocks read and written.

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

pub use error::{ReadCaptureError, ReadCaptureReason, WriteCaptureError};
pub use limit::Limits;
pub use reader::{CapturedEvent, Progress, ReadStats, Reader, Record};
