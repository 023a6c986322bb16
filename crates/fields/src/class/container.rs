//! `container.*` fields: the container that the process runs in.

use windhover_filter::{FieldArg, Scope, Scratch, Value};
use windhover_system::{ContainerInfo, Mount, container_kind};

use super::pattern;
use crate::definition::{ArgForm, Class, Definition, Maker};
use crate::values::{EventValues, built, join, text};

const F: Maker = Maker { class: Class::Container, scope: Scope::Process };
const NOW: Maker = Maker { class: Class::Container, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("container.id", "First 12 characters of the container's id; `host` outside of containers.")
        .suggested()
        .get(short_id),
    F.text("container.full_id", "The container's whole id; `host` outside of containers.")
        .get(|v, _, _| from(v, b"host", |c| c.full_id.as_bytes())),
    F.text("container.name", "Name that the runtime knows the container by; `host` outside of containers.")
        .suggested()
        .get(|v, _, _| from(v, b"host", |c| c.name.as_bytes())),
    F.text("container.image", "Image reference as the runtime reports it.")
        .get(|v, _, _| from(v, b"", |c| c.image.as_bytes())),
    F.text("container.image.id", "Id of the image.").get(|v, _, _| from(v, b"", |c| c.image_id.as_bytes())),
    F.text("container.type", "Runtime: `docker`, `containerd`, `cri-o`, `podman` …; `host` outside of containers.")
        .get(|v, _, _| from(v, b"host", |c| container_kind::name(c.kind).as_bytes())),
    F.boolean("container.privileged", "Whether the container runs privileged.")
        .get(|v, _, _| truth(v, |c| c.privileged)),
    F.text("container.mounts", "All mounts as `source:dest:mode:rdwr:propagation`, joined by commas.").get(mounts),
    F.text("container.mount", "One mount, by number or by a regular expression for its source.")
        .arg(ArgForm::KeyOrIndex)
        .get(|v, arg, scratch| {
            let mount = mount(v, arg, By::Source)?;
            built(scratch, |out| push_mount(mount, out))
        }),
    F.text("container.mount.source", "Source of a mount, by number or by an expression for its destination.")
        .arg(ArgForm::KeyOrIndex)
        .get(|v, arg, _| text(mount(v, arg, By::Destination)?.source.as_bytes())),
    F.text("container.mount.dest", "Destination of a mount, by number or by an expression for its source.")
        .arg(ArgForm::KeyOrIndex)
        .get(|v, arg, _| text(mount(v, arg, By::Source)?.destination.as_bytes())),
    F.text("container.mount.mode", "Mode of a mount, by number or by an expression for its source.")
        .arg(ArgForm::KeyOrIndex)
        .get(|v, arg, _| text(mount(v, arg, By::Source)?.mode.as_bytes())),
    F.text("container.mount.rdwr", "Whether a mount is writable, by number or by an expression for its source.")
        .arg(ArgForm::KeyOrIndex)
        .get(|v, arg, _| text(rdwr(mount(v, arg, By::Source)?).as_bytes())),
    F.text("container.mount.propagation", "Propagation of a mount, by number or by an expression for its source.")
        .arg(ArgForm::KeyOrIndex)
        .get(|v, arg, _| text(mount(v, arg, By::Source)?.propagation.as_bytes())),
    F.text("container.image.repository", "Image reference without tag and digest.")
        .suggested()
        .get(|v, _, _| from(v, b"", |c| c.image_repository.as_bytes())),
    F.text("container.image.tag", "Tag of the image.")
        .suggested()
        .get(|v, _, _| from(v, b"", |c| c.image_tag.as_bytes())),
    F.text("container.image.digest", "Digest of the image in its registry.")
        .get(|v, _, _| from(v, b"", |c| c.image_digest.as_bytes())),
    F.text("container.healthcheck", "Never a value.").deprecated(),
    F.text("container.liveness_probe", "Never a value.").deprecated(),
    F.text("container.readiness_probe", "Never a value.").deprecated(),
    F.time("container.start_ts", "When the container's first process started, in nanoseconds since the epoch.")
        .get(|v, _, _| Some(Value::Uint(start(v)?))),
    NOW.duration("container.duration", "Nanoseconds since the container's first process started.")
        .get(|v, _, _| Some(Value::Uint(v.event.ts().wrapping_sub(start(v)?)))),
    F.text("container.ip", "The container's primary address.").get(|v, _, _| from(v, b"", |c| c.ip.as_bytes())),
    F.text("container.cni.json", "The network plugin's result, as JSON.")
        .get(|v, _, _| from(v, b"", |c| c.cni_json.as_bytes())),
    F.boolean("container.host_pid", "Whether the container shares the host's pid namespace.")
        .get(|v, _, _| truth(v, |c| c.host_pid)),
    F.boolean("container.host_network", "Whether the container shares the host's network namespace.")
        .get(|v, _, _| truth(v, |c| c.host_network)),
    F.boolean("container.host_ipc", "Whether the container shares the host's IPC namespace.")
        .get(|v, _, _| truth(v, |c| c.host_ipc)),
    F.text("container.label", "Value of one label.").arg(ArgForm::Key).get(|v, arg, _| label(v, arg)),
    F.text("container.labels", "All labels as `key:value`, joined by a comma and a blank.").get(labels),
    F.boolean("proc.is_container_healthcheck", "Never a value.").deprecated(),
    F.boolean("proc.is_container_liveness_probe", "Never a value.").deprecated(),
    F.boolean("proc.is_container_readiness_probe", "Never a value.").deprecated(),
];

/// Where the event's process runs.
enum Place<'e> {
    Host,
    /// In a container of which more than the id may be known.
    Container(Option<&'e ContainerInfo>),
}

fn place<'e>(v: &EventValues<'e>) -> Option<Place<'e>> {
    let thread = v.thread()?;
    let host = thread.container_id.is_empty();
    Some(if host { Place::Host } else { Place::Container(v.context.container()) })
}

/// Metadata of the container; none on the host, and as long as only the id is known.
pub(super) fn info<'e>(v: &EventValues<'e>) -> Option<&'e ContainerInfo> {
    match place(v)? {
        Place::Container(info) => info,
        Place::Host => None,
    }
}

/// A text of the container's metadata, or what stands for it on the host.
fn from<'a>(v: &'a EventValues<'_>, host: &'static [u8], of: fn(&ContainerInfo) -> &[u8]) -> Option<Value<'a>> {
    match place(v)? {
        Place::Host => text(host),
        Place::Container(info) => text(of(info?)),
    }
}

fn truth(v: &EventValues<'_>, of: fn(&ContainerInfo) -> bool) -> Option<Value<'static>> {
    match place(v)? {
        Place::Host => Some(Value::Bool(false)),
        Place::Container(info) => info.map(of).map(Value::Bool),
    }
}

fn short_id<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let id = &v.thread()?.container_id;
    text(if id.is_empty() { b"host" } else { id })
}

fn start(v: &EventValues<'_>) -> Option<u64> {
    v.thread().map(|thread| thread.pidns_init_start_ts).filter(|start| *start != 0)
}

fn label<'a>(v: &'a EventValues<'_>, arg: &FieldArg) -> Option<Value<'a>> {
    let FieldArg::Key(key) = arg else { return None };
    text(info(v)?.label(key)?.as_bytes())
}

fn labels<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    match place(v)? {
        Place::Host => text(b""),
        Place::Container(info) => {
            let info = info?;
            built(scratch, |out| push_labels(&info.labels, out))
        }
    }
}

/// Labels in the order of their names, without those that Kubernetes adds for itself.
pub(super) fn push_labels(labels: &[(String, String)], out: &mut Vec<u8>) {
    let mut shown: Vec<&(String, String)> = labels.iter().filter(|(key, _)| !is_internal(key)).collect();
    shown.sort_unstable();
    for (at, (key, value)) in shown.into_iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
        out.extend_from_slice(key.as_bytes());
        if !value.is_empty() {
            out.push(b':');
            out.extend_from_slice(value.as_bytes());
        }
    }
}

fn is_internal(key: &str) -> bool {
    key.starts_with("annotation.") || key.starts_with("io.kubernetes.")
}

fn mounts<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    let mounts = match place(v)? {
        Place::Host => return text(b""),
        Place::Container(info) => &info?.mounts,
    };
    built(scratch, |out| {
        for (at, mount) in mounts.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_mount(mount, out);
        }
    })
}

fn push_mount(mount: &Mount, out: &mut Vec<u8>) {
    let parts = [&mount.source, &mount.destination, &mount.mode, rdwr(mount), &mount.propagation];
    join(out, b':', parts.into_iter().map(|part| part.as_bytes()));
}

fn rdwr(mount: &Mount) -> &'static str {
    if mount.rdwr { "true" } else { "false" }
}

/// Which path of a mount a key is compared with.
#[derive(Clone, Copy)]
enum By {
    Source,
    Destination,
}

/// The mount that the argument numbers, or the first whose path it describes.
fn mount<'e>(v: &EventValues<'e>, arg: &FieldArg, by: By) -> Option<&'e Mount> {
    let mounts = &info(v)?.mounts;
    match arg {
        FieldArg::Index(at) => mounts.get(usize::try_from(*at).ok()?),
        FieldArg::Key(key) => {
            let mut paths = mounts.iter().map(|mount| match by {
                By::Source => &mount.source,
                By::Destination => &mount.destination,
            });
            let at = paths.position(|path| pattern::is_found(key, path))?;
            mounts.get(at)
        }
        FieldArg::None => None,
    }
}
