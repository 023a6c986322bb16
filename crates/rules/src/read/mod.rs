//! YAML to items: keys, their types, and what each item asks for, handed to the collection in the order of the file.

mod exception;
mod field;
mod list;
mod overrides;
mod requirement;
mod rule;

use windhover_diagnostics::{Diagnostic, SourceId, SourceMap, Span, nearest};

use crate::code::{ErrorCode, WarningCode};
use crate::collection::Collection;
use crate::context::{Context, ItemType};
use crate::id;
use crate::report::{Failure, Report};
use crate::schema;
use crate::vocabulary::Vocabulary;
use crate::yaml::{self, Limits, Mapping, Node};

pub(crate) use self::rule::SYSCALL_SOURCE;

pub(crate) type Outcome<T = ()> = Result<T, Box<Failure>>;

/// Said about the old form of appending.
const APPEND_WARNING: &str =
    "'append' is deprecated: name the key under 'override' instead, for example 'condition: append'";
/// Said when both forms are mixed.
const APPEND_AND_OVERRIDE: &str =
    "'append: true' and 'override' cannot be used together: name the key under 'override' only";

/// Reads one file into a collection.
pub(crate) struct Reader<'a> {
    pub(crate) sources: &'a SourceMap,
    pub(crate) source: SourceId,
    pub(crate) vocabulary: &'a dyn Vocabulary,
    pub(crate) collection: &'a mut Collection,
    pub(crate) report: &'a mut Report,
}

/// A mapping and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Item<'n> {
    pub(crate) node: &'n Node,
    pub(crate) mapping: &'n Mapping,
}

/// The kinds of items, by the key that tells them, in the order in which it is looked for.
const KINDS: [&str; 5] = ["required_engine_version", "required_plugin_versions", "list", "macro", "rule"];

impl Reader<'_> {
    /// Reads the file. What is wrong is in the report.
    pub(crate) fn read(mut self) {
        let context = Context::file(self.sources, self.source);
        let documents = match yaml::parse(self.sources.text(self.source), Limits::default()) {
            Ok(documents) => documents,
            Err(error) => {
                let at = error.offset as u32;
                let inner = context.with(self.sources, ItemType::ValueFor, "", at);
                let span = Span { source: self.source, start: at, end: at + 1 };
                let failure = Failure::new(ErrorCode::YamlParse, id::YAML_SYNTAX, &inner, error.reason).at(span, "");
                self.report.fail(*failure);
                return;
            }
        };
        self.report.result.schema = schema::check(&documents);
        for document in documents.iter().filter(|document| !document.is_null()) {
            match document.as_sequence() {
                Some(items) => {
                    items.iter().filter(|item| !item.is_null()).for_each(|item| self.read_top(item, &context))
                }
                None => {
                    let what = if document.as_mapping().is_some() { "a mapping" } else { "a single value" };
                    let failure = self
                        .invalid(&context, "Rules content must be a sequence of mappings")
                        .say(format!("a rules file is a sequence of items, but this is {what}"))
                        .at(self.first_line(document), "expected `- rule: …`, `- macro: …` or `- list: …`");
                    self.report.fail(*failure);
                }
            }
        }
    }

    fn read_top(&mut self, node: &Node, context: &Context) {
        if let Err(failure) = self.read_item(node, context) {
            if let Some(name) = ["macro", "list", "rule"].iter().find_map(|kind| node.get(kind)?.as_str()) {
                self.collection.note_failed(name);
            }
            self.report.fail(*failure);
        }
    }

    fn read_item(&mut self, node: &Node, context: &Context) -> Outcome {
        let Some(mapping) = node.as_mapping() else {
            let inner = self.inner(context, ItemType::RulesContentItem, "", node);
            return Err(self
                .invalid(&inner, "Each element of the rules content must be a mapping")
                .say("this item is not a mapping")
                .at(self.first_line(node), "expected `rule: …`, `macro: …` or `list: …`"));
        };
        self.hint_repeated(mapping);
        let item = Item { node, mapping };
        match KINDS.into_iter().find(|kind| mapping.get(kind).is_some()) {
            Some("required_engine_version") => self.read_engine_version(item, context),
            Some("required_plugin_versions") => self.read_plugin_versions(item, context),
            Some("list") => self.read_list(item, context),
            Some("macro") => self.read_macro(item, context),
            Some(_) => self.read_rule(item, context),
            None => {
                self.warn_unknown_item(item, context);
                Ok(())
            }
        }
    }

    fn warn_unknown_item(&mut self, item: Item<'_>, context: &Context) {
        let inner = self.inner(context, ItemType::RulesContentItem, "", item.node);
        let first = item.mapping.pairs.first().map_or(item.node, |(key, _)| key);
        let name = first.as_str().unwrap_or_default();
        let mut diagnostic =
            Diagnostic::warning(id::ITEM_UNKNOWN, format!("`{name}` is no kind of item: it is ignored"))
                .at(self.span(first), "neither a rule, a macro, a list nor a required version");
        if let Some(near) = nearest(name, KINDS) {
            diagnostic = diagnostic.help(format!("a similar kind exists: `{near}`"));
        }
        self.report.warn(WarningCode::UnknownItem, &inner, "Unknown kind of item", diagnostic);
    }

    fn hint_repeated(&mut self, mapping: &Mapping) {
        for (key, _) in mapping.repeated() {
            let name = key.as_str().unwrap_or_default();
            let mut diagnostic =
                Diagnostic::warning(id::KEY_REPEATED, format!("`{name}` is given twice: only the first counts"))
                    .at(self.span(key), "ignored");
            if let Some((first, _)) = mapping.pair(name) {
                diagnostic = diagnostic.label(self.span(first), "first given here");
            }
            self.report.hint(diagnostic);
        }
    }

    /// Warns of keys that such items do not have.
    fn warn_unknown_keys(&mut self, item: Item<'_>, known: &[&str], context: &Context) {
        let kind = context.locations.last().map_or("item", |location| location.item_type.as_str());
        for (key, _) in &item.mapping.pairs {
            let Some(name) = key.as_str().filter(|name| !known.contains(name)) else { continue };
            let mut diagnostic =
                Diagnostic::warning(id::KEY_UNKNOWN, format!("a {kind} has no key `{name}`: it is ignored"))
                    .at(self.span(key), "unknown key");
            if let Some(near) = nearest(name, known.iter().copied()) {
                diagnostic = diagnostic.help(format!("a key with a similar name exists: `{near}`"));
            }
            self.report.warn(WarningCode::UnknownKey, context, format!("Unknown key '{name}'"), diagnostic);
        }
    }

    /// A place inside of another.
    fn inner(&self, context: &Context, item_type: ItemType, name: &str, node: &Node) -> Context {
        context.with(self.sources, item_type, name, node.span.start)
    }

    fn span(&self, node: &Node) -> Span {
        Span { source: self.source, start: node.span.start, end: node.span.end }
    }

    /// The span of a node as far as its first line, since the whole of an item says nothing.
    fn first_line(&self, node: &Node) -> Span {
        let span = self.span(node);
        let text = self.sources.slice(span);
        let length = text.find(['\n', '\r']).unwrap_or(text.len());
        Span { end: span.start + length as u32, ..span }
    }

    /// Where an item gives its name: the value of its first key.
    fn name_span(&self, item: Item<'_>, kind: &str) -> Span {
        item.mapping.get(kind).map_or_else(|| self.first_line(item.node), |value| self.span(value))
    }

    /// The value; or nothing, and the failure is reported. The first of an item is its verdict.
    fn tell<T>(&mut self, outcome: Outcome<T>, first: &mut Option<Box<Failure>>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(failure) => {
                self.report.fail((*failure).clone());
                first.get_or_insert(failure);
                None
            }
        }
    }

    /// A failure of shape.
    fn invalid(&self, context: &Context, message: impl Into<String>) -> Box<Failure> {
        Failure::new(ErrorCode::YamlValidate, id::ITEM_SHAPE, context, message)
    }
}
