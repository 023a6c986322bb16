//! The configuration as a whole: every key by the table, and the mistakes that people make.

use proptest::prelude::*;
use windhover_engine::LossAction;

use super::key::Kind;
use super::*;

fn read(text: &str) -> Result<LoadedConfig, Diagnostics> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    load(&Origin { file: Some(file.path().to_owned()), options: vec![] }, &mut SourceMap::new())
}

fn messages(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| {
            let rest = d.notes.iter().chain(&d.helps).map(|text| format!(" | {text}"));
            format!("{}: {}{}", d.id.name, d.message, rest.collect::<String>())
        })
        .collect()
}

#[test]
fn an_absent_key_has_the_reference_s_default() {
    let config = read("stdout_output: {enabled: true}").unwrap().config;
    assert_eq!(config.priority, Priority::Debug);
    assert_eq!(config.output_timeout, Duration::from_secs(2));
    assert_eq!(config.event_drops.actions, [LossAction::Ignore]);
    assert_eq!(config.outputs_queue_capacity, usize::MAX);
    assert_eq!(config.probe.buffer_bytes, 8 << 20);
    assert!(config.append_output.is_empty() && !config.match_all && config.watch_config_files);
    assert!(config.stdout_output && !config.log_stderr && config.log_syslog);
}

#[test]
fn values_are_read_as_yaml_spells_them() {
    let text = r#"
json_output: yes
buffered_outputs: "on"
priority: INFO
outputs_queue: {capacity: 0}
rules: [{enable: {rule: "*ssh*", tag: x}}, {disable: {tag: y}}]
engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 1, cpus_for_each_buffer: 0}}
append_output:
  - {match: {source: syscall, tags: [a, b]}, extra_output: "%evt.num", extra_fields: [evt.num, {k: "%proc.name"}]}
static_fields: {team: blue}
file_output: {enabled: true, filename: ./e, keep_alive: yes}
syscall_event_drops: {threshold: .5, actions: [log, alert]}
metrics: {enabled: true, interval: 1h 30m, output_rule: true}
rules_files: a.yaml
"#;
    let config = read(text).unwrap().config;
    assert!(config.json_output && config.buffered_outputs);
    assert_eq!(config.priority, Priority::Informational);
    assert_eq!(config.outputs_queue_capacity, usize::MAX);
    let enable = RuleSelection { enable: true, rule: Some("*ssh*".into()), tag: Some("x".into()) };
    let disable = RuleSelection { enable: false, rule: None, tag: Some("y".into()) };
    assert_eq!(config.rules, [enable, disable]);
    assert_eq!((config.probe.buffer_bytes, config.probe.cpus_for_each_buffer), (1 << 20, 0));
    let append = &config.append_output[0];
    assert_eq!((append.source.as_deref(), append.tags.len()), (Some("syscall"), 2));
    assert_eq!(append.extra_fields.len(), 2);
    assert_eq!(config.static_fields, [("team".into(), "blue".into())]);
    // Only the word `true` keeps a file open, as in the reference.
    assert!(!config.file_output.unwrap().keep_alive);
    assert_eq!(config.event_drops.actions, [LossAction::Log, LossAction::Alert]);
    assert_eq!(config.metrics.unwrap().interval, Duration::from_secs(5400));
    assert_eq!(config.rules_files, Some(vec![PathBuf::from("a.yaml")]));
}

#[test]
fn what_is_not_understood_is_said_and_does_not_stop_the_start() {
    let loaded =
        read("stdout_output: {enabled: true, enabeld: true}\njson_outptu: true\njson_output: maybe\n").unwrap();
    let want = [
        "config-key-unknown: unknown key `enabeld` of `stdout_output` | a key with a similar name exists: `enabled`",
        "config-key-unknown: unknown key `json_outptu` | a key with a similar name exists: `json_output`",
        "config-value-type: expected true or false, found `maybe` | the default of `json_output` is used",
    ];
    assert_eq!(messages(&loaded.warnings), want);
    assert!(!loaded.config.json_output);
}

#[test]
fn what_cannot_be_used_stops_the_start() {
    let text = "engine: {kind: kmodd}\nlog_level: Info\npriority: low\nmetrics: {enabled: true, interval: '5000'}\n\
                load_plugins: [nothing]\nrules_file: a\nrules_files: [b]\nsyscall_event_timeouts: {max_consecutives: 0}\n";
    let errors = messages(&read(text).unwrap_err());
    for part in [
        "`kmodd` is not a value of `engine.kind` | it may be",
        "`Info` is not a value of `log_level`",
        "`priority` is not a priority",
        "`metrics.interval` is not a duration",
        "`load_plugins` names `nothing`",
        "`rules_file` and `rules_files` cannot both be given",
        "`syscall_event_timeouts.max_consecutives` must be a whole number, 1 or more",
        "no output is enabled",
    ] {
        assert!(errors.iter().any(|error| error.contains(part)), "{part}: {errors:#?}");
    }
}

#[test]
fn the_built_in_configuration_prints_alerts() {
    let loaded = load(&Origin::default(), &mut SourceMap::new()).unwrap();
    assert!(loaded.config.stdout_output && loaded.config.log_stderr && !loaded.config.json_output);
    assert!(loaded.config.append_output[0].suggested_output);
    let options = vec!["json_output=true".to_owned(), "stdout_output.enabled=false".to_owned()];
    assert!(load(&Origin { file: None, options }, &mut SourceMap::new()).is_err());
}

/// A configuration in which every optional part is switched on, so that each key of it has an effect.
const EVERYTHING: &str = "
rules: [{enable: {rule: r}, disable: {rule: r}}]
engine: {kind: modern_ebpf}
capture: {enabled: true}
load_plugins: [container]
plugins: [{name: container}]
append_output: [{match: {source: s}}]
stdout_output: {enabled: true}
syslog_output: {enabled: true, remote: {address: a, client_cert: c}}
file_output: {enabled: true, filename: f}
http_output: {enabled: true, url: u, mtls: true}
program_output: {enabled: true, program: p}
webserver: {enabled: true, ssl_enabled: true}
metrics: {enabled: true}
";

fn read_with(text: &str, option: Option<String>) -> Result<LoadedConfig, Diagnostics> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    load(&Origin { file: Some(file.path().to_owned()), options: option.into_iter().collect() }, &mut SourceMap::new())
}

/// `key=value` for an option that sets the key in the first item of every sequence on the way.
fn option(path: &str, value: &str) -> String {
    format!("{}={value}", path.replace("[]", "[0]"))
}

/// A value of a key that is not its default in [`EVERYTHING`]; nothing where no single value shows an effect.
fn other_value(key: &key::Key) -> Option<String> {
    Some(match (key.path, key.kind) {
        // Checked, and without effect; or read with others; or the business of merging.
        ("libs_logger.severity" | "rules_file" | "load_plugins" | "config_files" | "plugins[].name", _) => return None,
        // Stands behind another one.
        ("engine.kmod.buf_size_preset" | "engine.kmod.drop_failed_exit" | "engine.replay.capture_file", _) => {
            return None;
        }
        ("http_output.ca_path" | "syslog_output.remote.ca_path", _) => "elsewhere".to_owned(),
        ("priority", _) => "notice".to_owned(),
        ("webserver.listen_address", _) => "::1".to_owned(),
        ("metrics.interval", _) => "5m".to_owned(),
        ("syscall_event_drops.actions", _) => "alert".to_owned(),
        (path, Kind::Bool(default)) => {
            let on = EVERYTHING_ON.contains(&path) || default;
            (!on).to_string()
        }
        (_, Kind::Integer { default, least, .. }) => (if default == least { least + 1 } else { least }).to_string(),
        (_, Kind::Float { .. }) => "0.5".to_owned(),
        (_, Kind::Text(_) | Kind::Texts) => "else".to_owned(),
        (_, Kind::Word(words)) => (*words.last()?).to_owned(),
        ("static_fields" | "http_output.headers", Kind::Pairs) => "{a: b}".to_owned(),
        ("append_output[].extra_fields", _) => "evt.num".to_owned(),
        ("plugins[].init_config", _) => "{with_size: true}".to_owned(),
        _ => return None,
    })
}

/// What [`EVERYTHING`] switches on.
const EVERYTHING_ON: [&str; 9] = [
    "capture.enabled",
    "stdout_output.enabled",
    "syslog_output.enabled",
    "file_output.enabled",
    "http_output.enabled",
    "http_output.mtls",
    "program_output.enabled",
    "webserver.enabled",
    "webserver.ssl_enabled",
];

#[test]
fn every_key_changes_something_or_says_that_it_does_not() {
    let before = read_with(EVERYTHING, None).unwrap();
    assert!(before.warnings.is_empty(), "{:?}", messages(&before.warnings));
    for key in key::keys() {
        let Some(value) = other_value(key) else { continue };
        let value = if key.path == "metrics.enabled" { "false".to_owned() } else { value };
        let after = read_with(EVERYTHING, Some(option(key.path, &value)));
        let after = after.unwrap_or_else(|e| panic!("{}: {:?}", key.path, messages(&e)));
        match key.idle {
            None => assert_ne!(after.config, before.config, "{}={value} has no effect", key.path),
            Some(why) => {
                assert_eq!(after.config, before.config, "{}", key.path);
                let said = messages(&after.warnings);
                let is_said = said.iter().any(|text| text.contains(&format!("has no effect: {why}")));
                // Who switches off what is not there gets what he wants.
                assert_eq!(is_said, value != "false", "{}: {said:?}", key.path);
            }
        }
    }
}

#[test]
fn a_value_of_the_wrong_type_is_said_and_the_default_counts() {
    for key in key::keys() {
        let (value, base) = match key.kind {
            Kind::Bool(_) => ("maybe", "stdout_output: {enabled: true}"),
            Kind::Integer { .. } => ("many", "stdout_output: {enabled: true}"),
            Kind::Float { .. } => ("some", "stdout_output: {enabled: true}"),
            Kind::Text(_) | Kind::Texts => ("{a: b}", "stdout_output: {enabled: true}"),
            Kind::Mapping if !key.path.contains('[') => {
                ("text", "stdout_output: {enabled: true}\nsyslog_output: {enabled: true}")
            }
            _ => continue,
        };
        let loaded = read_with(base, Some(option(key.path, value)));
        // What is needed may be missing then; the warning is there all the same.
        let said = messages(loaded.as_ref().map_or_else(|e| e, |loaded| &loaded.warnings));
        let text = format!("config-value-type: expected {}", key.kind.words().replace("a sequence of texts", "a text"));
        assert!(said.iter().any(|said| said.starts_with(&text)), "{}: {said:?}", key.path);
        if let (Ok(loaded), Kind::Bool(_) | Kind::Integer { .. } | Kind::Float { .. } | Kind::Text(_)) =
            (&loaded, key.kind)
            && !key.path.contains('[')
            && key.path != "stdout_output.enabled"
        {
            assert_eq!(loaded.config, read(base).unwrap().config, "{}", key.path);
        }
    }
}

#[test]
fn numbers_outside_of_their_range_are_refused_or_count_as_none() {
    for key in key::keys() {
        let Kind::Integer { default, least, most, outside } = key.kind else { continue };
        for number in [least.checked_sub(1), most.checked_add(1)].into_iter().flatten() {
            let loaded = read_with(EVERYTHING, Some(option(key.path, &number.to_string())));
            match (outside, loaded) {
                (key::Outside::Default, Ok(loaded)) => {
                    let default = read_with(EVERYTHING, Some(option(key.path, &default.to_string()))).unwrap();
                    assert_eq!(loaded.config, default.config, "{}={number}", key.path);
                    assert!(!loaded.warnings.is_empty(), "{}={number}", key.path);
                }
                (key::Outside::Refused, Err(errors)) => {
                    let said = messages(&errors);
                    assert!(said.iter().any(|text| text.contains(key.path)), "{}={number}: {said:?}", key.path);
                }
                (_, other) => panic!("{}={number}: {other:?}", key.path),
            }
        }
    }
}

#[test]
fn every_key_of_the_table_is_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), EVERYTHING).unwrap();
    let origin = Origin { file: Some(file.path().to_owned()), options: vec![] };
    let loaded = load::load(&origin, &|_| None, &mut SourceMap::new()).unwrap();
    let reader = section::Reader::default();
    reader.root(&loaded.root, read::config);
    let read = reader.read.borrow();
    let unread: Vec<_> = key::keys().filter(|key| key.idle.is_none() && !read.contains(key.path)).collect();
    assert!(unread.is_empty(), "{unread:?}");
}

#[test]
fn keys_of_the_container_plugin_are_known() {
    let said = |init: &str| {
        let text = format!("stdout_output: {{enabled: true}}\nplugins: [{{name: container, init_config: {init}}}]");
        messages(&read(&text).unwrap().warnings)
    };
    let whole = "{label_max_len: 7, with_size: true, hooks: [create], engines: {docker: {enabled: true, sockets: [/a]}, \
                 lxc: {enabled: false}, static: {enabled: false, container_id: a}}}";
    assert!(said(whole).is_empty(), "{:?}", said(whole));
    let table = [
        (
            "{with_sizes: true}",
            "unknown key `with_sizes` of `plugins[0].init_config` | a key with a similar name exists: `with_size`",
        ),
        (
            "{engines: {podmann: {}}}",
            "unknown key `podmann` of `plugins[0].init_config.engines` | a key with a similar name exists: `podman`",
        ),
        ("{engines: {cri: {socket: [/a]}}}", "a key with a similar name exists: `sockets`"),
        ("{docker: {}}", "there is a key `engines.docker`"),
        ("{label_max_len: many}", "expected a whole number"),
    ];
    for (init, want) in table {
        let said = said(init);
        assert!(said.len() == 1 && said[0].contains(want), "{init}: {said:?}");
    }
    let other =
        "stdout_output: {enabled: true}\nload_plugins: []\nplugins: [{name: x, library_path: y, init_config: {z: 1}}]";
    assert!(read(other).unwrap().warnings.is_empty());
}

#[test]
fn drivers_that_do_not_exist_here_are_replaced_with_a_word() {
    for (kind, said) in [("kmod", true), ("ebpf", true), ("modern_ebpf", false)] {
        let loaded = read(&format!("stdout_output: {{enabled: true}}\nengine: {{kind: {kind}}}")).unwrap();
        let warnings = messages(&loaded.warnings);
        let want = format!(
            "`engine.kind` is `{kind}`: there is no such driver here, the eBPF probe is used | write `modern_ebpf`"
        );
        assert_eq!(warnings.iter().any(|text| text.contains(&want)), said, "{warnings:?}");
        assert_eq!(loaded.config.engine, EngineKind::Probe);
    }
}

#[test]
fn removed_keys_and_words_are_answered_with_what_to_write() {
    for removed in key::REMOVED {
        let loaded = read_with(EVERYTHING, Some(option(removed.path, "{enabled: true}"))).unwrap();
        let said = messages(&loaded.warnings);
        let want =
            format!("config-key-removed: `{}` was removed: it has no effect | {}", removed.path, removed.instead);
        assert!(said.contains(&want), "{want}: {said:?}");
    }
    for removed in key::REMOVED_WORDS {
        let errors = read_with(EVERYTHING, Some(option(removed.path, removed.word))).unwrap_err();
        assert!(messages(&errors)[0].contains(removed.instead), "{:?}", messages(&errors));
    }
}

#[test]
fn actions_contradict_each_other_as_in_the_reference() {
    let actions = |text: &str| {
        let loaded = read(&format!("stdout_output: {{enabled: true}}\nsyscall_event_drops: {{actions: {text}}}\n"));
        loaded.map(|loaded| loaded.config.event_drops.actions).map_err(|e| messages(&e).concat())
    };
    assert_eq!(actions("[]"), Ok(vec![LossAction::Ignore]));
    assert_eq!(actions("log"), Ok(vec![LossAction::Log]));
    assert_eq!(actions("[log, ignore]"), Ok(vec![LossAction::Log]));
    assert_eq!(actions("[ignore, exit]"), Ok(vec![LossAction::Exit]));
    assert!(actions("[ignore, log]").unwrap_err().contains("behind `ignore`"));
    assert!(actions("[shout]").unwrap_err().contains("has no action `shout`"));
}

/// Pieces that configurations are made of, and some that they are not.
fn piece() -> impl Strategy<Value = String> {
    let paths: Vec<_> = key::keys().flat_map(|key| key.path.split('.')).map(|part| part.replace("[]", "")).collect();
    let marks = [
        "\n", "\n  ", "\n    ", ": ", "- ", "[", "]", "{", "}", ", ", "\"", "'", "|\n", ">-\n ", "&a ", "*a", "#",
        "${A}", "$${", "\t",
    ];
    prop_oneof![
        4 => proptest::sample::select(paths),
        5 => proptest::sample::select(marks.to_vec()).prop_map(str::to_owned),
        2 => proptest::sample::select(vec!["true", "no", "5", "-1", "0x10", "1h", "replay", "container", "~", "1e400"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(pieces in proptest::collection::vec(piece(), 0..40), option in any::<String>()) {
        let text = format!("stdout_output: {{enabled: true}}\n{}", pieces.concat());
        _ = parse(&text, vec![]);
        _ = parse("stdout_output: {enabled: true}", vec![option]);
        _ = parse("stdout_output: {enabled: true}", vec![format!("{}={}", pieces.concat(), text)]);
    }
}
