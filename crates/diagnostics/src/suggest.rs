//! The name that was likely meant.

/// Edits that a slip of the fingers takes at most.
const MAX_DISTANCE: usize = 2;
/// Longer words are not compared, so that a hostile file cannot make this slow.
const MAX_LENGTH: usize = 128;

/// The name nearest to `word` within two edits (a letter more, less, another, or two swapped), and closer than to anything
/// unrelated: words of up to three letters must be one edit away. The first of equally near names wins.
///
/// ```
/// use windhover_diagnostics::nearest;
/// assert_eq!(nearest("proc.nmae", ["proc.name", "proc.exe"]), Some("proc.name"));
/// assert_eq!(nearest("xyz", ["abc"]), None);
/// ```
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_LENGTH {
        return None;
    }
    let limit = if word.chars().count() <= 3 { 1 } else { MAX_DISTANCE };
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        if name == word || name.len().abs_diff(word.len()) > 4 * limit || name.len() > MAX_LENGTH {
            continue;
        }
        let distance = distance(word, name);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Edits between two words, a swap of neighbours counting as one; upper and lower case are the same letter.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().map(|c| c.to_ascii_lowercase()).collect();
    let right: Vec<char> = right.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = Vec::with_capacity(right.len() + 1);
        row.push(i + 1);
        for (j, b) in right.iter().enumerate() {
            let mut cost = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_offered() {
        let table = [
            ("critcal", Some("critical")),
            ("WARNING", Some("warning")),
            ("in", None),
            ("wraning", Some("warning")),
            ("whatever", None),
        ];
        for (word, want) in table {
            assert_eq!(nearest(word, ["critical", "warning", "error"]), want, "{word}");
        }
        assert_eq!(nearest("spawned_proces", ["spawn_process", "spawned_process"]), Some("spawned_process"));
        assert_eq!(nearest(&"x".repeat(1000), ["x"]), None);
    }
}
