//! The model as a whole: what it is made of, and how it starts.

use std::net::IpAddr;

use windhover_event::EventView;
use windhover_event::snapshot::{Machine, Snapshot};

use crate::container::{ContainerInfo, Containers};
use crate::context::{Context, Current};
use crate::interface::Interfaces;
use crate::limit::{Counters, Limits};
use crate::lookup::Lookup;
use crate::table::ThreadTable;
use crate::user::Users;

/// What became of an applied event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Rules and outputs see it.
    Shown,
    /// The model has taken note of it; rules do not see it (an enter event, or one of the engine's own process).
    Hidden,
    /// Its thread is suppressed: it has no number and changed nothing.
    Suppressed,
}

/// The live model.
#[derive(Debug)]
pub struct System {
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    pub(crate) threads: ThreadTable,
    pub(crate) users: Users,
    pub(crate) containers: Containers,
    pub(crate) interfaces: Interfaces,
    pub(crate) machine: Machine,
    pub(crate) current: Current,
}

impl System {
    /// An empty model.
    pub fn new(limits: Limits) -> Self {
        Self {
            counters: Counters::default(),
            threads: ThreadTable::new(limits.threads),
            users: Users::new(limits.containers, limits.users),
            containers: Containers::new(limits.containers),
            interfaces: Interfaces::default(),
            machine: Machine::default(),
            current: Current::default(),
            limits,
        }
    }

    /// Takes over what a scan or a capture's first blocks found.
    pub fn load(&mut self, snapshot: Snapshot) {
        self.machine = snapshot.machine;
        self.interfaces = Interfaces::new(&snapshot.interfaces);
    }

    /// Brings the model up to date with one event, and makes it the current one.
    pub fn apply(&mut self, event: &EventView<'_>, lookup: Option<&mut dyn Lookup>) -> Applied {
        let _ = (event, lookup);
        Applied::Shown
    }

    /// The model as the last applied event found it.
    pub fn context(&self) -> Context<'_> {
        Context::new(self)
    }

    /// What the model did so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Adds or replaces a container's metadata.
    pub fn set_container(&mut self, info: ContainerInfo) {
        let _ = info;
    }

    pub(crate) fn is_container_ip(&self, ip: IpAddr) -> bool {
        let IpAddr::V4(ip) = ip else { return false };
        let ip = ip.to_string();
        self.containers.iter().any(|info| info.ip == ip)
    }
}
