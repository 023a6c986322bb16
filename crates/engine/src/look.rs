//! Looking at events: those that a condition holds for, printed or counted.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use windhover_event::SyscallSet;
use windhover_fields::{Catalogue, EventValues, Template, event_types};
use windhover_filter::{Expr, Finding, Matcher, ParseOptions, Scratch, compile, eval_expr, parse};
use windhover_outputs::Alert;

use crate::observer::{Observed, Observer};

/// Values that are counted one by one; events with yet other ones are counted together.
const MAX_VALUES: usize = 100_000;

/// A condition on events, as in rules.
pub struct Condition {
    expr: Expr<Matcher>,
    scratch: Scratch,
    calls: Option<SyscallSet>,
}

impl Condition {
    /// Reads a condition; macros and lists are not known in it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, Box<Finding>> {
        let ast = parse(text, &ParseOptions::default())?;
        match compile(&ast, catalogue) {
            Ok(compiled) => {
                let calls = event_types(&ast).ok().map(|events| events.syscalls);
                Ok(Self { expr: compiled.expr.map(&mut Matcher::new), scratch: Scratch::default(), calls })
            }
            // A refused condition has a finding that says why.
            Err(mut findings) => Err(Box::new(findings.swap_remove(0))),
        }
    }

    /// The system calls whose events it can hold for, where that can be told.
    pub fn calls(&self) -> Option<&SyscallSet> {
        self.calls.as_ref()
    }

    /// Whether it holds for an event.
    pub fn holds(&mut self, values: &EventValues<'_>) -> bool {
        eval_expr(&self.expr, values, &mut self.scratch)
    }
}

/// How events are shown.
pub enum View {
    /// Each as a line of text.
    Text(Template),
    /// Each as a line of JSON: an object of the template's fields.
    Json(Template),
    /// How many there are of each of the template's texts.
    Count(Template),
}

/// Counted texts, and how many events have each.
pub type Counts = Arc<Mutex<HashMap<Vec<u8>, u64>>>;

/// Shows the events that a condition holds for.
pub struct Look<W: Write> {
    condition: Option<Condition>,
    view: View,
    out: W,
    counts: Counts,
    scratch: Scratch,
    line: Vec<u8>,
    gone: bool,
}

impl<W: Write> Look<W> {
    /// Writes to `out`, which should be buffered. What is counted is in [`Look::counts`].
    pub fn new(condition: Option<Condition>, view: View, out: W) -> Self {
        let (counts, scratch) = (Counts::default(), Scratch::default());
        Self { condition, view, out, counts, scratch, line: Vec::new(), gone: false }
    }

    /// What has been counted, also later. Beyond a hundred thousand texts, all others count as `<other>`.
    pub fn counts(&self) -> Counts {
        Arc::clone(&self.counts)
    }

    fn show(&mut self, values: &EventValues<'_>) -> io::Result<()> {
        self.line.clear();
        match &self.view {
            View::Text(template) => template.render(values, &mut self.scratch, &mut self.line),
            View::Json(template) => {
                let fields = template.output_fields(values, &mut self.scratch);
                let object: serde_json::Map<String, serde_json::Value> =
                    fields.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
                serde_json::to_writer(&mut self.line, &object)?;
            }
            View::Count(template) => {
                template.render(values, &mut self.scratch, &mut self.line);
                self.count();
                return Ok(());
            }
        }
        // Whoever chooses a file's name must not be able to command a terminal.
        for byte in &mut self.line {
            if byte.is_ascii_control() {
                *byte = b'.';
            }
        }
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }

    fn count(&mut self) {
        let Ok(mut counts) = self.counts.lock() else { return };
        if let Some(count) = counts.get_mut(&self.line[..]) {
            *count += 1;
        } else if counts.len() < MAX_VALUES {
            counts.insert(self.line.clone(), 1);
        } else {
            *counts.entry(b"<other>".to_vec()).or_default() += 1;
        }
    }
}

impl<W: Write + Send> Observer for Look<W> {
    fn event(&mut self, observed: &Observed<'_>) -> Option<Alert> {
        let values = observed.values.as_ref()?;
        if self.gone || self.condition.as_mut().is_some_and(|condition| !condition.holds(values)) {
            return None;
        }
        self.gone = self.show(values).is_err();
        None
    }

    fn is_done(&self) -> bool {
        self.gone
    }
}

impl<W: Write> Drop for Look<W> {
    fn drop(&mut self) {
        // Nobody is left to be told.
        _ = self.out.flush();
    }
}
