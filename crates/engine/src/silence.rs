//! Notices when no event comes (`syscall_event_timeouts`).

use std::time::{Duration, Instant};

use windhover_event::time::{Zone, push_time};
use windhover_outputs::{Alert, Priority};

/// What one empty read of the reference takes, once it has found nothing for a while.
const EMPTY_READ: Duration = Duration::from_millis(30);
const RULE: &str = "Falco internal: timeouts notification";

/// Counts silence as the reference counts empty reads, however often the ring buffer is really looked at.
#[derive(Debug)]
pub(crate) struct SilenceMonitor {
    limit: u32,
    since: Instant,
}

impl SilenceMonitor {
    pub(crate) fn new(limit: u32, now: Instant) -> Self {
        Self { limit, since: now }
    }

    /// Something came.
    pub(crate) fn reset(&mut self, now: Instant) {
        self.since = now;
    }

    /// Whether it has been silent for too long; asked again, it has to be that long again.
    pub(crate) fn check(&mut self, now: Instant) -> bool {
        let over = now.duration_since(self.since) > EMPTY_READ.saturating_mul(self.limit);
        if over {
            self.since = now;
        }
        over
    }

    /// The internal alert. `last` is the time of the last event, 0 if there was none.
    pub(crate) fn alert(&self, now: u64, last: u64, zone: &Zone) -> Alert {
        let mut time = Vec::new();
        if last > 0 {
            push_time(last, zone, &mut time);
        } else {
            time.extend_from_slice(b"none");
        }
        let message = format!("{RULE}. {} consecutive timeouts without event.", self.limit);
        let mut alert = Alert::internal(now, RULE, Priority::Debug, message);
        alert.output_fields = vec![("last_event_time".into(), String::from_utf8_lossy(&time).into())];
        alert
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_silence_is_told_once_per_length() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut monitor = SilenceMonitor::new(10, start);
        assert!(!monitor.check(at(300)));
        monitor.reset(at(200));
        assert!(!monitor.check(at(500)));
        assert!(monitor.check(at(501)));
        assert!(!monitor.check(at(502)) && !monitor.check(at(801)));
        assert!(monitor.check(at(802)));
    }

    #[test]
    fn the_alert_names_the_last_event() {
        let monitor = SilenceMonitor::new(1000, Instant::now());
        let alert = monitor.alert(5, 0, &Zone::UTC);
        let message = "Falco internal: timeouts notification. 1000 consecutive timeouts without event.";
        assert_eq!((alert.message.as_str(), alert.priority), (message, Priority::Debug));
        assert_eq!(alert.output_fields[0].1, "none");
        let later = monitor.alert(5, 3_723_000_000_004, &Zone::UTC);
        assert_eq!(later.output_fields[0].1, "01:02:03.000000004");
    }
}
