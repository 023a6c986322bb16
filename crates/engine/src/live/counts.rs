//! The probe's counters and the machine's addresses, as others see them.

use std::collections::BTreeSet;

use windhover_event::snapshot::{InterfaceEntry, Snapshot};
use windhover_probe::{Reader, RingGauge, Stats};
use windhover_system::match_cgroups;

use crate::loss::Losses;
use crate::status::{CpuCounts, InterfaceAddresses, KernelCounts, KindCounts, RingFill};

/// The probe's counters, grouped as losses are reported.
pub fn losses(stats: &Stats) -> Losses {
    let mut losses = Losses { unmade: stats.missed(), ..Losses::default() };
    for (kind, of) in stats.kinds() {
        losses.seen += of.seen;
        // What was shed would have been lost to a full buffer a moment later.
        losses.full.add(kind, of.ring_full + of.shed);
        losses.unmade += of.too_large + of.no_scratch + of.no_program;
        if of.lost() > 0 {
            losses.by_type.push((kind, of.lost()));
        }
    }
    losses
}

/// The probe's counters, as others see them. Versions of an event count as one.
pub(super) fn kernel_counts(stats: &Stats, rings: Vec<RingFill>) -> KernelCounts {
    let mut kinds: Vec<KindCounts> = Vec::new();
    for (kind, of) in stats.kinds() {
        let (name, dir) = (kind.name(), if kind.is_exit() { "<" } else { ">" });
        let at = kinds.iter().position(|known| (known.name, known.dir) == (name, dir)).unwrap_or_else(|| {
            kinds.push(KindCounts { name, dir, ..KindCounts::default() });
            kinds.len() - 1
        });
        let counts = &mut kinds[at];
        counts.seen += of.seen;
        counts.delivered += stats.delivered(kind);
        counts.ring_full += of.ring_full;
        counts.too_large += of.too_large;
        counts.no_scratch += of.no_scratch;
        counts.no_program += of.no_program;
        counts.shed += of.shed;
        counts.settled += of.settled;
    }
    let cpus = stats.cpus().iter().map(|of| CpuCounts { seen: of.seen, lost: of.lost() });
    KernelCounts { totals: losses(stats), kinds, cpus: cpus.collect(), rings }
}

/// How many containers a snapshot's processes belong to.
pub(super) fn containers_of(snapshot: &Snapshot) -> usize {
    let ids = snapshot.threads.iter().filter_map(|thread| match_cgroups(&thread.cgroups));
    ids.map(|found| found.id).collect::<BTreeSet<_>>().len()
}

/// Addresses by interface, without the loopback's.
pub(super) fn addresses(entries: &[InterfaceEntry]) -> Vec<InterfaceAddresses> {
    let mut interfaces: Vec<InterfaceAddresses> = Vec::new();
    for entry in entries {
        let (InterfaceEntry::V4 { name, .. } | InterfaceEntry::V6 { name, .. }) = entry;
        if name == b"lo" {
            continue;
        }
        let name = String::from_utf8_lossy(name);
        let at = interfaces.iter().position(|known| known.name == name).unwrap_or_else(|| {
            interfaces.push(InterfaceAddresses { name: name.into_owned(), ..InterfaceAddresses::default() });
            interfaces.len() - 1
        });
        match entry {
            InterfaceEntry::V4 { addr, .. } => interfaces[at].v4.push(addr.to_string()),
            InterfaceEntry::V6 { addr, .. } => interfaces[at].v6.push(addr.to_string()),
        }
    }
    interfaces
}

/// Watches how full ring buffers are.
#[derive(Debug, Default)]
pub(super) struct Gauges(Vec<(RingGauge, RingFill)>);

impl Gauges {
    /// Takes in a ring buffer of a reader; one that cannot be looked at is left out.
    pub(super) fn add(&mut self, name: impl Into<String>, bytes: u32, reader: &Reader) {
        if let Ok(gauge) = reader.gauge() {
            let fill = RingFill { name: name.into(), bytes: u64::from(bytes), ..RingFill::default() };
            self.0.push((gauge, fill));
        }
    }

    /// Looks at all; to be called before events are taken out.
    pub(super) fn look(&mut self) {
        for (gauge, fill) in &mut self.0 {
            fill.waiting = gauge.waiting() as u64;
            fill.peak = fill.peak.max(fill.waiting);
        }
    }

    pub(super) fn fills(&self) -> Vec<RingFill> {
        self.0.iter().map(|(_, fill)| fill.clone()).collect()
    }
}
