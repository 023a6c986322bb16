//! Sources, model, rules and alerts wired together.
//!
//! An [`Engine`] takes events from a source ([`replay`], or the probe by [`live`]), applies them to the model, asks a
//! [`Matcher`] which rules they match, and hands alerts to the outputs. It knows no command line, no configuration file
//! and no HTTP: what it is to do is handed in.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use windhover_engine::{Engine, EngineOptions, LossPolicy, Vocabulary, activate};
//! use windhover_event::{text::BufferFormat, time::Zone};
//! use windhover_outputs::{Format, Outputs, Priority};
//! use windhover_rules::{LoadOptions, Loader};
//!
//! let vocabulary = Vocabulary::new(&[])?;
//! let mut loader = Loader::new(&vocabulary, LoadOptions::default());
//! let text = "- {rule: umask, desc: d, condition: evt.type = umask, output: '%evt.num', priority: INFO}";
//! assert!(loader.load("example.yaml", text).successful());
//! let rules = activate(&loader.finish().rules, Priority::Debug, &[], &vocabulary)?;
//!
//! let options = EngineOptions {
//!     match_all: false,
//!     evaluation: windhover_engine::Evaluation::default(),
//!     limits: Default::default(),
//!     zone: Zone::UTC,
//!     buffers: BufferFormat::Dots,
//!     loss_policy: LossPolicy::default(),
//!     self_pid: None,
//!     time_rules: false,
//! };
//! let outputs = Outputs::new(Format::default(), Arc::new(|notice| eprintln!("{notice:?}")));
//! let engine = Engine::new(rules, vocabulary.catalogue().clone(), outputs, Arc::new(|_, _| {}), options);
//! let outcome = engine.finish(Duration::from_secs(2));
//! assert_eq!(outcome.tally.total(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod collection;
pub mod crew;
mod engine;
pub mod file;
mod host_names;
pub mod live;
pub mod look;
mod loss;
mod matcher;
pub mod metric;
mod observer;
pub mod recording;
mod reload;
mod replay;
mod rule_clock;
mod ruleset;
mod signal;
mod silence;
mod stakes;
mod status;
mod tally;
pub mod verdict;
mod vocabulary;
mod worker;

pub use engine::{Engine, EngineOptions, EventCounts, Log, Outcome, TooManyLostError};
pub use loss::{FullByClass, LossAction, LossMonitor, LossPolicy, LossReport, Losses};
pub use matcher::{Candidate, Evaluation, Matcher, PlainMatcher, StagedMatcher};
pub use observer::{Observed, Observer, RecordingWish};
pub use reload::{CompiledRules, Reload, Reloads, RetiredRules};
pub use replay::{ReplayEnd, ReplayError, STANDARD_INPUT, replay, replay_with};
pub use ruleset::{ActivateRuleError, ActiveRule, activate};
pub use signal::{Signal, Signals};
pub use stakes::Stakes;
pub use status::{
    CpuCounts, Facts, FileDigest, InterfaceAddresses, KernelCounts, KindCounts, Measurement, ModelCounts, RingFill,
    RuleHits, Status,
};
pub use tally::{RuleTally, Tally};
pub use vocabulary::Vocabulary;
