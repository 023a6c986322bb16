//! One worker: a model of its own, its own evaluation of the rules that all share.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use windhover_capture::CapturedEvent;
use windhover_event::EventView;
use windhover_event::snapshot::Snapshot;
use windhover_fields::{Catalogue, EventValues, host_names_in};
use windhover_filter::Scratch;
use windhover_outputs::Alert;
use windhover_system::{Applied, Lookup, Share, System};

use crate::engine::{EngineOptions, EventCounts};
use crate::host_names::HostNameTable;
use crate::matcher::{Matcher, PlainMatcher};
use crate::observer::{Observed, Observer, RecordingWish};
use crate::reload::RetiredRules;
use crate::rule_clock::RuleClock;
use crate::ruleset::ActiveRule;
use crate::tally::Tally;
use crate::verdict::Answerer;

/// The rules in force and what they are written in; shared by all workers.
#[derive(Debug)]
pub(crate) struct InForce {
    pub(crate) rules: Vec<ActiveRule>,
    pub(crate) catalogue: Catalogue,
    answerer: RwLock<Option<Answerer>>,
    /// Addresses of the hosts that rules name, if they are looked up.
    host_names: OnceLock<Option<HostNameTable>>,
    /// Evaluates rules one by one, where their conditions are to be measured.
    timed: Option<PlainMatcher>,
}

impl InForce {
    /// `timed`: whether their conditions are to be measured.
    pub(crate) fn new(rules: Vec<ActiveRule>, catalogue: Catalogue, timed: bool) -> Self {
        let timed = timed.then(|| PlainMatcher::new(rules.iter().map(|rule| &rule.candidate)));
        Self { rules, catalogue, answerer: RwLock::new(None), host_names: OnceLock::new(), timed }
    }

    fn clock(&self) -> Option<RuleClock> {
        self.timed.as_ref().map(|matcher| RuleClock::new(matcher.share()))
    }

    /// Looks up, from now on, the addresses of the hosts that rules name; what the rules before know of them counts at once.
    pub(crate) fn look_hosts_up(&self, before: Option<&Self>) {
        self.host_names.get_or_init(|| {
            let mut names = BTreeSet::new();
            for rule in &self.rules {
                rule.candidate.condition.for_each(&mut |predicate| names.extend(host_names_in(predicate)));
            }
            let before = before.and_then(|rules| rules.host_names.get()?.as_ref());
            HostNameTable::start(names, before)
        });
    }

    /// Who answers what the probe asks about threads and processes, from now on.
    pub(crate) fn answer_by(&self, answerer: Option<Answerer>) {
        *self.answerer.write().unwrap_or_else(PoisonError::into_inner) = answerer;
    }

    /// Answers what an event asks, after the model has taken it in.
    fn answer(&self, event: &EventView<'_>, system: &System, scratch: &mut Scratch) {
        if event.extension().next().is_none() {
            return;
        }
        if let Some(answerer) = &*self.answerer.read().unwrap_or_else(PoisonError::into_inner) {
            answerer.answer(&EventValues::new(*event, system.context(), &self.catalogue), scratch);
        }
    }
}

/// How an event came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin {
    /// Processor, or ring buffer.
    pub(crate) cpu: u16,
    /// It is only there for the model's sake: no rule sees it.
    pub(crate) state_only: bool,
}

/// Applies events to its model and matches them.
pub(crate) struct Worker {
    pub(crate) system: System,
    in_force: Arc<InForce>,
    matcher: Box<dyn Matcher>,
    clock: Option<RuleClock>,
    options: Arc<EngineOptions>,
    share: Share,
    pub(crate) tally: Tally,
    pub(crate) counts: EventCounts,
    pub(crate) last_ts: u64,
    pub(crate) observer: Option<Box<dyn Observer>>,
    matched: Vec<u32>,
    wishes: Vec<RecordingWish>,
    scratch: Scratch,
}

impl Worker {
    /// A worker with an empty model.
    pub(crate) fn new(in_force: Arc<InForce>, matcher: Box<dyn Matcher>, options: Arc<EngineOptions>) -> Self {
        let mut worker = Self {
            system: System::new(options.limits.clone()),
            tally: Tally::new(names(&in_force)),
            clock: in_force.clock(),
            in_force,
            matcher,
            options,
            share: Share::WHOLE,
            counts: EventCounts::default(),
            last_ts: 0,
            observer: None,
            matched: Vec::new(),
            wishes: Vec::new(),
            scratch: Scratch::default(),
        };
        worker.reset(Snapshot::default());
        worker
    }

    /// Another worker for the same rules, which follows another share of the processes. Its model is empty.
    pub(crate) fn sibling(&self, share: Share) -> Self {
        let mut sibling = Self::new(Arc::clone(&self.in_force), self.matcher.sibling(), Arc::clone(&self.options));
        sibling.set_share(share);
        sibling
    }

    /// Says which processes' events come to this worker. To be followed by [`Worker::reset`].
    pub(crate) fn set_share(&mut self, share: Share) {
        self.share = share;
    }

    pub(crate) fn in_force(&self) -> &Arc<InForce> {
        &self.in_force
    }

    pub(crate) fn matcher(&self) -> &dyn Matcher {
        &*self.matcher
    }

    /// Puts other rules in force between two events; the model stays as it is.
    pub(crate) fn replace_rules(&mut self, in_force: Arc<InForce>, matcher: Box<dyn Matcher>) -> RetiredRules {
        let mut tally = Tally::new(names(&in_force));
        tally.carry(&self.tally);
        self.tally = tally;
        self.clock = in_force.clock();
        let in_force = std::mem::replace(&mut self.in_force, in_force);
        RetiredRules::new(in_force, std::mem::replace(&mut self.matcher, matcher))
    }

    /// Forgets the model and starts from a snapshot.
    pub(crate) fn reset(&mut self, snapshot: Snapshot) {
        self.system = System::new(self.options.limits.clone());
        self.system.set_share(self.share);
        self.matcher.forget_processes();
        if let Some(pid) = self.options.self_pid {
            self.system.set_self_pid(pid);
        }
        self.system.load(snapshot);
        if let Some(observer) = &mut self.observer {
            observer.reset(&self.system);
        }
    }

    /// Takes one event through the model and the rules; alerts go to `raise`.
    pub(crate) fn event(
        &mut self,
        event: &EventView<'_>,
        origin: Origin,
        lookup: Option<&mut (dyn Lookup + '_)>,
        raise: &mut dyn FnMut(Alert),
    ) {
        self.system.set_cpu(origin.cpu);
        let applied = self.apply(event, lookup);
        self.in_force.answer(event, &self.system, &mut self.scratch);
        self.judge(event, origin, applied, raise);
    }

    /// Brings the model up to date with an event, and no more.
    pub(crate) fn apply(&mut self, event: &EventView<'_>, lookup: Option<&mut (dyn Lookup + '_)>) -> Applied {
        self.counts.received += 1;
        self.last_ts = event.ts();
        self.system.apply(event, lookup)
    }

    /// Takes the event that was applied last through the rules.
    pub(crate) fn judge(
        &mut self,
        event: &EventView<'_>,
        origin: Origin,
        applied: Applied,
        raise: &mut dyn FnMut(Alert),
    ) {
        let shown = applied == Applied::Shown && !origin.state_only;
        if !shown && (self.observer.is_none() || applied == Applied::Suppressed) {
            return;
        }
        let may_match = shown && self.matcher.may_match(event.kind());
        if !may_match && self.observer.is_none() && self.clock.is_none() {
            self.counts.shown += u64::from(shown);
            return;
        }
        let mut values = EventValues::new(*event, self.system.context(), &self.in_force.catalogue)
            .with_cpu(origin.cpu)
            .with_zone(&self.options.zone)
            .with_buffer_format(self.options.buffers);
        if let Some(Some(names)) = self.in_force.host_names.get() {
            values = values.with_host_names(names);
        }
        self.matched.clear();
        if shown {
            self.counts.shown += 1;
            if may_match {
                self.matcher.matches(&values, self.options.match_all, &mut self.matched);
            }
            if let Some(clock) = &mut self.clock {
                clock.tick(&values, &mut self.tally);
            }
        }
        for &position in &self.matched {
            let position = position as usize;
            self.tally.count(position);
            raise(self.in_force.rules[position].alert(&values, &mut self.scratch));
        }
        if let Some(observer) = &mut self.observer {
            self.wishes.clear();
            self.wishes.extend(self.matched.iter().map(|&position| self.in_force.rules[position as usize].recording));
            let captured = CapturedEvent { cpu: origin.cpu, state_only: origin.state_only, event: *event };
            let values = shown.then_some(values);
            let observed = Observed { captured, values, system: &self.system, matches: &self.wishes };
            if let Some(alert) = observer.event(&observed) {
                raise(alert);
            }
        }
    }

    /// Takes note of an event of another worker's process: no rule sees it here.
    pub(crate) fn take_note(&mut self, event: &EventView<'_>, lookup: Option<&mut (dyn Lookup + '_)>) {
        self.last_ts = self.last_ts.max(event.ts());
        self.system.apply(event, lookup);
    }
}

fn names(in_force: &InForce) -> impl Iterator<Item = (Arc<str>, windhover_outputs::Priority)> + '_ {
    in_force.rules.iter().map(|rule| (Arc::clone(&rule.name), rule.priority))
}
