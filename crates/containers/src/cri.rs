//! Runtimes that speak Kubernetes' container runtime interface: containerd, CRI-O and others.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use windhover_system::{ContainerInfo, Mount, container_kind};

use crate::ask::AskError;
use crate::containerd;
use crate::grpc::{Client, Stream};
use crate::inspect::{bounded_labels, count_cpus, is_id, short_id, split_reference, text};
use crate::message::cri::{self as message, ContainerStatus, SandboxStatus, SandboxStatusResponse};
use crate::runtime::{Events, Happening, MAX_LIST, Runtime};

/// Bytes of an answer about one container at most; a verbose one carries its whole specification.
const MAX_STATUS: usize = 4 << 20;
/// Bytes of one event at most.
const MAX_EVENT: usize = 4 << 20;
/// A server without the events' method says so within this time.
const REFUSAL_TIME: Duration = Duration::from_millis(100);
/// Bytes kept of what the network plugin said.
const MAX_CNI: usize = 4096;
const NANOSECONDS: i64 = 1_000_000_000;

/// A socket with this interface.
pub(crate) struct Cri {
    pub(crate) socket: PathBuf,
    pub(crate) with_size: bool,
    pub(crate) label_max_len: usize,
}

impl Runtime for Cri {
    fn socket(&self) -> &std::path::Path {
        &self.socket
    }

    fn list(&self) -> Result<Vec<String>, AskError> {
        let client = Client::connect(&self.socket)?;
        let mut ids = Vec::new();
        // Sandboxes first: what is known of a pod's network is theirs.
        for method in [message::LIST_SANDBOXES, message::LIST_CONTAINERS] {
            ids.extend(list(&client, method, None)?.entries.into_iter().map(|entry| entry.id).filter(|id| is_id(id)));
        }
        Ok(ids)
    }

    fn inspect(&self, id: &str) -> Result<Option<ContainerInfo>, AskError> {
        if !is_id(id) {
            return Ok(None);
        }
        let client = Client::connect(&self.socket)?;
        let of_id = |entry: &message::Listed| is_id(&entry.id) && entry.id.starts_with(id);
        let found = list(&client, message::LIST_CONTAINERS, Some(id))?.entries.into_iter().find(of_id);
        let Some(found) = found else { return self.inspect_sandbox(&client, id) };
        let request = message::StatusRequest { id: found.id.clone(), verbose: true };
        let answer: message::ContainerStatusResponse =
            client.call(message::CONTAINER_STATUS, None, &request, MAX_STATUS)?;
        let Some(status) = answer.status.filter(|status| status.id == found.id) else { return Ok(None) };
        let sandbox_id = String::from_utf8(found.pod_sandbox_id).unwrap_or_default();
        let sandbox = sandbox(&client, &sandbox_id).unwrap_or_default();
        let mut info =
            ContainerInfo { kind: kind(&client)?, ..read(&status, answer.info.get("info"), self.label_max_len) };
        self.add_pod(&mut info, &sandbox_id, &sandbox);
        if self.with_size {
            info.size = size(&client, &found.id).unwrap_or(info.size);
        }
        Ok(Some(info))
    }

    fn events(&self) -> Result<Box<dyn Events>, AskError> {
        let client = Client::connect(&self.socket)?;
        let mut stream = client.watch(message::EVENTS, &message::EventsRequest {}, MAX_EVENT)?;
        match stream.next(REFUSAL_TIME) {
            Ok(first) => Ok(Box::new(CriEvents { stream, first })),
            // containerd before 1.7 has its own events only, and others may have none: what they start is asked about
            // when it is first seen.
            Err(e) if e.is_refusal() => match containerd::pod_events(&self.socket) {
                Ok(events) => Ok(Box::new(events)),
                Err(e) if e.is_refusal() => Ok(Box::new(NoEvents)),
                Err(e) => Err(e),
            },
            Err(e) => Err(e),
        }
    }
}

impl Cri {
    fn inspect_sandbox(&self, client: &Client, id: &str) -> Result<Option<ContainerInfo>, AskError> {
        let listed = list(client, message::LIST_SANDBOXES, Some(id))?.entries;
        let of_id = |entry: &message::Listed| is_id(&entry.id) && entry.id.starts_with(id);
        let Some(found) = listed.into_iter().find(of_id) else { return Ok(None) };
        let answer = sandbox(client, &found.id)?;
        let Some(status) = &answer.status else { return Ok(None) };
        let mut info = ContainerInfo {
            kind: kind(client)?,
            id: short_id(&found.id).to_owned(),
            full_id: found.id.clone(),
            name: status.metadata.as_ref().map(|metadata| metadata.name.clone()).unwrap_or_default(),
            created_time: status.created_at / NANOSECONDS,
            is_pod_sandbox: true,
            ..ContainerInfo::default()
        };
        self.add_pod(&mut info, &found.id, &answer);
        Ok(Some(info))
    }

    /// What the pod gives to each of its containers.
    fn add_pod(&self, info: &mut ContainerInfo, id: &str, answer: &SandboxStatusResponse) {
        let mut label = |name: &str, value: &str| {
            info.labels.retain(|(known, _)| known != name);
            info.labels.push((name.to_owned(), value.to_owned()));
        };
        label("io.kubernetes.sandbox.id", id);
        id.clone_into(&mut info.pod_sandbox_id);
        info.cni_json = answer.info.get("info").map(|info| cni(info)).unwrap_or_default();
        let Some(status) = &answer.status else { return };
        if let Some(metadata) = &status.metadata {
            label("io.kubernetes.pod.uid", &metadata.uid);
            label("io.kubernetes.pod.name", &metadata.name);
            label("io.kubernetes.pod.namespace", &metadata.namespace);
        }
        info.pod_sandbox_labels = bounded_labels(&status.labels, self.label_max_len);
        info.ip = status.network.as_ref().map(|network| network.ip.clone()).unwrap_or_default();
        share(info, status);
    }
}

/// Which namespaces the pod shares with the host.
fn share(info: &mut ContainerInfo, status: &SandboxStatus) {
    let options = status.linux.as_ref().and_then(|linux| linux.namespaces.as_ref()?.options.as_ref());
    let of = |mode: fn(&message::NamespaceOptions) -> i32| options.map(mode) == Some(message::NODE);
    info.host_network = of(|options| options.network);
    info.host_pid = of(|options| options.pid);
    info.host_ipc = of(|options| options.ipc);
}

fn list(client: &Client, method: &str, id: Option<&str>) -> Result<message::ListResponse, AskError> {
    let filter = id.map(|id| message::Filter { id: id.to_owned() });
    client.call(method, None, &message::ListRequest { filter }, MAX_LIST)
}

fn sandbox(client: &Client, id: &str) -> Result<SandboxStatusResponse, AskError> {
    let request = message::StatusRequest { id: id.to_owned(), verbose: true };
    client.call(message::SANDBOX_STATUS, None, &request, MAX_STATUS)
}

fn size(client: &Client, id: &str) -> Result<i64, AskError> {
    let request = message::StatusRequest { id: id.to_owned(), verbose: false };
    let answer: message::StatsResponse = client.call(message::CONTAINER_STATS, None, &request, MAX_STATUS)?;
    let used = answer.stats.and_then(|stats| stats.writable_layer?.used_bytes);
    used.and_then(|used| used.value.try_into().ok()).ok_or(AskError::Malformed("no size"))
}

/// The runtime's kind, by the name that it gives itself.
fn kind(client: &Client) -> Result<u32, AskError> {
    let answer: message::VersionResponse =
        client.call(message::VERSION, None, &message::VersionRequest {}, MAX_STATUS)?;
    Ok(match &*answer.runtime_name {
        "containerd" => container_kind::CONTAINERD,
        "cri-o" => container_kind::CRIO,
        _ => container_kind::CRI,
    })
}

/// A container without what its pod says.
fn read(status: &ContainerStatus, info: Option<&String>, label_max_len: usize) -> ContainerInfo {
    let verbose: Value = info.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let default = ContainerInfo::default();
    let or_default = |value: i64, default: i64| if value > 0 { value } else { default };
    let resources = status.resources.as_ref().and_then(|all| all.linux.clone()).unwrap_or_default();
    let user = status.user.as_ref().and_then(|user| user.linux.as_ref()).map_or(0, |user| user.uid);
    let env = verbose.pointer("/config/envs").and_then(Value::as_array).into_iter().flatten();
    let mut read = ContainerInfo {
        id: short_id(&status.id).to_owned(),
        full_id: status.id.clone(),
        name: status.metadata.as_ref().map(|metadata| metadata.name.clone()).unwrap_or_default(),
        user: user.to_string(),
        created_time: status.created_at / NANOSECONDS,
        env: env.map(|entry| format!("{}={}", text(entry, "/key"), text(entry, "/value"))).collect(),
        labels: bounded_labels(&status.labels, label_max_len),
        mounts: status.mounts.iter().map(mount).collect(),
        privileged: is_privileged(&verbose),
        cpu_shares: or_default(resources.cpu_shares, default.cpu_shares),
        cpu_quota: resources.cpu_quota,
        cpu_period: or_default(resources.cpu_period, default.cpu_period),
        cpuset_cpu_count: count_cpus(&resources.cpuset_cpus),
        memory_limit: resources.memory_limit_in_bytes,
        swap_limit: resources.memory_swap_limit_in_bytes,
        ..default
    };
    read_image(&mut read, status, &verbose);
    read
}

/// The image. Its reference has one of two forms: `sha256:DIGEST`, or `REPOSITORY@sha256:DIGEST`.
fn read_image(info: &mut ContainerInfo, status: &ContainerStatus, verbose: &Value) {
    let asked = status.image.as_ref().map(|image| image.image.clone()).unwrap_or_default();
    let mut name = asked.clone();
    if status.image_ref.starts_with("sha256:") {
        info.image_digest.clone_from(&status.image_ref);
    } else if let Some((repository, digest)) = status.image_ref.split_once('@') {
        digest.clone_into(&mut info.image_digest);
        name = match split_reference(&asked).tag {
            "" => repository.to_owned(),
            tag => format!("{repository}:{tag}"),
        };
    }
    if name.is_empty() || name.starts_with("sha256:") {
        let annotations =
            ["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.Image", "io.kubernetes.cri-o.ImageName"];
        let noted = annotations.iter().find_map(|key| {
            verbose.pointer("/runtimeSpec/annotations").and_then(|all| all.get(key)).and_then(Value::as_str)
        });
        if let Some(noted) = noted {
            noted.clone_into(&mut name);
        }
    }
    let parts = split_reference(&name);
    info.image_repository = parts.repository.to_owned();
    info.image_tag = parts.tag.to_owned();
    let id = text(verbose, "/config/image/image");
    let id = id.strip_prefix("sha256:").unwrap_or(&id).to_owned();
    info.image_id = if id.is_empty() { status.image_id.clone() } else { id };
    info.image = name;
}

fn mount(mount: &message::Mount) -> Mount {
    Mount {
        source: mount.host_path.clone(),
        destination: mount.container_path.clone(),
        mode: String::new(),
        rdwr: !mount.readonly,
        propagation: match mount.propagation {
            0 => "private",
            1 => "rslave",
            2 => "rshared",
            _ => "unknown",
        }
        .to_owned(),
    }
}

/// Runtimes tell it in different places of the verbose part.
fn is_privileged(verbose: &Value) -> bool {
    let places =
        ["/runtimeSpec/linux/security_context/privileged", "/config/linux/security_context/privileged", "/privileged"];
    places.iter().find_map(|place| verbose.pointer(place).and_then(Value::as_bool)).unwrap_or(false)
}

/// The network plugin's result, from the verbose part about a sandbox: its interfaces, without the loopback.
fn cni(info: &str) -> String {
    let verbose: Value = serde_json::from_str(info).unwrap_or_default();
    let interfaces = match verbose.pointer("/cniResult/Interfaces").or_else(|| verbose.pointer("/cniResult/interfaces"))
    {
        Some(Value::Object(interfaces)) => {
            let kept = interfaces.iter().filter(|(name, _)| *name != "lo");
            Some(Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect()).to_string())
        }
        Some(Value::Array(interfaces)) => {
            let kept = interfaces.iter().filter(|entry| text(entry, "/name") != "lo").cloned();
            Some(Value::Array(kept.collect()).to_string())
        }
        _ => None,
    };
    let annotations = verbose.pointer("/runtimeSpec/annotations");
    let noted = annotations.and_then(|all| all.get("io.kubernetes.cri-o.CNIResult")).and_then(Value::as_str);
    let mut text = interfaces.or_else(|| noted.map(str::to_owned)).unwrap_or_default();
    text.truncate(text.floor_char_boundary(MAX_CNI));
    text
}

/// Events by the interface itself.
struct CriEvents {
    stream: Stream,
    /// What came while it was found out whether any do.
    first: Option<message::Event>,
}

impl Events for CriEvents {
    fn next(&mut self, wait: Duration) -> Result<Option<Happening>, AskError> {
        let event = match self.first.take() {
            Some(event) => Some(event),
            None => self.stream.next::<message::Event>(wait)?,
        };
        Ok(event.filter(|event| is_id(&event.container_id)).and_then(|event| match event.kind {
            message::event::CREATED => Some(Happening::Created(event.container_id)),
            message::event::STARTED => Some(Happening::Started(event.container_id)),
            message::event::DELETED => Some(Happening::Removed(event.container_id)),
            _ => None,
        }))
    }
}

/// Of a runtime that tells nothing by itself.
struct NoEvents;

impl Events for NoEvents {
    fn next(&mut self, wait: Duration) -> Result<Option<Happening>, AskError> {
        thread::sleep(wait);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

    fn status(image: &str, image_ref: &str) -> ContainerStatus {
        let image = Some(message::ImageSpec { image: image.to_owned() });
        ContainerStatus { id: ID.to_owned(), image, image_ref: image_ref.to_owned(), ..ContainerStatus::default() }
    }

    #[test]
    fn images_are_named_by_reference_or_annotation() {
        let noted =
            json!({"runtimeSpec": {"annotations": {"io.kubernetes.cri-o.ImageName": "quay.io/a:2"}}}).to_string();
        for (image, reference, info, want) in [
            ("docker.io/a/b:1", "sha256:12", "", ("docker.io/a/b:1", "docker.io/a/b", "1", "sha256:12")),
            ("docker.io/a/b:1", "docker.io/a/b@sha256:12", "", ("docker.io/a/b:1", "docker.io/a/b", "1", "sha256:12")),
            ("r:5000/b:1", "r:5000/b@sha256:12", "", ("r:5000/b:1", "r:5000/b", "1", "sha256:12")),
            ("sha256:34", "sha256:12", &*noted, ("quay.io/a:2", "quay.io/a", "2", "sha256:12")),
            ("sha256:34", "b@sha256:12", "", ("b", "b", "", "sha256:12")),
            ("", "", "{", ("", "", "", "")),
        ] {
            let read = read(&status(image, reference), Some(&info.to_owned()), 100);
            let got = (&*read.image, &*read.image_repository, &*read.image_tag, &*read.image_digest);
            assert_eq!(got, want, "{image} {reference}");
        }
    }

    #[test]
    fn privileges_are_found_where_runtimes_put_them() {
        for (info, want) in [
            (json!({"privileged": true}), true),
            (json!({"config": {"linux": {"security_context": {"privileged": true}}}}), true),
            (json!({"runtimeSpec": {"linux": {"security_context": {"privileged": false}}}, "privileged": true}), false),
            (json!({"privileged": "true"}), false),
            (json!([]), false),
        ] {
            assert_eq!(read(&status("a", ""), Some(&info.to_string()), 100).privileged, want, "{info}");
        }
    }

    #[test]
    fn networks_are_told_without_the_loopback_and_bounded() {
        for (info, want) in [
            (json!({"cniResult": {"Interfaces": {"lo": {}, "eth0": {"Mac": "x"}}}}), r#"{"eth0":{"Mac":"x"}}"#),
            (json!({"cniResult": {"interfaces": [{"name": "lo"}, {"name": "e"}]}}), r#"[{"name":"e"}]"#),
            (json!({"runtimeSpec": {"annotations": {"io.kubernetes.cri-o.CNIResult": "{}"}}}), "{}"),
            (json!({"cniResult": 7}), ""),
        ] {
            assert_eq!(cni(&info.to_string()), want, "{info}");
        }
        let long = json!({"cniResult": {"interfaces": [{"name": "é".repeat(MAX_CNI)}]}});
        assert!((MAX_CNI - 1..=MAX_CNI).contains(&cni(&long.to_string()).len()));
        assert_eq!(cni("{"), "");
    }
}
