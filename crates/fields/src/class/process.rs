//! `proc.*` fields: the process that caused the event.

use windhover_filter::{FieldArg, Scope, Scratch, Value};
use windhover_system::Thread;

use super::fd::type_name;
use crate::definition::{ArgForm, Class, Definition, Maker, PrintFormat};
use crate::values::{EventValues, built, id, spaced, text};

const F: Maker = Maker { class: Class::Process, scope: Scope::Process };
/// What changes without making a new version of the process: sizes, clocks, descriptors, counts.
const NOW: Maker = Maker { class: Class::Process, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("proc.exe", "First element of the argument vector, as the caller of exec chose it; can be forged.")
        .get(|v, _, _| text(&v.thread()?.exe)),
    F.text("proc.pexe", "`proc.exe` of the parent process.").get(|v, _, _| text(&v.context.parent()?.exe)),
    F.text("proc.exepath", "Path of the executable, as the kernel resolved it.")
        .get(|v, _, _| text(&v.thread()?.exepath)),
    F.text("proc.pexepath", "`proc.exepath` of the parent process.").get(|v, _, _| text(&v.context.parent()?.exepath)),
    F.text("proc.name", "Name of the executable as the kernel keeps it, at most 15 bytes.")
        .get(|v, _, _| text(&v.thread()?.comm)),
    F.text("proc.pname", "`proc.name` of the parent process.").get(|v, _, _| text(&v.context.parent()?.comm)),
    F.text("proc.args", "Arguments after the first element, joined by blanks; `[n]` picks one, counted from 0.")
        .arg(ArgForm::OptionalIndex)
        .get(args),
    F.text("proc.cmdline", "Name and arguments, joined by blanks.")
        .get(|v, _, scratch| Some(cmdline(v.thread()?, scratch))),
    F.text("proc.pcmdline", "`proc.cmdline` of the parent process.")
        .get(|v, _, scratch| Some(cmdline(v.context.parent()?, scratch))),
    F.uint64("proc.cmdnargs", "Number of arguments.")
        .get(|v, _, _| Some(Value::Uint(v.thread()?.arg_list().count() as u64))),
    F.uint64("proc.cmdlenargs", "Sum of the arguments' lengths, without separators.")
        .get(|v, _, _| Some(Value::Uint(v.thread()?.arg_list().map(|arg| arg.len() as u64).sum()))),
    F.text("proc.exeline", "First element of the argument vector and the arguments, joined by blanks.").get(exeline),
    F.text("proc.env", "Environment, joined by blanks; `[NAME]` is the value of one variable, empty if unset.")
        .arg(ArgForm::OptionalKeyOrIndex)
        .get(|v, arg, scratch| env(v.context.main()?, arg, scratch)),
    F.text("proc.cwd", "Working directory, ending in `/`.")
        .get(|v, _, _| v.thread().and_then(|_| text(v.context.cwd()))),
    F.id("proc.loginshellid", "Id of the oldest shell among the process and its ancestors.").get(login_shell),
    F.uint32("proc.tty", "Device number of the controlling terminal; 0 for none.")
        .print(PrintFormat::Id)
        .get(|v, _, _| Some(Value::Uint(v.thread()?.tty.into()))),
    F.id("proc.pid", "Id of the process.").get(|v, _, _| id(v.thread()?.pid)),
    F.id("proc.ppid", "Id of the parent process.").get(|v, _, _| id(v.context.parent()?.pid)),
    F.id("proc.vpid", "Id of the process in its own pid namespace.").get(|v, _, _| id(v.thread()?.vpid)),
    F.id("proc.pvpid", "Id of the parent process in its own pid namespace.").get(|v, _, _| id(direct_parent(v)?.vpid)),
    F.id("proc.sid", "Session id, in the process's own pid namespace.").get(|v, _, _| id(v.thread()?.sid)),
    F.text("proc.sname", "Name of the session's leader, or of the oldest ancestor in the session.")
        .get(|v, _, _| leader(v, v.context.session_leader(), |t| &t.comm)),
    F.text("proc.sid.exe", "`proc.exe` of the session's leader.")
        .get(|v, _, _| leader(v, v.context.session_leader(), |t| &t.exe)),
    F.text("proc.sid.exepath", "`proc.exepath` of the session's leader.")
        .get(|v, _, _| leader(v, v.context.session_leader(), |t| &t.exepath)),
    F.id("proc.vpgid", "Process group id, in the process's own pid namespace.").get(|v, _, _| id(v.thread()?.vpgid)),
    F.text("proc.vpgid.name", "Name of the process group's leader, found by `proc.vpgid`.")
        .get(|v, _, _| leader(v, v.context.vpgid_leader(), |t| &t.comm)),
    F.text("proc.vpgid.exe", "`proc.exe` of the process group's leader, found by `proc.vpgid`.")
        .get(|v, _, _| leader(v, v.context.vpgid_leader(), |t| &t.exe)),
    F.text("proc.vpgid.exepath", "`proc.exepath` of the process group's leader, found by `proc.vpgid`.")
        .get(|v, _, _| leader(v, v.context.vpgid_leader(), |t| &t.exepath)),
    F.id("proc.pgid", "Process group id, in the host's pid namespace.").get(|v, _, _| id(v.thread()?.pgid)),
    F.text("proc.pgid.name", "Name of the process group's leader, found by `proc.pgid`.")
        .get(|v, _, _| leader(v, v.context.pgid_leader(), |t| &t.comm)),
    F.text("proc.pgid.exe", "`proc.exe` of the process group's leader, found by `proc.pgid`.")
        .get(|v, _, _| leader(v, v.context.pgid_leader(), |t| &t.exe)),
    F.text("proc.pgid.exepath", "`proc.exepath` of the process group's leader, found by `proc.pgid`.")
        .get(|v, _, _| leader(v, v.context.pgid_leader(), |t| &t.exepath)),
    NOW.duration("proc.duration", "Nanoseconds since the process started.")
        .get(|v, _, _| since(v, v.thread()?.clone_ts)),
    NOW.duration("proc.ppid.duration", "Nanoseconds since the parent process started.").get(parent_duration),
    F.duration("proc.pid.ts", "When the process started, in nanoseconds since the epoch.")
        .get(|v, _, _| nonzero(v.thread()?.clone_ts)),
    F.duration("proc.ppid.ts", "When the parent process started, in nanoseconds since the epoch.")
        .get(|v, _, _| Some(Value::Uint(direct_parent(v)?.clone_ts))),
    F.boolean("proc.is_exe_writable", "Whether the user who runs the executable may write to it.")
        .get(|v, _, _| Some(Value::Bool(v.thread()?.exe_writable))),
    F.boolean(
        "proc.is_exe_upper_layer",
        "Whether the executable is in the upper layer of an overlay, not in the image.",
    )
    .get(|v, _, _| Some(Value::Bool(v.thread()?.exe_upper_layer))),
    F.boolean("proc.is_exe_lower_layer", "Whether the executable is in a lower layer of an overlay.")
        .get(|v, _, _| Some(Value::Bool(v.thread()?.exe_lower_layer))),
    F.boolean("proc.is_exe_from_memfd", "Whether the executable is an anonymous memory file.")
        .get(|v, _, _| Some(Value::Bool(v.thread()?.exe_from_memfd))),
    F.boolean("proc.is_sid_leader", "Whether the process leads its session.")
        .get(|v, _, _| Some(Value::Bool(v.thread().map(|t| t.sid == t.vpid)?))),
    F.boolean("proc.is_vpgid_leader", "Whether the process leads its group, by the ids of its own pid namespace.")
        .get(|v, _, _| Some(Value::Bool(v.thread().map(|t| t.vpgid == t.vpid)?))),
    F.boolean("proc.is_pgid_leader", "Whether the process leads its group, by the host's ids.")
        .get(|v, _, _| Some(Value::Bool(v.thread().map(|t| t.pgid == t.pid)?))),
    F.int64("proc.exe_ino", "Inode number of the executable.").get(|v, _, _| nonzero(v.thread()?.exe_ino).map(signed)),
    F.time("proc.exe_ino.ctime", "When the executable's inode last changed, in nanoseconds since the epoch.")
        .get(|v, _, _| nonzero(v.thread()?.exe_ino_ctime)),
    F.time("proc.exe_ino.mtime", "When the executable was last written, in nanoseconds since the epoch.")
        .get(|v, _, _| nonzero(v.thread()?.exe_ino_mtime)),
    F.time(
        "proc.exe_ino.ctime_duration_proc_start",
        "Nanoseconds from the inode's last change to the start of the process.",
    )
    .get(|v, _, _| nonzero(v.thread()?.exe_ino_ctime_duration_clone_ts)),
    F.time(
        "proc.exe_ino.ctime_duration_pidns_start",
        "Nanoseconds from the start of the pid namespace to the inode's last change, if it came later.",
    )
    .get(|v, _, _| nonzero(v.thread()?.exe_ino_ctime_duration_pidns_start)),
    F.uint64(
        "proc.pidns_init_start_ts",
        "When the first process of the pid namespace started, in nanoseconds since the epoch.",
    )
    .get(|v, _, _| nonzero(v.thread()?.pidns_init_start_ts)),
    NOW.uint64("proc.fdopencount", "Number of open descriptors.")
        .get(|v, _, _| v.thread().map(|_| Value::Uint(open_fds(v)))),
    NOW.int64("proc.fdlimit", "Largest number of descriptors that the process may have; -1 if unknown.")
        .get(|v, _, _| v.thread().map(|_| Value::Int(fd_limit(v)))),
    NOW.double("proc.fdusage", "Open descriptors in percent of the limit.").get(fd_usage),
    NOW.uint64("proc.vmsize", "Virtual memory in KiB.")
        .get(|v, _, _| Some(Value::Uint(v.context.live()?.vmsize_kb.into()))),
    NOW.uint64("proc.vmrss", "Resident memory in KiB.")
        .get(|v, _, _| Some(Value::Uint(v.context.live()?.vmrss_kb.into()))),
    NOW.uint64("proc.vmswap", "Swapped memory in KiB.")
        .get(|v, _, _| Some(Value::Uint(v.context.live()?.vmswap_kb.into()))),
    NOW.uint64("proc.nthreads", "Number of live threads.")
        .get(|v, _, _| v.thread().map(|_| Value::Uint(v.context.thread_count() as u64))),
    NOW.uint64("proc.nchilds", "Number of live threads besides the main one.")
        .get(|v, _, _| v.thread().map(|_| Value::Uint(other_threads(v)))),
    NOW.text("proc.stdin.type", "`fd.type` of standard input.")
        .get(|v, _, _| text(type_name(v.context.fds()?.get(0)?).as_bytes())),
    NOW.text("proc.stdout.type", "`fd.type` of standard output.")
        .get(|v, _, _| text(type_name(v.context.fds()?.get(1)?).as_bytes())),
    NOW.text("proc.stderr.type", "`fd.type` of standard error.")
        .get(|v, _, _| text(type_name(v.context.fds()?.get(2)?).as_bytes())),
    NOW.text("proc.stdin.name", "`fd.name` of standard input.").get(|v, _, _| text(&v.context.fds()?.get(0)?.name)),
    NOW.text("proc.stdout.name", "`fd.name` of standard output.").get(|v, _, _| text(&v.context.fds()?.get(1)?.name)),
    NOW.text("proc.stderr.name", "`fd.name` of standard error.").get(|v, _, _| text(&v.context.fds()?.get(2)?.name)),
];

/// `argv[1..]` joined by blanks, or one of them; none is the empty text.
fn args<'a>(v: &'a EventValues<'_>, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    let thread = v.thread()?;
    match *arg {
        FieldArg::Index(n) => text(thread.arg_list().nth(usize::try_from(n).ok()?).unwrap_or_default()),
        _ => built(scratch, |out| spaced(out, &thread.args)),
    }
}

/// The command line: kept with the process, or else made from name and arguments.
pub(super) fn cmdline<'a>(thread: &'a Thread, scratch: &'a mut Scratch) -> Value<'a> {
    if !thread.cmdline.is_empty() {
        return Value::Str(&thread.cmdline);
    }
    scratch.bytes.clear();
    scratch.bytes.extend_from_slice(&thread.comm);
    if thread.arg_list().next().is_some() {
        scratch.bytes.push(b' ');
        spaced(&mut scratch.bytes, &thread.args);
    }
    Value::Str(&scratch.bytes)
}

fn exeline<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    let thread = v.thread()?;
    built(scratch, |out| {
        out.extend_from_slice(&thread.exe);
        out.push(b' ');
        spaced(out, &thread.args);
    })
}

/// A variable's value without blanks around it, empty if it is unset; without a name the whole environment.
pub(super) fn env<'a>(thread: &'a Thread, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    match arg {
        FieldArg::Key(name) => text(variable(thread, name).unwrap_or_default()),
        _ => built(scratch, |out| spaced(out, &thread.env)),
    }
}

pub(super) fn variable<'a>(thread: &'a Thread, name: &str) -> Option<&'a [u8]> {
    let value = |entry: &'a [u8]| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=");
    thread.env_list().find_map(value).map(|value| value.trim_ascii())
}

/// The oldest shell among the process and its ancestors.
fn login_shell<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let line = std::iter::once(v.context.main()?).chain(v.context.ancestors());
    let shell = line.filter(|thread| thread.comm.ends_with(b"sh")).last()?;
    id(shell.pid)
}

/// The thread that the parent id names, which need not be a main thread.
fn direct_parent<'a>(v: &'a EventValues<'_>) -> Option<&'a Thread> {
    v.context.thread_by_tid(v.thread()?.ptid)
}

/// A text of a group's leader; empty if there is none.
fn leader<'a>(v: &'a EventValues<'_>, leader: Option<&'a Thread>, of: fn(&Thread) -> &[u8]) -> Option<Value<'a>> {
    v.thread()?;
    text(leader.map(of).unwrap_or_default())
}

fn since(v: &EventValues<'_>, start: u64) -> Option<Value<'static>> {
    (start != 0).then(|| Value::Uint(v.event.ts().wrapping_sub(start)))
}

/// Where the parent's start is unknown the reference shows the number of open descriptors, and so do we.
fn parent_duration<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    since(v, v.context.parent()?.clone_ts).or_else(|| Some(Value::Uint(open_fds(v))))
}

fn nonzero(number: u64) -> Option<Value<'static>> {
    (number != 0).then_some(Value::Uint(number))
}

fn signed(value: Value<'static>) -> Value<'static> {
    match value {
        Value::Uint(number) => Value::Int(number as i64),
        other => other,
    }
}

/// Live threads of the process that are not its main one, which may be dead already.
fn other_threads(v: &EventValues<'_>) -> u64 {
    let main_lives = v.context.main().is_some_and(|main| !main.is_dead());
    (v.context.thread_count() as u64).saturating_sub(main_lives.into())
}

fn open_fds(v: &EventValues<'_>) -> u64 {
    v.context.main_fds().map_or(0, |fds| fds.len() as u64)
}

fn fd_limit(v: &EventValues<'_>) -> i64 {
    v.context.main().map_or(-1, |main| main.fdlimit)
}

fn fd_usage<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    v.thread()?;
    let limit = fd_limit(v);
    let percent = if limit > 0 { open_fds(v) as f64 * 100.0 / limit as f64 } else { 0.0 };
    Some(Value::Double(percent.min(100.0)))
}
