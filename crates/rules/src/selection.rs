//! Which rules the configuration puts in force.

/// One entry of the configuration's `rules`. What is chosen by name and what is chosen by tag is switched alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSelection {
    /// Switch on, or off.
    pub enable: bool,
    /// Names of rules; `*` stands for anything.
    pub rule: Option<String>,
    /// A tag, exactly.
    pub tag: Option<String>,
}

/// A name with `*` for any text.
#[derive(Clone, Debug)]
pub struct Wildcard<'a> {
    pattern: &'a str,
}

impl<'a> Wildcard<'a> {
    /// A pattern; without a `*` it is the name itself.
    pub fn new(pattern: &'a str) -> Self {
        Self { pattern }
    }

    /// Does the whole name match? Each part between two `*` is taken where it occurs first, as in the reference, and never
    /// tried again farther on: `*ab` does not match `xabyab`.
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.pattern.split('*');
        let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
        let mut starred = false;
        let mut last_is_star = false;
        for part in parts {
            starred = true;
            last_is_star = part.is_empty();
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.is_empty() || (starred && last_is_star)
    }
}

#[cfg(test)]
mod tests {
    use super::Wildcard;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, matches) in [
            ("ssh", "ssh", true),
            ("ssh", "ssh login", false),
            ("*", "", true),
            ("*", "anything", true),
            ("*ssh*", "Read ssh information", true),
            ("Read*", "Read ssh information", true),
            ("read*", "Read ssh information", false),
            ("*information", "Read ssh information", true),
            ("R*ssh*n", "Read ssh information", false),
            ("*ab", "xabyab", false),
            ("a**b", "ab", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(Wildcard::new(pattern).matches(name), matches, "{pattern:?} on {name:?}");
        }
    }
}
