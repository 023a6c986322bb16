//! `thread.*` fields: the thread that caused the event.

use windhover_event::{EventType, name};
use windhover_filter::{FieldArg, Scope, Scratch, Value};
use windhover_system::Live;

use crate::definition::{ArgForm, Class, Definition, Maker};
use crate::values::{EventValues, built, decimal, id, text};

const F: Maker = Maker { class: Class::Process, scope: Scope::Process };
/// What changes without making a new version of the thread.
const NOW: Maker = Maker { class: Class::Process, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("thread.cap_permitted", "Names of the capabilities that the thread may take.").get(|v, _, scratch| {
        let thread = v.thread()?;
        capabilities(thread.cap_permitted, scratch)
    }),
    F.text("thread.cap_inheritable", "Names of the capabilities that survive an exec.").get(|v, _, scratch| {
        let thread = v.thread()?;
        capabilities(thread.cap_inheritable, scratch)
    }),
    F.text("thread.cap_effective", "Names of the capabilities in force.").get(|v, _, scratch| {
        let thread = v.thread()?;
        capabilities(thread.cap_effective, scratch)
    }),
    NOW.uint64("thread.pfmajor", "Page faults that had to read, since the thread started.")
        .get(|v, _, _| Some(Value::Uint(v.context.live()?.pfmajor))),
    NOW.uint64("thread.pfminor", "Page faults that did not have to read, since the thread started.")
        .get(|v, _, _| Some(Value::Uint(v.context.live()?.pfminor))),
    F.id("thread.tid", "Id of the thread.").get(|v, _, _| id(v.event.tid())),
    F.boolean("thread.ismain", "Whether the thread is the process's main thread.")
        .get(|v, _, _| Some(Value::Bool(v.thread()?.is_main()))),
    F.id("thread.vtid", "Id of the thread in its own pid namespace.")
        .get(|v, _, _| v.thread().map(|t| t.vtid).filter(|vtid| *vtid != -1).and_then(id)),
    F.text("thread.nametid", "Name and id of the thread without anything between.").hidden().get(name_and_id),
    NOW.duration("thread.exectime", "Nanoseconds on the processor until this context switch; 0 for other events.")
        .get(|v, _, _| Some(Value::Uint(v.context.exec_ns()))),
    NOW.duration(
        "thread.totexectime",
        "Nanoseconds on the processor of the whole process until this context switch; 0 for other events.",
    )
    .get(|v, _, _| Some(Value::Uint(total_exec_ns(v)))),
    F.text("thread.cgroups", "Cgroups as `subsystem=path`, joined by blanks.").get(cgroups),
    F.text("thread.cgroup", "Path of the cgroup of one subsystem.").arg(ArgForm::Subsystem).get(cgroup),
    NOW.double("thread.cpu", "Percent of a processor used since the last periodic report; 0 with the first.")
        .get(|v, _, _| cpu_percent(v, |(user, system)| user + system)),
    NOW.double(
        "thread.cpu.user",
        "Percent of a processor used in user space since the last periodic report; 0 with the first.",
    )
    .get(|v, _, _| cpu_percent(v, |(user, _)| user)),
    NOW.double(
        "thread.cpu.system",
        "Percent of a processor used in the kernel since the last periodic report; 0 with the first.",
    )
    .get(|v, _, _| cpu_percent(v, |(_, system)| system)),
    NOW.uint64("thread.vmsize", "Virtual memory in KiB for main threads, 0 for others.")
        .get(|v, _, _| Some(Value::Uint(main_kb(v, |live| live.vmsize_kb)?))),
    NOW.uint64("thread.vmrss", "Resident memory in KiB for main threads, 0 for others.")
        .get(|v, _, _| Some(Value::Uint(main_kb(v, |live| live.vmrss_kb)?))),
    NOW.uint64("thread.vmsize.b", "`thread.vmsize` in bytes.")
        .hidden()
        .get(|v, _, _| Some(Value::Uint(main_kb(v, |live| live.vmsize_kb)? * 1024))),
    NOW.uint64("thread.vmrss.b", "`thread.vmrss` in bytes.")
        .hidden()
        .get(|v, _, _| Some(Value::Uint(main_kb(v, |live| live.vmrss_kb)? * 1024))),
];

fn capabilities(mask: u64, scratch: &mut Scratch) -> Option<Value<'_>> {
    built(scratch, |out| name::push_capabilities(mask, out))
}

fn name_and_id<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    let thread = v.thread()?;
    built(scratch, |out| {
        out.extend_from_slice(&thread.comm);
        decimal(out, v.event.tid());
    })
}

fn cgroups<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    let thread = v.thread()?;
    built(scratch, |out| {
        for (at, (subsystem, path)) in thread.cgroup_list().enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(subsystem);
            out.push(b'=');
            out.extend_from_slice(path);
        }
    })
}

fn cgroup<'a>(v: &'a EventValues<'_>, arg: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let FieldArg::Key(wanted) = arg else { return None };
    let mut groups = v.thread()?.cgroup_list();
    groups.find(|(subsystem, _)| *subsystem == wanted.as_bytes()).and_then(|(_, path)| text(path))
}

/// Reports come once a second, so that hundredths of a second are percent.
fn cpu_percent(v: &EventValues<'_>, of: fn((u64, u64)) -> u64) -> Option<Value<'static>> {
    const ALL: u64 = 100;
    v.thread().filter(|_| v.event.kind() == EventType::PROCINFO_E)?;
    Some(Value::Double(of(v.context.cpu_used()).min(ALL) as f64))
}

fn total_exec_ns(v: &EventValues<'_>) -> u64 {
    match v.event.kind() {
        EventType::SCHEDSWITCH_6_E => v.context.main_live().map_or(0, |main| main.exec_ns),
        _ => 0,
    }
}

/// Memory counts for main threads alone, so that sums over threads are right.
fn main_kb(v: &EventValues<'_>, of: fn(&Live) -> u32) -> Option<u64> {
    if v.thread()?.is_main() { v.context.live().map(|live| of(live).into()) } else { Some(0) }
}
