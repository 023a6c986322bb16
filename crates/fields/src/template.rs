//! Output formats: text with `%field`s in it, filled in for an event.

use std::sync::Arc;

use serde_json::Value as JsonValue;
use windhover_filter::{Field, LookupFieldError, ParseOptions, Schema, Scratch, Source, compile_term, parse_term};

use crate::catalogue::Catalogue;
use crate::show;
use crate::values::EventValues;

/// A parsed output format.
///
/// `%` begins a field (`%proc.name`, `%proc.aname[2]`) or a transformer (`%toupper(proc.name)`); digits between make it
/// that wide. The longest text that is a field or transformer counts, so that `%proc.name.` is a field and a full stop.
/// There is no way to write a lone `%`.
///
/// ```
/// use windhover_fields::{Catalogue, Template};
///
/// let template = Template::parse("%evt.time: %proc.name ran %toupper(proc.exe)", &Catalogue::syscall())?;
/// let fields: Vec<_> = template.fields().map(|field| &*field.text).collect();
/// assert_eq!(fields, ["evt.time", "proc.name", "proc.exe"]);
/// assert!(Template::parse("100 %", &Catalogue::syscall()).is_err());
/// # Ok::<(), windhover_fields::ParseTemplateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
    /// Plain fields, also those inside transformers, each once.
    fields: Vec<Field>,
    /// What stands behind each `%`, each once.
    tokens: Vec<Arc<str>>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(Box<[u8]>),
    Token { source: Source, width: usize },
}

impl Template {
    /// Parses a format. A `*` at the start means that missing values are `<NA>`, which they are in any case.
    ///
    /// # Errors
    /// [`ParseTemplateError`], with the place in the text.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, ParseTemplateError> {
        let start = usize::from(text.starts_with('*'));
        let fail = |at: usize, reason| Err(ParseTemplateError { offset: at, reason });
        if text.len() == start {
            return fail(0, ParseTemplateReason::Empty);
        }
        let mut this = Self { parts: Vec::new(), fields: Vec::new(), tokens: Vec::new() };
        let mut at = start;
        while let Some(found) = text[at..].find('%') {
            this.push_text(&text[at..at + found]);
            let percent = at + found;
            let digits = text[percent + 1..].bytes().take_while(u8::is_ascii_digit).count();
            let token = percent + 1 + digits;
            if token == text.len() {
                return fail(
                    percent,
                    if digits > 0 { ParseTemplateReason::WidthAtEnd } else { ParseTemplateReason::PercentAtEnd },
                );
            }
            let Ok(width) =
                text[percent + 1..token].parse::<u16>().or_else(|error| if digits == 0 { Ok(0) } else { Err(error) })
            else {
                return fail(percent, ParseTemplateReason::TooWide);
            };
            let (source, len) = match longest_source(&text[token..], catalogue) {
                Ok(found) => found,
                Err(error) => return fail(percent, ParseTemplateReason::Unknown(error)),
            };
            this.push_token(source, &text[token..token + len], usize::from(width));
            at = token + len;
        }
        this.push_text(&text[at..]);
        Ok(this)
    }

    /// Appends the text with all fields filled in; missing ones are `<NA>`.
    pub fn render(&self, values: &EventValues<'_>, scratch: &mut Scratch, out: &mut Vec<u8>) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text),
                Part::Token { source, width } => {
                    let start = out.len();
                    show::push_source(source, values, scratch, out);
                    if *width > 0 {
                        out.resize(start + width, b' ');
                    }
                }
            }
        }
    }

    /// The plain fields, those inside of transformers too, each once, in the order written. They are the keys of
    /// `output_fields`.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// What stands behind each `%`, each once, in the order written.
    pub fn tokens(&self) -> impl Iterator<Item = &Arc<str>> {
        self.tokens.iter()
    }

    /// The typed values of [`Self::fields`], as alerts in JSON have them; missing ones are null.
    pub fn output_fields(&self, values: &EventValues<'_>, scratch: &mut Scratch) -> Vec<(Arc<str>, JsonValue)> {
        let value = |field: &Field, scratch: &mut Scratch| show::json(field, values, scratch);
        self.fields.iter().map(|field| (field.text.clone(), value(field, scratch))).collect()
    }

    fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.parts.push(Part::Text(text.as_bytes().into()));
        }
    }

    fn push_token(&mut self, source: Source, text: &str, width: usize) {
        source.for_each_field(&mut |field| {
            if self.fields.iter().all(|known| known.text != field.text) {
                self.fields.push(field.clone());
            }
        });
        if self.tokens.iter().all(|known| **known != *text) {
            self.tokens.push(text.into());
        }
        self.parts.push(Part::Token { source, width });
    }
}

/// The typed value of one field, as alerts in JSON have it; null where it is missing. For extra fields that are in no
/// format.
pub fn field_json(field: &Field, values: &EventValues<'_>, scratch: &mut Scratch) -> JsonValue {
    show::json(field, values, scratch)
}

/// Longest text that is tried as one token.
const MAX_TOKEN: usize = 1024;

/// The longest start of `text` that is a field or a transformer, and its length.
fn longest_source(text: &str, catalogue: &Catalogue) -> Result<(Source, usize), UnknownToken> {
    let options = ParseOptions::default();
    let longest = parse_term(text, &options).map_or(text.len(), |(_, len)| len).min(MAX_TOKEN);
    let mut first = None;
    for len in (1..=longest).rev().filter(|len| text.is_char_boundary(*len)) {
        let candidate = &text[..len];
        let Ok((term, taken)) = parse_term(candidate, &options) else { continue };
        if taken != len {
            continue;
        }
        match compile_term(&term, catalogue) {
            Ok(source) => return Ok((source, len)),
            Err(error) => {
                first.get_or_insert_with(|| (candidate.to_owned(), error.text));
            }
        }
    }
    let word = || text.split(|c: char| c.is_whitespace()).next().unwrap_or(text).to_owned();
    let (name, cause) = first.unwrap_or_else(|| (word(), String::from("expected a field")));
    let similar = match catalogue.lookup(&name) {
        Err(LookupFieldError::Unknown { similar, .. }) => similar,
        _ => None,
    };
    Err(UnknownToken { name, cause, similar })
}

/// Why a text is not an output format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ParseTemplateError {
    /// Bytes from the start of the text to the `%` that is wrong.
    pub offset: usize,
    /// What is wrong.
    pub reason: ParseTemplateReason,
}

/// What is wrong with an output format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseTemplateReason {
    /// There is no text.
    #[error("empty formatting token")]
    Empty,
    /// A `%` with nothing behind it.
    #[error("formatting cannot end with a %: name a field behind it")]
    PercentAtEnd,
    /// A width with nothing behind it.
    #[error("formatting cannot end with a number: name a field behind it")]
    WidthAtEnd,
    /// A width beyond all measure.
    #[error("the width of a field is 65535 at most")]
    TooWide,
    /// No field or transformer begins there.
    #[error("{0}")]
    Unknown(UnknownToken),
}

/// A `%` that no field or transformer follows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown filter: {name}: {cause}")]
pub struct UnknownToken {
    /// What stands behind it, as far as it can belong to a field.
    pub name: String,
    /// Why that is none.
    pub cause: String,
    /// A field with a similar name.
    pub similar: Option<String>,
}
