//! All items of all files so far, merged: definitions, appends, replacements, toggles.

use std::collections::{HashMap, HashSet};

use windhover_diagnostics::{Diagnostic, Span, nearest};

use crate::change;
use crate::code::{ErrorCode, WarningCode};
use crate::context::Context;
use crate::exception;
use crate::id;
use crate::item::{EngineRequirement, ListItem, MacroItem, Order, PluginRequirement, RuleItem, RuleUpdate};
use crate::read::Outcome;
use crate::report::{Failure, Report};
use crate::text::Text;
use crate::version::ENGINE_VERSION;
use crate::vocabulary::Vocabulary;

/// Items of one kind, in order of first definition.
#[derive(Clone, Debug)]
pub(crate) struct Named<T> {
    items: Vec<T>,
    by_name: HashMap<String, usize>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { items: Vec::new(), by_name: HashMap::new() }
    }
}

impl<T> Named<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.by_name.get(name).map(|at| &self.items[*at])
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.by_name.get(name).map(|at| &mut self.items[*at])
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    fn insert(&mut self, name: String, item: T) {
        self.by_name.insert(name, self.items.len());
        self.items.push(item);
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

/// The merged items of all files so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collection {
    pub(crate) lists: Named<ListItem>,
    pub(crate) macros: Named<MacroItem>,
    pub(crate) rules: Named<RuleItem>,
    pub(crate) required_engine: Option<EngineRequirement>,
    pub(crate) required_plugins: Vec<Vec<PluginRequirement>>,
    /// Names of items that could not be read: that they are missing is no error of its own.
    failed: HashSet<String>,
    /// Appends and overrides that are likely not meant so.
    changes: Vec<Diagnostic>,
    next: u32,
}

impl Collection {
    pub(crate) fn note_failed(&mut self, name: &str) {
        self.failed.insert(name.to_owned());
    }

    /// Could an item of that name not be read?
    pub(crate) fn has_failed(&self, name: &str) -> bool {
        self.failed.contains(name)
    }

    /// What is doubtful about appends and overrides.
    pub(crate) fn changes(&self) -> &[Diagnostic] {
        &self.changes
    }

    fn tick(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// The place of an item that is defined now, `earlier` if its name was defined before.
    fn order(&mut self, earlier: Option<Order>) -> Order {
        let visibility = self.tick();
        Order { index: earlier.map_or(visibility, |order| order.index), visibility }
    }

    pub(crate) fn define_list(&mut self, mut list: ListItem) -> Outcome {
        list.order = self.order(self.lists.get(&list.name).map(|earlier| earlier.order));
        match self.lists.get_mut(&list.name) {
            Some(earlier) => *earlier = list,
            None => self.lists.insert(list.name.clone(), list),
        }
        Ok(())
    }

    pub(crate) fn append_list(&mut self, list: ListItem) -> Outcome {
        if self.lists.get(&list.name).is_none() {
            const MESSAGE: &str = "There is no earlier list of this name to append to";
            return Err(missing("list", &list.name, list.span, &list.context, MESSAGE, self.lists.names()));
        }
        let visibility = self.tick();
        if let Some(earlier) = self.lists.get_mut(&list.name) {
            let known: HashSet<&str> = earlier.items.iter().map(Text::as_str).collect();
            if list.items.iter().all(|item| known.contains(item.as_str())) {
                let what = format!("the list `{}` has all of these items already", list.name);
                self.changes.push(change::without_effect(what, list.span, earlier.span));
            }
            earlier.items.extend(list.items);
            earlier.order.visibility = visibility;
        }
        Ok(())
    }

    pub(crate) fn define_macro(&mut self, mut new: MacroItem) -> Outcome {
        new.order = self.order(self.macros.get(&new.name).map(|earlier| earlier.order));
        match self.macros.get_mut(&new.name) {
            Some(earlier) => *earlier = new,
            None => self.macros.insert(new.name.clone(), new),
        }
        Ok(())
    }

    pub(crate) fn append_macro(&mut self, new: MacroItem) -> Outcome {
        if self.macros.get(&new.name).is_none() {
            const MESSAGE: &str = "There is no earlier macro of this name to append to";
            return Err(missing("macro", &new.name, new.span, &new.context, MESSAGE, self.macros.names()));
        }
        let visibility = self.tick();
        if let Some(earlier) = self.macros.get_mut(&new.name) {
            self.changes.extend(change::precedence(&earlier.condition, &new.condition));
            earlier.condition.push_str(" ", new.condition.locate(0..0).span);
            earlier.condition.push(&new.condition);
            earlier.order.visibility = visibility;
        }
        Ok(())
    }

    pub(crate) fn define_rule(
        &mut self,
        mut rule: RuleItem,
        source_span: Option<Span>,
        vocabulary: &dyn Vocabulary,
        report: &mut Report,
    ) -> Outcome {
        let earlier = self.rules.get(&rule.name);
        if let Some(earlier) = earlier.filter(|earlier| earlier.source != rule.source) {
            return Err(changed_source(earlier, &rule.source, source_span.unwrap_or(rule.span), &rule.context));
        }
        let order = earlier.map(|earlier| earlier.order);
        let schema = vocabulary.schema(&rule.source);
        if schema.is_none() {
            rule.unknown_source = true;
            let source = &rule.source;
            let mut diagnostic = Diagnostic::warning(
                id::SOURCE_UNKNOWN,
                format!("nothing provides the source `{source}`: the rule `{}` is left out", rule.name),
            )
            .at(source_span.unwrap_or(rule.span), "unknown source");
            let known = vocabulary.sources();
            if let Some(near) = nearest(source, known.iter().map(String::as_str)) {
                diagnostic = diagnostic.help(format!("a source with a similar name exists: `{near}`"));
            }
            report.warn(
                WarningCode::UnknownSource,
                &rule.context,
                format!("Unknown source {source}, skipping"),
                diagnostic,
            );
        }
        let failures = rule.exceptions.iter_mut().flat_map(|exception| exception::check_new(exception, schema));
        report.fail_all(failures)?;
        rule.order = self.order(order);
        match self.rules.get_mut(&rule.name) {
            Some(earlier) => *earlier = rule,
            None => self.rules.insert(rule.name.clone(), rule),
        }
        Ok(())
    }

    pub(crate) fn append_rule(
        &mut self,
        update: RuleUpdate,
        vocabulary: &dyn Vocabulary,
        report: &mut Report,
    ) -> Outcome {
        const NO_RULE: &str = "There is no earlier rule of this name to append to";
        let Some(earlier) = self.rules.get(&update.name) else {
            return Err(missing("rule", &update.name, update.span, &update.context, NO_RULE, self.rules.names()));
        };
        if !update.changes_anything() {
            const MESSAGE: &str = "Appended rule must have exceptions or condition property";
            return Err(Failure::new(ErrorCode::Validate, id::KEY_MISSING, &update.context, MESSAGE)
                .say("nothing is appended: neither a `condition` nor `exceptions` is given")
                .at(update.span, ""));
        }
        check_source(earlier, &update)?;
        let schema = vocabulary.schema(&earlier.source);
        let visibility = self.tick();
        let Some(rule) = self.rules.get_mut(&update.name) else { return Ok(()) };
        self.changes.extend(change::of_append(rule, &update));
        for (text, appended) in [(&mut rule.condition, update.condition), (&mut rule.output, update.output)] {
            if let Some(appended) = appended {
                text.push_str(" ", appended.locate(0..0).span);
                text.push(&appended);
            }
        }
        if let Some(description) = update.description {
            rule.description.push(' ');
            rule.description.push_str(&description);
        }
        if let Some(tags) = update.tags {
            rule.tags.extend(tags);
            rule.tags.sort_unstable();
            rule.tags.dedup();
        }
        let added = update.exceptions.unwrap_or_default().into_iter();
        report.fail_all(added.flat_map(|exception| exception::append(&mut rule.exceptions, exception, schema)))?;
        rule.order.visibility = visibility;
        Ok(())
    }

    pub(crate) fn replace_rule(&mut self, update: RuleUpdate) -> Outcome {
        const NO_RULE: &str = "There is no earlier rule of this name of which a part could be replaced";
        let Some(earlier) = self.rules.get(&update.name) else {
            return Err(missing("rule", &update.name, update.span, &update.context, NO_RULE, self.rules.names()));
        };
        check_source(earlier, &update)?;
        let visibility = self.tick();
        let Some(rule) = self.rules.get_mut(&update.name) else { return Ok(()) };
        self.changes.extend(change::of_replace(rule, &update));
        set(&mut rule.condition, update.condition);
        set(&mut rule.output, update.output);
        set(&mut rule.description, update.description);
        set(&mut rule.priority, update.priority);
        set(&mut rule.tags, update.tags);
        set(&mut rule.enabled, update.enabled);
        set(&mut rule.warn_event_types, update.warn_event_types);
        set(&mut rule.skip_if_unknown_filter, update.skip_if_unknown_filter);
        set(&mut rule.capture, update.capture);
        set(&mut rule.capture_duration_ms, update.capture_duration_ms);
        if let Some(mut exceptions) = update.exceptions {
            exceptions.iter_mut().for_each(exception::fill_comps);
            rule.exceptions = exceptions;
        }
        rule.order.visibility = visibility;
        Ok(())
    }

    pub(crate) fn toggle_rule(&mut self, name: &str, enabled: bool, context: &Context, span: Span) -> Outcome {
        const NO_RULE: &str = "There is no earlier rule of this name to switch on or off";
        match self.rules.get_mut(name) {
            Some(rule) => {
                if rule.enabled == enabled {
                    let state = if enabled { "on" } else { "off" };
                    let what = format!("the rule `{name}` is {state} already");
                    self.changes.push(change::without_effect(what, span, rule.span));
                }
                rule.enabled = enabled;
                Ok(())
            }
            None => Err(missing("rule", name, span, context, NO_RULE, self.rules.names())),
        }
    }

    pub(crate) fn require_engine(&mut self, required: EngineRequirement) -> Outcome {
        if !ENGINE_VERSION.satisfies(required.version) {
            let EngineRequirement { version, context, span } = &required;
            let message = format!("Engine version {version} is required; this engine has {ENGINE_VERSION}");
            return Err(Failure::new(ErrorCode::Validate, id::VERSION_TOO_NEW, context, message)
                .say(format!("these rules require engine version {version}; this is {ENGINE_VERSION}"))
                .at(*span, "required here"));
        }
        if self.required_engine.as_ref().is_none_or(|known| known.version < required.version) {
            self.required_engine = Some(required);
        }
        Ok(())
    }
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn missing<'n>(
    kind: &str,
    name: &str,
    span: Span,
    context: &Context,
    message: &str,
    known: impl Iterator<Item = &'n str>,
) -> Box<Failure> {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let help = nearest(name, known).map(|near| format!("a {kind} with a similar name exists: `{near}`"));
    Failure::new(ErrorCode::Validate, id::APPEND_TARGET_MISSING, context, message)
        .say(format!("nothing to change: no {kind} `{name}` is defined before"))
        .at(span, format!("no such {kind} yet"))
        .maybe_help(help)
}

fn check_source(earlier: &RuleItem, update: &RuleUpdate) -> Outcome {
    match &update.source {
        Some(source) if *source != earlier.source => Err(changed_source(earlier, source, update.span, &update.context)),
        _ => Ok(()),
    }
}

fn changed_source(earlier: &RuleItem, source: &str, span: Span, context: &Context) -> Box<Failure> {
    const MESSAGE: &str = "Rule has been re-defined with a different source";
    Failure::new(ErrorCode::Validate, id::SOURCE_CHANGED, context, MESSAGE)
        .say(format!("the rule `{}` has the source `{}`, not `{source}`", earlier.name, earlier.source))
        .at(span, "another source")
        .label(earlier.span, format!("defined here, for `{}`", earlier.source))
}
