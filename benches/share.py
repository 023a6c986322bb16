#!/usr/bin/env python3
"""What part of the time of a loop over files goes into being watched, by samples of its own processor time.

    sudo benches/share.py target/release/windhover SECONDS RULES.yaml ...

A process opens and closes /etc/hostname, once as one of the host and once in a control group that looks like a container's, while the engine
watches it with verdicts in the kernel. `perf` samples where it is; what belongs to probes is told by the names of functions. Samples are
of the process alone, so the figures hold on a busy machine too. Needs root, perf, a C compiler and a hierarchy of control groups.
"""
import os
import re
import subprocess
import sys
import tempfile

CONTAINER = "4f1d0c9b7a3e5d2864fb90ac13e7d5f8024b6c8d1e3f5a7092b4d6c8e0f1a3b5"
LOOP = r"""
#include <fcntl.h>
#include <unistd.h>
int main(void)
{
    char go;
    read(0, &go, 1);
    for (;;)
        close(open("/etc/hostname", O_RDONLY));
}
"""
# In this order; what is in none is the load's own.
PARTS = {
    "programs": r"^bpf_prog_",
    "reads of memory": r"nofault|^bpf_probe_read|__virt_addr_valid",
    "maps": r"htab|lookup_nulls|^bpf_map|array_map",
    "sending": r"ringbuf|ktime_get",
    "hooks": r"bpf_trace|trace_call_bpf|perf_|syscall_trace|syscall_exit_work|^bpf_get|^bpf_tail",
}


def group(container):
    hierarchy = next(path for path in ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"] if os.path.exists(f"{path}/cgroup.procs"))
    path = f"{hierarchy}/windhover-share-{os.getpid()}" + (f"/{CONTAINER}" if container else "")
    os.makedirs(path, exist_ok=True)
    return path


def sample(binary, rules, seconds, container, folder):
    """Percent by part, and what the engine said of events."""
    path = group(container)

    def enter():
        with open(f"{path}/cgroup.procs", "w") as members:
            members.write(str(os.getpid()))

    load = subprocess.Popen([f"{folder}/loop"], stdin=subprocess.PIPE, preexec_fn=enter)
    command = [binary, "--scope-tree", str(load.pid), "--kernel-verdicts", "on"]
    command += [argument for rule in rules for argument in ("-r", rule)]
    engine = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while "Watching Linux" not in engine.stderr.readline():
        if engine.poll() is not None:
            sys.exit("the engine does not watch")
    load.stdin.write(b"x")
    load.stdin.flush()
    data = f"{folder}/perf.data"
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "4000", "-o", data, "-p", str(load.pid), "--",
                    "sleep", seconds], check=True, stderr=subprocess.DEVNULL)
    load.kill()
    load.wait()
    engine.terminate()
    said = engine.stderr.read()
    engine.wait()
    os.rmdir(path)
    if container:
        os.rmdir(os.path.dirname(path))
    report = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-F", "overhead,symbol"],
                            check=True, capture_output=True, text=True).stdout
    parts = dict.fromkeys(PARTS, 0.0)
    for percent, symbol in re.findall(r"^\s*([\d.]+)%\s+\[.\]\s+(\S+)", report, re.M):
        part = next((part for part, pattern in PARTS.items() if re.search(pattern, symbol)), None)
        if part and not symbol.startswith("bpf_lsm"):
            parts[part] += float(percent)
    sent = re.search(r"(\d+) delivered", said)[1]
    settled = re.search(r"Settled in the kernel: (\d+)", said)
    return parts, int(sent), int(settled[1]) if settled else 0


def main():
    binary, seconds, *rules = sys.argv[1:]
    print("| open and close by | " + " | ".join(PARTS) + " | in all | times | sent up | settled |")
    print("| --- " * (len(PARTS) + 5) + "|")
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/loop.c", "w") as source:
            source.write(LOOP)
        subprocess.run(["cc", "-O1", "-w", f"{folder}/loop.c", "-o", f"{folder}/loop"], check=True)
        for name, container in [("a process of the host", False), ("a container's", True)]:
            parts, sent, settled = sample(binary, rules, seconds, container, folder)
            share = sum(parts.values())
            cells = [name, *(f"{part:.1f} %" for part in parts.values()), f"{share:.1f} %", f"{100 / (100 - share):.2f}",
                     f"{sent:,}", f"{settled:,}"]
            print("| " + " | ".join(cells) + " |", flush=True)


main()
