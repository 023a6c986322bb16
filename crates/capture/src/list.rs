//! The lists before the first event: one module per kind of block, each reading all versions and writing the newest.

pub(crate) mod descriptor;
pub(crate) mod interface;
pub(crate) mod machine;
pub(crate) mod process;
pub(crate) mod user;

use crate::cursor::Cursor;

/// What is left of a list that is too short for any entry is padding.
pub(crate) fn has_entry(cursor: &Cursor<'_>) -> bool {
    cursor.remaining() >= 4
}
