//! Diagnostics as people see them.

mod support;

use support::{Words, load};
use windhover_diagnostics::{Format, render};

fn shown(files: &[&str]) -> String {
    let words = Words::few();
    let loaded = load(&words, files);
    render(&loaded.diagnostics, &loaded.sources, Format::Full { color: false })
}

#[test]
fn a_condition_is_shown_where_it_stands_in_a_folded_block() {
    insta::assert_snapshot!(shown(&["\
- rule: Shell
  desc: déjà vu
  condition: >
    evt.type = execve
    and proc.nmae = bash
  output: a shell (%proc.name)
  priority: NOTICE
"]));
}

#[test]
fn a_macro_is_shown_with_its_use_and_a_list_with_its_own() {
    insta::assert_snapshot!(shown(&["\
- list: ports
  items: [22, ssh]
- macro: on_port
  condition: proc.pid in (ports)
- rule: Port
  desc: d
  condition: evt.type=connect and on_port
  output: o
  priority: NOTICE
"]));
}

#[test]
fn all_errors_of_a_file_are_shown() {
    insta::assert_snapshot!(shown(&["\
- macro: shell_procs
  condition: proc.name in (bash
- list: l
  item: [a]
- rule: First
  desc: d
  condition: evt.type=open and shel_procs
  output: o
  priority: NOTCE
- rule: Second
  desc: d
  condition: evt.type=open and open_reed
  output: \"%proc.nam\"
  priority: INFO
- macro: open_read
  condition: evt.type=open
"]));
}

#[test]
fn all_mistakes_of_a_rule_are_shown() {
    insta::assert_snapshot!(shown(&["\
- rule: R
  condition: evt.type=open and proc.nmae=a and proc.pid=b
  output: \"%proc.nam and %evt.nun\"
  priority: NOTCE
  enabled: maybe
  tags: x
"]));
}

#[test]
fn all_mistakes_of_a_condition_are_shown() {
    insta::assert_snapshot!(shown(&["\
- macro: opens
  condition: evt.type=open && fd.name startwith /etc
- rule: R
  desc: d
  condition: >
    (evt.type=open and proc.nmae = bash
    || proc.name in (a b) and shel_procs
    and not proc.pid = x y)
    and proc.name =
  output: o
  priority: INFO
- rule: S
  desc: d
  condition: opens and proc.name = and proc.pid in (1, 2
  output: o
  priority: INFO
"]));
}

#[test]
fn all_mistakes_of_exceptions_are_shown() {
    insta::assert_snapshot!(shown(&["\
- rule: R
  desc: d
  condition: evt.type=open
  output: o
  priority: INFO
  exceptions:
    - name: parts
      fields: [proc.nmae, proc.pid, proc.pname]
      comps: [=, lik]
    - name: single
      fields: proc.nmae
      comps: [in]
    - fields: proc.name
- rule: S
  desc: d
  condition: evt.type=open and proc.nmae=x
  output: \"%proc.nam\"
  priority: INFO
  exceptions:
    - name: tuples
      fields: [proc.name, proc.pname]
      values: [[a], [a, b, c], d]
    - name: values
      fields: proc.name
      values: [a, [b], [c]]
"]));
}

#[test]
fn all_mistakes_of_overrides_are_shown() {
    insta::assert_snapshot!(shown(&["\
- rule: R
  desc: d
  condition: evt.type=open
  output: o
  priority: INFO
- rule: R
  desc: x
  priority: HIGH
  enabled: maybe
  tags: x
  output: o
  override: {desc: append, condition: append, priority: replace, enabled: replace, tags: replace}
- rule: R
  desc: x
  override: {desc: add, priority: append, source: replace}
- rule: R
  exceptions: [{name: e}, {name: f, fields: x.y, values: []}]
  override: {exceptions: append}
"]));
}

#[test]
fn missing_macros_do_not_hide_missing_fields() {
    insta::assert_snapshot!(shown(&["\
- macro: m
  condition: (
- rule: R
  desc: d
  condition: m and spawned and proc.nmae=x and proc.pid=y
  output: o
  priority: INFO
"]));
}

#[test]
fn rules_of_a_source_that_is_not_here_are_looked_at_all_the_same() {
    let text = "\
- list: shells
  items: [bash]
- macro: shell
  condition: proc.name in (shells)
- list: others
  items: [a]
- rule: R
  desc: d
  condition: shell and proc.pid=a and proc.nmae in (others) and spawned
  output: \"%proc.nmae\"
  priority: INFO
  source: elsewhere
  exceptions: [{name: e, fields: [proc.name], values: [[a, b]]}]
- rule: S
  desc: d
  condition: no.field=a
  output: o
  priority: INFO
  source: nowhere
";
    insta::assert_snapshot!(shown(&[text]));
    let words = Words::few();
    let loaded = load(&words, &[text]);
    let codes: Vec<&str> = loaded.results[0].warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert!(loaded.successful() && loaded.rules.rules.is_empty());
    let want = ["LOAD_UNKNOWN_SOURCE", "LOAD_UNKNOWN_SOURCE", "LOAD_UNUSED_MACRO", "LOAD_UNUSED_LIST"];
    assert_eq!(codes, want, "the verdict is the reference's");
}

#[test]
fn old_forms_are_shown_with_what_to_write_instead() {
    insta::assert_snapshot!(shown(&["\
- macro: m
  condition: evt.type=open
- macro: m
  condition: and evt.dir=<
  append: true
- rule: R
  desc: d
  condition: m
  output: o
  priority: INFO
- rule: R
  enabled: false
"]));
}

#[test]
fn the_reference_text_form() {
    let words = Words::few();
    let loaded =
        load(&words, &["- rule: r\n  desc: d\n  condition: evt.type=open and\n  output: o\n  priority: INFO\n"]);
    insta::assert_snapshot!(loaded.results[0].to_text(&loaded.sources));
    insta::assert_snapshot!(serde_json::to_string_pretty(&loaded.results[0].to_json(&loaded.sources)).expect("JSON"));
}
