//! YAML with byte spans, read the way the reference's YAML library reads it.
//!
//! Rules files and configurations are full of YAML that the specification forbids and that library takes: a closing
//! bracket left of its key, tabs after a dash, several values of one key. What it takes decides which files load, so
//! this reader follows its habits instead of the specification's letter:
//!
//! - a mapping may hold a key twice, and the first one counts ([`Mapping::get`]);
//! - `<<` is a key like any other: nothing is merged;
//! - plain `~`, `null`, `Null`, `NULL` and nothing at all are null; everything else is text until it is asked for as
//!   something else ([`Scalar::as_bool`] knows `yes`, `off`, `N` …);
//! - several documents may follow each other.
//!
//! Every node carries the bytes it came from, and a scalar knows for each byte of its decoded text which byte of the
//! file that was ([`Scalar::source`]), through folding, escapes and indentation. Depth, nodes and the growth by aliases
//! are bounded ([`Limits`]); nothing here panics whatever the text.
//!
//! ```
//! use windhover_rules::yaml::{self, Limits};
//!
//! let documents = yaml::parse("- list: shells\n  items: [bash, zsh]\n", Limits::default())?;
//! let item = &documents[0].as_sequence().expect("a sequence")[0];
//! let name = item.get("list").and_then(|node| node.as_scalar()).expect("a scalar");
//! assert_eq!(name.text, "shells");
//! assert_eq!(name.source(0), 8);
//! # Ok::<(), yaml::YamlError>(())
//! ```

mod block;
mod build;
mod cursor;
mod node;
mod scalar;
mod scan;
mod token;

pub use build::parse;
pub use node::{Kind, Mapping, Node, Piece, Scalar, Style};

/// Bounds on what a text may make of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nesting of collections; the reference's library stops at 500.
    pub depth: usize,
    /// Bytes that aliases may add by repeating what they refer to (text, and a fixed cost per node).
    pub alias_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 500, alias_bytes: 16 << 20 }
    }
}

/// Why a text is not YAML, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct YamlError {
    /// What is wrong, and what was expected.
    pub reason: String,
    /// Byte at which reading stopped.
    pub offset: usize,
}

impl YamlError {
    fn new(offset: usize, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), offset }
    }
}
