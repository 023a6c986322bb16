//! Answers questions about single containers.

use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use crate::option::Options;
use crate::{Answer, Post, QUESTIONS, runtimes};

/// A runtime may not know its newest container yet: it is asked again after this time,
const PAUSE: Duration = Duration::from_millis(30);
/// and so many times in all.
const ROUNDS: u32 = 5;

/// Answers until nobody asks any more.
pub(crate) fn run(options: &Options, asked: &Receiver<String>, post: &Post) {
    while let Ok(first) = asked.recv() {
        // All that wait are asked about together, so that those nobody knows do not hold up the others.
        let mut open = vec![first];
        open.extend(asked.try_iter().take(QUESTIONS));
        for round in 0..ROUNDS {
            if round > 0 {
                thread::sleep(PAUSE);
            }
            open.retain(|id| !answer(options, id, post));
            if open.is_empty() || post.is_over() {
                break;
            }
        }
    }
}

/// Returns whether a runtime knew it.
fn answer(options: &Options, id: &str, post: &Post) -> bool {
    // Sockets of podman's users come and go, so they are looked for each time. One that fails is as one that does not know.
    let info = runtimes(options).iter().find_map(|runtime| runtime.inspect(id).ok().flatten());
    info.is_some_and(|info| {
        post.send(Answer::Known(Box::new(info)));
        true
    })
}
