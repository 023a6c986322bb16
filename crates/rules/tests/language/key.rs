//! The keys of items: which there must be, of what type, and what they are if they are left out.

use windhover_rules::Priority;

use crate::{RULE, loaded, verdict, warnings};

#[test]
fn a_rule_has_its_four_keys_and_the_defaults_of_the_others() {
    for key in ["condition", "output", "desc", "priority"] {
        let text: String =
            RULE.lines().filter(|line| !line.contains(&format!("{key}:"))).map(|line| format!("{line}\n")).collect();
        assert_eq!(verdict(&[&text]), format!("LOAD_ERR_YAML_VALIDATE: Item has no mapping for key '{key}'"));
    }
    let loaded = loaded(&[RULE]);
    let rule = loaded.rules.rule("r").expect("the rule");
    assert_eq!((rule.source.as_str(), rule.enabled, rule.warn_event_types), ("syscall", true, true));
    assert_eq!((rule.skip_if_unknown_filter, rule.capture, rule.capture_duration_ms), (false, false, 0));
    assert!(rule.tags.is_empty() && rule.exceptions.is_empty());
}

#[test]
fn priorities_in_any_letters() {
    for (text, want) in [
        ("EMERGENCY", Some(Priority::Emergency)),
        ("Alert", Some(Priority::Alert)),
        ("critical", Some(Priority::Critical)),
        ("eRROR", Some(Priority::Error)),
        ("WARNING", Some(Priority::Warning)),
        ("notice", Some(Priority::Notice)),
        ("INFO", Some(Priority::Informational)),
        ("informational", Some(Priority::Informational)),
        ("Debug", Some(Priority::Debug)),
        ("WARN", None),
        ("''", None),
        ("3", None),
        ("[INFO]", None),
    ] {
        let loaded = loaded(&[&RULE.replace("INFO", text)]);
        let found = loaded.rules.rule("r").filter(|_| loaded.successful()).map(|rule| rule.priority);
        assert_eq!(found, want, "{text}");
    }
}

#[test]
fn truth_values_numbers_and_tags() {
    for (key, value, accepted) in [
        ("enabled", "true", true),
        ("enabled", "Yes", true),
        ("enabled", "off", true),
        ("enabled", "'false'", true),
        ("enabled", "1", false),
        ("enabled", "yEs", false),
        ("enabled", "''", false),
        ("enabled", "", false),
        ("enabled", "[true]", false),
        ("capture", "maybe", false),
        ("capture_duration", "0", true),
        ("capture_duration", "0x10", true),
        ("capture_duration", "4294967295", true),
        ("capture_duration", "4294967296", false),
        ("capture_duration", "-1", false),
        ("capture_duration", "1.5", false),
        ("capture_duration", "5s", false),
        ("warn_evttypes", "no", true),
        ("skip-if-unknown-filter", "never", false),
        ("tags", "[]", true),
        ("tags", "[a, 1, true]", true),
        ("tags", "", false),
        ("tags", "a", false),
        ("tags", "{a: b}", false),
        ("tags", "[[a]]", false),
        ("exceptions", "", true),
        ("exceptions", "[]", true),
        ("source", "syscall", true),
        ("source", "''", false),
        ("append", "maybe", false),
    ] {
        let said = verdict(&[&format!("{RULE}  {key}: {value}\n")]);
        assert_eq!(said == "ok", accepted, "{key}: {value}: {said}");
        assert!(accepted || said.starts_with("LOAD_ERR_YAML_VALIDATE"), "{key}: {value}: {said}");
    }
    let loaded = loaded(&[&format!("{RULE}  tags: [b, a, b]\n  capture_duration: 0x10\n")]);
    let rule = loaded.rules.rule("r").expect("the rule");
    assert_eq!((rule.tags.join(" ").as_str(), rule.capture_duration_ms), ("a b", 16));
}

#[test]
fn outputs_are_trimmed() {
    let text = RULE.replace("output: o", "output: >\n    o  \n\n    p\n");
    assert_eq!(loaded(&[&text]).rules.rule("r").map(|rule| rule.output.clone()).as_deref(), Some("o  \np"));
}

#[test]
fn the_first_key_that_tells_makes_the_item() {
    for (text, want) in [
        ("- rule: r\n  list: l\n  items: [a]\n", "list"),
        ("- macro: m\n  rule: r\n  condition: evt.type=open\n", "macro"),
        ("- rule: r\n  required_engine_version: 0.57.0\n", "version"),
        ("-\n- ~\n- list: l\n  items: []\n", "list"),
    ] {
        let loaded = loaded(&[text]);
        assert!(loaded.successful(), "{text}: {:?}", loaded.results);
        let found = match (loaded.rules.lists.len(), loaded.rules.macros.len()) {
            (1, 0) => "list",
            (0, 1) => "macro",
            _ if loaded.rules.required_engine_version.is_some() => "version",
            _ => "none",
        };
        assert_eq!(found, want, "{text}");
    }
}

#[test]
fn what_is_not_known_is_warned_about_and_ignored() {
    assert_eq!(warnings(&["- nothing: x\n"]), ["LOAD_UNKNOWN_ITEM"]);
    assert_eq!(warnings(&["- list: l\n  items: []\n  tags: []\n"]), ["LOAD_UNKNOWN_KEY"]);
    assert_eq!(warnings(&["- macro: m\n  condition: evt.type=open\n  desc: d\n  x: y\n"]), ["LOAD_UNKNOWN_KEY"; 2]);
    assert_eq!(warnings(&[&format!("{RULE}  description: x\n")]), ["LOAD_UNKNOWN_KEY"]);
    assert_eq!(warnings(&["", "---\n", "# nothing\n", "~\n"]), [""; 0]);
}

#[test]
fn documents_of_one_file_are_one_sequence_after_the_other() {
    let text = format!(
        "- list: l\n  items: [a]\n---\n---\n{}",
        RULE.replace("evt.type=open", "evt.type=open and proc.name in (l)")
    );
    assert_eq!(verdict(&[&text]), "ok");
    assert_eq!(
        verdict(&[&format!("{RULE}---\nrule: x\n")]),
        "LOAD_ERR_YAML_VALIDATE: Rules content must be a sequence of mappings"
    );
}
