//! `fd.*` fields that are not about sockets.

use windhover_event::{EventType, event_flag};
use windhover_filter::{Arity, FieldArg, Scope, Scratch, Value};
use windhover_system::{Fd, FdKind, FdTable, L4};

use super::parameter;
use crate::definition::{ArgForm, Class, Definition, Maker, PrintFormat};
use crate::kind::{EventKind, Known};
use crate::values::{EventValues, Get, Visit, built, decimal, text};

const F: Maker = Maker { class: Class::Fd, scope: Scope::Fd };
/// What the event adds to the descriptor.
const NOW: Maker = Maker { class: Class::Fd, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.id("fd.num", "Number of the descriptor.").get(|v, _, _| Some(Value::Int(number(v)?))).known(fd_known),
    F.text("fd.type", "Kind of the descriptor: `file`, `directory`, `ipv4`, `ipv6`, `unix`, `pipe`, `event` …")
        .print(PrintFormat::Decimal)
        .get(|v, _, _| {
            let fd = fd(v)?;
            text(type_name(fd).as_bytes())
        })
        .known(fd_known),
    F.text("fd.typechar", "Kind of the descriptor in one letter.")
        .print(PrintFormat::Decimal)
        .get(typechar)
        .known(fd_known),
    F.text(
        "fd.name",
        "Path of a file, both ends of a socket, or the name of another object; also of an open that failed.",
    )
    .get(name)
    .known(fd_known),
    F.text("fd.directory", "Directory part of a file's path.").get(directory).known(fd_known),
    F.text("fd.filename", "Last part of a file's path.").get(filename).known(fd_known),
    F.text("fd.uid", "Thread id and descriptor number without anything between.").get(uid).known(fd_known),
    F.text("fd.containername", "Container id, a colon, and `fd.name`.")
        .get(|v, _, scratch| in_container(v, scratch, name))
        .known(fd_known),
    F.text("fd.containerdirectory", "Container id, a colon, and `fd.directory`.")
        .get(|v, _, scratch| in_container(v, scratch, directory))
        .known(fd_known),
    NOW.boolean("fd.name_changed", "Whether this event changed the descriptor's name.")
        .get(|v, _, _| {
            fd(v)?;
            Some(Value::Bool(v.context.fd_name_changed()))
        })
        .known(fd_known),
    F.int32("fd.dev", "Device number of the file's file system.")
        .print(PrintFormat::Hex)
        .get(|v, _, _| {
            let fd = fd(v)?;
            Some(Value::Int(i64::from(fd.dev as i32)))
        })
        .known(fd_known),
    F.int32("fd.dev.major", "Major part of the device number.")
        .get(|v, _, _| {
            let fd = fd(v)?;
            Some(Value::Int(i64::from((fd.dev & 0xf_ff00) >> 8)))
        })
        .known(fd_known),
    F.int32("fd.dev.minor", "Minor part of the device number.")
        .get(|v, _, _| {
            let fd = fd(v)?;
            Some(Value::Int(i64::from(fd.dev & 0xff | (fd.dev >> 12) & 0xf_ff00)))
        })
        .known(fd_known),
    F.int64("fd.ino", "Inode number of the file or pipe.")
        .get(|v, _, _| {
            let fd = fd(v)?;
            Some(Value::Int(fd.ino as i64))
        })
        .known(fd_known),
    F.text("fd.nameraw", "Path as the call was given it, not made absolute.").get(name_raw).known(fd_known),
    NOW.text("fd.types", "Kinds of all open descriptors of the process, each once; `[n]` is that of descriptor n.")
        .arg(ArgForm::OptionalIndex)
        .arity(Arity::List)
        .print(PrintFormat::Decimal)
        .no_rhs()
        .get(type_of)
        .each(each_type)
        .known(fd_known),
    F.boolean("fd.is_upper_layer", "Whether the file is in the upper layer of an overlay.")
        .get(|v, _, _| {
            let fd = fd(v)?;
            Some(Value::Bool(fd.is_upper_layer()))
        })
        .known(fd_known),
    F.boolean("fd.is_lower_layer", "Whether the file is in a lower layer of an overlay.")
        .get(|v, _, _| {
            let fd = fd(v)?;
            Some(Value::Bool(fd.is_lower_layer()))
        })
        .known(fd_known),
];

/// Whether events of a type are about a descriptor.
pub(super) fn is_about_fd(kind: EventType) -> bool {
    kind.info().has_any(event_flag::CREATES_FD | event_flag::USES_FD | event_flag::DESTROYS_FD)
}

pub(super) fn fd_known(kind: EventKind, _: &FieldArg) -> Known {
    if is_about_fd(kind.event_type()) { Known::Nothing } else { Known::Missing }
}

/// The descriptor that the event is about, if the event is about one and it is known.
#[inline]
pub(crate) fn fd<'e>(v: &EventValues<'e>) -> Option<&'e Fd> {
    if is_about_fd(v.event.kind()) { v.context.fd() } else { None }
}

/// The name of a descriptor's kind; of one that has none the text `<NA>`.
pub(super) fn type_name(fd: &Fd) -> &'static str {
    fd.kind.name().unwrap_or("<NA>")
}

/// The transport protocol of a socket: of one that is not connected only that it is raw.
pub(super) fn l4(fd: &Fd) -> L4 {
    match fd.socket.l4() {
        L4::Tcp | L4::Udp | L4::Icmp if fd.socket.bound().is_none() && fd.is_role_none() => L4::Unknown,
        known => known,
    }
}

/// The number of the descriptor that the event is about.
fn number(v: &EventValues<'_>) -> Option<i64> {
    v.thread()?;
    if is_about_fd(v.event.kind()) { Some(v.context.fd_num().unwrap_or(-1)) } else { None }
}

/// The descriptor's letter; where it is not known, that of what the call would have made (except for `open`, as in the
/// reference).
fn typechar<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    number(v)?;
    let letter = fd(v).map_or_else(|| letter_made_by(v.event.kind()), |fd| fd.kind.char());
    built(scratch, |out| out.push(letter))
}

fn letter_made_by(kind: EventType) -> u8 {
    match EventType::from_code(kind.code() | 1).unwrap_or(kind) {
        EventType::SYSCALL_OPENAT_X
        | EventType::SYSCALL_OPENAT_2_X
        | EventType::SYSCALL_OPENAT2_X
        | EventType::SYSCALL_CREAT_X => b'f',
        EventType::SOCKET_SOCKET_X
        | EventType::SOCKET_ACCEPT_X
        | EventType::SOCKET_ACCEPT_5_X
        | EventType::SOCKET_ACCEPT4_X
        | EventType::SOCKET_ACCEPT4_5_X
        | EventType::SOCKET_ACCEPT4_6_X => b'4',
        EventType::SYSCALL_PIPE_X | EventType::SYSCALL_PIPE2_X => b'p',
        EventType::SYSCALL_EVENTFD_X | EventType::SYSCALL_EVENTFD2_X => b'e',
        EventType::SYSCALL_SIGNALFD_X | EventType::SYSCALL_SIGNALFD4_X => b's',
        EventType::SYSCALL_TIMERFD_CREATE_X => b't',
        EventType::SYSCALL_INOTIFY_INIT_X | EventType::SYSCALL_INOTIFY_INIT1_X => b'i',
        _ => b'o',
    }
}

fn name<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    number(v)?;
    match fd(v) {
        Some(fd) => text(&fd.name),
        None => name_from_event(v, false, scratch),
    }
}

/// What a call that should have made or named a descriptor was about, as far as the event says it.
fn name_from_event<'a>(v: &EventValues<'_>, raw: bool, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    scratch.bytes.clear();
    if push_name_from_event(v, raw, &mut scratch.bytes) { text(&scratch.bytes) } else { None }
}

/// As [`name_from_event`], appended to `out`; says whether there is one.
pub(crate) fn push_name_from_event(v: &EventValues<'_>, raw: bool, out: &mut Vec<u8>) -> bool {
    let event = &v.event;
    match event.kind() {
        EventType::SYSCALL_OPEN_X
        | EventType::SYSCALL_CREAT_X
        | EventType::SOCKET_ACCEPT_X
        | EventType::SOCKET_ACCEPT_5_X
        | EventType::SOCKET_ACCEPT4_X
        | EventType::SOCKET_ACCEPT4_5_X
        | EventType::SOCKET_ACCEPT4_6_X
        | EventType::SOCKET_CONNECT_X => parameter::push_text(v, 1, out),
        EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X => {
            let Some(path) = event.str(2) else { return false };
            if raw {
                out.extend_from_slice(path);
            } else {
                parameter::push_failed_path(v, event.i64(1).unwrap_or(-1), path, out);
            }
        }
        EventType::SYSCALL_OPEN_BY_HANDLE_AT_X => out.extend_from_slice(event.str(3).unwrap_or(b"<NA>")),
        _ => {}
    }
    true
}

/// The path as given; runs of `/` are made one.
fn name_raw<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    number(v)?;
    match fd(v) {
        Some(fd) if !has_double_slash(&fd.name_raw) => return text(&fd.name_raw),
        Some(fd) => {
            scratch.bytes.clear();
            scratch.bytes.extend_from_slice(&fd.name_raw);
        }
        None => {
            name_from_event(v, true, scratch)?;
        }
    }
    let mut last = 0;
    scratch.bytes.retain(|byte| {
        let again = *byte == b'/' && last == b'/';
        last = *byte;
        !again
    });
    text(&scratch.bytes)
}

/// Looks at all bytes without a way out, which is quicker than stopping.
fn has_double_slash(path: &[u8]) -> bool {
    let pairs = path.iter().zip(path.iter().skip(1));
    pairs.fold(false, |found, (&a, &b)| found | ((a == b'/') & (b == b'/')))
}

fn directory<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    number(v)?;
    match fd(v) {
        Some(fd) if fd.kind == FdKind::Directory => text(&fd.name),
        Some(fd) => text(directory_of(fd.kind.is_file().then_some(&fd.name)?)),
        None => {
            name_from_event(v, false, scratch)?;
            text(directory_of(&scratch.bytes))
        }
    }
}

/// Up to the last `/`, which does not count where nothing follows it.
fn directory_of(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        None | Some(0) => b"/",
        Some(at) if at + 1 == path.len() => path,
        Some(at) => &path[..at],
    }
}

fn filename<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let fd = fd(v).filter(|fd| matches!(fd.kind, FdKind::File | FdKind::FileV1))?;
    text(match fd.name.iter().rposition(|byte| *byte == b'/') {
        None => b"/",
        Some(at) if at + 1 == fd.name.len() => &fd.name,
        Some(at) => &fd.name[at + 1..],
    })
}

fn uid<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    let number = number(v)?;
    let tid = v.thread()?.tid;
    built(scratch, |out| {
        decimal(out, tid);
        decimal(out, number);
    })
}

/// Another field's text behind the container's id.
fn in_container<'a>(v: &'a EventValues<'_>, scratch: &'a mut Scratch, of: Get) -> Option<Value<'a>> {
    let container = &v.thread()?.container_id;
    let (out, inner) = scratch.split();
    let Value::Str(name) = of(v, &FieldArg::None, inner)? else { return None };
    out.clear();
    out.extend_from_slice(container);
    out.push(b':');
    out.extend_from_slice(name);
    text(out)
}

fn type_of<'a>(v: &'a EventValues<'_>, arg: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let FieldArg::Index(wanted) = *arg else { return None };
    number(v)?;
    text(type_name(v.context.fds()?.get(i64::try_from(wanted).ok()?)?).as_bytes())
}

/// Each kind of descriptor that the process has open, once; with a number that descriptor's.
fn each_type(v: &EventValues<'_>, arg: &FieldArg, scratch: &mut Scratch, visit: Visit<'_>) -> bool {
    if *arg != FieldArg::None {
        return type_of(v, arg, scratch).map(visit).is_some();
    }
    if number(v).is_none() {
        return false;
    }
    let mut seen = 0_u64;
    for (_, fd) in v.context.fds().into_iter().flat_map(FdTable::iter) {
        // Kinds with the same name count as one.
        let kind = match fd.kind {
            FdKind::FileV1 => FdKind::File,
            FdKind::Ipv4Server => FdKind::Ipv4,
            FdKind::Ipv6Server => FdKind::Ipv6,
            kind => kind,
        };
        let bit = 1 << (kind as u8);
        if seen & bit != 0 {
            continue;
        }
        seen |= bit;
        if visit(Value::Str(type_name(fd).as_bytes())).is_break() {
            break;
        }
    }
    seen != 0
}
