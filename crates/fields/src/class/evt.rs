//! `evt.*` fields of system calls and other kernel events.

use windhover_event::path::join_path;
use windhover_event::{AT_FDCWD, EventType, category, event_flag, time};
use windhover_filter::{FieldArg, Scope, Scratch, Value};
use windhover_system::{Fd, FdKind, Thread};

use super::generic::SECOND;
use super::{open, parameter};
use crate::definition::Shown;
use crate::definition::{ArgForm, Class, Definition, Maker, PrintFormat};
use crate::kind::{EventKind, Known};
use crate::values::{EventValues, built, text};

const F: Maker = Maker { class: Class::Event, scope: Scope::Event };
const TYPE: Maker = Maker { class: Class::Event, scope: Scope::EventType };

pub(crate) const FIELDS: &[Definition] = &[
    TYPE.duration("evt.latency", "Always 0: enter and exit are no longer separate events.")
        .deprecated()
        .get(|_, _, _| Some(Value::Uint(0)))
        .known(|_, _| Known::Value(Value::Uint(0))),
    TYPE.duration("evt.latency.s", "Always 0, as `evt.latency`.")
        .deprecated()
        .get(|_, _, _| Some(Value::Uint(0)))
        .known(|_, _| Known::Value(Value::Uint(0))),
    TYPE.duration("evt.latency.ns", "Always 0, as `evt.latency`.")
        .print(PrintFormat::PaddedDecimal)
        .deprecated()
        .get(|_, _, _| Some(Value::Uint(0)))
        .known(|_, _| Known::Value(Value::Uint(0))),
    TYPE.uint64("evt.latency.quantized", "Always 0, as `evt.latency`.")
        .deprecated()
        .hidden()
        .get(|_, _, _| Some(Value::Uint(0)))
        .known(|_, _| Known::Value(Value::Uint(0))),
    TYPE.text("evt.latency.human", "Always `0ns`, as `evt.latency`.")
        .deprecated()
        .get(|_, _, _| text(b"0ns"))
        .known(|_, _| Known::text("0ns")),
    F.duration("evt.deltatime", "Nanoseconds since the event before.")
        .get(|v, _, _| Some(Value::Uint(v.context.delta_ts())))
        .shown(Shown::Get(|_, _, _| Some(Value::Uint(0)))),
    F.duration("evt.deltatime.s", "Whole seconds since the event before.")
        .get(|v, _, _| Some(Value::Uint(v.context.delta_ts() / SECOND)))
        .shown(Shown::Get(|_, _, _| Some(Value::Uint(0)))),
    F.duration("evt.deltatime.ns", "Nanoseconds within the second since the event before.")
        .print(PrintFormat::PaddedDecimal)
        .get(|v, _, _| Some(Value::Uint(v.context.delta_ts() % SECOND)))
        .shown(Shown::Get(|_, _, _| Some(Value::Uint(0)))),
    F.text("evt.outputtime", "Time in the form that the output was set to.")
        .print_only()
        .get(|v, _, scratch| built(scratch, |out| time::push_time(v.event.ts(), v.zone, out))),
    TYPE.text("evt.dir", "Direction: `<` for the end of a call, `>` for everything that has no end.")
        .print(PrintFormat::Direction)
        .deprecated()
        .get(|v, _, _| text(direction(v.event.kind()).as_bytes()))
        .known(|kind, _| Known::text(direction(kind.event_type()))),
    TYPE.text("evt.type", "Name of the event: that of the system call, `procexit`, `signaldeliver` …")
        .get(event_name)
        .known(|kind, _| match kind.event_type() {
            EventType::ASYNCEVENT_E => Known::Nothing,
            _ => Known::text(kind.name()),
        }),
    TYPE.uint32("evt.type.is", "1 for events of the named type, else 0.")
        .arg(ArgForm::EventType)
        .print(PrintFormat::Plain)
        .get(|v, arg, _| Some(Value::Uint(is_type(v.event.kind(), arg).into())))
        .known(|kind, arg| Known::Value(Value::Uint(is_type(kind.event_type(), arg).into()))),
    TYPE.text("syscall.type", "Name of the system call; no value for events that are none.")
        .get(|v, _, _| text(syscall_name(v.kind())?.as_bytes()))
        .known(|kind, _| syscall_name(kind).map_or(Known::Missing, Known::text)),
    F.text(
        "evt.category",
        "What the event is about: `file`, `net`, `process`, `memory` …; I/O counts by its descriptor.",
    )
    .get(category_name)
    .known(|kind, _| kind.event_type().info().category_name().map_or(Known::Nothing, Known::text)),
    F.int16("evt.cpu", "Number of the processor or buffer that the event came from.")
        .print(PrintFormat::Id)
        .get(|v, _, _| Some(Value::Int(v.cpu.into()))),
    F.text("evt.args", "All parameters as `name=value`, with names for flags, errors and descriptors.")
        .get(|v, _, scratch| built(scratch, |out| parameter::push_all(v, out))),
    F.text("evt.arg", "One parameter by name or number, as text: the resolved form if there is one.")
        .arg(ArgForm::Param)
        .get(parameter::text)
        .known(parameter::known),
    F.dynamic("evt.rawarg", "One parameter by name, in its own type.")
        .arg(ArgForm::RawParam)
        .lhs_only()
        .get(parameter::raw)
        .known(parameter::known),
    F.text("evt.info", "The same as `evt.args`.")
        .get(|v, _, scratch| built(scratch, |out| parameter::push_all(v, out))),
    F.bytes("evt.buffer", "Bytes that the call read, wrote, sent or received, up to the snapshot length.")
        .get(parameter::data)
        .shown(Shown::Get(parameter::data_text)),
    F.uint64("evt.buflen", "Bytes that the call really moved.")
        .get(|v, _, _| buflen(v, |c| c & category::IO_BASE != 0, |_| true))
        .known(|kind, _| buflen_known(kind, |c| c & category::IO_BASE != 0)),
    F.text("evt.res", "`SUCCESS`, or the name of the error, such as `ENOENT`.")
        .print(PrintFormat::Decimal)
        .get(result_name)
        .known(result_known),
    F.int64("evt.rawres", "The call's result as a number; errors are negative.")
        .get(|v, _, _| result(v).map(Value::Int))
        .known(result_known),
    F.boolean("evt.failed", "Whether the call returned an error.")
        .get(|v, _, _| Some(Value::Bool(result(v)? < 0)))
        .known(result_known),
    TYPE.boolean("evt.is_io", "Whether the event reads from or writes to a descriptor.")
        .get(|v, _, _| Some(Value::Bool(has(v.event.kind(), event_flag::READS_FROM_FD | event_flag::WRITES_TO_FD))))
        .known(|kind, _| {
            Known::Value(Value::Bool(has(kind.event_type(), event_flag::READS_FROM_FD | event_flag::WRITES_TO_FD)))
        }),
    TYPE.boolean("evt.is_io_read", "Whether the event reads from a descriptor.")
        .get(|v, _, _| Some(Value::Bool(has(v.event.kind(), event_flag::READS_FROM_FD))))
        .known(|kind, _| Known::Value(Value::Bool(has(kind.event_type(), event_flag::READS_FROM_FD)))),
    TYPE.boolean("evt.is_io_write", "Whether the event writes to a descriptor.")
        .get(|v, _, _| Some(Value::Bool(has(v.event.kind(), event_flag::WRITES_TO_FD))))
        .known(|kind, _| Known::Value(Value::Bool(has(kind.event_type(), event_flag::WRITES_TO_FD)))),
    TYPE.text("evt.io_dir", "`read` or `write`; no value for events that do neither.")
        .get(|v, _, _| text(io_direction(v.event.kind())?.as_bytes()))
        .known(|kind, _| io_direction(kind.event_type()).map_or(Known::Missing, Known::text)),
    TYPE.boolean("evt.is_wait", "Whether the call waits for something to happen.")
        .get(|v, _, _| Some(Value::Bool(has(v.event.kind(), event_flag::WAITS))))
        .known(|kind, _| Known::Value(Value::Bool(has(kind.event_type(), event_flag::WAITS)))),
    TYPE.duration("evt.wait_latency", "Always 0: waiting times are no longer measured.")
        .deprecated()
        .get(|_, _, _| Some(Value::Uint(0)))
        .known(|_, _| Known::Value(Value::Uint(0))),
    F.boolean("evt.is_syslog", "Whether the event writes to `/dev/log`.")
        .get(|v, _, _| Some(Value::Bool(is_syslog(v))))
        .known(|kind, _| {
            if has(kind.event_type(), event_flag::WRITES_TO_FD) {
                Known::Nothing
            } else {
                Known::Value(Value::Bool(false))
            }
        }),
    TYPE.uint32("evt.count", "Always 1, for sums.")
        .get(|_, _, _| Some(Value::Uint(1)))
        .known(|_, _| Known::Value(Value::Uint(1))),
    F.uint32("evt.count.error", "1 if the call failed, else 0.").get(|v, _, _| error_count(v)).known(result_known),
    F.uint32("evt.count.error.file", "1 if a call on a file or directory failed.")
        .get(|v, _, _| if error_class(v) == ErrorClass::File { error_count(v) } else { None })
        .known(result_known),
    F.uint32("evt.count.error.net", "1 if a call on a socket failed.")
        .get(|v, _, _| if error_class(v) == ErrorClass::Net { error_count(v) } else { None })
        .known(result_known),
    F.uint32("evt.count.error.memory", "1 if a call for memory failed.")
        .get(|v, _, _| if is_memory(v) { error_count(v) } else { None })
        .known(result_known),
    F.uint32("evt.count.error.other", "1 if a call of any other kind failed.")
        .get(|v, _, _| if error_class(v) == ErrorClass::Other { error_count(v) } else { None })
        .known(result_known),
    TYPE.uint32("evt.count.exit", "1 for the end of a call.")
        .get(|v, _, _| v.event.kind().is_exit().then_some(Value::Uint(1)))
        .known(|kind, _| if kind.event_type().is_exit() { Known::Value(Value::Uint(1)) } else { Known::Missing }),
    F.uint32("evt.count.procinfo", "1 for the periodic report on a process.")
        .hidden()
        .get(|v, _, _| Some(Value::Uint((is_procinfo(v) && v.thread().is_some_and(Thread::is_main)).into()))),
    F.uint32("evt.count.threadinfo", "1 for the periodic report on a thread.")
        .hidden()
        .get(|v, _, _| Some(Value::Uint(is_procinfo(v).into()))),
    F.uint64("evt.around", "True within the given milliseconds of the time in brackets (ns since the epoch).")
        .arg(ArgForm::Index)
        .filter_only()
        .get(distance),
    F.text("evt.abspath", "Absolute path of calls that take a directory and a path; `.src` and `.dst` choose of two.")
        .arg(ArgForm::PathSide)
        .get(abspath)
        .known(|kind, arg| {
            if path_params(kind.event_type(), arg).is_some()
                || kind.event_type() == EventType::SYSCALL_OPEN_BY_HANDLE_AT_X
            {
                Known::Nothing
            } else {
                Known::Missing
            }
        }),
    F.uint64("evt.buflen.in", "`evt.buflen` of reads.")
        .hidden()
        .get(|v, _, _| buflen(v, |c| c == category::IO_READ, |_| true))
        .known(|kind, _| buflen_known(kind, |c| c == category::IO_READ)),
    F.uint64("evt.buflen.out", "`evt.buflen` of writes.")
        .hidden()
        .get(|v, _, _| buflen(v, |c| c == category::IO_WRITE, |_| true))
        .known(|kind, _| buflen_known(kind, |c| c == category::IO_WRITE)),
    F.uint64("evt.buflen.file", "`evt.buflen` on files.")
        .hidden()
        .get(|v, _, _| buflen(v, |c| c & category::IO_BASE != 0, is_file))
        .known(|kind, _| buflen_known(kind, |c| c & category::IO_BASE != 0)),
    F.uint64("evt.buflen.file.in", "`evt.buflen` of reads from files.")
        .hidden()
        .get(|v, _, _| buflen(v, |c| c == category::IO_READ, is_file))
        .known(|kind, _| buflen_known(kind, |c| c == category::IO_READ)),
    F.uint64("evt.buflen.file.out", "`evt.buflen` of writes to files.")
        .hidden()
        .get(|v, _, _| buflen(v, |c| c == category::IO_WRITE, is_file))
        .known(|kind, _| buflen_known(kind, |c| c == category::IO_WRITE)),
    F.uint64("evt.buflen.net", "`evt.buflen` on IP sockets.")
        .hidden()
        .get(|v, _, _| buflen(v, |c| c & category::IO_BASE != 0, FdKind::is_ip))
        .known(|kind, _| buflen_known(kind, |c| c & category::IO_BASE != 0)),
    F.uint64("evt.buflen.net.in", "`evt.buflen` of reads from IP sockets.")
        .hidden()
        .get(|v, _, _| buflen(v, |c| c == category::IO_READ, FdKind::is_ip))
        .known(|kind, _| buflen_known(kind, |c| c == category::IO_READ)),
    F.uint64("evt.buflen.net.out", "`evt.buflen` of writes to IP sockets.")
        .hidden()
        .get(|v, _, _| buflen(v, |c| c == category::IO_WRITE, FdKind::is_ip))
        .known(|kind, _| buflen_known(kind, |c| c == category::IO_WRITE)),
    F.boolean("evt.is_open_read", "Whether an open asks to read; it need not have succeeded.")
        .get(|v, _, _| Some(Value::Bool(open::reads(v))))
        .known(open_known),
    F.boolean("evt.is_open_write", "Whether an open asks to write; it need not have succeeded.")
        .get(|v, _, _| Some(Value::Bool(open::writes(v))))
        .known(open_known),
    F.text("evt.infra.docker.name", "Kind of an event of the old Docker feed.")
        .hidden()
        .get(|v, _, _| infra(v, b"Event"))
        .known(infra_known),
    F.text("evt.infra.docker.container.id", "Container of an event of the old Docker feed.")
        .hidden()
        .get(|v, _, _| infra(v, b"ID"))
        .known(infra_known),
    F.text("evt.infra.docker.container.name", "Container's name in an event of the old Docker feed.")
        .hidden()
        .get(|v, _, _| infra(v, b"name"))
        .known(infra_known),
    F.text("evt.infra.docker.container.image", "Image in an event of the old Docker feed.")
        .hidden()
        .get(|v, _, _| infra(v, b"Image"))
        .known(infra_known),
    F.boolean("evt.is_open_exec", "Whether an open may create a file that someone may execute.")
        .get(|v, _, _| Some(Value::Bool(open::makes_executable(v))))
        .known(open_known),
    F.boolean("evt.is_open_create", "Whether an open really created a file.")
        .get(|v, _, _| Some(Value::Bool(open::creates(v))))
        .known(open_known),
];

fn has(kind: EventType, flags: u16) -> bool {
    kind.info().has_any(flags)
}

fn direction(kind: EventType) -> &'static str {
    if kind.is_exit() { "<" } else { ">" }
}

/// The name of the event; injected events carry their own.
fn event_name<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    if v.event.kind() == EventType::ASYNCEVENT_E {
        return text(v.event.str(1)?);
    }
    text(v.kind().name().as_bytes())
}

fn is_type(kind: EventType, arg: &FieldArg) -> bool {
    match arg {
        FieldArg::Index(code) => *code & !1 == u64::from(kind.code() & !1),
        FieldArg::Key(name) => kind.name() == &**name,
        FieldArg::None => false,
    }
}

fn syscall_name(kind: EventKind) -> Option<&'static str> {
    let is_syscall = kind.event_type().info().event_category & category::SYSCALL != 0;
    is_syscall.then(|| kind.name())
}

fn category_name<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let of_fd = || match v.context.fd().map(|fd| fd.kind) {
        Some(FdKind::FileV1 | FdKind::File | FdKind::Directory) => "file",
        Some(FdKind::Ipv4 | FdKind::Ipv6 | FdKind::Ipv4Server | FdKind::Ipv6Server) => "net",
        Some(FdKind::Fifo | FdKind::Unix | FdKind::Event | FdKind::Signal | FdKind::Inotify) => "ipc",
        Some(FdKind::Userfault) => "ipc",
        _ => "unknown",
    };
    text(v.event.info().category_name().unwrap_or_else(of_fd).as_bytes())
}

/// What a system call returned; no value for events that are not the end of one, and for generic ones, which do not say.
pub(crate) fn result(v: &EventValues<'_>) -> Option<i64> {
    if !has_result(v.event.kind()) {
        return None;
    }
    match *v.event.param(0)? {
        [a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d]).into()),
        _ => v.event.i64(0),
    }
}

fn has_result(kind: EventType) -> bool {
    let info = kind.info();
    let ends_call = kind.is_exit() && info.event_category & category::SYSCALL != 0 && !kind.is_generic();
    ends_call && info.params.first().is_some_and(|param| matches!(param.kind.size(), Some(4 | 8)))
}

fn result_known(kind: EventKind, _: &FieldArg) -> Known {
    if has_result(kind.event_type()) { Known::Nothing } else { Known::Missing }
}

fn result_name<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    if result(v)? >= 0 {
        return text(b"SUCCESS");
    }
    built(scratch, |out| parameter::push_text(v, 0, out))
}

fn error_count(v: &EventValues<'_>) -> Option<Value<'static>> {
    Some(Value::Uint((result(v)? < 0).into()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ErrorClass {
    File,
    Net,
    Other,
    None,
}

/// Which sum a failed call counts for: by its descriptor, or where that is not known by the call.
fn error_class(v: &EventValues<'_>) -> ErrorClass {
    if let Some(fd) = v.context.fd() {
        return match fd.kind {
            kind if kind.is_file() => ErrorClass::File,
            kind if kind.is_ip() => ErrorClass::Net,
            FdKind::Unix => ErrorClass::Net,
            _ => ErrorClass::Other,
        };
    }
    match v.event.kind() {
        kind if open::is_open(kind) || kind == EventType::SYSCALL_CREAT_X => ErrorClass::File,
        EventType::SOCKET_ACCEPT_5_X | EventType::SOCKET_ACCEPT4_6_X | EventType::SOCKET_CONNECT_X => ErrorClass::Net,
        _ if is_memory(v) => ErrorClass::None,
        _ => ErrorClass::Other,
    }
}

fn is_memory(v: &EventValues<'_>) -> bool {
    v.event.info().syscall_category == category::MEMORY
}

fn io_direction(kind: EventType) -> Option<&'static str> {
    match kind {
        kind if has(kind, event_flag::WRITES_TO_FD) => Some("write"),
        kind if has(kind, event_flag::READS_FROM_FD) => Some("read"),
        _ => None,
    }
}

fn is_syslog(v: &EventValues<'_>) -> bool {
    let names_log = |fd: &Fd| fd.name.windows(b"/dev/log".len()).any(|part| part == b"/dev/log");
    has(v.event.kind(), event_flag::WRITES_TO_FD) && v.context.fd().is_some_and(names_log)
}

/// Bytes moved, of events of some categories on descriptors of some kinds.
fn buflen(v: &EventValues<'_>, of_category: fn(u16) -> bool, of_fd: fn(FdKind) -> bool) -> Option<Value<'static>> {
    let fits = of_category(v.event.info().syscall_category) && v.context.fd().is_some_and(|fd| of_fd(fd.kind));
    let moved = if fits { result(v)? } else { return None };
    u64::try_from(moved).ok().map(Value::Uint)
}

fn buflen_known(kind: EventKind, of_category: fn(u16) -> bool) -> Known {
    if of_category(kind.event_type().info().syscall_category) { Known::Nothing } else { Known::Missing }
}

fn is_file(kind: FdKind) -> bool {
    matches!(kind, FdKind::File | FdKind::FileV1)
}

fn is_procinfo(v: &EventValues<'_>) -> bool {
    v.event.kind() == EventType::PROCINFO_E
}

fn open_known(kind: EventKind, _: &FieldArg) -> Known {
    let may = open::is_open(kind.event_type()) || kind.event_type() == EventType::SYSCALL_CREAT_X;
    if may { Known::Nothing } else { Known::Value(Value::Bool(false)) }
}

/// Milliseconds between the event and the time in brackets, a started one counting as whole.
fn distance<'a>(v: &'a EventValues<'_>, arg: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let FieldArg::Index(time) = *arg else { return None };
    Some(Value::Uint(v.event.ts().abs_diff(time).div_ceil(1_000_000)))
}

/// Which parameters are the directory and the path of a call that takes both.
fn path_params(kind: EventType, arg: &FieldArg) -> Option<(usize, usize)> {
    let second = matches!(arg, FieldArg::Key(side) if &**side == "dst");
    match kind {
        EventType::SYSCALL_RENAMEAT_X | EventType::SYSCALL_RENAMEAT2_X | EventType::SYSCALL_LINKAT_2_X => {
            Some(if second { (3, 4) } else { (1, 2) })
        }
        EventType::SYSCALL_SYMLINKAT_X => Some((2, 3)),
        EventType::SYSCALL_OPENAT_2_X
        | EventType::SYSCALL_OPENAT2_X
        | EventType::SYSCALL_UNLINKAT_2_X
        | EventType::SYSCALL_MKDIRAT_X
        | EventType::SYSCALL_FCHMODAT_X
        | EventType::SYSCALL_FCHOWNAT_X => Some((1, 2)),
        _ => None,
    }
}

fn abspath<'a>(v: &'a EventValues<'_>, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    v.thread()?;
    if v.event.kind() == EventType::SYSCALL_OPEN_BY_HANDLE_AT_X {
        result(v).filter(|fd| *fd > 0)?;
        let path = v.event.str(3).unwrap_or(b"<NA>");
        return built(scratch, |out| join_path(b"", path, out));
    }
    let (dir, path) = path_params(v.event.kind(), arg)?;
    let dir = v.event.i64(dir)?;
    v.event.param(path).filter(|bytes| !bytes.is_empty())?;
    let path = v.event.str(path).unwrap_or(b"<NA>");
    // The reference puts a `/` behind the directory even where there is one: below `/` the path begins with two.
    match v.context.dir(dir) {
        Some(base) if base == b"/" && dir != AT_FDCWD && !path.starts_with(b"/") => {
            built(scratch, |out| join_path(b"//", path, out))
        }
        _ => built(scratch, |out| parameter::push_path(v, dir, path, out)),
    }
}

/// A member of the description of an event of the old Docker feed, `Name:value;Name:value`.
fn infra<'a>(v: &'a EventValues<'_>, member: &[u8]) -> Option<Value<'a>> {
    if v.event.kind() != EventType::INFRASTRUCTURE_EVENT_E {
        return None;
    }
    let mut entries = v.event.str(2)?.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let entry = entries.find(|entry| entry.starts_with(member))?;
    let value = &entry[entry.iter().position(|byte| *byte == b':')? + 1..];
    let part = |value: &'a [u8], end: u8| value.split(|byte| *byte == end).next().unwrap_or(value);
    text(match member {
        b"ID" => part(value, b':').trim_ascii().get(..12).unwrap_or(part(value, b':').trim_ascii()),
        b"Image" if value.trim_ascii().starts_with(b"sha256") => value.trim_ascii(),
        b"Image" => part(part(value, b':'), b'@').trim_ascii(),
        _ => part(value, b':').trim_ascii(),
    })
}

fn infra_known(kind: EventKind, _: &FieldArg) -> Known {
    if kind.event_type() == EventType::INFRASTRUCTURE_EVENT_E { Known::Nothing } else { Known::Missing }
}
