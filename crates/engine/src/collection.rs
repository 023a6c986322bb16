//! Which system calls are collected (`base_syscalls`).

use windhover_event::{Syscall, SyscallSet};

/// What is collected beyond what rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseSyscalls {
    /// Names of system calls to collect; with `!` before them, not to collect.
    pub custom_set: Vec<String>,
    /// Whether the least is added that keeps the model right.
    pub repair: bool,
    /// Whether input and output calls may be collected, which come in great numbers.
    pub all: bool,
}

/// The system calls to collect, and what there is to say about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// What the probe is to collect.
    pub calls: SyscallSet,
    /// What rules look at and is left out all the same.
    pub left_out: SyscallSet,
    /// Names of the custom set that no system call has.
    pub unknown: Vec<String>,
}

/// Chooses what to collect for rules that look at `wanted`.
pub fn collect(wanted: &SyscallSet, base: &BaseSyscalls) -> Collection {
    let mut unknown = Vec::new();
    let (mut added, mut removed) = (SyscallSet::EMPTY, SyscallSet::EMPTY);
    for name in &base.custom_set {
        let (set, call) = match name.strip_prefix('!') {
            Some(call) => (&mut removed, call),
            None => (&mut added, name.as_str()),
        };
        match Syscall::by_name(call) {
            Some(call) => _ = set.insert(call),
            None => unknown.push(name.clone()),
        }
    }
    let mut calls = if !added.is_empty() {
        *wanted | added
    } else if base.repair {
        wanted.repaired()
    } else {
        *wanted | SyscallSet::state()
    };
    removed.iter().for_each(|call| _ = calls.remove(call));
    if !base.all {
        SyscallSet::unwatched_io().iter().for_each(|call| _ = calls.remove(call));
    }
    if base.repair && !base.custom_set.is_empty() {
        calls = calls.repaired();
    }
    calls.insert(Syscall::SCHED_PROCESS_EXIT);
    let left_out = wanted.iter().filter(|call| !calls.contains(*call)).collect();
    Collection { calls, left_out, unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(custom: &[&str], repair: bool, all: bool) -> BaseSyscalls {
        BaseSyscalls { custom_set: custom.iter().map(|name| (*name).to_owned()).collect(), repair, all }
    }

    fn has(set: &SyscallSet, name: &str) -> bool {
        set.contains(Syscall::by_name(name).unwrap())
    }

    #[test]
    fn rules_and_the_model_decide_unless_told_otherwise() {
        let wanted = SyscallSet::of(&[Syscall::READ, Syscall::PTRACE]);
        let default = collect(&wanted, &BaseSyscalls::default());
        assert!(has(&default.calls, "ptrace") && has(&default.calls, "clone") && has(&default.calls, "close"));
        assert!(!has(&default.calls, "read") && has(&default.left_out, "read"));
        let all = collect(&wanted, &base(&[], false, true));
        assert!(has(&all.calls, "read") && all.left_out.is_empty());
    }

    #[test]
    fn a_custom_set_replaces_what_the_model_needs() {
        let wanted = SyscallSet::of(&[Syscall::PTRACE]);
        let custom = collect(&wanted, &base(&["openat", "!ptrace", "nothing", "!none"], false, false));
        let calls = SyscallSet::of(&[Syscall::OPENAT, Syscall::SCHED_PROCESS_EXIT]);
        assert_eq!(custom.calls, calls);
        assert_eq!((custom.left_out, custom.unknown), (wanted, vec!["nothing".to_owned(), "!none".to_owned()]));
        let repaired = collect(&wanted, &base(&["openat", "!ptrace"], true, false));
        assert!(has(&repaired.calls, "clone") && has(&repaired.calls, "close") && !has(&repaired.calls, "mount"));
        let negative = collect(&wanted, &base(&["!close"], false, false));
        assert!(!has(&negative.calls, "close") && has(&negative.calls, "clone"));
    }

    #[test]
    fn repair_alone_collects_the_least() {
        let repaired = collect(&SyscallSet::of(&[Syscall::PTRACE]), &base(&[], true, false));
        assert!(has(&repaired.calls, "execve") && !has(&repaired.calls, "mount") && !has(&repaired.calls, "close"));
    }
}
