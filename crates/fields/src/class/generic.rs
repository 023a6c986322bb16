//! `evt.*` fields that every event of every source has.

use windhover_event::{EventType, category, time};
use windhover_filter::{FieldArg, Scope, Scratch, Value};

use crate::definition::{Class, Definition, Maker, PrintFormat};
use crate::kind::{EventKind, Known};
use crate::values::{EventValues, built, text};

const F: Maker = Maker { class: Class::Generic, scope: Scope::Event };
const TYPE: Maker = Maker { class: Class::Generic, scope: Scope::EventType };
const MACHINE: Maker = Maker { class: Class::Generic, scope: Scope::Process };

pub(crate) const FIELDS: &[Definition] = &[
    F.uint64("evt.num", "Number of the event, counted from 1 since the start.")
        .print(PrintFormat::Id)
        .get(|v, _, _| Some(Value::Uint(v.context.event_num()))),
    F.text("evt.time", "Local time of day with nanoseconds.")
        .get(|v, _, scratch| built(scratch, |out| time::push_time(v.event.ts(), v.zone, out))),
    F.text("evt.time.s", "Local time of day in whole seconds.")
        .get(|v, _, scratch| built(scratch, |out| time::push_time_seconds(v.event.ts(), v.zone, out))),
    F.text("evt.time.iso8601", "Date and time in UTC, ISO 8601 with nanoseconds.")
        .get(|v, _, scratch| built(scratch, |out| time::push_iso8601(v.event.ts(), out))),
    F.text("evt.datetime", "Local date and time with nanoseconds.")
        .get(|v, _, scratch| built(scratch, |out| time::push_datetime(v.event.ts(), v.zone, out))),
    F.text("evt.datetime.s", "Local date and time in whole seconds.")
        .get(|v, _, scratch| built(scratch, |out| time::push_datetime_seconds(v.event.ts(), v.zone, out))),
    F.time("evt.rawtime", "Nanoseconds since the epoch.").get(|v, _, _| Some(Value::Uint(v.event.ts()))),
    F.time("evt.rawtime.s", "Whole seconds since the epoch.").get(|v, _, _| Some(Value::Uint(v.event.ts() / SECOND))),
    F.time("evt.rawtime.ns", "Nanoseconds within the second.")
        .print(PrintFormat::PaddedDecimal)
        .get(|v, _, _| Some(Value::Uint(v.event.ts() % SECOND))),
    F.duration("evt.reltime", "Nanoseconds since the first event.")
        .print(PrintFormat::PaddedDecimal)
        .get(|v, _, _| Some(Value::Uint(v.context.relative_ts()))),
    F.duration("evt.reltime.s", "Whole seconds since the first event.")
        .get(|v, _, _| Some(Value::Uint(v.context.relative_ts() / SECOND))),
    F.duration("evt.reltime.ns", "Nanoseconds within the second since the first event.")
        .print(PrintFormat::PaddedDecimal)
        .get(|v, _, _| Some(Value::Uint(v.context.relative_ts() % SECOND))),
    F.text("evt.pluginname", "Name of the plugin that the event comes from.").get(plugin_name).known(plugin_known),
    F.text("evt.plugininfo", "The plugin's own one-line summary of the event.").get(plugin_summary).known(plugin_known),
    TYPE.text("evt.source", "Name of the event source, such as `syscall`.")
        .get(|v, _, _| text(v.catalogue.source().as_bytes())),
    TYPE.boolean(
        "evt.is_async",
        "Whether the event was injected by the engine or a plugin rather than caused by a thread.",
    )
    .get(|v, _, _| Some(Value::Bool(is_async(v.event.kind()))))
    .known(|kind, _| Known::Value(Value::Bool(is_async(kind.event_type())))),
    F.text("evt.asynctype", "Name of an injected event, such as `container`.")
        .get(|v, _, _| if v.event.kind() == EventType::ASYNCEVENT_E { text(v.event.str(1)?) } else { None })
        .known(|kind, _| if kind.event_type() == EventType::ASYNCEVENT_E { Known::Nothing } else { Known::Missing }),
    MACHINE
        .text("evt.hostname", "Name of the host that the event happened on.")
        .get(|v, _, _| text(v.context.machine().hostname.as_bytes())),
];

/// Nanoseconds.
pub(super) const SECOND: u64 = 1_000_000_000;

fn is_async(kind: EventType) -> bool {
    kind.info().event_category & category::METAEVENT != 0
}

fn plugin_name<'a>(v: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    if v.event.kind() != EventType::PLUGINEVENT_E {
        return None;
    }
    text(v.plugins?.name(v.event.u32(0)?)?.as_bytes())
}

fn plugin_summary<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    if v.event.kind() != EventType::PLUGINEVENT_E {
        return None;
    }
    scratch.bytes.clear();
    v.plugins?.push_summary(&v.event, &mut scratch.bytes).then_some(Value::Str(&scratch.bytes))
}

fn plugin_known(kind: EventKind, _: &FieldArg) -> Known {
    if kind.event_type() == EventType::PLUGINEVENT_E { Known::Nothing } else { Known::Missing }
}
