//! The probe's counters and the machine's addresses, as others see them.

use windhover_event::snapshot::InterfaceEntry;
use windhover_probe::Stats;

use crate::loss::Losses;
use crate::status::{CpuCounts, InterfaceAddresses, KernelCounts, KindCounts};

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
pub(super) fn kernel_counts(stats: &Stats) -> KernelCounts {
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
    }
    let cpus = stats.cpus().iter().map(|of| CpuCounts { seen: of.seen, lost: of.lost() });
    KernelCounts { totals: losses(stats), kinds, cpus: cpus.collect() }
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
