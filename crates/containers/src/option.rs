//! What the `container` plugin's `init_config` says.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use windhover_system::{ContainerInfo, container_kind};

/// Labels longer than this are left out, unless configured.
const LABEL_MAX_LEN: u64 = 100;
/// Sockets of one engine at most.
const MAX_SOCKETS: usize = 64;
/// Where engines that are asked listen, by the reference's defaults. A `*` stands for one folder name.
const DOCKER: &[&str] = &["/var/run/docker.sock"];
const PODMAN: &[&str] = &["/run/podman/podman.sock", "/run/user/*/podman/podman.sock"];
const CRI: &[&str] = &[
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/host-containerd/containerd.sock",
];
/// The first beyond the reference, for what is started by containerd itself on an ordinary machine.
const CONTAINERD: [&str; 2] = ["/run/containerd/containerd.sock", "/run/host-containerd/containerd.sock"];

/// What is asked of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Labels whose value is longer, in bytes, are left out.
    pub label_max_len: usize,
    /// Whether runtimes compute how much containers have written, which costs them time.
    pub with_size: bool,
    /// Whether a container is asked about when it is created.
    pub on_create: bool,
    /// Whether a container is asked about when it starts.
    pub on_start: bool,
    /// Docker's sockets; none where it is switched off.
    pub docker: Vec<String>,
    /// Podman's sockets; none where it is switched off.
    pub podman: Vec<String>,
    /// Sockets with Kubernetes' container runtime interface; none where it is switched off.
    pub cri: Vec<String>,
    /// containerd's sockets, for what does not belong to pods; none where it is switched off.
    pub containerd: Vec<String>,
    /// The container that every process is said to be in; nobody is asked then.
    pub everything: Option<Box<ContainerInfo>>,
    /// The host's root folder; sockets are looked for below it.
    pub host_root: PathBuf,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReadOptionsError {
    /// A text that is not JSON.
    #[error("`init_config` of the plugin `container` is not JSON: {0}")]
    Json(String),
    /// A member of a wrong type.
    #[error("`{key}` in `init_config` of the plugin `container`: expected {expected}")]
    Type {
        /// The member, with its parents.
        key: String,
        /// What may be there.
        expected: &'static str,
    },
}

impl Default for Options {
    fn default() -> Self {
        let texts = |sockets: &[&str]| sockets.iter().map(|text| (*text).to_owned()).collect();
        Self {
            label_max_len: LABEL_MAX_LEN as usize,
            with_size: false,
            on_create: true,
            on_start: false,
            docker: texts(DOCKER),
            podman: texts(PODMAN),
            cri: texts(CRI),
            containerd: texts(&CONTAINERD),
            everything: None,
            host_root: PathBuf::from("/"),
        }
    }
}

impl Options {
    /// Reads `init_config`: an object, a text with one in it, or nothing. Unknown members are left alone.
    ///
    /// # Errors
    /// A member of a wrong type.
    pub fn read(config: &Value, host_root: &Path) -> Result<Self, ReadOptionsError> {
        let mut options = Self { host_root: host_root.to_owned(), ..Self::default() };
        let parsed;
        let config = match config {
            Value::String(text) if text.trim().is_empty() => return Ok(options),
            Value::String(text) => {
                parsed = serde_json::from_str(text).map_err(|e| ReadOptionsError::Json(e.to_string()))?;
                &parsed
            }
            other => other,
        };
        let config = match config {
            Value::Null => return Ok(options),
            Value::Object(config) => config,
            _ => return Err(wrong("init_config", "a map")),
        };
        if let Some(length) = config.get("label_max_len") {
            let length = length.as_u64().ok_or_else(|| wrong("label_max_len", "a number of bytes"))?;
            options.label_max_len = usize::try_from(length).unwrap_or(usize::MAX);
        }
        options.with_size = flag(config, "with_size", "with_size", false)?;
        if let Some(hooks) = config.get("hooks") {
            let hooks = texts(hooks, "hooks")?;
            if hooks.iter().any(|hook| hook != "create" && hook != "start") {
                return Err(wrong("hooks", "a list of `create` and `start`"));
            }
            options.on_create = hooks.iter().any(|hook| hook == "create");
            options.on_start = hooks.iter().any(|hook| hook == "start");
        }
        match config.get("engines") {
            None | Some(Value::Null) => {}
            Some(Value::Object(engines)) => options.read_engines(engines)?,
            Some(_) => return Err(wrong("engines", "a map of engines")),
        }
        Ok(options)
    }

    fn read_engines(&mut self, engines: &Map<String, Value>) -> Result<(), ReadOptionsError> {
        self.docker = sockets(engines, "docker", DOCKER)?;
        self.podman = sockets(engines, "podman", PODMAN)?;
        self.cri = sockets(engines, "cri", CRI)?;
        self.containerd = sockets(engines, "containerd", &CONTAINERD)?;
        let Some(entry) = engines.get("static") else { return Ok(()) };
        let entry = entry.as_object().ok_or_else(|| wrong("engines.static", "a map"))?;
        if flag(entry, "enabled", "engines.static.enabled", true)? {
            let text = |key: &'static str| match entry.get(key) {
                None => Ok(String::new()),
                Some(Value::String(text)) => Ok(text.clone()),
                Some(_) => Err(wrong(&format!("engines.static.{key}"), "a text")),
            };
            let (id, name, image) = (text("container_id")?, text("container_name")?, text("container_image")?);
            if id.is_empty() {
                return Err(wrong("engines.static.container_id", "an id"));
            }
            let full_id = id.clone();
            let kind = container_kind::STATIC;
            self.everything = Some(Box::new(ContainerInfo { kind, id, full_id, name, image, ..Default::default() }));
        }
        Ok(())
    }
}

/// Paths below the host's root; a pattern stands for what it matches now.
pub(crate) fn expand(sockets: &[String], host_root: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for socket in sockets {
        let socket = socket.strip_prefix("unix://").unwrap_or(socket).trim_start_matches('/');
        let Some((folder, rest)) = socket.split_once("/*/") else {
            paths.push(host_root.join(socket));
            continue;
        };
        let Ok(entries) = std::fs::read_dir(host_root.join(folder)) else { continue };
        let found = entries.take(MAX_SOCKETS * 16).flatten().map(|entry| entry.path().join(rest));
        paths.extend(found.filter(|path| path.exists()).take(MAX_SOCKETS));
    }
    paths.truncate(MAX_SOCKETS);
    paths
}

fn sockets(engines: &Map<String, Value>, name: &str, default: &[&str]) -> Result<Vec<String>, ReadOptionsError> {
    let defaults = || default.iter().map(|text| (*text).to_owned()).collect();
    let key = format!("engines.{name}");
    let Some(entry) = engines.get(name) else { return Ok(defaults()) };
    let entry = entry.as_object().ok_or_else(|| wrong(&key, "a map"))?;
    if !flag(entry, "enabled", &format!("{key}.enabled"), true)? {
        return Ok(Vec::new());
    }
    entry.get("sockets").map_or_else(|| Ok(defaults()), |sockets| texts(sockets, &format!("{key}.sockets")))
}

fn flag(map: &Map<String, Value>, member: &str, key: &str, default: bool) -> Result<bool, ReadOptionsError> {
    map.get(member).map_or(Ok(default), |value| value.as_bool().ok_or_else(|| wrong(key, "true or false")))
}

fn texts(value: &Value, key: &str) -> Result<Vec<String>, ReadOptionsError> {
    let list = value.as_array().ok_or_else(|| wrong(key, "a list of texts"))?;
    list.iter().map(|text| text.as_str().map(str::to_owned).ok_or_else(|| wrong(key, "a list of texts"))).collect()
}

fn wrong(key: &str, expected: &'static str) -> ReadOptionsError {
    ReadOptionsError::Type { key: key.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(config: &Value) -> Result<Options, ReadOptionsError> {
        Options::read(config, Path::new("/"))
    }

    #[test]
    fn nothing_said_means_the_defaults() {
        for config in [Value::Null, json!({}), json!(""), json!("{}"), json!({"engines": {}, "log_level": "info"})] {
            assert_eq!(read(&config).unwrap(), Options::default(), "{config}");
        }
    }

    #[test]
    fn what_is_said_is_done() {
        let options = read(&json!({
            "label_max_len": 7, "with_size": true, "hooks": ["start"],
            "engines": {"docker": {"enabled": false, "sockets": ["/x"]}, "podman": {"sockets": ["/a", "/b"]},
                        "cri": {"enabled": false}},
        }))
        .unwrap();
        assert_eq!((options.label_max_len, options.with_size), (7, true));
        assert_eq!((options.on_create, options.on_start), (false, true));
        assert_eq!((options.docker.len(), options.podman), (0, vec!["/a".to_owned(), "/b".to_owned()]));
        assert_eq!((options.cri.len(), options.containerd), (0, CONTAINERD.map(str::to_owned).to_vec()));
        assert!(options.everything.is_none());
        let config = json!({"engines": {"static": {"container_id": "x", "container_image": "i:1"}}});
        let info = read(&config).unwrap().everything.unwrap();
        assert_eq!((info.kind, &*info.id, &*info.image), (container_kind::STATIC, "x", "i:1"));
    }

    #[test]
    fn wrong_types_are_named() {
        for (config, want) in [
            (json!([]), "init_config"),
            (json!({"label_max_len": "x"}), "label_max_len"),
            (json!({"label_max_len": -1}), "label_max_len"),
            (json!({"hooks": ["stop"]}), "hooks"),
            (json!({"engines": {"docker": {"enabled": "no"}}}), "engines.docker.enabled"),
            (json!({"engines": {"podman": {"sockets": [1]}}}), "engines.podman.sockets"),
            (json!({"engines": {"static": {}}}), "engines.static.container_id"),
        ] {
            let error = read(&config).unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{want}`")), "{config}: {error}");
        }
        assert!(matches!(read(&json!("{")), Err(ReadOptionsError::Json(_))));
    }

    #[test]
    fn patterns_and_roots_are_followed() {
        let root = tempfile::tempdir().unwrap();
        for user in ["0", "1000"] {
            std::fs::create_dir_all(root.path().join("run/user").join(user).join("podman")).unwrap();
        }
        std::fs::write(root.path().join("run/user/1000/podman/podman.sock"), "").unwrap();
        let sockets = ["/run/user/*/podman/podman.sock".to_owned(), "unix:///run/a.sock".to_owned()];
        let found = expand(&sockets, root.path());
        assert_eq!(found, ["run/user/1000/podman/podman.sock", "run/a.sock"].map(|path| root.path().join(path)));
    }
}
