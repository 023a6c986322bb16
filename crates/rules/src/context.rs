//! Where in a rules file something is, as the reference tells it: from the file inward, item by item.

use windhover_diagnostics::{Mark, SourceId, SourceMap};

/// Kinds of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ItemType {
    ValueFor,
    Exceptions,
    Exception,
    ExceptionValues,
    ExceptionValue,
    RulesContent,
    RulesContentItem,
    RequiredEngineVersion,
    RequiredPluginVersions,
    RequiredPluginVersionsEntry,
    RequiredPluginVersionsAlternative,
    List,
    ListItem,
    Macro,
    MacroCondition,
    Rule,
    RuleCondition,
    ConditionExpression,
    RuleOutput,
    RuleOutputExpression,
    RulePriority,
    Overrides,
    ExtensionItem,
}

impl ItemType {
    /// The name as programs know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ValueFor => "value for",
            Self::Exceptions => "exceptions",
            Self::Exception => "exception",
            Self::ExceptionValues => "exception values",
            Self::ExceptionValue => "exception value",
            Self::RulesContent => "rules content",
            Self::RulesContentItem => "rules content item",
            Self::RequiredEngineVersion => "required_engine_version",
            Self::RequiredPluginVersions => "required plugin versions",
            Self::RequiredPluginVersionsEntry => "required plugin versions entry",
            Self::RequiredPluginVersionsAlternative => "required plugin versions alternative",
            Self::List => "list",
            Self::ListItem => "list item",
            Self::Macro => "macro",
            Self::MacroCondition => "macro condition",
            Self::Rule => "rule",
            Self::RuleCondition => "rule condition",
            Self::ConditionExpression => "condition expression",
            Self::RuleOutput => "rule output",
            Self::RuleOutputExpression => "rule output expression",
            Self::RulePriority => "rule priority",
            Self::Overrides => "overrides",
            Self::ExtensionItem => "extension item",
        }
    }
}

/// One step of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Kind of place.
    pub item_type: ItemType,
    /// Name of the item there; often empty.
    pub item_name: String,
    /// The file, or the beginning of the condition in quotes.
    pub name: String,
    /// Where. Numbers from 0.
    pub position: Mark,
}

/// A place, from the file inward. There is always at least the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The steps, outermost first.
    pub locations: Vec<Location>,
    source: SourceId,
    /// The condition's text and the byte of it, if the innermost place is in one.
    condition: Option<(Box<str>, usize)>,
}

const START: Mark = Mark { line: 0, column: 0, offset: 0 };

/// Characters of a condition that stand for its name, and of its beginning when it is cut.
const CONDITION_NAME: (usize, usize) = (20, 17);

/// Bytes of a line shown around a place.
const SNIPPET_WIDTH: usize = 160;

impl Context {
    /// The whole of a file.
    pub fn file(sources: &SourceMap, source: SourceId) -> Self {
        let location = Location {
            item_type: ItemType::RulesContent,
            item_name: String::new(),
            name: sources.name(source).to_owned(),
            position: START,
        };
        Self { locations: vec![location], source, condition: None }
    }

    /// A place inside of this one.
    #[must_use]
    pub fn with(&self, sources: &SourceMap, item_type: ItemType, item_name: &str, offset: u32) -> Self {
        let mut inner = self.clone();
        inner.locations.push(Location {
            item_type,
            item_name: item_name.to_owned(),
            name: self.locations[0].name.clone(),
            position: sources.mark(self.source, offset),
        });
        inner
    }

    /// Byte `at` of the condition that stands at this place. The reference adds the position in the condition (lines and
    /// columns from 1) to that of the place.
    #[must_use]
    pub fn with_condition(&self, condition: &str, at: usize) -> Self {
        let before = &condition.as_bytes()[..at.min(condition.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let place = self.locations.last().map_or(START, |location| location.position);
        let (limit, kept) = CONDITION_NAME;
        let cut = condition.len() > limit;
        let mut end = if cut { kept } else { condition.len() };
        while !condition.is_char_boundary(end) {
            end -= 1;
        }
        let name = format!("\"{}{}\"", &condition[..end], if cut { "..." } else { "" }).replace(['\n', '\r'], " ");
        let mut inner = self.clone();
        inner.locations.push(Location {
            item_type: ItemType::ConditionExpression,
            item_name: String::new(),
            name,
            position: Mark {
                line: place.line + line as u32,
                column: place.column + (before.len() - line_start) as u32 + 1,
                offset: place.offset + before.len() as u32,
            },
        });
        inner.condition = Some((condition.into(), before.len()));
        inner
    }

    /// The line at the innermost place with a `^` under it, ending in a line break.
    pub fn snippet(&self, sources: &SourceMap) -> String {
        let (text, offset) = match &self.condition {
            Some((text, at)) => (text.as_ref(), *at),
            None => (
                sources.text(self.source),
                self.locations.last().map_or(0, |location| location.position.offset as usize),
            ),
        };
        snippet(text, offset)
    }
}

/// The line of `text` that holds `offset`, at most [`SNIPPET_WIDTH`] bytes of it, and a marker line. An offset behind the
/// last text goes back to it.
fn snippet(text: &str, offset: usize) -> String {
    const NOTHING: &str = "<No context available>\n";
    let bytes = text.as_bytes();
    let Some(last) = bytes.len().checked_sub(1) else { return NOTHING.to_owned() };
    let mut at = offset.min(last);
    while at > 0 && bytes[at] == b'\n' {
        at -= 1;
    }
    let half = SNIPPET_WIDTH / 2;
    let line_start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line_end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |newline| at + newline);
    let from = floor(text, line_start.max(at.saturating_sub(half)));
    let to = floor(text, line_end.min(at + half));
    let (head, tail) = (if from > line_start { "..." } else { "" }, if to < line_end { "..." } else { "" });
    let line = text[from..to.max(from)].trim_end_matches('\r');
    if line.is_empty() {
        return NOTHING.to_owned();
    }
    let shown = format!("{head}{}{tail}", &line[floor(line, head.len().min(line.len()))..]);
    format!("{shown}\n{}^\n", " ".repeat(at.saturating_sub(from)))
}

/// The nearest character border at or before `at`.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_a_line_with_a_marker() {
        assert_eq!(snippet("one\ntwo three\nfour", 8), "two three\n    ^\n");
        assert_eq!(snippet("tags:\n", 99), "tags:\n    ^\n");
        assert_eq!(snippet("", 0), "<No context available>\n");
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides() {
        let shown = snippet(&"x".repeat(400), 200);
        assert_eq!(shown.lines().next().map(str::len), Some(163));
        assert!(shown.starts_with("...xxx") && shown.contains("xxx...\n"));
        assert!(!snippet(&"é".repeat(400), 201).is_empty());
    }

    #[test]
    fn a_condition_is_named_by_its_beginning() {
        let mut sources = SourceMap::new();
        let source = sources.add("a.yaml", "- rule: x\n  condition: y\n");
        let rule = Context::file(&sources, source).with(&sources, ItemType::Rule, "x", 2);
        let inner = rule.with_condition("evt.type=open and\nfoo", 18);
        let location = &inner.locations[2];
        assert_eq!(location.name, "\"evt.type=open and...\"");
        assert_eq!((location.position.line, location.position.column, location.position.offset), (2, 3, 20));
        assert_eq!(inner.snippet(&sources), "foo\n^\n");
    }
}
