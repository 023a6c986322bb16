//! What the reference gets wrong, as far as recordings show it. For each value that differs it is worked out what the
//! reference prints by the defect's own rule: only a value that is exactly that counts as explained, every other one as
//! different. Two defects print what lies in memory by chance; of these only the form can be held.

use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::{Value as Json, json};
use windhover_event::path::{UNKNOWN, join_path};
use windhover_event::{AT_FDCWD, EventType, EventView, SockAddr, event_flag};
use windhover_system::{Context, Fd, FdKind, L4, Socket};

/// A defect of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// `evt.buffer` of a call that moved nothing: `NULL` and what an earlier call left behind it, cut to that one's length.
    StaleBuffer,
    /// Times since the change of an executable whose execution was not seen: never set.
    UnsetDuration,
    /// An output that also has `evt.abspath`: finding that path of a relative open puts the directory's descriptor in the
    /// place of the event's.
    DirectoryForFile,
    /// `fs.path.*` of a relative path whose directory is not one that was opened with `O_DIRECTORY`.
    UnknownDirectory,
    /// An IPv6 socket that is connected to an IPv4 address: the protocol is looked for at another place than it was put.
    MappedConnect,
    /// A bound IPv6 UDP socket after its first message: the two ends are read as if they were the bound address.
    ServerForEnds,
    /// Users and groups of a container that a recording tells of are not taken.
    ContainerUsers,
}

impl Defect {
    pub const ALL: [Self; 7] = [
        Self::StaleBuffer,
        Self::UnsetDuration,
        Self::DirectoryForFile,
        Self::UnknownDirectory,
        Self::MappedConnect,
        Self::ServerForEnds,
        Self::ContainerUsers,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::StaleBuffer => "stale bytes behind an empty buffer",
            Self::UnsetDuration => "durations that were never set",
            Self::DirectoryForFile => "the directory's descriptor for the file's",
            Self::UnknownDirectory => "a known directory called unknown",
            Self::MappedConnect => "protocol of an IPv4 connection of an IPv6 socket",
            Self::ServerForEnds => "ends of a bound IPv6 UDP socket",
            Self::ContainerUsers => "users of a container in a recording",
        }
    }
}

/// Finds the defect behind a value that differs.
#[derive(Default)]
pub struct Explainer {
    /// Process and number of the sockets with [`Defect::MappedConnect`].
    mapped: HashSet<(i64, i64)>,
}

impl Explainer {
    /// To be called with every event that was applied.
    pub fn observe(&mut self, event: &EventView<'_>, context: &Context<'_>) {
        let Some(socket) = socket_id(context) else { return };
        if event.kind() == EventType::SOCKET_CONNECT_X {
            let to_mapped = matches!(event.sock_addr(3), Some(SockAddr::Inet6(ip, _)) if ip.to_ipv4_mapped().is_some());
            let is_ipv4 = context.fd().is_some_and(|fd| fd.kind == FdKind::Ipv4 && fd.is_connected());
            if to_mapped && is_ipv4 {
                self.mapped.insert(socket);
            }
        } else if event.kind().info().has_any(event_flag::CREATES_FD) {
            self.mapped.remove(&socket);
        }
    }

    /// The defect by which the reference prints `theirs` for `field` of the event that was applied last.
    pub fn explain(
        &self,
        field: &str,
        event: &EventView<'_>,
        context: &Context<'_>,
        ours: &Json,
        theirs: &Json,
    ) -> Option<Defect> {
        let is = |predicted: Option<Json>| predicted.as_ref() == Some(theirs);
        let found = match field {
            "evt.buffer" => (is_stale(ours, theirs), Defect::StaleBuffer),
            _ if field.starts_with("proc.exe_ino.ctime_duration_") => (ours.is_null(), Defect::UnsetDuration),
            _ if field.starts_with("user.") => (is(user(field, context)), Defect::ContainerUsers),
            _ if field.starts_with("fs.path.") => return path_defect(field, event, context, theirs),
            _ if socket_id(context).is_some_and(|socket| self.mapped.contains(&socket)) => {
                (is(mapped(field, context, ours)), Defect::MappedConnect)
            }
            _ if serves_udp_v6(context) => (is(server_for_ends(field, context, ours)), Defect::ServerForEnds),
            _ if field.starts_with("fd.") => {
                let predicted = opened_in(event, context).and_then(|dir| of_directory(field, dir, context));
                (is(predicted), Defect::DirectoryForFile)
            }
            "evt.args" | "evt.info" => (is(without_users(ours, context)), Defect::ContainerUsers),
            _ => return None,
        };
        found.0.then_some(found.1)
    }
}

fn socket_id(context: &Context<'_>) -> Option<(i64, i64)> {
    Some((context.thread()?.pid, context.fd_num()?))
}

/// `NULL` and its end over older text, of which as many bytes are shown as that had.
fn is_stale(ours: &Json, theirs: &Json) -> bool {
    let cut = |text: &str| text.starts_with("NULL.") || "NULL".starts_with(text);
    ours == "NULL" && theirs.as_str().is_some_and(cut)
}

/// Whether the event is an open of a relative path, and from which directory's descriptor.
fn opened_in<'a>(event: &EventView<'_>, context: &Context<'a>) -> Option<&'a Fd> {
    let opens = matches!(event.kind(), EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X);
    let relative = event.str(2).is_some_and(|path| !path.starts_with(b"/"));
    if opens && relative { context.fds()?.get(event.i64(1).filter(|dirfd| *dirfd != AT_FDCWD)?) } else { None }
}

/// A field of a directory's descriptor.
fn of_directory(field: &str, dir: &Fd, context: &Context<'_>) -> Option<Json> {
    let name = String::from_utf8_lossy(&dir.name).into_owned();
    let is_directory = dir.kind == FdKind::Directory;
    let parent = || match name.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(at) => name[..at].to_owned(),
    };
    let container =
        || String::from_utf8_lossy(&context.thread().expect("it has descriptors").container_id).into_owned();
    Some(match field {
        "fd.name" => json!(name),
        "fd.containername" => json!(format!("{}:{name}", container())),
        "fd.nameraw" => json!(String::from_utf8_lossy(&dir.name_raw)),
        "fd.directory" if is_directory => json!(name),
        "fd.directory" => json!(parent()),
        "fd.containerdirectory" if is_directory => json!(format!("{}:{name}", container())),
        "fd.containerdirectory" => json!(format!("{}:{}", container(), parent())),
        "fd.filename" if is_directory => Json::Null,
        "fd.filename" => json!(name.rsplit('/').next()),
        "fd.type" => json!(dir.kind.name()),
        "fd.typechar" => json!(char::from(dir.kind.char()).to_string()),
        "fd.ino" => json!(dir.ino),
        "fd.dev" => json!(format!("{:X}", dir.dev)),
        "fd.dev.major" => json!((dir.dev & 0xf_ff00) >> 8),
        "fd.dev.minor" => json!(dir.dev & 0xff | (dir.dev >> 12) & 0xf_ff00),
        "fd.is_upper_layer" => json!(dir.is_upper_layer()),
        "fd.is_lower_layer" => json!(dir.is_lower_layer()),
        _ => return None,
    })
}

fn path_defect(field: &str, event: &EventView<'_>, context: &Context<'_>, theirs: &Json) -> Option<Defect> {
    use EventType as E;
    let (dirfd, path) = match (event.kind(), field) {
        (E::SYSCALL_OPENAT_2_X | E::SYSCALL_OPENAT2_X, "fs.path.name") => {
            if let Some(dir) = opened_in(event, context) {
                return (*theirs == *String::from_utf8_lossy(&dir.name)).then_some(Defect::DirectoryForFile);
            }
            let relative = !event.str(2).is_some_and(|path| path.starts_with(b"/"));
            return (relative && theirs == "<UNKNOWN>").then_some(Defect::UnknownDirectory);
        }
        (E::SYSCALL_MKDIRAT_X | E::SYSCALL_UNLINKAT_2_X, "fs.path.name") => (1, 2),
        (E::SYSCALL_FCHMODAT_X | E::SYSCALL_FCHOWNAT_X, "fs.path.name") => (1, 2),
        (E::SYSCALL_SYMLINKAT_X, "fs.path.source") => (2, 3),
        (E::SYSCALL_SYMLINKAT_X, "fs.path.target") => (2, 1),
        _ => return None,
    };
    let dir = context.fds().and_then(|fds| fds.get(event.i64(dirfd)?));
    if dir.is_some_and(|dir| dir.kind == FdKind::Directory) {
        return None;
    }
    let mut predicted = Vec::new();
    join_path(UNKNOWN, event.str(path)?, &mut predicted);
    (*theirs == *String::from_utf8_lossy(&predicted)).then_some(Defect::UnknownDirectory)
}

/// The event's own addresses are printed right; only the descriptor's are not.
fn mapped(field: &str, context: &Context<'_>, ours: &Json) -> Option<Json> {
    let name = String::from_utf8_lossy(&context.fd()?.name);
    Some(match field {
        "fd.l4proto" => json!("<NA>"),
        "fd.name" => json!("<unknown>"),
        "fd.containername" => json!(ours.as_str()?.replace(&*name, "<unknown>")),
        "evt.args" | "evt.info" => json!(ours.as_str()?.replace(&format!("<4t>{name}"), "<4><unknown>")),
        _ => return None,
    })
}

fn serves_udp_v6(context: &Context<'_>) -> bool {
    let unconnected = |fd: &Fd| fd.kind == FdKind::Ipv6 && fd.is_role_server() && !fd.is_connected();
    context.fd().is_some_and(|fd| unconnected(fd) && fd.socket.l4() == L4::Udp)
}

/// The bound address is laid out as address, port, protocol; what lies there are the two ends: source, destination.
fn server_for_ends(field: &str, context: &Context<'_>, ours: &Json) -> Option<Json> {
    let Some(Socket::Ipv6 { dest: (ip, _), .. }) = context.fd().map(|fd| fd.socket) else { return None };
    let over = ip.octets();
    let port = u16::from_le_bytes([over[0], over[1]]);
    let protocol = L4::from_code(over[2]).name();
    Some(match field {
        "fd.sip" => json!(context.fd()?.socket.source().map(|(ip, _): (IpAddr, u16)| ip.to_string())),
        "fd.sport" => json!(port),
        "fd.l4proto" => json!(protocol.unwrap_or("<NA>")),
        "fd.cproto" | "fd.sproto" => json!(""),
        "evt.args" | "evt.info" => {
            let letter = protocol.map_or("", |name| &name[..1]);
            json!(ours.as_str()?.replace("(<6u>", &format!("(<6{letter}>")))
        }
        _ if field.starts_with("fd.") => Json::Null,
        _ => return None,
    })
}

fn has_container_users(context: &Context<'_>) -> bool {
    let contained = context.thread().is_some_and(|thread| !thread.container_id.is_empty());
    contained && context.user_table().is_some()
}

/// A field of a user who is not known.
fn user(field: &str, context: &Context<'_>) -> Option<Json> {
    let is_root = context.thread()?.uid == 0;
    let known = |text: &str| json!(if is_root { text } else { "<NA>" });
    match field {
        _ if !has_container_users(context) => None,
        "user.name" => Some(known("root")),
        "user.homedir" => Some(known("/root")),
        "user.shell" => Some(json!("<NA>")),
        _ => None,
    }
}

/// The event's parameters with the names of users and groups away.
fn without_users(ours: &Json, context: &Context<'_>) -> Option<Json> {
    let ours = ours.as_str().filter(|_| has_container_users(context))?;
    let word = |word: &str| match word.split_once('(') {
        Some((id, _)) if id.starts_with("uid=") || id.starts_with("gid=") => format!("{id}(<NA>)"),
        _ => word.to_owned(),
    };
    Some(json!(ours.split(' ').map(word).collect::<Vec<_>>().join(" ")))
}
