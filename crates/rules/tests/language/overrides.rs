//! `override`, `append`, toggles and redefinitions.

use windhover_rules::{Priority, Rule};

use crate::{RULE, condition, loaded, verdict, warnings};

/// Key, a value of it, whether it can be appended to, whether it can be replaced.
const KEYS: [(&str, &str, bool, bool); 14] = [
    ("condition", "and proc.name=x", true, true),
    ("output", "more", true, true),
    ("desc", "more", true, true),
    ("tags", "[t]", true, true),
    ("exceptions", "[{name: e, fields: proc.name, values: [x]}]", true, true),
    ("priority", "ERROR", false, true),
    ("enabled", "false", false, true),
    ("warn_evttypes", "false", false, true),
    ("skip-if-unknown-filter", "true", false, true),
    ("capture", "true", false, true),
    ("capture_duration", "5", false, true),
    ("source", "syscall", false, false),
    ("rule", "r", false, false),
    ("nothing", "x", false, false),
];

#[test]
fn which_keys_can_be_appended_to_and_which_replaced() {
    for (key, value, append, replace) in KEYS {
        let change = |word: &str, value: &str| match key {
            "rule" => format!("- rule: r\n  override: {{{key}: {word}}}\n"),
            _ => format!("- rule: r\n  {key}: {value}\n  override: {{{key}: {word}}}\n"),
        };
        let said = verdict(&[RULE, &change("append", value)]);
        let refused = format!("LOAD_ERR_YAML_VALIDATE: Key '{key}' cannot be appended to, use 'replace' instead");
        assert_eq!(said, if append { "ok".to_owned() } else { refused }, "{key}");
        // A condition that replaces another does not begin with `and`.
        let said = verdict(&[RULE, &change("replace", value.trim_start_matches("and "))]);
        let refused = format!("LOAD_ERR_YAML_VALIDATE: The key '{key}' cannot be replaced");
        assert_eq!(said, if replace { "ok".to_owned() } else { refused }, "{key}");
        let said = verdict(&[RULE, &change("remove", value)]);
        assert!(said.starts_with("LOAD_ERR_YAML_VALIDATE: Invalid override operation 'remove'"), "{key}: {said}");
    }
}

#[test]
fn what_changes_leave_behind() {
    type See = fn(&Rule) -> String;
    let table: [(&str, See, &str); 13] = [
        ("output: more\n  override: {output: append}", |r| r.output.clone(), "o more"),
        ("output: ' more '\n  override: {output: replace}", |r| r.output.trim().to_owned(), "more"),
        ("desc: more\n  override: {desc: append}", |r| r.description.clone(), "d more"),
        ("desc: more\n  override: {desc: replace}", |r| r.description.clone(), "more"),
        ("tags: [z, a, z]\n  override: {tags: append}", |r| r.tags.join(" "), "a z"),
        ("tags: []\n  override: {tags: replace}", |r| r.tags.join(" "), ""),
        ("priority: crit\n  override: {priority: replace}", |r| format!("{:?}", r.priority), "Informational"),
        ("priority: critical\n  override: {priority: replace}", |r| format!("{:?}", r.priority), "Critical"),
        ("enabled: no\n  override: {enabled: replace}", |r| r.enabled.to_string(), "false"),
        ("enabled: off", |r| r.enabled.to_string(), "false"),
        ("capture: y\n  override: {capture: replace}", |r| r.capture.to_string(), "true"),
        ("capture_duration: 70\n  override: {capture_duration: replace}", |r| r.capture_duration_ms.to_string(), "70"),
        ("warn_evttypes: n\n  override: {warn_evttypes: replace}", |r| r.warn_event_types.to_string(), "false"),
    ];
    for (change, see, want) in table {
        let loaded = loaded(&[RULE, &format!("- rule: r\n  {change}\n")]);
        let rule = loaded.rules.rule("r").expect("the rule is there, changed or not");
        assert_eq!(see(rule), want, "{change}");
    }
}

#[test]
fn appends_come_before_replacements_and_exceptions_stay() {
    let exception = "  exceptions: [{name: e, fields: proc.name, values: [x]}]\n";
    let both =
        "- rule: r\n  condition: evt.type=close\n  output: more\n  override: {condition: replace, output: append}\n";
    let with = format!("{RULE}{exception}");
    assert_eq!(condition(&[&with, both]), "(evt.type = close and not proc.name in (x))");
    let other =
        "- rule: r\n  exceptions: [{name: f, fields: proc.pname, values: [y]}]\n  override: {exceptions: replace}\n";
    assert_eq!(condition(&[&with, other]), "(evt.type = open and not proc.pname in (y))");
    let more = "- rule: r\n  exceptions: [{name: e, values: [y]}]\n  override: {exceptions: append}\n";
    assert_eq!(condition(&[&with, more]), "(evt.type = open and not proc.name in (x, y))");
}

#[test]
fn what_an_override_names_must_be_there_and_the_other_way_round() {
    for (change, want) in [
        (
            "desc: x\n  override: {desc: append, output: append}",
            "LOAD_ERR_YAML_VALIDATE: An append override for 'output' was specified but 'output' is not defined",
        ),
        (
            "desc: x\n  override: {desc: append, priority: replace}",
            "LOAD_ERR_YAML_VALIDATE: An replace override for 'priority' was specified but 'priority' is not defined",
        ),
        (
            "desc: x\n  tags: [a]\n  override: {desc: append}",
            "LOAD_ERR_YAML_VALIDATE: Unexpected key 'tags': no corresponding entry under 'override' is defined.",
        ),
        ("desc: x\n  override: {desc: append}\n  source: ''", "ok"),
        ("desc: x\n  override: {desc: append}\n  source: syscall", "ok"),
        (
            "desc: x\n  override: {desc: append}\n  source: other",
            "LOAD_ERR_VALIDATE: Rule has been re-defined with a different source",
        ),
    ] {
        assert_eq!(verdict(&[RULE, &format!("- rule: r\n  {change}\n")]), want, "{change}");
    }
    for change in ["desc: x\n  override: {desc: append}", "desc: x\n  override: {desc: replace}", "enabled: true"] {
        let said = verdict(&[&format!("- rule: missing\n  {change}\n")]);
        assert!(said.starts_with("LOAD_ERR_VALIDATE: There is no earlier rule of this name"), "{said}");
    }
}

#[test]
fn the_verdict_is_the_first_key_that_is_wrong() {
    for (change, want) in [
        (
            "enabled: x\n  capture_duration: x\n  override: {enabled: replace, capture_duration: replace}",
            "capture_duration",
        ),
        ("capture: x\n  priority: x\n  override: {capture: replace, priority: replace}", "priority"),
        ("tags: x\n  desc: []\n  override: {tags: append, desc: append}", "desc"),
        ("enabled: x\n  tags: x\n  override: {enabled: replace, tags: append}", "tags"),
    ] {
        let loaded = loaded(&[RULE, &format!("- rule: r\n  {change}\n")]);
        let errors = &loaded.results[1].errors;
        let shown = format!("{:?}", errors[0].context);
        assert!(
            errors.len() == 1 && (shown.contains(want) || errors[0].message.to_lowercase().contains(want)),
            "{errors:?}"
        );
        assert_eq!(loaded.diagnostics.iter().count(), 2, "{change}: the other one is shown, too");
    }
}

#[test]
fn lists_and_macros_are_appended_to_or_defined_anew() {
    let list = "- list: l\n  items: [a]\n";
    let user = RULE.replace("evt.type=open", "evt.type=open and proc.name in (l)");
    let user = user.as_str();
    for (change, want) in [
        ("- list: l\n  items: [b]\n  append: true\n", "proc.name in (a, b)"),
        ("- list: l\n  items: [b]\n  append: false\n", "proc.name in (b)"),
        ("- list: l\n  items: [b]\n  override: {items: append}\n", "proc.name in (a, b)"),
        ("- list: l\n  items: [b]\n  override: {items: replace}\n", "proc.name in (b)"),
        ("- list: l\n  items: [b]\n", "proc.name in (b)"),
        ("- list: l\n  items: []\n", "proc.name in ()"),
        ("- list: l\n  items: [b c, 'd,e', 0x10, true]\n", "proc.name in (\"b c\", d, e, 0x10, true)"),
    ] {
        assert_eq!(condition(&[list, change, user]), format!("(evt.type = open and {want})"), "{change}");
    }
    let body = "- macro: m\n  condition: proc.name=a\n";
    let user = RULE.replace("evt.type=open", "evt.type=open and m");
    let user = user.as_str();
    let tree = |change: &str| {
        let loaded = loaded(&[body, change, user]);
        assert!(loaded.successful(), "{:?}", loaded.results);
        loaded.rules.macros[0].ast.to_string()
    };
    for (change, want) in [
        ("- macro: m\n  condition: or proc.name=b\n  append: true\n", "(proc.name = a or proc.name = b)"),
        (
            "- macro: m\n  condition: or proc.name=b\n  override: {condition: append}\n",
            "(proc.name = a or proc.name = b)",
        ),
        ("- macro: m\n  condition: proc.name=b\n  override: {condition: replace}\n", "proc.name = b"),
        ("- macro: m\n  condition: proc.name=b\n", "proc.name = b"),
    ] {
        assert_eq!(tree(change), want, "{change}");
    }
    for (text, want) in [
        ("- list: n\n  items: [b]\n  override: {items: replace}\n", "ok"),
        ("- macro: n\n  condition: proc.name=b\n  override: {condition: replace}\n", "ok"),
        (
            "- list: n\n  items: [b]\n  override: {items: append}\n",
            "LOAD_ERR_VALIDATE: There is no earlier list of this name to append to",
        ),
        (
            "- macro: n\n  condition: x\n  append: true\n",
            "LOAD_ERR_VALIDATE: There is no earlier macro of this name to append to",
        ),
        (
            "- list: l\n  items: [b]\n  append: true\n  override: {items: append}\n",
            "LOAD_ERR_YAML_VALIDATE: 'append: true' and 'override' cannot be used together: name the key under 'override' only",
        ),
        (
            "- macro: m\n  condition: x\n  append: true\n  override: {condition: append}\n",
            "LOAD_ERR_YAML_VALIDATE: 'append: true' and 'override' cannot be used together: name the key under 'override' only",
        ),
    ] {
        assert_eq!(verdict(&[list, body, text]), want, "{text}");
    }
}

#[test]
fn the_old_form_of_appending_knows_conditions_and_exceptions() {
    let condition_and = "- rule: r\n  condition: and proc.name=x\n  append: true\n";
    assert_eq!(condition(&[RULE, condition_and]), "(evt.type = open and proc.name = x)");
    assert_eq!(warnings(&[RULE, condition_and]), ["LOAD_DEPRECATED_ITEM"]);
    let exception = "- rule: r\n  exceptions: [{name: e, fields: proc.name, values: [x]}]\n  append: true\n";
    assert_eq!(condition(&[RULE, exception]), "(evt.type = open and not proc.name in (x))");
    let output = "- rule: r\n  output: more\n  append: true\n";
    assert_eq!(verdict(&[RULE, output]), "LOAD_ERR_VALIDATE: Appended rule must have exceptions or condition property");
    // What it does not know is passed over where a condition is there.
    let both = "- rule: r\n  condition: and proc.name=x\n  output: more\n  append: true\n";
    assert_eq!(loaded(&[RULE, both]).rules.rule("r").map(|rule| rule.output.clone()).as_deref(), Some("o"));
    assert_eq!(warnings(&[RULE, "- rule: r\n  enabled: false\n"]), ["LOAD_DEPRECATED_ITEM"]);
}

#[test]
fn a_redefinition_keeps_the_place() {
    let named = |name: &str, desc: &str| RULE.replace("rule: r", &format!("rule: {name}")).replace("desc: d", desc);
    let text = [named("a", "desc: 1"), named("b", "desc: 2"), named("a", "desc: 3")].concat();
    let loaded = loaded(&[&text]);
    let order: Vec<_> = loaded.rules.rules.iter().map(|rule| (rule.name.as_str(), rule.description.as_str())).collect();
    assert_eq!(order, [("a", "3"), ("b", "2")]);
    assert_eq!(loaded.rules.rules.iter().map(|rule| rule.index).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(loaded.rules.enabled(Priority::Debug, &[]).len(), 2);
}
