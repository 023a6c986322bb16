//! One record of metrics, as JSON has it.

use serde_json::{Map, Value, json};

use super::metric_name;
use super::resource::{Resources, tenths};
use crate::loss::{FullByClass, Losses};
use crate::status::{Facts, KernelCounts, Measurement};

/// Source of the events that are measured.
const SOURCE: &str = "syscall";
/// The reference's name of an eBPF probe as the source of events.
const ENGINE: &str = "modern_bpf";
const NANOS: f64 = 1e9;

/// Which groups a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct MetricGroups {
    pub rules: bool,
    pub resources: bool,
    pub state: bool,
    pub kernel: bool,
    pub kernel_per_cpu: bool,
    /// Memory in MB, else in KiB or bytes.
    pub memory_in_mb: bool,
    /// Counters that are 0 are there too.
    pub empty: bool,
}

/// The fields of a record. `earlier` is the record's predecessor, if there was one.
pub fn snapshot(
    facts: &Facts,
    now: &Measurement,
    earlier: Option<&Measurement>,
    resources: &Resources,
    groups: MetricGroups,
) -> Map<String, Value> {
    let mut fields = Fields { map: Map::new(), empty: groups.empty };
    let seconds = earlier.map(|earlier| now.now.saturating_sub(earlier.now) as f64 / NANOS);
    fields.facts(facts, now);
    fields.events(now, earlier, seconds);
    fields.outputs(now);
    if groups.rules {
        fields.rules(now);
    }
    if groups.resources {
        fields.resources(resources, groups.memory_in_mb);
    }
    if groups.state {
        fields.state(now);
    }
    if groups.kernel {
        fields.kernel(&now.kernel.totals, earlier.map(|earlier| &earlier.kernel.totals), seconds);
    }
    if groups.kernel {
        fields.kinds_and_rings(&now.kernel);
    }
    if groups.kernel_per_cpu {
        for (number, cpu) in now.kernel.cpus.iter().enumerate() {
            fields.count(format!("scap.n_evts_cpu_{number}"), cpu.seen);
            fields.count(format!("scap.n_drops_cpu_{number}"), cpu.lost);
        }
    }
    fields.map
}

struct Fields {
    map: Map<String, Value>,
    empty: bool,
}

impl Fields {
    fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.map.insert(key.into(), value.into());
    }

    /// A number that is left out where it is 0, unless wanted.
    fn count(&mut self, key: impl Into<String>, value: u64) {
        if value > 0 || self.empty {
            self.set(key, value);
        }
    }

    fn fraction(&mut self, key: &str, value: f64) {
        if value != 0.0 || self.empty {
            self.set(key, value);
        }
    }

    fn facts(&mut self, facts: &Facts, now: &Measurement) {
        self.set("evt.time", now.now);
        self.set("evt.hostname", facts.hostname.as_str());
        self.set("evt.source", SOURCE);
        self.set("falco.version", facts.version.as_str());
        self.set("falco.kernel_release", facts.kernel_release.as_str());
        self.set("falco.start_ts", facts.start_ts);
        self.set("falco.reload_ts", facts.reload_ts);
        self.set("falco.duration_sec", now.now.saturating_sub(facts.start_ts) / 1_000_000_000);
        self.set("falco.host_boot_ts", now.host_boot_ts);
        self.set("falco.host_num_cpus", now.host_cpus);
        self.set("falco.outputs_queue_num_drops", now.queue_drops());
        self.set("windhover.reloads_succeeded", now.reloads.succeeded);
        self.set("windhover.reloads_failed", now.reloads.failed);
        self.set("scap.engine_name", ENGINE);
        for (kind, files) in [("rules", &facts.rules_files), ("config", &facts.config_files)] {
            for file in files {
                let stem = file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem);
                self.set(format!("falco.sha256_{kind}_file.{}", metric_name(stem)), file.sha256.as_str());
            }
        }
        for interface in &now.interfaces {
            for (protocol, addresses) in [("ipv4", &interface.v4), ("ipv6", &interface.v6)] {
                if !addresses.is_empty() {
                    let name = &interface.name;
                    let key = format!("falco.host_netinfo.interfaces.{name}.protocols.{protocol}.addresses");
                    self.set(key, addresses.join(","));
                }
            }
        }
    }

    fn events(&mut self, now: &Measurement, earlier: Option<&Measurement>, seconds: Option<f64>) {
        let before = earlier.map_or(0, |earlier| earlier.events.received);
        self.set("falco.num_evts", now.events.received);
        self.set("falco.num_evts_prev", before);
        if let Some(seconds) = seconds.filter(|seconds| *seconds > 0.0) {
            self.set("falco.evts_rate_sec", rate(now.events.received, before, seconds));
        }
    }

    fn rules(&mut self, now: &Measurement) {
        self.count("falco.rules.matches_total", now.matches());
        for rule in &now.rules {
            let name = metric_name(&rule.name);
            if rule.samples > 0 {
                self.set(format!("windhover.rule_samples.{name}"), rule.samples);
                self.set(format!("windhover.rule_sampled_ns.{name}"), rule.sampled_nanos);
            }
            self.count(format!("falco.rules.{name}"), rule.hits);
        }
    }

    fn resources(&mut self, used: &Resources, in_mb: bool) {
        self.fraction("falco.cpu_usage_perc", used.cpu_percent);
        self.fraction("falco.host_cpu_usage_perc", used.host_cpu_percent);
        let memory = [
            ("falco.memory_rss", "kb", used.rss_kb, 1024.0),
            ("falco.memory_vsz", "kb", used.vsz_kb, 1024.0),
            ("falco.memory_pss", "kb", used.pss_kb, 1024.0),
            ("falco.container_memory_used", "bytes", used.container_bytes, 1_048_576.0),
            ("falco.host_memory_used", "kb", used.host_memory_kb, 1024.0),
        ];
        for (name, unit, value, per_mb) in memory {
            if in_mb {
                self.fraction(&format!("{name}_mb"), tenths(value as f64 / per_mb));
            } else {
                self.count(format!("{name}_{unit}"), value);
            }
        }
        self.count("falco.host_procs_running", used.host_procs_running);
        self.count("falco.host_open_fds", used.host_open_fds);
    }

    fn state(&mut self, now: &Measurement) {
        self.count("falco.n_threads", now.model.threads);
        self.count("falco.n_fds", now.model.fds);
        for (name, value) in now.model.work() {
            self.count(format!("falco.{name}"), value);
        }
        for (name, value) in now.model.limits() {
            self.count(format!("windhover.{name}"), value);
        }
    }

    fn outputs(&mut self, now: &Measurement) {
        for channel in &now.channels {
            for (what, value) in [
                ("delivered", channel.delivered),
                ("queued", channel.queued as u64),
                ("queued_bytes", channel.queued_bytes as u64),
                ("lost_queue_full", channel.lost_queue_full),
                ("lost_failed", channel.lost_failed),
                ("lost_discarded", channel.lost_discarded),
            ] {
                self.count(format!("windhover.outputs.{}.{what}", channel.name), value);
            }
        }
    }

    fn kinds_and_rings(&mut self, now: &KernelCounts) {
        for kind in &now.kinds {
            let side = if kind.dir == ">" { "enter" } else { "exit" };
            for (what, value) in [("lost", kind.lost()), ("settled", kind.settled)] {
                // Most types of most machines have none.
                if value > 0 {
                    self.set(format!("windhover.{what}.{}_{side}", kind.name), value);
                }
            }
        }
        for ring in &now.rings {
            self.set(format!("windhover.ring_{}.bytes", ring.name), ring.bytes);
            self.count(format!("windhover.ring_{}.waiting_bytes", ring.name), ring.waiting);
            self.count(format!("windhover.ring_{}.peak_bytes", ring.name), ring.peak);
        }
    }

    fn kernel(&mut self, now: &Losses, earlier: Option<&Losses>, seconds: Option<f64>) {
        let none = Losses::default();
        let before = earlier.unwrap_or(&none);
        let seconds = seconds.unwrap_or(0.0);
        let (lost, lost_before) = (now.total(), before.total());
        let seen_since = now.seen.saturating_sub(before.seen);
        let part = if seen_since == 0 { 0.0 } else { rate(lost, lost_before, seen_since as f64 / 100.0) };
        self.set("scap.n_evts", now.seen);
        self.set("scap.n_evts_prev", before.seen);
        self.set("scap.evts_rate_sec", rate(now.seen, before.seen, seconds));
        self.set("scap.n_drops", lost);
        self.set("scap.n_drops_prev", lost_before);
        self.set("scap.evts_drop_rate_sec", rate(lost, lost_before, seconds));
        self.set("scap.n_drops_perc", json!(part));
        self.count("scap.n_drops_buffer_total", now.full.total);
        for (class, count) in full_by_class(&now.full) {
            self.count(format!("scap.n_drops_buffer_{class}_exit"), count);
        }
        // Events that have no start here cannot be lost at it.
        for class in ["clone_fork", "connect", "dir_file", "execve", "open", "other_interest"] {
            self.count(format!("scap.n_drops_buffer_{class}_enter"), 0);
        }
        self.count("scap.n_drops_scratch_map", now.unmade);
    }
}

/// The reference's classes of events, and how many of each full buffers lost.
pub fn full_by_class(full: &FullByClass) -> [(&'static str, u64); 8] {
    [
        ("clone_fork", full.clone_fork),
        ("execve", full.execve),
        ("connect", full.connect),
        ("open", full.open),
        ("dir_file", full.dir_file),
        ("other_interest", full.other_interest),
        ("close", full.close),
        ("proc", full.proc_exit),
    ]
}

/// Per second, with one digit behind the point.
fn rate(now: u64, before: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { tenths(now.saturating_sub(before) as f64 / seconds) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use windhover_outputs::{ChannelStats, Priority};

    use super::*;
    use crate::status::{CpuCounts, FileDigest, InterfaceAddresses, KindCounts, RingFill, RuleHits};

    const ALL: MetricGroups = MetricGroups {
        rules: true,
        resources: true,
        state: true,
        kernel: true,
        kernel_per_cpu: true,
        memory_in_mb: true,
        empty: false,
    };
    const NONE: MetricGroups = MetricGroups {
        rules: false,
        resources: false,
        state: false,
        kernel: false,
        kernel_per_cpu: false,
        memory_in_mb: true,
        empty: false,
    };

    fn measured() -> (Facts, Measurement, Resources) {
        let digest = |name: &str| FileDigest { name: name.to_owned(), sha256: "ab".to_owned() };
        let facts = Facts {
            version: "1".into(),
            start_ts: 1_000_000_000,
            rules_files: vec![digest("falco_rules.yaml")],
            config_files: vec![digest("falco.yaml")],
            ..Facts::default()
        };
        let rule = |name: &str, hits| RuleHits {
            name: name.into(),
            priority: Priority::Error,
            source: "syscall".into(),
            tags: [].into(),
            hits,
            samples: 2 * hits,
            sampled_nanos: 100 * hits,
        };
        let mut now =
            Measurement { now: 4_500_000_000, rules: vec![rule("A b", 2), rule("C", 0)], ..Default::default() };
        now.events.received = 500;
        now.interfaces = vec![InterfaceAddresses { name: "eth0".into(), v4: vec!["10.0.0.5".into()], v6: vec![] }];
        now.model.threads = 12;
        now.model.counters.n_added_fds = 3;
        now.kernel.totals = Losses { seen: 1000, unmade: 1, ..Losses::default() };
        now.kernel.totals.full.total = 9;
        now.kernel.totals.full.open = 4;
        now.kernel.cpus = vec![CpuCounts { seen: 600, lost: 0 }, CpuCounts { seen: 400, lost: 10 }];
        now.kernel.kinds =
            vec![KindCounts { name: "open", dir: "<", shed: 1, ring_full: 2, settled: 8, ..KindCounts::default() }];
        now.kernel.rings = vec![RingFill { name: "0".into(), bytes: 4096, waiting: 0, peak: 99 }];
        now.model.counters.fds_refused = 5;
        now.reloads.succeeded = 3;
        now.channels = vec![ChannelStats { name: "http".into(), queued: 6, lost_failed: 7, ..ChannelStats::default() }];
        let used = Resources { rss_kb: 1536, container_bytes: 1_048_576, cpu_percent: 1.5, ..Resources::default() };
        (facts, now, used)
    }

    #[test]
    fn a_record_has_the_keys_of_its_groups() {
        let (facts, now, used) = measured();
        let mut earlier = now.clone();
        earlier.now -= 2_000_000_000;
        earlier.events.received = 100;
        earlier.kernel.totals = Losses { seen: 500, unmade: 1, ..Losses::default() };
        let record = snapshot(&facts, &now, Some(&earlier), &used, ALL);
        let table = [
            ("evt.time", json!(4_500_000_000_u64)),
            ("evt.source", json!("syscall")),
            ("falco.duration_sec", json!(3)),
            ("falco.num_evts", json!(500)),
            ("falco.num_evts_prev", json!(100)),
            ("falco.evts_rate_sec", json!(200.0)),
            ("falco.sha256_rules_file.falco_rules", json!("ab")),
            ("falco.sha256_config_file.falco", json!("ab")),
            ("falco.host_netinfo.interfaces.eth0.protocols.ipv4.addresses", json!("10.0.0.5")),
            ("falco.rules.matches_total", json!(2)),
            ("falco.rules.A_b", json!(2)),
            ("falco.memory_rss_mb", json!(1.5)),
            ("falco.container_memory_used_mb", json!(1.0)),
            ("falco.cpu_usage_perc", json!(1.5)),
            ("falco.n_threads", json!(12)),
            ("falco.n_added_fds", json!(3)),
            ("scap.n_evts", json!(1000)),
            ("scap.n_evts_prev", json!(500)),
            ("scap.evts_rate_sec", json!(250.0)),
            ("scap.n_drops", json!(10)),
            ("scap.n_drops_prev", json!(1)),
            ("scap.evts_drop_rate_sec", json!(4.5)),
            ("scap.n_drops_perc", json!(1.8)),
            ("scap.n_drops_buffer_total", json!(9)),
            ("scap.n_drops_buffer_open_exit", json!(4)),
            ("scap.n_drops_scratch_map", json!(1)),
            ("scap.n_evts_cpu_1", json!(400)),
            ("scap.n_drops_cpu_1", json!(10)),
            ("scap.engine_name", json!("modern_bpf")),
            ("windhover.reloads_succeeded", json!(3)),
            ("windhover.reloads_failed", json!(0)),
            ("windhover.rule_samples.A_b", json!(4)),
            ("windhover.rule_sampled_ns.A_b", json!(200)),
            ("windhover.fds_refused", json!(5)),
            ("windhover.outputs.http.queued", json!(6)),
            ("windhover.outputs.http.lost_failed", json!(7)),
            ("windhover.lost.open_exit", json!(3)),
            ("windhover.settled.open_exit", json!(8)),
            ("windhover.ring_0.bytes", json!(4096)),
            ("windhover.ring_0.peak_bytes", json!(99)),
        ];
        for (key, value) in table {
            assert_eq!(record.get(key), Some(&value), "{key}");
        }
        for key in [
            "falco.rules.C",
            "windhover.rule_samples.C",
            "falco.n_fds",
            "scap.n_drops_cpu_0",
            "scap.n_drops_buffer_open_enter",
        ] {
            assert_eq!(record.get(key), None, "{key}");
        }
    }

    #[test]
    fn groups_and_empty_values_are_left_out_unless_wanted() {
        let (facts, now, used) = measured();
        let least = snapshot(&facts, &now, None, &used, NONE);
        assert!(!least.keys().any(|key| key.starts_with("falco.rules") || key.contains("memory")), "{least:?}");
        assert_eq!(least.keys().filter(|key| key.starts_with("scap.")).collect::<Vec<_>>(), ["scap.engine_name"]);
        assert!(!least.contains_key("falco.evts_rate_sec") && least.contains_key("falco.num_evts_prev"));
        let all = snapshot(&facts, &now, None, &used, MetricGroups { empty: true, memory_in_mb: false, ..ALL });
        for key in ["falco.rules.C", "falco.n_fds", "scap.n_drops_cpu_0", "scap.n_drops_buffer_proc_exit"] {
            assert_eq!(all.get(key), Some(&json!(0)), "{key}");
        }
        assert_eq!(all.get("falco.memory_rss_kb"), Some(&json!(1536)));
        assert_eq!(all.get("falco.container_memory_used_bytes"), Some(&json!(1_048_576)));
        assert_eq!(all.get("scap.evts_rate_sec"), Some(&json!(0.0)));
    }
}
