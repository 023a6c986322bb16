//! `evt.*` fields of system calls and other kernel events.

use windhover_filter::Scope;

use crate::definition::{ArgForm, Class, Definition, Maker, PrintFormat};

const F: Maker = Maker { class: Class::Event, scope: Scope::Event };
const TYPE: Maker = Maker { class: Class::Event, scope: Scope::EventType };

pub(crate) const FIELDS: &[Definition] = &[
    TYPE.duration("evt.latency", "Always 0: enter and exit are no longer separate events.").deprecated(),
    TYPE.duration("evt.latency.s", "Always 0, as `evt.latency`.").deprecated(),
    TYPE.duration("evt.latency.ns", "Always 0, as `evt.latency`.").print(PrintFormat::PaddedDecimal).deprecated(),
    TYPE.uint64("evt.latency.quantized", "Always 0, as `evt.latency`.").deprecated().hidden(),
    TYPE.text("evt.latency.human", "Always `0ns`, as `evt.latency`.").deprecated(),
    F.duration("evt.deltatime", "Nanoseconds since the event before."),
    F.duration("evt.deltatime.s", "Whole seconds since the event before."),
    F.duration("evt.deltatime.ns", "Nanoseconds within the second since the event before.")
        .print(PrintFormat::PaddedDecimal),
    F.text("evt.outputtime", "Time in the form that the output was set to.").print_only(),
    TYPE.text("evt.dir", "Direction: `<` for the end of a call, `>` for everything that has no end.")
        .print(PrintFormat::Direction)
        .deprecated(),
    TYPE.text("evt.type", "Name of the event: that of the system call, `procexit`, `signaldeliver` …"),
    TYPE.uint32("evt.type.is", "1 for events of the named type, else 0.")
        .arg(ArgForm::EventType)
        .print(PrintFormat::Plain),
    TYPE.text("syscall.type", "Name of the system call; no value for events that are none."),
    F.text(
        "evt.category",
        "What the event is about: `file`, `net`, `process`, `memory` …; I/O counts by its descriptor.",
    ),
    F.int16("evt.cpu", "Number of the processor or buffer that the event came from.").print(PrintFormat::Id),
    F.text("evt.args", "All parameters as `name=value`, with names for flags, errors and descriptors."),
    F.text("evt.arg", "One parameter by name or number, as text: the resolved form if there is one.")
        .arg(ArgForm::Param),
    F.dynamic("evt.rawarg", "One parameter by name, in its own type.").arg(ArgForm::RawParam).lhs_only(),
    F.text("evt.info", "The same as `evt.args`."),
    F.bytes("evt.buffer", "Bytes that the call read, wrote, sent or received, up to the snapshot length."),
    F.uint64("evt.buflen", "Bytes that the call really moved."),
    F.text("evt.res", "`SUCCESS`, or the name of the error, such as `ENOENT`.").print(PrintFormat::Decimal),
    F.int64("evt.rawres", "The call's result as a number; errors are negative."),
    F.boolean("evt.failed", "Whether the call returned an error."),
    TYPE.boolean("evt.is_io", "Whether the event reads from or writes to a descriptor."),
    TYPE.boolean("evt.is_io_read", "Whether the event reads from a descriptor."),
    TYPE.boolean("evt.is_io_write", "Whether the event writes to a descriptor."),
    TYPE.text("evt.io_dir", "`read` or `write`; no value for events that do neither."),
    TYPE.boolean("evt.is_wait", "Whether the call waits for something to happen."),
    TYPE.duration("evt.wait_latency", "Never a value: waiting times are no longer measured.").deprecated(),
    F.boolean("evt.is_syslog", "Whether the event writes to `/dev/log`."),
    TYPE.uint32("evt.count", "Always 1, for sums."),
    F.uint32("evt.count.error", "1 if the call failed, else 0."),
    F.uint32("evt.count.error.file", "1 if a call on a file or directory failed."),
    F.uint32("evt.count.error.net", "1 if a call on a socket failed."),
    F.uint32("evt.count.error.memory", "1 if a call for memory failed."),
    F.uint32("evt.count.error.other", "1 if a call of any other kind failed."),
    TYPE.uint32("evt.count.exit", "1 for the end of a call."),
    F.uint32("evt.count.procinfo", "1 for the periodic report on a process.").hidden(),
    F.uint32("evt.count.threadinfo", "1 for the periodic report on a thread.").hidden(),
    F.uint64("evt.around", "True within the given milliseconds of the time in brackets (ns since the epoch).")
        .arg(ArgForm::Index)
        .filter_only(),
    F.text("evt.abspath", "Absolute path of calls that take a directory and a path; `.src` and `.dst` choose of two.")
        .arg(ArgForm::PathSide),
    F.uint64("evt.buflen.in", "`evt.buflen` of reads.").hidden(),
    F.uint64("evt.buflen.out", "`evt.buflen` of writes.").hidden(),
    F.uint64("evt.buflen.file", "`evt.buflen` on files.").hidden(),
    F.uint64("evt.buflen.file.in", "`evt.buflen` of reads from files.").hidden(),
    F.uint64("evt.buflen.file.out", "`evt.buflen` of writes to files.").hidden(),
    F.uint64("evt.buflen.net", "`evt.buflen` on IP sockets.").hidden(),
    F.uint64("evt.buflen.net.in", "`evt.buflen` of reads from IP sockets.").hidden(),
    F.uint64("evt.buflen.net.out", "`evt.buflen` of writes to IP sockets.").hidden(),
    F.boolean("evt.is_open_read", "Whether an open asks to read; it need not have succeeded."),
    F.boolean("evt.is_open_write", "Whether an open asks to write; it need not have succeeded."),
    F.text("evt.infra.docker.name", "Kind of an event of the old Docker feed.").hidden(),
    F.text("evt.infra.docker.container.id", "Container of an event of the old Docker feed.").hidden(),
    F.text("evt.infra.docker.container.name", "Container's name in an event of the old Docker feed.").hidden(),
    F.text("evt.infra.docker.container.image", "Image in an event of the old Docker feed.").hidden(),
    F.boolean("evt.is_open_exec", "Whether an open may create a file that someone may execute."),
    F.boolean("evt.is_open_create", "Whether an open really created a file."),
];
