//! Fields that are added at run time: a plugin's, and the fixed texts of the configuration.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use windhover_filter::{Arity, FieldArg, FieldFlags, Scope, Scratch, Value};

use crate::catalogue::Description;
use crate::definition::{ArgForm, Class, FieldType, PrintFormat};
use crate::values::EventValues;

/// A field added at run time.
#[derive(Clone)]
pub struct DynamicField {
    /// Name without argument.
    pub name: Arc<str>,
    /// Name of its group in listings.
    pub class: Arc<str>,
    /// Type of the values.
    pub ty: FieldType,
    /// What stands in brackets.
    pub arg: ArgForm,
    /// How many values.
    pub arity: Arity,
    /// What the values depend on.
    pub scope: Scope,
    /// What is refused.
    pub flags: FieldFlags,
    /// Left out of listings.
    pub hidden: bool,
    /// Added to outputs by `suggested_output`.
    pub suggested: bool,
    /// One line.
    pub doc: Arc<str>,
    /// How values are found.
    pub extract: Arc<dyn Extract>,
}

/// Finds the values of a field that was added at run time.
pub trait Extract: Send + Sync {
    /// The one value; `None` where there is none.
    fn get<'a>(&'a self, values: &'a EventValues<'_>, arg: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>>;

    /// Calls `visit` with each value until it breaks; says whether the field exists now. Fields of one value need not
    /// implement it.
    fn each(
        &self,
        values: &EventValues<'_>,
        arg: &FieldArg,
        scratch: &mut Scratch,
        visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>,
    ) -> bool {
        self.get(values, arg, scratch).map(visit).is_some()
    }
}

impl fmt::Debug for DynamicField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl DynamicField {
    pub(crate) fn description(&self) -> Description<'_> {
        Description {
            name: &self.name,
            class: &self.class,
            class_doc: Class::Dynamic.doc(),
            ty: self.ty,
            arg: self.arg,
            arity: self.arity,
            scope: self.scope,
            flags: self.flags,
            print: PrintFormat::Decimal,
            hidden: self.hidden,
            suggested: self.suggested,
            doc: &self.doc,
        }
    }
}

/// The text of a `static.<name>` field.
#[derive(Debug)]
pub(crate) struct StaticText(Box<str>);

impl Extract for StaticText {
    fn get<'a>(&'a self, _: &'a EventValues<'_>, _: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
        Some(Value::Str(self.0.as_bytes()))
    }
}

impl StaticText {
    pub(crate) fn field(name: &str, text: &str) -> DynamicField {
        DynamicField {
            name: format!("static.{name}").into(),
            class: Class::Dynamic.name().into(),
            ty: FieldType::CharBuf,
            arg: ArgForm::None,
            arity: Arity::One,
            scope: Scope::EventType,
            flags: FieldFlags::default(),
            hidden: false,
            suggested: true,
            doc: "A fixed text of the configuration.".into(),
            extract: Arc::new(Self(text.into())),
        }
    }
}
