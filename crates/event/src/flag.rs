//! Names of flag and enumeration values, in one table per kind of parameter.
//!
//! The values are independent of the architecture and are not the kernel's: `file_flags::O_RDONLY` is 1, for instance,
//! so that its absence can be told.

mod row;

pub use row::*;

/// Names of the values of a kind of parameter.
#[derive(Debug)]
pub struct FlagTable {
    /// The table's name.
    pub name: &'static str,
    /// Whether its values are bits.
    pub kind: FlagKind,
    /// The names, in the order in which they are printed.
    pub flags: &'static [Flag],
}

/// What the values of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKind {
    /// Bits to be combined.
    Mask,
    /// One value of many.
    Enum,
    /// Permission bits and a file type.
    Mode,
}

/// A named value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: u32,
}

impl FlagTable {
    /// The table named `name`.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        FLAG_TABLES.iter().copied().find(|table| table.name == name)
    }

    /// The value of the flag named `name`.
    pub fn value(&self, name: &str) -> Option<u32> {
        self.flags.iter().find(|flag| flag.name == name).map(|flag| flag.value)
    }

    /// The names of `value` where the values are bits: each flag whose bits are all there takes them away, and one that
    /// equals the whole value ends the walk. A flag of value 0 is named only where the whole value is 0.
    pub fn mask_names(&self, value: u32) -> impl Iterator<Item = &'static str> {
        let (mut rest, mut done) = (value, false);
        self.flags.iter().filter_map(move |flag| {
            let holds = !done && if flag.value == 0 { value == 0 } else { rest & flag.value == flag.value };
            if !holds {
                return None;
            }
            rest &= !flag.value;
            done = flag.value == value;
            Some(flag.name)
        })
    }

    /// The names of `value` where the values are an enumeration: all that are equal to it.
    pub fn enum_names(&self, value: u32) -> impl Iterator<Item = &'static str> {
        self.flags.iter().filter(move |flag| flag.value == value).map(|flag| flag.name)
    }

    /// The names of `value` where the values are permission bits and file types: as [`Self::mask_names`], but a name of
    /// the whole value is always the last.
    pub fn mode_names(&self, value: u32) -> impl Iterator<Item = &'static str> {
        let (mut rest, mut done) = (value, false);
        self.flags.iter().filter_map(move |flag| {
            let is_whole = flag.value == value;
            if done || !(is_whole || flag.value != 0 && rest & flag.value == flag.value) {
                return None;
            }
            rest &= !flag.value;
            done = is_whole;
            Some(flag.name)
        })
    }
}
