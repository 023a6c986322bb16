//! Container metadata as JSON: what runtimes' answers look like inside events.

use serde_json::{Map, Value, json};

use super::{ContainerInfo, Mount, PortMapping};

/// Why bytes are not a container's metadata.
#[derive(Debug, thiserror::Error)]
pub enum ParseContainerError {
    /// Not JSON.
    #[error("malformed container metadata: {0}")]
    Json(#[from] serde_json::Error),
    /// A member that must be there is not.
    #[error("container metadata without `{0}`")]
    Missing(&'static str),
}

impl ContainerInfo {
    /// Reads `{"container": {…}}`, the form of events; the inner object alone will do too. Members of a wrong type count as
    /// absent, unknown ones are left alone.
    ///
    /// # Errors
    /// Where the text is not JSON or has no id.
    pub fn from_json(text: &[u8]) -> Result<Self, ParseContainerError> {
        let text = text.strip_suffix(b"\0").unwrap_or(text);
        let value: Value = serde_json::from_slice(text)?;
        let object = value.get("container").unwrap_or(&value);
        let Some(object) = object.as_object() else { return Err(ParseContainerError::Missing("container")) };
        let info = read_container(object);
        if info.id.is_empty() { Err(ParseContainerError::Missing("id")) } else { Ok(info) }
    }

    /// The form of events: `{"container": {…}}`, with the member names of the reference.
    pub fn to_json(&self) -> String {
        let mounts: Vec<Value> = self.mounts.iter().map(write_mount).collect();
        let ports: Vec<Value> = self.port_mappings.iter().map(write_port).collect();
        json!({"container": {
            "type": self.kind,
            "id": self.id,
            "full_id": self.full_id,
            "name": self.name,
            "image": self.image,
            "imageid": self.image_id,
            "imagedigest": self.image_digest,
            "imagerepo": self.image_repository,
            "imagetag": self.image_tag,
            "User": self.user,
            "ip": self.ip,
            "cni_json": self.cni_json,
            "created_time": self.created_time,
            "env": self.env,
            "labels": write_labels(&self.labels),
            "Mounts": mounts,
            "port_mappings": ports,
            "privileged": self.privileged,
            "host_pid": self.host_pid,
            "host_network": self.host_network,
            "host_ipc": self.host_ipc,
            "is_pod_sandbox": self.is_pod_sandbox,
            "pod_sandbox_id": self.pod_sandbox_id,
            "pod_sandbox_labels": write_labels(&self.pod_sandbox_labels),
            "cpu_shares": self.cpu_shares,
            "cpu_quota": self.cpu_quota,
            "cpu_period": self.cpu_period,
            "cpuset_cpu_count": self.cpuset_cpu_count,
            "memory_limit": self.memory_limit,
            "swap_limit": self.swap_limit,
            "size": self.size,
        }})
        .to_string()
    }
}

fn read_container(object: &Map<String, Value>) -> ContainerInfo {
    let text = |name: &str| text(object, name);
    let number = |name: &str, default: i64| object.get(name).and_then(Value::as_i64).unwrap_or(default);
    let flag = |name: &str| object.get(name).and_then(Value::as_bool).unwrap_or(false);
    let list = |name: &str| object.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let default = ContainerInfo::default();
    ContainerInfo {
        kind: object.get("type").and_then(Value::as_u64).and_then(|kind| kind.try_into().ok()).unwrap_or(default.kind),
        id: text("id"),
        full_id: text("full_id"),
        name: text("name"),
        image: text("image"),
        image_id: text("imageid"),
        image_digest: text("imagedigest"),
        image_repository: text("imagerepo"),
        image_tag: text("imagetag"),
        user: text("User"),
        ip: text("ip"),
        cni_json: text("cni_json"),
        created_time: number("created_time", default.created_time),
        env: list("env").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        labels: labels(object.get("labels")),
        mounts: list("Mounts").iter().filter_map(Value::as_object).map(read_mount).collect(),
        port_mappings: list("port_mappings").iter().filter_map(Value::as_object).map(read_port).collect(),
        privileged: flag("privileged"),
        host_pid: flag("host_pid"),
        host_network: flag("host_network"),
        host_ipc: flag("host_ipc"),
        is_pod_sandbox: flag("is_pod_sandbox"),
        pod_sandbox_id: text("pod_sandbox_id"),
        pod_sandbox_labels: labels(object.get("pod_sandbox_labels")),
        cpu_shares: number("cpu_shares", default.cpu_shares),
        cpu_quota: number("cpu_quota", default.cpu_quota),
        cpu_period: number("cpu_period", default.cpu_period),
        cpuset_cpu_count: number("cpuset_cpu_count", default.cpuset_cpu_count),
        memory_limit: number("memory_limit", default.memory_limit),
        swap_limit: number("swap_limit", default.swap_limit),
        size: number("size", default.size),
    }
}

fn text(object: &Map<String, Value>, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn labels(value: Option<&Value>) -> Vec<(String, String)> {
    let Some(object) = value.and_then(Value::as_object) else { return Vec::new() };
    object.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn write_labels(labels: &[(String, String)]) -> Value {
    labels.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect::<Map<_, _>>().into()
}

fn read_mount(object: &Map<String, Value>) -> Mount {
    Mount {
        source: text(object, "Source"),
        destination: text(object, "Destination"),
        mode: text(object, "Mode"),
        rdwr: object.get("RW").and_then(Value::as_bool).unwrap_or(false),
        propagation: text(object, "Propagation"),
    }
}

fn write_mount(mount: &Mount) -> Value {
    json!({
        "Source": mount.source,
        "Destination": mount.destination,
        "Mode": mount.mode,
        "RW": mount.rdwr,
        "Propagation": mount.propagation,
    })
}

fn read_port(object: &Map<String, Value>) -> PortMapping {
    let number = |name: &str| object.get(name).and_then(Value::as_u64).unwrap_or(0);
    PortMapping {
        host_ip: number("HostIp") as u32,
        host_port: number("HostPort") as u16,
        container_port: number("ContainerPort") as u16,
    }
}

fn write_port(port: &PortMapping) -> Value {
    json!({"HostIp": port.host_ip, "HostPort": port.host_port, "ContainerPort": port.container_port})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let info = ContainerInfo {
            kind: 11,
            id: "3ad7b26ded6d".into(),
            full_id: "3ad7b26ded6d8e7b".into(),
            name: "we\"b".into(),
            labels: vec![("a".into(), "1".into()), ("b".into(), "2".into())],
            mounts: vec![Mount { source: "/s".into(), destination: "/d".into(), rdwr: true, ..Mount::default() }],
            port_mappings: vec![PortMapping { host_ip: 0x7f00_0001, host_port: 8080, container_port: 80 }],
            privileged: true,
            env: vec!["A=b".into()],
            ..ContainerInfo::default()
        };
        assert_eq!(ContainerInfo::from_json(info.to_json().as_bytes()).unwrap(), info);
    }

    #[test]
    fn what_is_missing_or_of_another_type_has_its_default() {
        let info = ContainerInfo::from_json(br#"{"id":"x","name":7,"labels":[],"Mounts":{}}"#).unwrap();
        assert_eq!(info, ContainerInfo { id: "x".into(), ..ContainerInfo::default() });
    }

    #[test]
    fn text_without_an_id_is_refused() {
        for text in [&b""[..], b"{", b"[]", b"{}", br#"{"container":{"name":"a"}}"#, br#"{"container":3}"#] {
            assert!(ContainerInfo::from_json(text).is_err(), "{}", String::from_utf8_lossy(text));
        }
    }
}
