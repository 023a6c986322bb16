//! A condition as it was written: the tree that the parser gives and the printer takes.

use std::sync::Arc;

use windhover_diagnostics::Span;

use crate::{Op, Quantifier, Transformer};

/// A condition, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ast {
    /// What it is.
    pub node: Node,
    /// Bytes of the text it was parsed from (see [`crate::ParseOptions::source`]).
    pub span: Span,
}

/// A logical connective, or what it connects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Two children or more.
    And(Vec<Ast>),
    /// Two children or more.
    Or(Vec<Ast>),
    /// A negation; an even number of `not` leaves none.
    Not(Box<Ast>),
    /// A name standing for another condition.
    Macro(MacroRef),
    /// A test of a field.
    Check(Check),
}

/// The use of a macro.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MacroRef {
    /// As written.
    pub name: Arc<str>,
    /// What it stands for, once [`crate::resolve_macros`] found it.
    pub body: Option<MacroBody>,
}

/// What a macro stands for, its own macros resolved; shared by all of its uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MacroBody {
    /// Its spans point into the macro's own text.
    pub ast: Arc<Ast>,
    /// Known without a walk, which could take exponential time where bodies share others.
    pub(crate) size: Size,
}

/// How large a tree is with all of its macros' bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Size {
    pub(crate) depth: usize,
    pub(crate) nodes: usize,
}

impl Size {
    pub(crate) const LEAF: Size = Size { depth: 1, nodes: 1 };

    /// Of a node above others.
    pub(crate) fn above(children: impl IntoIterator<Item = Size>) -> Size {
        children.into_iter().fold(Size::LEAF, |size, child| Size {
            depth: size.depth.max(child.depth.saturating_add(1)),
            nodes: size.nodes.saturating_add(child.nodes),
        })
    }
}

/// A test: left side, operator, right side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// The field, or a transformer applied to fields.
    pub lhs: Term,
    /// The operator as written (`==` is [`Op::EqEq`]).
    pub op: Op,
    /// `oneof`, `anyof` or `allof` behind the operator.
    pub quantifier: Option<Quantifier>,
    /// Of operator and quantifier.
    pub op_span: Span,
    /// What it is compared with.
    pub rhs: Operand,
}

/// The right side of a check.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Nothing: the operator is `exists`.
    None,
    /// One constant.
    Literal(Literal),
    /// Constants in parentheses.
    List {
        /// In the order written.
        items: Vec<Literal>,
        /// From parenthesis to parenthesis.
        span: Span,
    },
    /// `val(field)` or another transformer.
    Term(Term),
}

/// A constant. All are strings in the text; the field's type gives them their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Literal {
    /// Its bytes, escapes undone. Not necessarily UTF-8.
    pub bytes: Arc<[u8]>,
    /// As written, quotes included.
    pub span: Span,
}

/// A field, a transformer, or an argument of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// All of it.
    pub span: Span,
}

/// The forms of a [`Term`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TermKind {
    /// `name` or `name[arg]`.
    Field {
        /// Before the bracket.
        name: Arc<str>,
        /// Inside the brackets, unquoted.
        arg: Option<Literal>,
    },
    /// `transformer(arg, …)`.
    Call {
        /// Which.
        transformer: Transformer,
        /// One or more.
        args: Vec<Term>,
        /// Text in brackets behind the call.
        selector: Option<Literal>,
    },
    /// A quoted string, as an argument.
    Text(Literal),
    /// A number, as an argument; it is passed on as text.
    Number(Literal),
    /// Terms in parentheses, as an argument.
    List(Vec<Term>),
}

impl Ast {
    /// Calls `visit` on this node and all below it, parents first. Bodies of resolved macros are entered.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Ast)) {
        visit(self);
        match &self.node {
            Node::And(children) | Node::Or(children) => children.iter().for_each(|child| child.walk(visit)),
            Node::Not(child) => child.walk(visit),
            Node::Macro(MacroRef { body: Some(body), .. }) => body.ast.walk(visit),
            Node::Macro(_) | Node::Check(_) => {}
        }
    }

    /// The tree without places, so that two can be compared by what they mean.
    #[must_use]
    pub fn without_spans(&self) -> Ast {
        let all = |children: &[Ast]| children.iter().map(Ast::without_spans).collect();
        let node = match &self.node {
            Node::And(children) => Node::And(all(children)),
            Node::Or(children) => Node::Or(all(children)),
            Node::Not(child) => Node::Not(Box::new(child.without_spans())),
            Node::Macro(MacroRef { name, body }) => Node::Macro(MacroRef {
                name: name.clone(),
                body: body.as_ref().map(|body| MacroBody { ast: Arc::new(body.ast.without_spans()), size: body.size }),
            }),
            Node::Check(check) => Node::Check(check.without_spans()),
        };
        Ast { node, span: Span::default() }
    }
}

impl Check {
    fn without_spans(&self) -> Check {
        let rhs = match &self.rhs {
            Operand::None => Operand::None,
            Operand::Literal(literal) => Operand::Literal(literal.without_span()),
            Operand::List { items, .. } => {
                Operand::List { items: items.iter().map(Literal::without_span).collect(), span: Span::default() }
            }
            Operand::Term(term) => Operand::Term(term.without_spans()),
        };
        Check { lhs: self.lhs.without_spans(), op_span: Span::default(), rhs, ..self.clone() }
    }
}

impl Literal {
    fn without_span(&self) -> Literal {
        Literal { bytes: self.bytes.clone(), span: Span::default() }
    }

    /// As text for messages: what is not UTF-8 is replaced.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Term {
    /// The text that a schema looks a field up by, `name` or `name[arg]`; `None` if it is not a field.
    #[must_use]
    pub fn field_text(&self) -> Option<String> {
        match &self.kind {
            TermKind::Field { name, arg: None } => Some(name.to_string()),
            TermKind::Field { name, arg: Some(arg) } => Some(format!("{name}[{}]", arg.to_text())),
            _ => None,
        }
    }

    /// Calls `visit` on this term and all of its arguments, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Term)) {
        visit(self);
        if let TermKind::Call { args, .. } | TermKind::List(args) = &self.kind {
            args.iter().for_each(|arg| arg.walk(visit));
        }
    }

    fn without_spans(&self) -> Term {
        let all = |terms: &[Term]| terms.iter().map(Term::without_spans).collect();
        let kind = match &self.kind {
            TermKind::Field { name, arg } => {
                TermKind::Field { name: name.clone(), arg: arg.as_ref().map(Literal::without_span) }
            }
            TermKind::Call { transformer, args, selector } => TermKind::Call {
                transformer: *transformer,
                args: all(args),
                selector: selector.as_ref().map(Literal::without_span),
            },
            TermKind::Text(literal) => TermKind::Text(literal.without_span()),
            TermKind::Number(literal) => TermKind::Number(literal.without_span()),
            TermKind::List(terms) => TermKind::List(all(terms)),
        };
        Term { kind, span: Span::default() }
    }
}
