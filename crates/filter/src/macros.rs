//! Macros put in place of their names.

use std::collections::HashMap;
use std::sync::Arc;

use windhover_diagnostics::Span;

use crate::ast::{MacroBody, Size};
use crate::finding::id;
use crate::{Ast, Finding, MacroRef, Node};

/// Levels that a condition may have once its macros are put in: all that is done with it later recurses that deep.
pub const MAX_TREE_DEPTH: usize = 1000;

/// Nodes that a condition may have once its macros are put in. A few macros that use each other twice could make more
/// than fit in memory.
pub const MAX_TREE_NODES: usize = 1 << 20;

/// Puts the bodies of macros in place, where they are not there yet. Bodies may use further macros, which are looked up the
/// same way; a body whose own macros are in place already is shared, not copied.
///
/// # Errors
/// Every name that `lookup` does not know and every macro that leads back to itself, with the places of the uses; or that
/// the condition exceeds [`MAX_TREE_DEPTH`] or [`MAX_TREE_NODES`].
pub fn resolve_macros(ast: &mut Ast, lookup: &dyn Fn(&str) -> Option<Arc<Ast>>) -> Result<(), Vec<Finding>> {
    let mut resolver = Resolver { lookup, bodies: HashMap::new(), open: Vec::new(), errors: Vec::new() };
    let size = resolver.resolve(ast);
    if resolver.errors.is_empty() {
        resolver.check_size(size, ast.span);
    }
    if resolver.errors.is_empty() { Ok(()) } else { Err(resolver.errors) }
}

struct Resolver<'a> {
    lookup: &'a dyn Fn(&str) -> Option<Arc<Ast>>,
    /// What each name stands for; `None` where an error has been reported.
    bodies: HashMap<Arc<str>, Option<MacroBody>>,
    /// Macros whose bodies are being resolved, outermost first, with the places of their uses.
    open: Vec<(Arc<str>, Span)>,
    errors: Vec<Finding>,
}

impl Resolver<'_> {
    fn resolve(&mut self, ast: &mut Ast) -> Size {
        match &mut ast.node {
            Node::And(children) | Node::Or(children) => {
                Size::above(children.iter_mut().map(|child| self.resolve(child)))
            }
            Node::Not(child) => Size::above([self.resolve(child)]),
            Node::Macro(reference) => Size::above([self.reference(reference, ast.span)]),
            Node::Check(_) => Size::LEAF,
        }
    }

    fn reference(&mut self, reference: &mut MacroRef, span: Span) -> Size {
        if reference.body.is_none() {
            reference.body = self.find(&reference.name, span);
        }
        reference.body.as_ref().map_or(Size::LEAF, |body| body.size)
    }

    fn find(&mut self, name: &Arc<str>, span: Span) -> Option<MacroBody> {
        if self.open.iter().any(|(open, _)| open == name) {
            self.report_loop(name, span);
            return None;
        }
        if let Some(known) = self.bodies.get(name) {
            return known.clone();
        }
        let found = match (self.lookup)(name) {
            Some(body) => self.body(name, body, span),
            None => {
                self.report_unknown(name, span);
                None
            }
        };
        self.bodies.insert(name.clone(), found.clone());
        found
    }

    fn body(&mut self, name: &Arc<str>, mut ast: Arc<Ast>, span: Span) -> Option<MacroBody> {
        let before = self.errors.len();
        self.open.push((name.clone(), span));
        let size = match measure(&ast) {
            Some(size) => size,
            None if self.open.len() > MAX_TREE_DEPTH / 4 => Size { depth: usize::MAX, nodes: 1 },
            None => self.resolve(Arc::make_mut(&mut ast)),
        };
        if self.errors.len() == before {
            self.check_size(size, span);
        }
        self.open.pop();
        (self.errors.len() == before).then_some(MacroBody { ast, size })
    }

    fn check_size(&mut self, size: Size, span: Span) {
        if size.depth > MAX_TREE_DEPTH {
            let text = format!("exceeded max depth limit of {MAX_TREE_DEPTH}");
            let error = Finding::error(id::TOO_DEEP, span, text, "nested too deeply when its macros are put in");
            self.report(error);
        } else if size.nodes > MAX_TREE_NODES {
            let text = format!("condition has more than {MAX_TREE_NODES} parts");
            let error = Finding::error(id::TOO_LARGE, span, text, "too large when its macros are put in");
            self.report(error);
        }
    }

    fn report_unknown(&mut self, name: &str, span: Span) {
        let text = format!("Undefined macro '{name}' used in filter.");
        let error = Finding::error(id::MACRO_UNKNOWN, span, text, "no macro of this name is known here")
            .message(format!("unknown macro `{name}`"))
            .code(Some("LOAD_ERR_VALIDATE"));
        self.report(error);
    }

    fn report_loop(&mut self, name: &str, span: Span) {
        let text = format!("reference loop in macro '{name}'");
        let error = Finding::error(id::MACRO_LOOP, span, text, "leads back to itself here")
            .message(format!("the macro `{name}` is defined by itself"))
            .code(Some("LOAD_ERR_VALIDATE"));
        self.report(error);
    }

    /// Adds the uses that lead to the place of an error, innermost first.
    fn report(&mut self, mut error: Box<Finding>) {
        let place = error.diagnostic.span();
        for (name, span) in self.open.iter().rev().filter(|(_, span)| Some(*span) != place).take(8) {
            error = error.label(*span, format!("in the macro `{name}`, used here"));
        }
        self.errors.push(*error);
    }
}

/// The size of a tree in which every macro has its body; `None` if one has none.
fn measure(ast: &Ast) -> Option<Size> {
    match &ast.node {
        Node::And(children) | Node::Or(children) => {
            let sizes: Option<Vec<Size>> = children.iter().map(measure).collect();
            Some(Size::above(sizes?))
        }
        Node::Not(child) => Some(Size::above([measure(child)?])),
        Node::Macro(reference) => Some(Size::above([reference.body.as_ref()?.size])),
        Node::Check(_) => Some(Size::LEAF),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn resolve(text: &str, macros: &[(&str, &str)]) -> Result<String, Vec<String>> {
        let lookup = |name: &str| {
            let (_, text) = macros.iter().find(|(known, _)| *known == name)?;
            Some(Arc::new(parse(text, &Default::default()).unwrap()))
        };
        let mut ast = parse(text, &Default::default()).unwrap();
        match resolve_macros(&mut ast, &lookup) {
            Ok(()) => Ok(ast.to_string()),
            Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn bodies_take_the_place_of_names() {
        let macros = [("m", "a.b = 1"), ("n", "m and c.d exists"), ("o", "not n")];
        let table = [
            ("m", "a.b = 1"),
            ("not m", "not a.b = 1"),
            ("m and m", "(a.b = 1 and a.b = 1)"),
            ("n or x.y = m", "((a.b = 1 and c.d exists) or x.y = m)"),
            ("o", "not (a.b = 1 and c.d exists)"),
            ("x.y in (m, n)", "x.y in (m, n)"),
        ];
        for (text, want) in table {
            assert_eq!(resolve(text, &macros).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn unknown_names_and_loops_are_reported() {
        let macros = [("a", "b"), ("b", "c or a"), ("c", "x.y = 1"), ("s", "s"), ("u", "nowhere")];
        let table = [
            ("nothing", vec!["Undefined macro 'nothing' used in filter."]),
            ("a", vec!["reference loop in macro 'a'"]),
            ("s and c", vec!["reference loop in macro 's'"]),
            ("u or v", vec!["Undefined macro 'nowhere' used in filter.", "Undefined macro 'v' used in filter."]),
        ];
        for (text, want) in table {
            assert_eq!(resolve(text, &macros), Err(want.into_iter().map(String::from).collect()), "{text}");
        }
    }

    #[test]
    fn doubling_macros_are_refused_and_long_chains_too() {
        let doubling: Vec<(String, String)> =
            (1..64).map(|n| (format!("m{n}"), format!("m{} and m{}", n - 1, n - 1))).collect();
        let mut macros: Vec<(&str, &str)> = doubling.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        macros.push(("m0", "a.b = 1"));
        let errors = resolve("m63", &macros).unwrap_err();
        assert!(errors[0].contains("more than"), "{errors:?}");
        let chain: Vec<(String, String)> = (1..5000).map(|n| (format!("m{n}"), format!("not m{}", n - 1))).collect();
        let mut macros: Vec<(&str, &str)> = chain.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        macros.push(("m0", "a.b = 1"));
        let errors = resolve("m4999", &macros).unwrap_err();
        assert!(errors[0].contains("max depth"), "{errors:?}");
    }
}
