//! Listings of fields and events: text, Markdown and JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value as JsonValue, json};
use windhover_event::{EventType, ParamTable, ParamType, Status, category};

use crate::catalogue::{Catalogue, Description};

/// Form of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    /// For a terminal.
    Text,
    /// For documentation.
    Markdown,
    /// For programs.
    Json,
}

/// The version of the event tables, as captures and plugins name it.
pub const SCHEMA_VERSION: &str = "4.5.1";

/// The fields of one or more event sources, without hidden and deprecated ones.
///
/// A class that several sources have is listed once, with all of its sources.
pub fn list_fields(catalogues: &[&Catalogue], format: ListFormat) -> String {
    let classes = classes(catalogues);
    match format {
        ListFormat::Text => fields_as_text(&classes),
        ListFormat::Markdown => fields_as_markdown(&classes),
        ListFormat::Json => fields_as_json(&classes),
    }
}

/// The names of fields alone, one in a line; in JSON as a list.
pub fn list_field_names(catalogues: &[&Catalogue], format: ListFormat) -> String {
    let classes = classes(catalogues);
    let names = classes.iter().flat_map(|class| &class.fields).map(|field| field.name);
    match format {
        ListFormat::Json => pretty(&json!({ "fieldnames": names.collect::<Vec<_>>() })),
        _ => names.fold(String::new(), |text, name| text + name + "\n"),
    }
}

struct ListedClass<'c> {
    name: &'c str,
    doc: &'c str,
    sources: Vec<&'c str>,
    fields: Vec<Description<'c>>,
}

fn classes<'c>(catalogues: &[&'c Catalogue]) -> Vec<ListedClass<'c>> {
    let mut classes: Vec<ListedClass<'c>> = Vec::new();
    for catalogue in catalogues {
        for field in catalogue.fields().filter(|field| !field.hidden && !field.flags.deprecated) {
            let known = classes.iter_mut().find(|class| class.name == field.class);
            let class = match known {
                Some(class) => class,
                None => {
                    let doc = field.class_doc;
                    classes.push(ListedClass { name: field.class, doc, sources: Vec::new(), fields: Vec::new() });
                    let last = classes.len() - 1;
                    &mut classes[last]
                }
            };
            if !class.sources.contains(&catalogue.source()) {
                class.sources.push(catalogue.source());
            }
            if class.fields.iter().all(|known| known.name != field.name) {
                class.fields.push(field);
            }
        }
    }
    classes
}

fn fields_as_text(classes: &[ListedClass<'_>]) -> String {
    let mut out = String::new();
    for class in classes {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(out, "-------------------------------");
        let _ = writeln!(out, "Field Class:              {}", class.name);
        let _ = writeln!(out, "Description:              {}", class.doc);
        let _ = writeln!(out, "Event Sources:            {}\n", class.sources.join(", "));
        for field in &class.fields {
            let _ = writeln!(out, "{:<25} ({}) {}", field.name, tags(field).join(", "), field.doc);
        }
        out.push('\n');
    }
    out
}

/// Type and properties of a field, as the text form has them in parentheses.
fn tags(field: &Description<'_>) -> Vec<String> {
    let mut tags = vec![format!("Type: {}", field.ty.name())];
    if field.is_list() {
        tags.push("List".into());
    }
    if field.arg.is_required() {
        tags.push(format!("Argument required: {}", argument_types(field).join(" or ")));
    } else if field.arg.takes_index() || field.arg.takes_key() {
        tags.push(format!("Argument: {}", argument_types(field).join(" or ")));
    }
    if field.flags.filter_only {
        tags.push("Conditions only".into());
    }
    if field.flags.print_only {
        tags.push("Outputs only".into());
    }
    tags
}

fn argument_types(field: &Description<'_>) -> Vec<&'static str> {
    let index = field.arg.takes_index().then_some("index");
    index.into_iter().chain(field.arg.takes_key().then_some("key")).collect()
}

fn fields_as_markdown(classes: &[ListedClass<'_>]) -> String {
    let mut out = String::new();
    for class in classes {
        let _ = writeln!(out, "## Field Class: {}\n\n{}\n", class.name, class.doc);
        let _ = writeln!(out, "Event Sources: {}\n", class.sources.join(", "));
        let _ = writeln!(out, "Name | Type | Description\n:----|:-----|:-----------");
        for field in &class.fields {
            let _ = writeln!(out, "`{}` | {} | {}", field.name, field.ty.name(), field.doc.replace('|', "\\|"));
        }
        out.push('\n');
    }
    out
}

fn fields_as_json(classes: &[ListedClass<'_>]) -> String {
    let field = |field: &Description<'_>| {
        let types = argument_types(field);
        let argument = if types.is_empty() {
            JsonValue::Null
        } else {
            json!({ "required": field.arg.is_required(), "type": types })
        };
        json!({
            "name": field.name,
            "type": field.ty.name(),
            "desc": field.doc,
            "is_list": field.is_list(),
            "argument": argument,
        })
    };
    let class = |class: &ListedClass<'_>| {
        json!({
            "name": class.name,
            "desc": class.doc,
            "event_sources": class.sources,
            "fields": class.fields.iter().map(field).collect::<Vec<_>>(),
        })
    };
    pretty(&json!({ "fieldclasses": classes.iter().map(class).collect::<Vec<_>>() }))
}

fn pretty(value: &JsonValue) -> String {
    format!("{value:#}\n")
}

/// Groups of events in listings, with the category bit of each.
const GROUPS: [(&str, &str, u16); 4] = [
    ("Syscall events", "syscall_events", category::SYSCALL),
    ("Tracepoint events", "tracepoint_events", category::TRACEPOINT),
    ("Plugin events", "pluginevents", category::PLUGIN),
    ("Metaevents", "metaevents", category::METAEVENT),
];

/// The events that rules can see, with their parameters.
pub fn list_events(format: ListFormat) -> String {
    let events: Vec<ListedEvent> = listed_events();
    let of_group = |bit: u16| events.iter().filter(move |event| event.kind.info().event_category & bit != 0);
    if format == ListFormat::Json {
        let mut object = serde_json::Map::new();
        object.insert("schema_version".into(), SCHEMA_VERSION.into());
        for (_, key, bit) in GROUPS {
            object.insert(key.into(), of_group(bit).map(ListedEvent::to_json).collect());
        }
        return pretty(&JsonValue::Object(object));
    }
    let mut out = format!("The events below are valid for schema version {SCHEMA_VERSION}.\n\n");
    for (title, _, bit) in GROUPS {
        let _ = match format {
            ListFormat::Markdown => {
                writeln!(out, "## {title}\n\nDefault | Dir | Name | Params \n:-------|:----|:-----|:-----")
            }
            _ => writeln!(out, "{title}:\n"),
        };
        for event in of_group(bit) {
            event.write(format, &mut out);
        }
        out.push('\n');
    }
    out
}

struct ListedEvent {
    kind: EventType,
    name: &'static str,
    params: String,
}

/// One entry per event type in use, and one per system call without a type of its own.
fn listed_events() -> Vec<ListedEvent> {
    let mut events = Vec::new();
    let generic = |events: &mut Vec<ListedEvent>| {
        let mut names: BTreeMap<&str, ()> = BTreeMap::new();
        names.extend(EventType::GENERIC_X.syscalls().iter().map(|call| (call.name(), ())));
        let of_name = |name| ListedEvent { kind: EventType::GENERIC_X, name, params: String::new() };
        events.extend(names.into_keys().map(of_name));
    };
    for kind in EventType::all() {
        let info = kind.info();
        if info.status != Status::Current || kind.is_call_enter() {
            continue;
        }
        if kind == EventType::GENERIC_X {
            generic(&mut events);
        } else if !kind.is_generic() {
            let params: Vec<String> = info.params.iter().map(param).collect();
            events.push(ListedEvent { kind, name: info.name, params: params.join(", ") });
        }
    }
    events
}

fn param(param: &windhover_event::ParamInfo) -> String {
    let mut text = format!("{} **{}**", type_name(param.kind), param.name);
    if let ParamTable::Flags(table) = &param.table {
        let names: Vec<&str> = table.flags.iter().map(|flag| flag.name).collect();
        let _ = write!(text, ": {}", names.join(", "));
    }
    text
}

impl ListedEvent {
    fn direction(&self) -> &'static str {
        if self.kind.is_exit() { "<" } else { ">" }
    }

    fn write(&self, format: ListFormat, out: &mut String) {
        let (direction, name, params) = (self.direction(), self.name, &self.params);
        let _ = match format {
            ListFormat::Markdown => writeln!(out, "Yes | `{direction}` | `{name}` | {params}"),
            _ => writeln!(out, "{direction} {name}({params})"),
        };
    }

    fn to_json(&self) -> JsonValue {
        let params: Vec<JsonValue> = match self.kind.is_generic() {
            true => Vec::new(),
            false => self.kind.info().params.iter().map(param_json).collect(),
        };
        json!({ "name": self.name, "dir": self.direction(), "available": true, "params": params })
    }
}

fn param_json(param: &windhover_event::ParamInfo) -> JsonValue {
    json!({ "name": param.name, "type": type_name(param.kind) })
}

fn type_name(kind: ParamType) -> &'static str {
    use ParamType as P;
    match kind {
        P::Int8 => "INT8",
        P::Int16 => "INT16",
        P::Int32 => "INT32",
        P::Int64 => "INT64",
        P::Uint8 => "UINT8",
        P::Uint16 => "UINT16",
        P::Uint32 => "UINT32",
        P::Uint64 => "UINT64",
        P::CharBuf => "CHARBUF",
        P::ByteBuf => "BYTEBUF",
        P::Errno => "ERRNO",
        P::SockAddr => "SOCKADDR",
        P::SockTuple => "SOCKTUPLE",
        P::Fd => "FD",
        P::Pid => "PID",
        P::FdList => "FDLIST",
        P::FsPath => "FSPATH",
        P::SyscallId => "SYSCALLID",
        P::SigType => "SIGTYPE",
        P::RelTime => "RELTIME",
        P::AbsTime => "ABSTIME",
        P::Port => "PORT",
        P::L4Proto => "L4PROTO",
        P::SockFamily => "SOCKFAMILY",
        P::Bool => "BOOL",
        P::Ipv4Addr => "IPV4ADDR",
        P::Dyn => "DYNAMIC",
        P::Flags8 => "FLAGS8",
        P::Flags16 => "FLAGS16",
        P::Flags32 => "FLAGS32",
        P::Uid => "UID",
        P::Gid => "GID",
        P::Double => "DOUBLE",
        P::SigSet => "SIGSET",
        P::CharBufArray => "CHARBUFARRAY",
        P::CharBufPairArray => "CHARBUFPAIRARRAY",
        P::Ipv4Net => "IPV4NET",
        P::Ipv6Addr => "IPV6ADDR",
        P::Ipv6Net => "IPV6NET",
        P::IpAddr => "IPADDR",
        P::IpNet => "IPNET",
        P::Mode => "MODE",
        P::FsRelPath => "FSRELPATH",
        P::EnumFlags8 => "ENUMFLAGS8",
        P::EnumFlags16 => "ENUMFLAGS16",
        P::EnumFlags32 => "ENUMFLAGS32",
        P::Fd32 => "FD32",
        P::Pid32 => "PID32",
    }
}
