//! What was found while loading: the reference's verdict file by file, and our diagnostics.

use std::collections::HashSet;

use windhover_diagnostics::{Diagnostic, Diagnostics, Id, Severity, SourceMap, Span};

use crate::code::{ErrorCode, WarningCode};
use crate::context::Context;
use crate::read::Outcome;
use crate::result::{LoadError, LoadResult, LoadWarning};

/// Why an item cannot be used: for the reference's report, and for ours.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: LoadError,
    pub(crate) diagnostic: Diagnostic,
}

impl Failure {
    /// A failure in the reference's words; [`Failure::say`] gives ours.
    pub(crate) fn new(code: ErrorCode, id: Id, context: &Context, message: impl Into<String>) -> Box<Self> {
        let message = message.into();
        let diagnostic = Diagnostic::error(id, message.clone()).code(code.as_str());
        Box::new(Self { error: LoadError { code, message, context: context.clone() }, diagnostic })
    }

    /// Says it in our words.
    pub(crate) fn say(mut self: Box<Self>, message: impl Into<String>) -> Box<Self> {
        self.diagnostic.message = message.into();
        self
    }

    pub(crate) fn at(mut self: Box<Self>, span: Span, label: impl Into<String>) -> Box<Self> {
        self.diagnostic = self.diagnostic.at(span, label);
        self
    }

    pub(crate) fn label(mut self: Box<Self>, span: Span, label: impl Into<String>) -> Box<Self> {
        self.diagnostic = self.diagnostic.label(span, label);
        self
    }

    pub(crate) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.diagnostic = self.diagnostic.help(help);
        self
    }

    /// A remedy, if there is one.
    pub(crate) fn maybe_help(self: Box<Self>, help: Option<String>) -> Box<Self> {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }
}

/// Collects what is found in one file.
///
/// The reference stops at its first error. Here reading goes on, for the sake of who mends the file: what comes later is
/// in the diagnostics alone.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) result: LoadResult,
    pub(crate) diagnostics: Diagnostics,
    /// Id, message and place of each diagnostic.
    shown: HashSet<(&'static str, String, Option<Span>)>,
}

impl Report {
    pub(crate) fn new(sources: &SourceMap, source: windhover_diagnostics::SourceId) -> Self {
        Self { result: LoadResult::new(sources.name(source)), diagnostics: Diagnostics::new(), shown: HashSet::new() }
    }

    pub(crate) fn failed(&self) -> bool {
        !self.result.errors.is_empty()
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        if !self.failed() {
            self.result.errors.push(failure.error);
        }
        self.show(failure.diagnostic);
    }

    /// Reports all failures of an item, and gives the first back: it is the verdict on the item.
    pub(crate) fn fail_all(&mut self, failures: impl Iterator<Item = Failure>) -> Outcome {
        let mut first = None;
        for failure in failures {
            self.fail(failure.clone());
            first.get_or_insert(failure);
        }
        first.map_or(Ok(()), |failure| Err(Box::new(failure)))
    }

    /// Adds a diagnostic, unless the same was said of the same place: a macro that many rules use is wrong once.
    fn show(&mut self, diagnostic: Diagnostic) {
        if self.shown.insert((diagnostic.id.name, diagnostic.message.clone(), diagnostic.span())) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// A warning of the reference. `diagnostic` says the same in our words.
    pub(crate) fn warn(
        &mut self,
        code: WarningCode,
        context: &Context,
        message: impl Into<String>,
        diagnostic: Diagnostic,
    ) {
        self.warn_of_field(code, context, message, diagnostic, None);
    }

    /// A warning about the use of a deprecated field.
    pub(crate) fn warn_of_field(
        &mut self,
        code: WarningCode,
        context: &Context,
        message: impl Into<String>,
        diagnostic: Diagnostic,
        deprecated_field: Option<&'static str>,
    ) {
        if !self.failed() {
            let message = message.into();
            self.result.warnings.push(LoadWarning { code, message, context: context.clone(), deprecated_field });
        }
        self.show(diagnostic.code(code.as_str()));
    }

    /// A warning of the reference that has nothing to say to people.
    pub(crate) fn warn_in_verdict(&mut self, code: WarningCode, context: &Context, message: &str) {
        if !self.failed() {
            let (message, context) = (message.to_owned(), context.clone());
            self.result.warnings.push(LoadWarning { code, message, context, deprecated_field: None });
        }
    }

    /// A warning that the reference does not have.
    pub(crate) fn hint(&mut self, diagnostic: Diagnostic) {
        debug_assert!(diagnostic.severity != Severity::Error, "errors are failures");
        self.show(diagnostic);
    }
}
