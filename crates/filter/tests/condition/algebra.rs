//! Partial evaluation and normal form: neither changes a verdict.

use proptest::prelude::*;
use windhover_filter::Expr;

/// Expressions over eight atoms.
fn any_expr() -> impl Strategy<Value = Expr<u8>> {
    let leaf = prop_oneof![4 => (0u8..8).prop_map(Expr::Atom), 1 => any::<bool>().prop_map(Expr::Const)];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::And),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::Or),
            inner.prop_map(|child| Expr::Not(Box::new(child))),
        ]
    })
}

/// Whether an expression is as simple as `partial` promises.
fn is_simple(expr: &Expr<u8>, top: bool) -> bool {
    match expr {
        Expr::Const(_) => top,
        Expr::Atom(_) => true,
        Expr::Not(child) => !matches!(**child, Expr::Not(_)) && is_simple(child, false),
        Expr::And(children) => {
            children.len() > 1 && children.iter().all(|c| !matches!(c, Expr::And(_)) && is_simple(c, false))
        }
        Expr::Or(children) => {
            children.len() > 1 && children.iter().all(|c| !matches!(c, Expr::Or(_)) && is_simple(c, false))
        }
    }
}

fn is_nnf(expr: &Expr<u8>) -> bool {
    match expr {
        Expr::Not(child) => matches!(**child, Expr::Atom(_)),
        Expr::And(children) | Expr::Or(children) => children.iter().all(is_nnf),
        Expr::Const(_) | Expr::Atom(_) => true,
    }
}

proptest! {
    #[test]
    fn what_is_known_can_be_put_in_without_changing_the_verdict(expr in any_expr(), known: u8, values: u8) {
        let value = |atom: &u8| values >> atom & 1 == 1;
        let rest = expr.partial(&|atom| (known >> atom & 1 == 1).then(|| value(atom)));
        prop_assert_eq!(rest.eval(&mut |atom| value(atom)), expr.eval(&mut |atom| value(atom)));
        rest.for_each(&mut |atom| assert!(known >> atom & 1 == 0));
        prop_assert!(is_simple(&rest, true), "{rest:?}");
        if known == u8::MAX {
            prop_assert!(matches!(rest, Expr::Const(_)));
        }
    }

    #[test]
    fn negation_normal_form_keeps_the_verdict(expr in any_expr(), values: u8) {
        let mut value = |atom: &u8| values >> atom & 1 == 1;
        let nnf = expr.to_nnf();
        prop_assert_eq!(nnf.eval(&mut value), expr.eval(&mut value));
        prop_assert!(is_nnf(&nnf) && is_simple(&nnf, true), "{nnf:?}");
    }
}
