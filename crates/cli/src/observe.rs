//! What others may see of a running engine: facts about it, its metrics, and the web server.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{SystemTime, UNIX_EPOCH};

use graviola::hashing::{Hash as _, Sha256};
use windhover_engine::file::RulesFile;
use windhover_engine::metric::{MetricGroups, MetricsOptions};
use windhover_engine::{Engine, Facts, FileDigest, Signals, Status};
use windhover_web::{Metrics, ReloadDoor, Site, StartWebServerError, WebOptions, WebServer};

use crate::config::{Config, LoadedConfig, MetricsConfig, WebServer as WebServerConfig};
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

/// The web server, if there is one, and what it was started with.
#[derive(Debug)]
pub struct Served {
    status: Arc<Status>,
    ask: Arc<AtomicBool>,
    running: Option<(WebServer, WebOptions, Site)>,
}

impl Served {
    /// Starts the server that a configuration asks for.
    pub fn start(config: &Config, engine: &Engine, signals: &Signals) -> Result<Self, Failure> {
        let (status, ask) = (Arc::clone(engine.status()), Arc::clone(&signals.reload));
        let mut served = Self { status, ask, running: None };
        served.follow(config)?;
        Ok(served)
    }

    /// Goes by another configuration. Where that cannot be done, the server stays as it was.
    pub fn follow(&mut self, config: &Config) -> Result<(), StartWebServerError> {
        let Some(wanted) = &config.webserver else {
            self.running = None;
            return Ok(());
        };
        let (options, site) = (web_options(wanted), self.site(wanted, config.metrics.as_ref()));
        if let Some((server, before, shown)) = &mut self.running
            && (before.address, before.threads) == (options.address, options.threads)
        {
            server.exchange(options.certificate.as_deref(), site.clone())?;
            (*before, *shown) = (options, site);
            return Ok(());
        }
        match WebServer::start(&options, site.clone()) {
            Ok(server) => self.running = Some((server, options, site)),
            Err(e) => self.start_in_place(options, site, e)?,
        }
        Ok(())
    }

    /// Starts a server on the port of the one that runs, which has to make room first.
    fn start_in_place(
        &mut self,
        options: WebOptions,
        site: Site,
        e: StartWebServerError,
    ) -> Result<(), StartWebServerError> {
        let in_the_way = |before: &WebOptions| before.address.port() == options.address.port();
        let Some((server, before, shown)) = self.running.take_if(|(_, before, _)| in_the_way(before)) else {
            return Err(e);
        };
        server.stop();
        let started = WebServer::start(&options, site.clone());
        let (again, options, site) = match started {
            Ok(server) => {
                self.running = Some((server, options, site));
                return Ok(());
            }
            Err(e) => (e, before, shown),
        };
        self.running = WebServer::start(&options, site.clone()).ok().map(|server| (server, options, site));
        Err(again)
    }

    fn site(&self, config: &WebServerConfig, metrics: Option<&MetricsConfig>) -> Site {
        let metrics = metrics.filter(|_| config.prometheus).map(|metrics| Metrics {
            status: Arc::clone(&self.status),
            groups: groups(metrics),
            host_root: host::root(),
        });
        let (status, ask) = (Arc::clone(&self.status), Arc::clone(&self.ask));
        let reload = Some(ReloadDoor { status, ask, token: config.reload_token.clone() });
        Site { healthz: config.healthz.clone(), versions: print::versions().to_string(), metrics, reload }
    }
}

fn web_options(config: &WebServerConfig) -> WebOptions {
    let threads = match config.threads {
        0 => std::thread::available_parallelism().map_or(FEWEST_THREADS, |n| n.get().max(FEWEST_THREADS)),
        threads => threads as usize,
    };
    WebOptions { address: (config.address, config.port).into(), threads, certificate: config.certificate.clone() }
}
