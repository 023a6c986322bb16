//! Appends and overrides that are likely not meant so: those that change nothing, and those that bind otherwise than they read.

use windhover_diagnostics::{Diagnostic, SourceId, Span};
use windhover_filter::{Node, ParseOptions};

use crate::id;
use crate::item::{RuleItem, RuleUpdate};
use crate::text::Text;

/// An item that leaves everything as it was.
pub(crate) fn without_effect(what: String, span: Span, earlier: Span) -> Diagnostic {
    Diagnostic::warning(id::CHANGE_WITHOUT_EFFECT, what).at(span, "changes nothing").label(earlier, "defined here")
}

/// `a or b` with `and c` appended reads as if both were narrowed, but `c` belongs to `b` alone.
pub(crate) fn precedence(earlier: &Text, appended: &Text) -> Option<Diagnostic> {
    let text = appended.as_str().trim_start();
    let rest = text.strip_prefix("and")?;
    if !rest.starts_with([' ', '\t', '\n', '\r', '(']) {
        return None;
    }
    let options = ParseOptions { source: SourceId::default(), max_depth: ParseOptions::RULES_MAX_DEPTH };
    let parsed = windhover_filter::parse(earlier.as_str(), &options).ok()?;
    let Node::Or(_) = parsed.node else { return None };
    let start = appended.len() - text.len();
    Some(
        Diagnostic::warning(id::APPEND_PRECEDENCE, "what is appended narrows the last part of an `or` only")
            .at(appended.locate(start..start + "and".len()).span, "binds tighter than the `or` before it")
            .label(earlier.locate(0..earlier.len()).span, "appended to this")
            .help("replace the condition, and put the earlier one in parentheses"),
    )
}

/// What is doubtful about an append to a rule.
pub(crate) fn of_append(rule: &RuleItem, update: &RuleUpdate) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> =
        update.condition.iter().filter_map(|condition| precedence(&rule.condition, condition)).collect();
    if let Some(tags) = update.tags.as_ref().filter(|tags| tags.iter().all(|tag| rule.tags.contains(tag))) {
        let what = match tags.as_slice() {
            [] => format!("no tags are added to the rule `{}`", rule.name),
            _ => format!("the rule `{}` has all of these tags already", rule.name),
        };
        found.push(without_effect(what, update.span, rule.span));
    }
    found
}

/// What is doubtful about the replacement of a rule's parts.
pub(crate) fn of_replace(rule: &RuleItem, update: &RuleUpdate) -> Vec<Diagnostic> {
    let text = |new: &Option<Text>, old: &Text| new.as_ref().is_some_and(|new| new.as_str() == old.as_str());
    let same = [
        ("condition", text(&update.condition, &rule.condition)),
        ("output", text(&update.output, &rule.output)),
        ("desc", is_same(&update.description, &rule.description)),
        ("priority", is_same(&update.priority, &rule.priority)),
        ("tags", is_same(&update.tags, &rule.tags)),
        ("enabled", is_same(&update.enabled, &rule.enabled)),
        ("warn_evttypes", is_same(&update.warn_event_types, &rule.warn_event_types)),
        ("skip-if-unknown-filter", is_same(&update.skip_if_unknown_filter, &rule.skip_if_unknown_filter)),
        ("capture", is_same(&update.capture, &rule.capture)),
        ("capture_duration", is_same(&update.capture_duration_ms, &rule.capture_duration_ms)),
    ];
    let keys = same.into_iter().filter(|(_, same)| *same);
    keys.map(|(key, _)| {
        without_effect(format!("`{key}` of the rule `{}` is the same already", rule.name), update.span, rule.span)
    })
    .collect()
}

fn is_same<T: PartialEq>(new: &Option<T>, old: &T) -> bool {
    new.as_ref() == Some(old)
}
