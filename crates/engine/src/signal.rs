//! What the world tells a running engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Flags that signal handlers set and the engine's loop looks at.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// End in good order.
    pub stop: Arc<AtomicBool>,
    /// Open files and programs of outputs anew.
    pub reopen: Arc<AtomicBool>,
    /// Read configuration and rules anew.
    pub reload: Arc<AtomicBool>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End in good order.
    Stop,
    /// Open files and programs of outputs anew.
    Reopen,
    /// Read configuration and rules anew.
    Reload,
}

impl Signals {
    /// What is to be done next, if anything; each is told once, the end first.
    pub fn take(&self) -> Option<Signal> {
        let flags = [(&self.stop, Signal::Stop), (&self.reopen, Signal::Reopen), (&self.reload, Signal::Reload)];
        flags.into_iter().find(|(flag, _)| flag.swap(false, Ordering::Relaxed)).map(|(_, signal)| signal)
    }
}
