//! The configuration: `falco.yaml`, the files it includes, and `-o` options, as typed values.
//!
//! Every key has the reference's meaning and default. A key that does not exist, or a value of the wrong type, is a
//! warning with the place and the nearest name; a feature that Windhover does not have is refused by name.

mod environment;
pub mod key;
mod load;
mod option;
mod read;
pub mod schema;
mod section;
mod tree;

use std::path::PathBuf;
use std::time::Duration;

use windhover_diagnostics::{Diagnostic, Diagnostics, SourceMap};
use windhover_engine::LossPolicy;
use windhover_engine::collection::BaseSyscalls;
use windhover_outputs::Priority;
use windhover_rules::RuleSelection;

pub use load::Origin;

/// Kinds of problems with configurations.
pub mod id {
    windhover_diagnostics::ids! {
        UNREADABLE = "config-unreadable": "A configuration file or folder cannot be read.";
        YAML = "config-yaml": "A configuration file is not YAML, or not a mapping.";
        INCLUDE = "config-include": "A configuration file includes itself, or an included file includes others.";
        OPTION = "config-option": "The text of an `-o` option cannot be understood.";
        KEY_UNKNOWN = "config-key-unknown": "A key of the configuration does not exist; it has no effect.";
        KEY_REMOVED = "config-key-removed": "A key that older releases of the reference had; it has no effect.";
        VALUE_TYPE = "config-value-type": "A value of the configuration has the wrong type; the default is used.";
        VALUE_INVALID = "config-value-invalid": "A value of the configuration cannot be used.";
        UNSUPPORTED = "config-unsupported": "The configuration asks for a feature that does not exist here.";
        NO_EFFECT = "config-no-effect": "A key of the configuration changes nothing here.";
    }
}

/// A configuration, and what there is to say about it.
#[derive(Debug)]
pub struct LoadedConfig {
    /// The values.
    pub config: Config,
    /// Warnings.
    pub warnings: Diagnostics,
    /// The files that it came from.
    pub files: Vec<PathBuf>,
    /// The first thing that the table of keys does not know in each file, if there is any.
    pub schema: Vec<Option<String>>,
}

/// Loads a configuration. Without a main file it is the built-in one, changed by the options.
///
/// # Errors
/// Everything that keeps the configuration from being used, and the warnings.
pub fn load(origin: &Origin, sources: &mut SourceMap) -> Result<LoadedConfig, Diagnostics> {
    load_with(origin, &|name| std::env::var(name).ok(), sources)
}

fn load_with(
    origin: &Origin,
    lookup: &dyn Fn(&str) -> Option<String>,
    sources: &mut SourceMap,
) -> Result<LoadedConfig, Diagnostics> {
    let loaded = load::load(origin, lookup, sources).map_err(|e: Box<Diagnostic>| Diagnostics::from_iter([*e]))?;
    let reader = section::Reader::default();
    let config = reader.root(&loaded.root, read::config);
    let mut diagnostics = reader.into_diagnostics();
    diagnostics.extend(loaded.findings.iter().cloned());
    diagnostics.sort();
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let (files, schema) = loaded.files.into_iter().unzip();
    Ok(LoadedConfig { config, warnings: diagnostics, files, schema })
}

/// Where events come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// The probe. Both `modern_ebpf` and `kmod` mean it: there is no kernel module here.
    Probe,
    /// A capture file.
    Replay(PathBuf),
    /// No events of this machine; only plugins.
    NoDriver,
}

/// `engine.modern_ebpf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeConfig {
    /// Bytes of one ring buffer.
    pub buffer_bytes: u32,
    /// Processors that share a ring buffer; 0 for one buffer for all.
    pub cpus_for_each_buffer: u16,
    /// Failed system calls are left out in the kernel.
    pub drop_failed_exit: bool,
}

/// An entry of `append_output`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppendOutput {
    /// Only rules of this source.
    pub source: Option<String>,
    /// Only the rule of this name.
    pub rule: Option<String>,
    /// Only rules with all these tags.
    pub tags: Vec<String>,
    /// Text put behind the output.
    pub extra_output: Option<String>,
    /// Fields that go only to `output_fields`.
    pub extra_fields: Vec<ExtraField>,
    /// Whether the fields that are suggested for every output are put behind it.
    pub suggested_output: bool,
}

/// An item of `extra_fields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtraField {
    /// A field, typed.
    Field(String),
    /// A key with a text made by a template.
    Template {
        /// The key.
        key: String,
        /// The template.
        template: String,
    },
}

/// `file_output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOutput {
    /// Where alerts are appended.
    pub path: PathBuf,
    /// Whether the file stays open.
    pub keep_alive: bool,
}

/// `program_output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramOutput {
    /// The shell command.
    pub command: String,
    /// Whether one process takes all alerts.
    pub keep_alive: bool,
}

/// `webserver`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebServer {
    /// Where it listens.
    pub address: std::net::IpAddr,
    /// On which port.
    pub port: u16,
    /// Threads; 0 for as many as there are processors.
    pub threads: u32,
    /// The path that answers whether the engine is well.
    pub healthz: String,
    /// Whether `/metrics` is served.
    pub prometheus: bool,
    /// Certificate and key in one PEM file, if TLS is to be used.
    pub certificate: Option<PathBuf>,
}

/// `capture`: recordings around alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureConfig {
    /// Beginning of the files' names.
    pub path_prefix: String,
    /// Whether every rule starts one, or only those that say so.
    pub all_rules: bool,
    /// How long after the last alert it goes on, where the rule does not say.
    pub default_duration: Duration,
    /// Size at which it ends, in MiB; 0 for none.
    pub max_file_size_mb: u32,
}

/// `metrics`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct MetricsConfig {
    pub interval: Duration,
    pub output_rule: bool,
    pub output_file: Option<PathBuf>,
    pub rules_counters: bool,
    pub resource_utilization: bool,
    pub state_counters: bool,
    pub kernel_event_counters: bool,
    pub kernel_event_counters_per_cpu: bool,
    pub convert_memory_to_mb: bool,
    pub include_empty_values: bool,
}

/// Severity of the engine's own log lines, as in syslog.
pub type LogLevel = Priority;

/// A plugin's entry.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginConfig {
    /// Its name.
    pub name: String,
    /// The file of the library.
    pub library_path: String,
    /// What it is configured with.
    pub init_config: serde_json::Value,
    /// What it opens.
    pub open_params: String,
}

/// Everything that can be configured.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Config {
    pub watch_config_files: bool,
    /// Rules files and folders, in order; `None` where the configuration does not say.
    pub rules_files: Option<Vec<PathBuf>>,
    pub rules: Vec<RuleSelection>,
    pub engine: EngineKind,
    pub probe: ProbeConfig,
    /// `None` where switched off, as for everything optional here.
    pub capture: Option<CaptureConfig>,
    /// The container plugin's entry, by which the built-in support is configured.
    pub container: Option<PluginConfig>,
    pub time_format_iso_8601: bool,
    pub buffer_format_base64: bool,
    pub priority: Priority,
    pub json_output: bool,
    pub json_include_output: bool,
    pub json_include_message: bool,
    pub json_include_output_fields: bool,
    pub json_include_tags: bool,
    pub buffered_outputs: bool,
    /// Whether all rules that match raise an alert, or only the first.
    pub match_all: bool,
    /// Alerts that may wait for each channel; `usize::MAX` for no such limit.
    pub outputs_queue_capacity: usize,
    /// Workers on the kernel's events; `None` for what suits the machine.
    pub workers: Option<u32>,
    /// How long an alert may wait for earlier ones of other workers.
    pub alert_order_window: Duration,
    pub append_output: Vec<AppendOutput>,
    pub static_fields: Vec<(String, String)>,
    pub stdout_output: bool,
    pub syslog_output: bool,
    pub file_output: Option<FileOutput>,
    pub program_output: Option<ProgramOutput>,
    pub http_output: Option<windhover_outputs::HttpOptions>,
    pub webserver: Option<WebServer>,
    pub log_stderr: bool,
    pub log_syslog: bool,
    pub log_level: LogLevel,
    pub output_timeout: Duration,
    /// Empty reads in a row after which a notice is raised.
    pub timeouts_max_consecutives: u32,
    pub event_drops: LossPolicy,
    pub metrics: Option<MetricsConfig>,
    pub base_syscalls: BaseSyscalls,
    pub model: ModelConfig,
}

/// `falco_libs`: bounds of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelConfig {
    /// Threads that the model holds at most.
    pub thread_table_size: u32,
    /// How often threads that have ended unseen are looked for.
    pub thread_purge_interval: Duration,
    /// How long a thread must have been silent to be looked at.
    pub thread_timeout: Duration,
    /// Bytes kept of what system calls read and write.
    pub snaplen: u32,
}

#[cfg(test)]
mod tests {
    use windhover_engine::LossAction;

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
}
