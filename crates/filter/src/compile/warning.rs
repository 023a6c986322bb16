//! Constants that are likely not what was meant.

use crate::finding::id;
use crate::{Check, Finding, Literal, Op, Schema, Transformer, regex};

/// Looks at the constants of a check.
pub(super) fn look(check: &Check, literals: &[&Literal], schema: &dyn Schema, warnings: &mut Vec<Finding>) {
    for literal in literals {
        if check.op == Op::Regex && !regex::is_special_inside(&literal.bytes) {
            warnings.push(*simple_regex(literal));
        }
        let squeezed: String = literal.to_text().chars().filter(|c| !matches!(c, ' ' | '\t'..='\r')).collect();
        if !squeezed.contains('.') {
            continue;
        }
        if let Some(transformer) = transformer_shape(&squeezed) {
            warnings.push(*looks_like_transformer(literal, transformer));
        } else if schema.has(&squeezed) {
            warnings.push(*looks_like_field(literal, &squeezed));
        }
    }
}

fn simple_regex(literal: &Literal) -> Box<Finding> {
    let text = format!(
        "regular expression \"{}\" has no special characters and may be optimized with simpler operators",
        literal.to_text()
    );
    Finding::warning(id::REGEX_SIMPLE, literal.span, text, "a plain string")
        .message("this regular expression may be optimized with simpler operators")
        .help("use `=`, `startswith`, `endswith`, `contains` or `glob`: they are faster")
}

fn looks_like_field(literal: &Literal, name: &str) -> Box<Finding> {
    let text = format!("'{name}' may be a valid field misused as a const string value");
    Finding::warning(id::VALUE_IS_FIELD, literal.span, text, "compared as a string")
        .message(format!("`{name}` is a field, but is compared as a constant string here"))
        .help(format!("to compare with the value of the field, write `val({name})`"))
}

fn looks_like_transformer(literal: &Literal, transformer: Transformer) -> Box<Finding> {
    let name = transformer.as_str();
    let text = format!("'{}' may be a valid field transformer misused as a const string value", literal.to_text());
    Finding::warning(id::VALUE_IS_TRANSFORMER, literal.span, text, "compared as a string")
        .message(format!("`{name}(…)` is a transformer, but is compared as a constant string here"))
        .help("leave out the quotes to compare with its value")
}

/// The transformer of a text of the shape `transformer(…)`.
fn transformer_shape(text: &str) -> Option<Transformer> {
    let (name, rest) = text.split_once('(')?;
    rest.ends_with(')').then(|| Transformer::from_text(name)).flatten()
}
