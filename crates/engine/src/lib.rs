//! Sources, model, plan and alerts wired together.

#![forbid(unsafe_code)]

pub mod collection;
pub mod file;
mod loss;
mod tally;

pub use loss::{FullByClass, LossAction, LossMonitor, LossPolicy, LossReport, Losses};
pub use tally::Tally;
