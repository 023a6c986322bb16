//! Parameters of events by name, found fast.
//!
//! A name is resolved to a number when a field is looked up; a table then says which parameter of an event type has
//! that number, so that no text is compared when an event is evaluated.

use std::sync::LazyLock;

use windhover_event::{EventType, ParamInfo, ParamType, Syscall};
use windhover_filter::{FieldArg, Type};

/// More parameters than any event has; positions are below, and names are numbered from here.
pub(crate) const MAX: u64 = 1 << 32;

/// Event types have no more parameters than this.
const WIDTH: usize = 32;

/// Stands behind the last parameter.
const NONE: u16 = u16::MAX;

struct Names {
    /// Every parameter name once, in order.
    sorted: Vec<&'static str>,
    /// For each event type the numbers (places in `sorted`) of its parameters' names.
    of_events: Vec<[u16; WIDTH]>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut sorted: Vec<&str> =
        EventType::all().flat_map(|event| event.info().params).map(|param| param.name).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let number = |param: &ParamInfo| sorted.binary_search(&param.name).map_or(NONE, |at| at as u16);
    let of_events = EventType::all()
        .map(|event| {
            let mut row = [NONE; WIDTH];
            row.iter_mut().zip(event.info().params).for_each(|(place, param)| *place = number(param));
            row
        })
        .collect();
    Names { sorted, of_events }
});

/// The argument of `evt.arg.NAME`, if any event has a parameter of that name.
pub(crate) fn named(name: &str) -> Option<FieldArg> {
    NAMES.sorted.binary_search(&name).ok().map(|at| FieldArg::Index(MAX + at as u64))
}

/// The place of the parameter that an argument made by [`named`], or a plain number, means in events of a type.
pub(crate) fn position(event: EventType, arg: &FieldArg) -> Option<usize> {
    let FieldArg::Index(number) = *arg else { return None };
    if number < MAX {
        return usize::try_from(number).ok().filter(|at| *at < event.info().params.len());
    }
    let wanted = (number - MAX) as u16;
    NAMES.of_events[usize::from(event.code())].iter().position(|name| *name == wanted)
}

/// The parameter's place and description in events of a type.
pub(crate) fn find(event: EventType, arg: &FieldArg) -> Option<(usize, &'static ParamInfo)> {
    let at = position(event, arg)?;
    Some((at, event.info().params.get(at)?))
}

/// How `evt.rawarg.NAME` is compared: as the first event in the table that has such a parameter has it.
pub(crate) fn raw_type(name: &str) -> Option<Type> {
    let mut params = EventType::all().flat_map(|event| event.info().params);
    params.find(|param| param.name == name).map(|param| compared_as(param.kind))
}

/// Whether any event or system call has the name.
pub(crate) fn is_event_name(name: &str) -> bool {
    EventType::by_name(name).next().is_some() || Syscall::by_name(name).is_some()
}

fn compared_as(kind: ParamType) -> Type {
    use ParamType as P;
    match kind {
        P::Int8 => Type::Int(8),
        P::Int16 => Type::Int(16),
        P::Int32 | P::Fd32 | P::Pid32 => Type::Int(32),
        P::Int64 | P::Errno | P::Fd | P::Pid => Type::Int(64),
        P::Uint8 | P::L4Proto | P::SockFamily | P::Flags8 | P::EnumFlags8 | P::SigType => Type::Uint(8),
        P::Uint16 | P::SyscallId | P::Flags16 | P::EnumFlags16 => Type::Uint(16),
        P::Uint32 | P::Flags32 | P::EnumFlags32 | P::Mode => Type::Uint(32),
        P::Uint64 => Type::Uint(64),
        P::Port => Type::Port,
        P::RelTime => Type::RelTime,
        P::AbsTime => Type::AbsTime,
        P::Bool => Type::Bool,
        P::Double => Type::Double,
        P::CharBuf | P::FsPath | P::FsRelPath => Type::Str,
        P::ByteBuf => Type::Bytes,
        P::Ipv4Addr | P::Ipv6Addr | P::IpAddr => Type::IpAddr,
        P::Ipv4Net | P::Ipv6Net | P::IpNet => Type::IpNet,
        P::SockAddr | P::SockTuple | P::FdList | P::SigSet | P::Uid | P::Gid | P::Dyn => Type::Opaque,
        P::CharBufArray | P::CharBufPairArray => Type::Opaque,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_where_the_event_has_it() {
        let open = EventType::by_name("open").find(|event| event.is_exit()).unwrap();
        let brk = EventType::by_name("getpid").next();
        let flags = named("flags").unwrap();
        assert_eq!(find(open, &flags).unwrap().1.name, "flags");
        assert_eq!(position(open, &FieldArg::Index(0)), Some(0));
        assert_eq!(position(open, &FieldArg::Index(31)), None);
        assert!(brk.is_none_or(|brk| position(brk, &flags).is_none()));
        assert_eq!(named("no_such_parameter"), None);
    }

    #[test]
    fn no_event_has_more_parameters_than_the_table_is_wide() {
        assert!(EventType::all().all(|event| event.info().params.len() <= WIDTH));
    }
}
