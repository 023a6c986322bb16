//! All mistakes of one condition at once, and none that only follows from another.

use proptest::prelude::*;
use windhover_filter::{Node, ParseOptions, SyntaxErrors, parse, parse_all};

fn refused(text: &str) -> SyntaxErrors {
    *parse_all(text, &ParseOptions::default()).expect_err(text)
}

/// The text under each mistake's primary label.
fn mistakes(text: &str) -> Vec<String> {
    let place = |range: std::ops::Range<usize>| text.get(range).unwrap_or("?").to_owned();
    let findings = refused(text).findings;
    findings
        .iter()
        .map(|finding| finding.diagnostic.span().expect("a mistake has a place"))
        .map(|span| place(span.start as usize..span.end as usize))
        .collect()
}

#[test]
fn each_mistake_is_told_once() {
    let table: &[(&str, &[&str])] = &[
        // One mistake.
        ("", &[""]),
        ("   ", &[""]),
        ("a b", &["b"]),
        ("a b c d", &["b"]),
        ("my-macro", &["-macro"]),
        ("my-macro and a", &["-macro"]),
        ("a and", &[""]),
        ("a and and b", &["b"]),
        ("a orb and c", &["b"]),
        ("a.b = (c and d) and e", &["("]),
        ("a.b in (c d e) and f", &["d"]),
        ("a.b in (c, ) and f", &[")"]),
        ("a.b in (c, d and e.f = g", &["and"]),
        ("(a.b in (c, d and e.f = g) or h", &["and"]),
        ("tolower(a.b = c and d", &["="]),
        ("(tolower(a.b = c) or d", &["="]),
        ("a.b = \"c and d.e = f", &["\""]),
        ("a.b = \"c and d.e = \"f\" and g", &["f"]),
        (r#"a.b = "\q" and c"#, &[r"\q"]),
        ("a) and b", &[")"]),
        ("a) b", &[")", "b"]),
        ("(a", &[""]),
        ("()", &[")"]),
        ("a and )", &[")"]),
        ("(a and", &[""]),
        ("((a or b) and c", &[""]),
        ("not", &[]),
        ("proc = x and a", &["="]),
        // Several.
        ("a.b = and c.d lik e or f g", &["c.d", "lik", "g"]),
        ("(a.b = and c.d in (e, f", &["c.d", ""]),
        ("a.b = and and c.d == = e or f", &["="]),
        ("a && b || c", &["&&", "||"]),
        ("(a && b) || c", &["&&", "||"]),
        ("a.b and c.d or e.f", &["and", "or", ""]),
        ("a.b lik c and d.e startwith f and g", &["lik", "startwith"]),
        ("(a.b lik c or (d.e) and f", &["lik", ")", ""]),
        ("a.b = ) or c.d = ) or e", &[")", ")"]),
        ("((a b) and c d", &["b", "d", ""]),
        ("(a b) and (c", &["b", ""]),
        (r#"a.b = "\q" and c.d in (e "\z")"#, &[r"\q", "\""]),
        ("a.b < x and c.d >= 'y' and not e.f > (z)", &["x", "'", "("]),
        ("not !a and not(b c) or d e", &["!a", "c", "e"]),
        ("a.b[ = c and d.e[x = f", &[" ", " "]),
    ];
    for (text, want) in table {
        if want.is_empty() {
            assert!(parse_all(text, &ParseOptions::default()).is_ok(), "{text:?}");
        } else {
            assert_eq!(mistakes(text), *want, "{text:?}");
        }
    }
}

#[test]
fn what_was_understood_is_kept() {
    let table = [
        ("a and b.c lik d or e", Some("((a and ()) or e)")),
        ("proc = x and a", Some("(() and a)")),
        ("my-macro or (b c)", Some("(() and ())")),
        ("a && b", Some("(a and b)")),
        ("a) or b", Some("(a and b)")),
    ];
    for (text, want) in table {
        let rest = refused(text).rest.map(|ast| shape(&ast.node));
        assert_eq!(rest.as_deref(), want, "{text:?}");
    }
    let deep = "(".repeat(200);
    let given_up = refused(&deep);
    assert!(given_up.rest.is_none() && given_up.findings.len() == 1);
}

fn shape(node: &Node) -> String {
    let joined = |children: &[windhover_filter::Ast], word: &str| {
        let parts: Vec<String> = children.iter().map(|child| shape(&child.node)).collect();
        format!("({})", parts.join(word))
    };
    match node {
        Node::And(children) => joined(children, " and "),
        Node::Or(children) => joined(children, " or "),
        Node::Not(child) => format!("not {}", shape(&child.node)),
        Node::Macro(reference) => reference.name.to_string(),
        Node::Check(check) => check.lhs.to_string(),
    }
}

#[test]
fn mistakes_without_end_are_cut() {
    let text = "a.b and ".repeat(1000);
    assert_eq!(refused(&text).findings.len(), 16);
}

proptest! {
    #[test]
    fn going_on_changes_neither_the_first_mistake_nor_what_is_accepted(
        parts in prop::collection::vec(prop::sample::select(vec![
            "a", "b.c", "=", " ", " ", " ", "(", ")", "and", "or", "not", "&&", "in", "\"", "'x'", ",", "tolower(", "[", "]", "1", "é", "\\", "\u{b}", "or(",
        ]), 0..24)
    ) {
        let text = parts.concat();
        let options = ParseOptions::default();
        match (parse(&text, &options), parse_all(&text, &options)) {
            (Ok(one), Ok(all)) => prop_assert_eq!(one, all),
            (Err(first), Err(all)) => {
                prop_assert_eq!(&*first, &all.findings[0]);
                for finding in &all.findings {
                    let span = finding.diagnostic.span().expect("a mistake has a place");
                    prop_assert!(text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize));
                }
            }
            (one, all) => prop_assert!(false, "{one:?} but {all:?}"),
        }
    }
}
