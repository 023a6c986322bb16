//! Configuration and rules loaded anew while the engine runs: on a thread of their own, so that no event waits for it.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use windhover_engine::metric::MetricsOptions;
use windhover_engine::{CompiledRules, Engine, Facts, Log, Signals, Status};
use windhover_outputs::{Alert, OutputChange, Priority};

use crate::args::RunArguments;
use crate::config::{Config, LoadedConfig};
use crate::failure::{Failure, print_diagnostics};
use crate::log::Log as LogWriter;
use crate::observe::Served;
use crate::watch::Watched;
use crate::{host, observe, run, setup};

/// Prepares what is put in force next.
pub struct Reloader {
    order: Order,
    status: Arc<Status>,
    running: Option<Receiver<Result<Made, String>>>,
    /// Asked for again, when files had been read already.
    again: bool,
    /// Of the rules that were handed out.
    made: Option<Remainder>,
    writer: Arc<LogWriter>,
    served: Option<Served>,
}

/// What every reload goes by.
#[derive(Clone)]
struct Order {
    arguments: Arc<RunArguments>,
    /// The configuration that the run began with.
    started: Arc<Config>,
    /// The one that is in force, as far as a reload can change it.
    config: Arc<Config>,
    log: Log,
    watched: Watched,
}

/// What a reload has made.
struct Made {
    rules: CompiledRules,
    remainder: Remainder,
}

/// What is to be done when the rules are in force.
struct Remainder {
    rules: usize,
    facts: Facts,
    config: Arc<Config>,
    outputs: Option<OutputChange>,
}

impl Reloader {
    /// For a run that began with these.
    pub fn new(
        arguments: &RunArguments,
        loaded: &LoadedConfig,
        log: &Log,
        writer: Arc<LogWriter>,
        status: &Arc<Status>,
    ) -> Self {
        let watched: Watched = Arc::new(Mutex::new(run::watched_paths(arguments, loaded)));
        let (arguments, config) = (Arc::new(arguments.clone()), Arc::new(loaded.config.clone()));
        let order = Order { arguments, started: Arc::clone(&config), config, log: Arc::clone(log), watched };
        Self { order, status: Arc::clone(status), running: None, again: false, made: None, writer, served: None }
    }

    /// Starts what the configuration has served, which follows later configurations.
    pub fn serve(&mut self, engine: &Engine, signals: &Signals) -> Result<(), Failure> {
        self.served = Some(Served::start(&self.order.config, engine, signals)?);
        Ok(())
    }

    /// Which records of metrics the configuration in force asks for.
    pub fn metrics(&self) -> Option<MetricsOptions> {
        self.order.config.metrics.as_ref().map(observe::metrics_options)
    }

    /// The files that reloads read.
    pub fn watched(&self) -> Watched {
        Arc::clone(&self.order.watched)
    }

    /// Begins to load, or, if that is being done already, sees to it that it is done once more.
    pub fn begin(&mut self) {
        if self.running.is_some() {
            self.again = true;
            return;
        }
        self.status.begin_reload();
        let (sender, receiver) = sync_channel(1);
        let (order, start_ts) = (self.order.clone(), self.status.facts().start_ts);
        let thread = thread::Builder::new().name("reload".to_owned()).spawn(move || {
            let made = order.carry_out(start_ts).map_err(|failure| {
                failure.print();
                failure.summary().to_owned()
            });
            // Where nobody waits any more, the run has ended.
            _ = sender.send(made);
        });
        if let Err(e) = thread {
            (self.order.log)(Priority::Error, &format!("cannot start a thread for the reload: {e}"));
        }
        self.running = Some(receiver);
    }

    /// Rules to be put in force, once they are ready; to be followed by [`Self::end`].
    pub fn ready(&mut self, engine: &mut Engine) -> Option<CompiledRules> {
        let outcome = match self.running.as_ref()?.try_recv() {
            Ok(outcome) => outcome,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Err("the thread that loads ended early".to_owned()),
        };
        self.running = None;
        match outcome {
            Ok(Made { rules, remainder }) => {
                self.made = Some(remainder);
                Some(rules)
            }
            Err(reason) => {
                self.end(engine, Err(reason));
                None
            }
        }
    }

    /// Does what is left to do when the rules are in force, or says why they are not.
    pub fn end(&mut self, engine: &mut Engine, result: Result<(), String>) {
        let made = self.made.take();
        let result = result.and_then(|()| made.ok_or_else(|| "nothing was loaded".to_owned()));
        let result = match result {
            Ok(Remainder { rules, facts, config, outputs }) => {
                self.status.set_facts(facts);
                self.order.config = config;
                self.writer.change(run::log_options(&self.order.config));
                if let Some(Err(e)) = self.served.as_mut().map(|served| served.follow(&self.order.config)) {
                    (self.order.log)(Priority::Error, &format!("the web server stays as it was: {e}"));
                }
                if let Some(change) = outputs {
                    engine.exchange_outputs(change);
                }
                (self.order.log)(Priority::Informational, &format!("reloaded: {rules} rules in force"));
                Ok(rules)
            }
            Err(reason) => {
                (self.order.log)(Priority::Error, &format!("reload failed: the old rules stay in force: {reason}"));
                let rule = "Falco internal: hot restart failure";
                let text = format!("{rule}: the old rules stay in force");
                engine.notify(Alert::internal(observe::wall_clock(), rule, Priority::Critical, text));
                Err(reason)
            }
        };
        self.status.end_reload(observe::wall_clock(), result);
        if std::mem::take(&mut self.again) {
            self.begin();
        }
    }
}

impl Order {
    /// Loads configuration and rules, and compiles them.
    fn carry_out(&self, start_ts: u64) -> Result<Made, Failure> {
        let (loaded, sources) = setup::configuration(&self.arguments, None)?;
        print_diagnostics(&loaded.warnings, &sources);
        // Also where the rest fails: what is mended then may be a file that was named just now.
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = run::watched_paths(&self.arguments, &loaded);
        let config = &loaded.config;
        let kept = needs_start(&self.started, config);
        if !kept.is_empty() {
            let keys = kept.join("`, `");
            let text = format!("changes of `{keys}` need a new start; a reload puts the others in force");
            (self.log)(Priority::Warning, &text);
        }
        let files = setup::rules_files(&self.arguments, config)?;
        let in_force = setup::load(&files, config, self.arguments.print_format.as_deref())?;
        print_diagnostics(&setup::findings(&in_force.loaded), &in_force.loaded.sources);
        let calls = run::collection(&run::wanted(&in_force.rules), config, &self.log).calls;
        let evaluation = self.arguments.plan.unwrap_or_default().evaluation();
        let catalogue = in_force.vocabulary.catalogue().clone();
        let verdicts = run::kernel_verdicts(&self.arguments, &self.started);
        let rules =
            CompiledRules::new(in_force.rules, catalogue, evaluation, calls, verdicts, setup::times_rules(config));
        let zone = host::local(&host::zone());
        let outputs = setup::output_change(&self.config, config, self.arguments.unbuffered, &zone, &self.log);
        let facts = observe::facts(&loaded, &files, Some(start_ts));
        let remainder = Remainder { rules: rules.len(), facts, config: Arc::new(loaded.config), outputs };
        Ok(Made { rules, remainder })
    }
}

/// Keys in which configurations differ, and that a reload does not put in force.
fn needs_start(before: &Config, now: &Config) -> Vec<&'static str> {
    let taken = Config {
        rules_files: now.rules_files.clone(),
        rules: now.rules.clone(),
        priority: now.priority,
        append_output: now.append_output.clone(),
        static_fields: now.static_fields.clone(),
        base_syscalls: now.base_syscalls.clone(),
        json_output: now.json_output,
        json_include_output: now.json_include_output,
        json_include_message: now.json_include_message,
        json_include_output_fields: now.json_include_output_fields,
        json_include_tags: now.json_include_tags,
        time_format_iso_8601: now.time_format_iso_8601,
        buffered_outputs: now.buffered_outputs,
        outputs_queue_capacity: now.outputs_queue_capacity,
        stdout_output: now.stdout_output,
        file_output: now.file_output.clone(),
        syslog_output: now.syslog_output.clone(),
        program_output: now.program_output.clone(),
        http_output: now.http_output.clone(),
        webserver: now.webserver.clone(),
        metrics: now.metrics.clone(),
        log_stderr: now.log_stderr,
        log_syslog: now.log_syslog,
        log_level: now.log_level,
        ..before.clone()
    };
    let kept = [
        ("watch_config_files", taken.watch_config_files != now.watch_config_files),
        ("engine", (&taken.engine, &taken.probe) != (&now.engine, &now.probe)),
        ("capture", taken.capture != now.capture),
        ("flight_recorder", taken.flight_recorder != now.flight_recorder),
        ("plugins", taken.container != now.container),
        ("buffer_format_base64", taken.buffer_format_base64 != now.buffer_format_base64),
        ("rule_matching", taken.match_all != now.match_all),
        ("workers", taken.workers != now.workers),
        ("alert_order_window", taken.alert_order_window != now.alert_order_window),
        ("output_timeout", taken.output_timeout != now.output_timeout),
        ("syscall_event_timeouts", taken.timeouts_max_consecutives != now.timeouts_max_consecutives),
        ("syscall_event_drops", taken.event_drops != now.event_drops),
        ("kernel_verdicts", taken.kernel_verdicts != now.kernel_verdicts),
        ("falco_libs", taken.model != now.model),
    ];
    let keys: Vec<_> = kept.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect();
    debug_assert!(!keys.is_empty() || taken == *now, "a key is neither taken nor named");
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_need_a_start_are_named() {
        let read = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), format!("stdout_output: {{enabled: true}}\n{text}")).unwrap();
            let arguments = RunArguments { config: Some(file.path().to_owned()), ..RunArguments::default() };
            setup::configuration(&arguments, None).unwrap().0.config
        };
        let table: [(&str, &[&str]); 23] = [
            ("rules_files: [a, b]", &[]),
            ("rules: [{disable: {tag: x}}]", &[]),
            ("priority: error", &[]),
            ("append_output: [{extra_output: x}]", &[]),
            ("static_fields: {a: b}", &[]),
            ("base_syscalls: {all: true}", &[]),
            ("json_output: true", &[]),
            ("syslog_output: {enabled: true}", &[]),
            ("outputs_queue: {capacity: 7}", &[]),
            ("time_format_iso_8601: true", &[]),
            ("webserver: {enabled: true}", &[]),
            ("metrics: {enabled: true, interval: 1h}", &[]),
            ("log_level: debug\nlog_stderr: true\nlog_syslog: false", &[]),
            ("kernel_verdicts: false", &["kernel_verdicts"]),
            (
                "rule_matching: all\nworkers: 2\nwatch_config_files: false",
                &["watch_config_files", "rule_matching", "workers"],
            ),
            ("engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 6}}", &["engine"]),
            ("engine: {kind: nodriver}\ncapture: {enabled: true}", &["engine", "capture"]),
            ("flight_recorder: {seconds: 3}\nbuffer_format_base64: true", &["flight_recorder", "buffer_format_base64"]),
            ("plugins: [{name: container, library_path: x, init_config: {with_size: true}}]", &["plugins"]),
            ("alert_order_window: 9\noutput_timeout: 9", &["alert_order_window", "output_timeout"]),
            ("syscall_event_timeouts: {max_consecutives: 9}", &["syscall_event_timeouts"]),
            ("syscall_event_drops: {threshold: .5}", &["syscall_event_drops"]),
            ("falco_libs: {snaplen: 99}", &["falco_libs"]),
        ];
        for (text, wanted) in table {
            assert_eq!(needs_start(&read(""), &read(text)), wanted, "{text}");
        }
    }
}
