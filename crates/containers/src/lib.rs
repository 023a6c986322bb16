//! Who a cgroup belongs to: asks container runtimes what the containers are that the model has found in control groups.
//!
//! Docker and podman are asked through their sockets by Docker's API; containerd, CRI-O and their like by gRPC. Threads of
//! their own do that: one answers [`Containers::ask`], one per socket lists all containers at the start and then watches what
//! is created and removed.
//! Nothing here waits for a runtime on the caller's thread; all queues are bounded. What became known is put into the
//! model by [`Containers::exchange`], or told as events by [`Containers::events`], between two events.
//!
//! This crate may not know rules, events or fields, and never touches the model but in `exchange`.
//!
//! ```
//! use std::path::Path;
//!
//! use windhover_containers::{Containers, Options};
//! use windhover_system::{Limits, System};
//!
//! let config = serde_json::json!({"engines": {"docker": {"sockets": ["/nowhere/docker.sock"]},
//!                                             "podman": {"enabled": false}, "cri": {"enabled": false},
//!                                             "containerd": {"enabled": false}}});
//! let mut containers = Containers::start(&Options::read(&config, Path::new("/"))?)?;
//! let mut system = System::new(Limits::default());
//! containers.exchange(&mut system);
//! assert_eq!(system.container_count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod ask;
mod containerd;
mod cri;
mod docker;
mod grpc;
mod http;
mod inspect;
mod message;
mod option;
mod question;
mod runtime;
mod watch;

use std::io;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use windhover_system::{Bytes, ContainerInfo, System, container_kind};

use containerd::Containerd;
use cri::Cri;
use docker::Docker;
pub use option::{Options, ReadOptionsError};
use runtime::Runtime;

/// Questions that may wait.
const QUESTIONS: usize = 100;
/// Answers that may wait; who has more waits itself.
const ANSWERS: usize = 256;
/// Answers put into the model at one time, so that events do not wait long.
const ANSWERS_AT_ONCE: usize = 32;
/// Bytes of stack of each thread.
const STACK: usize = 512 << 10;

/// What became known.
#[derive(Debug)]
enum Answer {
    Known(Box<ContainerInfo>),
    /// The short id of a container that is gone.
    Gone(String),
}

/// Asks runtimes about containers. Its threads end when it is dropped, within the time of one answer.
#[derive(Debug)]
pub struct Containers {
    questions: SyncSender<String>,
    answers: Receiver<Answer>,
    everything: Option<Box<ContainerInfo>>,
    end: Arc<End>,
}

/// Where and for how long threads work.
#[derive(Clone)]
struct Post {
    answers: SyncSender<Answer>,
    end: Arc<End>,
}

/// Whether nobody wants to know any more; who rests is woken then.
#[derive(Debug, Default)]
struct End {
    is_there: Mutex<bool>,
    came: Condvar,
}

impl Post {
    fn is_over(&self) -> bool {
        *self.end.is_there.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for so long, or until it is over.
    fn rest(&self, duration: Duration) {
        let is_there = self.end.is_there.lock().unwrap_or_else(PoisonError::into_inner);
        // Who wakes for no reason looks again, which does no harm.
        _ = self.end.came.wait_timeout_while(is_there, duration, |is_there| !*is_there);
    }

    /// Returns whether anybody still wants to know.
    fn send(&self, answer: Answer) -> bool {
        !self.is_over() && self.answers.send(answer).is_ok()
    }
}

impl Containers {
    /// Starts the threads. Runtimes need not be there yet.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn start(options: &Options) -> io::Result<Self> {
        let (questions, asked) = mpsc::sync_channel(QUESTIONS);
        let (answers, known) = mpsc::sync_channel(ANSWERS);
        let end = Arc::<End>::default();
        let containers =
            Self { questions, answers: known, everything: options.everything.clone(), end: Arc::clone(&end) };
        if options.everything.is_some() {
            return Ok(containers);
        }
        let post = Post { answers, end };
        for runtime in runtimes(options) {
            let (post, options) = (post.clone(), options.clone());
            spawn("container-watch", move || watch::run(&*runtime, &options, &post))?;
        }
        let options = options.clone();
        spawn("container-ask", move || question::run(&options, &asked, &post))?;
        Ok(containers)
    }

    /// Asks who a container is, by its short id. Returns whether there was room for the question.
    pub fn ask(&self, id: &str) -> bool {
        !matches!(self.questions.try_send(id.to_owned()), Err(mpsc::TrySendError::Full(_)))
    }

    /// Asks about containers that the model does not know, and tells the model what became known meanwhile.
    pub fn exchange(&mut self, system: &mut System) {
        self.ask_for(system);
        for answer in self.answers.try_iter().take(ANSWERS_AT_ONCE) {
            match answer {
                Answer::Known(info) => system.set_container(*info),
                Answer::Gone(id) => system.remove_container(id.as_bytes()),
            }
        }
    }

    /// Asks about containers that the model does not know.
    pub fn ask_for(&mut self, system: &mut System) {
        if let Some(info) = self.everything.take() {
            system.set_static_container(*info);
        }
        system.ask_about_containers(&mut |id| std::str::from_utf8(id).map_or(true, |id| self.ask(id)));
    }

    /// Hands out what became known meanwhile as events of the time `ts`, which tell whoever sees them: the model, rules,
    /// recordings.
    pub fn events(&self, ts: u64) -> impl Iterator<Item = Vec<u8>> + use<'_> {
        self.answers.try_iter().take(ANSWERS_AT_ONCE).filter_map(move |answer| match answer {
            Answer::Known(info) => info.to_event(ts).ok(),
            Answer::Gone(id) => ContainerInfo::removal_event(&id, ts).ok(),
        })
    }

    /// The same for several models of one machine: asks about the containers `unknown`, of which those stay that must be
    /// asked about again. Gives the container that every process is in, if that is configured, the first time.
    pub fn ask_for_many(&mut self, unknown: &mut Vec<Bytes>) -> Option<ContainerInfo> {
        unknown.retain(|id| !std::str::from_utf8(id).map_or(true, |id| self.ask(id)));
        self.everything.take().map(|info| *info)
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        *self.end.is_there.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.end.came.notify_all();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(work).map(drop)
}

/// The runtimes that are configured, by the sockets that there are now; those without pattern need not be there. Who tells
/// most about a container comes first.
fn runtimes(options: &Options) -> Vec<Box<dyn Runtime>> {
    let Options { with_size, label_max_len, .. } = *options;
    let expand = |sockets: &[String]| option::expand(sockets, &options.host_root);
    let mut runtimes: Vec<Box<dyn Runtime>> = Vec::new();
    for (kind, sockets) in [(container_kind::PODMAN, &options.podman), (container_kind::DOCKER, &options.docker)] {
        for socket in expand(sockets) {
            runtimes.push(Box::new(Docker { kind, socket, with_size, label_max_len }));
        }
    }
    let cri = expand(&options.cri);
    for socket in &cri {
        runtimes.push(Box::new(Cri { socket: socket.clone(), with_size, label_max_len }));
    }
    for socket in expand(&options.containerd) {
        let mut left_out = Vec::new();
        if cri.contains(&socket) {
            left_out.push(containerd::PODS);
        }
        if !options.docker.is_empty() {
            left_out.push(containerd::DOCKER);
        }
        runtimes.push(Box::new(Containerd { socket, with_size, label_max_len, left_out }));
    }
    runtimes
}
