//! Severity of a rule and of its alerts.

use std::fmt;
use std::str::FromStr;

/// Severity, most severe first; the order is the rank 0 to 7 that syslog uses too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Priority {
    Emergency,
    Alert,
    Critical,
    Error,
    Warning,
    Notice,
    Informational,
    Debug,
}

/// A word that names no priority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown priority `{0}`: expected emergency, alert, critical, error, warning, notice, informational or debug")]
pub struct ParsePriorityError(String);

impl Priority {
    /// All of them, most severe first.
    pub const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Informational,
        Self::Debug,
    ];

    /// 0 (emergency) to 7 (debug), as in syslog.
    pub const fn rank(self) -> u8 {
        self as u8
    }

    /// The priority of a rank, if there is one.
    pub const fn from_rank(rank: u8) -> Option<Self> {
        if rank < 8 { Some(Self::ALL[rank as usize]) } else { None }
    }

    /// The word that alerts carry: `Warning`, `Informational` …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Alert => "Alert",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Informational => "Informational",
            Self::Debug => "Debug",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Priority {
    type Err = ParsePriorityError;

    /// Any case; `info` stands for `informational`.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        if word.eq_ignore_ascii_case("info") {
            return Ok(Self::Informational);
        }
        let found = Self::ALL.into_iter().find(|priority| priority.name().eq_ignore_ascii_case(word));
        found.ok_or_else(|| ParsePriorityError(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case_and_ranks_go_both_ways() {
        for (rank, priority) in Priority::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(priority.rank()), rank);
            assert_eq!(Priority::from_rank(priority.rank()), Some(priority));
            assert_eq!(priority.name().to_uppercase().parse(), Ok(priority));
        }
        assert_eq!("InFo".parse(), Ok(Priority::Informational));
        assert_eq!(Priority::from_rank(8), None);
        assert!("warn".parse::<Priority>().is_err());
        assert!(Priority::Critical < Priority::Debug);
    }
}
