//! The programs of calls: each is loaded when it is first needed.

use std::collections::HashMap as Table;
use std::sync::{Mutex, PoisonError};

use aya::Btf;
use aya::maps::ProgramArray;
use aya::programs::BtfTracePoint;
use windhover_event::{Syscall, SyscallSet};

use super::{FAMILIES, HOOKS, Probe, missing, read_tracepoints, trace_point};
use crate::error::{LoadProbeError, classify};
use crate::selection::number;

/// Programs that are loaded at a time, at most.
const MOST_LOADERS: usize = 8;

impl Probe {
    /// Loads the programs that `calls` need, so that selecting them takes less time later.
    ///
    /// # Errors
    ///
    /// [`LoadProbeError`] where the kernel refuses one.
    pub fn prepare(&mut self, calls: &SyscallSet) -> Result<(), LoadProbeError> {
        self.load_programs(calls)
    }

    /// Loads the program of a call, unless that was done, and puts it where the dispatcher finds it.
    pub(super) fn place_program(&mut self, call: Syscall, number: u16) -> Result<(), LoadProbeError> {
        let name = self.program_of(call);
        self.load_program(&name, "sys_exit")?;
        let refused = |error: &(dyn std::error::Error + 'static)| classify(&format!("the program `{name}`"), error);
        let program = self.ebpf.program_mut(&name).and_then(trace_point).ok_or_else(|| missing(&name))?;
        let fd = program.fd().map_err(|error| refused(&error))?.try_clone().map_err(|error| refused(&error))?;
        let map = self.ebpf.map_mut("programs").ok_or_else(|| missing("programs"))?;
        let mut programs = ProgramArray::try_from(map).map_err(|error| refused(&error))?;
        programs.set(u32::from(number), &fd, 0).map_err(|error| refused(&error))
    }

    /// Loads the programs that `calls` need, several at a time: the kernel checks each of them, which is most of the time
    /// that a start takes.
    pub(super) fn load_programs(&mut self, calls: &SyscallSet) -> Result<(), LoadProbeError> {
        let mut needed: Table<String, &str> = Table::new();
        for call in calls.iter().filter(|call| number(*call).is_some()) {
            needed.insert(self.program_of(call), "sys_exit");
            needed.insert("on_sys_exit".to_owned(), "sys_exit");
        }
        for hook in HOOKS.iter().filter(|hook| hook.is_wanted(calls)) {
            needed.insert(hook.program.to_owned(), hook.tracepoint);
        }
        if self.options.rings > 1 {
            needed.insert(FAMILIES.to_owned(), "sched_process_fork");
        }
        needed.retain(|name, _| !self.loaded.contains(name));
        if needed.is_empty() {
            return Ok(());
        }
        let btf = kept(&mut self.btf)?;
        let waiting: Vec<_> = self
            .ebpf
            .programs_mut()
            .filter_map(|(name, program)| Some((name.to_owned(), *needed.get(name)?, trace_point(program)?)))
            .collect();
        let loaders = std::thread::available_parallelism().map_or(1, |n| n.get()).min(MOST_LOADERS).min(waiting.len());
        let waiting = Mutex::new(waiting);
        let loaded = std::thread::scope(|scope| {
            let loaders: Vec<_> = (0..loaders).map(|_| scope.spawn(|| load_waiting(&waiting, btf))).collect();
            let results = loaders.into_iter().map(|loader| loader.join().unwrap_or_else(|_| Ok(Vec::new())));
            results.collect::<Result<Vec<_>, _>>()
        })?;
        self.loaded.extend(loaded.into_iter().flatten());
        Ok(())
    }

    /// The program that makes a call's event.
    fn program_of(&self, call: Syscall) -> String {
        let name = format!("x_{}", call.name());
        let has_its_own = call.info().dedicated && self.ebpf.program(&name).is_some();
        if has_its_own { name } else { "x_generic".to_owned() }
    }

    pub(super) fn load_program(&mut self, name: &str, tracepoint: &str) -> Result<(), LoadProbeError> {
        if self.loaded.contains(name) {
            return Ok(());
        }
        let btf = kept(&mut self.btf)?;
        let program = self.ebpf.program_mut(name).and_then(trace_point).ok_or_else(|| missing(name))?;
        program.load(tracepoint, btf).map_err(|error| classify(&format!("the program `{name}`"), &error))?;
        self.loaded.insert(name.to_owned());
        Ok(())
    }
}

/// The types of tracepoints; read again if they have been forgotten.
fn kept(btf: &mut Option<Btf>) -> Result<&Btf, LoadProbeError> {
    Ok(match btf {
        Some(btf) => btf,
        none => none.insert(read_tracepoints()?),
    })
}

/// A program to be loaded: its name, its tracepoint, and itself.
type Waiting<'a> = (String, &'a str, &'a mut BtfTracePoint);

/// Loads programs until none waits, and gives the names of those that it has loaded.
fn load_waiting(waiting: &Mutex<Vec<Waiting<'_>>>, btf: &Btf) -> Result<Vec<String>, LoadProbeError> {
    let mut loaded = Vec::new();
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some((name, tracepoint, program)) = next else { return Ok(loaded) };
        program.load(tracepoint, btf).map_err(|error| classify(&format!("the program `{name}`"), &error))?;
        loaded.push(name);
    }
}
