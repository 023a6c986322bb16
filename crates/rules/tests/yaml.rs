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

/// A text is read as this tree, or refused.
#[track_caller]
fn hold(text: &str, want: Option<&str>) {
    let found = read(text);
    assert_eq!(found.as_deref().ok(), want, "{text:?}: {found:?}");
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
fn anchors_aliases_and_merge_keys() {
    for (text, want) in [
        ("a: &x 1\nb: *x", Some(r#"{"a": "1", "b": "1"}"#)),
        ("- &x [a]\n- *x\n- &x b\n- *x", Some(r#"[["a"], ["a"], "b", "b"]"#)),
        ("a: &x\n  b: c\nd: *x\n", Some(r#"{"a": {"b": "c"}, "d": {"b": "c"}}"#)),
        ("&k a: b\nc: *k", Some(r#"{"a": "b", "c": "a"}"#)),
        ("a: &x\nb: *x", Some(r#"{"a": null, "b": null}"#)),
        // Merge keys are keys like others: the reference's library does not merge either.
        (
            "base: &b {x: 1}\nitem:\n  <<: *b\n  y: 2",
            Some(r#"{"base": {"x": "1"}, "item": {"<<": {"x": "1"}, "y": "2"}}"#),
        ),
        ("a: *x\nb: &x 1", None),
        ("--- &x a\n--- *x", None),
        ("a: &x &y b", None),
        ("a: &", None),
        ("a: *", None),
    ] {
        hold(text, want);
    }
}

#[test]
fn tags() {
    for (text, want) in [
        ("a: !!str 1\nb: !!int 2\nc: !custom d", Some(r#"{"a": "1", "b": "2", "c": "d"}"#)),
        ("!!seq [a]", Some(r#"["a"]"#)),
        ("a: !<tag:yaml.org,2002:str> ~", Some(r#"{"a": "~"}"#)),
        ("a: ! b", Some(r#"{"a": "b"}"#)),
        ("!!map {a: b}", Some(r#"{"a": "b"}"#)),
        ("a: !!null ''", Some(r#"{"a": ""}"#)),
        ("a: !!str", Some(r#"{"a": ""}"#)),
        ("a: &x !!str b\nc: !!str &y d", Some(r#"{"a": "b", "c": "d"}"#)),
    ] {
        hold(text, want);
    }
}

#[test]
fn block_scalars() {
    for (text, want) in [
        ("a: |\n  b\n  c\n", "b\nc\n"),
        ("a: |-\n  b\n  c\n\n\n", "b\nc"),
        ("a: |+\n  b\n\n\n", "b\n\n\n"),
        ("a: >\n  b\n  c\n", "b c\n"),
        ("a: >-\n  b\n\n  c\n", "b\nc"),
        ("a: >\n  b\n\n\n  c\n", "b\n\nc\n"),
        ("a: >\n  b\n    c\n  d\n", "b\n  c\nd\n"),
        ("a: |1\n  b\n", " b\n"),
        ("a: |2-\n  b\n   c\n", "b\n c"),
        ("a: |-2\n   b\n", " b"),
        ("a: |\n\n  b\n", "\nb\n"),
        ("a: | # comment\n  b\n", "b\n"),
        ("a: |\n  # no comment\n  b\n", "# no comment\nb\n"),
        ("a: |\n  b\n # outside\n", "b\n"),
        ("a: |\n  b: c\n  - d\n", "b: c\n- d\n"),
        ("a: >\n  b\\n\n", "b\\n\n"),
        ("a: |\r\n  b\r\n  c\r\n", "b\nc\n"),
        ("a: >\r\n  b\r\n  c\r\n", "b c\n"),
        ("a: |\n  b\tc\n", "b\tc\n"),
        ("a: |", ""),
        ("a: >-\n  b", "b"),
    ] {
        let want = format!("{{\"a\": {want:?}}}");
        assert_eq!(read(text).as_deref(), Ok(want.as_str()), "{text:?}");
    }
}

#[test]
fn quotes_and_plain_scalars() {
    for (text, want) in [
        (r#"a: "b\tc""#, Some("b\tc")),
        (r#"a: "b \"c\" d""#, Some("b \"c\" d")),
        ("a: \"b\n  c\"", Some("b c")),
        ("a: \"b\n\n  c\"", Some("b\nc")),
        ("a: \"b\\\n  c\"", Some("bc")),
        ("a: 'b\n  c'", Some("b c")),
        ("a: 'b ''c'' d'", Some("b 'c' d")),
        (r"a: 'b\n'", Some(r"b\n")),
        ("a: b\n  c\n  d", Some("b c d")),
        ("a: b\n\n  c", Some("b\nc")),
        ("a: b #c", Some("b")),
        ("a: b#c", Some("b#c")),
        ("a: -b", Some("-b")),
        ("a: b-c, d", Some("b-c, d")),
        ("a: %b", None),
        ("a: `b", None),
        ("a: [b]c", None),
        ("a: 'b' c", None),
        (r#"a: "\x4""#, None),
        (r#"a: "\u00e9""#, Some("é")),
        (r#"a: "\U0001F600""#, Some("😀")),
        ("a: é", Some("é")),
        ("a: b\u{a0}c", Some("b\u{a0}c")),
        ("a: http://x:80/y", Some("http://x:80/y")),
        ("a: ::1", Some("::1")),
        ("a: (b: c)", None),
        ("a: evt.type = open and fd.name != ''", Some("evt.type = open and fd.name != ''")),
    ] {
        let want = want.map(|want| format!("{{\"a\": {want:?}}}"));
        hold(text, want.as_deref());
    }
}

#[test]
fn line_ends_tabs_marks_and_documents() {
    for (text, want) in [
        // A lone carriage return does not begin a line.
        ("a: b\rc: d", None),
        ("a: b\r\n\r\nc: d\r\n", Some(r#"{"a": "b", "c": "d"}"#)),
        ("a:\t b", Some(r#"{"a": "b"}"#)),
        ("a: b\t# c", Some(r#"{"a": "b"}"#)),
        ("a:\n\tb", Some(r#"{"a": "b"}"#)),
        ("-\ta", Some(r#"["a"]"#)),
        ("\ta: b", None),
        ("a:\n  - b\n\n\n  - c", Some(r#"{"a": ["b", "c"]}"#)),
        ("\u{feff}- a", Some(r#"["a"]"#)),
        ("%YAML 1.2\n---\na", Some(r#""a""#)),
        ("%YAML 1.2\na", Some(r#""a""#)),
        ("--- a\n--- b\n", Some(r#""a" | "b""#)),
        ("---\n---\n", Some("null | null")),
        ("a\n...\n", Some(r#""a""#)),
        ("---\n# only a comment\n", Some("null")),
        ("- a\n-b", Some(r#"["a"] | "-b""#)),
        ("- a\n - b", Some(r#"["a - b"]"#)),
        ("a: b\na: c\nd: {e: f, e: g}", Some(r#"{"a": "b", "a": "c", "d": {"e": "f", "e": "g"}}"#)),
        ("{a: b, c}", Some(r#"{"a": "b", "c": null}"#)),
        ("{a: b, , c: d}", Some(r#"{"a": "b", null: null, "c": "d"}"#)),
        ("[a: b, c]", Some(r#"[{"a": "b"}, "c"]"#)),
        ("{\"a\":b}", Some(r#"{"a": "b"}"#)),
        ("? [a, b]\n: c", Some(r#"{["a", "b"]: "c"}"#)),
        ("- - a\n  - b\n- c", Some(r#"[["a", "b"], "c"]"#)),
        ("a: - b", None),
        ("a: \u{0}", Some(r#"{"a": "\0"}"#)),
    ] {
        hold(text, want);
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
