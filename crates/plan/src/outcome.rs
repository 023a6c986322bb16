//! Events that are like one that matched nothing match nothing either.
//!
//! What a residual plan makes of an event depends on the few values that its predicates read. A machine opens the same
//! libraries and headers over and over, so these values come again; they are put together as a *key*, and keys that came
//! to nothing are remembered. Texts stand in a key as they are: comparing one costs the same however many rules ask about it. Of
//! numbers, which seldom repeat, only what the predicates make of them stands there.

use std::hash::{BuildHasher, Hasher};
use std::ops::ControlFlow;

use windhover_filter::{Arity, Field, Rhs, Scratch, Source, Type, Value, Values};

use crate::dag::{Dag, Node, NodeId, PredId};
use crate::group::GroupId;
use crate::network::Rank;
use crate::predicates::{Predicates, Way};

/// Keys remembered at a time, at most; a power of two.
const PLACES: usize = 1 << 13;
/// Bytes of all remembered keys together; when they are used up, all are forgotten.
const KEY_BYTES: usize = 1 << 20;
/// Longer keys are not remembered.
const MAX_KEY: usize = 1024;
/// Reading so many texts for a key costs more than the plan is likely to.
const MAX_TEXTS: usize = 12;
/// Look-ups after which it is seen whether they were of use.
const TRIAL: u32 = 1024;
/// One of so many look-ups has to find its key, or a plan goes without for [`REST`] events.
const USEFUL_OF: u32 = 8;
/// Events that a plan goes without, when its keys do not repeat.
const REST: u32 = 1 << 12;

/// What an event's outcome depends on, for one residual plan.
#[derive(Debug)]
pub(crate) struct Sketch {
    /// What texts are made of.
    pub origins: Box<[u32]>,
    /// Other fields whose values are taken as they are.
    pub texts: Box<[Field]>,
    /// Groups of predicates over a number.
    pub groups: Box<[GroupId]>,
    /// Other predicates over a number.
    pub alone: Box<[PredId]>,
    /// Look-ups of the current trial, or events still to be passed over if `resting`.
    tried: u32,
    found: u32,
    resting: bool,
}

impl Sketch {
    /// The sketch of some rules; `None` if it would not be worth its while.
    pub fn new(
        dag: &Dag,
        predicates: &Predicates,
        rules: &[(Rank, NodeId)],
        origin: &dyn Fn(&Field) -> Option<u32>,
    ) -> Option<Self> {
        let (mut texts, mut origins, mut groups, mut alone) = (Vec::<Field>::new(), vec![], vec![], vec![]);
        for pred in leaves(dag, rules) {
            let predicate = predicates.get(pred);
            // A truth value that comes from what is in the key anyway costs nothing.
            if let Source::Field(field) = &predicate.lhs
                && field.ty == Type::Bool
                && !matches!(predicate.rhs, Rhs::Source(_))
                && let Some(origin) = origin(field)
            {
                origins.push(origin);
                continue;
            }
            match predicates.way(pred) {
                // Partial evaluation has left nothing of the kind; a plan that had some would hold for one profile only.
                Way::Question(..) => return None,
                Way::Group(group) if is_number(&predicate.lhs) => groups.push(group),
                Way::Alone if is_number(&predicate.lhs) && !matches!(predicate.rhs, Rhs::Source(_)) => alone.push(pred),
                Way::Group(_) | Way::Alone => {
                    for field in predicate.fields() {
                        match origin(field) {
                            Some(origin) => origins.push(origin),
                            None if texts.contains(field) => {}
                            None => texts.push(field.clone()),
                        }
                    }
                }
            }
        }
        groups.sort_unstable();
        groups.dedup();
        origins.sort_unstable();
        origins.dedup();
        let worth = texts.len() <= MAX_TEXTS;
        worth.then(|| Self {
            origins: origins.into(),
            texts: texts.into(),
            groups: groups.into(),
            alone: alone.into(),
            tried: 0,
            found: 0,
            resting: false,
        })
    }

    /// Whether to look for this event's key.
    #[inline]
    fn is_wanted(&mut self) -> bool {
        self.tried += 1;
        if self.tried < if self.resting { REST } else { TRIAL } {
            return !self.resting;
        }
        self.resting = !self.resting && self.found * USEFUL_OF < self.tried;
        self.tried = 0;
        self.found = 0;
        !self.resting
    }
}

/// The predicates of some rules, each once, in order.
fn leaves(dag: &Dag, rules: &[(Rank, NodeId)]) -> Vec<PredId> {
    let mut open: Vec<NodeId> = rules.iter().map(|&(_, node)| node).collect();
    let mut seen = std::collections::HashSet::<NodeId, foldhash::fast::RandomState>::default();
    let mut preds = Vec::new();
    while let Some(node) = open.pop() {
        if !seen.insert(node) {
            continue;
        }
        match dag.node(node) {
            Node::Const(_) => {}
            Node::Leaf { pred, .. } => preds.push(*pred),
            Node::And(children) | Node::Or(children) => open.extend_from_slice(children),
        }
    }
    preds.sort_unstable();
    preds.dedup();
    preds
}

/// Whether a value is small enough, and different often enough, that what is asked about it says more than itself.
fn is_number(source: &Source) -> bool {
    matches!(source, Source::Field(field) if !matches!(field.ty, Type::Str | Type::Bytes | Type::Opaque))
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    hash: u64,
    start: u32,
    /// 0: nothing is known here.
    len: u32,
}

/// The keys that came to nothing.
#[derive(Debug)]
pub(crate) struct Outcomes {
    places: Box<[Known]>,
    /// All keys, one after the other; never grows.
    bytes: Vec<u8>,
    key: Vec<u8>,
    hasher: foldhash::fast::RandomState,
    scratch: Scratch,
}

/// A key that is not known: what to remember the event by if it comes to nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unknown(u64);

/// What is known of an event's like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// It matches nothing.
    Nothing,
    /// It has to be evaluated.
    Unknown(Option<Unknown>),
}

impl Outcomes {
    pub fn new() -> Self {
        Self {
            places: Box::default(),
            bytes: Vec::new(),
            key: Vec::new(),
            hasher: foldhash::fast::RandomState::default(),
            scratch: Scratch::default(),
        }
    }

    /// Looks for an event's like. `bits` appends what the predicates over numbers make of it.
    pub fn look<V: Values + ?Sized>(
        &mut self,
        network: u32,
        sketch: &mut Sketch,
        values: &V,
        bits: impl FnOnce(&Sketch, &mut Vec<u8>),
    ) -> Outcome {
        if !sketch.is_wanted() {
            return Outcome::Unknown(None);
        }
        self.key.clear();
        self.key.extend_from_slice(&network.to_ne_bytes());
        bits(sketch, &mut self.key);
        for &origin in &sketch.origins {
            values.write_origin(origin, &mut self.key);
        }
        for field in &sketch.texts {
            write_field(field, values, &mut self.scratch, &mut self.key);
        }
        if self.key.len() > MAX_KEY {
            return Outcome::Unknown(None);
        }
        let mut hasher = self.hasher.build_hasher();
        hasher.write(&self.key);
        let hash = hasher.finish();
        if let Some(known) = self.places.get(hash as usize % PLACES)
            && known.hash == hash
            && self.bytes[known.start as usize..][..known.len as usize] == *self.key
        {
            sketch.found += 1;
            return Outcome::Nothing;
        }
        Outcome::Unknown(Some(Unknown(hash)))
    }

    /// Remembers that the event of the last look-up matches nothing.
    pub fn learn(&mut self, Unknown(hash): Unknown) {
        if self.places.is_empty() {
            self.places = vec![Known::default(); PLACES].into();
            self.bytes = Vec::with_capacity(KEY_BYTES);
        }
        if self.bytes.len() + self.key.len() > KEY_BYTES {
            self.places.fill(Known::default());
            self.bytes.clear();
        }
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&self.key);
        self.places[hash as usize % PLACES] = Known { hash, start, len: self.key.len() as u32 };
    }
}

/// Appends the value of a field, or its values, so that different ones give different bytes.
fn write_field<V: Values + ?Sized>(field: &Field, values: &V, scratch: &mut Scratch, key: &mut Vec<u8>) {
    if field.arity == Arity::One {
        match values.get(field, scratch) {
            Some(value) => write_value(value, key),
            None => key.push(0),
        }
        return;
    }
    let exists = values.each(field, scratch, &mut |value| {
        write_value(value, key);
        ControlFlow::Continue(())
    });
    key.push(u8::from(exists) << 7);
}

fn write_value(value: Value<'_>, key: &mut Vec<u8>) {
    let mut text = |tag: u8, bytes: &[u8]| {
        key.push(tag);
        key.extend_from_slice(&(bytes.len() as u32).to_ne_bytes());
        key.extend_from_slice(bytes);
    };
    match value {
        Value::Str(bytes) => text(1, bytes),
        Value::Bytes(bytes) => text(2, bytes),
        Value::Int(number) => text(3, &number.to_ne_bytes()),
        Value::Uint(number) => text(4, &number.to_ne_bytes()),
        Value::Bool(value) => text(5, &[u8::from(value)]),
        Value::Double(number) => text(6, &number.to_bits().to_ne_bytes()),
        Value::Ip(std::net::IpAddr::V4(address)) => text(7, &address.octets()),
        Value::Ip(std::net::IpAddr::V6(address)) => text(8, &address.octets()),
    }
}
