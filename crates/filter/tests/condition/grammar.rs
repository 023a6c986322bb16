//! What the parser takes and what it refuses, with the places it points at.

use windhover_filter::{Ast, Node, Op, Operand, ParseOptions, TermKind, id, parse, parse_term};

fn options() -> ParseOptions {
    ParseOptions::default()
}

/// The text under the primary label of the error, and the reference's message.
fn refusal(text: &str) -> (String, String) {
    let error = parse(text, &options()).expect_err(text);
    let span = error.diagnostic.span().expect("errors of the parser have a place");
    (text.get(span.start as usize..span.end as usize).unwrap_or("?").to_owned(), error.text)
}

#[test]
fn conditions_that_are_accepted() {
    let table = [
        "macro",
        "and",
        "not",
        " \t\r\n\u{8}macro \n",
        "not macro",
        "not not macro",
        "not(macro)",
        "not (macro)",
        "not(not(a))",
        "not not(a)",
        "(a)",
        "((a))",
        "a and b",
        "a and b and(c)",
        "a or b or(c)",
        "a or(b)",
        "a and(b)and(c)",
        "(a)and b",
        "(a)or(b)",
        "not_x",
        "and_x and or_x or not_x",
        "notx",
        "a.b exists",
        "a.b exists and c",
        "a.b=c",
        "a.b = c",
        "a.b\n=\nc",
        "a.b == c",
        "a.b != c",
        "a.b=not",
        "a.b = not",
        "a.b = and and c",
        "a.b = ''",
        "a.b = \"\"",
        "a.b = 'x y' and c",
        "a.b = 'say \"x\"'",
        "a.b = \"it's\"",
        r#"a.b = "a\"b""#,
        r#"a.b = "\x00\xff""#,
        r#"a.b = "\ ""#,
        r"a.b = \",
        r"a.b endswith \",
        "a.b = <NA>",
        "a.b = 123abc",
        "a.b = +1.5e",
        "a.b = runc:[0:PARENT]",
        "a.b = é",
        "a.b startswith\nx",
        "a.b startswith\u{8}x",
        "a.b regex ^[a-z]+$",
        "a.b contains in",
        "a.b < 1",
        "a.b<1",
        "a.b>=-0.12e+10",
        "a.b > +1",
        "a.b > 1.",
        "a.b > 0xFf",
        "a.b in ()",
        "a.b in ( )",
        "a.b in (a)",
        "a.b in(a,b)",
        "a.b in ( 'a' , \"b c\" , d )",
        "a.b in (in, not, and)",
        "a.b in list_name",
        "a.b inlist_name",
        "a.b intersects (a, b)",
        "a.b pmatch (/a, /b/*)",
        "a.b in val(c.d)",
        "a.b = val(c.d)",
        "a.b = val( c.d )",
        "a.b = tolower(c.d)",
        "a.b > len(c.d)",
        "a.b = val",
        "a.b startswith oneof (a, b)",
        "a.b startswith anyof x",
        "a.b = allof (a)",
        "a.b = oneof",
        "a.b = oneof and c",
        "a.b = oneof or(c)",
        "a.b startswith oneof",
        "a.b startswith oneof not_x",
        "a.b =oneof",
        "(a.b = anyof)",
        "a.b[1] = c",
        "a.b['x y'] exists",
        "a.b[\"]\"] exists",
        "a.b[/proc*] in (x)",
        "a.b[a.b=c,d] exists",
        "a.b.c.d exists",
        "a_1.b_2 exists",
        "tolower(a.b) = c",
        "tolower( a.b ) = c",
        "tolower(toupper(b64(a.b))) startswith c",
        "toupper('abc') = ABC",
        "join(',', (a.b, c.d)) = x",
        "join(\",\",()) = x",
        "concat(a.b, '/', 12, tolower(c.d)) = x",
        "getopt((a.b, 'x'), \"ab:\")[b] = x",
        "len(join(',', (a.b))) > 3",
    ];
    for text in table {
        if let Err(error) = parse(text, &options()) {
            panic!("{text:?}: {error}");
        }
    }
}

#[test]
fn conditions_that_are_refused() {
    let end = "unexpected token after";
    let table = [
        ("", "", "filter input string is empty"),
        ("   ", "", "expected a '(' token, a field check, or an identifier"),
        ("a b", "b", "unexpected token after 'a', expecting 'or', 'and'"),
        ("a)", ")", end),
        ("a # b", "#", end),
        ("my-macro", "-macro", "unexpected token after 'my', expecting 'or', 'and'"),
        ("a.b exists1", "1", "unexpected token after 'exists'"),
        ("a.b exists = 1", "=", end),
        ("a orb", "b", "expected blank or '(' after 'or'"),
        ("a andnotb", "notb", "expected blank or '(' after 'and'"),
        ("a or(b) and c", "and", "unexpected token after ')'"),
        ("a and", "", "expected blank or '(' after 'and'"),
        ("a and ", "", "expected a '(' token, a field check, or an identifier"),
        ("or a", "a", end),
        ("not()", ")", "expected a '(' token, a field check"),
        ("()", ")", "expected a '(' token, a field check"),
        ("(a", "", "expected a ')' token"),
        ("(a and (b)", "", "expected a ')' token"),
        ("(a b)", "b", "expected a ')' token"),
        ("!a", "!a", "expected a '(' token"),
        ("a && b", "&&", end),
        ("a AND b", "AND", end),
        ("'a'", "'", "expected a '(' token"),
        ("a.b", "", "expected a valid check operator: one of 'exists'"),
        ("a.b is c", "is", "expected a valid check operator"),
        ("a.b =~ c", "c", "unexpected token after '~'"),
        ("a.b contains'x'", "contains", "expected a valid check operator"),
        ("a.b regex", "regex", "expected a valid check operator"),
        ("a.b = ", "", "expected a string value or a field with a valid transformer: 'val'"),
        ("a.b =", "", "expected a string value"),
        ("a.b = (a)", "(", "expected a string value"),
        ("a.b = 'x", "'", "expected a string value"),
        (r"a.b = 'x\'", "'", "expected a string value"),
        (r"a.b = 'x\\'", "'", "expected a string value"),
        ("a.b = 'x\0'", "'", "expected a string value"),
        ("a.b = x=y", "=", "unexpected token after 'x'"),
        ("a.b = x'y'", "'", "unexpected token after 'x'"),
        ("a.b = x\u{b}", "\u{b}", end),
        (r#"a.b = "x\y""#, r"\y", "unsupported string escape sequence: \\y"),
        (r#"a.b = "it\'s""#, r"\'", "unsupported string escape sequence: \\'"),
        (r"a.b in ('\z')", r"\z", "unsupported string escape sequence"),
        ("a.b < x", "x", "expected a number value or a field with a valid transformer"),
        ("a.b < '1'", "'", "expected a number value"),
        ("a.b < (1)", "(", "expected a number value"),
        ("a.b > 3abc", "abc", "unexpected token after '3'"),
        ("a.b > 1e5", "e5", "unexpected token after '1'"),
        ("a.b > 0xg", "xg", "unexpected token after '0'"),
        ("a.b in", "", "expected a list, an identifier, or a field"),
        ("a.b in 'x'", "'", "expected a list"),
        ("a.b in (a", "", "expected a ')' token"),
        ("a.b in (a,)", ")", "expected a string value"),
        ("a.b in (,a)", ",", "expected a ')' token"),
        ("a.b in (a b)", "b", "expected a ')' token"),
        ("a.b in (a=b)", "=", "expected a ')' token"),
        ("a.b in ((a))", "(", "expected a ')' token"),
        ("a.b in (val(c.d))", "(", "expected a ')' token"),
        ("a.b startswith oneof (a", "", "expected a ')' token"),
        ("a.b = oneof (a) b", "b", end),
        ("a.b = anyof(c)", "(", "unexpected token after 'anyof'"),
        ("a.b in oneof (a)", "(", end),
        ("a.b[] = c", "]", "expected a valid field argument"),
        ("a.b[ x] = c", "", "expected a valid field argument"),
        ("a.b[x ] = c", "", "expected a ']' token"),
        ("a.b[x = c", "", "expected a ']' token"),
        ("a.b [x] = c", "[x]", "expected a valid check operator"),
        ("a.1b = c", ".1b", "unexpected token after 'a'"),
        ("a. = c", ".", "unexpected token after 'a'"),
        ("tolower() = c", ")", "expected a field or a nested valid transformer"),
        ("tolower(a) = c", "a", "expected a field or a nested valid transformer"),
        ("tolower(a.b = c", "", "expected a ')' token closing the transformer"),
        ("tolower (a.b) = c", "", "unexpected token after 'tolower'"),
        ("nope(a.b) = c", "", "unexpected token after 'nope'"),
        ("val(a.b) = c", "", "unexpected token after 'val'"),
        ("a.b = val(tolower(c.d))", "tolower", "expected a field within 'val' transformer"),
        ("a.b = val()", ")", "expected a field within 'val' transformer"),
        ("join(',', (a.b, (c.d))) = x", "", "expected a field or a nested valid transformer"),
    ];
    for (text, place, message) in table {
        let (shown, said) = refusal(text);
        assert!(said.contains(message), "{text:?}: {said}");
        if !place.is_empty() {
            assert_eq!(shown, place, "{text:?}: {said}");
        }
    }
}

#[test]
fn precedence_and_grouping() {
    let table = [
        ("a or b and c", "(a or (b and c))"),
        ("a and b or c", "((a and b) or c)"),
        ("not a and b", "(not a and b)"),
        ("not (a and b)", "not (a and b)"),
        ("not not a", "a"),
        ("not not not(a)", "not a"),
        ("not not(a)", "a"),
        ("a and (b and c)", "(a and (b and c))"),
        ("a and b and c", "(a and b and c)"),
        ("((a))", "a"),
        ("a or(b and c)", "(a or (b and c))"),
    ];
    for (text, want) in table {
        assert_eq!(parse(text, &options()).unwrap().to_string(), want, "{text}");
    }
}

/// Spans of all nodes, as the text they cover.
fn covered<'t>(ast: &Ast, text: &'t str) -> Vec<&'t str> {
    let mut spans = Vec::new();
    ast.walk(&mut |node| spans.push(&text[node.span.start as usize..node.span.end as usize]));
    spans
}

#[test]
fn every_node_knows_its_place() {
    let text = " a and\n not (b.c = 'x y' or d) ";
    let ast = parse(text, &options()).unwrap();
    let want =
        ["a and\n not (b.c = 'x y' or d)", "a", "not (b.c = 'x y' or d)", "(b.c = 'x y' or d)", "b.c = 'x y'", "d"];
    assert_eq!(covered(&ast, text), want);
    let text = "tolower(a.b[1]) startswith oneof ( x, 'y' )";
    let ast = parse(text, &options()).unwrap();
    let Node::Check(check) = &ast.node else { panic!("not a check") };
    let at = |span: windhover_diagnostics::Span| &text[span.start as usize..span.end as usize];
    assert_eq!((at(ast.span), at(check.op_span)), (text, "startswith oneof"));
    assert_eq!(at(check.lhs.span), "tolower(a.b[1])");
    let TermKind::Call { args, .. } = &check.lhs.kind else { panic!("not a call") };
    assert_eq!(at(args[0].span), "a.b[1]");
    let Operand::List { items, span } = &check.rhs else { panic!("not a list") };
    assert_eq!((at(*span), at(items[0].span), at(items[1].span)), ("( x, 'y' )", "x", "'y'"));
}

#[test]
fn modifiers_are_strings_where_no_list_follows() {
    let rhs = |text: &str| match parse(text, &options()).unwrap().node {
        Node::Check(check) => (check.op, check.quantifier.map(|q| q.as_str())),
        Node::And(children) | Node::Or(children) => match &children[0].node {
            Node::Check(check) => (check.op, check.quantifier.map(|q| q.as_str())),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    for (text, want) in [
        ("a.b startswith oneof (x)", (Op::StartsWith, Some("oneof"))),
        ("a.b = allof x", (Op::Eq, Some("allof"))),
        ("a.b == anyof (x)", (Op::EqEq, Some("anyof"))),
        ("a.b =anyof", (Op::Eq, None)),
        ("a.b = anyof and c", (Op::Eq, None)),
        ("a.b = anyof or c", (Op::Eq, None)),
        ("a.b = anyof", (Op::Eq, None)),
    ] {
        assert_eq!(rhs(text), want, "{text}");
    }
}

#[test]
fn nesting_is_limited() {
    let nested = |levels: usize| format!("{}a{}", "(".repeat(levels), ")".repeat(levels));
    let rules = ParseOptions { max_depth: ParseOptions::RULES_MAX_DEPTH, ..options() };
    assert!(parse(&nested(15), &options()).is_ok());
    let error = parse(&nested(100), &options()).unwrap_err();
    assert_eq!(error.text, "exceeded max depth limit of 100");
    assert_eq!(error.diagnostic.id, id::TOO_DEEP);
    assert!(parse(&nested(150), &rules).is_ok());
    assert!(parse(&nested(100_000), &rules).is_err());
    assert!(parse(&format!("{}a.b{} = c", "tolower(".repeat(5000), ")".repeat(5000)), &rules).is_err());
    assert!(parse(&format!("{}a", "not ".repeat(100_001)), &rules).is_ok());
    assert!(parse(&vec!["a"; 100_000].join(" or "), &rules).is_ok());
}

#[test]
fn a_term_is_taken_from_the_start_of_a_text() {
    let (term, length) = parse_term("toupper( a.b[x] ) and more", &options()).unwrap();
    assert_eq!((term.to_string().as_str(), length), ("toupper(a.b[x])", 17));
    let (term, length) = parse_term("a.b: c", &options()).unwrap();
    assert_eq!((term.to_string().as_str(), length), ("a.b", 3));
    assert!(parse_term("toupper (a.b)", &options()).is_err());
    assert!(parse_term("macro", &options()).is_err());
}

#[test]
fn mistakes_have_remedies() {
    let table = [
        ("a && b", "instead of `&&` write `and`"),
        ("a and OR b", "expected"),
        ("a.b is c", "to compare, write `=`"),
        ("a.b contians x", "an operator with a similar name exists: `contains`"),
        ("a.b contains'x'", "`contains` needs a blank behind it"),
        ("a.b matches x", "for regular expressions there is `regex`"),
        ("name = x", "`name` is taken for a macro"),
        ("a.b = (x)", "take a list"),
        ("a.b = 'x", "this string does not end"),
        ("a.b > '1'", "numbers are written without quotes"),
        ("a.b in x.y", "expected"),
        ("!a", "to negate, write `not`"),
    ];
    for (text, want) in table {
        let error = parse(text, &options()).expect_err(text);
        let helps = error.diagnostic.helps.join("; ");
        let said = format!("{} {helps}", error.text);
        assert!(helps.contains(want) || (want == "expected" && said.contains(want)), "{text:?}: {said}");
    }
}
