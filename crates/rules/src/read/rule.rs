//! Rules: whole definitions, changes of earlier ones, and toggles.

use windhover_diagnostics::{Diagnostic, nearest};

use super::overrides::{Overridable, Overrides};
use super::{Item, Outcome, Reader};
use crate::Priority;
use crate::code::{ErrorCode, WarningCode};
use crate::context::{Context, ItemType};
use crate::id;
use crate::item::{Order, RuleItem, RuleUpdate};
use crate::report::Failure;
use crate::text::Text;
use crate::yaml::Node;

const RULE_KEYS: [&str; 15] = [
    "rule",
    "condition",
    "output",
    "desc",
    "priority",
    "source",
    "enabled",
    "tags",
    "exceptions",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
    "append",
    "override",
];
const APPENDABLE: [&str; 5] = ["condition", "output", "desc", "tags", "exceptions"];
const REPLACEABLE: [&str; 11] = [
    "condition",
    "output",
    "desc",
    "priority",
    "tags",
    "exceptions",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
];

/// The source of rules that do not name one.
pub(crate) const SYSCALL_SOURCE: &str = "syscall";

impl Reader<'_> {
    pub(super) fn read_rule(&mut self, item: Item<'_>, parent: &Context) -> Outcome {
        let unnamed = self.inner(parent, ItemType::Rule, "", item.node);
        let name = self.string(item, "rule", &unnamed)?;
        let context = self.inner(parent, ItemType::Rule, &name, item.node);
        let append = self.boolean_or(item, "append", false, &context)?;
        if append {
            self.warn_append(item, &context);
        }
        let keys = Overridable { append: &APPENDABLE, replace: &REPLACEABLE };
        let overrides = self.read_overrides(item, keys, &context)?;
        if append && !overrides.is_empty() {
            return Err(self.append_and_override(item, &context));
        }
        if !overrides.is_empty() {
            return self.read_changes(item, &name, &overrides, &context);
        }
        if append {
            return self.read_append_rule(item, &name, &context);
        }
        if ["condition", "output", "desc", "priority"].iter().all(|key| item.mapping.get(key).is_none()) {
            return self.read_toggle(item, &name, &context);
        }
        self.read_definition(item, name, &context)
    }

    /// A whole rule. What is wrong with one key keeps no other from being looked at.
    fn read_definition(&mut self, item: Item<'_>, name: String, context: &Context) -> Outcome {
        let mut failures = Vec::new();
        let condition = keep(self.placed_text(item, "condition", ItemType::RuleCondition, context), &mut failures);
        let output = keep(self.placed_text(item, "output", ItemType::RuleOutput, context), &mut failures);
        let description = keep(self.string(item, "desc", context), &mut failures);
        let priority = keep(self.priority(item, context), &mut failures);
        let source = match item.mapping.get("source") {
            Some(_) => keep(self.string(item, "source", context), &mut failures),
            None => Some(SYSCALL_SOURCE.to_owned()),
        };
        let mut boolean =
            |key: &str, default: bool| keep(self.boolean_or(item, key, default, context), &mut failures) == Some(true);
        let enabled = boolean("enabled", true);
        let warn_event_types = boolean("warn_evttypes", true);
        let skip_if_unknown_filter = boolean("skip-if-unknown-filter", false);
        let capture = boolean("capture", false);
        let capture_duration_ms = match item.mapping.get("capture_duration") {
            Some(_) => keep(self.number(item, "capture_duration", context), &mut failures),
            None => None,
        };
        let tags = keep(self.tags(item, context), &mut failures);
        // Reading exceptions can warn, and the verdict has no warning that comes after its error.
        let mut first = self.report.fail_all(failures.into_iter()).err();
        let mut exceptions = Vec::new();
        let read = self.read_exceptions(item, false, context, &mut exceptions);
        self.tell(read, &mut first);
        let (Some((condition, condition_context)), Some(source)) = (condition, source) else {
            return first.map_or(Ok(()), Err);
        };
        let (output, output_context) = output.unwrap_or_else(|| (Text::default(), context.clone()));
        let rule = RuleItem {
            name,
            condition,
            output: output.trim(),
            description: description.unwrap_or_default(),
            priority: priority.unwrap_or(Priority::Debug),
            source,
            tags: tags.unwrap_or_default(),
            exceptions,
            enabled,
            warn_event_types,
            skip_if_unknown_filter,
            capture,
            capture_duration_ms: capture_duration_ms.unwrap_or_default(),
            unknown_source: false,
            broken: first.is_some(),
            context: context.clone(),
            condition_context,
            output_context,
            span: self.name_span(item, "rule"),
            order: Order::default(),
        };
        self.warn_unknown_keys(item, &RULE_KEYS, context);
        let source_span = item.mapping.get("source").map(|node| self.span(node));
        let defined = self.collection.define_rule(rule, source_span, self.vocabulary, self.report);
        first.map_or(defined, Err)
    }

    /// A key's text, and where it is.
    fn placed_text(
        &self,
        item: Item<'_>,
        key: &str,
        item_type: ItemType,
        context: &Context,
    ) -> Outcome<(Text, Context)> {
        let (node, scalar) = self.required(item, key, context)?;
        Ok((Text::of(self.source, node, scalar), self.inner(context, item_type, "", node)))
    }

    /// A rule item with none of the keys that make a rule: it switches an earlier rule on or off.
    fn read_toggle(&mut self, item: Item<'_>, name: &str, context: &Context) -> Outcome {
        let enabled = self.boolean(item, "enabled", context)?;
        let mut diagnostic =
            Diagnostic::warning(id::ENABLED_DEPRECATED, "switching a rule by `enabled` alone is deprecated")
                .help("add `override: {enabled: replace}`");
        if let Some((key, value)) = item.mapping.pair("enabled") {
            diagnostic = diagnostic.at(self.span(key).to(self.span(value)), "old form");
        }
        let message = "'enabled' alone is deprecated: add 'enabled: replace' under 'override'";
        self.report.warn(WarningCode::DeprecatedItem, context, message, diagnostic);
        self.warn_unknown_keys(item, &RULE_KEYS, context);
        self.collection.toggle_rule(name, enabled, context, self.name_span(item, "rule"))
    }

    /// The old form of appending, which knows conditions and exceptions only.
    fn read_append_rule(&mut self, item: Item<'_>, name: &str, context: &Context) -> Outcome {
        let mut update = RuleUpdate::new(name.to_owned(), context.clone(), self.name_span(item, "rule"));
        if item.mapping.get("condition").is_some() {
            update.condition = Some(self.text(item, "condition", context)?);
        }
        if item.mapping.get("exceptions").is_some() {
            self.read_exceptions(item, true, context, update.exceptions.insert(Vec::new()))?;
        }
        update.source = self.update_source(item, context)?;
        self.warn_unknown_keys(item, &RULE_KEYS, context);
        self.collection.append_rule(update, self.vocabulary, self.report)
    }

    /// The source that a change names: it must be that of the rule. Nothing and empty text name none.
    fn update_source(&self, item: Item<'_>, context: &Context) -> Outcome<Option<String>> {
        match item.mapping.get("source") {
            Some(node) if node.is_null() || node.as_str() == Some("") => Ok(None),
            Some(_) => Ok(Some(self.string(item, "source", context)?)),
            None => Ok(None),
        }
    }

    /// Appends come before replacements. What is wrong with one key keeps no other from being looked at.
    fn read_changes(&mut self, item: Item<'_>, name: &str, overrides: &Overrides, context: &Context) -> Outcome {
        let span = self.name_span(item, "rule");
        self.warn_unknown_keys(item, &RULE_KEYS, context);
        let mut first = None;
        for (how, keys) in [("append", &overrides.append), ("replace", &overrides.replace)] {
            if keys.is_empty() {
                continue;
            }
            let mut update = RuleUpdate::new(name.to_owned(), context.clone(), span);
            self.read_shared(item, &mut update, keys, how, context, &mut first);
            self.read_replaced(item, &mut update, keys, how, context, &mut first);
            let source = self.update_source(item, context);
            update.source = self.tell(source, &mut first).flatten();
            if first.is_none() {
                let changed = match how {
                    "append" => self.collection.append_rule(update, self.vocabulary, self.report),
                    _ => self.collection.replace_rule(update),
                };
                self.tell(changed, &mut first);
            }
        }
        let mut keys = REPLACEABLE;
        keys.sort_unstable();
        let named = |key: &&str| overrides.append.iter().chain(&overrides.replace).any(|name| name == key);
        for key in keys.into_iter().filter(|key| !named(key)) {
            let outcome = item.mapping.pair(key).map_or(Ok(()), |pair| Err(self.unnamed_key(key, pair, context)));
            self.tell(outcome, &mut first);
        }
        first.map_or(Ok(()), Err)
    }

    fn unnamed_key(&self, key: &str, (node, value): &(Node, Node), context: &Context) -> Box<Failure> {
        let place = self.inner(context, ItemType::Overrides, key, value);
        let message = format!("Unexpected key '{key}': no corresponding entry under 'override' is defined.");
        Failure::new(ErrorCode::YamlValidate, id::OVERRIDE_INVALID, &place, message)
            .say(format!("`{key}` is given, but `override` does not say what to do with it"))
            .at(self.span(node), "neither appended nor replaced")
            .help(format!("add `{key}: replace` under `override`, or leave `{key}` out"))
    }

    /// What `read` makes of a key that is overridden so, which must then be given.
    fn overridden<T>(
        &mut self,
        item: Item<'_>,
        (keys, how, key): (&[String], &str, &str),
        context: &Context,
        first: &mut Option<Box<Failure>>,
        read: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Option<T> {
        if !keys.iter().any(|name| name == key) {
            return None;
        }
        let read = if item.mapping.get(key).is_some() {
            read(self)
        } else {
            let message = format!("An {how} override for '{key}' was specified but '{key}' is not defined");
            let named = item.node.get("override").and_then(|node| node.as_mapping()?.pair(key));
            let span = named.map_or_else(|| self.first_line(item.node), |(node, _)| self.span(node));
            Err(Failure::new(ErrorCode::YamlValidate, id::OVERRIDE_INVALID, context, message)
                .say(format!("`override` names `{key}`, but the item has no `{key}`"))
                .at(span, format!("nothing to {how}")))
        };
        self.tell(read, first)
    }

    /// The keys that can be appended to as well as replaced.
    fn read_shared(
        &mut self,
        item: Item<'_>,
        update: &mut RuleUpdate,
        keys: &[String],
        how: &str,
        context: &Context,
        first: &mut Option<Box<Failure>>,
    ) {
        let of = |key| (keys, how, key);
        update.condition =
            self.overridden(item, of("condition"), context, first, |this| this.text(item, "condition", context));
        update.exceptions = self.overridden(item, of("exceptions"), context, first, |this| {
            let mut exceptions = Vec::new();
            this.read_exceptions(item, how == "append", context, &mut exceptions).map(|()| exceptions)
        });
        update.output = self.overridden(item, of("output"), context, first, |this| this.text(item, "output", context));
        update.description =
            self.overridden(item, of("desc"), context, first, |this| this.string(item, "desc", context));
        update.tags = self.overridden(item, of("tags"), context, first, |this| this.tags(item, context));
    }

    /// The keys that can be replaced only.
    fn read_replaced(
        &mut self,
        item: Item<'_>,
        update: &mut RuleUpdate,
        keys: &[String],
        how: &str,
        context: &Context,
        first: &mut Option<Box<Failure>>,
    ) {
        update.priority =
            self.overridden(item, (keys, how, "priority"), context, first, |this| this.priority(item, context));
        let boolean = |this: &mut Self, key: &str, first: &mut Option<Box<Failure>>| {
            this.overridden(item, (keys, how, key), context, first, |this| this.boolean(item, key, context))
        };
        update.capture = boolean(self, "capture", first);
        let duration = (keys, how, "capture_duration");
        update.capture_duration_ms =
            self.overridden(item, duration, context, first, |this| this.number(item, "capture_duration", context));
        update.enabled = boolean(self, "enabled", first);
        update.warn_event_types = boolean(self, "warn_evttypes", first);
        update.skip_if_unknown_filter = boolean(self, "skip-if-unknown-filter", first);
    }

    fn priority(&self, item: Item<'_>, context: &Context) -> Outcome<Priority> {
        let (node, scalar) = self.required(item, "priority", context)?;
        Priority::parse(&scalar.text).ok_or_else(|| {
            let place = self.inner(context, ItemType::RulePriority, "", node);
            let names = Priority::ALL.map(|priority| priority.as_str().to_ascii_uppercase());
            let help = match nearest(&scalar.text.to_ascii_uppercase(), names.iter().map(String::as_str)) {
                Some(near) => format!("a priority with a similar name exists: `{near}`"),
                None => format!("these are the priorities: `{}`", names.join("`, `")),
            };
            Failure::new(ErrorCode::YamlValidate, id::PRIORITY_UNKNOWN, &place, "Unknown priority")
                .say(format!("unknown priority `{}`", scalar.text))
                .at(self.span(node), "no such priority")
                .help(help)
        })
    }
}

/// The value; or nothing, and the failure is kept for later.
fn keep<T>(outcome: Outcome<T>, failures: &mut Vec<Failure>) -> Option<T> {
    outcome.map_err(|failure| failures.push(*failure)).ok()
}
