//! The reference's verdict on a rules file, as JSON and as text.

use std::fmt::Write;

use serde_json::{Value, json};
use windhover_diagnostics::SourceMap;

use crate::code::{ErrorCode, WarningCode};
use crate::context::Context;
use crate::schema::SchemaVerdict;

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The reference's code.
    pub code: ErrorCode,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub context: Context,
}

/// What is doubtful about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadWarning {
    /// The reference's code.
    pub code: WarningCode,
    /// What is doubtful.
    pub message: String,
    /// Where.
    pub context: Context,
    /// The field, if it is about a deprecated one.
    pub deprecated_field: Option<&'static str>,
}

/// The verdict on one file: at most one error, since the reference stops at the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadResult {
    /// The file's name.
    pub name: String,
    /// What was wrong.
    pub errors: Vec<LoadError>,
    /// What was doubtful, as far as it was found before the error.
    pub warnings: Vec<LoadWarning>,
    /// Whether the file is as the schema says. It loads all the same.
    pub schema: SchemaVerdict,
}

impl LoadResult {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), errors: Vec::new(), warnings: Vec::new(), schema: SchemaVerdict::default() }
    }

    /// Can the file be used?
    pub fn successful(&self) -> bool {
        self.errors.is_empty()
    }

    /// One element of `falco_load_results`.
    pub fn to_json(&self, sources: &SourceMap) -> Value {
        let errors: Vec<Value> = self
            .errors
            .iter()
            .map(|error| {
                json!({
                    "code": error.code.as_str(),
                    "codedesc": error.code.short(),
                    "message": error.message,
                    "context": context_json(&error.context, sources),
                })
            })
            .collect();
        let warnings: Vec<Value> = self.warnings.iter().map(|warning| warning.to_json(sources)).collect();
        let mut result =
            json!({ "name": self.name, "successful": self.successful(), "errors": errors, "warnings": warnings });
        let deviations: &[String] = match &self.schema {
            SchemaVerdict::Unchecked => return result,
            SchemaVerdict::Valid => &[],
            SchemaVerdict::Failed(deviations) => deviations,
        };
        result["schema_valid"] = json!(deviations.is_empty());
        result["schema_warnings"] = json!(deviations);
        result
    }

    /// The first line of the text form: whether the file is good.
    pub fn headline(&self) -> String {
        let verdict = match (self.successful(), self.warnings.is_empty()) {
            (false, _) => "Invalid",
            (true, false) => "Ok, with warnings",
            (true, true) => "Ok",
        };
        if self.name.is_empty() { verdict.to_owned() } else { format!("{}: {verdict}", self.name) }
    }

    /// The text form in short: codes only.
    pub fn to_summary(&self) -> String {
        let mut text = self.headline();
        let codes = |list: Vec<String>, what: &str| format!("\n {} {what}: [{}]", list.len(), list.join(" "));
        if !self.errors.is_empty() {
            let list = self.errors.iter().map(|error| format!("{} ({})", error.code.as_str(), error.code.short()));
            text.push_str(&codes(list.collect(), "errors"));
        }
        if !self.warnings.is_empty() {
            let list =
                self.warnings.iter().map(|warning| format!("{} ({})", warning.code.as_str(), warning.code.short()));
            text.push_str(&codes(list.collect(), "warnings"));
        }
        text
    }

    /// The text form with places and snippets.
    pub fn to_text(&self, sources: &SourceMap) -> String {
        let mut text = self.headline();
        if !self.errors.is_empty() {
            let _ = write!(text, "\n{} Errors:\n", self.errors.len());
            for error in &self.errors {
                let title = format!("{} ({}): {}", error.code.as_str(), error.code.short(), error.message);
                write_entry(&mut text, &error.context, sources, &title);
            }
        }
        if !self.warnings.is_empty() {
            let _ = write!(text, "\n{} Warnings:\n", self.warnings.len());
            for warning in &self.warnings {
                let field = warning.deprecated_field.map(|field| format!(": field '{field}'")).unwrap_or_default();
                let title = format!("{} ({}{field}): {}", warning.code.as_str(), warning.code.short(), warning.message);
                write_entry(&mut text, &warning.context, sources, &title);
            }
        }
        text
    }
}

impl LoadWarning {
    fn to_json(&self, sources: &SourceMap) -> Value {
        let mut value = json!({
            "code": self.code.as_str(),
            "codedesc": self.code.description(),
            "message": self.message,
            "context": context_json(&self.context, sources),
        });
        if let Some(field) = self.deprecated_field {
            value["deprecated_field"] = json!(field);
        }
        value
    }
}

fn context_json(context: &Context, sources: &SourceMap) -> Value {
    let locations: Vec<Value> = context
        .locations
        .iter()
        .map(|location| {
            json!({
                "item_type": location.item_type.as_str(),
                "item_name": location.item_name,
                "position": {
                    "name": location.name,
                    "line": location.position.line,
                    "column": location.position.column,
                    "offset": location.position.offset,
                },
            })
        })
        .collect();
    json!({ "locations": locations, "snippet": context.snippet(sources) })
}

fn write_entry(text: &mut String, context: &Context, sources: &SourceMap, title: &str) {
    for (depth, location) in context.locations.iter().enumerate() {
        let lead = if depth == 0 { "In " } else { "    " };
        let name = if location.item_name.is_empty() { String::new() } else { format!(" '{}'", location.item_name) };
        let position = location.position;
        let _ = writeln!(
            text,
            "{lead}{}{name}: ({}:{}:{})",
            location.item_type.as_str(),
            location.name,
            position.line,
            position.column
        );
    }
    let _ = write!(text, "------\n{}------\n{title}\n", context.snippet(sources));
}
