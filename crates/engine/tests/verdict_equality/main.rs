//! What the kernel settles is what no rule matches: random rules on random deeds, with an engine that sees everything
//! beside one that sees what is left; and the kernel settles what is said of it.

mod live;
mod machine;
mod rule;
mod sockets;

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use machine::{Deed, Machine, PID};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use windhover_engine::collection::{BaseSyscalls, collect};
use windhover_engine::verdict::{Judgement, judge};
use windhover_engine::{ActiveRule, Engine, EngineOptions, Evaluation, LossPolicy, Vocabulary, activate};
use windhover_event::snapshot::{Snapshot, ThreadEntry};
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_event::{EventView, SyscallSet};
use windhover_fields::EventValues;
use windhover_filter::{Matcher, Predicate, Scratch};
use windhover_outputs::{Channel, Delivery, Format, Outcome, Outputs, Overflow, Priority, QueueLimits};
use windhover_rules::{LoadOptions, Loader};
use windhover_system::Limits;

/// Alerts: time and rule.
type Kept = Arc<Mutex<Vec<(u64, String)>>>;

struct Keep(Kept);

impl Channel for Keep {
    fn name(&self) -> &str {
        "keep"
    }

    fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        let alert = delivery.alert();
        self.0.lock().expect("nobody panics with it").push((alert.time, alert.rule.to_string()));
        Outcome::delivered()
    }
}

struct Rules {
    vocabulary: Vocabulary,
    active: Vec<ActiveRule>,
}

impl Rules {
    fn new(conditions: &[String]) -> Self {
        let vocabulary = Vocabulary::new(&[]).expect("a vocabulary");
        let mut loader = Loader::new(&vocabulary, LoadOptions::default());
        let texts = conditions.iter().enumerate().map(|(number, condition)| {
            let condition = condition.replace('\\', "\\\\").replace('"', "\\\"");
            format!("- {{rule: r{number}, desc: d, condition: \"{condition}\", output: '%evt.type', priority: INFO}}\n")
        });
        let text: String = texts.collect();
        let loaded = loader.load("rules.yaml", &text);
        assert!(loaded.successful(), "{text}: {loaded:?}");
        let active = activate(&loader.finish().rules, Priority::Debug, &[], &vocabulary).expect("rules");
        Self { vocabulary, active }
    }

    /// The verdicts, and the calls that are collected.
    fn judgement(&self) -> (Judgement, SyscallSet) {
        let wanted = self.active.iter().fold(SyscallSet::EMPTY, |set, rule| set | rule.syscalls);
        let calls = collect(&wanted, &BaseSyscalls::default()).calls;
        (judge(&self.active, &calls), calls)
    }

    /// An engine that knows one process, and its alerts.
    fn engine(&self, evaluation: Evaluation, process: ThreadEntry) -> (Engine, Kept) {
        let kept = Kept::default();
        let mut outputs = Outputs::new(Format::default(), Arc::new(|_| {}));
        let limits = QueueLimits { overflow: Overflow::Wait, ..QueueLimits::default() };
        outputs.add(Box::new(Keep(Arc::clone(&kept))), limits);
        let options = EngineOptions {
            match_all: true,
            evaluation,
            limits: Limits::default(),
            zone: Zone::UTC,
            buffers: BufferFormat::Dots,
            loss_policy: LossPolicy::default(),
            self_pid: None,
            time_rules: false,
        };
        let catalogue = self.vocabulary.catalogue().clone();
        let mut engine = Engine::new(self.active.clone(), catalogue, outputs, Arc::new(|_, _: &str| {}), options);
        engine.reset(Snapshot { threads: vec![process], ..Snapshot::default() });
        (engine, kept)
    }
}

/// The alerts of both engines, and how many events were settled.
fn run(rules: &Rules, deeds: &[Deed]) -> ([Vec<(u64, String)>; 2], usize) {
    let (judgement, _) = rules.judgement();
    let process = ThreadEntry {
        tid: PID,
        pid: PID,
        ptid: 1,
        comm: b"worker".to_vec(),
        cwd: b"/srv/".to_vec(),
        ..ThreadEntry::default()
    };
    let [(mut all, seen), (mut left, found)] = [(); 2].map(|()| rules.engine(Evaluation::Plain, process.clone()));
    let (mut machine, mut settled) = (Machine::new(), 0);
    // What the thread is, as the event before found it.
    let mut profile = None;
    for (number, deed) in deeds.iter().enumerate() {
        let happening = machine.does(deed);
        let tells = judgement.verdicts.descriptors;
        if let Some([told, plain]) = &happening.begins {
            all.encoded(plain, 0, None);
            left.encoded(if tells { told } else { plain }, 0, None);
        }
        all.encoded(&happening.plain, 0, None);
        let directory = happening.directory.as_deref().and_then(|path| judgement.directory(path));
        let known = profile.filter(|_| number % 2 == 0);
        if judgement.settles(happening.call, &happening.judged(known, directory)) {
            settled += 1;
        } else {
            let bytes = if tells { &happening.told } else { &happening.plain };
            left.encoded(bytes, 0, None);
            let event = EventView::parse(&happening.plain).expect("an event");
            let values = EventValues::new(event, left.system().context(), rules.vocabulary.catalogue());
            let holds = |predicate: &Predicate| Matcher::new(predicate).matches(&values, &mut Scratch::default());
            profile = Some(judgement.profile(&holds));
        }
    }
    all.finish(Duration::from_secs(60));
    left.finish(Duration::from_secs(60));
    ([seen, found].map(|kept| std::mem::take(&mut *kept.lock().expect("nobody panics with it"))), settled)
}

#[test]
fn what_is_settled_is_what_no_rule_matches() {
    let conditions = prop::collection::vec(rule::condition(), 1..4);
    let deeds = prop::collection::vec(machine::deed(), 1..60);
    let mut runner = TestRunner::new(ProptestConfig { cases: 3000, ..ProptestConfig::with_source_file(file!()) });
    let (settled, alerts) = (Cell::new(0), Cell::new(0));
    let result = runner.run(&(conditions, deeds), |(conditions, deeds)| {
        let ([all, left], count) = run(&Rules::new(&conditions), &deeds);
        settled.set(settled.get() + count);
        alerts.set(alerts.get() + all.len());
        prop_assert_eq!(all, left);
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.err().map(|error| error.to_string()).unwrap_or_default());
    // Both have to be seen, or nothing was compared.
    assert!(settled.get() > 10_000 && alerts.get() > 5000, "{} settled, {} alerts", settled.get(), alerts.get());
}
