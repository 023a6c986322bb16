//! A problem found, as a value.

use crate::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// What was given cannot be used.
    Error,
    /// It is used, but likely not what was meant.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The word that messages begin with.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// The stable name of a kind of problem, with one line that says what it is. Declared with [`crate::ids!`].
#[derive(Clone, Copy, Debug, Eq)]
pub struct Id {
    /// Kebab-case, unique in the project.
    pub name: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
}

impl PartialEq for Id {
    fn eq(&self, other: &Id) -> bool {
        self.name == other.name
    }
}

impl std::hash::Hash for Id {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// Declares the ids of a crate as constants, and `ALL`, the list of them that the documentation is generated from.
///
/// ```
/// mod id {
///     windhover_diagnostics::ids! {
///         FIELD_UNKNOWN = "field-unknown": "A condition or an output names a field that does not exist.";
///         FIELD_DEPRECATED = "field-deprecated": "A field will go away.";
///     }
/// }
/// assert_eq!(id::FIELD_UNKNOWN.name, "field-unknown");
/// assert_eq!(id::ALL.len(), 2);
/// ```
#[macro_export]
macro_rules! ids {
    ($($constant:ident = $name:literal: $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub const $constant: $crate::Id = $crate::Id { name: $name, doc: $doc };
        )*
        /// Every id declared here.
        #[allow(dead_code)] // who declares ids need not list them
        pub const ALL: &[$crate::Id] = &[$($constant),*];
    };
}

/// A place with a few words about it (they may be empty).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}

/// A problem: what, where, why, and what would be right. How it looks is up to a renderer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Kind of problem.
    pub id: Id,
    /// How bad it is.
    pub severity: Severity,
    /// One line that stands alone: lower case, no full stop, names in backticks.
    pub message: String,
    /// The smallest wrong part, if the problem has a place.
    pub primary: Option<Label>,
    /// Other places that explain it: a definition, the use of a macro; in any file.
    pub labels: Vec<Label>,
    /// Facts that explain the problem.
    pub notes: Vec<String>,
    /// What would likely be right.
    pub helps: Vec<String>,
    /// The reference's code for such a problem (`LOAD_ERR_…`), where it has one.
    pub code: Option<&'static str>,
}

impl Diagnostic {
    /// A problem of that kind and severity, yet without a place.
    #[must_use]
    pub fn new(id: Id, severity: Severity, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            id,
            severity,
            message: message.into(),
            primary: None,
            labels: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            code: None,
        }
    }

    /// An error.
    #[must_use]
    pub fn error(id: Id, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(id, Severity::Error, message)
    }

    /// A warning.
    #[must_use]
    pub fn warning(id: Id, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(id, Severity::Warning, message)
    }

    /// Puts the problem at `span`, with a few words shown under it.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Adds another place that explains it.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.helps.push(text.into());
        self
    }

    /// Sets the reference's code.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Diagnostic {
        self.code = Some(code);
        self
    }

    /// Replaces every span: who made a text out of others (substituted lists, folded lines) points back into them here.
    #[must_use]
    pub fn map_spans(mut self, map: impl Fn(Span) -> Span) -> Diagnostic {
        for label in self.primary.iter_mut().chain(&mut self.labels) {
            label.span = map(label.span);
        }
        self
    }

    /// Where it is.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.primary.as_ref().map(|label| label.span)
    }
}
