//! Pages of the command line.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;

use crate::args::Arguments;
use crate::failure::Failure;

const NAME: &str = "windhover";

fn built() -> Command {
    let mut command = Arguments::command();
    command.build();
    command
}

/// Completions for a shell.
pub fn completions(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), NAME, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// File names and texts of the manual pages, the command's own first.
pub fn manual_pages() -> Result<Vec<(String, String)>, Failure> {
    let mut pages = Vec::new();
    add_manual_pages(&built(), NAME, &mut pages)?;
    Ok(pages)
}

fn add_manual_pages(command: &Command, name: &str, pages: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    clap_mangen::Man::new(command.clone()).manual("Windhover").render(&mut bytes)?;
    pages.push((format!("{name}.1"), String::from_utf8_lossy(&bytes).into_owned()));
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        add_manual_pages(inner, &format!("{name}-{}", inner.get_name()), pages)?;
    }
    Ok(())
}

/// The reference page in Markdown.
pub fn reference() -> String {
    let mut text = "# The command\n\nMade by `windhover generate`.\n".to_owned();
    describe(&built(), NAME, true, &mut text);
    text
}

fn describe(command: &Command, name: &str, is_root: bool, text: &mut String) {
    _ = write!(text, "\n## `{name}`\n\n");
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        _ = write!(text, "{}.\n\n", about.to_string().trim_end_matches('.'));
    }
    let arguments = command.get_arguments().filter(|argument| !argument.is_hide_set());
    // What every command takes stands with the first.
    let own: Vec<_> = arguments.filter(|argument| is_root || !argument.is_global_set()).collect();
    if !own.is_empty() {
        text.push_str("| argument | meaning |\n| --- | --- |\n");
    }
    for argument in own {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let mut meaning = help.replace('|', "\\|");
        let values = argument.get_possible_values();
        if argument.get_action().takes_values() && !values.is_empty() {
            let names: Vec<_> = values.iter().map(|value| format!("`{}`", value.get_name())).collect();
            _ = write!(meaning, ": {}", names.join(", "));
        }
        _ = writeln!(text, "| {} | {meaning} |", spelled(argument));
    }
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        describe(inner, &format!("{name} {}", inner.get_name()), false, text);
    }
}

/// `` `-c <PATH>` ``
fn spelled(argument: &Arg) -> String {
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let names: Vec<_> = short.into_iter().chain(long).collect();
    let values = argument.get_value_names().unwrap_or_default();
    let value = values.first().filter(|_| argument.get_action().takes_values()).map(|name| format!("<{name}>"));
    let parts: Vec<_> = (!names.is_empty()).then(|| names.join(", ")).into_iter().chain(value).collect();
    format!("`{}`", parts.join(" "))
}
