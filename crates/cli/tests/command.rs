//! The command as people and scripts use it: what it prints, where, and how it ends.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

fn windhover(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_windhover")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_embedded_rules_are_in_order() {
    let output = windhover(&["--built-in", "--dry-run"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("error["), "{}", text(&output.stderr));
}

#[test]
fn a_wrong_rule_is_shown_at_its_place_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.yaml");
    std::fs::write(&path, "- {rule: r, desc: d, condition: proc.nmae = x, output: o, priority: INFO}\n").unwrap();
    let output = windhover(&["-r", path.to_str().unwrap(), "--dry-run"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    for part in ["wrong.yaml:1:33", "proc.nmae", "`proc.name`", "Error: ", "LOAD_ERR_COMPILE_CONDITION"] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    let check = windhover(&["rules", "check", path.to_str().unwrap(), "--report", "concise"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(text(&check.stdout).contains("wrong.yaml:1:33: error["), "{}", text(&check.stdout));
    let json = windhover(&["-V", path.to_str().unwrap(), "-o", "json_output=true"]);
    let result: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(result["falco_load_results"][0]["errors"][0]["code"], "LOAD_ERR_COMPILE_CONDITION");
}

#[test]
fn rules_are_checked_linted_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twice.yaml");
    let rule =
        |name: &str| format!("- {{rule: {name}, desc: d, condition: evt.type=open, output: o, priority: info}}\n");
    std::fs::write(&path, rule("a") + &rule("b")).unwrap();
    let path = path.to_str().unwrap();
    let check = |more: &[&str]| windhover(&[&["rules", "check", path, "--report", "concise"], more].concat());
    let found = check(&[]);
    assert!(
        found.status.success() && text(&found.stdout).contains("warning[rule-duplicate]"),
        "{}",
        text(&found.stdout)
    );
    assert_eq!(check(&["--strict"]).status.code(), Some(1));
    assert_eq!(check(&["--deny", "rule-duplicate"]).status.code(), Some(1));
    assert_eq!(text(&check(&["--allow", "rule-duplicate"]).stdout), "2 rules, no findings\n");
    let unknown = check(&["--deny", "rule-duplicat"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("a similar one exists: `rule-duplicate`"), "{}", text(&unknown.stderr));
    assert!(text(&windhover(&["rules", "explain", "rule-duplicate"]).stdout).contains("```yaml\n- rule: "));
    assert!(text(&windhover(&["rules", "explain"]).stdout).contains("rule-shadowed "));

    let schema: serde_json::Value = serde_json::from_slice(&windhover(&["--rule-schema"]).stdout).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-06/schema#");
    let json = windhover(&["-V", path, "-o", "json_output=true"]);
    let verdict: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(verdict["falco_load_results"][0]["schema_valid"], false, "a priority in small letters");
    let log = windhover(&["-V", path, "-o", "log_stderr=true"]);
    assert!(text(&log.stderr).contains("twice.yaml | schema validation: failed for <root>[0][priority]: "));
    assert_eq!(text(&log.stdout), format!("{path}: Ok\n"));
}

#[test]
fn a_wrong_configuration_is_shown_at_its_place_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("falco.yaml");
    std::fs::write(&path, "stdout_output: {enabled: true}\nengine: {kind: kmood}\n").unwrap();
    let output = windhover(&["-c", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    for part in ["falco.yaml:2:16", "`kmood` is not a value of `engine.kind`", "`kmod`", "Error: "] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}

#[test]
fn what_does_not_exist_here_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("falco.yaml");
    std::fs::write(&path, "stdout_output: {enabled: true}\nload_plugins: [container, json]\nplugins: [{name: json}]\n")
        .unwrap();
    let output = windhover(&["-c", path.to_str().unwrap(), "--dry-run"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    for part in
        ["config-unsupported", "falco.yaml:2:1", "the plugin `json` is not supported", "load_plugins: [container]"]
    {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    let flag = windhover(&["-A"]);
    assert_eq!(flag.status.code(), Some(1));
    assert_eq!(text(&flag.stderr), "Error: the flag `-A` was removed: use `-o base_syscalls.all=true`\n");
}

#[test]
fn without_a_driver_nothing_is_watched_and_the_rest_runs() {
    let output = windhover(&["--built-in", "-o", "engine.kind=nodriver", "-M", "1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("nothing of this machine is watched"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("Events detected: 0\n"), "{}", text(&output.stdout));
}

#[test]
fn event_sources_are_chosen_as_in_the_reference() {
    let table: [(&[&str], &str); 4] = [
        (&["--enable-source", "k8s_audit"], "Attempted enabling an unknown event source: k8s_audit"),
        (&["--disable-source", "k8s_audit"], "Attempted disabling an unknown event source: k8s_audit"),
        (&["--disable-source", "syscall"], "Must enable at least one event source"),
        (
            &["--disable-source", "syscall", "--enable-source", "syscall"],
            "You can not mix --enable-source and --disable-source",
        ),
    ];
    for (flags, message) in table {
        let output = windhover(&[&["--built-in", "--dry-run"], flags].concat());
        assert_eq!(output.status.code(), Some(1), "{flags:?}");
        assert!(text(&output.stderr).contains(message), "{flags:?}: {}", text(&output.stderr));
    }
    assert!(windhover(&["--built-in", "--dry-run", "--enable-source", "syscall"]).status.success());
}

#[test]
fn plugins_and_schemas_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("falco.yaml");
    let config = "stdout_output: {enabled: true}\nload_plugins: [container]\n\
                  plugins: [{name: container, library_path: libcontainer.so}]\n";
    std::fs::write(&path, config).unwrap();
    let path = path.to_str().unwrap();
    let list = text(&windhover(&["-c", path, "--list-plugins"]).stdout);
    assert!(list.starts_with("1 Plugins Loaded:\n\nName: container\nDescription: "), "{list}");
    for name in ["container", "libcontainer.so"] {
        let info = text(&windhover(&["-c", path, "--plugin-info", name]).stdout);
        assert!(info.contains("\nInit config schema type: JSON\n{"), "{info}");
    }
    assert_eq!(windhover(&["-c", path, "--plugin-info", "json"]).status.code(), Some(1));
    let schema: serde_json::Value = serde_json::from_slice(&windhover(&["--config-schema"]).stdout).unwrap();
    assert_eq!(schema["properties"]["engine"]["properties"]["kind"]["default"], "modern_ebpf");
    assert!(text(&windhover(&["--page-size"]).stdout).starts_with("Your system page size is: "));
}

#[test]
fn the_generated_configuration_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("windhover.yaml");
    let config = text(&windhover(&["generate", "config"]).stdout);
    std::fs::write(&path, &config).unwrap();
    let output = windhover(&["-c", path.to_str().unwrap(), "--dry-run"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("windhover.yaml | schema validation: ok"), "{}", text(&output.stderr));
}

#[test]
fn lists_and_versions_are_printed() {
    assert!(text(&windhover(&["--list", "-N"]).stdout).lines().any(|line| line == "proc.name"));
    assert!(text(&windhover(&["-i"]).stdout).starts_with("Ignored syscall(s):\n- "));
    assert!(text(&windhover(&["--version"]).stdout).contains("\nEngine:        0.63.0\n"));
    let json = windhover(&["--version", "-o", "json_output=true"]);
    let versions: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(versions["engine_version"], "63");
    assert_eq!(windhover(&["--nonsense"]).status.code(), Some(1));
}

const TWO_RULES: &str = "
- macro: opens
  condition: evt.type in (open, openat)
- rule: Opened in a container
  desc: A file is opened.
  condition: opens and container.id != host
  output: opened (%fd.name %container.name)
  priority: INFO
- rule: Traced
  desc: A process is traced.
  condition: evt.type = ptrace
  output: traced
  priority: NOTICE
";

#[test]
fn rules_are_described() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.yaml");
    std::fs::write(&path, TWO_RULES).unwrap();
    let path = path.to_str().unwrap();
    let table = text(&windhover(&["-r", path, "-L"]).stdout);
    assert!(
        table.starts_with("Rule ") && table.contains("Traced ") && table.contains(" A file is opened.\n"),
        "{table}"
    );

    let json = windhover(&["-r", path, "-l", "Opened in a container", "-o", "json_output=true"]);
    let one: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let details = &one["rules"][0]["details"];
    assert_eq!(details["events"], serde_json::json!(["asyncevent", "open", "openat"]));
    assert_eq!(details["plugins"], serde_json::json!(["container"]));
    assert_eq!(details["macros"], serde_json::json!(["opens"]));
    assert_eq!(one["rules"].as_array().unwrap().len(), 1);

    let json = windhover(&["-V", path, "-L", "-o", "json_output=true"]);
    let both: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(both["falco_load_results"][0]["successful"], true);
    assert_eq!(both["falco_describe_results"]["macros"][0]["info"]["name"], "opens");

    let absent = windhover(&["-r", path, "-l", "Nothing"]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(text(&absent.stderr).contains("Error: Rule \"Nothing\" is not loaded"), "{}", text(&absent.stderr));
}

#[test]
fn support_tells_version_configuration_rules_and_machine() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, config) = (folder.path().join("two.yaml"), folder.path().join("falco.yaml"));
    std::fs::write(&rules, TWO_RULES).unwrap();
    std::fs::write(&config, "stdout_output: {enabled: true}\n").unwrap();
    let output = windhover(&["-c", config.to_str().unwrap(), "-r", rules.to_str().unwrap(), "--support"]);
    let support: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(support["config"], "stdout_output: {enabled: true}\n");
    assert_eq!(support["rules_files"][0]["name"], rules.to_str().unwrap());
    assert_eq!(support["rules_files"][0]["variants"][0]["content"], TWO_RULES);
    assert_eq!(support["system_info"]["sysname"], "Linux");
    assert!(support["cmdline"].as_str().unwrap().ends_with(" --support"));
}

#[test]
fn two_signals_at_once_are_one_wish_to_end() {
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
        command.args(["--built-in", "-o", "engine.kind=nodriver", "-o", "log_syslog=false"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // What it says first comes after the signals' handlers are there.
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("engine.kind is nodriver")));
        (child, lines)
    };
    let term = |child: &Child| {
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    };
    let (child, _lines) = start();
    term(&child);
    // It may have ended in good order by then.
    _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert!(text(&output.stdout).contains("Events detected: 0"), "{}", text(&output.stdout));
}
