//! Running: a capture or the kernel through the rules.

use std::io::{self, IsTerminal, Read as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;
use signal_hook::low_level::pipe;
use windhover_containers::{Containers, Options as ContainerOptions};
use windhover_engine::collection::{Collection, collect};
use windhover_engine::live::{Control, Live, LiveOptions};
use windhover_engine::metric::MetricsOptions;
use windhover_engine::recording::{AlertRecorder, AlertRecording};
use windhover_engine::{ActiveRule, CompiledRules, Engine, Log, Outcome, ReplayEnd, Signal, Signals, replay_with};
use windhover_event::SyscallSet;
use windhover_outputs::{LocalZone, Priority};
use windhover_probe::{Loading, Options, Scope};

use crate::args::{RunArguments, Switch};
use crate::config::{CaptureConfig, Config, EngineKind, LoadedConfig};
use crate::failure::{Failure, print_diagnostics};
use crate::log::{Log as LogWriter, LogEnd, LogOptions};
use crate::look::{self, ProgressBar};
use crate::patience::{self, Stream};
use crate::reload::Reloader;
use crate::watch::Watch;
use crate::{host, observe, setup};

/// Rules named at the end for each type of event that was lost.
const MOST_BLIND: usize = 5;
/// Signals to end that come within this time are one.
const SAME_WISH: Duration = Duration::from_millis(500);
/// Workers that `auto` makes at most: beyond, each lifecycle event costs more than it is worth.
const MOST_WORKERS: u32 = 16;

/// Runs until the capture ends, the time is up, or a signal comes.
pub fn run(arguments: &RunArguments, replayed: Option<&PathBuf>) -> Result<(), Failure> {
    let began = Instant::now();
    let (loaded, sources) = setup::configuration(arguments, replayed)?;
    let config = &loaded.config;
    setup::check_sources(arguments, config)?;
    print_diagnostics(&loaded.warnings, &sources);
    let zone = host::zone();
    let local = host::local(&zone);
    let (log, log_end) = logger(config, local.clone())?;
    log_configuration(&loaded, &log);
    if arguments.print_format.is_some() {
        log(Priority::Warning, "-p/--print is deprecated: use append_output in the configuration");
    }
    let loading = begin_loading(arguments, config, &log)?;
    let files = setup::rules_files(arguments, config)?;
    let in_force = setup::load(&files, config, arguments.print_format.as_deref())?;
    setup::log_schemas(&in_force.loaded, &log);
    print_diagnostics(&setup::findings(&in_force.loaded), &in_force.loaded.sources);
    if arguments.dry_run {
        log(Priority::Informational, "everything is in order; nothing is run (--dry-run)");
        return Ok(());
    }
    if let Some(path) = &arguments.pidfile {
        write_pid(path)?;
    }
    let signals = signals()?;
    let outputs = setup::outputs(config, arguments.unbuffered, &local, &log);
    let options = setup::engine_options(config, arguments.plan.unwrap_or_default().evaluation(), &zone);
    let catalogue = in_force.vocabulary.catalogue().clone();
    let wanted = wanted(&in_force.rules);
    let rules = in_force.rules.len();
    let mut engine = Engine::new(in_force.rules, catalogue, outputs, Arc::clone(&log), options);
    if config.capture.is_none() && !config.flight_recorder.before.duration.is_zero() {
        let text =
            "flight_recorder.seconds has no effect: no recordings are made of alerts (`capture.enabled` is false)";
        log(Priority::Warning, text);
    }
    if let Some(capture) = &config.capture {
        engine.observe(Box::new(AlertRecorder::new(alert_recording(capture, config), Arc::clone(&log))));
    }
    let started = Instant::now();
    let duration = arguments.seconds.map(Duration::from_secs);
    let result = match &config.engine {
        EngineKind::Replay(path) => {
            let mut bar = ProgressBar::new();
            let mut read = None;
            let progress = &mut |progress| bar.draw(progress);
            let end = replay_with(&mut engine, path, duration, &signals, progress, &mut |stats| read = Some(stats));
            bar.clear();
            if let Some(text) = read.and_then(|stats| look::skipped(&stats)) {
                log(Priority::Warning, &text);
            }
            end.map_err(Failure::from).map(|end| {
                if end == ReplayEnd::Stopped {
                    log(Priority::Informational, "stopped by a signal");
                }
            })
        }
        EngineKind::Probe | EngineKind::NoDriver => {
            engine.status().set_facts(observe::facts(&loaded, &files, None));
            let reloader = Reloader::new(arguments, &loaded, &log, log_end.log(), engine.status());
            let _watch = watch_files(config, &reloader, &signals)?;
            let mut live = LiveRun { arguments, config, log: &log, began, rules, reloader };
            match loading {
                Some(loading) => live.run(&mut engine, loading, &wanted, duration, &signals),
                None => live.run_without_events(&mut engine, duration, &signals),
            }
        }
    };
    let outcome = engine.finish(config.output_timeout);
    log_end.flush();
    report(&outcome, arguments.verbose, started.elapsed());
    result
}

/// The configuration's and rules' files.
pub fn watched_paths(arguments: &RunArguments, loaded: &LoadedConfig) -> Vec<PathBuf> {
    let configured = loaded.config.rules_files.as_deref().unwrap_or_default();
    let rules = if arguments.rules.is_empty() { configured } else { &arguments.rules };
    loaded.watched.iter().chain(rules).cloned().collect()
}

/// Has a change of the files that a reload reads ask for one, where that is wanted.
fn watch_files(config: &Config, reloader: &Reloader, signals: &Signals) -> io::Result<Option<Watch>> {
    let wanted = config.watch_config_files;
    wanted.then(|| Watch::start(reloader.watched(), Arc::clone(&signals.reload))).transpose()
}

fn alert_recording(capture: &CaptureConfig, config: &Config) -> AlertRecording {
    AlertRecording {
        path_prefix: capture.path_prefix.clone(),
        all_rules: capture.all_rules,
        default_duration: capture.default_duration,
        max_file_mib: capture.max_file_size_mb,
        before: config.flight_recorder.before,
        scope: config.flight_recorder.scope,
        beside: !matches!(config.engine, EngineKind::Replay(_)),
    }
}

/// Says which configuration is used, as the reference does: each file with whether the table of keys knows all of it.
fn log_configuration(loaded: &LoadedConfig, log: &Log) {
    let version = format!("Windhover version: {} ({})", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    // A person at a terminal is told what is watched instead.
    let level = if io::stderr().is_terminal() { Priority::Debug } else { Priority::Informational };
    log(level, &version);
    if loaded.files.is_empty() {
        return log(level, "Windhover initialized with its built-in configuration");
    }
    log(level, "Windhover initialized with configuration files:");
    for (file, finding) in loaded.files.iter().zip(&loaded.schema) {
        let (level, status) = match finding {
            None => (level, "ok".to_owned()),
            Some(first) => (Priority::Warning, format!("failed for {first}")),
        };
        log(level, &format!("   {} | schema validation: {status}", file.display()));
    }
}

/// The system calls that rules look at.
pub fn wanted(rules: &[ActiveRule]) -> SyscallSet {
    rules.iter().fold(SyscallSet::EMPTY, |set, rule| set | rule.syscalls)
}

/// The log that the configuration asks for, and what has its lines written at the end.
///
/// # Errors
/// The system gives no thread.
pub fn logger(config: &Config, zone: LocalZone) -> io::Result<(Log, LogEnd)> {
    let writer = Arc::new(LogWriter::start(log_options(config), zone)?);
    let end = LogEnd::of(&writer);
    Ok((Arc::new(move |level, text| writer.line(level, text)), end))
}

/// Where the configuration wants log lines, and which.
pub fn log_options(config: &Config) -> LogOptions {
    LogOptions {
        level: config.log_level,
        stderr: config.log_stderr,
        syslog: config.log_syslog,
        iso_8601: config.time_format_iso_8601,
    }
}

fn write_pid(path: &Path) -> Result<(), Failure> {
    std::fs::write(path, format!("{}\n", std::process::id()))
        .map_err(|e| Failure::message(format!("cannot write the process id to `{}`: {e}", path.display())))
}

/// The first INT or TERM ends in good order. Another one ends at once, unless it comes so soon that it means the first one:
/// `timeout` sends two.
pub fn signals() -> io::Result<Signals> {
    let signals = Signals::default();
    let impatient = Arc::new(AtomicBool::new(false));
    let (mut first, told) = UnixStream::pair()?;
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&impatient))?;
        flag::register(signal, Arc::clone(&signals.stop))?;
        pipe::register(signal, told.try_clone()?)?;
    }
    std::thread::Builder::new().name("signal".to_owned()).spawn(move || {
        if first.read(&mut [0]).is_ok_and(|bytes| bytes > 0) {
            std::thread::sleep(SAME_WISH);
            impatient.store(true, Ordering::Relaxed);
        }
    })?;
    flag::register(SIGUSR1, Arc::clone(&signals.reopen))?;
    flag::register(SIGHUP, Arc::clone(&signals.reload))?;
    Ok(signals)
}

/// What is printed at the end.
fn report(outcome: &Outcome, verbose: bool, elapsed: Duration) {
    let mut text = outcome.losses.summary();
    if verbose {
        let seconds = elapsed.as_secs_f64();
        let rate = outcome.counts.received as f64 / seconds.max(1e-9);
        text += &format!("Elapsed time: {seconds:.3}, Captured Events: {}, {rate:.2} eps\n", outcome.counts.received);
    }
    for channel in outcome.channels.iter().filter(|channel| channel.lost() > 0) {
        text += &format!(
            "Alerts lost by \"{}\": {} (queue full {}, failed {}, at the end {})\n",
            channel.name,
            channel.lost(),
            channel.lost_queue_full,
            channel.lost_failed,
            channel.lost_discarded
        );
    }
    for channel in outcome.channels.iter().filter(|channel| channel.pending() > 0) {
        text += &format!("Alerts in doubt at the end by \"{}\": {}\n", channel.name, channel.pending());
    }
    patience::write(Stream::Error, &text);
    patience::write(Stream::Out, &outcome.tally.summary());
}

/// A run on the kernel.
struct LiveRun<'a> {
    arguments: &'a RunArguments,
    config: &'a Config,
    log: &'a Log,
    /// When the command began.
    began: Instant,
    rules: usize,
    reloader: Reloader,
}

impl LiveRun<'_> {
    fn run(
        &mut self,
        engine: &mut Engine,
        loading: Loading,
        wanted: &SyscallSet,
        duration: Option<Duration>,
        signals: &Signals,
    ) -> Result<(), Failure> {
        let options = LiveOptions {
            calls: collection(wanted, self.config, self.log).calls,
            order_window: self.config.alert_order_window,
            duration,
            purge_interval: self.config.model.thread_purge_interval,
            purge_timeout: self.config.model.thread_timeout,
            max_empty_reads: self.config.timeouts_max_consecutives,
            metrics: self.reloader.metrics(),
            kernel_verdicts: kernel_verdicts(self.arguments, self.config),
        };
        let collected = options.calls.len();
        let (mut live, scan) = Live::start(engine, loading, &host::root(), Some(containers(self.config)?), options)?;
        for warning in live.warnings() {
            (self.log)(Priority::Warning, warning);
        }
        self.reloader.serve(engine, signals)?;
        let seconds = self.began.elapsed().as_secs_f64();
        self.say(&format!(
            "Watching Linux {}: {} rules, {collected} system calls and tracepoints, {} processes in the host and {} containers known, ready in {seconds:.2} s",
            host::kernel(),
            self.rules,
            scan.processes,
            live.containers_at_start()
        ));
        self.say("Press Ctrl-C to stop.");
        let watched = Instant::now();
        let result = live.run(engine, signals, self).map_err(Failure::from);
        if let Ok(stats) = live.stats() {
            self.summarise(engine, &stats, watched.elapsed());
        }
        result
    }

    /// Without a driver, and without a plugin that makes events, nothing is watched; the rest of the engine runs.
    fn run_without_events(
        &mut self,
        engine: &mut Engine,
        duration: Option<Duration>,
        signals: &Signals,
    ) -> Result<(), Failure> {
        const GLANCE: Duration = Duration::from_millis(50);
        let started = Instant::now();
        self.say("engine.kind is nodriver: nothing of this machine is watched");
        self.reloader.serve(engine, signals)?;
        loop {
            match signals.take() {
                Some(Signal::Stop) => return Ok(()),
                Some(Signal::Reopen) => engine.reopen_outputs(),
                Some(Signal::Reload) => self.reloader.begin(),
                None => {}
            }
            if let Some(rules) = self.reloader.ready(engine) {
                engine.replace_rules(rules);
                self.reloader.end(engine, Ok(()));
            }
            if duration.is_some_and(|duration| started.elapsed() >= duration) {
                return Ok(());
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// On a terminal the run's course is told in plain words, else in the log.
    fn say(&self, text: &str) {
        if io::stderr().is_terminal() {
            patience::write(Stream::Error, &format!("{text}\n"));
        } else {
            (self.log)(Priority::Informational, text);
        }
    }

    fn summarise(&self, engine: &Engine, stats: &windhover_probe::Stats, elapsed: Duration) {
        let total = stats.total();
        let rate = total.seen as f64 / elapsed.as_secs_f64().max(1e-9);
        self.say(&format!(
            "Events: {} seen, {} delivered, {} lost (ring buffer full {}, shed {}, too large {}, no room {}, no program {}), {rate:.0} per second",
            total.seen,
            stats.total_delivered(),
            total.lost(),
            total.ring_full,
            total.shed,
            total.too_large,
            total.no_scratch,
            total.no_program
        ));
        if total.settled > 0 {
            self.say(&format!("Settled in the kernel: {} events that no rule could match", total.settled));
            let mut settled: Vec<_> = stats.kinds().filter(|(_, of)| of.settled > 0).collect();
            settled.sort_by_key(|(_, of)| std::cmp::Reverse(of.settled));
            for (kind, of) in settled {
                let side = if kind.is_exit() { "" } else { " (beginning)" };
                self.say(&format!("   {}{side}: {} settled, {} sent up", kind.name(), of.settled, of.seen));
            }
        }
        let mut lost: Vec<_> = stats.kinds().filter(|(_, losses)| losses.lost() > 0).collect();
        lost.sort_by_key(|(_, losses)| std::cmp::Reverse(losses.lost()));
        for (kind, losses) in lost {
            let blind = engine.blind_rules([kind]);
            let rules = match blind.len() {
                0 => "no rule looks at them".to_owned(),
                n if n > MOST_BLIND => {
                    format!("rules that saw less: {}, and {} more", blind[..MOST_BLIND].join(", "), n - MOST_BLIND)
                }
                _ => format!("rules that saw less: {}", blind.join(", ")),
            };
            self.say(&format!("   lost {}: {} ({} shed); {rules}", kind.name(), losses.lost(), losses.shed));
        }
    }
}

impl Control for LiveRun<'_> {
    fn reload(&mut self) {
        self.reloader.begin();
    }

    fn reloaded(&mut self, engine: &mut Engine) -> Option<CompiledRules> {
        self.reloader.ready(engine)
    }

    fn exchanged(&mut self, engine: &mut Engine, result: Result<(), String>) {
        self.reloader.end(engine, result);
    }

    fn metrics(&self) -> Option<MetricsOptions> {
        self.reloader.metrics()
    }

    fn glance(&mut self, engine: &mut Engine) -> bool {
        !engine.is_unread()
    }
}

/// What is collected for rules that look at these calls; what they will miss is told to the log.
pub fn collection(wanted: &SyscallSet, config: &Config, log: &Log) -> Collection {
    let collection = collect(wanted, &config.base_syscalls);
    for name in &collection.unknown {
        log(Priority::Warning, &format!("base_syscalls.custom_set names no system call: `{name}`"));
    }
    if !collection.left_out.is_empty() {
        let names: Vec<_> = collection.left_out.iter().map(|call| call.name()).collect();
        let text = format!(
            "rules look at events that are not collected (unsupported-evttype): {}; set base_syscalls.all to true",
            names.join(", ")
        );
        log(Priority::Warning, &text);
    }
    collection
}

/// Whether the kernel may keep events to itself. Recordings around alerts want all of them, if not told otherwise.
pub fn kernel_verdicts(arguments: &RunArguments, config: &Config) -> bool {
    let wanted = config.kernel_verdicts && config.capture.is_none();
    arguments.kernel_verdicts.map_or(wanted, |switch| switch == Switch::On)
}

/// `doctor --plan`: for each type of event, which rules it is sent up for.
pub fn describe_plan(arguments: &RunArguments) -> Result<String, Failure> {
    let (loaded, _) = setup::configuration(arguments, None)?;
    let files = setup::rules_files(arguments, &loaded.config)?;
    let in_force = setup::load(&files, &loaded.config, arguments.print_format.as_deref())?;
    let calls = collect(&wanted(&in_force.rules), &loaded.config.base_syscalls).calls;
    Ok(windhover_engine::verdict::judge(&in_force.rules, &calls).to_text(&in_force.rules))
}

/// Begins to load the probe, where there will be a need for one: rules are read meanwhile.
fn begin_loading(arguments: &RunArguments, config: &Config, log: &Log) -> Result<Option<Loading>, Failure> {
    if arguments.dry_run || !matches!(config.engine, EngineKind::Probe) {
        return Ok(None);
    }
    let rings = workers(config, log);
    let options = Options { rings, scope: scope(arguments)?, ..probe_options(config, rings) };
    Ok(Some(Loading::begin(options, SyscallSet::state())?))
}

/// How many workers there are to be: one on a small machine, else one for every four processors that may be used.
fn workers(config: &Config, log: &Log) -> u32 {
    let cpus = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    match config.workers {
        Some(workers) if workers > 1 && config.capture.is_some() => {
            let text =
                "`workers` is taken as 1: recordings around alerts (`capture.enabled`) need all events in one place";
            log(Priority::Warning, text);
            1
        }
        Some(workers) => workers.max(1),
        None => (cpus / 4).clamp(1, MOST_WORKERS),
    }
}

/// Whose events the arguments ask for.
pub fn scope(arguments: &RunArguments) -> Result<Scope, Failure> {
    if let Some(path) = &arguments.scope_cgroup {
        return Scope::cgroup(path)
            .map_err(|e| Failure::message(format!("--scope-cgroup: cannot watch `{}`: {e}", path.display())));
    }
    if let Some(gone) = arguments.scope_tree.iter().find(|pid| !host::root().join(format!("proc/{pid}")).exists()) {
        return Err(Failure::message(format!("--scope-tree: there is no process {gone}")));
    }
    Ok(match arguments.scope_tree.as_slice() {
        [] => Scope::Everything,
        roots => Scope::ProcessTree(roots.to_vec()),
    })
}

/// The built-in support for containers, configured by the plugin's entry.
pub fn containers(config: &Config) -> Result<Containers, Failure> {
    let entry = config.container.as_ref().map_or(&serde_json::Value::Null, |plugin| &plugin.init_config);
    let options = ContainerOptions::read(entry, &host::root()).map_err(|e| Failure::message(e.to_string()))?;
    Containers::start(&options).map_err(|e| Failure::message(format!("cannot start asking container runtimes: {e}")))
}

/// The probe's options. For one worker, one ring buffer holds what the reference would spread over several. Several have one each
/// and one together, half as large: each gets a part of the events only, and a ring is mapped twice.
pub fn probe_options(config: &Config, workers: u32) -> Options {
    let cpus = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let shared = match u32::from(config.probe.cpus_for_each_buffer) {
        0 => cpus,
        n => n.min(cpus),
    };
    let buffers = cpus.div_ceil(shared).next_power_of_two();
    let ring_bytes = match workers {
        0 | 1 => config.probe.buffer_bytes.saturating_mul(buffers).min(Options::MAX_RING_BYTES),
        _ => config.probe.buffer_bytes / 2,
    };
    let snapshot_length = match config.model.snaplen {
        0 => Options::default().snapshot_length,
        n => n.min(Options::MAX_SNAPSHOT_LENGTH),
    };
    Options { ring_bytes, snapshot_length, drop_failed: config.probe.drop_failed_exit, ..Options::default() }
}
