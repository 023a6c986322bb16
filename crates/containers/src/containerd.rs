//! containerd by its own interface: what `ctr`, nerdctl and others start, in any of its namespaces.

use std::path::{Path, PathBuf};
use std::time::Duration;

use prost::Message as _;
use serde_json::Value;
use windhover_system::{ContainerInfo, Mount, container_kind};

use crate::ask::AskError;
use crate::grpc::{Client, Stream};
use crate::inspect::{bounded_labels, count_cpus, list as entries, short_id, split_reference, text};
use crate::message::containerd as message;
use crate::runtime::{Events, Happening, MAX_LIST, Runtime};

/// The namespace of pods.
pub(crate) const PODS: &str = "k8s.io";
/// The namespace of Docker.
pub(crate) const DOCKER: &str = "moby";

/// Bytes of the answer about one image at most.
const MAX_IMAGE: usize = 1 << 20;
/// Bytes of one event at most.
const MAX_EVENT: usize = 256 << 10;
/// Characters of a container's name at most, as containerd has it.
const MAX_NAME: usize = 76;
/// Namespaces that are looked into at most.
const MAX_NAMESPACES: usize = 256;

/// A socket with this interface.
pub(crate) struct Containerd {
    pub(crate) socket: PathBuf,
    pub(crate) with_size: bool,
    pub(crate) label_max_len: usize,
    /// Namespaces about which another interface tells more.
    pub(crate) left_out: Vec<&'static str>,
}

impl Runtime for Containerd {
    fn socket(&self) -> &Path {
        &self.socket
    }

    fn list(&self) -> Result<Vec<String>, AskError> {
        let client = Client::connect(&self.socket)?;
        let mut ids = Vec::new();
        for namespace in self.namespaces(&client)? {
            let listed = containers(&client, &namespace, Vec::new())?;
            ids.extend(listed.into_iter().map(|container| container.id).filter(|id| is_name(id)));
        }
        Ok(ids)
    }

    fn inspect(&self, id: &str) -> Result<Option<ContainerInfo>, AskError> {
        if !is_name(id) {
            return Ok(None);
        }
        let client = Client::connect(&self.socket)?;
        for namespace in self.namespaces(&client)? {
            // A name has no character that is special in this language but the dot, which stands for itself, too.
            let listed = containers(&client, &namespace, vec![format!("id~=\"^{id}\"")])?;
            let same = |name: &str| name == id || short_id(name) == id;
            if let Some(found) = listed.into_iter().find(|container| is_name(&container.id) && same(&container.id)) {
                let mut info = read(&found, self.label_max_len);
                self.add_image(&client, &namespace, &found.image, &mut info);
                return Ok(Some(info));
            }
        }
        Ok(None)
    }

    fn events(&self) -> Result<Box<dyn Events>, AskError> {
        let topics = ["/containers/create", "/tasks/start", "/containers/delete"];
        let stream = subscribe(&self.socket, &topics)?;
        Ok(Box::new(ContainerdEvents { stream, wanted: Wanted::AllBut(self.left_out.clone()) }))
    }
}

impl Containerd {
    fn namespaces(&self, client: &Client) -> Result<Vec<String>, AskError> {
        let request = message::ListNamespacesRequest {};
        let answer: message::ListNamespacesResponse =
            client.call(message::LIST_NAMESPACES, None, &request, MAX_LIST)?;
        let names = answer.namespaces.into_iter().map(|namespace| namespace.name);
        Ok(names.filter(|name| !self.left_out.contains(&&**name)).take(MAX_NAMESPACES).collect())
    }

    /// An image may be gone while its container is still there: then less is known, but not nothing.
    fn add_image(&self, client: &Client, namespace: &str, name: &str, info: &mut ContainerInfo) {
        let request = message::GetImageRequest { name: name.to_owned() };
        let answer = client.call(message::GET_IMAGE, Some(namespace), &request, MAX_IMAGE);
        let Ok(message::GetImageResponse { image: Some(image) }) = answer else { return };
        let Some(target) = image.target else { return };
        info.image_digest = target.digest;
        if self.with_size {
            info.size = target.size;
        }
    }
}

/// What happens to pods' containers, for servers whose container runtime interface does not tell. A container is known there
/// when its task is made, not yet when containerd itself has it.
pub(crate) fn pod_events(socket: &Path) -> Result<impl Events + use<>, AskError> {
    let stream = subscribe(socket, &["/tasks/create", "/tasks/start", "/containers/delete"])?;
    Ok(ContainerdEvents { stream, wanted: Wanted::Only(PODS) })
}

fn subscribe(socket: &Path, topics: &[&str]) -> Result<Stream, AskError> {
    let filters = topics.iter().map(|topic| format!("topic==\"{topic}\"")).collect();
    Client::connect(socket)?.watch(message::EVENTS, &message::FilteredRequest { filters }, MAX_EVENT)
}

fn containers(client: &Client, namespace: &str, filters: Vec<String>) -> Result<Vec<message::Container>, AskError> {
    let request = message::FilteredRequest { filters };
    let answer: message::ListContainersResponse =
        client.call(message::LIST_CONTAINERS, Some(namespace), &request, MAX_LIST)?;
    Ok(answer.containers)
}

/// Whether a text can be a container's name; nothing else goes into a request or the model.
fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(known)
}

/// A container, from its record and its OCI specification.
fn read(container: &message::Container, label_max_len: usize) -> ContainerInfo {
    let spec = container.spec.as_ref().map(|spec| serde_json::from_slice(&spec.value).unwrap_or_default());
    let spec: Value = spec.unwrap_or_default();
    let number = |pointer: &str| spec.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let positive = |pointer: &str, default: i64| if number(pointer) > 0 { number(pointer) } else { default };
    let default = ContainerInfo::default();
    let shares =
        |kind: &str| spec.is_object() && !entries(&spec, "/linux/namespaces").any(|ns| text(ns, "/type") == kind);
    let parts = split_reference(&container.image);
    let noted = spec.pointer("/annotations/io.kubernetes.cri.sandbox-id").and_then(Value::as_str);
    let sandbox = if container.sandbox.is_empty() { noted.unwrap_or_default() } else { &container.sandbox };
    let propagation = text(&spec, "/linux/rootfsPropagation");
    ContainerInfo {
        kind: container_kind::CONTAINERD,
        id: short_id(&container.id).to_owned(),
        full_id: container.id.clone(),
        name: short_id(&container.id).to_owned(),
        image_repository: parts.repository.to_owned(),
        image_tag: parts.tag.to_owned(),
        image: container.image.clone(),
        user: number("/process/user/uid").to_string(),
        created_time: container.created_at.as_ref().map_or(0, |time| time.seconds),
        env: entries(&spec, "/process/env").filter_map(Value::as_str).map(str::to_owned).collect(),
        labels: bounded_labels(&container.labels, label_max_len),
        mounts: entries(&spec, "/mounts").map(|entry| mount(entry, &propagation)).collect(),
        privileged: is_privileged(&spec),
        host_pid: shares("pid"),
        host_network: shares("network"),
        host_ipc: shares("ipc"),
        is_pod_sandbox: container.labels.get("io.cri-containerd.kind").is_some_and(|kind| kind == "sandbox"),
        pod_sandbox_id: sandbox.to_owned(),
        cpu_shares: positive("/linux/resources/cpu/shares", default.cpu_shares),
        cpu_quota: number("/linux/resources/cpu/quota"),
        cpu_period: positive("/linux/resources/cpu/period", default.cpu_period),
        cpuset_cpu_count: count_cpus(&text(&spec, "/linux/resources/cpu/cpus")),
        memory_limit: number("/linux/resources/memory/limit"),
        swap_limit: number("/linux/resources/memory/swap"),
        ..default
    }
}

fn mount(entry: &Value, propagation: &str) -> Mount {
    let options: Vec<&str> = entries(entry, "/options").filter_map(Value::as_str).collect();
    let mode = options.iter().find_map(|option| option.strip_prefix("mode="));
    Mount {
        source: text(entry, "/source"),
        destination: text(entry, "/destination"),
        mode: mode.unwrap_or_default().to_owned(),
        rdwr: !options.contains(&"ro"),
        propagation: propagation.to_owned(),
    }
}

/// containerd notes no such thing; what makes a container privileged is that nothing confines it.
fn is_privileged(spec: &Value) -> bool {
    let is_set = |pointer: &str| spec.pointer(pointer).is_some_and(|value| !value.is_null());
    let confined =
        ["/linux/maskedPaths", "/linux/readonlyPaths", "/linux/seccomp"].iter().any(|pointer| is_set(pointer));
    let profile = text(spec, "/process/apparmorProfile");
    let confined = confined || !text(spec, "/process/selinuxLabel").is_empty();
    let confined = confined || !(profile.is_empty() || profile == "unconfined");
    let system = |entry: &&Value| matches!(&*text(entry, "/type"), "sysfs" | "cgroup");
    let is_read_only = |entry: &Value| entries(entry, "/options").any(|option| option == "ro");
    let known = spec.pointer("/linux").is_some() && spec.pointer("/process").is_some();
    known && !confined && !entries(spec, "/mounts").filter(system).any(is_read_only)
}

enum Wanted {
    Only(&'static str),
    AllBut(Vec<&'static str>),
}

/// Events of some namespaces.
struct ContainerdEvents {
    stream: Stream,
    wanted: Wanted,
}

impl Events for ContainerdEvents {
    fn next(&mut self, wait: Duration) -> Result<Option<Happening>, AskError> {
        let Some(envelope) = self.stream.next::<message::Envelope>(wait)? else { return Ok(None) };
        let wanted = match &self.wanted {
            Wanted::Only(namespace) => envelope.namespace == *namespace,
            Wanted::AllBut(left_out) => !left_out.contains(&&*envelope.namespace),
        };
        Ok(if wanted { happening(&envelope) } else { None })
    }
}

/// Events that say nothing of interest, or are malformed, give `None`.
fn happening(envelope: &message::Envelope) -> Option<Happening> {
    let event = envelope.event.as_ref()?;
    let about = message::AboutContainer::decode(&*event.value).ok().filter(|about| is_name(&about.id))?;
    match &*envelope.topic {
        "/containers/create" | "/tasks/create" => Some(Happening::Created(about.id)),
        "/tasks/start" => Some(Happening::Started(about.id)),
        "/containers/delete" => Some(Happening::Removed(about.id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn container(spec: &Value) -> message::Container {
        let spec = message::Any { type_url: String::new(), value: spec.to_string().into_bytes() };
        let labels = [("a".to_owned(), "b".to_owned()), ("long".to_owned(), "x".repeat(101))].into();
        message::Container {
            id: "redis-test-container".into(),
            labels,
            image: "docker.io/library/redis:7".into(),
            spec: Some(spec),
            created_at: Some(message::Timestamp { seconds: 7 }),
            sandbox: String::new(),
        }
    }

    #[test]
    fn a_specification_is_read_whole() {
        let spec = json!({
            "process": {"user": {"uid": 999}, "env": ["A=b", 3]},
            "mounts": [{"source": "/s", "destination": "/d", "type": "bind", "options": ["rbind", "ro", "mode=755"]}],
            "linux": {"namespaces": [{"type": "pid"}, {"type": "ipc"}], "rootfsPropagation": "rslave", "maskedPaths": [],
                      "resources": {"cpu": {"shares": 512, "quota": 5, "cpus": "0-1"}, "memory": {"limit": 4096}}},
        });
        let want = ContainerInfo {
            kind: container_kind::CONTAINERD,
            id: "redis-test-c".into(),
            full_id: "redis-test-container".into(),
            name: "redis-test-c".into(),
            image: "docker.io/library/redis:7".into(),
            image_repository: "docker.io/library/redis".into(),
            image_tag: "7".into(),
            user: "999".into(),
            created_time: 7,
            env: vec!["A=b".into()],
            labels: vec![("a".into(), "b".into())],
            mounts: vec![Mount {
                source: "/s".into(),
                destination: "/d".into(),
                mode: "755".into(),
                rdwr: false,
                propagation: "rslave".into(),
            }],
            host_network: true,
            cpu_shares: 512,
            cpu_quota: 5,
            cpuset_cpu_count: 2,
            memory_limit: 4096,
            ..ContainerInfo::default()
        };
        assert_eq!(read(&container(&spec), 100), want);
    }

    #[test]
    fn a_specification_of_another_shape_does_no_harm() {
        for spec in [json!(null), json!([]), json!("x"), json!({"linux": 3, "mounts": {}, "process": []})] {
            let info = read(&container(&spec), 100);
            assert_eq!((&*info.id, info.mounts.len()), ("redis-test-c", 0), "{spec}");
        }
    }

    #[test]
    fn only_what_nothing_confines_is_privileged() {
        let free = json!({"process": {}, "linux": {}, "mounts": [{"type": "sysfs", "options": ["rw"]}]});
        assert!(is_privileged(&free));
        for (pointer, value) in [
            ("/linux", json!({"maskedPaths": []})),
            ("/linux", json!({"seccomp": {}})),
            ("/process", json!({"apparmorProfile": "x"})),
            ("/process", json!({"selinuxLabel": "x"})),
            ("/mounts", json!([{"type": "cgroup", "options": ["ro"]}])),
        ] {
            let mut spec = free.clone();
            *spec.pointer_mut(pointer).unwrap() = value;
            assert!(!is_privileged(&spec), "{spec}");
        }
        assert!(!is_privileged(&json!({})));
    }

    #[test]
    fn events_name_their_container() {
        let about = |id: &str| message::AboutContainer { id: id.into() }.encode_to_vec();
        for (topic, value, want) in [
            ("/containers/create", about("web"), Some(Happening::Created("web".into()))),
            ("/tasks/create", about("web"), Some(Happening::Created("web".into()))),
            ("/tasks/start", about("web"), Some(Happening::Started("web".into()))),
            ("/containers/delete", about("web"), Some(Happening::Removed("web".into()))),
            ("/images/create", about("web"), None),
            ("/containers/create", about("../x"), None),
            ("/containers/create", vec![0xff], None),
        ] {
            let event = Some(message::Any { type_url: String::new(), value });
            let envelope = message::Envelope { namespace: "default".into(), topic: topic.into(), event };
            assert_eq!(happening(&envelope), want, "{topic}");
        }
    }
}
