//! The format's corners: what each block may hold, and what follows what.
#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::io::{Cursor, Read, Write};
use std::net::Ipv4Addr;

use windhover_capture::{CapturedEvent, Compression, ReadCaptureReason, Reader, Writer};
use windhover_event::snapshot::{FdEntry, FdEntryKind, InterfaceEntry, NamedFd, ThreadEntry};
use windhover_event::{EventType, EventView};

mod fixture;

use fixture::block;

#[test]
fn a_small_capture_reads_as_written() {
    let whole = fixture::small();
    for compression in [Compression::None, Compression::Gzip] {
        let (read, error) = fixture::read_bytes(&fixture::write_all(&whole, compression));
        assert!(error.is_none(), "{error:?}");
        assert_eq!((&read.snapshots, &read.events), (&whole.snapshots, &whole.events));
    }
}

#[test]
fn blocks_are_padded_and_end_with_their_length() {
    let bytes = fixture::write_all(&fixture::small(), Compression::None);
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (mut at, mut numbers) = (0, Vec::new());
    while at < bytes.len() {
        let length = word(at + 4) as usize;
        assert_eq!(length % 4, 0);
        assert_eq!(word(at + length - 4) as usize, length);
        numbers.push(word(at));
        at += length;
    }
    assert_eq!(numbers, [0x0a0d_0d0a, 0x201, 0x215, 0x218, 0x216, 0x216, 0x217, 0x221]);
}

#[test]
fn captures_one_after_another_each_begin_anew() {
    let first = fixture::small();
    let mut second = fixture::small();
    second.snapshots[0].machine.hostname = "host-b".to_owned();
    second.events.truncate(1);
    let write = |whole| fixture::write_all(whole, Compression::Gzip);
    let (read, error) = fixture::read_bytes(&[write(&first), write(&second)].concat());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read.snapshots, [first.snapshots, second.snapshots].concat());
    assert_eq!(read.events, [first.events, second.events].concat());
    assert_eq!(read.stats.sections, 2);
}

#[test]
fn enter_events_do_not_outlive_their_capture() {
    let mut first = fixture::small();
    first.events.push(fixture::event(EventType::SYSCALL_CLOSE_E, &[&[7; 8]]));
    let mut second = fixture::small();
    second.events = vec![fixture::event(EventType::SYSCALL_CLOSE_X, &[&[0; 8]])];
    let write = |whole| fixture::write_all(whole, Compression::None);
    let (read, _) = fixture::read_bytes(&[write(&first), write(&second)].concat());
    let last = EventView::parse(&read.events.last().unwrap().bytes).unwrap();
    assert_eq!(last.param(1), Some(&[0; 8][..]));
}

#[test]
fn unknown_blocks_before_events_are_skipped_and_after_them_refused() {
    let whole = fixture::small();
    let bytes = fixture::write_all(&whole, Compression::None);
    let (section, rest) = bytes.split_at(28);
    let unknown = block(0x299, &[5; 300_001]);
    let (read, error) = fixture::read_bytes(&[section, &unknown, rest].concat());
    assert!(error.is_none(), "{error:?}");
    assert_eq!((&read.snapshots, &read.events), (&whole.snapshots, &whole.events));
    assert_eq!(read.stats.unknown_blocks, 1);
    let (read, error) = fixture::read_bytes(&[&bytes[..], &unknown].concat());
    assert_eq!(read.events, whole.events);
    assert!(matches!(error.unwrap().reason, ReadCaptureReason::UnexpectedBlock(0x299)));
}

#[test]
fn unknown_events_are_skipped_and_counted() {
    let whole = fixture::small();
    let mut newer = fixture::event(EventType::SYSCALL_CLOSE_X, &[&[0; 8], &[0; 8]]).bytes;
    newer[20..22].copy_from_slice(&(EventType::COUNT as u16).to_le_bytes());
    let body = [&[0; 2], &newer[..]].concat();
    let bytes = [fixture::write_all(&whole, Compression::None), block(0x216, &body)].concat();
    let (read, error) = fixture::read_bytes(&bytes);
    assert!(error.is_none(), "{error:?}");
    assert_eq!((read.events, read.stats.unknown_events), (whole.events, 1));
}

#[test]
fn options_behind_the_section_header_are_skipped() {
    let whole = fixture::small();
    let bytes = fixture::write_all(&whole, Compression::None);
    let header = block(0x0a0d_0d0a, &[&bytes[8..24], b"a comment"].concat());
    let (read, error) = fixture::read_bytes(&[&header, &bytes[28..]].concat());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read.events, whole.events);
}

#[test]
fn what_follows_a_gzip_file_and_is_none_is_ignored() {
    let whole = fixture::small();
    let bytes = [fixture::write_all(&whole, Compression::Gzip), vec![0; 512]].concat();
    let (read, error) = fixture::read_bytes(&bytes);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read.events, whole.events);
}

#[test]
fn version_1_events_get_their_parameter_count() {
    let mut events = Vec::new();
    for (number, flags) in [(0x204_u32, &[][..]), (0x8010_abcd, &[]), (0x208, &[1, 0, 0, 0])] {
        let mut old = fixture::event(EventType::SYSCALL_GETCWD_X, &[&[0; 8], b"/srv\0"]).bytes;
        old.drain(22..26);
        let length = old.len() as u32;
        old[16..20].copy_from_slice(&length.to_le_bytes());
        events.extend(block(number, &[&[9, 0], flags, &old].concat()));
    }
    let mut whole = fixture::small();
    whole.events.clear();
    let (read, error) = fixture::read_bytes(&[fixture::write_all(&whole, Compression::None), events].concat());
    assert!(error.is_none(), "{error:?}");
    let mut want = fixture::event(EventType::SYSCALL_GETCWD_X, &[&[0; 8], b"/srv\0"]);
    want.cpu = 9;
    let hidden = fixture::Kept { state_only: true, ..want.clone() };
    assert_eq!(read.events, [want.clone(), want, hidden]);
}

#[test]
fn an_event_too_long_for_its_block_goes_into_a_large_one() {
    let mut whole = fixture::small();
    let mut long = fixture::event(EventType::SYSCALL_GETCWD_X, &[&[0; 8], &[b'a'; 65_000]]);
    // What a probe adds behind the parameters counts as well.
    long.bytes.resize(65_530, 1);
    long.bytes[16..20].copy_from_slice(&65_530_u32.to_le_bytes());
    whole.events = vec![long];
    let bytes = fixture::write_all(&whole, Compression::None);
    let (read, error) = fixture::read_bytes(&bytes);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read.events, whole.events);
}

#[test]
fn interfaces_without_a_speed_and_unknown_ones_are_read() {
    let v4 = |kind: u16, speed: &[u8]| {
        let entry = [&kind.to_le_bytes(), &2_u16.to_le_bytes()[..], &[10, 0, 0, 1], &[255; 4], &[9; 4], speed, b"lo"];
        entry.concat()
    };
    let sized = |entry: Vec<u8>| [(entry.len() as u32).to_le_bytes().to_vec(), entry].concat();
    let want = |link_speed| InterfaceEntry::V4 {
        name: b"lo".to_vec(),
        addr: Ipv4Addr::new(10, 0, 0, 1),
        netmask: Ipv4Addr::from([255; 4]),
        broadcast: Ipv4Addr::from([9; 4]),
        link_speed,
    };
    let lists = [
        block(0x205, &[v4(1, &7_u64.to_le_bytes()), v4(3, &[])].concat()),
        block(0x219, &[sized(v4(1, &8_u64.to_le_bytes())), sized(v4(77, &[])), sized(v4(3, &[]))].concat()),
    ];
    let bytes = fixture::write_all(&fixture::small(), Compression::None);
    let (read, error) = fixture::read_bytes(&[&bytes[..28], &lists.concat(), &bytes[28..]].concat());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read.snapshots[0].interfaces, [want(7), want(0), want(8), want(0)]);
}

/// A process list entry of the newest version, up to and with the root directory.
fn process_until_root() -> Vec<u8> {
    let string = |text: &[u8]| [&(text.len() as u16).to_le_bytes(), text].concat();
    let mut entry = Vec::new();
    [9_u64, 9, 1, 9, 9].iter().for_each(|id| entry.extend(id.to_le_bytes()));
    [&b"sh"[..], b"/bin/sh", b"/bin/dash", b"-c\0id", b"/"].iter().for_each(|text| entry.extend(string(text)));
    entry.extend([0; 8 + 6 * 4 + 2 * 8]);
    entry.extend(string(b"A=b"));
    entry.extend([9_u64.to_le_bytes(), 9_u64.to_le_bytes()].concat());
    entry.extend(string(b""));
    entry.extend(string(b"/root"));
    entry
}

fn read_process(entry: &[u8]) -> ThreadEntry {
    let list = block(0x215, &[&(entry.len() as u32 + 4).to_le_bytes(), entry].concat());
    let bytes = fixture::write_all(&fixture::small(), Compression::None);
    let (read, error) = fixture::read_bytes(&[&bytes[..28], &list, &bytes[28..]].concat());
    assert!(error.is_none(), "{error:?}");
    read.snapshots[0].threads[0].clone()
}

#[test]
fn a_process_entry_may_end_behind_the_root_or_lack_the_terminal() {
    let base = process_until_root();
    let thread = read_process(&base);
    assert_eq!((&thread.args[..], &thread.env[..], &thread.root[..]), (&b"-c\0id\0"[..], &b"A=b\0"[..], &b"/root"[..]));
    assert_eq!((thread.pgid, thread.loginuid, thread.tty), (-1, u32::MAX, 0));

    // 29 bytes: login user, writable flag and three capability sets.
    let caps = [&1000_u32.to_le_bytes()[..], &[1], &[1; 8], &[2; 8], &[3; 8]].concat();
    let thread = read_process(&[&base[..], &caps].concat());
    assert_eq!((thread.loginuid, thread.exe_writable, thread.tty), (1000, true, 0));
    assert_eq!(
        (thread.cap_inheritable, thread.cap_effective),
        (u64::from_le_bytes([1; 8]), u64::from_le_bytes([3; 8]))
    );

    // Any more, and start of the namespace and terminal come before them.
    let thread = read_process(&[&base[..], &[4; 8], &34_817_u32.to_le_bytes(), &caps].concat());
    assert_eq!((thread.pidns_init_start_ts, thread.tty), (u64::from_le_bytes([4; 8]), 34_817));
    assert_eq!((thread.loginuid, thread.cap_permitted), (1000, u64::from_le_bytes([2; 8])));

    // What a newer writer adds behind the known fields is skipped.
    let rest = [&[4; 8][..], &[0; 4], &caps, &[1], &[5; 24], &[1, 1], &77_i64.to_le_bytes(), b"and more"].concat();
    let thread = read_process(&[&base[..], &rest].concat());
    assert_eq!((thread.pgid, thread.exe_lower_layer, thread.exe_from_memfd), (77, true, true));
}

#[test]
fn older_process_lists_end_where_their_version_does() {
    let string = |text: &[u8]| [&(text.len() as u16).to_le_bytes(), text].concat();
    let ids = |count: u64| (1..=count).flat_map(u64::to_le_bytes).collect::<Vec<_>>();
    let names = [string(b"sh"), string(b"sh")].concat();
    let fixed = [string(b"-c\0"), string(b"/"), vec![0; 8 + 12]].concat();
    let memory = vec![0; 12 + 16];
    let (env, inside, root) = (string(b"A=1\0"), [ids(2), string(b"cpu=/\0")].concat(), string(b"/r"));
    let versions: [(u32, Vec<&[u8]>, u64); 8] = [
        (0x202, vec![&names, &fixed], 3),
        (0x207, vec![&names, &fixed, &memory], 3),
        (0x209, vec![&names, &fixed, &memory, &env], 3),
        (0x210, vec![&names, &fixed, &memory, &env, &inside], 3),
        (0x211, vec![&names, &fixed, &memory, &env, &inside, &root], 3),
        (0x212, vec![&names, &fixed, &memory, &env, &inside, &root], 4),
        (0x213, vec![&names, &root, &fixed, &memory, &env, &inside, &root], 4),
        (0x214, vec![&names, &root, &fixed, &memory, &env, &inside, &root], 5),
    ];
    let bytes = fixture::write_all(&fixture::small(), Compression::None);
    for (version, (number, parts, id_count)) in (1..).zip(versions) {
        let entry = [ids(id_count), parts.concat()].concat();
        let list = block(number, &[&entry[..], &entry].concat());
        let (read, error) = fixture::read_bytes(&[&bytes[..28], &list, &bytes[28..]].concat());
        assert!(error.is_none(), "version {version}: {error:?}");
        let threads = &read.snapshots[0].threads;
        assert_eq!((threads.len(), &threads[1]), (3, &threads[0]), "version {version}");
        let thread = &threads[0];
        assert_eq!((thread.tid, &thread.comm[..], &thread.args[..]), (1, &b"sh"[..], &b"-c\0"[..]));
        assert_eq!(thread.env.is_empty(), version < 3);
        assert_eq!((thread.vpid, thread.cgroups.is_empty()), (if version < 4 { -1 } else { 2 }, version < 4));
        assert_eq!(thread.root, if version < 5 { &b""[..] } else { b"/r" });
        assert_eq!((thread.sid, thread.vpgid), (if version < 6 { -1 } else { 4 }, if version < 8 { -1 } else { 5 }));
        assert_eq!(thread.exepath, if version < 7 { &b""[..] } else { b"/r" });
    }
}

#[test]
fn unknown_descriptors_are_kept_as_such_where_they_can_be_skipped() {
    let entry = [&7_i64.to_le_bytes()[..], &8_u64.to_le_bytes(), &[99], b"whatever"].concat();
    let sized = [&(entry.len() as u32 + 4).to_le_bytes(), &entry[..]].concat();
    let list = |number, entry: &[u8]| block(number, &[&1_u64.to_le_bytes(), entry].concat());
    let bytes = fixture::write_all(&fixture::small(), Compression::None);
    let machine_and_processes = bytes.len() - 28;
    let first_event = bytes.windows(4).position(|word| word == 0x216_u32.to_le_bytes()).unwrap();
    assert!(first_event < machine_and_processes);
    let with = |list: Vec<u8>| fixture::read_bytes(&[&bytes[..first_event], &list, &bytes[first_event..]].concat());
    let (read, error) = with(list(0x218, &sized));
    assert!(error.is_none(), "{error:?}");
    let kind = FdEntryKind::Named { kind: NamedFd::Unsupported, name: b"unknown-type:[99]".to_vec() };
    assert_eq!(read.snapshots[0].threads[0].fds.last(), Some(&FdEntry { fd: 7, ino: 8, kind }));
    let (_, error) = with(list(0x203, &entry));
    assert!(matches!(error.unwrap().reason, ReadCaptureReason::UnknownKind { number: 99, .. }));
}

#[test]
fn descriptor_lists_of_unknown_threads_are_skipped_and_counted() {
    let mut whole = fixture::small();
    let orphan = block(0x218, &77_u64.to_le_bytes());
    whole.snapshots[0].interfaces.clear();
    let bytes = fixture::write_all(&whole, Compression::None);
    let (read, error) = fixture::read_bytes(&[&bytes[..28], &orphan, &bytes[28..]].concat());
    assert!(error.is_none(), "{error:?}");
    assert_eq!((read.snapshots, read.stats.orphan_descriptor_lists), (whole.snapshots, 1));
}

#[test]
fn bytes_written_are_those_in_the_sink() {
    let whole = fixture::small();
    let event = EventView::parse(&whole.events[0].bytes).unwrap();
    let mut writer = Writer::new(Vec::new(), Compression::None, &whole.snapshots[0]).unwrap();
    for _ in 0..5000 {
        writer.write(&CapturedEvent { cpu: 0, state_only: false, event }).unwrap();
    }
    let (written, events) = (writer.bytes_written(), writer.events());
    assert_eq!((written, events), (writer.bytes_encoded(), 5000));
    assert_eq!(writer.finish().unwrap().len() as u64, written);
}

#[test]
fn after_a_flush_a_reader_has_everything_so_far() {
    let whole = fixture::small();
    let path = std::env::temp_dir().join(format!("windhover-{}-flush.scap", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = Writer::new(file, Compression::Gzip, &whole.snapshots[0]).unwrap();
    let event = EventView::parse(&whole.events[0].bytes).unwrap();
    writer.write(&CapturedEvent { cpu: 3, state_only: false, event }).unwrap();
    writer.flush().unwrap();
    let (read, error) = fixture::read_all(Reader::open(&path));
    assert_eq!(writer.bytes_written(), std::fs::metadata(&path).unwrap().len());
    writer.finish().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(read.events, whole.events[..1]);
    assert!(error.is_some(), "the compressed stream has no end yet");
}

#[test]
fn the_debian_build_of_sysdig_opens_what_is_written() {
    let Some(dir) = fixture::captures() else { return };
    let format = "%evt.rawtime %evt.type %proc.name %proc.pid %proc.pname %user.name %proc.exeline %proc.cwd %proc.env";
    let sysdig = |path: &std::path::Path| {
        let mut command = std::process::Command::new("sysdig");
        command.arg("-r").arg(path).args(["-p", format, "evt.dir=<"]).output()
    };
    let original = dir.join("third-party/curl_google.scap");
    let Ok(want) = sysdig(&original) else {
        println!("skipped: sysdig is not installed");
        return;
    };
    let (whole, _) = fixture::read_all(Reader::open(&original));
    let path = std::env::temp_dir().join(format!("windhover-{}-sysdig.scap", std::process::id()));
    std::fs::File::create(&path).unwrap().write_all(&fixture::write_all(&whole, Compression::Gzip)).unwrap();
    let found = sysdig(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(found.status.success() && found.stderr.is_empty(), "{found:?}");
    assert!(want.stdout.len() > 10_000);
    assert!(want.stdout == found.stdout);
}

#[test]
fn a_pipe_is_read_without_seeking() {
    let whole = fixture::small();
    let bytes = fixture::write_all(&whole, Compression::Gzip);
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let feed = std::thread::spawn(move || writer.write_all(&bytes).unwrap());
    let mut probe = [0; 1];
    reader.read_exact(&mut probe).unwrap();
    let (read, error) = fixture::read_all(Reader::from_read(Cursor::new(probe).chain(reader)));
    feed.join().unwrap();
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read.events, whole.events);
}
