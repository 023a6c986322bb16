//! From the text of a condition to its tree: recursive descent, one function per production.
//!
//! ```text
//! Expr  := And ('or' And)*          And := Not ('and' Not)*
//! Not   := ('not' WS+)* ('not(' Expr ')' | Check)
//! Check := '(' Expr ')' | Term Cond | Identifier
//! ```
//! A connective that touches its parenthesis (`or(…)`) takes that group alone as its child, as in the reference.

mod cursor;
mod escape;
mod hint;
mod recover;
mod term;

use std::sync::Arc;

use windhover_diagnostics::{SourceId, Span};

use self::cursor::Cursor;
use self::recover::MAX_MISTAKES;
pub use self::recover::SyntaxErrors;
use crate::finding::id;
use crate::{Ast, Check, Finding, Literal, MacroRef, Node, Op, Operand, Quantifier, Term, Transformer};

/// What parsing needs to know besides the text.
#[derive(Clone, Copy, Debug)]
pub struct ParseOptions {
    /// The text's name in the spans of the tree.
    pub source: SourceId,
    /// Productions that may be open at once; a parenthesis opens five.
    pub max_depth: u32,
}

impl ParseOptions {
    /// Depth for conditions outside rules files, as in the reference.
    pub const DEFAULT_MAX_DEPTH: u32 = 100;
    /// Depth for conditions of rules and macros, as in the reference.
    pub const RULES_MAX_DEPTH: u32 = 1000;
}

impl Default for ParseOptions {
    fn default() -> ParseOptions {
        ParseOptions { source: SourceId::default(), max_depth: ParseOptions::DEFAULT_MAX_DEPTH }
    }
}

/// Parses a condition.
///
/// # Errors
/// The first thing in it that does not follow the grammar.
pub fn parse(text: &str, options: &ParseOptions) -> Result<Ast, Box<Finding>> {
    Parser::new(text, options).whole()
}

/// Parses a condition, and goes on after a mistake to find the others.
///
/// # Errors
/// All that does not follow the grammar, as far as one mistake does not hide another.
pub fn parse_all(text: &str, options: &ParseOptions) -> Result<Ast, Box<SyntaxErrors>> {
    let mut parser = Parser { max_mistakes: MAX_MISTAKES, ..Parser::new(text, options) };
    let parsed = parser.whole();
    let mut findings = std::mem::take(&mut parser.findings);
    match parsed {
        Ok(ast) if findings.is_empty() => Ok(ast),
        Ok(rest) => Err(Box::new(SyntaxErrors { findings, rest: Some(rest) })),
        Err(last) => {
            findings.push(*last);
            Err(Box::new(SyntaxErrors { findings, rest: None }))
        }
    }
}

/// Parses one field or transformer at the start of a text (outputs have them too); tells how many bytes it took.
///
/// # Errors
/// The first thing in it that does not follow the grammar.
pub fn parse_term(text: &str, options: &ParseOptions) -> Result<(Term, usize), Box<Finding>> {
    let mut parser = Parser::new(text, options);
    let term = match parser.try_lhs()? {
        Some(term) => term,
        None => return Err(parser.error("expected a field or a transformer", "expected a field here")),
    };
    Ok((term, parser.cursor.at()))
}

struct Parser<'t> {
    cursor: Cursor<'t>,
    depth: u32,
    max_depth: u32,
    /// Mistakes found before this place.
    findings: Vec<Finding>,
    /// With so many it is given up.
    max_mistakes: usize,
    /// A mistake was such that parentheses need not pair as written.
    unsure: bool,
}

type Parsed<T> = Result<T, Box<Finding>>;

impl<'t> Parser<'t> {
    fn new(text: &'t str, options: &ParseOptions) -> Parser<'t> {
        Parser {
            cursor: Cursor::new(text, options.source),
            depth: 0,
            max_depth: options.max_depth,
            findings: Vec::new(),
            max_mistakes: 1,
            unsure: false,
        }
    }

    fn whole(&mut self) -> Parsed<Ast> {
        if self.cursor.text().is_empty() {
            return Err(self.error("filter input string is empty", "expected a condition"));
        }
        let ast = self.or()?;
        self.rest_of_text(ast)
    }

    /// An error at the cursor.
    fn error(&self, text: impl Into<String>, label: impl Into<String>) -> Box<Finding> {
        Finding::error(id::SYNTAX, self.cursor.next_span(), text, label)
    }

    /// Parses one level deeper.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth >= self.max_depth {
            let text = format!("exceeded max depth limit of {}", self.max_depth);
            return Err(Finding::error(id::TOO_DEEP, self.cursor.next_span(), text, "nested too deeply here")
                .help("take inner parts out into macros, or leave out parentheses that are not needed"));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn or(&mut self) -> Parsed<Ast> {
        self.deeper(|p| p.chain("or", Node::Or, Self::and))
    }

    fn and(&mut self) -> Parsed<Ast> {
        self.deeper(|p| p.chain("and", Node::And, Self::not))
    }

    /// One child or more with a connective between them.
    fn chain(
        &mut self,
        connective: &str,
        node: fn(Vec<Ast>) -> Node,
        child: fn(&mut Self) -> Parsed<Ast>,
    ) -> Parsed<Ast> {
        self.cursor.skip_blanks();
        let first = child(self)?;
        self.cursor.skip_blanks();
        let mut children = vec![first];
        while self.cursor.take_str(connective) {
            let at = self.cursor.at();
            let next = if self.cursor.skip_blanks() {
                child(self)?
            } else if self.cursor.take_str("(") {
                self.group(self.cursor.last_span())?
            } else {
                let error = hint::glued(self, connective);
                self.go_on(error, at)?;
                if self.take_connective() { child(self)? } else { self.gap(at) }
            };
            children.push(next);
            self.cursor.skip_blanks();
        }
        if children.len() == 1 {
            return children.pop().ok_or_else(|| self.error("filter input string is empty", ""));
        }
        let span = children[0].span.to(children[children.len() - 1].span);
        Ok(Ast { node: node(children), span })
    }

    fn not(&mut self) -> Parsed<Ast> {
        self.deeper(|p| {
            p.cursor.skip_blanks();
            let start = p.cursor.at();
            let mut negated = false;
            while p.cursor.take_not() {
                negated = !negated;
            }
            let (at, depth) = (p.cursor.at(), p.depth);
            let child = if p.cursor.take_str("not(") {
                negated = !negated;
                p.group(p.cursor.last_span())
            } else {
                p.check()
            };
            let child = match child {
                Ok(child) => child,
                Err(error) => {
                    p.depth = depth;
                    p.go_on(error, at)?;
                    p.gap(at)
                }
            };
            if !negated {
                return Ok(child);
            }
            let span = p.cursor.span_from(start);
            Ok(Ast { node: Node::Not(Box::new(child)), span })
        })
    }

    /// What follows an opening parenthesis, and the closing one.
    fn group(&mut self, open: Span) -> Parsed<Ast> {
        self.deeper(|p| {
            p.cursor.skip_blanks();
            let inner = p.or()?;
            p.cursor.skip_blanks();
            let mut inner = p.rest_of_group(open, inner)?;
            inner.span = Span { start: open.end - 1, ..p.cursor.last_span() };
            Ok(inner)
        })
    }

    fn check(&mut self) -> Parsed<Ast> {
        self.deeper(|p| {
            p.cursor.skip_blanks();
            if p.cursor.take_str("(") {
                let open = p.cursor.last_span();
                return p.group(open);
            }
            if let Some(lhs) = p.try_lhs()? {
                let check = p.condition(lhs)?;
                let span = Span { start: check.lhs.span.start, ..p.cursor.last_span() };
                return Ok(Ast { node: Node::Check(check), span });
            }
            match p.cursor.take_identifier() {
                Some(name) => {
                    let node = Node::Macro(MacroRef { name: Arc::from(name), body: None });
                    Ok(Ast { node, span: p.cursor.last_span() })
                }
                None => Err(hint::no_check(p)),
            }
        })
    }

    /// Operator and right side.
    fn condition(&mut self, lhs: Term) -> Parsed<Check> {
        self.deeper(|p| {
            p.cursor.skip_blanks();
            let start = p.cursor.at();
            let Some(op) = p.take_op() else { return Err(hint::no_operator(p, &lhs)) };
            let op_span = p.cursor.span_from(start);
            if op == Op::Exists {
                return Ok(Check { lhs, op, quantifier: None, op_span, rhs: Operand::None });
            }
            let blank = p.cursor.skip_blanks();
            let quantifier = if op.is_string() && blank { p.take_quantifier() } else { None };
            let op_span = if quantifier.is_some() { p.cursor.span_from(start) } else { op_span };
            p.cursor.skip_blanks();
            let rhs = match op {
                _ if quantifier.is_some() => p.list(op, true)?,
                _ if op.is_order() => p.number_value()?,
                _ if op.is_list() => p.list(op, false)?,
                _ => p.string_value()?,
            };
            Ok(Check { lhs, op, quantifier, op_span, rhs })
        })
    }

    /// The first operator whose sign or word stands here.
    fn take_op(&mut self) -> Option<Op> {
        Op::ALL.into_iter().find(|op| {
            if op.is_word_with_blank() { self.cursor.take_word(op.as_str()) } else { self.cursor.take_str(op.as_str()) }
        })
    }

    /// A quantifier, if a list can follow it; otherwise the word is an ordinary string.
    fn take_quantifier(&mut self) -> Option<Quantifier> {
        let rest = self.cursor.rest();
        let found = Quantifier::ALL.into_iter().find(|quantifier| {
            let Some(behind) = rest.strip_prefix(quantifier.as_str()) else { return false };
            let list = behind.trim_start_matches([' ', '\t', '\u{8}', '\r', '\n']);
            let word = &list[..cursor::identifier_length(list)];
            let follows = list.starts_with('(') || !(word.is_empty() || matches!(word, "and" | "or" | "not"));
            list.len() < behind.len() && follows
        })?;
        self.cursor.take_str(found.as_str());
        Some(found)
    }

    fn number_value(&mut self) -> Parsed<Operand> {
        if let Some(term) = self.try_rhs_term()? {
            return Ok(Operand::Term(term));
        }
        match self.cursor.take_number() {
            Some(literal) => Ok(Operand::Literal(literal)),
            None => Err(hint::no_value(self, "a number value")),
        }
    }

    fn string_value(&mut self) -> Parsed<Operand> {
        if let Some(term) = self.try_rhs_term()? {
            return Ok(Operand::Term(term));
        }
        match self.string()? {
            Some(literal) => Ok(Operand::Literal(literal)),
            None => Err(hint::no_value(self, "a string value")),
        }
    }

    /// A quoted or bare string.
    fn string(&mut self) -> Parsed<Option<Literal>> {
        match self.cursor.take_quoted() {
            Ok(Some(literal)) => Ok(Some(literal)),
            Ok(None) => Ok(self.cursor.take_bare()),
            Err((span, error)) => Err(hint::bad_escape(span, error)),
        }
    }

    /// Strings in parentheses, one identifier, or (unless a quantifier precedes) a transformer.
    fn list(&mut self, op: Op, quantified: bool) -> Parsed<Operand> {
        let start = self.cursor.at();
        if self.cursor.take_str("(") {
            let open = self.cursor.last_span();
            let items = self.list_items(open)?;
            return Ok(Operand::List { items, span: self.cursor.span_from(start) });
        }
        if !quantified && let Some(term) = self.try_rhs_term()? {
            return Ok(Operand::Term(term));
        }
        match self.cursor.take_identifier() {
            Some(name) => {
                let span = self.cursor.last_span();
                Ok(Operand::Literal(Literal { bytes: Arc::from(name.as_bytes()), span }))
            }
            None => Err(hint::no_list(self, op)),
        }
    }

    fn list_items(&mut self, open: Span) -> Parsed<Vec<Literal>> {
        let mut items = Vec::new();
        self.cursor.skip_blanks();
        if let Some(first) = self.string()? {
            items.push(first);
            self.cursor.skip_blanks();
            while self.cursor.take_str(",") {
                self.cursor.skip_blanks();
                match self.string()? {
                    Some(item) => items.push(item),
                    None => return Err(self.error("expected a string value", "expected another element of the list")),
                }
                self.cursor.skip_blanks();
            }
        }
        if self.cursor.take_str(")") { Ok(items) } else { Err(hint::unclosed_list(self, open)) }
    }
}

/// The transformers that a text may call, in the form `'tolower', 'toupper', …`.
fn transformer_names() -> String {
    let [others @ .., val] = Transformer::ALL;
    let names = std::iter::once(val).chain(others).map(|t| format!("'{}'", t.as_str()));
    names.collect::<Vec<_>>().join(", ")
}
