//! The key `override`: which keys of an item append to, and which replace, those of an earlier one.

use super::{Item, Outcome, Reader};
use crate::code::ErrorCode;
use crate::context::{Context, ItemType};
use crate::id;
use crate::report::Failure;
use crate::yaml::{Kind, Node};

/// The keys that may be appended to, and those that may be replaced.
#[derive(Clone, Copy)]
pub(super) struct Overridable<'k> {
    pub(super) append: &'k [&'static str],
    pub(super) replace: &'k [&'static str],
}

/// The keys that an item appends to or replaces.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    pub(super) append: Vec<String>,
    pub(super) replace: Vec<String>,
}

impl Overrides {
    pub(super) fn is_empty(&self) -> bool {
        self.append.is_empty() && self.replace.is_empty()
    }

    pub(super) fn appends(&self, key: &str) -> bool {
        self.append.iter().any(|name| name == key)
    }
}

impl Reader<'_> {
    pub(super) fn read_overrides(
        &mut self,
        item: Item<'_>,
        keys: Overridable<'_>,
        context: &Context,
    ) -> Outcome<Overrides> {
        let mut overrides = Overrides::default();
        let Some(node) = item.mapping.get("override") else { return Ok(overrides) };
        let mapping = match &node.kind {
            Kind::Mapping(mapping) => mapping,
            Kind::Sequence(items) if !items.is_empty() => return Err(self.misshapen(node)),
            _ => return Ok(overrides),
        };
        let inner = self.inner(context, ItemType::Overrides, "", item.node);
        let mut first = None;
        for (key, operation) in &mapping.pairs {
            let read = self.read_override(key, operation, keys, &inner, &mut overrides);
            self.tell(read, &mut first);
        }
        first.map_or(Ok(overrides), Err)
    }

    fn read_override(
        &self,
        key_node: &Node,
        operation: &Node,
        keys: Overridable<'_>,
        inner: &Context,
        overrides: &mut Overrides,
    ) -> Outcome {
        let (Some(key), Some(word)) = (plain_text(key_node), plain_text(operation)) else {
            return Err(self.misshapen(operation));
        };
        let (may_append, may_replace) = (keys.append.contains(&key), keys.replace.contains(&key));
        let place = self.inner(inner, ItemType::Overrides, key, key_node);
        match word {
            "append" if may_append => overrides.append.push(key.to_owned()),
            "replace" if may_replace => overrides.replace.push(key.to_owned()),
            "append" => {
                let message = format!("Key '{key}' cannot be appended to, use 'replace' instead");
                let help = may_replace.then(|| format!("write `{key}: replace`"));
                return Err(self
                    .override_failure(&place, message)
                    .say(format!("`{key}` cannot be appended to"))
                    .at(self.span(key_node), "")
                    .maybe_help(help));
            }
            "replace" => {
                return Err(self
                    .override_failure(&place, format!("The key '{key}' cannot be replaced"))
                    .say(format!("`{key}` cannot be replaced"))
                    .at(self.span(key_node), "")
                    .help(format!("these can be: `{}`", keys.replace.join("`, `"))));
            }
            _ => return Err(self.bad_operation(key, word, operation, (may_append, may_replace), inner)),
        }
        Ok(())
    }

    fn bad_operation(
        &self,
        key: &str,
        word: &str,
        operation: &Node,
        (may_append, may_replace): (bool, bool),
        inner: &Context,
    ) -> Box<Failure> {
        let allowed: Vec<&str> = [(may_append, "append"), (may_replace, "replace")]
            .into_iter()
            .filter(|(may, _)| *may)
            .map(|(_, word)| word)
            .collect();
        let place = self.inner(inner, ItemType::ValueFor, key, operation);
        let possible = allowed.join(" ");
        let message = format!("Invalid override operation '{word}' for the key '{key}'; possible here: {possible}");
        self.override_failure(&place, message)
            .say(format!("`{key}` cannot be overridden by `{word}`"))
            .at(self.span(operation), format!("expected {}", expected(&allowed)))
    }

    fn override_failure(&self, context: &Context, message: String) -> Box<Failure> {
        Failure::new(ErrorCode::YamlValidate, id::OVERRIDE_INVALID, context, message)
    }

    /// What the reference reports for the file as a whole, because its YAML library stops it.
    fn misshapen(&self, node: &Node) -> Box<Failure> {
        let context = Context::file(self.sources, self.source);
        Failure::new(
            ErrorCode::Validate,
            id::OVERRIDE_INVALID,
            &context,
            "'override' must map keys to 'append' or 'replace'",
        )
        .say("`override` takes keys with `append` or `replace` behind them")
        .at(self.first_line(node), "")
    }
}

fn expected(words: &[&str]) -> String {
    match words {
        [] => "another key".to_owned(),
        words => format!("`{}`", words.join("` or `")),
    }
}

/// A scalar's text; null reads as its name.
fn plain_text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Null => Some("null"),
        Kind::Scalar(scalar) => Some(&scalar.text),
        Kind::Sequence(_) | Kind::Mapping(_) => None,
    }
}
