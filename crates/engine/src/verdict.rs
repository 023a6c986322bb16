//! Which events the kernel may keep to itself: verdicts compiled out of the rules in force.
//!
//! An event is settled in the kernel if no rule could match it and the model can do without. Opens and closes the model
//! does without as long as the probe tells with each later event about a descriptor which file that is; for an open this
//! needs that no rule could match such a later event by the name that the file was opened under. Connects it does without
//! likewise: the probe tells with each later event about a socket what that is connected to.

mod answer;
mod book;
mod connection;
mod needs;
mod profile;
mod tables;

use std::sync::{Arc, Mutex, PoisonError};

use windhover_event::{EventType, Syscall, SyscallSet, event_flag};
use windhover_fields::kernel::{self, KernelNumber, KernelTold, PathForm};
use windhover_fields::{EventKind, TypeValues};
use windhover_filter::Predicate;
use windhover_plan::verdict::{Doubt, Text, Told};
use windhover_plan::{Plan, PlanRule, Stages};
use windhover_probe::{JudgedRow, MAX_COLUMNS, MAX_STATES, NewProfile, Verdicts, Words};

pub(crate) use self::answer::Answerer;
use self::answer::directory;
use self::book::Book;
use self::needs::{OpenedFiles, of_all_events, of_opened_files};
use self::profile::{Profiles, Questions};
use self::tables::{Layout, tables};
use crate::ActiveRule;

/// What a doubt hangs on besides paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Fact {
    /// A number of the call.
    Number(KernelNumber),
    /// This one of the predicates about threads; in conditions only.
    Predicate(usize),
    /// This one of the conditions over threads.
    Condition(usize),
}

type KernelDoubt = Doubt<Fact>;

/// Calls after which the model may have another working directory for the process.
const DEEDS: [&str; 3] = ["chdir", "fchdir", "getcwd"];

/// Calls after which it may have another user for the thread.
const THREAD_DEEDS: [&str; 4] = ["setuid", "setreuid", "setresuid", "setfsuid"];

/// Calls by which the model learns whom a thread descends from, and what it runs.
const BIRTHS: [&str; 6] = ["clone", "clone3", "fork", "vfork", "execve", "execveat"];

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
    /// Why connects are sent up whatever they are, if so and opens are not.
    pub connections_needed: Option<String>,
    /// Why all events are, if so.
    pub all_needed: Option<String>,
    layout: Arc<Layout>,
    questions: Arc<Questions>,
    book: Mutex<Book>,
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

/// What the kernel can tell of whether a rule needs an event; nothing of it where the rule always does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needed {
    /// The path tells.
    pub path: bool,
    /// What a socket is and is connected to does.
    pub connection: bool,
    /// Arguments or results do.
    pub arguments: bool,
    /// What the thread is does: its program's name, its user, its control groups.
    pub process: bool,
}

impl Needed {
    fn of(doubt: &KernelDoubt, is_connect: bool) -> Self {
        let mut needed = Self::default();
        doubt.each_leaf(&mut |leaf| match leaf {
            Doubt::Number(Fact::Number(_), _) => needed.arguments = true,
            Doubt::Number(..) => needed.process = true,
            Doubt::Text(_) | Doubt::NoText(_) if is_connect => needed.connection = true,
            Doubt::Text(_) | Doubt::NoText(_) => needed.path = true,
            _ => {}
        });
        needed
    }

    /// Nothing that the kernel can tell.
    pub fn is_always(self) -> bool {
        self == Self::default()
    }

    fn to_text(self) -> String {
        let told = [
            (self.path, "path"),
            (self.connection, "connection"),
            (self.arguments, "arguments"),
            (self.process, "process"),
        ];
        let told: Vec<_> = told.iter().filter(|(tells, _)| *tells).map(|(_, name)| *name).collect();
        if told.is_empty() { "always".to_owned() } else { format!("by {}", told.join(", ")) }
    }
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

/// What rules need of events that they do not match.
struct Needs {
    /// As an error, why the model has to know all descriptors.
    opened: Result<OpenedFiles, String>,
    /// Why it has to know all connections.
    connections: Option<String>,
}

impl Making {
    /// Whether its text is a connection's, not a path.
    fn is_connect(&self) -> bool {
        self.event == kernel::CONNECT
    }
}

/// Compiles the verdicts for `rules`, of which `calls` are collected.
pub fn judge(rules: &[ActiveRule], calls: &SyscallSet) -> Judgement {
    let plan = compile(rules);
    let collected = |names: &[&str]| -> SyscallSet {
        names.iter().filter_map(|name| Syscall::by_name(name)).filter(|call| calls.contains(*call)).collect()
    };
    let mut profiles = Profiles::new(collected(&BIRTHS).len() == BIRTHS.len());
    let all_needed = of_all_events(rules);
    let opened = of_opened_files(&plan, rules, &mut profiles);
    let needs = Needs { opened, connections: connection::needed(&plan, rules) };
    let mut decisions = Vec::new();
    let mut makings = Vec::new();
    let mut moot = SyscallSet::EMPTY;
    for call in calls.iter().filter(|call| call.info().dedicated) {
        let Some(event) = end_of(call) else { continue };
        let (mut decision, mut making) = decide(&plan, call, event, &needs, &mut profiles);
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
    let (mut verdicts, layout) = tables(&makings);
    let questions = profiles.questions();
    verdicts.moot = moot;
    let Needs { opened, connections } = needs;
    verdicts.descriptors = opened.is_ok() && all_needed.is_none();
    verdicts.deeds = collected(&DEEDS);
    verdicts.thread_deeds = collected(&THREAD_DEEDS);
    verdicts.sorts = questions.sorts();
    let layout = Arc::new(layout);
    Judgement {
        verdicts,
        decisions,
        opens_needed: opened.as_ref().map(|opened| opened.all_for.clone()).unwrap_or_default(),
        descriptors_needed: opened.err(),
        connections_needed: connections.filter(|_| calls.iter().any(|call| end_of(call) == Some(kernel::CONNECT))),
        all_needed,
        book: Mutex::new(Book::new(&layout)),
        layout,
        questions: Arc::new(questions),
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
    needs: &Needs,
    profiles: &mut Profiles,
) -> (Decision, Option<Making>) {
    let kind = EventKind::of_type(event);
    let opened = needs.opened.as_ref().ok();
    let is_connect = event == kernel::CONNECT;
    let doubts = if is_connect {
        connection::doubts(plan, profiles)
    } else {
        plan.doubts(kind.code(), &mut |predicate| told(kernel::told_of_event(kind, predicate), predicate, profiles))
    };
    let is_open = kernel::opens_file(event);
    let rules = doubts.iter().map(|(rank, doubt)| (*rank, Needed::of(doubt, is_connect))).collect();
    let is_message = kernel::is_message(event);
    let made_up_for = match event {
        EventType::SYSCALL_CLOSE_X => opened.is_some(),
        kernel::CONNECT => opened.is_some() && needs.connections.is_none(),
        _ => is_message || (is_open && opened.is_some()),
    };
    if event.info().has_any(event_flag::MODIFIES_STATE) && !made_up_for {
        return (Decision { event, place: Place::Model, rules }, None);
    }
    let own = Doubt::any(doubts.into_iter().map(|(_, doubt)| profiles.divide(doubt)));
    let doubt = match opened {
        Some(opened) if is_open => Doubt::any([own, opened.doubt.clone()]),
        _ if is_message => Doubt::any([own, Doubt::Number(Fact::Number(kernel::NEW_MESSAGE), true)]),
        _ if is_connect => Doubt::any([own, connection::untold()]),
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

fn told(told: KernelTold, predicate: &Predicate, profiles: &mut Profiles) -> Told<Fact> {
    match told {
        KernelTold::Nothing => match profiles.number(predicate) {
            Some(number) => Told::Exactly(Fact::Predicate(number), true),
            None => Told::Nothing,
        },
        KernelTold::Never => Told::Never,
        KernelTold::Number { test, truth, exact: true } => Told::Exactly(Fact::Number(test), truth),
        KernelTold::Number { test, truth, exact: false } => Told::Number(Fact::Number(test), truth),
        KernelTold::Connection { among, outside, certain } => connection::told(among, outside, certain),
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
        Answerer::new(words, &self.layout, &self.questions)
    }

    /// What the verdicts do with a call at its end: for those who want to know beforehand.
    pub fn settles(&self, call: Syscall, judged: &windhover_probe::JudgedCall<'_>) -> bool {
        self.verdicts.moot.contains(call) || self.row_settles(&self.verdicts.rows, false, call, judged)
    }

    /// The same at its beginning.
    pub fn settles_entry(&self, call: Syscall, judged: &windhover_probe::JudgedCall<'_>) -> bool {
        self.row_settles(&self.verdicts.entries, true, call, judged)
    }

    fn row_settles(
        &self,
        rows: &[(Syscall, JudgedRow)],
        is_entry: bool,
        call: Syscall,
        judged: &windhover_probe::JudgedCall<'_>,
    ) -> bool {
        let Some((_, row)) = rows.iter().find(|(of, _)| *of == call) else { return false };
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let place = self.layout.places.iter().position(|place| place.call == call && place.is_entry == is_entry);
        let variant = place.zip(judged.profile).and_then(|(place, profile)| book.variant(place, profile));
        variant.unwrap_or(&row.row).settles(&self.verdicts, book.columns().all(), judged)
    }

    /// The profile of threads for which `holds` says which predicates hold.
    pub fn profile(&self, holds: &dyn Fn(&Predicate) -> bool) -> u16 {
        self.new_profile(holds).0
    }

    /// The same, with what has to be written for it where it was not given out before.
    pub fn new_profile(&self, holds: &dyn Fn(&Predicate) -> bool) -> (u16, Option<NewProfile>) {
        let answers: Vec<_> = self.questions.predicates().map(holds).collect();
        self.book.lock().unwrap_or_else(PoisonError::into_inner).profile(self.questions.truths(&answers))
    }

    /// The number of the automatons' states behind a directory.
    pub fn directory(&self, path: &[u8]) -> Option<u16> {
        directory(&self.layout.automaton, path)
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
                let (rule, needed) = (&rules[*rule as usize], needed.to_text());
                text += &format!("    {needed:<33} {} ({})\n", rule.name, rule.priority);
            }
        }
        let [first, second] = self.verdicts.next.each_ref().map(Vec::len);
        let columns = self.layout.columns.count();
        text += &format!(
            "Paths are read by {first} and {second} of {MAX_STATES} states, with {columns} of {MAX_COLUMNS} columns of outcomes, before there are profiles.\n"
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
        if let (None, None, Some(reason)) = (&self.all_needed, &self.descriptors_needed, &self.connections_needed) {
            text += &format!("All connects are sent up: {reason}.\n");
        }
        text
    }

    /// The types of which all events are sent up because of rules, and those rules; a line for each.
    pub fn forced(&self, rules: &[ActiveRule]) -> String {
        let mut text = self.forced_files();
        for decision in self.decisions.iter().filter(|decision| decision.place == Place::User) {
            let always = decision.rules.iter().filter(|(_, needed)| needed.is_always());
            let names: Vec<_> = always.map(|(rule, _)| format!("`{}`", rules[*rule as usize].name)).collect();
            if !names.is_empty() {
                text += &format!("All events of {} are sent up: {}.\n", decision.event.name(), names.join(", "));
            }
        }
        text
    }
}
