//! `thread.*` fields: the thread that caused the event.

use windhover_filter::Scope;

use crate::definition::{ArgForm, Class, Definition, Maker};

const F: Maker = Maker { class: Class::Process, scope: Scope::Process };
/// What changes without making a new version of the thread.
const NOW: Maker = Maker { class: Class::Process, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("thread.cap_permitted", "Names of the capabilities that the thread may take."),
    F.text("thread.cap_inheritable", "Names of the capabilities that survive an exec."),
    F.text("thread.cap_effective", "Names of the capabilities in force."),
    NOW.uint64("thread.pfmajor", "Page faults that had to read, since the thread started."),
    NOW.uint64("thread.pfminor", "Page faults that did not have to read, since the thread started."),
    F.id("thread.tid", "Id of the thread."),
    F.boolean("thread.ismain", "Whether the thread is the process's main thread."),
    F.id("thread.vtid", "Id of the thread in its own pid namespace."),
    F.text("thread.nametid", "Name and id of the thread without anything between.").hidden(),
    NOW.duration("thread.exectime", "Nanoseconds on the processor until this context switch; 0 for other events."),
    NOW.duration("thread.totexectime", "Nanoseconds on the processor of the whole process so far."),
    F.text("thread.cgroups", "Cgroups as `subsystem=path`, joined by blanks."),
    F.text("thread.cgroup", "Path of the cgroup of one subsystem.").arg(ArgForm::Subsystem),
    NOW.double("thread.cpu", "Percent of a processor used since the last periodic report."),
    NOW.double("thread.cpu.user", "Percent of a processor used in user space since the last periodic report."),
    NOW.double("thread.cpu.system", "Percent of a processor used in the kernel since the last periodic report."),
    NOW.uint64("thread.vmsize", "Virtual memory in KiB for main threads, 0 for others."),
    NOW.uint64("thread.vmrss", "Resident memory in KiB for main threads, 0 for others."),
    NOW.uint64("thread.vmsize.b", "`thread.vmsize` in bytes.").hidden(),
    NOW.uint64("thread.vmrss.b", "`thread.vmrss` in bytes.").hidden(),
];
