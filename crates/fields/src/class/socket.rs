//! `fd.*` fields of sockets: addresses, ports, protocols and roles.

use windhover_filter::{Arity, Scope};

use crate::definition::{Class, Definition, Maker, PrintFormat};

const F: Maker = Maker { class: Class::Fd, scope: Scope::Fd };

pub(crate) const FIELDS: &[Definition] = &[
    F.address("fd.ip", "Address of either end.").arity(Arity::Ends).filter_only(),
    F.address("fd.cip", "Address of the client."),
    F.address("fd.sip", "Address of the server."),
    F.address("fd.lip", "Address of this side."),
    F.address("fd.rip", "Address of the other side."),
    F.port("fd.port", "Port of either end.").arity(Arity::Ends).filter_only(),
    F.port("fd.cport", "Port of the client."),
    F.port("fd.sport", "Port of the server."),
    F.port("fd.lport", "Port of this side."),
    F.port("fd.rport", "Port of the other side."),
    F.text("fd.l4proto", "Transport protocol: `tcp`, `udp`, `icmp` or `raw`; the text `<NA>` for other descriptors."),
    F.text("fd.sockfamily", "`ip` or `unix`."),
    F.boolean("fd.is_server", "Whether this side is the server."),
    F.port("fd.proto", "Service of either end, by name or number.")
        .arity(Arity::Ends)
        .print(PrintFormat::Plain)
        .filter_only(),
    F.text("fd.cproto", "Service of the client's port."),
    F.text("fd.sproto", "Service of the server's port."),
    F.text("fd.lproto", "Service of this side's port."),
    F.text("fd.rproto", "Service of the other side's port."),
    F.network("fd.net", "Address of either end, to be tested for being in a network.").arity(Arity::Ends).filter_only(),
    F.network("fd.cnet", "Address of the client, to be tested for being in a network.").filter_only(),
    F.network("fd.snet", "Address of the server, to be tested for being in a network.").filter_only(),
    F.network("fd.lnet", "Address of this side, to be tested for being in a network.").filter_only(),
    F.network("fd.rnet", "Address of the other side, to be tested for being in a network.").filter_only(),
    F.boolean("fd.connected", "Whether the socket is connected."),
    F.text("fd.cip.name", "Host name of the client.").lhs_only(),
    F.text("fd.sip.name", "Host name of the server.").lhs_only(),
    F.text("fd.lip.name", "Host name of this side.").lhs_only(),
    F.text("fd.rip.name", "Host name of the other side.").lhs_only(),
];
