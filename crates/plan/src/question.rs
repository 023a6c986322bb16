//! What is asked about processes: all predicates over one field of the process are one question.
//!
//! The answer is a *class*: which of the predicates hold. Few classes are ever met, whatever number of rules asks, so what
//! comes after the question (sharing what was found out between processes, looking up plans) deals in small numbers. What a
//! text was classed as is remembered too: process names and paths come again and again.

use std::collections::HashMap;
use std::ops::ControlFlow;

use windhover_filter::{Arity, Field, Matcher, Op, Predicate, Rhs, Scratch, Source, Value, Values};

use crate::dag::PredId;
use crate::group::{Index, Sort, sort_of};

/// Number of a question.
pub(crate) type QuestionId = u32;
/// Number of an answer to a question.
pub(crate) type Class = u32;

/// The class in which nothing holds.
const NOTHING: Class = 0;
/// Texts remembered of a question; when there are more, all are forgotten.
const MAX_TEXTS: usize = 4096;
/// Different answers to a question after which all are forgotten.
const MANY_CLASSES: usize = 4096;
/// Of longer texts only the last one is remembered …
const MAX_TEXT_LEN: usize = 256;
/// … and of those that are longer still not even that.
const MAX_LONG_TEXT: usize = 16 << 10;

/// A question: what is asked, and how it is answered.
#[derive(Debug)]
pub(crate) struct Question {
    asked: Asked,
    /// The predicates; a class is a set of places in here.
    preds: Box<[PredId]>,
    /// Those that an index finds.
    indexes: Box<[Index]>,
    /// The others, by place.
    alone: Box<[(u32, Matcher)]>,
    /// Places of those that ask whether the field exists.
    exists: Box<[u32]>,
}

#[derive(Debug)]
enum Asked {
    /// The value of a field.
    Value(Field),
    /// Any value of a field of several.
    Any(Field),
    /// More than the value of one field: the one predicate is evaluated as it is.
    Other,
}

/// The questions of a ruleset, and where each steady predicate stands.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    questions: Vec<Question>,
    /// By predicate: its question, and its place there.
    places: HashMap<PredId, (QuestionId, u32), foldhash::fast::RandomState>,
}

impl Questions {
    /// Makes questions of the predicates with these numbers, with `grouping` one per field, else one per predicate.
    pub fn new(predicates: &[Predicate], among: impl Iterator<Item = PredId>, grouping: bool) -> Self {
        let mut by_field: HashMap<&Field, usize> = HashMap::new();
        let mut members: Vec<Vec<PredId>> = Vec::new();
        for id in among {
            match field_of(&predicates[id as usize]).filter(|_| grouping) {
                Some(field) => {
                    let at = *by_field.entry(field).or_insert(members.len());
                    if at == members.len() {
                        members.push(Vec::new());
                    }
                    members[at].push(id);
                }
                None => members.push(vec![id]),
            }
        }
        let mut this = Self::default();
        for ids in members {
            let number = this.questions.len() as QuestionId;
            this.places.extend(ids.iter().zip(0..).map(|(&id, place)| (id, (number, place))));
            this.questions.push(Question::new(predicates, ids));
        }
        this
    }

    pub fn len(&self) -> usize {
        self.questions.len()
    }

    pub fn get(&self, question: QuestionId) -> &Question {
        &self.questions[question as usize]
    }

    /// The question that a steady predicate is part of, and its place there.
    pub fn place(&self, pred: PredId) -> Option<(QuestionId, u32)> {
        self.places.get(&pred).copied()
    }
}

/// The field whose value decides a predicate.
fn field_of(predicate: &Predicate) -> Option<&Field> {
    let Source::Field(field) = &predicate.lhs else { return None };
    let constant = !matches!(predicate.rhs, Rhs::Source(_));
    (constant && matches!(field.arity, Arity::One | Arity::Any)).then_some(field)
}

impl Question {
    fn new(predicates: &[Predicate], preds: Vec<PredId>) -> Self {
        let asked = match field_of(&predicates[preds[0] as usize]) {
            Some(field) if field.arity == Arity::One => Asked::Value(field.clone()),
            Some(field) => Asked::Any(field.clone()),
            None => Asked::Other,
        };
        let mut sorts: HashMap<Sort, Vec<PredId>> = HashMap::new();
        let (mut alone, mut exists) = (Vec::new(), Vec::new());
        for (&id, place) in preds.iter().zip(0u32..) {
            let predicate = &predicates[id as usize];
            if predicate.op == Op::Exists && matches!(asked, Asked::Any(_)) {
                exists.push(place);
            } else if let Some((_, sort)) = sort_of(predicate).filter(|_| !matches!(asked, Asked::Other)) {
                sorts.entry(sort).or_default().push(id);
            } else {
                alone.push((place, Matcher::new(predicate)));
            }
        }
        let place_of: HashMap<PredId, u32> = preds.iter().copied().zip(0..).collect();
        let mut indexes = Vec::new();
        for (sort, ids) in sorts {
            match Index::new(sort, &ids, predicates) {
                Some(index) => indexes.push(index),
                None => alone.extend(ids.iter().map(|id| (place_of[id], Matcher::new(&predicates[*id as usize])))),
            }
        }
        Self { asked, preds: preds.into(), indexes: indexes.into(), alone: alone.into(), exists: exists.into() }
    }
}

/// One value as the value of every field: the predicates of a question ask for no other.
struct Only<'v>(Value<'v>);

impl Values for Only<'_> {
    fn get<'a>(&'a self, _: &Field, _: &'a mut Scratch) -> Option<Value<'a>> {
        Some(self.0)
    }

    fn each(&self, _: &Field, _: &mut Scratch, visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) -> bool {
        _ = visit(self.0);
        true
    }
}

/// The answers that a question has had.
#[derive(Debug)]
pub(crate) struct Answers {
    classes: Vec<Answer>,
    /// Classes by the predicates that hold.
    by_bits: HashMap<Box<[u64]>, Class, foldhash::fast::RandomState>,
    by_text: HashMap<Box<[u8]>, Class, foldhash::fast::RandomState>,
    /// The last text that was too long for the table.
    last_long: (Vec<u8>, Option<Class>),
    /// Room for the answer in the making.
    bits: Vec<u64>,
    all: Vec<u64>,
    hits: Vec<PredId>,
    scratch: Scratch,
}

#[derive(Debug)]
struct Answer {
    bits: Box<[u64]>,
    /// The predicates that hold.
    hits: Box<[PredId]>,
}

impl Answers {
    pub fn new(question: &Question) -> Self {
        let words = question.preds.len().div_ceil(64);
        let mut this = Self {
            classes: Vec::new(),
            by_bits: HashMap::default(),
            by_text: HashMap::default(),
            last_long: (Vec::new(), None),
            bits: vec![0; words],
            all: vec![0; words],
            hits: Vec::new(),
            scratch: Scratch::default(),
        };
        this.intern(question);
        this
    }

    /// Whether there have been so many different answers that it is time to forget them.
    pub fn are_many(&self) -> bool {
        self.classes.len() >= MANY_CLASSES
    }

    /// Whether the predicate at a place holds.
    #[inline]
    pub fn holds(&self, class: Class, place: u32) -> bool {
        self.classes[class as usize].bits[place as usize / 64] >> (place % 64) & 1 == 1
    }

    /// The predicates that hold.
    pub fn hits(&self, class: Class) -> &[PredId] {
        &self.classes[class as usize].hits
    }

    /// Asks.
    pub fn ask<V: Values + ?Sized>(
        &mut self,
        questions: &Questions,
        question: &Question,
        values: &V,
        scratch: &mut Scratch,
    ) -> Class {
        match &question.asked {
            Asked::Value(field) => match values.get(field, scratch) {
                Some(value) => self.of_value(questions, question, value),
                None => NOTHING,
            },
            Asked::Any(field) => {
                let mut seen = NOTHING;
                let mut mixed = false;
                let mut all = std::mem::take(&mut self.all);
                all.fill(0);
                let exists = values.each(field, scratch, &mut |value| {
                    let class = self.of_value(questions, question, value);
                    if class != NOTHING {
                        mixed |= seen != NOTHING && seen != class;
                        seen = class;
                        or_into(&mut all, &self.classes[class as usize].bits);
                    }
                    ControlFlow::Continue(())
                });
                self.bits.copy_from_slice(&all);
                self.all = all;
                if !mixed && (!exists || question.exists.is_empty()) {
                    return seen;
                }
                if exists {
                    question.exists.iter().for_each(|&place| set(&mut self.bits, place));
                }
                self.intern(question)
            }
            Asked::Other => {
                self.bits.fill(0);
                for (place, matcher) in &question.alone {
                    if matcher.matches(values, scratch) {
                        set(&mut self.bits, *place);
                    }
                }
                self.intern(question)
            }
        }
    }

    /// The class of one value.
    fn of_value(&mut self, questions: &Questions, question: &Question, value: Value<'_>) -> Class {
        let Value::Str(text) = value else { return self.classify(questions, question, value) };
        if text.len() > MAX_TEXT_LEN {
            return self.of_long_text(questions, question, text);
        }
        // A single test that an index answers is as fast as looking up what it said last time.
        if question.preds.len() < 2 && question.alone.is_empty() {
            return self.classify(questions, question, value);
        }
        if let Some(&class) = self.by_text.get(text) {
            return class;
        }
        let class = self.classify(questions, question, value);
        if self.by_text.len() >= MAX_TEXTS {
            self.by_text.clear();
        }
        self.by_text.insert(text.into(), class);
        class
    }

    /// The class of a text too long for the table: only the last one is remembered, as environments go from process to process.
    fn of_long_text(&mut self, questions: &Questions, question: &Question, text: &[u8]) -> Class {
        if let Some(class) = self.last_long.1
            && *self.last_long.0 == *text
        {
            return class;
        }
        let class = self.classify(questions, question, Value::Str(text));
        self.last_long.0.clear();
        self.last_long.1 = (text.len() <= MAX_LONG_TEXT).then_some(class);
        if self.last_long.1.is_some() {
            self.last_long.0.extend_from_slice(text);
        }
        class
    }

    fn classify(&mut self, questions: &Questions, question: &Question, value: Value<'_>) -> Class {
        self.bits.fill(0);
        self.hits.clear();
        question.indexes.iter().for_each(|index| index.find(value, &mut self.hits));
        for pred in &self.hits {
            if let Some((_, place)) = questions.place(*pred) {
                set(&mut self.bits, place);
            }
        }
        for (place, matcher) in &question.alone {
            if matcher.matches(&Only(value), &mut self.scratch) {
                set(&mut self.bits, *place);
            }
        }
        self.intern(question)
    }

    /// The class of the answer in the making.
    fn intern(&mut self, question: &Question) -> Class {
        if let Some(&class) = self.by_bits.get(&*self.bits) {
            return class;
        }
        let class = self.classes.len() as Class;
        let bits: Box<[u64]> = self.bits.as_slice().into();
        let held = |place: &u32| bits[*place as usize / 64] >> (place % 64) & 1 == 1;
        let hits = (0..question.preds.len() as u32).filter(held).map(|place| question.preds[place as usize]).collect();
        self.by_bits.insert(bits.clone(), class);
        self.classes.push(Answer { bits, hits });
        class
    }
}

fn set(bits: &mut [u64], place: u32) {
    bits[place as usize / 64] |= 1 << (place % 64);
}

fn or_into(into: &mut [u64], from: &[u64]) {
    into.iter_mut().zip(from).for_each(|(into, from)| *into |= from);
}
