//! What the probe costs a system call: `cargo run --release -p windhover-probe --example cost` (as root).
//!
//! A child makes the calls and measures them; the states take turns, so that a machine that is busy elsewhere is so for
//! all of them. Per state the median of the rounds is printed, and how it relates to the others.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aya::programs::BtfTracePoint;
use aya::{Btf, Ebpf};
use windhover_event::{Syscall, SyscallSet};
use windhover_probe::{Options, Probe, Reader};

const EMPTY: &[u8] = aya::include_bytes_aligned!("../../../bpf/objects/empty.o");
const ROUNDS: usize = 15;
const CALLS: u32 = 200_000;
const OPENS: u32 = 40_000;

type Failure = Box<dyn std::error::Error>;

/// The process that makes the calls: not this one, which the probe never watches.
struct Caller {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Caller {
    fn start() -> Result<Self, Failure> {
        let mut child =
            Command::new(std::env::current_exe()?).arg("calls").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, input, output })
    }

    /// Nanoseconds of one getppid, and of one open and close.
    fn measure(&mut self) -> Result<[f64; 2], Failure> {
        writeln!(self.input, "go")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let mut numbers = line.split_ascii_whitespace().map(str::parse);
        Ok([numbers.next().ok_or("no number")??, numbers.next().ok_or("no number")??])
    }
}

/// The child's side.
fn make_calls() -> Result<(), Failure> {
    for line in std::io::stdin().lines() {
        line?;
        let started = Instant::now();
        for _ in 0..CALLS {
            black_box(std::os::unix::process::parent_id());
        }
        let getppid = started.elapsed().as_nanos() as f64 / f64::from(CALLS);
        let started = Instant::now();
        for _ in 0..OPENS {
            black_box(std::fs::File::open("/etc/hostname")?);
        }
        let open = started.elapsed().as_nanos() as f64 / f64::from(OPENS);
        println!("{getppid} {open}");
    }
    Ok(())
}

fn attach_empty() -> Result<Ebpf, Failure> {
    let mut ebpf = Ebpf::load(EMPTY)?;
    let program: &mut BtfTracePoint = ebpf.program_mut("empty").ok_or("no program")?.try_into()?;
    program.load("sys_exit", &Btf::from_sys_fs()?)?;
    program.attach()?;
    Ok(ebpf)
}

fn calls(names: &[&str]) -> SyscallSet {
    names.iter().filter_map(|name| Syscall::by_name(name)).collect()
}

/// Runs `work` while another thread throws away what the probe tells.
fn drained<T>(readers: &mut [Reader], work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for reader in readers.iter_mut() {
                    reader.drain(usize::MAX, &mut |event| {
                        black_box(event);
                    });
                }
                readers[0].wait(Duration::from_millis(2));
            }
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Result<(), Failure> {
    if std::env::args().nth(1).as_deref() == Some("calls") {
        return make_calls();
    }
    let states =
        ["off", "empty program", "probe, not these calls", "opens, no paths", "opens, with paths", "opens, enter too"];
    let mut caller = Caller::start()?;
    let mut results = vec![[Vec::new(), Vec::new()]; states.len()];
    let load = |resolve_paths, enter_events| {
        Probe::load(Options { resolve_paths, enter_events, ring_bytes: 64 << 20, ..Options::default() })
    };
    let mut probes = [load(false, false)?, load(true, false)?, load(true, true)?];
    let mut readers = probes.each_mut().map(Probe::take_readers);
    let opens = calls(&["open", "openat", "openat2", "creat", "close", "execve"]);
    for _ in 0..ROUNDS {
        for (state, results) in results.iter_mut().enumerate() {
            let measured = match state {
                0 => caller.measure()?,
                1 => {
                    let _empty = attach_empty()?;
                    caller.measure()?
                }
                2 => {
                    probes[0].select(&calls(&["execve", "connect", "mount"]))?;
                    drained(&mut readers[0], || caller.measure())?
                }
                _ => {
                    probes[state - 3].select(&opens)?;
                    drained(&mut readers[state - 3], || caller.measure())?
                }
            };
            for probe in &mut probes {
                probe.select(&SyscallSet::EMPTY)?;
            }
            results[0].push(measured[0]);
            results[1].push(measured[1]);
        }
    }
    let medians: Vec<[f64; 2]> = results.into_iter().map(|[a, b]| [median(a), median(b)]).collect();
    println!(
        "{:<26}{:>12}{:>10}{:>10}{:>14}{:>10}{:>10}",
        "", "getppid ns", "/off", "/empty", "open+close ns", "/off", "/empty"
    );
    for (name, [getppid, open]) in states.iter().zip(&medians) {
        let [off, empty] = [medians[0], medians[1]];
        println!(
            "{name:<26}{getppid:>12.0}{:>10.2}{:>10.2}{open:>14.0}{:>10.2}{:>10.2}",
            getppid / off[0],
            getppid / empty[0],
            open / off[1],
            open / empty[1]
        );
    }
    for (name, probe) in states[3..].iter().zip(&probes) {
        let total = probe.stats()?.total();
        println!("{name}: {} events seen, {} lost", total.seen, total.lost());
    }
    drop(caller.input);
    caller.child.wait()?;
    Ok(())
}
