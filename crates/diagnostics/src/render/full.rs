//! Drawn as compilers draw them: source lines, carets, labels in several files, notes and helps.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::escape::escape_except;
use crate::{Diagnostic, Diagnostics, Label, Severity, SourceId, SourceMap, escape};

pub(super) fn render(diagnostics: &Diagnostics, sources: &SourceMap, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let group = group(diagnostic, sources);
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    if let Some(summary) = diagnostics.summary(sources) {
        out.push_str(&summary);
        out.push('\n');
    }
    out
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Group<'a> {
    let title = level(diagnostic.severity).primary_title(escape(&diagnostic.message)).id(diagnostic.id.name);
    let mut group = Group::with_title(title);
    for file in files(diagnostic) {
        group = group.element(snippet(diagnostic, sources, file));
    }
    let notes = diagnostic.notes.iter().map(|text| (Level::NOTE, text));
    let helps = diagnostic.helps.iter().map(|text| (Level::HELP, text));
    for (level, text) in notes.chain(helps) {
        group = group.element(Element::from(level.message(escape(text))));
    }
    group
}

/// The files to show: the primary place's first, then the others as they occur.
fn files(diagnostic: &Diagnostic) -> Vec<SourceId> {
    let mut files: Vec<SourceId> = Vec::new();
    for label in diagnostic.primary.iter().chain(&diagnostic.labels) {
        if !files.contains(&label.span.source) {
            files.push(label.span.source);
        }
    }
    files
}

fn snippet<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap, file: SourceId) -> Snippet<'a, Annotation<'a>> {
    let text = Text::new(sources.text(file));
    let annotate = |kind: AnnotationKind, label: &'a Label| {
        let drawn = kind.span(text.range(sources.range(label.span)));
        if label.text.is_empty() { drawn } else { drawn.label(escape(&label.text)) }
    };
    let primary = diagnostic.primary.iter().map(|label| (AnnotationKind::Primary, label));
    let context = diagnostic.labels.iter().map(|label| (AnnotationKind::Context, label));
    let annotations: Vec<_> = primary
        .chain(context)
        .filter(|(_, label)| label.span.source == file)
        .map(|(kind, label)| annotate(kind, label))
        .collect();
    Snippet::source(text.shown).path(escape(sources.name(file))).annotations(annotations)
}

/// A source as it is shown: characters that would disturb a terminal are replaced by visible ones, which changes their
/// length in bytes, so spans have to follow.
struct Text<'a> {
    shown: Cow<'a, str>,
    /// For each character replaced: where it ended in the source, and how many bytes were gained up to there.
    moved: Vec<(usize, usize)>,
}

impl<'a> Text<'a> {
    fn new(source: &'a str) -> Text<'a> {
        let keep = |c: char| matches!(c, '\n' | '\t' | '\r');
        if matches!(escape_except(source, keep), Cow::Borrowed(_)) {
            return Text { shown: source.into(), moved: Vec::new() };
        }
        let mut shown = String::with_capacity(source.len());
        let mut moved = Vec::new();
        for (at, character) in source.char_indices() {
            let mut bytes = [0; 4];
            let piece: &str = character.encode_utf8(&mut bytes);
            let end = at + piece.len();
            let replaced = escape_except(piece, keep);
            shown.push_str(&replaced);
            if replaced.len() != piece.len() {
                moved.push((end, shown.len() - end));
            }
        }
        Text { shown: shown.into(), moved }
    }

    fn range(&self, range: Range<usize>) -> Range<usize> {
        self.offset(range.start)..self.offset(range.end)
    }

    /// An escape is never shorter than what it replaces, so offsets only grow.
    fn offset(&self, offset: usize) -> usize {
        let before = self.moved.partition_point(|(end, _)| *end <= offset);
        let gained = before.checked_sub(1).map_or(0, |last| self.moved[last].1);
        offset + gained
    }
}
