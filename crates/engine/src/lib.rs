//! Sources, model, rules and alerts wired together.
//!
//! An [`Engine`] takes events from a source ([`replay`], or the probe by [`live`]), applies them to the model, asks a
//! [`Matcher`] which rules they match, and hands alerts to the outputs. It knows no command line, no configuration file
//! and no HTTP: what it is to do is handed in.

#![forbid(unsafe_code)]

pub mod collection;
mod engine;
pub mod file;
pub mod live;
mod loss;
mod matcher;
mod replay;
mod ruleset;
mod signal;
mod tally;
mod vocabulary;

pub use engine::{Engine, EngineOptions, EventCounts, Log, Outcome, TooManyLostError};
pub use loss::{FullByClass, LossAction, LossMonitor, LossPolicy, LossReport, Losses};
pub use matcher::{Candidate, Matcher, PlainMatcher};
pub use replay::{ReplayEnd, replay};
pub use ruleset::{ActivateRuleError, ActiveRule, activate};
pub use signal::{Signal, Signals};
pub use tally::Tally;
pub use vocabulary::Vocabulary;
