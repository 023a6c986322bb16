//! What can be told of a predicate about a connect by the connection that it made, as [`windhover_event::connection`] writes
//! it.

use std::net::IpAddr;

use windhover_event::connection::{port_text, push_halves, sort};
use windhover_event::{EventType, ParamType, event_flag};
use windhover_filter::{Op, Pattern, Predicate, Rhs, Source};

use super::{KernelTold, SOCKET_FIELDS, has_base, has_ends, opens_file, told_of_kind};
use crate::class::DEFINITIONS;

/// Longer lists of addresses and ports would take the room of everything else.
const MAX_PATTERNS: usize = 256;

/// Sockets of which a predicate may hold whatever it says of those that are told: nothing more is known of them.
const UNTOLD: [u8; 2] = [sort::FAILED, sort::OTHER];
const TCP: [u8; 2] = [sort::TCP4, sort::TCP6];
const UDP: [u8; 2] = [sort::UDP4, sort::UDP6];

/// The event of a connect's end.
pub const CONNECT: EventType = EventType::SOCKET_CONNECT_X;

/// What a predicate says of the socket that a connect was about, if the model knows it; `None` where it is about
/// something else.
pub fn told_of_connection(predicate: &Predicate) -> Option<KernelTold> {
    let Source::Field(field) = &predicate.lhs else { return None };
    let name = DEFINITIONS.get(usize::from(field.def))?.name;
    let told = match name {
        "fd.type" => of_sorts(predicate, |sort| Some(kind(sort)?.0)),
        "fd.typechar" => of_sorts(predicate, |sort| Some(kind(sort)?.1)),
        "fd.sockfamily" => of_sorts(predicate, |sort| Some(kind(sort)?.2)),
        "fd.l4proto" => of_sorts(predicate, protocol),
        "fd.connected" => of_connected(predicate),
        // Who serves is certain of TCP: who has connected is the client.
        "fd.sip" | "fd.snet" | "fd.sport" => of_other_end(predicate, true),
        name if has_ends(name) && predicate.op == Op::Exists => KernelTold::Nothing,
        name if has_ends(name) => of_other_end(predicate, false),
        name if is_of_internet_socket(name) => of_internet_socket(),
        _ => return None,
    };
    Some(told)
}

/// The same if the model does not know the socket: `None` where the predicate is about something else.
pub fn told_of_unknown_socket(predicate: &Predicate) -> Option<KernelTold> {
    const MISSING: [&str; 5] = ["fd.type", "fd.l4proto", "fd.sockfamily", "fd.connected", "fd.is_server"];
    let Source::Field(field) = &predicate.lhs else { return None };
    let name = DEFINITIONS.get(usize::from(field.def))?.name;
    match name {
        "fd.typechar" => Some(told_of_kind(predicate, &[b"o"])),
        name if MISSING.contains(&name) || is_of_internet_socket(name) => Some(KernelTold::Never),
        _ => None,
    }
}

/// Whether events of a type are about a descriptor that may be a socket which has been connected.
pub fn is_about_connected_socket(kind: EventType) -> bool {
    const MAY_BE_EMPTY: [&str; 2] = ["newfstatat", "fchownat"];
    let has_fd = kind.info().params.iter().any(|param| param.kind == ParamType::Fd);
    let makes_only = kind.info().flags & (event_flag::CREATES_FD | event_flag::USES_FD) == event_flag::CREATES_FD;
    let needs_directory = has_base(kind) && !MAY_BE_EMPTY.contains(&kind.name());
    has_fd && !opens_file(kind) && !needs_directory && !makes_only
}

fn is_of_internet_socket(name: &str) -> bool {
    SOCKET_FIELDS.iter().any(|prefix| name.starts_with(prefix))
}

/// `fd.type`, `fd.typechar`, `fd.sockfamily`.
fn kind(letter: u8) -> Option<(&'static [u8], &'static [u8], &'static [u8])> {
    match letter {
        sort::TCP4 | sort::UDP4 => Some((b"ipv4", b"4", b"ip")),
        sort::TCP6 | sort::UDP6 => Some((b"ipv6", b"6", b"ip")),
        sort::UNIX => Some((b"unix", b"u", b"unix")),
        _ => None,
    }
}

fn protocol(letter: u8) -> Option<&'static [u8]> {
    match letter {
        sort::TCP4 | sort::TCP6 => Some(b"tcp"),
        sort::UDP4 | sort::UDP6 => Some(b"udp"),
        sort::UNIX => Some(b"<NA>"),
        _ => None,
    }
}

fn letters() -> impl Iterator<Item = u8> {
    TCP.into_iter().chain(UDP).chain([sort::UNIX])
}

/// A text pattern that holds of any of these sockets.
fn begins(letters: &[u8]) -> Vec<Pattern> {
    letters.iter().map(|letter| Pattern::Begins([b'/', *letter][..].into())).collect()
}

/// A comparison of a text that follows from what the socket is.
fn of_sorts(predicate: &Predicate, text_of: fn(u8) -> Option<&'static [u8]>) -> KernelTold {
    let Rhs::Texts(texts) = &predicate.rhs else { return KernelTold::Nothing };
    if !matches!(predicate.op, Op::Eq | Op::In | Op::Ne) {
        return KernelTold::Nothing;
    }
    let is_one = |letter: &u8| text_of(*letter).is_some_and(|text| texts.iter().any(|wanted| **wanted == *text));
    let equal: Vec<u8> = letters().filter(is_one).collect();
    told(predicate, begins(&equal), &UNTOLD)
}

fn of_connected(predicate: &Predicate) -> KernelTold {
    let connected = || begins(&[TCP, UDP].concat());
    // A socket between processes is a stream that may have been connected or not.
    let perhaps = [sort::UNIX, sort::FAILED, sort::OTHER];
    match (predicate.op, &predicate.rhs) {
        (Op::Eq, Rhs::Bools(bools)) if **bools == [true] => told(predicate, connected(), &perhaps),
        (Op::Eq, Rhs::Bools(bools)) if **bools == [false] => told(predicate, vec![], &perhaps),
        _ => KernelTold::Nothing,
    }
}

/// A comparison of the other end of a connection, which is the `only` one that counts or one of two.
fn of_other_end(predicate: &Predicate, only: bool) -> KernelTold {
    let equality = matches!(predicate.op, Op::Eq | Op::In | Op::Ne);
    let equal = match &predicate.rhs {
        Rhs::Ips(ips) if equality => Some(ips.iter().flat_map(|&ip| network(ip, whole(ip))).collect()),
        // Of several networks for either end only the first one counts.
        Rhs::Nets(nets) if equality => {
            let count = if only { nets.len() } else { 1 };
            Some(nets.iter().take(count).flat_map(|net| network(net.address, net.prefix)).collect())
        }
        Rhs::Numbers(numbers) => ports(predicate.op, numbers),
        Rhs::None if predicate.op == Op::Exists => Some(begins(&[TCP, UDP].concat())),
        _ => None,
    };
    match equal {
        Some(equal) if equal.len() <= MAX_PATTERNS => {
            let either = if only { &[][..] } else { &TCP };
            told(predicate, equal, &[either, &UDP, &UNTOLD].concat())
        }
        _ => of_internet_socket(),
    }
}

/// It may hold of any internet socket, and of no other.
fn of_internet_socket() -> KernelTold {
    let among = vec![begins(&[TCP, UDP, UNTOLD].concat())];
    KernelTold::Connection { among: Some(among), outside: vec![], certain: vec![] }
}

/// What is told of a comparison that certainly holds of the connections `equal`, and perhaps of these sorts.
fn told(predicate: &Predicate, equal: Vec<Pattern>, perhaps: &[u8]) -> KernelTold {
    if predicate.quantifier.is_some() {
        return KernelTold::Nothing;
    }
    let equal: Vec<_> = (!equal.is_empty()).then_some(equal).into_iter().collect();
    if predicate.op == Op::Ne {
        return KernelTold::Connection { among: None, outside: equal, certain: vec![] };
    }
    let among = equal.iter().cloned().chain([begins(perhaps)]).collect();
    KernelTold::Connection { among: Some(among), outside: vec![], certain: equal }
}

fn whole(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// What the texts of TCP connections into a network begin with.
fn network(address: IpAddr, prefix: u8) -> Vec<Pattern> {
    let (letter, bytes) = match address {
        IpAddr::V4(ip) => (sort::TCP4, ip.octets().to_vec()),
        IpAddr::V6(ip) => (sort::TCP6, ip.octets().to_vec()),
    };
    let prefix = usize::from(prefix.min(whole(address)));
    let (whole_halves, bits) = (prefix / 4, prefix % 4);
    let mut halves = Vec::new();
    push_halves(&bytes, &mut halves);
    let begin = [&[b'/', letter], &halves[..whole_halves]].concat();
    if bits == 0 {
        return vec![Pattern::Begins(begin.into())];
    }
    // The last half-byte is free in its lower bits.
    let (first, free) = (halves[whole_halves], 4 - bits);
    let first = first - (first - b'a') % (1 << free);
    (first..first + (1 << free)).map(|half| Pattern::Begins([&begin[..], &[half]].concat().into())).collect()
}

/// What the texts of TCP connections end with whose port compares so; `None` where these are too many.
fn ports(op: Op, numbers: &[i128]) -> Option<Vec<Pattern>> {
    let ends = |port: u16| Pattern::Ends(port_text(port).into());
    let only = match numbers {
        [only] => *only,
        _ => 0,
    };
    let (first, last) = match op {
        Op::Eq | Op::In | Op::Ne if numbers.len() <= MAX_PATTERNS => {
            let ports = numbers.iter().filter_map(|number| u16::try_from(*number).ok());
            return Some(ports.map(ends).collect());
        }
        Op::Lt => (0, only - 1),
        Op::Le => (0, only),
        Op::Gt => (only + 1, i128::from(u16::MAX)),
        Op::Ge => (only, i128::from(u16::MAX)),
        _ => return None,
    };
    let range = first.max(0)..=last.min(i128::from(u16::MAX));
    if range.clone().count() > MAX_PATTERNS {
        return None;
    }
    Some(range.filter_map(|port| u16::try_from(port).ok()).map(ends).collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::predicate;
    use super::*;

    /// Lists of patterns, each a text.
    fn shown(texts: &[Vec<Pattern>]) -> Vec<String> {
        let bytes = |pattern: &Pattern| String::from_utf8_lossy(pattern.bytes()).into_owned();
        texts.iter().map(|text| text.iter().map(bytes).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn the_other_end_is_what_texts_begin_and_end_with() {
        const NOTHING: &[&str] = &[];
        let (either, udp) = ("/A /B /C /D /Z /Y", "/C /D /Z /Y");
        for (text, among, outside, certain) in [
            ("fd.sip = 10.0.0.1", &["/Aakaaaaab", udp][..], NOTHING, &["/Aakaaaaab"][..]),
            ("fd.sip != 10.0.0.1", NOTHING, &["/Aakaaaaab"], NOTHING),
            ("fd.snet in (10.64.0.0/10)", &["/Aake /Aakf /Aakg /Aakh", udp], NOTHING, &["/Aake /Aakf /Aakg /Aakh"]),
            ("fd.snet in ('fe80::/10')", &["/Bpoi /Bpoj /Bpok /Bpol", udp], NOTHING, &["/Bpoi /Bpoj /Bpok /Bpol"]),
            ("fd.sport in (80, 443)", &[":aafa :abll", udp], NOTHING, &[":aafa :abll"]),
            ("fd.sport < 2", &[":aaaa :aaab", udp], NOTHING, &[":aaaa :aaab"]),
            ("fd.sport > 1024", &[either], NOTHING, NOTHING),
            ("fd.sport exists", &["/A /B /C /D", udp], NOTHING, &["/A /B /C /D"]),
            ("fd.net = 127.0.0.0/8", &["/Ahp", either], NOTHING, &["/Ahp"]),
            ("fd.net != 127.0.0.0/8", NOTHING, &["/Ahp"], NOTHING),
            ("fd.cip = 127.0.0.1", &[either], NOTHING, NOTHING),
            ("fd.type in (ipv4, unix)", &["/A /C /U", "/Z /Y"], NOTHING, &["/A /C /U"]),
            ("fd.l4proto != udp", NOTHING, &["/C /D"], NOTHING),
            ("fd.connected = true", &["/A /B /C /D", "/U /Z /Y"], NOTHING, &["/A /B /C /D"]),
        ] {
            let told = told_of_connection(&predicate(text));
            let Some(KernelTold::Connection { among: may, outside: not, certain: sure }) = told else {
                panic!("{text}: {told:?}")
            };
            let found = [shown(&may.unwrap_or_default()), shown(&not), shown(&sure)];
            assert_eq!(found, [among, outside, certain].map(<[&str]>::to_vec), "{text}");
        }
    }

    #[test]
    fn of_a_socket_that_is_not_known_there_is_nothing_to_compare() {
        for text in
            ["fd.sip = 10.0.0.1", "fd.l4proto = tcp", "fd.typechar = 4", "fd.sip.name = x", "fd.snet in (10.0.0.0/8)"]
        {
            assert_eq!(told_of_unknown_socket(&predicate(text)), Some(KernelTold::Never), "{text}");
        }
        assert_eq!(told_of_unknown_socket(&predicate("fd.typechar = 'o'")), Some(KernelTold::Nothing));
        assert_eq!(told_of_unknown_socket(&predicate("evt.rawres = 0")), None);
    }
}
