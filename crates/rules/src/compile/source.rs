//! The texts of conditions as the parser sees them, and the way back from their spans to files.

use windhover_diagnostics::{Diagnostic, Label, SourceId, Span};

use crate::text::{Located, Text};

/// Sources from this number on are texts of conditions, not files.
const FIRST: u32 = 1 << 31;

/// Texts of conditions, numbered as sources of their own.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    texts: Vec<Text>,
    bytes: usize,
}

impl Conditions {
    pub(super) fn add(&mut self, text: Text) -> SourceId {
        self.bytes += text.len();
        self.texts.push(text);
        SourceId(FIRST + self.texts.len() as u32 - 1)
    }

    /// Bytes of all texts together.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn text(&self, source: SourceId) -> &str {
        self.find(source).map_or("", Text::as_str)
    }

    fn find(&self, source: SourceId) -> Option<&Text> {
        self.texts.get(source.0.checked_sub(FIRST)? as usize)
    }

    fn locate(&self, span: Span) -> Located {
        match self.find(span.source) {
            Some(text) => text.locate(span.start as usize..span.end as usize),
            None => Located { span, via: None },
        }
    }

    /// The diagnostic with places in files. What came in by a list gets a second place, where the list is used.
    pub(crate) fn map(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let mut uses = Vec::new();
        for label in diagnostic.primary.iter_mut().chain(&mut diagnostic.labels) {
            let located = self.locate(label.span);
            label.span = located.span;
            uses.extend(located.via.map(|span| Label { span, text: "put in by the list used here".to_owned() }));
        }
        for label in uses {
            if !diagnostic.labels.contains(&label) {
                diagnostic.labels.push(label);
            }
        }
        diagnostic
    }
}
