//! A storm: two processes open and close a file as fast as they can while a third opens a needle each 100 ms.
//!
//! `cargo run --release -p windhover-probe --example storm -- [SECONDS] [RING-BYTES]` (as root). What the kernel saw, what
//! was delivered and what was lost must add up to what the processes say that they did; with a small ring buffer there
//! are losses to count.
#![allow(clippy::print_stdout)]

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use windhover_event::{EventType, EventView, Syscall};
use windhover_probe::{Options, Probe, Reader, Scope};

const STORMERS: usize = 2;
const NEEDLE: &str = "/etc/shadow";
const HAY: &str = "/etc/hostname";

type Failure = Box<dyn std::error::Error>;

/// The child's side: opens until the time is up, and says how often.
fn open_until(kind: &str, seconds: u64) -> Result<(), Failure> {
    std::io::stdin().read_exact(&mut [0])?;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut opened = 0u64;
    while Instant::now() < until {
        if kind == "needles" {
            std::thread::sleep(Duration::from_millis(100));
            let _ = std::fs::File::open(NEEDLE);
            opened += 1;
        } else {
            for _ in 0..1000 {
                let _ = std::fs::File::open(HAY);
            }
            opened += 1000;
        }
    }
    println!("{opened}");
    Ok(())
}

fn start(kind: &str, seconds: u64) -> Result<Child, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([kind, &seconds.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
    Ok(command.spawn()?)
}

/// Lets a child begin; the answer comes when it has ended.
fn answer(child: Child) -> Result<u64, Failure> {
    let output = child.wait_with_output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Reads until told to stop, and counts the needles.
fn count_needles(reader: &mut Reader, done: &AtomicBool) -> u64 {
    let mut needles = 0;
    loop {
        let last = done.load(Ordering::Acquire);
        let count = reader.drain(usize::MAX, &mut |bytes| {
            if let Ok(event) = EventView::parse(bytes) {
                needles += u64::from(event.resolved_path() == Some(NEEDLE.as_bytes()));
            }
        });
        if last && count == 0 {
            return needles;
        }
        reader.wait(Duration::from_millis(2));
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, or: u64| arguments.get(index).map_or(Ok(or), |text| text.parse::<u64>());
    if let Some(kind @ ("hay" | "needles")) = arguments.first().map(String::as_str) {
        return open_until(kind, number(1, 10)?);
    }
    let seconds = number(0, 10)?;
    let ring_bytes = u32::try_from(number(1, 8 << 20)?)?;
    let mut children: Vec<Child> = (0..STORMERS).map(|_| start("hay", seconds)).collect::<Result<_, _>>()?;
    children.push(start("needles", seconds)?);
    let scope = Scope::ProcessTree(children.iter().map(Child::id).collect());
    let mut probe = Probe::load(Options { scope, ring_bytes, enter_events: false, ..Options::default() })?;
    let mut reader = probe.take_readers().pop().ok_or("no reader")?;
    let calls = ["openat", "close"].iter().filter_map(|name| Syscall::by_name(name)).collect();
    probe.select(&calls)?;
    let done = AtomicBool::new(false);
    let (needles, counts) = std::thread::scope(|scope| -> Result<_, Failure> {
        let reading = scope.spawn(|| count_needles(&mut reader, &done));
        for child in &mut children {
            child.stdin.take().ok_or("no input")?.write_all(b"!")?;
        }
        let counts = children.into_iter().map(answer).collect::<Result<Vec<u64>, _>>();
        done.store(true, Ordering::Release);
        Ok((reading.join().map_err(|_| "the reader failed")?, counts?))
    })?;
    let stats = probe.stats()?;
    let opens = stats.of(EventType::SYSCALL_OPENAT_2_X);
    let delivered = stats.delivered(EventType::SYSCALL_OPENAT_2_X);
    let did: u64 = counts.iter().sum();
    println!("needles: {} opened, {needles} found", counts[STORMERS]);
    println!("opens: {did} done, {} seen, {delivered} delivered, {} lost {opens:?}", opens.seen, opens.lost());
    println!("all events: {} seen, {} delivered", stats.total().seen, stats.total_delivered());
    println!("missed hooks: {}", stats.missed());
    let adds_up = opens.seen == delivered + opens.lost() && opens.seen + stats.missed() >= did;
    println!("{}", if adds_up { "seen + lost = done" } else { "THE COUNTS DO NOT ADD UP" });
    Ok(())
}
