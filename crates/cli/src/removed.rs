//! Flags of older releases of the reference, and what to use instead.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Each flag, and an imperative sentence without its full stop.
const REMOVED: &[(&str, &str)] = &[
    ("-A", "use `-o base_syscalls.all=true`"),
    ("-b", "use `-o buffer_format_base64=true`"),
    ("--print-base64", "use `-o buffer_format_base64=true`"),
    ("-d", "let a service manager run it: a systemd unit, or `nohup windhover &`"),
    ("--daemon", "let a service manager run it: a systemd unit, or `nohup windhover &`"),
    ("-D", "use `-o rules[].disable.rule='*TEXT*'`"),
    ("-e", "use `windhover replay FILE`, or `-o engine.kind=replay -o engine.replay.capture_file=FILE`"),
    ("-g", "use `-o engine.kind=modern_ebpf`: gVisor's own events are not read any more"),
    ("--gvisor-config", "use `-o engine.kind=modern_ebpf`: gVisor's own events are not read any more"),
    ("--gvisor-generate-config", "use `-o engine.kind=modern_ebpf`: gVisor's own events are not read any more"),
    ("--gvisor-root", "use `-o engine.kind=modern_ebpf`: gVisor's own events are not read any more"),
    ("-G", "use `-o engine.kind=modern_ebpf`: gVisor's own events are not read any more"),
    ("-k", "leave it out: metadata of pods comes from the container runtimes"),
    ("--k8s-api", "leave it out: metadata of pods comes from the container runtimes"),
    ("-K", "leave it out: metadata of pods comes from the container runtimes"),
    ("--k8s-api-cert", "leave it out: metadata of pods comes from the container runtimes"),
    ("--k8s-node", "leave it out: metadata of pods comes from the container runtimes"),
    ("-s", "use `-o metrics.enabled=true -o metrics.output_file=FILE`"),
    ("--stats-interval", "use `-o metrics.interval=5s`"),
    ("-S", "use `-o falco_libs.snaplen=BYTES`"),
    ("--snaplen", "use `-o falco_libs.snaplen=BYTES`"),
    ("-t", "use `-o rules[].disable.rule='*' -o rules[].enable.tag=TAG`"),
    ("-T", "use `-o rules[].disable.tag=TAG`"),
    ("-u", "use `-o engine.kind=modern_ebpf`"),
    ("--userspace", "use `-o engine.kind=modern_ebpf`"),
    ("--cri", "set `engines.cri.sockets` in the `init_config` of the plugin `container`"),
    ("--disable-cri-async", "leave it out: containers are always asked about beside the event path"),
    ("--modern-bpf", "use `-o engine.kind=modern_ebpf`, which is the default"),
    ("--nodriver", "use `-o engine.kind=nodriver`"),
    ("--list-syscall-events", "use `--list-events`"),
];

/// What to say where a flag is not known because it was removed.
pub fn explain(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = flag.split('=').next().unwrap_or(flag);
    let (name, instead) = REMOVED.iter().find(|(removed, _)| *removed == name)?;
    Some(format!("Error: the flag `{name}` was removed: {instead}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Arguments;

    #[test]
    fn a_removed_flag_is_answered_with_what_to_use() {
        for (flag, instead) in REMOVED {
            let error = Arguments::try_parse_from(["windhover", flag, "x"]).unwrap_err();
            let text = explain(&error).unwrap_or_else(|| panic!("{flag}: {error}"));
            assert_eq!(text, format!("Error: the flag `{flag}` was removed: {instead}"));
        }
        assert_eq!(explain(&Arguments::try_parse_from(["windhover", "--nonsense"]).unwrap_err()), None);
        assert_eq!(explain(&Arguments::try_parse_from(["windhover", "-M"]).unwrap_err()), None);
    }
}
