//! Metrics as Prometheus reads them. The names that begin with `falcosecurity_` are the reference's; those that begin
//! with `windhover_` are ours.

use std::fmt::{Display, Write as _};

use windhover_engine::metric::{MetricGroups, Resources, full_by_class};
use windhover_engine::{Facts, Measurement};

/// What a metric's `HELP` line of the reference points to.
const HELP: &str = "https://falco.org/docs/metrics/";
/// The reference's name of an eBPF probe as the source of events.
const ENGINE: &str = "modern_bpf";
const SOURCE: &str = "syscall";
const COUNTER: &str = "counter";
const GAUGE: &str = "gauge";
/// Units that a name may hold, and that stand at its end instead.
const UNITS: [&str; 9] = ["_kb", "_bytes", "_mb", "_perc", "_percentage", "_ratio", "_ns", "_ts", "_sec"];

/// Writes what was measured in the Prometheus text format 0.0.4. Memory is in bytes and percentages are ratios,
/// whatever the groups say about units; counters that are 0 are there.
pub fn render(facts: &Facts, measured: &Measurement, used: &Resources, groups: MetricGroups) -> String {
    let mut page = Page::default();
    page.facts(facts, measured);
    if groups.rules {
        page.rules(measured);
    }
    if groups.resources {
        page.resources(used);
    }
    if groups.state {
        page.state(measured);
    }
    if groups.kernel {
        page.kernel(measured);
    }
    if groups.kernel_per_cpu && !measured.kernel.cpus.is_empty() {
        for (name, count) in [("n_evts_cpu", false), ("n_drops_cpu", true)] {
            let mut family = page.family(&full_name("scap", name, "total"), COUNTER, HELP);
            for (number, cpu) in measured.kernel.cpus.iter().enumerate() {
                family.sample(&[("cpu", &number.to_string())], if count { cpu.lost } else { cpu.seen });
            }
        }
    }
    page.ours(measured, groups);
    page.text
}

/// The full name of a metric of the reference: `falcosecurity_` subsystem, name without units, unit.
pub fn full_name(subsystem: &str, name: &str, unit: &str) -> String {
    let mut stem = name.to_owned();
    for removed in UNITS.iter().chain(&["_total"]) {
        stem = stem.replace(removed, "");
    }
    let name = format!("falcosecurity_{subsystem}_{stem}_{unit}");
    windhover_engine::metric::metric_name(&name)
}

#[derive(Debug, Default)]
struct Page {
    text: String,
}

/// A metric with its samples.
struct Family<'a> {
    text: &'a mut String,
    name: String,
}

impl Family<'_> {
    /// A line with labels, which are sorted by name.
    fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let mut labels = labels.to_vec();
        labels.sort_unstable_by_key(|(key, _)| *key);
        self.text.push_str(&self.name);
        for (at, (key, value)) in labels.iter().enumerate() {
            self.text.push(if at == 0 { '{' } else { ',' });
            _ = write!(self.text, "{key}=\"{}\"", escaped(value));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        _ = writeln!(self.text, "{end} {value}");
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

impl Page {
    /// Begins a metric.
    fn family(&mut self, name: &str, kind: &str, help: &str) -> Family<'_> {
        _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family { text: &mut self.text, name: name.to_owned() }
    }

    /// A metric of the reference with one sample.
    fn single(&mut self, subsystem: &str, name: &str, unit: &str, kind: &str, value: impl Display) {
        self.family(&full_name(subsystem, name, unit), kind, HELP).sample(&[], value);
    }

    fn facts(&mut self, facts: &Facts, now: &Measurement) {
        let mut info = |subsystem, name, labels: &[(&str, &str)]| {
            self.family(&full_name(subsystem, name, "info"), GAUGE, HELP).sample(labels, 1);
        };
        info("falco", "version", &[("version", &facts.version)]);
        info("falco", "kernel_release", &[("kernel_release", &facts.kernel_release)]);
        info("evt", "hostname", &[("hostname", &facts.hostname)]);
        info("scap", "engine_name", &[("engine_name", ENGINE), ("evt_source", SOURCE)]);
        for (name, files) in [("rules", &facts.rules_files), ("config", &facts.config_files)] {
            if files.is_empty() {
                continue;
            }
            let mut family = self.family(&full_name("falco", &format!("sha256_{name}_files"), "info"), GAUGE, HELP);
            for file in files {
                family.sample(&[("file_name", &file.name), ("sha256", &file.sha256)], 1);
            }
        }
        let stamp = "timestamp_nanoseconds";
        self.single("falco", "start_ts", stamp, GAUGE, facts.start_ts);
        self.single("falco", "reload_ts", stamp, GAUGE, facts.reload_ts);
        self.single("falco", "host_boot_ts", stamp, GAUGE, now.host_boot_ts);
        let seconds = now.now.saturating_sub(facts.start_ts) / 1_000_000_000;
        self.single("falco", "duration_sec", "seconds_total", COUNTER, seconds);
        self.single("falco", "host_num_cpus", "total", GAUGE, now.host_cpus);
        self.single("falco", "outputs_queue_num_drops", "total", COUNTER, now.queue_drops());
    }

    fn rules(&mut self, now: &Measurement) {
        let matched: Vec<_> = now.rules.iter().filter(|rule| rule.hits > 0).collect();
        if matched.is_empty() {
            return;
        }
        let mut family = self.family(&full_name("falco", "rules_matches", "total"), COUNTER, HELP);
        for rule in matched {
            let priority = rule.priority.rank().to_string();
            let tags: Vec<_> =
                rule.tags.iter().map(|tag| windhover_engine::metric::metric_name(&format!("tag_{tag}"))).collect();
            let mut labels: Vec<(&str, &str)> =
                vec![("rule_name", &rule.name), ("priority", &priority), ("source", &rule.source)];
            labels.extend(tags.iter().map(|tag| (tag.as_str(), "true")));
            labels.sort_unstable();
            // Two tags may have the same name as a label.
            labels.dedup();
            family.sample(&labels, rule.hits);
        }
    }

    fn resources(&mut self, used: &Resources) {
        let ratio = |percent: f64| format!("{:.6}", percent / 100.0);
        self.single("falco", "cpu_usage_perc", "ratio", GAUGE, ratio(used.cpu_percent));
        self.single("falco", "host_cpu_usage_perc", "ratio", GAUGE, ratio(used.host_cpu_percent));
        for (name, kb) in [
            ("memory_rss_kb", used.rss_kb),
            ("memory_vsz_kb", used.vsz_kb),
            ("memory_pss_kb", used.pss_kb),
            ("host_memory_used_kb", used.host_memory_kb),
        ] {
            self.single("falco", name, "bytes", GAUGE, kb.saturating_mul(1024));
        }
        self.single("falco", "container_memory_used_bytes", "bytes", GAUGE, used.container_bytes);
        self.single("falco", "host_procs_running", "total", GAUGE, used.host_procs_running);
        self.single("falco", "host_open_fds", "total", GAUGE, used.host_open_fds);
    }

    fn state(&mut self, now: &Measurement) {
        self.single("scap", "n_threads", "total", GAUGE, now.model.threads);
        self.single("scap", "n_fds", "total", GAUGE, now.model.fds);
        for (name, value) in now.model.work() {
            self.single("scap", name, "total", COUNTER, value);
        }
    }

    fn kernel(&mut self, now: &Measurement) {
        let totals = &now.kernel.totals;
        self.single("scap", "n_evts", "total", COUNTER, totals.seen);
        self.single("scap", "n_drops", "total", COUNTER, totals.total());
        let mut family = self.family(&full_name("scap", "n_drops_buffer", "total"), COUNTER, HELP);
        for (class, count) in full_by_class(&totals.full) {
            family.sample(&[("drop", class), ("dir", "exit")], count);
            if !matches!(class, "close" | "proc") {
                family.sample(&[("drop", class), ("dir", "enter")], 0);
            }
        }
        self.single("scap", "n_drops_scratch_map", "total", COUNTER, totals.unmade);
    }

    /// What the reference does not tell.
    fn ours(&mut self, now: &Measurement, groups: MetricGroups) {
        if groups.rules && !now.rules.is_empty() {
            let mut family =
                self.family("windhover_rule_matches_total", COUNTER, "Matches by rule, also of those without any.");
            for rule in &now.rules {
                family.sample(&[("rule", &rule.name), ("source", &rule.source)], rule.hits);
            }
            self.rule_costs(now);
        }
        let help = "Events that came to the engine, by what became of them.";
        let mut family = self.family("windhover_events_total", COUNTER, help);
        family.sample(&[("outcome", "received")], now.events.received);
        family.sample(&[("outcome", "shown")], now.events.shown);
        family.sample(&[("outcome", "malformed")], now.events.malformed);
        let mut family =
            self.family("windhover_reloads_total", COUNTER, "Reloads of configuration and rules, by result.");
        family.sample(&[("result", "succeeded")], now.reloads.succeeded);
        family.sample(&[("result", "failed")], now.reloads.failed);
        if groups.kernel && !now.kernel.kinds.is_empty() {
            self.kinds(now);
            self.settled(now);
        }
        if groups.kernel && !now.kernel.rings.is_empty() {
            self.rings(now);
        }
        if groups.state {
            let help =
                "What the model's tables refused because they were full, and removed without having seen its end.";
            let mut family = self.family("windhover_model_limits_total", COUNTER, help);
            for (what, count) in now.model.limits() {
                family.sample(&[("what", what)], count);
            }
        }
        if !now.channels.is_empty() {
            self.channels(now);
        }
    }

    fn rule_costs(&mut self, now: &Measurement) {
        let measured: Vec<_> = now.rules.iter().filter(|rule| rule.samples > 0).collect();
        if measured.is_empty() {
            return;
        }
        let help = "Evaluations of a rule's condition by itself, on about one event of 1024.";
        let mut family = self.family("windhover_rule_samples_total", COUNTER, help);
        for rule in &measured {
            family.sample(&[("rule", &rule.name), ("source", &rule.source)], rule.samples);
        }
        let help = "Time that those evaluations took.";
        let mut family = self.family("windhover_rule_sampled_seconds_total", COUNTER, help);
        for rule in &measured {
            let seconds = format!("{:.9}", rule.sampled_nanos as f64 / 1e9);
            family.sample(&[("rule", &rule.name), ("source", &rule.source)], seconds);
        }
    }

    fn rings(&mut self, now: &Measurement) {
        let mut family = self.family("windhover_ring_bytes", GAUGE, "Sizes of ring buffers.");
        for ring in &now.kernel.rings {
            family.sample(&[("ring", &ring.name)], ring.bytes);
        }
        let mut family = self.family("windhover_ring_waiting_bytes", GAUGE, "Bytes that wait in ring buffers.");
        for ring in &now.kernel.rings {
            family.sample(&[("ring", &ring.name)], ring.waiting);
        }
        let help = "The most bytes that were seen waiting in ring buffers since the start.";
        let mut family = self.family("windhover_ring_peak_bytes", GAUGE, help);
        for ring in &now.kernel.rings {
            family.sample(&[("ring", &ring.name)], ring.peak);
        }
    }

    fn kinds(&mut self, now: &Measurement) {
        let mut family = self.family("windhover_kernel_events_total", COUNTER, "Events that the kernel saw, by type.");
        for kind in &now.kernel.kinds {
            family.sample(&[("type", kind.name), ("dir", kind.dir)], kind.seen);
        }
        let help = "Events that were lost, by type and cause.";
        let mut family = self.family("windhover_kernel_events_lost_total", COUNTER, help);
        for kind in &now.kernel.kinds {
            for (reason, count) in [
                ("ring_full", kind.ring_full),
                ("too_large", kind.too_large),
                ("no_scratch", kind.no_scratch),
                ("no_program", kind.no_program),
                ("shed", kind.shed),
            ] {
                family.sample(&[("type", kind.name), ("dir", kind.dir), ("reason", reason)], count);
            }
        }
    }

    fn settled(&mut self, now: &Measurement) {
        let settled: Vec<_> = now.kernel.kinds.iter().filter(|kind| kind.settled > 0).collect();
        if settled.is_empty() {
            return;
        }
        let help = "Events settled in the kernel, by type: no rule could match them. Not among those seen.";
        let mut family = self.family("windhover_kernel_events_settled_total", COUNTER, help);
        for kind in settled {
            family.sample(&[("type", kind.name), ("dir", kind.dir)], kind.settled);
        }
    }

    fn channels(&mut self, now: &Measurement) {
        let mut family = self.family("windhover_output_queue_alerts", GAUGE, "Alerts that wait, by output.");
        for channel in &now.channels {
            family.sample(&[("output", &channel.name)], channel.queued);
        }
        let mut family = self.family("windhover_output_queue_bytes", GAUGE, "Bytes of alerts that wait, by output.");
        for channel in &now.channels {
            family.sample(&[("output", &channel.name)], channel.queued_bytes);
        }
        let mut family = self.family("windhover_output_delivered_total", COUNTER, "Alerts delivered, by output.");
        for channel in &now.channels {
            family.sample(&[("output", &channel.name)], channel.delivered);
        }
        let mut family = self.family("windhover_output_lost_total", COUNTER, "Alerts lost, by output and cause.");
        for channel in &now.channels {
            for (reason, count) in [
                ("queue_full", channel.lost_queue_full),
                ("failed", channel.lost_failed),
                ("discarded", channel.lost_discarded),
            ] {
                family.sample(&[("output", &channel.name), ("reason", reason)], count);
            }
        }
    }
}
