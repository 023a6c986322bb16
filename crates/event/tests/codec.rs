//! What the builder writes, the view reads; and any bytes are either an event or refused.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use windhover_event::extension::TAG_RESOLVED_PATH;
use windhover_event::{
    AT_FDCWD, BuildEventReason, Builder, DecodeEventReason, EventType, EventView, HEADER_LEN, MAX_EVENT_LEN,
    ParamTable, ParamType, ParamValue, SockAddr, SockTuple, StrList,
};

/// A value that owns its bytes, so that it can be generated.
#[derive(Clone, Debug)]
enum Made {
    Absent,
    Number(u64),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    Addr(Vec<u8>, u16, Vec<u8>),
    Fds(Vec<(i64, i16)>),
    Ip([u8; 16]),
    Dynamic(u8, Vec<u8>),
}

fn made(kind: ParamType, table: ParamTable) -> BoxedStrategy<Made> {
    let text = || prop::collection::vec(1u8.., 0..40);
    let some = match kind {
        ParamType::CharBuf | ParamType::FsPath | ParamType::FsRelPath => text().prop_map(Made::Text).boxed(),
        ParamType::ByteBuf => prop::collection::vec(any::<u8>(), 1..90).prop_map(Made::Bytes).boxed(),
        ParamType::CharBufArray | ParamType::CharBufPairArray => {
            prop::collection::vec(any::<u8>(), 1..90).prop_map(Made::Bytes).boxed()
        }
        ParamType::SockAddr | ParamType::SockTuple => {
            let families = prop_oneof![4 => prop::sample::select(vec![1u8, 2, 10]), 1 => any::<u8>()];
            (families, prop::collection::vec(any::<u8>(), 40), any::<u16>(), text())
                .prop_map(|(family, mut ips, port, path)| {
                    ips.insert(0, family);
                    Made::Addr(ips, port, path)
                })
                .boxed()
        }
        ParamType::FdList => prop::collection::vec(any::<(i64, i16)>(), 0..20).prop_map(Made::Fds).boxed(),
        ParamType::Ipv6Addr => any::<[u8; 16]>().prop_map(Made::Ip).boxed(),
        ParamType::Dyn => {
            let ParamTable::Dynamic(kinds) = table else { panic!("dynamic without alternatives") };
            let select = 0..kinds.len() as u8;
            select
                .prop_flat_map(move |selector| {
                    let len = kinds[usize::from(selector)].kind.size().map_or(0..20, |size| size..size + 1);
                    (Just(selector), prop::collection::vec(1u8.., len))
                })
                .prop_map(|(selector, payload)| Made::Dynamic(selector, payload))
                .boxed()
        }
        fixed => {
            let bits = fixed.size().unwrap_or_else(|| panic!("no size: {fixed:?}")) * 8;
            any::<u64>().prop_map(move |number| Made::Number(number >> (64 - bits))).boxed()
        }
    };
    prop_oneof![9 => some, 1 => Just(Made::Absent)].boxed()
}

fn event() -> impl Strategy<Value = (EventType, usize, Vec<Made>)> {
    (0..EventType::COUNT as u16).prop_flat_map(|code| {
        let kind = EventType::from_code(code).unwrap();
        let params = kind.info().params;
        (0..=params.len()).prop_flat_map(move |count| {
            let values: Vec<_> = params[..count].iter().map(|param| made(param.kind, param.table)).collect();
            (Just(kind), Just(count), values)
        })
    })
}

fn ends(ips: &[u8], port: u16, path: &[u8], tuple: impl FnOnce(SockTuple<'_>)) {
    let word = |at: usize| u64::from_le_bytes(ips[at..at + 8].try_into().unwrap());
    let v4 = |at: usize| Ipv4Addr::from(<[u8; 4]>::try_from(&ips[at..at + 4]).unwrap());
    let v6 = |at: usize| Ipv6Addr::from(<[u8; 16]>::try_from(&ips[at..at + 16]).unwrap());
    tuple(match ips[0] {
        1 => SockTuple::Unix { source: word(1), dest: word(9), path },
        2 => SockTuple::Inet { source: (v4(1), port), dest: (v4(5), !port) },
        10 => SockTuple::Inet6 { source: (v6(1), port), dest: (v6(17), !port) },
        other => SockTuple::Other(other),
    });
}

fn addr<'a>(ips: &[u8], port: u16, path: &'a [u8]) -> SockAddr<'a> {
    match ips[0] {
        1 => SockAddr::Unix(path),
        2 => SockAddr::Inet(Ipv4Addr::from(<[u8; 4]>::try_from(&ips[1..5]).unwrap()), port),
        10 => SockAddr::Inet6(Ipv6Addr::from(<[u8; 16]>::try_from(&ips[1..17]).unwrap()), port),
        other => SockAddr::Other(other),
    }
}

fn push(builder: &mut Builder<'_>, kind: ParamType, value: &Made) {
    match value {
        Made::Absent => builder.absent(),
        Made::Number(number) => builder.uint(*number),
        Made::Text(text) => builder.str(text),
        Made::Bytes(bytes) => builder.bytes(bytes),
        Made::Addr(ips, port, path) if kind == ParamType::SockAddr => builder.sock_addr(&addr(ips, *port, path)),
        Made::Addr(ips, port, path) => {
            ends(ips, *port, path, |tuple| {
                builder.sock_tuple(&tuple);
            });
            builder
        }
        Made::Fds(fds) => builder.fds(fds.iter().copied()),
        Made::Ip(ip) => builder.value(Some(&ParamValue::Ipv6((*ip).into()))),
        Made::Dynamic(selector, payload) => builder.dynamic(*selector, payload),
    };
}

/// Whether what was decoded is what was made.
fn same(kind: ParamType, made: &Made, value: Option<ParamValue<'_>>) -> bool {
    use ParamValue as V;
    match (made, value) {
        (Made::Absent, None) => true,
        (Made::Text(text), None) => text == b"(NULL)",
        (Made::Text(text), Some(V::Str(found) | V::Path(found))) => found == text,
        (Made::Bytes(bytes), Some(V::Bytes(found))) => found == bytes,
        (Made::Bytes(bytes), Some(V::StrList(found) | V::PairList(found))) => found == StrList::new(bytes),
        (Made::Addr(ips, port, path), Some(V::SockAddr(found))) => found == addr(ips, *port, path),
        (Made::Addr(ips, port, path), Some(V::SockTuple(found))) => {
            let mut equal = false;
            ends(ips, *port, path, |tuple| equal = tuple == found);
            equal
        }
        (Made::Fds(fds), Some(V::FdList(found))) => found.iter().eq(fds.iter().copied()),
        (Made::Ip(ip), Some(V::Ipv6(found))) => found.octets() == *ip,
        (Made::Dynamic(selector, payload), Some(V::Dynamic(found))) => {
            found.selector == *selector && found.payload == payload && found.value().is_ok()
        }
        (Made::Number(number), Some(value)) => {
            let bytes = number.to_le_bytes();
            let signed = match kind.size() {
                Some(1) => i64::from(bytes[0] as i8),
                Some(2) => i64::from(*number as i16),
                Some(4) => i64::from(*number as i32),
                _ => *number as i64,
            };
            match value {
                V::Int(n) | V::Errno(n) | V::Fd(n) | V::Pid(n) => n == signed,
                V::Uint(n) | V::RelTime(n) | V::AbsTime(n) => n == *number,
                V::SyscallId(n) | V::Port(n) => u64::from(n) == *number,
                V::Signal(n) | V::L4Proto(n) | V::SockFamily(n) => u64::from(n) == *number,
                V::SignalSet(n) | V::Flags(n) | V::EnumFlags(n) | V::Mode(n) | V::Uid(n) | V::Gid(n) => {
                    u64::from(n) == *number
                }
                V::Ipv4(ip) => ip.octets() == bytes[..4],
                _ => false,
            }
        }
        _ => false,
    }
}

/// Reads everything that there is to read.
fn exercise(event: &EventView<'_>) {
    let bytes: Vec<&[u8]> = event.params().collect();
    assert_eq!(bytes.len(), event.nparams());
    for (index, bytes) in bytes.iter().enumerate() {
        assert_eq!(event.param(index), Some(*bytes));
        if let Ok(Some(ParamValue::Dynamic(dynamic))) = event.value(index) {
            let _ = dynamic.value();
        }
        event.str_list(index).iter().for_each(|text| assert!(!text.contains(&0)));
        let _ = (event.str(index), event.i64(index), event.u8(index), event.sock_tuple(index), event.sock_addr(index));
    }
    assert_eq!(event.param(event.nparams()), None);
    let _ = (event.resolved_path(), event.extension().count(), event.connections().count(), event.name());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_built_is_decoded((kind, count, values) in event(), ts: u64, tid: i64, path in prop::option::of(prop::collection::vec(1u8.., 1..50))) {
        let mut buffer = b"before".to_vec();
        let mut builder = Builder::with_nparams(&mut buffer, kind, ts, tid, count);
        for (info, value) in kind.info().params.iter().zip(&values) {
            push(&mut builder, info.kind, value);
        }
        if let Some(path) = &path {
            builder.extension(9, b"unknown").extension(TAG_RESOLVED_PATH, path);
        }
        let event = builder.finish().unwrap();
        prop_assert_eq!((event.ts(), event.tid(), event.kind(), event.nparams()), (ts, tid, kind, count));
        prop_assert_eq!(event.resolved_path(), path.as_deref());
        prop_assert_eq!(event.trailer().is_empty(), path.is_none());
        exercise(&event);
        let mut again = Vec::new();
        let mut copy = Builder::with_nparams(&mut again, kind, ts, tid, count);
        for (index, (info, made)) in kind.info().params.iter().zip(&values).enumerate() {
            let value = event.value(index).unwrap();
            prop_assert!(same(info.kind, made, value), "{} {:?} {:?}", info.name, made, value);
            copy.value(value.as_ref());
        }
        let copy = copy.finish().unwrap();
        for index in 0..count {
            prop_assert_eq!(copy.value(index).unwrap(), event.value(index).unwrap());
        }
        prop_assert!(buffer.starts_with(b"before"));
    }

    #[test]
    fn any_bytes_are_an_event_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), len in 0u32..220, code in 0u16..460, nparams in 0u32..34) {
        if let Ok(event) = EventView::parse(&bytes) {
            exercise(&event);
        }
        // Mostly refused as they are, so the header is made plausible.
        let mut bytes = bytes;
        if bytes.len() >= HEADER_LEN {
            bytes[16..20].copy_from_slice(&len.to_le_bytes());
            bytes[20..22].copy_from_slice(&code.to_le_bytes());
            bytes[22..26].copy_from_slice(&nparams.to_le_bytes());
            // Small lengths, so that many fit.
            bytes[HEADER_LEN..].iter_mut().take(2 * nparams as usize).enumerate().for_each(|(at, byte)| *byte = if at % 2 == 0 { *byte % 24 } else { 0 });
            if let Ok(event) = EventView::parse(&bytes) {
                exercise(&event);
            }
        }
    }

    #[test]
    fn cutting_an_event_short_is_refused((kind, count, values) in event(), cut in 1usize..) {
        let mut buffer = Vec::new();
        let mut builder = Builder::with_nparams(&mut buffer, kind, 0, 0, count);
        for (info, value) in kind.info().params.iter().zip(&values) {
            push(&mut builder, info.kind, value);
        }
        let len = builder.finish().unwrap().bytes().len();
        let cut = len - 1 - (cut % len);
        prop_assert_eq!(EventView::parse(&buffer[..cut]).unwrap_err().reason, DecodeEventReason::Truncated);
    }
}

#[test]
fn malformed_headers_are_named() {
    let mut bytes = Vec::new();
    let mut builder = Builder::new(&mut bytes, EventType::SYSCALL_CLOSE_X, 1, 2);
    builder.int(0).int(3);
    builder.finish().unwrap();
    let with = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        EventView::parse(&bytes).map(|_| ()).unwrap_err().to_string()
    };
    let messages = [
        with(16, &25u32.to_le_bytes()),
        with(16, &u32::MAX.to_le_bytes()),
        with(20, &454u16.to_le_bytes()),
        with(22, &3u32.to_le_bytes()),
        with(26, &9u16.to_le_bytes()),
    ];
    let wanted = [
        "malformed event at byte 16: truncated",
        "malformed event at byte 16: truncated",
        "malformed event at byte 20: unknown event type 454",
        "malformed event at byte 22: 3 parameters where the event has at most 2",
        "malformed event at byte 30: parameter lengths exceed the event",
    ];
    assert_eq!(messages, wanted);
}

#[test]
fn mistakes_in_building_are_told_and_leave_the_buffer_alone() {
    type Mistake = fn(&mut Builder<'_>);
    let table: [(Mistake, usize, BuildEventReason); 8] = [
        (|_| {}, 0, BuildEventReason::MissingParams),
        (
            |b| {
                b.int(0);
            },
            1,
            BuildEventReason::MissingParams,
        ),
        (
            |b| {
                b.str(b"x").int(3);
            },
            0,
            BuildEventReason::WrongType(ParamType::Errno),
        ),
        (
            |b| {
                b.int(0).int(AT_FDCWD).str(b"x").uint(1 << 32);
            },
            3,
            BuildEventReason::OutOfRange(4),
        ),
        (
            |b| {
                b.int(0).int(0).str(&vec![b'a'; 65_535]).uint(0);
            },
            2,
            BuildEventReason::TooLong,
        ),
        (
            |b| {
                b.int(0).int(0).str(&vec![b'a'; MAX_EVENT_LEN]).uint(0);
            },
            4,
            BuildEventReason::TooLong,
        ),
        (
            |b| {
                b.int(0).int(0).str(b"a").uint(0).uint(0);
            },
            4,
            BuildEventReason::TooManyParams,
        ),
        (
            |b| {
                b.extension(1, b"a");
            },
            0,
            BuildEventReason::MissingParams,
        ),
    ];
    for (mistake, index, reason) in table {
        let mut bytes = b"before".to_vec();
        let mut builder = Builder::new(&mut bytes, EventType::SYSCALL_UNLINKAT_2_X, 0, 0);
        mistake(&mut builder);
        let error = builder.finish().map(|_| ()).unwrap_err();
        assert_eq!((error.index, error.reason), (index, reason));
        assert_eq!(bytes, b"before");
    }
}

#[test]
fn bytes_without_the_magic_are_no_extension() {
    let mut bytes = Vec::new();
    let mut builder = Builder::new(&mut bytes, EventType::SYSCALL_CLOSE_X, 1, 2);
    builder.int(0).int(3);
    builder.finish().unwrap();
    bytes.extend_from_slice(b"\x01\0\x01\0a");
    let len = bytes.len() as u32;
    bytes[16..20].copy_from_slice(&len.to_le_bytes());
    let event = EventView::parse(&bytes).unwrap();
    assert_eq!(event.trailer(), b"\x01\0\x01\0a");
    assert_eq!(event.extension().count(), 0);
    assert_eq!(event.i64(1), Some(3));
}

#[test]
fn names_of_generic_events_are_those_of_the_call() {
    let name = |id: u64, native: u64| {
        let mut bytes = Vec::new();
        let mut builder = Builder::new(&mut bytes, EventType::GENERIC_X, 1, 2);
        builder.uint(id).uint(native);
        builder.finish().unwrap().name()
    };
    assert_eq!(name(16, 39), "getpid");
    assert_eq!(name(9999, 39), "unknown");
    #[cfg(target_arch = "x86_64")]
    assert_eq!(name(0, 39), "getpid");
}
