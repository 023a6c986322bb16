//! What conditions mean to a schema: operators by type, constants, transformers, right-hand fields, warnings.

use windhover_filter::{
    Compiled, Expr, Finding, Op, ParseOptions, Predicate, Rhs, Scope, compile, compile_term, id, parse, parse_term,
};

use crate::vocabulary::Vocabulary;

fn typed(text: &str) -> Result<Compiled, Vec<Finding>> {
    let ast = parse(text, &ParseOptions::default()).unwrap_or_else(|error| panic!("{text}: {error}"));
    compile(&ast, &Vocabulary)
}

fn predicate(text: &str) -> Predicate {
    match typed(text) {
        Ok(Compiled { expr: Expr::Atom(predicate), .. }) => predicate,
        other => panic!("{text}: {other:?}"),
    }
}

/// Classes of fields with the operators that apply to them, and a constant that each takes.
const CLASSES: &[(&str, &str, &str)] = &[
    ("s.name", "= == != < <= > >= contains icontains startswith endswith glob iglob in intersects pmatch regex", "1"),
    ("a.names", "= == != < <= > >= contains icontains startswith endswith glob iglob in intersects pmatch regex", "1"),
    ("n.num", "= == != < <= > >= in intersects", "1"),
    ("n.small", "= == != < <= > >= in intersects", "1"),
    ("u.num", "= == != < <= > >= in intersects", "1"),
    ("p.port", "= == != < <= > >= in intersects", "1"),
    ("e.port", "= == != < <= > >= in intersects", "1"),
    ("t.rel", "= == != < <= > >= in intersects", "1"),
    ("t.abs", "= == != < <= > >= in intersects", "1"),
    ("d.frac", "= == != < <= > >= in intersects", "1"),
    ("b.flag", "= == != in intersects", "true"),
    ("i.addr", "= == != in intersects", "1.2.3.4"),
    ("e.addr", "= == != in intersects", "1.2.3.4"),
    ("i.net", "= == != in intersects", "10.0.0.0/8"),
    ("e.net", "= == != in intersects", "10.0.0.0/8"),
    ("y.buf", "= == != contains in startswith endswith intersects bcontains bstartswith", "cafe"),
    ("l.names", "in intersects", "x"),
    ("l.nums", "in intersects", "1"),
    ("o.uid", "", "1"),
    ("len(s.name)", "= == != < <= > >= in intersects", "1"),
    ("tolower(s.name)", "= != contains startswith endswith glob regex in pmatch", "1"),
];

#[test]
fn operators_apply_by_type() {
    for (field, operators, constant) in CLASSES {
        for op in Op::ALL {
            if field.starts_with("tolower") && !operators.split(' ').any(|known| known == op.as_str()) {
                continue;
            }
            let rhs = match op {
                Op::Exists => String::new(),
                op if op.is_list() => format!("({constant})"),
                op if op.is_order() => "1".to_owned(),
                _ => (*constant).to_owned(),
            };
            let text = format!("{field} {} {rhs}", op.as_str());
            let legal = op == Op::Exists && *field != "o.uid" || operators.split(' ').any(|known| known == op.as_str());
            match typed(&text) {
                Ok(_) => assert!(legal, "{text} is accepted"),
                Err(errors) => {
                    assert!(!legal, "{text}: {}", errors[0]);
                    assert_eq!(errors[0].diagnostic.id, id::OPERATOR_TYPE, "{text}");
                    assert_eq!(errors[0].diagnostic.code, Some("LOAD_ERR_COMPILE_CONDITION"));
                }
            }
        }
    }
}

#[test]
fn constants_are_read_by_type() {
    let table = [
        ("n.num = -5", Rhs::Numbers([-5].into())),
        ("u.num = -1", Rhs::Numbers([i128::from(u64::MAX)].into())),
        ("n.small = 257", Rhs::Numbers([1].into())),
        ("n.num in (3, 1, 3, 2)", Rhs::Numbers([1, 2, 3].into())),
        ("p.port = ssh", Rhs::Numbers([22].into())),
        ("p.port in (https, 80)", Rhs::Numbers([80, 443].into())),
        ("b.flag != false", Rhs::Bools([false].into())),
        ("i.addr = ::1", Rhs::Ips(["::1".parse().unwrap()].into())),
        ("s.name in (b, a, b)", Rhs::Texts([b"a".as_slice().into(), b"b".as_slice().into()].into())),
        ("y.buf bcontains CAfe", Rhs::Texts([[0xCA, 0xFE].as_slice().into()].into())),
        ("s.name exists", Rhs::None),
    ];
    for (text, want) in table {
        assert_eq!(predicate(text).rhs, want, "{text}");
    }
}

#[test]
fn equal_tests_are_equal_values() {
    let table = [
        ("s.name = x", "s.name == x"),
        ("s.name = x", "s.name in (x)"),
        ("s.name = x", "s.name in (x, 'x')"),
        ("s.name in (a, b)", "s.name intersects (b, a)"),
        ("s.name startswith x", "s.name startswith oneof (x)"),
        ("n.num = 1", "n.num = +1"),
        ("i.net = 10.0.0.0/8", "i.net = 10.1.2.3/8"),
        ("p.port = 22", "p.port = ssh"),
    ];
    for (left, right) in table {
        assert_eq!(predicate(left), predicate(right), "{left} and {right}");
    }
    assert_ne!(predicate("l.names in (a)"), predicate("l.names intersects (a)"));
    assert_ne!(predicate("s.name = anyof (a, b)"), predicate("s.name = oneof (a, b)"));
}

#[test]
fn predicates_know_their_scope_and_print_themselves() {
    let table = [
        ("k.type = open", Scope::EventType, "k.type = open"),
        ("s.name in (b, 'a c')", Scope::Process, r#"s.name in ("a c", b)"#),
        ("p.port > 1", Scope::Fd, "p.port > 1"),
        ("s.name = val(s.other)", Scope::Event, "s.name = val(s.other)"),
        ("tolower(s.name) = x", Scope::Process, "tolower(s.name) = x"),
        ("join(',', (s.name, s.arg[1])) exists", Scope::Process, r#"join(",",(s.name,s.arg[1])) exists"#),
        ("s.name glob oneof (a*, b*)", Scope::Process, "s.name glob oneof (a*, b*)"),
        ("i.net in (10.0.0.0/8, ::/3)", Scope::Fd, "i.net in (10.0.0.0/8, ::/3)"),
    ];
    for (text, scope, shown) in table {
        let predicate = predicate(text);
        assert_eq!((predicate.scope(), predicate.to_string().as_str()), (scope, shown), "{text}");
    }
    let both = predicate("s.name = val(s.other)");
    assert_eq!(both.fields().iter().map(|field| &*field.text).collect::<Vec<_>>(), ["s.name", "s.other"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let long = format!("s.name = {}", "x".repeat(256));
    let table = [
        ("s.nmae = x", "filter_check called with nonexistent field s.nmae", id::FIELD_UNKNOWN),
        ("q.q[1] = x", "filter_check called with nonexistent field q.q[1]", id::FIELD_UNKNOWN),
        ("n.num[1] = 1", "takes no argument", id::FIELD_ARGUMENT),
        ("x.print = a", "x.print", id::FIELD_NOT_COMPARABLE),
        ("s.name bcontains cafe", "'bcontains' operator not supported for string filters", id::OPERATOR_TYPE),
        ("n.num contains 1", "'contains' operator not supported for numeric filters", id::OPERATOR_TYPE),
        ("l.names = x", "operator not supported for list filters", id::OPERATOR_TYPE),
        ("n.num = bash", "bash is not a valid number", id::TYPE_MISMATCH),
        ("n.num > 0x10", "0x10 is not a valid number", id::TYPE_MISMATCH),
        ("n.num > 1.5", "1.5 is not a valid number", id::TYPE_MISMATCH),
        ("n.num in (1, x)", "x is not a valid number", id::TYPE_MISMATCH),
        ("b.flag = yes", "yes", id::TYPE_MISMATCH),
        ("i.addr = localhost", "localhost", id::TYPE_MISMATCH),
        ("i.net = 10.0.0.0", "10.0.0.0", id::TYPE_MISMATCH),
        ("p.port = nosuchservice", "nosuchservice", id::TYPE_MISMATCH),
        ("y.buf bcontains abc", "support hex strings only", id::TYPE_MISMATCH),
        ("y.buf bstartswith xx", "support hex strings only", id::TYPE_MISMATCH),
        ("s.name regex '(a'", "invalid regex pattern: missing ): (a", id::REGEX_INVALID),
        (r"s.name regex \d+", "invalid regex pattern: invalid escape sequence: \\d", id::REGEX_INVALID),
        (r#"s.name = "a\x00""#, "filter value cannot contain a NUL byte", id::VALUE_NUL),
        (long.as_str(), "filter parameter too long", id::VALUE_TOO_LONG),
        ("k.type = nope", "unknown event type nope", id::VALUE_UNKNOWN),
        ("k.type startswith op", "unknown event type op", id::VALUE_UNKNOWN),
        ("tolower(n.num) = x", "type 'INT64' is not supported by 'tolower' transformer", id::TRANSFORMER_TYPE),
        ("tolower(l.names) = x", "applied on list field 'l.names'", id::TRANSFORMER_TYPE),
        ("tolower(a.names) = x", "field 'a.names' does not support transformers", id::TRANSFORMER_TYPE),
        ("len(e.addr) = 1", "does not support transformers", id::TRANSFORMER_TYPE),
        ("len(n.num) = 1", "not supported by 'len'", id::TRANSFORMER_TYPE),
        ("b64(n.num) = x", "not supported by 'b64'", id::TRANSFORMER_TYPE),
        ("join(',') = x", "unknown field transfomer", id::TRANSFORMER_ARGUMENTS),
        ("concat(s.name) = x", "unknown field transfomer", id::TRANSFORMER_ARGUMENTS),
        ("getopt(l.names) exists", "unknown field transfomer", id::TRANSFORMER_ARGUMENTS),
        ("tolower(s.name, s.other) = x", "exactly one argument", id::TRANSFORMER_ARGUMENTS),
        ("tolower(s.name)[x] = x", "takes nothing in brackets", id::TRANSFORMER_ARGUMENTS),
        ("getopt(l.names, 'ab')[ab] = x", "one character", id::TRANSFORMER_ARGUMENTS),
        ("join(',', s.name) = x", "not supported by 'join'", id::TRANSFORMER_TYPE),
        ("join(l.names, l.names) = x", "not supported by 'join'", id::TRANSFORMER_TYPE),
        ("join(',', l.nums) = x", "not supported by 'join'", id::TRANSFORMER_TYPE),
        ("concat(s.name, n.num) = x", "not supported by 'concat'", id::TRANSFORMER_TYPE),
        ("join(',', (n.num)) = x", "is not a string", id::TRANSFORMER_TYPE),
        ("getopt(l.names, 'ab') = x", "operator not supported for list filters", id::OPERATOR_TYPE),
        ("s.name = val(n.num)", "incompatible type", id::RHS_FIELD),
        ("s.name = val(l.names)", "incompatible type", id::RHS_FIELD),
        ("n.num = val(u.num)", "incompatible type", id::RHS_FIELD),
        ("s.name = val(a.names)", "right-hand side", id::RHS_FIELD),
        ("s.name regex val(s.other)", "does not support right-hand side fields", id::RHS_FIELD),
        ("s.name pmatch val(s.other)", "does not support right-hand side fields", id::RHS_FIELD),
        ("i.net = val(i.net)", "IPNET", id::RHS_FIELD),
        ("s.name = val(q.q)", "nonexistent field q.q", id::FIELD_UNKNOWN),
        ("some_macro", "Undefined macro 'some_macro' used in filter.", id::MACRO_UNKNOWN),
    ];
    for (text, said, id) in table {
        let errors = typed(text).expect_err(text);
        assert_eq!(errors.len(), 1, "{text}");
        assert!(errors[0].text.contains(said), "{text}: {}", errors[0]);
        assert_eq!(errors[0].diagnostic.id, id, "{text}");
    }
}

#[test]
fn what_makes_sense_is_accepted() {
    for text in [
        "s.name = val(s.other)",
        "s.name in val(s.other)",
        "l.names in val(l.others)",
        "l.names intersects val(l.others)",
        "n.num >= val(n.other)",
        "n.num = val(n.num)",
        "tolower(s.name) contains tolower(s.other)",
        "u.num > len(l.nums)",
        "len(y.buf) > 3",
        "b64(y.buf) startswith x",
        "toupper('abc') = ABC",
        "getopt((s.name, 'x'), 'ab:')[b] = x",
        "getopt(l.names, 'ab:') intersects (a)",
        "e.net contains oneof (10.0.0.0/8)",
        "s.name = ''",
        "p.port = ''",
        "s.name < 5",
        "s.arg['x y'] = 1",
    ] {
        if let Err(errors) = typed(text) {
            panic!("{text}: {}", errors[0]);
        }
    }
}

#[test]
fn every_error_is_reported_with_its_place_and_remedy() {
    let text = "s.nmae = x and not (n.num = bash or n.num contains 1) and s.nmae = y";
    let errors = typed(text).unwrap_err();
    let shown: Vec<(&str, &str)> = errors
        .iter()
        .map(|error| {
            let span = error.diagnostic.span().unwrap();
            (error.diagnostic.message.as_str(), &text[span.start as usize..span.end as usize])
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("unknown field `s.nmae`", "s.nmae"),
            ("`n.num` cannot be compared with `bash`", "bash"),
            ("`contains` does not apply to `n.num`", "contains"),
            ("unknown field `s.nmae`", "s.nmae"),
        ]
    );
    assert_eq!(errors[0].diagnostic.helps, ["a field with a similar name exists: `s.name`"]);
}

#[test]
fn doubtful_constants_are_warned_about() {
    let table = [
        ("s.name regex abc", Some(id::REGEX_SIMPLE)),
        ("s.name regex .abc.", Some(id::REGEX_SIMPLE)),
        ("s.name regex a.c", None),
        ("s.name regex ab*c", None),
        ("s.name = s.other", Some(id::VALUE_IS_FIELD)),
        ("s.name = ' s.other '", Some(id::VALUE_IS_FIELD)),
        ("s.name in (x, s.arg[1])", Some(id::VALUE_IS_FIELD)),
        ("s.name = 'tolower(s.other)'", Some(id::VALUE_IS_TRANSFORMER)),
        ("s.name = 'nope(s.other)'", None),
        ("s.name = q.q", None),
        ("e.net in (10.0.0.0/8, 11.0.0.0/8)", Some(id::NETWORK_LIST_CUT)),
        ("e.net in (10.0.0.0/8)", None),
        ("i.net in (10.0.0.0/8, 11.0.0.0/8)", None),
    ];
    for (text, want) in table {
        let warnings = typed(text).unwrap_or_else(|errors| panic!("{text}: {}", errors[0])).warnings;
        assert_eq!(warnings.first().map(|warning| warning.diagnostic.id), want, "{text}");
        for warning in warnings {
            let ours = warning.diagnostic.id == id::NETWORK_LIST_CUT;
            assert_eq!(warning.diagnostic.code, (!ours).then_some("LOAD_COMPILE_CONDITION"), "{text}");
        }
    }
}

#[test]
fn terms_are_typed_on_their_own() {
    let source = |text: &str| {
        let (term, _) = parse_term(text, &ParseOptions::default()).unwrap();
        compile_term(&term, &Vocabulary).map(|source| (source.to_string(), source.is_list()))
    };
    assert_eq!(source("toupper(s.name)").unwrap(), ("toupper(s.name)".to_owned(), false));
    assert_eq!(source("l.names").unwrap(), ("l.names".to_owned(), true));
    assert_eq!(source("q.q").unwrap_err().diagnostic.id, id::FIELD_UNKNOWN);
}
