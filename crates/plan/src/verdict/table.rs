//! A doubt as tables: what happens where events do can look things up, and not walk trees.

use super::{Automaton, Doubt, Ends, Text};

/// Tests of numbers that a row can have.
pub const MAX_NUMBERS: usize = 5;

/// What is tested of the events of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row<N> {
    /// The tests whose outcomes, as bits, are an event's class.
    pub numbers: Vec<N>,
    /// Classes that pass.
    pub always: u32,
    /// Classes whose path decides. All others are settled.
    pub by_path: u32,
    /// What is left to the path, by class.
    by_class: Vec<Doubt<N>>,
}

impl<N> Row<N> {
    /// Whether every event passes.
    pub fn passes_all(&self) -> bool {
        self.always == classes(self.numbers.len())
    }

    /// Whether every event is settled.
    pub fn settles_all(&self) -> bool {
        self.always == 0 && self.by_path == 0
    }
}

/// By what a path is like: the classes that pass. What is not there passes whatever its class.
pub type Column = Vec<(Ends, u32)>;

/// All classes of that many tests.
fn classes(numbers: usize) -> u32 {
    if numbers >= MAX_NUMBERS { u32::MAX } else { (1 << (1 << numbers)) - 1 }
}

/// The row of a doubt. Tests beyond [`MAX_NUMBERS`] are not made: what hangs on them may hold.
pub fn row<N: Clone + PartialEq>(doubt: &Doubt<N>) -> Row<N> {
    let mut numbers: Vec<N> = Vec::new();
    doubt.each_leaf(&mut |leaf| {
        if let Doubt::Number(number, _) = leaf
            && numbers.len() < MAX_NUMBERS
            && !numbers.contains(number)
        {
            numbers.push(number.clone());
        }
    });
    let by_class: Vec<Doubt<N>> = (0..1_usize << numbers.len())
        .map(|class| {
            doubt.given(&mut |leaf| match leaf {
                Doubt::Number(number, truth) => Some(
                    numbers.iter().position(|known| known == number).is_none_or(|at| (class >> at & 1 == 1) == *truth),
                ),
                _ => None,
            })
        })
        .collect();
    let bits = |wanted: &dyn Fn(&Doubt<N>) -> bool| {
        by_class.iter().enumerate().filter(|(_, doubt)| wanted(doubt)).fold(0, |bits, (class, _)| bits | 1_u32 << class)
    };
    let always = bits(&|doubt| *doubt == Doubt::Perhaps(true));
    let by_path = bits(&|doubt| !matches!(doubt, Doubt::Perhaps(_)));
    Row { numbers, always, by_path, by_class }
}

/// What paths mean for a row. `texts` are those that the automaton looks for.
pub fn column<N: Clone + PartialEq>(row: &Row<N>, automaton: &Automaton, texts: &[Text]) -> Column {
    let by_class: Vec<OfPath> = row.by_class.iter().map(|doubt| OfPath::new(doubt, texts)).collect();
    let passing = |ends| {
        let passing = by_class.iter().enumerate().filter(|(_, doubt)| doubt.holds(automaton, ends));
        passing.fold(0, |bits, (class, _)| bits | 1 << class)
    };
    automaton.ends().map(|ends| (ends, passing(ends))).collect()
}

/// A doubt of which only paths are left open, to be asked for each of the thousands of ways in which they end.
enum OfPath {
    Perhaps(bool),
    /// A text of the automaton, by its number, and whether it has to hold or to fail.
    Text(usize, bool),
    All(Vec<OfPath>),
    Any(Vec<OfPath>),
}

impl OfPath {
    fn new<N: PartialEq>(doubt: &Doubt<N>, texts: &[Text]) -> Self {
        let number = |text: &Text, truth| {
            let at = texts.iter().position(|known| known == text);
            at.map_or(Self::Perhaps(true), |at| Self::Text(at, truth))
        };
        let each = |inner: &[Doubt<N>]| inner.iter().map(|doubt| Self::new(doubt, texts)).collect();
        match doubt {
            Doubt::Perhaps(perhaps) => Self::Perhaps(*perhaps),
            Doubt::Number(..) => Self::Perhaps(true),
            // What is not looked for may hold.
            Doubt::Text(text) => number(text, true),
            Doubt::NoText(text) => number(text, false),
            Doubt::All(inner) => Self::All(each(inner)),
            Doubt::Any(inner) => Self::Any(each(inner)),
        }
    }

    fn holds(&self, automaton: &Automaton, ends: Ends) -> bool {
        match self {
            Self::Perhaps(perhaps) => *perhaps,
            Self::Text(number, truth) => automaton.holds(ends, *number).is_none_or(|holds| holds == *truth),
            Self::All(inner) => inner.iter().all(|doubt| doubt.holds(automaton, ends)),
            Self::Any(inner) => inner.iter().any(|doubt| doubt.holds(automaton, ends)),
        }
    }
}

#[cfg(test)]
mod tests {
    use windhover_filter::Pattern;

    use super::*;

    fn begins(text: &str) -> Doubt<u8> {
        Doubt::Text(Text { patterns: vec![Pattern::Begins(text.as_bytes().into())], raw: false })
    }

    #[test]
    fn classes_are_settled_pass_or_ask_for_the_path() {
        let reading = Doubt::all([Doubt::Number(0, true), begins("/etc/")]);
        let failing = Doubt::all([Doubt::Number(1, true), Doubt::Perhaps(true)]);
        let doubt = Doubt::any([reading, failing]);
        let row = row(&doubt);
        assert_eq!((row.numbers.as_slice(), row.always, row.by_path), (&[0, 1][..], 0b1100, 0b0010));
        let mut texts = Vec::new();
        doubt.each_leaf(&mut |leaf| {
            if let Doubt::Text(text) = leaf {
                texts.push(text.clone());
            }
        });
        let automaton = Automaton::new(&texts, 100, [9, 9]);
        let column = column(&row, &automaton, &texts);
        let outcome = |path: &str| {
            let ends = automaton.read(None, path.as_bytes());
            column.iter().find(|(of, _)| *of == ends).map_or(u32::MAX, |(_, classes)| *classes)
        };
        assert_eq!(outcome("/etc/x"), 0b1110);
        assert_eq!(outcome("/usr/x"), 0b1100);
        assert_eq!(outcome("/usr/../etc/x"), u32::MAX);
    }

    #[test]
    fn what_has_to_fail_is_settled_where_it_holds() {
        let Doubt::Text(etc) = begins("/etc/") else { return };
        let doubt = Doubt::all([begins("/e"), Doubt::NoText(etc.clone())]);
        let row = row(&doubt);
        let texts = [Text { patterns: vec![Pattern::Begins(b"/e"[..].into())], raw: false }, etc];
        let automaton = Automaton::new(&texts, 100, [9, 9]);
        let column = column(&row, &automaton, &texts);
        let passes = |path: &str| {
            let ends = automaton.read(None, path.as_bytes());
            column.iter().find(|(of, _)| *of == ends).is_none_or(|(_, classes)| *classes & 1 == 1)
        };
        assert_eq!(["/etc/x", "/ex", "/x", "/x/../etc/x"].map(passes), [false, true, false, true]);
    }

    #[test]
    fn tests_beyond_the_limit_may_hold() {
        let many = Doubt::any((0..7).map(|number| Doubt::all([Doubt::Number(number, true), begins("/x")])));
        let row = row(&many);
        assert_eq!((row.numbers.len(), row.by_path), (MAX_NUMBERS, u32::MAX));
        assert!(!row.settles_all() && !row.passes_all());
    }
}
