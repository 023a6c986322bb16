//! Fields and transformers: left sides, right sides, arguments.
//!
//! ```text
//! Term := FieldName ('[' (Quoted | ArgBare) ']')?
//!       | Transformer '(' Arg (',' Arg)* ')' ('[' … ']')?
//! Arg  := Number | Quoted | '(' (ListArg (',' ListArg)*)? ')' | Term
//! ```

use std::sync::Arc;

use windhover_diagnostics::Span;

use super::{Parsed, Parser, hint};
use crate::{Literal, Term, TermKind, Transformer};

impl Parser<'_> {
    /// A field or a transformer, if one stands here.
    pub(super) fn try_lhs(&mut self) -> Parsed<Option<Term>> {
        if let Some(field) = self.try_field()? {
            return Ok(Some(field));
        }
        match self.take_transformer(false) {
            Some((transformer, start)) => self.call(transformer, start).map(Some),
            None => Ok(None),
        }
    }

    /// `val(field)` or a transformer, if one stands here.
    pub(super) fn try_rhs_term(&mut self) -> Parsed<Option<Term>> {
        let Some((transformer, start)) = self.take_transformer(true) else { return Ok(None) };
        if transformer != Transformer::Val {
            return self.call(transformer, start).map(Some);
        }
        let open = self.cursor.last_span();
        self.cursor.skip_blanks();
        let Some(field) = self.try_field()? else { return Err(hint::no_field_in_val(self)) };
        self.close_call(open)?;
        let kind = TermKind::Call { transformer, args: vec![field], selector: None };
        Ok(Some(Term { kind, span: self.cursor.span_from(start) }))
    }

    /// A transformer's name with the parenthesis that must touch it; tells where it began.
    fn take_transformer(&mut self, val: bool) -> Option<(Transformer, usize)> {
        let start = self.cursor.at();
        let rest = self.cursor.rest();
        let called = |name: &str| rest.strip_prefix(name).is_some_and(|behind| behind.starts_with('('));
        let found = Transformer::ALL.into_iter().find(|t| (val || *t != Transformer::Val) && called(t.as_str()))?;
        self.cursor.take_str(found.as_str());
        self.cursor.take_str("(");
        Some((found, start))
    }

    fn try_field(&mut self) -> Parsed<Option<Term>> {
        let start = self.cursor.at();
        let Some(name) = self.cursor.take_field_name().map(Arc::from) else { return Ok(None) };
        let arg = self.brackets("expected a valid field argument: a quoted string or a bare string")?;
        Ok(Some(Term { kind: TermKind::Field { name, arg }, span: self.cursor.span_from(start) }))
    }

    /// `[text]`, if a bracket stands here. No blanks are allowed.
    fn brackets(&mut self, expected: &str) -> Parsed<Option<Literal>> {
        if !self.cursor.take_str("[") {
            return Ok(None);
        }
        let open = self.cursor.last_span();
        let quoted = self.cursor.take_quoted().map_err(|(span, error)| hint::bad_escape(span, error))?;
        let Some(arg) = quoted.or_else(|| self.cursor.take_bare_argument()) else {
            return Err(self.error(expected, "expected an argument").label(open, "of this bracket"));
        };
        if !self.cursor.take_str("]") {
            return Err(self.error("expected a ']' token", "expected `]`").label(open, "to close this bracket"));
        }
        Ok(Some(arg))
    }

    /// Arguments and end of a transformer whose parenthesis has been taken.
    fn call(&mut self, transformer: Transformer, start: usize) -> Parsed<Term> {
        let open = self.cursor.last_span();
        self.deeper(|p| {
            let mut args = Vec::new();
            loop {
                p.cursor.skip_blanks();
                args.push(p.argument(true)?);
                p.cursor.skip_blanks();
                if !p.cursor.take_str(",") {
                    break;
                }
            }
            p.close_call(open)?;
            let selector = p.brackets("expected a valid transformer argument: a quoted string or a bare string")?;
            let kind = TermKind::Call { transformer, args, selector };
            Ok(Term { kind, span: p.cursor.span_from(start) })
        })
    }

    fn close_call(&mut self, open: Span) -> Parsed<()> {
        self.cursor.skip_blanks();
        if self.cursor.take_str(")") {
            return Ok(());
        }
        let error = self.error("expected a ')' token closing the transformer", "expected `)`");
        Err(error.label(open, "to close this parenthesis"))
    }

    fn argument(&mut self, lists: bool) -> Parsed<Term> {
        let start = self.cursor.at();
        let quoted = self.cursor.take_quoted().map_err(|(span, error)| hint::bad_escape(span, error))?;
        if let Some(literal) = quoted {
            return Ok(Term { span: literal.span, kind: TermKind::Text(literal) });
        }
        if let Some(literal) = self.cursor.take_number() {
            return Ok(Term { span: literal.span, kind: TermKind::Number(literal) });
        }
        if lists && self.cursor.take_str("(") {
            let terms = self.list_argument()?;
            return Ok(Term { kind: TermKind::List(terms), span: self.cursor.span_from(start) });
        }
        match self.try_lhs()? {
            Some(term) => Ok(term),
            None => Err(hint::no_argument(self)),
        }
    }

    /// The rest of a list whose parenthesis has been taken.
    fn list_argument(&mut self) -> Parsed<Vec<Term>> {
        let open = self.cursor.last_span();
        let mut terms = Vec::new();
        self.cursor.skip_blanks();
        if self.cursor.take_str(")") {
            return Ok(terms);
        }
        loop {
            self.cursor.skip_blanks();
            terms.push(self.argument(false)?);
            self.cursor.skip_blanks();
            if !self.cursor.take_str(",") {
                break;
            }
        }
        if self.cursor.take_str(")") { Ok(terms) } else { Err(hint::unclosed_list(self, open)) }
    }
}
