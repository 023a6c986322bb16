//! `container.*` fields: the container that the process runs in.

use windhover_filter::Scope;

use crate::definition::{ArgForm, Class, Definition, Maker};

const F: Maker = Maker { class: Class::Container, scope: Scope::Process };
const NOW: Maker = Maker { class: Class::Container, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("container.id", "First 12 characters of the container's id; `host` outside of containers.").suggested(),
    F.text("container.full_id", "The container's whole id; `host` outside of containers."),
    F.text("container.name", "Name that the runtime knows the container by; `host` outside of containers.").suggested(),
    F.text("container.image", "Image reference as the runtime reports it."),
    F.text("container.image.id", "Id of the image."),
    F.text("container.type", "Runtime: `docker`, `containerd`, `cri-o`, `podman` …; `host` outside of containers."),
    F.boolean("container.privileged", "Whether the container runs privileged."),
    F.text("container.mounts", "All mounts as `source:dest:mode:rdwr:propagation`, joined by commas."),
    F.text("container.mount", "One mount, by number or by a regular expression for its source.")
        .arg(ArgForm::KeyOrIndex),
    F.text("container.mount.source", "Source of a mount, by number or by an expression for its destination.")
        .arg(ArgForm::KeyOrIndex),
    F.text("container.mount.dest", "Destination of a mount, by number or by an expression for its source.")
        .arg(ArgForm::KeyOrIndex),
    F.text("container.mount.mode", "Mode of a mount, by number or by an expression for its source.")
        .arg(ArgForm::KeyOrIndex),
    F.text("container.mount.rdwr", "Whether a mount is writable, by number or by an expression for its source.")
        .arg(ArgForm::KeyOrIndex),
    F.text("container.mount.propagation", "Propagation of a mount, by number or by an expression for its source.")
        .arg(ArgForm::KeyOrIndex),
    F.text("container.image.repository", "Image reference without tag and digest.").suggested(),
    F.text("container.image.tag", "Tag of the image.").suggested(),
    F.text("container.image.digest", "Digest of the image in its registry."),
    F.text("container.healthcheck", "Never a value.").deprecated(),
    F.text("container.liveness_probe", "Never a value.").deprecated(),
    F.text("container.readiness_probe", "Never a value.").deprecated(),
    F.time("container.start_ts", "When the container's first process started, in nanoseconds since the epoch."),
    NOW.duration("container.duration", "Nanoseconds since the container's first process started."),
    F.text("container.ip", "The container's primary address."),
    F.text("container.cni.json", "The network plugin's result, as JSON."),
    F.boolean("container.host_pid", "Whether the container shares the host's pid namespace."),
    F.boolean("container.host_network", "Whether the container shares the host's network namespace."),
    F.boolean("container.host_ipc", "Whether the container shares the host's IPC namespace."),
    F.text("container.label", "Value of one label.").arg(ArgForm::Key),
    F.text("container.labels", "All labels as `key:value`, joined by a comma and a blank."),
    F.boolean("proc.is_container_healthcheck", "Never a value.").deprecated(),
    F.boolean("proc.is_container_liveness_probe", "Never a value.").deprecated(),
    F.boolean("proc.is_container_readiness_probe", "Never a value.").deprecated(),
];
