//! What Docker's inspect answers mean. Podman answers in the same form on the same paths.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::{Map, Value};
use windhover_system::{ContainerInfo, Mount, PortMapping};

/// Characters of a short id.
pub(crate) const SHORT_ID: usize = 12;
/// Entries of one list or map of an answer at most; the rest is left out.
const MAX_ENTRIES: usize = 4096;

/// A container from the answer to `/containers/ID/json`, and from that to `/images/ID/json` where there was one.
/// `None` where the answer names no id.
pub(crate) fn read(kind: u32, container: &Value, image: Option<&Value>, label_max_len: usize) -> Option<ContainerInfo> {
    let full_id = text(container, "/Id");
    if !is_id(&full_id) {
        return None;
    }
    let id = short_id(&full_id).to_owned();
    let default = ContainerInfo::default();
    let name = text(container, "/Name");
    let name = name.strip_prefix('/').unwrap_or(&name).to_owned();
    let image_id = text(container, "/Image");
    let reference = image_reference(container, image);
    let parts = split_reference(&reference);
    let host = |key: &str| text(container, &format!("/HostConfig/{key}")) == "host";
    let number = |key: &str, default: i64| match integer(container, &format!("/HostConfig/{key}")) {
        0 => default,
        value => value,
    };
    Some(ContainerInfo {
        kind,
        id,
        is_pod_sandbox: name.starts_with("k8s_POD"),
        name,
        image_digest: digest(container, image, &parts),
        image_repository: parts.repository.to_owned(),
        image_tag: parts.tag_or_latest().to_owned(),
        image: reference.clone(),
        image_id: image_id.strip_prefix("sha256:").unwrap_or(&image_id).to_owned(),
        user: text(container, "/Config/User"),
        ip: ip(container),
        created_time: seconds(&text(container, "/Created")).unwrap_or(0),
        env: list(container, "/Config/Env").filter_map(Value::as_str).map(str::to_owned).collect(),
        labels: labels(container, label_max_len),
        mounts: list(container, "/Mounts").map(mount).collect(),
        port_mappings: ports(container),
        privileged: container.pointer("/HostConfig/Privileged").and_then(Value::as_bool).unwrap_or(false),
        host_pid: host("PidMode"),
        host_network: host("NetworkMode"),
        host_ipc: host("IpcMode"),
        cpu_shares: number("CpuShares", default.cpu_shares),
        cpu_quota: number("CpuQuota", 0),
        cpu_period: number("CpuPeriod", default.cpu_period),
        cpuset_cpu_count: count_cpus(&text(container, "/HostConfig/CpusetCpus")),
        memory_limit: number("Memory", 0),
        swap_limit: number("MemorySwap", 0),
        size: container.pointer("/SizeRw").and_then(Value::as_i64).unwrap_or(default.size),
        full_id,
        ..default
    })
}

/// Whether a text can be the (short or full) id of a container or image; nothing else goes into a request or the model.
pub(crate) fn is_id(text: &str) -> bool {
    (SHORT_ID..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The beginning of an id by which the model knows the container.
pub(crate) fn short_id(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

/// Labels without those whose value is too long.
pub(crate) fn bounded_labels(labels: &BTreeMap<String, String>, max_len: usize) -> Vec<(String, String)> {
    let short = labels.iter().filter(|(_, value)| value.len() <= max_len).take(MAX_ENTRIES);
    short.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The image as it was asked for. One that was asked for by its id goes by its first name, where it has any.
fn image_reference(container: &Value, image: Option<&Value>) -> String {
    let asked = text(container, "/Config/Image");
    let is_id = asked.is_empty() || asked.starts_with("sha256:") || text(container, "/Image").ends_with(&asked);
    let named = image.and_then(|image| image.pointer("/RepoTags/0")).and_then(Value::as_str);
    match named {
        Some(name) if is_id => name.to_owned(),
        _ => asked,
    }
}

/// The registry's digest: of the repository that was asked for, else the first there is.
fn digest(container: &Value, image: Option<&Value>, parts: &Reference<'_>) -> String {
    if !parts.digest.is_empty() {
        return parts.digest.to_owned();
    }
    let known = image.map(|image| list(image, "/RepoDigests").filter_map(Value::as_str).collect::<Vec<_>>());
    let known = known.unwrap_or_default();
    let mut split = known.iter().filter_map(|text| text.split_once('@'));
    let first = split.clone().next();
    let found = split.find(|(repository, _)| *repository == parts.repository).or(first);
    found.map_or_else(|| text(container, "/ImageDigest"), |(_, digest)| digest.to_owned())
}

/// An image's name in parts; what is not there is empty.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) repository: &'a str,
    pub(crate) tag: &'a str,
    pub(crate) digest: &'a str,
}

impl<'a> Reference<'a> {
    /// What runtimes take where neither tag nor digest is given.
    fn tag_or_latest(&self) -> &'a str {
        let unnamed = self.tag.is_empty() && self.digest.is_empty() && !self.repository.is_empty();
        if unnamed { "latest" } else { self.tag }
    }
}

/// `registry:5000/name:tag@sha256:…`: a colon before a slash belongs to the registry.
pub(crate) fn split_reference(reference: &str) -> Reference<'_> {
    if reference.starts_with("sha256:") {
        return Reference { repository: "", tag: "", digest: "" };
    }
    let (rest, digest) = reference.split_once('@').unwrap_or((reference, ""));
    match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => Reference { repository, tag, digest },
        _ => Reference { repository: rest, tag: "", digest },
    }
}

/// The container's own address, else the first of its networks that has one.
fn ip(container: &Value) -> String {
    let own = text(container, "/NetworkSettings/IPAddress");
    if !own.is_empty() {
        return own;
    }
    let networks = object(container, "/NetworkSettings/Networks");
    let mut addresses = networks.map(|(_, network)| text(network, "/IPAddress"));
    addresses.find(|address| !address.is_empty()).unwrap_or_default()
}

fn labels(container: &Value, max_len: usize) -> Vec<(String, String)> {
    let all = object(container, "/Config/Labels").filter_map(|(name, value)| Some((name, value.as_str()?)));
    all.filter(|(_, value)| value.len() <= max_len).map(|(name, value)| (name.clone(), value.to_owned())).collect()
}

fn mount(mount: &Value) -> Mount {
    Mount {
        source: text(mount, "/Source"),
        destination: text(mount, "/Destination"),
        mode: text(mount, "/Mode"),
        rdwr: mount.pointer("/RW").and_then(Value::as_bool).unwrap_or(false),
        propagation: text(mount, "/Propagation"),
    }
}

/// `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}`; addresses of IPv6 have no place in a mapping.
fn ports(container: &Value) -> Vec<PortMapping> {
    let mut mappings = Vec::new();
    for (port, bindings) in object(container, "/NetworkSettings/Ports") {
        let Ok(container_port) = port.split('/').next().unwrap_or_default().parse() else { continue };
        for binding in bindings.as_array().into_iter().flatten().take(MAX_ENTRIES) {
            let host_ip = match &*text(binding, "/HostIp") {
                "" => Ok(Ipv4Addr::UNSPECIFIED),
                address => address.parse::<Ipv4Addr>(),
            };
            let (Ok(host_ip), Ok(host_port)) = (host_ip, text(binding, "/HostPort").parse()) else { continue };
            mappings.push(PortMapping { host_ip: host_ip.to_bits(), host_port, container_port });
            if mappings.len() >= MAX_ENTRIES {
                return mappings;
            }
        }
    }
    mappings
}

/// Processors in a list such as `0-3,8`; 0 where it cannot be read.
pub(crate) fn count_cpus(list: &str) -> i64 {
    let count = |part: &str| -> Option<i64> {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (from.trim().parse::<u32>().ok()?, to.trim().parse::<u32>().ok()?);
        Some(i64::from(to.checked_sub(from)?) + 1)
    };
    list.split(',').map(count).sum::<Option<i64>>().unwrap_or(0)
}

/// Seconds since the epoch of a time like `2024-05-01T10:00:00.5Z` or `…+02:00`.
fn seconds(time: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<u32>().ok().map(i64::from);
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let clock = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = days + (month * 153 + 2) / 5 + day - 719_469;
    let zone = time.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let offset = i64::from(hours.parse::<u8>().ok()?) * 3600 + i64::from(minutes.parse::<u8>().ok()?) * 60;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    Some(days * 86_400 + clock - offset)
}

pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn integer(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().take(MAX_ENTRIES)
}

fn object<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flat_map(Map::iter).take(MAX_ENTRIES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use windhover_system::container_kind;

    const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

    #[test]
    fn an_answer_is_read_whole() {
        let container = json!({
            "Id": ID, "Name": "/web", "Image": "sha256:abc", "Created": "2024-02-29T12:00:00.123Z", "SizeRw": 42,
            "Config": {"Image": "localhost:5000/team/web:1.2", "User": "nobody", "Env": ["A=b", 7],
                       "Labels": {"short": "1", "long": "12345678901", "odd": 3}},
            "HostConfig": {"Privileged": true, "PidMode": "host", "NetworkMode": "bridge", "IpcMode": "host",
                           "CpuShares": 0, "CpuQuota": 50000, "CpuPeriod": 0, "CpusetCpus": "0-3,8", "Memory": 1024,
                           "MemorySwap": -1},
            "Mounts": [{"Source": "/s", "Destination": "/d", "Mode": "z", "RW": true, "Propagation": "rprivate"}, 3],
            "NetworkSettings": {"IPAddress": "", "Networks": {"a": {"IPAddress": ""}, "b": {"IPAddress": "10.0.0.2"}},
                                "Ports": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"},
                                                     {"HostIp": "::", "HostPort": "8080"}],
                                          "90/tcp": null, "x": [], "91/udp": [{"HostIp": "", "HostPort": "91"}]}},
        });
        let image = json!({"RepoDigests": ["other@sha256:1", "localhost:5000/team/web@sha256:2"], "RepoTags": ["x:y"]});
        let info = read(container_kind::PODMAN, &container, Some(&image), 10).unwrap();
        let want = ContainerInfo {
            kind: container_kind::PODMAN,
            id: ID[..12].into(),
            full_id: ID.into(),
            name: "web".into(),
            image: "localhost:5000/team/web:1.2".into(),
            image_id: "abc".into(),
            image_digest: "sha256:2".into(),
            image_repository: "localhost:5000/team/web".into(),
            image_tag: "1.2".into(),
            user: "nobody".into(),
            ip: "10.0.0.2".into(),
            created_time: 1_709_208_000,
            env: vec!["A=b".into()],
            labels: vec![("short".into(), "1".into())],
            mounts: vec![
                Mount {
                    source: "/s".into(),
                    destination: "/d".into(),
                    mode: "z".into(),
                    rdwr: true,
                    propagation: "rprivate".into(),
                },
                Mount::default(),
            ],
            port_mappings: vec![
                PortMapping { host_ip: 0x7f00_0001, host_port: 8080, container_port: 80 },
                PortMapping { host_ip: 0, host_port: 91, container_port: 91 },
            ],
            privileged: true,
            host_pid: true,
            host_ipc: true,
            cpu_quota: 50_000,
            cpuset_cpu_count: 5,
            memory_limit: 1024,
            swap_limit: -1,
            size: 42,
            ..ContainerInfo::default()
        };
        assert_eq!(info, want);
    }

    #[test]
    fn answers_of_another_shape_do_no_harm() {
        for text in ["null", "[]", "{}", r#"{"Id":3}"#, r#"{"Id":"short"}"#, r#"{"Id":"ééééééé"}"#] {
            assert_eq!(read(0, &serde_json::from_str(text).unwrap(), None, 100), None, "{text}");
        }
        let info = read(0, &json!({"Id": ID, "Config": [], "Mounts": 7, "HostConfig": null}), None, 100).unwrap();
        let want = ContainerInfo { id: ID[..12].into(), full_id: ID.into(), ..ContainerInfo::default() };
        assert_eq!(info, want);
    }

    #[test]
    fn images_are_named_by_what_was_asked_for() {
        let image = json!({"RepoTags": ["web:2"], "RepoDigests": []});
        for (asked, want, repository, tag) in [
            ("web", "web", "web", "latest"),
            ("web:1", "web:1", "web", "1"),
            ("r:5000/web", "r:5000/web", "r:5000/web", "latest"),
            ("web@sha256:12", "web@sha256:12", "web", ""),
            ("sha256:abcd", "web:2", "web", "2"),
            ("abcd", "web:2", "web", "2"),
        ] {
            let container = json!({"Id": ID, "Image": "sha256:abcd", "Config": {"Image": asked}});
            let info = read(0, &container, Some(&image), 100).unwrap();
            assert_eq!((&*info.image, &*info.image_repository, &*info.image_tag), (want, repository, tag), "{asked}");
        }
        let container = json!({"Id": ID, "Image": "sha256:abcd", "Config": {"Image": "sha256:abcd"}});
        let info = read(0, &container, None, 100).unwrap();
        assert_eq!((&*info.image, &*info.image_repository, &*info.image_tag), ("sha256:abcd", "", ""));
    }

    #[test]
    fn times_are_read() {
        for (text, want) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-03-01T00:00:00Z", Some(951_868_800)),
            ("2024-12-31T23:59:59.999999999Z", Some(1_735_689_599)),
            ("2024-01-01T02:00:00+02:00", Some(1_704_067_200)),
            ("2023-12-31T19:00:00.5-05:00", Some(1_704_067_200)),
            ("2024-13-01T00:00:00Z", None),
            ("2024-01-01T00:00:00", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), want, "{text}");
        }
    }

    #[test]
    fn only_hexadecimal_ids_are_ids() {
        for (text, want) in
            [(ID, true), (&ID[..12], true), (&ID[..11], false), ("redis-test-c", false), ("../../../../x", false)]
        {
            assert_eq!(is_id(text), want, "{text}");
        }
    }

    #[test]
    fn processors_are_counted() {
        for (text, want) in [("", 0), ("0", 1), ("0-3,8", 5), ("3-1", 0), ("x", 0), ("0-4294967295", 1 << 32)] {
            assert_eq!(count_cpus(text), want, "{text}");
        }
    }
}
