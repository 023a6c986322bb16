//! Parameters of events as values: `evt.arg`, `evt.rawarg`, and what other fields take from parameters.

use windhover_event::path::{MAX_PATH_LEN, UNKNOWN, join_path};
use windhover_event::render::{FdKind, Renderer, Resolve};
use windhover_event::{ParamType, ParamValue};
use windhover_filter::{FieldArg, Scratch, Value};

use super::fd::l4;
use crate::kind::{EventKind, Known};
use crate::param;
use crate::values::{EventValues, built};

/// One parameter as text: what it stands for, or its plain value.
pub(super) fn text<'a>(v: &'a EventValues<'_>, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    let (at, info) = param::find(v.event.kind(), arg)?;
    let bytes = v.event.param(at)?;
    match info.kind {
        ParamType::CharBuf if !bytes.is_empty() => Some(Value::Str(v.event.str(at).unwrap_or(b"<NA>"))),
        _ => built(scratch, |out| push_text(v, at, out)),
    }
}

/// One parameter in its own type.
pub(super) fn raw<'a>(v: &'a EventValues<'_>, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    use ParamValue as P;
    let at = param::position(v.event.kind(), arg)?;
    Some(match v.event.value(at).ok()?? {
        P::Int(n) | P::Errno(n) | P::Fd(n) | P::Pid(n) => Value::Int(n),
        P::Uint(n) | P::RelTime(n) | P::AbsTime(n) => Value::Uint(n),
        P::Flags(n) | P::EnumFlags(n) | P::Mode(n) | P::Uid(n) | P::Gid(n) | P::SignalSet(n) => Value::Uint(n.into()),
        P::SyscallId(n) | P::Port(n) => Value::Uint(n.into()),
        P::Signal(n) | P::L4Proto(n) | P::SockFamily(n) => Value::Uint(n.into()),
        P::Str(text) | P::Path(text) => Value::Str(text),
        P::Bytes(bytes) => Value::Bytes(bytes),
        P::Bool(truth) => Value::Bool(truth),
        P::Double(number) => Value::Double(number),
        P::Ipv4(ip) => Value::Ip(ip.into()),
        P::Ipv6(ip) => Value::Ip(ip.into()),
        P::SockAddr(_) | P::SockTuple(_) | P::FdList(_) | P::Dynamic(_) | P::StrList(_) | P::PairList(_) => {
            return built(scratch, |out| renderer(v).raw(&v.event, at, out));
        }
    })
}

/// Events of a type either have the parameter or not.
pub(super) fn known(kind: EventKind, arg: &FieldArg) -> Known {
    if param::position(kind.event_type(), arg).is_some() { Known::Nothing } else { Known::Missing }
}

/// The bytes that the call moved.
pub(super) fn data<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let bytes = v.event.param(v.event.info().param_index("data")?)?;
    (!bytes.is_empty()).then_some(Value::Bytes(bytes))
}

/// What outputs show of [`data`].
pub(super) fn data_text<'a>(v: &'a EventValues<'_>, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    v.event.param(v.event.info().param_index("data")?)?;
    data(v, arg, scratch).or(Some(Value::Str(b"NULL")))
}

/// All parameters, as `evt.args` has them.
pub(super) fn push_all(v: &EventValues<'_>, out: &mut Vec<u8>) {
    renderer(v).args(&v.event, out);
}

/// The text of one parameter.
pub(crate) fn push_text(v: &EventValues<'_>, at: usize, out: &mut Vec<u8>) {
    renderer(v).text(&v.event, at, out);
}

/// The path of an open that failed: relative to an unknown directory it follows `<UNKNOWN>` at once, as in the reference.
pub(super) fn push_failed_path(v: &EventValues<'_>, dirfd: i64, path: &[u8], out: &mut Vec<u8>) {
    match v.context.dir(dirfd) {
        None if !path.starts_with(b"/") => join_path(UNKNOWN, path, out),
        _ => push_path(v, dirfd, path, out),
    }
}

/// A path that the caller gave relative to a directory's descriptor, made absolute.
pub(super) fn push_path(v: &EventValues<'_>, dirfd: i64, path: &[u8], out: &mut Vec<u8>) {
    match v.context.dir(dirfd) {
        _ if path.starts_with(b"/") => join_path(b"", path, out),
        None => join_path(b"<UNKNOWN>/", path, out),
        Some(dir) if dir.ends_with(b"/") => join_path(dir, path, out),
        Some(dir) => {
            // What is longer is too long for a path anyway, and the join says so.
            let mut base = [b'/'; MAX_PATH_LEN + 1];
            let len = dir.len().min(MAX_PATH_LEN);
            base[..len].copy_from_slice(&dir[..len]);
            join_path(&base[..=len], path, out);
        }
    }
}

fn renderer<'r>(v: &'r EventValues<'_>) -> Renderer<'r> {
    Renderer::new(v).zone(v.zone).buffers(v.buffer, 0)
}

impl Resolve for EventValues<'_> {
    fn has_thread(&self) -> bool {
        self.thread().is_some()
    }

    fn fd_kind(&self, fd: i64) -> Option<FdKind> {
        let fd = self.context.fds()?.get(fd)?;
        let protocol = fd.kind.is_ip().then(|| l4(fd).name()).flatten();
        Some(FdKind { letter: fd.kind.char(), protocol: protocol.map(|name| name.as_bytes()[0]) })
    }

    fn fd_name(&self, fd: i64, out: &mut Vec<u8>) {
        if let Some(fd) = self.context.fds().and_then(|fds| fds.get(fd)) {
            out.extend_from_slice(&fd.name);
        }
    }

    fn comm(&self, tid: i64, out: &mut Vec<u8>) -> bool {
        let comm = self.context.comm_of(tid);
        comm.map(|comm| out.extend_from_slice(comm)).is_some()
    }

    fn user(&self, uid: u32, out: &mut Vec<u8>) -> bool {
        self.context.user(uid).map(|user| out.extend_from_slice(&user.name)).is_some()
    }

    fn group(&self, gid: u32, out: &mut Vec<u8>) -> bool {
        self.context.group(gid).map(|group| out.extend_from_slice(&group.name)).is_some()
    }

    fn cwd(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.context.cwd());
    }

    fn dir(&self, dirfd: i64, out: &mut Vec<u8>) {
        let Some(dir) = self.context.dir(dirfd) else { return };
        out.extend_from_slice(dir);
        if !dir.ends_with(b"/") {
            out.push(b'/');
        }
    }
}
