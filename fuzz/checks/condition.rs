//! A text as a condition: parsed or refused; what is parsed prints as a text that parses to the same, and is typed or refused.

use windhover_fields::{Catalogue, event_types};
use windhover_filter::{ParseOptions, Reasoner, Style, compile, parse, parse_all};

/// Panics if that does not hold.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let options = ParseOptions { max_depth: ParseOptions::RULES_MAX_DEPTH, ..ParseOptions::default() };
    let ast = match parse(text, &options) {
        Ok(ast) => ast,
        Err(first) => {
            let errors = parse_all(text, &options).expect_err("it is refused");
            assert_eq!(*first, errors.findings[0], "{text:?}");
            for finding in &errors.findings {
                let span = finding.diagnostic.span().expect("every mistake has a place");
                assert!(text.get(span.start as usize..span.end as usize).is_some(), "{text:?}: {span:?}");
            }
            if let Some(rest) = errors.rest {
                _ = compile(&rest, &Catalogue::syscall());
            }
            return;
        }
    };
    let printed = ast.to_string();
    let again = parse(&printed, &options).unwrap_or_else(|finding| panic!("{text:?} prints as {printed:?}: {finding}"));
    assert_eq!(again.without_spans(), ast.without_spans(), "{text:?} prints as {printed:?}");
    let _ = (ast.to_text(Style::Reference), event_types(&ast).is_ok());
    if let Ok(compiled) = compile(&ast, &Catalogue::syscall()) {
        let mut reasoner = Reasoner::default();
        let statement = reasoner.read(&compiled.expr);
        assert!(!(reasoner.is_never(&statement) && reasoner.is_always(&statement)), "{text:?}");
    }
}
