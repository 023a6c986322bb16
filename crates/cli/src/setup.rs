//! From arguments and files to an engine's parts.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windhover_diagnostics::{Diagnostics, SourceMap};
use windhover_engine::file::{self, Absent, RulesFile};
use windhover_engine::{ActiveRule, EngineOptions, Evaluation, Log, Vocabulary, activate};
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_outputs::{
    Channel, FileChannel, Format, HttpChannel, LocalZone, Notice, OutputChange, Outputs, Overflow, Priority,
    ProgramChannel, QueueLimits, RemoteSyslogChannel, StreamChannel, SyslogChannel, SyslogSocket, Terminal, Transport,
};
use windhover_rules::{self as rules, AppendOutput, ExtraField, LoadOptions, Loaded, Loader};
use windhover_system::Limits;

use crate::args::RunArguments;
use crate::config::{self, Config, EngineKind, LoadedConfig, SyslogOutput};
use crate::failure::{Failure, is_colourful};
use crate::{default_rules, host};

/// Read without -c: the first that is there. The second is the reference's own, so that nothing but the command's name
/// has to change.
const DEFAULT_CONFIGS: [&str; 2] = ["etc/windhover/windhover.yaml", "etc/falco/falco.yaml"];

/// The configuration file that is read without -c on a machine with this root folder.
pub fn default_config(root: &Path) -> Option<PathBuf> {
    DEFAULT_CONFIGS.iter().map(|path| root.join(path)).find(|path| path.exists())
}

/// Loads the configuration that the arguments name.
pub fn configuration(
    arguments: &RunArguments,
    replayed: Option<&PathBuf>,
) -> Result<(LoadedConfig, SourceMap), Failure> {
    let default = || (!arguments.built_in).then(|| default_config(Path::new("/"))).flatten();
    let file = arguments.config.clone().or_else(default);
    let mut options = arguments.options.clone();
    options.extend(arguments.workers.as_ref().map(|workers| format!("workers={workers}")));
    options.extend(arguments.flight_recorder.map(|seconds| format!("flight_recorder.seconds={seconds}")));
    if let Some(path) = replayed {
        options.push("engine.kind=replay".to_owned());
        options.push(format!("engine.replay.capture_file={}", path.display()));
    }
    let mut sources = SourceMap::new();
    match config::load(&config::Origin { file, options }, &mut sources) {
        Ok(loaded) => Ok((loaded, sources)),
        Err(diagnostics) => Err(Failure::report(diagnostics, sources, "the configuration cannot be used")),
    }
}

/// The rules files of the arguments, or of the configuration, or the embedded ones.
pub fn rules_files(arguments: &RunArguments, config: &Config) -> Result<Vec<RulesFile>, Failure> {
    let paths = match &config.rules_files {
        _ if !arguments.rules.is_empty() => file::find(&arguments.rules, Absent::Refuse)?,
        Some(paths) => file::find(paths, Absent::Skip)?,
        None => return Ok(default_rules::files()),
    };
    paths.iter().map(|path| file::read(path).map_err(Failure::from)).collect()
}

/// Rules in force, what they may speak of, and all that was found on the way.
pub struct RulesInForce {
    /// The rules, in the order in which they are tried.
    pub rules: Vec<ActiveRule>,
    /// The engine's fields.
    pub vocabulary: Vocabulary,
    /// What loading found.
    pub loaded: Loaded,
}

/// Loads rules files.
pub fn load(files: &[RulesFile], config: &Config, print: Option<&str>) -> Result<RulesInForce, Failure> {
    let vocabulary = Vocabulary::new(&config.static_fields)?;
    let loaded = load_with(files, &vocabulary, config, print);
    if let Some(message) = &loaded.unmet_requirement {
        return Err(Failure::message(message.clone()));
    }
    if !loaded.successful() {
        let bad: Vec<_> = loaded.results.iter().filter(|result| !result.successful()).map(|r| r.to_summary()).collect();
        let summary = bad.join("\n");
        return Err(Failure::report(findings(&loaded), loaded.sources, summary));
    }
    let rules = activate(&loaded.rules, config.priority, &config.rules, &vocabulary)?;
    Ok(RulesInForce { rules, vocabulary, loaded })
}

/// Loads rules files, good or bad.
pub fn load_with(files: &[RulesFile], vocabulary: &Vocabulary, config: &Config, print: Option<&str>) -> Loaded {
    let mut loader = Loader::new(vocabulary, LoadOptions { append_output: additions(config, vocabulary, print) });
    for file in files {
        loader.load(&file.name, &file.text);
    }
    loader.finish()
}

/// Tells the log which rules files were read, and whether each is as the schema says.
pub fn log_schemas(loaded: &Loaded, log: &Log) {
    log(Priority::Informational, "Loading rules from:");
    for result in &loaded.results {
        let failed = matches!(result.schema, rules::SchemaVerdict::Failed(_));
        let level = if failed { Priority::Warning } else { Priority::Informational };
        log(level, &format!("   {} | schema validation: {}", result.name, result.schema.status()));
    }
}

/// What the configuration and -p put behind outputs.
fn additions(config: &Config, vocabulary: &Vocabulary, print: Option<&str>) -> Vec<AppendOutput> {
    let mut additions = Vec::new();
    for entry in &config.append_output {
        let fields = entry.extra_fields.iter().map(|field| match field {
            config::ExtraField::Field(name) => ExtraField { key: name.clone(), format: format!("%{name}"), raw: true },
            config::ExtraField::Template { key, template } => {
                ExtraField { key: key.clone(), format: template.clone(), raw: false }
            }
        });
        let matching = |format: Option<String>, fields: Vec<ExtraField>| AppendOutput {
            source: entry.source.clone(),
            rule: entry.rule.clone(),
            tags: entry.tags.clone(),
            format,
            fields,
        };
        additions.push(matching(entry.extra_output.clone(), fields.collect()));
        if entry.suggested_output && entry.source.as_deref().is_none_or(|source| source == "syscall") {
            additions.push(matching(Some(vocabulary.suggested_output()), Vec::new()));
        }
    }
    // These four words once named presets; now they change nothing.
    if let Some(format) = print.filter(|format| !matches!(*format, "c" | "container" | "k" | "kubernetes")) {
        additions.push(AppendOutput { format: Some(format.to_owned()), ..AppendOutput::default() });
    }
    additions
}

/// What loading found that matters for running. What is unused may yet be used by a later file, and harms nothing.
pub fn findings(loaded: &Loaded) -> Diagnostics {
    let unused = [rules::id::MACRO_UNUSED, rules::id::LIST_UNUSED];
    loaded.diagnostics.iter().filter(|diagnostic| !unused.contains(&diagnostic.id)).cloned().collect()
}

/// The engine's options.
pub fn engine_options(config: &Config, evaluation: Evaluation, zone: &Zone) -> EngineOptions {
    let live = !matches!(config.engine, EngineKind::Replay(_));
    let threads = match config.model.thread_table_size {
        0 => Limits::default().threads,
        size => size as usize,
    };
    EngineOptions {
        match_all: config.match_all,
        evaluation,
        limits: Limits { threads, ..Limits::default() },
        zone: zone.clone(),
        buffers: if config.buffer_format_base64 { BufferFormat::Base64 } else { BufferFormat::Dots },
        loss_policy: config.event_drops.clone(),
        self_pid: live.then(|| i64::from(std::process::id())),
        time_rules: times_rules(config),
    }
}

/// Whether somebody may look at what conditions cost.
pub fn times_rules(config: &Config) -> bool {
    config.metrics.as_ref().is_some_and(|metrics| metrics.rules_counters)
}

/// The channels of the configuration. In a replay they are waited for; live, what they cannot take is lost and counted.
pub fn outputs(config: &Config, unbuffered: bool, zone: &LocalZone, log: &Log) -> Outputs {
    let mut outputs = Outputs::new(format(config, zone), reporter(log));
    for channel in channels(config, config.buffered_outputs && !unbuffered, log) {
        outputs.add(channel, limits(config));
    }
    outputs
}

/// What makes channels of one configuration into those of another; nothing where they are the same. Channels whose keys have
/// not changed stay, but for those that read certificates, which may have been renewed. So does one that cannot be set up.
pub fn output_change(
    before: &Config,
    now: &Config,
    unbuffered: bool,
    zone: &LocalZone,
    log: &Log,
) -> Option<OutputChange> {
    let alike = before.buffered_outputs == now.buffered_outputs && limits(before) == limits(now);
    let secure_http = now.http_output.as_ref().is_some_and(|http| http.url.starts_with("https://"));
    let secure_syslog =
        matches!(&now.syslog_output, Some(SyslogOutput::Remote(remote)) if remote.transport == Transport::Tls);
    let channels_of = [
        ("stdout", before.stdout_output == now.stdout_output, now.stdout_output),
        ("file", before.file_output == now.file_output, now.file_output.is_some()),
        ("syslog", before.syslog_output == now.syslog_output && !secure_syslog, now.syslog_output.is_some()),
        ("program", before.program_output == now.program_output, now.program_output.is_some()),
        ("http", before.http_output == now.http_output && !secure_http, now.http_output.is_some()),
    ];
    if alike && channels_of.iter().all(|(_, same, _)| *same) && format_keys(before) == format_keys(now) {
        return None;
    }
    let mut added = channels(now, now.buffered_outputs && !unbuffered, log);
    let mut kept = Vec::new();
    for (name, same, wanted) in channels_of {
        let is_there = added.iter().any(|channel| channel.name() == name);
        if (alike && same) || (wanted && !is_there) {
            kept.push(name.to_owned());
            added.retain(|channel| channel.name() != name);
        }
    }
    let added = added.into_iter().map(|channel| (channel, limits(now))).collect();
    Some(OutputChange { format: format(now, zone), kept, added, patience: now.output_timeout })
}

/// What the form of alerts depends on.
fn format_keys(config: &Config) -> [bool; 6] {
    [
        config.json_output,
        config.json_include_output,
        config.json_include_message,
        config.json_include_output_fields,
        config.json_include_tags,
        config.time_format_iso_8601,
    ]
}

fn limits(config: &Config) -> QueueLimits {
    let replay = matches!(config.engine, EngineKind::Replay(_));
    let overflow = if replay { Overflow::Wait } else { Overflow::Lose };
    QueueLimits { alerts: config.outputs_queue_capacity, overflow, ..QueueLimits::default() }
}

fn format(config: &Config, zone: &LocalZone) -> Format {
    Format {
        json: config.json_output,
        include_output: config.json_include_output,
        include_message: config.json_include_message,
        include_output_fields: config.json_include_output_fields,
        include_tags: config.json_include_tags,
        iso_8601: config.time_format_iso_8601,
        hostname: host::name(),
        local: zone.clone(),
    }
}

fn channels(config: &Config, buffered: bool, log: &Log) -> Vec<Box<dyn Channel>> {
    let mut channels: Vec<Box<dyn Channel>> = Vec::new();
    if let Some(file) = &config.file_output {
        channels.push(Box::new(FileChannel::new(file.path.clone(), file.keep_alive, buffered)));
    }
    if config.stdout_output {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal().then(|| Terminal { colour: is_colourful(&stdout) });
        channels.push(Box::new(StreamChannel::stdout(terminal, buffered)));
    }
    match config.syslog_output.clone() {
        Some(SyslogOutput::Local) => channels.push(Box::new(SyslogChannel::new(SyslogSocket::new("windhover")))),
        Some(SyslogOutput::Remote(remote)) => match RemoteSyslogChannel::open(remote) {
            Ok(channel) => channels.push(Box::new(channel)),
            Err(e) => log(Priority::Error, &format!("Failed to init output: syslog: {e}")),
        },
        None => {}
    }
    if let Some(program) = &config.program_output {
        channels.push(Box::new(ProgramChannel::new(program.command.clone(), program.keep_alive, buffered)));
    }
    if let Some(http) = &config.http_output {
        match HttpChannel::open(http.clone()) {
            Ok(channel) => channels.push(Box::new(channel)),
            Err(e) => log(Priority::Error, &format!("Failed to init output: http: {e}")),
        }
    }
    channels
}

/// Tells the log what happens to channels.
fn reporter(log: &Log) -> windhover_outputs::Report {
    let log = Arc::clone(log);
    Arc::new(move |notice: Notice<'_>| {
        let (level, text) = match notice {
            Notice::Failing { channel, error } => (Priority::Error, format!("\"{channel}\" output: {error}")),
            Notice::Recovered { channel, lost } => {
                (Priority::Notice, format!("\"{channel}\" output works again; {lost} alerts were lost"))
            }
            Notice::QueueFull { channel } => {
                (Priority::Error, format!("\"{channel}\" output: its queue is full, alerts are being lost"))
            }
            Notice::Discarded { channel, lost, in_doubt } => {
                let doubt = match in_doubt {
                    0 => String::new(),
                    n => format!(", and {n} it was busy with may have arrived or not"),
                };
                (Priority::Notice, format!("\"{channel}\" output timeout: {lost} alerts are lost at the end{doubt}"))
            }
        };
        log(level, &text);
    })
}

/// Why the reference would refuse these event sources, if it would. In a replay the capture decides, not the arguments.
pub fn check_sources(arguments: &RunArguments, config: &Config) -> Result<(), Failure> {
    const LOADED: &str = "syscall";
    if matches!(config.engine, EngineKind::Replay(_)) {
        return Ok(());
    }
    let (enabled, disabled) = (&arguments.enable_source, &arguments.disable_source);
    if !enabled.is_empty() && !disabled.is_empty() {
        return Err(Failure::message("You can not mix --enable-source and --disable-source: use one of them"));
    }
    for (names, deed) in [(enabled, "enabling"), (disabled, "disabling")] {
        if let Some(name) = names.iter().find(|name| *name != LOADED) {
            let text = format!("Attempted {deed} an unknown event source: {name} (there is `{LOADED}` only)");
            return Err(Failure::message(text));
        }
    }
    if !disabled.is_empty() {
        return Err(Failure::message(format!("Must enable at least one event source: `{LOADED}` is the only one")));
    }
    Ok(())
}

/// The reference's verdict on each file as its JSON has it.
pub fn results_json(loaded: &Loaded) -> serde_json::Value {
    let results: Vec<_> =
        loaded.results.iter().map(|result: &rules::LoadResult| result.to_json(&loaded.sources)).collect();
    serde_json::json!({ "falco_load_results": results })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn channels_whose_keys_have_not_changed_stay() {
        let read = |text: &str| config::parse(text, Vec::new()).unwrap().config;
        let before = read("{stdout_output: {enabled: true}, file_output: {enabled: true, filename: /tmp/a}}");
        let told = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&told);
        let log: Log = Arc::new(move |_, text| lines.lock().unwrap().push(text.to_owned()));
        let change = |text: &str| {
            let change = output_change(&before, &read(text), false, &host::local(&Zone::UTC), &log)?;
            let added: Vec<_> = change.added.iter().map(|(channel, _)| channel.name().to_owned()).collect();
            Some((change.kept, added))
        };
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (out, file) = ("stdout_output: {enabled: true}", "file_output: {enabled: true, filename: /tmp/a}");
        let all = ["stdout", "file", "syslog", "program", "http"];
        type Names<'a> = &'a [&'a str];
        let table: [(String, Option<(Names<'_>, Names<'_>)>); 6] = [
            (format!("{{{out}, {file}, priority: error}}"), None),
            (format!("{{{out}, {file}, json_output: true}}"), Some((&all, &[]))),
            (format!("{{{out}}}"), Some((&["stdout", "syslog", "program", "http"], &[]))),
            (
                format!("{{{out}, {file}, syslog_output: {{enabled: true}}}}"),
                Some((&["stdout", "file", "program", "http"], &["syslog"])),
            ),
            (format!("{{{out}, {file}, outputs_queue: {{capacity: 7}}}}"), Some((&[], &["file", "stdout"]))),
            (format!("{{{out}, {file}, http_output: {{enabled: true, url: nowhere}}}}"), Some((&all, &[]))),
        ];
        for (text, want) in table {
            assert_eq!(change(&text), want.map(|(kept, added)| (texts(kept), texts(added))), "{text}");
        }
        assert!(told.lock().unwrap()[0].starts_with("Failed to init output: http"), "{told:?}");
    }

    #[test]
    fn our_configuration_comes_before_the_reference_s() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(default_config(root.path()), None);
        for path in DEFAULT_CONFIGS.iter().rev() {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            assert_eq!(default_config(root.path()), Some(path));
        }
    }
}
