//! Writing to people who may not be reading: a terminal that is held, a pipe whose reader hangs. What cannot be written in time
//! is given up, so that the command comes to its end.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// How long a text may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where to write.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}

/// Whether standard output, and standard error, did not take a text in time.
static GIVEN_UP: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];

/// Writes a text, unless the stream did not take an earlier one in time. One that has gone does not want to know.
pub fn write(stream: Stream, text: &str) {
    let given_up = &GIVEN_UP[stream as usize];
    if text.is_empty() || given_up.load(Ordering::Relaxed) {
        return;
    }
    let (sender, receiver) = sync_channel(1);
    let text = text.to_owned();
    let writer = thread::Builder::new().name("say".to_owned()).spawn(move || {
        _ = match stream {
            Stream::Out => io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()),
            Stream::Error => io::stderr().write_all(text.as_bytes()),
        };
        _ = sender.send(());
    });
    if writer.is_ok() && receiver.recv_timeout(PATIENCE).is_err() {
        given_up.store(true, Ordering::Relaxed);
    }
}
