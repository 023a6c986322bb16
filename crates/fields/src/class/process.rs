//! `proc.*` fields: the process that caused the event.

use windhover_filter::Scope;

use crate::definition::{ArgForm, Class, Definition, Maker, PrintFormat};

const F: Maker = Maker { class: Class::Process, scope: Scope::Process };
/// What changes without making a new version of the process: sizes, clocks, descriptors, counts.
const NOW: Maker = Maker { class: Class::Process, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("proc.exe", "First element of the argument vector, as the caller of exec chose it; can be forged."),
    F.text("proc.pexe", "`proc.exe` of the parent process."),
    F.text("proc.exepath", "Path of the executable, as the kernel resolved it."),
    F.text("proc.pexepath", "`proc.exepath` of the parent process."),
    F.text("proc.name", "Name of the executable as the kernel keeps it, at most 15 bytes."),
    F.text("proc.pname", "`proc.name` of the parent process."),
    F.text("proc.args", "Arguments after the first element, joined by blanks; `[n]` picks one, counted from 0.")
        .arg(ArgForm::OptionalIndex),
    F.text("proc.cmdline", "Name and arguments, joined by blanks."),
    F.text("proc.pcmdline", "`proc.cmdline` of the parent process."),
    F.uint64("proc.cmdnargs", "Number of arguments."),
    F.uint64("proc.cmdlenargs", "Sum of the arguments' lengths, without separators."),
    F.text("proc.exeline", "First element of the argument vector and the arguments, joined by blanks."),
    F.text("proc.env", "Environment, joined by blanks; `[NAME]` is the value of one variable, empty if unset.")
        .arg(ArgForm::OptionalKeyOrIndex),
    F.text("proc.cwd", "Working directory, ending in `/`."),
    F.id("proc.loginshellid", "Id of the oldest shell among the process and its ancestors."),
    F.uint32("proc.tty", "Device number of the controlling terminal; 0 for none.").print(PrintFormat::Id),
    F.id("proc.pid", "Id of the process."),
    F.id("proc.ppid", "Id of the parent process."),
    F.id("proc.vpid", "Id of the process in its own pid namespace."),
    F.id("proc.pvpid", "Id of the parent process in its own pid namespace."),
    F.id("proc.sid", "Session id, in the process's own pid namespace."),
    F.text("proc.sname", "Name of the session's leader, or of the oldest ancestor in the session."),
    F.text("proc.sid.exe", "`proc.exe` of the session's leader."),
    F.text("proc.sid.exepath", "`proc.exepath` of the session's leader."),
    F.id("proc.vpgid", "Process group id, in the process's own pid namespace."),
    F.text("proc.vpgid.name", "Name of the process group's leader, found by `proc.vpgid`."),
    F.text("proc.vpgid.exe", "`proc.exe` of the process group's leader, found by `proc.vpgid`."),
    F.text("proc.vpgid.exepath", "`proc.exepath` of the process group's leader, found by `proc.vpgid`."),
    F.id("proc.pgid", "Process group id, in the host's pid namespace."),
    F.text("proc.pgid.name", "Name of the process group's leader, found by `proc.pgid`."),
    F.text("proc.pgid.exe", "`proc.exe` of the process group's leader, found by `proc.pgid`."),
    F.text("proc.pgid.exepath", "`proc.exepath` of the process group's leader, found by `proc.pgid`."),
    NOW.duration("proc.duration", "Nanoseconds since the process started."),
    NOW.duration("proc.ppid.duration", "Nanoseconds since the parent process started."),
    F.duration("proc.pid.ts", "When the process started, in nanoseconds since the epoch."),
    F.duration("proc.ppid.ts", "When the parent process started, in nanoseconds since the epoch."),
    F.boolean("proc.is_exe_writable", "Whether the user who runs the executable may write to it."),
    F.boolean(
        "proc.is_exe_upper_layer",
        "Whether the executable is in the upper layer of an overlay, not in the image.",
    ),
    F.boolean("proc.is_exe_lower_layer", "Whether the executable is in a lower layer of an overlay."),
    F.boolean("proc.is_exe_from_memfd", "Whether the executable is an anonymous memory file."),
    F.boolean("proc.is_sid_leader", "Whether the process leads its session."),
    F.boolean("proc.is_vpgid_leader", "Whether the process leads its group, by the ids of its own pid namespace."),
    F.boolean("proc.is_pgid_leader", "Whether the process leads its group, by the host's ids."),
    F.int64("proc.exe_ino", "Inode number of the executable."),
    F.time("proc.exe_ino.ctime", "When the executable's inode last changed, in nanoseconds since the epoch."),
    F.time("proc.exe_ino.mtime", "When the executable was last written, in nanoseconds since the epoch."),
    F.time(
        "proc.exe_ino.ctime_duration_proc_start",
        "Nanoseconds from the inode's last change to the start of the process.",
    ),
    F.time(
        "proc.exe_ino.ctime_duration_pidns_start",
        "Nanoseconds from the start of the pid namespace to the inode's last change, if it came later.",
    ),
    F.uint64(
        "proc.pidns_init_start_ts",
        "When the first process of the pid namespace started, in nanoseconds since the epoch.",
    ),
    NOW.uint64("proc.fdopencount", "Number of open descriptors."),
    NOW.int64("proc.fdlimit", "Largest number of descriptors that the process may have; -1 if unknown."),
    NOW.double("proc.fdusage", "Open descriptors in percent of the limit."),
    NOW.uint64("proc.vmsize", "Virtual memory in KiB."),
    NOW.uint64("proc.vmrss", "Resident memory in KiB."),
    NOW.uint64("proc.vmswap", "Swapped memory in KiB."),
    NOW.uint64("proc.nthreads", "Number of live threads."),
    NOW.uint64("proc.nchilds", "Number of live threads besides the main one."),
    NOW.text("proc.stdin.type", "`fd.type` of standard input."),
    NOW.text("proc.stdout.type", "`fd.type` of standard output."),
    NOW.text("proc.stderr.type", "`fd.type` of standard error."),
    NOW.text("proc.stdin.name", "`fd.name` of standard input."),
    NOW.text("proc.stdout.name", "`fd.name` of standard output."),
    NOW.text("proc.stderr.name", "`fd.name` of standard error."),
];
