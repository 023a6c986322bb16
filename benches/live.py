#!/usr/bin/env python3
"""What watching costs: the same loads without a probe, with one, and with one whose kernel side settles what it can.

    sudo benches/live.py target/release/windhover ROUNDS RULES.yaml ...
    sudo ONLY=redis-benchmark benches/live.py ...           # one load alone, by its name in the table

Loads: getppid in a loop; open, fstat, read, close in a loop; redis-benchmark; a compile of 200 C files; 1,500 programs started one
after the other; and for ten seconds a storm of opens and programs with a needle each tenth of a second. Rounds are interleaved and
medians shown; ratios are to the same load without a probe. What is not installed is left out. Needs root and a C compiler.
"""
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MODES = {"off": None, "on": "off", "settling": "on"}
NEEDLE = "/etc/shadow"
LOOP = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int count, char **words)
{
    char space[512];
    for (long n = atol(words[2]); n > 0; n--) {
        if (!strcmp(words[1], "getppid")) {
            syscall(SYS_getppid);
            continue;
        }
        int fd = open("/etc/hostname", O_RDONLY);
        syscall(SYS_fstat, fd, space);
        read(fd, space, 64);
        close(fd);
    }
    return count != 3;
}
"""


def quiet(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def redis(folder):
    port = str(20000 + os.getpid() % 20000)
    server = subprocess.Popen(["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder],
                              stdout=subprocess.DEVNULL)
    while subprocess.run(["redis-cli", "-p", port, "ping"], capture_output=True).stdout != b"PONG\n":
        time.sleep(0.05)
    start = time.monotonic()
    quiet("redis-benchmark", "-p", port, "-q", "-n", "60000", "-c", "20", "-t", "set,get")
    seconds = time.monotonic() - start
    server.terminate()
    server.wait()
    return seconds


def compile_files(folder):
    for number in range(200):
        quiet("cc", "-O1", "-c", f"{folder}/f{number}.c", "-o", f"{folder}/f{number}.o")


def programs(_):
    for _ in range(1500):
        quiet("/bin/true")


def storm(_):
    """Two processes open and one starts programs, as fast as they can, while this one leaves needles."""
    end = time.monotonic() + 10
    for kind in ["open", "open", "program"]:
        if os.fork() == 0:
            while time.monotonic() < end:
                if kind == "open":
                    for _ in range(100):
                        os.close(os.open("/etc/hostname", os.O_RDONLY))
                else:
                    quiet("/bin/true")
            os._exit(0)
    for _ in range(100):
        os.close(os.open(NEEDLE, os.O_RDONLY))
        time.sleep(0.1)
    for _ in range(3):
        os.wait()


def loads(folder):
    with open(f"{folder}/loop.c", "w") as source:
        source.write(LOOP)
    quiet("cc", "-O1", f"{folder}/loop.c", "-o", f"{folder}/loop")
    for number in range(200):
        with open(f"{folder}/f{number}.c", "w") as source:
            source.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/socket.h>\n"
                         f"int f{number}(int n) {{ return printf(\"%d\", n); }}\n")
    yield "getppid", lambda _: quiet(f"{folder}/loop", "getppid", "3000000")
    yield "open, fstat, read, close", lambda _: quiet(f"{folder}/loop", "files", "200000")
    if shutil.which("redis-server"):
        yield "redis-benchmark", redis
    yield "compile", compile_files
    yield "programs", programs
    yield "needles", storm


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(binary, rules, switch, load, folder):
    """Has a process do the load, watched or not: its seconds, the engine's, and what became of events."""
    (begin, start), (results, told) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.read(begin, 1)
        since = time.monotonic()
        seconds = load(folder) or time.monotonic() - since
        os.write(told, f"{seconds}".encode())
        os._exit(0)
    found = {"cpu": 0.0}
    if switch is None:
        os.write(start, b"!")
        os.waitpid(child, 0)
    else:
        command = [binary, "--scope-tree", str(child), "--kernel-verdicts", switch, "-o", "json_output=false"]
        command += [argument for path in rules for argument in ("-r", path)]
        with tempfile.TemporaryFile("w+") as alerts:
            engine = subprocess.Popen(command, stdout=alerts, stderr=subprocess.PIPE, text=True)
            while "Watching Linux" not in engine.stderr.readline():
                if engine.poll() is not None:
                    sys.exit("the engine does not watch")
            before = cpu_seconds(engine.pid)
            os.write(start, b"!")
            os.waitpid(child, 0)
            time.sleep(0.3)
            found["cpu"] = cpu_seconds(engine.pid) - before
            engine.terminate()
            said = engine.stderr.read()
            engine.wait()
            alerts.seek(0)
            found["needles"] = sum(NEEDLE in line for line in alerts)
        seen, delivered, lost = map(int, re.search(r"(\d+) seen, (\d+) delivered, (\d+) lost", said).groups())
        settled = re.search(r"Settled in the kernel: (\d+)", said)
        found.update(seen=seen, delivered=delivered, lost=lost, settled=int(settled[1]) if settled else 0)
    found["seconds"] = float(os.read(results, 100))
    for end in [begin, start, results, told]:
        os.close(end)
    return found


def main():
    binary, rounds, *rules = sys.argv[1:]
    print("| load | probe | seconds | ratio | CPU seconds | sent up | settled | lost | needles |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for name, load in loads(folder):
            if os.environ.get("ONLY", name) != name:
                continue
            runs = {mode: [] for mode in MODES}
            for _ in range(int(rounds)):
                for mode, switch in MODES.items():
                    if name != "needles" or switch:
                        runs[mode].append(measure(binary, rules, switch, load, folder))
            base = statistics.median(run["seconds"] for run in runs["off"]) if runs["off"] else None
            for mode, done in runs.items():
                if not done:
                    continue
                middle = {key: statistics.median(run.get(key, 0) for run in done) for key in done[0]}
                ratio = f"{middle['seconds'] / base:.2f}" if base else ""
                counts = [f"{middle[key]:,.0f}" if key in middle else "" for key in ("delivered", "settled", "lost")]
                needles = f"{middle['needles']:.0f} of 100" if name == "needles" else ""
                cells = [name, mode, f"{middle['seconds']:.2f}", ratio, f"{middle['cpu']:.2f}", *counts, needles]
                print("| " + " | ".join(cells) + " |", flush=True)


main()
