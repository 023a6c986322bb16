//! Verdicts: every operator on every kind of value, missing values, several values, transformers, and the algebra.

use std::net::IpAddr;
use std::sync::Arc;

use proptest::prelude::*;
use windhover_filter::{Expr, Matcher, ParseOptions, Scratch, compile, eval_expr, parse, resolve_macros};

use crate::vocabulary::{Owned, Sample, Vocabulary};

fn matchers(text: &str) -> Expr<Matcher> {
    let ast = parse(text, &ParseOptions::default()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let compiled = compile(&ast, &Vocabulary).unwrap_or_else(|errors| panic!("{text}: {}", errors[0]));
    compiled.expr.map(&mut |predicate| Matcher::new(predicate))
}

fn holds(text: &str, sample: &Sample) -> bool {
    let expr = matchers(text);
    let mut scratch = Scratch::default();
    let first = eval_expr(&expr, sample, &mut scratch);
    assert_eq!(eval_expr(&expr, sample, &mut scratch), first, "{text}: used scratch space changes the verdict");
    first
}

#[track_caller]
fn check(sample: &Sample, table: &[(&str, bool)]) {
    for (text, want) in table {
        assert_eq!(holds(text, sample), *want, "{text} on {sample:?}");
    }
}

fn ip(text: &str) -> Owned {
    let address: IpAddr = text.parse().expect("tests write valid addresses");
    Owned::Ip(address)
}

#[test]
fn strings() {
    let sample = Sample::default().with("s.name", "/usr/bin/Bash").with("s.other", "bin");
    check(
        &sample,
        &[
            ("s.name exists", true),
            ("s.name = /usr/bin/Bash", true),
            ("s.name = /usr/bin/bash", false),
            ("s.name != /usr/bin/bash", true),
            ("s.name contains bin/", true),
            ("s.name contains ''", true),
            ("s.name contains BIN", false),
            ("s.name icontains BASH", true),
            ("s.name icontains bash2", false),
            ("s.name icontains ''", true),
            ("s.name startswith /usr", true),
            ("s.name startswith usr", false),
            ("s.name endswith ash", true),
            ("s.name endswith /x/usr/bin/Bash", false),
            ("s.name glob /*/B??h", true),
            ("s.name glob /usr", false),
            ("s.name iglob /USR/*", true),
            ("s.name in (x, /usr/bin/Bash)", true),
            ("s.name in (a, b, c, d, e, f, /usr/bin/Bash)", true),
            ("s.name in (a, b, c, d, e, f, /usr/bin/bash)", false),
            ("s.name in ()", false),
            ("not s.name in ()", true),
            ("s.name intersects (x, /usr/bin/Bash)", true),
            ("s.name pmatch (/etc, /usr/bin)", true),
            ("s.name pmatch (/usr/b)", false),
            ("s.name pmatch ()", false),
            ("s.name regex /usr/.*", true),
            ("s.name regex bin", false),
            ("s.name regex /[a-z]+/bin/[[:upper:]].*", true),
            ("s.name > 0", false),
            ("s.name < 0", true),
            ("s.name <= 0", true),
            ("s.name = val(s.other)", false),
            ("s.name contains val(s.other)", true),
            ("s.name startswith val(s.other)", false),
            ("s.name icontains val(s.other)", true),
            ("s.name != val(s.other)", true),
            ("s.name glob val(s.other)", false),
            ("s.name in val(s.name)", true),
            ("toupper(s.name) endswith toupper(s.other)", false),
            ("toupper(s.name) contains toupper(s.other)", true),
        ],
    );
}

#[test]
fn strings_that_are_no_utf_8() {
    let sample = Sample::default().with("s.name", Owned::Str(b"a\xFFb".to_vec()));
    check(
        &sample,
        &[
            (r#"s.name = "a\xffb""#, true),
            (r#"s.name contains "\xff""#, true),
            ("s.name glob a?b", true),
            ("s.name regex a.b", true),
            ("s.name regex a..b", false),
        ],
    );
}

#[test]
fn missing_values_satisfy_nothing() {
    let sample = Sample::default().with("s.other", "x");
    check(
        &sample,
        &[
            ("s.name exists", false),
            ("s.name = x", false),
            ("s.name != x", false),
            ("not s.name = x", true),
            ("s.name in (x)", false),
            ("s.name != allof (x, y)", false),
            ("s.name startswith ''", false),
            ("s.name = val(s.other)", false),
            ("s.other = val(s.name)", false),
            ("s.other != val(s.name)", false),
            ("tolower(s.name) != x", false),
            ("concat(s.other, s.name) exists", false),
            ("concat(s.other, 'y') = xy", true),
            ("len(s.name) >= 0", false),
            ("l.names in (x)", false),
            ("l.names intersects (x)", false),
            ("len(l.names) = 0", false),
            ("a.names != x", false),
            ("e.addr != 1.2.3.4", false),
            ("n.num >= 0", false),
            ("b.flag != true", false),
        ],
    );
}

#[test]
fn numbers() {
    let sample = Sample::default()
        .with("n.num", Owned::Int(-3))
        .with("n.other", Owned::Int(4))
        .with("u.num", Owned::Uint(u64::MAX))
        .with("n.small", Owned::Uint(1))
        .with("p.port", Owned::Uint(443))
        .with("t.rel", Owned::Uint(5_000_000_000))
        .with("d.frac", Owned::Double(1.5))
        .with("b.flag", Owned::Bool(true));
    check(
        &sample,
        &[
            ("n.num = -3", true),
            ("n.num != -3", false),
            ("n.num < -2", true),
            ("n.num <= -3", true),
            ("n.num > -3", false),
            ("n.num >= -3", true),
            ("n.num in (1, -3)", true),
            ("n.num in (1,2,3,4,5,6,7,8,9,-3)", true),
            ("n.num in (1,2,3,4,5,6,7,8,9,10)", false),
            ("n.num = anyof (1, -3)", true),
            ("n.num != allof (1, 2)", true),
            ("n.num != allof (1, -3)", false),
            ("n.num < val(n.other)", true),
            ("n.num = val(n.other)", false),
            ("u.num = -1", true),
            ("u.num > 5", true),
            ("n.small = 257", true),
            ("p.port = https", true),
            ("p.port in (80, 443)", true),
            ("t.rel <= 5000000000", true),
            ("d.frac > 1", true),
            ("d.frac = 1", false),
            ("d.frac in (1, 2)", false),
            ("b.flag = true", true),
            ("b.flag != true", false),
            ("b.flag in (true, false)", true),
            ("b.flag in (false)", false),
        ],
    );
}

#[test]
fn addresses() {
    let sample =
        Sample::default().with("i.addr", ip("10.1.2.3")).with("i.net", ip("10.1.2.3")).with("i.other", ip("::1"));
    check(
        &sample,
        &[
            ("i.addr = 10.1.2.3", true),
            ("i.addr != 10.1.2.3", false),
            ("i.addr = ::1", false),
            ("i.addr != ::1", true),
            ("i.addr in (::1, 10.1.2.3)", true),
            ("i.addr = val(i.other)", false),
            ("i.addr != val(i.other)", true),
            ("i.net = 10.0.0.0/8", true),
            ("i.net != 10.0.0.0/8", false),
            ("i.net = 11.0.0.0/8", false),
            ("i.net = 0.0.0.0/0", true),
            ("i.net = 10.1.2.3/32", true),
            ("i.net = ::/0", false),
            ("i.net != ::/0", true),
            ("i.net in (11.0.0.0/8, 10.0.0.0/8)", true),
            ("i.net = oneof (10.0.0.0/8, 10.1.0.0/16)", false),
            ("i.net contains oneof (10.0.0.0/8, 11.0.0.0/8)", true),
        ],
    );
}

#[test]
fn byte_buffers() {
    let sample = Sample::default().with("y.buf", Owned::Bytes(b"\xCA\xFE\x00\xBABE".to_vec()));
    check(
        &sample,
        &[
            ("y.buf bcontains fe00", true),
            ("y.buf bstartswith cafe", true),
            ("y.buf bstartswith fe", false),
            ("y.buf contains BE", true),
            ("y.buf endswith BE", true),
            ("y.buf startswith BE", false),
            ("y.buf = BE", false),
            ("y.buf in (BE, x)", false),
            ("len(y.buf) = 6", true),
        ],
    );
}

#[test]
fn lists() {
    let sample = Sample::default()
        .with("l.names", "a")
        .with("l.names", "b")
        .with("l.others", "b")
        .with("l.others", "c")
        .with_none("l.nums");
    check(
        &sample,
        &[
            ("l.names exists", true),
            ("l.names in (a, b, c)", true),
            ("l.names in (a)", false),
            ("l.names intersects (a)", true),
            ("l.names intersects (c)", false),
            ("l.names in val(l.others)", false),
            ("l.names intersects val(l.others)", true),
            ("l.names in val(l.names)", true),
            ("len(l.names) = 2", true),
            ("len(l.nums) = 0", true),
            ("join('-', l.names) = a-b", true),
            ("l.nums in (1)", true),
            ("l.nums intersects (1)", false),
        ],
    );
}

#[test]
fn any_of_several_values() {
    let sample = Sample::default().with("a.names", "sh").with("a.names", "init");
    check(
        &sample,
        &[
            ("a.names = init", true),
            ("a.names != init", true),
            ("a.names != sh", true),
            ("not a.names = sh", false),
            ("a.names in (x, init)", true),
            ("a.names startswith in", true),
            ("a.names startswith anyof (x, in)", true),
            ("a.names pmatch (init)", true),
            ("a.names = x", false),
            ("a.names exists", true),
        ],
    );
}

#[test]
fn both_ends_of_a_socket() {
    let sample = Sample::default()
        .with("e.addr", ip("127.0.0.1"))
        .with("e.addr", ip("10.0.0.1"))
        .with("e.net", ip("127.0.0.1"))
        .with("e.net", ip("10.0.0.1"))
        .with("e.port", Owned::Uint(40_000))
        .with("e.port", Owned::Uint(22));
    check(
        &sample,
        &[
            ("e.addr = 10.0.0.1", true),
            ("e.addr != 10.0.0.1", false),
            ("e.addr != 8.8.8.8", true),
            ("e.addr in (8.8.8.8, 10.0.0.1)", true),
            ("e.net = 127.0.0.0/8", true),
            ("e.net != 127.0.0.0/8", false),
            ("e.net != 8.0.0.0/8", true),
            ("e.net in (10.0.0.0/8, 8.0.0.0/8)", true),
            // Only the first network of the list is looked at, as in the reference.
            ("e.net in (8.0.0.0/8, 10.0.0.0/8)", false),
            ("e.net intersects (8.0.0.0/8, 10.0.0.0/8)", true),
            ("e.port = ssh", true),
            ("e.port < 1024", true),
            ("e.port > 1024", true),
            ("e.port != 22", false),
            ("e.port in (80, 443)", false),
        ],
    );
    let unconnected = Sample::default().with_none("e.addr").with_none("e.port");
    check(
        &unconnected,
        &[("e.addr exists", true), ("e.addr != 8.8.8.8", false), ("e.addr = 8.8.8.8", false), ("e.port > 0", false)],
    );
}

#[test]
fn quantifiers() {
    let sample = Sample::default().with("s.name", "foobar");
    check(
        &sample,
        &[
            ("s.name startswith oneof (foo, bar)", true),
            ("s.name startswith oneof (foo, fo)", false),
            ("s.name startswith anyof (foo, fo)", true),
            ("s.name startswith allof (foo, fo)", true),
            ("s.name startswith allof (foo, bar)", false),
            ("s.name contains allof (foo, bar)", true),
            ("s.name regex anyof (foo.*, x)", true),
            ("s.name glob oneof (*bar, f*)", false),
            ("s.name = anyof (x, foobar)", true),
            ("s.name = allof (foobar, foobar)", true),
            ("s.name = oneof (foobar, foobar)", false),
            ("s.name != allof (x, y)", true),
            ("s.name != anyof (x, foobar)", true),
            ("s.name != oneof (x, foobar)", true),
            ("s.name startswith oneof ()", false),
            ("s.name startswith allof ()", false),
            ("s.name != allof ()", false),
            ("tolower(s.name) endswith anyof (bar)", true),
        ],
    );
}

#[test]
fn transformers() {
    let sample = Sample::default()
        .with("s.name", "/a/B/Cde")
        .with("s.other", "aGk=")
        .with("s.arg[dir]", "/a/b/")
        .with("l.names", "-x")
        .with("l.names", "-o")
        .with("l.names", "out")
        .with("l.names", "-oz")
        .with("l.names", "file");
    check(
        &sample,
        &[
            ("tolower(s.name) = /a/b/cde", true),
            ("toupper(s.name) = /A/B/CDE", true),
            ("basename(s.name) = Cde", true),
            ("basename(s.arg[dir]) = ''", true),
            ("tolower(basename(s.name)) = cde", true),
            ("basename(toupper(s.name)) = CDE", true),
            ("len(basename(s.name)) = 3", true),
            ("b64(s.other) = hi", true),
            ("b64(s.arg[dir]) exists", false),
            ("toupper(b64(s.other)) = HI", true),
            ("concat(s.other, '/', basename(s.name), 7) = 'aGk=/Cde7'", true),
            ("join(', ', (s.other, tolower(s.name))) = 'aGk=, /a/b/cde'", true),
            ("join(',', ()) = ''", true),
            ("join(',', (s.other, s.arg[none])) exists", false),
            ("len(join('', l.names)) = 14", true),
            ("getopt(l.names, 'xo:') in (x, o, out, z)", true),
            ("getopt(l.names, 'xo:')[o] = z", true),
            ("getopt(l.names, 'xo:')[x] = x", true),
            ("getopt(l.names, 'xo:')[q] exists", false),
            ("getopt(l.names, 'o:') intersects (?)", true),
            ("len(getopt(l.names, 'xo:')) = 5", true),
            ("tolower(s.name) = tolower(s.name)", true),
            ("tolower(s.name) = toupper(s.name)", false),
            ("toupper('abc') = ABC", true),
        ],
    );
}

#[test]
fn connectives() {
    let sample = Sample::default().with("n.num", Owned::Int(1));
    for (text, want) in [
        ("n.num = 1 and n.num < 2", true),
        ("n.num = 1 and n.num = 2", false),
        ("n.num = 2 or n.num = 1", true),
        ("not n.num = 1", false),
        ("not (n.num = 2 or s.name = x)", true),
        ("n.num = 2 or (n.num = 1 and not s.name exists)", true),
    ] {
        assert_eq!(holds(text, &sample), want, "{text}");
    }
}

#[test]
fn the_deepest_conditions_allowed_fit_the_stack() {
    let options = ParseOptions { max_depth: ParseOptions::RULES_MAX_DEPTH, ..ParseOptions::default() };
    let sample = Sample::default().with("s.name", "X");
    let verdict = |ast: &windhover_filter::Ast| {
        let expr = compile(ast, &Vocabulary).unwrap().expr;
        assert_eq!(expr.partial(&|_| None).to_nnf().partial(&|_| Some(true)), Expr::Const(true));
        assert!(!ast.to_string().is_empty());
        eval_expr(&expr.map(&mut |predicate| Matcher::new(predicate)), &sample, &mut Scratch::default())
    };
    let nested = format!("{}s.name{} = x", "tolower(".repeat(900), ")".repeat(900));
    assert!(verdict(&parse(&nested, &options).unwrap()));
    // A chain of macros as long as is allowed, each resolved before the next one uses it.
    let mut macros = vec![Arc::new(parse("s.name = X", &options).unwrap())];
    loop {
        let mut next = parse("last and s.name exists", &options).unwrap();
        let last = macros[macros.len() - 1].clone();
        if resolve_macros(&mut next, &|_| Some(last.clone())).is_err() {
            break;
        }
        macros.push(Arc::new(next));
    }
    assert!(macros.len() > 400, "{}", macros.len());
    assert!(verdict(&macros[macros.len() - 1]));
}

proptest! {
    #[test]
    fn any_condition_over_known_fields_is_evaluated_or_refused(
        field in proptest::sample::select(vec![
            "s.name", "n.num", "n.small", "p.port", "b.flag", "d.frac", "i.addr", "i.net", "y.buf", "l.names", "a.names",
            "e.addr", "e.net", "len(l.names)", "b64(s.name)", "getopt(l.names, 'a:b')",
        ]),
        op in proptest::sample::select(windhover_filter::Op::ALL.to_vec()),
        constant in "[a-z0-9./*?\\[\\]:-]{1,12}",
        text in proptest::collection::vec(any::<u8>(), 0..16),
        number: i64,
    ) {
        let list = op.is_list().then(|| format!("({constant}, 1)"));
        let condition = format!("{field} {} {}", op.as_str(), list.as_deref().unwrap_or(&constant));
        let Ok(ast) = parse(&condition, &ParseOptions::default()) else { return Ok(()) };
        let Ok(compiled) = compile(&ast, &Vocabulary) else { return Ok(()) };
        let sample = Sample::default()
            .with("s.name", Owned::Str(text.clone()))
            .with("y.buf", Owned::Bytes(text.clone()))
            .with("l.names", Owned::Str(text))
            .with("n.num", Owned::Int(number))
            .with("d.frac", Owned::Double(number as f64 / 3.0))
            .with("i.addr", ip("::1"));
        let expr = compiled.expr.map(&mut |predicate| Matcher::new(predicate));
        eval_expr(&expr, &sample, &mut Scratch::default());
    }
}
