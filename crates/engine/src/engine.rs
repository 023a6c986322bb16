//! The way of an event: model, rules, alerts.

use std::sync::Arc;

use windhover_capture::CapturedEvent;
use windhover_event::EventView;
use windhover_event::snapshot::Snapshot;
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_fields::{Catalogue, EventValues};
use windhover_filter::Scratch;
use windhover_outputs::{Alert, Outputs, Priority};
use windhover_system::{Applied, Limits, Lookup, System};

use crate::loss::{LossAction, LossMonitor, LossPolicy, Losses};
use crate::matcher::{Evaluation, Matcher};
use crate::observer::{Observed, Observer, RecordingWish};
use crate::ruleset::ActiveRule;
use crate::status::{KernelCounts, Measurement, ModelCounts, RuleHits, Status};
use crate::tally::Tally;

/// Takes the engine's log lines.
pub type Log = Arc<dyn Fn(Priority, &str) + Send + Sync>;

/// What an engine is told at its start, besides its rules and outputs.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Every rule that matches raises an alert, not only the first.
    pub match_all: bool,
    /// How rules are evaluated.
    pub evaluation: Evaluation,
    /// Bounds of the model.
    pub limits: Limits,
    /// The local zone.
    pub zone: Zone,
    /// How bytes are shown in outputs.
    pub buffers: BufferFormat,
    /// What is done about lost events.
    pub loss_policy: LossPolicy,
    /// The engine's own process, whose events no rule sees.
    pub self_pid: Option<i64>,
}

/// What happened to events so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Events that came from the source.
    pub received: u64,
    /// Events that rules have seen.
    pub shown: u64,
    /// Events that could not be decoded.
    pub malformed: u64,
}

/// Applies events to the model, matches them, and sends alerts.
pub struct Engine {
    system: System,
    catalogue: Catalogue,
    matcher: Box<dyn Matcher>,
    rules: Vec<ActiveRule>,
    outputs: Outputs,
    log: Log,
    options: EngineOptions,
    tally: Tally,
    losses: LossMonitor,
    counts: EventCounts,
    last_ts: u64,
    status: Arc<Status>,
    matched: Vec<u32>,
    scratch: Scratch,
    observer: Option<Box<dyn Observer>>,
    wishes: Vec<RecordingWish>,
}

/// What an engine leaves behind.
#[derive(Debug)]
pub struct Outcome {
    /// Alerts by rule.
    pub tally: Tally,
    /// What was lost, and what was done about it.
    pub losses: LossMonitor,
    /// Events.
    pub counts: EventCounts,
    /// Alerts by channel.
    pub channels: Vec<windhover_outputs::ChannelStats>,
}

/// Too many events were lost, and the configuration says to end then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("events were lost, and `syscall_event_drops.actions` says `exit`")]
pub struct TooManyLostError;

impl Engine {
    /// An engine with an empty model.
    pub fn new(
        rules: Vec<ActiveRule>,
        catalogue: Catalogue,
        outputs: Outputs,
        log: Log,
        options: EngineOptions,
    ) -> Self {
        let matcher = options.evaluation.matcher(rules.iter().map(|rule| &rule.candidate));
        let mut engine = Self {
            system: System::new(options.limits.clone()),
            catalogue,
            matcher,
            tally: Tally::new(rules.iter().map(|rule| (Arc::clone(&rule.name), rule.priority))),
            rules,
            outputs,
            log,
            losses: LossMonitor::new(options.loss_policy.clone()),
            options,
            counts: EventCounts::default(),
            last_ts: 0,
            status: Arc::default(),
            matched: Vec::new(),
            scratch: Scratch::default(),
            observer: None,
            wishes: Vec::new(),
        };
        engine.reset(Snapshot::default());
        engine
    }

    /// Puts other rules in force between two events; model and outputs stay as they are.
    pub fn replace_rules(&mut self, rules: Vec<ActiveRule>, catalogue: Catalogue) {
        self.matcher = self.options.evaluation.matcher(rules.iter().map(|rule| &rule.candidate));
        let mut tally = Tally::new(rules.iter().map(|rule| (Arc::clone(&rule.name), rule.priority)));
        tally.carry(&self.tally);
        self.tally = tally;
        self.rules = rules;
        self.catalogue = catalogue;
    }

    /// Forgets the model and starts from a snapshot.
    pub fn reset(&mut self, snapshot: Snapshot) {
        self.system = System::new(self.options.limits.clone());
        self.matcher.forget_processes();
        if let Some(pid) = self.options.self_pid {
            self.system.set_self_pid(pid);
        }
        self.system.load(snapshot);
    }

    /// Takes one event through the model and the rules. One that is only there for the model's sake is not matched.
    pub fn event(&mut self, event: &EventView<'_>, cpu: u16, state_only: bool, lookup: Option<&mut (dyn Lookup + '_)>) {
        self.counts.received += 1;
        self.last_ts = event.ts();
        let applied = self.system.apply(event, lookup);
        let shown = applied == Applied::Shown && !state_only;
        if !shown && (self.observer.is_none() || applied == Applied::Suppressed) {
            return;
        }
        let values = EventValues::new(*event, self.system.context(), &self.catalogue)
            .with_cpu(cpu)
            .with_zone(&self.options.zone)
            .with_buffer_format(self.options.buffers);
        self.matched.clear();
        if shown {
            self.counts.shown += 1;
            self.matcher.matches(&values, self.options.match_all, &mut self.matched);
        }
        for &position in &self.matched {
            let position = position as usize;
            self.tally.count(position);
            self.outputs.send(self.rules[position].alert(&values, &mut self.scratch));
        }
        if let Some(observer) = &mut self.observer {
            self.wishes.clear();
            self.wishes.extend(self.matched.iter().map(|&position| self.rules[position as usize].recording));
            let captured = CapturedEvent { cpu, state_only, event: *event };
            let values = shown.then_some(values);
            let observed = Observed { captured, values, system: &self.system, matches: &self.wishes };
            if let Some(alert) = observer.event(&observed) {
                self.outputs.send(alert);
            }
        }
    }

    /// Takes one encoded event. One that cannot be decoded is counted.
    pub fn encoded(&mut self, bytes: &[u8], cpu: u16, lookup: Option<&mut (dyn Lookup + '_)>) {
        match EventView::parse(bytes) {
            Ok(event) => self.event(&event, cpu, false, lookup),
            Err(e) => {
                self.counts.malformed += 1;
                if self.counts.malformed == 1 {
                    (self.log)(Priority::Error, &format!("an event of the probe cannot be decoded: {e}"));
                }
            }
        }
    }

    /// Whether a second of event time has passed since losses were looked at last.
    pub fn wants_losses(&self) -> bool {
        self.losses.is_due(self.last_ts)
    }

    /// Looks at the source's losses, and does about them what the configuration says.
    ///
    /// # Errors
    /// The configuration says to end.
    pub fn check_losses(&mut self, totals: &Losses) -> Result<(), TooManyLostError> {
        let Some(report) = self.losses.check(self.last_ts, totals) else { return Ok(()) };
        for action in &report.actions {
            match action {
                LossAction::Ignore => {}
                LossAction::Log => (self.log)(Priority::Debug, &report.message()),
                LossAction::Alert => self.outputs.send(report.alert(self.last_ts)),
                LossAction::Exit => {
                    (self.log)(Priority::Critical, &report.message());
                    return Err(TooManyLostError);
                }
            }
        }
        Ok(())
    }

    /// Sends an internal alert.
    pub fn notify(&self, alert: Alert) {
        self.outputs.send(alert);
    }

    /// Opens files and programs of outputs anew.
    pub fn reopen_outputs(&self) {
        self.outputs.reopen();
    }

    /// Whether nobody is left to read alerts, or who looks at events has seen enough.
    pub fn is_unread(&self) -> bool {
        self.outputs.all_gone() || self.observer.as_ref().is_some_and(|observer| observer.is_done())
    }

    /// Shows all events from now on to somebody beside the rules.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observer = Some(observer);
    }

    /// Time of the last event, in nanoseconds since the epoch.
    pub fn last_ts(&self) -> u64 {
        self.last_ts
    }

    /// The model.
    pub fn system(&mut self) -> &mut System {
        &mut self.system
    }

    /// Events so far.
    pub fn counts(&self) -> EventCounts {
        self.counts
    }

    /// Where others see what the engine does.
    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// The engine at this moment; what the source knows is handed in.
    pub(crate) fn measure(&self, now: u64, kernel: KernelCounts) -> Measurement {
        let rules = self.tally.all().enumerate().map(|(position, (name, priority, hits))| {
            let (source, tags) = match self.rules.get(position) {
                Some(rule) => (Arc::clone(&rule.source), Arc::clone(&rule.tags)),
                None => ("syscall".into(), Arc::from([])),
            };
            RuleHits { name: Arc::clone(name), priority, source, tags, hits }
        });
        let machine = self.system.machine();
        Measurement {
            now,
            host_boot_ts: machine.boot_ts,
            host_cpus: machine.num_cpus,
            interfaces: Vec::new(),
            events: self.counts,
            rules: rules.collect(),
            channels: self.outputs.stats(),
            model: ModelCounts {
                threads: self.system.thread_count() as u64,
                fds: self.system.fd_count() as u64,
                counters: self.system.counters().clone(),
            },
            kernel,
        }
    }

    /// The zone in which people read times.
    pub(crate) fn zone(&self) -> &Zone {
        &self.options.zone
    }

    /// Writes a line to the log.
    pub(crate) fn log(&self, level: Priority, text: &str) {
        (self.log)(level, text);
    }

    /// Delivers what waits, each channel for at most `limit` without progress, and ends.
    pub fn finish(self, limit: std::time::Duration) -> Outcome {
        let channels = self.outputs.finish(limit);
        Outcome { tally: self.tally, losses: self.losses, counts: self.counts, channels }
    }
}
