//! Doubts as the tables that the kernel looks at.

use windhover_event::EventType;
use windhover_fields::kernel::{self, KernelNumber, KernelSource, KernelTest};
use windhover_plan::verdict::{self as plan, Automaton, Column, Doubt, Row, Text};
use windhover_probe::{JudgedRow, MAX_COLUMNS, MAX_ENDS, MAX_STATES, NumberOp, NumberTest, VerdictRow, Verdicts};

use super::profile::Profiles;
use super::{Fact, KernelDoubt, Making};

/// Rows and automaton of everything that is decided in the kernel.
pub(super) fn tables(makings: &[Making], profiles: &Profiles) -> (Verdicts, Automaton) {
    let mut texts: Vec<Text> = Vec::new();
    for making in makings {
        making.doubt.each_leaf(&mut |leaf| {
            if let Doubt::Text(text) = leaf
                && !texts.contains(text)
            {
                texts.push(text.clone());
            }
        });
    }
    let automaton = Automaton::new(&texts, MAX_STATES, MAX_ENDS);
    let mut verdicts = Verdicts::default();
    let mut columns = Columns { columns: Vec::new(), automaton: &automaton, texts: &texts };
    for making in makings {
        verdicts.rows.push((making.call, columns.rows(making, &making.doubt, making.event, profiles)));
        if making.is_open {
            let Some(begins) = EventType::from_code(making.event.code() - 1) else { continue };
            let doubt = making.doubt.given(&mut |leaf| match leaf {
                Doubt::Number(Fact::Number(KernelNumber { source: KernelSource::Result, .. }), _) => Some(true),
                _ => None,
            });
            verdicts.entries.push((making.call, columns.rows(making, &doubt, begins, profiles)));
        }
    }
    verdicts.columns = columns.columns;
    verdicts.next = automaton.parts().each_ref().map(|part| part.next.clone());
    verdicts.ends = automaton.parts().each_ref().map(|part| part.ends.clone());
    verdicts.directories = automaton.directories().to_vec();
    (verdicts, automaton)
}

struct Columns<'a> {
    columns: Vec<Column>,
    automaton: &'a Automaton,
    texts: &'a [Text],
}

impl Columns<'_> {
    /// The rows of a call: for threads of which nothing is known, and where that makes a difference for each profile.
    fn rows(&mut self, making: &Making, doubt: &KernelDoubt, event: EventType, profiles: &Profiles) -> JudgedRow {
        let mut by_thread = false;
        doubt.each_leaf(&mut |leaf| by_thread |= matches!(leaf, Doubt::Number(Fact::Thread(_), _)));
        let for_profile = |profile: Option<usize>| {
            doubt.given(&mut |leaf| match leaf {
                Doubt::Number(Fact::Thread(number), truth) => {
                    Some(profile.is_none_or(|holding| (holding >> number & 1 == 1) == *truth))
                }
                _ => None,
            })
        };
        let unknown = self.row(making, &for_profile(None), event);
        let count = if by_thread { profiles.count() } else { 0 };
        let by_profile = (0..count).map(|holding| self.row(making, &for_profile(Some(holding)), event)).collect();
        JudgedRow { unknown, by_profile }
    }

    fn row(&mut self, making: &Making, doubt: &KernelDoubt, event: EventType) -> VerdictRow {
        let row = plan::row(doubt);
        let path = kernel::path_argument(making.event).map(|at| (at.path, at.directory));
        let column = if row.by_path == 0 { Some(0) } else { path.and_then(|_| self.column(&row)) };
        let (always, by_path) = match column {
            Some(_) => (row.always, row.by_path),
            // No path to look at, or no room for another column: what hangs on the path passes.
            None => (row.always | row.by_path, 0),
        };
        VerdictRow {
            event,
            numbers: row.numbers.iter().filter_map(number_test).collect(),
            path,
            column: column.unwrap_or(0),
            always,
            by_path,
            directories_pass: making.is_open && event.is_exit(),
            resolved: making.resolved && event.is_exit(),
        }
    }

    fn column(&mut self, row: &Row<Fact>) -> Option<u8> {
        let mut column = plan::column(row, self.automaton, self.texts);
        // Classes that the path does not decide say nothing here.
        column.iter_mut().for_each(|(_, classes)| *classes |= !row.by_path);
        let at = self.columns.iter().position(|known| *known == column);
        let at = at.or_else(|| {
            (self.columns.len() < MAX_COLUMNS).then(|| {
                self.columns.push(column);
                self.columns.len() - 1
            })
        });
        at.and_then(|at| u8::try_from(at).ok())
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
