//! Whatever the stages do, the matches are those of the plain evaluator: random rulesets on random events.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use windhover_filter::{
    Arity, Expr, Field, FieldArg, FieldFlags, Matcher, Op, Predicate, Rhs, Scope, Scratch, Source, Type, Value, Values,
};
use windhover_plan::{Evaluator, Matching, Plan, PlanRule, Stages};

/// Fields of the test's world: (type, arity, scope).
const FIELDS: [(Type, Arity, Scope); 9] = [
    (Type::Str, Arity::One, Scope::EventType),
    (Type::Str, Arity::One, Scope::Process),
    (Type::Uint(64), Arity::One, Scope::Process),
    (Type::Str, Arity::Any, Scope::Process),
    (Type::Str, Arity::One, Scope::Event),
    (Type::Str, Arity::One, Scope::Fd),
    (Type::Int(64), Arity::One, Scope::Event),
    (Type::Bool, Arity::One, Scope::Event),
    (Type::Str, Arity::One, Scope::Process),
];
const KINDS: u16 = 3;
/// How often the events of a test come, so that processes become known and plans are made for them.
const ROUNDS: usize = 12;
/// Kind names, which the first field has as its value.
const KIND_NAMES: [&str; 3] = ["a", "ab", "b"];
/// Few and similar, so that predicates often hold and often share.
const TEXTS: [&str; 8] = ["", "a", "b", "ab", "abc", "bc", "abab", "c"];

/// Operators on texts, the more frequent ones more often.
const TEXT_OPS: [Op; 12] = [
    Op::Eq,
    Op::In,
    Op::StartsWith,
    Op::EndsWith,
    Op::Contains,
    Op::Ne,
    Op::Exists,
    Op::In,
    Op::PMatch,
    Op::Glob,
    Op::IContains,
    Op::Lt,
];

fn field(def: usize) -> Field {
    let (ty, arity, scope) = FIELDS[def];
    let text = Arc::from(format!("test.f{def}"));
    Field { def: def as u16, arg: FieldArg::None, ty, arity, scope, flags: FieldFlags::default(), text }
}

/// An event with its process: the values of each field.
#[derive(Clone, Debug)]
struct World {
    kind: u16,
    version: u64,
    texts: HashMap<u16, Vec<&'static str>>,
    numbers: HashMap<u16, i64>,
}

impl World {
    fn value(&self, def: u16, n: usize) -> Option<Value<'_>> {
        if def == 0 {
            return (n == 0).then_some(Value::Str(KIND_NAMES[usize::from(self.kind)].as_bytes()));
        }
        match FIELDS[usize::from(def)].0 {
            Type::Str => self.texts.get(&def)?.get(n).map(|text| Value::Str(text.as_bytes())),
            Type::Bool => self.numbers.get(&def).filter(|_| n == 0).map(|&number| Value::Bool(number > 0)),
            Type::Uint(_) => self.numbers.get(&def).filter(|_| n == 0).map(|&number| Value::Uint(number as u64)),
            _ => self.numbers.get(&def).filter(|_| n == 0).map(|&number| Value::Int(number)),
        }
    }
}

impl Values for World {
    fn origin(&self, field: &Field) -> Option<u32> {
        // Where a value comes from may differ from kind to kind.
        [4, 5].contains(&field.def).then_some(u32::from(field.def + self.kind))
    }

    fn write_origin(&self, origin: u32, out: &mut Vec<u8>) {
        let def = origin as u16 - self.kind;
        let texts = self.texts.get(&def).map_or(&[][..], |texts| texts);
        out.push(texts.len() as u8);
        texts.iter().for_each(|text| out.extend([&[text.len() as u8], text.as_bytes()].concat()));
    }

    fn get<'a>(&'a self, field: &Field, _: &'a mut Scratch) -> Option<Value<'a>> {
        self.value(field.def, 0)
    }

    fn each(&self, field: &Field, _: &mut Scratch, visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) -> bool {
        for n in 0.. {
            let Some(value) = self.value(field.def, n) else { return n > 0 };
            if visit(value).is_break() {
                return true;
            }
        }
        true
    }
}

fn any_predicate() -> impl Strategy<Value = Predicate> {
    let text = prop::sample::select(&TEXTS[..]).prop_map(|text| -> Arc<[u8]> { text.as_bytes().into() });
    (0..FIELDS.len(), 0..12usize, prop::collection::vec(text, 1..4), prop::collection::vec(-2i128..4, 1..4)).prop_map(
        |(def, op, mut texts, mut numbers)| {
            let (op, rhs) = match FIELDS[def].0 {
                Type::Str => {
                    let op = TEXT_OPS[op];
                    if !matches!(op, Op::In | Op::PMatch) {
                        texts.truncate(1);
                    }
                    texts.sort();
                    texts.dedup();
                    (op, if op == Op::Exists { Rhs::None } else { Rhs::Texts(texts.into()) })
                }
                Type::Bool => (Op::Eq, Rhs::Bools(Arc::from([op % 2 == 0]))),
                _ => {
                    let op = [Op::Eq, Op::In, Op::Ne, Op::Lt, Op::Ge, Op::Gt, Op::Exists, Op::In][op % 8];
                    if op != Op::In {
                        numbers.truncate(1);
                    }
                    numbers.sort_unstable();
                    numbers.dedup();
                    (op, if op == Op::Exists { Rhs::None } else { Rhs::Numbers(numbers.into()) })
                }
            };
            Predicate { lhs: Source::Field(field(def)), op, quantifier: None, rhs }
        },
    )
}

/// One in ten compares two fields of the process instead: that is no question of one field.
fn any_test() -> impl Strategy<Value = Predicate> {
    let relation = any::<bool>().prop_map(|equal| Predicate {
        lhs: Source::Field(field(1)),
        op: if equal { Op::Eq } else { Op::Ne },
        quantifier: None,
        rhs: Rhs::Source(Source::Field(field(8))),
    });
    prop_oneof![9 => any_predicate(), 1 => relation]
}

fn any_condition() -> impl Strategy<Value = Expr<Predicate>> {
    let leaf = prop_oneof![8 => any_test().prop_map(Expr::Atom), 1 => any::<bool>().prop_map(Expr::Const)];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..5).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 1..5).prop_map(Expr::Or),
            inner.prop_map(|child| Expr::Not(Box::new(child))),
        ]
    })
}

/// Kind, process, texts of the event and of its descriptor, a number, a flag.
type Happening = (u16, usize, Vec<&'static str>, Vec<&'static str>, Option<i64>, Option<i64>);

/// Events of few processes, each event after the other, over and over; a process keeps its values as long as its version,
/// and others that come later have the values of earlier ones.
fn any_worlds() -> impl Strategy<Value = Vec<World>> {
    let texts = || prop::collection::vec(prop::sample::select(&TEXTS[..]), 0..3);
    let process = (texts(), prop::option::of(-1i64..3), texts(), texts());
    let event = (0..KINDS, 0..4usize, texts(), texts(), prop::option::of(-1i64..3), prop::option::of(0i64..2));
    (prop::collection::vec(process, 4), prop::collection::vec(event, 1..100)).prop_map(|(processes, events)| {
        let world = |(round, (kind, process, event, fd, number, flag)): (usize, &Happening)| {
            let (name, id, ancestors, path) = processes[*process].clone();
            let texts = HashMap::from([(1, name), (3, ancestors), (4, event.clone()), (5, fd.clone()), (8, path)]);
            let numbers = [(2, id), (6, *number), (7, *flag)];
            let numbers = numbers.into_iter().filter_map(|(def, number)| Some((def, number?))).collect();
            // Every few rounds all processes are new ones.
            World { kind: *kind, version: (round / 4 * 4 + *process) as u64, texts, numbers }
        };
        (0..ROUNDS).flat_map(|round| events.iter().map(move |event| (round, event))).map(world).collect()
    })
}

fn decide(kind: u16, predicate: &Predicate) -> Option<bool> {
    let world = World { kind, version: 0, texts: HashMap::new(), numbers: HashMap::new() };
    (predicate.scope() == Scope::EventType).then(|| Matcher::new(predicate).matches(&world, &mut Scratch::default()))
}

proptest! {
    #[test]
    fn every_stage_gives_the_matches_of_the_plain_evaluator(
        conditions in prop::collection::vec(any_condition(), 1..12),
        worlds in any_worlds(),
    ) {
        let applies = |_: u16| true;
        let rules: Vec<_> =
            conditions.iter().map(|condition| PlanRule { condition, applies: &applies }).collect();
        let oracle: Vec<Vec<u32>> = worlds.iter().map(|world| {
            let mut scratch = Scratch::default();
            (0u32..)
                .zip(&conditions)
                .filter(|(_, condition)| condition.eval(&mut |atom| Matcher::new(atom).matches(world, &mut scratch)))
                .map(|(rank, _)| rank)
                .collect()
        }).collect();
        for bits in 0..16u8 {
            let on = |bit: u8| bits >> bit & 1 == 1;
            let stages = Stages { grouping: on(0), per_kind: on(1), per_process: on(2), likeness: on(3) };
            let mut evaluator = Evaluator::new(Arc::new(Plan::compile(&rules, KINDS, &decide, stages)));
            for (world, wanted) in worlds.iter().zip(&oracle) {
                let mut all = Vec::new();
                evaluator.evaluate(world.kind, Some(world.version), world, Matching::All, &mut all);
                prop_assert_eq!(&all, wanted, "all matches, {:?}", stages);
                let mut first = Vec::new();
                evaluator.evaluate(world.kind, Some(world.version), world, Matching::First, &mut first);
                prop_assert_eq!(&first[..], &wanted[..wanted.len().min(1)], "first match, {:?}", stages);
            }
        }
    }
}

#[test]
fn a_kind_without_rules_is_settled_without_looking() {
    let condition = Expr::Atom(Predicate {
        lhs: Source::Field(field(0)),
        op: Op::Eq,
        quantifier: None,
        rhs: Rhs::Texts(Arc::from([Arc::<[u8]>::from(&b"b"[..])])),
    });
    let rules = [PlanRule { condition: &condition, applies: &|_| true }];
    let plan = Arc::new(Plan::compile(&rules, KINDS, &decide, Stages::ALL));
    assert_eq!(plan.kinds_with_rules().collect::<Vec<_>>(), [2]);
    let mut evaluator = Evaluator::new(plan);
    let world = World { kind: 0, version: 1, texts: HashMap::new(), numbers: HashMap::new() };
    let mut matches = Vec::new();
    evaluator.evaluate(0, Some(1), &world, Matching::All, &mut matches);
    assert!(matches.is_empty());
    assert_eq!(evaluator.stats().empty_kind, 1);
}

#[test]
fn versions_of_another_model_are_other_processes() {
    let condition = Expr::Atom(Predicate {
        lhs: Source::Field(field(1)),
        op: Op::Eq,
        quantifier: None,
        rhs: Rhs::Texts(Arc::from([Arc::<[u8]>::from(&b"a"[..])])),
    });
    let rules = [PlanRule { condition: &condition, applies: &|_| true }];
    let mut evaluator = Evaluator::new(Arc::new(Plan::compile(&rules, KINDS, &decide, Stages::ALL)));
    let world = |name| World { kind: 0, version: 1, texts: HashMap::from([(1, vec![name])]), numbers: HashMap::new() };
    let mut matches = Vec::new();
    for _ in 0..40 {
        evaluator.evaluate(0, Some(1), &world("a"), Matching::All, &mut matches);
    }
    evaluator.forget_processes();
    for _ in 0..40 {
        evaluator.evaluate(0, Some(1), &world("b"), Matching::All, &mut matches);
    }
    assert_eq!(matches.len(), 40);
}

#[test]
fn an_event_like_one_that_matched_nothing_is_not_evaluated_again() {
    let text_is = |def, text: &str| {
        let texts = Rhs::Texts(Arc::from([Arc::<[u8]>::from(text.as_bytes())]));
        Expr::Atom(Predicate { lhs: Source::Field(field(def)), op: Op::Contains, quantifier: None, rhs: texts })
    };
    let above = Predicate {
        lhs: Source::Field(field(6)),
        op: Op::Ge,
        quantifier: None,
        rhs: Rhs::Numbers(Arc::from([100_i128])),
    };
    let condition = Expr::And(vec![text_is(1, "shell"), text_is(4, "secret"), Expr::Atom(above)]);
    let rules = [PlanRule { condition: &condition, applies: &|_| true }];
    let mut evaluator = Evaluator::new(Arc::new(Plan::compile(&rules, KINDS, &decide, Stages::ALL)));
    let mut matched = |path, number| {
        let texts = HashMap::from([(1, vec!["a shell"]), (4, vec![path])]);
        let world = World { kind: 0, version: 1, texts, numbers: HashMap::from([(6, number)]) };
        let mut matches = Vec::new();
        evaluator.evaluate(0, Some(1), &world, Matching::All, &mut matches);
        (!matches.is_empty(), evaluator.stats().by_likeness)
    };
    // Numbers that no rule tells apart make no difference, those that one does make all of it.
    let mut alike = 0;
    for number in 0..2_000 {
        let (_, seen) = matched("the secret", number % 100);
        alike = seen;
        assert_eq!(matched("the secret", 100 + number), (true, seen));
        assert!(!matched("else", number).0);
    }
    assert!(alike > 1_000, "only {alike} events were found to be like others");
}

#[test]
fn events_that_are_never_alike_are_evaluated_each() {
    let predicate = Predicate {
        lhs: Source::Field(field(4)),
        op: Op::EndsWith,
        quantifier: None,
        rhs: Rhs::Texts(Arc::from([Arc::<[u8]>::from(&b"7"[..])])),
    };
    let condition = Expr::Atom(predicate);
    let rules = [PlanRule { condition: &condition, applies: &|_| true }];
    let mut evaluator = Evaluator::new(Arc::new(Plan::compile(&rules, KINDS, &decide, Stages::ALL)));
    for number in 0..40_000 {
        let text: &'static str =
            Box::leak(format!("a rather long name, so that the room for them is used up: {number}").into());
        let world = World { kind: 0, version: 1, texts: HashMap::from([(4, vec![text])]), numbers: HashMap::new() };
        let mut matches = Vec::new();
        evaluator.evaluate(0, Some(1), &world, Matching::All, &mut matches);
        assert_eq!(!matches.is_empty(), number % 10 == 7, "{number}");
    }
}

#[test]
fn kinds_with_the_same_rules_left_are_not_alike() {
    let texts = Rhs::Texts(Arc::from([Arc::<[u8]>::from(&b"secret"[..])]));
    let secret = Predicate { lhs: Source::Field(field(4)), op: Op::Contains, quantifier: None, rhs: texts };
    let condition = Expr::Atom(secret);
    let rules = [PlanRule { condition: &condition, applies: &|_| true }];
    let mut evaluator = Evaluator::new(Arc::new(Plan::compile(&rules, KINDS, &decide, Stages::ALL)));
    let mut matched = |kind, path| {
        let texts = HashMap::from([(1, vec!["a shell"]), (4, vec![path])]);
        let world = World { kind, version: 1, texts, numbers: HashMap::new() };
        let mut matches = Vec::new();
        evaluator.evaluate(kind, Some(1), &world, Matching::All, &mut matches);
        !matches.is_empty()
    };
    for kind in 0..KINDS {
        for _ in 0..1_000 {
            assert!(!matched(kind, "else"));
        }
        assert!(matched(kind, "the secret"), "kind {kind}");
    }
}
