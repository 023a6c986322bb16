//! Deeds with ids, limits, capabilities, namespaces, keys and modules. The last ones: some cannot be undone.

use std::fs;

use crate::deed::{Deeds, Shared, at, at_mut, bytes, empty, int, path, s64, shared, text, u8, u32, u64};

pub fn deeds(deeds: &mut Deeds) {
    ids(deeds);
    limits(deeds);
    groups(deeds);
    names(deeds);
    keys(deeds);
    modules(deeds);
}

fn ids(deeds: &mut Deeds) {
    for name in ["getuid", "geteuid", "getgid", "getegid"] {
        deeds.call_with(name, &[], |result| vec![u32(result as u32)]);
    }
    let (mut a, mut b, mut c) = (9u32, 9u32, 9u32);
    let three = [at_mut(&mut a), at_mut(&mut b), at_mut(&mut c)];
    deeds.call("getresuid", &three, &[u32(0), u32(0), u32(0)]);
    deeds.call("getresgid", &three, &[u32(0), u32(0), u32(0)]);
    let none = u32::MAX as usize;
    deeds.call("setuid", &[0], &[u32(0)]);
    deeds.call("setgid", &[0], &[u32(0)]);
    deeds.call("setreuid", &[none, 0], &[u32(u32::MAX), u32(0)]);
    deeds.call("setregid", &[0, none], &[u32(0), u32(u32::MAX)]);
    deeds.call("setresuid", &[none, 0, none], &[u32(u32::MAX), u32(0), u32(u32::MAX)]);
    deeds.call("setresgid", &[0, none, 0], &[u32(0), u32(u32::MAX), u32(0)]);
}

fn limits(deeds: &mut Deeds) {
    let answer = Shared::new([0u64; 2]);
    let told = |limit: [u64; 2]| [u64(limit[0]), u64(limit[1])];
    deeds.call_with("getrlimit", &[7, shared(&answer)], |result| {
        [&[s64(result)][..], &told(answer.get()), &[u8(7)]].concat()
    });
    let mut limit = answer.get();
    limit[0] -= 1;
    deeds.call("setrlimit", &[7, at(&limit)], &[&told(limit)[..], &[u8(7)]].concat());
    let none = [u64(0), u64(0)];
    let mut old = [0u64; 2];
    deeds.call("prlimit64", &[0, 7, 0, at_mut(&mut old)], &[&none[..], &told(limit), &[s64(0), u8(7)]].concat());
    deeds.call("prlimit64", &[0, 7, at(&limit), 0], &[&told(limit)[..], &none, &[s64(0), u8(7)]].concat());
    let unknown = [s64(-1), s64(-1)];
    deeds.call("prlimit64", &[0, 99, 0, 0], &[&unknown[..], &unknown, &[s64(0), u8(255)]].concat());
}

fn groups(deeds: &mut Deeds) {
    deeds.call("setpgid", &[0, int(-4)], &[s64(0), s64(-4)]);
    deeds.call("setsid", &[], &[]);
    deeds.call("setns", &[999, 0x0400_0000], &[s64(999), u32(0x80)]);
    deeds.call("unshare", &[0x200 | 0x400], &[u32(3)]);
    deeds.call("seccomp", &[9, 5, 0], &[u64(9), u64(5)]);
    capabilities(deeds);
}

fn capabilities(deeds: &mut Deeds) {
    let status = fs::read_to_string("/proc/self/status").expect("our status");
    let set = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        u64::from_str_radix(line.trim_matches([':', '\t', ' ']), 16).expect("a number")
    };
    let [inheritable, permitted, effective] = ["CapInh", "CapPrm", "CapEff"].map(set);
    let header = [0x2008_0522u32, 0];
    let low = |set: u64| set as u32;
    let high = |set: u64| (set >> 32) as u32;
    let data = [low(effective), low(permitted), low(inheritable), high(effective), high(permitted), high(inheritable)];
    deeds.call("capset", &[at(&header), at(&data)], &[u64(inheritable), u64(permitted), u64(effective)]);
}

fn names(deeds: &mut Deeds) {
    deeds.call("prctl", &[15, path(c"renamed")], &[u32(15), text(c"renamed"), u64(0)]);
    deeds.call("prctl", &[38, 0, 0, 0, 0], &[u32(38), empty(), u64(0)]);
    deeds.call("prctl", &[36, 1], &[u32(36), empty(), u64(1)]);
    let mut reaper = 0u32;
    deeds.call("prctl", &[37, at_mut(&mut reaper)], &[u32(37), empty(), u64(1)]);
}

fn keys(deeds: &mut Deeds) {
    let number = |value: u64| bytes(&[&[0][..], &value.to_le_bytes()].concat());
    let string = |text: &[u8]| bytes(&[&[1], text, b"\0"].concat());
    deeds.call("keyctl", &[0, 0xffff_fffd, 0], &[u32(0), number(0xffff_fffd), number(0), number(0), number(0)]);
    deeds.call("keyctl", &[1, path(c"a ring"), 77], &[u32(1), string(b"a ring"), number(0), number(0), number(0)]);
    deeds.call(
        "keyctl",
        &[10, 1, path(c"user"), path(c"what"), 2],
        &[u32(10), number(1), string(b"user"), string(b"what"), number(2)],
    );
}

fn modules(deeds: &mut Deeds) {
    let image = *b"no module";
    deeds.call("init_module", &[at(&image), 9, path(c"a=1")], &[bytes(&image), u64(9), text(c"a=1")]);
    deeds.call("finit_module", &[int(-1), path(c"b=2"), 3], &[s64(-1), text(c"b=2"), u32(3)]);
    deeds.call("delete_module", &[path(c"nothing"), 0x800 | 0x200], &[text(c"nothing"), u32(3)]);
}
