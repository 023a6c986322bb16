//! What others may see of a running engine: facts about it, its metrics, and the web server.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use graviola::hashing::{Hash as _, Sha256};
use windhover_engine::file::RulesFile;
use windhover_engine::metric::{MetricGroups, MetricsOptions};
use windhover_engine::{Engine, Facts, FileDigest, Signals};
use windhover_web::{Metrics, ReloadDoor, Site, WebOptions, WebServer};

use crate::config::{LoadedConfig, MetricsConfig, WebServer as WebServerConfig};
use crate::failure::Failure;
use crate::{host, print};

/// With as many threads as there are processors, there are at least these.
const FEWEST_THREADS: usize = 2;

/// What does not change until the next reload. `start_ts` is that of the first start.
pub fn facts(loaded: &LoadedConfig, rules: &[RulesFile], start_ts: Option<u64>) -> Facts {
    let now = wall_clock();
    let digest = |name: &str, bytes: &[u8]| FileDigest {
        name: Path::new(name).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        sha256: Sha256::hash(bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let config =
        loaded.files.iter().filter_map(|path| Some(digest(&path.to_string_lossy(), &std::fs::read(path).ok()?)));
    Facts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kernel_release: host::kernel(),
        hostname: host::name(),
        start_ts: start_ts.unwrap_or(now),
        reload_ts: now,
        rules_files: rules.iter().map(|file| digest(&file.name, file.text.as_bytes())).collect(),
        config_files: config.collect(),
    }
}

/// Nanoseconds since the epoch.
pub fn wall_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64)
}

/// What is recorded at an interval.
pub fn metrics_options(config: &MetricsConfig) -> MetricsOptions {
    MetricsOptions {
        interval: config.interval,
        alert: config.output_rule,
        file: config.output_file.clone(),
        groups: groups(config),
    }
}

fn groups(config: &MetricsConfig) -> MetricGroups {
    MetricGroups {
        rules: config.rules_counters,
        resources: config.resource_utilization,
        state: config.state_counters,
        kernel: config.kernel_event_counters,
        kernel_per_cpu: config.kernel_event_counters_per_cpu,
        memory_in_mb: config.convert_memory_to_mb,
        empty: config.include_empty_values,
    }
}

/// Starts the web server.
pub fn serve(
    config: &WebServerConfig,
    metrics: Option<&MetricsConfig>,
    engine: &Engine,
    signals: &Signals,
) -> Result<WebServer, Failure> {
    let threads = match config.threads {
        0 => std::thread::available_parallelism().map_or(FEWEST_THREADS, |n| n.get().max(FEWEST_THREADS)),
        threads => threads as usize,
    };
    let options =
        WebOptions { address: (config.address, config.port).into(), threads, certificate: config.certificate.clone() };
    let metrics = metrics.filter(|_| config.prometheus).map(|metrics| Metrics {
        status: engine.status().clone(),
        groups: groups(metrics),
        host_root: host::root(),
    });
    let reload = Some(ReloadDoor {
        status: engine.status().clone(),
        ask: Arc::clone(&signals.reload),
        token: config.reload_token.clone(),
    });
    let site = Site { healthz: config.healthz.clone(), versions: print::versions().to_string(), metrics, reload };
    Ok(WebServer::start(&options, site)?)
}
