//! `-o key=value`: one value of the configuration set from the command line.

use windhover_diagnostics::{SourceId, Span};
use windhover_rules::yaml;

use super::tree::{Node, Value};

/// An item may be addressed up to here; more would make a configuration of nothing but gaps.
const MAX_INDEX: usize = 1_000;

/// Why an option cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct OptionError {
    /// What is wrong.
    pub reason: String,
    /// The byte of the option's text that it begins at.
    pub at: usize,
}

impl OptionError {
    fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), at }
    }
}

/// A step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    /// A new item at the end.
    Append,
}

/// The first key that an option's text names, if it names one.
pub fn first_key(text: &str) -> Option<String> {
    let key = text.split_once('=')?.0;
    match path(key).ok()?.into_iter().next()? {
        Step::Key(key) => Some(key),
        Step::Index(_) | Step::Append => None,
    }
}

/// Sets in `root` what an option says. `source` is the option's own text.
///
/// # Errors
/// [`OptionError`] where the text is no option.
pub fn apply(root: &mut Node, text: &str, source: SourceId) -> Result<(), OptionError> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(OptionError::new(0, "Must be of the form key=val or key.subkey=val"));
    };
    let span = Span::new(source, 0, text.len());
    let steps = path(key)?;
    let value = parse_value(value, source, key.len() + 1)?;
    let mut node = root;
    for step in steps {
        node = match step {
            Step::Key(key) => node.get_or_insert(&key, span),
            Step::Index(index) => item(node, Some(index), span),
            Step::Append => item(node, None, span),
        };
    }
    *node = Node { span, ..value };
    Ok(())
}

/// A text in braces is YAML or JSON; every other text stands for itself.
fn parse_value(text: &str, source: SourceId, offset: usize) -> Result<Node, OptionError> {
    let span = Span::new(source, offset, offset + text.len());
    if !(text.starts_with('{') && text.ends_with('}')) {
        return Ok(Node::scalar(text, span));
    }
    let documents = yaml::parse(text, yaml::Limits::default())
        .map_err(|e| OptionError::new(offset + e.offset, format!("the value is not YAML: {}", e.reason)))?;
    let node = documents.into_iter().next().map(|node| Node::from_yaml(node, source));
    Ok(node.unwrap_or(Node { value: Value::Null, span }))
}

fn item(node: &mut Node, index: Option<usize>, span: Span) -> &mut Node {
    if node.items().is_none() {
        node.value = Value::Sequence(Vec::new());
    }
    let Value::Sequence(items) = &mut node.value else { unreachable!("it was made a sequence") };
    let index = index.unwrap_or(items.len());
    while items.len() <= index {
        items.push(Node { value: Value::Null, span });
    }
    &mut items[index]
}

/// `a.b[0][].c`, where a backslash takes the meaning from `.`, `[`, `]` and itself.
fn path(text: &str) -> Result<Vec<Step>, OptionError> {
    let mut steps = Vec::new();
    let mut key = String::new();
    let mut chars = text.char_indices().peekable();
    // A key may follow at the start and after a dot; after brackets only a dot, brackets or the end may.
    let mut expects_key = true;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, escaped @ ('.' | '[' | ']' | '\\'))) if expects_key => key.push(escaped),
                _ => return Err(OptionError::new(at, "a backslash may only stand before `.`, `[`, `]` and itself")),
            },
            '.' if !key.is_empty() => steps.push(Step::Key(std::mem::take(&mut key))),
            '.' if !expects_key => expects_key = true,
            '[' if !key.is_empty() || !expects_key => {
                if !key.is_empty() {
                    steps.push(Step::Key(std::mem::take(&mut key)));
                }
                steps.push(index(at, &mut chars)?);
                expects_key = false;
            }
            '.' | '[' | ']' => return Err(OptionError::new(at, format!("a key is missing before `{c}`"))),
            _ if expects_key => key.push(c),
            _ => return Err(OptionError::new(at, "expected `.` or `[` after `]`")),
        }
    }
    if !key.is_empty() {
        steps.push(Step::Key(key));
    } else if expects_key {
        return Err(OptionError::new(text.len(), "a key is missing"));
    }
    Ok(steps)
}

fn index(open: usize, chars: &mut impl Iterator<Item = (usize, char)>) -> Result<Step, OptionError> {
    let mut digits = String::new();
    for (at, c) in chars {
        match c {
            ']' if digits.is_empty() => return Ok(Step::Append),
            ']' => {
                let index = digits.parse().ok().filter(|index| *index < MAX_INDEX);
                let too_large = || OptionError::new(open + 1, format!("`{digits}` is too large for an index"));
                return index.map(Step::Index).ok_or_else(too_large);
            }
            _ if c.is_ascii_digit() => digits.push(c),
            _ => return Err(OptionError::new(at, format!("expected a number or `]`, found `{c}`"))),
        }
    }
    Err(OptionError::new(open, "`[` is never closed"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(options: &[&str]) -> String {
        let source = SourceId(0);
        let mut root = Node::empty(Span::new(source, 0, 0));
        for option in options {
            apply(&mut root, option, source).unwrap();
        }
        root.to_json().to_string()
    }

    #[test]
    fn options_make_what_is_missing() {
        let table: &[(&[&str], &str)] = &[
            (&["engine.kind=replay"], r#"{"engine":{"kind":"replay"}}"#),
            (&["a=1", "a=x=y"], r#"{"a":"x=y"}"#),
            (&["a=", "b=[x,y]"], r#"{"a":"","b":"[x,y]"}"#),
            (&["a[1].b=1"], r#"{"a":[null,{"b":1}]}"#),
            (&["a[0][1]=x"], r#"{"a":[[null,"x"]]}"#),
            (
                &["rules[].disable.rule=*", "rules[].enable.tag=t"],
                r#"{"rules":[{"disable":{"rule":"*"}},{"enable":{"tag":"t"}}]}"#,
            ),
            (&[r#"o[]={"match":{"source":"s"}}"#], r#"{"o":[{"match":{"source":"s"}}]}"#),
            (&[r"a\.b\[\]\\.c=1"], r#"{"a.b[]\\":{"c":1}}"#),
            (&["a.b=1", "a[]=2"], r#"{"a":[2]}"#),
        ];
        for (options, want) in table {
            assert_eq!(set(options), *want, "{options:?}");
        }
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => any::<String>().prop_filter("keys are not empty", |key| !key.is_empty()).prop_map(Step::Key),
            1 => (0..MAX_INDEX).prop_map(Step::Index),
            1 => Just(Step::Append),
        ]
    }

    /// The text of a path, with a backslash before what would have a meaning.
    fn print(steps: &[Step]) -> String {
        let mut text = String::new();
        for step in steps {
            match step {
                Step::Key(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    for c in key.chars() {
                        if matches!(c, '.' | '[' | ']' | '\\') {
                            text.push('\\');
                        }
                        text.push(c);
                    }
                }
                Step::Index(index) => text += &format!("[{index}]"),
                Step::Append => text += "[]",
            }
        }
        text
    }

    proptest! {
        #[test]
        fn a_path_is_read_as_it_was_written(first in any::<String>(), more in proptest::collection::vec(step(), 0..6)) {
            prop_assume!(!first.is_empty());
            let steps: Vec<_> = std::iter::once(Step::Key(first)).chain(more).collect();
            prop_assert_eq!(path(&print(&steps)), Ok(steps));
        }
    }

    #[test]
    fn wrong_options_say_where() {
        let table = [
            ("nothing", 0, "Must be of the form key=val or key.subkey=val"),
            ("=x", 0, "a key is missing"),
            ("a.=x", 2, "a key is missing"),
            (".a=x", 0, "a key is missing before `.`"),
            ("a..b=x", 2, "a key is missing before `.`"),
            ("[0]=x", 0, "a key is missing before `[`"),
            ("a]=x", 1, "a key is missing before `]`"),
            ("a[0=x", 1, "`[` is never closed"),
            ("a[x]=x", 2, "expected a number or `]`, found `x`"),
            ("a[9999999]=x", 2, "`9999999` is too large for an index"),
            ("a[0]b=x", 4, "expected `.` or `[` after `]`"),
            (r"a\b=x", 1, "a backslash may only stand before `.`, `[`, `]` and itself"),
        ];
        for (option, at, reason) in table {
            let mut root = Node::empty(Span::new(SourceId(0), 0, 0));
            assert_eq!(apply(&mut root, option, SourceId(0)), Err(OptionError::new(at, reason)), "{option}");
        }
    }
}
