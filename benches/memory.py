#!/usr/bin/env python3
"""What the engine keeps in memory while programs are started as fast as they can be.

    sudo benches/memory.py target/release/windhover SECONDS WORKERS RULES.yaml ...

Prints, ten times over the run, the resident memory of the process and what the kernel charges for its BPF maps (`memlock` of
/proc/PID/fdinfo; ring buffers are in both, since the process maps them), the threads known, and at the end what was seen and lost. Needs root.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

SAMPLES = 10


def resident(pid):
    """MiB that are the process's own, and MiB of files and shared memory, ring buffers among them."""
    text = open(f"/proc/{pid}/status").read()
    kib = {key: int(value) for key, value in re.findall(r"^(Rss\w+):\s+(\d+) kB", text, re.M)}
    return kib["RssAnon"] / 1024, (kib["RssFile"] + kib["RssShmem"]) / 1024


def maps(pid):
    """MiB of BPF maps: all, and ring buffers alone."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            text = open(f"/proc/{pid}/fdinfo/{name}").read()
        except OSError:
            continue
        number = {key: int(value) for key, value in re.findall(r"^(map_type|memlock|map_id):\s+(\d+)", text, re.M)}
        if "map_id" in number:
            found[number["map_id"]] = (number["map_type"] == 27, number["memlock"])
    return sum(size for _, size in found.values()) / 2**20, sum(size for ring, size in found.values() if ring) / 2**20


def storm(end):
    """Two processes that start programs; each child does a little before it ends."""
    for _ in range(2):
        if os.fork() == 0:
            while time.monotonic() < end:
                pid = os.fork()
                if pid == 0:
                    if os.getpid() % 4:
                        os._exit(0)
                    os.execv("/bin/true", ["true"])
                os.waitpid(pid, 0)
            os._exit(0)


def main():
    program, seconds, workers, *rules = sys.argv[1:]
    log = tempfile.TemporaryFile(mode="w+")
    command = [program, "--workers", workers, *(word for rule in rules for word in ("-r", rule))]
    engine = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
    time.sleep(5)
    start = time.monotonic()
    print(f"{'second':>6} {'own MiB':>9} {'mapped MiB':>11} {'maps MiB':>9} {'rings MiB':>10}")
    for sample in range(SAMPLES + 1):
        if sample == 0:
            storm(start + float(seconds))
        else:
            time.sleep(max(0, start + sample * float(seconds) / SAMPLES - time.monotonic()))
        (own, mapped), (all_maps, rings) = resident(engine.pid), maps(engine.pid)
        print(f"{time.monotonic() - start:6.0f} {own:9.1f} {mapped:11.1f} {all_maps:9.1f} {rings:10.1f}", flush=True)
    for _ in range(2):
        os.wait()
    engine.terminate()
    engine.wait()
    log.seek(0)
    print(*(line.strip() for line in log if "seen" in line or "evict" in line.lower()), sep="\n")


if __name__ == "__main__":
    main()
