//! Regular expressions in arguments of fields, compiled once per thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// Expressions beyond this number are compiled each time.
const MAX_KEPT: usize = 256;

/// Bytes that one compiled expression may take.
const MAX_SIZE: usize = 1 << 20;

thread_local! {
    static COMPILED: RefCell<HashMap<Arc<str>, Option<Regex>>> = RefCell::new(HashMap::new());
}

/// Whether the expression matches anywhere in `text`; one that cannot be compiled matches nothing.
pub(super) fn is_found(expression: &Arc<str>, text: &str) -> bool {
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(known) = compiled.get(expression) {
            return known.as_ref().is_some_and(|regex| regex.is_match(text));
        }
        let regex = compile(expression);
        let found = regex.as_ref().is_some_and(|regex| regex.is_match(text));
        if compiled.len() < MAX_KEPT {
            compiled.insert(expression.clone(), regex);
        }
        found
    })
}

fn compile(expression: &str) -> Option<Regex> {
    let config = Regex::config().nfa_size_limit(Some(MAX_SIZE));
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    Regex::builder().configure(config).syntax(syntax).build(expression).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_searched_and_a_broken_one_finds_nothing() {
        for (expression, text, want) in [("/proc*", "/x/proc", true), ("^/$", "/etc", false), ("(", "(", false)] {
            assert_eq!(is_found(&expression.into(), text), want, "{expression}");
        }
    }
}
