#!/usr/bin/env python3
"""Needles in a storm: two processes open and close a file as fast as they can while a third opens a needle each 100 ms.

    sudo benches/storm.py target/release/windhover SECONDS WORKERS RULES.yaml ...

The whole engine watches them, and nobody else. Prints what was done, seen, lost and found; the sums have to be equal.
"""
import os
import re
import subprocess
import sys
import time

HAY, NEEDLE = "/etc/hostname", "/etc/shadow"


def open_until(end, path, pause):
    done = 0
    while time.time() < end:
        time.sleep(pause)
        for _ in range(1 if pause else 500):
            os.close(os.open(path, os.O_RDONLY))
            done += 1
    return done


def storm(seconds, begin, results):
    """Forks the three when told to, and writes what each has done."""
    os.read(begin, 1)
    end = time.time() + seconds
    for path, pause in [(HAY, 0), (HAY, 0), (NEEDLE, 0.1)]:
        if os.fork() == 0:
            os.write(results, f"{path} {open_until(end, path, pause)}\n".encode())
            os._exit(0)
    for _ in range(3):
        os.wait()
    os._exit(0)


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def main():
    binary, seconds, workers, *rules = sys.argv[1:]
    (begin, start), (answers, results) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        storm(float(seconds), begin, results)
    os.close(results)
    command = [binary, "--scope-tree", str(child), "--workers", workers, "-o", "json_output=false"]
    command += [argument for path in rules for argument in ("-r", path)]
    with open("/tmp/windhover-storm.alerts", "w+") as alerts:
        engine = subprocess.Popen(command, stdout=alerts, stderr=subprocess.PIPE, text=True)
        said = []
        for line in engine.stderr:
            said.append(line)
            if "Watching Linux" in line:
                break
        os.write(start, b"!")
        os.waitpid(child, 0)
        resident = resident_kib(engine.pid)
        engine.terminate()
        said += engine.stderr.readlines()
        engine.wait()
        alerts.seek(0)
        found = sum(NEEDLE in line for line in alerts)
    done = {}
    for line in os.fdopen(answers):
        path, count = line.split()
        done[path] = done.get(path, 0) + int(count)
    print(f"opens done: {done[HAY]}; needles done: {done[NEEDLE]}, found: {found}; resident: {resident} KiB")
    print("".join(line for line in said if "ready in" in line or "Events:" in line or "lost " in line), end="")
    seen, delivered, lost = map(int, re.search(r"(\d+) seen, (\d+) delivered, (\d+) lost", "".join(said)).groups())
    print("sums are equal" if seen == delivered + lost else "THE SUMS DIFFER")


if __name__ == "__main__":
    main()
