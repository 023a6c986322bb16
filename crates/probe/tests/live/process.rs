//! Deeds with processes: births, programs, signals, ends.

use std::ffi::{CStr, CString};

use crate::deed::{
    Deeds, Param, any, at, at_mut, bytes, call, empty, exists, here, int, path, s64, text, u8, u32, u64,
};

/// Event codes that no call of this architecture's table leads to.
const EXECVE_X: u16 = 293;
const PROCEXIT_E: u16 = 186;
const SIGNALDELIVER_E: u16 = 232;
const CLONE_X: u16 = 223;
/// What a child's end leaves for its parent to fetch.
const EXIT_STATUS: usize = 7;

pub fn deeds(deeds: &mut Deeds) {
    births(deeds);
    orphans(deeds);
    programs(deeds);
    signals(deeds);
    traces(deeds);
}

fn wait_for(child: i64) {
    call("wait4", &[child as usize, 0, 0, 0]);
}

/// Parameters of a birth: what is known of the parent's side.
fn parent_side(child: i64, flags: u32) -> Vec<Param> {
    let own = i64::from(std::process::id());
    let parent = i64::from(std::os::unix::process::parent_id());
    let exe = std::env::args().next().expect("a name");
    let exe = [exe.as_bytes(), b"\0"].concat();
    let mut params = vec![s64(child), bytes(&exe), bytes(b"deeds\0"), s64(own), s64(own), s64(parent), empty()];
    params.extend([any(), any(), any(), any(), any(), any(), any(), any()]);
    params.extend([u32(flags), u32(0), u32(0), any(), any(), u64(0)]);
    params
}

/// The child's own side: its ids, and that it is in no namespace of its own.
fn child_side(child: i64, flags: u32) -> Vec<Param> {
    let own = i64::from(std::process::id());
    let mut params = parent_side(0, flags);
    params[3] = s64(child);
    params[4] = s64(child);
    params[5] = s64(own);
    params[20] = any();
    params
}

/// The end of a process that ends of itself.
fn exit_event(deeds: &mut Deeds, status: i64) {
    deeds.expect(PROCEXIT_E, vec![s64(status << 8), s64(status), u8(0), u8(0), s64(0)]);
}

/// Starts a child by `name`, which at once makes `then` and ends.
fn child(name: &str, arguments: &[usize], then: impl FnOnce()) -> i64 {
    let child = call(name, arguments);
    if child == 0 {
        then();
        call("exit_group", &[EXIT_STATUS]);
    }
    wait_for(child);
    child
}

fn births(deeds: &mut Deeds) {
    let namespaced = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status
            .lines()
            .any(|line| line.strip_prefix("NSpid:").is_some_and(|ids| ids.split_ascii_whitespace().count() > 1))
    });
    assert!(!namespaced, "process ids must be those of the initial namespace");
    let born = child("clone", &[libc::SIGCHLD as usize, 0, 0, 0, 0], || {});
    deeds.expect(CLONE_X, parent_side(born, 0));
    deeds.expect(CLONE_X, child_side(born, 0));
    exit_event(deeds, EXIT_STATUS as i64);
    let mut arguments = [0u64; 11];
    arguments[4] = libc::SIGCHLD as u64;
    let born = child("clone3", &[at(&arguments), 88], || {});
    deeds.expect(335, parent_side(born, 0));
    deeds.expect(if cfg!(target_arch = "x86_64") { 335 } else { CLONE_X }, child_side(born, 0));
    if exists("fork") {
        let born = child("fork", &[], || {});
        deeds.expect(225, parent_side(born, 0));
        deeds.expect(225, child_side(born, 0));
        #[cfg(target_arch = "x86_64")]
        {
            let born = vfork_and_end();
            wait_for(born);
            deeds.expect(227, parent_side(born, 0));
            deeds.expect(227, child_side(born, 0));
        }
    }
}

/// A child that ends before its own child: the kernel gives that to us, who asked for orphans.
fn orphans(deeds: &mut Deeds) {
    let own = i64::from(std::process::id());
    call("prctl", &[libc::PR_SET_CHILD_SUBREAPER as usize, 1]);
    child("clone", &[libc::SIGCHLD as usize, 0, 0, 0, 0], || {
        let orphan = call("clone", &[libc::SIGCHLD as usize, 0, 0, 0, 0]);
        if orphan == 0 {
            // Until it is an orphan.
            while i64::from(std::os::unix::process::parent_id()) != own {
                call("nanosleep", &[at(&[0i64, 1_000_000]), 0]);
            }
            call("exit_group", &[EXIT_STATUS]);
        }
        call("exit_group", &[EXIT_STATUS + 1]);
    });
    call("wait4", &[int(-1), 0, 0, 0]);
    let status = EXIT_STATUS as i64 + 1;
    deeds.expect(PROCEXIT_E, vec![s64(status << 8), s64(status), u8(0), u8(0), s64(own)]);
    exit_event(deeds, EXIT_STATUS as i64);
    call("prctl", &[libc::PR_SET_CHILD_SUBREAPER as usize, 0]);
}

/// A vfork whose child ends without touching the stack that it shares with us.
#[cfg(target_arch = "x86_64")]
fn vfork_and_end() -> i64 {
    let result: i64;
    // SAFETY: the child does nothing but end; the parent goes on with its registers and stack as they were.
    unsafe {
        std::arch::asm!(
            "mov eax, 58", "syscall", "test rax, rax", "jnz 2f", "mov edi, 7", "mov eax, 231", "syscall", "2:",
            out("rax") result, out("rcx") _, out("r11") _, out("rdi") _,
        );
    }
    result
}

fn pointers(strings: &[&CStr]) -> Vec<usize> {
    strings.iter().map(|string| path(string)).chain([0]).collect()
}

fn programs(deeds: &mut Deeds) {
    let program = std::env::current_exe().expect("this program");
    let program = CString::new(program.into_os_string().into_encoded_bytes()).expect("a path");
    let argv = pointers(&[c"a name", c"nothing", c"", c"more"]);
    let envp = pointers(&[c"ONE=1", c"TWO=zwei"]);
    let own = i64::from(std::process::id());
    let born = child("clone", &[libc::SIGCHLD as usize, 0, 0, 0, 0], || {
        call("execve", &[path(&program), at(&argv[..]), at(&envp[..])]);
    });
    let mut params =
        vec![s64(0), text(c"a name"), bytes(b"nothing\0\0more\0"), s64(born), s64(born), s64(own), empty()];
    params.extend([any(), any(), any(), any(), any(), any(), any(), any(), bytes(b"ONE=1\0TWO=zwei\0")]);
    params.extend([any(), any(), any(), u32(1), u64(0), any(), any(), any(), any(), any(), u32(0)]);
    params.extend([text(&program), any(), u32(0), text(&program)]);
    deeds.expect(EXECVE_X, params);
    exit_event(deeds, 0);
    let failed = |result: i64, filename: Option<&CStr>| {
        let mut params =
            vec![s64(result), text(c"a name"), bytes(b"nothing\0\0more\0"), s64(own), s64(own), any(), empty()];
        params.extend([any(), any(), any(), any(), any(), any(), any(), any(), bytes(b"ONE=1\0TWO=zwei\0")]);
        params.extend(std::iter::repeat_n(any(), 14));
        params.extend(filename.map(text));
        params
    };
    deeds.call_with("execve", &[path(c"/nonexistent"), at(&argv[..]), at(&envp[..])], |result| {
        failed(result, Some(c"/nonexistent"))
    });
    deeds.call_with("execveat", &[here(), path(c"nonexistent"), at(&argv[..]), at(&envp[..]), 0], |result| {
        failed(result, None)
    });
}

extern "C" fn nothing(_: libc::c_int) {}

fn signals(deeds: &mut Deeds) {
    let own = i64::from(std::process::id());
    // SAFETY: the handler does nothing, so it may run at any time.
    unsafe { libc::signal(libc::SIGUSR1, nothing as extern "C" fn(libc::c_int) as libc::sighandler_t) };
    let signal = libc::SIGUSR1 as usize;
    let me = own as usize;
    deeds.call("kill", &[me, signal], &[s64(own), u8(10)]);
    deeds.expect(SIGNALDELIVER_E, vec![s64(own), s64(own), u8(10)]);
    deeds.call("tkill", &[me, signal], &[s64(own), u8(10)]);
    deeds.call("tgkill", &[me, me, signal], &[s64(own), s64(own), u8(10)]);
    let killed = call("clone", &[libc::SIGCHLD as usize, 0, 0, 0, 0]);
    if killed == 0 {
        loop {
            call("pause", &[]);
            call("nanosleep", &[at(&[1i64, 0]), 0]);
        }
    }
    deeds.call("kill", &[killed as usize, 15], &[s64(killed), u8(15)]);
    wait_for(killed);
    deeds.expect(PROCEXIT_E, vec![s64(15), s64(0), u8(15), u8(0), s64(0)]);
}

fn traces(deeds: &mut Deeds) {
    let nobody = i32::MAX as usize;
    let zero = bytes(&[0, 0, 0, 0, 0, 0, 0, 0, 0]);
    deeds.call("ptrace", &[16, nobody, 5, 6], &[zero.clone(), zero.clone(), bytes(&[11, 0]), s64(nobody as i64)]);
    // Before the child is born, so that it has the word at the same place.
    let word = std::hint::black_box(0x1122_3344_5566_7788u64);
    let place = at(&word);
    let traced = call("clone", &[libc::SIGCHLD as usize, 0, 0, 0, 0]);
    if traced == 0 {
        call("ptrace", &[0, 0, 0, 0]);
        call("kill", &[std::process::id() as usize, libc::SIGSTOP as usize]);
        call("exit_group", &[EXIT_STATUS]);
    }
    let mut status = 0i32;
    call("wait4", &[traced as usize, at_mut(&mut status), 0, 0]);
    let mut read = 0u64;
    let value = |value: u64| bytes(&[&[0][..], &value.to_le_bytes()].concat());
    deeds.call(
        "ptrace",
        &[2, traced as usize, place, at_mut(&mut read)],
        &[value(place as u64), value(word), bytes(&[3, 0]), s64(traced)],
    );
    deeds.call("ptrace", &[7, traced as usize, 0, 0], &[zero, bytes(&[1, 0]), bytes(&[8, 0]), s64(traced)]);
    wait_for(traced);
}
