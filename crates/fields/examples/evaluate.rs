//! Measures what fields cost: `cargo run --release -p windhover-fields --example evaluate FILE…` replays captures through
//! the model, and evaluates each of some conditions on every event that it can be true for.

use std::error::Error;
use std::time::{Duration, Instant};

use windhover_capture::{Reader, Record};
use windhover_fields::{Catalogue, EventValues, event_types};
use windhover_filter::{Matcher, ParseOptions, Scratch, compile, eval_expr, parse};
use windhover_system::{Applied, Limits, System};

/// Of each measurement, the shortest counts.
const RUNS: u64 = 5;

const CONDITIONS: [&str; 7] = [
    "evt.type in (open, openat, openat2) and fd.name startswith /etc/shadow",
    "evt.type in (open, openat, openat2) and evt.arg.flags contains O_CREAT",
    "evt.type in (execve, execveat) and proc.aname in (sshd, nginx)",
    "evt.type in (execve, execveat) and proc.cmdline contains curl",
    "evt.type in (connect, sendto) and fd.sip = 203.0.113.53",
    "evt.is_io = true and fd.typechar = f and proc.name = cat",
    "evt.num >= 0 and container.id != host",
];

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn Error>> {
    let catalogue = Catalogue::syscall();
    for path in std::env::args_os().skip(1) {
        let base = replay(&path, |_| {})?;
        println!("{}: {} events, model alone {:.1} ns an event", path.display(), base.0, per(base.1, base.0));
        for text in CONDITIONS {
            let ast = parse(text, &ParseOptions::default()).map_err(|error| error.text)?;
            let types = event_types(&ast)?.types;
            let compiled = compile(&ast, &catalogue).map_err(|errors| format!("{errors:?}"))?;
            let condition = compiled.expr.map(&mut Matcher::new);
            let (mut scratch, mut tried, mut held) = (Scratch::default(), 0_u64, 0_u64);
            let (_, took) = replay(&path, |values| {
                if types.contains(values.event().kind()) {
                    tried += 1;
                    held += u64::from(eval_expr(&condition, values, &mut scratch));
                }
            })?;
            let extra = took.saturating_sub(base.1);
            let (tried, held) = (tried / RUNS, held / RUNS);
            println!("  {:6.1} ns a try, {tried} tried, {held} hold: {text}", per(extra, tried));
        }
    }
    Ok(())
}

fn per(time: Duration, count: u64) -> f64 {
    time.as_nanos() as f64 / count.max(1) as f64
}

/// Replays a capture and returns the number of shown events and the time, the shortest of a few runs.
fn replay(path: &std::ffi::OsStr, mut visit: impl FnMut(&EventValues<'_>)) -> Result<(u64, Duration), Box<dyn Error>> {
    let catalogue = Catalogue::syscall();
    let mut best = (0, Duration::MAX);
    for _ in 0..RUNS {
        let mut reader = Reader::open(path)?;
        let mut system = System::new(Limits::default());
        system.load(reader.snapshot().clone());
        let mut events = 0;
        let start = Instant::now();
        while let Some(record) = reader.next()? {
            let Record::Event(captured) = record else { continue };
            if system.apply(&captured.event, None) == Applied::Shown {
                events += 1;
                visit(&EventValues::new(captured.event, system.context(), &catalogue));
            }
        }
        let took = start.elapsed();
        if took < best.1 {
            best = (events, took);
        }
    }
    Ok(best)
}
