//! What became of every event that the kernel's hooks saw.

use windhover_event::{EVENTS, EventType};

/// What became of the events of one type. `seen` is the sum of the losses, of what was delivered to readers, and of
/// what still waits in a ring buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Losses {
    /// Events that the kernel began to tell.
    pub seen: u64,
    /// Lost: the ring buffer was full.
    pub ring_full: u64,
    /// Lost: the event would have been larger than 64 KiB.
    pub too_large: u64,
    /// Lost: no memory to put the event together in (a processor that was not there at start).
    pub no_scratch: u64,
    /// Lost: the program of the event was not in place.
    pub no_program: u64,
    /// Not lost, but a path in the event is incomplete.
    pub path_cut: u64,
    /// Lost: left out because the ring buffer was filling and events of other types matter more.
    pub shed: u64,
    /// Neither seen nor lost: settled in the kernel, because no rule could match them and the model can do without.
    pub settled: u64,
}

/// The layout of the kernel's counters, which [`Losses`] has.
pub(crate) const FIELDS: usize = 8;

impl Losses {
    /// Events lost, whatever the cause.
    pub fn lost(&self) -> u64 {
        self.ring_full + self.shed + self.too_large + self.no_scratch + self.no_program
    }

    pub(crate) fn add(&mut self, fields: [u64; FIELDS]) {
        let [seen, ring_full, too_large, no_scratch, no_program, path_cut, shed, settled] = fields;
        self.seen += seen;
        self.ring_full += ring_full;
        self.too_large += too_large;
        self.no_scratch += no_scratch;
        self.no_program += no_program;
        self.path_cut += path_cut;
        self.shed += shed;
        self.settled += settled;
    }
}

/// The counters of all event types at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    pub(crate) losses: Vec<Losses>,
    pub(crate) delivered: Vec<u64>,
    pub(crate) cpus: Vec<Losses>,
    pub(crate) missed: u64,
}

impl Stats {
    pub(crate) fn new() -> Self {
        Self {
            losses: vec![Losses::default(); EVENTS.len()],
            delivered: vec![0; EVENTS.len()],
            cpus: Vec::new(),
            missed: 0,
        }
    }

    /// The counters of one event type.
    pub fn of(&self, kind: EventType) -> Losses {
        self.losses[usize::from(kind.code())]
    }

    /// Events of one type that readers handed on.
    pub fn delivered(&self, kind: EventType) -> u64 {
        self.delivered[usize::from(kind.code())]
    }

    /// The counters of each processor, by its number; of those that the machine could have, too.
    pub fn cpus(&self) -> &[Losses] {
        &self.cpus
    }

    /// Times that the kernel did not run one of the probe's hooks because it was interrupted in it. What type of event
    /// was lost is not known. Always 0 on kernels that run such hooks without interruption.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// The counters of all event types together.
    pub fn total(&self) -> Losses {
        let mut total = Losses::default();
        for losses in &self.losses {
            let Losses { seen, ring_full, too_large, no_scratch, no_program, path_cut, shed, settled } = *losses;
            total.add([seen, ring_full, too_large, no_scratch, no_program, path_cut, shed, settled]);
        }
        total
    }

    /// All events that readers handed on.
    pub fn total_delivered(&self) -> u64 {
        self.delivered.iter().sum()
    }

    /// Event types of which something was seen or settled.
    pub fn kinds(&self) -> impl Iterator<Item = (EventType, Losses)> + '_ {
        EventType::all().map(|kind| (kind, self.of(kind))).filter(|(_, losses)| losses.seen + losses.settled > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_add_up() {
        let mut losses = Losses::default();
        losses.add([10, 1, 2, 3, 4, 5, 6, 7]);
        losses.add([1, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!((losses.seen, losses.lost(), losses.path_cut, losses.settled), (11, 17, 5, 8));
    }
}
