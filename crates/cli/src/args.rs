//! The command line.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use windhover_engine::Evaluation;
use windhover_plan::Stages;

/// Runtime security for Linux: watches what programs do, and raises alerts by rules
///
/// Without a command, watches this machine's kernel (which needs root) and prints alerts. Rules and configuration are
/// Falco's: see -c, -r and -o.
#[derive(Debug, Parser)]
#[command(name = "windhover", disable_version_flag = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    /// What to do instead of watching.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options that every way of running takes.
    #[command(flatten)]
    pub run: RunArguments,
    /// Things to print instead of running.
    #[command(flatten)]
    pub print: PrintArguments,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a capture file through the rules, or look at its events
    ///
    /// With --filter, --print, --count-by or --json events are shown, and no rules are run.
    Replay {
        /// The capture (.scap), plain or gzip'd; `-` for standard input
        file: PathBuf,
        /// How to look at it.
        #[command(flatten)]
        look: LookArguments,
    },
    /// Record this machine's events into a capture file
    ///
    /// Ends after -M seconds, after --events, at --max-mib, or with Ctrl-C.
    Record(RecordArguments),
    /// Work on rules files
    Rules {
        /// What to do with them.
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Say what this machine lacks for being watched, and how to get it
    Doctor {
        /// As a JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print completions, manual pages, reference pages, or a configuration file to begin with
    Generate {
        /// What to print
        #[arg(value_enum)]
        page: Page,
        /// With `all`: the folder that everything is written to
        #[arg(required_if_eq("page", "all"))]
        folder: Option<PathBuf>,
    },
}

/// Looking at events instead of running rules.
#[derive(Debug, Default, Args)]
pub struct LookArguments {
    /// Only events that this condition holds for
    #[arg(long, value_name = "CONDITION")]
    pub filter: Option<String>,
    /// Count events by a field, or by several with commas between
    #[arg(long, value_name = "FIELD", conflicts_with = "print_format")]
    pub count_by: Option<String>,
    /// A line of JSON for each event, with the fields of --print, or for each count
    #[arg(long)]
    pub json: bool,
}

impl LookArguments {
    /// Whether events are to be shown, `print` being the value of --print.
    pub fn is_asked(&self, print: Option<&str>) -> bool {
        self.filter.is_some() || self.count_by.is_some() || self.json || print.is_some()
    }
}

/// What to record, and where to.
#[derive(Debug, Args)]
pub struct RecordArguments {
    /// The capture (.scap); `-` for standard output
    pub file: PathBuf,
    /// Only events that this condition holds for; those that the model needs are kept too, hidden
    #[arg(long, value_name = "CONDITION")]
    pub filter: Option<String>,
    /// End after so many events
    #[arg(long, value_name = "COUNT")]
    pub events: Option<u64>,
    /// End at so many MiB, of all files together
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_mib: Option<u32>,
    /// Go on in another file at so many MiB: FILE.1.scap, FILE.2.scap …
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub rotate_mib: Option<u32>,
    /// Keep the newest files only
    #[arg(long, value_name = "FILES", requires = "rotate_mib")]
    pub keep: Option<usize>,
    /// Bytes to keep of each read, write, send and receive
    #[arg(long, value_name = "BYTES")]
    pub snapshot_length: Option<u32>,
    /// Do not compress
    #[arg(long)]
    pub plain: bool,
}

/// `windhover rules …`
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Check rules files, and show every mistake at its place
    Check {
        /// Files and folders, in order
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How to show what is found
        #[arg(long, value_enum, default_value_t = ReportFormat::Full)]
        report: ReportFormat,
        /// Take warnings for errors
        #[arg(long)]
        strict: bool,
        /// Take what this id stands for as an error; may be repeated
        #[arg(long, value_name = "ID")]
        deny: Vec<String>,
        /// Leave out what this id stands for, unless it is an error; may be repeated
        #[arg(long, value_name = "ID")]
        allow: Vec<String>,
    },
    /// Explain what a finding of `check` means, with an example
    Explain {
        /// The id that stands in brackets behind `error`, `warning` or `info`; without one, all ids are listed
        id: Option<String>,
    },
}

/// What can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Page {
    /// Completions for bash
    Bash,
    /// Completions for zsh
    Zsh,
    /// Completions for fish
    Fish,
    /// The manual page of the command
    Man,
    /// The manual page of the configuration
    ManConfig,
    /// The JSON schema of the configuration, for editors
    ConfigSchema,
    /// A configuration file with every key at its default, explained
    Config,
    /// The reference page of the configuration, in Markdown
    ConfigReference,
    /// The reference page of the command, in Markdown
    CommandReference,
    /// The reference page of the fields, in Markdown
    FieldsReference,
    /// The reference page of the events, in Markdown
    EventsReference,
    /// All of them, as files in a folder
    All,
}

/// How diagnostics are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// With the lines concerned
    Full,
    /// One line each
    Concise,
    /// A JSON array
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
}

/// Options of every way of running.
#[derive(Clone, Debug, Default, Args)]
pub struct RunArguments {
    /// The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one
    #[arg(short = 'c', value_name = "PATH", global = true)]
    pub config: Option<PathBuf>,
    /// Use the built-in configuration and rules, whatever files there are
    #[arg(long, global = true, conflicts_with = "config")]
    pub built_in: bool,
    /// A rules file or folder, instead of those of the configuration; may be repeated
    #[arg(short = 'r', value_name = "PATH", global = true)]
    pub rules: Vec<PathBuf>,
    /// Set a value of the configuration; may be repeated
    #[arg(short = 'o', long = "option", value_name = "KEY=VALUE", global = true)]
    pub options: Vec<String>,
    /// Validate rules files instead of running; may be repeated
    #[arg(short = 'V', long, value_name = "FILE")]
    pub validate: Vec<PathBuf>,
    /// Stop after so many seconds
    #[arg(short = 'M', value_name = "SECONDS", global = true)]
    pub seconds: Option<u64>,
    /// Write the process id to a file
    #[arg(short = 'P', long, value_name = "FILE", global = true)]
    pub pidfile: Option<PathBuf>,
    /// Add a text to the output of every rule (deprecated: use append_output)
    #[arg(short = 'p', long = "print", value_name = "FORMAT", global = true)]
    pub print_format: Option<String>,
    /// Write alerts one by one, whatever buffered_outputs says
    #[arg(short = 'U', long, global = true)]
    pub unbuffered: bool,
    /// Say more
    #[arg(short = 'v', global = true)]
    pub verbose: bool,
    /// Check everything, and run nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Run without an event source; may be repeated
    #[arg(long, value_name = "SOURCE")]
    pub disable_source: Vec<String>,
    /// Run with these event sources only; may be repeated
    #[arg(long, value_name = "SOURCE")]
    pub enable_source: Vec<String>,
    /// Workers on the kernel's events, each with a ring buffer: a number, or what suits the machine
    #[arg(long, value_name = "auto|N")]
    pub workers: Option<String>,
    /// With recordings around alerts (capture.enabled): begin them so many seconds before the alert
    #[arg(long, value_name = "SECONDS", global = true)]
    pub flight_recorder: Option<u32>,
    /// Watch only this process and all that it starts from now on; may be repeated
    #[arg(long, value_name = "PID", global = true, conflicts_with = "scope_cgroup")]
    pub scope_tree: Vec<u32>,
    /// Watch only the processes of this control group (version 2) and of those below it
    #[arg(long, value_name = "PATH", global = true)]
    pub scope_cgroup: Option<PathBuf>,
    /// How far rules are compiled before they meet an event; alerts are the same, the speed is not
    /// (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are
    /// sent up)
    #[arg(long, value_enum, value_name = "STAGE", num_args = 0..=1, default_missing_value = "likeness", global = true)]
    pub plan: Option<PlanStage>,
    /// Whether the kernel keeps to itself what no rule can match; else the configuration's kernel_verdicts, which is true
    #[arg(long, value_enum, value_name = "SWITCH", global = true)]
    pub kernel_verdicts: Option<Switch>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On
    On,
    /// Off
    Off,
}

/// How far rules are compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanStage {
    /// One rule after the other
    Off,
    /// All rules together
    Rules,
    /// And for each kind of event
    Kinds,
    /// And for each process
    Processes,
    /// And events like those that matched nothing are settled without looking at them
    #[default]
    Likeness,
}

impl PlanStage {
    /// The engine's way of evaluating.
    pub fn evaluation(self) -> Evaluation {
        let rules = Stages { grouping: true, ..Stages::NONE };
        match self {
            Self::Off => Evaluation::Plain,
            Self::Rules => Evaluation::Staged(rules),
            Self::Kinds => Evaluation::Staged(Stages { per_kind: true, ..rules }),
            Self::Processes => Evaluation::Staged(Stages { likeness: false, ..Stages::ALL }),
            Self::Likeness => Evaluation::Staged(Stages::ALL),
        }
    }
}

/// Things to print instead of running.
#[derive(Debug, Default, Args)]
pub struct PrintArguments {
    /// Describe all rules
    #[arg(short = 'L')]
    pub describe_rules: bool,
    /// Describe one rule
    #[arg(short = 'l', value_name = "RULE")]
    pub describe_rule: Option<String>,
    /// List the system calls that are not watched unless all are asked for
    #[arg(short = 'i')]
    pub ignored: bool,
    /// List the fields, of one event source if named
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub list: Option<String>,
    /// List the events
    #[arg(long)]
    pub list_events: bool,
    /// With --list: names only
    #[arg(short = 'N')]
    pub names_only: bool,
    /// Form of --list and --list-events
    #[arg(long, value_enum, ignore_case = true)]
    pub format: Option<ListFormat>,
    /// The same as --format markdown (deprecated)
    #[arg(long, conflicts_with = "format")]
    pub markdown: bool,
    /// Print the JSON schema of the configuration
    #[arg(long)]
    pub config_schema: bool,
    /// List the plugins in force
    #[arg(long)]
    pub list_plugins: bool,
    /// Describe one plugin, by its name or its library's path
    #[arg(long, value_name = "PLUGIN")]
    pub plugin_info: Option<String>,
    /// Print the JSON schema of rules files
    #[arg(long)]
    pub rule_schema: bool,
    /// Print what helps to understand a problem, as JSON
    #[arg(long)]
    pub support: bool,
    /// Print the version
    #[arg(long, action = ArgAction::SetTrue)]
    pub version: bool,
    /// Print the size of a memory page
    #[arg(long)]
    pub page_size: bool,
}

/// Forms of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Columns
    Text,
    /// Tables
    Markdown,
    /// JSON
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once("windhover").chain(line.split(' ').filter(|word| !word.is_empty())))
    }

    #[test]
    fn the_definitions_are_sound() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn the_reference_s_flags_are_taken() {
        let arguments = parse("-c a.yaml -r b -r c -o x=1 --option y=2 -M 5 -P p -p k -U -v --dry-run -L").unwrap();
        assert_eq!(arguments.run.rules, [PathBuf::from("b"), PathBuf::from("c")]);
        assert_eq!(arguments.run.options, ["x=1", "y=2"]);
        assert!(arguments.print.describe_rules && arguments.run.unbuffered && arguments.run.dry_run);
        assert_eq!(parse("--list").unwrap().print.list.as_deref(), Some(""));
        assert_eq!(parse("--list=syscall -N --format JSON").unwrap().print.format, Some(ListFormat::Json));
        assert_eq!(parse("-V a -V b").unwrap().run.validate.len(), 2);
        assert!(parse("--version").unwrap().print.version);
        assert!(parse("--markdown --format text").is_err());
        assert!(parse("-A").is_err());
        assert_eq!(parse("--scope-tree 1 --scope-tree 2").unwrap().run.scope_tree, [1, 2]);
        assert!(parse("--scope-tree 1 --scope-cgroup x").is_err());
        assert!(parse("-c x --built-in").is_err());
        assert_eq!(parse("--plugin-info container").unwrap().print.plugin_info.as_deref(), Some("container"));
        assert!(parse("generate bash").is_ok() && parse("generate all").is_err() && parse("doctor --json").is_ok());
    }

    #[test]
    fn commands_take_the_options_too() {
        let arguments = parse("replay x.scap -r rules.yaml -o json_output=true").unwrap();
        assert!(matches!(arguments.command, Some(Command::Replay { .. })));
        assert_eq!((arguments.run.rules.len(), arguments.run.options.len()), (1, 1));
        assert!(parse("rules check").is_err());
        let arguments = parse("replay x.scap --filter evt.type=open --print %evt.num").unwrap();
        let Some(Command::Replay { look, .. }) = &arguments.command else { panic!("not a replay") };
        assert!(look.is_asked(None) && arguments.run.print_format.as_deref() == Some("%evt.num"));
        assert!(parse("replay x.scap --count-by proc.name --print %evt.num").is_err());
        assert!(parse("record x.scap -M 5 --events 9 --rotate-mib 1 --keep 2 --snapshot-length 80 --plain").is_ok());
        assert!(parse("record x.scap --keep 2").is_err());
        assert!(parse("record x.scap --rotate-mib 0").is_err());
        assert!(parse("rules check a b --report sarif").is_ok());
    }
}
