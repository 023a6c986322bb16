//! Loading, attaching and asking the probe.
#![allow(unsafe_code)]

use std::collections::HashSet;
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};

use aya::maps::{Array, ArrayOfMaps, HashMap, Map, MapData, MapType, PerCpuArray, RingBuf};
use aya::programs::tp_btf::BtfTracePointLinkId;
use aya::programs::trace_point::TracePointLinkId;
use aya::programs::{BtfTracePoint, Program, TracePoint};
use aya::{Btf, Ebpf, EbpfLoader, Endianness};
use windhover_event::{EVENTS, EventType, EventView, Syscall, SyscallSet};

use crate::clock::Clock;
use crate::error::{LoadProbeError, ProbeMapError, chain, classify};
use crate::kernel_types::{self, Types};
use crate::losses::{FIELDS, Losses, Stats};
use crate::options::{Options, Scope};
use crate::reader::{Delivered, Reader};
use crate::selection::{self, Selection, number};
use crate::system;
use crate::verdict::{self, Verdicts, Words};

#[cfg(target_arch = "x86_64")]
const OBJECT: &[u8] = aya::include_bytes_aligned!("../../../bpf/objects/probe-x86_64.o");
#[cfg(target_arch = "aarch64")]
const OBJECT: &[u8] = aya::include_bytes_aligned!("../../../bpf/objects/probe-aarch64.o");
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const OBJECT: &[u8] = &[];

/// Map type number of a ring buffer in the kernel's interface.
const RING_BUFFER: u32 = 27;
/// Scratches per processor (`LANES` of the kernel's side): the last is for births, which x86 tells otherwise.
const LANES: u32 = if cfg!(target_arch = "x86_64") { 3 } else { 4 };
/// A new process is put into another ring than its parent's where this part of it waits to be read.
const BACKLOG_PART: u32 = 8;
/// Processes that a watched tree can have (`tree` of the kernel's side).
const TREE_SIZE: u32 = 65_536;

// SAFETY: it is `repr(C)` and of integers without padding between or behind them; every bit pattern is valid.
unsafe impl aya::Pod for Selection {}

/// Parameters of a clone's event that say whose it is.
mod clone_param {
    pub(super) const PID: usize = 4;
    pub(super) const VTID: usize = 18;
    pub(super) const VPID: usize = 19;
}

mod programs;

/// A hook that is switched on and off as a whole.
struct Hook {
    program: &'static str,
    tracepoint: &'static str,
    /// One of these selected switches it on.
    calls: &'static [&'static str],
}

impl Hook {
    fn is_wanted(&self, calls: &SyscallSet) -> bool {
        calls.iter().any(|call| self.calls.contains(&call.name()))
    }
}

/// In the order in which they are attached: what keeps the watched tree forgets a process after its exit was told.
const HOOKS: &[Hook] = &[
    Hook { program: "on_exec", tracepoint: "sched_process_exec", calls: &["execve", "execveat"] },
    #[cfg(not(target_arch = "x86_64"))]
    Hook { program: "on_fork", tracepoint: "sched_process_fork", calls: &["clone", "clone3"] },
    Hook { program: "on_exit", tracepoint: "sched_process_exit", calls: &["sched_process_exit"] },
    Hook { program: "on_signal", tracepoint: "signal_deliver", calls: &["signal_deliver"] },
    Hook { program: "on_switch", tracepoint: "sched_switch", calls: &["sched_switch"] },
];

/// Puts new processes into their parents' rings.
const FAMILIES: &str = "on_birth_ring";

/// Calls that are also told of before they happen, each by a tracepoint of its own.
const ENTERED: [&str; 5] = ["open", "creat", "openat", "openat2", "connect"];

/// The loaded probe. It watches nothing until [`Probe::select`] says what is wanted; dropping it detaches everything.
pub struct Probe {
    ebpf: Ebpf,
    /// Types of tracepoints, while programs are loaded.
    btf: Option<Btf>,
    options: Options,
    readers: Vec<Reader>,
    lifecycle: Option<Reader>,
    clock: Clock,
    delivered: Delivered,
    loaded: HashSet<String>,
    attached: Vec<(&'static str, BtfTracePointLinkId)>,
    entered: Vec<(&'static str, TracePointLinkId)>,
    warnings: Vec<String>,
    selected: SyscallSet,
    own_tgid: u32,
    words: Words,
    /// Verdicts are in force, or were: programs may be looking at their tables.
    judges: bool,
    /// Opens have been settled, and some of the descriptors are still there: whatever comes, events tell of them.
    tells_descriptors: bool,
}

impl Probe {
    /// Loads the maps and checks that the kernel can run the programs. Nothing is attached yet.
    ///
    /// # Errors
    ///
    /// [`LoadProbeError`] says what the kernel lacks or refuses, and what to do about it.
    pub fn load(options: Options) -> Result<Self, LoadProbeError> {
        if OBJECT.is_empty() {
            return Err(LoadProbeError::Architecture(std::env::consts::ARCH));
        }
        if let Some(fault) = options.fault() {
            return Err(LoadProbeError::Option(fault));
        }
        // Only kernels before 5.11 need it; there a refusal shows when the first map is made.
        let _ = system::lift_memory_limit();
        // Any other answer than "no" is left to the maps themselves, which tell more.
        if let Ok(false) = aya::sys::is_map_supported(MapType::RingBuf) {
            let feature = "ring buffers for eBPF programs";
            return Err(LoadProbeError::Kernel { release: system::kernel_release(), feature });
        }
        let clock = Clock::new();
        // The loader reads the kernel's types by itself, too, and does not hand them out.
        let (btf, ebpf) = std::thread::scope(|scope| {
            let (send, receive) = mpsc::sync_channel(1);
            let reading = scope.spawn(move || {
                let whole = std::fs::read(KERNEL_TYPES).unwrap_or_default();
                let types = Types::read(&whole);
                // Whoever waits for them has ended only if this start fails as a whole.
                _ = send.send(types.as_ref().and_then(types_for_programs));
                tracepoints(types.as_ref())
            });
            let ebpf = load_object(&options, clock, &receive);
            (reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), ebpf)
        });
        let btf = btf?;
        let mut ebpf = ebpf?;
        let delivered: Delivered = (0..EVENTS.len()).map(|_| AtomicU64::new(0)).collect();
        let mut readers = make_rings(&mut ebpf, &options, &delivered)?;
        let lifecycle = if options.rings > 1 { readers.pop() } else { None };
        let words = Words::new(&mut ebpf)?;
        let mut probe = Self {
            words,
            judges: false,
            tells_descriptors: false,
            ebpf,
            btf: Some(btf),
            options,
            readers,
            lifecycle,
            clock,
            delivered,
            loaded: HashSet::new(),
            attached: Vec::new(),
            entered: Vec::new(),
            warnings: Vec::new(),
            selected: SyscallSet::EMPTY,
            own_tgid: 0,
        };
        probe.admit(&|_| 100)?;
        probe.watch_tree()?;
        probe.learn_own_tgid()?;
        Ok(probe)
    }

    /// Forgets what is needed to load programs, several MiB. It is read again when another program is needed.
    pub fn rest(&mut self) {
        self.btf = None;
    }

    /// Takes the reading ends of the ring buffers, one per worker. A second call gives none.
    pub fn take_readers(&mut self) -> Vec<Reader> {
        std::mem::take(&mut self.readers)
    }

    /// Takes the reading end of the ring buffer for lifecycle events ([`windhover_event::EventType::is_lifecycle`]), which
    /// there is if there is more than one ring for the others. In it, the upper half of an event's thread id is the id of
    /// its process (22 bits), and above that the number of the ring that its other events go to, plus one.
    pub fn take_lifecycle(&mut self) -> Option<Reader> {
        self.lifecycle.take()
    }

    /// The clock that stamps events.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// From now on the events of a new process go to the ring buffer of its parent, unless that one's reader does not keep up
    /// and another has less to read. Until then, and for processes that are there already, the id says which. Lifecycle events
    /// tell where the other events of their process go: see [`Self::take_lifecycle`].
    ///
    /// # Errors
    ///
    /// [`LoadProbeError`] where the program cannot be attached.
    pub fn keep_families(&mut self) -> Result<(), LoadProbeError> {
        if self.options.rings > 1 { self.hook(FAMILIES, "sched_process_fork", true) } else { Ok(()) }
    }

    /// Says how full, in percent, a ring buffer may become by events of a type. What would fill it more is shed, so that
    /// there is room for other types. Lifecycle events may always fill it.
    ///
    /// # Errors
    ///
    /// [`LoadProbeError`] where the kernel refuses.
    pub fn admit(&mut self, percent: &dyn Fn(EventType) -> u8) -> Result<(), LoadProbeError> {
        let bytes = u64::from(self.options.ring_bytes);
        let map = self.ebpf.map_mut("admissions").ok_or_else(|| missing("admissions"))?;
        let refused = |error: &(dyn std::error::Error + 'static)| classify("how full the rings may become", error);
        let mut admissions: Array<_, [u32; 2]> = Array::try_from(map).map_err(|error| refused(&error))?;
        for kind in EventType::all() {
            let lifecycle = kind.is_lifecycle();
            let percent = if lifecycle { 100 } else { u64::from(percent(kind).min(100)) };
            let fill = u32::try_from(bytes * percent / 100).unwrap_or(u32::MAX);
            let admission = [fill, u32::from(lifecycle)];
            admissions.set(u32::from(kind.code()), admission, 0).map_err(|error| refused(&error))?;
        }
        Ok(())
    }

    /// Hands at most `limit` waiting events of ring buffer `ring` to `each`; see [`Reader::drain`]. 0 where the reader
    /// was taken.
    pub fn drain(&mut self, ring: usize, limit: usize, each: &mut impl FnMut(&[u8])) -> usize {
        self.readers.get_mut(ring).map_or(0, |reader| reader.drain(limit, each))
    }

    /// Makes `calls` the ones that are watched, from now on: system calls, and the tracepoints that have a code among
    /// them (`sched_process_exit`, `signal_deliver`). What is not of this architecture is left out silently.
    ///
    /// # Errors
    ///
    /// [`LoadProbeError`] where a program that is needed now cannot be loaded or attached; the selection is unchanged
    /// then, though hooks may already be attached.
    pub fn select(&mut self, calls: &SyscallSet) -> Result<(), LoadProbeError> {
        self.select_judged(calls, None)
    }

    /// The same, with verdicts that keep in the kernel what nobody needs. Until the new ones are in force, everything
    /// passes.
    ///
    /// # Errors
    ///
    /// As [`Self::select`].
    pub fn select_judged(&mut self, calls: &SyscallSet, verdicts: Option<&Verdicts>) -> Result<(), LoadProbeError> {
        self.load_programs(calls)?;
        for call in calls.iter() {
            if let Some(number) = number(call) {
                self.place_program(call, number)?;
            }
        }
        if self.options.enter_events {
            self.enter_hooks(calls);
        }
        let selection = Selection::of(calls, self.own_tgid).telling_descriptors(self.tells_descriptors);
        self.write_selection(&selection)?;
        if self.judges {
            verdict::wait_for_programs();
            self.hook("on_birth", "sched_process_fork", false)?;
            self.words.begin_edition();
            self.judges = false;
        }
        self.hook("on_sys_exit", "sys_exit", !selection.is_empty())?;
        for hook in HOOKS {
            let wanted = hook.is_wanted(calls);
            if self.ebpf.program(hook.program).is_some() {
                self.hook(hook.program, hook.tracepoint, wanted)?;
            }
        }
        if self.options.scope_is_tree() && !self.is_attached("on_exit_of_tree") {
            self.hook("on_exit_of_tree", "sched_process_exit", true)?;
        }
        self.selected = *calls;
        if let Some(verdicts) = verdicts {
            self.words.write(verdicts)?;
            self.hook("on_birth", "sched_process_fork", true)?;
            self.write_selection(&selection.judged_by(verdicts))?;
            self.judges = true;
            self.tells_descriptors |= verdicts.descriptors;
        }
        Ok(())
    }

    /// The size of each ring buffer.
    pub fn ring_bytes(&self) -> u32 {
        self.options.ring_bytes
    }

    /// How many ring buffers workers read.
    pub fn rings(&self) -> u32 {
        self.options.rings
    }

    /// Where it is said what the verdicts need to know of processes.
    pub fn words(&self) -> Words {
        self.words.clone()
    }

    /// What is watched now.
    pub fn selected(&self) -> SyscallSet {
        self.selected
    }

    /// Adds processes (thread-group ids) to the watched tree.
    ///
    /// # Errors
    ///
    /// [`ProbeMapError`] where the tree is full.
    pub fn add_to_tree(&mut self, tgids: &[u32]) -> Result<(), ProbeMapError> {
        let failed = |reason: String| ProbeMapError { what: "write the process tree", reason };
        let map = self.ebpf.map_mut("tree").ok_or_else(|| failed("no such map".to_owned()))?;
        let mut tree: HashMap<_, u32, u8> = HashMap::try_from(map).map_err(|error| failed(chain(&error)))?;
        for &tgid in tgids {
            tree.insert(tgid, 1, 0).map_err(|error| failed(chain(&error)))?;
        }
        Ok(())
    }

    /// The counters of all event types.
    ///
    /// # Errors
    ///
    /// [`ProbeMapError`] where the kernel does not hand them out.
    pub fn stats(&self) -> Result<Stats, ProbeMapError> {
        let failed = |reason: String| ProbeMapError { what: "read the counters", reason };
        let map = self.ebpf.map("counts").ok_or_else(|| failed("no such map".to_owned()))?;
        let counts: PerCpuArray<_, [u64; FIELDS]> =
            PerCpuArray::try_from(map).map_err(|error| failed(chain(&error)))?;
        let mut stats = Stats::new();
        for (code, losses) in stats.losses.iter_mut().enumerate() {
            let values = counts.get(&(code as u32), 0).map_err(|error| failed(chain(&error)))?;
            stats.cpus.resize(values.len().max(stats.cpus.len()), Losses::default());
            for (fields, cpu) in values.iter().zip(&mut stats.cpus) {
                losses.add(*fields);
                cpu.add(*fields);
            }
        }
        stats.missed = self.attached.iter().filter_map(|(name, _)| self.recursion_misses(name)).sum();
        for (total, delivered) in stats.delivered.iter_mut().zip(self.delivered.iter()) {
            *total = delivered.load(Ordering::Relaxed);
        }
        Ok(stats)
    }

    /// What could not be had, though the probe works without it: tracepoints at the start of calls, where tracefs is not
    /// mounted or the kernel lacks them.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Detaches every hook. What is in the ring buffers can still be read.
    pub fn detach(&mut self) {
        for (name, link) in self.entered.drain(..) {
            detach_entry(&mut self.ebpf, name, link);
        }
        for (name, link) in self.attached.drain(..) {
            if let Some(program) = self.ebpf.program_mut(name).and_then(|program| trace_point(program)) {
                // The link is ours and still attached; if the kernel has lost it, there is nothing left to undo.
                let _ = program.detach(link);
            }
        }
    }

    /// Times that the kernel left a program out because it was already running on the processor.
    fn recursion_misses(&self, name: &str) -> Option<u64> {
        let program: &BtfTracePoint = self.ebpf.program(name)?.try_into().ok()?;
        system::recursion_misses(program.fd().ok()?.as_fd())
    }

    fn is_attached(&self, program: &str) -> bool {
        self.attached.iter().any(|(name, _)| *name == program)
    }

    /// Loads what keeps the watched tree, and begins to.
    fn watch_tree(&mut self) -> Result<(), LoadProbeError> {
        let Scope::ProcessTree(roots) = &self.options.scope else { return Ok(()) };
        let roots = roots.clone();
        if roots.len() > TREE_SIZE as usize {
            return Err(LoadProbeError::Option(format!("{} processes to watch: at most {TREE_SIZE}", roots.len())));
        }
        self.hook("on_fork_of_tree", "sched_process_fork", true)?;
        self.add_to_tree(&roots).map_err(|error| classify("the process tree", &error))
    }

    /// Attaches or detaches a program, if it is not so already.
    fn hook(&mut self, name: &'static str, tracepoint: &str, wanted: bool) -> Result<(), LoadProbeError> {
        let at = self.attached.iter().position(|(attached, _)| *attached == name);
        if wanted == at.is_some() {
            return Ok(());
        }
        if let Some(at) = at {
            let (_, link) = self.attached.swap_remove(at);
            if let Some(program) = self.ebpf.program_mut(name).and_then(trace_point) {
                let _ = program.detach(link);
            }
            return Ok(());
        }
        self.load_program(name, tracepoint)?;
        let program = self.ebpf.program_mut(name).and_then(trace_point).ok_or_else(|| missing(name))?;
        let link = program.attach().map_err(|error| classify(&format!("attaching to `{tracepoint}`"), &error))?;
        self.attached.push((name, link));
        Ok(())
    }

    /// Attaches and detaches the tracepoints at the start of calls. They are an addition: what fails is a warning.
    fn enter_hooks(&mut self, calls: &SyscallSet) {
        for call in ENTERED {
            let wanted = Syscall::by_name(call).is_some_and(|code| calls.contains(code) && number(code).is_some());
            let at = self.entered.iter().position(|(entered, _)| *entered == call);
            match at {
                Some(at) if !wanted => {
                    let (name, link) = self.entered.swap_remove(at);
                    detach_entry(&mut self.ebpf, name, link);
                }
                None if wanted => match attach_entry(&mut self.ebpf, call, &mut self.loaded) {
                    Ok(link) => self.entered.push((call, link)),
                    Err(reason) => {
                        let warning = format!("no look at `{call}` before it happens: {reason}");
                        if !self.warnings.contains(&warning) {
                            self.warnings.push(warning);
                        }
                    }
                },
                _ => {}
            }
        }
    }

    /// Learns our own id in the initial pid namespace, by which the kernel's side knows processes. In a namespace of our
    /// own we are told it by the event of a call that fails and that nobody else with our ids makes. Where the scope
    /// leaves us out, no event comes, and none of ours will: then there is nothing to leave out.
    fn learn_own_tgid(&mut self) -> Result<(), LoadProbeError> {
        if system::in_initial_pid_namespace() {
            self.own_tgid = std::process::id();
            return Ok(());
        }
        let [own, thread] = [i64::from(std::process::id()), system::thread_id()].map(i64::to_le_bytes);
        self.select(&Syscall::by_name("clone3").into_iter().collect())?;
        system::fail_to_clone();
        let mut learnt = 0;
        for reader in self.readers.iter_mut().chain(&mut self.lifecycle) {
            reader.drain(usize::MAX, &mut |bytes| {
                let Ok(event) = EventView::parse(bytes) else { return };
                if event.param(clone_param::VPID) == Some(&own[..])
                    && event.param(clone_param::VTID) == Some(&thread[..])
                {
                    learnt = event
                        .param(clone_param::PID)
                        .and_then(<[u8]>::first_chunk)
                        .map_or(0, |id| u32::from_le_bytes(*id));
                }
            });
        }
        self.own_tgid = learnt;
        self.select(&SyscallSet::EMPTY)
    }

    fn write_selection(&mut self, selection: &Selection) -> Result<(), LoadProbeError> {
        let map = self.ebpf.map_mut(".bss").ok_or_else(|| missing(".bss"))?;
        let refused = |error: &(dyn std::error::Error + 'static)| classify("the selection", error);
        let mut array: Array<_, Selection> = Array::try_from(map).map_err(|error| refused(&error))?;
        array.set(0, selection, 0).map_err(|error| refused(&error))
    }
}

impl Options {
    fn scope_is_tree(&self) -> bool {
        matches!(self.scope, Scope::ProcessTree(_))
    }
}

fn trace_point(program: &mut Program) -> Option<&mut BtfTracePoint> {
    program.try_into().ok()
}

fn attach_entry(ebpf: &mut Ebpf, call: &str, loaded: &mut HashSet<String>) -> Result<TracePointLinkId, String> {
    let name = format!("e_{call}");
    let program: Option<&mut TracePoint> = ebpf.program_mut(&name).and_then(|program| program.try_into().ok());
    let program = program.ok_or_else(|| format!("`{name}` is not in the object"))?;
    if loaded.insert(name) {
        program.load().map_err(|error| chain(&error))?;
    }
    program.attach("syscalls", &format!("sys_enter_{call}")).map_err(|error| chain(&error))
}

fn detach_entry(ebpf: &mut Ebpf, call: &str, link: TracePointLinkId) {
    let program: Option<&mut TracePoint> =
        ebpf.program_mut(&format!("e_{call}")).and_then(|program| program.try_into().ok());
    if let Some(program) = program {
        // The link is ours and still attached; if the kernel has lost it, there is nothing left to undo.
        let _ = program.detach(link);
    }
}

fn missing(name: &str) -> LoadProbeError {
    LoadProbeError::Refused {
        what: format!("`{name}`"),
        reason: "not in the object".to_owned(),
        release: system::kernel_release(),
    }
}

/// Where a kernel describes its types.
const KERNEL_TYPES: &str = "/sys/kernel/btf/vmlinux";

/// The types of tracepoints, by which programs are attached, among the kernel's.
fn tracepoints(types: Option<&Types<'_>>) -> Result<Btf, LoadProbeError> {
    let btf = match types {
        Some(types) => Btf::parse(&types.tracepoints(), Endianness::default()),
        None => Btf::from_sys_fs(),
    };
    btf.map_err(|error| LoadProbeError::TypeInformation(chain(&error)))
}

/// The same, read anew.
fn read_tracepoints() -> Result<Btf, LoadProbeError> {
    let whole = std::fs::read(KERNEL_TYPES).unwrap_or_default();
    tracepoints(Types::read(&whole).as_ref())
}

/// Those of the kernel's types that the programs name; `None` where these cannot be told, and all are to be looked at.
fn types_for_programs(kernel: &Types<'_>) -> Option<Btf> {
    let own = aya_obj::Object::parse(OBJECT).ok()?.btf?.to_bytes();
    Btf::parse(&kernel.reduced(&kernel_types::names(&own)?), Endianness::default()).ok()
}

/// Sets the constants and makes the maps. `types`: what is to be known of the kernel's types, if not everything.
fn load_object(options: &Options, clock: Clock, types: &Receiver<Option<Btf>>) -> Result<Ebpf, LoadProbeError> {
    let cpus = aya::util::nr_cpus().map_err(|(_, error)| classify("the number of processors", &error))? as u32;
    let (scope_cgroup, scope_cgroup_level) = match options.scope {
        Scope::Cgroup { id, level } => (id, level),
        _ => (0, 0),
    };
    let wakeup_mask = options.wakeup_bytes.checked_sub(1).map_or(0, |low_bits| !low_bits);
    let generic_code = selection::generic_codes();
    let from_ia32 = selection::from_ia32();
    let from_socketcall = selection::from_socketcall();
    let mut loader = EbpfLoader::new();
    let types = types.recv().ok().flatten();
    if types.is_some() {
        loader.btf(types.as_ref());
    }
    if !options.scope_is_tree() {
        // Nobody asks: five MiB that the kernel would take at once.
        loader.map_max_entries("tree", 1);
    }
    loader
        .override_global("boot_time", &clock.boot_time(), true)
        .override_global("ring_count", &options.rings, true)
        .override_global("ring_backlog", &(options.ring_bytes / BACKLOG_PART), true)
        .override_global("lifecycle_ring", &u8::from(options.rings > 1), true)
        .override_global("wakeup_mask", &wakeup_mask, true)
        .override_global("snapshot_length", &options.snapshot_length, true)
        .override_global("cpus", &cpus, true)
        .override_global("scope_cgroup", &scope_cgroup, true)
        .override_global("scope_cgroup_level", &scope_cgroup_level, true)
        .override_global("scope_tree", &u8::from(options.scope_is_tree()), true)
        .override_global("drop_failed", &u8::from(options.drop_failed), true)
        .override_global("typed_task", &u8::from(system::is_at_least(5, 11)), true)
        .override_global("resolve_paths", &u8::from(options.resolve_paths), true)
        .override_global("generic_code", &generic_code[..], true)
        .override_global("from_ia32", &from_ia32[..], true)
        .override_global("from_socketcall", &from_socketcall[..], true)
        .map_max_entries("scratches", cpus * LANES)
        .map_max_entries("rings", ring_count(options))
        .map_max_entries("opens", verdict::opens_chunks())
        .map_max_entries("told_rings", if options.rings > 1 { verdict::opens_chunks() } else { 1 })
        .load(OBJECT)
        .map_err(|error| classify("the maps and types of the probe", &error))
}

/// Ring buffers in all.
fn ring_count(options: &Options) -> u32 {
    options.rings + u32::from(options.rings > 1)
}

fn make_rings(ebpf: &mut Ebpf, options: &Options, delivered: &Delivered) -> Result<Vec<Reader>, LoadProbeError> {
    let refused = |error: &(dyn std::error::Error + 'static)| {
        classify(&format!("a ring buffer of {} bytes", options.ring_bytes), error)
    };
    let map = ebpf.map_mut("rings").ok_or_else(|| missing("rings"))?;
    let mut rings: ArrayOfMaps<_, RingBuf<MapData>> = ArrayOfMaps::try_from(map).map_err(|error| refused(&error))?;
    let mut readers = Vec::new();
    for index in 0..ring_count(options) {
        let object = aya_obj::Map::new_from_params(RING_BUFFER, 0, 0, options.ring_bytes, 0);
        let data = MapData::create(object, "ring", None).map_err(|error| refused(&error))?;
        let map = Map::from_map_data(data).map_err(|error| refused(&error))?;
        let ring = RingBuf::try_from(map).map_err(|error| refused(&error))?;
        rings.set(index, &ring, 0).map_err(|error| refused(&error))?;
        readers.push(Reader::new(ring, delivered.clone()).map_err(|error| refused(&error))?);
    }
    Ok(readers)
}
