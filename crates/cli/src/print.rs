//! Things that are printed instead of running.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value, json};
use windhover_engine::Vocabulary;
use windhover_engine::file::{self, Absent};
use windhover_event::SyscallSet;
use windhover_fields::{ListFormat, SCHEMA_VERSION, list_events, list_field_names, list_fields};
use windhover_rules::{ENGINE_VERSION, NoRuleError, RULES_SCHEMA, RuleSet};

use crate::args::{self, Arguments, PrintArguments, RunArguments};
use crate::config::{Config, LoadedConfig};
use crate::failure::{Failure, print_diagnostics};
use crate::{doctor, generate, host, run, setup, support};

/// The version of the plugin interface that rules and plugins are written against.
const PLUGIN_API: &str = "3.12.0";
/// The version of the interface to the kernel that the probe has.
const DRIVER_API: &str = "10.1.0";

/// Writes a text to standard output.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// What needs no configuration. Returns whether anything was asked for.
pub fn without_configuration(arguments: &PrintArguments) -> Result<bool, Failure> {
    if arguments.config_schema {
        text(&generate::config_schema())?;
    } else if arguments.rule_schema {
        text(RULES_SCHEMA)?;
    } else if arguments.ignored {
        let names = SyscallSet::unwatched_io().iter().map(|call| format!("- {}\n", call.name())).collect::<String>();
        text(&format!("Ignored syscall(s):\n{names}"))?;
    } else if arguments.list_events {
        text(&list_events(list_format(arguments)))?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn list_format(arguments: &PrintArguments) -> ListFormat {
    match arguments.format {
        Some(args::ListFormat::Markdown) => ListFormat::Markdown,
        Some(args::ListFormat::Json) => ListFormat::Json,
        Some(args::ListFormat::Text) => ListFormat::Text,
        None if arguments.markdown => ListFormat::Markdown,
        None => ListFormat::Text,
    }
}

/// `--list`.
pub fn fields(arguments: &PrintArguments, source: &str, config: &Config) -> Result<(), Failure> {
    let vocabulary = Vocabulary::new(&config.static_fields)?;
    if !source.is_empty() && source != vocabulary.catalogue().source() {
        return Err(Failure::message(format!("unknown event source `{source}`: there is `syscall` only")));
    }
    let catalogues = [vocabulary.catalogue()];
    let format = list_format(arguments);
    text(&if arguments.names_only { list_field_names(&catalogues, format) } else { list_fields(&catalogues, format) })
}

/// `--page-size`.
pub fn page_size() -> Result<(), Failure> {
    let size = doctor::page_size().ok_or_else(|| Failure::message("the kernel does not tell its page size"))?;
    text(&format!("Your system page size is: {size} bytes.\n"))
}

/// `--version`.
pub fn version(json: bool) -> Result<(), Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let engine = ENGINE_VERSION.to_string();
    let driver_api = DRIVER_API;
    if !json {
        return text(&format!(
            "Windhover version: {own}\n\
             Falco version: {own}\n\
             Libs version:  {own}\n\
             Plugin API:    {PLUGIN_API}\n\
             Engine:        {engine}\n\
             Driver:\n\
             \x20 API version:    {driver_api}\n\
             \x20 Schema version: {SCHEMA_VERSION}\n\
             \x20 Default driver: {own}\n"
        ));
    }
    text(&format!("{}\n", versions()))
}

/// The versions that people and tools ask for, as JSON.
pub fn versions() -> Value {
    let own = env!("CARGO_PKG_VERSION");
    let engine = ENGINE_VERSION.to_string();
    let minor = engine.split('.').nth(1).unwrap_or_default();
    json!({
        "windhover_version": own,
        "falco_version": own,
        "libs_version": own,
        "plugin_api_version": PLUGIN_API,
        "driver_api_version": DRIVER_API,
        "driver_schema_version": SCHEMA_VERSION,
        "default_driver_version": own,
        "engine_version": minor,
        "engine_version_semver": engine,
    })
}

/// `-L` and `-l`: rules described, as JSON or as a table.
pub fn describe(arguments: &Arguments, config: &Config) -> Result<(), Failure> {
    let (run, print) = (&arguments.run, &arguments.print);
    let files = setup::rules_files(run, config)?;
    let in_force = setup::load(&files, config, run.print_format.as_deref())?;
    let rules = &in_force.loaded.rules;
    if config.json_output {
        return text(&format!("{}\n", description(rules, print, &in_force.vocabulary)?));
    }
    text(&rules.to_table(print.describe_rule.as_deref())?)
}

/// One rule if it is named, else everything.
fn description(rules: &RuleSet, print: &PrintArguments, vocabulary: &Vocabulary) -> Result<Value, NoRuleError> {
    match &print.describe_rule {
        Some(name) => rules.describe_rule(name, vocabulary),
        None => Ok(rules.describe(vocabulary)),
    }
}

/// `--support`. The rules must be in order, as in the reference.
pub fn support(run: &RunArguments, loaded: &LoadedConfig) -> Result<(), Failure> {
    let files = setup::rules_files(run, &loaded.config)?;
    setup::load(&files, &loaded.config, run.print_format.as_deref())?;
    let command_line: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    text(&format!("{}\n", support::report(loaded, &files, &command_line)?))
}

/// `-V`: the reference's verdicts, and descriptions if they are asked for too.
pub fn validate(paths: &[PathBuf], arguments: &Arguments, config: &Config) -> Result<(), Failure> {
    let vocabulary = Vocabulary::new(&config.static_fields)?;
    let files =
        file::find(paths, Absent::Refuse)?.iter().map(|path| file::read(path)).collect::<Result<Vec<_>, _>>()?;
    let loaded = setup::load_with(&files, &vocabulary, config, arguments.run.print_format.as_deref());
    if config.json_output {
        let mut results = setup::results_json(&loaded);
        let describes = arguments.print.describe_rules || arguments.print.describe_rule.is_some();
        if describes && loaded.successful() {
            results["falco_describe_results"] = description(&loaded.rules, &arguments.print, &vocabulary)?;
        }
        text(&format!("{results}\n"))?;
    } else {
        let verdicts: String = loaded
            .results
            .iter()
            .map(|result| if result.successful() { result.headline() } else { result.to_text(&loaded.sources) })
            .map(|verdict| verdict + "\n")
            .collect();
        text(&verdicts)?;
        let (log, log_end) = run::logger(config, host::local(&host::zone()))?;
        setup::log_schemas(&loaded, &log);
        log_end.flush();
        print_diagnostics(&loaded.diagnostics, &loaded.sources);
    }
    if loaded.successful() {
        return Ok(());
    }
    let bad = loaded.results.iter().filter(|result| !result.successful()).map(|result| result.to_summary());
    let bad = bad.chain(loaded.unmet_requirement.clone()).collect::<Vec<_>>();
    Err(Failure::message(bad.join("\n")))
}
