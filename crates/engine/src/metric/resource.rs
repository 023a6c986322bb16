//! What the process and its host use, from `/proc`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// No file that is read here is longer.
const MAX_BYTES: u64 = 1 << 20;
/// Where cgroup v1 says how much memory a container uses.
const CGROUP_MEMORY: &str = "/sys/fs/cgroup/memory/memory.usage_in_bytes";
/// The same in cgroup v2.
const CGROUP2_MEMORY: &str = "/sys/fs/cgroup/memory.current";
/// Clock ticks of `/proc` per second, on every architecture that Linux has eBPF on.
const TICKS: f64 = 100.0;

/// What is in use at one moment. What cannot be read is 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    /// Processor time of this process since it began, in percent of one processor.
    pub cpu_percent: f64,
    /// Resident memory in KiB.
    pub rss_kb: u64,
    /// Virtual memory in KiB.
    pub vsz_kb: u64,
    /// Proportional share of resident memory in KiB.
    pub pss_kb: u64,
    /// Memory of the container in bytes.
    pub container_bytes: u64,
    /// Processor time of the host since its boot that was not idle, in percent.
    pub host_cpu_percent: f64,
    /// Memory of the host that is in use, without caches, in KiB.
    pub host_memory_kb: u64,
    /// Processes of the host that can run.
    pub host_procs_running: u64,
    /// Files that are open on the host.
    pub host_open_fds: u64,
}

/// Measures this process and the host whose root folder is given.
pub fn measure_resources(host_root: &Path) -> Resources {
    let proc = |name: &str| read(&host_root.join("proc").join(name));
    let status = read("/proc/self/status".as_ref());
    let (stat, meminfo) = (proc("stat"), proc("meminfo"));
    Resources {
        cpu_percent: cpu_percent(&read("/proc/self/stat".as_ref()), &read("/proc/uptime".as_ref())).unwrap_or(0.0),
        rss_kb: number_after(&status, "VmRSS:"),
        vsz_kb: number_after(&status, "VmSize:"),
        pss_kb: number_after(&read("/proc/self/smaps_rollup".as_ref()), "Pss:"),
        container_bytes: container_bytes(),
        host_cpu_percent: host_cpu_percent(&stat).unwrap_or(0.0),
        host_memory_kb: host_memory_kb(&meminfo),
        host_procs_running: number_after(&stat, "procs_running"),
        host_open_fds: proc("sys/fs/file-nr").split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0),
    }
}

fn container_bytes() -> u64 {
    let given = std::env::var_os("FALCO_CGROUP_MEM_PATH").filter(|path| !path.is_empty()).map(PathBuf::from);
    let paths = given.map_or_else(|| vec![CGROUP_MEMORY.into(), CGROUP2_MEMORY.into()], |path| vec![path]);
    paths.iter().find_map(|path| read(path).trim().parse().ok()).unwrap_or(0)
}

fn cpu_percent(stat: &str, uptime: &str) -> Option<f64> {
    // The command stands in parentheses and may hold anything; user and system time and the start follow it.
    let fields: Vec<f64> =
        stat.rsplit_once(") ")?.1.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0.0)).collect();
    let used = (fields.get(10)? + fields.get(11)?) / TICKS;
    let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    let age = uptime - fields.get(18)? / TICKS;
    (age > 0.0).then(|| tenths(used / age * 100.0))
}

fn host_cpu_percent(stat: &str) -> Option<f64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<f64> = line.split_whitespace().take(8).filter_map(|tick| tick.parse().ok()).collect();
    let total: f64 = ticks.iter().sum();
    let idle = ticks.get(3)? + ticks.get(4)?;
    (total > 0.0).then(|| tenths((total - idle) / total * 100.0))
}

fn host_memory_kb(meminfo: &str) -> u64 {
    let of = |key| number_after(meminfo, key);
    let caches = of("Cached:").saturating_add(of("SReclaimable:")).saturating_sub(of("Shmem:"));
    of("MemTotal:").saturating_sub(of("MemFree:")).saturating_sub(of("Buffers:")).saturating_sub(caches)
}

/// The number behind a line's first word.
fn number_after(text: &str, key: &str) -> u64 {
    let words = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(key)).then(|| words.next()).flatten()
    });
    words.map(|word| word.parse().unwrap_or(0)).next().unwrap_or(0)
}

/// One digit behind the point, as in the reference.
pub(super) fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn read(path: &Path) -> String {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut text));
    if read.is_ok() { String::from_utf8_lossy(&text).into_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_proc_are_understood() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 3 0 1000 1 1";
        assert_eq!(cpu_percent(stat, "30.00 1.0"), Some(10.0));
        assert_eq!(cpu_percent(stat, "5.0 1.0"), None);
        assert_eq!(cpu_percent("", ""), None);
        assert_eq!(host_cpu_percent("cpu  10 0 10 70 10 0 0 0 99 0\ncpu0 1 1 1 1\n"), Some(20.0));
        assert_eq!(host_cpu_percent("intr 5\n"), None);
        let memory =
            "MemTotal: 1000 kB\nMemFree: 300 kB\nBuffers: 50 kB\nCached: 200 kB\nShmem: 20 kB\nSReclaimable: 30 kB\n";
        assert_eq!(host_memory_kb(memory), 440);
        assert_eq!(number_after("procs_running 3\n", "procs_running"), 3);
        assert_eq!(number_after("VmRSS:\n", "VmRSS:"), 0);
    }

    #[test]
    fn this_process_uses_something() {
        let used = measure_resources("/".as_ref());
        assert!(used.rss_kb > 0 && used.vsz_kb > used.rss_kb, "{used:?}");
        assert!(used.host_memory_kb > 0 && used.host_procs_running > 0 && used.host_open_fds > 0, "{used:?}");
    }
}
