//! Deeds with data.

use crate::deed::{Deeds, Param, Shared, at, at_mut, bytes, call, empty, here, int, path, s64, shared, u16, u32, u64};

/// Bytes of data that an event keeps by default.
const KEPT: usize = 80;

pub fn deeds(deeds: &mut Deeds) {
    let long: Vec<u8> = (0..200u8).collect();
    let file = call("openat", &[here(), path(c"data"), (libc::O_RDWR | libc::O_CREAT) as usize, 0o600]);
    let fd = file as usize;
    let on = s64(file);
    deeds.call("write", &[fd, at(&long[..]), 200], &[bytes(&long[..KEPT]), on.clone(), u32(200)]);
    deeds.call("write", &[999, at(b"lost"), 4], &[bytes(b"lost"), s64(999), u32(4)]);
    deeds.call("pwrite64", &[fd, at(b"pw"), 2, 4], &[bytes(b"pw"), on.clone(), u32(2), u64(4)]);
    let mut buffer = [0u8; 256];
    deeds.call("pread64", &[fd, at_mut(&mut buffer), 5, 3], &[bytes(b"\x03pw\x06\x07"), on.clone(), u32(5), u64(3)]);
    call("lseek", &[fd, 0, 0]);
    deeds.call(
        "read",
        &[fd, at_mut(&mut buffer), 256],
        &[bytes(&[&[0, 1, 2, 3], &b"pw"[..], &long[6..KEPT]].concat()), on.clone(), u32(256)],
    );
    deeds.call("read", &[fd, at_mut(&mut buffer), 9], &[empty(), on.clone(), u32(9)]);
    deeds.call("read", &[999, at_mut(&mut buffer), 9], &[empty(), s64(999), u32(9)]);
    vectors(deeds, fd, &on);
    moves(deeds, fd, &on);
    waits(deeds);
    memory(deeds, fd);
    call("close", &[fd]);
}

fn vectors(deeds: &mut Deeds, fd: usize, on: &Param) {
    let out: [(usize, usize); 3] = [(at(b"aa"), 2), (at(b""), 0), (at(b"bbb"), 3)];
    deeds.call("writev", &[fd, at(&out), 3], &[bytes(b"aabbb"), on.clone(), u32(5)]);
    deeds.call("writev", &[999, at(&out), 3], &[bytes(b"aabbb"), s64(999), u32(5)]);
    deeds.call("pwritev", &[fd, at(&out), 3, 10, 0], &[bytes(b"aabbb"), on.clone(), u32(5), u64(10)]);
    let (mut first, mut second) = ([0u8; 3], [0u8; 50]);
    let into: [(usize, usize); 2] = [(at_mut(&mut first), 3), (at_mut(&mut second), 50)];
    call("lseek", &[fd, 200, 0]);
    deeds.call("readv", &[fd, at(&into), 2], &[u32(5), bytes(b"aabbb"), on.clone()]);
    let into: [(usize, usize); 2] = [(at_mut(&mut first), 3), (at_mut(&mut second), 2)];
    deeds.call("preadv", &[fd, at(&into), 2, 10, 0], &[u32(5), bytes(b"aabbb"), on.clone(), u64(10)]);
    let own = std::process::id();
    let there: [(usize, usize); 1] = [(at(b"their bytes"), 11)];
    deeds.call(
        "process_vm_readv",
        &[own as usize, at(&into), 2, at(&there), 1, 0],
        &[s64(own.into()), bytes(b"their")],
    );
    let mut theirs = [0u8; 5];
    let there: [(usize, usize); 1] = [(at_mut(&mut theirs), 5)];
    deeds.call(
        "process_vm_writev",
        &[own as usize, at(&out), 3, at(&there), 1, 0],
        &[s64(own.into()), bytes(b"aabbb")],
    );
}

fn moves(deeds: &mut Deeds, fd: usize, on: &Param) {
    let copy = call("openat", &[here(), path(c"copy"), (libc::O_RDWR | libc::O_CREAT) as usize, 0o600]);
    let mut offset = 10u64;
    deeds.call("sendfile", &[copy as usize, fd, at_mut(&mut offset), 20], &[u64(30), s64(copy), on.clone(), u64(20)]);
    deeds.call("sendfile", &[copy as usize, fd, 0, 2], &[u64(0), s64(copy), on.clone(), u64(2)]);
    let (from, to) = (Shared::new(3u64), Shared::new(4u64));
    // The kernel moves the offsets by what it copied.
    deeds.call_with("copy_file_range", &[fd, shared(&from), copy as usize, shared(&to), 7, 0], |result| {
        vec![s64(result), s64(copy), u64(to.get()), on.clone(), u64(from.get()), u64(7)]
    });
    let mut pipe = [0i32; 2];
    call("pipe2", &[at_mut(&mut pipe), 0]);
    let mut start = 0u64;
    deeds.call(
        "splice",
        &[fd, at_mut(&mut start), pipe[1] as usize, 0, 6, 1],
        &[on.clone(), s64(pipe[1].into()), u64(6), u32(1)],
    );
    for fd in [copy, pipe[0].into(), pipe[1].into()] {
        call("close", &[fd as usize]);
    }
}

#[repr(C)]
struct Polled {
    fd: i32,
    events: i16,
    revents: i16,
}

fn polled_text(fds: &[(i64, i16)]) -> Param {
    let mut out = (fds.len() as u16).to_le_bytes().to_vec();
    for (fd, flags) in fds {
        out.extend(fd.to_le_bytes());
        out.extend(flags.to_le_bytes());
    }
    bytes(&out)
}

fn waits(deeds: &mut Deeds) {
    let mut pipe = [0i32; 2];
    call("pipe2", &[at_mut(&mut pipe), 0]);
    call("write", &[pipe[1] as usize, at(b"x"), 1]);
    let mut polled = [Polled { fd: pipe[0], events: 1, revents: 0 }, Polled { fd: -1, events: 4, revents: 0 }];
    let expected = polled_text(&[(pipe[0].into(), 1), (-1, 0)]);
    deeds.call("poll", &[at_mut(&mut polled), 2, 20], &[expected.clone(), s64(20)]);
    let time = Shared::new([0i64, 500]);
    let signals = 0x400u64;
    deeds.call_with("ppoll", &[at_mut(&mut polled), 2, shared(&time), at(&signals), 8], |result| {
        // The kernel writes down how much of the time was left.
        let [seconds, nanos] = time.get();
        vec![s64(result), expected, u64(seconds as u64 * 1_000_000_000 + nanos as u64), u32(0x400)]
    });
    let time = Shared::new([0i64, 0]);
    deeds.call("select", &[0, 0, 0, 0, shared(&time)], &[]);
    deeds.call("epoll_wait", &[999, 0, 3, 0], &[s64(3)]);
    let short = [0i64, 1234];
    deeds.call("nanosleep", &[at(&short), 0], &[u64(1234)]);
    let word = 5u32;
    deeds.call("futex", &[at(&word), 129, 3, 0, 0, 0], &[u64(at(&word) as u64), u16(129), u64(3)]);
    for fd in pipe {
        call("close", &[fd as usize]);
    }
    semaphores(deeds);
}

fn semaphores(deeds: &mut Deeds) {
    let id = deeds.call("semget", &[0, 2, 0o1600], &[u32(0), u32(2), u32(0x2000)]);
    let operations: [[i16; 3]; 2] = [[0, 3, 0o4000], [1, 2, 0x1000]];
    deeds.call(
        "semop",
        &[id as usize, at(&operations), 2],
        &[u32(2), u16(0), u16(3), u16(1), u16(1), u16(2), u16(2), u32(id as u32)],
    );
    deeds.call("semctl", &[id as usize, 1, 16, 9], &[u32(id as u32), u32(1), u16(4096), u32(9)]);
    deeds.call("semctl", &[id as usize, 0, 0, 7], &[u32(id as u32), u32(0), u16(4), u32(0)]);
}

fn memory(deeds: &mut Deeds, fd: usize) {
    let sizes = [crate::deed::any(), crate::deed::any(), crate::deed::any()];
    let page = 4096usize;
    // Read and write, private and anonymous.
    let mapped = deeds.call(
        "mmap",
        &[0, 2 * page, 3, 0x22, int(-1), 0],
        &[&sizes[..], &[u64(0), u64(2 * page as u64), u32(3), u32(0xa), s64(-1), u64(0)]].concat(),
    );
    let address = mapped as u64;
    let start = mapped as usize;
    deeds.call(
        "mmap",
        &[0, page, 1, 1, fd, 0],
        &[&sizes[..], &[u64(0), u64(page as u64), u32(1), u32(1), s64(fd as i64), u64(0)]].concat(),
    );
    deeds.call("mprotect", &[start, page, 1], &[u64(address), u64(page as u64), u32(1)]);
    deeds.call("mlock", &[start, page], &[u64(address), u64(page as u64)]);
    deeds.call("mlock2", &[start, page, 1], &[u64(address), u64(page as u64), u32(1)]);
    deeds.call("munlock", &[start, page], &[u64(address), u64(page as u64)]);
    deeds.call("mlockall", &[8], &[u32(0)]);
    deeds.call("munlockall", &[], &[]);
    deeds.call("munmap", &[start, 2 * page], &[&sizes[..], &[u64(address), u64(2 * page as u64)]].concat());
    deeds.call("brk", &[0], &[&sizes[..], &[u64(0)]].concat());
}
