//! Lints on the engine's own fields and events: what they find, what they leave alone, and that the community's files give
//! nothing but what is so.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::PathBuf;

use windhover_engine::Vocabulary;
use windhover_rules::{LoadOptions, Loaded, Loader};

fn vocabulary() -> Vocabulary {
    Vocabulary::new(&[]).expect("no field is added")
}

fn load(vocabulary: &Vocabulary, files: &[(&str, &str)]) -> Loaded {
    let mut loader = Loader::new(vocabulary, LoadOptions::default());
    for (name, text) in files {
        loader.load(name, text);
    }
    loader.finish()
}

/// Id, the text that it points at, and the labels, of every lint.
fn lints(files: &[&str]) -> Vec<String> {
    let vocabulary = vocabulary();
    let files: Vec<(&str, &str)> = files.iter().map(|text| ("a.yaml", *text)).collect();
    let loaded = load(&vocabulary, &files);
    assert!(loaded.successful(), "{:?}", loaded.results);
    let found = loaded.lint(&vocabulary);
    let told = found.iter().map(|lint| {
        let place = lint.span().map_or("", |span| loaded.sources.slice(span));
        format!("{}: {place}", lint.id.name)
    });
    told.collect()
}

fn rule(name: &str, condition: &str) -> String {
    format!("- rule: {name}\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
}

#[test]
fn conditions_that_never_hold() {
    for (condition, want) in [
        ("evt.type=open and proc.name=a and proc.name=b", "condition-never-true: proc.name=b"),
        ("evt.type=open and evt.type=close", "condition-never-true: evt.type=close"),
        (
            "evt.type in (open, openat) and not evt.type startswith open",
            "condition-never-true: evt.type startswith open",
        ),
        ("evt.type=execve and fd.name startswith /etc", "condition-never-true: fd.name startswith /etc"),
        ("evt.type=execve and evt.is_open_write=true", "condition-never-true: evt.is_open_write=true"),
        ("evt.type=unlink and fs.path.target=/x", "condition-never-true: fs.path.target=/x"),
        ("evt.type=open and fd.num < 0 and fd.num > 5", "condition-never-true: fd.num > 5"),
        ("evt.type=open and (proc.name=a or (proc.pname=b and proc.pname=c))", "condition-never-true: proc.pname=c"),
    ] {
        assert_eq!(lints(&[&rule("r", condition)]), [want], "{condition}");
    }
}

#[test]
fn conditions_that_are_left_alone() {
    for condition in [
        "evt.type=open and proc.name=a and proc.pname=b",
        "evt.type in (open, openat) and evt.type=open",
        "evt.type in (execve, open) and fd.name startswith /etc",
        "evt.type=open and proc.aname=a and proc.aname=b",
        "evt.type=connect and fd.ip=1.1.1.1 and fd.ip=2.2.2.2",
        "evt.type=open and fd.name startswith /etc and not fd.name startswith /etc/ssl",
        "evt.type=open and (proc.name != a or proc.pname != b)",
        "evt.type=open and proc.name in ()",
        "evt.type=umask and proc.name=a",
        "evt.type=open and not proc.name exists",
    ] {
        assert_eq!(lints(&[&rule("r", condition)]), [""; 0], "{condition}");
    }
}

#[test]
fn what_always_holds_and_what_costs() {
    for (condition, want) in [
        ("evt.type=open and (proc.name!=a or proc.name!=b)", "condition-always-true: (proc.name!=a or proc.name!=b)"),
        ("evt.type=open and proc.name regex 'a.*b'", "condition-expensive: proc.name regex 'a.*b'"),
        ("evt.type=open and fd.name glob */x", "condition-expensive: fd.name glob */x"),
        ("evt.type=write and evt.buffer contains x", "condition-expensive: evt.buffer contains x"),
    ] {
        assert_eq!(lints(&[&rule("r", condition)]), [want], "{condition}");
    }
    assert_eq!(lints(&[&rule("r", "evt.type=open and fd.name glob /x/*")]), [""; 0]);
    let everything = lints(&[&rule("r", "proc.name exists or not proc.name exists")]);
    assert_eq!(everything, ["condition-always-true: proc.name exists or not proc.name exists"]);
}

#[test]
fn rules_that_never_get_their_turn() {
    let wide = rule("wide", "evt.type in (open, openat) and fd.name startswith /etc");
    for (condition, want) in [
        ("evt.type=open and fd.name startswith /etc/ssl", vec!["rule-shadowed: narrow"]),
        ("evt.type=open and fd.name=/etc/passwd and proc.name=a", vec!["rule-shadowed: narrow"]),
        ("fd.name startswith /etc and evt.type in (openat, open)", vec!["rule-duplicate: narrow"]),
        ("evt.type=open and fd.name startswith /usr", vec![]),
        ("evt.type in (open, openat2) and fd.name startswith /etc/ssl", vec![]),
    ] {
        let narrow = rule("narrow", condition);
        assert_eq!(lints(&[&wide, &narrow]), want, "{condition}");
        assert!(!lints(&[&narrow, &wide]).contains(&"rule-shadowed: wide".to_owned()), "{condition}");
        let off = format!("{wide}  enabled: false\n");
        assert_eq!(lints(&[&off, &narrow]), [""; 0], "a rule that is off takes nothing");
    }
}

#[test]
fn outputs_and_exceptions() {
    let printing =
        |condition: &str, output: &str| rule("r", condition).replace("output: o", &format!("output: {output}"));
    assert_eq!(lints(&[&printing("evt.type=execve", "ran (%fd.name)")]), ["output-field-missing: %fd.name"]);
    assert_eq!(lints(&[&printing("evt.type=open", "opened (%fd.name %evt.arg.flags)")]), [""; 0]);
    let except = |values: &str| {
        let exceptions = format!("  exceptions: [{{name: e, fields: [proc.name, fd.name], values: {values}}}]\n");
        rule("r", "evt.type=open and proc.name in (a, b)") + &exceptions
    };
    assert_eq!(lints(&[&except("[[c, /x], [d, /y]]")]), ["exception-never: e"]);
    assert_eq!(lints(&[&except("[[c, /x], [a, /y]]")]), [""; 0]);
}

#[test]
fn changes_that_change_nothing_and_those_that_bind_otherwise() {
    let base = rule("r", "evt.type=open or evt.type=close") + "  tags: [a, b]\n";
    for (change, want) in [
        ("- rule: r\n  tags: [a]\n  override: {tags: append}\n", vec!["change-without-effect: r"]),
        ("- rule: r\n  tags: [c]\n  override: {tags: append}\n", vec![]),
        ("- rule: r\n  priority: info\n  override: {priority: replace}\n", vec!["change-without-effect: r"]),
        ("- rule: r\n  priority: error\n  override: {priority: replace}\n", vec![]),
        ("- rule: r\n  enabled: true\n", vec!["change-without-effect: r"]),
        ("- rule: r\n  condition: and proc.name=a\n  override: {condition: append}\n", vec!["append-precedence: and"]),
        ("- rule: r\n  condition: or evt.type=openat\n  override: {condition: append}\n", vec![]),
    ] {
        assert_eq!(lints(&[&base, change]), want, "{change}");
    }
}

/// What the community's files give: each finding has been looked at, and is so.
#[test]
fn the_community_files_give_true_findings_only() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/falco-rules");
    if !directory.is_dir() {
        eprintln!("skipped: {} is not there", directory.display());
        return;
    }
    let names = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    let texts = names.map(|name| (name, std::fs::read_to_string(directory.join(name)).expect("a rules file")));
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let vocabulary = vocabulary();
    let found: Vec<String> = load(&vocabulary, &files)
        .lint(&vocabulary)
        .into_iter()
        .filter(|lint| lint.id.name != "condition-expensive")
        .map(|lint| lint.message)
        .collect();
    assert_eq!(
        found,
        [
            // An exec has no descriptor.
            "`fd.name` has no value in any event of the rule `Remove Bulk Data from Disk`",
            "`fd.name` has no value in any event of the rule `Execution from /dev/shm`",
            // The macro that users are to replace allows every container.
            "the condition of the rule `Launch Disallowed Container` can never be true",
            // The parameters have other names.
            "`evt.arg.name` has no value in any event of the rule `Container Drift Detected (chmod)`",
            "`evt.arg.filename` has no value in any event of the rule `Container Drift Detected (open+create)`",
            // The wider rule of the other file comes first.
            "the rule `Network Tool Executed During NPM Package Install` never fires: `Launch Suspicious Network Tool in Container` matches whenever it does",
        ]
    );
}
