//! The values of fields for one event in its model.

use std::net::IpAddr;
use std::ops::ControlFlow;

use windhover_event::EventView;
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_filter::{Arity, Field, FieldArg, Predicate, Rhs, Scratch, Source, Value, Values};
use windhover_system::{Context, Thread};

use crate::catalogue::Catalogue;
use crate::class::DEFINITIONS;
use crate::kind::EventKind;
use crate::origin;

/// Gives the host names of addresses, for `fd.sip.name` and the like. Answers come from a table that somebody else fills:
/// looking a name up would hold up the event.
pub trait HostNames {
    /// A name of the address, if one is known.
    fn name_of(&self, address: IpAddr) -> Option<&str>;
}

/// The names of hosts that a predicate compares with, which [`HostNames`] should know.
pub fn host_names_in(predicate: &Predicate) -> Vec<String> {
    let Source::Field(field) = &predicate.lhs else { return Vec::new() };
    let Rhs::Texts(texts) = &predicate.rhs else { return Vec::new() };
    let names_hosts = DEFINITIONS.get(usize::from(field.def)).is_some_and(|known| known.name.ends_with("ip.name"));
    let names = texts.iter().filter(|_| names_hosts).filter_map(|text| std::str::from_utf8(text).ok());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// What the plugins that events come from say of them, for `evt.pluginname` and `evt.plugininfo`.
pub trait PluginEvents {
    /// The name of the plugin with this id.
    fn name(&self, plugin_id: u32) -> Option<&str>;

    /// Appends the plugin's one-line summary of its event; says whether it has one.
    fn push_summary(&self, event: &EventView<'_>, out: &mut Vec<u8>) -> bool;
}

/// Values of fields for the event that the model was last brought up to date with.
#[derive(Clone, Copy)]
pub struct EventValues<'e> {
    pub(crate) event: EventView<'e>,
    pub(crate) context: Context<'e>,
    pub(crate) catalogue: &'e Catalogue,
    pub(crate) cpu: u16,
    pub(crate) host_names: Option<&'e dyn HostNames>,
    pub(crate) plugins: Option<&'e dyn PluginEvents>,
    pub(crate) zone: &'e Zone,
    pub(crate) buffer: BufferFormat,
}

static UTC: Zone = Zone::UTC;

/// Receives the values of a field of several; breaks when it has seen enough.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(Value<'_>) -> ControlFlow<()>;

/// Finds the one value of a field.
pub(crate) type Get = for<'a> fn(&'a EventValues<'_>, &FieldArg, &'a mut Scratch) -> Option<Value<'a>>;

/// Finds the values of a field of several; says whether the field exists.
pub(crate) type Each = fn(&EventValues<'_>, &FieldArg, &mut Scratch, Visit<'_>) -> bool;

impl<'e> EventValues<'e> {
    /// The event and the model as the event found it. The model must be the one that `event` was applied to last.
    pub fn new(event: EventView<'e>, context: Context<'e>, catalogue: &'e Catalogue) -> Self {
        Self {
            event,
            context,
            catalogue,
            cpu: 0,
            host_names: None,
            plugins: None,
            zone: &UTC,
            buffer: BufferFormat::Dots,
        }
    }

    /// Number of the processor or buffer that the event came from, for `evt.cpu`.
    #[must_use]
    pub fn with_cpu(mut self, cpu: u16) -> Self {
        self.cpu = cpu;
        self
    }

    /// Where host names come from; without them no address has one.
    #[must_use]
    pub fn with_host_names(mut self, names: &'e dyn HostNames) -> Self {
        self.host_names = Some(names);
        self
    }

    /// Who speaks for plugins' events; without it they have neither name nor summary.
    #[must_use]
    pub fn with_plugins(mut self, plugins: &'e dyn PluginEvents) -> Self {
        self.plugins = Some(plugins);
        self
    }

    /// The zone of local times; UTC by default.
    #[must_use]
    pub fn with_zone(mut self, zone: &'e Zone) -> Self {
        self.zone = zone;
        self
    }

    /// How bytes are shown in outputs; with dots by default.
    #[must_use]
    pub fn with_buffer_format(mut self, format: BufferFormat) -> Self {
        self.buffer = format;
        self
    }

    /// The event.
    pub fn event(&self) -> &EventView<'e> {
        &self.event
    }

    /// The model.
    pub fn context(&self) -> Context<'e> {
        self.context
    }

    /// The event's kind.
    #[inline]
    pub fn kind(&self) -> EventKind {
        EventKind::of(&self.event)
    }

    #[inline]
    pub(crate) fn thread(&self) -> Option<&'e Thread> {
        self.context.thread()
    }
}

impl Values for EventValues<'_> {
    fn origin(&self, field: &Field) -> Option<u32> {
        origin::of(self, field)
    }

    fn write_origin(&self, origin: u32, out: &mut Vec<u8>) {
        origin::write(self, origin, out);
    }

    #[inline]
    fn get<'a>(&'a self, field: &Field, scratch: &'a mut Scratch) -> Option<Value<'a>> {
        match DEFINITIONS.get(usize::from(field.def)) {
            Some(definition) => (definition.get)(self, &field.arg, scratch),
            None => self.catalogue.dynamic(field.def)?.extract.get(self, &field.arg, scratch),
        }
    }

    fn each(&self, field: &Field, scratch: &mut Scratch, visit: Visit<'_>) -> bool {
        if field.arity == Arity::One {
            let value = self.get(field, scratch);
            return value.map(visit).is_some();
        }
        match DEFINITIONS.get(usize::from(field.def)) {
            Some(definition) => match definition.each {
                Some(each) => each(self, &field.arg, scratch, visit),
                None => (definition.get)(self, &field.arg, scratch).map(visit).is_some(),
            },
            None => match self.catalogue.dynamic(field.def) {
                Some(dynamic) => dynamic.extract.each(self, &field.arg, scratch, visit),
                None => false,
            },
        }
    }
}

/// A number that identifies a process or thread; what cannot be one is no value.
pub(crate) fn id(value: i64) -> Option<Value<'static>> {
    (-1..=i64::from(u32::MAX)).contains(&value).then_some(Value::Int(value))
}

/// A text with its bytes somewhere that outlives the call.
pub(crate) fn text<'a>(bytes: &'a [u8]) -> Option<Value<'a>> {
    Some(Value::Str(bytes))
}

/// Builds a text in the scratch space.
pub(crate) fn built<'a>(scratch: &'a mut Scratch, build: impl FnOnce(&mut Vec<u8>)) -> Option<Value<'a>> {
    scratch.bytes.clear();
    build(&mut scratch.bytes);
    Some(Value::Str(&scratch.bytes))
}

/// Appends parts with a separator between them.
pub(crate) fn join<'p>(out: &mut Vec<u8>, separator: u8, parts: impl Iterator<Item = &'p [u8]>) {
    for (at, part) in parts.enumerate() {
        if at > 0 {
            out.push(separator);
        }
        out.extend_from_slice(part);
    }
}

/// Appends a list in which each entry is followed by NUL (the last one's may be missing), with blanks between the entries.
pub(crate) fn spaced(out: &mut Vec<u8>, list: &[u8]) {
    let start = out.len();
    out.extend_from_slice(list.strip_suffix(b"\0").unwrap_or(list));
    out[start..].iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
}

/// Appends a number in decimal.
pub(crate) fn decimal(out: &mut Vec<u8>, number: i64) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _ = write!(out, "{number}");
}
