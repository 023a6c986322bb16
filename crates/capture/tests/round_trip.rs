//! Whatever a writer can be given, a reader gives back.
#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use windhover_capture::Compression;
use windhover_event::snapshot::{
    FdEntry, FdEntryKind, GroupEntry, InterfaceEntry, Machine, NamedFd, Snapshot, ThreadEntry, UserEntry,
};
use windhover_event::{EventType, Status};

mod fixture;

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}

/// Strings each followed by NUL, as a snapshot has them.
fn strings(most: usize) -> impl Strategy<Value = Vec<u8>> {
    bytes(most).prop_map(|mut strings| {
        strings.push(0);
        strings
    })
}

fn any_fd() -> impl Strategy<Value = FdEntry> {
    let v4 = || any::<(Ipv4Addr, u16)>();
    let v6 = || any::<(Ipv6Addr, u16)>();
    let named = prop_oneof![Just(NamedFd::FileV1), Just(NamedFd::Directory), Just(NamedFd::Pid), Just(NamedFd::Bpf)];
    let kind = prop_oneof![
        (bytes(1024), any::<u32>(), any::<u32>()).prop_map(|(name, flags, dev)| FdEntryKind::File { name, flags, dev }),
        (named, bytes(40)).prop_map(|(kind, name)| FdEntryKind::Named { kind, name }),
        (v4(), v4(), any::<u8>()).prop_map(|(source, dest, l4)| FdEntryKind::Ipv4 { source, dest, l4 }),
        (v6(), v6(), any::<u8>()).prop_map(|(source, dest, l4)| FdEntryKind::Ipv6 { source, dest, l4 }),
        (v4(), any::<u8>()).prop_map(|(addr, l4)| FdEntryKind::Ipv4Server { addr, l4 }),
        (v6(), any::<u8>()).prop_map(|(addr, l4)| FdEntryKind::Ipv6Server { addr, l4 }),
        (any::<u64>(), any::<u64>(), bytes(108)).prop_map(|(source, dest, name)| FdEntryKind::Unix {
            source,
            dest,
            name
        }),
    ];
    (any::<i64>(), any::<u64>(), kind).prop_map(|(fd, ino, kind)| FdEntry { fd, ino, kind })
}

fn any_thread() -> impl Strategy<Value = ThreadEntry> {
    let ids = any::<[i64; 9]>();
    let names = (bytes(16), bytes(1025), bytes(1025), bytes(1025), bytes(1025));
    let lists = (strings(4096), strings(4096), strings(4096));
    let rest = (any::<[u32; 8]>(), any::<[u64; 9]>(), any::<[bool; 4]>(), prop::collection::vec(any_fd(), 0..4));
    (ids, names, lists, rest).prop_map(|(ids, names, lists, (words, longs, flags, fds))| {
        let [pid, ptid, sid, vpgid, pgid, vtid, vpid, fdlimit, _] = ids;
        let (comm, exe, exepath, cwd, root) = names;
        let (args, env, cgroups) = lists;
        let [flags_word, uid, gid, loginuid, vmsize_kb, vmrss_kb, vmswap_kb, tty] = words;
        let [pfmajor, pfminor, inheritable, permitted, effective, ino, ctime, mtime, start] = longs;
        let [exe_writable, exe_upper_layer, exe_lower_layer, exe_from_memfd] = flags;
        ThreadEntry {
            tid: 0, // Set apart, so that each is another thread.
            pid,
            ptid,
            sid,
            vpgid,
            pgid,
            vtid,
            vpid,
            comm,
            exe,
            exepath,
            args,
            env,
            cgroups,
            cwd,
            root,
            fdlimit,
            flags: flags_word,
            uid,
            gid,
            loginuid,
            vmsize_kb,
            vmrss_kb,
            vmswap_kb,
            pfmajor,
            pfminor,
            tty,
            cap_inheritable: inheritable,
            cap_permitted: permitted,
            cap_effective: effective,
            exe_writable,
            exe_upper_layer,
            exe_lower_layer,
            exe_from_memfd,
            exe_ino: ino,
            exe_ino_ctime: ctime,
            exe_ino_mtime: mtime,
            pidns_init_start_ts: start,
            clone_ts: 0,
            fds,
        }
    })
}

fn any_interface() -> impl Strategy<Value = InterfaceEntry> {
    prop_oneof![
        (bytes(1024), any::<[Ipv4Addr; 3]>(), any::<u64>()).prop_map(
            |(name, [addr, netmask, broadcast], link_speed)| {
                InterfaceEntry::V4 { name, addr, netmask, broadcast, link_speed }
            }
        ),
        (bytes(16), any::<[Ipv6Addr; 3]>(), any::<u64>()).prop_map(|(name, [addr, netmask, broadcast], link_speed)| {
            InterfaceEntry::V6 { name, addr, netmask, broadcast, link_speed }
        }),
    ]
}

prop_compose! {
    fn any_snapshot()(
        numbers in any::<(u32, u64, u64, u64)>(),
        hostname in "[a-z0-9.é-]{0,60}",
        threads in prop::collection::vec(any_thread(), 0..4),
        users in prop::collection::vec((any::<(u32, u32)>(), bytes(256), bytes(256), bytes(256)), 0..4),
        groups in prop::collection::vec((any::<u32>(), bytes(256)), 0..4),
        interfaces in prop::collection::vec(any_interface(), 0..4),
    ) -> Snapshot {
        let (num_cpus, memory_bytes, max_pid, boot_ts) = numbers;
        let threads = (1..).zip(threads).map(|(tid, thread)| ThreadEntry { tid, ..thread }).collect();
        let users = users.into_iter().map(|((uid, gid), name, homedir, shell)| UserEntry { uid, gid, name, homedir, shell });
        let groups = groups.into_iter().map(|(gid, name)| GroupEntry { gid, name });
        Snapshot {
            machine: Machine { num_cpus, memory_bytes, max_pid, hostname, boot_ts },
            threads,
            users: users.collect(),
            groups: groups.collect(),
            interfaces,
        }
    }
}

proptest! {
    #[test]
    fn any_snapshot_reads_as_written(snapshot in any_snapshot()) {
        let whole = fixture::Whole { snapshots: vec![snapshot], ..fixture::small() };
        let (read, error) = fixture::read_bytes(&fixture::write_all(&whole, Compression::None));
        prop_assert!(error.is_none(), "{:?}", error);
        prop_assert_eq!(&read.snapshots, &whole.snapshots);
        prop_assert_eq!(&read.events, &whole.events);
    }

    #[test]
    fn any_event_of_todays_schema_reads_as_written(
        kind in prop::sample::select(current_types()),
        params in prop::collection::vec(bytes(300), 32),
        cpu in any::<u16>(),
        state_only in any::<bool>(),
    ) {
        let params: Vec<&[u8]> = params.iter().take(kind.info().params.len()).map(Vec::as_slice).collect();
        let event = fixture::Kept { cpu, state_only, ..fixture::event(kind, &params) };
        let whole = fixture::Whole { events: vec![event], ..fixture::small() };
        let (read, error) = fixture::read_bytes(&fixture::write_all(&whole, Compression::Gzip));
        prop_assert!(error.is_none(), "{:?}", error);
        prop_assert_eq!(read.events, whole.events);
    }
}

fn current_types() -> Vec<EventType> {
    EventType::all().filter(|kind| kind.info().status == Status::Current).collect()
}
