//! What follows from conditions alone.

use proptest::prelude::*;
use windhover_filter::{Expr, Matcher, ParseOptions, Predicate, Reasoner, Scratch, compile, eval_expr, parse};

use crate::vocabulary::{Owned, Sample, Vocabulary};

fn condition(text: &str) -> Expr<Predicate> {
    let ast = parse(text, &ParseOptions::default()).unwrap_or_else(|error| panic!("{text}: {error}"));
    compile(&ast, &Vocabulary).unwrap_or_else(|errors| panic!("{text}: {errors:?}")).expr
}

fn is_never(reasoner: &mut Reasoner, condition: &Expr<Predicate>) -> bool {
    let statement = reasoner.read(condition);
    reasoner.is_never(&statement)
}

fn is_always(reasoner: &mut Reasoner, condition: &Expr<Predicate>) -> bool {
    let statement = reasoner.read(condition);
    reasoner.is_always(&statement)
}

fn implies(reasoner: &mut Reasoner, first: &Expr<Predicate>, second: &Expr<Predicate>) -> bool {
    let (first, second) = (reasoner.read(first), reasoner.read(second));
    reasoner.implies(&first, &second)
}

#[test]
fn what_can_never_hold_is_found() {
    let mut reasoner = Reasoner::default();
    for (text, never) in [
        ("s.name = a and s.name = b", true),
        ("s.name = a and s.name = a", false),
        ("s.name = a and s.name != a", true),
        ("s.name = a and not s.name = a", true),
        ("s.name in (a, b) and s.name in (c, d)", true),
        ("s.name in (a, b) and s.name in (b, c)", false),
        ("s.name in (a, b) and s.name != a and not s.name in (b, c)", true),
        ("s.name in ()", false),
        ("s.name = bash and not s.name endswith sh", true),
        ("s.name startswith ab and s.name startswith ac", true),
        ("s.name startswith ab and s.name startswith a", false),
        ("s.name = a and not s.name exists", true),
        ("not s.name != a and s.name exists and s.name = b", true),
        ("not s.name != a and s.name = b", true),
        ("not s.name != a and not s.name = a", false),
        ("n.num > 5 and n.num < 3", true),
        ("n.num >= 5 and n.num <= 5", false),
        ("n.num > 5 and n.num <= 5", true),
        ("n.num > 4 and n.num < 6 and n.num != 5", true),
        ("n.num > 5 and n.num = 5", true),
        ("n.num in (1, 2) and n.num > 1", false),
        ("(s.name = a or s.name = b) and s.name = c", true),
        ("(s.name = a or s.other = b) and (s.name = c or s.other = d)", false),
        ("(s.name = a or s.other = b) and (s.name = c or s.other = d) and s.name = e", true),
        ("s.name = a and s.arg = b", false),
        ("a.names = a and a.names = b", false),
        ("a.names = a and not a.names = a", true),
        ("tolower(s.name) = a and tolower(s.name) = b", true),
        ("tolower(s.name) = a and s.name = B", false),
    ] {
        assert_eq!(is_never(&mut reasoner, &condition(text)), never, "{text}");
    }
}

#[test]
fn what_always_holds_is_found() {
    let mut reasoner = Reasoner::default();
    for (text, always) in [
        ("s.name exists or not s.name exists", true),
        ("s.name = a or not s.name = a", true),
        ("s.name = a or s.name != a", false),
        ("not (s.name = a and s.name = b)", true),
    ] {
        assert_eq!(is_always(&mut reasoner, &condition(text)), always, "{text}");
    }
}

#[test]
fn what_follows_is_found() {
    let mut reasoner = Reasoner::default();
    for (first, second, follows) in [
        ("s.name = a", "s.name in (a, b)", true),
        ("s.name in (a, b)", "s.name = a", false),
        ("s.name = a and s.other = x", "s.other = x and s.name = a", true),
        ("s.name = a and (s.other = x or s.other = y)", "s.other in (x, y) and s.name startswith a", true),
        ("(s.name = a or s.other = x) and n.num = 1", "(s.name = a or s.other = x)", true),
        ("s.name = a or s.other = x", "s.name = a", false),
        ("s.name startswith abc", "s.name contains b", true),
        ("s.name endswith abc", "s.name endswith bc", true),
        ("s.name contains aBc", "s.name icontains ab", true),
        ("s.other pmatch (/etc/ssl)", "s.other pmatch (/etc, /usr)", true),
        ("s.other pmatch (/etc)", "s.other pmatch (/etc/ssl)", false),
        ("n.num > 5", "n.num >= 3", true),
        ("n.num > 5", "n.num != 5", true),
        ("n.num > 5", "n.num != 6", false),
        ("s.name = a", "s.name exists", true),
        ("s.name = a", "s.name != b", true),
        ("not s.name exists", "not s.name = b", true),
        ("a.names = a", "a.names in (a, b)", false),
    ] {
        assert_eq!(implies(&mut reasoner, &condition(first), &condition(second)), follows, "{first} => {second}");
    }
}

#[test]
fn hard_questions_end() {
    let mut reasoner = Reasoner::default();
    let part = |n: usize| format!("(s.name contains a{n} or s.other contains b{n} or s.arg contains c{n})");
    let parts: Vec<String> = (0..200).map(part).collect();
    let text = parts.join(" and ");
    let other = format!("{text} and n.num = 1");
    is_never(&mut reasoner, &condition(&text));
    assert!(!implies(&mut reasoner, &condition(&text), &condition(&other)));
}

/// Tests whose constants are near each other, so that many pairs have something to do with each other.
fn any_test() -> impl Strategy<Value = String> {
    let text = "[ab/]{0,3}";
    let op = prop::sample::select(vec!["=", "!=", "startswith", "endswith", "contains", "icontains", "glob"]);
    let order = prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    prop_oneof![
        (prop::sample::select(vec!["s.name", "a.names", "tolower(s.name)"]), op, text)
            .prop_map(|(field, op, text)| format!("{field} {op} \"{text}\"")),
        (prop::sample::select(vec!["s.name", "a.names", "l.names"]), prop::collection::vec(text, 0..3))
            .prop_map(|(field, texts)| format!("{field} in (\"{}\")", texts.join("\", \""))),
        prop::collection::vec("(/[ab]){1,2}", 1..3).prop_map(|paths| format!("s.name pmatch ({})", paths.join(", "))),
        (order, 0..4).prop_map(|(op, number)| format!("n.num {op} {number}")),
        prop::sample::select(vec!["s.name exists", "n.num exists", "a.names exists"]).prop_map(str::to_owned),
    ]
}

fn any_condition() -> impl Strategy<Value = String> {
    any_test().prop_recursive(3, 12, 3, |inner| {
        let join = |word: &'static str| move |parts: Vec<String>| format!("({})", parts.join(&format!(" {word} ")));
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(join("and")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(join("or")),
            inner.prop_map(|part| format!("not {part}")),
        ]
    })
}

fn any_sample() -> impl Strategy<Value = Sample> {
    let names = (prop::option::of("[abAB/]{0,3}"), prop::option::of(prop::collection::vec("[ab/]{0,2}", 0..3)));
    (names, prop::option::of(0i64..4)).prop_map(|((name, ancestors), number)| {
        let mut sample = Sample::default();
        if let Some(name) = name {
            sample = sample.with("s.name", name.as_str());
        }
        for field in ["a.names", "l.names"] {
            for ancestor in ancestors.iter().flatten() {
                sample = sample.with(field, ancestor.as_str());
            }
        }
        match number {
            Some(number) => sample.with("n.num", Owned::Int(number)),
            None => sample,
        }
    })
}

fn holds(condition: &Expr<Predicate>, sample: &Sample) -> bool {
    eval_expr(&condition.map(&mut Matcher::new), sample, &mut Scratch::default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_proved_is_so(first in any_condition(), second in any_condition(), sample in any_sample()) {
        let (one, other) = (condition(&first), condition(&second));
        let mut reasoner = Reasoner::default();
        let both = Expr::And(vec![one.clone(), other.clone()]);
        if is_never(&mut reasoner, &both) {
            prop_assert!(!holds(&both, &sample), "{first} and {second}");
        }
        if is_always(&mut reasoner, &one) {
            prop_assert!(holds(&one, &sample), "{first}");
        }
        if implies(&mut reasoner, &one, &other) {
            prop_assert!(!holds(&one, &sample) || holds(&other, &sample), "{first} => {second}");
        }
    }
}
