"""Needles right after the deeds that change what the kernel may take them for, in tight loops.

    race.py FOLDER CONTROL_GROUP SECONDS

Waits for a line, races, and says of each racer how many needles it left: `NAME COUNT`. Then `done`.
"""
import ctypes
import os
import shutil
import sys
import threading
import time

FOLDER, GROUP, SECONDS = sys.argv[1], sys.argv[2], float(sys.argv[3])
PR_SET_NAME = 15
libc = ctypes.CDLL(None, use_errno=True)


def at(*parts):
    return os.path.join(FOLDER, *parts)


def look(path):
    os.close(os.open(path, os.O_RDONLY))


def child(function, *arguments):
    """A process that does one thing."""
    pid = os.fork()
    if pid == 0:
        try:
            function(*arguments)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def chdir():
    """A relative name means another file."""
    os.chdir(at("etc"))
    look("chdir")
    os.chdir(at("plain"))
    look("chdir")
    look("chdir")
    return 1


def fchdir():
    etc, plain = (os.open(at(name), os.O_RDONLY) for name in ("etc", "plain"))
    needles = 0
    for _ in range(100):
        os.fchdir(etc)
        look("fchdir")
        os.fchdir(plain)
        look("fchdir")
        needles += 1
    os.close(etc)
    os.close(plain)
    return needles


def fork():
    """A child begins in its parent's directory, which has just changed, or changes at once."""
    os.chdir(at("etc"))
    child(look, "fork")
    os.chdir(at("plain"))
    child(look, "fork")

    def away():
        os.chdir(at("etc"))
        look("fork")

    child(away)
    return 2


def execute():
    """A program begins where the one before it was."""
    for directory in ["etc", "plain"]:
        os.chdir(at(directory))
        child(os.execv, "/bin/cat", ["cat", "execute"])
    return 1


def user():
    """A child that is somebody else from one call to the next."""

    def other():
        os.setuid(65534)
        look(at("etc/user"))

    look(at("etc/user"))
    child(other)
    return 1


def switch():
    """Somebody else, and back."""
    needles = 0
    for _ in range(100):
        os.seteuid(65534)
        look(at("plain/switch"))
        os.seteuid(0)
        look(at("plain/switch"))
        needles += 1
    return needles


def heir():
    """What somebody else's children and programs do."""

    def other():
        os.setresuid(-1, 65534, -1)
        child(look, at("plain/heir"))
        child(os.execv, "/bin/cat", ["cat", at("plain/heir")])

    child(look, at("plain/heir"))
    child(other)
    return 2


def program():
    """Programs of this name and of others, one after the other in one process, too."""
    child(os.execv, at("needlecat"), ["needlecat", at("plain/program")])
    child(os.execv, "/bin/cat", ["cat", at("plain/program")])

    def both():
        script = 'exec "$0" "$1"'
        os.execv("/bin/sh", ["needlecat", "-c", script, at("needlecat"), at("plain/program")])

    child(both)
    return 2


def second():
    """A program that a thread runs goes on as the process's first one."""

    def run():
        threading.Thread(target=os.execv, args=(at("needlecat"), ["cat", at("plain/second")])).start()
        time.sleep(5)

    child(os.execv, "/bin/cat", ["cat", at("plain/second")])
    child(run)
    return 1


def rename():
    """A name that a process gives itself is its children's, to the model."""
    needles = 0
    for _ in range(10):
        libc.prctl(PR_SET_NAME, b"renamed", 0, 0, 0)
        child(look, at("plain/rename"))
        libc.prctl(PR_SET_NAME, b"python3", 0, 0, 0)
        child(look, at("plain/rename"))
        needles += 1
    return needles


def root():
    """An absolute name means another file, and the same to rules."""

    def elsewhere():
        os.chroot(at("tree"))
        look("/etc/root-needle")
        os.chdir("/etc")
        look("root-needle")

    child(elsewhere)
    return 2


def container():
    """A process that is born in a container."""

    def inside():
        with open(os.path.join(GROUP, "cgroup.procs"), "w") as group:
            group.write(str(os.getpid()))
        child(look, at("plain/container"))

        def program():
            os.execv("/bin/cat", ["cat", at("plain/container")])

        child(program)

    child(look, at("plain/container"))
    child(inside)
    return 2


def descriptor():
    """A number that was another file's a moment ago."""
    needles = 0
    for _ in range(100):
        for name in ["plain/descriptor", "etc/descriptor"]:
            fd = os.open(at(name), os.O_RDONLY)
            os.fchmod(fd, 0o644)
            os.close(fd)
        needles += 1
    return needles


def main():
    racers = [chdir, fchdir, fork, execute, user, switch, heir, program, second, rename, root, container, descriptor]
    for folder in ["etc", "plain", "tree/etc"]:
        os.makedirs(at(folder))
        for name in [racer.__name__ for racer in racers] + ["root-needle"]:
            with open(at(folder, name), "w"):
                pass
    os.chmod(FOLDER, 0o755)
    shutil.copy("/bin/cat", at("needlecat"))
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + SECONDS
    for racer in racers:
        if os.fork() == 0:
            needles = 0
            # What is lost to a reader that gets no processor is nobody's needle.
            os.nice(19)
            os.chdir(at("plain"))
            while time.monotonic() < end:
                needles += racer()
                # Now and then there is time for an answer, which the next round must not take for its own.
                if needles % 7 == 0:
                    time.sleep(0.002)
            os.write(1, f"{racer.__name__} {needles}\n".encode())
            os._exit(0)
    for _ in racers:
        os.wait()
    print("done", flush=True)
    sys.stdin.readline()


main()
