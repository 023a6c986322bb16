//! Real captures, of all ages, read whole.

use std::fs::File;
use std::io::Cursor;

use windhover_capture::{Compression, Reader};
use windhover_event::snapshot::Snapshot;

mod fixture;

/// Events in each capture, and how many of them remain in today's schema: the reference's highest `evt.num`, except that
/// it does not number the events that carry users and groups.
const EVENTS: [(&str, u64, u64); 17] = [
    ("v1_files", 32_513, 32_513),
    ("v2_net", 21_432, 21_432),
    ("v3_proc", 40_271, 40_271),
    ("v4_alerts_container", 72_464, 72_464),
    ("v4_alerts_host", 71_587, 71_587),
    ("v5_container", 29_393, 29_393),
    ("third-party/cat_write", 345, 307),
    ("third-party/connect_localhost", 374, 371),
    ("third-party/curl_google", 1536, 991),
    ("third-party/curl_google_comments", 1536, 991),
    ("third-party/empty", 143, 143),
    ("third-party/open-multiple-files", 1272, 1243),
    ("third-party/ping_sendto", 1526, 1516),
    ("third-party/sample", 572, 485),
    ("third-party/single_ipv6_conn", 1728, 1717),
    ("third-party/syscall", 368, 366),
    ("third-party/test_ipv6_client", 326, 297),
];

/// Entries of the lists: processes, descriptors, users, groups, interfaces.
const ENTRIES: [(&str, [usize; 5]); 4] = [
    ("curl_google", [54, 316, 31, 55, 5]),
    ("curl_google_comments", [54, 316, 31, 55, 5]),
    ("single_ipv6_conn", [154, 564, 42, 72, 13]),
    ("test_ipv6_client", [58, 333, 31, 55, 5]),
];

#[test]
fn every_event_of_every_capture_is_read() {
    let Some(dir) = fixture::captures() else { return };
    for (name, blocks, given) in EVENTS {
        let (whole, error) = fixture::read_all(Reader::open(dir.join(name).with_extension("scap")));
        assert!(error.is_none(), "{name}: {error:?}");
        assert_eq!((whole.stats.event_blocks, whole.events.len() as u64), (blocks, given), "{name}");
        assert_eq!(whole.stats.event_blocks, given + whole.stats.dropped_events, "{name}");
        assert_eq!((whole.stats.unknown_blocks, whole.stats.unknown_events), (0, 0), "{name}");
        assert_eq!((whole.stats.orphan_descriptor_lists, whole.stats.sections), (0, 1), "{name}");
    }
}

#[test]
fn lists_have_the_entries_that_the_capture_has() {
    let Some(dir) = fixture::captures() else { return };
    for (name, entries) in ENTRIES {
        let reader = Reader::open(dir.join("third-party").join(name).with_extension("scap")).unwrap();
        let Snapshot { threads, users, groups, interfaces, .. } = reader.snapshot();
        let fds = threads.iter().map(|thread| thread.fds.len()).sum();
        assert_eq!([threads.len(), fds, users.len(), groups.len(), interfaces.len()], entries, "{name}");
    }
}

#[test]
fn what_the_lists_say_is_read() {
    let Some(dir) = fixture::captures() else { return };
    let reader = Reader::open(dir.join("v1_files.scap")).unwrap();
    let Snapshot { machine, threads, .. } = reader.snapshot();
    assert_eq!((machine.hostname.as_str(), machine.num_cpus), ("host-a", 2));
    let demo = threads.iter().find(|thread| !thread.cgroups.is_empty()).unwrap();
    assert!(demo.env.split(|&byte| byte == 0).any(|pair| pair == b"WHCAP=1"), "{demo:?}");
    assert!(demo.cgroups.ends_with(b"/system.slice/demo.service\0"));
}

#[test]
fn plain_streamed_and_compressed_captures_read_the_same() {
    let Some(dir) = fixture::captures() else { return };
    for path in fixture::capture_files(&dir) {
        let bytes = fixture::plain(&path);
        let plain = std::env::temp_dir().join(format!("windhover-{}-plain.scap", std::process::id()));
        std::fs::write(&plain, &bytes).unwrap();
        let (from_file, error) = fixture::read_all(Reader::open(&plain));
        std::fs::remove_file(&plain).unwrap();
        assert!(error.is_none(), "{}: {error:?}", path.display());
        let (compressed, _) = fixture::read_all(Reader::from_read(File::open(&path).unwrap()));
        let (streamed, _) = fixture::read_all(Reader::from_read(Trickle(Cursor::new(bytes))));
        assert!(from_file == compressed, "{}", path.display());
        assert!(from_file == streamed, "{}", path.display());
    }
}

#[test]
fn what_is_read_and_written_reads_the_same() {
    let Some(dir) = fixture::captures() else { return };
    for path in fixture::capture_files(&dir) {
        let (first, error) = fixture::read_all(Reader::open(&path));
        assert!(error.is_none(), "{}: {error:?}", path.display());
        for compression in [Compression::None, Compression::Gzip] {
            let (second, error) = fixture::read_bytes(&fixture::write_all(&first, compression));
            assert!(error.is_none(), "{}: {error:?}", path.display());
            assert!(first.snapshots == second.snapshots, "{}", path.display());
            assert!(first.events == second.events, "{}", path.display());
            assert_eq!((second.stats.converted_events, second.stats.dropped_events), (0, 0), "{}", path.display());
        }
    }
}

#[test]
fn progress_ends_at_the_whole_source() {
    let Some(dir) = fixture::captures() else { return };
    let path = dir.join("third-party/curl_google.scap");
    let mut reader = Reader::open(&path).unwrap();
    while reader.next().unwrap().is_some() {}
    let length = std::fs::metadata(&path).unwrap().len();
    assert_eq!((reader.progress().read, reader.progress().total), (length, Some(length)));
}

/// Gives a few bytes at a time, as a pipe may.
struct Trickle<R>(R);

impl<R: std::io::Read> std::io::Read for Trickle<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let few = buffer.len().min(4099);
        self.0.read(&mut buffer[..few])
    }
}
