//! `${NAME}` in configuration files.

/// Substitutions of one text; more is taken for variables that refer to each other in a circle.
const SUBSTITUTIONS: usize = 1_000;
/// Length that a text may grow to.
const LENGTH: usize = 1 << 20;

/// Replaces each `${NAME}` by what `lookup` says, or by nothing. `$${NAME}` gives `${NAME}`. What was put in is looked
/// at again, so that variables may refer to others. A `$` before anything but `{` ends the search, as does a `${` that
/// is never closed: the rest of the text stays as it is.
pub fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = text.to_owned();
    let mut from = 0;
    for _ in 0..SUBSTITUTIONS {
        let Some(dollar) = text[from..].find('$').map(|at| from + at) else { break };
        let rest = &text[dollar..];
        if let Some(literal) = rest.strip_prefix("$${") {
            let Some(end) = literal.find('}') else { break };
            text.remove(dollar);
            from = dollar + "${".len() + end + 1;
        } else if let Some(name) = rest.strip_prefix("${") {
            let Some(end) = name.find('}') else { break };
            let value = lookup(&name[..end]).unwrap_or_default();
            if text.len() + value.len() > LENGTH {
                break;
            }
            text.replace_range(dollar..dollar + "${".len() + end + 1, &value);
            from = dollar;
        } else {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced() {
        let lookup = |name: &str| match name {
            "A" => Some("one".to_owned()),
            "B" => Some("${A}two".to_owned()),
            "SELF" => Some("${SELF}".to_owned()),
            "GROW" => Some("${GROW}${GROW}".to_owned()),
            _ => None,
        };
        let table = [
            ("${A}", "one"),
            ("x${A}y${A}z", "xoneyonez"),
            ("${B}", "onetwo"),
            ("a${NONE}b", "ab"),
            ("${}", ""),
            ("$${A}", "${A}"),
            ("$${A}${A}", "${A}one"),
            ("${A", "${A"),
            ("a$b ${A}", "a$b ${A}"),
            ("${A} $", "one $"),
            ("é${A}é", "éoneé"),
            ("${SELF}", "${SELF}"),
        ];
        for (text, want) in table {
            assert_eq!(expand(text, &lookup), want, "{text}");
        }
        assert!(expand("${GROW}", &lookup).len() <= LENGTH);
    }
}
