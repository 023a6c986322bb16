//! `record`: this machine's events into a capture file.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use windhover_capture::Compression;
use windhover_engine::live::{Control, Live, LiveOptions};
use windhover_engine::metric::MetricsOptions;
use windhover_engine::recording::{RecordOptions, RecordTarget, Recorder};
use windhover_engine::{CompiledRules, Engine, Vocabulary};
use windhover_event::SyscallSet;
use windhover_outputs::{Format, Outputs, Priority};
use windhover_probe::{Loading, Options};

use crate::args::{RecordArguments, RunArguments};
use crate::failure::Failure;
use crate::{host, look, run, setup};

/// The name of what reads the recording through a pipe.
const STANDARD_OUTPUT: &str = "-";

/// Records until the time is up, there are events enough, or a signal comes.
pub fn record(record: &RecordArguments, arguments: &RunArguments) -> Result<(), Failure> {
    if record.file == Path::new(STANDARD_OUTPUT) {
        if record.rotate_mib.is_some() {
            return Err(Failure::message("--rotate-mib needs a file: there is no next pipe to go on in"));
        }
        if io::stdout().is_terminal() {
            return Err(Failure::message("a recording is not for a terminal: name a file, or pipe it into a program"));
        }
    }
    let (loaded, _) = setup::configuration(arguments, None)?;
    let config = loaded.config;
    let vocabulary = Vocabulary::new(&config.static_fields)?;
    let catalogue = vocabulary.catalogue();
    let condition = record.filter.as_deref().map(|text| look::condition(text, catalogue)).transpose()?;
    let calls = match condition.as_ref().and_then(|condition| condition.calls()) {
        Some(wanted) => *wanted | SyscallSet::state(),
        None => SyscallSet::all(),
    };
    let mut probe = Options { scope: run::scope(arguments)?, ..run::probe_options(&config, 1) };
    if let Some(bytes) = record.snapshot_length {
        probe.snapshot_length = bytes.min(Options::MAX_SNAPSHOT_LENGTH);
    }
    let loading = Loading::begin(probe, calls)?;
    let duration = arguments.seconds.map(Duration::from_secs);
    let (purge_interval, purge_timeout) = (config.model.thread_purge_interval, config.model.thread_timeout);
    let live_options = LiveOptions {
        calls,
        order_window: Duration::ZERO,
        duration,
        purge_interval,
        purge_timeout,
        max_empty_reads: 1000,
        metrics: None,
        kernel_verdicts: false,
    };

    let signals = run::signals()?;
    let options = setup::engine_options(&config, arguments.plan.unwrap_or_default().evaluation(), &host::zone());
    let outputs = Outputs::new(Format::default(), Arc::new(|_| {}));
    let log: windhover_engine::Log = Arc::new(|level, text| {
        if level <= Priority::Warning {
            _ = writeln!(io::stderr(), "{text}");
        }
    });
    let mut engine = Engine::new(Vec::new(), catalogue.clone(), outputs, log, options);
    let (mut live, _) =
        Live::start(&mut engine, loading, &host::root(), Some(run::containers(&config)?), live_options)?;
    let recorder = Recorder::start(
        target(&record.file),
        RecordOptions {
            condition,
            events: record.events,
            file_bytes: record.rotate_mib.map(|mib| u64::from(mib) << 20),
            total_bytes: record.max_mib.map(|mib| u64::from(mib) << 20),
            keep: record.keep,
            compression: if record.plain { Compression::None } else { Compression::Gzip },
        },
        engine.system().snapshot(),
    )?;
    let report = recorder.report();
    engine.observe(Box::new(recorder));
    let result = live.run(&mut engine, &signals, &mut Unattended).map_err(Failure::from);
    let lost = live.stats().map_or(0, |stats| stats.total().lost());
    engine.finish(config.output_timeout);
    let mut report = report.lock().map_err(|_| Failure::message("the recording was not ended in good order"))?;
    if let Some(error) = report.error.take() {
        return Err(error.into());
    }
    let mut files: Vec<_> = report.files.iter().map(|path| path.display().to_string()).collect();
    if files.is_empty() {
        files.push("the pipe".to_owned());
    }
    _ = writeln!(io::stderr(), "{} events in {}; {lost} lost", report.events, files.join(", "));
    result
}

fn target(file: &Path) -> RecordTarget {
    if file == Path::new(STANDARD_OUTPUT) {
        RecordTarget::Pipe(Box::new(io::stdout()))
    } else {
        RecordTarget::File(file.to_owned())
    }
}

/// Nothing changes while recording.
struct Unattended;

impl Control for Unattended {
    fn reload(&mut self) {}

    fn reloaded(&mut self, _engine: &mut Engine) -> Option<CompiledRules> {
        None
    }

    fn exchanged(&mut self, _engine: &mut Engine, _result: Result<(), String>) {}

    fn metrics(&self) -> Option<MetricsOptions> {
        None
    }

    fn glance(&mut self, engine: &mut Engine) -> bool {
        !engine.is_unread()
    }
}
