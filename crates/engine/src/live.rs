//! The running kernel as the source of events.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use windhover_containers::Containers;
use windhover_event::SyscallSet;
use windhover_event::snapshot::{FdEntry, GroupEntry, ThreadEntry, UserEntry};
use windhover_outputs::Priority;
use windhover_probe::{
    Clock, LoadProbeError, Loading, Probe, ProbeMapError, Proc, Reader, ScanOptions, ScanReport, Stats,
};
use windhover_system::{Alive, Bytes, Lookup};

use crate::crew::{self, CrewOptions, Lifecycle, Post, Purge, Ring};
use crate::metric::{MetricsOptions, Recorder};
use crate::signal::{Signal, Signals};
use crate::silence::SilenceMonitor;
use crate::status::{InterfaceAddresses, Measurement};
use crate::{CompiledRules, Engine, TooManyLostError};

mod counts;
mod exchange;

pub use counts::losses;
use counts::{Gauges, addresses, containers_of, kernel_counts};
use exchange::{Wanted, admit, select};

/// Events taken from the ring buffer before the world is looked at again.
const BATCH: usize = 4096;
/// Events that came without a wake-up are found after this time.
const POLL_FLOOR: Duration = Duration::from_millis(2);

/// What a live engine is told besides what every engine is.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// System calls to collect.
    pub calls: SyscallSet,
    /// How long an alert of one of several workers may be held back for earlier ones of others.
    pub order_window: Duration,
    /// How long to run.
    pub duration: Option<Duration>,
    /// How often threads that ended unseen are looked for.
    pub purge_interval: Duration,
    /// How long a thread must have been silent to be looked at.
    pub purge_timeout: Duration,
    /// Empty reads in a row after which a notice is raised; one is 30 ms of silence.
    pub max_empty_reads: u32,
    /// Records of metrics, if wanted.
    pub metrics: Option<MetricsOptions>,
    /// Whether the kernel keeps to itself what no rule can match.
    pub kernel_verdicts: bool,
}

/// Why a live engine cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The probe could not be loaded, or not be told what to collect.
    #[error(transparent)]
    Load(#[from] LoadProbeError),
    /// The probe's counters cannot be read.
    #[error(transparent)]
    Map(#[from] ProbeMapError),
    /// Too many events were lost.
    #[error(transparent)]
    Lost(#[from] TooManyLostError),
    /// Who looks at events beside the rules ([`Engine::observe`]) needs all of them in one place.
    #[error("recordings need a probe with one ring buffer, not {0}; use `workers: 1`")]
    Observed(u32),
    /// The system gives no threads for workers.
    #[error("cannot start {workers} workers: {error}; use fewer (`workers: 1` needs no thread)")]
    Workers {
        /// How many were wanted.
        workers: u32,
        /// What the system said.
        error: std::io::Error,
    },
}

/// The probe in the kernel, and the machine's `/proc`.
pub struct Live {
    probe: Probe,
    readers: Vec<Reader>,
    proc: Machine,
    containers: Option<Containers>,
    options: LiveOptions,
    started: Instant,
    purged: u64,
    silence: SilenceMonitor,
    recorder: Option<Recorder>,
    host_root: PathBuf,
    interfaces: Vec<InterfaceAddresses>,
    /// Containers that workers have met, and that are still to be asked about.
    strangers: Vec<Bytes>,
    gauges: Gauges,
    containers_at_start: usize,
    /// What is to be collected no more, and judged, when all workers go by their new rules.
    to_narrow: Option<Wanted>,
}

/// What is asked for while a live engine runs.
pub trait Control {
    /// Rules or configuration changed: begins to make the rules to come ready, without waiting for them.
    fn reload(&mut self);

    /// Rules that are to be put in force, once they are ready.
    fn reloaded(&mut self, engine: &mut Engine) -> Option<CompiledRules>;

    /// They are in force, or the old ones still are, for a reason.
    fn exchanged(&mut self, engine: &mut Engine, result: Result<(), String>);

    /// Which records of metrics are made from now on; asked for after each exchange.
    fn metrics(&self) -> Option<MetricsOptions>;

    /// Called between batches, every few milliseconds at least. Returns whether to go on.
    fn glance(&mut self, engine: &mut Engine) -> bool;
}

impl Live {
    /// Waits for the probe and attaches it, then reads `/proc` below `host_root` into the engine's model: what happens
    /// meanwhile waits in the ring buffer. Who containers are is asked of `containers` from then on. With several ring buffers
    /// each has a worker on a thread of its own; with one the caller's thread does all the work.
    ///
    /// # Errors
    /// The probe cannot be loaded, or workers not be started.
    pub fn start(
        engine: &mut Engine,
        loading: Loading,
        host_root: &Path,
        mut containers: Option<Containers>,
        options: LiveOptions,
    ) -> Result<(Self, ScanReport), LiveError> {
        engine.look_hosts_up();
        let judgement = if options.kernel_verdicts { engine.judgement(&options.calls) } else { None };
        let mut probe = loading.finish()?;
        let workers = probe.rings();
        if engine.is_observed() && workers > 1 {
            return Err(LiveError::Observed(workers));
        }
        admit(&mut probe, engine)?;
        select(&mut probe, engine, &Wanted { calls: options.calls, judgement })?;
        let proc = Proc::new(host_root);
        let (snapshot, report) = proc.snapshot(&ScanOptions::default());
        let interfaces = addresses(&snapshot.interfaces);
        let containers_at_start = containers_of(&snapshot);
        let mut readers = probe.take_readers();
        let (mut gauges, ring_bytes) = (Gauges::default(), probe.ring_bytes());
        for (ring, reader) in readers.iter().enumerate() {
            gauges.add(ring.to_string(), ring_bytes, reader);
        }
        match probe.take_lifecycle() {
            Some(lifecycle) => {
                gauges.add("lifecycle", ring_bytes, &lifecycle);
                let posts = readers.drain(..).map(|reader| post(reader, host_root)).collect();
                let lifecycle = Box::new(LifecycleRing { reader: lifecycle, clock: probe.clock() });
                let crew = engine.start_crew(&snapshot, posts, lifecycle, crew_options(&options));
                crew.map_err(|error| LiveError::Workers { workers, error })?;
                // Not before: what `/proc` told of was shared out by process ids.
                probe.keep_families()?;
            }
            None => {
                engine.reset(snapshot);
                // A container that everything is in has to be known before anybody is told who is in which.
                if let Some(containers) = &mut containers {
                    containers.ask_for(engine.system());
                }
            }
        }
        windhover_probe::give_memory_back();
        let started = Instant::now();
        let live = Self {
            probe,
            readers,
            proc: Machine { proc },
            containers,
            started,
            purged: 0,
            silence: SilenceMonitor::new(options.max_empty_reads, started),
            recorder: options.metrics.clone().map(|metrics| Recorder::new(metrics, started)),
            host_root: host_root.to_owned(),
            interfaces,
            strangers: Vec::new(),
            gauges,
            containers_at_start,
            to_narrow: None,
            options,
        };
        Ok((live, report))
    }

    /// Takes events through the engine until told to end.
    ///
    /// # Errors
    /// The probe fails, or too much is lost.
    pub fn run(&mut self, engine: &mut Engine, signals: &Signals, control: &mut dyn Control) -> Result<(), LiveError> {
        loop {
            self.gauges.look();
            let drained = self.drain(engine, BATCH);
            match signals.take() {
                Some(Signal::Stop) => break,
                Some(Signal::Reopen) => engine.reopen_outputs(),
                Some(Signal::Reload) => control.reload(),
                None => {}
            }
            if let Some(rules) = control.reloaded(engine) {
                let result = self.exchange(engine, rules).map_err(|e| e.to_string());
                control.exchanged(engine, result);
                self.record_as(control.metrics());
            }
            self.narrow(engine);
            let over = self.options.duration.is_some_and(|duration| self.started.elapsed() >= duration);
            if over || !control.glance(engine) {
                break;
            }
            if engine.wants_losses() {
                engine.check_losses(&losses(&self.probe.stats()?))?;
            }
            self.purge(engine);
            self.observe(engine, drained)?;
            self.meet_containers(engine);
            match self.readers.first() {
                Some(reader) if drained == 0 => reader.wait(POLL_FLOOR),
                Some(_) => {}
                // Workers wait for events themselves.
                None => std::thread::sleep(POLL_FLOOR),
            }
        }
        self.probe.detach();
        engine.end_crew();
        while self.drain(engine, BATCH) > 0 {}
        Ok(())
    }

    /// What the kernel saw, and what became of it.
    ///
    /// # Errors
    /// The kernel does not hand the counters out.
    pub fn stats(&self) -> Result<Stats, ProbeMapError> {
        self.probe.stats()
    }

    /// What the probe could not do though it runs.
    pub fn warnings(&self) -> &[String] {
        self.probe.warnings()
    }

    /// Containers that had processes when `/proc` was read.
    pub fn containers_at_start(&self) -> usize {
        self.containers_at_start
    }

    /// Asks who new containers are. What is known comes as events do, so that rules and recordings see it, too.
    fn meet_containers(&mut self, engine: &mut Engine) {
        let Some(containers) = &mut self.containers else { return };
        // Not later than what waits in the ring buffer: time in recordings never runs backwards.
        let ts = if engine.last_ts() == 0 { wall_clock() } else { engine.last_ts() };
        if let Some(crew) = engine.crew() {
            self.strangers.extend(crew.strangers());
            if let Some(info) = containers.ask_for_many(&mut self.strangers) {
                crew.tell(Arc::new(move |system| system.set_static_container(info.clone())));
            }
            containers.events(ts).for_each(|event| crew.tell_event(&event));
            return;
        }
        containers.ask_for(engine.system());
        for event in containers.events(ts) {
            engine.encoded(&event, 0, None);
        }
    }

    fn drain(&mut self, engine: &mut Engine, limit: usize) -> usize {
        if engine.crew().is_some() {
            return engine.attend_crew();
        }
        let proc = &mut self.proc;
        let readers = self.readers.iter_mut().enumerate();
        readers
            .map(|(ring, reader)| reader.drain(limit, &mut |bytes| engine.encoded(bytes, ring as u16, Some(proc))))
            .sum()
    }

    /// Tells about silence, and measures the engine where that is due or asked for.
    fn observe(&mut self, engine: &mut Engine, drained: usize) -> Result<(), ProbeMapError> {
        let now = Instant::now();
        if drained > 0 {
            self.silence.reset(now);
        } else if self.silence.check(now) {
            engine.notify(self.silence.alert(wall_clock(), engine.last_ts(), engine.zone()));
        }
        if engine.status().is_wanted() {
            let measured = self.measure(engine)?;
            engine.status().publish(measured);
        }
        // As in the reference, a record comes with an event: a silent source has none.
        if drained > 0 && self.recorder.as_ref().is_some_and(|recorder| recorder.is_due(now)) {
            let measured = self.measure(engine)?;
            self.record(engine, now, measured);
        }
        Ok(())
    }

    fn measure(&self, engine: &Engine) -> Result<Measurement, ProbeMapError> {
        let measured = engine.measure(wall_clock(), kernel_counts(&self.probe.stats()?, self.gauges.fills()));
        Ok(Measurement { interfaces: self.interfaces.clone(), ..measured })
    }

    /// Makes other records of metrics; the next is due one interval from now.
    fn record_as(&mut self, metrics: Option<MetricsOptions>) {
        if self.options.metrics != metrics {
            self.recorder = metrics.clone().map(|metrics| Recorder::new(metrics, Instant::now()));
            self.options.metrics = metrics;
        }
    }

    fn record(&mut self, engine: &Engine, now: Instant, measured: Measurement) {
        let Some(recorder) = &mut self.recorder else { return };
        let (alert, written) = recorder.record(now, &engine.status().facts(), measured, &self.host_root);
        if let Err(e) = written {
            engine.log(Priority::Error, &e.to_string());
        }
        if let Some(alert) = alert {
            engine.notify(alert);
        }
    }

    fn purge(&mut self, engine: &mut Engine) {
        if engine.crew().is_some() {
            return;
        }
        let now = engine.last_ts();
        let interval = u64::try_from(self.options.purge_interval.as_nanos()).unwrap_or(u64::MAX);
        if self.purged == 0 {
            self.purged = now;
        }
        if now.saturating_sub(self.purged) >= interval {
            self.purged = now;
            let timeout = u64::try_from(self.options.purge_timeout.as_nanos()).unwrap_or(u64::MAX);
            engine.system().purge(now, timeout, &mut self.proc);
        }
    }
}

/// Nanoseconds since the epoch.
fn wall_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}

fn post(reader: Reader, host_root: &Path) -> Post {
    let machine = Machine { proc: Proc::new(host_root) };
    Post { ring: Box::new(WorkerRing(reader)), machine: Some(Box::new(machine)), pause: Box::new(crew::pause) }
}

fn crew_options(options: &LiveOptions) -> CrewOptions {
    let [interval, timeout] = [options.purge_interval, options.purge_timeout]
        .map(|duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    CrewOptions { window: options.order_window, purge: Purge { interval, timeout } }
}

/// One worker's ring buffer.
struct WorkerRing(Reader);

impl Ring for WorkerRing {
    fn drain(&mut self, limit: usize, mut each: &mut dyn FnMut(&[u8])) -> bool {
        self.0.drain(limit, &mut each) < limit
    }

    fn wait(&mut self) {
        self.0.wait(POLL_FLOOR);
    }
}

/// The ring buffer of lifecycle events.
struct LifecycleRing {
    reader: Reader,
    clock: Clock,
}

impl Lifecycle for LifecycleRing {
    fn drain(&mut self, mut each: &mut dyn FnMut(&[u8])) {
        self.reader.drain_all(&mut each);
    }

    fn now(&self) -> u64 {
        self.clock.now()
    }
}

/// Answers the model's questions from `/proc`.
struct Machine {
    proc: Proc,
}

impl Lookup for Machine {
    fn thread(&mut self, tid: i64) -> Option<ThreadEntry> {
        self.proc.thread(tid)
    }

    fn fd(&mut self, pid: i64, fd: i64) -> Option<FdEntry> {
        self.proc.fd(pid, fd)
    }

    fn users(&mut self, pid: i64, container: &[u8]) -> Option<(Vec<UserEntry>, Vec<GroupEntry>)> {
        if container.is_empty() { self.proc.users_of(pid) } else { self.proc.users_in_container(pid) }
    }
}

impl Alive for Machine {
    fn comm(&mut self, pid: i64, tid: i64) -> Option<Vec<u8>> {
        self.proc.comm(pid, tid)
    }
}
