//! How long the probe takes to start, and the machine to be read: `cargo run --release -p windhover-probe --example start`
//! (as root). With `-- programs` behind it also how many instructions the kernel's verifier went through for each program,
//! which is where the time goes.
#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use aya::programs::loaded_programs;
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
    if env::args().any(|argument| argument == "programs") {
        print_programs()?;
    }
    Ok(())
}

/// What the verifier went through, by program, most first. Kernels before 5.16 do not say.
fn print_programs() -> Result<(), Box<dyn std::error::Error>> {
    let mut verified = HashMap::new();
    for entry in fs::read_dir("/proc/self/fdinfo")? {
        // The descriptor of the folder itself is gone by now.
        let text = fs::read_to_string(entry?.path()).unwrap_or_default();
        let number = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|value| value.trim().parse::<u32>().ok())
        };
        if let (Some(program), Some(instructions)) = (number("prog_id"), number("verified_insns")) {
            verified.insert(program, instructions);
        }
    }
    let mut programs: Vec<(u32, String)> = loaded_programs()
        .flatten()
        .filter_map(|program| Some((*verified.get(&program.id())?, program.name_as_str()?.to_owned())))
        .collect();
    programs.sort_unstable_by(|a, b| b.cmp(a));
    println!("{} instructions verified in {} programs", verified.values().sum::<u32>(), programs.len());
    for (instructions, name) in programs {
        println!("{instructions:>8} {name}");
    }
    Ok(())
}
