"""Random calls of one process on the files of a folder of its own.

    calls.py FOLDER

FOLDER lies two folders deep in what may be changed: no path below has more than two `..` on end, and those that begin at
descriptors, which may be of any folder that was opened, have none.

Says `ready`, and then does what it is told line by line:

    warm DIRECTORY      goes there, and makes each sort of call once
    go SEED COUNT       makes so many calls

Behind each it says of each call, as JSON, what it was and what came of it; then `done`.
"""
import ctypes
import json
import os
import platform
import random
import stat
import sys

FOLDER = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
AT_REMOVEDIR = 0x200
NUMBERS = {
    "x86_64": {"open": 2, "close": 3, "fstat": 5, "dup": 32, "fcntl": 72, "flock": 73, "mkdir": 83, "rmdir": 84,
               "creat": 85, "unlink": 87, "fchmod": 91, "openat": 257, "unlinkat": 263},
    "aarch64": {"dup": 23, "fcntl": 25, "flock": 32, "unlinkat": 35, "fchmod": 52, "openat": 56, "close": 57, "fstat": 80},
}[platform.machine()]
ABSOLUTE = ["/etc/shadow", "/etc/sub/key", "/srv/x", "/srv/./x", "//etc//shadow", "/etc/../etc/shadow", "/etc", "/etc/sub",
            "/link", "/links/sub/key", "/links/shadow", "/", "/etc/shadow/", "/etc/k\u00e4y", "/etc/shadow2", "/etcetera",
            "/srv/x/y", "/etc/sub/key.key", "/" + "n" * 250, "/etc/" + "./" * 130 + "shadow"]
RELATIVE = ["shadow", "./x", "x", "../etc/shadow", "sub/key", "../../srv/x", "..", ".", "...", "", "key", ".key", "shadow2",
            "none/none", "./sub/./key", "sub//key"]
BELOW = [path for path in RELATIVE if ".." not in path.split("/")]
FLAGS = [os.O_RDONLY, os.O_RDONLY, os.O_WRONLY, os.O_RDWR, 3, os.O_WRONLY | os.O_CREAT, os.O_RDWR | os.O_CREAT | os.O_TRUNC,
         os.O_RDONLY | os.O_DIRECTORY, os.O_WRONLY | os.O_APPEND, os.O_PATH, os.O_RDONLY | os.O_CLOEXEC]
BUFFER = ctypes.create_string_buffer(256)
OPENED = []
RECORDS = []


def prepare():
    for name in ["etc", "etc/sub", "srv"]:
        path = os.path.join(FOLDER, name)
        if os.path.lexists(path) and not os.path.isdir(path):
            os.unlink(path)
        os.makedirs(path, exist_ok=True)
    for name in ["etc/shadow", "etc/sub/key", "srv/x"]:
        if not os.path.exists(os.path.join(FOLDER, name)):
            os.mknod(os.path.join(FOLDER, name), 0o644)
    for name, target in [("link", "etc/shadow"), ("links", "etc")]:
        if not os.path.lexists(os.path.join(FOLDER, name)):
            os.symlink(os.path.join(FOLDER, target), os.path.join(FOLDER, name))


def call(name, *arguments, path=None):
    """Makes a call, `PATH` among its arguments being the path, and keeps what came of it."""
    if name not in NUMBERS:
        return -1
    given = path.encode() if path is not None else None
    result = libc.syscall(NUMBERS[name], *[given if argument is PATH else argument for argument in arguments])
    if result == -1:
        result = -ctypes.get_errno()
    numbers = [0 if argument is PATH or not isinstance(argument, int) else argument & 0xffffffffffffffff
               for argument in arguments]
    resolved, other = None, False
    if result >= 0 and name in ("open", "openat", "creat"):
        OPENED.append(result)
        link = f"/proc/self/fd/{result}"
        # What is below a folder that is gone has its name still.
        resolved = os.readlink(link).removesuffix(" (deleted)")
        other = stat.S_ISDIR(os.stat(link).st_mode)
    RECORDS.append([name, (numbers + [0] * 6)[:6], result, path, resolved, other])
    return result


PATH = object()


def some_path(chance):
    return FOLDER + chance.choice(ABSOLUTE) if chance.random() < 0.6 else chance.choice(RELATIVE)


def some_descriptor(chance):
    return chance.choice(OPENED) if OPENED and chance.random() < 0.8 else chance.choice([99, 1000, -1])


def random_call(chance):
    what = chance.randrange(14)
    path, flags = some_path(chance), chance.choice(FLAGS)
    if what < 2:
        call("open", PATH, flags, 0o644, path=path)
    elif what < 5:
        call("openat", AT_FDCWD, PATH, flags, 0o644, path=path)
    elif what == 5:
        call("openat", some_descriptor(chance), PATH, flags, 0o644, path=chance.choice(BELOW))
    elif what == 6:
        call("creat", PATH, 0o644, path=path)
    elif what == 7:
        fd = some_descriptor(chance)
        if call("close", fd) == 0:
            OPENED.remove(fd)
    elif what == 8:
        call(chance.choice(["unlink", "rmdir"]), PATH, path=path)
    elif what == 9:
        call("unlinkat", AT_FDCWD, PATH, chance.choice([0, AT_REMOVEDIR]), path=path)
    elif what == 10:
        call("mkdir", PATH, 0o755, path=path)
    elif what == 11:
        call("fchmod", some_descriptor(chance), 0o755)
    elif what == 12:
        call("fstat", some_descriptor(chance), BUFFER)
    else:
        call(chance.choice(["flock", "fcntl"]), some_descriptor(chance), 1, 0)


def close_all():
    for fd in OPENED:
        call("close", fd)
    OPENED.clear()


def warm(directory):
    # Who watches from now on has not seen these opened.
    close_all()
    # Calls remove what others are about.
    prepare()
    os.chdir(os.path.join(FOLDER, directory))
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_CREAT, 3):
        for path in ("none/none", "warm"):
            call("open", PATH, flags, 0o644, path=path)
            call("openat", AT_FDCWD, PATH, flags, 0o644, path=path)
            call("creat", PATH, 0o644, path=path)
            call("unlink", PATH, path=path)
            call("unlinkat", AT_FDCWD, PATH, 0, path=path)
            call("mkdir", PATH, 0o755, path=path)
            call("rmdir", PATH, path=path)
    for name in ("fchmod", "fstat", "flock", "fcntl", "close"):
        call(name, OPENED[0] if OPENED and name != "close" else 99, {"fstat": BUFFER, "fchmod": 0o755}.get(name, 1), 0)
    close_all()


def main():
    prepare()
    print("ready", flush=True)
    for line in sys.stdin:
        RECORDS.clear()
        words = line.split()
        if words[0] == "warm":
            warm(words[1])
        else:
            chance = random.Random(int(words[1]))
            for _ in range(int(words[2])):
                random_call(chance)
        for record in RECORDS:
            print(json.dumps(record))
        print("done", flush=True)


main()
