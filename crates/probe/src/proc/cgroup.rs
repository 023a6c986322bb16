//! Control groups of a process, in the form that events have: `subsys=path`, each with its NUL.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are looked through for our own group, at most.
const MAX_FOLDERS: usize = 20_000;

/// Where the version 2 hierarchy is, and what was learnt of its groups.
pub(super) struct Cgroups {
    /// Mount point of version 2; `None` where there is none.
    unified: Option<PathBuf>,
    /// Our own process as this `/proc` names it.
    own_pid: Vec<u8>,
    /// Controllers that the root group has.
    controllers: Vec<String>,
    /// Controllers by group.
    enabled: HashMap<String, Vec<String>>,
    /// Our own group, once it was looked for.
    own_path: Option<Option<String>>,
}

impl Cgroups {
    pub(super) fn new(root: &Path) -> Self {
        let mounts = fs::read_to_string(root.join("proc/1/mounts"))
            .or_else(|_| fs::read_to_string(root.join("proc/mounts")))
            .unwrap_or_default();
        let unified = unified_mount(&mounts).map(|path| root.join(path.trim_start_matches('/')));
        let controllers = unified.as_deref().map(read_controllers).unwrap_or_default();
        let own_pid = super::read_link(&root.join("proc/self")).unwrap_or_default();
        Self { unified, own_pid, controllers, enabled: HashMap::new(), own_path: None }
    }

    /// The text of `/proc/PID/cgroup` as `subsys=path` strings.
    pub(super) fn normalise(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        for line in String::from_utf8_lossy(text).lines() {
            let mut parts = line.splitn(3, ':');
            let (Some(_), Some(subsystems), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let path = self.absolute(path);
            if subsystems.is_empty() {
                self.add_unified(&path, &mut out);
            } else if let Some(name) = subsystems.strip_prefix("name=") {
                add(&mut out, &format!("name={name}"), &path);
            } else {
                subsystems.split(',').for_each(|subsystem| add(&mut out, event_name(subsystem), &path));
            }
        }
        out
    }

    /// A version 2 group: each controller with the nearest group that has it enabled.
    fn add_unified(&mut self, path: &str, out: &mut Vec<u8>) {
        for controller in self.controllers.clone() {
            let mut group = path;
            while group != "/" && !self.has(group, &controller) {
                group = group.rfind('/').map_or("/", |at| if at == 0 { "/" } else { &group[..at] });
            }
            add(out, event_name(&controller), group);
        }
    }

    fn has(&mut self, group: &str, controller: &str) -> bool {
        let Some(unified) = &self.unified else { return false };
        if !self.enabled.contains_key(group) {
            let found = read_controllers(&unified.join(group.trim_start_matches('/')));
            self.enabled.insert(group.to_owned(), found);
        }
        self.enabled.get(group).is_some_and(|found| found.iter().any(|one| one == controller))
    }

    /// Seen from a cgroup namespace, groups outside it begin with `/..`, which counts from our own group.
    fn absolute(&mut self, path: &str) -> String {
        if !path.starts_with("/..") {
            return path.to_owned();
        }
        let own = self.own_path().unwrap_or_default();
        let mut base: Vec<&str> = own.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if part == ".." {
                base.pop();
            } else {
                base.push(part);
            }
        }
        format!("/{}", base.join("/"))
    }

    /// Our own group as the mounted hierarchy has it: the one whose list of processes holds us.
    fn own_path(&mut self) -> Option<String> {
        if self.own_path.is_none() {
            self.own_path = Some(self.unified.as_deref().and_then(|unified| find_group(unified, &self.own_pid)));
        }
        self.own_path.clone().flatten()
    }
}

fn find_group(unified: &Path, pid: &[u8]) -> Option<String> {
    let mut folders = vec![unified.to_owned()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        looked_at += 1;
        if looked_at > MAX_FOLDERS {
            return None;
        }
        let processes = fs::read(folder.join("cgroup.procs")).unwrap_or_default();
        if processes.split(|&byte| byte == b'\n').any(|process| process == pid) {
            let path = folder.strip_prefix(unified).ok()?.to_str()?;
            return Some(format!("/{path}"));
        }
        let children = fs::read_dir(&folder).into_iter().flatten().flatten();
        folders.extend(
            children.filter(|child| child.file_type().is_ok_and(|kind| kind.is_dir())).map(|child| child.path()),
        );
    }
    None
}

/// Mount point of the first version 2 hierarchy in a list of mounts.
fn unified_mount(mounts: &str) -> Option<&str> {
    mounts.lines().find_map(|line| {
        let mut columns = line.split(' ');
        let (point, kind) = (columns.nth(1)?, columns.next()?);
        (kind == "cgroup2").then_some(point)
    })
}

fn read_controllers(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Names that differ between the kernel's two interfaces.
fn event_name(subsystem: &str) -> &str {
    let name = subsystem.strip_suffix("_cgroup").unwrap_or(subsystem);
    match name {
        "perf" => "perf_event",
        "mem" => "memory",
        "io" => "blkio",
        name => name,
    }
}

fn add(out: &mut Vec<u8>, subsystem: &str, path: &str) {
    out.extend_from_slice(subsystem.as_bytes());
    out.push(b'=');
    out.extend_from_slice(path.as_bytes());
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cgroups(controllers: &[&str], enabled: &[(&str, &[&str])]) -> Cgroups {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Cgroups {
            unified: Some(PathBuf::from("/nonexistent")),
            own_pid: b"1".to_vec(),
            controllers: owned(controllers),
            enabled: enabled.iter().map(|(group, names)| ((*group).to_owned(), owned(names))).collect(),
            own_path: Some(Some("/kubepods/agent".to_owned())),
        }
    }

    fn shown(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace('\0', " ")
    }

    #[test]
    fn version_1_lists_its_controllers() {
        let text = b"4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:io:/x\n1:name=systemd:/docker/abc\n0::/\n";
        assert_eq!(
            shown(&cgroups(&[], &[]).normalise(text)),
            "memory=/docker/abc cpu=/docker/abc cpuacct=/docker/abc blkio=/x name=systemd=/docker/abc "
        );
    }

    #[test]
    fn version_2_gives_each_controller_the_nearest_group_that_has_it() {
        let enabled: &[(&str, &[&str])] = &[("/a/b", &["memory"]), ("/a", &["memory", "cpu"])];
        let text = b"0::/a/b\n";
        assert_eq!(shown(&cgroups(&["cpu", "memory", "pids"], enabled).normalise(text)), "cpu=/a memory=/a/b pids=/ ");
    }

    #[test]
    fn a_path_from_inside_a_namespace_is_made_absolute() {
        let mut cgroups = cgroups(&[], &[]);
        assert_eq!(shown(&cgroups.normalise(b"3:cpu:/../pod1/c1\n")), "cpu=/kubepods/pod1/c1 ");
        assert_eq!(shown(&cgroups.normalise(b"3:cpu:/../../..\n")), "cpu=/ ");
    }

    #[test]
    fn the_unified_mount_is_found() {
        let mounts = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
        assert_eq!(unified_mount(mounts), Some("/sys/fs/cgroup/unified"));
        assert_eq!(unified_mount("nonsense\n"), None);
    }
}
