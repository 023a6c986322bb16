//! Descriptions of rules, macros and lists.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeSet;

use support::Words;
use windhover_filter::Ast;
use windhover_rules::{AppendOutput, ExtraField, Glossary, LoadOptions, Loaded, Loader, NoRuleError};

/// Every condition is about `open`, every output prints one field.
struct Answers;

impl Glossary for Answers {
    fn events(&self, source: &str, _: &Ast) -> BTreeSet<String> {
        BTreeSet::from([format!("open of {source}")])
    }
    fn output_fields(&self, _: &str, output: &str) -> Vec<String> {
        vec![format!("of {output}")]
    }
    fn plugins(&self, _: &str, fields: &BTreeSet<String>) -> BTreeSet<String> {
        fields.clone()
    }
}

const FILE: &str = r#"
- required_engine_version: 0.10.0
- list: inner
  items: [zsh]
- list: shells
  items: [bash, inner]
- list: unused
  items: [1]
- macro: opens
  condition: evt.type = open
- rule: A shell opens
  desc: A description of more words than one line of the table can hold, so that it goes on in the next.
  condition: opens and proc.name in (shells) and not proc.args[1] startswith -
  output: opened (%proc.name)
  priority: notice
  tags: [b, a]
  exceptions:
    - name: parents
      fields: [proc.pname, fd.name]
      comps: [in, =]
      values: [[[a, b], /etc/x]]
- rule: Off
  desc: Not in force.
  condition: opens
  output: off
  priority: DEBUG
  enabled: false
"#;

fn load() -> Loaded {
    let words = Words::few();
    let fields = vec![ExtraField { key: "k".into(), format: "%proc.pid".into(), raw: true }];
    let append =
        AppendOutput { rule: Some("Off".into()), format: Some("%evt.num".into()), fields, ..Default::default() };
    let mut loader = Loader::new(&words, LoadOptions { append_output: vec![append] });
    loader.load("a.yaml", FILE);
    let loaded = loader.finish();
    assert!(loaded.successful(), "{:?}", loaded.results);
    loaded
}

#[test]
fn everything_is_described() {
    insta::assert_snapshot!(format!("{:#}", load().rules.describe(&Answers)));
}

#[test]
fn one_rule_is_described_alone() {
    let rules = load().rules;
    let described = rules.describe_rule("Off", &Answers).unwrap();
    assert_eq!(described.as_object().unwrap().keys().collect::<Vec<_>>(), ["rules"]);
    assert_eq!(described["rules"][0], rules.describe(&Answers)["rules"][1]);
    assert_eq!(rules.describe_rule("off", &Answers), Err(NoRuleError("off".into())));
}

#[test]
fn the_table_has_names_and_descriptions() {
    let rules = load().rules;
    insta::assert_snapshot!(rules.to_table(None).unwrap());
    assert!(!rules.to_table(Some("Off")).unwrap().contains("A shell"));
    assert_eq!(rules.to_table(Some("x")).unwrap_err().to_string(), "Rule \"x\" is not loaded");
}
