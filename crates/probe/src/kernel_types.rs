//! The kernel's types, as far as the programs need them.
//!
//! A kernel describes some hundred thousand types, in the format of `Documentation/bpf/btf.rst` of the Linux sources. To move the
//! programs' accesses to where this kernel has the fields, the loader compares each type that they name with all of these.
//! Among the few that have such a name, and what those hold by value, it finds the same at once. And a program is attached by the
//! number of its tracepoint's type: of all others, nothing but that they are there has to be known.

use std::collections::HashSet;

const MAGIC: u16 = 0xeb9f;
const HEADER_LEN: usize = 24;
/// Bytes of a type before what its kind adds: name, kind and length, size or another type.
const TYPE_LEN: usize = 12;

/// Kinds of types, and what one adds.
mod kind {
    pub(super) const PTR: u32 = 2;
    pub(super) const ARRAY: u32 = 3;
    pub(super) const STRUCT: u32 = 4;
    pub(super) const UNION: u32 = 5;
    pub(super) const ENUM: u32 = 6;
    pub(super) const TYPEDEF: u32 = 8;
    pub(super) const VOLATILE: u32 = 9;
    pub(super) const CONST: u32 = 10;
    pub(super) const RESTRICT: u32 = 11;
    pub(super) const TYPE_TAG: u32 = 18;
    pub(super) const ENUM64: u32 = 19;

    /// Bytes that a type of a kind has behind its first twelve; `None` for kinds that are not known.
    pub(super) fn added(kind: u32, count: usize) -> Option<usize> {
        Some(match kind {
            1 | 14 | 17 => 4,
            2 | 7..=12 | 16 | TYPE_TAG => 0,
            ARRAY => 12,
            STRUCT | UNION | 15 | ENUM64 => 12 * count,
            ENUM | 13 => 8 * count,
            _ => return None,
        })
    }
}

/// A description of types: its parts, and where each type begins.
pub(crate) struct Types<'a> {
    header: &'a [u8],
    types: &'a [u8],
    strings: &'a [u8],
    /// By number; number 0 is `void`, which is not described.
    starts: Vec<usize>,
}

impl<'a> Types<'a> {
    /// `None` where the bytes are no description of types, or one with kinds that are not known.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER_LEN || u16::from_ne_bytes(*bytes.first_chunk()?) != MAGIC {
            return None;
        }
        let header_len = number(bytes, 4)? as usize;
        let part = |at: usize| {
            let start = header_len.checked_add(number(bytes, at)? as usize)?;
            bytes.get(start..start.checked_add(number(bytes, at + 4)? as usize)?)
        };
        let (types, strings) = (part(8)?, part(16)?);
        let mut starts = vec![0];
        let mut at = 0;
        while at < types.len() {
            starts.push(at);
            let info = number(types, at + 4)?;
            at += TYPE_LEN + kind::added(kind_of(info), count_of(info))?;
        }
        (at == types.len()).then(|| Self { header: &bytes[..HEADER_LEN], types, strings, starts })
    }

    /// Type `id`, if there is one: all of its bytes.
    fn get(&self, id: u32) -> Option<&'a [u8]> {
        let id = id as usize;
        let start = *self.starts.get(id).filter(|_| id > 0)?;
        self.types.get(start..self.starts.get(id + 1).copied().unwrap_or(self.types.len()))
    }

    fn ids(&self) -> std::ops::Range<u32> {
        1..self.starts.len() as u32
    }

    /// A type's name; empty where it has none.
    fn name(&self, of: &[u8]) -> &'a [u8] {
        let at = number(of, 0).unwrap_or(0) as usize;
        let rest = self.strings.get(at..).unwrap_or_default();
        rest.split(|byte| *byte == 0).next().unwrap_or_default()
    }
}

/// Names of the types that programs were compiled with, as the kernel has them: without `___` and what follows, by which versions
/// of one type are told apart.
pub(crate) fn names(program_types: &[u8]) -> Option<HashSet<&[u8]>> {
    let types = Types::read(program_types)?;
    let named = types.ids().filter_map(|id| types.get(id)).map(|of| flavourless(types.name(of)));
    Some(named.filter(|name| !name.is_empty()).collect())
}

fn flavourless(name: &[u8]) -> &[u8] {
    let end = name.windows(3).position(|three| three == b"___").unwrap_or(name.len());
    &name[..end]
}

impl Types<'_> {
    /// A description of those of the types that have one of these names, and of all that they hold by value. What pointers lead
    /// to is left out.
    pub(crate) fn reduced(&self, names: &HashSet<&[u8]>) -> Vec<u8> {
        let mut wanted = vec![false; self.starts.len()];
        let mut waiting: Vec<u32> = self.ids().filter(|id| self.is_named(*id, names)).collect();
        while let Some(id) = waiting.pop() {
            if let (Some(of), Some(wanted)) = (self.get(id), wanted.get_mut(id as usize))
                && !std::mem::replace(wanted, true)
            {
                held(of, &mut |_, id| waiting.push(id));
            }
        }
        let mut numbers = vec![0u32; self.starts.len()];
        for (number, id) in (1..).zip(self.ids().filter(|id| wanted[*id as usize])) {
            numbers[id as usize] = number;
        }
        let mut out = Vec::new();
        for of in self.ids().filter(|id| wanted[*id as usize]).filter_map(|id| self.get(id)) {
            let start = out.len();
            out.extend_from_slice(of);
            let mut renumber = |at: usize, id: u32| {
                let number = numbers.get(id as usize).copied().unwrap_or(0);
                out[start + at..start + at + 4].copy_from_slice(&number.to_ne_bytes());
            };
            if number(of, 4).map(kind_of) == Some(kind::PTR) {
                renumber(8, number(of, 8).unwrap_or(0));
            }
            held(of, &mut renumber);
        }
        self.with_types(&out)
    }

    /// A description in which every type has its number, and those of tracepoints have their names, by which programs are attached.
    pub(crate) fn tracepoints(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.starts.len() * TYPE_LEN);
        for of in self.ids().filter_map(|id| self.get(id)) {
            let is_tracepoint =
                number(of, 4).map(kind_of) == Some(kind::TYPEDEF) && self.name(of).starts_with(b"btf_trace_");
            let (name, kind) = if is_tracepoint { (number(of, 0), kind::TYPEDEF) } else { (None, kind::PTR) };
            out.extend([name.unwrap_or(0), kind << 24, 0].iter().flat_map(|number| number.to_ne_bytes()));
        }
        self.with_types(&out)
    }

    /// The description with these types instead of its own.
    fn with_types(&self, types: &[u8]) -> Vec<u8> {
        let mut bytes = self.header.to_vec();
        for (at, value) in [(4, HEADER_LEN), (8, 0), (12, types.len()), (16, types.len()), (20, self.strings.len())] {
            bytes[at..at + 4].copy_from_slice(&(value as u32).to_ne_bytes());
        }
        bytes.extend_from_slice(types);
        bytes.extend_from_slice(self.strings);
        bytes
    }

    /// Whether a type is of a kind that programs can name, and has one of the names.
    fn is_named(&self, id: u32, names: &HashSet<&[u8]>) -> bool {
        let Some(of) = self.get(id) else { return false };
        match number(of, 4).map(kind_of) {
            Some(1 | kind::STRUCT | kind::UNION | kind::ENUM | kind::TYPEDEF | kind::ENUM64) => {
                names.contains(flavourless(self.name(of)))
            }
            _ => false,
        }
    }
}

/// Calls `each` with the types that a type holds by value or is another name of, and where their numbers stand in it.
fn held(of: &[u8], each: &mut dyn FnMut(usize, u32)) {
    let info = number(of, 4).unwrap_or(0);
    let places: &mut dyn Iterator<Item = usize> = match kind_of(info) {
        kind::TYPEDEF | kind::VOLATILE | kind::CONST | kind::RESTRICT | kind::TYPE_TAG => &mut std::iter::once(8),
        kind::ARRAY => &mut [TYPE_LEN, TYPE_LEN + 4].into_iter(),
        kind::STRUCT | kind::UNION => &mut (0..count_of(info)).map(|member| TYPE_LEN + 12 * member + 4),
        _ => return,
    };
    for at in places {
        if let Some(id) = number(of, at) {
            each(at, id);
        }
    }
}

fn kind_of(info: u32) -> u32 {
    info >> 24 & 0x1f
}

fn count_of(info: u32) -> usize {
    (info & 0xffff) as usize
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A description of types, each by its name, kind, count, size or type, and what is added.
    fn description(of: &[(&str, u32, usize, u32, &[u32])]) -> Vec<u8> {
        let (mut types, mut strings) = (Vec::new(), vec![0]);
        for (name, kind, count, size, added) in of {
            let at = if name.is_empty() { 0 } else { strings.len() };
            if at > 0 {
                strings.extend(name.bytes().chain([0]));
            }
            let first = [at as u32, kind << 24 | *count as u32, *size];
            types.extend(first.iter().chain(*added).flat_map(|number| number.to_ne_bytes()));
        }
        let mut bytes = Vec::from(MAGIC.to_ne_bytes());
        bytes.extend([1, 0]);
        let lengths = [HEADER_LEN, 0, types.len(), types.len(), strings.len()];
        bytes.extend(lengths.iter().flat_map(|number| (*number as u32).to_ne_bytes()));
        bytes.extend(types);
        bytes.extend(strings);
        bytes
    }

    /// Names and the numbers of the types that are held, of all types.
    fn told(bytes: &[u8]) -> Vec<(String, Vec<u32>)> {
        let types = Types::read(bytes).unwrap();
        let tell = |id| {
            let of = types.get(id).unwrap();
            let mut ids = Vec::new();
            held(of, &mut |_, id| ids.push(id));
            (String::from_utf8_lossy(types.name(of)).into_owned(), ids)
        };
        types.ids().map(tell).collect()
    }

    #[test]
    fn what_is_named_stays_with_what_it_holds() {
        let kernel = description(&[
            ("int", 1, 0, 4, &[0x20]),
            ("other", kind::STRUCT, 1, 4, &[0, 1, 0]),
            ("", kind::PTR, 0, 2, &[]),
            ("u32", kind::TYPEDEF, 0, 1, &[]),
            ("task", kind::STRUCT, 2, 16, &[0, 3, 0, 0, 6, 64]),
            ("", kind::UNION, 1, 4, &[0, 4, 0]),
            ("unused", kind::ENUM, 1, 4, &[0, 7]),
            ("state", kind::ENUM, 1, 4, &[0, 7]),
        ]);
        let programs = description(&[
            ("task___since_5_14", kind::STRUCT, 0, 0, &[]),
            ("state", kind::ENUM, 0, 4, &[]),
            ("", kind::PTR, 0, 1, &[]),
        ]);
        let small = Types::read(&kernel).unwrap().reduced(&names(&programs).unwrap());
        let want: [(&str, &[u32]); 6] =
            [("int", &[]), ("", &[]), ("u32", &[1]), ("task", &[2, 5]), ("", &[3]), ("state", &[])];
        assert_eq!(told(&small), want.map(|(name, ids)| (name.to_owned(), ids.to_vec())));
        let pointer = Types::read(&small).and_then(|types| types.get(2).and_then(|of| number(of, 8)));
        assert_eq!(pointer, Some(0), "what a pointer leads to is left out");
    }

    #[test]
    fn what_is_no_description_is_refused() {
        let whole = description(&[("int", 1, 0, 4, &[0x20]), ("a", kind::STRUCT, 1, 4, &[0, 1, 0])]);
        assert!(Types::read(&whole).is_some());
        for length in 0..whole.len() {
            assert!(Types::read(&whole[..length]).is_none(), "{length} bytes");
        }
        assert!(Types::read(&description(&[("x", 25, 0, 4, &[])])).is_none(), "a kind that is not known");
        // A member of a type that there is not.
        let odd = description(&[("a", kind::STRUCT, 1, 4, &[0, 99, 0])]);
        let small = Types::read(&odd).unwrap().reduced(&HashSet::from([&b"a"[..]]));
        assert_eq!(told(&small), [("a".to_owned(), vec![0])]);
    }

    #[test]
    fn tracepoints_keep_their_numbers() {
        let kernel = description(&[
            ("int", 1, 0, 4, &[0x20]),
            ("a", kind::STRUCT, 1, 4, &[0, 1, 0]),
            ("btf_trace_sys_exit", kind::TYPEDEF, 0, 1, &[]),
            ("other", kind::TYPEDEF, 0, 1, &[]),
            ("btf_trace_sched_switch", kind::TYPEDEF, 0, 1, &[]),
        ]);
        let names = told(&Types::read(&kernel).unwrap().tracepoints()).into_iter().map(|(name, _)| name);
        assert!(names.eq(["", "", "btf_trace_sys_exit", "", "btf_trace_sched_switch"]));
    }
}
