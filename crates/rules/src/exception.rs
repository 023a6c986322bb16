//! Exceptions: whether their parts fit together, how they are appended to, and the condition that they add to.

use windhover_diagnostics::{Diagnostic, SourceId, nearest};
use windhover_filter::{Op, ParseOptions, Quantifier, Schema};

use crate::code::ErrorCode;
use crate::id;
use crate::item::{Entry, ExceptionItem};
use crate::report::Failure;
use crate::text::Text;

/// What an exception compares with.
enum Comparison {
    /// One constant.
    Single,
    /// A list in parentheses.
    List,
}

/// Gives fields without operators the one they have by default.
pub(crate) fn fill_comps(exception: &mut ExceptionItem) {
    if exception.comps.is_given() {
        return;
    }
    let span = exception.span;
    let entry = |word: &str| Entry { text: Text::standing_for(word, span), span, ..Entry::default() };
    exception.comps = match exception.fields.is_list {
        true => {
            Entry { is_list: true, items: exception.fields.items.iter().map(|_| entry("=")).collect(), ..entry("") }
        }
        false => entry("in"),
    };
}

/// What is wrong with an exception that is defined, not appended to. Fields are checked if the source is known.
pub(crate) fn check_new(exception: &mut ExceptionItem, schema: Option<&dyn Schema>) -> Vec<Failure> {
    if !exception.fields.is_given() {
        return vec![
            *failure(exception, "The exception has no fields")
                .say(format!("the exception `{}` has no fields", exception.name))
                .at(exception.span, "expected `fields`"),
        ];
    }
    check(exception, schema)
}

fn check(exception: &mut ExceptionItem, schema: Option<&dyn Schema>) -> Vec<Failure> {
    fill_comps(exception);
    let exception = &*exception;
    let mut failures = Vec::new();
    if exception.fields.is_list {
        if exception.fields.items.len() != exception.comps.items.len() {
            let fields = counted(exception.fields.items.len(), "field");
            let comps = counted(exception.comps.items.len(), "operator");
            let failure = failure(exception, "The exception needs as many comps as fields")
                .say(format!("the exception `{}` has {fields}, but {comps}", exception.name))
                .at(exception.comps.span, "as many operators as fields are needed");
            failures.push(*failure);
        }
        let bad = exception.comps.items.iter().filter(|comp| comparison(comp).is_none());
        failures.extend(bad.map(|comp| *bad_comp(exception, comp, "is no operator of an exception")));
        failures.extend(exception.fields.items.iter().filter_map(|field| check_field(exception, field, schema)));
        return failures;
    }
    failures.extend(check_single_comp(exception));
    failures.extend(check_field(exception, &exception.fields, schema));
    failures
}

fn check_single_comp(exception: &ExceptionItem) -> Option<Failure> {
    if exception.comps.is_list {
        return Some(
            *failure(exception, "With a single field, comps must be single too")
                .say(format!("the exception `{}` has a single field, but several operators", exception.name))
                .at(exception.comps.span, "expected one operator")
                .help("write `fields` as a list to compare tuples"),
        );
    }
    let word = words(&exception.comps);
    if matches!(word.as_str(), "in" | "pmatch" | "intersects") || quantified(&word) {
        return None;
    }
    const MESSAGE: &str = "A single field can only be compared by an operator that takes a list";
    const EXPECTED: &str = "expected `in`, `pmatch`, `intersects`, or an operator with `oneof`, `anyof` or `allof`";
    let failure = failure(exception, MESSAGE)
        .say(format!("a single field is compared with a list, and `{word}` takes none"))
        .at(exception.comps.span, EXPECTED);
    Some(*failure)
}

/// Adds an exception to those of a rule, or its values to the one of the same name. Gives what is wrong with it.
pub(crate) fn append(
    exceptions: &mut Vec<ExceptionItem>,
    mut new: ExceptionItem,
    schema: Option<&dyn Schema>,
) -> Vec<Failure> {
    let mut failures = Vec::new();
    let Some(earlier) = exceptions.iter_mut().find(|earlier| earlier.name == new.name) else {
        for (part, given) in [("fields", new.fields.is_given()), ("values", !new.values.is_empty())] {
            if !given {
                let failure = failure(&new, format!("A new exception needs {part}"))
                    .say(format!("the rule has no exception `{}` yet, so its {part} must be given", new.name))
                    .at(new.span, format!("expected `{part}`"));
                failures.push(*failure);
            }
        }
        if new.fields.is_given() {
            failures.extend(check(&mut new, schema));
        }
        if failures.is_empty() {
            exceptions.push(new);
        }
        return failures;
    };
    for (part, entry) in [("fields", &new.fields), ("comps", &new.comps)] {
        if entry.is_given() {
            let message = format!("The exception exists already, so its {part} cannot be appended to: only values can");
            let failure = failure(&new, message)
                .say(format!("the rule has an exception `{}` already: only values can be added", new.name))
                .at(entry.span, format!("`{part}` cannot change"))
                .label(earlier.span, "defined here");
            failures.push(*failure);
        }
    }
    if failures.is_empty() {
        earlier.values.append(&mut new.values);
    }
    failures
}

/// The condition with exceptions: `(condition) and not …` for each that has values.
pub(crate) fn wrap(condition: &Text, exceptions: &[ExceptionItem]) -> Result<Text, Vec<Failure>> {
    let outer = condition.locate(0..condition.len()).span;
    let mut wrapped = Text::standing_for("(", outer);
    wrapped.push(condition);
    wrapped.push_str(")", outer);
    let mut failures = Vec::new();
    for exception in exceptions {
        let part =
            if exception.fields.is_list { tuples(exception, &mut failures) } else { values(exception, &mut failures) };
        if !part.is_empty() {
            wrapped.push_str(" and not ", exception.span);
            wrapped.push(&part);
        }
    }
    if failures.is_empty() { Ok(wrapped) } else { Err(failures) }
}

/// `(field in (v1, v2))`; nothing without values.
fn values(exception: &ExceptionItem, failures: &mut Vec<Failure>) -> Text {
    let mut part = Text::default();
    for value in &exception.values {
        if value.is_list {
            let failure = failure(exception, "With a single field, each value must be single too")
                .say(format!("the exception `{}` has a single field, so its values are single too", exception.name))
                .at(value.span, "expected one value");
            failures.push(*failure);
            continue;
        }
        if part.is_empty() {
            part.push_str("(", exception.span);
            part.push(&exception.fields.text);
            part.push_str(&format!(" {} (", words(&exception.comps)), exception.comps.span);
        } else {
            part.push_str(", ", value.span);
        }
        push_quoted(&mut part, value);
    }
    if !part.is_empty() {
        part.push_str("))", exception.span);
    }
    part
}

/// `((f1 = v1 and f2 = v2) or (…))`; nothing without values.
fn tuples(exception: &ExceptionItem, failures: &mut Vec<Failure>) -> Text {
    let mut part = Text::default();
    for tuple in &exception.values {
        if tuple.items.len() != exception.fields.items.len() {
            let fields = exception.fields.items.len();
            let found = match tuple.is_list {
                true => counted(tuple.items.len(), "value"),
                false => "a single value".to_owned(),
            };
            let wanted = counted(fields, "field");
            let failure = failure(exception, "Fields and values lists must have equal length")
                .say(format!("the exception `{}` has {wanted}, but {found} here", exception.name))
                .at(tuple.span, format!("expected a list of {}", counted(fields, "value")))
                .label(exception.fields.span, "the fields");
            failures.push(*failure);
            continue;
        }
        part.push_str(if part.is_empty() { "((" } else { " or (" }, tuple.span);
        for (at, field) in exception.fields.items.iter().enumerate() {
            let value = &tuple.items[at];
            let comp = exception.comps.items.get(at).unwrap_or(&exception.comps);
            part.push_str(if at == 0 { " " } else { " and  " }, field.span);
            part.push(&field.text);
            part.push_str(&format!(" {} ", words(comp)), comp.span);
            push_value(&mut part, value, comp);
        }
        part.push_str(")", tuple.span);
    }
    if !part.is_empty() {
        part.push_str(")", exception.span);
    }
    part
}

/// A number of things, in words.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn push_value(part: &mut Text, value: &Entry, comp: &Entry) {
    if value.is_list {
        part.push_str("(", value.span);
        for (at, item) in value.items.iter().enumerate() {
            if at > 0 {
                part.push_str(", ", item.span);
            }
            push_quoted(part, item);
        }
        part.push_str(")", value.span);
    } else if matches!(comparison(comp), Some(Comparison::List)) && !value.text.as_str().starts_with('(') {
        part.push_str("(", value.span);
        part.push(&value.text);
        part.push_str(")", value.span);
    } else if matches!(comparison(comp), Some(Comparison::List)) {
        part.push(&value.text);
    } else {
        push_quoted(part, value);
    }
}

fn push_quoted(part: &mut Text, value: &Entry) {
    push_item(part, &value.text, value.span);
}

/// Adds an item of a list: in quotes if it has a blank and no quote in front. Nothing is escaped, as in the reference.
pub(crate) fn push_item(part: &mut Text, item: &Text, span: windhover_diagnostics::Span) {
    let quoted = item.as_str().contains(' ') && !item.as_str().starts_with(['"', '\'']);
    if quoted {
        part.push_str("\"", span);
    }
    part.push(item);
    if quoted {
        part.push_str("\"", span);
    }
}

/// An operator's words with one blank between them.
pub(crate) fn words(entry: &Entry) -> String {
    entry.text.as_str().split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// An operator for strings with `oneof`, `anyof` or `allof` behind it?
fn quantified(words: &str) -> bool {
    words.split_once(' ').is_some_and(|(op, quantifier)| {
        Op::from_text(op).is_some_and(Op::is_string) && Quantifier::ALL.iter().any(|known| known.as_str() == quantifier)
    })
}

/// What an operator of a tuple takes; `None` if it is no operator.
fn comparison(entry: &Entry) -> Option<Comparison> {
    let words = words(entry);
    match Op::from_text(&words) {
        Some(op) if op.is_list() => Some(Comparison::List),
        Some(_) => Some(Comparison::Single),
        None => quantified(&words).then_some(Comparison::List),
    }
}

fn check_field(exception: &ExceptionItem, field: &Entry, schema: Option<&dyn Schema>) -> Option<Failure> {
    let schema = schema?;
    let test = format!("{} exists", field.text.as_str());
    let options = ParseOptions { source: SourceId::default(), max_depth: ParseOptions::RULES_MAX_DEPTH };
    let finding = match windhover_filter::parse(&test, &options) {
        Ok(ast) => windhover_filter::compile(&ast, schema).err()?.into_iter().next()?,
        Err(finding) => *finding,
    };
    let name = field.text.as_str();
    let message = format!("'{name}' is no field that an exception can test");
    let Diagnostic { helps, .. } = finding.diagnostic;
    let failure = failure(exception, message)
        .say(format!("the exception `{}` tests `{name}`, which is no field", exception.name))
        .at(field.span, "no such field")
        .maybe_help(helps.into_iter().next());
    Some(*failure)
}

fn bad_comp(exception: &ExceptionItem, comp: &Entry, what: &str) -> Box<Failure> {
    let word = words(comp);
    let known = Op::ALL.map(Op::as_str);
    let help = nearest(&word, known).map(|near| format!("an operator with a similar name exists: `{near}`"));
    failure(exception, format!("'{word}' {what}"))
        .say(format!("unknown operator `{word}`"))
        .at(comp.span, "no such operator")
        .maybe_help(help)
}

fn failure(exception: &ExceptionItem, message: impl Into<String>) -> Box<Failure> {
    Failure::new(ErrorCode::Validate, id::EXCEPTION_INVALID, &exception.context, message)
}
