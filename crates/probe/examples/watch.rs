//! Prints what a command and its children do: `cargo run --example watch -- COMMAND [ARGUMENT…]` (as root).
#![allow(clippy::print_stdout)]

use std::process::Command;
use std::time::{Duration, Instant};

use windhover_event::{EventView, SyscallSet};
use windhover_probe::{Options, Probe, Scope};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().ok_or("usage: watch COMMAND [ARGUMENT…]")?;
    let started = Instant::now();
    // The command's parent is a shell that waits for us, so that the tree is watched before the command runs.
    let mut child = Command::new("/bin/sh")
        .args(["-c", "read go; exec \"$0\" \"$@\""])
        .arg(command)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .spawn()?;
    let mut probe = Probe::load(Options { scope: Scope::ProcessTree(vec![child.id()]), ..Options::default() })?;
    println!("loaded after {:?}", started.elapsed());
    probe.select(&SyscallSet::all())?;
    println!("selected after {:?}", started.elapsed());
    drop(child.stdin.take());
    let mut readers = probe.take_readers();
    let mut print = |bytes: &[u8]| match EventView::parse(bytes) {
        Ok(event) => {
            print!("{} {} {}", event.tid(), event.kind().code(), event.kind().info().name);
            for (index, param) in event.kind().info().params.iter().enumerate() {
                let value = event.param(index).unwrap_or_default();
                match value {
                    [a, b, c, d, e, f, g, h] => {
                        print!(" {}={}", param.name, i64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]))
                    }
                    [a, b, c, d] => print!(" {}={}", param.name, u32::from_le_bytes([*a, *b, *c, *d])),
                    [a, b] => print!(" {}={}", param.name, u16::from_le_bytes([*a, *b])),
                    _ => print!(" {}={:?}", param.name, String::from_utf8_lossy(value)),
                }
            }
            println!(" +{:?}", String::from_utf8_lossy(event.trailer()));
        }
        Err(error) => println!("unreadable: {error} {bytes:?}"),
    };
    loop {
        let finished = child.try_wait()?.is_some();
        let count: usize = readers.iter_mut().map(|reader| reader.drain(usize::MAX, &mut print)).sum();
        if finished && count == 0 {
            break;
        }
        readers[0].wait(Duration::from_millis(2));
    }
    for (kind, losses) in probe.stats()?.kinds() {
        println!("{}: {losses:?} delivered {}", kind.name(), probe.stats()?.delivered(kind));
    }
    Ok(())
}
