//! Containers asked about through sockets: a fake runtime that misbehaves in every way, and real ones where they are.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use windhover_containers::{Containers, Options};
use windhover_system::{ContainerInfo, Limits, System, container_kind};

const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
const OTHER: &str = "bbbbbbbbbbbb8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
/// Long enough for a loaded machine; nothing waits so long where all is well.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a fake runtime does about a request.
#[derive(Clone)]
enum Reply {
    Json(String),
    Raw(Vec<u8>),
    /// These lines as chunks, then silence.
    Stream(Vec<String>),
    Silence,
}

/// A runtime that answers by the table, and notes what it was asked. Paths that are not in the table are not found.
struct Fake {
    folder: tempfile::TempDir,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    fn new(replies: &[(&str, Reply)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("r.sock")).unwrap();
        let replies: HashMap<String, Reply> = replies.iter().map(|(path, r)| ((*path).to_owned(), r.clone())).collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let note = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, note) = (replies.clone(), Arc::clone(&note));
                thread::spawn(move || serve(stream, &replies, &note));
            }
        });
        Self { folder, asked }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("r.sock")
    }

    fn times_asked(&self, target: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == target).count()
    }
}

fn serve(mut stream: UnixStream, replies: &HashMap<String, Reply>, note: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(target) = lines.next().and_then(|line| Some(line.split(' ').nth(1)?.to_owned())) else { return };
    lines.find(|line| line.is_empty());
    note.lock().unwrap().push(target.clone());
    let path = target.split('?').next().unwrap();
    // Whoever asks may have gone, which is not this side's trouble.
    match replies.get(path) {
        Some(Reply::Json(text)) => {
            _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        }
        Some(Reply::Raw(bytes)) => _ = stream.write_all(bytes),
        Some(Reply::Stream(events)) => {
            _ = write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for event in events {
                // Apart in time, so that the reader runs into its time limit between two of them.
                thread::sleep(Duration::from_millis(300));
                _ = write!(stream, "{:x}\r\n{event}\n\r\n", event.len() + 1);
            }
            thread::sleep(PATIENCE);
        }
        Some(Reply::Silence) => thread::sleep(PATIENCE),
        None => _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    }
}

fn container(id: &str, name: &str) -> Reply {
    Reply::Json(format!(
        r#"{{"Id":"{id}","Name":"/{name}","Image":"sha256:{ID}","Config":{{"Image":"probe:1","Labels":{{"a":"b"}}}}}}"#
    ))
}

fn options(sockets: &[&Path]) -> Options {
    let docker = sockets.iter().map(|socket| socket.display().to_string()).collect();
    Options { docker, podman: Vec::new(), cri: Vec::new(), containerd: Vec::new(), ..Options::default() }
}

fn inspect_path(id: &str) -> String {
    format!("/containers/{id}/json")
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

#[test]
fn what_is_asked_is_answered() {
    let fake = Fake::new(&[
        (&inspect_path(&ID[..12]), container(ID, "web")),
        (&format!("/images/{ID}/json"), Reply::Json(r#"{"RepoDigests":["probe@sha256:9"]}"#.into())),
    ]);
    let absent = fake.folder.path().join("absent.sock");
    let mut containers = Containers::start(&options(&[&absent, &fake.socket()])).unwrap();
    let mut system = System::new(Limits::default());
    assert!(containers.ask(&ID[..12]));
    wait(&mut containers, &mut system, "an answer", |system| system.container_count() == 1);
    let info = find(&system, &ID[..12]).unwrap();
    assert_eq!((info.kind, &*info.name, &*info.image), (container_kind::DOCKER, "web", "probe:1"));
    assert_eq!((&*info.image_tag, &*info.image_digest, info.label("a")), ("1", "sha256:9", Some("b")));
    assert_eq!(system.containers_without_image(), 0);
}

#[test]
fn bad_answers_are_none_and_do_not_stop_the_next() {
    let huge = format!("HTTP/1.1 200 OK\r\n\r\n{{\"Id\":\"{}\"}}", "a".repeat(2 << 20));
    let deep = "[".repeat(100_000);
    for (name, reply) in [
        ("not JSON", Reply::Json("{".into())),
        ("too deep", Reply::Json(deep)),
        ("huge", Reply::Raw(huge.into_bytes())),
        ("closed", Reply::Raw(Vec::new())),
        ("cut", Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"Id\"".to_vec())),
        ("another container", container(OTHER, "other")),
        ("an error", Reply::Raw(b"HTTP/1.1 500 Oops\r\n\r\n".to_vec())),
    ] {
        let good = "cccccccccccc";
        let good_full = good.repeat(5);
        let fake =
            Fake::new(&[(&inspect_path(&ID[..12]), reply), (&inspect_path(good), container(&good_full, "good"))]);
        let mut containers = Containers::start(&options(&[&fake.socket()])).unwrap();
        let mut system = System::new(Limits::default());
        assert!(containers.ask(&ID[..12]) && containers.ask(good), "{name}");
        wait(&mut containers, &mut system, name, |system| find(system, good).is_some());
        assert!(find(&system, &ID[..12]).is_none() && find(&system, &OTHER[..12]).is_none(), "{name}");
    }
}

#[test]
fn a_runtime_that_says_nothing_holds_nobody_up() {
    let fake = Fake::new(&[(&inspect_path(&ID[..12]), Reply::Silence)]);
    let mut containers = Containers::start(&options(&[&fake.socket()])).unwrap();
    let mut system = System::new(Limits::default());
    let mut asked = 0;
    while containers.ask(&ID[..12]) {
        asked += 1;
        assert!(asked < 1000, "the queue has no end");
        containers.exchange(&mut system);
    }
    assert_eq!(system.container_count(), 0);
}

#[test]
fn one_that_nobody_knows_is_asked_for_again_and_then_given_up() {
    let last = "cccccccccccc";
    let fake = Fake::new(&[(&inspect_path(last), container(&last.repeat(5), "last"))]);
    let mut containers = Containers::start(&options(&[&fake.socket()])).unwrap();
    let mut system = System::new(Limits::default());
    assert!(containers.ask(&ID[..12]));
    let started = Instant::now();
    while fake.times_asked(&inspect_path(&ID[..12])) < 5 {
        assert!(started.elapsed() < PATIENCE, "asked {} times", fake.times_asked(&inspect_path(&ID[..12])));
        thread::sleep(Duration::from_millis(5));
    }
    assert!(containers.ask("redis-test-c") && containers.ask(last));
    wait(&mut containers, &mut system, "the last", |system| find(system, last).is_some());
    assert_eq!(fake.times_asked(&inspect_path(&ID[..12])), 5);
    assert_eq!(fake.times_asked(&inspect_path("redis-test-c")), 0, "what is no id is not asked for");
}

#[test]
fn containers_are_listed_then_followed() {
    let event = |action: &str, id: &str| format!(r#"{{"Action":"{action}","Actor":{{"ID":"{id}"}}}}"#);
    let third = "d".repeat(64);
    let fake = Fake::new(&[
        ("/containers/json", Reply::Json(format!(r#"[{{"Id":"{ID}"}},{{"Id":"../x"}},7]"#))),
        (&inspect_path(ID), container(ID, "listed")),
        (&inspect_path(OTHER), container(OTHER, "created")),
        (&inspect_path(&third), container(&third, "started")),
        (
            "/events",
            Reply::Stream(vec![
                event("create", OTHER),
                "nonsense".into(),
                event("start", &third),
                event("destroy", ID),
            ]),
        ),
    ]);
    let mut containers = Containers::start(&options(&[&fake.socket()])).unwrap();
    let mut system = System::new(Limits::default());
    wait(&mut containers, &mut system, "the list", |system| find(system, &ID[..12]).is_some());
    wait(&mut containers, &mut system, "the new one", |system| find(system, &OTHER[..12]).is_some());
    wait(&mut containers, &mut system, "the end", |system| find(system, &ID[..12]).is_none());
    assert_eq!(fake.times_asked(&inspect_path(&third)), 0, "the hook `start` is not configured");
    assert_eq!(find(&system, &OTHER[..12]).unwrap().name, "created");
}

#[test]
fn one_container_for_everything_asks_nobody() {
    let fake = Fake::new(&[]);
    let info = ContainerInfo { id: "all".into(), kind: container_kind::STATIC, ..ContainerInfo::default() };
    let everything = Some(Box::new(info));
    let mut containers = Containers::start(&Options { everything, ..options(&[&fake.socket()]) }).unwrap();
    let mut system = System::new(Limits::default());
    containers.exchange(&mut system);
    assert!(find(&system, "all").is_some());
    assert!(containers.ask(&ID[..12]), "questions are taken, and go nowhere");
    assert!(fake.asked.lock().unwrap().is_empty());
}

/// Podman with a store of its own, its API on a socket in the same folder.
struct Podman {
    folder: tempfile::TempDir,
    service: Option<Child>,
}

impl Podman {
    /// `None` where there is no podman, or it may not work here.
    fn start() -> Option<Self> {
        let mut podman = Self { folder: tempfile::tempdir().unwrap(), service: None };
        let archive = podman.folder.path().join("image.tar");
        // Two blocks of zeros are an archive with nothing in it.
        std::fs::write(&archive, [0; 1024]).unwrap();
        podman.run(&["import", archive.to_str().unwrap(), "localhost/probe:1"])?;
        let address = format!("unix://{}", podman.socket().display());
        podman.service = podman.command(&["system", "service", "--time=0", &address]).spawn().ok();
        let started = Instant::now();
        while !podman.socket().exists() {
            if started.elapsed() > PATIENCE {
                return None;
            }
            thread::sleep(Duration::from_millis(20));
        }
        Some(podman)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("podman.sock")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("podman");
        command.arg("--root").arg(self.folder.path().join("root"));
        command.arg("--runroot").arg(self.folder.path().join("run"));
        command.args(["--events-backend", "file", "--tmpdir"]).arg(self.folder.path().join("tmp"));
        command.args(["--storage-driver", "vfs"]).args(arguments).stderr(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// What podman prints; `None` where it fails.
    fn run(&self, arguments: &[&str]) -> Option<String> {
        let output = self.command(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        if let Some(service) = &mut self.service {
            _ = service.kill();
            _ = service.wait();
        }
    }
}

#[test]
fn podman_tells_about_its_containers() {
    let Some(podman) = Podman::start() else {
        eprintln!("skipped: podman is not here, or may not work");
        return;
    };
    let create = |name: &str| {
        let options = ["create", "--name", name, "--net", "host", "--label", "app=web", "-v", "/tmp:/mnt:ro"];
        podman.run(&[&options[..], &["--privileged", "localhost/probe:1", "/x"]].concat())
    };
    let Some(listed) = create("listed") else {
        eprintln!("skipped: podman cannot create containers here");
        return;
    };
    let options = Options { podman: vec![podman.socket().display().to_string()], ..options(&[]) };
    let mut containers = Containers::start(&options).unwrap();
    let mut system = System::new(Limits::default());
    wait(&mut containers, &mut system, "the list", |system| find(system, &listed[..12]).is_some());
    let info = find(&system, &listed[..12]).unwrap();
    assert_eq!((info.kind, &*info.full_id, &*info.name), (container_kind::PODMAN, &*listed, "listed"));
    assert_eq!((&*info.image, &*info.image_repository), ("localhost/probe:1", "localhost/probe"));
    assert_eq!((&*info.image_tag, info.label("app")), ("1", Some("web")));
    assert!(info.privileged && info.host_network && !info.host_pid && info.created_time > 1_600_000_000);
    assert!(info.mounts.iter().any(|mount| mount.source == "/tmp" && mount.destination == "/mnt" && !mount.rdwr));

    let created = create("created").expect("it could create the first");
    wait(&mut containers, &mut system, "the event", |system| find(system, &created[..12]).is_some());
    podman.run(&["rm", "listed"]).expect("podman removes what it created");
    wait(&mut containers, &mut system, "the removal", |system| find(system, &listed[..12]).is_none());
}
