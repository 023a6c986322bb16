//! What one run found, in the order of the texts.

use std::collections::HashMap;

use crate::{Diagnostic, Severity, SourceId, SourceMap};

/// Diagnostics of a severity shown per file: with more, the first ones are the cause and the rest its echo.
pub const ERROR_LIMIT: usize = 20;

/// Diagnostics of a severity kept per file until they are sorted.
const KEPT_LIMIT: usize = 1000;

/// Diagnostics of a run, bounded per file and sorted by place.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
    counts: HashMap<(Option<SourceId>, Severity), usize>,
    dropped: usize,
}

impl Diagnostics {
    /// None yet.
    #[must_use]
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds one. A file that has a great many already gets no more; they are counted.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let file = diagnostic.span().map(|span| span.source);
        let seen = self.counts.entry((file, diagnostic.severity)).or_default();
        *seen += 1;
        if *seen > KEPT_LIMIT {
            self.dropped += 1;
        } else {
            self.items.push(diagnostic);
        }
    }

    /// Takes over what `other` counted and left out.
    pub fn count_dropped(&mut self, other: &Diagnostics) {
        let kept = |key: &(Option<SourceId>, Severity)| {
            let same =
                |diagnostic: &&Diagnostic| (diagnostic.span().map(|span| span.source), diagnostic.severity) == *key;
            other.items.iter().filter(same).count()
        };
        for (key, count) in &other.counts {
            *self.counts.entry(*key).or_default() += count.saturating_sub(kept(key));
        }
        self.dropped += other.dropped;
    }

    /// Sorts by file and place; those without a place come first, equals stay in order of arrival. Of each file and severity
    /// the first [`ERROR_LIMIT`] stay, the others are counted.
    pub fn sort(&mut self) {
        self.items.sort_by_key(Diagnostic::span);
        let mut seen: HashMap<(Option<SourceId>, Severity), usize> = HashMap::new();
        let before = self.items.len();
        self.items.retain(|diagnostic| {
            let seen = seen.entry((diagnostic.span().map(|span| span.source), diagnostic.severity)).or_default();
            *seen += 1;
            *seen <= ERROR_LIMIT
        });
        self.dropped += before - self.items.len();
    }

    /// Takes out those that `keep` does not want.
    pub fn retain(&mut self, keep: impl Fn(&Diagnostic) -> bool) {
        let counts = &mut self.counts;
        self.items.retain(|diagnostic| {
            let kept = keep(diagnostic);
            let file = diagnostic.span().map(|span| span.source);
            if let (false, Some(count)) = (kept, counts.get_mut(&(file, diagnostic.severity))) {
                *count -= 1;
            }
            kept
        });
    }

    /// Those kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.items.iter()
    }

    /// Those kept, as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.items
    }

    /// How many were left out because their file had too many.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// How many of that severity were found, those left out included.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.counts.iter().filter(|((_, of), _)| *of == severity).map(|(_, count)| count).sum()
    }

    /// Whether there is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The last line of a report: how many errors, warnings and remarks in how many files; `None` if there is nothing to say.
    #[must_use]
    pub fn summary(&self, sources: &SourceMap) -> Option<String> {
        let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let parts: Vec<String> =
            [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "remark")]
                .into_iter()
                .filter_map(|(severity, noun)| Some(self.count(severity)).filter(|n| *n > 0).map(|n| plural(n, noun)))
                .collect();
        if parts.is_empty() {
            return None;
        }
        let mut files: Vec<&str> = self.items.iter().filter_map(|d| Some(sources.name(d.span()?.source))).collect();
        files.sort_unstable();
        files.dedup();
        let place = if files.is_empty() { String::new() } else { format!(" in {}", plural(files.len(), "file")) };
        let more = if self.dropped > 0 { format!(" ({} not shown)", self.dropped) } else { String::new() };
        Some(format!("{}{place}{more}", parts.join(", ")))
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Diagnostics {
        let mut all = Diagnostics::new();
        all.extend(diagnostics);
        all
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    mod id {
        crate::ids! { X = "x": "A test."; }
    }

    #[test]
    fn the_first_of_a_file_are_kept_and_the_others_counted() {
        let mut all = Diagnostics::new();
        for n in (0..25).rev() {
            all.push(Diagnostic::error(id::X, format!("{n}")).at(Span::new(SourceId(0), n, n + 1), ""));
        }
        all.push(Diagnostic::error(id::X, "elsewhere"));
        all.sort();
        assert_eq!((all.as_slice().len(), all.dropped(), all.count(Severity::Error)), (21, 5, 26));
        assert_eq!(all.as_slice()[0].message, "elsewhere");
        assert_eq!((&*all.as_slice()[1].message, &*all.as_slice()[20].message), ("0", "19"));
        let mut sources = SourceMap::new();
        sources.add("a.yaml", "");
        assert_eq!(all.summary(&sources).as_deref(), Some("26 errors in 1 file (5 not shown)"));
    }
}
