//! What two predicates about the same value have to do with each other, and which values a few of them leave.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::facts::Literal;
use crate::{
    Arity, Field, FieldArg, FieldFlags, Matcher, Op, Predicate, Quantifier, Rhs, Scope, Scratch, Source, Type, Value,
    Values,
};

/// More constants than this are not tried one by one.
const CANDIDATES: usize = 512;

/// Predicates by number.
#[derive(Debug, Default)]
pub(super) struct Known {
    tests: Vec<Test>,
    pairs: RefCell<HashMap<(u32, u32), Pair>>,
}

/// A predicate, made ready to be asked about.
#[derive(Debug)]
struct Test {
    subject: usize,
    predicate: Predicate,
    /// The predicate about a value handed in, if it is about one value and constants.
    on_constant: Option<Matcher>,
    /// The only values for which it can hold.
    candidates: Option<Vec<Constant>>,
}

/// What is known of two predicates that both are about one subject.
#[derive(Clone, Copy, Debug)]
struct Pair {
    implies: bool,
    excludes: bool,
}

/// A value on its own.
#[derive(Clone, Debug, PartialEq)]
enum Constant {
    Text(Arc<[u8]>),
    Bytes(Arc<[u8]>),
    Int(i64),
    Uint(u64),
    Bool(bool),
    Ip(IpAddr),
}

impl Constant {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Str(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::Int(number) => Value::Int(*number),
            Self::Uint(number) => Value::Uint(*number),
            Self::Bool(value) => Value::Bool(*value),
            Self::Ip(address) => Value::Ip(*address),
        }
    }
}

impl Values for Constant {
    fn get<'a>(&'a self, _: &Field, _: &'a mut Scratch) -> Option<Value<'a>> {
        Some(self.value())
    }

    fn each(&self, _: &Field, _: &mut Scratch, visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) -> bool {
        let _ = visit(self.value());
        true
    }
}

/// Whether a source has one value at most: then what two predicates say, they say of the same one.
fn is_single(source: &Source) -> bool {
    match source {
        Source::Field(field) => field.arity == Arity::One,
        Source::Text(_) => true,
        Source::List(_) => false,
        Source::Call(call) => !call.list,
    }
}

impl Test {
    fn new(predicate: &Predicate, subject: usize) -> Self {
        let ty = predicate.lhs.ty();
        // An empty list is often one that is still to be filled: nothing is concluded from it.
        let constant = !predicate.rhs.is_empty();
        let on_constant = (constant && is_single(&predicate.lhs)).then(|| {
            let flags = FieldFlags::default();
            let text = Arc::from("");
            let value = Field { def: 0, arg: FieldArg::None, ty, arity: Arity::One, scope: Scope::Event, flags, text };
            Matcher::new(&Predicate { lhs: Source::Field(value), ..predicate.clone() })
        });
        let candidates = on_constant.is_some().then(|| candidates(predicate)).flatten();
        Self { subject, predicate: predicate.clone(), on_constant, candidates }
    }

    /// Whether it holds of a value; `None` if a value alone does not tell.
    fn holds(&self, constant: &Constant) -> Option<bool> {
        match (&self.on_constant, self.predicate.op) {
            (Some(matcher), _) => Some(matcher.matches(constant, &mut Scratch::default())),
            (None, Op::Exists) => Some(true),
            (None, _) => None,
        }
    }

    fn text(&self) -> Option<&[u8]> {
        match (&self.predicate.rhs, self.predicate.quantifier) {
            (Rhs::Texts(texts), None) if texts.len() == 1 => Some(&texts[0]),
            _ => None,
        }
    }

    fn number(&self) -> Option<i128> {
        match (&self.predicate.rhs, self.predicate.quantifier) {
            (Rhs::Numbers(numbers), None) if numbers.len() == 1 && self.predicate.lhs.ty() != Type::Double => {
                Some(numbers[0])
            }
            _ => None,
        }
    }
}

/// The values that `=` and `in` name.
fn candidates(predicate: &Predicate) -> Option<Vec<Constant>> {
    let named =
        matches!((predicate.op, predicate.quantifier), (Op::Eq | Op::In, None) | (Op::Eq, Some(Quantifier::AnyOf)));
    (named && predicate.rhs.len() <= CANDIDATES).then(|| constants(predicate)).flatten()
}

fn constants(predicate: &Predicate) -> Option<Vec<Constant>> {
    let ty = predicate.lhs.ty();
    Some(match &predicate.rhs {
        Rhs::Texts(texts) if ty == Type::Bytes => texts.iter().cloned().map(Constant::Bytes).collect(),
        Rhs::Texts(texts) => texts.iter().cloned().map(Constant::Text).collect(),
        Rhs::Numbers(numbers) if matches!(ty, Type::Int(_)) => {
            numbers.iter().map(|n| i64::try_from(*n).map(Constant::Int)).collect::<Result<_, _>>().ok()?
        }
        Rhs::Numbers(numbers) if ty != Type::Double => {
            numbers.iter().map(|n| u64::try_from(*n).map(Constant::Uint)).collect::<Result<_, _>>().ok()?
        }
        Rhs::Bools(bools) => bools.iter().copied().map(Constant::Bool).collect(),
        Rhs::Ips(addresses) => addresses.iter().copied().map(Constant::Ip).collect(),
        Rhs::None | Rhs::Numbers(_) | Rhs::Nets(_) | Rhs::Source(_) => return None,
    })
}

impl Known {
    pub(super) fn learn(&mut self, predicate: &Predicate, subject: usize) -> u32 {
        self.tests.push(Test::new(predicate, subject));
        self.tests.len() as u32 - 1
    }

    pub(super) fn subject(&self, predicate: u32) -> usize {
        self.test(predicate).subject
    }

    fn test(&self, predicate: u32) -> &Test {
        &self.tests[predicate as usize]
    }

    /// Does the second hold whenever the first does? They are about one subject.
    pub(super) fn implies(&self, first: u32, second: u32) -> bool {
        first == second || self.pair(first, second).implies
    }

    /// Can the two, about one subject, not both hold?
    pub(super) fn excludes(&self, first: u32, second: u32) -> bool {
        first != second && self.pair(first, second).excludes
    }

    fn pair(&self, first: u32, second: u32) -> Pair {
        if let Some(pair) = self.pairs.borrow().get(&(first, second)) {
            return *pair;
        }
        let (a, b) = (self.test(first), self.test(second));
        let pair = Pair { implies: implies(a, b), excludes: excludes(a, b) };
        self.pairs.borrow_mut().insert((first, second), pair);
        pair
    }
}

fn implies(first: &Test, second: &Test) -> bool {
    if second.predicate.op == Op::Exists {
        return true;
    }
    if first.on_constant.is_none() || second.on_constant.is_none() {
        return false;
    }
    if let Some(candidates) = &first.candidates {
        return candidates.iter().all(|candidate| second.holds(candidate) == Some(true));
    }
    if second.predicate.op == Op::Ne && second.predicate.quantifier.is_none() {
        let others = constants(&second.predicate).filter(|constants| constants.len() <= CANDIDATES);
        return others.is_some_and(|others| others.iter().all(|other| first.holds(other) == Some(false)));
    }
    if let (Some(first), Some(second)) = (Range::of(first, false), Range::of(second, false)) {
        return second.least <= first.least && first.most <= second.most;
    }
    if (first.predicate.op, second.predicate.op) == (Op::PMatch, Op::PMatch) {
        return paths_are_inside(first, second);
    }
    let (Some(part), Some(wanted)) = (first.text(), second.text()) else { return false };
    text_implies(first.predicate.op, part, second.predicate.op, wanted)
}

/// Is each of the first's path prefixes below one of the second's? Patterns are not compared.
fn paths_are_inside(first: &Test, second: &Test) -> bool {
    let Rhs::Texts(paths) = &first.predicate.rhs else { return false };
    let plain = |path: &[u8]| !path.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
    paths.iter().all(|path| plain(path) && second.holds(&Constant::Text(path.clone())) == Some(true))
}

fn text_implies(first: Op, part: &[u8], second: Op, wanted: &[u8]) -> bool {
    let has = |part: &[u8], wanted: &[u8]| memchr::memmem::find(part, wanted).is_some();
    match (first, second) {
        (Op::StartsWith, Op::StartsWith) => part.starts_with(wanted),
        (Op::EndsWith, Op::EndsWith) => part.ends_with(wanted),
        (Op::StartsWith | Op::EndsWith | Op::Contains, Op::Contains) => has(part, wanted),
        (Op::StartsWith | Op::EndsWith | Op::Contains | Op::IContains, Op::IContains) => {
            has(&part.to_ascii_lowercase(), &wanted.to_ascii_lowercase())
        }
        _ => false,
    }
}

fn excludes(first: &Test, second: &Test) -> bool {
    if first.on_constant.is_none() || second.on_constant.is_none() {
        return false;
    }
    for (one, other) in [(first, second), (second, first)] {
        if let Some(candidates) = &one.candidates {
            return candidates.iter().all(|candidate| other.holds(candidate) == Some(false));
        }
    }
    if let (Some(first), Some(second)) = (Range::of(first, false), Range::of(second, false)) {
        return first.least > second.most || second.least > first.most;
    }
    let (Some(one), Some(other)) = (first.text(), second.text()) else { return false };
    match (first.predicate.op, second.predicate.op) {
        (Op::StartsWith, Op::StartsWith) => !one.starts_with(other) && !other.starts_with(one),
        (Op::EndsWith, Op::EndsWith) => !one.ends_with(other) && !other.ends_with(one),
        _ => false,
    }
}

/// Whole numbers between two, both included.
#[derive(Clone, Copy, Debug)]
struct Range {
    least: i128,
    most: i128,
}

impl Range {
    const ALL: Self = Self { least: i128::MIN, most: i128::MAX };

    /// The numbers that satisfy an order, or that do not.
    fn of(test: &Test, negated: bool) -> Option<Self> {
        let number = test.number()?;
        let op = match (test.predicate.op, negated) {
            (op, false) => op,
            (Op::Lt, true) => Op::Ge,
            (Op::Le, true) => Op::Gt,
            (Op::Gt, true) => Op::Le,
            (Op::Ge, true) => Op::Lt,
            _ => return None,
        };
        match op {
            Op::Lt => Some(Self { most: number - 1, ..Self::ALL }),
            Op::Le => Some(Self { most: number, ..Self::ALL }),
            Op::Gt => Some(Self { least: number + 1, ..Self::ALL }),
            Op::Ge => Some(Self { least: number, ..Self::ALL }),
            _ => None,
        }
    }
}

/// All facts about one subject.
pub(super) struct Subject<'a> {
    pub(super) known: &'a Known,
    pub(super) facts: &'a [Literal],
}

impl Subject<'_> {
    /// Is there a value, or none at all, for which every fact is so? Where it cannot be said: yes.
    pub(super) fn has_value(&self) -> bool {
        let tests = || self.facts.iter().map(|fact| (self.known.test(fact.predicate), fact.negated));
        let exists = tests().any(|(_, negated)| !negated);
        if !exists || tests().any(|(test, _)| test.on_constant.is_none() && test.predicate.op != Op::Exists) {
            return true;
        }
        let named = tests().find_map(|(test, negated)| match negated {
            false => test.candidates.clone(),
            true if test.predicate.op == Op::Ne && test.predicate.quantifier.is_none() => constants(&test.predicate),
            true => None,
        });
        let passes = |constant: &Constant| tests().all(|(test, negated)| test.holds(constant) != Some(negated));
        if let Some(named) = named {
            return named.len() > CANDIDATES || named.iter().any(passes);
        }
        let range = tests()
            .filter_map(|(test, negated)| Range::of(test, negated))
            .fold(Range::ALL, |all, one| Range { least: all.least.max(one.least), most: all.most.min(one.most) });
        if range.least > range.most {
            return false;
        }
        let few = range.most.saturating_sub(range.least) < 16 && range.least >= 0;
        !few || (range.least..=range.most).any(|number| {
            let signed = tests().any(|(test, _)| matches!(test.predicate.lhs.ty(), Type::Int(_)));
            let constant = if signed {
                i64::try_from(number).map(Constant::Int)
            } else {
                u64::try_from(number).map(Constant::Uint)
            };
            constant.is_ok_and(|constant| passes(&constant))
        })
    }
}
