//! Typed reading of a mapping by the table of keys.
//!
//! Every getter gives the key's default where the key is absent or has no value of its type: that a value has the wrong
//! type is `schema`'s to say.

use std::cell::RefCell;
#[cfg(test)]
use std::collections::BTreeSet;
use std::fmt::Display;

use windhover_diagnostics::{Diagnostic, Diagnostics, Span, nearest};

use super::id;
use super::key::{self, Key, Kind, Outside};
use super::tree::{Node, Value};

/// What reading has to say, so far.
#[derive(Debug, Default)]
pub struct Reader {
    diagnostics: RefCell<Diagnostics>,
    #[cfg(test)]
    pub(super) read: RefCell<BTreeSet<&'static str>>,
}

impl Reader {
    /// All that was said.
    pub fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics.into_inner()
    }

    /// Reads the root of a configuration.
    pub fn root<T>(&self, root: &Node, read: impl FnOnce(&Section<'_>) -> T) -> T {
        read(&Section { reader: self, node: Some(root), path: String::new(), row: String::new() })
    }
}

/// A mapping under reading. Where there is no mapping, every key is absent.
#[derive(Debug)]
pub struct Section<'a> {
    reader: &'a Reader,
    node: Option<&'a Node>,
    path: String,
    /// The path as the table of keys has it: without indexes.
    row: String,
}

impl<'a> Section<'a> {
    /// Adds something to what reading has to say.
    pub fn say(&self, diagnostic: Diagnostic) {
        self.reader.diagnostics.borrow_mut().push(diagnostic);
    }

    /// The whole name of a key.
    pub fn name(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// The value of a key, if it is there and not null.
    pub fn node(&self, key: &str) -> Option<&'a Node> {
        self.key(key);
        self.node?.get(key).filter(|node| node.value != Value::Null)
    }

    /// A mapping inside this one.
    pub fn section<T>(&self, key: &str, read: impl FnOnce(&Section<'_>) -> T) -> T {
        let row = self.key(key).inner_path();
        read(&Section { reader: self.reader, node: self.node(key), path: self.name(key), row })
    }

    /// The mappings of a sequence, or the one mapping that stands for it, read one by one.
    pub fn sections<T>(&self, key: &str, mut read: impl FnMut(&Section<'_>) -> Option<T>) -> Vec<T> {
        let row = self.key(key).inner_path();
        let items = self.items(key).into_iter().enumerate();
        items
            .filter_map(|(at, item)| {
                let path = format!("{}[{at}]", self.name(key));
                read(&Section { reader: self.reader, node: Some(item), path, row: row.clone() })
            })
            .collect()
    }

    /// A truth value.
    pub fn bool(&self, key: &str) -> bool {
        let given = self.node(key).and_then(|node| node.as_scalar()?.as_bool());
        given.unwrap_or(matches!(self.key(key).kind, Kind::Bool(true)))
    }

    /// A whole number in the range that the table gives, which must be one of `T`'s.
    pub fn integer<T: TryFrom<i64> + Default>(&self, key: &str) -> T {
        let Kind::Integer { default, least, most, outside } = self.key(key).kind else {
            unreachable!("{}: the table says that this is no whole number", self.name(key))
        };
        let given = self.node(key).and_then(|node| node.as_scalar()?.as_integer());
        let fits = given.filter(|number| (least..=most).contains(number));
        if fits.is_none() && outside == Outside::Refused && given.is_some() {
            self.refuse(key, format!("must be {}", self.key(key).kind.words()), &default_help(self.key(key)));
        }
        T::try_from(fits.unwrap_or(default)).unwrap_or_default()
    }

    /// A number in the range that the table gives; another one is an error.
    pub fn float(&self, key: &str) -> f64 {
        let Kind::Float { default, least, most } = self.key(key).kind else {
            unreachable!("{}: the table says that this is no number", self.name(key))
        };
        let given = self.node(key).and_then(Node::as_float).unwrap_or(default);
        if !(least..=most).contains(&given) {
            self.refuse(key, format!("must be {}", self.key(key).kind.words()), &default_help(self.key(key)));
            return default;
        }
        given
    }

    /// A text.
    pub fn text(&self, key: &str) -> String {
        let default = if let Kind::Text(default) = self.key(key).kind { default } else { "" };
        self.node(key).and_then(Node::text).unwrap_or(default).to_owned()
    }

    /// A text that is not empty, if there is one.
    pub fn text_if_any(&self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    /// Texts of a sequence, or one text that stands for it.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.items(key).into_iter().filter_map(|item| item.text().map(str::to_owned)).collect()
    }

    /// One of the words that the table gives; another one is an error.
    pub fn word(&self, key: &str) -> &'static str {
        let Kind::Word(words) = self.key(key).kind else {
            unreachable!("{}: the table says that this is no word", self.name(key))
        };
        let default = words.first().copied().unwrap_or_default();
        let Some(node) = self.node(key) else { return default };
        let Some(text) = node.text() else { return default };
        if let Some(word) = words.iter().find(|word| **word == text) {
            return word;
        }
        let message = format!("`{text}` is not a value of `{}`", self.name(key));
        let mut diagnostic = Diagnostic::error(id::VALUE_INVALID, message).at(node.span, "not one of its words");
        diagnostic = diagnostic.note(format!("it may be {}", words.join(", ")));
        let removed =
            key::REMOVED_WORDS.iter().find(|removed| removed.word == text && removed.path == self.key(key).path);
        if let Some(removed) = removed {
            diagnostic = diagnostic.help(format!("older releases had it: {}", removed.instead));
        } else if let Some(near) = nearest(text, words.iter().copied()) {
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

    /// Says that a key asks for something that does not exist here.
    pub fn refuse_feature(&self, key: &str, what: &str, instead: &str) {
        let mut diagnostic = Diagnostic::error(id::UNSUPPORTED, format!("{what} (`{}`)", self.name(key)));
        if let Some(span) = self.span(key) {
            diagnostic = diagnostic.at(span, "");
        }
        self.say(diagnostic.help(instead));
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

    fn items(&self, key: &str) -> Vec<&'a Node> {
        match self.node(key) {
            None => Vec::new(),
            Some(node) => node.items().map_or_else(|| vec![node], |items| items.iter().collect()),
        }
    }

    /// The row of a key.
    fn key(&self, key: &str) -> &'static Key {
        let path = join(&self.row, key);
        let found = key::find(&path).unwrap_or_else(|| unreachable!("{path} is read and not in the table of keys"));
        #[cfg(test)]
        self.reader.read.borrow_mut().insert(found.path);
        found
    }
}

fn default_help(key: &Key) -> String {
    format!("{} is the default", key.kind.default_text().unwrap_or_default())
}

/// A key inside of a path.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
