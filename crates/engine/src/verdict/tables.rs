//! Doubts as the tables that the kernel looks at.

use std::sync::Arc;

use windhover_event::{EventType, Syscall};
use windhover_fields::kernel::{self, KernelNumber, KernelSource, KernelTest};
use windhover_plan::verdict::{self as plan, Automaton, Doubt, Row, Text};
use windhover_probe::{
    COLUMN_WIDTH, JudgedRow, MAX_COLUMNS, MAX_ENDS, MAX_STATES, NumberOp, NumberTest, Outcomes, Place, VerdictRow,
    Verdicts,
};

use super::profile::Truths;
use super::{Fact, KernelDoubt, Making};

/// What rows are made of.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) automaton: Arc<Automaton>,
    texts: Vec<Text>,
    /// Rows that hang on the thread.
    pub(super) places: Vec<PlaceOfRow>,
    /// Columns of the rows for all threads.
    pub(super) columns: Columns,
}

/// Where a row stands, and what it says.
#[derive(Clone, Debug)]
pub(super) struct PlaceOfRow {
    pub(super) call: Syscall,
    /// It is about the call's beginning.
    pub(super) is_entry: bool,
    event: EventType,
    /// The arguments that are the path, and the directory that it is relative to.
    path: Option<(u8, Option<u8>)>,
    doubt: KernelDoubt,
    /// The conditions over the thread that it hangs on.
    pub(super) conditions: Truths,
    directories_pass: bool,
    resolved: bool,
    is_connect: bool,
}

impl PlaceOfRow {
    fn new(making: &Making, doubt: KernelDoubt, event: EventType) -> Self {
        let mut conditions = 0;
        doubt.each_leaf(&mut |leaf| {
            if let Doubt::Number(Fact::Condition(at), _) = leaf {
                conditions |= 1 << at;
            }
        });
        Self {
            call: making.call,
            is_entry: event != making.event,
            event,
            path: kernel::path_argument(making.event).map(|at| (at.path, at.directory)),
            doubt,
            conditions,
            directories_pass: making.is_open && event.is_exit(),
            resolved: making.resolved && event.is_exit(),
            is_connect: making.is_connect(),
        }
    }
}

/// Rows and automaton of everything that is decided in the kernel, and what more rows may be made of.
pub(super) fn tables(makings: &[Making]) -> (Verdicts, Layout) {
    let mut texts: Vec<Text> = Vec::new();
    for making in makings {
        making.doubt.each_leaf(&mut |leaf| {
            if let Doubt::Text(text) | Doubt::NoText(text) = leaf
                && !texts.contains(text)
            {
                texts.push(text.clone());
            }
        });
    }
    let automaton = Arc::new(Automaton::new(&texts, MAX_STATES, MAX_ENDS));
    let mut layout = Layout { automaton, texts, places: Vec::new(), columns: Columns::default() };
    let (mut verdicts, mut columns) = (Verdicts::default(), Columns::default());
    for making in makings {
        for place in places(making) {
            let row = columns.row(&layout, &place, None);
            let row = JudgedRow { row, by_profile: place.conditions != 0 };
            let rows = if place.is_entry { &mut verdicts.entries } else { &mut verdicts.rows };
            rows.push((place.call, row));
            if place.conditions != 0 {
                layout.places.push(place);
            }
        }
    }
    verdicts.columns = columns.all().to_vec();
    layout.columns = columns;
    verdicts.next = layout.automaton.parts().each_ref().map(|part| part.next.clone());
    verdicts.ends = layout.automaton.parts().each_ref().map(|part| part.ends.clone());
    verdicts.directories = layout.automaton.directories().to_vec();
    (verdicts, layout)
}

/// The rows of a call: of its end, and of the beginning of an open, where the result is not known.
fn places(making: &Making) -> impl Iterator<Item = PlaceOfRow> {
    let end = PlaceOfRow::new(making, making.doubt.clone(), making.event);
    let begins = EventType::from_code(making.event.code() - 1).filter(|_| making.is_open);
    let entry = begins.map(|begins| {
        let doubt = making.doubt.given(&mut |leaf| match leaf {
            Doubt::Number(Fact::Number(KernelNumber { source: KernelSource::Result, .. }), _) => Some(true),
            _ => None,
        });
        PlaceOfRow::new(making, doubt, begins)
    });
    std::iter::once(end).chain(entry)
}

/// The outcomes of paths, by what rows make of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    outcomes: Vec<Outcomes>,
    /// Classes of each column that are given out.
    used: Vec<u8>,
    /// What they were made from, and where they are.
    made: Vec<(Row<Fact>, Option<Place>)>,
}

impl Columns {
    pub(super) fn all(&self) -> &[Outcomes] {
        &self.outcomes
    }

    /// Columns that are in use.
    pub(super) fn count(&self) -> usize {
        self.used.len()
    }

    /// Room for so many classes.
    fn place(&mut self, classes: u8) -> Option<Place> {
        let at = self.used.iter().position(|used| used + classes <= COLUMN_WIDTH);
        let at = at.or_else(|| {
            (self.used.len() < MAX_COLUMNS).then(|| {
                self.used.push(0);
                self.used.len() - 1
            })
        })?;
        let shift = self.used[at];
        self.used[at] += classes;
        Some(Place { column: at as u8, shift })
    }

    /// The row of a place, for threads of which these conditions hold, or for all.
    pub(super) fn row(&mut self, layout: &Layout, place: &PlaceOfRow, truths: Option<Truths>) -> VerdictRow {
        let doubt = place.doubt.given(&mut |leaf| match leaf {
            Doubt::Number(Fact::Condition(at), truth) => {
                Some(truths.is_none_or(|truths| (truths >> at & 1 == 1) == *truth))
            }
            _ => None,
        });
        let row = plan::row(&doubt);
        let outcomes = match row.by_path {
            0 => Some(Place::default()),
            _ if place.path.is_some() || place.is_connect => self.column(layout, &row),
            _ => None,
        };
        let (always, by_path) = match outcomes {
            Some(_) => (row.always, row.by_path),
            // No text to look at, or no room for another column: what hangs on the path passes.
            None => (row.always | row.by_path, 0),
        };
        VerdictRow {
            event: place.event,
            numbers: row.numbers.iter().filter_map(number_test).collect(),
            path: place.path,
            outcomes: outcomes.unwrap_or_default(),
            always,
            by_path,
            directories_pass: place.directories_pass,
            resolved: place.resolved,
            connection: place.is_connect,
        }
    }

    fn column(&mut self, layout: &Layout, row: &Row<Fact>) -> Option<Place> {
        if let Some((_, made)) = self.made.iter().find(|(from, _)| from == row) {
            return *made;
        }
        let mut passing = plan::column(row, &layout.automaton, &layout.texts);
        // Classes that the path does not decide say nothing here.
        passing.iter_mut().for_each(|(_, classes)| *classes |= !row.by_path);
        let classes = 1 << row.numbers.len();
        let known = self.outcomes.iter().find(|known| known.classes == classes && known.passing == passing);
        let place = known.map(|known| known.place).or_else(|| {
            let place = self.place(classes)?;
            self.outcomes.push(Outcomes { place, classes, passing });
            Some(place)
        });
        self.made.push((row.clone(), place));
        place
    }
}

/// The test of a number; a row has no other facts left.
fn number_test(fact: &Fact) -> Option<NumberTest> {
    let Fact::Number(number) = *fact else { return None };
    let source = match number.source {
        KernelSource::Argument(argument) => argument,
        KernelSource::Result => NumberTest::RESULT,
        KernelSource::Repeats => NumberTest::REPEATS,
    };
    let op = match number.test {
        KernelTest::Below(limit) => NumberOp::Below(limit),
        KernelTest::Equal(value) => NumberOp::Equal(value),
        KernelTest::AnyBits(bits) => NumberOp::AnyBits(bits),
        KernelTest::Table { mask, bits } => NumberOp::Table(mask, bits),
    };
    Some(NumberTest { source, op })
}
