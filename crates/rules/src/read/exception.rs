//! Exceptions of rules, as far as YAML goes.

use windhover_diagnostics::{Diagnostic, Span};

use super::{Item, Outcome, Reader};
use crate::code::{ErrorCode, WarningCode};
use crate::context::{Context, ItemType};
use crate::id;
use crate::item::{Entry, ExceptionItem};
use crate::report::Failure;
use crate::text::Text;
use crate::yaml::{Kind, Node};

impl Reader<'_> {
    /// The exceptions of a rule. If they are appended, fields may be missing, and missing values are warned of. What is
    /// wrong with one keeps none of the others from being read.
    pub(super) fn read_exceptions(
        &mut self,
        item: Item<'_>,
        append: bool,
        parent: &Context,
        exceptions: &mut Vec<ExceptionItem>,
    ) -> Outcome {
        let Some(node) = item.mapping.get("exceptions").filter(|node| !node.is_null()) else { return Ok(()) };
        let context = self.inner(parent, ItemType::Exceptions, "", node);
        let Some(nodes) = node.as_sequence() else {
            return Err(self
                .invalid(&context, "'exceptions' takes a sequence")
                .say("`exceptions` takes a sequence")
                .at(self.first_line(node), "expected `- name: …`"));
        };
        let mut first = None;
        for node in nodes {
            let exception = self.read_exception(node, &context, parent);
            let Some(exception) = self.tell(exception, &mut first) else { continue };
            let repeated =
                exceptions.iter().filter(|earlier| earlier.name == exception.name).map(|earlier| earlier.span);
            for first in repeated.collect::<Vec<Span>>() {
                self.warn_repeated(&exception, first);
            }
            exceptions.extend(self.read_exception_values(node, append, exception, &mut first));
        }
        first.map_or(Ok(()), Err)
    }

    /// An exception's name; what else it has comes after the check that the name is new.
    fn read_exception(&self, node: &Node, context: &Context, parent: &Context) -> Outcome<ExceptionItem> {
        let unnamed = self.inner(context, ItemType::Exception, "", node);
        let Some(mapping) = node.as_mapping() else {
            return Err(self
                .invalid(&unnamed, "Each exception is a mapping")
                .say("an exception has a `name`, `fields` and `values`")
                .at(self.first_line(node), "this is not a mapping"));
        };
        let item = Item { node, mapping };
        let name = self.string(item, "name", &unnamed)?;
        Ok(ExceptionItem {
            context: self.inner(parent, ItemType::Exception, &name, node),
            name,
            fields: Entry::default(),
            comps: Entry::default(),
            values: Vec::new(),
            span: self.name_span(item, "name"),
        })
    }

    /// The parts of an exception; nothing, and the failures are reported, if one is wrong.
    fn read_exception_values(
        &mut self,
        node: &Node,
        append: bool,
        mut exception: ExceptionItem,
        first: &mut Option<Box<Failure>>,
    ) -> Option<ExceptionItem> {
        let context = exception.context.clone();
        let fields = match node.get("fields") {
            Some(fields) => self.read_entry(fields, "fields", &context),
            None if append => Ok(Entry::default()),
            None => Err(Failure::new(
                ErrorCode::YamlValidate,
                id::KEY_MISSING,
                &context,
                "Item has no mapping for key 'fields'",
            )
            .say(format!("the exception `{}` has no `fields`", exception.name))
            .at(exception.span, "expected the fields that its values are compared with")),
        };
        let fields = self.tell(fields, first);
        let comps = node.get("comps").map_or(Ok(Entry::default()), |comps| self.read_entry(comps, "comps", &context));
        let comps = self.tell(comps, first);
        let whole = match node.get("values") {
            Some(values) => {
                let inner = self.inner(&context, ItemType::ExceptionValues, "", values);
                let values = self.read_values(values, &inner, &mut exception.values, first);
                self.tell(values, first).is_some()
            }
            None => {
                if append {
                    self.warn_no_values(&exception);
                }
                true
            }
        };
        (exception.fields, exception.comps) = (fields?, comps?);
        whole.then_some(exception)
    }

    fn read_values(
        &mut self,
        node: &Node,
        context: &Context,
        values: &mut Vec<Entry>,
        first: &mut Option<Box<Failure>>,
    ) -> Outcome {
        let Some(items) = node.as_sequence() else {
            return Err(self
                .invalid(context, "'values' takes a sequence")
                .say("`values` takes a sequence")
                .at(self.first_line(node), "expected `[…]` or lines that start with `-`"));
        };
        for item in items {
            let place = self.inner(context, ItemType::ExceptionValue, "", item);
            let entry = self.read_entry(item, "", &place);
            values.extend(self.tell(entry, first));
        }
        Ok(())
    }

    fn warn_no_values(&mut self, exception: &ExceptionItem) {
        let diagnostic = Diagnostic::warning(
            id::EXCEPTION_EMPTY,
            format!("the exception `{}` is appended to or overridden without values", exception.name),
        )
        .at(exception.span, "no `values` here");
        let message = "The exception is changed, but no values are given";
        self.report.warn(WarningCode::AppendNoValues, &exception.context, message, diagnostic);
    }

    fn read_entry(&self, node: &Node, key: &str, context: &Context) -> Outcome<Entry> {
        let inner = self.inner(context, ItemType::ValueFor, key, node);
        let mut entry = Entry { span: self.span(node), ..Entry::default() };
        match &node.kind {
            Kind::Scalar(scalar) if scalar.text.is_empty() => {
                return Err(self
                    .invalid(&inner, "The value is empty")
                    .say("a value of an exception is empty")
                    .at(self.span(node), "expected text"));
            }
            Kind::Scalar(scalar) => entry.text = Text::of(self.source, node, scalar),
            Kind::Sequence(items) => {
                entry.is_list = true;
                for item in items {
                    let place = self.inner(&inner, ItemType::Exception, "", item);
                    entry.items.push(self.read_entry(item, "", &place)?);
                }
            }
            Kind::Null | Kind::Mapping(_) => {}
        }
        Ok(entry)
    }

    fn warn_repeated(&mut self, exception: &ExceptionItem, first: Span) {
        let name = &exception.name;
        let diagnostic =
            Diagnostic::warning(id::EXCEPTION_REPEATED, format!("the exception `{name}` is defined twice in one rule"))
                .at(exception.span, "again here")
                .label(first, "first defined here");
        let message = format!("The rule has another exception named '{name}'");
        self.report.warn(WarningCode::ExceptionNameNotUnique, &exception.context, message, diagnostic);
    }
}
