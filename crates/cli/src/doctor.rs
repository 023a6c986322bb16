//! `windhover doctor`: what this machine lacks for being watched, and how to get it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// Where container runtimes listen, and what they are.
const SOCKETS: &[(&str, &str)] = &[
    ("docker", "var/run/docker.sock"),
    ("podman", "run/podman/podman.sock"),
    ("containerd", "run/containerd/containerd.sock"),
    ("containerd (k3s)", "run/k3s/containerd/containerd.sock"),
    ("containerd (host)", "run/host-containerd/containerd.sock"),
    ("CRI-O", "run/crio/crio.sock"),
];
/// The oldest kernel that the probe runs on.
const OLDEST_KERNEL: (u32, u32) = (5, 8);
/// From this one on, maps are not counted as locked memory.
const NO_MEMLOCK_KERNEL: (u32, u32) = (5, 11);

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is there.
    Ok,
    /// It is not there, and is not needed by everybody.
    Absent,
    /// It is not there, and without it nothing works.
    Missing,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// How to get what is missing.
    pub remedy: Option<String>,
}

impl Check {
    fn ok(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.to_owned(), verdict: Verdict::Ok, found: found.into(), remedy: None }
    }

    fn bad(what: &str, verdict: Verdict, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.to_owned(), verdict, found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// The machine to look at, through its files.
#[derive(Clone, Debug)]
pub struct Machine {
    root: PathBuf,
}

impl Default for Machine {
    fn default() -> Self {
        Self { root: PathBuf::from("/") }
    }
}

impl Machine {
    /// All checks. `ring_bytes` is what the ring buffers of the configuration will take.
    pub fn examine(&self, ring_bytes: u64) -> Vec<Check> {
        let mut checks = vec![
            self.kernel(),
            self.btf(),
            self.capabilities(),
            self.lockdown(),
            self.memory_lock(),
            self.tracefs(),
            self.processes(),
            self.memory(ring_bytes),
        ];
        checks.extend(self.sockets());
        checks
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    fn release(&self) -> String {
        self.read("proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()).unwrap_or_default()
    }

    fn version(&self) -> (u32, u32) {
        let release = self.release();
        let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }

    fn kernel(&self) -> Check {
        let release = self.release();
        if release.is_empty() {
            return Check::bad("kernel", Verdict::Missing, "/proc cannot be read", "mount /proc");
        }
        if self.version() < OLDEST_KERNEL {
            let (major, minor) = OLDEST_KERNEL;
            return Check::bad("kernel", Verdict::Missing, release, format!("use Linux {major}.{minor} or later"));
        }
        Check::ok("kernel", release)
    }

    fn btf(&self) -> Check {
        match fs::metadata(self.root.join("sys/kernel/btf/vmlinux")) {
            Ok(file) => Check::ok("kernel types (BTF)", format!("{} KiB", file.len() >> 10)),
            Err(e) => Check::bad(
                "kernel types (BTF)",
                Verdict::Missing,
                format!("/sys/kernel/btf/vmlinux: {e}"),
                "mount /sys, or use a kernel built with CONFIG_DEBUG_INFO_BTF",
            ),
        }
    }

    fn capabilities(&self) -> Check {
        const WHAT: &str = "capabilities";
        const ADMIN: u32 = 21;
        // Reading what other users' processes have open needs the second pair.
        const NEEDED: [(u32, &str); 4] =
            [(39, "CAP_BPF"), (38, "CAP_PERFMON"), (19, "CAP_SYS_PTRACE"), (2, "CAP_DAC_READ_SEARCH")];
        let status = self.read("proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
        let mask = mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
        let has = |bit: u32| mask >> bit & 1 == 1;
        let missing = NEEDED.iter().filter(|(bit, _)| !(has(*bit) || *bit >= 38 && has(ADMIN)));
        let missing: Vec<_> = missing.map(|(_, name)| *name).collect();
        if missing.is_empty() {
            return Check::ok(WHAT, "all that are needed");
        }
        let remedy = "run as root, or with these capabilities";
        Check::bad(WHAT, Verdict::Missing, format!("without {}", missing.join(", ")), remedy)
    }

    fn lockdown(&self) -> Check {
        let text = self.read("sys/kernel/security/lockdown").unwrap_or_default();
        let mode = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("none", |(mode, _)| mode);
        if mode == "confidentiality" {
            return Check::bad(
                "kernel lockdown",
                Verdict::Missing,
                mode,
                "boot with lockdown=integrity or none: confidentiality keeps programs from reading the kernel",
            );
        }
        Check::ok("kernel lockdown", mode)
    }

    fn memory_lock(&self) -> Check {
        const WHAT: &str = "locked memory";
        if self.version() >= NO_MEMLOCK_KERNEL {
            return Check::ok(WHAT, "no limit applies to this kernel's maps");
        }
        let limits = self.read("proc/self/limits").unwrap_or_default();
        let line = limits.lines().find_map(|line| line.strip_prefix("Max locked memory"));
        match line.and_then(|line| line.split_whitespace().nth(1)) {
            Some("unlimited") => Check::ok(WHAT, "unlimited"),
            hard => Check::bad(
                WHAT,
                Verdict::Missing,
                format!("at most {} bytes", hard.unwrap_or("?")),
                "run with `ulimit -l unlimited`, or give CAP_SYS_RESOURCE",
            ),
        }
    }

    fn tracefs(&self) -> Check {
        let places = ["sys/kernel/tracing/events", "sys/kernel/debug/tracing/events"];
        match places.into_iter().find(|place| self.root.join(place).is_dir()) {
            Some(place) => Check::ok("tracefs", format!("/{place}")),
            None => Check::bad(
                "tracefs",
                Verdict::Absent,
                "not mounted",
                "mount -t tracefs tracefs /sys/kernel/tracing, else a path that is changed during a call is seen as it was afterwards",
            ),
        }
    }

    fn processes(&self) -> Check {
        const WHAT: &str = "processes";
        let (mut all, mut hidden) = (0, 0);
        for entry in fs::read_dir(self.root.join("proc")).into_iter().flatten().flatten() {
            if !entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
                continue;
            }
            all += 1;
            // A process that has ended meanwhile is not hidden.
            let link = fs::read_link(entry.path().join("ns/mnt"));
            hidden += usize::from(link.is_err_and(|e| e.kind() == io::ErrorKind::PermissionDenied));
        }
        match (all, hidden) {
            (0, _) => Check::bad(WHAT, Verdict::Absent, "/proc shows none", "mount the host's /proc"),
            (_, 0) => Check::ok(WHAT, format!("/proc shows all {all} whole")),
            _ => Check::bad(
                WHAT,
                Verdict::Absent,
                format!("/proc hides the environment and files of {hidden} of {all}"),
                "give CAP_SYS_PTRACE and the host's pid namespace, else these are known in part until their next exec",
            ),
        }
    }

    fn memory(&self, ring_bytes: u64) -> Check {
        const WHAT: &str = "ring buffer memory";
        let text = self.read("proc/meminfo").unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        let mib = ring_bytes >> 20;
        match kib {
            Some(kib) if kib << 10 > ring_bytes * 2 => Check::ok(WHAT, format!("{mib} MiB of {} MiB", kib >> 10)),
            Some(kib) => Check::bad(
                WHAT,
                Verdict::Missing,
                format!("{mib} MiB are more than half of the {} MiB that are free", kib >> 10),
                "choose a smaller engine.modern_ebpf.buf_size_preset, or more cpus_for_each_buffer",
            ),
            None => Check::bad(WHAT, Verdict::Absent, "/proc/meminfo cannot be read", "mount /proc"),
        }
    }

    fn sockets(&self) -> Vec<Check> {
        let mut found = Vec::new();
        for (name, path) in SOCKETS {
            let path = self.root.join(path);
            if !path.exists() {
                continue;
            }
            let what = format!("containers: {name}");
            found.push(match UnixStream::connect(&path) {
                Ok(_) => Check::ok(&what, path.display().to_string()),
                Err(e) => Check::bad(
                    &what,
                    Verdict::Absent,
                    format!("{}: {e}", path.display()),
                    "start it, or give access to the socket, to see names and images of its containers",
                ),
            });
        }
        if found.is_empty() {
            let remedy = "where containers run, mount their runtime's socket to see their names and images";
            found.push(Check::bad("containers", Verdict::Absent, "no runtime's socket", remedy));
        }
        found
    }
}

impl Verdict {
    /// The word that stands for it, and the colour that it has on a terminal.
    fn shown(self) -> (&'static str, &'static str) {
        match self {
            Self::Ok => ("ok", "\x1b[32m"),
            Self::Absent => ("absent", "\x1b[33m"),
            Self::Missing => ("MISSING", "\x1b[1;31m"),
        }
    }
}

/// The checks as text, one line each and one for each remedy, and a line that sums them up.
pub fn render(checks: &[Check], colour: bool) -> String {
    let mut text = String::new();
    for check in checks {
        let (word, start) = check.verdict.shown();
        let (start, end) = if colour { (start, "\x1b[0m") } else { ("", "") };
        let found = windhover_diagnostics::escape(&check.found);
        _ = writeln!(text, "{start}{word:<8}{end} {:<22} {found}", check.what);
        if let Some(remedy) = &check.remedy {
            _ = writeln!(text, "{:<8} {:<22} -> {remedy}", "", "");
        }
    }
    text.push_str(match is_ill(checks) {
        true => "\nThis machine cannot be watched until what is MISSING is there.\n",
        false => "\nThis machine can be watched: run `windhover`.\n",
    });
    text
}

/// The checks as JSON, for programs.
pub fn to_json(checks: &[Check]) -> serde_json::Value {
    let checks = checks.iter().map(|check| {
        let verdict = check.verdict.shown().0.to_lowercase();
        serde_json::json!({ "what": check.what, "verdict": verdict, "found": check.found, "remedy": check.remedy })
    });
    let list: Vec<_> = checks.collect();
    let fit = list.iter().all(|check| check["verdict"] != "missing");
    serde_json::json!({ "fit": fit, "checks": list })
}

/// Whether something is missing without which nothing works.
pub fn is_ill(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.verdict == Verdict::Missing)
}

/// The page size of this machine, as the kernel tells every process.
pub fn page_size() -> Option<u64> {
    page_size_in(&fs::read("/proc/self/auxv").ok()?)
}

fn page_size_in(auxv: &[u8]) -> Option<u64> {
    const AT_PAGESZ: u64 = 6;
    let (pairs, _) = auxv.as_chunks::<16>();
    let word = |bytes: &[u8]| bytes.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes));
    pairs.iter().find(|pair| word(&pair[..8]) == Some(AT_PAGESZ)).and_then(|pair| word(&pair[8..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, Machine) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = folder.path().to_owned();
        (folder, Machine { root })
    }

    fn verdict(checks: &[Check], what: &str) -> Verdict {
        checks.iter().find(|check| check.what == what).unwrap().verdict
    }

    #[test]
    fn a_fit_machine_is_found_fit() {
        let (folder, machine) = machine(&[
            ("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"),
            ("proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n"),
            ("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable:    2000000 kB\n"),
            ("sys/kernel/btf/vmlinux", "types"),
            ("sys/kernel/security/lockdown", "none [integrity] confidentiality\n"),
        ]);
        let checks = machine.examine(8 << 20);
        assert!(!is_ill(&checks), "{}", render(&checks, false));
        fs::create_dir_all(folder.path().join("run/podman")).unwrap();
        let _daemon = std::os::unix::net::UnixListener::bind(folder.path().join("run/podman/podman.sock")).unwrap();
        assert_eq!(verdict(&machine.examine(0), "containers: podman"), Verdict::Ok);
    }

    #[test]
    fn every_lack_is_named_with_its_remedy() {
        let (_folder, machine) = machine(&[
            ("proc/sys/kernel/osrelease", "5.4.0\n"),
            ("proc/self/status", "CapEff:\t0000000000000000\n"),
            ("proc/self/limits", "Max locked memory         8388608              8388608              bytes\n"),
            ("proc/meminfo", "MemAvailable: 1024 kB\n"),
            ("sys/kernel/security/lockdown", "none integrity [confidentiality]\n"),
        ]);
        let checks = machine.examine(8 << 20);
        let missing =
            ["kernel", "kernel types (BTF)", "capabilities", "kernel lockdown", "locked memory", "ring buffer memory"];
        for what in missing {
            assert_eq!(verdict(&checks, what), Verdict::Missing, "{what}");
        }
        assert!(checks.iter().all(|check| check.verdict == Verdict::Ok || check.remedy.is_some()));
        assert!(is_ill(&checks));
    }

    #[test]
    fn the_page_size_is_a_power_of_two() {
        assert!(page_size().unwrap().is_power_of_two());
        assert_eq!(page_size_in(&[]), None);
    }
}
