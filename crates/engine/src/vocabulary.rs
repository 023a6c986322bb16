//! What rules may speak of in this engine: its sources, fields, events and outputs.

use std::collections::BTreeSet;

use windhover_event::EventType;
use windhover_fields::{
    AddFieldError, Catalogue, EventKind, EventTypes, EventTypesError, ParseTemplateError, ParseTemplateReason,
    Template, TypeValues, event_types,
};
use windhover_filter::{Ast, Field, Predicate, Schema};
use windhover_rules as rules;

/// The container plugin that the built-in support stands for, by the version whose fields it has.
const CONTAINER_PLUGIN: &str = "0.7.1";
/// That plugin's name.
const CONTAINER: &str = "container";
/// How the names of that plugin's fields begin.
const CONTAINER_FIELDS: [&str; 2] = ["container.", "k8s."];
/// The event that every rule may see, since plugins can raise it under any name.
const ASYNC_EVENT: &str = "asyncevent";
/// The event of all system calls that have none of their own; such calls are told by their own names.
const GENERIC_EVENT: &str = "syscall";

/// The engine's fields, as the rules loader asks for them.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    syscall: Catalogue,
}

impl Vocabulary {
    /// Kernel events, with the configuration's `static.` fields.
    ///
    /// # Errors
    /// A static field's name is taken.
    pub fn new(static_fields: &[(String, String)]) -> Result<Self, AddFieldError> {
        let mut syscall = Catalogue::syscall();
        for (name, text) in static_fields {
            syscall.add_static(name, text)?;
        }
        Ok(Self { syscall })
    }

    /// The fields of kernel events.
    pub fn catalogue(&self) -> &Catalogue {
        &self.syscall
    }

    /// What `suggested_output` puts behind outputs of a source: `name_with_underscores=%name` for each suggested field.
    pub fn suggested_output(&self) -> String {
        let fields = self.syscall.suggested().map(|name| format!("{}=%{name}", name.replace('.', "_")));
        fields.collect::<Vec<_>>().join(" ")
    }
}

impl rules::Vocabulary for Vocabulary {
    fn schema(&self, source: &str) -> Option<&dyn Schema> {
        (source == self.syscall.source()).then_some(&self.syscall as &dyn Schema)
    }

    fn foreign_schema(&self, source: &str) -> Option<&dyn Schema> {
        Catalogue::foreign(source).map(|catalogue| catalogue as &dyn Schema)
    }

    fn sources(&self) -> Vec<String> {
        vec![self.syscall.source().to_owned()]
    }

    fn check_output(&self, source: &str, format: &str) -> Result<(), rules::OutputError> {
        let catalogue = Catalogue::foreign(source).unwrap_or(&self.syscall);
        Template::parse(format, catalogue).map(drop).map_err(|e| output_error(format, e))
    }

    fn event_types(&self, condition: &Ast) -> Result<rules::EventTypes, rules::EventTypesError> {
        match event_types(condition) {
            Ok(EventTypes { types, .. }) => Ok(rules::EventTypes { count: types.len() }),
            Err(e @ (EventTypesError::Transformer | EventTypesError::Field)) => {
                Err(rules::EventTypesError { message: e.to_string(), span: condition.span })
            }
        }
    }

    fn plugins(&self) -> Vec<rules::Plugin> {
        let version = rules::Version::parse(CONTAINER_PLUGIN).expect("it is a version");
        vec![rules::Plugin { name: CONTAINER.to_owned(), version }]
    }
}

impl rules::EventKnowledge for Vocabulary {
    fn kinds(&self, source: &str, condition: &Ast) -> Vec<rules::EventKind> {
        if source != self.syscall.source() {
            return Vec::new();
        }
        let Ok(found) = event_types(condition) else { return Vec::new() };
        let kinds = EventKind::in_sets(&found.types, &found.syscalls);
        kinds
            .filter(|kind| kind.event_type() != EventType::ASYNCEVENT_E)
            .map(|kind| rules::EventKind(kind.code()))
            .collect()
    }

    fn kind_name(&self, kind: rules::EventKind) -> &str {
        EventKind::from_code(kind.0).map_or("", EventKind::name)
    }

    fn decide(&self, kind: rules::EventKind, predicate: &Predicate) -> Option<bool> {
        TypeValues(EventKind::from_code(kind.0)?).decide(predicate)
    }

    fn fields_of_output(&self, _source: &str, output: &str) -> Vec<Field> {
        Template::parse(output, &self.syscall).map(|template| template.fields().cloned().collect()).unwrap_or_default()
    }

    fn lacks(&self, kind: rules::EventKind, field: &Field) -> bool {
        EventKind::from_code(kind.0).is_some_and(|kind| TypeValues(kind).lacks(field))
    }
}

impl rules::Glossary for Vocabulary {
    fn events(&self, source: &str, condition: &Ast) -> BTreeSet<String> {
        let mut names = BTreeSet::from([ASYNC_EVENT.to_owned()]);
        if source != self.syscall.source() {
            return names;
        }
        if let Ok(EventTypes { types, syscalls }) = event_types(condition) {
            let own = types.iter().map(|kind| kind.name()).filter(|name| *name != GENERIC_EVENT);
            names.extend(own.chain(syscalls.iter().map(|call| call.name())).map(str::to_owned));
        }
        names
    }

    fn output_fields(&self, _source: &str, output: &str) -> Vec<String> {
        Template::parse(output, &self.syscall)
            .map(|template| template.fields().map(|field| field.text.to_string()).collect())
            .unwrap_or_default()
    }

    fn plugins(&self, _source: &str, fields: &BTreeSet<String>) -> BTreeSet<String> {
        let is_container = |field: &String| CONTAINER_FIELDS.iter().any(|prefix| field.starts_with(prefix));
        fields.iter().any(is_container).then(|| CONTAINER.to_owned()).into_iter().collect()
    }
}

fn output_error(format: &str, error: ParseTemplateError) -> rules::OutputError {
    let token = match &error.reason {
        ParseTemplateReason::Unknown(token) => 1 + token.name.len(),
        _ => 1,
    };
    let help = match &error.reason {
        ParseTemplateReason::Unknown(token) => {
            token.similar.as_ref().map(|near| format!("a field with a similar name exists: `{near}`"))
        }
        _ => None,
    };
    let end = (error.offset + token).min(format.len());
    rules::OutputError { message: error.to_string(), span: Some(error.offset..end), help }
}
