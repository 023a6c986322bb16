//! The keys of the `container` plugin's `init_config`, by which the built-in support for containers is configured. They stand
//! apart: the `init_config` of other plugins is theirs.

use super::row::{U32, integer, key};
use super::{Group, Kind};
use Kind::{Bool, Mapping, Text, Texts};

/// Those keys.
pub const CONTAINER: &[Group] =
    &[Group { title: "Container support: the `init_config` of the plugin `container`", keys: KEYS }];

const KEYS: &[super::Key] = &[
    key("label_max_len", integer(100, 0, U32), "Labels whose value is longer, in bytes, are left out."),
    key("with_size", Bool(false), "Ask how much containers have written, which costs their runtimes time."),
    key("hooks", Texts, "When containers are asked about: `create` (the default), `start`, or both."),
    key("engines", Mapping, "Which runtimes are asked, and where."),
    key("engines.docker", Mapping, "Docker."),
    key("engines.docker.enabled", Bool(true), "Ask it."),
    key("engines.docker.sockets", Texts, "Where it listens."),
    key("engines.podman", Mapping, "Podman."),
    key("engines.podman.enabled", Bool(true), "Ask it."),
    key("engines.podman.sockets", Texts, "Where it listens."),
    key("engines.containerd", Mapping, "containerd, for what does not belong to pods."),
    key("engines.containerd.enabled", Bool(true), "Ask it."),
    key("engines.containerd.sockets", Texts, "Where it listens."),
    key("engines.cri", Mapping, "Servers of Kubernetes' container runtime interface."),
    key("engines.cri.enabled", Bool(true), "Ask them."),
    key("engines.cri.sockets", Texts, "Where they listen."),
    key("engines.lxc", Mapping, "LXC: its containers are known by their cgroups."),
    key("engines.lxc.enabled", Bool(true), "Nobody is asked either way."),
    key("engines.libvirt_lxc", Mapping, "libvirt's LXC: its containers are known by their cgroups."),
    key("engines.libvirt_lxc.enabled", Bool(true), "Nobody is asked either way."),
    key("engines.bpm", Mapping, "BPM: its containers are known by their cgroups."),
    key("engines.bpm.enabled", Bool(true), "Nobody is asked either way."),
    key("engines.static", Mapping, "One container that every process is said to be in."),
    key("engines.static.enabled", Bool(true), "Say so."),
    key("engines.static.container_id", Text(""), "Its id."),
    key("engines.static.container_name", Text(""), "Its name."),
    key("engines.static.container_image", Text(""), "Its image."),
];
