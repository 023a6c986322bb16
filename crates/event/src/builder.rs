//! Encodes events.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::extension::MAGIC;
use crate::table::{EventType, ParamInfo, ParamType};
use crate::value::{ParamValue, SockAddr, SockTuple, StrList, family};
use crate::view::{EventView, HEADER_LEN};

/// Largest event of a type with 16-bit parameter lengths. A block of a capture file holds 64 KiB with its own fields
/// around the event, so a little less than that.
pub const MAX_EVENT_LEN: usize = 65_536 - 16;

/// Writes one event at the end of a buffer, parameter by parameter in wire order.
///
/// The first mistake is remembered, what follows it is passed over, and [`Builder::finish`] tells; the buffer is then
/// as it was before. Without `finish` the buffer is left with half an event.
///
/// ```
/// use windhover_event::{AT_FDCWD, Builder, EventType};
///
/// let mut bytes = Vec::new();
/// let mut event = Builder::new(&mut bytes, EventType::SYSCALL_UNLINKAT_2_X, 1_700_000_000_000_000_000, 42);
/// event.int(0).int(AT_FDCWD).str(b"/etc/motd").uint(0);
/// let event = event.finish()?;
/// assert_eq!(event.str(2), Some(&b"/etc/motd"[..]));
/// # Ok::<(), windhover_event::BuildEventError>(())
/// ```
#[derive(Debug)]
#[must_use = "an event is complete only after `finish`"]
pub struct Builder<'a> {
    buffer: &'a mut Vec<u8>,
    /// Where the event begins in the buffer.
    start: usize,
    kind: EventType,
    nparams: usize,
    next: usize,
    extended: bool,
    error: Option<BuildEventError>,
}

/// Why an event cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot encode a `{name}` event, parameter {index}: {reason}", name = kind.name())]
pub struct BuildEventError {
    /// The event's type.
    pub kind: EventType,
    /// The parameter that it happened at.
    pub index: usize,
    /// What is wrong.
    pub reason: BuildEventReason,
}

/// What is wrong with what was to be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildEventReason {
    /// The type has fewer parameters.
    #[error("there is no such parameter")]
    TooManyParams,
    /// Not all parameters were given.
    #[error("it and what follows are missing")]
    MissingParams,
    /// The value is of a kind that the parameter does not take.
    #[error("it is a {0:?}, which is encoded otherwise")]
    WrongType(ParamType),
    /// The number does not fit.
    #[error("the number does not fit into {0} bytes")]
    OutOfRange(usize),
    /// The dynamic parameter has no such alternative.
    #[error("it has no alternative {0}")]
    UnknownSelector(u8),
    /// The event, one of its parameters or an entry of its extension exceeds what its length can say.
    #[error("it is too long")]
    TooLong,
}

impl<'a> Builder<'a> {
    /// Begins an event with all the parameters that its type has today. `tid` is -1 where it belongs to no thread.
    pub fn new(buffer: &'a mut Vec<u8>, kind: EventType, ts: u64, tid: i64) -> Self {
        Self::with_nparams(buffer, kind, ts, tid, kind.info().params.len())
    }

    /// Begins an event with the first `nparams` parameters of its type, as older drivers wrote it.
    pub fn with_nparams(buffer: &'a mut Vec<u8>, kind: EventType, ts: u64, tid: i64, nparams: usize) -> Self {
        let start = buffer.len();
        let known = kind.info().params.len();
        let error = (nparams > known).then_some(BuildEventError {
            kind,
            index: known,
            reason: BuildEventReason::TooManyParams,
        });
        let nparams = nparams.min(known);
        buffer.extend_from_slice(&ts.to_le_bytes());
        buffer.extend_from_slice(&tid.to_le_bytes());
        buffer.extend_from_slice(&0u32.to_le_bytes()); // The length, known at the end.
        buffer.extend_from_slice(&kind.code().to_le_bytes());
        buffer.extend_from_slice(&(nparams as u32).to_le_bytes());
        let builder = Self { buffer, start, kind, nparams, next: 0, extended: false, error };
        builder.buffer.resize(start + HEADER_LEN + nparams * builder.width(), 0);
        builder
    }

    /// The parameter as bytes that are encoded already.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.push(|_, buffer| {
            buffer.extend_from_slice(bytes);
            Ok(())
        })
    }

    /// A parameter that is not available.
    pub fn absent(&mut self) -> &mut Self {
        self.raw(&[])
    }

    /// A number of any type of fixed size, signed or not.
    pub fn int(&mut self, value: i64) -> &mut Self {
        self.push(|info, buffer| push_number(info.kind, i128::from(value), buffer))
    }

    /// An unsigned number of any type of fixed size.
    pub fn uint(&mut self, value: u64) -> &mut Self {
        self.push(|info, buffer| push_number(info.kind, i128::from(value), buffer))
    }

    /// A string or path, without its NUL.
    pub fn str(&mut self, text: &[u8]) -> &mut Self {
        self.push(|info, buffer| match info.kind {
            ParamType::CharBuf | ParamType::FsPath | ParamType::FsRelPath => {
                buffer.extend_from_slice(text);
                buffer.push(0);
                Ok(())
            }
            other => Err(BuildEventReason::WrongType(other)),
        })
    }

    /// Raw bytes. Old event types have arguments, environment and cgroups as such, strings with a NUL behind each.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.push(|info, buffer| match info.kind {
            ParamType::ByteBuf | ParamType::CharBufArray | ParamType::CharBufPairArray => {
                buffer.extend_from_slice(bytes);
                Ok(())
            }
            other => Err(BuildEventReason::WrongType(other)),
        })
    }

    /// Strings, each with a NUL behind it.
    pub fn strs<'s>(&mut self, texts: impl IntoIterator<Item = &'s [u8]>) -> &mut Self {
        self.push(|info, buffer| match info.kind {
            ParamType::ByteBuf | ParamType::CharBufArray | ParamType::CharBufPairArray => {
                for text in texts {
                    buffer.extend_from_slice(text);
                    buffer.push(0);
                }
                Ok(())
            }
            other => Err(BuildEventReason::WrongType(other)),
        })
    }

    /// A socket address.
    pub fn sock_addr(&mut self, addr: &SockAddr<'_>) -> &mut Self {
        self.typed(ParamType::SockAddr, |buffer| push_sock_addr(addr, buffer))
    }

    /// The two ends of a socket.
    pub fn sock_tuple(&mut self, tuple: &SockTuple<'_>) -> &mut Self {
        self.typed(ParamType::SockTuple, |buffer| push_sock_tuple(tuple, buffer))
    }

    /// Descriptors with poll flags.
    pub fn fds(&mut self, fds: impl ExactSizeIterator<Item = (i64, i16)>) -> &mut Self {
        self.push(|info, buffer| {
            if info.kind != ParamType::FdList {
                return Err(BuildEventReason::WrongType(info.kind));
            }
            let count = u16::try_from(fds.len()).map_err(|_| BuildEventReason::TooLong)?;
            buffer.extend_from_slice(&count.to_le_bytes());
            for (fd, flags) in fds {
                buffer.extend_from_slice(&fd.to_le_bytes());
                buffer.extend_from_slice(&flags.to_le_bytes());
            }
            Ok(())
        })
    }

    /// A dynamic parameter: which alternative, and the number or encoded bytes of it.
    pub fn dynamic(&mut self, selector: u8, payload: &[u8]) -> &mut Self {
        self.push(|info, buffer| match info.table {
            crate::ParamTable::Dynamic(kinds) if usize::from(selector) < kinds.len() => {
                buffer.push(selector);
                buffer.extend_from_slice(payload);
                Ok(())
            }
            crate::ParamTable::Dynamic(_) => Err(BuildEventReason::UnknownSelector(selector)),
            _ => Err(BuildEventReason::WrongType(info.kind)),
        })
    }

    /// A value as it was decoded; `None` is an absent parameter.
    pub fn value(&mut self, value: Option<&ParamValue<'_>>) -> &mut Self {
        use ParamValue as V;
        match value {
            None => self.absent(),
            Some(value) => match *value {
                V::Int(n) | V::Errno(n) | V::Fd(n) | V::Pid(n) => self.int(n),
                V::Uint(n) | V::RelTime(n) | V::AbsTime(n) => self.uint(n),
                V::SyscallId(n) | V::Port(n) => self.uint(n.into()),
                V::Signal(n) | V::L4Proto(n) | V::SockFamily(n) => self.uint(n.into()),
                V::SignalSet(n) | V::Flags(n) | V::EnumFlags(n) | V::Mode(n) | V::Uid(n) | V::Gid(n) => {
                    self.uint(n.into())
                }
                V::Bool(yes) => self.uint(yes.into()),
                V::Double(number) => self.uint(number.to_bits()),
                V::Str(text) | V::Path(text) => self.str(text),
                V::Bytes(bytes) => self.bytes(bytes),
                V::StrList(list) | V::PairList(list) => self.list(list),
                V::SockAddr(ref addr) => self.sock_addr(addr),
                V::SockTuple(ref tuple) => self.sock_tuple(tuple),
                V::FdList(list) => self.fds(list.iter()),
                V::Ipv4(ip) => self.uint(u32::from_le_bytes(ip.octets()).into()),
                V::Ipv6(ip) => self.typed(ParamType::Ipv6Addr, |buffer| buffer.extend_from_slice(&ip.octets())),
                V::Dynamic(ref dynamic) => self.dynamic(dynamic.selector, dynamic.payload),
            },
        }
    }

    /// An entry of the extension behind the parameters, all of which must be there.
    pub fn extension(&mut self, tag: u16, value: &[u8]) -> &mut Self {
        match u16::try_from(value.len()) {
            _ if self.error.is_some() => {}
            _ if self.next < self.nparams => self.fail(BuildEventReason::MissingParams),
            Err(_) => self.fail(BuildEventReason::TooLong),
            Ok(len) => {
                if !self.extended {
                    self.buffer.extend_from_slice(&MAGIC.to_le_bytes());
                    self.extended = true;
                }
                self.buffer.extend_from_slice(&tag.to_le_bytes());
                self.buffer.extend_from_slice(&len.to_le_bytes());
                self.buffer.extend_from_slice(value);
            }
        }
        self
    }

    /// Ends the event and lends it.
    ///
    /// # Errors
    /// The first mistake; the buffer is then as it was before the event.
    pub fn finish(mut self) -> Result<EventView<'a>, BuildEventError> {
        if self.next < self.nparams {
            self.fail(BuildEventReason::MissingParams);
        }
        let len = self.buffer.len() - self.start;
        let limit = if self.kind.info().is_large_payload() { u32::MAX as usize } else { MAX_EVENT_LEN };
        if len > limit {
            self.fail(BuildEventReason::TooLong);
        }
        let Self { buffer, start, error, .. } = self;
        if let Some(error) = error {
            buffer.truncate(start);
            return Err(error);
        }
        buffer[start + 16..start + 20].copy_from_slice(&(len as u32).to_le_bytes());
        Ok(EventView::parse(&buffer[start..]).expect("header and lengths were written as the view reads them"))
    }

    /// Bytes of one entry of the length array.
    fn width(&self) -> usize {
        if self.kind.info().is_large_payload() { 4 } else { 2 }
    }

    fn fail(&mut self, reason: BuildEventReason) {
        self.error = self.error.or(Some(BuildEventError { kind: self.kind, index: self.next, reason }));
    }

    /// Appends the next parameter by `write`, and sets its length.
    fn push(&mut self, write: impl FnOnce(&ParamInfo, &mut Vec<u8>) -> Result<(), BuildEventReason>) -> &mut Self {
        if self.error.is_some() {
            return self;
        }
        if self.next >= self.nparams {
            self.fail(BuildEventReason::TooManyParams);
            return self;
        }
        let before = self.buffer.len();
        if let Err(reason) = write(&self.kind.info().params[self.next], self.buffer) {
            self.fail(reason);
            return self;
        }
        let (len, width) = (self.buffer.len() - before, self.width());
        let at = self.start + HEADER_LEN + self.next * width;
        match (u32::try_from(len), u16::try_from(len)) {
            (Ok(len), _) if width == 4 => self.buffer[at..at + 4].copy_from_slice(&len.to_le_bytes()),
            (_, Ok(len)) => self.buffer[at..at + 2].copy_from_slice(&len.to_le_bytes()),
            _ => self.fail(BuildEventReason::TooLong),
        }
        self.next += 1;
        self
    }

    /// [`Self::push`] for values of exactly one type.
    fn typed(&mut self, kind: ParamType, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        self.push(|info, buffer| {
            if info.kind != kind {
                return Err(BuildEventReason::WrongType(info.kind));
            }
            write(buffer);
            Ok(())
        })
    }

    /// A list of strings as it stood in an event, with or without the last NUL.
    fn list(&mut self, list: StrList<'_>) -> &mut Self {
        self.bytes(list.as_bytes())
    }
}

/// Appends `value` in the size of `kind`; either sign convention is taken, since -1 stands for "none" in unsigned types.
fn push_number(kind: ParamType, value: i128, buffer: &mut Vec<u8>) -> Result<(), BuildEventReason> {
    let size = kind.size().filter(|&size| size <= 8).ok_or(BuildEventReason::WrongType(kind))?;
    let bits = size as u32 * 8;
    if value < -(1i128 << (bits - 1)) || value >= 1i128 << bits {
        return Err(BuildEventReason::OutOfRange(size));
    }
    buffer.extend_from_slice(&value.to_le_bytes()[..size]);
    Ok(())
}

fn push_ipv4(buffer: &mut Vec<u8>, (ip, port): (Ipv4Addr, u16)) {
    buffer.extend_from_slice(&ip.octets());
    buffer.extend_from_slice(&port.to_le_bytes());
}

fn push_ipv6(buffer: &mut Vec<u8>, (ip, port): (Ipv6Addr, u16)) {
    buffer.extend_from_slice(&ip.octets());
    buffer.extend_from_slice(&port.to_le_bytes());
}

fn push_sock_addr(addr: &SockAddr<'_>, buffer: &mut Vec<u8>) {
    match *addr {
        SockAddr::Inet(ip, port) => {
            buffer.push(family::INET);
            push_ipv4(buffer, (ip, port));
        }
        SockAddr::Inet6(ip, port) => {
            buffer.push(family::INET6);
            push_ipv6(buffer, (ip, port));
        }
        SockAddr::Unix(path) => {
            buffer.push(family::UNIX);
            buffer.extend_from_slice(path);
            buffer.push(0);
        }
        SockAddr::Other(other) => buffer.push(other),
    }
}

fn push_sock_tuple(tuple: &SockTuple<'_>, buffer: &mut Vec<u8>) {
    match *tuple {
        SockTuple::Inet { source, dest } => {
            buffer.push(family::INET);
            push_ipv4(buffer, source);
            push_ipv4(buffer, dest);
        }
        SockTuple::Inet6 { source, dest } => {
            buffer.push(family::INET6);
            push_ipv6(buffer, source);
            push_ipv6(buffer, dest);
        }
        SockTuple::Unix { source, dest, path } => {
            buffer.push(family::UNIX);
            buffer.extend_from_slice(&source.to_le_bytes());
            buffer.extend_from_slice(&dest.to_le_bytes());
            buffer.extend_from_slice(path);
            buffer.push(0);
        }
        SockTuple::Other(other) => buffer.push(other),
    }
}
