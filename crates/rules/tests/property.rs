//! Whatever a file holds, loading ends with a verdict.

mod support;

use proptest::prelude::*;
use support::{Words, load};
use windhover_rules::yaml::{self, Kind, Limits, Node};

/// Pieces of YAML and of rules, to be strung together at random.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        ": ",
        ":",
        "rule",
        "macro",
        "list",
        "items",
        "condition",
        "override",
        "append",
        "exceptions",
        "values",
        "fields",
        "comps",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ">\n    ",
        "|-\n  ",
        "'",
        "\"",
        "\\x4",
        "#",
        "&a ",
        "*a",
        "!t ",
        "? ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\t",
        "\r\n",
        "proc.name",
        " = ",
        " in (",
        ")",
        " and ",
        "not ",
        "é",
        "\u{feff}",
        "null",
        "~",
        "- rule: r\n  desc: d\n  condition: m\n  output: '%proc.name'\n  priority: INFO\n",
        "- macro: m\n  condition: evt.type=open and proc.name in (l)\n",
        "- list: l\n  items: [a, b c, 'd']\n",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

/// Every scalar's bytes come from inside the text, and spans are in order.
fn check(node: &Node, text: &str) {
    assert!(node.span.start <= node.span.end && node.span.end as usize <= text.len(), "{:?}", node.span);
    match &node.kind {
        Kind::Null => {}
        Kind::Scalar(scalar) => {
            for at in 0..scalar.text.len() {
                assert!(scalar.source(at) < text.len(), "{scalar:?}");
            }
        }
        Kind::Sequence(items) => items.iter().for_each(|item| check(item, text)),
        Kind::Mapping(mapping) => mapping.pairs.iter().for_each(|(key, value)| {
            check(key, text);
            check(value, text);
        }),
    }
}

/// Text in double quotes, every character by its number.
fn quoted(text: &str) -> String {
    text.chars().map(|character| format!("\\U{:08x}", u32::from(character))).collect()
}

proptest! {
    #[test]
    fn any_text_is_yaml_or_refused(text in text()) {
        match yaml::parse(&text, Limits::default()) {
            Ok(documents) => documents.iter().for_each(|document| check(document, &text)),
            Err(error) => prop_assert!(error.offset <= text.len() && !error.reason.is_empty()),
        }
    }

    #[test]
    fn any_file_gets_a_verdict(first in text(), second in text()) {
        let words = Words::few();
        let loaded = load(&words, &[&first, &second]);
        prop_assert_eq!(loaded.results.len(), 2);
        prop_assert_eq!(loaded.successful(), !loaded.diagnostics.has_errors());
        for result in &loaded.results {
            result.to_json(&loaded.sources);
            result.to_text(&loaded.sources);
        }
        let shown = windhover_diagnostics::render(&loaded.diagnostics, &loaded.sources, windhover_diagnostics::Format::Full { color: false });
        prop_assert_eq!(shown.is_empty(), loaded.diagnostics.is_empty());
    }

    #[test]
    fn quoted_text_is_read_back(text in any::<String>()) {
        let documents = yaml::parse(&format!("- \"{}\"\n", quoted(&text)), Limits::default()).expect("YAML");
        let item = &documents[0].as_sequence().expect("a sequence")[0];
        prop_assert_eq!(item.as_str(), Some(text.as_str()));
    }

    #[test]
    fn literal_blocks_are_read_back(lines in prop::collection::vec("[a-z:#'\\[-][ -~]{0,10}[a-z]", 1..6)) {
        let text = format!("key: |-\n  {}\nnext: x\n", lines.join("\n  "));
        let documents = yaml::parse(&text, Limits::default()).expect("YAML");
        let wanted = lines.join("\n");
        prop_assert_eq!(documents[0].get("key").and_then(Node::as_str), Some(wanted.as_str()));
    }
}
