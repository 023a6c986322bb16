//! What is wrong, or doubtful, with a condition.

use std::fmt;

use windhover_diagnostics::{Diagnostic, Id, Span};

/// Ids of this crate's diagnostics.
pub mod id {
    windhover_diagnostics::ids! {
        SYNTAX = "condition-syntax": "A condition does not follow the grammar.";
        ESCAPE = "condition-escape": "A quoted string has an escape that does not exist.";
        TOO_DEEP = "condition-too-deep": "A condition is nested too deeply, by itself or through macros.";
        TOO_LARGE = "condition-too-large": "A condition grows too large when its macros are put in.";
        MACRO_UNKNOWN = "macro-unknown": "A condition names a macro that is not defined, or not yet.";
        MACRO_LOOP = "macro-loop": "A macro is defined by itself.";
        FIELD_UNKNOWN = "field-unknown": "A condition or an output names a field that does not exist.";
        FIELD_ARGUMENT = "field-argument": "A field's argument is missing, not allowed, or of the wrong form.";
        FIELD_NOT_COMPARABLE = "field-not-comparable": "A field is for outputs only, or its type cannot be compared.";
        OPERATOR_TYPE = "operator-type": "An operator does not apply to values of the field's type.";
        TYPE_MISMATCH = "type-mismatch": "A constant is not of the field's type.";
        VALUE_UNKNOWN = "value-unknown": "A constant is none of the names that the field takes.";
        VALUE_TOO_LONG = "value-too-long": "A constant is longer than the reference allows.";
        VALUE_NUL = "value-nul": "A constant holds a NUL byte, which no value of a field can.";
        REGEX_INVALID = "regex-invalid": "A regular expression is malformed, too large, or uses what POSIX syntax lacks.";
        TRANSFORMER_TYPE = "transformer-type": "A transformer does not apply to its argument.";
        TRANSFORMER_ARGUMENTS = "transformer-arguments": "A transformer has the wrong number or form of arguments.";
        RHS_FIELD = "rhs-field": "A field cannot be the right-hand side of this comparison.";
        REGEX_SIMPLE = "regex-simple": "A regular expression does what a cheaper operator could.";
        VALUE_IS_FIELD = "value-is-field": "A constant string is the name of a field.";
        VALUE_IS_TRANSFORMER = "value-is-transformer": "A constant string looks like a transformer.";
        NETWORK_LIST_CUT = "network-list-cut": "Only the first network of a list is looked at.";
    }
}

/// A problem of a condition: as the reference would say it, and as a diagnostic with places.
///
/// Places are in the text given to [`crate::parse`]; who made that text out of others maps them with
/// [`Diagnostic::map_spans`]. If the problem is inside a macro's body, the uses that lead there are among the labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The reference's message.
    pub text: String,
    /// Ours. Its code is the reference's.
    pub diagnostic: Diagnostic,
}

impl Finding {
    /// An error whose message is the reference's.
    pub(crate) fn error(id: Id, span: Span, text: impl Into<String>, label: impl Into<String>) -> Box<Finding> {
        let text = text.into();
        let diagnostic = Diagnostic::error(id, text.clone()).at(span, label).code("LOAD_ERR_COMPILE_CONDITION");
        Box::new(Finding { text, diagnostic })
    }

    /// A warning whose message is the reference's.
    pub(crate) fn warning(id: Id, span: Span, text: impl Into<String>, label: impl Into<String>) -> Box<Finding> {
        let text = text.into();
        let diagnostic = Diagnostic::warning(id, text.clone()).at(span, label).code("LOAD_COMPILE_CONDITION");
        Box::new(Finding { text, diagnostic })
    }

    /// Says it in our words in the diagnostic.
    pub(crate) fn message(mut self: Box<Self>, message: impl Into<String>) -> Box<Finding> {
        self.diagnostic.message = message.into();
        self
    }

    /// Sets another code than that of conditions; `None` for problems the reference does not know.
    pub(crate) fn code(mut self: Box<Self>, code: Option<&'static str>) -> Box<Finding> {
        self.diagnostic.code = code;
        self
    }

    /// Adds a remedy.
    pub(crate) fn help(mut self: Box<Self>, text: impl Into<String>) -> Box<Finding> {
        self.diagnostic.helps.push(text.into());
        self
    }

    /// Adds a fact.
    pub(crate) fn note(mut self: Box<Self>, text: impl Into<String>) -> Box<Finding> {
        self.diagnostic.notes.push(text.into());
        self
    }

    /// Adds a place.
    pub(crate) fn label(mut self: Box<Self>, span: Span, text: impl Into<String>) -> Box<Finding> {
        self.diagnostic = self.diagnostic.label(span, text);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Finding {}
