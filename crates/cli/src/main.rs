//! The `windhover` command.

#![forbid(unsafe_code)]

mod args;
mod check;
mod config;
mod default_rules;
mod doctor;
mod failure;
mod generate;
mod host;
mod log;
mod look;
mod observe;
mod patience;
mod plugin;
mod print;
mod record;
mod reload;
mod removed;
mod run;
mod setup;
mod support;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Arguments, Command, RulesCommand};
use failure::{Failure, is_colourful};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(e) => {
            // Nothing can be done where the text cannot be written.
            _ = match removed::explain(&e) {
                Some(text) => writeln!(io::stderr(), "{text}"),
                None => e.print(),
            };
            let asked = matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    match dispatch(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            failure.print();
            ExitCode::FAILURE
        }
    }
}

/// Does what is asked for, and returns whether all is well.
fn dispatch(arguments: &Arguments) -> Result<bool, Failure> {
    let run = &arguments.run;
    match &arguments.command {
        Some(Command::Replay { file, look }) if look.is_asked(run.print_format.as_deref()) => {
            look::look(file, look, run).map(|()| true)
        }
        Some(Command::Replay { file, .. }) => run::run(run, Some(file)).map(|()| true),
        Some(Command::Record(record)) => record::record(record, run).map(|()| true),
        Some(Command::Doctor { .. }) if run.plan.is_some() => print::text(&run::describe_plan(run)?).map(|()| true),
        Some(Command::Doctor { json }) => {
            let (loaded, _) = setup::configuration(run, None)?;
            let ring = run::probe_options(&loaded.config, 1).ring_bytes;
            let checks = doctor::Machine::default().examine(ring.into());
            let shown = if *json {
                format!("{:#}\n", doctor::to_json(&checks))
            } else {
                doctor::render(&checks, is_colourful(&io::stdout()))
            };
            print::text(&shown)?;
            Ok(!doctor::is_ill(&checks))
        }
        Some(Command::Generate { page, folder }) => generate::generate(*page, folder.as_deref()).map(|()| true),
        Some(Command::Rules { command: RulesCommand::Check { files, report, strict, deny, allow } }) => {
            let levels = check::Levels::new(*strict, deny, allow)?;
            let (loaded, _) = setup::configuration(run, None)?;
            check::check(files, *report, &levels, &loaded.config, run.plan.is_some())
        }
        Some(Command::Rules { command: RulesCommand::Explain { id } }) => check::explain(id.as_deref()).map(|()| true),
        None => print_or_run(arguments).map(|()| true),
    }
}

fn print_or_run(arguments: &Arguments) -> Result<(), Failure> {
    let (run, print) = (&arguments.run, &arguments.print);
    if print::without_configuration(print)? {
        return Ok(());
    }
    let describes = print.describe_rules || print.describe_rule.is_some();
    let plugins = print.list_plugins || print.plugin_info.is_some();
    let prints = print.version || print.page_size || print.list.is_some() || print.support || plugins;
    if !(prints || !run.validate.is_empty() || describes) {
        return run::run(run, None);
    }
    let (loaded, _) = setup::configuration(run, None)?;
    match &print.list {
        _ if print.version => print::version(loaded.config.json_output),
        _ if print.page_size => print::page_size(),
        _ if plugins => print::text(&plugin::show(print, &loaded.config)?),
        Some(source) => print::fields(print, source, &loaded.config),
        None if !run.validate.is_empty() => print::validate(&run.validate, arguments, &loaded.config),
        None if describes => print::describe(arguments, &loaded.config),
        None => print::support(run, &loaded),
    }
}
