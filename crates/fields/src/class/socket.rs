//! `fd.*` fields of sockets: addresses, ports, protocols and roles.

use std::ops::ControlFlow;

use windhover_filter::{Arity, FieldArg, Scope, Scratch, Value};
use windhover_system::{Endpoint, FdKind};

use super::fd::{fd, fd_known, l4};
use crate::definition::Shown;
use crate::definition::{Class, Definition, Maker, PrintFormat};
use crate::values::{EventValues, built, decimal, text};

const F: Maker = Maker { class: Class::Fd, scope: Scope::Fd };

pub(crate) const FIELDS: &[Definition] = &[
    F.address("fd.ip", "Address of either end.")
        .arity(Arity::Ends)
        .filter_only()
        .each(|v, _, _, visit| ends(v, |(ip, _)| visit(Value::Ip(ip))))
        .shown(Shown::Never)
        .known(fd_known),
    F.address("fd.cip", "Address of the client.").get(|v, _, _| Some(Value::Ip(client(v)?.0))).known(fd_known),
    F.address("fd.sip", "Address of the server.").get(|v, _, _| Some(Value::Ip(server(v)?.0))).known(fd_known),
    F.address("fd.lip", "Address of this side.").get(|v, _, _| Some(Value::Ip(local(v)?.0))).known(fd_known),
    F.address("fd.rip", "Address of the other side.").get(|v, _, _| Some(Value::Ip(remote(v)?.0))).known(fd_known),
    F.port("fd.port", "Port of either end.")
        .arity(Arity::Ends)
        .filter_only()
        .each(|v, _, _, visit| ends(v, |(_, port)| visit(Value::Uint(port.into()))))
        .shown(Shown::Never)
        .known(fd_known),
    F.port("fd.cport", "Port of the client.").get(|v, _, _| Some(Value::Uint(client(v)?.1.into()))).known(fd_known),
    F.port("fd.sport", "Port of the server.").get(|v, _, _| Some(Value::Uint(server(v)?.1.into()))).known(fd_known),
    F.port("fd.lport", "Port of this side.").get(|v, _, _| Some(Value::Uint(local(v)?.1.into()))).known(fd_known),
    F.port("fd.rport", "Port of the other side.").get(|v, _, _| Some(Value::Uint(remote(v)?.1.into()))).known(fd_known),
    F.text("fd.l4proto", "Transport protocol: `tcp`, `udp`, `icmp` or `raw`; the text `<NA>` for other descriptors.")
        .get(|v, _, _| text(l4(fd(v)?).name().unwrap_or("<NA>").as_bytes()))
        .known(fd_known),
    F.text("fd.sockfamily", "`ip` or `unix`.").get(|v, _, _| text(family(fd(v)?.kind)?.as_bytes())).known(fd_known),
    F.boolean("fd.is_server", "Whether this side is the server.").get(is_server).known(fd_known),
    F.port("fd.proto", "Service of either end, by name or number.")
        .arity(Arity::Ends)
        .print(PrintFormat::Plain)
        .filter_only()
        .each(|v, _, _, visit| ends(v, |(_, port)| visit(Value::Uint(port.into()))))
        .shown(Shown::Never)
        .known(fd_known),
    F.text("fd.cproto", "Service of the client's port.").get(client_service).known(fd_known),
    F.text("fd.sproto", "Service of the server's port.").get(server_service).known(fd_known),
    F.text("fd.lproto", "Service of this side's port.")
        .get(|v, _, scratch| service(local(v)?.1, scratch))
        .known(fd_known),
    F.text("fd.rproto", "Service of the other side's port.")
        .get(|v, _, scratch| service(remote(v)?.1, scratch))
        .known(fd_known),
    F.network("fd.net", "Address of either end, to be tested for being in a network.")
        .arity(Arity::Ends)
        .filter_only()
        .each(|v, _, _, visit| ends(v, |(ip, _)| visit(Value::Ip(ip))))
        .shown(Shown::Never)
        .known(fd_known),
    F.network("fd.cnet", "Address of the client, to be tested for being in a network.")
        .filter_only()
        .get(|v, _, _| Some(Value::Ip(client(v)?.0)))
        .known(fd_known)
        .shown(Shown::Text("<IPNET>")),
    F.network("fd.snet", "Address of the server, to be tested for being in a network.")
        .filter_only()
        .get(|v, _, _| Some(Value::Ip(server(v)?.0)))
        .known(fd_known)
        .shown(Shown::Text("<IPNET>")),
    F.network("fd.lnet", "Address of this side, to be tested for being in a network.")
        .filter_only()
        .get(|v, _, _| Some(Value::Ip(local(v)?.0)))
        .known(fd_known)
        .shown(Shown::Text("<IPNET>")),
    F.network("fd.rnet", "Address of the other side, to be tested for being in a network.")
        .filter_only()
        .get(|v, _, _| Some(Value::Ip(remote(v)?.0)))
        .known(fd_known)
        .shown(Shown::Text("<IPNET>")),
    F.boolean("fd.connected", "Whether the socket is connected.")
        .get(|v, _, _| Some(Value::Bool(fd(v)?.is_connected())))
        .known(fd_known),
    F.text("fd.cip.name", "Host name of the client.")
        .lhs_only()
        .get(|v, _, _| host_name(v, client(v)?))
        .shown(Shown::Get(|v, _, _| host_name(v, client(v)?).filter(|name| *name != Value::Str(b""))))
        .known(fd_known),
    F.text("fd.sip.name", "Host name of the server.")
        .lhs_only()
        .get(|v, _, _| host_name(v, server_of_role(v)?))
        .shown(Shown::Get(|v, _, _| host_name(v, server_of_role(v)?).filter(|name| *name != Value::Str(b""))))
        .known(fd_known),
    F.text("fd.lip.name", "Host name of this side.")
        .lhs_only()
        .get(|v, _, _| host_name(v, local(v)?))
        .shown(Shown::Get(|v, _, _| host_name(v, local(v)?).filter(|name| *name != Value::Str(b""))))
        .known(fd_known),
    F.text("fd.rip.name", "Host name of the other side.")
        .lhs_only()
        .get(|v, _, _| host_name(v, remote(v)?))
        .shown(Shown::Get(|v, _, _| host_name(v, remote(v)?).filter(|name| *name != Value::Str(b""))))
        .known(fd_known),
];

/// The client's end of a connected socket, as soon as it is known who is the client.
fn client(v: &EventValues<'_>) -> Option<Endpoint> {
    fd(v).filter(|fd| !fd.is_role_none())?.socket.source()
}

/// The server's end of a connected socket, as soon as it is known who is the server; or the address it listens on.
fn server(v: &EventValues<'_>) -> Option<Endpoint> {
    let fd = fd(v)?;
    match fd.socket.bound() {
        Some(bound) => Some(bound),
        None => fd.socket.dest().filter(|_| !fd.is_role_none()),
    }
}

fn server_of_role(v: &EventValues<'_>) -> Option<Endpoint> {
    fd(v).filter(|fd| !fd.is_role_none())?;
    server(v)
}

fn local(v: &EventValues<'_>) -> Option<Endpoint> {
    sides(v).map(|(local, _)| local)
}

fn remote(v: &EventValues<'_>) -> Option<Endpoint> {
    sides(v).map(|(_, remote)| remote)
}

/// This side and the other side of a connected socket.
fn sides(v: &EventValues<'_>) -> Option<(Endpoint, Endpoint)> {
    let socket = &fd(v).filter(|fd| !fd.is_role_none())?.socket;
    let (source, dest) = (socket.source()?, socket.dest()?);
    Some(if v.context.is_local_ip(source.0) { (source, dest) } else { (dest, source) })
}

/// Visits both ends of a connected socket, or the address that one listens on.
fn ends(v: &EventValues<'_>, mut visit: impl FnMut(Endpoint) -> ControlFlow<()>) -> bool {
    let Some(fd) = fd(v) else { return false };
    let socket = &fd.socket;
    let first = socket.bound().or_else(|| socket.source());
    for end in first.into_iter().chain(socket.dest()) {
        if visit(end).is_break() {
            break;
        }
    }
    true
}

fn family(kind: FdKind) -> Option<&'static str> {
    match kind {
        kind if kind.is_ip() => Some("ip"),
        FdKind::Unix => Some("unix"),
        _ => None,
    }
}

fn is_server<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let socket = &fd(v)?.socket;
    let serves = socket.bound().is_some() || socket.dest().is_some_and(|(ip, _)| v.context.is_local_ip(ip));
    Some(Value::Bool(serves))
}

/// Ports are not given names: the reference leaves that off, and names would differ from host to host.
fn service(port: u16, scratch: &mut Scratch) -> Option<Value<'_>> {
    built(scratch, |out| decimal(out, port.into()))
}

/// The service of the client's port; the empty text for sockets that listen.
fn client_service<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    fd(v).filter(|fd| !fd.is_role_none())?;
    match client(v) {
        Some((_, port)) => service(port, scratch),
        None => text(b""),
    }
}

/// The service of the server's port; the empty text for sockets that listen.
fn server_service<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    if fd(v)?.socket.bound().is_some() {
        return text(b"");
    }
    service(server(v)?.1, scratch)
}

/// The host name of an address; the empty text if there is none, so that it differs from any name.
fn host_name<'a>(v: &'a EventValues<'_>, end: Endpoint) -> Option<Value<'a>> {
    text(v.host_names.and_then(|names| names.name_of(end.0)).unwrap_or_default().as_bytes())
}
