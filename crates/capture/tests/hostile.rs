//! Captures that are cut off, damaged, or made to do harm.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::io::Cursor;

use proptest::prelude::*;
use windhover_capture::{Compression, Limits, ReadCaptureReason, Reader, Record};
use windhover_event::EventType;

mod fixture;

/// The capture up to, and without, its first event block.
fn before_events() -> Vec<u8> {
    let mut whole = fixture::small();
    whole.events.clear();
    fixture::write_all(&whole, Compression::None)
}

fn reason(bytes: &[u8]) -> (u64, ReadCaptureReason) {
    let error = fixture::read_bytes(bytes).1.expect("there is something wrong with it");
    (error.offset, error.reason)
}

#[test]
fn a_capture_cut_anywhere_gives_what_came_before_the_cut() {
    let whole = fixture::small();
    let bytes = fixture::write_all(&whole, Compression::None);
    for cut in 0..bytes.len() {
        let (read, error) = fixture::read_bytes(&bytes[..cut]);
        assert!(whole.events.starts_with(&read.events), "cut at {cut}");
        match error {
            Some(error) => assert!(error.offset <= cut as u64, "cut at {cut}"),
            // Only between two events does a cut go unnoticed.
            None => assert!((1..whole.events.len()).contains(&read.events.len()), "cut at {cut}"),
        }
    }
}

#[test]
fn a_compressed_capture_cut_anywhere_gives_what_came_before_the_cut() {
    let whole = fixture::small();
    let bytes = fixture::write_all(&whole, Compression::Gzip);
    for cut in 0..bytes.len() {
        let (read, _) = fixture::read_bytes(&bytes[..cut]);
        assert!(whole.events.starts_with(&read.events), "cut at {cut}");
    }
}

#[test]
fn a_real_capture_cut_or_damaged_never_panics() {
    let Some(dir) = fixture::captures() else { return };
    for name in ["test_ipv6_client", "single_ipv6_conn"] {
        let mut bytes = fixture::plain(&dir.join("third-party").join(name).with_extension("scap"));
        let (whole, _) = fixture::read_bytes(&bytes);
        for cut in (0..bytes.len()).step_by(1009) {
            let (read, _) = fixture::read_bytes(&bytes[..cut]);
            assert!(whole.events.starts_with(&read.events), "{name} cut at {cut}");
        }
        for at in (0..bytes.len()).step_by(677) {
            for damage in [0xff, 0x80, 0x01] {
                bytes[at] ^= damage;
                fixture::read_bytes(&bytes);
                bytes[at] ^= damage;
            }
        }
    }
}

#[test]
fn a_capture_with_any_byte_damaged_never_panics() {
    let bytes = fixture::write_all(&fixture::small(), Compression::None);
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(4)] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            fixture::read_bytes(&damaged);
        }
    }
}

#[test]
fn what_is_no_capture_is_refused_by_name() {
    let section = before_events();
    let change = |at: usize, to: &[u8]| {
        let mut bytes = section.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        reason(&bytes)
    };
    assert!(matches!(reason(b""), (0, ReadCaptureReason::Truncated { what: "section header", .. })));
    assert!(matches!(reason(b"\x7fELF\x02\x01\x01\0\0\0\0\0"), (0, ReadCaptureReason::NotACapture(0x464c_457f))));
    assert!(matches!(change(8, &[0x1a, 0x2b, 0x3c, 0x4d]), (8, ReadCaptureReason::ByteOrder)));
    assert!(matches!(change(8, &[0; 4]), (8, ReadCaptureReason::Magic(0))));
    assert!(matches!(change(12, &[2, 0]), (12, ReadCaptureReason::Version { major: 2, minor: 2 })));
    assert!(matches!(change(24, &[29]), (24, ReadCaptureReason::Trailer { head: 28, tail: 29 })));
    assert!(matches!(change(4, &[8]), (4, ReadCaptureReason::ShortBlock { .. })));
    let (offset, none) = reason(&section);
    assert!(matches!(none, ReadCaptureReason::NoEvents) && offset == section.len() as u64);
}

#[test]
fn an_event_block_that_claims_too_much_is_refused_before_it_is_read() {
    let head = |number: u32, length: u32| [before_events(), [number, length].map(u32::to_le_bytes).concat()].concat();
    let start = before_events().len() as u64;
    let (offset, long) = reason(&head(0x216, 70_000));
    assert!(matches!(long, ReadCaptureReason::Limit { found: 69_992, limit: 65_536, .. }) && offset == start + 4);
    let (_, large) = reason(&head(0x221, u32::MAX));
    assert!(matches!(large, ReadCaptureReason::Limit { .. }), "{large}");
    let (_, short) = reason(&head(0x217, 20));
    assert!(matches!(short, ReadCaptureReason::ShortBlock { length: 20, .. }), "{short}");
}

#[test]
fn lists_are_bounded() {
    let whole = fixture::small();
    let bytes = fixture::write_all(&whole, Compression::None);
    let open = |limits| Reader::from_read_with(Cursor::new(bytes.clone()), limits).err().map(|error| error.reason);
    let limits = Limits::default();
    assert!(open(limits).is_none());
    let found = open(Limits { snapshot_entries: 2, ..limits });
    assert!(matches!(found, Some(ReadCaptureReason::Limit { found: 3, limit: 2, .. })), "{found:?}");
    let found = open(Limits { snapshot_bytes: 300, ..limits });
    assert!(matches!(found, Some(ReadCaptureReason::Limit { limit: 300, .. })), "{found:?}");
}

/// Whoever may write to a capture must not be able to end the process that reads it.
#[test]
fn a_capture_that_is_shortened_while_it_is_read_is_one_that_ends_early() {
    let mut whole = fixture::small();
    let event = whole.events[1].clone();
    whole.events = vec![event; 50_000];
    let path = std::env::temp_dir().join(format!("windhover-{}-shortened.scap", std::process::id()));
    std::fs::write(&path, fixture::write_all(&whole, Compression::None)).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    assert!(reader.next().unwrap().is_some());
    let cut = std::fs::metadata(&path).unwrap().len() / 2 + 1;
    std::fs::File::options().write(true).open(&path).unwrap().set_len(cut).unwrap();
    let mut events = 1;
    let error = loop {
        match reader.next() {
            Ok(Some(_)) => events += 1,
            Ok(None) => panic!("the end was in the middle of an event"),
            Err(error) => break error,
        }
    };
    std::fs::remove_file(&path).unwrap();
    assert!((20_000..25_000).contains(&events), "{events}");
    assert!(matches!(error.reason, ReadCaptureReason::Truncated { .. }) && error.offset <= cut, "{error}");
}

#[test]
fn nothing_follows_an_error() {
    let bytes = fixture::write_all(&fixture::small(), Compression::None);
    let mut reader = Reader::from_read(Cursor::new(bytes[..bytes.len() - 1].to_vec())).unwrap();
    while let Ok(Some(Record::Event(_))) = reader.next() {}
    assert!(matches!(reader.next(), Ok(None)));
}

#[test]
fn events_that_old_schemas_cannot_have_had_are_refused_with_their_place() {
    let mut whole = fixture::small();
    whole.events = vec![fixture::event(EventType::SYSCALL_READ_X, &[&[0; 8]])];
    let start = before_events().len() as u64;
    let (offset, unknown) = reason(&fixture::write_all(&whole, Compression::None));
    assert!(matches!(unknown, ReadCaptureReason::NoConversion { code: 7, nparams: 1 }), "{unknown}");
    assert_eq!(offset, start + 10);
    // The first parameter's length reaches beyond the event.
    let mut bytes = fixture::write_all(&fixture::small(), Compression::None);
    bytes[start as usize + 10 + 26] = 200;
    let (offset, overlong) = reason(&bytes);
    assert!(matches!(overlong, ReadCaptureReason::Event(_)), "{overlong}");
    assert_eq!(offset, start + 10 + 26 + 4);
}

proptest! {
    #[test]
    fn any_bytes_behind_a_section_header_are_read_or_refused(tail in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut bytes = before_events()[..28].to_vec();
        bytes.extend_from_slice(&tail);
        fixture::read_bytes(&bytes);
    }

    #[test]
    fn any_body_of_any_block_is_read_or_refused(
        number in prop_oneof![
            0x201_u32..0x223,
            Just(0x8000_abcd), Just(0x8001_abcd), Just(0x8010_abcd), Just(0x8011_abcd),
            Just(0x8012_abcd), Just(0x8013_abcd), Just(0x8014_abcd),
        ],
        body in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let bytes = [before_events(), fixture::block(number, &body)].concat();
        fixture::read_bytes(&bytes);
    }
}
