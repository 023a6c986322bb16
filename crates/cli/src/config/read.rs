//! The meaning of every key.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use windhover_diagnostics::Diagnostic;
use windhover_engine::LossAction;
use windhover_outputs::Priority;
use windhover_probe::Options;

use super::output::{file_output, http_output, program_output, syslog_output};
use super::section::Section;
use super::tree::Node;
use super::*;

/// Smallest ring buffer; each step of the preset doubles it.
const BUFFER_STEP: u32 = 1 << 20;
/// Metrics more often than this are refused.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Everything.
pub(super) fn config(root: &Section<'_>) -> Config {
    // These are `load`'s business.
    root.node("config_files");
    let (engine, probe) = root.section("engine", engine);
    let config = Config {
        watch_config_files: root.bool("watch_config_files"),
        rules_files: rules_files(root),
        rules: selections(root),
        engine,
        probe,
        capture: root.section("capture", capture),
        flight_recorder: root.section("flight_recorder", flight_recorder),
        container: plugins(root),
        time_format_iso_8601: root.bool("time_format_iso_8601"),
        buffer_format_base64: root.bool("buffer_format_base64"),
        priority: priority(root),
        json_output: root.bool("json_output"),
        json_include_output: root.bool("json_include_output_property"),
        json_include_message: root.bool("json_include_message_property"),
        json_include_output_fields: root.bool("json_include_output_fields_property"),
        json_include_tags: root.bool("json_include_tags_property"),
        buffered_outputs: root.bool("buffered_outputs"),
        match_all: root.word("rule_matching") == "all",
        outputs_queue_capacity: root.section("outputs_queue", |queue| match queue.integer::<u64>("capacity") {
            0 => usize::MAX,
            n => usize::try_from(n).unwrap_or(usize::MAX),
        }),
        append_output: append_output(root),
        static_fields: pairs(root, "static_fields"),
        stdout_output: root.section("stdout_output", |output| output.bool("enabled")),
        syslog_output: root.section("syslog_output", syslog_output),
        file_output: root.section("file_output", file_output),
        program_output: root.section("program_output", program_output),
        http_output: root.section("http_output", http_output),
        webserver: root.section("webserver", webserver),
        log_stderr: root.bool("log_stderr"),
        log_syslog: root.bool("log_syslog"),
        log_level: log_level(root),
        output_timeout: Duration::from_millis(root.integer::<u32>("output_timeout").into()),
        timeouts_max_consecutives: root.section("syscall_event_timeouts", timeouts),
        event_drops: root.section("syscall_event_drops", event_drops),
        metrics: root.section("metrics", metrics),
        base_syscalls: root.section("base_syscalls", |base| BaseSyscalls {
            custom_set: base.texts("custom_set"),
            repair: base.bool("repair"),
            all: base.bool("all"),
        }),
        kernel_verdicts: root.bool("kernel_verdicts"),
        model: root.section("falco_libs", model),
        workers: workers(root),
        alert_order_window: Duration::from_millis(root.integer::<u32>("alert_order_window").into()),
    };
    if !config.has_output() {
        let message = "no output is enabled: alerts would go nowhere";
        let help = "enable one of `stdout_output`, `syslog_output`, `file_output`, `program_output`, `http_output`";
        root.say(Diagnostic::error(id::VALUE_INVALID, message).help(help));
    }
    config
}

/// `workers`: a number, or `auto`, which is `None`.
fn workers(root: &Section<'_>) -> Option<u32> {
    let text = root.node("workers").map_or("auto", |node| node.text().unwrap_or_default());
    if text == "auto" {
        return None;
    }
    let number = text.parse().ok().filter(|number| (1..=Options::MAX_RINGS).contains(number));
    if number.is_none() {
        let most = Options::MAX_RINGS;
        root.refuse("workers", format!("is `{text}`"), &format!("write `auto`, or a number from 1 to {most}"));
    }
    number
}

impl Config {
    fn has_output(&self) -> bool {
        self.stdout_output
            || self.syslog_output.is_some()
            || self.file_output.is_some()
            || self.program_output.is_some()
            || self.http_output.is_some()
    }
}

fn rules_files(root: &Section<'_>) -> Option<Vec<PathBuf>> {
    let (old, new) = ("rules_file", "rules_files");
    let paths = |key| root.texts(key).into_iter().map(PathBuf::from).collect();
    match (root.node(old), root.node(new)) {
        (Some(_), Some(_)) => {
            let message = "`rules_file` and `rules_files` cannot both be given";
            root.say(Diagnostic::error(id::VALUE_INVALID, message).help("move everything to `rules_files`"));
            None
        }
        (Some(_), None) => {
            root.warn(old, "is deprecated", "write `rules_files` instead");
            Some(paths(old))
        }
        (None, Some(_)) => Some(paths(new)),
        (None, None) => None,
    }
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
    let kind = engine.word("kind");
    let modern = engine.section("modern_ebpf", probe);
    let kmod = engine.section("kmod", kmod);
    if matches!(kind, "kmod" | "ebpf") {
        engine.warn(
            "kind",
            format!("is `{kind}`: there is no such driver here, the eBPF probe is used"),
            "write `modern_ebpf`",
        );
    }
    let file = engine.section("replay", |replay| {
        let file = replay.text("capture_file");
        if kind == "replay" && file.is_empty() {
            replay.refuse("capture_file", "is empty", "name the capture file that is to be replayed");
        }
        file
    });
    match kind {
        "replay" => (EngineKind::Replay(file.into()), modern),
        "nodriver" => (EngineKind::NoDriver, modern),
        "kmod" => (EngineKind::Probe, kmod),
        _ => (EngineKind::Probe, modern),
    }
}

fn probe(section: &Section<'_>) -> ProbeConfig {
    ProbeConfig {
        buffer_bytes: buffer_bytes(section),
        cpus_for_each_buffer: section.integer("cpus_for_each_buffer"),
        drop_failed_exit: section.bool("drop_failed_exit"),
    }
}

fn kmod(section: &Section<'_>) -> ProbeConfig {
    ProbeConfig {
        buffer_bytes: buffer_bytes(section),
        cpus_for_each_buffer: 1,
        drop_failed_exit: section.bool("drop_failed_exit"),
    }
}

fn buffer_bytes(section: &Section<'_>) -> u32 {
    let preset: u32 = section.integer("buf_size_preset");
    BUFFER_STEP << (preset - 1)
}

fn capture(section: &Section<'_>) -> Option<CaptureConfig> {
    let config = CaptureConfig {
        path_prefix: section.text("path_prefix"),
        all_rules: section.word("mode") == "all_rules",
        default_duration: Duration::from_millis(section.integer::<u32>("default_duration").into()),
        max_file_size_mb: section.integer("max_file_size_mb"),
    };
    section.bool("enabled").then_some(config)
}

fn flight_recorder(section: &Section<'_>) -> FlightRecorderConfig {
    let duration = Duration::from_secs(section.integer::<u32>("seconds").into());
    let scope = match section.word("scope") {
        "container" => Scope::Container,
        "process_tree" => Scope::ProcessTree,
        _ => Scope::Machine,
    };
    FlightRecorderConfig { before: Before { duration, max_mib: section.integer("max_mib") }, scope }
}

/// What the container plugin's entry says, which is the only plugin that can be in force.
fn plugins(root: &Section<'_>) -> Option<PluginConfig> {
    let mut all = root.sections("plugins", |entry| {
        let init = entry.node("init_config");
        let plugin = PluginConfig {
            name: entry.text("name"),
            library_path: entry.text("library_path"),
            init_config: init.map_or(serde_json::Value::Null, Node::to_json),
            open_params: entry.text("open_params"),
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
    let container = all.iter().find(|plugin| plugin.name == "container").cloned();
    if let Some(plugin) = all.iter().find(|plugin| plugin.name != "container") {
        let what = format!("the plugin `{}` is not supported", plugin.name);
        let key = if root.node("load_plugins").is_some() { "load_plugins" } else { "plugins" };
        root.refuse_feature(key, &what, "set `load_plugins: [container]`: that plugin's work is built in");
    }
    container
}

fn priority(root: &Section<'_>) -> Priority {
    let text = root.text("priority");
    text.parse().unwrap_or_else(|_| {
        let help = "write emergency, alert, critical, error, warning, notice, informational or debug";
        root.refuse("priority", format!("is not a priority: `{text}`"), help);
        Priority::Debug
    })
}

fn log_level(root: &Section<'_>) -> LogLevel {
    root.section("libs_logger", |libs| libs.word("severity"));
    // The words are names of priorities.
    root.word("log_level").parse().unwrap_or(Priority::Informational)
}

fn append_output(root: &Section<'_>) -> Vec<AppendOutput> {
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
            suggested_output: entry.bool("suggested_output"),
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

pub(super) fn pairs(section: &Section<'_>, key: &'static str) -> Vec<(String, String)> {
    let entries = section.node(key).and_then(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.node.text()?.to_owned()))).collect()
}

fn webserver(section: &Section<'_>) -> Option<WebServer> {
    let enabled = section.bool("enabled");
    let text = section.text("listen_address");
    let address = text.parse().unwrap_or_else(|_| {
        section.refuse("listen_address", "is not an IP address", "write an address like 127.0.0.1 or ::1");
        IpAddr::from([0, 0, 0, 0])
    });
    let certificate = section.text("ssl_certificate").into();
    let server = WebServer {
        address,
        port: section.integer("listen_port"),
        threads: section.integer("threadiness"),
        healthz: section.text("k8s_healthz_endpoint"),
        prometheus: section.bool("prometheus_metrics_enabled"),
        certificate: section.bool("ssl_enabled").then_some(certificate),
        reload_token: section.text_if_any("reload_token"),
    };
    enabled.then_some(server)
}

fn timeouts(section: &Section<'_>) -> u32 {
    section.integer("max_consecutives")
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
    // As in the reference, only what comes behind `ignore` contradicts it.
    let ignored = actions.iter().position(|action| *action == LossAction::Ignore);
    if let Some(at) = ignored
        && actions[at..].iter().any(|action| matches!(action, LossAction::Log | LossAction::Alert))
    {
        section.refuse("actions", "has `log` or `alert` behind `ignore`", "remove `ignore`, or the others");
    }
    if actions.len() > 1 {
        actions.retain(|action| *action != LossAction::Ignore);
    }
    if actions.is_empty() {
        actions.push(LossAction::Ignore);
    }
    LossPolicy {
        threshold: section.float("threshold"),
        actions,
        rate: section.float("rate"),
        max_burst: section.float("max_burst"),
        simulate: section.bool("simulate_drops"),
    }
}

fn metrics(section: &Section<'_>) -> Option<MetricsConfig> {
    let enabled = section.bool("enabled");
    let text = section.text("interval");
    let interval = duration(&text).filter(|interval| *interval >= SHORTEST_INTERVAL);
    if enabled && interval.is_none() {
        let help = "write numbers with units, largest first, 100ms or more: 1h, 15m, 1h30m";
        section.refuse("interval", format!("is not a duration: `{text}`"), help);
    }
    let config = MetricsConfig {
        interval: interval.unwrap_or(Duration::from_secs(3_600)),
        output_rule: section.bool("output_rule"),
        output_file: section.text_if_any("output_file").map(PathBuf::from),
        rules_counters: section.bool("rules_counters_enabled"),
        resource_utilization: section.bool("resource_utilization_enabled"),
        state_counters: section.bool("state_counters_enabled"),
        kernel_event_counters: section.bool("kernel_event_counters_enabled"),
        kernel_event_counters_per_cpu: section.bool("kernel_event_counters_per_cpu_enabled"),
        convert_memory_to_mb: section.bool("convert_memory_to_mb"),
        include_empty_values: section.bool("include_empty_values"),
    };
    enabled.then_some(config)
}

fn model(section: &Section<'_>) -> ModelConfig {
    ModelConfig {
        thread_table_size: section.integer("thread_table_size"),
        thread_purge_interval: Duration::from_secs(
            section.integer::<u32>("thread_table_auto_purging_interval_s").into(),
        ),
        thread_timeout: Duration::from_secs(
            section.integer::<u32>("thread_table_auto_purging_thread_timeout_s").into(),
        ),
        snaplen: section.integer("snaplen"),
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
