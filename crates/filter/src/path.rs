//! Path prefixes, matched component by component: `/var` is a prefix of `/var` and `/var/run`, not of `/variable`.

use hashbrown::HashMap;

use crate::glob;

/// A set of path prefixes as a tree. Components with `*`, `?` or `[` are shell patterns.
#[derive(Debug, Default)]
pub(crate) struct PathTree {
    /// A prefix ends here: all that lies below matches.
    terminal: bool,
    exact: HashMap<Box<[u8]>, PathTree>,
    patterns: Vec<(Box<[u8]>, PathTree)>,
}

impl PathTree {
    pub(crate) fn new<'a>(prefixes: impl IntoIterator<Item = &'a [u8]>) -> PathTree {
        let mut root = PathTree::default();
        for prefix in prefixes {
            root.insert(prefix);
        }
        root
    }

    fn insert(&mut self, prefix: &[u8]) {
        let mut node = self;
        for component in components(prefix) {
            node = node.child(component);
        }
        node.terminal = true;
    }

    fn child(&mut self, component: &[u8]) -> &mut PathTree {
        if !component.iter().any(|byte| b"*?[".contains(byte)) {
            return self.exact.entry(component.into()).or_default();
        }
        let at = match self.patterns.iter().position(|(pattern, _)| **pattern == *component) {
            Some(at) => at,
            None => {
                self.patterns.push((component.into(), PathTree::default()));
                self.patterns.len() - 1
            }
        };
        &mut self.patterns[at].1
    }

    /// Whether one of the prefixes is a prefix of the path. Takes at most one visit of each node of the tree.
    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        if self.terminal {
            return true;
        }
        let Some((component, rest)) = split_first(path) else { return false };
        self.exact.get(component).is_some_and(|child| child.matches(rest))
            || self
                .patterns
                .iter()
                .any(|(pattern, child)| glob::matches(pattern, component, false) && child.matches(rest))
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|component| !component.is_empty())
}

/// The first component that is not empty, and what follows it.
fn split_first(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = path.iter().position(|byte| *byte != b'/')?;
    let path = &path[start..];
    let end = memchr::memchr(b'/', path).unwrap_or(path.len());
    Some(path.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_match_whole_components() {
        let table: [(&[&str], &str, bool); 19] = [
            (&["/var"], "/var", true),
            (&["/var"], "/var/run", true),
            (&["/var"], "/variable", false),
            (&["/var"], "/", false),
            (&["/var"], "", false),
            (&["/var/run"], "/var", false),
            (&["/var/run", "/var"], "/var/log", true),
            (&["//var//run/"], "/var/run/x", true),
            (&["/var/run"], "var//run", true),
            (&["/"], "/anything", true),
            (&["/"], "", true),
            (&["/home/*/.ssh"], "/home/bob/.ssh/id", true),
            (&["/home/*/.ssh"], "/home/bob/x/.ssh", false),
            (&["/home/bob/a", "/home/*/b"], "/home/bob/b", true),
            (&["/tmp/f?o", "/tmp/[ab]"], "/tmp/b/c", true),
            (&["/tmp/f?o"], "/tmp/fo", false),
            (&["/x*"], "/xyz/1", true),
            (&["docker.io/library"], "docker.io/library/busybox", true),
            (&[], "/", false),
        ];
        for (prefixes, path, want) in table {
            let tree = PathTree::new(prefixes.iter().map(|prefix| prefix.as_bytes()));
            assert_eq!(tree.matches(path.as_bytes()), want, "{prefixes:?} on {path}");
        }
    }
}
