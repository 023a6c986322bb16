//! Runtimes that speak gRPC: a fake one that misbehaves, and a real containerd where there is one.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Response};
use windhover_containers::{Containers, Options};
use windhover_system::{ContainerInfo, Limits, System, container_kind};

const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
const POD: &str = "bbbbbbbbbbbb8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
/// Long enough for a loaded machine; nothing waits so long where all is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// One member of a message, with bytes for a value.
fn member(tag: u8, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    let mut bytes = vec![tag << 3 & 0x7f | 2];
    if tag > 15 {
        bytes = vec![tag << 3 | 0x80 | 2, tag >> 4];
    }
    let mut length = value.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(value);
    bytes
}

fn number(tag: u8, value: u8) -> Vec<u8> {
    vec![tag << 3, value]
}

fn entry(tag: u8, key: &str, value: &str) -> Vec<u8> {
    member(tag, [member(1, key), member(2, value)].concat())
}

/// What a fake runtime does about a call.
#[derive(Clone)]
enum Reply {
    /// These messages, then the end with status 0.
    Messages(Vec<Vec<u8>>),
    /// These messages, then silence.
    Endless(Vec<Vec<u8>>),
    /// Bytes that need be no messages, then the end with status 0.
    Raw(Vec<u8>),
    Failure(u32),
    NoStatus,
    Reset,
    Silence,
}

/// A runtime that answers by the table. Methods that are not in it are not implemented.
fn fake(replies: &[(&str, Reply)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let replies: HashMap<String, Reply> = replies.iter().map(|(path, r)| ((*path).to_owned(), r.clone())).collect();
    let socket = folder.path().join("r.sock");
    let (ready, is_ready) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        executor.block_on(async {
            let listener = tokio::net::UnixListener::bind(socket).unwrap();
            ready.send(()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, replies.clone()));
            }
        });
    });
    is_ready.recv().unwrap();
    folder
}

async fn serve(stream: tokio::net::UnixStream, replies: HashMap<String, Reply>) {
    // Whoever asks may go at any time, which is not this side's trouble.
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let reply = replies.get(request.uri().path()).cloned().unwrap_or(Reply::Failure(12));
        tokio::spawn(async move {
            let head = || Response::builder().header("content-type", "application/grpc");
            let (bytes, ends) = match reply {
                Reply::Failure(code) => {
                    _ = respond.send_response(head().header("grpc-status", code).body(()).unwrap(), true);
                    return;
                }
                Reply::Reset => return respond.send_reset(h2::Reason::INTERNAL_ERROR),
                Reply::Silence => return tokio::time::sleep(PATIENCE).await,
                Reply::Messages(messages) => (framed(&messages), true),
                Reply::Endless(messages) => (framed(&messages), false),
                Reply::Raw(bytes) => (bytes, true),
                Reply::NoStatus => {
                    let mut body = respond.send_response(head().body(()).unwrap(), false).unwrap();
                    _ = body.send_data(Bytes::from(framed(&[Vec::new()])), true);
                    return;
                }
            };
            let Ok(mut body) = respond.send_response(head().body(()).unwrap(), false) else { return };
            _ = body.send_data(Bytes::from(bytes), false);
            if ends {
                let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), 0.into())]);
                _ = body.send_trailers(trailers);
            } else {
                tokio::time::sleep(PATIENCE).await;
            }
        });
    }
}

fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        bytes.push(0);
        bytes.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(message);
    }
    bytes
}

fn none() -> Options {
    Options { docker: vec![], podman: vec![], cri: vec![], containerd: vec![], ..Options::default() }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Puts what is known into the model until it is as wanted.
fn wait(containers: &mut Containers, system: &mut System, what: &str, wanted: impl Fn(&System) -> bool) {
    let started = Instant::now();
    while !wanted(system) {
        assert!(started.elapsed() < PATIENCE, "in vain waited for: {what}");
        containers.exchange(system);
        thread::sleep(Duration::from_millis(5));
    }
}

fn find<'a>(system: &'a System, id: &str) -> Option<&'a ContainerInfo> {
    system.containers().find(|info| info.id == id)
}

const LIST: &str = "/runtime.v1.RuntimeService/ListContainers";
const LIST_PODS: &str = "/runtime.v1.RuntimeService/ListPodSandbox";
const STATUS: &str = "/runtime.v1.RuntimeService/ContainerStatus";
const POD_STATUS: &str = "/runtime.v1.RuntimeService/PodSandboxStatus";
const VERSION: &str = "/runtime.v1.RuntimeService/Version";
const EVENTS: &str = "/runtime.v1.RuntimeService/GetContainerEvents";
const STATS: &str = "/runtime.v1.RuntimeService/ContainerStats";

/// A runtime with one pod of one container.
fn pod() -> Vec<(&'static str, Reply)> {
    let one = |message: Vec<u8>| Reply::Messages(vec![message]);
    let listed = [member(1, ID), member(2, POD)].concat();
    let mount = [member(1, "/data"), member(2, "/srv"), number(3, 1), number(5, 2)].concat();
    let status = [
        member(1, ID),
        member(2, member(1, "web")),
        member(8, member(1, "docker.io/library/web:1")),
        member(9, "sha256:12"),
        entry(12, "app", "web"),
        entry(12, "long", &"x".repeat(101)),
        member(14, mount),
        member(18, member(1, number(1, 7))),
    ]
    .concat();
    let pod_status = [
        member(1, POD),
        member(2, [member(1, "web-0"), member(2, "uid-1"), member(3, "shop")].concat()),
        member(5, member(1, "10.1.2.3")),
        member(6, member(1, member(2, [number(1, 2), number(2, 0)].concat()))),
        entry(7, "tier", "front"),
    ]
    .concat();
    let info = r#"{"config":{"envs":[{"key":"A","value":"b"}]},"privileged":true}"#;
    let pod_info = r#"{"cniResult":{"Interfaces":{"eth0":{"Mac":"x"},"lo":{}}}}"#;
    vec![
        (VERSION, one(member(2, "cri-o"))),
        (LIST, one(member(1, listed))),
        (LIST_PODS, one(member(1, [member(1, POD), member(2, member(1, "web-0"))].concat()))),
        (STATUS, one([member(1, status), entry(2, "info", info)].concat())),
        (POD_STATUS, one([member(1, pod_status), entry(2, "info", pod_info)].concat())),
        (STATS, one(member(1, member(4, member(3, number(1, 42)))))),
    ]
}

#[test]
fn a_pod_and_its_container_are_told_whole() {
    let mut replies = pod();
    let deleted = [member(1, POD), number(2, 3)].concat();
    replies.push((EVENTS, Reply::Endless(vec![vec![], deleted])));
    let fake = fake(&replies);
    let cri = vec![text(&fake.path().join("r.sock"))];
    let mut containers = Containers::start(&Options { cri, with_size: true, ..none() }).unwrap();
    let mut system = System::new(Limits::default());
    wait(&mut containers, &mut system, "the list", |system| find(system, &ID[..12]).is_some());
    let info = find(&system, &ID[..12]).unwrap();
    assert_eq!((info.kind, &*info.full_id, &*info.name), (container_kind::CRIO, ID, "web"));
    assert_eq!((&*info.image_repository, &*info.image_tag), ("docker.io/library/web", "1"));
    assert_eq!((info.label("app"), info.label("long")), (Some("web"), None));
    assert_eq!(info.label("io.kubernetes.pod.name"), Some("web-0"));
    assert_eq!(info.label("io.kubernetes.pod.namespace"), Some("shop"));
    assert_eq!((&*info.pod_sandbox_id, info.sandbox_label("tier")), (POD, Some("front")));
    assert_eq!((&*info.ip, &*info.user, info.size), ("10.1.2.3", "7", 42));
    assert_eq!((&*info.cni_json, &info.env[..]), (r#"{"eth0":{"Mac":"x"}}"#, &["A=b".to_owned()][..]));
    assert!(info.privileged && info.host_network && !info.host_pid && !info.is_pod_sandbox);
    let mount = &info.mounts[0];
    assert_eq!((&*mount.source, &*mount.destination, mount.rdwr), ("/srv", "/data", false));
    assert_eq!(mount.propagation, "rshared");
    wait(&mut containers, &mut system, "the event", |system| find(system, &POD[..12]).is_none());
}

#[test]
fn a_sandbox_is_a_container_of_its_own() {
    let fake = fake(&pod());
    let cri = vec![text(&fake.path().join("r.sock"))];
    let mut containers = Containers::start(&Options { cri, ..none() }).unwrap();
    let mut system = System::new(Limits::default());
    wait(&mut containers, &mut system, "the sandbox", |system| find(system, &POD[..12]).is_some());
    let info = find(&system, &POD[..12]).unwrap();
    assert!(info.is_pod_sandbox);
    assert_eq!((&*info.pod_sandbox_id, info.label("io.kubernetes.pod.uid")), (POD, Some("uid-1")));
}

#[test]
fn bad_answers_are_none_and_do_not_stop_the_next() {
    let mut bomb = vec![0];
    bomb.extend_from_slice(&u32::MAX.to_be_bytes());
    let other = member(1, member(1, POD));
    for (name, reply) in [
        ("no message", Reply::Messages(vec![])),
        ("two messages", Reply::Messages(vec![vec![], vec![]])),
        ("another container", Reply::Messages(vec![other])),
        ("no protocol buffer", Reply::Messages(vec![vec![0xff; 40]])),
        ("a length without end", Reply::Raw(bomb)),
        ("a message that ends early", Reply::Raw(vec![0, 0, 0, 0, 9, 1])),
        ("a compressed message", Reply::Raw(vec![1, 0, 0, 0, 0])),
        ("a failure", Reply::Failure(13)),
        ("no status", Reply::NoStatus),
        ("a reset", Reply::Reset),
    ] {
        let mut replies = pod();
        replies.iter_mut().find(|(path, _)| *path == STATUS).unwrap().1 = reply;
        let fake = fake(&replies);
        let cri = vec![text(&fake.path().join("r.sock"))];
        let mut containers = Containers::start(&Options { cri, ..none() }).unwrap();
        let mut system = System::new(Limits::default());
        // The list names both; the sandbox is asked about with another method.
        assert!(containers.ask(&ID[..12]) && containers.ask(&POD[..12]), "{name}");
        let began = Instant::now();
        wait(&mut containers, &mut system, name, |system| find(system, &POD[..12]).is_some());
        while began.elapsed() < Duration::from_millis(300) {
            containers.exchange(&mut system);
            thread::sleep(Duration::from_millis(5));
        }
        assert!(find(&system, &ID[..12]).is_none(), "{name}");
    }
}

#[test]
fn a_runtime_that_says_nothing_holds_nobody_up() {
    let fake = fake(&[(LIST, Reply::Silence), (LIST_PODS, Reply::Silence), (EVENTS, Reply::Silence)]);
    let cri = vec![text(&fake.path().join("r.sock"))];
    let mut containers = Containers::start(&Options { cri, ..none() }).unwrap();
    let mut system = System::new(Limits::default());
    let mut asked = 0;
    while containers.ask(&ID[..12]) {
        asked += 1;
        assert!(asked < 1000, "the queue has no end");
        containers.exchange(&mut system);
    }
    assert_eq!(system.container_count(), 0);
}

/// A containerd of its own.
struct Containerd {
    folder: tempfile::TempDir,
    daemon: Child,
}

impl Containerd {
    /// `None` where there is none, or it may not work here.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let config = format!(
            "version = 2\nroot = {:?}\nstate = {:?}\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\n  address = {:?}\n",
            at("root"),
            at("state"),
            at("c.sock"),
        );
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let mut command = Command::new("containerd");
        command.args(["--config", &at("config.toml")]).stdout(Stdio::null()).stderr(Stdio::null());
        let daemon = command.spawn().ok()?;
        let containerd = Self { folder, daemon };
        let started = Instant::now();
        while containerd.ctr(&["version"]).is_none() {
            if started.elapsed() > PATIENCE {
                return None;
            }
            thread::sleep(Duration::from_millis(50));
        }
        Some(containerd)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("c.sock")
    }

    /// What ctr prints; `None` where it fails.
    fn ctr(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("ctr");
        command
            .arg("--address")
            .arg(self.socket())
            .args(["--namespace", "tests"])
            .args(arguments)
            .stderr(Stdio::null());
        let output = command.output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Containerd {
    fn drop(&mut self) {
        _ = self.daemon.kill();
        _ = self.daemon.wait();
    }
}

#[test]
fn containerd_tells_about_its_containers() {
    let Some(containerd) = Containerd::start() else {
        eprintln!("skipped: containerd is not here, or may not work");
        return;
    };
    let root = containerd.folder.path().join("rootfs").display().to_string();
    std::fs::create_dir(&root).unwrap();
    let create = |name: &str, more: &[&str]| {
        let arguments = ["container", "create", "--rootfs", "--label", "app=web"];
        containerd.ctr(&[&arguments[..], more, &[&root, name, "/bin/true"]].concat())
    };
    if create("listed-by-a-long-name", &["--net-host", "--env", "A=b"]).is_none() {
        eprintln!("skipped: containerd cannot create containers here");
        return;
    }
    let options = Options { containerd: vec![text(&containerd.socket())], ..none() };
    let mut containers = Containers::start(&options).unwrap();
    let mut system = System::new(Limits::default());
    wait(&mut containers, &mut system, "the list", |system| find(system, "listed-by-a-").is_some());
    let info = find(&system, "listed-by-a-").unwrap();
    assert_eq!((info.kind, &*info.full_id), (container_kind::CONTAINERD, "listed-by-a-long-name"));
    assert_eq!(info.label("app"), Some("web"));
    assert!(info.host_network && !info.host_pid && !info.privileged && info.created_time > 1_600_000_000);
    assert!(info.env.iter().any(|entry| entry == "A=b"), "{:?}", info.env);
    assert!(info.mounts.iter().any(|mount| mount.destination == "/proc" && mount.rdwr), "{:?}", info.mounts);

    create("free", &["--privileged"]).expect("it could create the first");
    wait(&mut containers, &mut system, "the event", |system| find(system, "free").is_some());
    assert!(find(&system, "free").unwrap().privileged);
    containerd.ctr(&["container", "rm", "listed-by-a-long-name"]).expect("it removes what it created");
    wait(&mut containers, &mut system, "the removal", |system| find(system, "listed-by-a-").is_none());
    assert!(containers.ask("free"));
}
