//! Which events the kernel may keep to itself: verdicts compiled out of the rules in force.
//!
//! An event is settled in the kernel if no rule could match it and the model can do without. Opens and closes the model
//! does without as long as the probe tells with each later event about a descriptor which file that is; for an open this
//! needs that no rule could match such a later event by the name that the file was opened under.

mod answer;
mod needs;
mod profile;
mod tables;

use std::sync::Arc;

use windhover_event::{EventType, Syscall, SyscallSet, event_flag};
use windhover_fields::kernel::{self, KernelNumber, KernelTold, PathForm};
use windhover_fields::{EventKind, TypeValues};
use windhover_filter::{Matcher, Predicate};
use windhover_plan::verdict::{Automaton, Doubt, Text, Told};
use windhover_plan::{Plan, PlanRule, Stages};
use windhover_probe::{MAX_COLUMNS, MAX_STATES, Verdicts, Words};

pub(crate) use self::answer::Answerer;
use self::answer::directory;
use self::needs::{OpenedFiles, of_all_events, of_opened_files};
use self::profile::Profiles;
use self::tables::tables;
use crate::ActiveRule;

/// What a doubt hangs on besides paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    /// A number of the call.
    Number(KernelNumber),
    /// This one of [`Profiles`]' predicates.
    Thread(usize),
}

type KernelDoubt = Doubt<Fact>;

/// Calls after which the model may have another working directory for the process.
const DEEDS: [&str; 3] = ["chdir", "fchdir", "getcwd"];

/// The verdicts for a set of rules, and why they are as they are.
pub struct Judgement {
    /// What the probe is told.
    pub verdicts: Verdicts,
    /// What was decided, by event type; in the order of their codes.
    pub decisions: Vec<Decision>,
    /// Why opens and closes are sent up whatever they are, if so.
    pub descriptors_needed: Option<String>,
    /// The rules that all opens are sent up for, with the later events that they could match whatever was opened.
    pub opens_needed: Vec<String>,
    /// Why all events are, if so.
    pub all_needed: Option<String>,
    automaton: Arc<Automaton>,
    predicates: Vec<Predicate>,
}

/// What was decided about events of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The type.
    pub event: EventType,
    /// Where.
    pub place: Place,
    /// The rules that events are sent up for: positions, and what has to be so.
    pub rules: Vec<(u32, Needed)>,
}

/// Where the events of a type are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// All of them in the kernel.
    Kernel,
    /// Those that the kernel's tests leave in user space, the others in the kernel.
    Tested,
    /// All of them in user space.
    User,
    /// All of them in user space, because the model needs them.
    Model,
}

/// What has to be so for a rule to need an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// Nothing that the kernel can tell.
    Always,
    /// Arguments or results.
    ByNumbers,
    /// The path, and perhaps arguments and results.
    ByPath,
}

/// One call's row in the making.
struct Making {
    call: Syscall,
    event: EventType,
    doubt: KernelDoubt,
    is_open: bool,
    /// Later events may tell of the file by the path that the kernel resolved, and rules look at those.
    resolved: bool,
}

/// Compiles the verdicts for `rules`, of which `calls` are collected.
pub fn judge(rules: &[ActiveRule], calls: &SyscallSet) -> Judgement {
    let plan = compile(rules);
    let mut profiles = Profiles::default();
    let all_needed = of_all_events(rules);
    let opened = of_opened_files(&plan, rules, &mut profiles);
    let mut decisions = Vec::new();
    let mut makings = Vec::new();
    let mut moot = SyscallSet::EMPTY;
    for call in calls.iter().filter(|call| call.info().dedicated) {
        let Some(event) = end_of(call) else { continue };
        let (mut decision, mut making) = decide(&plan, call, event, opened.as_ref().ok(), &mut profiles);
        if all_needed.is_some() {
            making = None;
            decision.place = if decision.place == Place::Model { Place::Model } else { Place::User };
        }
        if decision.place == Place::Kernel {
            moot.insert(call);
        }
        makings.extend(making);
        if !decisions.contains(&decision) {
            decisions.push(decision);
        }
    }
    decisions.sort_by_key(|decision| decision.event.code());
    // A directory must be known even if nothing else asks for the open, and that shows only when it is looked at.
    makings.iter().filter(|making| making.is_open).for_each(|making| _ = moot.remove(making.call));
    let (mut verdicts, automaton) = tables(&makings, &profiles);
    verdicts.moot = moot;
    verdicts.descriptors = opened.is_ok() && all_needed.is_none();
    verdicts.deeds =
        DEEDS.iter().filter_map(|name| Syscall::by_name(name)).filter(|call| calls.contains(*call)).collect();
    Judgement {
        verdicts,
        decisions,
        opens_needed: opened.as_ref().map(|opened| opened.all_for.clone()).unwrap_or_default(),
        descriptors_needed: opened.err(),
        all_needed,
        automaton: Arc::new(automaton),
        predicates: profiles.predicates,
    }
}

fn compile(rules: &[ActiveRule]) -> Plan {
    let applies: Vec<_> =
        rules.iter().map(|rule| |kind: u16| rule.candidate.kinds.iter().any(|of| of.code() == kind)).collect();
    let rules: Vec<_> = rules
        .iter()
        .zip(&applies)
        .map(|(rule, applies)| PlanRule { condition: &rule.candidate.condition, applies })
        .collect();
    let decide = |kind: u16, predicate: &Predicate| TypeValues(EventKind::from_code(kind)?).decide(predicate);
    Plan::compile(
        &rules,
        EventKind::COUNT as u16,
        &decide,
        Stages { grouping: false, per_process: false, ..Stages::ALL },
    )
}

/// The type of the event that the probe sends at a call's end.
fn end_of(call: Syscall) -> Option<EventType> {
    call.events().iter().find(|kind| kind.is_exit() && !kind.info().has_any(event_flag::OLD_VERSION))
}

/// What is decided about a call, and its row if it has one.
fn decide(
    plan: &Plan,
    call: Syscall,
    event: EventType,
    opened: Option<&OpenedFiles>,
    profiles: &mut Profiles,
) -> (Decision, Option<Making>) {
    let kind = EventKind::of_type(event);
    let doubts =
        plan.doubts(kind.code(), &mut |predicate| told(kernel::told_of_event(kind, predicate), predicate, profiles));
    let is_open = kernel::opens_file(event);
    let rules = doubts.iter().map(|(rank, doubt)| (*rank, needed(doubt))).collect();
    let for_descriptors = is_open || event == EventType::SYSCALL_CLOSE_X;
    let is_message = kernel::is_message(event);
    if event.info().has_any(event_flag::MODIFIES_STATE) && !(for_descriptors && opened.is_some()) && !is_message {
        return (Decision { event, place: Place::Model, rules }, None);
    }
    let own = Doubt::any(doubts.into_iter().map(|(_, doubt)| doubt));
    let doubt = match opened {
        Some(opened) if is_open => Doubt::any([own, opened.doubt.clone()]),
        _ if is_message => Doubt::any([own, Doubt::Number(Fact::Number(kernel::NEW_MESSAGE), true)]),
        _ => own,
    };
    let place = match &doubt {
        Doubt::Perhaps(true) => Place::User,
        Doubt::Perhaps(false) => Place::Kernel,
        _ => Place::Tested,
    };
    let resolved = is_open && opened.is_some_and(|opened| opened.resolved);
    let making = (place != Place::User).then_some(Making { call, event, doubt, is_open, resolved });
    (Decision { event, place, rules }, making)
}

fn needed(doubt: &KernelDoubt) -> Needed {
    let (mut needed, mut by_path) = (Needed::Always, false);
    doubt.each_leaf(&mut |leaf| match leaf {
        Doubt::Number(..) => needed = Needed::ByNumbers,
        Doubt::Text(_) => by_path = true,
        _ => {}
    });
    if by_path { Needed::ByPath } else { needed }
}

fn told(told: KernelTold, predicate: &Predicate, profiles: &mut Profiles) -> Told<Fact> {
    match told {
        KernelTold::Nothing => match profiles.number(predicate) {
            Some(number) => Told::Exactly(Fact::Thread(number), true),
            None => Told::Nothing,
        },
        KernelTold::Never => Told::Never,
        KernelTold::Number { test, truth, exact: true } => Told::Exactly(Fact::Number(test), truth),
        KernelTold::Number { test, truth, exact: false } => Told::Number(Fact::Number(test), truth),
        KernelTold::Path { patterns, form } => {
            let text = |raw| Text { patterns: patterns.clone(), raw };
            Told::Texts(match form {
                PathForm::Normalised => vec![text(false)],
                PathForm::AsGiven => vec![text(true)],
                PathForm::Either => vec![text(false), text(true)],
            })
        }
    }
}

impl Judgement {
    /// Who answers for these verdicts, once they are in force.
    pub(crate) fn answerer(&self, words: Words) -> Answerer {
        let predicates = self.predicates.iter().map(Matcher::new).collect();
        Answerer { edition: words.edition(), words, automaton: Arc::clone(&self.automaton), predicates }
    }

    /// What the verdicts do with a call: for those who want to know beforehand.
    pub fn settles(&self, call: Syscall, judged: &windhover_probe::JudgedCall<'_>) -> bool {
        let row = self.verdicts.rows.iter().find(|(of, _)| *of == call);
        self.verdicts.moot.contains(call)
            || row.is_some_and(|(_, row)| row.of(judged.profile).settles(&self.verdicts, judged))
    }

    /// The profile of threads for which `holds` says which predicates hold.
    pub fn profile(&self, holds: &dyn Fn(&Predicate) -> bool) -> u16 {
        1 + self.predicates.iter().rev().fold(0, |bits, predicate| bits << 1 | u16::from(holds(predicate)))
    }

    /// The number of the automatons' states behind a directory.
    pub fn directory(&self, path: &[u8]) -> Option<u16> {
        directory(&self.automaton, path)
    }

    /// The decisions as a table for people; `rules` are those that were judged.
    pub fn to_text(&self, rules: &[ActiveRule]) -> String {
        let mut text = String::new();
        for decision in &self.decisions {
            let place = match decision.place {
                Place::Kernel => "kernel",
                Place::Tested => "kernel, by tests",
                Place::User => "rules",
                Place::Model => "model and rules",
            };
            text += &format!("{:<20} {place}\n", decision.event.name());
            for (rule, needed) in &decision.rules {
                let needed = match needed {
                    Needed::Always => "always",
                    Needed::ByNumbers => "by arguments",
                    Needed::ByPath => "by path",
                };
                let rule = &rules[*rule as usize];
                text += &format!("    {needed:<13} {} ({})\n", rule.name, rule.priority);
            }
        }
        let [first, second] = self.verdicts.next.each_ref().map(Vec::len);
        let columns = self.verdicts.columns.len();
        text += &format!(
            "Paths are read by {first} and {second} of {MAX_STATES} states, with {columns} of {MAX_COLUMNS} columns of outcomes.\n"
        );
        text + &self.forced_files()
    }

    /// Why opens, closes or all events are sent up whatever they are; nothing where they are not.
    pub fn forced_files(&self) -> String {
        let mut text = String::new();
        if let Some(reason) = &self.all_needed {
            text += &format!("All events are sent up: {reason}.\n");
        } else if let Some(reason) = &self.descriptors_needed {
            text += &format!("All opens and closes are sent up: {reason}.\n");
        } else if !self.opens_needed.is_empty() {
            text += &format!("All opens are sent up: {}.\n", self.opens_needed.join(", "));
        }
        text
    }

    /// The types of which all events are sent up because of rules, and those rules; a line for each.
    pub fn forced(&self, rules: &[ActiveRule]) -> String {
        let mut text = self.forced_files();
        for decision in self.decisions.iter().filter(|decision| decision.place == Place::User) {
            let always = decision.rules.iter().filter(|(_, needed)| *needed == Needed::Always);
            let names: Vec<_> = always.map(|(rule, _)| format!("`{}`", rules[*rule as usize].name)).collect();
            if !names.is_empty() {
                text += &format!("All events of {} are sent up: {}.\n", decision.event.name(), names.join(", "));
            }
        }
        text
    }
}
