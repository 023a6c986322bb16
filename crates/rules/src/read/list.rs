//! Lists and macros.

use windhover_diagnostics::Diagnostic;

use super::overrides::Overridable;
use super::{APPEND_AND_OVERRIDE, APPEND_WARNING, Item, Outcome, Reader};
use crate::code::WarningCode;
use crate::context::{Context, ItemType};
use crate::id;
use crate::item::{ListItem, MacroItem, Order};
use crate::text::Text;

const LIST_KEYS: [&str; 4] = ["list", "items", "append", "override"];
const MACRO_KEYS: [&str; 4] = ["macro", "condition", "append", "override"];

impl Reader<'_> {
    pub(super) fn read_list(&mut self, item: Item<'_>, parent: &Context) -> Outcome {
        let unnamed = self.inner(parent, ItemType::List, "", item.node);
        let name = self.string(item, "list", &unnamed)?;
        let context = self.inner(parent, ItemType::List, &name, item.node);
        if !is_bare(&name) {
            self.warn_name(item, "list", &name, WarningCode::InvalidListName, &context);
        }
        let items = self.scalars(item, "items", &context)?;
        let items = items.into_iter().map(|(node, scalar)| Text::of(self.source, node, scalar)).collect();
        let span = self.name_span(item, "list");
        let list = ListItem { name, items, context: context.clone(), span, order: Order::default() };
        let append = self.read_append(item, "items", &context)?;
        self.warn_unknown_keys(item, &LIST_KEYS, &context);
        if append { self.collection.append_list(list) } else { self.collection.define_list(list) }
    }

    pub(super) fn read_macro(&mut self, item: Item<'_>, parent: &Context) -> Outcome {
        let unnamed = self.inner(parent, ItemType::Macro, "", item.node);
        let name = self.string(item, "macro", &unnamed)?;
        let context = self.inner(parent, ItemType::Macro, &name, item.node);
        if !is_identifier(&name) {
            self.warn_name(item, "macro", &name, WarningCode::InvalidMacroName, &context);
        }
        let (node, scalar) = self.required(item, "condition", &context)?;
        let condition = Text::of(self.source, node, scalar);
        let condition_context = self.inner(&context, ItemType::MacroCondition, "", node);
        let span = self.name_span(item, "macro");
        let append = self.read_append(item, "condition", &context)?;
        self.warn_unknown_keys(item, &MACRO_KEYS, &context);
        let new = MacroItem { name, condition, context, condition_context, span, order: Order::default() };
        if append { self.collection.append_macro(new) } else { self.collection.define_macro(new) }
    }

    /// Whether an item with a single content key appends, in the old form or the new.
    fn read_append(&mut self, item: Item<'_>, key: &'static str, context: &Context) -> Outcome<bool> {
        let append = self.boolean_or(item, "append", false, context)?;
        if append {
            self.warn_append(item, context);
        }
        let keys = [key];
        let overrides = self.read_overrides(item, Overridable { append: &keys, replace: &keys }, context)?;
        if append && !overrides.is_empty() {
            return Err(self.append_and_override(item, context));
        }
        Ok(append || overrides.appends(key))
    }

    pub(super) fn append_and_override(&self, item: Item<'_>, context: &Context) -> Box<crate::report::Failure> {
        let mut failure = self.invalid(context, APPEND_AND_OVERRIDE);
        failure.diagnostic.id = id::OVERRIDE_INVALID;
        if let Some((key, _)) = item.mapping.pair("override") {
            failure = failure.at(self.span(key), "one of the two is too much");
        }
        match item.mapping.pair("append") {
            Some((key, _)) => failure.label(self.span(key), "the other"),
            None => failure,
        }
        .say("`append` and `override` cannot be used together")
        .help("leave `append` out, and name what is appended under `override`")
    }

    pub(super) fn warn_append(&mut self, item: Item<'_>, context: &Context) {
        let content: Vec<&str> =
            ["condition", "items", "exceptions"].into_iter().filter(|key| item.mapping.get(key).is_some()).collect();
        let rewrite: Vec<String> = content.iter().map(|key| format!("{key}: append")).collect();
        let mut diagnostic = Diagnostic::warning(id::APPEND_DEPRECATED, "`append` is deprecated");
        if let Some((key, value)) = item.mapping.pair("append") {
            diagnostic = diagnostic.at(self.span(key).to(self.span(value)), "old form");
        }
        if !rewrite.is_empty() {
            diagnostic = diagnostic.help(format!("write `override: {{{}}}` instead", rewrite.join(", ")));
        }
        self.report.warn(WarningCode::DeprecatedItem, context, APPEND_WARNING, diagnostic);
    }

    fn warn_name(&mut self, item: Item<'_>, kind: &str, name: &str, code: WarningCode, context: &Context) {
        let rule = match code {
            WarningCode::InvalidMacroName => "a letter, then letters, digits and `_`",
            _ => "no blanks, quotes, parentheses, commas or `=`",
        };
        let diagnostic =
            Diagnostic::warning(id::NAME_INVALID, format!("no condition can refer to a {kind} named `{name}`"))
                .at(self.name_span(item, kind), format!("expected {rule}"));
        let message = format!("The name of a {kind} should have {rule}");
        self.report.warn(code, context, message, diagnostic);
    }
}

/// Could a condition name a macro so?
fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Could a condition name a list so?
fn is_bare(name: &str) -> bool {
    let breaks = |byte: u8| matches!(byte, b'(' | b')' | b'"' | b'\'' | b'=' | b',' | b' ' | b'\t'..=b'\r');
    !name.is_empty() && !name.bytes().any(breaks)
}
