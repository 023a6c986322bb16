//! Typed reading of a mapping, with a word for everything in it that is not understood.

use std::cell::RefCell;
use std::fmt::Display;

use windhover_diagnostics::{Diagnostic, Diagnostics, Span, nearest};

use super::id;
use super::tree::{Entry, Node};

/// What reading has to say, so far.
#[derive(Debug, Default)]
pub struct Reader {
    diagnostics: RefCell<Diagnostics>,
}

impl Reader {
    /// Adds something.
    pub fn say(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// All that was said.
    pub fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics.into_inner()
    }

    /// Reads a mapping by `read`, and warns of its keys that nobody asked for. `path` is the place in the configuration,
    /// empty for its root. Where there is no mapping, every key is absent.
    pub fn section<T>(&self, path: &str, node: Option<&Node>, read: impl FnOnce(&Section<'_>) -> T) -> T {
        let section = Section { reader: self, node, path: path.to_owned(), known: RefCell::new(Vec::new()) };
        if let Some(node) = node
            && node.entries().is_none()
            && node.value != super::tree::Value::Null
        {
            self.say(section.type_error(node, "a mapping"));
        }
        let value = read(&section);
        section.end();
        value
    }
}

/// A mapping under reading. Every getter takes a key's default, which stands where the key is absent or of the wrong
/// type; the latter is said.
#[derive(Debug)]
pub struct Section<'a> {
    reader: &'a Reader,
    node: Option<&'a Node>,
    path: String,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// Adds something to what reading has to say.
    pub fn say(&self, diagnostic: Diagnostic) {
        self.reader.say(diagnostic);
    }

    /// The whole name of a key.
    pub fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key, if it is there and not null.
    pub fn node(&self, key: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(key);
        self.node?.get(key).filter(|node| node.value != super::tree::Value::Null)
    }

    /// A mapping inside this one.
    pub fn section<T>(&self, key: &'static str, read: impl FnOnce(&Section<'_>) -> T) -> T {
        self.reader.section(&self.name(key), self.node(key), read)
    }

    /// The mappings of a sequence, or the one mapping that stands for it, read one by one.
    pub fn sections<T>(&self, key: &'static str, mut read: impl FnMut(&Section<'_>) -> Option<T>) -> Vec<T> {
        let items = self.items(key).into_iter().enumerate();
        items
            .filter_map(|(at, item)| self.reader.section(&format!("{}[{at}]", self.name(key)), Some(item), &mut read))
            .collect()
    }

    /// A truth value.
    pub fn bool(&self, key: &'static str, default: bool) -> bool {
        self.scalar(key, "true or false", |node| node.as_scalar()?.as_bool()).unwrap_or(default)
    }

    /// A whole number that `T` holds.
    pub fn integer<T: TryFrom<i64>>(&self, key: &'static str, default: T) -> T {
        let read = |node: &Node| T::try_from(node.as_scalar()?.as_integer()?).ok();
        self.scalar(key, "a whole number in range", read).unwrap_or(default)
    }

    /// A number.
    pub fn float(&self, key: &'static str, default: f64) -> f64 {
        let read = |node: &Node| node.text()?.trim().parse().ok().filter(|number: &f64| number.is_finite());
        self.scalar(key, "a number", read).unwrap_or(default)
    }

    /// A text.
    pub fn text(&self, key: &'static str, default: &str) -> String {
        self.scalar(key, "a text", |node| node.text().map(str::to_owned)).unwrap_or_else(|| default.to_owned())
    }

    /// A text that is not empty, if there is one.
    pub fn text_if_any(&self, key: &'static str) -> Option<String> {
        Some(self.text(key, "")).filter(|text| !text.is_empty())
    }

    /// Texts of a sequence, or one text that stands for it.
    pub fn texts(&self, key: &'static str) -> Vec<String> {
        let items = self.items(key);
        items
            .into_iter()
            .filter_map(|item| {
                if item.text().is_none() {
                    self.say(self.type_error(item, "a text"));
                }
                item.text().map(str::to_owned)
            })
            .collect()
    }

    /// One of a few words; another one is an error.
    pub fn word<T: Copy>(&self, key: &'static str, words: &[(&'static str, T)], default: T) -> T {
        let Some(node) = self.node(key) else { return default };
        let text = node.text().unwrap_or_default();
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("`{text}` is not a value of `{}`", self.name(key));
        let mut diagnostic = Diagnostic::error(id::VALUE_INVALID, message).at(node.span, "not one of its words");
        diagnostic = diagnostic.note(format!("it may be {}", names.join(", ")));
        if let Some(near) = nearest(text, names) {
            diagnostic = diagnostic.help(format!("a similar word exists: `{near}`"));
        }
        self.say(diagnostic);
        default
    }

    /// Says that a key's value cannot be used, and why.
    pub fn refuse(&self, key: &str, reason: impl Display, help: &str) {
        let mut diagnostic = Diagnostic::error(id::VALUE_INVALID, format!("`{}` {reason}", self.name(key)));
        if let Some(span) = self.span(key) {
            diagnostic = diagnostic.at(span, "");
        }
        self.say(diagnostic.help(help));
    }

    /// Says something about a key that does not keep the configuration from being used.
    pub fn warn(&self, key: &str, text: impl Display, help: &str) {
        let mut diagnostic = Diagnostic::warning(id::NO_EFFECT, format!("`{}` {text}", self.name(key)));
        if let Some(span) = self.span(key) {
            diagnostic = diagnostic.at(span, "");
        }
        self.say(diagnostic.help(help));
    }

    /// Where the key is written, or the mapping if it lacks the key.
    fn span(&self, key: &str) -> Option<Span> {
        let node = self.node?;
        Some(node.entry(key).map_or(node.span, |entry| entry.key_span.to(entry.node.span)))
    }

    fn items(&self, key: &'static str) -> Vec<&'a Node> {
        match self.node(key) {
            None => Vec::new(),
            Some(node) => node.items().map_or_else(|| vec![node], |items| items.iter().collect()),
        }
    }

    fn scalar<T>(&self, key: &'static str, what: &str, read: impl FnOnce(&Node) -> Option<T>) -> Option<T> {
        let node = self.node(key)?;
        let value = read(node);
        if value.is_none() {
            self.say(self.type_error(node, what).note(format!("the default of `{}` is used", self.name(key))));
        }
        value
    }

    fn type_error(&self, node: &Node, what: &str) -> Diagnostic {
        let found = match node.text() {
            Some(text) => format!("`{text}`"),
            None if node.items().is_some() => "a sequence".to_owned(),
            None if node.entries().is_some() => "a mapping".to_owned(),
            None => "nothing".to_owned(),
        };
        Diagnostic::warning(id::VALUE_TYPE, format!("expected {what}, found {found}"))
            .at(node.span, format!("expected {what}"))
    }

    /// Warns of keys that were never asked for.
    fn end(self) {
        let known = self.known.into_inner();
        for Entry { key, key_span, .. } in self.node.and_then(Node::entries).unwrap_or_default() {
            if known.contains(&key.as_str()) {
                continue;
            }
            let place = if self.path.is_empty() { String::new() } else { format!(" of `{}`", self.path) };
            let mut diagnostic =
                Diagnostic::warning(id::KEY_UNKNOWN, format!("unknown key `{key}`{place}")).at(*key_span, "not a key");
            if let Some(near) = nearest(key, known.iter().copied()) {
                diagnostic = diagnostic.help(format!("a key with a similar name exists: `{near}`"));
            }
            self.reader.say(diagnostic);
        }
    }
}
