//! Random conditions about files, of few words so that they often hold.

use proptest::prelude::*;

const PATHS: [&str; 14] = [
    "/etc/shadow",
    "/etc/",
    "/etc",
    "shadow",
    ".key",
    "/srv/x",
    "./x",
    "../",
    "/",
    "/etc/sub/key",
    "LONG",
    "/etc/sub",
    "x",
    "/ns/",
];
const GLOBS: [&str; 7] = ["/etc/*", "*/sub/*", "/e??/shadow", "*key", "*", "/etc/[st]*", "*/../*"];
const PATH_FIELDS: [&str; 9] = [
    "fd.name",
    "fd.name",
    "fd.nameraw",
    "fd.directory",
    "fd.filename",
    "fs.path.name",
    "fs.path.nameraw",
    "evt.arg.name",
    "evt.arg.path",
];
const OTHERS: [&str; 61] = [
    "evt.rawres = -2",
    "evt.rawres != 3",
    "evt.rawres < 0",
    "evt.rawres <= 3",
    "evt.rawres >= 4",
    "evt.rawres in (-2, -13)",
    "evt.rawres in (-2, 3)",
    "evt.failed = true",
    "evt.failed = false",
    "evt.res = SUCCESS",
    "evt.res in (ENOENT, EACCES)",
    "evt.res startswith E",
    "evt.res != SUCCESS",
    "fd.num >= 0",
    "fd.num < 0",
    "fd.num in (-1, 3)",
    "fd.num > 3",
    "evt.is_open_read = true",
    "evt.is_open_write = true",
    "evt.is_open_write = false",
    "fd.typechar = 'f'",
    "fd.type in (directory, ipv4)",
    "fd.type = ipv4",
    "container.id = host",
    "proc.name = worker",
    "proc.name in (worker, other)",
    "proc.name startswith oth",
    "user.uid = 1000",
    "user.uid != 0",
    "user.uid > 1000 and proc.name != other",
    "proc.pname = other",
    "evt.num = 0",
    "fd.name_changed = true",
    "fd.name_changed = true and fd.l4proto != tcp",
    "fd.name_changed = false",
    "fd.connected = false",
    "fd.sport = 80",
    "fd.sport in (80, 22)",
    "fd.sport != 443",
    "fd.sport < 100",
    "fd.sport exists",
    "fd.sip = 10.1.2.3",
    "fd.sip in ('::1', 127.0.0.1)",
    "fd.sip != 10.1.2.3",
    "fd.snet in (10.0.0.0/8, 92.0.0.0/7)",
    "fd.snet in ('fd00::/9', '::1/128')",
    "fd.snet != 10.0.0.0/15",
    "fd.net = 10.0.0.0/8",
    "fd.net != 127.0.0.0/8",
    "fd.ip != 10.1.2.3",
    "fd.port = 80",
    "fd.cip = 10.0.0.1",
    "fd.rport = 80",
    "fd.l4proto = tcp",
    "fd.l4proto != udp",
    "fd.typechar in (4, 6)",
    "fd.type != ipv4",
    "fd.sockfamily = ip",
    "fd.ip exists",
    "fd.connected = true",
    "fd.port exists",
];
const TYPES: [&str; 20] = [
    "evt.type in (open, openat, creat)",
    "evt.type = openat",
    "evt.type in (open, openat)",
    "evt.type in (unlink, unlinkat, rmdir)",
    "evt.type = mkdir",
    "evt.type = fchmod",
    "evt.type in (fstat, fchmod)",
    "evt.type in (dup, fcntl)",
    "evt.type = close",
    "evt.type in (openat, fstat)",
    "evt.type in (creat, unlinkat)",
    "evt.type = flock",
    "evt.type in (sendto, recvfrom)",
    "evt.type = sendto",
    "evt.type = connect",
    "evt.type = connect",
    "evt.type = connect",
    "evt.type in (connect, fstat)",
    "evt.type in (connect, sendto)",
    "evt.type = shutdown",
];

fn atom() -> impl Strategy<Value = String> {
    let path = (prop::sample::select(&PATH_FIELDS[..]), 0..11_usize, prop::sample::subsequence(&PATHS[..], 1..3));
    let path = (path, prop::sample::select(&GLOBS[..])).prop_map(|((field, op, texts), glob)| match op {
        0 | 1 => format!("{field} = '{}'", texts[0]),
        2 => format!("{field} != '{}'", texts[0]),
        3 => format!("{field} in ('{}')", texts.join("', '")),
        4 | 5 => format!("{field} startswith '{}'", texts[0]),
        6 => format!("{field} endswith '{}'", texts[0]),
        7 => format!("{field} contains '{}'", texts[0]),
        8 => format!("{field} pmatch ('{}')", texts.join("', '")),
        9 => format!("{field} exists"),
        _ => format!("{field} glob '{glob}'"),
    });
    prop_oneof![3 => path, 2 => prop::sample::select(&OTHERS[..]).prop_map(str::to_owned)]
}

/// A condition about events of a few types.
pub fn condition() -> impl Strategy<Value = String> {
    let tree = atom().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" and "))),
            2 => prop::collection::vec(inner.clone(), 2..4).prop_map(|any| format!("({})", any.join(" or "))),
            1 => inner.prop_map(|it| format!("(not {it})")),
        ]
    });
    (prop::sample::select(&TYPES[..]), tree).prop_map(|(types, tree)| format!("{types} and {tree}"))
}
