//! What is known about containers.

mod event;
mod json;

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

pub use json::ParseContainerError;

use crate::Bytes;

/// Numbers that name a container's runtime.
pub mod container_kind {
    /// Docker.
    pub const DOCKER: u32 = 0;
    /// LXC.
    pub const LXC: u32 = 1;
    /// LXC by libvirt.
    pub const LIBVIRT_LXC: u32 = 2;
    /// A CRI runtime that is not known better.
    pub const CRI: u32 = 6;
    /// containerd.
    pub const CONTAINERD: u32 = 7;
    /// CRI-O.
    pub const CRIO: u32 = 8;
    /// BPM.
    pub const BPM: u32 = 9;
    /// Configured, the same for every process.
    pub const STATIC: u32 = 10;
    /// Podman.
    pub const PODMAN: u32 = 11;
    /// Not a container.
    pub const HOST: u32 = 0xfffe;

    /// `container.type`: the runtime's name; empty for a static container and for unknown numbers.
    pub const fn name(kind: u32) -> &'static str {
        match kind {
            DOCKER => "docker",
            LXC => "lxc",
            LIBVIRT_LXC => "libvirt-lxc",
            3 => "mesos",
            4 => "rkt",
            CRI => "cri",
            CONTAINERD => "containerd",
            CRIO => "cri-o",
            BPM => "bpm",
            PODMAN => "podman",
            HOST => "host",
            _ => "",
        }
    }
}

/// A file system mounted into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Mount {
    pub source: String,
    pub destination: String,
    pub mode: String,
    pub rdwr: bool,
    pub propagation: String,
}

/// A port of the host that leads into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortMapping {
    /// IPv4 address in host order.
    pub host_ip: u32,
    /// Port on the host.
    pub host_port: u16,
    /// Port in the container.
    pub container_port: u16,
}

/// A container's metadata, as its runtime tells it. Members that the runtime does not tell are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ContainerInfo {
    /// [`container_kind`] number.
    pub kind: u32,
    /// Short id, as in [`Thread::container_id`](crate::Thread::container_id).
    pub id: String,
    pub full_id: String,
    pub name: String,
    pub image: String,
    pub image_id: String,
    pub image_digest: String,
    pub image_repository: String,
    pub image_tag: String,
    pub user: String,
    pub ip: String,
    pub cni_json: String,
    /// Seconds since the epoch.
    pub created_time: i64,
    pub env: Vec<String>,
    /// In the order of the runtime's answer.
    pub labels: Vec<(String, String)>,
    pub mounts: Vec<Mount>,
    pub port_mappings: Vec<PortMapping>,
    pub privileged: bool,
    pub host_pid: bool,
    pub host_network: bool,
    pub host_ipc: bool,
    pub is_pod_sandbox: bool,
    pub pod_sandbox_id: String,
    pub pod_sandbox_labels: Vec<(String, String)>,
    pub cpu_shares: i64,
    pub cpu_quota: i64,
    pub cpu_period: i64,
    pub cpuset_cpu_count: i64,
    pub memory_limit: i64,
    pub swap_limit: i64,
    pub size: i64,
}

impl Default for ContainerInfo {
    fn default() -> Self {
        Self {
            kind: container_kind::DOCKER,
            id: String::new(),
            full_id: String::new(),
            name: String::new(),
            image: String::new(),
            image_id: String::new(),
            image_digest: String::new(),
            image_repository: String::new(),
            image_tag: String::new(),
            user: String::new(),
            ip: String::new(),
            cni_json: String::new(),
            created_time: 0,
            env: Vec::new(),
            labels: Vec::new(),
            mounts: Vec::new(),
            port_mappings: Vec::new(),
            privileged: false,
            host_pid: false,
            host_network: false,
            host_ipc: false,
            is_pod_sandbox: false,
            pod_sandbox_id: String::new(),
            pod_sandbox_labels: Vec::new(),
            cpu_shares: 1024,
            cpu_quota: 0,
            cpu_period: 100_000,
            cpuset_cpu_count: 0,
            memory_limit: 0,
            swap_limit: 0,
            size: -1,
        }
    }
}

impl ContainerInfo {
    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        lookup(&self.labels, key)
    }

    /// The value of a label of the pod's sandbox.
    pub fn sandbox_label(&self, key: &str) -> Option<&str> {
        lookup(&self.pod_sandbox_labels, key)
    }
}

fn lookup<'a>(labels: &'a [(String, String)], key: &str) -> Option<&'a str> {
    labels.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

/// Containers by short id.
#[derive(Debug)]
pub(crate) struct Containers {
    table: HashMap<Bytes, Arc<ContainerInfo>>,
    ips: HashSet<Ipv4Addr>,
    limit: usize,
}

/// The table is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContainersFull;

impl Containers {
    pub(crate) fn new(limit: usize) -> Self {
        Self { table: HashMap::new(), ips: HashSet::new(), limit }
    }

    pub(crate) fn get(&self, id: &[u8]) -> Option<&Arc<ContainerInfo>> {
        self.table.get(id)
    }

    pub(crate) fn set(&mut self, info: ContainerInfo) -> Result<(), ContainersFull> {
        let id = Bytes::from(info.id.as_bytes());
        if self.table.len() >= self.limit && !self.table.contains_key(&id) {
            return Err(ContainersFull);
        }
        self.table.insert(id, Arc::new(info));
        self.collect_ips();
        Ok(())
    }

    pub(crate) fn remove(&mut self, id: &[u8]) -> bool {
        let known = self.table.remove(id).is_some();
        if known {
            self.collect_ips();
        }
        known
    }

    /// Whether a container has this address.
    pub(crate) fn has_ip(&self, ip: Ipv4Addr) -> bool {
        self.ips.contains(&ip)
    }

    fn collect_ips(&mut self) {
        self.ips = self.table.values().filter_map(|info| info.ip.parse().ok()).collect();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ContainerInfo> {
        self.shared().map(|info| &**info)
    }

    pub(crate) fn shared(&self) -> impl Iterator<Item = &Arc<ContainerInfo>> {
        self.table.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }
}

/// Containers that threads were found in, but that nobody has told about yet.
#[derive(Debug)]
pub(crate) struct Strangers {
    met: HashSet<Bytes>,
    waiting: Vec<Bytes>,
    limit: usize,
}

impl Strangers {
    pub(crate) fn new(limit: usize) -> Self {
        Self { met: HashSet::new(), waiting: Vec::new(), limit }
    }

    /// Takes note of a container's id, if it was not met before.
    pub(crate) fn meet(&mut self, id: &Bytes) {
        if self.met.contains(id) {
            return;
        }
        if self.met.len() >= self.limit {
            // To ask twice harms less than never to ask about new ones.
            self.met.clear();
            self.waiting.clear();
        }
        self.met.insert(id.clone());
        self.waiting.push(id.clone());
    }

    /// Hands out the ids met since the last time; those for which `take` returns false stay.
    pub(crate) fn hand_out(&mut self, take: &mut dyn FnMut(&[u8]) -> bool) {
        self.waiting.retain(|id| !take(id));
    }

    /// A container with this id would be another one.
    pub(crate) fn forget(&mut self, id: &[u8]) {
        if self.met.remove(id) {
            self.waiting.retain(|waiting| **waiting != *id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed_out(strangers: &mut Strangers, accept: bool) -> Vec<String> {
        let mut ids = Vec::new();
        strangers.hand_out(&mut |id| {
            ids.push(String::from_utf8_lossy(id).into_owned());
            accept
        });
        ids
    }

    #[test]
    fn a_stranger_is_handed_out_once_until_it_is_gone() {
        let mut strangers = Strangers::new(2);
        let [a, b, c] = [b"a", b"b", b"c"].map(|id| Bytes::from(&id[..]));
        strangers.meet(&a);
        strangers.meet(&a);
        strangers.meet(&b);
        assert_eq!(handed_out(&mut strangers, false), ["a", "b"]);
        assert_eq!(handed_out(&mut strangers, true), ["a", "b"]);
        strangers.meet(&a);
        assert!(handed_out(&mut strangers, true).is_empty());
        strangers.forget(b"a");
        strangers.meet(&a);
        assert_eq!(handed_out(&mut strangers, true), ["a"]);
        strangers.meet(&c);
        assert_eq!(handed_out(&mut strangers, true), ["c"], "a full table starts anew");
    }
}
