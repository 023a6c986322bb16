//! Watches one runtime: lists its containers, then follows what happens to them.

use std::time::Duration;

use crate::ask::AskError;
use crate::inspect::short_id;
use crate::option::Options;
use crate::runtime::{Happening, Runtime};
use crate::{Answer, Post};

/// How long to wait before a runtime that is not there, or has gone, is looked for again.
const RETRY: Duration = Duration::from_secs(2);
/// How often a thread that waits for a runtime's news looks whether to end.
const GLANCE: Duration = Duration::from_millis(250);
/// Containers of one list that are asked about at most.
const MAX_LISTED: usize = 16_384;

/// Watches until nobody wants to know any more.
pub(crate) fn run(runtime: &dyn Runtime, options: &Options, post: &Post) {
    while !post.is_over() {
        // A runtime that is stopped, or that fails, is tried again: it loses nothing that a list does not bring back.
        if runtime.socket().exists() {
            _ = watch(runtime, options, post);
        }
        post.rest(RETRY);
    }
}

fn watch(runtime: &dyn Runtime, options: &Options, post: &Post) -> Result<(), AskError> {
    // The stream is opened first, so that nothing happens between the list and its first event.
    let mut events = runtime.events()?;
    for id in runtime.list()?.into_iter().take(MAX_LISTED) {
        if !tell(runtime, &id, post) {
            return Ok(());
        }
    }
    while !post.is_over() {
        let go_on = match events.next(GLANCE)? {
            Some(Happening::Created(id)) if options.on_create => tell(runtime, &id, post),
            Some(Happening::Started(id)) if options.on_start => tell(runtime, &id, post),
            Some(Happening::Removed(id)) => post.send(Answer::Gone(short_id(&id).to_owned())),
            _ => true,
        };
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Asks about a container and passes the answer on. Returns whether anybody still wants to know.
fn tell(runtime: &dyn Runtime, id: &str, post: &Post) -> bool {
    match runtime.inspect(id) {
        Ok(Some(info)) => post.send(Answer::Known(Box::new(info))),
        // One that is gone already, or that cannot be told about, does not end the watch.
        _ => !post.is_over(),
    }
}
