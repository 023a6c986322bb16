//! Trees as text, and back.

use std::sync::Arc;

use proptest::prelude::*;
use windhover_diagnostics::Span;
use windhover_filter::{
    Ast, Check, Literal, MacroRef, Node, Op, Operand, ParseOptions, Quantifier, Style, Term, TermKind, Transformer,
    parse,
};

fn options() -> ParseOptions {
    ParseOptions { max_depth: ParseOptions::RULES_MAX_DEPTH, ..ParseOptions::default() }
}

#[test]
fn constants_are_quoted_where_they_must_be() {
    let table = [
        ("a.b = 'x'", "a.b = x", "a.b = x"),
        ("a.b = 'x y'", r#"a.b = "x y""#, r#"a.b = "x y""#),
        ("a.b = 'x=y'", r#"a.b = "x=y""#, r#"a.b = "x=y""#),
        ("a.b = ''", r#"a.b = """#, "a.b = "),
        ("a.b = 'x,y'", r#"a.b = "x,y""#, "a.b = x,y"),
        ("a.b = '(x)'", r#"a.b = "(x)""#, "a.b = (x)"),
        (r"a.b = \", r#"a.b = "\x5c""#, r#"a.b = "\\""#),
        (r"a.b = x\y", r#"a.b = "x\\y""#, r#"a.b = "x\\y""#),
        (r#"a.b = 'say "x"'"#, r#"a.b = "say \"x\"""#, r#"a.b = "say \"x\"""#),
        (r#"a.b = "it's""#, r#"a.b = "it's""#, r#"a.b = "it's""#),
        (r#"a.b = "\n\x01\xff""#, r#"a.b = "\n\x01\xff""#, r#"a.b = "\n\x01\xff""#),
        ("a.b in (x,'y z')", r#"a.b in (x, "y z")"#, r#"a.b in (x, "y z")"#),
        ("a.b in ()", "a.b in ()", "a.b in ()"),
        ("a.b in name", "a.b in name", "a.b in name"),
        ("a.b startswith  oneof (x)", "a.b startswith oneof (x)", "a.b startswith oneof (x)"),
        ("a.b==c", "a.b == c", "a.b == c"),
        ("a.b>0x1F", "a.b > 0x1F", "a.b > 0x1F"),
        ("a.b['x y'] exists", r#"a.b["x y"] exists"#, r#"a.b["x y"] exists"#),
        ("a.b[']'] exists", r#"a.b["]"] exists"#, "a.b[]] exists"),
        ("join( ',' , ( a.b , c.d ) ) = x", r#"join(",",(a.b,c.d)) = x"#, r#"join(",",(a.b,c.d)) = x"#),
        ("getopt(a.b, 'c:')[c] = x", r#"getopt(a.b,"c:")[c] = x"#, r#"getopt(a.b,"c:")[c] = x"#),
        ("a.b = val( c.d )", "a.b = val(c.d)", "a.b = val(c.d)"),
        ("a or b and not c", "(a or (b and not c))", "(a or (b and not c))"),
        // A macro of that name, which only a blank that is no white space tells from a negation.
        ("not\u{8}and b", "((not) and b)", "((not) and b)"),
    ];
    for (text, exact, reference) in table {
        let ast = parse(text, &options()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(ast.to_text(Style::Exact), exact, "{text}");
        assert_eq!(ast.to_text(Style::Reference), reference, "{text}");
    }
}

fn place() -> Span {
    Span::default()
}

fn literal(bytes: Vec<u8>) -> Literal {
    Literal { bytes: Arc::from(bytes), span: place() }
}

/// A constant; NUL cannot stand in a text but as an escape, which is what the printer writes.
fn any_literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "[a-z/<>]{1,6}".prop_map(String::into_bytes),
        r#"[ -~é\\"'(),=\n\t\x08\x0c]{0,6}"#.prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..5),
        proptest::sample::select(vec!["and", "not", "oneof", "anyof", "val", "exists"])
            .prop_map(|word| word.as_bytes().to_vec()),
    ]
    .prop_map(literal)
}

fn any_field() -> impl Strategy<Value = Term> {
    let arg = proptest::option::of(any_literal());
    ("[a-z][a-z0-9_]{0,3}(\\.[a-z][a-z0-9_]{0,3}){1,2}", arg)
        .prop_map(|(name, arg)| Term { kind: TermKind::Field { name: Arc::from(name), arg }, span: place() })
}

fn any_term() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![
        4 => any_field(),
        1 => any_literal().prop_map(|text| Term { kind: TermKind::Text(text), span: place() }),
        1 => "[+-]?[0-9]{1,3}".prop_map(|number| {
            Term { kind: TermKind::Number(literal(number.into_bytes())), span: place() }
        }),
        1 => proptest::collection::vec(any_field(), 0..3)
            .prop_map(|terms| Term { kind: TermKind::List(terms), span: place() }),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let transformer = proptest::sample::select(Transformer::ALL[..8].to_vec());
        let args = proptest::collection::vec(inner, 1..3);
        (transformer, args, proptest::option::of(any_literal())).prop_map(|(transformer, args, selector)| Term {
            kind: TermKind::Call { transformer, args, selector },
            span: place(),
        })
    })
}

fn any_lhs() -> impl Strategy<Value = Term> {
    any_term().prop_filter("a left side is a field or a call", |term| {
        matches!(term.kind, TermKind::Field { .. } | TermKind::Call { .. })
    })
}

fn any_rhs_term() -> impl Strategy<Value = Term> {
    prop_oneof![
        any_field().prop_map(|field| Term {
            kind: TermKind::Call { transformer: Transformer::Val, args: vec![field], selector: None },
            span: place(),
        }),
        any_term().prop_filter("a right side is a call", |term| matches!(term.kind, TermKind::Call { .. })),
    ]
}

fn any_check() -> impl Strategy<Value = Check> {
    let list =
        || proptest::collection::vec(any_literal(), 0..4).prop_map(|items| Operand::List { items, span: place() });
    let name = || "[a-z]{1,4}_".prop_map(|name| Operand::Literal(literal(name.into_bytes())));
    let ops = |accepted: fn(Op) -> bool| {
        proptest::sample::select(Op::ALL.into_iter().filter(|op| accepted(*op)).collect::<Vec<_>>())
    };
    let tail = prop_oneof![
        Just((Op::Exists, None, Operand::None)),
        (ops(Op::is_order), "[+-]?[0-9]{1,3}").prop_map(|(op, number)| (
            op,
            None,
            Operand::Literal(literal(number.into_bytes()))
        )),
        (ops(Op::is_string), any_literal()).prop_map(|(op, value)| (op, None, Operand::Literal(value))),
        (ops(|op| op != Op::Exists), any_rhs_term()).prop_map(|(op, term)| (op, None, Operand::Term(term))),
        (ops(Op::is_list), prop_oneof![list(), name()]).prop_map(|(op, rhs)| (op, None, rhs)),
        (ops(Op::is_string), proptest::sample::select(Quantifier::ALL.to_vec()), prop_oneof![list(), name()])
            .prop_map(|(op, quantifier, rhs)| (op, Some(quantifier), rhs)),
    ];
    (any_lhs(), tail).prop_map(|(lhs, (op, quantifier, rhs))| Check { lhs, op, quantifier, op_span: place(), rhs })
}

fn any_condition() -> impl Strategy<Value = Ast> {
    let node = |node: Node| Ast { node, span: place() };
    let leaf = prop_oneof![
        3 => any_check().prop_map(Node::Check),
        1 => "[a-z]{1,5}_[a-z]{0,3}".prop_map(|name| Node::Macro(MacroRef { name: Arc::from(name), body: None })),
    ]
    .prop_map(node);
    leaf.prop_recursive(4, 16, 4, move |inner| {
        let several = || proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several().prop_map(Node::And),
            several().prop_map(Node::Or),
            inner.clone().prop_map(|child| Node::Not(Box::new(child))),
        ]
        .prop_map(node)
    })
}

proptest! {
    #[test]
    fn printing_then_parsing_gives_the_same_tree(tree in any_condition()) {
        let text = tree.to_string();
        let parsed = parse(&text, &options());
        prop_assert!(parsed.is_ok(), "{text}: {}", parsed.unwrap_err());
        prop_assert_eq!(parsed.unwrap().without_spans(), tree, "{}", text);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        let _ = parse(&text, &options());
    }

    #[test]
    fn any_sequence_of_tokens_is_parsed_or_refused(tokens in proptest::collection::vec(
        proptest::sample::select(vec![
            "a.b", "a.b[", "]", "(", ")", ",", "=", "!=", "in", "not", "and", "or", "exists", "oneof", "val(", "tolower(",
            "join(", "'", "\"", "\\", "\\x", "x", "1", " ", "\n", "é", "\0", "startswith ", "<", "0x", ".",
        ]), 0..24)
    ) {
        let text = tokens.concat();
        match parse(&text, &options()) {
            Ok(ast) => {
                let again = parse(&ast.to_string(), &options()).map(|ast| ast.without_spans());
                prop_assert_eq!(again.ok(), Some(ast.without_spans()), "{}", text);
            }
            Err(error) => {
                let span = error.diagnostic.span();
                prop_assert!(span.is_some_and(|span| text.is_char_boundary(span.start as usize)
                    && text.is_char_boundary(span.end as usize)), "{text:?}: {error}");
            }
        }
    }
}
