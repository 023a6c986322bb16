//! Parameters as values: decoded one by one, when somebody asks.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::table::{DynamicType, ParamInfo, ParamTable, ParamType};
use crate::view::EventView;

/// A decoded parameter. What is absent (length zero) is no value at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamValue<'a> {
    /// A signed number.
    Int(i64),
    /// An unsigned number.
    Uint(u64),
    /// A string without its NUL, up to the first one.
    Str(&'a [u8]),
    /// A path without its NUL, as it was passed.
    Path(&'a [u8]),
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// A result: an error number where negative.
    Errno(i64),
    /// A file descriptor; [`AT_FDCWD`] for the working directory; another negative number is an error.
    Fd(i64),
    /// A thread or process id.
    Pid(i64),
    /// A socket address.
    SockAddr(SockAddr<'a>),
    /// The two ends of a socket.
    SockTuple(SockTuple<'a>),
    /// Descriptors with poll flags.
    FdList(FdList<'a>),
    /// The code of a system call ([`crate::Syscall`]), which may be beyond the table.
    SyscallId(u16),
    /// A signal number.
    Signal(u8),
    /// Signals 1 to 32 as bits 0 to 31.
    SignalSet(u32),
    /// Nanoseconds; all ones means "none".
    RelTime(u64),
    /// Nanoseconds since the epoch.
    AbsTime(u64),
    /// A port number.
    Port(u16),
    /// A transport protocol, by the numbers of capture files.
    L4Proto(u8),
    /// A socket family.
    SockFamily(u8),
    /// True or false.
    Bool(bool),
    /// An address.
    Ipv4(Ipv4Addr),
    /// An address.
    Ipv6(Ipv6Addr),
    /// A value whose type is chosen in the event.
    Dynamic(Dynamic<'a>),
    /// A mask of flags.
    Flags(u32),
    /// One of many.
    EnumFlags(u32),
    /// Permission bits and file type.
    Mode(u32),
    /// A user id; all ones means "none".
    Uid(u32),
    /// A group id; all ones means "none".
    Gid(u32),
    /// A floating-point number.
    Double(f64),
    /// Strings.
    StrList(StrList<'a>),
    /// Strings, in turn keys and values.
    PairList(StrList<'a>),
}

/// How the working directory stands in a parameter of type [`ParamType::Fd`].
pub const AT_FDCWD: i64 = -100;

/// The families of socket addresses that are decoded.
#[allow(missing_docs)]
pub mod family {
    pub const UNIX: u8 = 1;
    pub const INET: u8 = 2;
    pub const INET6: u8 = 10;
}

/// A socket address. Ports are in host order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SockAddr<'a> {
    /// IPv4 address and port.
    Inet(Ipv4Addr, u16),
    /// IPv6 address and port.
    Inet6(Ipv6Addr, u16),
    /// Path of a unix socket.
    Unix(&'a [u8]),
    /// Another family, of which nothing else is known.
    Other(u8),
}

/// The two ends of a socket. Ports are in host order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SockTuple<'a> {
    Inet {
        source: (Ipv4Addr, u16),
        dest: (Ipv4Addr, u16),
    },
    Inet6 {
        source: (Ipv6Addr, u16),
        dest: (Ipv6Addr, u16),
    },
    /// Kernel addresses of the two ends, and the path.
    Unix {
        source: u64,
        dest: u64,
        path: &'a [u8],
    },
    /// Another family, of which nothing else is known.
    Other(u8),
}

/// A value whose type the event itself chooses.
#[derive(Clone, Copy, Debug)]
pub struct Dynamic<'a> {
    /// Which of the parameter's alternatives.
    pub selector: u8,
    /// The alternative.
    pub kind: &'static DynamicType,
    /// The encoded value, without the selector.
    pub payload: &'a [u8],
}

impl PartialEq for Dynamic<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.selector, self.kind.kind, self.payload) == (other.selector, other.kind.kind, other.payload)
    }
}

impl<'a> Dynamic<'a> {
    /// The inner value; `None` where it is absent.
    ///
    /// # Errors
    /// Where the payload does not fit the alternative.
    pub fn value(&self) -> Result<Option<ParamValue<'a>>, DecodeParamError> {
        decode(self.kind.kind, &ParamTable::None, self.payload)
    }
}

/// Descriptors and the poll flags of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FdList<'a>(&'a [u8]);

/// Bytes of one entry of a list of descriptors: `fd i64, flags i16`.
const FD_ENTRY: usize = 10;

impl<'a> FdList<'a> {
    /// Descriptor and flags, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (i64, i16)> + use<'a> {
        self.0.as_chunks::<FD_ENTRY>().0.iter().map(|&[a, b, c, d, e, f, g, h, low, high]| {
            (i64::from_le_bytes([a, b, c, d, e, f, g, h]), i16::from_le_bytes([low, high]))
        })
    }
}

/// Strings one behind the other, each followed by NUL (the last one's may be missing).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrList<'a>(&'a [u8]);

impl<'a> StrList<'a> {
    /// The list that `bytes` hold.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The strings, empty ones included.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let item = until_nul(rest);
            rest = rest.get(item.len() + 1..).unwrap_or_default();
            Some(item)
        })
    }

    /// The bytes as they stand in the event.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// Why a parameter cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed parameter of type {kind:?} and {len} bytes: {reason}")]
pub struct DecodeParamError {
    /// The type that was expected.
    pub kind: ParamType,
    /// Bytes that are there.
    pub len: usize,
    /// What is wrong with them.
    pub reason: DecodeParamReason,
}

/// What is wrong with a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeParamReason {
    /// A type of one size has another.
    #[error("expected {0} bytes")]
    WrongSize(usize),
    /// A type of variable size ends too early.
    #[error("expected at least {0} bytes")]
    TooShort(usize),
    /// The first byte chooses an alternative that the parameter does not have.
    #[error("no alternative {0}")]
    UnknownSelector(u8),
    /// Event parameters do not have this type.
    #[error("not a type of event parameters")]
    NotEncoded,
}

/// Decodes the bytes of one parameter; `None` where it is absent, which is any parameter of length zero and the string
/// `(NULL)`.
///
/// # Errors
/// Where the bytes do not fit the type.
pub fn decode_param<'a>(info: &ParamInfo, bytes: &'a [u8]) -> Result<Option<ParamValue<'a>>, DecodeParamError> {
    decode(info.kind, &info.table, bytes)
}

fn decode<'a>(
    kind: ParamType,
    table: &ParamTable,
    bytes: &'a [u8],
) -> Result<Option<ParamValue<'a>>, DecodeParamError> {
    use ParamType as P;
    use ParamValue as V;
    if bytes.is_empty() {
        return Ok(None);
    }
    let fail = |reason| DecodeParamError { kind, len: bytes.len(), reason };
    if let Some(size) = kind.size()
        && size != bytes.len()
    {
        return Err(fail(DecodeParamReason::WrongSize(size)));
    }
    let (signed, unsigned) = (sign_extended(bytes), zero_extended(bytes));
    Ok(Some(match kind {
        P::Int8 | P::Int16 | P::Int32 | P::Int64 => V::Int(signed),
        P::Uint8 | P::Uint16 | P::Uint32 | P::Uint64 => V::Uint(unsigned),
        P::CharBuf => return Ok(present(bytes).map(V::Str)),
        P::FsPath | P::FsRelPath => return Ok(present(bytes).map(V::Path)),
        P::ByteBuf => V::Bytes(bytes),
        P::Errno => V::Errno(signed),
        P::Fd | P::Fd32 => V::Fd(signed),
        P::Pid | P::Pid32 => V::Pid(signed),
        P::SockAddr => V::SockAddr(sock_addr(bytes).map_err(fail)?),
        P::SockTuple => V::SockTuple(sock_tuple(bytes).map_err(fail)?),
        P::FdList => V::FdList(fd_list(bytes).map_err(fail)?),
        P::SyscallId => V::SyscallId(unsigned as u16),
        P::SigType => V::Signal(unsigned as u8),
        P::SigSet => V::SignalSet(unsigned as u32),
        P::RelTime => V::RelTime(unsigned),
        P::AbsTime => V::AbsTime(unsigned),
        P::Port => V::Port(unsigned as u16),
        P::L4Proto => V::L4Proto(unsigned as u8),
        P::SockFamily => V::SockFamily(unsigned as u8),
        P::Bool => V::Bool(unsigned != 0),
        P::Ipv4Addr => V::Ipv4(Ipv4Addr::from((unsigned as u32).to_le_bytes())),
        P::Ipv6Addr => V::Ipv6(bytes.first_chunk::<16>().map_or(Ipv6Addr::UNSPECIFIED, |ip| Ipv6Addr::from(*ip))),
        P::Dyn => V::Dynamic(dynamic(table, bytes).map_err(fail)?),
        P::Flags8 | P::Flags16 | P::Flags32 => V::Flags(unsigned as u32),
        P::EnumFlags8 | P::EnumFlags16 | P::EnumFlags32 => V::EnumFlags(unsigned as u32),
        P::Mode => V::Mode(unsigned as u32),
        P::Uid => V::Uid(unsigned as u32),
        P::Gid => V::Gid(unsigned as u32),
        P::Double => V::Double(f64::from_bits(unsigned)),
        P::CharBufArray => V::StrList(StrList(bytes)),
        P::CharBufPairArray => V::PairList(StrList(bytes)),
        P::Ipv4Net | P::Ipv6Net | P::IpAddr | P::IpNet => return Err(fail(DecodeParamReason::NotEncoded)),
    }))
}

/// Little-endian, up to 8 bytes.
fn zero_extended(bytes: &[u8]) -> u64 {
    match *bytes {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    }
}

fn sign_extended(bytes: &[u8]) -> i64 {
    let value = zero_extended(bytes);
    match bytes.len() {
        1 => i64::from(value as i8),
        2 => i64::from(value as i16),
        4 => i64::from(value as i32),
        _ => value as i64,
    }
}

/// The bytes up to the first NUL, or all.
fn until_nul(bytes: &[u8]) -> &[u8] {
    memchr::memchr(0, bytes).map_or(bytes, |end| &bytes[..end])
}

/// The string that the bytes of a parameter hold, unless they say that there is none.
#[inline]
pub fn present(bytes: &[u8]) -> Option<&[u8]> {
    let text = until_nul(bytes);
    (!bytes.is_empty() && text != b"(NULL)").then_some(text)
}

fn ipv4(bytes: &[u8], at: usize) -> Option<(Ipv4Addr, u16)> {
    let &[a, b, c, d, low, high] = bytes.get(at..)?.first_chunk()?;
    Some((Ipv4Addr::new(a, b, c, d), u16::from_le_bytes([low, high])))
}

fn ipv6(bytes: &[u8], at: usize) -> Option<(Ipv6Addr, u16)> {
    let (ip, port) = bytes.get(at..)?.split_first_chunk::<16>()?;
    Some((Ipv6Addr::from(*ip), u16::from_le_bytes(*port.first_chunk()?)))
}

fn sock_addr(bytes: &[u8]) -> Result<SockAddr<'_>, DecodeParamReason> {
    match bytes[0] {
        family::INET => ipv4(bytes, 1).map(|(ip, port)| SockAddr::Inet(ip, port)).ok_or(DecodeParamReason::TooShort(7)),
        family::INET6 => {
            ipv6(bytes, 1).map(|(ip, port)| SockAddr::Inet6(ip, port)).ok_or(DecodeParamReason::TooShort(19))
        }
        family::UNIX => Ok(SockAddr::Unix(until_nul(&bytes[1..]))),
        other => Ok(SockAddr::Other(other)),
    }
}

/// The two ends of a socket; `bytes` are not empty.
pub(crate) fn sock_tuple(bytes: &[u8]) -> Result<SockTuple<'_>, DecodeParamReason> {
    match bytes[0] {
        family::INET => {
            let ends = ipv4(bytes, 1).zip(ipv4(bytes, 7));
            ends.map(|(source, dest)| SockTuple::Inet { source, dest }).ok_or(DecodeParamReason::TooShort(13))
        }
        family::INET6 => {
            let ends = ipv6(bytes, 1).zip(ipv6(bytes, 19));
            ends.map(|(source, dest)| SockTuple::Inet6 { source, dest }).ok_or(DecodeParamReason::TooShort(37))
        }
        family::UNIX => match (bytes.get(1..9), bytes.get(9..17)) {
            (Some(source), Some(dest)) => Ok(SockTuple::Unix {
                source: zero_extended(source),
                dest: zero_extended(dest),
                path: until_nul(&bytes[17..]),
            }),
            _ => Err(DecodeParamReason::TooShort(17)),
        },
        other => Ok(SockTuple::Other(other)),
    }
}

fn fd_list(bytes: &[u8]) -> Result<FdList<'_>, DecodeParamReason> {
    let Some((count, entries)) = bytes.split_first_chunk::<2>() else {
        return Err(DecodeParamReason::TooShort(2));
    };
    let len = usize::from(u16::from_le_bytes(*count)) * FD_ENTRY;
    entries.get(..len).map(FdList).ok_or(DecodeParamReason::TooShort(2 + len))
}

fn dynamic<'a>(table: &ParamTable, bytes: &'a [u8]) -> Result<Dynamic<'a>, DecodeParamReason> {
    let selector = bytes[0];
    let kind = match table {
        ParamTable::Dynamic(kinds) => kinds.get(usize::from(selector)),
        _ => None,
    };
    let kind = kind.ok_or(DecodeParamReason::UnknownSelector(selector))?;
    Ok(Dynamic { selector, kind, payload: &bytes[1..] })
}

/// Parameters by index, as the type that the caller knows them to be: `None` where the parameter is absent, empty or too
/// short. What is longer than the type is read from its start.
impl<'a> EventView<'a> {
    /// Decodes parameter `index`; `None` where it is absent.
    ///
    /// # Errors
    /// Where the bytes do not fit the parameter's type.
    pub fn value(&self, index: usize) -> Result<Option<ParamValue<'a>>, DecodeParamError> {
        match (self.info().params.get(index), self.param(index)) {
            (Some(info), Some(bytes)) => decode_param(info, bytes),
            _ => Ok(None),
        }
    }

    /// An 8-byte signed number: results, descriptors, ids.
    #[inline]
    pub fn i64(&self, index: usize) -> Option<i64> {
        self.param(index)?.first_chunk().map(|bytes| i64::from_le_bytes(*bytes))
    }

    /// An 8-byte unsigned number.
    #[inline]
    pub fn u64(&self, index: usize) -> Option<u64> {
        self.param(index)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// A 4-byte signed number.
    #[inline]
    pub fn i32(&self, index: usize) -> Option<i32> {
        self.param(index)?.first_chunk().map(|bytes| i32::from_le_bytes(*bytes))
    }

    /// A 4-byte unsigned number: flags, modes, user and group ids.
    #[inline]
    pub fn u32(&self, index: usize) -> Option<u32> {
        self.param(index)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// A 2-byte unsigned number.
    #[inline]
    pub fn u16(&self, index: usize) -> Option<u16> {
        self.param(index)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
    }

    /// A 1-byte number.
    #[inline]
    pub fn u8(&self, index: usize) -> Option<u8> {
        self.param(index)?.first().copied()
    }

    /// A string or path up to its NUL; `(NULL)` counts as absent, the empty string does not.
    #[inline]
    pub fn str(&self, index: usize) -> Option<&'a [u8]> {
        present(self.param(index)?)
    }

    /// Bytes, where there are any.
    #[inline]
    pub fn buffer(&self, index: usize) -> Option<&'a [u8]> {
        self.param(index).filter(|bytes| !bytes.is_empty())
    }

    /// Strings, each followed by NUL: arguments, environment, cgroups. Empty where the parameter is absent.
    pub fn str_list(&self, index: usize) -> StrList<'a> {
        StrList(self.param(index).unwrap_or_default())
    }

    /// A socket address.
    pub fn sock_addr(&self, index: usize) -> Option<SockAddr<'a>> {
        sock_addr(self.buffer(index)?).ok()
    }

    /// The two ends of a socket.
    pub fn sock_tuple(&self, index: usize) -> Option<SockTuple<'a>> {
        sock_tuple(self.buffer(index)?).ok()
    }

    /// The system call of a generic event: its code, or, where that is 0, what the native number says here.
    pub fn generic_syscall(&self) -> Option<crate::Syscall> {
        if !self.kind().is_generic() {
            return None;
        }
        match self.u16(0)? {
            0 => crate::Syscall::from_native(self.u16(1)?),
            code => crate::Syscall::from_code(code),
        }
    }

    /// What `evt.type` says: the type's name, or of a generic event the system call's (`unknown` where that is not in
    /// the table).
    #[inline]
    pub fn name(&self) -> &'static str {
        if self.kind().is_generic() {
            return self.generic_syscall().unwrap_or(crate::Syscall::UNKNOWN).name();
        }
        self.kind().name()
    }
}
