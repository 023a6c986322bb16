//! Rules files made up to be odd: what the reference's description of its language says of each. A verdict is written as the
//! error's code with the innermost item that it is in, then the codes of the warnings.

use windhover_engine::Vocabulary;
use windhover_rules::{LoadOptions, Loader};

/// A rule that is well formed; `{}` stands for its condition.
const RULE: &str = "- rule: R\n  desc: d\n  condition: {}\n  output: o\n  priority: INFO\n";
const OPENS: &str = "- rule: R\n  desc: d\n  condition: evt.type=open\n  output: o\n  priority: INFO\n";

fn rule(condition: &str) -> String {
    RULE.replace("{}", condition)
}

/// A well-formed rule with more keys.
fn with(keys: &str) -> String {
    format!("{OPENS}{keys}")
}

fn exceptions(keys: &str) -> String {
    with(&format!("  exceptions:\n    - {{{keys}}}\n"))
}

fn verdict(text: &str) -> String {
    let words = Vocabulary::new(&[]).expect("no field is added");
    let mut loader = Loader::new(&words, LoadOptions::default());
    loader.load("file.yaml", text);
    let loaded = loader.finish();
    if let Some(unmet) = loaded.unmet_requirement {
        return unmet;
    }
    let result = &loaded.results[0];
    let mut said: Vec<String> = Vec::new();
    for error in &result.errors {
        let innermost = error.context.locations.last().expect("a context has a place");
        said.push(format!("{} in {}", error.code.as_str(), innermost.item_type.as_str()));
    }
    said.extend(result.warnings.iter().map(|warning| warning.code.as_str().to_owned()));
    said.join(", ")
}

fn check(table: &[(&str, String, &str)]) {
    let found: Vec<_> = table.iter().map(|(name, text, want)| (name, verdict(text), want)).collect();
    let wrong: Vec<_> = found.iter().filter(|(_, found, want)| found != *want).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_as_a_whole() {
    check(&[
        ("empty", String::new(), ""),
        ("a comment", "# nothing\n".into(), ""),
        ("empty documents", "---\n---\n".into(), ""),
        ("an item of nothing", format!("-\n{OPENS}"), ""),
        ("a mark of UTF-8", format!("\u{feff}{OPENS}"), ""),
        ("lines of another system", OPENS.replace('\n', "\r\n"), ""),
        ("several documents", format!("---\n- macro: m\n  condition: evt.type=open\n---\n{}", rule("m")), ""),
        ("a bad second document", format!("{OPENS}---\nx: y\n"), "LOAD_ERR_YAML_VALIDATE in rules content"),
        ("a mapping", "rule: R\n".into(), "LOAD_ERR_YAML_VALIDATE in rules content"),
        ("a text", "hello\n".into(), "LOAD_ERR_YAML_VALIDATE in rules content"),
        ("an item of text", "- hello\n".into(), "LOAD_ERR_YAML_VALIDATE in rules content item"),
        ("an item of items", "- [rule]\n".into(), "LOAD_ERR_YAML_VALIDATE in rules content item"),
        ("an unknown item", "- foo: bar\n".into(), "LOAD_UNKNOWN_ITEM"),
        ("tabs", "- rule: R\n\tdesc: d\n".into(), "LOAD_ERR_YAML_PARSE in value for"),
        ("an open quote", "- rule: \"R".into(), "LOAD_ERR_YAML_PARSE in value for"),
        ("an open list", "- list: l\n  items: [a, b\n".into(), "LOAD_ERR_YAML_PARSE in value for"),
        (
            "an anchor",
            "- list: a\n  items: &x [b]\n- list: c\n  items: *x\n".into(),
            "LOAD_UNUSED_LIST, LOAD_UNUSED_LIST",
        ),
        ("no such anchor", "- list: a\n  items: *x\n".into(), "LOAD_ERR_YAML_PARSE in value for"),
        ("names in other scripts", OPENS.replace("rule: R", "rule: 規則 № 1 – «ünï»"), ""),
        ("flow style", "[{rule: R, desc: d, condition: evt.type=open, output: o, priority: info}]\n".into(), ""),
        (
            "many items",
            format!(
                "- list: l\n  items: [{}]\n{}",
                "a, ".repeat(20_000) + "b",
                rule("evt.type=open and proc.name in (l)")
            ),
            "",
        ),
    ]);
}

#[test]
fn requirements() {
    let engine = |text: &str| format!("- required_engine_version: {text}\n{OPENS}");
    let in_version = "required_engine_version";
    check(&[
        ("a number", engine("26"), ""),
        ("a version", engine("0.63.0"), ""),
        ("in quotes", engine("\"0.31.0\""), ""),
        ("too new", engine("0.64.0"), &format!("LOAD_ERR_VALIDATE in {in_version}")),
        ("a number too new", engine("999"), &format!("LOAD_ERR_VALIDATE in {in_version}")),
        ("another major", engine("1.0.0"), &format!("LOAD_ERR_VALIDATE in {in_version}")),
        ("no version", engine("soon"), &format!("LOAD_ERR_YAML_VALIDATE in {in_version}")),
        ("below nothing", engine("-1"), &format!("LOAD_ERR_YAML_VALIDATE in {in_version}")),
        (
            "a plugin's bad version",
            format!("- required_plugin_versions: [{{name: x, version: a.b}}]\n{OPENS}"),
            "LOAD_ERR_VALIDATE in required plugin versions entry",
        ),
        (
            "a plugin that is not there",
            format!("- required_plugin_versions: [{{name: x, version: 0.1.0}}]\n{OPENS}"),
            "Plugin requirement not satisfied, must load one of: x (>= 0.1.0)",
        ),
        ("a plugin that is", format!("- required_plugin_versions: [{{name: container, version: 0.2.0}}]\n{OPENS}"), ""),
    ]);
}

#[test]
fn lists_and_macros() {
    let unused = "LOAD_UNUSED_MACRO";
    check(&[
        ("a list without items", "- list: l\n".into(), "LOAD_ERR_YAML_VALIDATE in list"),
        ("items of one text", "- list: l\n  items: a\n".into(), "LOAD_ERR_YAML_VALIDATE in value for"),
        ("a list's odd name", "- list: a (b)\n  items: []\n".into(), "LOAD_INVALID_LIST_NAME, LOAD_UNUSED_LIST"),
        ("a list's unknown key", "- list: l\n  items: []\n  item: x\n".into(), "LOAD_UNKNOWN_KEY, LOAD_UNUSED_LIST"),
        (
            "a list added to nothing",
            "- list: l\n  items: [a]\n  override: {items: append}\n".into(),
            "LOAD_ERR_VALIDATE in list",
        ),
        (
            "a list put in the place of nothing",
            "- list: l\n  items: [a]\n  override: {items: replace}\n".into(),
            "LOAD_UNUSED_LIST",
        ),
        (
            "a macro's odd name",
            "- macro: a-b\n  condition: evt.type=open\n".into(),
            &format!("LOAD_INVALID_MACRO_NAME, {unused}"),
        ),
        ("a macro of nothing", "- macro: m\n  condition:\n".into(), "LOAD_ERR_YAML_VALIDATE in macro"),
        (
            "a macro of itself",
            format!("- macro: m\n  condition: m or evt.type=open\n{}", rule("m")),
            "LOAD_ERR_VALIDATE in condition expression",
        ),
        (
            "a macro of a later one",
            format!("- macro: a\n  condition: b\n- macro: b\n  condition: evt.type=open\n{}", rule("a")),
            "LOAD_ERR_VALIDATE in condition expression",
        ),
        ("a macro and a rule", "- rule: R\n  macro: m\n".into(), "LOAD_ERR_YAML_VALIDATE in macro"),
        (
            "a macro added to",
            format!(
                "- macro: m\n  condition: evt.type=open\n- macro: m\n  condition: or evt.type=openat\n  append: true\n{}",
                rule("m")
            ),
            "LOAD_DEPRECATED_ITEM",
        ),
        (
            "a bad macro that nothing uses",
            "- macro: m\n  condition: a b\n".into(),
            "LOAD_ERR_COMPILE_CONDITION in condition expression",
        ),
    ]);
}

#[test]
fn rules_and_their_keys() {
    let without = |key: &str| OPENS.lines().filter(|line| !line.contains(key)).collect::<Vec<_>>().join("\n") + "\n";
    check(&[
        ("no description", without("desc"), "LOAD_ERR_YAML_VALIDATE in rule"),
        ("no output", without("output"), "LOAD_ERR_YAML_VALIDATE in rule"),
        ("no priority", without("priority"), "LOAD_ERR_YAML_VALIDATE in rule"),
        ("no condition", without("condition"), "LOAD_ERR_YAML_VALIDATE in rule"),
        ("an empty name", OPENS.replace("rule: R", "rule: ''"), "LOAD_ERR_YAML_VALIDATE in value for"),
        ("no such priority", OPENS.replace("INFO", "HIGH"), "LOAD_ERR_YAML_VALIDATE in rule priority"),
        ("a priority in mixed case", OPENS.replace("INFO", "iNformational"), ""),
        ("an unknown key", with("  outputs: x\n"), "LOAD_UNKNOWN_KEY"),
        ("tags of nothing", with("  tags:\n"), "LOAD_ERR_YAML_VALIDATE in value for"),
        ("no tags", with("  tags: []\n"), ""),
        ("enabled perhaps", with("  enabled: perhaps\n"), "LOAD_ERR_YAML_VALIDATE in value for"),
        ("enabled in another spelling", with("  enabled: yes\n"), ""),
        ("captured for less than nothing", with("  capture_duration: -1\n"), "LOAD_ERR_YAML_VALIDATE in value for"),
        ("an unknown source", with("  source: okta\n"), "LOAD_UNKNOWN_SOURCE"),
        ("an empty source", with("  source: ''\n"), "LOAD_ERR_YAML_VALIDATE in value for"),
        ("another source", format!("{OPENS}{}", with("  source: okta\n")), "LOAD_ERR_VALIDATE in rule"),
        ("switched off", with("- rule: R\n  enabled: false\n"), "LOAD_DEPRECATED_ITEM"),
        (
            "switched off and not there",
            "- rule: R\n  enabled: false\n".into(),
            "LOAD_ERR_VALIDATE in rule, LOAD_DEPRECATED_ITEM",
        ),
        ("appended nothing", with("- rule: R\n  append: true\n"), "LOAD_ERR_VALIDATE in rule, LOAD_DEPRECATED_ITEM"),
        (
            "override of what is not there",
            with("- rule: R\n  override: {condition: append}\n"),
            "LOAD_ERR_YAML_VALIDATE in rule",
        ),
        (
            "override of what cannot be",
            with("- rule: R\n  priority: INFO\n  override: {priority: append}\n"),
            "LOAD_ERR_YAML_VALIDATE in overrides",
        ),
        (
            "override by a bad word",
            with("- rule: R\n  output: x\n  override: {output: add}\n"),
            "LOAD_ERR_YAML_VALIDATE in value for",
        ),
        (
            "override with a key too many",
            with("- rule: R\n  output: x\n  desc: y\n  override: {output: append}\n"),
            "LOAD_ERR_YAML_VALIDATE in overrides",
        ),
        (
            "override of no rule",
            "- rule: R\n  output: x\n  override: {output: append}\n".into(),
            "LOAD_ERR_VALIDATE in rule",
        ),
        (
            "override and append",
            with("- rule: R\n  append: true\n  output: x\n  override: {output: append}\n"),
            "LOAD_ERR_YAML_VALIDATE in rule, LOAD_DEPRECATED_ITEM",
        ),
    ]);
}

#[test]
fn conditions_and_outputs() {
    let output = |text: &str| OPENS.replace("output: o", &format!("output: '{text}'"));
    let bad = "LOAD_ERR_COMPILE_CONDITION in condition expression";
    check(&[
        ("no such field", rule("evt.type=open and proc.nmae=x"), bad),
        (
            "no such field, skipped",
            rule("evt.type=open and proc.nmae=x") + "  skip-if-unknown-filter: true\n",
            "LOAD_UNKNOWN_FILTER",
        ),
        ("no such event", rule("evt.type=opne"), bad),
        ("no such macro", rule("evt.type=open and opens"), "LOAD_ERR_VALIDATE in condition expression"),
        ("no event type", rule("proc.name=x"), "LOAD_NO_EVTTYPE"),
        ("no event type, and no warning", rule("proc.name=x") + "  warn_evttypes: false\n", ""),
        ("a deprecated field", rule("evt.type=open and evt.dir=<"), "LOAD_DEPRECATED_ITEM"),
        ("a field as a value", rule("evt.type=open and proc.name=fd.name"), "LOAD_COMPILE_CONDITION"),
        (
            "a transformer as a value",
            rule("evt.type=open and proc.name = \"tolower(fd.name)\""),
            "LOAD_COMPILE_CONDITION",
        ),
        ("a simple regular expression", rule("evt.type=open and proc.name regex '^abc$'"), "LOAD_COMPILE_CONDITION"),
        ("a bad regular expression", rule("evt.type=open and proc.name regex '(a'"), bad),
        ("a bad escape", rule("'evt.type=open and proc.name=\"\\q\"'"), bad),
        ("no whole parenthesis", rule("evt.type=open and (proc.name=x"), bad),
        ("a text for a number", rule("evt.type=open and proc.pid=x"), bad),
        ("an operator for numbers", rule("evt.type=open and proc.name bcontains ff"), bad),
        ("no such field in the output", output("%proc.nmae"), "LOAD_ERR_COMPILE_OUTPUT in rule output"),
        ("a sign at the end", output("100%"), "LOAD_ERR_COMPILE_OUTPUT in rule output"),
        ("an old token", output("o %container.info"), "LOAD_DEPRECATED_ITEM"),
        (
            "nothing but an old token",
            output("%container.info"),
            "LOAD_ERR_COMPILE_OUTPUT in rule output, LOAD_DEPRECATED_ITEM",
        ),
        ("a deprecated field in the output", output("%evt.latency"), "LOAD_DEPRECATED_ITEM"),
        ("an output of blanks", output("  "), "LOAD_ERR_COMPILE_OUTPUT in rule output"),
    ]);
}

#[test]
fn exceptions_of_every_shape() {
    let validate = "LOAD_ERR_VALIDATE in exception";
    let append = |keys: &str| {
        exceptions("name: e, fields: [proc.name], values: [[a]]")
            + "- rule: R\n  append: true\n  exceptions:\n    - "
            + keys
            + "\n"
    };
    check(&[
        (
            "a tuple",
            exceptions("name: e, fields: [proc.name, fd.name], comps: [=, startswith], values: [[a, /b], [c, d]]"),
            "",
        ),
        ("a single field", exceptions("name: e, fields: proc.name, comps: in, values: [a, b]"), ""),
        ("a transformer", exceptions("name: e, fields: [tolower(proc.name)], comps: [=], values: [[a]]"), ""),
        ("quantified", exceptions("name: e, fields: fd.name, comps: startswith anyof, values: [/a, /b]"), ""),
        ("without values", exceptions("name: e, fields: [proc.name]"), ""),
        ("of nothing", with("  exceptions:\n"), ""),
        ("a text", with("  exceptions: x\n"), "LOAD_ERR_YAML_VALIDATE in exceptions"),
        ("an item of text", with("  exceptions: [x]\n"), "LOAD_ERR_YAML_VALIDATE in exception"),
        ("without a name", exceptions("fields: [proc.name]"), "LOAD_ERR_YAML_VALIDATE in exception"),
        (
            "values of text",
            exceptions("name: e, fields: [proc.name], values: x"),
            "LOAD_ERR_YAML_VALIDATE in exception values",
        ),
        ("without fields", exceptions("name: e, values: [[a]]"), "LOAD_ERR_YAML_VALIDATE in exception"),
        (
            "too few operators",
            exceptions("name: e, fields: [proc.name, fd.name], comps: [=], values: [[a, b]]"),
            validate,
        ),
        ("no such operator", exceptions("name: e, fields: [proc.name], comps: [like], values: [[a]]"), validate),
        ("no such field", exceptions("name: e, fields: [proc.nmae], values: [[a]]"), validate),
        ("too few values", exceptions("name: e, fields: [proc.name, fd.name], values: [[a]]"), validate),
        ("one operator of one value", exceptions("name: e, fields: proc.name, comps: =, values: [a]"), validate),
        ("lists for a single field", exceptions("name: e, fields: proc.name, comps: in, values: [[a]]"), validate),
        (
            "twice",
            with(
                "  exceptions:\n    - {name: e, fields: [proc.name], values: [[a]]}\n    - {name: e, fields: [fd.name], values: [[b]]}\n",
            ),
            "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
        ),
        ("values added", append("{name: e, values: [[b]]}"), "LOAD_DEPRECATED_ITEM"),
        (
            "fields added",
            append("{name: e, fields: [fd.name], values: [[b]]}"),
            &format!("{validate}, LOAD_DEPRECATED_ITEM"),
        ),
        ("nothing added", append("{name: e}"), "LOAD_DEPRECATED_ITEM, LOAD_APPEND_NO_VALUES"),
        ("a new one without fields", append("{name: f, values: [[b]]}"), &format!("{validate}, LOAD_DEPRECATED_ITEM")),
    ]);
}
