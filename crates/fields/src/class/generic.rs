//! `evt.*` fields that every event of every source has.

use windhover_filter::Scope;

use crate::definition::{Class, Definition, Maker, PrintFormat};

const F: Maker = Maker { class: Class::Generic, scope: Scope::Event };
const TYPE: Maker = Maker { class: Class::Generic, scope: Scope::EventType };
const MACHINE: Maker = Maker { class: Class::Generic, scope: Scope::Process };

pub(crate) const FIELDS: &[Definition] = &[
    F.uint64("evt.num", "Number of the event, counted from 1 since the start.").print(PrintFormat::Id),
    F.text("evt.time", "Local time of day with nanoseconds."),
    F.text("evt.time.s", "Local time of day in whole seconds."),
    F.text("evt.time.iso8601", "Date and time in UTC, ISO 8601 with nanoseconds."),
    F.text("evt.datetime", "Local date and time with nanoseconds."),
    F.text("evt.datetime.s", "Local date and time in whole seconds."),
    F.time("evt.rawtime", "Nanoseconds since the epoch."),
    F.time("evt.rawtime.s", "Whole seconds since the epoch."),
    F.time("evt.rawtime.ns", "Nanoseconds within the second.").print(PrintFormat::PaddedDecimal),
    F.duration("evt.reltime", "Nanoseconds since the first event.").print(PrintFormat::PaddedDecimal),
    F.duration("evt.reltime.s", "Whole seconds since the first event."),
    F.duration("evt.reltime.ns", "Nanoseconds within the second since the first event.")
        .print(PrintFormat::PaddedDecimal),
    F.text("evt.pluginname", "Name of the plugin that the event comes from."),
    F.text("evt.plugininfo", "The plugin's own one-line summary of the event."),
    TYPE.text("evt.source", "Name of the event source, such as `syscall`."),
    TYPE.boolean(
        "evt.is_async",
        "Whether the event was injected by the engine or a plugin rather than caused by a thread.",
    ),
    F.text("evt.asynctype", "Name of an injected event, such as `container`."),
    MACHINE.text("evt.hostname", "Name of the host that the event happened on."),
];
