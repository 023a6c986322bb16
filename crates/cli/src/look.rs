//! `replay` with `--filter`, `--print`, `--count-by` or `--json`: looking at a capture's events instead of running rules.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use windhover_capture::{Progress, ReadStats};
use windhover_engine::look::{Condition, Look, View};
use windhover_engine::{Engine, Vocabulary, replay_with};
use windhover_fields::{Catalogue, Template};
use windhover_outputs::{Format, Outputs};

use crate::args::{LookArguments, RunArguments};
use crate::failure::Failure;
use crate::{host, run, setup};

/// What is printed of an event unless told otherwise.
const FORMAT: &str = "%evt.num %evt.time %evt.cpu %proc.name (%thread.tid) %evt.type %evt.args";
/// How often the progress is drawn.
const REDRAW: Duration = Duration::from_millis(100);

/// Shows the events of a capture.
pub fn look(file: &Path, look: &LookArguments, arguments: &RunArguments) -> Result<(), Failure> {
    let (loaded, _) = setup::configuration(arguments, Some(&file.to_owned()))?;
    let vocabulary = Vocabulary::new(&loaded.config.static_fields)?;
    let catalogue = vocabulary.catalogue();
    let condition = look.filter.as_deref().map(|text| condition(text, catalogue)).transpose()?;
    let view = match &look.count_by {
        Some(fields) => View::Count(template(&percent(fields), catalogue)?),
        None => {
            let template = template(arguments.print_format.as_deref().unwrap_or(FORMAT), catalogue)?;
            if look.json { View::Json(template) } else { View::Text(template) }
        }
    };
    let signals = run::signals()?;
    let options = setup::engine_options(&loaded.config, arguments.plan.unwrap_or_default().evaluation(), &host::zone());
    let outputs = Outputs::new(Format::default(), Arc::new(|_| {}));
    let mut engine = Engine::new(Vec::new(), catalogue.clone(), outputs, Arc::new(|_, _| {}), options);
    let shown = Look::new(condition, view, BufWriter::new(io::stdout()));
    let counts = shown.counts();
    engine.observe(Box::new(shown));
    let mut bar = ProgressBar::new();
    let mut read = None;
    let duration = arguments.seconds.map(Duration::from_secs);
    let result = replay_with(&mut engine, file, duration, &signals, &mut |progress| bar.draw(progress), &mut |stats| {
        read = Some(stats);
    });
    bar.clear();
    if let Some(text) = read.and_then(|stats| skipped(&stats)) {
        _ = writeln!(io::stderr(), "{text}");
    }
    engine.finish(loaded.config.output_timeout);
    let counts = counts.lock().map(|mut counts| std::mem::take(&mut *counts)).unwrap_or_default();
    // A reader that has gone does not want to know.
    _ = print_counts(counts.into_iter().collect(), look.json);
    result.map(drop).map_err(Failure::from)
}

/// What a capture had that could not be given, in a line; `None` if nothing. What today's schema leaves out on purpose
/// is not told of.
pub fn skipped(stats: &ReadStats) -> Option<String> {
    let counts = [
        (stats.unknown_events, "events of types newer than this program"),
        (stats.unknown_blocks, "blocks of unknown types"),
        (stats.orphan_descriptor_lists, "descriptor lists of unknown threads"),
        (stats.forgotten_enter_events, "enter events that did not fit into memory"),
    ];
    let told: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    (!told.is_empty()).then(|| format!("Skipped in the capture: {}", told.join(", ")))
}

/// A condition of the command line.
pub fn condition(text: &str, catalogue: &Catalogue) -> Result<Condition, Failure> {
    let parsed = Condition::parse(text, catalogue);
    parsed.map_err(|finding| Failure::message(format!("the condition of --filter cannot be used: {finding}")))
}

fn template(text: &str, catalogue: &Catalogue) -> Result<Template, Failure> {
    let parsed = Template::parse(text, catalogue);
    parsed.map_err(|e| Failure::message(format!("the format `{text}` cannot be used: {e}")))
}

/// `a,b` becomes `%a %b`.
fn percent(fields: &str) -> String {
    fields.split(',').map(|field| format!("%{}", field.trim())).collect::<Vec<_>>().join(" ")
}

/// The most frequent first; what is as frequent in the order of its text.
fn print_counts(mut counts: Vec<(Vec<u8>, u64)>, json: bool) -> io::Result<()> {
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut out = BufWriter::new(io::stdout());
    for (text, count) in counts {
        let text = String::from_utf8_lossy(&text);
        if json {
            writeln!(out, "{}", serde_json::json!({ "value": text, "count": count }))?;
        } else {
            let text: String = text.chars().map(|c| if c.is_control() { '.' } else { c }).collect();
            writeln!(out, "{count:>10} {text}")?;
        }
    }
    out.flush()
}

/// How far a replay is, drawn on standard error if that is a terminal and standard output is not.
pub struct ProgressBar {
    wanted: bool,
    started: Instant,
    drawn: Option<Instant>,
}

impl ProgressBar {
    /// Nothing drawn yet.
    pub fn new() -> Self {
        let wanted = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { wanted, started: Instant::now(), drawn: None }
    }

    /// Draws it, unless it was drawn a moment ago.
    pub fn draw(&mut self, progress: Progress) {
        if !self.wanted || self.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAW) {
            return;
        }
        self.drawn = Some(Instant::now());
        _ = write!(io::stderr(), "\r\x1b[K{}", describe(progress, self.started.elapsed()));
        _ = io::stderr().flush();
    }

    /// Takes it away.
    pub fn clear(&mut self) {
        if self.drawn.take().is_some() {
            _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn describe(progress: Progress, elapsed: Duration) -> String {
    const WIDTH: usize = 30;
    let mib = progress.read as f64 / f64::from(1 << 20);
    let Some(total) = progress.total.filter(|&total| total > 0) else { return format!("{mib:.1} MiB read") };
    let part = (progress.read as f64 / total as f64).clamp(0.0, 1.0);
    let filled = (part * WIDTH as f64) as usize;
    let bar = format!("{}{}", "#".repeat(filled), ".".repeat(WIDTH - filled));
    let left = if part > 0.0 { elapsed.as_secs_f64() * (1.0 - part) / part } else { 0.0 };
    format!("[{bar}] {:3.0} %, {mib:.1} MiB read, {left:.0} s left", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_what_is_left() {
        let half = Progress { read: 1 << 20, total: Some(2 << 20) };
        let bar = format!("[{}{}]", "#".repeat(15), ".".repeat(15));
        assert_eq!(describe(half, Duration::from_secs(4)), format!("{bar}  50 %, 1.0 MiB read, 4 s left"));
        assert_eq!(describe(Progress { total: None, ..half }, Duration::ZERO), "1.0 MiB read");
    }

    #[test]
    fn what_was_skipped_is_said_and_nothing_else() {
        let mut stats = ReadStats::default();
        assert_eq!(skipped(&stats), None);
        (stats.unknown_events, stats.unknown_blocks, stats.dropped_events) = (2, 1, 9);
        let want = "Skipped in the capture: 2 events of types newer than this program, 1 blocks of unknown types";
        assert_eq!(skipped(&stats).as_deref(), Some(want));
    }

    #[test]
    fn fields_become_a_format() {
        assert_eq!(percent("proc.name, evt.type"), "%proc.name %evt.type");
    }
}
