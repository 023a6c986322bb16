//! The few questions to the operating system that loading needs.
#![allow(unsafe_code)]

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// Capabilities that loading and attaching need, by number and name.
const NEEDED: [(u32, &str); 2] = [(39, "CAP_BPF"), (38, "CAP_PERFMON")];
const CAP_SYS_ADMIN: u32 = 21;

/// Bytes of a memory page.
pub(crate) fn page_bytes() -> u32 {
    // SAFETY: sysconf reads a constant of the system and touches no memory of ours.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u32::try_from(bytes).unwrap_or(4096)
}

/// Gives memory that was freed back to the system. Loading takes several times what is kept afterwards, and the allocator
/// would hold it for good.
pub fn give_memory_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: the allocator looks at its own free memory; nothing that is in use is touched.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Has the allocator return what is freed. Left to itself it takes a start's large blocks for usual ones, and keeps as much free in
/// the part of memory of each thread that had some: several times what Windhover needs.
pub(crate) fn keep_little_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: this sets numbers of the allocator, which it looks at when it is called next.
    unsafe {
        const LARGE: libc::c_int = 4 << 20;
        const FREE: libc::c_int = 1 << 20;
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, FREE);
    }
}

/// Release of the running kernel, such as `6.1.0-18-amd64`.
pub(crate) fn kernel_release() -> String {
    fs::read_to_string("/proc/sys/kernel/osrelease")
        .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// Major and minor number of the running kernel; zeroes where they cannot be read.
pub(crate) fn kernel_version() -> (u32, u32) {
    parse_version(&kernel_release())
}

/// How many thread ids there can be at the moment; the default of large machines where that cannot be read.
pub(crate) fn most_threads() -> u32 {
    let told = fs::read_to_string("/proc/sys/kernel/pid_max").ok();
    told.and_then(|text| text.trim().parse().ok()).unwrap_or(1 << 22)
}

/// Whether the running kernel is of this release or a later one.
pub(crate) fn is_at_least(major: u32, minor: u32) -> bool {
    kernel_version() >= (major, minor)
}

fn parse_version(release: &str) -> (u32, u32) {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// What a process without enough privileges should do.
pub(crate) fn privilege_remedy() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0);
    let has = |capability: u32| effective >> capability & 1 == 1;
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(number, _)| !has(*number) && !has(CAP_SYS_ADMIN)).map(|(_, name)| *name).collect();
    if !missing.is_empty() {
        return format!("{} missing: run as root, or with CAP_BPF and CAP_PERFMON", missing.join(" and "));
    }
    let lockdown = fs::read_to_string("/sys/kernel/security/lockdown").unwrap_or_default();
    if lockdown.contains("[confidentiality]") {
        return "the kernel is locked down (confidentiality): boot with lockdown=integrity or none".to_owned();
    }
    if !is_at_least(5, 11) {
        return "kernels before 5.11 count maps as locked memory: raise RLIMIT_MEMLOCK (`ulimit -l unlimited`)"
            .to_owned();
    }
    "CAP_BPF and CAP_PERFMON are present: look for a container's seccomp profile or a security module that forbids bpf()"
        .to_owned()
}

/// Kernels before 5.11 count maps as locked memory, so the limit is lifted. May fail, which only matters there.
pub(crate) fn lift_memory_limit() -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: `limit` is a valid rlimit that outlives the call.
    match unsafe { libc::setrlimit(libc::RLIMIT_MEMLOCK, &limit) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether process ids here are those of the initial namespace, whose inode number is fixed.
pub(crate) fn in_initial_pid_namespace() -> bool {
    const INITIAL: &str = "pid:[4026531836]";
    fs::read_link("/proc/self/ns/pid").map_or(true, |name| name.as_os_str() == INITIAL)
}

/// Id of the calling thread in our pid namespace.
pub(crate) fn thread_id() -> i64 {
    // SAFETY: gettid takes no arguments and cannot fail.
    i64::from(unsafe { libc::gettid() })
}

/// Makes a clone3 that the kernel refuses for its size.
pub(crate) fn fail_to_clone() {
    // SAFETY: with a size of 0 the call is refused before anything is read or made.
    unsafe { libc::syscall(libc::SYS_clone3, std::ptr::null::<u8>(), 0) };
}

/// How often the kernel left out a program because it was already running on the processor; `None` where the kernel does
/// not count it (before 5.12).
pub(crate) fn recursion_misses(program: BorrowedFd<'_>) -> Option<u64> {
    /// Number of the command of bpf(2) that describes an object.
    const OBJ_GET_INFO_BY_FD: libc::c_int = 15;
    /// The command's part of the call's attributes.
    #[repr(C)]
    struct Attributes {
        fd: u32,
        length: u32,
        info: u64,
    }
    // SAFETY: the description is plain data for which zeroes are valid.
    let mut info: aya_obj::generated::bpf_prog_info = unsafe { std::mem::zeroed() };
    let length = u32::try_from(size_of_val(&info)).ok()?;
    let fd = u32::try_from(program.as_raw_fd()).ok()?;
    let mut attributes = Attributes { fd, length, info: std::ptr::from_mut(&mut info) as u64 };
    // SAFETY: the attributes are those of the command; they and what they point to outlive the call, which writes at most
    // `length` bytes to `info`.
    let failed = unsafe {
        libc::syscall(libc::SYS_bpf, OBJ_GET_INFO_BY_FD, std::ptr::from_mut(&mut attributes), size_of::<Attributes>())
    } != 0;
    (!failed).then_some(info.recursion_misses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_as_versions() {
        for (release, version) in
            [("6.1.0-18-amd64", (6, 1)), ("5.10", (5, 10)), ("7.3.4+deb13-cloud", (7, 3)), ("", (0, 0)), ("x", (0, 0))]
        {
            assert_eq!(parse_version(release), version, "{release}");
        }
    }
}
