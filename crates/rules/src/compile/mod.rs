//! Items to rules: exceptions and lists put in, macros resolved, conditions typed, outputs checked.
//!
//! The order of steps is the reference's, since its first error is its verdict: lists, then the text of all macros, then
//! the macros in macros, then rule by rule. What fails is left out here, and the rest goes on.

mod check;
mod foreign;
mod list;
mod rule;
mod source;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use windhover_diagnostics::{Diagnostic, nearest};
use windhover_filter::{Ast, Finding, Node, ParseOptions};

use self::foreign::ForeignUses;
use self::list::Expanded;
pub(crate) use self::source::Conditions;
use crate::LoadOptions;
use crate::code::{ErrorCode, WarningCode};
use crate::collection::Collection;
use crate::context::Context;
use crate::id;
use crate::item::MacroItem;
use crate::read::Outcome;
use crate::report::{Failure, Report};
use crate::ruleset::{List, Macro, Rule, RuleSet};
use crate::text::Text;
use crate::vocabulary::Vocabulary;

/// Bytes that a condition may have once its lists are put in.
const CONDITION_BYTES: usize = 16 << 20;

/// Bytes that all conditions of a set may have together.
const TOTAL_BYTES: usize = 128 << 20;

/// A macro being compiled.
struct Body<'c> {
    item: &'c MacroItem,
    /// `None` if it could not be compiled.
    ast: Option<Arc<Ast>>,
    macros: Vec<String>,
    lists: Vec<String>,
    used: bool,
}

/// Compiles everything that was collected.
pub(crate) struct Compiler<'a> {
    collection: &'a Collection,
    vocabulary: &'a dyn Vocabulary,
    options: &'a LoadOptions,
    report: &'a mut Report,
    conditions: Conditions,
    lists: Vec<Expanded<'a>>,
    macros: Vec<Body<'a>>,
    by_name: HashMap<&'a str, usize>,
    /// Macros whose failure is reported already.
    broken: HashSet<&'a str>,
    /// What rules of sources that nothing provides use.
    foreign: ForeignUses,
}

/// A condition's tree, and what its text was made of.
struct Parsed {
    ast: Ast,
    lists: Vec<String>,
}

/// Why a condition has no tree: one failure at least, of which the first is the reference's.
struct Unparsed {
    failures: Vec<Failure>,
    /// What of it could be read.
    rest: Option<Ast>,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(
        collection: &'a Collection,
        vocabulary: &'a dyn Vocabulary,
        options: &'a LoadOptions,
        report: &'a mut Report,
    ) -> Self {
        Self {
            collection,
            vocabulary,
            options,
            report,
            conditions: Conditions::default(),
            lists: list::expand(collection),
            macros: Vec::new(),
            by_name: HashMap::new(),
            broken: HashSet::new(),
            foreign: ForeignUses::default(),
        }
    }

    /// Compiles all; what is wrong is in the report. The spans of conditions point into the texts that come with the rules.
    pub(crate) fn compile(mut self) -> (RuleSet, Conditions) {
        let collection = self.collection;
        self.parse_macros();
        self.resolve_all_macros();
        let mut rules: Vec<Rule> = Vec::new();
        for item in collection.rules.iter().filter(|item| !item.unknown_source) {
            match self.compile_rule(item) {
                Ok(Some(mut rule)) => {
                    rule.index = rules.len();
                    rules.push(rule);
                }
                Ok(None) => {}
                Err(failures) => failures.into_iter().for_each(|failure| self.report.fail(failure)),
            }
        }
        self.look_at_foreign();
        if !self.report.failed() {
            self.warn_unused();
        }
        self.finish(rules)
    }

    fn finish(self, rules: Vec<Rule>) -> (RuleSet, Conditions) {
        let macros = self.macros.into_iter().filter_map(|body| {
            Some(Macro {
                name: body.item.name.clone(),
                condition: body.item.condition.as_str().to_owned(),
                ast: Arc::unwrap_or_clone(body.ast?),
                used: body.used,
                macros: body.macros,
                lists: body.lists,
                span: body.item.span,
            })
        });
        let lists = self.lists.into_iter().map(|list| List {
            name: list.item.name.clone(),
            items: list.item.items.iter().map(|item| item.as_str().to_owned()).collect(),
            expanded: list.items,
            lists: list.lists,
            used: list.used,
            span: list.item.span,
        });
        let rules = RuleSet {
            rules,
            macros: macros.collect(),
            lists: lists.collect(),
            required_engine_version: self.collection.required_engine.as_ref().map(|required| required.version),
            required_plugins: self.collection.required_plugins.clone(),
        };
        (rules, self.conditions)
    }

    fn parse_macros(&mut self) {
        let collection = self.collection;
        for (at, item) in collection.macros.iter().enumerate() {
            self.by_name.insert(&item.name, at);
            let (ast, lists) = match self.parse(&item.condition, &item.condition_context, &item.context) {
                Ok(parsed) => (Some(Arc::new(parsed.ast)), parsed.lists),
                Err(unparsed) => {
                    unparsed.failures.into_iter().for_each(|failure| self.report.fail(failure));
                    self.broken.insert(&item.name);
                    (None, Vec::new())
                }
            };
            self.macros.push(Body { item, ast, macros: Vec::new(), lists, used: false });
        }
    }

    fn resolve_all_macros(&mut self) {
        for at in 0..self.macros.len() {
            let item = self.macros[at].item;
            let Some(mut ast) = self.macros[at].ast.clone() else { continue };
            let resolved = Arc::make_mut(&mut ast);
            match self.resolve(resolved, Some(item.order.visibility), &item.condition, &item.context) {
                Ok(Some(names)) => {
                    self.macros[at].macros = names;
                    self.macros[at].ast = Some(ast);
                }
                Ok(None) => self.break_macro(at),
                Err(failure) => {
                    self.break_macro(at);
                    self.report.fail(*failure);
                }
            }
        }
    }

    fn break_macro(&mut self, at: usize) {
        self.macros[at].ast = None;
        self.broken.insert(&self.macros[at].item.name);
    }

    /// Puts lists in and parses. `context` is the condition's.
    fn parse(&mut self, condition: &Text, context: &Context, item: &Context) -> Result<Parsed, Box<Unparsed>> {
        let room = CONDITION_BYTES.min(TOTAL_BYTES.saturating_sub(self.conditions.bytes()));
        let (text, lists) = list::substitute(condition, &mut self.lists, room).map_err(|large| {
            let message = format!("condition has more than {room} bytes once its lists are put in");
            let failure = Failure::new(ErrorCode::CompileCondition, id::LIST_TOO_LARGE, item, message)
                .at(large.span, "this list makes it too large");
            Box::new(Unparsed { failures: vec![*failure], rest: None })
        })?;
        let source = self.conditions.add(text);
        let options = ParseOptions { source, max_depth: ParseOptions::RULES_MAX_DEPTH };
        let errors = match windhover_filter::parse_all(self.conditions.text(source), &options) {
            Ok(ast) => return Ok(Parsed { ast, lists }),
            Err(errors) => *errors,
        };
        let failures = errors.findings.into_iter().map(|finding| {
            let at = finding.diagnostic.span().map_or(0, |span| span.start as usize);
            let place = context.with_condition(condition.as_str(), at);
            *self.failure(ErrorCode::CompileCondition, &place, finding)
        });
        Err(Box::new(Unparsed { failures: failures.collect(), rest: errors.rest }))
    }

    /// Puts macros in place. Returns the names used directly; nothing if a macro is broken whose failure is known.
    fn resolve(
        &mut self,
        ast: &mut Ast,
        visibility: Option<u32>,
        condition: &Text,
        context: &Context,
    ) -> Outcome<Option<Vec<String>>> {
        let names = direct_macros(ast);
        if names.iter().any(|name| self.is_broken(name)) {
            return Ok(None);
        }
        if let Err(findings) = windhover_filter::resolve_macros(ast, &|name| self.body(name, visibility)) {
            return self.unresolved(findings, condition, context).map(|()| None);
        }
        for name in &names {
            if let Some(at) = self.by_name.get(name.as_str()) {
                self.macros[*at].used = true;
            }
        }
        Ok(Some(names))
    }

    /// What a macro stands for, where those that come from `visibility` on are not seen.
    fn body(&self, name: &str, visibility: Option<u32>) -> Option<Arc<Ast>> {
        let body = &self.macros[*self.by_name.get(name)?];
        let shown = visibility.is_none_or(|visibility| body.item.order.index < visibility);
        if shown { body.ast.clone() } else { None }
    }

    fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name) || (self.collection.has_failed(name) && !self.by_name.contains_key(name))
    }

    /// The first finding is the reference's; the others are for our report alone.
    fn unresolved(&mut self, findings: Vec<Finding>, condition: &Text, context: &Context) -> Outcome {
        let mut failures = findings.into_iter().map(|finding| self.macro_failure(finding, condition, context));
        let Some(first) = failures.next() else { return Ok(()) };
        let rest: Vec<_> = failures.collect();
        if rest.is_empty() {
            return Err(first);
        }
        self.report.fail(*first);
        for failure in rest {
            self.report.fail(*failure);
        }
        Ok(())
    }

    /// What is wrong with the use of a macro.
    fn macro_failure(&self, finding: Finding, condition: &Text, context: &Context) -> Box<Failure> {
        let at = finding.diagnostic.span().map_or(0, |span| span.start as usize);
        let place = context.with_condition(condition.as_str(), at);
        let code = match finding.diagnostic.code {
            Some(code) if code == ErrorCode::Validate.as_str() => ErrorCode::Validate,
            _ => ErrorCode::CompileCondition,
        };
        let name = quoted_name(&finding.text).to_owned();
        let mut failure = self.failure(code, &place, finding);
        if failure.diagnostic.id.name == windhover_filter::id::MACRO_UNKNOWN.name {
            failure.diagnostic = self.explain_unknown(&name, failure.diagnostic);
        }
        failure
    }

    /// Says whether the macro exists, but later, or is a list, or what has a similar name.
    fn explain_unknown(&self, name: &str, diagnostic: Diagnostic) -> Diagnostic {
        if let Some(item) = self.collection.macros.get(name) {
            return diagnostic
                .label(item.span, "defined here, which is later")
                .help(format!("move the macro `{name}` before the one that uses it"));
        }
        if let Some(list) = self.collection.lists.get(name) {
            return diagnostic.label(list.span, "there is a list of this name");
        }
        let mut known: Vec<&str> = self.collection.macros.names().collect();
        known.sort_unstable();
        match nearest(name, known) {
            Some(near) => diagnostic.help(format!("a macro with a similar name exists: `{near}`")),
            None => diagnostic,
        }
    }

    fn failure(&self, code: ErrorCode, context: &Context, finding: Finding) -> Box<Failure> {
        let diagnostic = self.conditions.map(finding.diagnostic).code(code.as_str());
        let mut failure = Failure::new(code, diagnostic.id, context, finding.text);
        failure.diagnostic = diagnostic;
        failure
    }

    /// The verdict does not count what rules left out use; people need not be told of that.
    fn warn_unused(&mut self) {
        for body in self.macros.iter().filter(|body| !body.used) {
            let (name, context) = (&body.item.name, &body.item.context);
            let message = "No rule and no other macro uses this macro";
            if self.foreign.macros.contains(name) {
                self.report.warn_in_verdict(WarningCode::UnusedMacro, context, message);
                continue;
            }
            let diagnostic = Diagnostic::warning(id::MACRO_UNUSED, format!("nothing uses the macro `{name}`"))
                .at(body.item.span, "unused");
            self.report.warn(WarningCode::UnusedMacro, context, message, diagnostic);
        }
        for list in self.lists.iter().filter(|list| !list.used) {
            let (name, context) = (&list.item.name, &list.item.context);
            let message = "No rule, macro or other list uses this list";
            if self.foreign.lists.contains(name) {
                self.report.warn_in_verdict(WarningCode::UnusedList, context, message);
                continue;
            }
            let diagnostic = Diagnostic::warning(id::LIST_UNUSED, format!("nothing uses the list `{name}`"))
                .at(list.item.span, "unused");
            self.report.warn(WarningCode::UnusedList, context, message, diagnostic);
        }
    }
}

/// The names of macros in a tree, not in their bodies, each once, in order of first use.
fn direct_macros(ast: &Ast) -> Vec<String> {
    fn collect(ast: &Ast, names: &mut Vec<String>, seen: &mut HashSet<Arc<str>>) {
        match &ast.node {
            Node::And(children) | Node::Or(children) => children.iter().for_each(|child| collect(child, names, seen)),
            Node::Not(child) => collect(child, names, seen),
            Node::Macro(reference) => {
                if seen.insert(reference.name.clone()) {
                    names.push(reference.name.to_string());
                }
            }
            Node::Check(_) => {}
        }
    }
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    collect(ast, &mut names, &mut seen);
    names
}

/// What stands between the first two apostrophes of a message.
fn quoted_name(message: &str) -> &str {
    message.split('\'').nth(1).unwrap_or_default()
}
