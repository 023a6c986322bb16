//! All fields of one event source, and the look-up of their names.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use windhover_filter::{Arity, Field, FieldArg, FieldFlags, LookupFieldError, Op, Schema, Scope};

use crate::class::DEFINITIONS;
use crate::definition::{ArgForm, Class, Definition, FieldType, PrintFormat};
use crate::dynamic::{DynamicField, StaticText};
use crate::{argument, param, similar};

/// The fields that rules of one event source can use.
///
/// ```
/// use windhover_fields::Catalogue;
/// use windhover_filter::{FieldArg, Schema};
///
/// let catalogue = Catalogue::syscall();
/// let field = catalogue.lookup("proc.aname[2]").unwrap();
/// assert_eq!(field.arg, FieldArg::Index(2));
/// let error = catalogue.lookup("proc.nmae").unwrap_err();
/// assert_eq!(error.to_string(), "filter_check called with nonexistent field proc.nmae");
/// ```
#[derive(Clone, Debug)]
pub struct Catalogue {
    source: Arc<str>,
    classes: &'static [Class],
    dynamic: Vec<DynamicField>,
    async_names: Vec<Arc<str>>,
}

/// What every use of a field needs to know of it, be it built in or added at run time.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// Name without argument.
    pub name: &'a str,
    /// Name of its group in listings.
    pub class: &'a str,
    /// One line on its group.
    pub class_doc: &'a str,
    /// Type of the values.
    pub ty: FieldType,
    /// What stands in brackets.
    pub arg: ArgForm,
    /// How many values, given without an index.
    pub arity: Arity,
    /// What the values depend on.
    pub scope: Scope,
    /// What is refused.
    pub flags: FieldFlags,
    /// How numbers are printed.
    pub print: PrintFormat,
    /// Left out of listings.
    pub hidden: bool,
    /// Added to outputs by `suggested_output`.
    pub suggested: bool,
    /// One line.
    pub doc: &'a str,
}

impl Description<'_> {
    /// Whether the value is a list as a whole.
    pub fn is_list(&self) -> bool {
        self.arity == Arity::List
    }
}

impl<'a> From<&'a Definition> for Description<'a> {
    fn from(of: &'a Definition) -> Self {
        Self {
            name: of.name,
            class: of.class.name(),
            class_doc: of.class.doc(),
            ty: of.ty,
            arg: of.arg,
            arity: of.arity,
            scope: of.scope,
            flags: of.flags,
            print: of.print,
            hidden: of.hidden,
            suggested: of.suggested,
            doc: of.doc,
        }
    }
}

impl Catalogue {
    /// The fields of kernel events.
    pub fn syscall() -> Self {
        Self::new("syscall", &Class::ALL)
    }

    /// The fields that events of a plugin's source have before the plugin adds its own.
    pub fn plugin(source: &str) -> Self {
        Self::new(source, &[Class::Generic, Class::Dynamic])
    }

    fn new(source: &str, classes: &'static [Class]) -> Self {
        let async_names = ["container", "container_removed"].map(Arc::from).to_vec();
        Self { source: source.into(), classes, dynamic: Vec::new(), async_names }
    }

    /// Name of the event source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Adds a field at run time: a plugin's, or one of the configuration.
    ///
    /// # Errors
    /// [`AddFieldError`] where the name is taken, or the table full.
    pub fn add(&mut self, field: DynamicField) -> Result<(), AddFieldError> {
        if self.names().any(|name| name == &*field.name) {
            return Err(AddFieldError::Taken { name: field.name.to_string() });
        }
        if DEFINITIONS.len() + self.dynamic.len() >= usize::from(u16::MAX) {
            return Err(AddFieldError::Full { name: field.name.to_string() });
        }
        self.dynamic.push(field);
        Ok(())
    }

    /// Adds `static.<name>`, a text that the configuration gives.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_static(&mut self, name: &str, text: &str) -> Result<(), AddFieldError> {
        self.add(StaticText::field(name, text))
    }

    /// Lets conditions name an event that plugins inject.
    pub fn add_async_name(&mut self, name: &str) {
        self.async_names.push(name.into());
    }

    /// Every field, in the order of look-up.
    pub fn fields(&self) -> impl Iterator<Item = Description<'_>> {
        let built_in = DEFINITIONS.iter().filter(|of| self.classes.contains(&of.class)).map(Description::from);
        built_in.chain(self.dynamic.iter().map(DynamicField::description))
    }

    /// What is known of a field that this catalogue looked up.
    pub fn describe(&self, field: &Field) -> Option<Description<'_>> {
        let def = usize::from(field.def);
        match DEFINITIONS.get(def) {
            Some(definition) => Some(definition.into()),
            None => self.dynamic.get(def - DEFINITIONS.len()).map(DynamicField::description),
        }
    }

    /// Names of the fields that `suggested_output` adds to outputs, in order.
    pub fn suggested(&self) -> impl Iterator<Item = &str> {
        self.fields().filter(|field| field.suggested).map(|field| field.name)
    }

    /// The format that `suggested_output` adds to outputs: `container_id=%container.id container_name=…`.
    pub fn suggested_format(&self) -> String {
        let token = |name: &str| format!("{}=%{name}", name.replace('.', "_"));
        self.suggested().map(token).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn dynamic(&self, def: u16) -> Option<&DynamicField> {
        self.dynamic.get(usize::from(def).checked_sub(DEFINITIONS.len())?)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.fields().map(|field| field.name)
    }

    /// The longest name of a class that `text` begins with, and its number. `built_in`: the built-in fields with such names.
    fn longest_prefix(&self, class: Class, text: &str, built_in: &[u16]) -> Option<(u16, Description<'_>)> {
        if class != Class::Dynamic {
            let def = *built_in.iter().find(|def| DEFINITIONS[usize::from(**def)].class == class)?;
            return Some((def, Description::from(&DEFINITIONS[usize::from(def)])));
        }
        let dynamic = self.dynamic.iter().enumerate().map(|(at, of)| (at + DEFINITIONS.len(), of.description()));
        let found = dynamic.filter(|(_, of)| text.starts_with(of.name)).max_by_key(|(_, of)| of.name.len());
        found.map(|(at, of)| (at as u16, of))
    }

    /// The field of that name, or what its argument is wanting; nothing where there is no such field.
    fn find(&self, text: &str) -> Result<Field, Option<String>> {
        let mut wanting = None;
        let built_in = prefixes_of(text);
        for class in self.classes {
            let Some((def, of)) = self.longest_prefix(*class, text, &built_in) else { continue };
            let rest = &text[of.name.len()..];
            let Some((arg, ty)) = argument::parse(of.arg, rest) else {
                if wanting.is_none() {
                    wanting = wrong_argument(&of, rest);
                }
                continue;
            };
            return Ok(Field {
                def,
                ty: ty.unwrap_or(of.ty.compared_as()),
                arity: arity_with(&of, &arg),
                arg,
                scope: of.scope,
                flags: of.flags,
                text: text.into(),
            });
        }
        Err(wanting)
    }

    fn unknown(&self, text: &str) -> LookupFieldError {
        let end = text.find('[').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let similar = similar::nearest(name, self.names()).filter(|found| *found != name);
        LookupFieldError::Unknown { name: text.to_owned(), similar: similar.map(|found| format!("{found}{rest}")) }
    }
}

impl Schema for Catalogue {
    fn lookup(&self, text: &str) -> Result<Field, LookupFieldError> {
        self.find(text).map_err(|wanting| {
            wanting.map_or_else(|| self.unknown(text), |reason| LookupFieldError::Argument { reason })
        })
    }

    fn has(&self, text: &str) -> bool {
        self.find(text).is_ok()
    }

    fn check_literal(&self, field: &Field, literal: &[u8]) -> Result<(), String> {
        let is_type = DEFINITIONS.get(usize::from(field.def)).is_some_and(|of| of.name == "evt.type");
        if !is_type {
            return Ok(());
        }
        let name = String::from_utf8_lossy(literal);
        let known = param::is_event_name(&name) || self.async_names.iter().any(|known| **known == *name);
        if known { Ok(()) } else { Err(format!("unknown event type {name}")) }
    }

    fn operator(&self, field: &Field, op: Op) -> Result<Op, String> {
        match DEFINITIONS.get(usize::from(field.def)).map(|of| of.name) {
            Some("evt.around") if op == Op::Eq => Ok(Op::Le),
            Some("evt.around") => Err("evt.around supports only '=' comparison operator".into()),
            _ => Ok(op),
        }
    }
}

/// Numbers of the built-in fields by name; fields of different classes may share one.
static BY_NAME: LazyLock<HashMap<&'static str, Vec<u16>>> = LazyLock::new(|| {
    let mut by_name = HashMap::<_, Vec<u16>>::new();
    for (definition, def) in DEFINITIONS.iter().zip(0..) {
        by_name.entry(definition.name).or_default().push(def);
    }
    by_name
});

/// The built-in fields whose names `text` begins with, longer names first.
fn prefixes_of(text: &str) -> Vec<u16> {
    // Names are ASCII: where a character of more bytes begins, none goes on.
    let ascii = text.bytes().position(|byte| !byte.is_ascii()).unwrap_or(text.len());
    (1..=ascii).rev().filter_map(|len| BY_NAME.get(&text[..len])).flatten().copied().collect()
}

/// An index picks one of several values. Of environments it does so only in outputs: comparisons look at all.
fn arity_with(of: &Description<'_>, arg: &FieldArg) -> Arity {
    match (of.arity, arg) {
        (Arity::Any, FieldArg::Key(_)) => Arity::One,
        (Arity::Any, FieldArg::Index(_)) if of.arg == ArgForm::OptionalIndex => Arity::One,
        (arity, _) => arity,
    }
}

/// The message for a known field whose argument is missing or wrong; `None` where the text is no field at all.
fn wrong_argument(of: &Description<'_>, rest: &str) -> Option<String> {
    let name = of.name;
    if rest.is_empty() {
        return Some(format!("field '{name}' requires an argument: write {}", example(of)));
    }
    if of.arg == ArgForm::None {
        let refused = || format!("filter_check called with nonexistent field {name}{rest}: '{name}' takes no argument");
        return rest.starts_with('[').then(refused);
    }
    match (of.arg, rest.strip_prefix('.')) {
        (ArgForm::Param | ArgForm::RawParam, Some(param)) => Some(format!("unknown event argument {param}")),
        (ArgForm::EventType, Some(event)) => Some(format!("unknown event type {event}")),
        _ => rest
            .starts_with('[')
            .then(|| format!("field '{name}' cannot take the argument {rest}: write {}", example(of))),
    }
}

fn example(of: &Description<'_>) -> String {
    let suffix = match of.arg {
        ArgForm::None => "",
        ArgForm::OptionalIndex | ArgForm::Index => "[1]",
        ArgForm::OptionalKeyOrIndex | ArgForm::Key => "[NAME]",
        ArgForm::KeyOrIndex => "[0] or [NAME]",
        ArgForm::Param => ".name or [0]",
        ArgForm::RawParam => ".res",
        ArgForm::PathSide => ".src",
        ArgForm::EventType => ".open",
        ArgForm::Subsystem => ".memory",
    };
    format!("{}{suffix}", of.name)
}

/// Why a field cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddFieldError {
    /// There is such a field already.
    #[error("cannot add the field `{name}`: the name is taken")]
    Taken {
        /// The name.
        name: String,
    },
    /// There are as many fields as a table can hold.
    #[error("cannot add the field `{name}`: there are too many fields")]
    Full {
        /// The name.
        name: String,
    },
}
