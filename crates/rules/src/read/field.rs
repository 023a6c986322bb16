//! Values of an item's keys, typed.

use windhover_diagnostics::nearest;

use super::{Item, Outcome, Reader};
use crate::code::ErrorCode;
use crate::context::{Context, ItemType};
use crate::id;
use crate::report::Failure;
use crate::text::Text;
use crate::yaml::{Node, Scalar};

impl Reader<'_> {
    /// A key's value, which must be a scalar that is not empty.
    pub(super) fn required<'n>(&self, item: Item<'n>, key: &str, context: &Context) -> Outcome<(&'n Node, &'n Scalar)> {
        let Some((key_node, node)) = item.mapping.pair(key) else {
            return Err(self.missing_key(item, key, context));
        };
        if node.is_null() {
            return Err(self
                .invalid(context, format!("Mapping for key '{key}' is empty"))
                .say(format!("`{key}` has no value"))
                .at(self.span(key_node), "expected text behind this key"));
        }
        let inner = self.inner(context, ItemType::ValueFor, key, node);
        let Some(scalar) = node.as_scalar() else {
            return Err(self
                .invalid(&inner, "A single value is expected")
                .say(format!("`{key}` takes a single value"))
                .at(self.first_line(node), "this is a sequence or a mapping"));
        };
        if scalar.text.is_empty() {
            return Err(Failure::new(ErrorCode::YamlValidate, id::VALUE_EMPTY, &inner, "The value is empty")
                .say(format!("`{key}` is empty"))
                .at(self.span(node), "expected text"));
        }
        Ok((node, scalar))
    }

    fn missing_key(&self, item: Item<'_>, key: &str, context: &Context) -> Box<Failure> {
        let given = item.mapping.pairs.iter().filter_map(|(given, _)| given.as_str());
        let help = nearest(key, given).map(|near| format!("there is `{near}`: is it meant to be `{key}`?"));
        Failure::new(ErrorCode::YamlValidate, id::KEY_MISSING, context, format!("Item has no mapping for key '{key}'"))
            .say(format!("the key `{key}` is missing"))
            .at(self.first_line(item.node), format!("this item has no `{key}`"))
            .maybe_help(help)
    }

    /// A key's text.
    pub(super) fn string(&self, item: Item<'_>, key: &str, context: &Context) -> Outcome<String> {
        Ok(self.required(item, key, context)?.1.text.clone())
    }

    /// A key's text with the places of its bytes.
    pub(super) fn text(&self, item: Item<'_>, key: &str, context: &Context) -> Outcome<Text> {
        let (node, scalar) = self.required(item, key, context)?;
        Ok(Text::of(self.source, node, scalar))
    }

    /// A key's truth value.
    pub(super) fn boolean(&self, item: Item<'_>, key: &str, context: &Context) -> Outcome<bool> {
        let (node, scalar) = self.required(item, key, context)?;
        scalar.as_bool().ok_or_else(|| self.undecodable(key, node, context, "expected `true` or `false`"))
    }

    /// A key's number of 32 bits, without sign.
    pub(super) fn number(&self, item: Item<'_>, key: &str, context: &Context) -> Outcome<u32> {
        let (node, scalar) = self.required(item, key, context)?;
        scalar
            .as_u32()
            .ok_or_else(|| self.undecodable(key, node, context, "expected a whole number from 0 to 4294967295"))
    }

    fn undecodable(&self, key: &str, node: &Node, context: &Context, label: &str) -> Box<Failure> {
        let inner = self.inner(context, ItemType::ValueFor, key, node);
        let value = node.as_str().unwrap_or_default();
        Failure::new(
            ErrorCode::YamlValidate,
            id::VALUE_INVALID,
            &inner,
            "The value is not of the type that its key takes",
        )
        .say(format!("`{key}` cannot be `{value}`"))
        .at(self.span(node), label)
    }

    /// A truth value that need not be given.
    pub(super) fn boolean_or(&self, item: Item<'_>, key: &str, default: bool, context: &Context) -> Outcome<bool> {
        match item.mapping.get(key) {
            Some(_) => self.boolean(item, key, context),
            None => Ok(default),
        }
    }

    /// The scalars of a key's sequence. Text may be empty here, but not null.
    pub(super) fn scalars<'n>(
        &self,
        item: Item<'n>,
        key: &str,
        context: &Context,
    ) -> Outcome<Vec<(&'n Node, &'n Scalar)>> {
        let Some(node) = item.mapping.get(key) else {
            return Err(self.missing_key(item, key, context));
        };
        let inner = self.inner(context, ItemType::ValueFor, key, node);
        let Some(values) = node.as_sequence() else {
            return Err(self
                .invalid(&inner, "A sequence is expected")
                .say(format!("`{key}` takes a sequence"))
                .at(self.first_line(node), "expected `[…]` or lines that start with `-`"));
        };
        let mut scalars = Vec::with_capacity(values.len());
        for value in values {
            let Some(scalar) = value.as_scalar() else {
                let place = self.inner(&inner, ItemType::ListItem, "", value);
                return Err(self
                    .invalid(&place, "Only single values may be in this sequence")
                    .say(format!("`{key}` takes single values only"))
                    .at(self.first_line(value), "this is a sequence, a mapping, or nothing"));
            };
            scalars.push((value, scalar));
        }
        Ok(scalars)
    }

    /// A rule's tags: sorted, each once.
    pub(super) fn tags(&self, item: Item<'_>, context: &Context) -> Outcome<Vec<String>> {
        if item.mapping.get("tags").is_none() {
            return Ok(Vec::new());
        }
        let mut tags: Vec<String> =
            self.scalars(item, "tags", context)?.into_iter().map(|(_, scalar)| scalar.text.clone()).collect();
        tags.sort_unstable();
        tags.dedup();
        Ok(tags)
    }
}
