//! The JSON schema of rules files, and the check of a file against it.
//!
//! The schema is for editors and for people who want to be told of odd keys; whether a file loads does not depend on it. Types
//! are weak, since YAML's scalars are text until they are asked for as something else: `57` is a string as well as a number.

use std::sync::LazyLock;

use serde_json::Value;

use crate::yaml::{Kind, Node, Scalar};

/// The schema, as `--rule-schema` prints it.
pub const RULES_SCHEMA: &str = include_str!("rules.json");

/// Deviations told of one file.
const TOLD: usize = 20;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(RULES_SCHEMA).expect("the schema is JSON"));

/// What checking a file against the schema gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SchemaVerdict {
    /// There was nothing to check.
    #[default]
    Unchecked,
    /// The file is as the schema says.
    Valid,
    /// What is otherwise: a path and a reason each, `failed for <path>: <reason>`.
    Failed(Vec<String>),
}

impl SchemaVerdict {
    /// `ok`, `none`, or the first deviation.
    pub fn status(&self) -> &str {
        match self {
            Self::Unchecked => "none",
            Self::Valid => "ok",
            Self::Failed(deviations) => deviations.first().map_or("ok", String::as_str),
        }
    }
}

/// Checks the documents of a rules file.
pub(crate) fn check(documents: &[Node]) -> SchemaVerdict {
    let mut checker = Checker { deviations: Vec::new() };
    for document in documents {
        checker.check(document, &SCHEMA, "<root>");
    }
    match checker.deviations {
        _ if documents.is_empty() => SchemaVerdict::Unchecked,
        deviations if deviations.is_empty() => SchemaVerdict::Valid,
        deviations => SchemaVerdict::Failed(deviations),
    }
}

struct Checker {
    deviations: Vec<String>,
}

impl Checker {
    fn fail(&mut self, path: &str, reason: impl std::fmt::Display) {
        if self.deviations.len() < TOLD {
            self.deviations.push(format!("failed for {path}: {reason}"));
        }
    }

    fn check(&mut self, node: &Node, schema: &Value, path: &str) {
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/definitions/")) {
            return self.check(node, &SCHEMA["definitions"][name], path);
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        if !types.iter().any(|ty| is_of_type(node, ty)) {
            return self.fail(path, format_args!("it is not of the type `{}`", types.join("` or `")));
        }
        if let (Some(names), Some(text)) = (schema["enum"].as_array(), node.as_str())
            && !names.iter().any(|name| name == text)
        {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            self.fail(path, format_args!("`{text}` is none of `{}`", names.join("`, `")));
        }
        match &node.kind {
            Kind::Sequence(items) if schema["items"].is_object() => {
                for (at, item) in items.iter().enumerate() {
                    self.check(item, &schema["items"], &format!("{path}[{at}]"));
                }
            }
            Kind::Mapping(_) => self.check_mapping(node, schema, path),
            _ => {}
        }
    }

    fn check_mapping(&mut self, node: &Node, schema: &Value, path: &str) {
        let Some(mapping) = node.as_mapping() else { return };
        for (key, value) in &mapping.pairs {
            let name = key.as_str().unwrap_or("null");
            match schema["properties"].get(name) {
                Some(property) => self.check(value, property, &format!("{path}[{name}]")),
                None if schema["additionalProperties"] == false => {
                    self.fail(path, format_args!("unknown key `{name}`"))
                }
                None => {}
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| mapping.get(name).is_none()) {
            self.fail(path, format_args!("the key `{name}` is missing"));
        }
        if schema["minProperties"].as_u64().is_some_and(|least| (mapping.pairs.len() as u64) < least) {
            self.fail(path, "it has no key");
        }
    }
}

/// Can a node be taken for a value of the type?
fn is_of_type(node: &Node, ty: &str) -> bool {
    match (ty, &node.kind) {
        ("array", Kind::Sequence(_)) | ("object", Kind::Mapping(_)) | ("string", Kind::Scalar(_)) => true,
        ("boolean", Kind::Scalar(scalar)) => scalar.as_bool().is_some(),
        ("integer", Kind::Scalar(scalar)) => Scalar::as_integer(scalar).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Limits, parse};

    fn verdict(text: &str) -> SchemaVerdict {
        check(&parse(text, Limits::default()).expect("YAML"))
    }

    #[test]
    fn what_the_schema_describes_is_valid() {
        for text in [
            "- required_engine_version: 57\n- required_engine_version: 0.57.0\n",
            "- list: l\n  items: [a, 1]\n  override: {items: append}\n",
            "- rule: r\n  desc: d\n  condition: c\n  output: o\n  priority: INFO\n  enabled: no\n  tags: [a]\n",
            "- rule: r\n  exceptions: [{name: e, fields: [a, b], comps: [=, in], values: [[a, [b]]]}]\n",
            "- required_plugin_versions: [{name: p, version: 1.2.3, alternatives: [{name: q, version: 1.0.0}]}]\n",
            "- macro: m\n  condition: c\n---\n- macro: n\n  condition: c\n",
        ] {
            assert_eq!(verdict(text), SchemaVerdict::Valid, "{text}");
        }
        assert_eq!(verdict("# nothing\n"), SchemaVerdict::Unchecked);
    }

    #[test]
    fn what_it_does_not_is_told_with_its_path() {
        for (text, want) in [
            ("a: b\n", "failed for <root>: it is not of the type `array`"),
            ("- rule: r\n  priority: info\n", "failed for <root>[0][priority]: `info` is none of `EMERGENCY`"),
            ("- macro: m\n- macro: m\n  oops: 1\n", "failed for <root>[1]: unknown key `oops`"),
            ("- rule: r\n  enabled: maybe\n", "failed for <root>[0][enabled]: it is not of the type `boolean`"),
            (
                "- list: l\n  items: [[a]]\n",
                "failed for <root>[0][items][0]: it is not of the type `integer` or `string`",
            ),
            (
                "- rule: r\n  exceptions: [{fields: a}]\n",
                "failed for <root>[0][exceptions][0]: the key `name` is missing",
            ),
            ("- list: l\n  items: []\n  override: {}\n", "failed for <root>[0][override]: it has no key"),
            ("- list: l\n  override: {items: drop}\n", "failed for <root>[0][override][items]: `drop` is none of"),
        ] {
            let verdict = verdict(text);
            assert!(verdict.status().starts_with(want), "{text}: {verdict:?}");
        }
    }
}
