//! Counts a capture's events by type and measures how long reading takes: `cargo run --release --example count FILE…`.

use std::error::Error;
use std::time::Instant;

use windhover_capture::{Reader, Record};
use windhover_event::EventType;

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1) {
        let mut counts = vec![0_u64; EventType::COUNT];
        let start = Instant::now();
        let mut reader = Reader::open(&path)?;
        let opened = start.elapsed();
        let start = Instant::now();
        while let Some(record) = reader.next()? {
            if let Record::Event(captured) = record {
                counts[usize::from(captured.event.kind().code())] += 1;
            }
        }
        let took = start.elapsed();
        let stats = reader.stats();
        let given: u64 = counts.iter().sum();
        for (kind, count) in EventType::all().zip(&counts).filter(|(_, count)| **count > 0) {
            println!("{count:9}  {} {}", if kind.is_exit() { '<' } else { '>' }, kind.info().constant);
        }
        println!("{}: {given} events given of {}, {stats:?}", path.display(), stats.event_blocks);
        println!(
            "  {} threads before them, opened in {opened:.2?}; {:.1} ns an event",
            reader.snapshot().threads.len(),
            took.as_nanos() as f64 / stats.event_blocks.max(1) as f64,
        );
    }
    Ok(())
}
