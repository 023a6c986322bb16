//! The live test as the only program of a machine: what `tests/kernels/run` boots other kernels with.
//!
//! As process 1 it mounts what the probe needs, does every deed of the live test under the probe, prints one line that
//! begins with `kernel check:`, and turns the machine off.
#![allow(clippy::print_stdout, missing_docs)]
#![allow(unsafe_code)] // the deeds are raw system calls

use std::ffi::CStr;

#[cfg(target_arch = "x86_64")]
#[path = "../tests/live/compat.rs"]
mod compat;
#[path = "../tests/live/deed.rs"]
mod deed;
#[path = "../tests/live/file.rs"]
mod file;
#[path = "../tests/live/identity.rs"]
mod identity;
#[path = "../tests/live/io.rs"]
mod io;
#[path = "../tests/live/process.rs"]
mod process;
#[path = "../tests/live/socket.rs"]
mod socket;
#[path = "../tests/live/watch.rs"]
mod watch;

fn mount(kind: &CStr, place: &CStr) {
    // SAFETY: all strings are NUL-terminated and live longer than the call.
    let result = unsafe { libc::mount(kind.as_ptr(), place.as_ptr(), kind.as_ptr(), 0, std::ptr::null()) };
    if result != 0 {
        println!("cannot mount {kind:?}: {}", std::io::Error::last_os_error());
    }
}

/// Switches the loopback interface on.
fn raise_loopback() {
    // SAFETY: an ifreq is plain data for which zeroes are valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[0] = b'l' as libc::c_char;
    request.ifr_name[1] = b'o' as libc::c_char;
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the socket is open and the request valid for the calls.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
        libc::ioctl(socket, libc::SIOCSIFFLAGS as _, &request);
        libc::close(socket);
    }
}

/// Loads what only several workers need.
fn load_for_several_workers() {
    let options = windhover_probe::Options { rings: 2, ..Default::default() };
    let loaded = windhover_probe::Probe::load(options).and_then(|mut probe| probe.keep_families());
    loaded.expect("a probe for several workers");
}

fn turn_off() -> ! {
    // SAFETY: nothing needs to be kept; the machine has no disks.
    unsafe { libc::reboot(libc::RB_POWER_OFF) };
    loop {
        std::thread::park();
    }
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("deeds") => return deed::run(),
        Some("nothing") => return,
        _ => {}
    }
    let alone = std::process::id() == 1;
    if alone {
        for (kind, place) in [(c"proc", c"/proc"), (c"sysfs", c"/sys"), (c"devtmpfs", c"/dev"), (c"tmpfs", c"/tmp")] {
            mount(kind, place);
        }
        mount(c"tracefs", c"/sys/kernel/tracing");
        raise_loopback();
    }
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let release = release.trim();
    // On a line of its own, whatever the firmware left on the console.
    let check = || {
        let outcome = watch::run();
        load_for_several_workers();
        outcome
    };
    match std::panic::catch_unwind(check) {
        Ok(outcome) if outcome.starts_with("skipped") => println!("\nkernel check: failed on {release}: {outcome}"),
        Ok(outcome) => println!("\nkernel check: passed on {release}: {outcome}"),
        Err(_) => println!("\nkernel check: failed on {release}"),
    }
    if alone {
        turn_off();
    }
}
