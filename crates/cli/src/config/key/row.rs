//! The rows of the table of keys. A table: its length is that of what it lists.

use windhover_outputs::Transport;

use super::{Group, Key, Kind, Outside};
use Kind::{Bool, Float, Free, Mapping, Mappings, Pairs, Text, Texts, Word};

pub(super) const fn key(path: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { path, kind, about, idle: None }
}

/// A key that is known and changes nothing, for a reason.
const fn idle(path: &'static str, kind: Kind, about: &'static str, why: &'static str) -> Key {
    Key { path, kind, about, idle: Some(why) }
}

/// A number that counts as none outside of its range.
pub(super) const fn integer(default: i64, least: i64, most: i64) -> Kind {
    Kind::Integer { default, least, most, outside: Outside::Default }
}

/// A number that is refused outside of its range.
const fn bounded(default: i64, least: i64, most: i64) -> Kind {
    Kind::Integer { default, least, most, outside: Outside::Refused }
}

pub(super) const U32: i64 = u32::MAX as i64;

/// All keys, in the order of the reference pages.
pub const GROUPS: &[Group] = &[
    Group { title: "Files", keys: FILES },
    Group { title: "Rules", keys: RULES },
    Group { title: "Where events come from", keys: ENGINE },
    Group { title: "Plugins", keys: PLUGINS },
    Group { title: "What alerts look like", keys: ALERTS },
    Group { title: "Where alerts go", keys: OUTPUTS },
    Group { title: "Web server", keys: WEB },
    Group { title: "Log", keys: LOG },
    Group { title: "When events or alerts are lost", keys: LOSSES },
    Group { title: "Metrics", keys: METRICS },
    Group { title: "Recordings around alerts", keys: CAPTURE },
    Group { title: "Collection and bounds", keys: COLLECTION },
];

const FILES: &[Key] = &[
    key(
        "config_files",
        Free("a sequence of paths, or of mappings with `path` and `strategy` (append, override or add-only)"),
        "Files and folders with more configuration, in order. A key that is there twice is replaced as a whole; \
         sequences grow (append), are replaced (override), or stay as they are (add-only).",
    ),
    key("watch_config_files", Bool(true), "Load configuration and rules anew when their files change."),
];

const RULES: &[Key] = &[
    key(
        "rules_files",
        Texts,
        "Rules files and folders, in order. What does not exist is left out. Without this key the built-in rules are in \
         force.",
    ),
    key("rules_file", Texts, "An older name of `rules_files`."),
    key("rules", Mappings, "Rules switched on and off, in order."),
    key("rules[].enable", Mapping, "Switches on the rules that match."),
    key("rules[].enable.rule", Text(""), "The rule's name; `*` stands for anything."),
    key("rules[].enable.tag", Text(""), "A tag of the rule."),
    key("rules[].disable", Mapping, "Switches off the rules that match."),
    key("rules[].disable.rule", Text(""), "The rule's name; `*` stands for anything."),
    key("rules[].disable.tag", Text(""), "A tag of the rule."),
    key(
        "rule_matching",
        Word(&["first", "all"]),
        "Whether the first rule that matches an event raises an alert, or all that match.",
    ),
    key("priority", Text("debug"), "Rules less severe than this are not loaded. Upper and lower case are the same."),
];

const ENGINE: &[Key] = &[
    key(
        "workers",
        Free("`auto`, or a number from 1 to 256"),
        "Workers on the kernel's events, each with a ring buffer. `auto` makes one for every four processors that may be \
         used, at most 16.",
    ),
    key("engine", Mapping, "Where events come from."),
    key(
        "engine.kind",
        Word(&["modern_ebpf", "kmod", "ebpf", "replay", "nodriver"]),
        "`modern_ebpf` is the eBPF probe, and so are `kmod` and `ebpf`, with a warning: there is no other driver. `replay` \
         reads a capture file. `nodriver` watches nothing of this machine.",
    ),
    key("engine.kmod", Mapping, "The probe, where `engine.kind` is `kmod`."),
    key(
        "engine.kmod.buf_size_preset",
        bounded(4, 1, 10),
        "Size of the ring buffer of each processor: 1 is 1 MiB, and each step doubles it.",
    ),
    key("engine.kmod.drop_failed_exit", Bool(false), "Leave out system calls that failed."),
    key("engine.modern_ebpf", Mapping, "The probe."),
    key(
        "engine.modern_ebpf.cpus_for_each_buffer",
        integer(2, 0, 65_535),
        "Processors that share a ring buffer; 0 for one buffer for all.",
    ),
    key(
        "engine.modern_ebpf.buf_size_preset",
        bounded(4, 1, 10),
        "Size of a ring buffer: 1 is 1 MiB, and each step doubles it.",
    ),
    key("engine.modern_ebpf.drop_failed_exit", Bool(false), "Leave out system calls that failed."),
    idle(
        "engine.modern_ebpf.disable_iterators",
        Bool(false),
        "Do not use BPF iterators for the first look at processes.",
        "processes are read from /proc",
    ),
    key("engine.replay", Mapping, "Reading a capture file."),
    key("engine.replay.capture_file", Text(""), "The capture file (.scap)."),
];

const PLUGINS: &[Key] = &[
    key("load_plugins", Texts, "Names of the plugins to load, in order; all of `plugins` if the key is absent."),
    key("plugins", Mappings, "What is known of plugins. The work of the plugin `container` is built in."),
    key("plugins[].name", Text(""), "The plugin's name."),
    key("plugins[].library_path", Text(""), "The file of its library."),
    key("plugins[].init_config", Free("a mapping, or a text for the plugin"), "What it is configured with."),
    key("plugins[].open_params", Text(""), "What it opens, if it is an event source."),
    idle(
        "plugins_hostinfo",
        Bool(true),
        "Tell plugins that are event sources about users and interfaces of this machine.",
        "no plugin here is an event source",
    ),
];

const ALERTS: &[Key] = &[
    key("time_format_iso_8601", Bool(false), "Times in ISO 8601 and UTC instead of local time of day."),
    key("buffer_format_base64", Bool(false), "Data that was read or written in base64."),
    key("json_output", Bool(false), "Alerts as JSON, one object a line."),
    key("json_include_output_property", Bool(true), "`output` in JSON: the text with time and priority."),
    key("json_include_message_property", Bool(false), "`message` in JSON: the text alone."),
    key("json_include_output_fields_property", Bool(true), "`output_fields` in JSON: the fields of the text, typed."),
    key("json_include_tags_property", Bool(true), "`tags` in JSON."),
    key("append_output", Mappings, "Additions to the outputs of rules."),
    key("append_output[].match", Mapping, "Which rules; all of its keys must hold."),
    key("append_output[].match.source", Text(""), "Rules of this event source."),
    key("append_output[].match.rule", Text(""), "The rule of this name."),
    key("append_output[].match.tags", Texts, "Rules with all of these tags."),
    key("append_output[].extra_output", Text(""), "A text behind the output; it may hold fields like `%proc.name`."),
    key(
        "append_output[].extra_fields",
        Free("a sequence of field names, or of mappings of a name to a text with fields"),
        "More `output_fields`, which do not show in the text.",
    ),
    key(
        "append_output[].suggested_output",
        Bool(false),
        "Add the fields that are suggested for every output: container, image and pod.",
    ),
    key("static_fields", Pairs, "Fields of your own, `static.NAME`, for conditions and outputs."),
];

/// Facilities of syslog, the default one first.
const FACILITIES: &[&str] = &[
    "user", "kern", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

const OUTPUTS: &[Key] = &[
    key("buffered_outputs", Bool(false), "Let lines wait for each other, which writes less often."),
    key("outputs_queue", Mapping, "The queue of each output."),
    key(
        "outputs_queue.capacity",
        integer(0, 0, i64::MAX),
        "Alerts that may wait for an output; more are lost and counted. 0 for no such number, only 64 MiB.",
    ),
    key(
        "alert_order_window",
        integer(50, 0, U32),
        "Milliseconds that an alert of one of several workers waits at most for earlier ones of others.",
    ),
    key("output_timeout", integer(2_000, 0, U32), "Milliseconds that an output has at the end for what waits."),
    key("stdout_output", Mapping, "Alerts to standard output."),
    key("stdout_output.enabled", Bool(false), "Whether it is used."),
    key("syslog_output", Mapping, "Alerts to the syslog daemon of this machine, or to one elsewhere."),
    key("syslog_output.enabled", Bool(false), "Whether it is used."),
    key(
        "syslog_output.remote",
        Mapping,
        "A syslog daemon elsewhere, which gets the alerts instead of this machine's: messages as in RFC 5424.",
    ),
    key(
        "syslog_output.remote.address",
        Text(""),
        "Its `HOST` or `HOST:PORT`; without a port 514, and 6514 with TLS. Empty for this machine's daemon.",
    ),
    key(
        "syslog_output.remote.protocol",
        Word(&Transport::NAMES),
        "How messages travel: in datagrams, of which nobody says whether they arrive, in a stream, each behind its \
         length, or in such a stream with TLS.",
    ),
    key("syslog_output.remote.facility", Word(FACILITIES), "How the daemon is to sort messages."),
    key("syslog_output.remote.app_name", Text("windhover"), "How messages name their sender."),
    key(
        "syslog_output.remote.timeout",
        integer(10_000, 1, U32),
        "Milliseconds that connecting, and each write, may take; for streams.",
    ),
    key(
        "syslog_output.remote.retries",
        integer(2, 0, 255),
        "How often an alert is sent again, after pauses of 100 ms, 200 ms, 400 ms … 10 s, when the daemon cannot be \
         reached; for streams.",
    ),
    key("syslog_output.remote.insecure", Bool(false), "Do not check the daemon's certificate."),
    key("syslog_output.remote.ca_cert", Text(""), "A file with certificates to trust."),
    key(
        "syslog_output.remote.ca_path",
        Text("/etc/ssl/certs"),
        "A folder with certificates to trust, where `ca_cert` is empty.",
    ),
    key("syslog_output.remote.client_cert", Text(""), "A certificate of our own to show, if it is not empty."),
    key("syslog_output.remote.client_key", Text(""), "Its key."),
    key("file_output", Mapping, "Alerts to a file."),
    key("file_output.enabled", Bool(false), "Whether it is used."),
    key("file_output.filename", Text(""), "The file that alerts are appended to."),
    key("file_output.keep_alive", Bool(false), "Keep the file open; only the word `true` says so. SIGUSR1 reopens it."),
    key("program_output", Mapping, "Alerts to a program, one a line."),
    key("program_output.enabled", Bool(false), "Whether it is used."),
    key("program_output.program", Text(""), "The shell command that reads alerts."),
    key("program_output.keep_alive", Bool(false), "One run for all alerts; only the word `true` says so."),
    key("http_output", Mapping, "Alerts posted to a web address."),
    key("http_output.enabled", Bool(false), "Whether it is used."),
    key("http_output.url", Text(""), "The address."),
    key("http_output.user_agent", Text("falcosecurity/falco"), "How requests name their sender."),
    key("http_output.insecure", Bool(false), "Do not check the server's certificate."),
    key("http_output.ca_cert", Text(""), "A file with the certificate to trust."),
    key("http_output.ca_bundle", Text(""), "A file with certificates to trust, where `ca_cert` is empty."),
    key("http_output.ca_path", Text("/etc/ssl/certs"), "A folder with certificates to trust, where neither is given."),
    key("http_output.mtls", Bool(false), "Show a certificate of our own."),
    key("http_output.client_cert", Text("/etc/ssl/certs/client.crt"), "That certificate."),
    key("http_output.client_key", Text("/etc/ssl/certs/client.key"), "Its key."),
    key("http_output.echo", Bool(false), "Print what the server answers."),
    key(
        "http_output.compress_uploads",
        Bool(false),
        "Compress what is sent (gzip); a server that answers 415 gets it plain from then on.",
    ),
    idle(
        "http_output.keep_alive",
        Bool(false),
        "Probe connections that are kept.",
        "idle connections are closed before a probe would be due",
    ),
    key(
        "http_output.max_consecutive_timeouts",
        integer(5, 0, 255),
        "How often an alert is sent again after a timeout.",
    ),
    key(
        "http_output.retries",
        integer(2, 0, 255),
        "How often an alert is sent again, after pauses of 100 ms, 200 ms, 400 ms … 10 s, when the server cannot be \
         reached or answers 408, 425, 429, 500, 502, 503 or 504.",
    ),
    key("http_output.timeout", integer(10_000, 1, U32), "Milliseconds that an attempt may take, answer included."),
    key("http_output.headers", Pairs, "More headers of each request, such as `Authorization`."),
];

const WEB: &[Key] = &[
    key("webserver", Mapping, "Health, versions and metrics over HTTP."),
    key("webserver.enabled", Bool(false), "Whether it is used."),
    key(
        "webserver.threadiness",
        integer(0, 0, U32),
        "Clients expected at the same time; 0 for as many as there are processors.",
    ),
    key("webserver.listen_port", integer(8_765, 0, 65_535), "The port."),
    key("webserver.listen_address", Text("0.0.0.0"), "The address: IPv4 or IPv6, not a name."),
    key("webserver.k8s_healthz_endpoint", Text("/healthz"), "The path that says that the engine is well."),
    key("webserver.prometheus_metrics_enabled", Bool(false), "Serve `/metrics`; needs `metrics.enabled` too."),
    key("webserver.ssl_enabled", Bool(false), "Use TLS."),
    key("webserver.ssl_certificate", Text("/etc/falco/falco.pem"), "One PEM file with certificate and key."),
    key(
        "webserver.reload_token",
        Text(""),
        "What clients must show, as `Authorization: Bearer TOKEN`, to have configuration and rules loaded anew by \
         `POST /reload`; where it is empty, clients on this machine may, and no others.",
    ),
];

const LOG: &[Key] = &[
    key("log_stderr", Bool(false), "Log lines of Windhover itself to standard error."),
    key("log_syslog", Bool(true), "Log lines of Windhover itself to syslog."),
    key(
        "log_level",
        Word(&["info", "emergency", "alert", "critical", "error", "warning", "notice", "debug"]),
        "Log lines less severe than this are left out. Lower case only.",
    ),
    key("libs_logger", Mapping, "Log lines of the libraries inside, which are part of the one log here."),
    idle("libs_logger.enabled", Bool(true), "Whether there are such lines.", "there is one log"),
    key(
        "libs_logger.severity",
        Word(&["info", "trace", "debug", "notice", "warning", "error", "critical", "fatal"]),
        "How severe they must be; checked, and without effect.",
    ),
];

const LOSSES: &[Key] = &[
    key("syscall_event_timeouts", Mapping, "What to do about silence."),
    key(
        "syscall_event_timeouts.max_consecutives",
        bounded(1_000, 1, U32),
        "Empty reads in a row, 30 ms each, after which an alert says so.",
    ),
    key("syscall_event_drops", Mapping, "What to do when events are lost."),
    key(
        "syscall_event_drops.threshold",
        Float { default: 0.1, least: 0.0, most: 1.0 },
        "Part of a second's events that must be lost before anything is done.",
    ),
    key(
        "syscall_event_drops.actions",
        Texts,
        "What is done: `ignore` (if nothing is named), `log`, `alert`, `exit`. Losses are counted whatever is done.",
    ),
    key("syscall_event_drops.rate", Float { default: 0.033_33, least: 0.0, most: f64::MAX }, "How often, a second."),
    key("syscall_event_drops.max_burst", Float { default: 1.0, least: 0.0, most: f64::MAX }, "How often at once."),
    key("syscall_event_drops.simulate_drops", Bool(false), "Pretend to lose an event every second, for testing."),
];

const METRICS: &[Key] = &[
    key("metrics", Mapping, "Snapshots of counters."),
    key("metrics.enabled", Bool(false), "Whether they are taken."),
    key(
        "metrics.interval",
        Text("1h"),
        "How often: numbers with units, largest first (1h, 15m, 1h30m), 100ms or more.",
    ),
    key("metrics.output_rule", Bool(false), "As alerts."),
    key("metrics.output_file", Text(""), "As lines of JSON appended to this file."),
    key("metrics.rules_counters_enabled", Bool(true), "Alerts by rule."),
    key("metrics.resource_utilization_enabled", Bool(true), "Processor and memory of Windhover and of the machine."),
    key("metrics.state_counters_enabled", Bool(true), "Sizes of the model, and what was looked up in it."),
    key("metrics.kernel_event_counters_enabled", Bool(true), "Events seen and lost by the probe."),
    key("metrics.kernel_event_counters_per_cpu_enabled", Bool(true), "The same for each processor."),
    idle("metrics.libbpf_stats_enabled", Bool(true), "Run time of the probe's programs.", "not recorded yet"),
    idle("metrics.plugins_metrics_enabled", Bool(true), "Counters of plugins.", "no plugin here has counters"),
    idle(
        "metrics.kernel_iter_event_counters_enabled",
        Bool(true),
        "Counters of BPF iterators.",
        "processes are read from /proc",
    ),
    idle("metrics.jemalloc_stats_enabled", Bool(true), "Counters of jemalloc.", "it is not built in"),
    key("metrics.convert_memory_to_mb", Bool(true), "Memory in MB in alerts and lines of JSON."),
    key("metrics.include_empty_values", Bool(false), "Counters that are 0 too."),
];

const CAPTURE: &[Key] = &[
    key("capture", Mapping, "Recordings that begin with an alert."),
    key("capture.enabled", Bool(false), "Whether they are made."),
    key("capture.path_prefix", Text("/tmp/falco"), "Beginning of the files' names; time and event number follow."),
    key(
        "capture.mode",
        Word(&["rules", "all_rules"]),
        "Whether only rules with `capture: true` begin one, or every rule.",
    ),
    key(
        "capture.default_duration",
        integer(5_000, 0, U32),
        "Milliseconds that it goes on after the last alert, where the rule does not say.",
    ),
    key("capture.max_file_size_mb", bounded(0, 0, 1 << 20), "MiB at which it ends; 0 for no limit."),
    key("flight_recorder", Mapping, "What recordings around alerts hold of the time before; Windhover's own."),
    key(
        "flight_recorder.seconds",
        bounded(0, 0, 3600),
        "How many seconds before its alert a recording begins; 0 for the alert's event.",
    ),
    key(
        "flight_recorder.max_mib",
        bounded(64, 5, 4096),
        "MiB of memory that may hold these events. When more happens than that holds, recordings begin later, and the log \
         says so.",
    ),
    key(
        "flight_recorder.scope",
        Word(&["machine", "container", "process_tree"]),
        "Whose events a recording around an alert holds, before and after it: all; those of the alert's container, or of \
         the host; those of whatever descends from the leader of the session of the alert's process, and of the process's \
         ancestors. Of others there is what names depend on, not to be shown.",
    ),
];

const COLLECTION: &[Key] = &[
    key("base_syscalls", Mapping, "Which system calls are collected beside those that rules ask for."),
    key(
        "base_syscalls.custom_set",
        Texts,
        "Names to collect instead of those that the model needs, and `!name` for those not to collect.",
    ),
    key("base_syscalls.repair", Bool(false), "Collect the fewest calls with which the rules still work."),
    key("base_syscalls.all", Bool(false), "Collect reads and writes too, if rules ask for them."),
    key(
        "kernel_verdicts",
        Bool(true),
        "Keep in the kernel what no rule can match, if nothing is recorded (`capture.enabled`); Windhover's own.",
    ),
    key("falco_libs", Mapping, "Bounds of the model."),
    key("falco_libs.thread_table_size", integer(262_144, 0, U32), "Threads known at most; 0 for the default."),
    key(
        "falco_libs.thread_table_auto_purging_interval_s",
        integer(300, 0, U32),
        "Seconds between looks for threads that have ended unseen.",
    ),
    key(
        "falco_libs.thread_table_auto_purging_thread_timeout_s",
        integer(300, 0, U32),
        "Seconds that such a thread must have been silent.",
    ),
    key("falco_libs.snaplen", integer(0, 0, U32), "Bytes kept of what system calls read and write; 0 for 80."),
];
