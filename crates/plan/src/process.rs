//! What is remembered of processes: the answers that each version gave, and which versions gave the same ones.
//!
//! A version's answers are found one by one, as rules ask, and kept for as long as the version has events. Once it has had
//! some, the rest is asked too, and the version is known by its *profile*: all versions with the same answers to all
//! questions have the same one, and whatever was worked out for one of them holds for all.

use std::collections::HashMap;

use windhover_filter::{Scratch, Values};

use crate::dag::{Dag, Node, NodeId};
use crate::question::{Answers, Class, QuestionId, Questions};

/// Process versions remembered at a time, at most; a power of two. A version that falls out is only asked again.
const MAX_VERSIONS: usize = 4096;
/// The same at least, however many questions there are.
const MIN_VERSIONS: usize = 64;
/// Answers of all remembered versions together, so that memory does not grow with the rules.
const MAX_ANSWERS: usize = 1 << 19;
/// Answering a question costs as much as some steps of a plan: all are answered for versions whose events have had plans of so many
/// steps together for each question …
const STEPS_PER_QUESTION: u32 = 8;
/// … or of so many.
const WORTH_A_PROFILE: u32 = 256;
/// Profiles after which all are forgotten.
const MANY_PROFILES: usize = 1 << 14;
/// Bytes that all profiles together may take before they are forgotten.
const MANY_BYTES: usize = 32 << 20;

/// Number of a profile.
pub(crate) type ProfileId = u32;

const NO_PROFILE: ProfileId = ProfileId::MAX;
const UNASKED: Class = Class::MAX;
/// No thread has this version.
const NO_VERSION: u64 = u64::MAX;

/// Where a version's answers stand: valid until another version is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(usize);

#[derive(Clone, Copy, Debug)]
struct Version {
    version: u64,
    profile: ProfileId,
    /// Steps of the plans that its events have had.
    effort: u32,
}

const UNKNOWN: Version = Version { version: NO_VERSION, profile: NO_PROFILE, effort: 0 };

/// Everything known of processes.
#[derive(Debug)]
pub(crate) struct Processes {
    /// By the low bits of the version; one more is for events whose process is not to be remembered.
    versions: Box<[Version]>,
    /// By place and question.
    classes: Box<[Class]>,
    answers: Vec<Answers>,
    profiles: Vec<Profile>,
    by_classes: HashMap<Box<[Class]>, ProfileId, foldhash::fast::RandomState>,
    scratch: Scratch,
}

/// What all versions with the same answers have in common.
#[derive(Debug)]
struct Profile {
    classes: Box<[Class]>,
    /// Truth of each steady node, by its number.
    nodes: Box<[u64]>,
}

impl Processes {
    pub fn new(questions: &Questions) -> Self {
        let ids = 0..questions.len() as QuestionId;
        let room = (MAX_ANSWERS / questions.len().max(1) + 1).next_power_of_two() / 2;
        let places = room.clamp(MIN_VERSIONS, MAX_VERSIONS) + 1;
        Self {
            versions: vec![UNKNOWN; places].into(),
            classes: vec![UNASKED; questions.len() * places].into(),
            answers: ids.map(|id| Answers::new(questions.get(id))).collect(),
            profiles: Vec::new(),
            by_classes: HashMap::default(),
            scratch: Scratch::default(),
        }
    }

    /// Forgets all versions: those to come are of another model.
    pub fn forget_versions(&mut self) {
        self.versions.fill(UNKNOWN);
    }

    /// Whether so much is remembered that it is time to begin anew.
    pub fn are_many(&self) -> bool {
        let bytes = self.profiles.first().map_or(0, |profile| 8 * profile.nodes.len() + 4 * profile.classes.len());
        self.profiles.len() >= MANY_PROFILES
            || self.profiles.len() * bytes >= MANY_BYTES
            || self.answers.iter().any(Answers::are_many)
    }

    /// The place of a version, and its profile if it has one by now. Counts an event whose plan has so many steps.
    pub fn meet(&mut self, version: Option<u64>, steps: usize) -> (Place, Option<ProfileId>) {
        let nowhere = self.versions.len() - 1;
        let Some(version) = version.filter(|version| *version != NO_VERSION) else {
            self.unask(Place(nowhere));
            return (Place(nowhere), None);
        };
        let at = version as usize & (nowhere - 1);
        let known = &mut self.versions[at];
        if known.version != version {
            *known = Version { version, profile: NO_PROFILE, effort: steps as u32 };
            self.unask(Place(at));
            return (Place(at), None);
        }
        known.effort = known.effort.saturating_add(steps as u32);
        (Place(at), Some(known.profile).filter(|profile| *profile != NO_PROFILE))
    }

    fn unask(&mut self, place: Place) {
        let width = self.answers.len();
        self.classes[place.0 * width..][..width].fill(UNASKED);
    }

    /// Whether a version without a profile has had enough events to get one.
    pub fn is_due(&self, place: Place) -> bool {
        let asked = self.answers.len() as u32 * STEPS_PER_QUESTION;
        self.versions[place.0].effort >= asked.min(WORTH_A_PROFILE)
    }

    /// The answer of the process at a place to a question.
    #[inline]
    pub fn class<V: Values + ?Sized>(
        &mut self,
        place: Place,
        questions: &Questions,
        id: QuestionId,
        values: &V,
    ) -> Class {
        let at = place.0 * self.answers.len() + id as usize;
        let class = self.classes[at];
        if class != UNASKED {
            return class;
        }
        let class = self.answers[id as usize].ask(questions, questions.get(id), values, &mut self.scratch);
        self.classes[at] = class;
        class
    }

    /// What has been answered to a question.
    #[inline]
    pub fn answers(&self, id: QuestionId) -> &Answers {
        &self.answers[id as usize]
    }

    /// The answer of all versions with a profile.
    pub fn class_of(&self, profile: ProfileId, id: QuestionId) -> Class {
        self.profiles[profile as usize].classes[id as usize]
    }

    /// Whether a steady node holds for all versions with a profile.
    #[inline]
    pub fn holds(&self, profile: ProfileId, number: u32) -> bool {
        self.profiles[profile as usize].nodes[number as usize / 64] >> (number % 64) & 1 == 1
    }

    /// Asks the process at a place all that was not asked yet, and gives its version the profile.
    pub fn profile<V: Values + ?Sized>(
        &mut self,
        place: Place,
        questions: &Questions,
        steady: &SteadyNodes,
        values: &V,
    ) -> ProfileId {
        let width = self.answers.len();
        for id in 0..width as QuestionId {
            self.class(place, questions, id, values);
        }
        let classes = &self.classes[place.0 * width..][..width];
        let profile = match self.by_classes.get(classes) {
            Some(&known) => known,
            None => {
                let classes: Box<[Class]> = classes.into();
                let number = self.profiles.len() as ProfileId;
                let nodes = steady.evaluate(|question, place| {
                    self.answers[question as usize].holds(classes[question as usize], place)
                });
                self.by_classes.insert(classes.clone(), number);
                self.profiles.push(Profile { classes, nodes });
                number
            }
        };
        self.versions[place.0].profile = profile;
        profile
    }
}

/// The nodes of a graph that depend on the process and on nothing else, numbered.
#[derive(Debug, Default)]
pub(crate) struct SteadyNodes {
    nodes: Vec<Steady>,
}

#[derive(Debug)]
enum Steady {
    Leaf {
        question: QuestionId,
        place: u32,
        negated: bool,
    },
    /// Of steady nodes with smaller numbers.
    And(Box<[u32]>),
    Or(Box<[u32]>),
}

impl SteadyNodes {
    /// Numbers the steady nodes of a graph; the second value has each node's number.
    pub fn new(dag: &Dag, questions: &Questions) -> (Self, HashMap<NodeId, u32, foldhash::fast::RandomState>) {
        let mut this = Self::default();
        let mut numbers: HashMap<NodeId, u32, foldhash::fast::RandomState> = HashMap::default();
        for id in (0..dag.len() as NodeId).filter(|&id| dag.facts(id).steady) {
            let numbered = |children: &[NodeId]| children.iter().map(|child| numbers.get(child).copied()).collect();
            let node = match dag.node(id) {
                Node::Const(_) => None,
                Node::Leaf { pred, negated } => {
                    let place = questions.place(*pred);
                    place.map(|(question, place)| Steady::Leaf { question, place, negated: *negated })
                }
                Node::And(children) => Option::map(numbered(children), Steady::And),
                Node::Or(children) => Option::map(numbered(children), Steady::Or),
            };
            if let Some(node) = node {
                numbers.insert(id, this.nodes.len() as u32);
                this.nodes.push(node);
            }
        }
        (this, numbers)
    }

    /// The truth of all of them, from that of the predicates.
    fn evaluate(&self, holds: impl Fn(QuestionId, u32) -> bool) -> Box<[u64]> {
        let mut truth = vec![0u64; self.nodes.len().div_ceil(64)].into_boxed_slice();
        for (node, number) in self.nodes.iter().zip(0usize..) {
            let bit = |at: &u32| truth[*at as usize / 64] >> (at % 64) & 1 == 1;
            let value = match node {
                Steady::Leaf { question, place, negated } => holds(*question, *place) != *negated,
                Steady::And(children) => children.iter().all(bit),
                Steady::Or(children) => children.iter().any(bit),
            };
            truth[number / 64] |= u64::from(value) << (number % 64);
        }
        truth
    }
}
