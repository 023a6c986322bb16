//! Facts about the machine.

use std::fs;
use std::path::Path;

use windhover_event::snapshot::Machine;

pub(super) fn read(root: &Path, boot_ts: u64) -> Machine {
    let text = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    Machine {
        num_cpus: online_cpus(&text("sys/devices/system/cpu/online")),
        memory_bytes: total_memory(&text("proc/meminfo")),
        max_pid: text("proc/sys/kernel/pid_max").trim().parse().unwrap_or(32_768),
        hostname: text("proc/sys/kernel/hostname").trim().to_owned(),
        boot_ts,
    }
}

/// Processors in a list such as `0-3,8`; 1 where it cannot be read.
fn online_cpus(list: &str) -> u32 {
    let count = |range: &str| -> Option<u32> {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(last.trim().parse::<u32>().ok()?.checked_sub(first.trim().parse().ok()?)? + 1)
    };
    list.trim().split(',').filter_map(count).sum::<u32>().max(1)
}

fn total_memory(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kib| kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_lists_are_counted() {
        for (list, count) in [("0-3,8\n", 5), ("0\n", 1), ("", 1), ("3-1,x,0-1", 2)] {
            assert_eq!(online_cpus(list), count, "{list}");
        }
    }

    #[test]
    fn memory_is_in_bytes() {
        assert_eq!(total_memory("MemTotal:       24586940 kB\nMemFree: 1 kB\n"), 24_586_940 << 10);
        assert_eq!(total_memory("?"), 0);
    }
}
