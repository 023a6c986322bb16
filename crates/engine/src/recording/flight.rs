//! What happened before an alert: the last events, kept in memory for the file that the alert starts.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use windhover_capture::CapturedEvent;
use windhover_event::{EventView, category, event_flag};
use windhover_system::{Checkpoint, System};

use super::kin::Owner;
use super::{hidden, learned};
use crate::observer::Observed;

/// The memory is used in so many parts, of which the oldest is given up when a new one is begun. All but one of them
/// cover the time that is asked for.
const PARTS: usize = 5;

/// No part is smaller.
const LEAST_PART: usize = 1 << 20;

/// The only part, where nothing is asked for but that a file begins before its alert's event. So large that checkpoints, which
/// cost more the more processes there are, are seldom: one in some 25,000 events.
const ONLY_PART: usize = 4 << 20;

/// A part with less room than this is full: most events are smaller, so that none has to be left out.
const RESERVE: usize = 1 << 18;

/// Number of the processor, flag, owner and length go before each event.
const HEADER: usize = 2 + 1 + Owner::LENGTH + 4;

/// What is kept for the case of an alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// For how long. With none, as much as it takes for a file to begin with the machine as it was before the alert's event.
    pub duration: Duration,
    /// In how much memory. If it is too little, files begin later. At least 5 MiB are taken where anything is asked for.
    pub max_mib: u32,
}

/// The last events, with the model as it was before them. Once the memory has been used, nothing is allocated for an event.
pub(crate) struct FlightRecorder {
    span_ns: u64,
    part_bytes: usize,
    most_parts: usize,
    /// The oldest first.
    parts: VecDeque<Part>,
    spare: Vec<Vec<u8>>,
    /// Something has been given up, so that what is left may begin too late.
    has_forgotten: bool,
}

/// Events that follow each other, and the model before the first of them. Who writes a file may share them.
#[derive(Clone)]
struct Part {
    checkpoint: Arc<Checkpoint>,
    begun: u64,
    bytes: Arc<Vec<u8>>,
}

/// An event out of the memory.
pub(crate) struct Kept<'a> {
    pub(crate) owner: Owner,
    pub(crate) captured: CapturedEvent<'a>,
}

impl FlightRecorder {
    pub(crate) fn new(before: Before) -> Self {
        let span_ns = u64::try_from(before.duration.as_nanos()).unwrap_or(u64::MAX);
        // One that is begun anew now and then is enough to begin before an event.
        let most_parts = if span_ns == 0 { 1 } else { PARTS };
        let wanted = if span_ns == 0 { ONLY_PART } else { (before.max_mib as usize) << 20 };
        Self {
            span_ns,
            part_bytes: (wanted / most_parts).max(LEAST_PART),
            most_parts,
            parts: VecDeque::with_capacity(most_parts),
            spare: Vec::with_capacity(most_parts),
            has_forgotten: false,
        }
    }

    /// Forgets all, and begins with this model.
    pub(crate) fn reset(&mut self, system: &System) {
        self.give_up();
        self.has_forgotten = false;
        self.begin(system, 0);
    }

    /// Keeps an event.
    pub(crate) fn keep(&mut self, observed: &Observed<'_>, owner: Owner) {
        let event = &observed.captured.event;
        let (ts, mut needed) = (event.ts(), HEADER + event.bytes().len());
        let told: Vec<_> = learned(observed.system, ts).collect();
        needed += told.iter().map(|raw| HEADER + raw.len()).sum::<usize>();
        let Some(part) = self.parts.back_mut().filter(|part| part.room() >= needed) else {
            // What comes after a gap does not follow from what was before it.
            self.give_up();
            return self.begin(observed.system, ts);
        };
        let Some(bytes) = Arc::get_mut(&mut part.bytes) else { return };
        for captured in told.iter().filter_map(|raw| hidden(raw)) {
            push(bytes, &captured, owner);
        }
        push(bytes, &observed.captured, owner);
        // From the start of a run until its first event no time passes.
        if part.begun == 0 {
            part.begun = ts;
        }
        let room = part.room();
        let old = self.span_ns > 0 && ts.saturating_sub(part.begun) >= self.span_ns / (self.most_parts as u64 - 1);
        if (old || room < RESERVE) && (observed.system.is_settled() || room < RESERVE / 2) {
            self.begin(observed.system, ts);
        }
    }

    /// Begins a part with the model after the last event.
    fn begin(&mut self, system: &System, ts: u64) {
        if self.parts.len() == self.most_parts {
            self.has_forgotten = true;
            self.spare.extend(self.parts.pop_front().and_then(|part| Arc::try_unwrap(part.bytes).ok()));
        }
        let mut bytes = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(self.part_bytes));
        bytes.clear();
        self.parts.push_back(Part { checkpoint: Arc::new(system.checkpoint()), begun: ts, bytes: Arc::new(bytes) });
    }

    fn give_up(&mut self) {
        self.has_forgotten |= !self.parts.is_empty();
        // What a file is being written from is not ours alone.
        self.spare.extend(self.parts.drain(..).filter_map(|part| Arc::try_unwrap(part.bytes).ok()));
    }

    /// What is kept of the time before an alert about the model's last event. The part that grows is copied, others are shared.
    pub(crate) fn before(&self, ts: u64, system: &System) -> Past {
        let from = ts.saturating_sub(self.span_ns);
        // What happened at the same moment as the last event before a part lies in that part or in the one before.
        let first = self.parts.iter().rposition(|part| part.begun < from).unwrap_or(0);
        let mut parts: Vec<Part> = self.parts.iter().skip(first).cloned().collect();
        match parts.last_mut() {
            Some(growing) => growing.bytes = Arc::new(growing.bytes.to_vec()),
            None => {
                let checkpoint = Arc::new(system.checkpoint());
                parts.push(Part { checkpoint, begun: ts, bytes: Arc::default() });
            }
        }
        let begun = parts.first().map_or(0, |part| part.begun);
        let missing_ns = if self.has_forgotten { begun.saturating_sub(from) } else { 0 };
        Past { parts, from: (self.span_ns > 0).then_some(from), missing_ns }
    }
}

impl Part {
    fn room(&self) -> usize {
        self.bytes.capacity() - self.bytes.len()
    }
}

/// Appends an event, for [`Unread`] to read.
pub(super) fn push(bytes: &mut Vec<u8>, captured: &CapturedEvent<'_>, owner: Owner) {
    let raw = captured.event.bytes();
    let mut head = [0; HEADER];
    head[..2].copy_from_slice(&captured.cpu.to_le_bytes());
    head[2] = captured.state_only.into();
    head[3..HEADER - 4].copy_from_slice(&owner.to_bytes());
    // An event is smaller than this can say.
    head[HEADER - 4..].copy_from_slice(&(raw.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&head);
    bytes.extend_from_slice(raw);
}

/// What is kept of the time before an alert.
pub(crate) struct Past {
    /// At least one.
    parts: Vec<Part>,
    /// From this time on events are to be shown; those before are there for the model.
    from: Option<u64>,
    missing_ns: u64,
}

impl Past {
    /// The model before the first event.
    pub(crate) fn checkpoint(&self) -> &Checkpoint {
        &self.parts[0].checkpoint
    }

    /// By how many nanoseconds it begins later than asked for, because the memory was not enough.
    pub(crate) fn missing_ns(&self) -> u64 {
        self.missing_ns
    }

    /// All events since the checkpoint.
    pub(crate) fn events(&self) -> impl Iterator<Item = Kept<'_>> {
        self.parts.iter().flat_map(|part| Unread(&part.bytes))
    }

    /// Whether an event is to be shown, as far as its time says.
    pub(crate) fn shows(&self, ts: u64) -> bool {
        self.from.is_some_and(|from| ts >= from)
    }
}

/// An event that is not wanted itself, if the model needs it for those that are.
pub(crate) fn for_the_model(captured: CapturedEvent<'_>) -> Option<CapturedEvent<'_>> {
    let kind = captured.event.kind();
    let state = kind.info().has_any(event_flag::MODIFIES_STATE)
        // Events that no thread made tell who containers and users are.
        || kind.info().event_category & category::METAEVENT != 0
        // The probe may tell what a descriptor is with any event that has one.
        || captured.event.extension().next().is_some();
    state.then_some(CapturedEvent { state_only: true, ..captured })
}

/// Reads events as [`push`] writes them.
pub(super) struct Unread<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Unread<'a> {
    type Item = Kept<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (cpu, rest) = self.0.split_first_chunk()?;
        let (flag, rest) = rest.split_first()?;
        let (owner, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (raw, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = rest;
        let event = EventView::parse(raw).ok()?;
        let captured = CapturedEvent { cpu: u16::from_le_bytes(*cpu), state_only: *flag != 0, event };
        Some(Kept { owner: Owner::from_bytes(owner), captured })
    }
}

#[cfg(test)]
mod tests {
    use windhover_event::{Builder, EventType};
    use windhover_system::Limits;

    use super::*;

    /// Feeds events of so many bytes, a millisecond apart, and returns the recorder with the times that a file for an
    /// alert about the last of them shows, in milliseconds.
    fn times(before: Before, events: u64, size: usize) -> (FlightRecorder, Past, Vec<u64>) {
        let mut flight = FlightRecorder::new(before);
        let mut system = System::new(Limits::default());
        flight.reset(&system);
        let mut raw = Vec::new();
        for number in 1..=events {
            raw.clear();
            let mut event = Builder::new(&mut raw, EventType::SYSCALL_CLOSE_X, number * 1_000_000, 7);
            event.int(0).int(3).extension(u16::MAX, &vec![0; size]);
            let event = event.finish().unwrap();
            system.apply(&event, None);
            let captured = CapturedEvent { cpu: 3, state_only: false, event };
            let observed = Observed { captured, values: None, system: &system, matches: &[] };
            flight.keep(&observed, Owner::default());
        }
        let past = flight.before(events * 1_000_000, &system);
        let times = past.events().map(|kept| kept.captured.event.ts()).filter(|ts| past.shows(*ts));
        let times = times.map(|ts| ts / 1_000_000).collect();
        (flight, past, times)
    }

    fn memory(flight: &FlightRecorder) -> usize {
        flight.parts.iter().map(|part| &*part.bytes).chain(&flight.spare).map(Vec::capacity).sum()
    }

    #[test]
    fn time_and_memory_are_bounded_and_nothing_is_missing_in_between() {
        let before = Before { duration: Duration::from_secs(4), max_mib: 8 };
        let (flight, past, kept) = times(before, 20_000, 10);
        assert_eq!(kept, (16_000..=20_000).collect::<Vec<_>>());
        assert_eq!(past.missing_ns(), 0);
        assert!(memory(&flight) <= 8 << 20);
        // Too little memory for four seconds.
        let (flight, past, kept) = times(before, 20_000, 10_000);
        assert_eq!(*kept.last().unwrap(), 20_000);
        assert!(kept.windows(2).all(|pair| pair[1] == pair[0] + 1));
        assert!((400..800).contains(&kept.len()), "{}", kept.len());
        assert!(past.missing_ns() > 3_000_000_000);
        assert!(memory(&flight) <= 8 << 20);
    }

    #[test]
    fn with_no_time_asked_for_nothing_is_shown_and_little_is_kept() {
        let (flight, _, kept) = times(Before::default(), 20_000, 1_000);
        assert!(kept.is_empty());
        assert!(memory(&flight) <= ONLY_PART);
    }

    #[test]
    fn an_event_without_room_leaves_a_gap_and_a_model_behind_it() {
        let mut flight = FlightRecorder::new(Before { duration: Duration::from_secs(4), max_mib: 5 });
        flight.part_bytes = 1 << 15;
        let system = System::new(Limits::default());
        flight.reset(&system);
        for (size, kept) in [(1_000, 1), (60_000, 0)] {
            let mut raw = Vec::new();
            let mut event = Builder::new(&mut raw, EventType::SYSCALL_CLOSE_X, 9, 7);
            event.int(0).int(3).extension(u16::MAX, &vec![0; size]);
            let captured = CapturedEvent { cpu: 3, state_only: false, event: event.finish().unwrap() };
            let observed = Observed { captured, values: None, system: &system, matches: &[] };
            flight.keep(&observed, Owner::default());
            assert_eq!(flight.before(9, &system).events().count(), kept);
        }
        assert_eq!(flight.before(9, &system).missing_ns(), 9);
    }
}
