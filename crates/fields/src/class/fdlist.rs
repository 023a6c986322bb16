//! `fdlist.*` fields: the descriptors that `poll` and `ppoll` wait for.

use std::net::IpAddr;

use windhover_event::text::{push_ipv4, push_ipv6};
use windhover_event::{EventType, ParamValue};
use windhover_filter::{FieldArg, Scope, Scratch, Value};
use windhover_system::{Endpoint, Fd};

use crate::definition::{Class, Definition, Maker, PrintFormat};
use crate::kind::{EventKind, Known};
use crate::values::{EventValues, built, decimal};

const F: Maker = Maker { class: Class::FdList, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("fdlist.nums", "Numbers of the descriptors, joined by commas.")
        .print(PrintFormat::Id)
        .get(|v, _, scratch| {
            list(v, scratch, |_, number, out| {
                decimal(out, number);
                true
            })
        })
        .known(known),
    F.text("fdlist.names", "Names of the descriptors, joined by commas.")
        .get(|v, _, scratch| {
            list(v, scratch, |fd, _, out| {
                out.extend_from_slice(fd.map_or(b"<NA>", |fd| if fd.name.is_empty() { b"<NA>" } else { &fd.name }));
                true
            })
        })
        .known(known),
    F.text("fdlist.cips", "Client addresses, joined by commas.")
        .get(|v, _, scratch| list(v, scratch, |fd, _, out| push_ip(fd.and_then(|fd| fd.socket.source()), out)))
        .known(known),
    F.text("fdlist.sips", "Server addresses, joined by commas.")
        .get(|v, _, scratch| {
            list(v, scratch, |fd, _, out| push_ip(fd.and_then(|fd| fd.socket.dest().or(fd.socket.bound())), out))
        })
        .known(known),
    F.text("fdlist.cports", "Client ports, joined by commas.")
        .print(PrintFormat::Decimal)
        .get(|v, _, scratch| list(v, scratch, |fd, _, out| push_port(fd.and_then(|fd| fd.socket.source()), out)))
        .known(known),
    F.text("fdlist.sports", "Server ports, joined by commas.")
        .print(PrintFormat::Decimal)
        .get(|v, _, scratch| {
            list(v, scratch, |fd, _, out| push_port(fd.and_then(|fd| fd.socket.dest().or(fd.socket.bound())), out))
        })
        .known(known),
];

/// Where the list is among the parameters.
const LIST: usize = 1;

fn is_poll(kind: EventType) -> bool {
    matches!(kind, EventType::SYSCALL_POLL_X | EventType::SYSCALL_PPOLL_X)
}

fn known(kind: EventKind, _: &FieldArg) -> Known {
    if is_poll(kind.event_type()) { Known::Nothing } else { Known::Missing }
}

/// One text of what `push` appends for each descriptor, with commas between; `push` says whether it appended.
fn list<'a>(
    v: &'a EventValues<'_>,
    scratch: &'a mut Scratch,
    push: fn(Option<&Fd>, i64, &mut Vec<u8>) -> bool,
) -> Option<Value<'a>> {
    if !is_poll(v.event.kind()) {
        return None;
    }
    v.thread()?;
    let Ok(Some(ParamValue::FdList(fds))) = v.event.value(LIST) else { return None };
    built(scratch, |out| {
        for (number, _) in fds.iter() {
            let fd = v.context.fds().and_then(|fds| fds.get(number));
            if push(fd, number, out) {
                out.push(b',');
            }
        }
        out.pop();
    })
    .filter(|list| *list != Value::Str(b""))
}

fn push_ip(end: Option<Endpoint>, out: &mut Vec<u8>) -> bool {
    match end.map(|end| end.0) {
        Some(IpAddr::V4(ip)) => push_ipv4(ip, out),
        Some(IpAddr::V6(ip)) => push_ipv6(ip, out),
        None => return false,
    }
    true
}

fn push_port(end: Option<Endpoint>, out: &mut Vec<u8>) -> bool {
    let Some((_, port)) = end else { return false };
    decimal(out, port.into());
    true
}
