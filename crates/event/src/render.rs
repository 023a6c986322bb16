//! Parameters as text, as `evt.arg.*` and `evt.args` have them.
//!
//! A parameter has a raw text, and some have a second one that says what the value stands for: the name of an error or a
//! flag, the file behind a descriptor, an absolute path. What only the model knows comes through [`Resolve`].

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::flag::FlagTable;
use crate::name;
use crate::path::join_onto;
use crate::syscall::Syscall;
use crate::table::{ParamInfo, ParamTable, ParamType, PrintFormat};
use crate::text::{self, BufferFormat, push_i64, push_u64};
use crate::time::{Zone, push_datetime};
use crate::value::{
    AT_FDCWD, DecodeParamError, DecodeParamReason, FdList, ParamValue, SockAddr, SockTuple, StrList, decode_param,
    family,
};
use crate::view::EventView;

/// What is known about the thread that an event belongs to. Texts are appended to the buffer as they are.
pub trait Resolve {
    /// Whether the thread itself is known. If not, no descriptor and no path is explained.
    fn has_thread(&self) -> bool;

    /// The kind of the thread's descriptor `fd`; `None` where it is not known.
    fn fd_kind(&self, fd: i64) -> Option<FdKind>;

    /// The name of the descriptor `fd`, which is known.
    fn fd_name(&self, fd: i64, out: &mut Vec<u8>);

    /// The name of the thread `tid`; false where it is not known.
    fn comm(&self, tid: i64, out: &mut Vec<u8>) -> bool;

    /// The name of the user `uid` where the thread runs; false where it is not known.
    fn user(&self, uid: u32, out: &mut Vec<u8>) -> bool;

    /// The name of the group `gid` where the thread runs; false where it is not known.
    fn group(&self, gid: u32, out: &mut Vec<u8>) -> bool;

    /// The thread's working directory, with a `/` at the end.
    fn cwd(&self, out: &mut Vec<u8>);

    /// The path of the directory `dirfd`, with a `/` at the end; nothing where it is not known.
    fn dir(&self, dirfd: i64, out: &mut Vec<u8>);
}

/// The letters that stand for a descriptor's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FdKind {
    /// `f` for a file, `4` for an IPv4 socket and so on (`fd.typechar`).
    pub letter: u8,
    /// `t`, `u`, `i` or `r` for TCP, UDP, ICMP and raw internet sockets.
    pub protocol: Option<u8>,
}

/// Knows nothing: for events that belong to no known thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoThread;

impl Resolve for NoThread {
    fn has_thread(&self) -> bool {
        false
    }
    fn fd_kind(&self, _: i64) -> Option<FdKind> {
        None
    }
    fn fd_name(&self, _: i64, _: &mut Vec<u8>) {}
    fn comm(&self, _: i64, _: &mut Vec<u8>) -> bool {
        false
    }
    fn user(&self, _: u32, _: &mut Vec<u8>) -> bool {
        false
    }
    fn group(&self, _: u32, _: &mut Vec<u8>) -> bool {
        false
    }
    fn cwd(&self, _: &mut Vec<u8>) {}
    fn dir(&self, _: i64, _: &mut Vec<u8>) {}
}

/// Writes parameters as text.
///
/// ```
/// use windhover_event::render::{NoThread, Renderer};
/// use windhover_event::{Builder, EventType};
///
/// let mut bytes = Vec::new();
/// let mut event = Builder::new(&mut bytes, EventType::SYSCALL_ACCESS_X, 0, 42);
/// event.int(-2).str(b"/etc/ld.so.preload").uint(4);
/// let event = event.finish()?;
/// let mut text = Vec::new();
/// Renderer::new(&NoThread).args(&event, &mut text);
/// assert_eq!(text, b"res=-2(ENOENT) name=/etc/ld.so.preload mode=4(R_OK)");
/// # Ok::<(), windhover_event::BuildEventError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Renderer<'r> {
    resolve: &'r dyn Resolve,
    zone: &'r Zone,
    buffer: BufferFormat,
    buffer_limit: usize,
}

impl<'r> Renderer<'r> {
    /// Explains by `resolve`, with buffers in dots, whole, and times in UTC.
    pub fn new(resolve: &'r dyn Resolve) -> Self {
        static UTC: Zone = Zone::UTC;
        Self { resolve, zone: &UTC, buffer: BufferFormat::Dots, buffer_limit: 0 }
    }

    /// Times in `zone`.
    pub fn zone(self, zone: &'r Zone) -> Self {
        Self { zone, ..self }
    }

    /// Buffers in `format`, cut at `limit` bytes where that is not 0.
    pub fn buffers(self, format: BufferFormat, limit: usize) -> Self {
        Self { buffer: format, buffer_limit: limit, ..self }
    }

    /// `evt.args`: `name=raw` or `name=raw(resolved)` of each parameter, with a space between. Nothing for generic
    /// events.
    pub fn args(&self, event: &EventView<'_>, out: &mut Vec<u8>) {
        if event.kind().is_generic() {
            return;
        }
        for (index, info) in event.info().params.iter().enumerate().take(event.nparams()) {
            if index > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(info.name.as_bytes());
            out.push(b'=');
            self.raw(event, index, out);
            let before = out.len();
            out.push(b'(');
            self.resolved(event, index, out);
            if out.len() > before + 1 {
                out.push(b')');
            } else {
                out.truncate(before);
            }
        }
    }

    /// `evt.arg.NAME`: what the parameter stands for, or where that is nothing its raw text. Nothing where the event
    /// does not carry the parameter.
    pub fn text(&self, event: &EventView<'_>, index: usize, out: &mut Vec<u8>) {
        let before = out.len();
        self.resolved(event, index, out);
        if out.len() == before {
            self.raw(event, index, out);
        }
    }

    /// The parameter's raw text. Nothing where the event does not carry it.
    pub fn raw(&self, event: &EventView<'_>, index: usize, out: &mut Vec<u8>) {
        let (Some(info), Some(bytes)) = (event.info().params.get(index), event.param(index)) else {
            return;
        };
        match decode_param(info, bytes) {
            Ok(Some(value)) => self.raw_value(info.kind, info.format, &value, out),
            Ok(None) => out.extend_from_slice(absent_text(info.kind)),
            Err(error) => push_malformed(info.kind, &error, bytes, out),
        }
    }

    /// What the parameter's value stands for. Nothing where it stands for nothing else, or for nothing that is known.
    pub fn resolved(&self, event: &EventView<'_>, index: usize, out: &mut Vec<u8>) {
        if let (Some(info), Ok(Some(value))) = (event.info().params.get(index), event.value(index)) {
            self.resolved_value(event, info, &value, out);
        }
    }

    fn raw_value(&self, kind: ParamType, format: PrintFormat, value: &ParamValue<'_>, out: &mut Vec<u8>) {
        use ParamValue as V;
        match *value {
            V::Int(_) | V::Uint(_) | V::Mode(_) => push_number(kind, format, value, out),
            V::Errno(number) | V::Fd(number) | V::Pid(number) => push_i64(number, out),
            V::Str(text) | V::Path(text) => out.extend_from_slice(text),
            V::Bytes(bytes) => text::push_buffer(bytes, self.buffer, self.buffer_limit, out),
            V::SockAddr(addr) => push_sock_addr(&addr, out),
            V::SockTuple(tuple) => push_sock_tuple(&tuple, out),
            V::FdList(list) => self.push_fd_list(list, out),
            V::SyscallId(code) if Syscall::from_code(code).is_none() => out.extend_from_slice(b"<unknown syscall>"),
            V::SyscallId(number) | V::Port(number) => push_u64(number.into(), out),
            V::Signal(number) | V::L4Proto(number) | V::SockFamily(number) => push_u64(number.into(), out),
            V::SignalSet(mask) => push_joined(signals(mask), b' ', out),
            V::RelTime(u64::MAX) => out.extend_from_slice(b"none"),
            V::RelTime(ns) => push_u64(ns, out),
            V::AbsTime(ns) => push_datetime(ns, self.zone, out),
            V::Bool(yes) => out.extend_from_slice(if yes { b"true" } else { b"false" }),
            V::Ipv4(ip) => text::push_ipv4(ip, out),
            V::Ipv6(ip) => text::push_ipv6(ip, out),
            V::Flags(bits) | V::EnumFlags(bits) => push_u64(bits.into(), out),
            V::Uid(id) | V::Gid(id) => push_i64((id as i32).into(), out),
            V::Double(number) => text::push_general(number, out),
            V::StrList(list) => push_joined(list.iter(), b'.', out),
            V::PairList(list) => push_pairs(list, out),
            // The alternative gives the type; the format stays that of the parameter.
            V::Dynamic(dynamic) => match dynamic.value() {
                Ok(Some(value)) => self.raw_value(dynamic.kind.kind, format, &value, out),
                // The reference hands a missing string to C's `%s`.
                Ok(None) if dynamic.kind.kind == ParamType::CharBuf => out.extend_from_slice(b"(null)"),
                Ok(None) => out.extend_from_slice(absent_text(dynamic.kind.kind)),
                Err(error) => push_malformed(dynamic.kind.kind, &error, dynamic.payload, out),
            },
        }
    }

    fn resolved_value(&self, event: &EventView<'_>, info: &ParamInfo, value: &ParamValue<'_>, out: &mut Vec<u8>) {
        use ParamValue as V;
        match *value {
            V::Errno(number) if number < 0 => push_errno(number, out),
            V::Fd(fd) => self.push_fd(fd, out),
            V::Pid(tid) => {
                self.resolve.comm(tid, out);
            }
            V::Path(path) => self.push_absolute(event, info, path, out),
            V::SyscallId(code) => {
                out.extend_from_slice(Syscall::from_code(code).map_or("", Syscall::name).as_bytes());
            }
            V::Signal(number) => out.extend_from_slice(name::signal(number).unwrap_or_default().as_bytes()),
            V::RelTime(ns) if ns != u64::MAX => {
                text::push_general(ns as f64 / 1e9, out);
                out.push(b's');
            }
            V::Flags(bits) => push_names(info, |table| push_joined(table.mask_names(bits), b'|', out)),
            V::EnumFlags(value) => push_names(info, |table| push_joined(table.enum_names(value), b'|', out)),
            V::Mode(mode) => push_names(info, |table| push_joined(table.mode_names(mode), b'|', out)),
            V::Uid(u32::MAX) | V::Gid(u32::MAX) => out.extend_from_slice(b"<NONE>"),
            V::Uid(uid) => push_account(|out| self.resolve.user(uid, out), out),
            V::Gid(gid) => push_account(|out| self.resolve.group(gid, out), out),
            V::Dynamic(dynamic) => {
                if let Ok(Some(value)) = dynamic.value() {
                    self.resolved_value(event, info, &value, out);
                }
            }
            _ => {}
        }
    }

    /// `<f>/etc/passwd`, `<4t>10.0.0.1:5->10.0.0.2:80`; or why there is no descriptor.
    fn push_fd(&self, fd: i64, out: &mut Vec<u8>) {
        if !self.resolve.has_thread() {
            return;
        }
        match fd {
            0.. => {
                if let Some(kind) = self.resolve.fd_kind(fd) {
                    out.push(b'<');
                    out.push(kind.letter);
                    out.extend(kind.protocol);
                    out.push(b'>');
                    self.resolve.fd_name(fd, out);
                }
            }
            AT_FDCWD => out.extend_from_slice(b"AT_FDCWD"),
            _ => push_errno(fd, out),
        }
    }

    fn push_fd_list(&self, list: FdList<'_>, out: &mut Vec<u8>) {
        for (index, (fd, flags)) in list.iter().enumerate() {
            if index > 0 {
                out.push(b' ');
            }
            push_u64(fd as u64, out);
            out.push(b':');
            out.push(self.resolve.fd_kind(fd).map_or(b'?', |kind| kind.letter));
            text::push_lower_hex((i32::from(flags) as u32).into(), out);
        }
    }

    /// A relative path as an absolute one.
    fn push_absolute(&self, event: &EventView<'_>, info: &ParamInfo, path: &[u8], out: &mut Vec<u8>) {
        if !self.resolve.has_thread() || matches!(path, [] | [b'/', ..]) || path == b"<NA>" {
            return;
        }
        let start = out.len();
        match info.table {
            ParamTable::RelativeTo(index) if event.i64(index.into()) != Some(AT_FDCWD) => {
                if let Some(dirfd) = event.i64(index.into()) {
                    self.resolve.dir(dirfd, out);
                }
            }
            _ => self.resolve.cwd(out),
        }
        join_onto(out, start, path);
    }
}

/// What stands for a parameter that is absent.
fn absent_text(kind: ParamType) -> &'static [u8] {
    use ParamType as P;
    match kind {
        P::ByteBuf | P::SockTuple | P::FdList | P::CharBufArray | P::CharBufPairArray | P::Dyn => b"NULL",
        _ => b"<NA>",
    }
}

/// What stands for bytes that do not fit their type.
fn push_malformed(kind: ParamType, error: &DecodeParamError, bytes: &[u8], out: &mut Vec<u8>) {
    let text: &[u8] = match (kind, bytes.first()) {
        (ParamType::SockAddr | ParamType::SockTuple, Some(&family::INET)) => b"INVALID IPv4",
        (ParamType::SockAddr | ParamType::SockTuple, Some(&family::INET6)) => b"INVALID IPv6",
        _ if matches!(error.reason, DecodeParamReason::UnknownSelector(_)) => b"INVALID DYNAMIC PARAMETER",
        _ => b"<invalid>",
    };
    out.extend_from_slice(text);
}

/// Numbers as C prints them: small types are widened to 32 bits before they are printed, and unsigned types of 32 bits
/// and more go through the signed conversion.
fn push_number(kind: ParamType, format: PrintFormat, value: &ParamValue<'_>, out: &mut Vec<u8>) {
    let (signed, is_wide) = match *value {
        ParamValue::Int(number) => (number, kind == ParamType::Int64),
        ParamValue::Uint(number) if kind == ParamType::Uint32 => ((number as i32).into(), false),
        ParamValue::Uint(number) => (number as i64, kind == ParamType::Uint64),
        ParamValue::Mode(mode) => ((mode as i32).into(), false),
        _ => return,
    };
    let bits = if is_wide { signed as u64 } else { (signed as u32).into() };
    match format {
        PrintFormat::Hex => text::push_upper_hex(bits, out),
        PrintFormat::Oct => text::push_octal(bits, out),
        PrintFormat::PaddedDec if signed < 0 => {
            out.push(b'-');
            text::push_padded(signed.unsigned_abs(), 8, out);
        }
        PrintFormat::PaddedDec => text::push_padded(signed.unsigned_abs(), 9, out),
        PrintFormat::Na | PrintFormat::Dec | PrintFormat::Id | PrintFormat::Dir => push_i64(signed, out),
    }
}

/// The name of a negative result.
fn push_errno(result: i64, out: &mut Vec<u8>) {
    let name = u32::try_from(result.unsigned_abs()).ok().and_then(name::errno);
    out.extend_from_slice(name.unwrap_or_default().as_bytes());
}

fn push_names(info: &ParamInfo, push: impl FnOnce(&'static FlagTable)) {
    if let Some(table) = info.table.flags() {
        push(table);
    }
}

/// The name that `push` appends, or `<NA>` where it is unknown or empty.
fn push_account(push: impl FnOnce(&mut Vec<u8>) -> bool, out: &mut Vec<u8>) {
    let before = out.len();
    if !push(out) || out.len() == before {
        out.truncate(before);
        out.extend_from_slice(b"<NA>");
    }
}

fn push_joined<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>, between: u8, out: &mut Vec<u8>) {
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            out.push(between);
        }
        out.extend_from_slice(text.as_ref());
    }
}

/// `key:value` with commas between; a key without a value has an empty one.
fn push_pairs(list: StrList<'_>, out: &mut Vec<u8>) {
    for (index, text) in list.iter().enumerate() {
        match index {
            0 => {}
            _ if index % 2 == 0 => out.push(b','),
            _ => out.push(b':'),
        }
        out.extend_from_slice(text);
    }
}

fn signals(mask: u32) -> impl Iterator<Item = &'static str> {
    (0..32u8).filter(move |bit| mask >> bit & 1 == 1).filter_map(|bit| name::signal(bit + 1))
}

/// `ip:port`, the path of a unix socket, or the number of another family.
pub fn push_sock_addr(addr: &SockAddr<'_>, out: &mut Vec<u8>) {
    match *addr {
        SockAddr::Inet(ip, port) => push_ipv4_port((ip, port), out),
        SockAddr::Inet6(ip, port) => push_ipv6_port((ip, port), out),
        SockAddr::Unix(path) => out.extend_from_slice(path),
        SockAddr::Other(family) => push_family(family, out),
    }
}

/// `ip:port->ip:port`, `address->address path` of a unix socket, or the number of another family. IPv6 addresses that
/// both stand for IPv4 ones are written as those.
pub fn push_sock_tuple(tuple: &SockTuple<'_>, out: &mut Vec<u8>) {
    match *tuple {
        SockTuple::Inet { source, dest } => {
            push_ipv4_port(source, out);
            out.extend_from_slice(b"->");
            push_ipv4_port(dest, out);
        }
        SockTuple::Inet6 { source, dest } => match (mapped(source.0), mapped(dest.0)) {
            (Some(source_ip), Some(dest_ip)) => {
                push_ipv4_port((source_ip, source.1), out);
                out.extend_from_slice(b"->");
                push_ipv4_port((dest_ip, dest.1), out);
            }
            _ => {
                push_ipv6_port(source, out);
                out.extend_from_slice(b"->");
                push_ipv6_port(dest, out);
            }
        },
        SockTuple::Unix { source, dest, path } => {
            text::push_lower_hex(source, out);
            out.extend_from_slice(b"->");
            text::push_lower_hex(dest, out);
            out.push(b' ');
            out.extend_from_slice(path);
        }
        SockTuple::Other(family) => push_family(family, out),
    }
}

fn push_family(family: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"family ");
    push_u64(family.into(), out);
}

/// The IPv4 address that an IPv6 one stands for; the unspecified one stands for `0.0.0.0`.
pub fn mapped(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    if ip.is_unspecified() { Some(Ipv4Addr::UNSPECIFIED) } else { ip.to_ipv4_mapped() }
}

/// `1.2.3.4:80`.
pub fn push_ipv4_port((ip, port): (Ipv4Addr, u16), out: &mut Vec<u8>) {
    text::push_ipv4(ip, out);
    out.push(b':');
    push_u64(port.into(), out);
}

/// `2001:db8::1:80`, without brackets.
pub fn push_ipv6_port((ip, port): (Ipv6Addr, u16), out: &mut Vec<u8>) {
    text::push_ipv6(ip, out);
    out.push(b':');
    push_u64(port.into(), out);
}
