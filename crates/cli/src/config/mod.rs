//! The configuration: `falco.yaml`, the files it includes, and `-o` options, as typed values.
//!
//! Every key has the reference's meaning and default. A key that does not exist, or a value of the wrong type, is a
//! warning with the place and the nearest name; a feature that Windhover does not have is refused by name.

mod environment;
pub mod key;
mod load;
mod option;
mod output;
mod read;
pub mod schema;
mod section;
mod tree;

use std::path::PathBuf;
use std::time::Duration;

use windhover_diagnostics::{Diagnostic, Diagnostics, SourceMap};
use windhover_engine::LossPolicy;
use windhover_engine::collection::BaseSyscalls;
use windhover_engine::recording::{Before, Scope};
use windhover_outputs::{Priority, RemoteSyslogOptions};
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
    /// Those, and what `config_files` names, whether it is there or not.
    pub watched: Vec<PathBuf>,
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

/// Reads a configuration that is no file. Nothing is known of the environment.
///
/// # Errors
/// As [`load`].
#[cfg(test)]
pub fn parse(text: &str, options: Vec<String>) -> Result<LoadedConfig, Diagnostics> {
    let mut sources = SourceMap::new();
    let root = load::parse("<text>", text.to_owned(), &mut sources).map_err(|e| Diagnostics::from_iter([*e]))?;
    let findings = schema::check(&root);
    let mut loaded = load::Loaded { root, files: Vec::new(), findings };
    load::apply_options(&mut loaded, &options, &mut sources).map_err(|e| Diagnostics::from_iter([*e]))?;
    finish(loaded)
}

fn load_with(
    origin: &Origin,
    lookup: &dyn Fn(&str) -> Option<String>,
    sources: &mut SourceMap,
) -> Result<LoadedConfig, Diagnostics> {
    finish(load::load(origin, lookup, sources).map_err(|e: Box<Diagnostic>| Diagnostics::from_iter([*e]))?)
}

/// Gives what was read its meaning.
fn finish(loaded: load::Loaded) -> Result<LoadedConfig, Diagnostics> {
    let reader = section::Reader::default();
    let config = reader.root(&loaded.root, read::config);
    let mut diagnostics = reader.into_diagnostics();
    diagnostics.extend(loaded.findings.iter().cloned());
    diagnostics.sort();
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let mut watched = load::named_paths(&loaded.root);
    let (files, schema): (Vec<PathBuf>, _) = loaded.files.into_iter().unzip();
    watched.extend(files.iter().filter(|file| !watched.contains(file)).cloned().collect::<Vec<_>>());
    Ok(LoadedConfig { config, warnings: diagnostics, files, watched, schema })
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

/// `syslog_output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyslogOutput {
    /// This machine's daemon.
    Local,
    /// One elsewhere.
    Remote(RemoteSyslogOptions),
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
    /// What who asks for a reload has to show; without it, he has to be on this machine.
    pub reload_token: Option<String>,
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

/// `flight_recorder`: what recordings around alerts hold of the time before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlightRecorderConfig {
    /// How much of it.
    pub before: Before,
    /// Whose events, before and after.
    pub scope: Scope,
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
    pub flight_recorder: FlightRecorderConfig,
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
    pub syslog_output: Option<SyslogOutput>,
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
    /// Whether the kernel keeps to itself what no rule can match; Windhover's own.
    pub kernel_verdicts: bool,
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
mod tests;
