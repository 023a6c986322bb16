//! The keys of the configuration: one table that reading, its warnings, the JSON schema and the reference pages go by.

mod container;
mod removed;
mod row;

pub use container::CONTAINER;
pub use removed::{REMOVED, REMOVED_WORDS};
pub use row::GROUPS;

/// What a key takes, and what stands where it is absent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A mapping, whose keys have rows of their own.
    Mapping,
    /// A sequence of mappings, whose keys have rows of their own behind `[]`; one mapping stands for a sequence of one.
    Mappings,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer {
        /// Where the key is absent.
        default: i64,
        /// The range that it must be in.
        least: i64,
        /// Its end.
        most: i64,
        /// What becomes of a number outside.
        outside: Outside,
    },
    /// A number.
    Float {
        /// Where the key is absent.
        default: f64,
        /// The range that it must be in.
        least: f64,
        /// Its end.
        most: f64,
    },
    /// A text.
    Text(&'static str),
    /// One of a few words, the first if none is given; another one is an error.
    Word(&'static [&'static str]),
    /// A sequence of texts; one text stands for a sequence of one.
    Texts,
    /// A mapping of names of the user's choice to texts.
    Pairs,
    /// Something whose shape only words describe.
    Free(&'static str),
}

/// What becomes of a number outside of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// It counts as no number, as in the reference: the default is used.
    Default,
    /// It is an error.
    Refused,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// Its place: `engine.kind`, `rules[].enable.tag`.
    pub path: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is for: whole sentences.
    pub about: &'static str,
    /// Why it changes nothing here, if it changes nothing.
    pub idle: Option<&'static str>,
}

/// Keys that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Their heading.
    pub title: &'static str,
    /// The keys, each after the one that it is inside of.
    pub keys: &'static [Key],
}

/// All keys.
#[cfg(test)]
pub fn keys() -> impl Iterator<Item = &'static Key> {
    keys_of(GROUPS)
}

/// The key of a path in which indexes are left out.
pub fn find(path: &str) -> Option<&'static Key> {
    find_in(GROUPS, path)
}

/// The keys directly inside of a path; those of the root for an empty one.
pub fn inside(path: &str) -> impl Iterator<Item = &'static Key> {
    inside_of(GROUPS, path)
}

/// All keys of a table.
pub fn keys_of(table: &'static [Group]) -> impl Iterator<Item = &'static Key> {
    table.iter().flat_map(|group| group.keys)
}

/// As [`find`], in another table.
pub fn find_in(table: &'static [Group], path: &str) -> Option<&'static Key> {
    keys_of(table).find(|key| key.path == path)
}

/// As [`inside`], in another table.
pub fn inside_of(table: &'static [Group], path: &str) -> impl Iterator<Item = &'static Key> {
    keys_of(table).filter(move |key| key.parent() == path)
}

impl Key {
    /// The path that it is inside of, as [`inside`] takes it.
    pub fn parent(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(parent, _)| parent)
    }

    /// The last part of the path.
    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }

    /// What it is inside of for its own keys: sequences are marked.
    pub fn inner_path(&self) -> String {
        if self.kind == Kind::Mappings { format!("{}[]", self.path) } else { self.path.to_owned() }
    }
}

impl Kind {
    /// What may be written there, in words.
    pub fn words(&self) -> String {
        match *self {
            Self::Mapping => "a mapping".to_owned(),
            Self::Mappings => "a sequence of mappings".to_owned(),
            Self::Bool(_) => "true or false".to_owned(),
            Self::Integer { least, most, .. } if most >= i64::from(u32::MAX) => {
                format!("a whole number, {least} or more")
            }
            Self::Integer { least, most, .. } => format!("a whole number from {least} to {most}"),
            Self::Float { least, most, .. } if most == f64::MAX => format!("a number, {least} or more"),
            Self::Float { least, most, .. } => format!("a number from {least} to {most}"),
            Self::Text(_) => "a text".to_owned(),
            Self::Word(words) => words.join(", "),
            Self::Texts => "a sequence of texts".to_owned(),
            Self::Pairs => "a mapping of names to texts".to_owned(),
            Self::Free(words) => words.to_owned(),
        }
    }

    /// What stands where the key is absent, spelled as in YAML; nothing for what only holds other keys.
    pub fn default_text(&self) -> Option<String> {
        Some(match *self {
            Self::Mapping | Self::Free(_) => return None,
            Self::Mappings | Self::Texts => "[]".to_owned(),
            Self::Pairs => "{}".to_owned(),
            Self::Bool(default) => default.to_string(),
            Self::Integer { default, .. } => default.to_string(),
            Self::Float { default, .. } => default.to_string(),
            Self::Text("") => "\"\"".to_owned(),
            Self::Text(default) => default.to_owned(),
            Self::Word(words) => words.first().map_or_else(String::new, |word| (*word).to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_once_behind_the_one_that_it_is_inside_of() {
        let mut seen: Vec<String> = vec![String::new()];
        for key in keys() {
            assert!(seen.iter().any(|path| path == key.parent()), "{} before what it is inside of", key.path);
            assert!(!seen.iter().any(|path| *path == key.inner_path()), "{} twice", key.path);
            assert!(key.about.ends_with('.') && key.idle.is_none_or(|why| !why.ends_with('.')), "{}", key.path);
            seen.push(key.inner_path());
        }
        for removed in REMOVED {
            assert!(find(removed.path).is_none(), "{} is there and removed", removed.path);
            let parent = removed.path.rsplit_once('.').map_or("", |(parent, _)| parent);
            assert!(seen.iter().any(|path| path == parent), "{}: no such mapping", removed.path);
        }
    }

    #[test]
    fn defaults_are_in_their_ranges() {
        for key in keys() {
            match key.kind {
                Kind::Integer { default, least, most, .. } => {
                    assert!((least..=most).contains(&default), "{}", key.path)
                }
                Kind::Float { default, least, most } => assert!((least..=most).contains(&default), "{}", key.path),
                Kind::Word(words) => assert!(words.len() > 1, "{}", key.path),
                _ => {}
            }
        }
    }
}
