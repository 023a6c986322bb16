//! One rule: condition, output, and what of it is worth a warning.

use std::collections::HashSet;

use windhover_diagnostics::{Diagnostic, Span};
use windhover_filter::{Ast, Expr, Finding, Predicate, Schema};

use super::check::{self, Doubt};
use super::{Compiler, Parsed};
use crate::code::{DEPRECATED_FIELDS, ErrorCode, WarningCode};
use crate::context::Context;
use crate::exception;
use crate::id;
use crate::item::{Entry, ExceptionItem, RuleItem};
use crate::read::SYSCALL_SOURCE;
use crate::report::Failure;
use crate::ruleset::{ExtraField, Rule, RuleException};
use crate::text::Text;
use crate::vocabulary::{EventTypes, OutputError};

/// More event types than this, and a condition is warned about.
const MANY_EVENT_TYPES: usize = 100;

/// Wrong tokens told of one output.
const MAX_OUTPUT_ERRORS: usize = 16;

/// What once stood for the container's id and name, and now for nothing.
const CONTAINER_INFO: &str = "%container.info";

/// What is wrong with a rule: at least one failure.
type Failures = Vec<Failure>;

/// An output as it will be used.
struct Output {
    text: String,
    extra_fields: Vec<ExtraField>,
}

/// A condition as it will be used.
struct Condition {
    ast: Ast,
    filter: Expr<Predicate>,
    macros: Vec<String>,
    lists: Vec<String>,
}

impl Compiler<'_> {
    /// The rule; nothing if it is left out because it names what does not exist here, or uses a broken macro.
    pub(super) fn compile_rule(&mut self, item: &RuleItem) -> Result<Option<Rule>, Failures> {
        let Some(schema) = self.vocabulary.schema(&item.source) else { return Ok(None) };
        let mut failures = Vec::new();
        let condition = match item.exceptions.as_slice() {
            [] => item.condition.clone(),
            exceptions => exception::wrap(&item.condition, exceptions).unwrap_or_else(|found| {
                // The verdict has no warning that comes after its error.
                found.iter().for_each(|failure| self.report.fail(failure.clone()));
                failures = found;
                item.condition.clone()
            }),
        };
        let output = self.compile_output(item, &mut failures);
        if output.is_none() && failures.is_empty() {
            return Ok(None);
        }
        let condition = self.compile_condition(item, &condition, schema, &mut failures);
        let (Some(output), Some(condition), true) = (output, condition, failures.is_empty()) else {
            return if failures.is_empty() { Ok(None) } else { Err(failures) };
        };
        let event_types = self.event_types(item, &condition.ast).map_err(|failure| vec![*failure])?;
        if item.broken {
            return Ok(None);
        }
        Ok(Some(Rule {
            name: item.name.clone(),
            index: 0,
            description: item.description.clone(),
            condition: item.condition.as_str().to_owned(),
            ast: condition.ast,
            filter: condition.filter,
            event_types,
            own_output: item.output.as_str().to_owned(),
            output: output.text,
            extra_fields: output.extra_fields,
            priority: item.priority,
            source: item.source.clone(),
            tags: item.tags.clone(),
            enabled: item.enabled,
            exceptions: item.exceptions.iter().map(summary).collect(),
            capture: item.capture,
            capture_duration_ms: item.capture_duration_ms,
            warn_event_types: item.warn_event_types,
            skip_if_unknown_filter: item.skip_if_unknown_filter,
            macros: condition.macros,
            lists: condition.lists,
            span: item.span,
        }))
    }

    fn compile_output(&mut self, item: &RuleItem, failures: &mut Failures) -> Option<Output> {
        let mut text = item.output.as_str().to_owned();
        for append in &self.options.append_output {
            if let Some(format) = append.format.as_ref().filter(|_| append.matches(item)) {
                text.push(' ');
                text.push_str(format);
            }
        }
        if text.contains(CONTAINER_INFO) {
            self.warn_container_info(item);
            text = text.replace(CONTAINER_INFO, "");
        }
        let extra_fields = self.extra_fields(item);
        if let Err(error) = self.vocabulary.check_output(&item.source, &text) {
            if item.skip_if_unknown_filter && check::is_unknown(&error.message) {
                self.warn_skipped(item, &item.output_context.clone(), &error.message, self.output_span(item, &error));
            } else {
                self.refuse_output(item, &text, error, failures);
            }
            return None;
        }
        self.warn_deprecated_output(item, &text);
        for field in &extra_fields {
            if let Err(error) = self.vocabulary.check_output(&item.source, &field.format) {
                failures.push(*self.output_failure(item, &error, item.span));
                return None;
            }
            self.warn_deprecated_output(item, &field.format);
        }
        Some(Output { text, extra_fields })
    }

    /// Every wrong token of an output: the first is the reference's, the others are for who mends it.
    fn refuse_output(&self, item: &RuleItem, text: &str, mut error: OutputError, failures: &mut Failures) {
        for _ in 0..MAX_OUTPUT_ERRORS {
            let end = error.span.as_ref().map_or(text.len(), |span| span.end);
            failures.push(*self.output_failure(item, &error, self.output_span(item, &error)));
            let Some(rest) = text.get(end..).filter(|rest| !rest.is_empty()) else { return };
            match self.vocabulary.check_output(&item.source, rest) {
                Ok(()) => return,
                Err(next) => {
                    let span = next.span.map(|span| span.start + end..span.end + end);
                    error = OutputError { span, ..next };
                }
            }
        }
    }

    /// Fields that the configuration adds: the last one of a key counts.
    fn extra_fields(&self, item: &RuleItem) -> Vec<ExtraField> {
        let mut fields = std::collections::BTreeMap::new();
        for append in self.options.append_output.iter().filter(|append| append.matches(item)) {
            for field in &append.fields {
                fields.insert(field.key.clone(), field.clone());
            }
        }
        fields.into_values().collect()
    }

    /// The token of an output that is wrong, where it is the rule's own text.
    pub(super) fn output_span(&self, item: &RuleItem, error: &OutputError) -> Span {
        let whole = item.output.locate(0..item.output.len()).span;
        match &error.span {
            Some(range) if range.end <= item.output.len() && !item.output.as_str().contains(CONTAINER_INFO) => {
                item.output.locate(range.clone()).span
            }
            _ => whole,
        }
    }

    fn output_failure(&self, item: &RuleItem, error: &OutputError, span: Span) -> Box<Failure> {
        Failure::new(ErrorCode::CompileOutput, id::OUTPUT_INVALID, &item.output_context, &error.message)
            .at(span, "in this output")
            .maybe_help(error.help.clone())
    }

    fn compile_condition(
        &mut self,
        item: &RuleItem,
        condition: &Text,
        schema: &dyn Schema,
        failures: &mut Failures,
    ) -> Option<Condition> {
        let Parsed { mut ast, lists } = match self.parse(condition, &item.condition_context, &item.context) {
            Ok(parsed) => parsed,
            Err(unparsed) => {
                failures.extend(unparsed.failures);
                if let Some(mut rest) = unparsed.rest {
                    // What is missing is found again by the compiler.
                    let _ = windhover_filter::resolve_macros(&mut rest, &|name| self.body(name, None));
                    self.refuse_rest(item, condition, &rest, schema, failures);
                }
                return None;
            }
        };
        let macros = match self.resolve(&mut ast, None, condition, &item.context) {
            Ok(Some(macros)) => macros,
            unresolved => {
                failures.extend(unresolved.err().map(|failure| *failure));
                self.refuse_rest(item, condition, &ast, schema, failures);
                return None;
            }
        };
        self.warn_doubts(item, condition, &ast);
        match windhover_filter::compile(&ast, schema) {
            Ok(compiled) => {
                self.warn_findings(item, condition, compiled.warnings);
                Some(Condition { ast, filter: compiled.expr, macros, lists })
            }
            Err(findings) => {
                self.refuse_condition(item, condition, findings, failures);
                None
            }
        }
    }

    /// What else is wrong with a condition that has mistakes, or some of whose macros are broken or missing.
    fn refuse_rest(
        &mut self,
        item: &RuleItem,
        condition: &Text,
        ast: &Ast,
        schema: &dyn Schema,
        failures: &mut Failures,
    ) {
        for finding in windhover_filter::compile(ast, schema).err().unwrap_or_default() {
            if finding.diagnostic.id.name == windhover_filter::id::MACRO_UNKNOWN.name {
                if !self.is_broken(super::quoted_name(&finding.text)) {
                    failures.push(*self.macro_failure(finding, condition, &item.context));
                }
            } else if !item.skip_if_unknown_filter || !check::is_unknown(&finding.text) {
                let context = self.place(item, condition, finding.diagnostic.span());
                failures.push(*self.failure(ErrorCode::CompileCondition, &context, finding));
            }
        }
    }

    /// Whether a rule may be skipped is decided by its first finding, as in the reference.
    fn refuse_condition(&mut self, item: &RuleItem, condition: &Text, findings: Vec<Finding>, failures: &mut Failures) {
        if let Some(first) =
            findings.first().filter(|first| item.skip_if_unknown_filter && check::is_unknown(&first.text))
        {
            let context = self.place(item, condition, first.diagnostic.span());
            let span = self.conditions.map(first.diagnostic.clone()).span().unwrap_or(item.span);
            self.warn_skipped(item, &context, &first.text, span);
            return;
        }
        for finding in findings {
            let context = self.place(item, condition, finding.diagnostic.span());
            failures.push(*self.failure(ErrorCode::CompileCondition, &context, finding));
        }
    }

    /// The context of a part of a condition.
    fn place(&self, item: &RuleItem, condition: &Text, span: Option<Span>) -> Context {
        let at = span.map_or(0, |span| span.start as usize);
        item.condition_context.with_condition(condition.as_str(), at)
    }

    fn warn_findings(&mut self, item: &RuleItem, condition: &Text, findings: Vec<Finding>) {
        for finding in findings {
            let context = self.place(item, condition, finding.diagnostic.span());
            let has_code = finding.diagnostic.code.is_some();
            let diagnostic = self.conditions.map(finding.diagnostic);
            if has_code {
                self.report.warn(WarningCode::CompileCondition, &context, finding.text, diagnostic);
            } else {
                self.report.hint(diagnostic);
            }
        }
    }

    /// The reference warns of each doubt once in a condition; the other places are in the diagnostics.
    fn warn_doubts(&mut self, item: &RuleItem, condition: &Text, ast: &Ast) {
        let mut told = HashSet::new();
        for (doubt, span) in check::doubts(ast) {
            let context = self.place(item, condition, Some(span));
            let (code, field) = match doubt {
                Doubt::Deprecated(field) => (WarningCode::DeprecatedItem, Some(field)),
                Doubt::UnsafeNa => (WarningCode::UnsafeNaCheck, None),
            };
            let diagnostic = self.conditions.map(doubt.diagnostic(span)).code(code.as_str());
            if told.insert(doubt) {
                self.report.warn_of_field(code, &context, doubt.message(), diagnostic, field);
            } else {
                self.report.hint(diagnostic);
            }
        }
    }

    fn warn_container_info(&mut self, item: &RuleItem) {
        let at = item.output.as_str().find(CONTAINER_INFO);
        let span = at.map_or(item.span, |at| item.output.locate(at..at + CONTAINER_INFO.len()).span);
        let message =
            "%container.info is deprecated and stands for nothing: fields of the container are added on their own";
        let diagnostic = Diagnostic::warning(id::CONTAINER_INFO, "`%container.info` stands for nothing anymore")
            .at(span, "removed from the output")
            .help("leave it out: the container's fields are added to outputs on their own");
        self.report.warn(WarningCode::DeprecatedItem, &item.context, message, diagnostic);
    }

    fn warn_deprecated_output(&mut self, item: &RuleItem, text: &str) {
        for field in DEPRECATED_FIELDS.into_iter().filter(|field| text.contains(field)) {
            let at = item.output.as_str().find(field);
            let span = at.map_or(item.span, |at| item.output.locate(at..at + field.len()).span);
            let diagnostic =
                Diagnostic::warning(id::FIELD_DEPRECATED, format!("the output uses the deprecated field `{field}`"))
                    .at(span, "will go away");
            let message = format!("the output uses the deprecated field '{field}'");
            self.report.warn_of_field(
                WarningCode::DeprecatedItem,
                &item.output_context,
                message,
                diagnostic,
                Some(field),
            );
        }
    }

    fn warn_skipped(&mut self, item: &RuleItem, context: &Context, message: &str, span: Span) {
        let diagnostic =
            Diagnostic::warning(id::RULE_SKIPPED, format!("the rule `{}` is left out: {message}", item.name))
                .at(span, "does not exist here");
        self.report.warn(WarningCode::UnknownFilter, context, message, diagnostic);
    }

    /// The event types of a rule of system calls; warns if they are many.
    fn event_types(&mut self, item: &RuleItem, ast: &Ast) -> Result<Option<EventTypes>, Box<Failure>> {
        if item.source != SYSCALL_SOURCE {
            return Ok(None);
        }
        let types = self.vocabulary.event_types(ast).map_err(|error| {
            let context = self.place(item, &item.condition, Some(error.span));
            let diagnostic = Diagnostic::error(id::EVENT_TYPE_MISSING, &error.message).at(error.span, "");
            let mut failure =
                Failure::new(ErrorCode::CompileCondition, id::EVENT_TYPE_MISSING, &context, &error.message);
            failure.diagnostic = self.conditions.map(diagnostic).code(ErrorCode::CompileCondition.as_str());
            failure
        })?;
        if types.count > MANY_EVENT_TYPES && item.warn_event_types {
            let message =
                "The condition can hold for too many event types, which makes it slow: restrict it by evt.type";
            let diagnostic = Diagnostic::warning(
                id::EVENT_TYPE_MISSING,
                format!("the rule `{}` can hold for {} event types: it is tried very often", item.name, types.count),
            )
            .at(item.span, "this rule")
            .help("restrict its condition by `evt.type`, or set `warn_evttypes: false`");
            self.report.warn(WarningCode::NoEventType, &item.context, message, diagnostic);
        }
        Ok(Some(types))
    }
}

fn summary(exception: &ExceptionItem) -> RuleException {
    let texts = |entry: &Entry| match entry.is_list {
        true => entry.items.iter().map(exception::words).collect(),
        false => vec![exception::words(entry)],
    };
    RuleException {
        name: exception.name.clone(),
        fields: texts(&exception.fields),
        comps: texts(&exception.comps),
        values: exception.values.len(),
    }
}
