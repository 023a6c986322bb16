//! Predicates over the same field of the event that are evaluated together: the field is read once, and one look-up, trie
//! walk or automaton pass yields those that hold. (What depends on the process alone is in [`crate::question`].)

use std::collections::HashMap;
use std::ops::ControlFlow;

use aho_corasick::AhoCorasick;
use windhover_filter::{Arity, Field, Op, Predicate, Rhs, Scratch, Source, Type, Value, Values};

use crate::dag::PredId;
use crate::trie::{Direction, Trie};

/// Number of a group.
pub(crate) type GroupId = u32;

/// A single predicate of its sort is evaluated alone just as fast.
const MIN_MEMBERS: usize = 2;

/// All groups of a ruleset.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    field: Field,
    index: Index,
}

/// How a group's predicates are found from a value.
#[derive(Debug)]
pub(crate) enum Index {
    /// `=` and `in` of texts.
    Texts(HashMap<Box<[u8]>, Box<[PredId]>, foldhash::fast::RandomState>),
    /// `=` and `in` of numbers.
    Numbers(HashMap<i128, Box<[PredId]>, foldhash::fast::RandomState>),
    /// `startswith` or `endswith`.
    Affixes(Trie),
    /// `contains`; predicates by pattern.
    Substrings { automaton: AhoCorasick, preds: Box<[PredId]> },
}

/// The sorts of predicates that can share an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sort {
    Texts,
    Numbers,
    Prefixes,
    Suffixes,
    Substrings,
}

impl Groups {
    /// Groups the predicates with these numbers; `grouped` is told which came into which group.
    pub fn new(
        predicates: &[Predicate],
        among: impl Iterator<Item = PredId>,
        grouped: &mut dyn FnMut(PredId, GroupId),
    ) -> Self {
        let mut members: HashMap<(&Field, Sort), Vec<PredId>> = HashMap::new();
        for id in among {
            if let Some(key) = sort_of(&predicates[id as usize]) {
                members.entry(key).or_default().push(id);
            }
        }
        let mut members: Vec<_> = members.into_iter().filter(|(_, ids)| ids.len() >= MIN_MEMBERS).collect();
        members.sort_by_key(|(_, ids)| ids[0]);
        let mut groups = Self::default();
        for ((field, sort), ids) in members {
            let Some(index) = Index::new(sort, &ids, predicates) else { continue };
            let number = groups.groups.len() as GroupId;
            groups.groups.push(Group { field: field.clone(), index });
            ids.into_iter().for_each(|id| grouped(id, number));
        }
        groups
    }

    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Appends the predicates of a group that hold, each once.
    pub fn evaluate<V: Values + ?Sized>(
        &self,
        group: GroupId,
        values: &V,
        scratch: &mut Scratch,
        hits: &mut Vec<PredId>,
    ) {
        let group = &self.groups[group as usize];
        if group.field.arity == Arity::One {
            if let Some(value) = values.get(&group.field, scratch) {
                group.index.find(value, hits);
            }
            return;
        }
        // Any of several values will do, so what one of them satisfies is satisfied.
        values.each(&group.field, scratch, &mut |value| {
            group.index.find(value, hits);
            ControlFlow::Continue(())
        });
        hits.sort_unstable();
        hits.dedup();
    }
}

/// The field and sort of a predicate that can be indexed.
pub(crate) fn sort_of(predicate: &Predicate) -> Option<(&Field, Sort)> {
    let Source::Field(field) = &predicate.lhs else { return None };
    if predicate.quantifier.is_some() || !matches!(field.arity, Arity::One | Arity::Any) {
        return None;
    }
    let sort = match (predicate.op, &predicate.rhs, field.ty) {
        (Op::Eq | Op::In, Rhs::Texts(_), Type::Str) => Sort::Texts,
        (
            Op::Eq | Op::In,
            Rhs::Numbers(_),
            Type::Int(_) | Type::Uint(_) | Type::Port | Type::RelTime | Type::AbsTime,
        ) => Sort::Numbers,
        (Op::StartsWith, Rhs::Texts(_), Type::Str) => Sort::Prefixes,
        (Op::EndsWith, Rhs::Texts(_), Type::Str) => Sort::Suffixes,
        (Op::Contains, Rhs::Texts(_), Type::Str) => Sort::Substrings,
        _ => return None,
    };
    Some((field, sort))
}

fn collect<K: std::hash::Hash + Eq>(
    pairs: impl Iterator<Item = (K, PredId)>,
) -> HashMap<K, Box<[PredId]>, foldhash::fast::RandomState> {
    let mut lists: HashMap<K, Vec<PredId>> = HashMap::new();
    for (key, id) in pairs {
        lists.entry(key).or_default().push(id);
    }
    lists
        .into_iter()
        .map(|(key, mut ids)| {
            ids.dedup();
            (key, ids.into_boxed_slice())
        })
        .collect()
}

impl Index {
    /// The index of some predicates of one sort; `None` if they are too many for one.
    pub fn new(sort: Sort, ids: &[PredId], predicates: &[Predicate]) -> Option<Self> {
        let texts = || {
            ids.iter().flat_map(|&id| match &predicates[id as usize].rhs {
                Rhs::Texts(texts) => texts.iter().map(move |text| (&**text, id)).collect(),
                _ => Vec::new(),
            })
        };
        Some(match sort {
            Sort::Texts => Self::Texts(collect(texts().map(|(text, id)| (text.into(), id)))),
            Sort::Numbers => Self::Numbers(collect(ids.iter().flat_map(|&id| match &predicates[id as usize].rhs {
                Rhs::Numbers(numbers) => numbers.iter().map(|&number| (number, id)).collect(),
                _ => Vec::new(),
            }))),
            Sort::Prefixes => Self::Affixes(Trie::new(Direction::Forward, texts())),
            Sort::Suffixes => Self::Affixes(Trie::new(Direction::Backward, texts())),
            Sort::Substrings => {
                let (patterns, preds): (Vec<&[u8]>, Vec<PredId>) = texts().unzip();
                // Only patterns of a total length beyond the automaton's numbering are refused; then each is searched alone.
                // Looking ahead for rare bytes costs more than the automaton on values as short as these.
                let automaton = AhoCorasick::builder().prefilter(false).build(patterns).ok()?;
                Self::Substrings { automaton, preds: preds.into_boxed_slice() }
            }
        })
    }

    /// Appends the predicates that hold for a value, each once.
    pub fn find(&self, value: Value<'_>, hits: &mut Vec<PredId>) {
        match (self, value) {
            (Self::Texts(texts), Value::Str(text)) => {
                if let Some(preds) = texts.get(text) {
                    hits.extend_from_slice(preds);
                }
            }
            (Self::Numbers(numbers), value) => {
                let number = match value {
                    Value::Int(number) => i128::from(number),
                    Value::Uint(number) => i128::from(number),
                    _ => return,
                };
                if let Some(preds) = numbers.get(&number) {
                    hits.extend_from_slice(preds);
                }
            }
            (Self::Affixes(trie), Value::Str(text)) => trie.find(text, hits),
            (Self::Substrings { automaton, preds }, Value::Str(text)) => {
                let start = hits.len();
                for found in automaton.find_overlapping_iter(text) {
                    let pred = preds[found.pattern().as_usize()];
                    if !hits[start..].contains(&pred) {
                        hits.push(pred);
                    }
                }
            }
            _ => {}
        }
    }
}
