//! Exceptions in every shape, and the conditions that they become.

use crate::{RULE, condition, verdict, warnings};

fn with(exceptions: &str) -> String {
    format!("{RULE}  exceptions: {exceptions}\n")
}

/// What is behind the rule's own condition.
fn added(exceptions: &str) -> String {
    let lists = "- list: names\n  items: [a, b c]\n- list: one\n  items: [x]\n";
    let whole = condition(&[lists, &with(exceptions)]);
    match whole.strip_prefix("(evt.type = open and ") {
        Some(rest) => rest.strip_suffix(')').expect("what was opened").to_owned(),
        None => String::new(),
    }
}

#[test]
fn a_single_field_is_compared_with_a_list() {
    for (exceptions, want) in [
        ("[{name: e, fields: proc.name}]", ""),
        ("[{name: e, fields: proc.name, values: []}]", ""),
        ("[{name: e, fields: proc.name, values: [a]}]", "not proc.name in (a)"),
        ("[{name: e, fields: proc.name, comps: in, values: [a, b c, 3]}]", r#"not proc.name in (a, "b c", 3)"#),
        ("[{name: e, fields: fd.name, comps: pmatch, values: [/a, /b]}]", "not fd.name pmatch (/a, /b)"),
        ("[{name: e, fields: proc.name, comps: intersects, values: [a]}]", "not proc.name intersects (a)"),
        (
            "[{name: e, fields: proc.name, comps: startswith oneof, values: [a, b]}]",
            "not proc.name startswith oneof (a, b)",
        ),
        ("[{name: e, fields: proc.name, comps: ' glob   anyof ', values: ['a*']}]", "not proc.name glob anyof (a*)"),
        ("[{name: e, fields: proc.name, values: [names, z]}]", r#"not proc.name in (a, "b c", z)"#),
        ("[{name: e, fields: tolower(proc.name), values: [a]}]", "not tolower(proc.name) in (a)"),
        ("[{name: e, fields: 'proc.args[1]', values: [-x]}]", "not proc.args[1] in (-x)"),
        (r#"[{name: e, fields: proc.name, values: ['"q q"']}]"#, r#"not proc.name in ("q q")"#),
    ] {
        assert_eq!(added(exceptions), want, "{exceptions}");
    }
}

#[test]
fn several_fields_are_compared_with_tuples() {
    for (exceptions, want) in [
        ("[{name: e, fields: [proc.name]}]", ""),
        ("[{name: e, fields: [proc.name], values: [[a]]}]", "not proc.name = a"),
        (
            "[{name: e, fields: [proc.name, fd.name], values: [[a, /x], [b, /y z]]}]",
            r#"not ((proc.name = a and fd.name = /x) or (proc.name = b and fd.name = "/y z"))"#,
        ),
        (
            "[{name: e, fields: [proc.name, fd.name], comps: [in, startswith], values: [[[a, b], /x]]}]",
            "not (proc.name in (a, b) and fd.name startswith /x)",
        ),
        ("[{name: e, fields: [proc.name], comps: [in], values: [[names]]}]", r#"not proc.name in (a, "b c")"#),
        ("[{name: e, fields: [proc.name], comps: [in], values: [['(a, b)']]}]", "not proc.name in (a, b)"),
        ("[{name: e, fields: [proc.name], comps: [in], values: [[one]]}]", "not proc.name in (x)"),
        ("[{name: e, fields: [fd.name], comps: [pmatch], values: [[[/a, /b]]]}]", "not fd.name pmatch (/a, /b)"),
        (
            "[{name: e, fields: [fd.name], comps: [endswith anyof], values: [[[.a, .b]]]}]",
            "not fd.name endswith anyof (.a, .b)",
        ),
        ("[{name: e, fields: [proc.pid], comps: ['>='], values: [[10]]}]", "not proc.pid >= 10"),
        ("[{name: e, fields: [proc.name], comps: [regex], values: [['a.*']]}]", "not proc.name regex a.*"),
    ] {
        assert_eq!(added(exceptions), want, "{exceptions}");
    }
}

#[test]
fn each_exception_is_one_more_not() {
    let several = "[{name: e, fields: proc.name, values: [a]}, {name: f, fields: fd.name}, {name: g, fields: [fd.name], values: [[/x]]}]";
    assert_eq!(added(several), "not proc.name in (a) and not fd.name = /x");
    let text =
        with("[{name: e, fields: proc.name, values: [a]}]").replace("evt.type=open", "evt.type=open or evt.type=close");
    assert_eq!(condition(&[&text]), "((evt.type = open or evt.type = close) and not proc.name in (a))");
}

#[test]
fn every_operator_of_the_language_and_no_other() {
    let tuple = |comp: &str| with(&format!("[{{name: e, fields: [proc.name], comps: ['{comp}'], values: [[x]]}}]"));
    let single = |comp: &str| with(&format!("[{{name: e, fields: proc.name, comps: '{comp}', values: [x]}}]"));
    let ops = "= == != contains icontains startswith endswith glob iglob regex in intersects pmatch";
    for comp in ops.split(' ') {
        assert_eq!(verdict(&[&tuple(comp)]), "ok", "{comp}");
        let of_lists = matches!(comp, "in" | "intersects" | "pmatch");
        assert_eq!(verdict(&[&single(comp)]) == "ok", of_lists, "{comp}");
        let string = !of_lists;
        for quantifier in ["oneof", "anyof", "allof"] {
            let comp = format!("{comp} {quantifier}");
            assert_eq!(verdict(&[&tuple(&comp)]) == "ok", string, "{comp}");
            assert_eq!(verdict(&[&single(&comp)]) == "ok", string, "{comp}");
        }
    }
    for comp in ["like", "in oneof", "startswith someof", "oneof", "in in", ""] {
        assert_ne!(verdict(&[&tuple(comp)]), "ok", "{comp}");
        assert_ne!(verdict(&[&single(comp)]), "ok", "{comp}");
    }
}

#[test]
fn appending_adds_values_or_a_new_exception() {
    let first = with("[{name: e, fields: proc.name, values: [a]}]");
    let append =
        |exceptions: &str| format!("- rule: r\n  exceptions: {exceptions}\n  override: {{exceptions: append}}\n");
    for (exceptions, want) in [
        ("[{name: e, values: [b]}]", "ok"),
        ("[{name: e, values: []}]", "ok"),
        ("[{name: f, fields: fd.name, values: [/x]}]", "ok"),
        ("[{name: f, fields: [fd.name], comps: [startswith], values: [[/x]]}]", "ok"),
        ("[{name: f, values: [b]}]", "LOAD_ERR_VALIDATE: A new exception needs fields"),
        ("[{name: f, fields: fd.name}]", "LOAD_ERR_VALIDATE: A new exception needs values"),
        (
            "[{name: e, fields: proc.name, values: [b]}]",
            "LOAD_ERR_VALIDATE: The exception exists already, so its fields cannot be appended to: only values can",
        ),
        (
            "[{name: e, comps: in, values: [b]}]",
            "LOAD_ERR_VALIDATE: The exception exists already, so its comps cannot be appended to: only values can",
        ),
    ] {
        assert_eq!(verdict(&[&first, &append(exceptions)]), want, "{exceptions}");
    }
    assert_eq!(warnings(&[&first, &append("[{name: e}]")]), ["LOAD_APPEND_NO_VALUES"]);
    let replaced = "- rule: r\n  exceptions: [{name: e, values: [b]}]\n  override: {exceptions: replace}\n";
    assert_eq!(verdict(&[&first, replaced]), "LOAD_ERR_YAML_VALIDATE: Item has no mapping for key 'fields'");
}
