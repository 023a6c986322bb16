//! Deeds with files and their names.

use std::os::unix::fs::MetadataExt as _;

use crate::deed::{
    Deeds, Shared, at, at_mut, bytes, empty, exists, here, int, path, s64, shared, text, u8, u16, u32, u64,
};

/// Device and inode of a file, as events have them.
fn identity(name: &str) -> [crate::deed::Param; 2] {
    let found = std::fs::metadata(name).expect("a file that was made");
    [u32(found.dev() as u32), u64(found.ino())]
}

fn folder() -> Vec<u8> {
    std::fs::canonicalize(".").expect("the folder").into_os_string().into_encoded_bytes()
}

fn close(fd: i64) {
    crate::deed::call("close", &[fd as usize]);
}

pub fn deeds(deeds: &mut Deeds) {
    opens(deeds);
    descriptors(deeds);
    names(deeds);
    attributes(deeds);
    mounts(deeds);
}

fn opens(deeds: &mut Deeds) {
    let resolved = |name: &str| [&folder()[..], b"/", name.as_bytes()].concat();
    let created = 0x4000;
    std::fs::write("plain", "some text").expect("a file");
    std::os::unix::fs::symlink("plain", "alias").expect("a link");
    let [dev, ino] = identity("plain");
    if exists("open") {
        let flags = libc::O_RDONLY as usize;
        let fd = deeds.call(
            "open",
            &[path(c"alias"), flags, 0o777],
            &[text(c"alias"), u32(1), u32(0), dev.clone(), ino.clone()],
        );
        deeds.resolved(&resolved("plain"));
        close(fd);
        let fd = deeds.call_with("creat", &[path(c"made"), 0o640], |fd| {
            let [dev, ino] = identity("made");
            vec![s64(fd), text(c"made"), u32(0o640), dev, ino, u16(0)]
        });
        deeds.resolved(&resolved("made"));
        close(fd);
    }
    let flags = (libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC) as usize;
    let fd = deeds.call_with("openat", &[here(), path(c"new"), flags, 0o600], |fd| {
        let [dev, ino] = identity("new");
        vec![s64(fd), s64(-100), text(c"new"), u32(0x1027 | created), u32(0o600), dev, ino]
    });
    deeds.resolved(&resolved("new"));
    close(fd);
    deeds.call(
        "openat",
        &[int(-7), path(c"/nonexistent"), libc::O_WRONLY as usize, 0],
        &[s64(-7), text(c"/nonexistent"), u32(2), u32(0), u32(0), u64(0)],
    );
    let how: [u64; 3] = [libc::O_RDONLY as u64, 0, 0x08 | 0x01];
    let fd = deeds.call(
        "openat2",
        &[here(), path(c"plain"), at(&how), 24],
        &[s64(-100), text(c"plain"), u32(1), u32(0), u32(0x11), dev, ino],
    );
    deeds.resolved(&resolved("plain"));
    close(fd);
    open_by_handle(deeds);
}

#[repr(C)]
struct Handle {
    bytes: u32,
    kind: i32,
    data: [u8; 128],
}

fn open_by_handle(deeds: &mut Deeds) {
    let mut handle = Handle { bytes: 128, kind: 0, data: [0; 128] };
    let mut mount = 0i32;
    let made =
        crate::deed::call("name_to_handle_at", &[here(), path(c"plain"), at_mut(&mut handle), at_mut(&mut mount), 0]);
    let root = crate::deed::call("openat", &[here(), path(c"."), libc::O_DIRECTORY as usize, 0]);
    let [dev, ino] = identity("plain");
    let full = [&folder()[..], b"/plain\0"].concat();
    deeds.call_with("open_by_handle_at", &[root as usize, at(&handle), libc::O_RDONLY as usize], |fd| {
        if made == 0 && fd >= 0 {
            close(fd);
            vec![s64(fd), s64(root), u32(1), bytes(&full), dev, ino]
        } else {
            vec![s64(fd), s64(root), u32(1), empty(), u32(0), u64(0)]
        }
    });
    close(root);
}

fn descriptors(deeds: &mut Deeds) {
    let fd = crate::deed::call("openat", &[here(), path(c"plain"), libc::O_RDWR as usize, 0]);
    let file = fd as usize;
    let copy = deeds.call("dup", &[file], &[s64(fd)]);
    deeds.call("dup2", &[file, 77], &[s64(fd), s64(77)]);
    deeds.call("dup3", &[file, 78, libc::O_CLOEXEC as usize], &[s64(fd), s64(78), u32(0x1000)]);
    deeds.call("fcntl", &[file, 1030, 90], &[s64(fd), u8(26), u64(90)]);
    deeds.call("fcntl", &[file, libc::F_GETFL as usize, 0], &[s64(fd), u8(4), u64(0)]);
    deeds.call("close", &[copy as usize], &[s64(copy)]);
    deeds.call("close", &[999], &[s64(999)]);
    deeds.call("close_range", &[77, 95, 0], &[u32(77), u32(95), u32(0)]);
    deeds.call("lseek", &[file, 3, 1], &[s64(fd), u64(3), u8(1)]);
    deeds.call("flock", &[file, 6], &[s64(fd), u32(6)]);
    deeds.call("ioctl", &[file, 0x541b, 0x1234], &[s64(fd), u64(0x541b), u64(0x1234)]);
    let mut stat = [0u64; 32];
    deeds.call("fstat", &[file, at_mut(&mut stat)], &[s64(fd)]);
    deeds.call("fchmod", &[file, 0o4711], &[s64(fd), u32(0o4711)]);
    deeds.call("fchown", &[file, 0xffff_ffff, 33], &[s64(fd), u32(u32::MAX), u32(33)]);
    close(fd);
    let directory = crate::deed::call("openat", &[here(), path(c"."), libc::O_DIRECTORY as usize, 0]);
    let mut entries = [0u8; 1024];
    deeds.call("getdents", &[directory as usize, at_mut(&mut entries), 1024], &[s64(directory)]);
    deeds.call("getdents64", &[directory as usize, at_mut(&mut entries), 1024], &[s64(directory)]);
    deeds.call("fchdir", &[directory as usize], &[s64(directory)]);
    close(directory);
    special_descriptors(deeds);
}

fn special_descriptors(deeds: &mut Deeds) {
    let nonblocking = (libc::O_NONBLOCK | libc::O_CLOEXEC) as usize;
    for (name, arguments) in [("pipe", vec![]), ("pipe2", vec![nonblocking])] {
        let ends = Shared::new([0i32; 2]);
        let arguments = [vec![shared(&ends)], arguments].concat();
        deeds.call_with(name, &arguments, |result| {
            let [read, write] = ends.get();
            let ino = std::fs::metadata(format!("/proc/self/fd/{read}")).expect("a pipe").ino();
            let mut params = vec![s64(result), s64(read.into()), s64(write.into()), u64(ino)];
            if name == "pipe2" {
                params.push(u32(0x1040));
            }
            params
        });
        ends.get().into_iter().for_each(|end| close(end.into()));
    }
    let signals: u64 = 0x0000_0200;
    let fds = [
        deeds.call("eventfd", &[5], &[u64(5), u32(0)]),
        deeds.call("eventfd2", &[6, nonblocking], &[u16(0x1040), u64(6)]),
        deeds.call("signalfd", &[int(-1), at(&signals), 8], &[s64(-1), u32(0x200), u8(0)]),
        deeds.call("signalfd4", &[int(-1), at(&signals), 8, nonblocking], &[u16(0x1040), s64(-1), u32(0x200)]),
        deeds.call("timerfd_create", &[1, libc::O_NONBLOCK as usize], &[u8(1), u8(0x40)]),
        deeds.call("inotify_init", &[], &[u8(0)]),
        deeds.call("inotify_init1", &[nonblocking], &[u16(0x1040)]),
        deeds.call("epoll_create", &[3], &[u32(3)]),
        deeds.call("epoll_create1", &[libc::O_CLOEXEC as usize], &[u32(1)]),
        deeds.call("userfaultfd", &[nonblocking], &[u32(0x1040)]),
        deeds.call("memfd_create", &[path(c"in memory"), 3], &[text(c"in memory"), u32(3)]),
        deeds.call("bpf", &[7, 0, 0], &[u32(7)]),
    ];
    let own = std::process::id();
    let process = deeds.call("pidfd_open", &[own as usize, libc::O_NONBLOCK as usize], &[s64(own.into()), u32(1)]);
    let copy = deeds.call("pidfd_getfd", &[process as usize, 0, 0], &[s64(process), s64(0), u32(0)]);
    fds.into_iter().chain([process, copy]).filter(|&fd| fd > 2).for_each(close);
    let mut parameters = [0u32; 30];
    parameters[2] = 1 << 3; // CQSIZE
    parameters[1] = 8;
    let parameters = Shared::new(parameters);
    let ring = deeds.call_with("io_uring_setup", &[4, shared(&parameters)], |result| {
        // What the kernel answered is in the same memory.
        let [sq, cq, flags, cpu, idle, features, ..] = parameters.get();
        let flags = (flags & 3) | (flags & 0x7c) << 1;
        vec![s64(result), u32(4), u32(sq), u32(cq), u32(flags), u32(cpu), u32(idle), u32(features & 0x7ff)]
    });
    let ring = if ring < 0 { 999 } else { ring };
    deeds.call(
        "io_uring_enter",
        &[ring as usize, 0, 0, 1, at(&signals), 8],
        &[s64(ring), u32(0), u32(0), u32(1), u32(0x200)],
    );
    deeds.call("io_uring_register", &[ring as usize, 3, 0x40, 2], &[s64(ring), u16(3), u64(0x40), u32(2)]);
    close(ring);
}

fn names(deeds: &mut Deeds) {
    let at_here = s64(-100);
    deeds.call("mkdir", &[path(c"d1"), 0o751], &[text(c"d1"), u32(0o751)]);
    deeds.call("mkdirat", &[here(), path(c"d2"), 0o1777], &[at_here.clone(), text(c"d2"), u32(0o1777)]);
    deeds.call("rmdir", &[path(c"nothing")], &[text(c"nothing")]);
    deeds.call("chdir", &[path(c"d2")], &[text(c"d2")]);
    deeds.call("chdir", &[path(c"..")], &[text(c"..")]);
    let mut cwd = [0u8; 512];
    let own = [&folder()[..], b"\0"].concat();
    deeds.call("getcwd", &[at_mut(&mut cwd), 512], &[bytes(&own)]);
    deeds.call("link", &[path(c"plain"), path(c"l1")], &[text(c"plain"), text(c"l1")]);
    let two = |first, second| [at_here.clone(), text(first), at_here.clone(), text(second)];
    deeds.call(
        "linkat",
        &[here(), path(c"alias"), here(), path(c"l2"), 0x400],
        &[&two(c"alias", c"l2")[..], &[u32(0x400)]].concat(),
    );
    deeds.call("symlink", &[path(c"to/where"), path(c"s1")], &[text(c"to/where"), text(c"s1")]);
    deeds.call("symlinkat", &[path(c"to"), here(), path(c"s2")], &[text(c"to"), at_here.clone(), text(c"s2")]);
    deeds.call("rename", &[path(c"l1"), path(c"r1")], &[text(c"l1"), text(c"r1")]);
    deeds.call("renameat", &[here(), path(c"r1"), here(), path(c"r2")], &two(c"r1", c"r2"));
    deeds.call(
        "renameat2",
        &[here(), path(c"r2"), here(), path(c"r3"), 1],
        &[&two(c"r2", c"r3")[..], &[u32(1)]].concat(),
    );
    deeds.call("unlink", &[path(c"r3")], &[text(c"r3")]);
    deeds.call("unlinkat", &[here(), path(c"d2"), 0x200], &[at_here.clone(), text(c"d2"), u32(0x200)]);
    let mut stat = [0u64; 32];
    deeds.call("stat", &[path(c"plain"), at_mut(&mut stat)], &[text(c"plain")]);
    deeds.call("lstat", &[path(c"alias"), at_mut(&mut stat)], &[text(c"alias")]);
    deeds.call(
        "newfstatat",
        &[here(), path(c"alias"), at_mut(&mut stat), 0x100],
        &[at_here, text(c"alias"), u32(0x100)],
    );
    deeds.call("access", &[path(c"plain"), 5], &[text(c"plain"), u32(5)]);
    deeds.call("access", &[0x10, 4], &[empty(), u32(4)]);
}

fn attributes(deeds: &mut Deeds) {
    let at_here = s64(-100);
    deeds.call("chmod", &[path(c"plain"), 0o640], &[text(c"plain"), u32(0o640)]);
    deeds.call("fchmodat", &[here(), path(c"plain"), 0o600], &[at_here.clone(), text(c"plain"), u32(0o600)]);
    deeds.call("chown", &[path(c"plain"), 12, 34], &[text(c"plain"), u32(12), u32(34)]);
    deeds.call("lchown", &[path(c"alias"), 12, 34], &[text(c"alias"), u32(12), u32(34)]);
    deeds.call(
        "fchownat",
        &[here(), path(c"alias"), 1, 2, 0x100],
        &[at_here.clone(), text(c"alias"), u32(1), u32(2), u32(0x400)],
    );
    let fifo = libc::S_IFIFO | 0o622;
    deeds.call("mknod", &[path(c"p1"), fifo as usize, 0x801], &[text(c"p1"), u32(fifo), u32(0x801)]);
    deeds.call("mknodat", &[here(), path(c"p2"), fifo as usize, 0], &[at_here, text(c"p2"), u32(fifo), u32(0)]);
}

fn mounts(deeds: &mut Deeds) {
    let flags = 0xc0ed_0000_usize | 6;
    deeds.call(
        "mount",
        &[path(c"none"), path(c"/nonexistent"), path(c"nofs"), flags, 0],
        &[text(c"none"), text(c"/nonexistent"), text(c"nofs"), u32(6)],
    );
    deeds.call("umount2", &[path(c"/nonexistent"), 2], &[text(c"/nonexistent"), u32(2)]);
    deeds.call("chroot", &[path(c"/nonexistent")], &[text(c"/nonexistent")]);
    deeds.call(
        "fsconfig",
        &[int(-5), 1, path(c"key"), path(c"value"), int(-3)],
        &[s64(-5), u32(1), text(c"key"), empty(), text(c"value"), u32(0xffff_fffd)],
    );
    let blob = [1u8, 2, 3, 0];
    deeds.call(
        "fsconfig",
        &[int(-5), 2, path(c"key"), at(&blob), 4],
        &[s64(-5), u32(2), text(c"key"), bytes(&blob), empty(), u32(4)],
    );
    // QUOTAON for groups, with the format and the path of the quota file.
    let command = (0x0080_0002 << 8) | 1;
    let zeroes: Vec<_> = std::iter::repeat_n(u64(0), 9).collect();
    deeds.call(
        "quotactl",
        &[command, path(c"/dev/nothing"), 2, path(c"/quota")],
        &[&[text(c"/dev/nothing"), text(c"/quota")][..], &zeroes, &[u8(0), u8(1), u16(1), u8(2), u32(2), u8(4)]]
            .concat(),
    );
    deeds.call(
        "quotactl",
        &[(0x0080_0007 << 8), 0, 5, 0],
        &[&[empty(), empty()][..], &zeroes, &[u8(0), u8(1), u16(32), u8(1), u32(5), u8(1)]].concat(),
    );
}
