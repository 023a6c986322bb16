//! The configuration as a tree: what files and options say, before it has a meaning.

use windhover_diagnostics::{SourceId, Span};
use windhover_rules::yaml::{self, Kind, Scalar};

/// One value, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place in a file or an option.
    pub span: Span,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text; its meaning depends on the key.
    Scalar(Scalar),
    /// Items in order.
    Sequence(Vec<Node>),
    /// Keys in order, each once.
    Mapping(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// An empty mapping.
    pub fn empty(span: Span) -> Self {
        Self { value: Value::Mapping(Vec::new()), span }
    }

    /// A leaf.
    pub fn scalar(text: &str, span: Span) -> Self {
        Self { value: Value::Scalar(Scalar::synthetic(text)), span }
    }

    /// A document that was read. Of keys that repeat, the first counts; keys that are no text are left out.
    pub fn from_yaml(node: yaml::Node, source: SourceId) -> Self {
        let span = Span { source, start: node.span.start, end: node.span.end };
        let value = match node.kind {
            Kind::Null => Value::Null,
            Kind::Scalar(scalar) => Value::Scalar(scalar),
            Kind::Sequence(items) => {
                Value::Sequence(items.into_iter().map(|item| Self::from_yaml(item, source)).collect())
            }
            Kind::Mapping(mapping) => {
                let mut entries: Vec<Entry> = Vec::with_capacity(mapping.pairs.len());
                for (key, value) in mapping.pairs {
                    let key_span = Span { source, start: key.span.start, end: key.span.end };
                    let Some(key) = key.as_str().map(str::to_owned) else { continue };
                    if entries.iter().all(|entry| entry.key != key) {
                        entries.push(Entry { key, key_span, node: Self::from_yaml(value, source) });
                    }
                }
                Value::Mapping(entries)
            }
        };
        Self { value, span }
    }

    /// The pairs, if it is a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        if let Value::Mapping(entries) = &self.value { Some(entries) } else { None }
    }

    /// The items, if it is a sequence.
    pub fn items(&self) -> Option<&[Self]> {
        if let Value::Sequence(items) = &self.value { Some(items) } else { None }
    }

    /// The leaf, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        if let Value::Scalar(scalar) = &self.value { Some(scalar) } else { None }
    }

    /// The text, if it is a leaf.
    pub fn text(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// The number that a leaf spells, if it is finite.
    pub fn as_float(&self) -> Option<f64> {
        self.text()?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The entry of a key, if it is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// The value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The value of a key, made null if it is not there; what is no mapping becomes one.
    pub fn get_or_insert(&mut self, key: &str, span: Span) -> &mut Self {
        if self.entries().is_none() {
            *self = Self::empty(span);
        }
        let Value::Mapping(entries) = &mut self.value else { unreachable!("it was made a mapping") };
        let at = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
            let node = Self { value: Value::Null, span };
            entries.push(Entry { key: key.to_owned(), key_span: span, node });
            entries.len() - 1
        });
        &mut entries[at].node
    }

    /// Calls `change` with every leaf.
    pub fn for_each_scalar(&mut self, change: &mut dyn FnMut(&mut Scalar)) {
        match &mut self.value {
            Value::Null => {}
            Value::Scalar(scalar) => change(scalar),
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.for_each_scalar(change)),
            Value::Mapping(entries) => entries.iter_mut().for_each(|entry| entry.node.for_each_scalar(change)),
        }
    }

    /// As JSON. Leaves become numbers and truth values where they spell them, as a plugin's configuration is handed over.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Scalar(scalar) => json_leaf(scalar),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => {
                serde_json::Value::Object(entries.iter().map(|e| (e.key.clone(), e.node.to_json())).collect())
            }
        }
    }
}

fn json_leaf(scalar: &Scalar) -> serde_json::Value {
    if let Some(number) = scalar.as_integer() {
        return number.into();
    }
    match scalar.text.parse::<f64>() {
        Ok(number) if number.is_finite() => number.into(),
        _ => scalar.as_bool().map_or_else(|| scalar.text.as_str().into(), Into::into),
    }
}
