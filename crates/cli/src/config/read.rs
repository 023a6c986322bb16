//! The meaning of every key.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use windhover_diagnostics::Diagnostic;
use windhover_engine::LossAction;
use windhover_outputs::{HttpOptions, Priority};

use super::section::Section;
use super::tree::Node;
use super::*;

/// Smallest ring buffer; each step of the preset doubles it.
const BUFFER_STEP: u32 = 1 << 20;
/// Metrics more often than this are refused.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Everything. `built_in` where there is no file: then alerts go to standard output, log lines to standard error, and
/// outputs get the suggested fields, unless options say otherwise.
pub(super) fn config(root: &Section<'_>, built_in: bool) -> Config {
    // These are `load`'s business.
    root.node("config_files");
    let (plugins, container) = plugins(root);
    let (engine, probe) = root.section("engine", engine);
    let config = Config {
        watch_config_files: root.bool("watch_config_files", true),
        rules_files: rules_files(root),
        rules: selections(root),
        engine,
        probe,
        capture: root.section("capture", capture),
        plugins,
        container,
        time_format_iso_8601: root.bool("time_format_iso_8601", false),
        buffer_format_base64: root.bool("buffer_format_base64", false),
        priority: priority(root),
        json_output: root.bool("json_output", false),
        json_include_output: root.bool("json_include_output_property", true),
        json_include_message: root.bool("json_include_message_property", false),
        json_include_output_fields: root.bool("json_include_output_fields_property", true),
        json_include_tags: root.bool("json_include_tags_property", true),
        buffered_outputs: root.bool("buffered_outputs", false),
        match_all: root.word("rule_matching", &[("first", false), ("all", true)], false),
        outputs_queue_capacity: root.section("outputs_queue", |queue| match queue.integer("capacity", 0) {
            0 => usize::MAX,
            n => n,
        }),
        append_output: append_output(root, built_in),
        static_fields: static_fields(root),
        stdout_output: root.section("stdout_output", |output| output.bool("enabled", built_in)),
        syslog_output: root.section("syslog_output", |output| output.bool("enabled", false)),
        file_output: root.section("file_output", file_output),
        program_output: root.section("program_output", program_output),
        http_output: root.section("http_output", http_output),
        webserver: root.section("webserver", webserver),
        log_stderr: root.bool("log_stderr", built_in),
        log_syslog: root.bool("log_syslog", !built_in),
        log_level: log_level(root),
        output_timeout: Duration::from_millis(root.integer::<u32>("output_timeout", 2_000).into()),
        timeouts_max_consecutives: root.section("syscall_event_timeouts", timeouts),
        event_drops: root.section("syscall_event_drops", event_drops),
        metrics: root.section("metrics", metrics),
        base_syscalls: root.section("base_syscalls", |base| BaseSyscalls {
            custom_set: base.texts("custom_set"),
            repair: base.bool("repair", false),
            all: base.bool("all", false),
        }),
        model: root.section("falco_libs", model),
    };
    if !config.has_output() {
        let message = "no output is enabled: alerts would go nowhere";
        let help = "enable one of `stdout_output`, `syslog_output`, `file_output`, `program_output`, `http_output`";
        root.say(Diagnostic::error(id::VALUE_INVALID, message).help(help));
    }
    config
}

impl Config {
    fn has_output(&self) -> bool {
        self.stdout_output
            || self.syslog_output
            || self.file_output.is_some()
            || self.program_output.is_some()
            || self.http_output.is_some()
    }
}

fn rules_files(root: &Section<'_>) -> Vec<PathBuf> {
    let old = root.texts("rules_file");
    let mut files = root.texts("rules_files");
    if !old.is_empty() && !files.is_empty() {
        let message = "`rules_file` and `rules_files` cannot both be given";
        root.say(Diagnostic::error(id::VALUE_INVALID, message).help("move everything to `rules_files`"));
    } else if !old.is_empty() {
        root.warn("rules_file", "is deprecated", "write `rules_files` instead");
        files = old;
    }
    files.into_iter().map(PathBuf::from).collect()
}

fn selections(root: &Section<'_>) -> Vec<RuleSelection> {
    let selections = root.sections("rules", |entry| {
        let mut found = Vec::new();
        for (key, enable) in [("enable", true), ("disable", false)] {
            if entry.node(key).is_some() {
                found.push(entry.section(key, |which| RuleSelection {
                    enable,
                    rule: which.text_if_any("rule"),
                    tag: which.text_if_any("tag"),
                }));
            }
        }
        Some(found)
    });
    selections.into_iter().flatten().collect()
}

fn engine(engine: &Section<'_>) -> (EngineKind, ProbeConfig) {
    let kinds = [("modern_ebpf", 'p'), ("kmod", 'p'), ("replay", 'r'), ("nodriver", 'n')];
    let kind = engine.word("kind", &kinds, 'p');
    let modern = engine.section("modern_ebpf", probe);
    let kmod = engine.section("kmod", kmod);
    let file = engine.section("replay", |replay| {
        let file = replay.text("capture_file", "");
        if kind == 'r' && file.is_empty() {
            replay.refuse("capture_file", "is empty", "name the capture file that is to be replayed");
        }
        file
    });
    let is_kmod = engine.node("kind").and_then(Node::text) == Some("kmod");
    let kind = match kind {
        'r' => EngineKind::Replay(file.into()),
        'n' => EngineKind::NoDriver,
        _ => EngineKind::Probe,
    };
    (kind, if is_kmod { kmod } else { modern })
}

fn probe(section: &Section<'_>) -> ProbeConfig {
    if section.bool("disable_iterators", false) {
        section.warn("disable_iterators", "has no effect: processes are read from /proc", "remove the key");
    }
    ProbeConfig {
        buffer_bytes: buffer_bytes(section),
        cpus_for_each_buffer: section.integer("cpus_for_each_buffer", 2),
        drop_failed_exit: section.bool("drop_failed_exit", false),
    }
}

fn kmod(section: &Section<'_>) -> ProbeConfig {
    ProbeConfig {
        buffer_bytes: buffer_bytes(section),
        cpus_for_each_buffer: 1,
        drop_failed_exit: section.bool("drop_failed_exit", false),
    }
}

fn buffer_bytes(section: &Section<'_>) -> u32 {
    let preset: u32 = section.integer("buf_size_preset", 4);
    if !(1..=10).contains(&preset) {
        section.refuse("buf_size_preset", "must be from 1 (1 MiB) to 10 (512 MiB)", "4 stands for 8 MiB, the default");
        return BUFFER_STEP;
    }
    BUFFER_STEP << (preset - 1)
}

fn capture(section: &Section<'_>) -> Option<CaptureConfig> {
    let config = CaptureConfig {
        path_prefix: section.text("path_prefix", "/tmp/falco"),
        all_rules: section.word("mode", &[("rules", false), ("all_rules", true)], false),
        default_duration: Duration::from_millis(section.integer::<u32>("default_duration", 5_000).into()),
        max_file_size_mb: section.integer("max_file_size_mb", 0),
    };
    if config.max_file_size_mb > 1 << 20 {
        section.refuse("max_file_size_mb", "may be 1048576 at most", "0 stands for no limit");
    }
    section.bool("enabled", false).then_some(config)
}

/// The plugins in force, and what the container plugin's entry says.
fn plugins(root: &Section<'_>) -> (Vec<PluginConfig>, Option<serde_json::Value>) {
    let mut all = root.sections("plugins", |entry| {
        let init = entry.node("init_config");
        let plugin = PluginConfig {
            name: entry.text("name", ""),
            library_path: entry.text("library_path", ""),
            init_config: init.map_or(serde_json::Value::Null, Node::to_json),
            open_params: entry.text("open_params", ""),
        };
        if plugin.name.is_empty() {
            entry.refuse("name", "is missing", "every plugin has a name");
        }
        Some(plugin)
    });
    if root.node("load_plugins").is_some() {
        let wanted = root.texts("load_plugins");
        for name in &wanted {
            // The container plugin's work is built in, so its entry need not be there.
            if name != "container" && all.iter().all(|plugin| plugin.name != *name) {
                let reason = format!("names `{name}`, which `plugins` does not have");
                root.refuse("load_plugins", reason, "add an entry of that name to `plugins`");
            }
        }
        all.retain(|plugin| wanted.contains(&plugin.name));
        all.sort_by_key(|plugin| wanted.iter().position(|name| *name == plugin.name));
    }
    let container = all.iter().find(|plugin| plugin.name == "container").map(|plugin| plugin.init_config.clone());
    all.retain(|plugin| plugin.name != "container");
    (all, container)
}

fn priority(root: &Section<'_>) -> Priority {
    let text = root.text("priority", "debug");
    text.parse().unwrap_or_else(|_| {
        let help = "write emergency, alert, critical, error, warning, notice, informational or debug";
        root.refuse("priority", format!("is not a priority: `{text}`"), help);
        Priority::Debug
    })
}

fn log_level(root: &Section<'_>) -> LogLevel {
    let words = [
        ("emergency", Priority::Emergency),
        ("alert", Priority::Alert),
        ("critical", Priority::Critical),
        ("error", Priority::Error),
        ("warning", Priority::Warning),
        ("notice", Priority::Notice),
        ("info", Priority::Informational),
        ("debug", Priority::Debug),
    ];
    root.section("libs_logger", |libs| {
        libs.bool("enabled", true);
        let severities = ["trace", "debug", "info", "notice", "warning", "error", "critical", "fatal"];
        libs.word("severity", &severities.map(|word| (word, ())), ());
    });
    root.word("log_level", &words, Priority::Informational)
}

fn append_output(root: &Section<'_>, built_in: bool) -> Vec<AppendOutput> {
    if built_in && root.node("append_output").is_none() {
        return vec![AppendOutput { suggested_output: true, ..AppendOutput::default() }];
    }
    root.sections("append_output", |entry| {
        let (source, rule, tags) = entry.section("match", |matching| {
            (matching.text_if_any("source"), matching.text_if_any("rule"), matching.texts("tags"))
        });
        if rule.is_some() && !tags.is_empty() {
            entry.warn("match", "names a rule and tags: both must hold", "name one of them");
        }
        let extra_fields = entry.node("extra_fields").map(|node| extra_fields(entry, node)).unwrap_or_default();
        Some(AppendOutput {
            source,
            rule,
            tags,
            extra_output: entry.text_if_any("extra_output"),
            extra_fields,
            suggested_output: entry.bool("suggested_output", false),
        })
    })
}

fn extra_fields(entry: &Section<'_>, node: &Node) -> Vec<ExtraField> {
    let mut fields = Vec::new();
    let mut keys = Vec::new();
    for item in node.items().unwrap_or(std::slice::from_ref(node)) {
        if let Some(field) = item.text() {
            fields.push(ExtraField::Field(field.to_owned()));
        }
        for pair in item.entries().unwrap_or_default() {
            let Some(template) = pair.node.text() else { continue };
            if keys.contains(&pair.key) {
                let reason = format!("defines `{}` twice", pair.key);
                entry.refuse("extra_fields", reason, "keep one of them");
            }
            keys.push(pair.key.clone());
            fields.push(ExtraField::Template { key: pair.key.clone(), template: template.to_owned() });
        }
    }
    fields
}

fn static_fields(root: &Section<'_>) -> Vec<(String, String)> {
    let entries = root.node("static_fields").and_then(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.node.text()?.to_owned()))).collect()
}

/// The reference compares with the text `true`; `yes` and `on` do not count.
fn is_literally_true(section: &Section<'_>, key: &'static str) -> bool {
    section.node(key).and_then(Node::text) == Some("true")
}

fn file_output(section: &Section<'_>) -> Option<FileOutput> {
    let enabled = section.bool("enabled", false);
    let output =
        FileOutput { path: section.text("filename", "").into(), keep_alive: is_literally_true(section, "keep_alive") };
    if enabled && output.path.as_os_str().is_empty() {
        section.refuse("filename", "is empty", "name the file that alerts are appended to");
    }
    enabled.then_some(output)
}

fn program_output(section: &Section<'_>) -> Option<ProgramOutput> {
    let enabled = section.bool("enabled", false);
    let output =
        ProgramOutput { command: section.text("program", ""), keep_alive: is_literally_true(section, "keep_alive") };
    if enabled && output.command.is_empty() {
        section.refuse("program", "is empty", "name the command that reads alerts");
    }
    enabled.then_some(output)
}

fn http_output(section: &Section<'_>) -> Option<HttpOptions> {
    let enabled = section.bool("enabled", false);
    let trusted =
        [section.text("ca_cert", ""), section.text("ca_bundle", ""), section.text("ca_path", "/etc/ssl/certs")];
    let identity = (
        section.text("client_cert", "/etc/ssl/certs/client.crt").into(),
        section.text("client_key", "/etc/ssl/certs/client.key").into(),
    );
    let options = HttpOptions {
        url: section.text("url", "").trim_matches(['"', '\'']).to_owned(),
        user_agent: section.text("user_agent", "falcosecurity/falco"),
        insecure: section.bool("insecure", false),
        trusted: trusted.into_iter().find(|path| !path.is_empty()).unwrap_or_default().into(),
        identity: section.bool("mtls", false).then_some(identity),
        echo: section.bool("echo", false),
        timeout_retries: section.integer("max_consecutive_timeouts", 5),
    };
    // Connections are kept and probed anyway, and the reference compresses no request.
    section.bool("keep_alive", false);
    if section.bool("compress_uploads", false) {
        section.warn("compress_uploads", "has no effect: requests are not compressed", "remove the key");
    }
    if enabled && options.url.is_empty() {
        section.refuse("url", "is empty", "name the address that alerts are posted to");
    }
    enabled.then_some(options)
}

fn webserver(section: &Section<'_>) -> Option<WebServer> {
    let enabled = section.bool("enabled", false);
    let text = section.text("listen_address", "0.0.0.0");
    let address = text.parse().unwrap_or_else(|_| {
        section.refuse("listen_address", "is not an IP address", "write an address like 127.0.0.1 or ::1");
        IpAddr::from([0, 0, 0, 0])
    });
    let certificate = section.text("ssl_certificate", "/etc/falco/falco.pem").into();
    let server = WebServer {
        address,
        port: section.integer("listen_port", 8765),
        threads: section.integer("threadiness", 0),
        healthz: section.text("k8s_healthz_endpoint", "/healthz"),
        prometheus: section.bool("prometheus_metrics_enabled", false),
        certificate: section.bool("ssl_enabled", false).then_some(certificate),
    };
    enabled.then_some(server)
}

fn timeouts(section: &Section<'_>) -> u32 {
    let consecutives = section.integer("max_consecutives", 1_000);
    if consecutives == 0 {
        section.refuse("max_consecutives", "must be more than 0", "1000 is the default");
    }
    consecutives
}

fn event_drops(section: &Section<'_>) -> LossPolicy {
    let words = [
        ("ignore", LossAction::Ignore),
        ("log", LossAction::Log),
        ("alert", LossAction::Alert),
        ("exit", LossAction::Exit),
    ];
    let mut actions = Vec::new();
    for word in section.texts("actions") {
        match words.iter().find(|(name, _)| *name == word) {
            Some((_, action)) if !actions.contains(action) => actions.push(*action),
            Some(_) => {}
            None => {
                section.refuse("actions", format!("has no action `{word}`"), "it may hold ignore, log, alert and exit");
            }
        }
    }
    if actions.is_empty() {
        actions.push(LossAction::Ignore);
    }
    if actions.contains(&LossAction::Ignore) && actions.len() > 1 {
        section.refuse("actions", "has `ignore` beside other actions", "remove `ignore`, or the others");
    }
    let threshold = section.float("threshold", 0.1);
    if !(0.0..=1.0).contains(&threshold) {
        section.refuse("threshold", "must be from 0 to 1", "0.1 is the default");
    }
    LossPolicy {
        threshold,
        actions,
        rate: section.float("rate", 0.03333),
        max_burst: section.float("max_burst", 1.0),
        simulate: section.bool("simulate_drops", false),
    }
}

fn metrics(section: &Section<'_>) -> Option<MetricsConfig> {
    let enabled = section.bool("enabled", false);
    let text = section.text("interval", "1h");
    let interval = duration(&text).filter(|interval| *interval >= SHORTEST_INTERVAL);
    if enabled && interval.is_none() {
        let help = "write numbers with units, largest first, 100ms or more: 1h, 15m, 1h30m";
        section.refuse("interval", format!("is not a duration: `{text}`"), help);
    }
    let config = MetricsConfig {
        interval: interval.unwrap_or(Duration::from_secs(3_600)),
        output_rule: section.bool("output_rule", false),
        output_file: section.text_if_any("output_file").map(PathBuf::from),
        rules_counters: section.bool("rules_counters_enabled", true),
        resource_utilization: section.bool("resource_utilization_enabled", true),
        state_counters: section.bool("state_counters_enabled", true),
        kernel_event_counters: section.bool("kernel_event_counters_enabled", true),
        kernel_event_counters_per_cpu: section.bool("kernel_event_counters_per_cpu_enabled", true),
        libbpf_stats: section.bool("libbpf_stats_enabled", true),
        plugins_metrics: section.bool("plugins_metrics_enabled", true),
        kernel_iter_event_counters: section.bool("kernel_iter_event_counters_enabled", true),
        jemalloc_stats: section.bool("jemalloc_stats_enabled", true),
        convert_memory_to_mb: section.bool("convert_memory_to_mb", true),
        include_empty_values: section.bool("include_empty_values", false),
    };
    enabled.then_some(config)
}

fn model(section: &Section<'_>) -> ModelConfig {
    ModelConfig {
        thread_table_size: section.integer("thread_table_size", 262_144),
        thread_purge_interval: Duration::from_secs(
            section.integer::<u32>("thread_table_auto_purging_interval_s", 300).into(),
        ),
        thread_timeout: Duration::from_secs(
            section.integer::<u32>("thread_table_auto_purging_thread_timeout_s", 300).into(),
        ),
        snaplen: section.integer("snaplen", 0),
    }
}

/// `1y2w3d4h5m6s7ms`: each unit at most once, in that order; blanks do not count.
fn duration(text: &str) -> Option<Duration> {
    const DAY: u64 = 86_400_000;
    const UNITS: [(&str, u64); 7] =
        [("y", 365 * DAY), ("w", 7 * DAY), ("d", DAY), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let text: String = text.split_whitespace().collect();
    let mut rest = text.as_str();
    let mut units = UNITS.iter();
    let mut total = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let letters = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let (_, factor) = units.find(|(unit, _)| *unit == &rest[digits..letters])?;
        total = total.checked_add(number.checked_mul(*factor)?)?;
        rest = &rest[letters..];
    }
    Some(Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_in_order() {
        let table = [
            ("1h", Some(3_600_000)),
            ("1h 30m", Some(5_400_000)),
            ("1y2w3d4h5m6s7ms", Some(31_536_000_000 + 1_209_600_000 + 259_200_000 + 14_400_000 + 306_000 + 7)),
            ("100ms", Some(100)),
            ("5000", None),
            ("", None),
            ("5m1h", None),
            ("1h1h", None),
            ("h", None),
            ("1.5h", None),
            ("99999999999999999999y", None),
            ("600000000000y", None),
        ];
        for (text, want) in table {
            assert_eq!(duration(text), want.map(Duration::from_millis), "{text}");
        }
    }
}
