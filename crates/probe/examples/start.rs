//! How long the probe takes to start, and the machine to be read: `cargo run --release -p windhover-probe --example start`
//! (as root).
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use windhover_event::SyscallSet;
use windhover_probe::{Options, Probe, Proc, ScanOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let mut probe = Probe::load(Options::default())?;
    println!("loaded in {:?}", started.elapsed());
    for (name, calls) in [("what keeps the model", SyscallSet::state()), ("everything", SyscallSet::all())] {
        let started = Instant::now();
        probe.select(&calls)?;
        println!("{name}: {} calls selected in {:?}", calls.len(), started.elapsed());
    }
    let started = Instant::now();
    let (_, report) = Proc::new(Path::new("/")).snapshot(&ScanOptions::default());
    println!("/proc read in {:?}: {report:?}", started.elapsed());
    Ok(())
}
