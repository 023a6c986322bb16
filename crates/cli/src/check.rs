//! `rules check` and `rules explain`.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use windhover_diagnostics::{Diagnostic, Diagnostics, Format, Id, Severity, nearest, render};
use windhover_engine::Vocabulary;
use windhover_engine::collection::collect;
use windhover_engine::file::{self, Absent};
use windhover_outputs::Priority;
use windhover_rules::Loaded;

use crate::args::ReportFormat;
use crate::config::Config;
use crate::failure::{Failure, is_colourful};
use crate::{print, run, setup};

/// The page that documents every id: a heading, a paragraph and an example each.
const PAGE: &str = include_str!("../../../docs/diagnostics.md");

/// How grave findings are taken to be.
#[derive(Debug, Default)]
pub struct Levels {
    /// Warnings are errors.
    strict: bool,
    deny: HashSet<String>,
    allow: HashSet<String>,
}

impl Levels {
    /// The levels that the command line asks for.
    pub fn new(strict: bool, deny: &[String], allow: &[String]) -> Result<Self, Failure> {
        for id in deny.iter().chain(allow) {
            find_id(id)?;
        }
        let set = |ids: &[String]| ids.iter().cloned().collect();
        Ok(Self { strict, deny: set(deny), allow: set(allow) })
    }

    /// The finding at its level; nothing if it is not wanted. Errors stay: the rules cannot be used as they are.
    fn level(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        let id = diagnostic.id.name;
        if diagnostic.severity != Severity::Error {
            if self.deny.contains(id) || (self.strict && diagnostic.severity == Severity::Warning) {
                diagnostic.severity = Severity::Error;
            } else if self.allow.contains(id) {
                return None;
            }
        }
        Some(diagnostic)
    }
}

/// Every id that checking rules can give.
fn ids() -> impl Iterator<Item = &'static Id> {
    windhover_rules::id::ALL.iter().chain(windhover_filter::id::ALL)
}

fn find_id(name: &str) -> Result<&'static Id, Failure> {
    ids().find(|id| id.name == name).ok_or_else(|| {
        let near = nearest(name, ids().map(|id| id.name));
        let help = near.map_or_else(
            || "`windhover rules explain` lists them".to_owned(),
            |near| format!("a similar one exists: `{near}`"),
        );
        Failure::message(format!("there is no finding called `{name}`: {help}"))
    })
}

/// `rules check`: every mistake and everything doubtful at its place, and which rules keep the kernel from settling events
/// (of every type, if so asked). Returns whether all is well.
pub fn check(
    paths: &[PathBuf],
    report: ReportFormat,
    levels: &Levels,
    config: &Config,
    every_type: bool,
) -> Result<bool, Failure> {
    let vocabulary = Vocabulary::new(&config.static_fields)?;
    let files =
        file::find(paths, Absent::Refuse)?.iter().map(|path| file::read(path)).collect::<Result<Vec<_>, _>>()?;
    let loaded = setup::load_with(&files, &vocabulary, config, None);
    let findings = findings(&loaded, &vocabulary, levels);
    let format = match report {
        ReportFormat::Full => Format::Full { color: is_colourful(&io::stdout()) },
        ReportFormat::Concise => Format::Concise,
        ReportFormat::Json => Format::Json,
        ReportFormat::Sarif => Format::Sarif,
    };
    let mut shown = render(&findings, &loaded.sources, format);
    let for_people = matches!(report, ReportFormat::Full | ReportFormat::Concise);
    match findings.summary(&loaded.sources) {
        Some(summary) if report == ReportFormat::Concise => shown += &summary,
        None if for_people && findings.is_empty() => {
            shown += &format!("{} rules, no findings", loaded.rules.rules.len())
        }
        _ => {}
    }
    let mut shown = format!("{}\n", shown.trim_end());
    if report == ReportFormat::Full && loaded.successful() {
        shown += &sent_up(&loaded, &vocabulary, config, every_type)?;
    }
    print::text(&shown)?;
    Ok(loaded.successful() && !findings.has_errors())
}

/// Which rules have opens and closes sent up from the kernel whatever they are, or all events of a type; nothing where none
/// does.
fn sent_up(loaded: &Loaded, vocabulary: &Vocabulary, config: &Config, every_type: bool) -> Result<String, Failure> {
    let rules = windhover_engine::activate(&loaded.rules, Priority::Debug, &[], vocabulary)?;
    let calls = collect(&run::wanted(&rules), &config.base_syscalls).calls;
    let judgement = windhover_engine::verdict::judge(&rules, &calls);
    let forced = if every_type { judgement.forced(&rules) } else { judgement.forced_files() };
    Ok(if forced.is_empty() { forced } else { format!("\nWhat the kernel cannot settle by these rules:\n{forced}") })
}

/// What loading and the lints found, at the levels asked for. What is doubtful about rules matters once they load.
fn findings(loaded: &Loaded, vocabulary: &Vocabulary, levels: &Levels) -> Diagnostics {
    let lints = if loaded.successful() { loaded.lint(vocabulary) } else { Vec::new() };
    let all = loaded.diagnostics.iter().cloned().chain(lints);
    let mut findings: Diagnostics = all.filter_map(|diagnostic| levels.level(diagnostic)).collect();
    findings.count_dropped(&loaded.diagnostics);
    findings.sort();
    findings
}

/// `rules explain`.
pub fn explain(id: Option<&str>) -> Result<(), Failure> {
    let Some(name) = id else {
        let mut all: Vec<&Id> = ids().collect();
        all.sort_by_key(|id| id.name);
        let width = all.iter().map(|id| id.name.len()).max().unwrap_or_default();
        return print::text(&all.iter().map(|id| format!("{:width$}  {}\n", id.name, id.doc)).collect::<String>());
    };
    let id = find_id(name)?;
    let section = PAGE.split("\n## ").find(|section| section.lines().next() == Some(id.name));
    print::text(&format!("{}\n", section.unwrap_or(id.doc).trim()))
}
