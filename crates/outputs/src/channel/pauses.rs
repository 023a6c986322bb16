//! Waiting between attempts.

use std::time::Duration;

/// Pauses before attempts, each twice as long as the one before.
#[derive(Debug)]
pub(super) struct Pauses(Duration);

impl Pauses {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(10);

    pub(super) fn new() -> Self {
        Self(Self::FIRST)
    }

    /// Waits.
    pub(super) fn wait(&mut self) {
        std::thread::sleep(self.0);
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}
