//! What the YAML reader takes and refuses, where the reference's library and the specification differ or where it matters.

use windhover_rules::yaml::{Kind, Limits, Mapping, Node, parse};

/// A tree in JSON's manner, scalars in quotes.
fn shown(node: &Node) -> String {
    let all = |items: &[Node]| items.iter().map(shown).collect::<Vec<_>>().join(", ");
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Scalar(scalar) => format!("{:?}", scalar.text),
        Kind::Sequence(items) => format!("[{}]", all(items)),
        Kind::Mapping(Mapping { pairs }) => {
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{}: {}", shown(key), shown(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn read(text: &str) -> Result<String, String> {
    let documents = parse(text, Limits::default()).map_err(|error| error.to_string())?;
    Ok(documents.iter().map(shown).collect::<Vec<_>>().join(" | "))
}

#[test]
fn what_is_taken() {
    for (text, want) in [
        ("", ""),
        ("# nothing\n", ""),
        ("a: b", r#"{"a": "b"}"#),
        ("- a\n- b: c\n  d: e\n-\n- ~", r#"["a", {"b": "c", "d": "e"}, null, null]"#),
        ("a:\n- b\nc: d", r#"{"a": ["b"], "c": "d"}"#),
        ("a: [\n  b,\n  c\n]\nd: e", r#"{"a": ["b", "c"], "d": "e"}"#),
        ("a:\n  b: [c,\n]\n", r#"{"a": {"b": ["c"]}}"#),
        ("[a, , {b, c: }, d: e]", r#"["a", null, {"b": null, "c": null}, {"d": "e"}]"#),
        ("a: 1\na: 2", r#"{"a": "1", "a": "2"}"#),
        ("x: &n {<<: y}\nz: *n", r#"{"x": {"<<": "y"}, "z": {"<<": "y"}}"#),
        ("a\n---\nb\n...\n---\n", r#""a" | "b" | null"#),
        ("a: 'it''s'\nb: \"\\x41\\u00e9\\n\\/\"", r#"{"a": "it's", "b": "Aé\n/"}"#),
        ("a: >\n  b\n  c\n\n  d\n   e\nf: g\n", r#"{"a": "b c\nd\n e\n", "f": "g"}"#),
        ("a: |+\n  b\n\nc: |2-\n   d\n", r#"{"a": "b\n\n", "c": " d"}"#),
        ("a: b # c\nd: e#f", r#"{"a": "b", "d": "e#f"}"#),
        ("? a\n: b", r#"{"a": "b"}"#),
        ("a: null\nb: 'null'\nc: !!str null\nd: NULL", r#"{"a": null, "b": "null", "c": "null", "d": null}"#),
        ("\u{feff}a:\tb\r\nc: d\r\n", r#"{"a": "b", "c": "d"}"#),
        // What follows a finished root starts another document, marker or not.
        ("- a\nb: c", r#"["a"] | {"b": "c"}"#),
        ("a: \"b\n", r#"{"a": "b "}"#),
    ] {
        assert_eq!(read(text).as_deref(), Ok(want), "{text:?}");
    }
}

#[test]
fn what_is_refused() {
    for text in [
        "a: b: c",
        "a: [b",
        "a: {b",
        "a: [b}",
        "a: 'b",
        "a: \"\\q\"",
        "a: *b",
        "a: |0\n  b",
        "a: > b",
        "a: @b",
        "a:\n  b: c\n d: e",
        "a: &b [*b]",
        ",",
        "a: b\n\tc: d",
        "[- a]",
        "a: |\n \tb\n\t c",
    ] {
        assert!(read(text).is_err(), "{text:?}: {:?}", read(text));
    }
}

#[test]
fn truth_values_and_numbers() {
    let scalar = |text: &str| match parse(text, Limits::default()).expect("YAML").remove(0).kind {
        Kind::Scalar(scalar) => scalar,
        other => panic!("{other:?}"),
    };
    for text in ["y", "Yes", "TRUE", "on", "'true'"] {
        assert_eq!(scalar(text).as_bool(), Some(true), "{text}");
    }
    for text in ["n", "No", "FALSE", "off", "N"] {
        assert_eq!(scalar(text).as_bool(), Some(false), "{text}");
    }
    for text in ["yEs", "1", "tru", "trüe"] {
        assert_eq!(scalar(text).as_bool(), None, "{text}");
    }
    for (text, want) in
        [("12", Some(12)), ("0x1F", Some(31)), ("010", Some(8)), ("+3", Some(3)), ("4294967296", None), ("-1", None)]
    {
        assert_eq!(scalar(text).as_u32(), want, "{text}");
    }
    assert_eq!(scalar("0.57").as_integer(), None);
}

#[test]
fn depth_and_aliases_are_bounded() {
    assert!(read(&"[".repeat(10_000)).is_err());
    assert!(read(&"- ".repeat(10_000)).is_err());
    let mut laughs = "a0: &a0 ha\n".to_owned();
    for at in 1..40 {
        laughs += &format!("a{at}: &a{at} [*a{0}, *a{0}, *a{0}]\n", at - 1);
    }
    assert!(read(&laughs).is_err_and(|reason| reason.contains("aliases")));
}
