//! And, or, not over anything: the shape that predicates and their compiled forms share, and its algebra.

/// A boolean combination of `P`s.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr<P> {
    /// The same whatever the values are.
    Const(bool),
    /// One test.
    Atom(P),
    /// True when the child is false. A test of a missing value is false, so its negation is true.
    Not(Box<Expr<P>>),
    /// True when all children are; evaluated left to right.
    And(Vec<Expr<P>>),
    /// True when one child is; evaluated left to right.
    Or(Vec<Expr<P>>),
}

impl<P> Expr<P> {
    /// Replaces every atom.
    pub fn map<Q>(&self, convert: &mut dyn FnMut(&P) -> Q) -> Expr<Q> {
        match self {
            Expr::Const(value) => Expr::Const(*value),
            Expr::Atom(atom) => Expr::Atom(convert(atom)),
            Expr::Not(child) => Expr::Not(Box::new(child.map(convert))),
            Expr::And(children) => Expr::And(children.iter().map(|child| child.map(convert)).collect()),
            Expr::Or(children) => Expr::Or(children.iter().map(|child| child.map(convert)).collect()),
        }
    }

    /// Calls `visit` on every atom, left to right.
    pub fn for_each<'a>(&'a self, visit: &mut dyn FnMut(&'a P)) {
        match self {
            Expr::Const(_) => {}
            Expr::Atom(atom) => visit(atom),
            Expr::Not(child) => child.for_each(visit),
            Expr::And(children) | Expr::Or(children) => children.iter().for_each(|child| child.for_each(visit)),
        }
    }

    /// The value, if every atom's is given: `and` and `or` stop at the first child that decides, so later atoms may not be
    /// asked for.
    pub fn eval(&self, atom: &mut dyn FnMut(&P) -> bool) -> bool {
        match self {
            Expr::Const(value) => *value,
            Expr::Atom(test) => atom(test),
            Expr::Not(child) => !child.eval(atom),
            Expr::And(children) => children.iter().all(|child| child.eval(atom)),
            Expr::Or(children) => children.iter().any(|child| child.eval(atom)),
        }
    }
}

impl<P: Clone> Expr<P> {
    /// What remains once some atoms are known: constants folded, nested `and`s and `or`s flattened, single children
    /// unwrapped, double negations removed. The order of what remains is kept.
    ///
    /// ```
    /// use windhover_filter::Expr;
    /// let expr = Expr::Or(vec![Expr::And(vec![Expr::Atom('a'), Expr::Atom('b')]), Expr::Atom('c')]);
    /// let known = |atom: &char| (*atom == 'a').then_some(true);
    /// assert_eq!(expr.partial(&known), Expr::Or(vec![Expr::Atom('b'), Expr::Atom('c')]));
    /// ```
    #[must_use]
    pub fn partial(&self, decide: &dyn Fn(&P) -> Option<bool>) -> Expr<P> {
        match self {
            Expr::Const(value) => Expr::Const(*value),
            Expr::Atom(atom) => decide(atom).map_or_else(|| self.clone(), Expr::Const),
            Expr::Not(child) => child.partial(decide).negate(),
            Expr::And(children) => Expr::all(children.iter().map(|child| child.partial(decide))),
            Expr::Or(children) => Expr::any(children.iter().map(|child| child.partial(decide))),
        }
    }

    /// Negation normal form: every `not` directly above an atom, and the whole simplified as by [`Expr::partial`].
    #[must_use]
    pub fn to_nnf(&self) -> Expr<P> {
        self.nnf(false)
    }

    fn nnf(&self, negated: bool) -> Expr<P> {
        match self {
            Expr::Const(value) => Expr::Const(*value != negated),
            Expr::Atom(_) if negated => Expr::Not(Box::new(self.clone())),
            Expr::Atom(_) => self.clone(),
            Expr::Not(child) => child.nnf(!negated),
            Expr::And(children) if negated => Expr::any(children.iter().map(|child| child.nnf(true))),
            Expr::Or(children) if negated => Expr::all(children.iter().map(|child| child.nnf(true))),
            Expr::And(children) => Expr::all(children.iter().map(|child| child.nnf(false))),
            Expr::Or(children) => Expr::any(children.iter().map(|child| child.nnf(false))),
        }
    }
}

impl<P> Expr<P> {
    /// The conjunction, simplified: true without children, the child itself if there is one.
    pub fn all(children: impl IntoIterator<Item = Expr<P>>) -> Expr<P> {
        let mut kept = Vec::new();
        for child in children {
            match child {
                Expr::Const(true) => {}
                Expr::Const(false) => return Expr::Const(false),
                Expr::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.pop() {
            None => Expr::Const(true),
            Some(only) if kept.is_empty() => only,
            Some(last) => {
                kept.push(last);
                Expr::And(kept)
            }
        }
    }

    /// The disjunction, simplified: false without children, the child itself if there is one.
    pub fn any(children: impl IntoIterator<Item = Expr<P>>) -> Expr<P> {
        let mut kept = Vec::new();
        for child in children {
            match child {
                Expr::Const(false) => {}
                Expr::Const(true) => return Expr::Const(true),
                Expr::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.pop() {
            None => Expr::Const(false),
            Some(only) if kept.is_empty() => only,
            Some(last) => {
                kept.push(last);
                Expr::Or(kept)
            }
        }
    }

    /// The negation: constants flip, a negation is taken off.
    #[must_use]
    pub fn negate(self) -> Expr<P> {
        match self {
            Expr::Const(value) => Expr::Const(!value),
            Expr::Not(child) => *child,
            other => Expr::Not(Box::new(other)),
        }
    }
}
