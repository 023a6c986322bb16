//! `/proc/PID/status`: ids, capabilities, memory.

use std::fs;
use std::path::Path;

/// The lines of a status file that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) tgid: i64,
    pub(super) parent: i64,
    /// Effective user and group.
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) vtid: i64,
    pub(super) vpid: i64,
    pub(super) vpgid: i64,
    /// Process group in the scanner's namespace; `None` where the kernel does not say.
    pub(super) pgid: Option<i64>,
    pub(super) vmsize_kb: u32,
    pub(super) vmrss_kb: u32,
    pub(super) vmswap_kb: u32,
    pub(super) cap_inheritable: u64,
    pub(super) cap_permitted: u64,
    pub(super) cap_effective: u64,
}

impl Status {
    pub(super) fn read(folder: &Path) -> Option<Self> {
        Some(Self::parse(&String::from_utf8_lossy(&fs::read(folder.join("status")).ok()?)))
    }

    /// Lines that are missing or unreadable leave their defaults.
    fn parse(text: &str) -> Self {
        let mut status = Self { vtid: -1, vpid: -1, vpgid: -1, ..Self::default() };
        for line in text.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let mut columns = value.split_ascii_whitespace();
            let mut number = |index: usize| columns.nth(index).and_then(|column| column.parse::<i64>().ok());
            let capability = || u64::from_str_radix(value.trim(), 16).unwrap_or(0);
            match key {
                "Tgid" => status.tgid = number(0).unwrap_or(0),
                "PPid" => status.parent = number(0).unwrap_or(0),
                "Uid" => status.uid = number(1).unwrap_or(0) as u32,
                "Gid" => status.gid = number(1).unwrap_or(0) as u32,
                "NSpid" => status.vtid = last(value),
                "NStgid" => status.vpid = last(value),
                "NSpgid" => {
                    status.pgid = number(0);
                    status.vpgid = last(value);
                }
                "VmSize" => status.vmsize_kb = number(0).unwrap_or(0) as u32,
                "VmRSS" => status.vmrss_kb = number(0).unwrap_or(0) as u32,
                "VmSwap" => status.vmswap_kb = number(0).unwrap_or(0) as u32,
                "CapInh" => status.cap_inheritable = capability(),
                "CapPrm" => status.cap_permitted = capability(),
                "CapEff" => status.cap_effective = capability(),
                _ => {}
            }
        }
        status
    }
}

fn last(value: &str) -> i64 {
    value.split_ascii_whitespace().next_back().and_then(|column| column.parse().ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_in_a_namespace_has_its_innermost_ids() {
        let text = "Name:\tsh\nTgid:\t812\nPid:\t812\nPPid:\t800\nUid:\t1000\t0\t0\t0\nGid:\t7\t8\t9\t9\nNStgid:\t812\t3\n\
                    NSpid:\t812\t4\nNSpgid:\t810\t2\nVmSize:\t    2592 kB\nVmRSS:\t 1456 kB\nCapEff:\t000001ffffffffff\n";
        let status = Status::parse(text);
        assert_eq!((status.tgid, status.parent, status.uid, status.gid), (812, 800, 0, 8));
        assert_eq!((status.vpid, status.vtid, status.pgid, status.vpgid), (3, 4, Some(810), 2));
        assert_eq!((status.vmsize_kb, status.vmrss_kb, status.vmswap_kb), (2592, 1456, 0));
        assert_eq!(status.cap_effective, 0x1ff_ffff_ffff);
    }

    #[test]
    fn nonsense_is_survived() {
        let status = Status::parse("Tgid\nUid:\t\nNSpid: x\nCapEff: zz\n:::\n");
        assert_eq!((status.tgid, status.uid, status.vtid, status.cap_effective), (0, 0, -1, 0));
    }
}
