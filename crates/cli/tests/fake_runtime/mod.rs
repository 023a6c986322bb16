//! A container runtime that knows what it is told, and answers by Docker's interface.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A container: its full id, and what is answered about it besides.
pub type Container = (&'static str, &'static str);

/// Answers at a socket for as long as the test lasts.
pub fn serve(socket: &Path, containers: &'static [Container]) {
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, containers));
        }
    });
}

fn answer(mut stream: UnixStream, containers: &[Container]) {
    let mut request = String::new();
    // Whoever asks may have gone, which is not this side's trouble.
    _ = BufReader::new(stream.try_clone().unwrap()).read_line(&mut request);
    let asked = containers.iter().find(|(id, _)| request.contains(&format!("/containers/{}", &id[..12])));
    let body = match asked {
        Some((id, members)) => format!(r#"{{"Id":"{id}",{members}}}"#),
        None if request.contains("/events") => {
            _ = write!(stream, "HTTP/1.1 200 OK\r\n\r\n");
            return thread::sleep(Duration::from_secs(600));
        }
        None => {
            let ids: Vec<_> = containers.iter().map(|(id, _)| format!(r#"{{"Id":"{id}"}}"#)).collect();
            format!("[{}]", ids.join(","))
        }
    };
    _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
}

/// A configuration that asks nobody else.
pub fn config(socket: &Path) -> String {
    let off = ["podman", "cri", "containerd"].map(|engine| format!("      {engine}: {{enabled: false}}\n")).concat();
    format!(
        "stdout_output: {{enabled: true}}\nlog_stderr: true\nplugins:\n- name: container\n  library_path: libcontainer.so\n  init_config:\n    engines:\n      docker: {{sockets: [{socket:?}]}}\n{off}"
    )
}
