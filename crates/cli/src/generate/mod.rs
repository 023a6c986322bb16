//! `windhover generate`: completions, manual and reference pages, made of the definitions that the command itself goes by.

mod command;
mod config;

use std::fs;
use std::path::Path;

use windhover_engine::Vocabulary;
use windhover_fields::{ListFormat, list_events, list_fields};

use crate::args::Page;
use crate::failure::Failure;
use crate::print;

pub use config::config_schema;

/// Where each page lies in the repository. Manual pages of subcommands lie beside the command's.
const PLACES: &[(Page, &str)] = &[
    (Page::Bash, "packaging/completions/windhover.bash"),
    (Page::Zsh, "packaging/completions/_windhover"),
    (Page::Fish, "packaging/completions/windhover.fish"),
    (Page::ManConfig, "packaging/man/windhover.yaml.5"),
    (Page::ConfigSchema, "docs/reference/windhover.schema.json"),
    (Page::Config, "docs/reference/windhover.yaml"),
    (Page::ConfigReference, "docs/reference/config.md"),
    (Page::CommandReference, "docs/reference/command.md"),
    (Page::FieldsReference, "docs/reference/fields.md"),
    (Page::EventsReference, "docs/reference/events.md"),
];
const MAN_FOLDER: &str = "packaging/man";

/// Prints a page, or writes all of them below a folder.
pub fn generate(page: Page, folder: Option<&Path>) -> Result<(), Failure> {
    match (page, folder) {
        (Page::All, Some(folder)) => write_all(folder),
        (page, Some(_)) => Err(Failure::message(format!("`generate {page:?}` prints: only `all` takes a folder"))),
        (page, None) => print::text(&text(page)?),
    }
}

fn write_all(folder: &Path) -> Result<(), Failure> {
    for (page, place) in PLACES {
        write(&folder.join(place), &text(*page)?)?;
    }
    for (name, page) in command::manual_pages()? {
        write(&folder.join(MAN_FOLDER).join(name), &page)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.map_err(|e| Failure::message(format!("cannot write `{}`: {e}", path.display())))
}

fn text(page: Page) -> Result<String, Failure> {
    Ok(match page {
        Page::Bash => command::completions(clap_complete::Shell::Bash),
        Page::Zsh => command::completions(clap_complete::Shell::Zsh),
        Page::Fish => command::completions(clap_complete::Shell::Fish),
        Page::Man => command::manual_pages()?.into_iter().next().map(|(_, page)| page).unwrap_or_default(),
        Page::ManConfig => config::manual_page(),
        Page::ConfigSchema => config_schema(),
        Page::Config => config::example(),
        Page::ConfigReference => config::reference(),
        Page::CommandReference => command::reference(),
        Page::FieldsReference => {
            let vocabulary = Vocabulary::new(&[])?;
            reference(
                "Fields",
                "Fields for conditions and outputs.",
                &list_fields(&[vocabulary.catalogue()], ListFormat::Markdown),
            )
        }
        Page::EventsReference => {
            reference("Events", "Events and their parameters.", &list_events(ListFormat::Markdown))
        }
        Page::All => return Err(Failure::message("`generate all` needs a folder to write to")),
    })
}

/// A reference page: its head, and a list that the command prints too.
fn reference(title: &str, about: &str, list: &str) -> String {
    format!("# {title}\n\n{about} Made by `windhover generate`.\n\n{}\n", list.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_pages_are_current() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut pages: Vec<_> =
            PLACES.iter().map(|(page, place)| ((*place).to_owned(), text(*page).unwrap())).collect();
        let manual = command::manual_pages().unwrap().into_iter();
        pages.extend(manual.map(|(name, page)| (format!("{MAN_FOLDER}/{name}"), page)));
        for (place, wanted) in pages {
            let committed = fs::read_to_string(repository.join(&place)).unwrap_or_default();
            assert!(committed == wanted, "{place} is not current: run `cargo run -- generate all .`");
        }
    }
}
