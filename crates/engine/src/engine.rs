//! The way of an event: model, rules, alerts.

use std::sync::Arc;

use windhover_event::snapshot::Snapshot;
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_event::{EventType, EventView, SyscallSet};
use windhover_fields::Catalogue;
use windhover_outputs::{Alert, OutputChange, Outputs, Priority};
use windhover_probe::Words;
use windhover_system::{Limits, Lookup, System};

use crate::crew::{Crew, CrewOptions, Lifecycle, Post, Report};
use crate::loss::{LossAction, LossMonitor, LossPolicy, Losses};
use crate::matcher::Evaluation;
use crate::observer::Observer;
use crate::reload::{CompiledRules, RetiredRules};
use crate::ruleset::ActiveRule;
use crate::stakes::Stakes;
use crate::status::{KernelCounts, Measurement, ModelCounts, RuleHits, Status};
use crate::tally::{RuleTally, Tally};
use crate::verdict::{Judgement, judge};
use crate::worker::{InForce, Origin, Worker};

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
    /// Whether the conditions of rules are measured, each by itself, on a sample of events.
    pub time_rules: bool,
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
    worker: Worker,
    outputs: Outputs,
    log: Log,
    options: Arc<EngineOptions>,
    losses: LossMonitor,
    status: Arc<Status>,
    crew: Option<Crew>,
    /// What its workers have said last.
    report: Report,
    /// Hosts that rules name are looked up.
    looks_hosts_up: bool,
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
        let options = Arc::new(options);
        let in_force = Arc::new(InForce::new(rules, catalogue, options.time_rules));
        Self {
            worker: Worker::new(in_force, matcher, Arc::clone(&options)),
            outputs,
            log,
            losses: LossMonitor::new(options.loss_policy.clone()),
            options,
            status: Arc::default(),
            crew: None,
            report: Report::default(),
            looks_hosts_up: false,
        }
    }

    /// Looks up, from now on, the addresses of the hosts that rules name: those of this machine's resolver, as of now, so
    /// this is not for recordings.
    pub fn look_hosts_up(&mut self) {
        self.looks_hosts_up = true;
        self.worker.in_force().look_hosts_up(None);
    }

    /// Puts other rules in force between two events, and gives the old ones back; model and outputs stay as they are.
    pub fn replace_rules(&mut self, rules: CompiledRules) -> RetiredRules {
        if self.looks_hosts_up {
            rules.in_force.look_hosts_up(Some(self.worker.in_force()));
        }
        let retired = self.worker.replace_rules(rules.in_force, rules.matcher);
        if let Some(crew) = &self.crew {
            crew.replace_rules(self.worker.in_force(), self.worker.matcher());
        }
        retired
    }

    /// Whether every worker goes by the rules that were put in force last.
    pub(crate) fn is_settled(&self) -> bool {
        self.crew.as_ref().is_none_or(Crew::is_settled)
    }

    /// Starts a worker for each post, with `snapshot` as the beginning of their models. From now on events come by their
    /// rings and by `lifecycle` only.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start_crew(
        &mut self,
        snapshot: &Snapshot,
        posts: Vec<Post>,
        lifecycle: Box<dyn Lifecycle>,
        options: CrewOptions,
    ) -> std::io::Result<()> {
        self.crew = Some(Crew::start(&self.worker, snapshot, posts, lifecycle, options)?);
        Ok(())
    }

    /// Sends the workers' alerts that are in order, and takes over what they have counted. Returns how many events they
    /// have had since the last call.
    pub fn attend_crew(&mut self) -> usize {
        let Some(crew) = &self.crew else { return 0 };
        let outputs = &self.outputs;
        crew.release(&mut |alert| outputs.send(alert));
        self.take_report()
    }

    /// Lets the workers finish what has come, and sends their last alerts.
    pub fn end_crew(&mut self) {
        let Some(crew) = &mut self.crew else { return };
        let outputs = &self.outputs;
        crew.finish(&mut |alert| outputs.send(alert));
        self.take_report();
    }

    /// Workers with models of their own, if there are any.
    pub(crate) fn crew(&self) -> Option<&Crew> {
        self.crew.as_ref()
    }

    fn take_report(&mut self) -> usize {
        let Some(crew) = &self.crew else { return 0 };
        let report = crew.report();
        let before = self.worker.counts.received;
        self.worker.counts = report.counts;
        self.worker.last_ts = report.last_ts;
        self.worker.tally.recount(&report.tally);
        self.report = report;
        self.worker.counts.received.saturating_sub(before) as usize
    }

    /// What the kernel may keep to itself by the rules in force, if `calls` are collected. Somebody who wants to see all
    /// events leaves nothing.
    pub fn judgement(&self, calls: &SyscallSet) -> Option<Judgement> {
        (!self.is_wanted_whole()).then(|| judge(&self.worker.in_force().rules, calls))
    }

    /// Answers from now on what these verdicts ask, or nothing.
    pub(crate) fn answer_for(&mut self, judgement: Option<(&Judgement, Words)>) {
        self.worker.in_force().answer_by(judgement.map(|(judgement, words)| judgement.answerer(words)));
    }

    /// Forgets the model and starts from a snapshot.
    pub fn reset(&mut self, snapshot: Snapshot) {
        self.worker.reset(snapshot);
    }

    /// Takes one event through the model and the rules. One that is only there for the model's sake is not matched.
    pub fn event(&mut self, event: &EventView<'_>, cpu: u16, state_only: bool, lookup: Option<&mut (dyn Lookup + '_)>) {
        let outputs = &self.outputs;
        self.worker.event(event, Origin { cpu, state_only }, lookup, &mut |alert| outputs.send(alert));
    }

    /// Takes one encoded event. One that cannot be decoded is counted.
    pub fn encoded(&mut self, bytes: &[u8], cpu: u16, lookup: Option<&mut (dyn Lookup + '_)>) {
        match EventView::parse(bytes) {
            Ok(event) => self.event(&event, cpu, false, lookup),
            Err(e) => {
                self.worker.counts.malformed += 1;
                if self.worker.counts.malformed == 1 {
                    (self.log)(Priority::Error, &format!("an event of the probe cannot be decoded: {e}"));
                }
            }
        }
    }

    /// Whether a second of event time has passed since losses were looked at last.
    pub fn wants_losses(&self) -> bool {
        self.losses.is_due(self.worker.last_ts)
    }

    /// Looks at the source's losses, and does about them what the configuration says.
    ///
    /// # Errors
    /// The configuration says to end.
    pub fn check_losses(&mut self, totals: &Losses) -> Result<(), TooManyLostError> {
        let Some(report) = self.losses.check(self.worker.last_ts, totals) else { return Ok(()) };
        let blind = self.blind_rules(report.delta.by_type.iter().map(|(kind, _)| *kind));
        for action in &report.actions {
            match action {
                LossAction::Ignore => {}
                LossAction::Log => {
                    (self.log)(Priority::Debug, &report.message());
                    let (types, blind) = (report.types(), blind.join(", "));
                    (self.log)(Priority::Debug, &format!("lost: {types}; rules that saw less: {blind}"));
                }
                LossAction::Alert => self.outputs.send(report.alert(self.worker.last_ts, &blind)),
                LossAction::Exit => {
                    (self.log)(Priority::Critical, &report.message());
                    return Err(TooManyLostError);
                }
            }
        }
        Ok(())
    }

    /// What each type of event is worth to the rules in force.
    pub fn stakes(&self) -> Stakes {
        Stakes::of(&self.worker.in_force().rules)
    }

    /// Names of the rules that see less when events of these types are lost, the most severe first.
    pub fn blind_rules(&self, kinds: impl IntoIterator<Item = EventType>) -> Vec<Arc<str>> {
        let rules = &self.worker.in_force().rules;
        let blind = self.stakes().blind(kinds);
        blind.into_iter().map(|position| Arc::clone(&rules[position as usize].name)).collect()
    }

    /// Sends an internal alert.
    pub fn notify(&self, alert: Alert) {
        self.outputs.send(alert);
    }

    /// Exchanges channels between two alerts.
    pub fn exchange_outputs(&mut self, change: OutputChange) {
        self.outputs.exchange(change);
    }

    /// Opens files and programs of outputs anew.
    pub fn reopen_outputs(&self) {
        self.outputs.reopen();
    }

    /// Whether nobody is left to read alerts, or who looks at events has seen enough.
    pub fn is_unread(&self) -> bool {
        self.outputs.all_gone() || self.worker.observer.as_ref().is_some_and(|observer| observer.is_done())
    }

    /// Shows all events from now on to somebody beside the rules.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.worker.observer = Some(observer);
    }

    /// Whether somebody looks at events beside the rules.
    pub fn is_observed(&self) -> bool {
        self.worker.observer.is_some()
    }

    /// Whether somebody wants to see all events, so that the kernel may keep none to itself.
    pub(crate) fn is_wanted_whole(&self) -> bool {
        self.worker.observer.as_ref().is_some_and(|observer| observer.wants_all())
    }

    /// Time of the last event, in nanoseconds since the epoch.
    pub fn last_ts(&self) -> u64 {
        self.worker.last_ts
    }

    /// The model.
    pub fn system(&mut self) -> &mut System {
        &mut self.worker.system
    }

    /// Events so far.
    pub fn counts(&self) -> EventCounts {
        self.worker.counts
    }

    /// Where others see what the engine does.
    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// The engine at this moment; what the source knows is handed in.
    pub(crate) fn measure(&self, now: u64, kernel: KernelCounts) -> Measurement {
        let rules = self.worker.tally.all().enumerate().map(|(position, tally)| {
            let (source, tags) = match self.worker.in_force().rules.get(position) {
                Some(rule) => (Arc::clone(&rule.source), Arc::clone(&rule.tags)),
                None => ("syscall".into(), Arc::from([])),
            };
            let RuleTally { name, priority, alerts, samples, sampled_nanos } = tally.clone();
            RuleHits { name, priority, source, tags, hits: alerts, samples, sampled_nanos }
        });
        let machine = self.worker.system.machine();
        Measurement {
            now,
            host_boot_ts: machine.boot_ts,
            host_cpus: machine.num_cpus,
            interfaces: Vec::new(),
            events: self.worker.counts,
            rules: rules.collect(),
            channels: self.outputs.stats(),
            model: self.model(),
            kernel,
            reloads: self.status.reloads(),
        }
    }

    fn model(&self) -> ModelCounts {
        if self.crew.is_some() {
            let Report { threads, fds, counters, .. } = self.report.clone();
            return ModelCounts { threads, fds, counters };
        }
        let system = &self.worker.system;
        let (threads, fds) = (system.thread_count() as u64, system.fd_count() as u64);
        ModelCounts { threads, fds, counters: system.counters().clone() }
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
        Outcome { tally: self.worker.tally, losses: self.losses, counts: self.worker.counts, channels }
    }
}
