//! One worker among several: its ring buffer and the shared log, merged in the order of time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use windhover_event::{EventType, EventView};
use windhover_system::{Alive, Awaited, Bequest, Lookup, Thread};

use super::log::{Cursor, Entry};
use super::{NewRules, Report, Shared};
use crate::worker::{Origin, Worker};

/// Events taken from the ring buffer before the world is looked at again.
const BATCH: usize = 4096;
/// How often a worker tells what it has done.
const REPORT: Duration = Duration::from_millis(50);
/// The same for one without events.
const REPORT_WHEN_IDLE: Duration = Duration::from_millis(5);
/// Where the id of the new process, and its parent's, stand in a clone's event.
const CLONE_RESULT: usize = 0;
const CLONE_PTID: usize = 5;

/// The reading end of a worker's ring buffer.
pub trait Ring: Send {
    /// Hands at most `limit` waiting events to `each`. Says whether it found the end of what had come.
    fn drain(&mut self, limit: usize, each: &mut dyn FnMut(&[u8])) -> bool;

    /// Waits for events, a few milliseconds at most.
    fn wait(&mut self);
}

/// What a worker asks about the machine.
pub trait Machine: Lookup + Alive + Send {}

impl<T: Lookup + Alive + Send> Machine for T {}

/// What one worker has to itself.
pub struct Post {
    /// Its ring buffer.
    pub ring: Box<dyn Ring>,
    /// Answers its model's questions; `None` where the machine is not to be asked.
    pub machine: Option<Box<dyn Machine>>,
    /// Waits a moment for another worker, after having done so that many times in a row; false: it has been long enough.
    pub pause: Pause,
}

/// See [`Post::pause`].
pub type Pause = Box<dyn FnMut(u32) -> bool + Send>;

/// Waits for another worker, at first without sleeping, about a fifth of a second in all. Most waits are over within
/// microseconds, and a sleep lasts a tenth of a millisecond at least: while every worker has a core, looking again is cheaper.
pub fn pause(times: u32) -> bool {
    const LOOKS: u32 = 16;
    match times {
        0..128 => (0..LOOKS).for_each(|_| std::hint::spin_loop()),
        128..256 => std::thread::yield_now(),
        _ => std::thread::sleep(Duration::from_micros(50)),
    }
    times < 2000
}

/// When threads that ended unseen are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Purge {
    /// How often, in nanoseconds of event time.
    pub interval: u64,
    /// How long a thread must have been silent, likewise.
    pub timeout: u64,
}

/// A worker with its place in the log.
pub(super) struct Member {
    worker: Worker,
    index: usize,
    shared: Arc<Shared>,
    cursor: Cursor,
    /// Everything in the log that happened before has been taken in.
    taken_until: u64,
    pause: Pause,
    purged: u64,
    reported: Option<Instant>,
    /// Events and entries of the log that the last report knew of.
    told: (u64, u64),
}

impl Member {
    pub(super) fn new(worker: Worker, index: usize, shared: Arc<Shared>, pause: Pause) -> Self {
        let cursor = shared.log.cursor();
        Self { worker, index, cursor, taken_until: 0, shared, pause, purged: 0, reported: None, told: (0, 0) }
    }

    /// Works until told to stop and nothing is left.
    pub(super) fn run(mut self, mut ring: Box<dyn Ring>, mut machine: Option<Box<dyn Machine>>, purge: Purge) {
        loop {
            let last = self.shared.stop.load(Ordering::Acquire);
            let taken = self.round(&mut *ring, machine.as_deref_mut());
            self.obey();
            if let Some(machine) = machine.as_deref_mut() {
                self.purge(machine, purge);
            }
            self.report(taken == 0);
            if taken == 0 {
                if last {
                    break;
                }
                ring.wait();
            }
        }
        self.reported = None;
        self.report(true);
    }

    /// Takes a batch of the ring buffer, and all of the log that belongs before it or, if the ring is empty, that was
    /// there before it was looked at. Returns how many events it took of either.
    fn round(&mut self, ring: &mut dyn Ring, machine: Option<&mut (dyn Machine + 'static)>) -> usize {
        let mut lookup = machine.map(|machine| machine as &mut dyn Lookup);
        let complete = self.shared.log.catch_up(u64::MAX);
        let known = self.cursor.end();
        let before = self.cursor.position();
        let mut drained = 0;
        // What has been told since is to be taken, too.
        self.taken_until = 0;
        let at_end = ring.drain(BATCH, &mut |bytes| {
            let ts = bytes.first_chunk().map_or(0, |ts| u64::from_le_bytes(*ts));
            if ts > self.taken_until {
                self.take_log_until(ts, &mut lookup);
            }
            self.own(bytes, &mut lookup);
            drained += 1;
        });
        if at_end {
            // Whatever of the ring happened before the log's known end has been seen.
            while self.cursor.position() < known && self.cursor.peek().is_some() {
                self.read_log(&mut lookup);
            }
            self.shared.order.pass(self.index, complete);
        } else {
            self.shared.order.pass(self.index, self.worker.last_ts.saturating_sub(1));
        }
        // A batch that was not the last one counts even if it was empty.
        drained + (self.cursor.position() - before) as usize + usize::from(!at_end)
    }

    /// Takes all of the log that belongs before an event of the ring.
    #[inline(never)]
    fn take_log_until(&mut self, ts: u64, lookup: &mut Option<&mut dyn Lookup>) {
        let mut complete = self.shared.log.complete();
        if ts > complete {
            complete = self.shared.log.catch_up(ts);
        }
        while let Some(time) = self.cursor.peek() {
            if time >= ts {
                self.taken_until = time;
                return;
            }
            self.read_log(lookup);
        }
        self.taken_until = complete;
    }

    /// Takes the entry of the log that comes next.
    fn read_log(&mut self, lookup: &mut Option<&mut dyn Lookup>) {
        self.worker.system.set_mark(self.cursor.position());
        let Self { worker, shared, pause, index, cursor, .. } = self;
        cursor.take(|entry| match entry {
            Entry::Change(change) => change(&mut worker.system),
            Entry::Event { pid, share, bytes } => {
                if let Some(share) = share {
                    worker.system.note_share(pid, share);
                }
                let own = worker.system.is_own(pid);
                let Ok(event) = EventView::parse(bytes) else {
                    worker.counts.malformed += u64::from(own);
                    return;
                };
                settle(worker, shared, pause, event.tid(), lookup);
                if tells_of_child(event.kind()) {
                    if let Some(parent) = event.i64(CLONE_PTID) {
                        settle(worker, shared, pause, parent, lookup);
                    }
                    if let (Some(share), Some(child @ 1..)) = (event.child_ring(), event.i64(CLONE_RESULT)) {
                        worker.system.note_share(child, share);
                    }
                }
                if own {
                    let applied = worker.apply(&event, lookup.as_deref_mut());
                    // The event of a new process may itself be the first that is known of it.
                    settle(worker, shared, pause, event.tid(), lookup);
                    worker.judge(&event, origin(*index), applied, &mut |alert| shared.order.hold(alert));
                } else {
                    worker.take_note(&event, lookup.as_deref_mut());
                }
                for bequest in worker.system.bequests() {
                    shared.bequests.leave(bequest);
                }
            }
        });
        self.shared.progress[self.index].store(self.cursor.position(), Ordering::Release);
    }

    /// Takes one event of the ring.
    fn own(&mut self, bytes: &[u8], lookup: &mut Option<&mut dyn Lookup>) {
        let Ok(event) = EventView::parse(bytes) else {
            self.worker.counts.malformed += 1;
            return;
        };
        settle(&mut self.worker, &self.shared, &mut self.pause, event.tid(), lookup);
        let order = &self.shared.order;
        self.worker.event(&event, origin(self.index), lookup.as_deref_mut(), &mut |alert| order.hold(alert));
    }

    /// Puts other rules in force, if some have come.
    fn obey(&mut self) {
        if !self.shared.ordered[self.index].swap(false, Ordering::AcqRel) {
            return;
        }
        let rules = self.shared.orders[self.index].lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(NewRules { in_force, matcher }) = rules {
            self.worker.replace_rules(in_force, matcher);
        }
    }

    fn purge(&mut self, machine: &mut (dyn Machine + 'static), purge: Purge) {
        let now = self.worker.last_ts;
        if self.purged == 0 {
            self.purged = now;
        }
        if now.saturating_sub(self.purged) >= purge.interval {
            self.purged = now;
            self.worker.system.purge(now, purge.timeout, machine);
        }
    }

    /// Tells the others what it has done, now and then.
    fn report(&mut self, idle: bool) {
        let due = if idle { REPORT_WHEN_IDLE } else { REPORT };
        if self.reported.is_some_and(|then| then.elapsed() < due) {
            return;
        }
        let done = (self.worker.counts.received, self.cursor.position());
        if self.reported.is_some() && done == self.told {
            return;
        }
        self.told = done;
        self.reported = Some(Instant::now());
        let worker = &mut self.worker;
        if self.index == 0 {
            // Every model meets every container, so one of them is enough to ask.
            let mut strangers = self.shared.strangers.lock().unwrap_or_else(PoisonError::into_inner);
            worker.system.ask_about_containers(&mut |id| {
                strangers.push(id.into());
                true
            });
        }
        let own = |thread: &&Arc<Thread>| worker.system.is_own(thread.pid);
        let report = Report {
            tally: worker.tally.clone(),
            counts: worker.counts,
            last_ts: worker.last_ts,
            threads: worker.system.threads().filter(own).count() as u64,
            fds: worker.system.fd_count() as u64,
            counters: worker.system.counters().clone(),
        };
        *self.shared.reports[self.index].lock().unwrap_or_else(PoisonError::into_inner) = report;
    }
}

fn origin(index: usize) -> Origin {
    Origin { cpu: index as u16, state_only: false }
}

/// Takes what a thread's process has inherited, if it waits for that. The worker that the parent belongs to leaves it
/// when it comes to the same place in the log; that is never behind a place for which it waits itself, so two workers
/// never wait for each other.
fn settle(worker: &mut Worker, shared: &Shared, pause: &mut Pause, tid: i64, lookup: &mut Option<&mut dyn Lookup>) {
    let Some(awaited) = worker.system.awaited(tid) else { return };
    let bequest = wait_for(shared, pause, &awaited);
    worker.system.inherit(awaited, bequest, lookup.as_deref_mut());
}

fn wait_for(shared: &Shared, pause: &mut Pause, awaited: &Awaited) -> Option<Bequest> {
    let progress = &shared.progress[awaited.from as usize];
    let mut times = 0;
    // What is to be left is there before its place in the log is passed.
    while progress.load(Ordering::Acquire) <= awaited.mark && pause(times) {
        times += 1;
    }
    shared.bequests.take(awaited)
}

fn tells_of_child(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::SYSCALL_CLONE_20_X
            | EventType::SYSCALL_FORK_20_X
            | EventType::SYSCALL_VFORK_20_X
            | EventType::SYSCALL_CLONE3_X
    )
}
