//! Lost events: how many, of which kind, and what is done about it.

use std::sync::Arc;

use windhover_event::EventType;
use windhover_outputs::{Alert, Priority};

const SECOND: u64 = 1_000_000_000;
/// Name of the internal notice.
const RULE: &str = "Falco internal: syscall event drop";

/// Totals since the start, as the source counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Events that the kernel made, the lost ones among them.
    pub seen: u64,
    /// Lost because a ring buffer was full, by what they were about.
    pub full: FullByClass,
    /// Lost because they were too large, or could not be put together.
    pub unmade: u64,
    /// Lost for whatever cause, by type; types of which nothing was lost are left out.
    pub by_type: Vec<(EventType, u64)>,
}

/// Events lost to full buffers, grouped as the reference groups them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct FullByClass {
    pub total: u64,
    pub clone_fork: u64,
    pub execve: u64,
    pub connect: u64,
    pub open: u64,
    pub dir_file: u64,
    pub other_interest: u64,
    pub close: u64,
    pub proc_exit: u64,
}

impl FullByClass {
    /// Counts `lost` events of a type.
    pub fn add(&mut self, kind: EventType, lost: u64) {
        self.total += lost;
        match kind.info().name {
            "clone" | "clone3" | "fork" | "vfork" => self.clone_fork += lost,
            "execve" | "execveat" => self.execve += lost,
            "connect" => self.connect += lost,
            "open" | "openat" | "openat2" | "creat" | "open_by_handle_at" => self.open += lost,
            "close" => self.close += lost,
            "procexit" => self.proc_exit += lost,
            "bpf" | "setpgid" | "ptrace" | "seccomp" | "setns" | "setresuid" | "setresgid" | "setsid" | "unshare"
            | "capset" | "keyctl" => self.other_interest += lost,
            "chmod" | "fchmod" | "fchmodat" | "chown" | "lchown" | "fchown" | "fchownat" | "link" | "linkat"
            | "mkdir" | "mkdirat" | "mount" | "umount" | "umount2" | "rename" | "renameat" | "renameat2" | "rmdir"
            | "symlink" | "symlinkat" | "unlink" | "unlinkat" => self.dir_file += lost,
            _ => {}
        }
    }

    fn since(&self, earlier: &Self) -> Self {
        Self {
            total: self.total.saturating_sub(earlier.total),
            clone_fork: self.clone_fork.saturating_sub(earlier.clone_fork),
            execve: self.execve.saturating_sub(earlier.execve),
            connect: self.connect.saturating_sub(earlier.connect),
            open: self.open.saturating_sub(earlier.open),
            dir_file: self.dir_file.saturating_sub(earlier.dir_file),
            other_interest: self.other_interest.saturating_sub(earlier.other_interest),
            close: self.close.saturating_sub(earlier.close),
            proc_exit: self.proc_exit.saturating_sub(earlier.proc_exit),
        }
    }
}

impl Losses {
    /// All events lost, whatever the cause.
    pub fn total(&self) -> u64 {
        self.full.total + self.unmade
    }

    fn types_since(&self, earlier: &Self) -> Vec<(EventType, u64)> {
        let before = |kind| earlier.by_type.iter().find(|(of, _)| *of == kind).map_or(0, |(_, lost)| *lost);
        let since = self.by_type.iter().map(|&(kind, lost)| (kind, lost.saturating_sub(before(kind))));
        since.filter(|(_, lost)| *lost > 0).collect()
    }

    fn since(&self, earlier: &Self) -> Self {
        Self {
            seen: self.seen.saturating_sub(earlier.seen),
            full: self.full.since(&earlier.full),
            unmade: self.unmade.saturating_sub(earlier.unmade),
            by_type: self.types_since(earlier),
        }
    }
}

/// What to do about lost events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossAction {
    /// Nothing.
    Ignore,
    /// A line in the log.
    Log,
    /// An internal alert.
    Alert,
    /// The engine ends.
    Exit,
}

/// When something is to be done about lost events (`syscall_event_drops`).
#[derive(Clone, Debug, PartialEq)]
pub struct LossPolicy {
    /// The part of all events that may be lost before anything is done, 0 to 1.
    pub threshold: f64,
    /// What is done, in order.
    pub actions: Vec<LossAction>,
    /// How often it is done in the long run, per second.
    pub rate: f64,
    /// How often at once.
    pub max_burst: f64,
    /// Whether a loss is pretended every second.
    pub simulate: bool,
}

impl Default for LossPolicy {
    fn default() -> Self {
        Self { threshold: 0.1, actions: vec![LossAction::Ignore], rate: 0.03333, max_burst: 1.0, simulate: false }
    }
}

/// Looks at the losses of every second of event time.
#[derive(Debug)]
pub struct LossMonitor {
    policy: LossPolicy,
    last: Option<(u64, Losses)>,
    tokens: f64,
    filled: u64,
    /// Seconds in which too much was lost.
    pub detected: u64,
    /// Times that something was done.
    pub acted: u64,
}

/// Too much was lost, and something is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct LossReport {
    /// What was lost in the last second.
    pub delta: Losses,
    /// What is to be done.
    pub actions: Vec<LossAction>,
}

impl LossMonitor {
    /// Nothing seen yet.
    pub fn new(policy: LossPolicy) -> Self {
        let tokens = policy.max_burst;
        Self { policy, last: None, tokens, filled: 0, detected: 0, acted: 0 }
    }

    /// Whether a second has passed since the totals were looked at last, by event time.
    pub fn is_due(&self, now: u64) -> bool {
        self.last.as_ref().is_none_or(|(then, _)| now.saturating_sub(*then) >= SECOND)
    }

    /// Looks at the totals, at most once per second of event time.
    pub fn check(&mut self, now: u64, totals: &Losses) -> Option<LossReport> {
        if !self.is_due(now) {
            return None;
        }
        let Some((_, before)) = self.last.replace((now, totals.clone())) else {
            self.filled = now;
            return None;
        };
        let mut delta = totals.since(&before);
        if self.policy.simulate {
            delta.seen += 1;
            delta.full.total += 1;
        }
        let lost = delta.total();
        if lost == 0 {
            return None;
        }
        let threshold = if self.policy.simulate { 0.0 } else { self.policy.threshold };
        let part = if delta.seen == 0 { 1.0 } else { lost as f64 / delta.seen as f64 };
        if part <= threshold {
            return None;
        }
        self.detected += 1;
        if !self.claim(now) {
            return None;
        }
        self.acted += 1;
        Some(LossReport { delta, actions: self.policy.actions.clone() })
    }

    /// What is printed at the end.
    pub fn summary(&self) -> String {
        format!(
            "Syscall event drop monitoring:\n   - event drop detected: {} occurrences\n   - num times actions taken: {}\n",
            self.detected, self.acted
        )
    }

    /// Takes a token, if the bucket has one.
    fn claim(&mut self, now: u64) -> bool {
        let seconds = now.saturating_sub(self.filled) as f64 / SECOND as f64;
        self.tokens = (self.tokens + seconds * self.policy.rate).min(self.policy.max_burst);
        self.filled = now;
        let has = self.tokens >= 1.0;
        if has {
            self.tokens -= 1.0;
        }
        has
    }
}

impl LossReport {
    /// Types of which events were lost, most first, as `name number`.
    pub fn types(&self) -> String {
        let mut types = self.delta.by_type.clone();
        types.sort_by_key(|(_, lost)| std::cmp::Reverse(*lost));
        let types: Vec<String> = types.iter().map(|(kind, lost)| format!("{} {lost}", kind.name())).collect();
        types.join(", ")
    }

    /// The notice in words.
    pub fn message(&self) -> String {
        format!("{RULE}. {} system calls dropped in last second.", self.delta.total())
    }

    /// The internal alert. Values are texts, as in the reference.
    /// `blind` names the rules that saw less meanwhile.
    pub fn alert(&self, now: u64, blind: &[Arc<str>]) -> Alert {
        let full = &self.delta.full;
        let fields = [
            ("ebpf_enabled", 1),
            ("n_drops", self.delta.total()),
            ("n_drops_buffer_clone_fork_exit", full.clone_fork),
            ("n_drops_buffer_close_exit", full.close),
            ("n_drops_buffer_connect_exit", full.connect),
            ("n_drops_buffer_dir_file_exit", full.dir_file),
            ("n_drops_buffer_execve_exit", full.execve),
            ("n_drops_buffer_open_exit", full.open),
            ("n_drops_buffer_other_interest_exit", full.other_interest),
            ("n_drops_buffer_proc_exit", full.proc_exit),
            ("n_drops_buffer_total", full.total),
            ("n_drops_bug", 0),
            ("n_drops_page_faults", 0),
            ("n_drops_scratch_map", self.delta.unmade),
            ("n_evts", self.delta.seen),
        ];
        let mut alert = Alert::internal(now, RULE, Priority::Debug, self.message());
        alert.output_fields = fields.map(|(key, value)| (key.into(), value.to_string().into())).into();
        if !self.delta.by_type.is_empty() {
            alert.output_fields.push(("windhover.lost_events".into(), self.types().into()));
            alert.output_fields.push(("windhover.blind_rules".into(), blind.join(", ").into()));
        }
        alert
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(seen: u64, lost: u64) -> Losses {
        let mut losses = Losses { seen, ..Losses::default() };
        losses.full.add(EventType::SYSCALL_OPENAT_2_X, lost);
        losses.by_type.push((EventType::SYSCALL_OPENAT_2_X, lost));
        losses
    }

    fn monitor(policy: LossPolicy) -> LossMonitor {
        let mut monitor = LossMonitor::new(policy);
        assert_eq!(monitor.check(SECOND, &totals(1000, 500)), None);
        monitor
    }

    #[test]
    fn a_second_with_more_losses_than_allowed_is_reported() {
        let mut monitor = monitor(LossPolicy { actions: vec![LossAction::Alert], ..LossPolicy::default() });
        assert!(!monitor.is_due(SECOND + 1));
        assert_eq!(monitor.check(SECOND * 2 - 1, &totals(9000, 5000)), None);
        let report = monitor.check(SECOND * 2, &totals(2000, 650)).unwrap();
        assert_eq!(report.delta, totals(1000, 150));
        let alert = report.alert(7, &["a".into(), "b".into()]);
        assert_eq!(alert.message, "Falco internal: syscall event drop. 150 system calls dropped in last second.");
        let field = |key: &str| alert.output_fields.iter().find(|(name, _)| &**name == key).unwrap().1.clone();
        assert_eq!(field("n_drops_buffer_open_exit"), "150");
        assert_eq!(field("n_evts"), "1000");
        assert_eq!(alert.output_fields.len(), 17);
        assert_eq!(field("windhover.lost_events"), "openat 150");
        assert_eq!(field("windhover.blind_rules"), "a, b");
    }

    #[test]
    fn few_losses_are_let_pass_and_actions_are_limited_in_rate() {
        let mut monitor = monitor(LossPolicy { rate: 0.1, ..LossPolicy::default() });
        assert_eq!(monitor.check(SECOND * 2, &totals(2000, 600)), None);
        assert_eq!((monitor.detected, monitor.acted), (0, 0));
        for second in 3..=14 {
            monitor.check(SECOND * second, &totals(1000 * second, 1000 * second));
        }
        assert_eq!((monitor.detected, monitor.acted), (12, 2));
        assert!(monitor.summary().contains("detected: 12 occurrences\n   - num times actions taken: 2\n"));
    }

    #[test]
    fn losses_can_be_pretended() {
        let mut monitor = monitor(LossPolicy { simulate: true, ..LossPolicy::default() });
        let report = monitor.check(SECOND * 2, &totals(1000, 500)).unwrap();
        assert_eq!((report.delta.total(), report.delta.seen), (1, 1));
    }
}
