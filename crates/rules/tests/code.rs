//! Every code of the reference, by the smallest file that has it: code and context.

mod support;

use support::{Words, load};
use windhover_rules::{Context, Priority, RuleSelection};

const RULE: &str = "- rule: r\n  desc: d\n  condition: evt.type=open\n  output: o\n  priority: INFO\n";

fn told(code: &str, context: &Context) -> String {
    let items = context.locations.iter().skip(1).map(|place| match place.item_name.as_str() {
        "" => place.item_type.as_str().to_owned(),
        name => format!("{} {name}", place.item_type.as_str()),
    });
    format!("{code}: {}", items.collect::<Vec<_>>().join(" > "))
}

/// What the reference would tell of the last of the files: errors, else warnings.
fn verdict(files: &[&str]) -> Vec<String> {
    let words = Words::few();
    let loaded = load(&words, files);
    let result = &loaded.results[loaded.results.len() - 1];
    if !result.successful() {
        return result.errors.iter().map(|error| told(error.code.as_str(), &error.context)).collect();
    }
    result.warnings.iter().map(|warning| told(warning.code.as_str(), &warning.context)).collect()
}

#[test]
fn shapes_that_are_refused() {
    for (text, want) in [
        ("a: [", "LOAD_ERR_YAML_PARSE: value for"),
        ("a: b", "LOAD_ERR_YAML_VALIDATE: "),
        ("text", "LOAD_ERR_YAML_VALIDATE: "),
        ("- text", "LOAD_ERR_YAML_VALIDATE: rules content item"),
        ("- list:\n  items: []", "LOAD_ERR_YAML_VALIDATE: list"),
        ("- list: ''\n  items: []", "LOAD_ERR_YAML_VALIDATE: list > value for list"),
        ("- list: l", "LOAD_ERR_YAML_VALIDATE: list l"),
        ("- list: l\n  items: x", "LOAD_ERR_YAML_VALIDATE: list l > value for items"),
        ("- list: l\n  items: [[x]]", "LOAD_ERR_YAML_VALIDATE: list l > value for items > list item"),
        ("- macro: m", "LOAD_ERR_YAML_VALIDATE: macro m"),
        ("- macro: m\n  condition: [x]", "LOAD_ERR_YAML_VALIDATE: macro m > value for condition"),
        ("- rule: r\n  desc: d", "LOAD_ERR_YAML_VALIDATE: rule r"),
        ("- rule: r\n  tags: [a]", "LOAD_ERR_YAML_VALIDATE: rule r"),
        (
            "- rule: r\n  desc: d\n  condition: c\n  output: o\n  priority: high",
            "LOAD_ERR_YAML_VALIDATE: rule r > rule priority",
        ),
        ("- required_engine_version: new", "LOAD_ERR_YAML_VALIDATE: required_engine_version"),
        ("- required_engine_version: 99", "LOAD_ERR_VALIDATE: required_engine_version"),
        ("- required_plugin_versions: x", "LOAD_ERR_YAML_VALIDATE: required plugin versions"),
        (
            "- required_plugin_versions: [{name: p, version: x}]",
            "LOAD_ERR_VALIDATE: required plugin versions > required plugin versions entry p",
        ),
    ] {
        assert_eq!(verdict(&[text]), [want], "{text}");
    }
}

#[test]
fn items_that_do_not_fit_together() {
    for (text, want) in [
        ("- list: l\n  items: [a]\n  append: true", "LOAD_ERR_VALIDATE: list l"),
        ("- macro: m\n  condition: x\n  override: {condition: append}", "LOAD_ERR_VALIDATE: macro m"),
        ("- rule: x\n  enabled: true", "LOAD_ERR_VALIDATE: rule x"),
        ("- rule: r\n  tags: [a]\n  append: true", "LOAD_ERR_VALIDATE: rule r"),
        (
            "- rule: r\n  condition: c\n  append: true\n  override: {condition: append}",
            "LOAD_ERR_YAML_VALIDATE: rule r",
        ),
        (
            "- rule: r\n  priority: INFO\n  override: {priority: append}",
            "LOAD_ERR_YAML_VALIDATE: rule r > overrides > overrides priority",
        ),
        (
            "- rule: r\n  priority: INFO\n  override: {priority: drop}",
            "LOAD_ERR_YAML_VALIDATE: rule r > overrides > value for priority",
        ),
        ("- rule: r\n  desc: d\n  override: {output: replace}", "LOAD_ERR_YAML_VALIDATE: rule r"),
        (
            "- rule: r\n  desc: d\n  tags: []\n  override: {desc: replace}",
            "LOAD_ERR_YAML_VALIDATE: rule r > overrides tags",
        ),
        ("- rule: r\n  condition: and x\n  source: other\n  append: true", "LOAD_ERR_VALIDATE: rule r"),
    ] {
        assert_eq!(verdict(&[RULE, text]), [want], "{text}");
    }
}

#[test]
fn conditions_and_outputs_that_do_not_compile() {
    let rule = |condition: &str, output: &str| {
        format!("- rule: r\n  desc: d\n  priority: INFO\n  output: \"{output}\"\n  condition: \"{condition}\"\n")
    };
    for (text, want) in [
        (rule("evt.type=open and", "o"), "LOAD_ERR_COMPILE_CONDITION: rule r > rule condition > condition expression"),
        (
            rule("evt.type=open and no.field=1", "o"),
            "LOAD_ERR_COMPILE_CONDITION: rule r > rule condition > condition expression",
        ),
        (rule("evt.type=opened", "o"), "LOAD_ERR_COMPILE_CONDITION: rule r > rule condition > condition expression"),
        (rule("evt.type=open and unknown", "o"), "LOAD_ERR_VALIDATE: rule r > condition expression"),
        (rule("evt.type=open", "%no.field"), "LOAD_ERR_COMPILE_OUTPUT: rule r > rule output"),
        (
            "- macro: m\n  condition: a b".into(),
            "LOAD_ERR_COMPILE_CONDITION: macro m > macro condition > condition expression",
        ),
        (
            "- macro: m\n  condition: later\n- macro: later\n  condition: evt.type=open".into(),
            "LOAD_ERR_VALIDATE: macro m > condition expression",
        ),
        (
            "- macro: m\n  condition: evt.type=open\n- macro: m\n  condition: m".into(),
            "LOAD_ERR_VALIDATE: macro m > condition expression",
        ),
    ] {
        assert_eq!(verdict(&[&text]), [want], "{text}");
    }
}

#[test]
fn exceptions_whose_parts_do_not_fit() {
    for (exceptions, want) in [
        ("x", "LOAD_ERR_YAML_VALIDATE: rule r > exceptions"),
        ("[x]", "LOAD_ERR_YAML_VALIDATE: rule r > exceptions > exception"),
        ("[{fields: proc.name}]", "LOAD_ERR_YAML_VALIDATE: rule r > exceptions > exception"),
        ("[{name: e}]", "LOAD_ERR_YAML_VALIDATE: rule r > exception e"),
        (
            "[{name: e, fields: proc.name, values: x}]",
            "LOAD_ERR_YAML_VALIDATE: rule r > exception e > exception values",
        ),
        ("[{name: e, fields: []}]", "LOAD_ERR_VALIDATE: rule r > exception e"),
        ("[{name: e, fields: [proc.name], comps: [=, in]}]", "LOAD_ERR_VALIDATE: rule r > exception e"),
        ("[{name: e, fields: [proc.name], comps: [like]}]", "LOAD_ERR_VALIDATE: rule r > exception e"),
        ("[{name: e, fields: [proc.none]}]", "LOAD_ERR_VALIDATE: rule r > exception e"),
        ("[{name: e, fields: proc.name, comps: [in]}]", "LOAD_ERR_VALIDATE: rule r > exception e"),
        ("[{name: e, fields: proc.name, comps: =}]", "LOAD_ERR_VALIDATE: rule r > exception e"),
        ("[{name: e, fields: proc.name, values: [[a]]}]", "LOAD_ERR_VALIDATE: rule r > exception e"),
        ("[{name: e, fields: [proc.name, fd.name], values: [[a]]}]", "LOAD_ERR_VALIDATE: rule r > exception e"),
    ] {
        let text = format!("{RULE}  exceptions: {exceptions}\n");
        assert_eq!(verdict(&[&text]), [want], "{exceptions}");
    }
}

#[test]
fn warnings() {
    let expression = "rule r > rule condition > condition expression";
    for (text, want) in [
        ("- nothing: x".to_owned(), "LOAD_UNKNOWN_ITEM: rules content item".to_owned()),
        (format!("{RULE}  oops: x\n"), "LOAD_UNKNOWN_KEY: rule r".into()),
        (format!("{RULE}  source: k8s_audit\n"), "LOAD_UNKNOWN_SOURCE: rule r".into()),
        (RULE.replace("evt.type=open", "proc.name=x"), "LOAD_NO_EVTTYPE: rule r".into()),
        (RULE.replace("evt.type=open", "evt.type=open and evt.dir=<"), format!("LOAD_DEPRECATED_ITEM: {expression}")),
        (RULE.replace("output: o", "output: \"%evt.dir\""), "LOAD_DEPRECATED_ITEM: rule r > rule output".into()),
        (RULE.replace("output: o", "output: o %container.info"), "LOAD_DEPRECATED_ITEM: rule r".into()),
        (
            format!("{}  skip-if-unknown-filter: true\n", RULE.replace("=open", "=opened")),
            format!("LOAD_UNKNOWN_FILTER: {expression}"),
        ),
        ("- macro: m\n  condition: evt.type=open".into(), "LOAD_UNUSED_MACRO: macro m".into()),
        ("- list: l\n  items: []".into(), "LOAD_UNUSED_LIST: list l".into()),
        (
            RULE.replace("evt.type=open", "evt.type=open and proc.name = proc.pname"),
            format!("LOAD_COMPILE_CONDITION: {expression}"),
        ),
        (
            RULE.replace("evt.type=open", "evt.type=open and proc.name regex bash"),
            format!("LOAD_COMPILE_CONDITION: {expression}"),
        ),
        (
            format!(
                "{RULE}  exceptions: [{{name: e, fields: proc.name}}]\n- rule: r\n  exceptions: [{{name: e}}]\n  override: {{exceptions: append}}\n"
            ),
            "LOAD_APPEND_NO_VALUES: rule r > exception e".into(),
        ),
        (
            format!("{RULE}  exceptions: [{{name: e, fields: proc.name}}, {{name: e, fields: fd.name}}]\n"),
            "LOAD_EXCEPTION_NAME_NOT_UNIQUE: rule r > exception e".into(),
        ),
    ] {
        assert_eq!(verdict(&[&text]), [want], "{text}");
    }
    let silenced = format!("{}  warn_evttypes: false\n", RULE.replace("evt.type=open", "proc.name=x"));
    assert!(verdict(&[&silenced]).is_empty());
    assert_eq!(verdict(&[&RULE.replace("evt.type=open", "evt.num=0")]), [""; 0], "a condition that never holds");
}

#[test]
fn what_comes_behind_the_error_is_not_in_the_verdict() {
    let words = Words::few();
    let text = format!(
        "{}  oops: x\n  exceptions: [{{name: e, fields: proc.name}}, {{name: e, fields: fd.name}}]\n",
        RULE.replace("INFO", "HIGH")
    );
    let loaded = load(&words, &[&text]);
    let codes: Vec<_> = loaded.results[0].errors.iter().map(|error| error.code.as_str()).collect();
    assert_eq!((codes, loaded.results[0].warnings.len()), (vec!["LOAD_ERR_YAML_VALIDATE"], 0));
    assert_eq!(loaded.diagnostics.as_slice().len(), 3, "{:?}", loaded.diagnostics);
}

#[test]
fn names_that_no_condition_can_use() {
    for (text, want) in [
        (
            "- macro: a-b\n  condition: evt.type=open",
            ["LOAD_INVALID_MACRO_NAME: macro a-b", "LOAD_UNUSED_MACRO: macro a-b"],
        ),
        (
            "- macro: 1a\n  condition: evt.type=open",
            ["LOAD_INVALID_MACRO_NAME: macro 1a", "LOAD_UNUSED_MACRO: macro 1a"],
        ),
        ("- list: a b\n  items: []", ["LOAD_INVALID_LIST_NAME: list a b", "LOAD_UNUSED_LIST: list a b"]),
        ("- list: a(b\n  items: []", ["LOAD_INVALID_LIST_NAME: list a(b", "LOAD_UNUSED_LIST: list a(b"]),
    ] {
        assert_eq!(verdict(&[text]), want, "{text}");
    }
    assert_eq!(verdict(&["- list: a-b.c/d\n  items: []"]), ["LOAD_UNUSED_LIST: list a-b.c/d"]);
}

#[test]
fn appends_replacements_and_toggles_change_what_was_before() {
    let words = Words::few();
    let changes = "\
- rule: r
  condition: and proc.name=x
  output: more
  tags: [b, a]
  priority: ERROR
  override: {condition: append, output: append, tags: append, priority: replace}
- rule: r
  enabled: false
";
    let loaded = load(&words, &[RULE, changes]);
    assert!(loaded.successful(), "{:?}", loaded.results);
    let rule = loaded.rules.rule("r").expect("the rule");
    assert_eq!(rule.ast.to_string(), "(evt.type = open and proc.name = x)");
    assert_eq!(rule.output, "o more");
    assert_eq!(rule.tags, ["a", "b"]);
    assert_eq!((rule.priority, rule.enabled), (Priority::Error, false));
}

#[test]
fn exceptions_become_conditions() {
    let words = Words::few();
    let text = format!(
        "{RULE}  exceptions:
  - {{name: one, fields: proc.name, values: [a, b c]}}
  - {{name: two, fields: [proc.name, fd.name], comps: [=, startswith], values: [[x, /y]]}}
  - {{name: none, fields: proc.name}}
"
    );
    let loaded = load(&words, &[&text]);
    assert!(loaded.successful(), "{:?}", loaded.results);
    let want = "(evt.type = open and not proc.name in (a, \"b c\") and not (proc.name = x and fd.name startswith /y))";
    assert_eq!(loaded.rules.rules[0].ast.to_string(), want);
}

#[test]
fn a_selection_switches_rules_and_moves_them_behind() {
    let words = Words::few();
    let named =
        |name: &str, tag: &str| format!("{}  tags: [{tag}]\n", RULE.replace("rule: r", &format!("rule: {name}")));
    let text = [named("ssh in", "net"), named("ssh out", "net"), named("file", "disk")].concat();
    let loaded = load(&words, &[&text]);
    let select = |enable, rule: Option<&str>, tag: Option<&str>| RuleSelection {
        enable,
        rule: rule.map(Into::into),
        tag: tag.map(Into::into),
    };
    let order = |selections: &[RuleSelection]| -> Vec<String> {
        loaded.rules.enabled(Priority::Debug, selections).iter().map(|rule| rule.name.clone()).collect()
    };
    assert_eq!(order(&[]), ["ssh in", "ssh out", "file"]);
    assert_eq!(
        order(&[select(false, Some("*in"), None), select(true, Some("ssh*"), None)]),
        ["ssh out", "file", "ssh in"]
    );
    assert_eq!(order(&[select(false, Some("file"), Some("net"))]), [""; 0]);
    assert!(loaded.rules.enabled(Priority::Error, &[]).is_empty());
}

#[test]
fn lists_and_macros_that_double_are_refused_without_running_out_of_memory() {
    let mut text = String::new();
    for at in 0..60 {
        text += &format!("- list: l{at}\n  items: [l{}, l{}]\n", at + 1, at + 1);
        text += &format!("- macro: m{}\n  condition: m{at} and m{at}\n", at + 1);
    }
    let text = format!("- macro: m0\n  condition: proc.name in (l0)\n{text}{}", RULE.replace("evt.type=open", "m60"));
    assert!(!load(&Words::few(), &[&text]).successful());
}
