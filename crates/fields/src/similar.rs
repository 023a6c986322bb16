//! The nearest of many names, for "did you mean".

/// The candidate that differs from `name` in at most two places (a letter more, less, other, or two exchanged), and in
/// the fewest; the first of equally near ones.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = if name.len() < 6 { 1 } else { 2 };
    let letters = letters_of(name);
    candidates
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit)
        // A difference takes one letter away and brings another at most: a quick way to pass over most names.
        .filter(|candidate| (letters_of(candidate) ^ letters).count_ones() as usize <= 2 * limit)
        .map(|candidate| (distance(name.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Which letters a name has: a bit for each, some sharing one.
fn letters_of(name: &str) -> u64 {
    name.bytes().fold(0, |letters, byte| letters | 1 << (byte % 64))
}

fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_far_ones_are_not() {
        let names = ["proc.name", "proc.pname", "fd.name", "fd.sip"];
        for (typed, want) in [
            ("proc.nmae", Some("proc.name")),
            ("proc.nam", Some("proc.name")),
            ("procname", Some("proc.name")),
            ("fd.sipp", Some("fd.sip")),
            ("fd.x", None),
            ("container.id", None),
        ] {
            assert_eq!(nearest(typed, names.into_iter()), want, "{typed}");
        }
    }
}
