//! The profiles that were given out, and the rows that go for each.

use std::collections::HashMap;
use std::sync::Arc;

use windhover_event::EventType;
use windhover_probe::{MAX_CLASSES, MAX_PROFILES, NewProfile, VARIANTS, VerdictRow};

use super::profile::Truths;
use super::tables::{Columns, Layout};

/// Given out where there are no numbers left: such threads go by the rows for those of which nothing is known.
const LAST: u16 = MAX_PROFILES as u16;

/// What has been given out for one set of verdicts.
#[derive(Debug)]
pub(super) struct Book {
    layout: Arc<Layout>,
    columns: Columns,
    profiles: HashMap<Truths, u16>,
    classes: HashMap<Vec<bool>, u16>,
    /// By place, and which of its conditions hold: the row.
    met: HashMap<(usize, Truths), Option<u16>>,
    rows: HashMap<VerdictRow, u16>,
    /// Of each profile: by place, the row, where it is another.
    of_profile: Vec<Vec<Option<u16>>>,
    in_order: Vec<VerdictRow>,
    closed: bool,
}

impl Book {
    pub(super) fn new(layout: &Arc<Layout>) -> Self {
        Self {
            columns: layout.columns.clone(),
            layout: Arc::clone(layout),
            profiles: HashMap::new(),
            classes: HashMap::new(),
            met: HashMap::new(),
            rows: HashMap::new(),
            of_profile: Vec::new(),
            in_order: Vec::new(),
            closed: false,
        }
    }

    /// The class of control groups of which this is so; 0 where there are too many.
    pub(super) fn class(&mut self, about_groups: Vec<bool>) -> u16 {
        let next = self.classes.len() + 1;
        if next > MAX_CLASSES {
            return self.classes.get(&about_groups).copied().unwrap_or(0);
        }
        *self.classes.entry(about_groups).or_insert(next as u16)
    }

    /// The profile of threads for which these conditions hold, and what there is to write if it is a new one.
    pub(super) fn profile(&mut self, truths: Truths) -> (u16, Option<NewProfile>) {
        if let Some(&known) = self.profiles.get(&truths) {
            return (known, None);
        }
        let profile = self.profiles.len() as u16 + 1;
        if profile >= LAST || self.closed {
            return (LAST, None);
        }
        self.profiles.insert(truths, profile);
        let mut new = NewProfile { profile: profile as u8, ..NewProfile::default() };
        let before = self.columns.all().len();
        let layout = Arc::clone(&self.layout);
        let rows: Vec<_> = (0..layout.places.len()).map(|place| self.row(place, truths, &mut new)).collect();
        new.columns = self.columns.all()[before..].to_vec();
        for (place, row) in layout.places.iter().zip(&rows) {
            if let Some(row) = row {
                let of = if place.is_entry { &mut new.entries } else { &mut new.ends };
                of.push((place.call, *row));
            }
        }
        self.of_profile.push(rows);
        (profile, Some(new))
    }

    /// Gives out no more numbers: what has been given out for the last could not be written.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// The row of a place for threads of which these conditions hold; none where it is that for all threads, or where there
    /// is no room for another.
    fn row(&mut self, place: usize, truths: Truths, new: &mut NewProfile) -> Option<u16> {
        let layout = Arc::clone(&self.layout);
        let of = &layout.places[place];
        let truths = truths & of.conditions;
        if truths == of.conditions {
            return None;
        }
        if let Some(row) = self.met.get(&(place, truths)) {
            return *row;
        }
        let row = self.columns.row(&layout, of, Some(truths));
        let key = VerdictRow { event: EventType::GENERIC_X, ..row.clone() };
        let number = self.rows.get(&key).copied().or_else(|| {
            let number = VARIANTS.start + self.rows.len() as u16;
            VARIANTS.contains(&number).then(|| {
                self.rows.insert(key.clone(), number);
                self.in_order.push(row.clone());
                new.rows.push((number, row));
                number
            })
        });
        self.met.insert((place, truths), number);
        number
    }

    /// The row of a place that goes for a profile, if it is not the one for all.
    pub(super) fn variant(&self, place: usize, profile: u16) -> Option<&VerdictRow> {
        let rows = self.of_profile.get(usize::from(profile).checked_sub(1)?)?;
        let number = (*rows.get(place)?)?;
        self.in_order.get(usize::from(number - VARIANTS.start))
    }

    /// All columns so far.
    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }
}
