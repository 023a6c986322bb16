"""What programs do to files, descriptors, sockets and themselves: each deed in a process of its own.

    load.py FOLDER CONTROL_GROUP

FOLDER is empty at first; CONTROL_GROUP is a container's. Waits for a line, does everything, says `done`.
"""
import array
import ctypes
import fcntl
import mmap
import os
import platform
import socket
import subprocess
import sys
import threading
import time

FOLDER, GROUP = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"open": 2, "creat": 85, "chmod": 90, "chown": 92, "lchown": 94, "openat": 257, "openat2": 437,
               "execveat": 322, "pidfd_open": 434, "pidfd_getfd": 438, "close_range": 436,
               "fstat": 5, "setns": 308, "linkat": 265, "fchownat": 260},
    "aarch64": {"openat": 56, "openat2": 437, "execveat": 281, "pidfd_open": 434, "pidfd_getfd": 438,
                "close_range": 436, "fstat": 80, "setns": 268, "linkat": 37, "fchownat": 54},
}[platform.machine()]
DEEDS = []


def deed(function):
    DEEDS.append(function)
    return function


def call(name, *arguments):
    """A system call by its name; calls that this machine has not are left out."""
    if name not in NUMBERS:
        return -1
    return libc.syscall(NUMBERS[name], *arguments)


def fstat(fd):
    """The call, and the one that newer libraries make of it."""
    call("fstat", fd, ctypes.create_string_buffer(256))
    try:
        os.fstat(fd)
    except OSError:
        pass


def at(*parts):
    return os.path.join(FOLDER, *parts)


def look(path, flags=os.O_RDONLY, **options):
    """Opens and closes; what fails is an event, too."""
    try:
        os.close(os.open(path, flags, **options))
    except OSError:
        pass


def pause():
    """Lets the engines hear where this process is, which they tell the kernel."""
    look("asked-for-nothing")
    time.sleep(0.03)


def trying(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except OSError:
        return None


def prepare():
    for folder in ["etc", "etc/sub", "plain", "deep/er", "tree/etc", "tree/bin"]:
        os.makedirs(at(folder))
    for name in ["etc/shadow", "etc/sub/key", "plain/file", "plain/other", "tree/etc/shadow", "deep/er/file",
                 "etc/.hidden", "plain/id_rsa", "plain/with space", "plain/\u00e4", "plain/a\x01b", "etc/secret.key"]:
        with open(at(name), "w") as file:
            file.write("text\n")
    os.symlink(at("etc/shadow"), at("plain/link"))
    os.symlink(at("etc"), at("plain/directory"))
    os.symlink("../etc/shadow", at("plain/relative"))
    os.symlink(at("plain/loop"), at("plain/loop"))
    os.mkfifo(at("plain/fifo"))
    with open(at("script.sh"), "w") as file:
        file.write("#!/bin/sh\ncat plain/file etc/shadow >/dev/null; echo x >> plain/other; rm -f none\n")
    os.chmod(at("script.sh"), 0o755)


NAMES = ["etc/shadow", "etc/sub/key", "etc/.hidden", "etc/secret.key", "plain/file", "plain/id_rsa", "plain/none",
         "plain/link", "plain/directory/shadow", "plain/relative", "plain/loop", "etc/../etc/shadow", "plain//file",
         "plain/./file", "etc//shadow", "plain/../../" + os.path.basename(FOLDER) + "/etc/shadow", "plain/file/", "etc/",
         "etc", "plain/file/x", "plain/with space", "plain/\u00e4", "plain/a\x01b", "plain/...", "plain/.", "plain/..",
         "plain/" + "n" * 255, "plain/" + "n" * 256, "etc/" + "../etc/" * 40 + "shadow", "etc/" + "./" * 600 + "shadow",
         "etc/" + "s" * 240 + "/shadow", "plain/fifo", "plain/" + "n" * 200 + "/" + "n" * 100 + "/sub/key"]


@deed
def absolute_names():
    for name in NAMES:
        look(FOLDER + "/" + name, os.O_RDONLY | os.O_NONBLOCK)
        look(FOLDER + "/" + name, os.O_RDWR | os.O_NONBLOCK)
    look("/")
    look("//")
    look("/.." + FOLDER + "/etc/shadow")


@deed
def relative_names():
    for directory in ["", "plain", "etc", "plain/directory"]:
        os.chdir(at(directory))
        pause()
        for name in NAMES:
            look(name, os.O_RDONLY | os.O_NONBLOCK)
            look("../" + name, os.O_RDONLY | os.O_NONBLOCK)
        for name in ["shadow", "file", "./shadow", ".//sub/key", "directory/shadow", "../etc/shadow", ".", ".."]:
            look(name)
            look(name, os.O_WRONLY)


@deed
def names_at_a_descriptor():
    for directory in ["", "etc", "plain", "plain/directory"]:
        fd = os.open(at(directory), os.O_RDONLY)
        for name in NAMES + ["shadow", "file", "link"]:
            look(name, os.O_RDONLY | os.O_NONBLOCK, dir_fd=fd)
        os.close(fd)
        look("shadow", dir_fd=fd)
        path = os.open(at(directory), os.O_PATH)
        look("shadow", dir_fd=path)
        os.close(path)
    file = os.open(at("plain/file"), os.O_RDONLY)
    look("shadow", dir_fd=file)


@deed
def flags():
    every = [os.O_RDONLY, os.O_WRONLY, os.O_RDWR, 3, os.O_WRONLY | os.O_TRUNC, os.O_RDWR | os.O_CREAT, os.O_PATH,
             os.O_RDWR | os.O_APPEND, os.O_RDONLY | os.O_NOFOLLOW, os.O_WRONLY | os.O_CREAT | os.O_EXCL,
             os.O_RDONLY | os.O_DIRECTORY, os.O_TMPFILE | os.O_RDWR, os.O_RDONLY | os.O_CREAT]
    for flags in every:
        for name in ["etc/shadow", "plain/file", "etc", "plain", "plain/link", "plain/new", "etc/new"]:
            look(at(name), flags)


@deed
def the_other_opens():
    in_root = "/windhover-none"
    for name in [at("etc/shadow"), at("plain/file"), in_root, "", at("plain/made"), at("etc/made")]:
        text = ctypes.c_char_p(name.encode())
        for flags in [0, 1, 2, 0o101]:
            call("open", text, flags, 0o600)
            how = (ctypes.c_uint64 * 3)(flags, 0o600 if flags & 0o100 else 0, 0)
            call("openat2", -100, text, how, 24)
            call("openat2", -100, text, how, 8)
        call("creat", text, 0o600)
        call("openat", -1, text, 0, 0)
        call("openat", 0x1_0000_0000 - 100, text, 0, 0)
    # Some of these have made it.
    os.unlink(in_root)


@deed
def pointers_to_nothing():
    for pointer in [0, 1, 0x7fff_ffff_f000, -1]:
        call("openat", -100, ctypes.c_void_p(pointer), 0, 0)
        call("open", ctypes.c_void_p(pointer), 1, 0)
        call("chmod", ctypes.c_void_p(pointer), 0o600)
    # A name up to the last byte of a page, with nothing behind it.
    page = mmap.mmap(-1, 8192)
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    name = at("etc/shadow").encode()
    libc.munmap(ctypes.c_void_p(start + 4096), 4096)
    ctypes.memmove(start + 4096 - len(name), name, len(name))
    call("openat", -100, ctypes.c_void_p(start + 4096 - len(name)), 0, 0)


def handle(fd):
    """What is done with an open file."""
    fstat(fd)
    os.fchmod(fd, 0o640)
    trying(os.fchown, fd, 0, 0)
    nothing = ctypes.c_char_p(b"")
    call("fchownat", fd, nothing, 0, 0, 0x1000)
    call("linkat", fd, nothing, -100, ctypes.c_char_p(at("plain/linked").encode()), 0x1000)
    trying(os.unlink, at("plain/linked"))
    trying(os.fchdir, fd)
    fcntl.flock(fd, fcntl.LOCK_SH)
    trying(fcntl.ioctl, fd, 0x5401, bytes(64))
    os.lseek(fd, 0, os.SEEK_SET)
    os.close(os.dup(fd))
    os.dup2(fd, 60)
    fstat(60)
    os.close(60)
    os.dup2(fd, 61, inheritable=False)
    os.close(61)
    os.close(fcntl.fcntl(fd, fcntl.F_DUPFD, 70))
    fcntl.fcntl(fd, fcntl.F_GETFL)
    trying(os.read, fd, 4)
    trying(os.pread, fd, 4, 0)
    trying(os.write, fd, b"text\n")
    trying(os.pwrite, fd, b"text\n", 0)
    trying(os.fsync, fd)
    trying(os.ftruncate, fd, 5)
    trying(os.listdir, fd)
    try:
        mmap.mmap(fd, 5, mmap.MAP_PRIVATE).close()
    except (OSError, ValueError):
        pass


@deed
def later_events():
    for name in ["../etc/shadow", "file", at("etc/shadow"), at("plain/other"), at("etc"), at("plain"), "id_rsa", "link", "relative", "directory/shadow", "../plain/directory/sub/key",
                 at("plain/with space"), at("plain/\u00e4")]:
        for flags in [os.O_RDWR, os.O_RDONLY]:
            os.chdir(at("plain"))
            try:
                fd = os.open(name, flags)
            except OSError:
                continue
            handle(fd)
            os.close(fd)
            trying(fstat, fd)


@deed
def numbers_used_again():
    for first, second in [("etc/shadow", "plain/file"), ("plain/file", "etc/shadow"), ("etc", "plain/file"),
                          ("plain/file", "plain"), ("etc/shadow", "etc")]:
        fd = os.open(at(first), os.O_RDONLY)
        fstat(fd)
        os.close(fd)
        fd = os.open(at(second), os.O_RDONLY)
        fstat(fd)
        trying(os.lseek, fd, 0, 0)
        look("shadow", dir_fd=fd)
        os.close(fd)
        trying(fstat, fd)
    makers = [socket.socket, lambda: socket.socket(socket.AF_UNIX), lambda: os.eventfd(0), lambda: os.memfd_create("m")]
    for make in makers:
        for name in ["etc/shadow", "plain/file"]:
            fd = os.open(at(name), os.O_RDONLY)
            fstat(fd)
            os.close(fd)
            made = make()
            number = made if isinstance(made, int) else made.fileno()
            fstat(number)
            trying(os.fchmod, number, 0o600)
            os.close(number if isinstance(made, int) else made.detach())
            fd = os.open(at(name), os.O_RDONLY)
            fstat(fd)
            os.fchmod(fd, 0o640)
            os.close(fd)
    first, second = os.pipe()
    fstat(first)
    os.write(second, b"x")
    os.read(first, 1)
    os.dup2(os.open(at("etc/shadow"), os.O_RDONLY), first)
    fstat(first)
    trying(os.close, 999)
    call("close_range", 3, 1000, 0)
    fd = os.open(at("plain/file"), os.O_RDONLY)
    fstat(fd)


@deed
def descriptors_from_elsewhere():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.fork() == 0:
        for name in ["etc/shadow", "plain/file"]:
            fd = os.open(at(name), os.O_RDONLY)
            theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        os._exit(0)
    kept = []
    for _ in range(2):
        _, data, _, _ = ours.recvmsg(1, socket.CMSG_LEN(4))
        fd = array.array("i", data[0][2])[0]
        time.sleep(0.1)
        fstat(fd)
        os.fchmod(fd, 0o640)
        kept.append(fd)
    os.wait()
    keep = [os.open(at(name), os.O_RDONLY) for name in ["etc/shadow", "plain/file"]]
    if os.fork() == 0:
        for fd in keep:
            handle(fd)
        os._exit(0)
    os.wait()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        pidfd = call("pidfd_open", parent, 0)
        for fd in keep:
            got = call("pidfd_getfd", pidfd, fd, 0)
            if got >= 0:
                fstat(got)
                os.close(got)
        os._exit(0)
    os.wait()
    for fd in keep:
        fcntl.fcntl(fd, fcntl.F_SETFD, 0)
    subprocess.run(["/bin/sh", "-c", f"cat <&{keep[0]} >/dev/null; stat -L /proc/self/fd/{keep[1]} >/dev/null"],
                   close_fds=False)


@deed
def directories_changed():
    for directory, name in [(at("etc"), "shadow"), (at("plain"), "file"), (at("plain/directory"), "shadow"), ("..", "etc/shadow"),
                            (at("deep/er"), "file"), ("../../etc", "shadow"), (".", "sub/key"), ("none", "shadow"),
                            ("/", FOLDER[1:] + "/etc/shadow"), (at("etc/"), "shadow"), (at("plain/../etc"), "shadow")]:
        trying(os.chdir, directory)
        look(name)
        pause()
        look(name)
        os.getcwd()
        look(name)
        pause()
        look(name)
        trying(os.unlink, "none-" + name)
        if os.fork() == 0:
            look(name)
            pause()
            look(name)
            os.chdir(at("etc"))
            look("shadow")
            os._exit(0)
        os.wait()
        look(name)
    fd = os.open(at("etc"), os.O_RDONLY)
    os.chdir(fd)
    look("shadow")
    os.close(fd)
    fd = os.open(at("plain/directory"), os.O_PATH)
    os.chdir(fd)
    look("shadow")


@deed
def a_directory_that_moves():
    os.mkdir(at("moving"))
    os.chdir(at("moving"))
    with open("file", "w"):
        pass
    pause()
    look("file")
    os.rename(at("moving"), at("etc/moved"))
    for _ in range(3):
        look("file")
    os.unlink("file")
    os.rmdir(at("etc/moved"))
    look("file")
    look("../shadow")


@deed
def long_directories():
    os.chdir(FOLDER)
    for number in range(6):
        name = str(number) * 200
        os.mkdir(name)
        os.chdir(name)
        with open("shadow", "w"):
            pass
        for _ in range(2):
            pause()
            look("shadow")
            look("./none")
            look("f" * 250)


@deed
def another_root():
    os.chdir(at("plain"))
    look("file")
    os.chroot(at("tree"))
    look("file")
    look("/etc/shadow")
    look("/bin/none")
    fd = os.open("/etc/shadow", os.O_RDONLY)
    fstat(fd)
    os.fchmod(fd, 0o600)
    os.chdir("/etc")
    for _ in range(2):
        look("shadow")
        look("/etc/shadow")
        pause()
    os.chdir("/")
    look("etc/shadow")


@deed
def another_user():
    os.chdir(at("etc"))
    look("shadow")
    os.setgid(65534)
    os.setuid(65534)
    for _ in range(2):
        pause()
        look("shadow")
        look(at("plain/file"))
        look("/etc/shadow")
        look(at("plain/file"), os.O_WRONLY)
        trying(os.unlink, at("plain/file"))


@deed
def deleted_files():
    for name in ["etc/gone", "plain/gone"]:
        fd = os.open(at(name), os.O_RDWR | os.O_CREAT)
        os.unlink(at(name))
        handle(fd)
        look(f"/proc/self/fd/{fd}")
        os.close(fd)


@deed
def names_through_proc():
    fd = os.open(at("etc/shadow"), os.O_RDONLY)
    look(f"/proc/self/fd/{fd}")
    look(f"/dev/fd/{fd}")
    look(f"/proc/{os.getpid()}/environ")
    look(f"/proc/self/root{FOLDER}/etc/shadow")
    look(f"/proc/self/cwd/etc/shadow")
    again = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
    fstat(again)
    os.fchmod(again, 0o640)


@deed
def namespaces():
    os.symlink("/proc/self/ns/uts", at("plain/namespace"))
    for name in ["/proc/self/ns/uts", f"/proc/{os.getppid()}/ns/uts", at("plain/namespace"), at("plain/file")]:
        fd = os.open(name, os.O_RDONLY)
        fstat(fd)
        call("setns", fd, 0)
        os.close(fd)
        call("setns", fd, 0)


@deed
def names_changed():
    for folder in ["etc", "plain"]:
        os.chdir(at(folder))
        for prefix in ["", at(folder) + "/", "../" + folder + "/", "./", "/" + at(folder) + "//"]:
            name = prefix + "changed"
            trying(os.mkdir, name)
            trying(os.mkdir, name)
            trying(os.rmdir, name)
            trying(os.rmdir, name)
            with open(name, "w"):
                pass
            for call_name, arguments in [("chmod", [0o600]), ("chown", [0, 0]), ("lchown", [0, 0])]:
                call(call_name, ctypes.c_char_p(name.encode()), *arguments)
            os.chmod(name, 0o644)
            os.chown(name, 0, 0)
            os.chown(name, 0, 0, follow_symlinks=False)
            trying(os.link, name, name + ".link")
            trying(os.symlink, name, name + ".symlink")
            trying(os.rename, name + ".link", name + ".key")
            os.unlink(name)
            trying(os.unlink, name)
            trying(os.unlink, name + ".symlink")
            trying(os.unlink, name + ".key")
            trying(os.mkfifo, name)
            trying(os.unlink, name)
            trying(os.truncate, name, 0)
        fd = os.open(".", os.O_RDONLY)
        trying(os.mkdir, "changed", dir_fd=fd)
        trying(os.chmod, "changed", 0o700, dir_fd=fd)
        trying(os.chown, "changed", 0, 0, dir_fd=fd)
        trying(os.rmdir, "changed", dir_fd=fd)
        trying(os.unlink, "changed", dir_fd=fd)


@deed
def threads():
    os.chdir(at("plain"))

    def work(name):
        fd = os.open(name, os.O_RDONLY)
        fstat(fd)
        os.close(fd)

    def elsewhere():
        os.chdir(at("etc"))
        look("shadow")

    for function, arguments in [(work, [at("etc/shadow")]), (work, ["file"]), (elsewhere, [])]:
        thread = threading.Thread(target=function, args=arguments)
        thread.start()
        thread.join()
        look("shadow")
        look("file")

    def alone():
        libc.unshare(0x200)
        os.chdir(at("plain"))
        look("file")
        look("shadow")

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()
    look("shadow")


@deed
def programs():
    os.chdir(FOLDER)
    subprocess.run(["./script.sh"])
    subprocess.run(["/bin/sh", "-c", "cd etc && cat shadow ../plain/file; exec cat sub/key"], stdout=subprocess.DEVNULL)
    subprocess.run(["/bin/cat", "etc/shadow", "plain/none"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run(["cp", "plain/file", "etc/copied"], cwd=FOLDER)
    subprocess.run(["mv", "etc/copied", "plain/moved"], cwd=FOLDER)
    subprocess.run(["rm", "-rf", "plain/moved"], cwd=FOLDER)
    subprocess.run(["find", ".", "-name", "shadow"], stdout=subprocess.DEVNULL)
    subprocess.run(["ls", "-la", "etc"], stdout=subprocess.DEVNULL)
    subprocess.run(["tar", "-cf", "plain/archive.tar", "etc"])
    subprocess.run(["ln", "-sf", at("etc/shadow"), "plain/made-link"])
    subprocess.run(["touch", "etc/touched"])
    subprocess.run(["sh", "-c", "chmod u+s plain/other; chmod 4755 plain/other"])
    trying(os.execv, at("none"), ["none"])
    fd = os.open("/bin/true", os.O_RDONLY)
    if os.fork() == 0:
        os.execve(fd, ["true"], {})
    os.wait()


def serve(family, address):
    server = socket.socket(family)
    server.bind(address)
    server.listen(1)
    if os.fork() == 0:
        client = socket.socket(family)
        client.connect(server.getsockname())
        client.sendall(b"x")
        fstat(client.fileno())
        client.recv(1)
        os.dup2(client.fileno(), 0)
        os._exit(0)
    peer, _ = server.accept()
    peer.recv(1)
    fstat(peer.fileno())
    peer.sendall(b"y")
    os.wait()


def talk(family, address):
    """Messages over the same connection again and again, by several processes and under several numbers."""
    server = socket.socket(family)
    server.bind(address)
    server.listen(1)
    client = socket.socket(family)
    client.connect(server.getsockname())
    peer, _ = server.accept()
    for _ in range(3):
        client.send(b"x")
        client.sendmsg([b"y"])
        peer.recvfrom(1)
        peer.recvmsg(1)
    trying(peer.recv, 1, socket.MSG_DONTWAIT)
    again = client.dup()
    again.send(b"x")
    if os.fork() == 0:
        client.send(b"x")
        again.send(b"x")
        os._exit(0)
    os.wait()
    peer.recv(3)
    client.send(b"x")
    for end in [client, again, peer, server]:
        end.close()


@deed
def connections():
    serve(socket.AF_INET, ("127.0.0.1", 0))
    serve(socket.AF_INET6, ("::1", 0))
    for _ in range(2):
        talk(socket.AF_INET, ("127.0.0.1", 0))
        talk(socket.AF_INET6, ("::1", 0))
    talk(socket.AF_UNIX, at("plain/talk"))
    serve(socket.AF_UNIX, at("plain/socket"))
    serve(socket.AF_UNIX, at("etc/socket"))
    for family, address in [(socket.AF_INET, ("127.0.0.1", 9)), (socket.AF_INET6, ("::1", 9)),
                            (socket.AF_UNIX, at("none"))]:
        client = socket.socket(family)
        trying(client.connect, address)
        fd = os.open(at("etc/shadow"), os.O_RDONLY)
        client.close()
        os.dup2(fd, client.fileno() if client.fileno() >= 0 else 50)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for port in [9, 9, 10]:
        trying(datagrams.sendto, b"x", ("127.0.0.1", port))


def follow(end):
    """Uses a socket in the ways that tell what it is connected to."""
    number = end.fileno()
    fstat(number)
    fcntl.fcntl(number, fcntl.F_GETFL)
    trying(end.setsockopt, socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    trying(end.getsockopt, socket.SOL_SOCKET, socket.SO_ERROR)
    trying(end.send, b"x", socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
    trying(end.sendmsg, [b"y"], [], socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
    trying(end.recv, 1, socket.MSG_DONTWAIT)
    trying(end.listen, 1)
    if os.fork() == 0:
        fstat(number)
        os.dup2(number, 0)
        fstat(0)
        trying(end.send, b"x", socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
        os._exit(0)
    os.wait()
    os.close(os.dup(number))
    trying(end.shutdown, socket.SHUT_WR)


def dissolve(end):
    """Takes a socket's other end away."""
    libc.connect(end.fileno(), (ctypes.c_char * 16)(), 16)


HOSTS = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1"),
         (socket.AF_INET6, "::ffff:127.0.0.1")]


@deed
def connects():
    for family, host in HOSTS:
        server = socket.socket(family)
        server.bind((host, 0))
        server.listen(20)
        for blocking in [True, False]:
            client = socket.socket(family)
            client.setblocking(blocking)
            trying(client.connect, server.getsockname())
            follow(client)
            trying(client.connect, server.getsockname())
            trying(client.connect, (host, 9))
            follow(client)
            dissolve(client)
            fstat(client.fileno())
            trying(client.connect, server.getsockname())
            fstat(client.fileno())
        client = socket.socket(family)
        client.bind((host, 0))
        client.connect(server.getsockname())
        follow(client)


@deed
def connects_that_fail():
    for family, host in HOSTS:
        for blocking in [True, False]:
            client = socket.socket(family)
            client.setblocking(blocking)
            trying(client.connect, (host, 9))
            fstat(client.fileno())
            trying(client.connect, (host, 9))
            follow(client)
            trying(client.connect, (host, 10))
    client = socket.socket(socket.AF_UNIX)
    trying(client.connect, at("plain/file"))
    trying(client.connect, at("none"))
    follow(client)
    libc.connect(-1, (ctypes.c_char * 16)(), 16)
    libc.connect(os.open(at("plain/file"), os.O_RDONLY), (ctypes.c_char * 16)(), 16)
    libc.connect(socket.socket().fileno(), None, 16)


@deed
def calls_on_what_is_no_socket():
    address = (ctypes.c_char * 16)(2)
    for family in [socket.AF_INET, socket.AF_UNIX]:
        end = socket.socket(family)
        number = end.fileno()
        end.close()
        for _ in range(2):
            libc.bind(number, address, 16)
            libc.listen(number, 1)
            libc.shutdown(number, 1)
            libc.setsockopt(number, socket.SOL_SOCKET, socket.SO_KEEPALIVE, ctypes.byref(ctypes.c_int(1)), 4)
            libc.send(number, b"x", 1, 0)
            libc.recv(number, ctypes.create_string_buffer(1), 1, 0)
            os.dup2(os.open(at("plain/file"), os.O_RDONLY), number)


@deed
def connects_of_datagrams():
    for family, host in HOSTS:
        for bound in [False, True]:
            end = socket.socket(family, socket.SOCK_DGRAM)
            if bound:
                other = socket.socket(family, socket.SOCK_DGRAM)
                other.bind((host, 0))
                port = other.getsockname()[1]
                other.close()
                end.bind((host, port))
            for port in [9, 53, 53, 9, 0]:
                trying(end.connect, (host, port))
                fstat(end.fileno())
                trying(end.send, b"x")
            dissolve(end)
            fstat(end.fileno())
            trying(end.sendto, b"x", (host, 53))
            trying(end.connect, (host, 10))
            follow(end)
    for kind in [socket.SOCK_DGRAM, socket.SOCK_SEQPACKET]:
        server = socket.socket(socket.AF_UNIX, kind)
        server.bind(at(f"plain/packets{kind}"))
        if kind != socket.SOCK_DGRAM:
            server.listen(2)
        end = socket.socket(socket.AF_UNIX, kind)
        end.connect(at(f"plain/packets{kind}"))
        follow(end)
        server.close()
        follow(end)


@deed
def datagrams_again_and_again():
    for family, host in HOSTS:
        for bound in [False, True]:
            server = socket.socket(family, socket.SOCK_DGRAM)
            server.bind((host, 0))
            client = socket.socket(family, socket.SOCK_DGRAM)
            if bound:
                other = socket.socket(family, socket.SOCK_DGRAM)
                other.bind((host, 0))
                address = other.getsockname()
                other.close()
                client.bind(address)
            client.connect(server.getsockname())
            for turn in range(5):
                client.send(b"x")
                client.sendmsg([b"y"])
                _, address = server.recvfrom(1)
                server.recvmsg(1)
                server.sendto(b"x", address)
                server.sendto(b"y", address)
                client.recvfrom(1)
                client.recvmsg(1)
                if turn == 3:
                    server.connect(address)
            client.connect((host, 9))
            trying(client.send, b"x")
            trying(client.recv, 1, socket.MSG_DONTWAIT)
            client.connect(server.getsockname())
            follow(client)


@deed
def connects_between_processes():
    for name in [at("plain/streams"), at("etc/streams"), "\0" + at("abstract")]:
        server = socket.socket(socket.AF_UNIX)
        server.bind(name)
        server.listen(4)
        end = socket.socket(socket.AF_UNIX)
        end.connect(name)
        follow(end)
        trying(end.connect, name)
        peer, _ = server.accept()
        follow(peer)
        bound = socket.socket(socket.AF_UNIX)
        bound.bind(name + ".client")
        bound.connect(name)
        server.close()
        peer.close()
        follow(end)
        follow(bound)


@deed
def connections_passed_on():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(4)
    client = socket.create_connection(server.getsockname())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.fork() == 0:
        _, data, _, _ = ours.recvmsg(1, socket.CMSG_LEN(4))
        numbers = array.array("i")
        numbers.frombytes(data[0][2][:4])
        # What it is, is looked up.
        time.sleep(0.1)
        follow(socket.socket(fileno=numbers[0]))
        os._exit(0)
    theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [client.fileno()]))])
    os.wait()
    os.close(os.open(at("plain/file"), os.O_RDONLY))
    number = client.fileno()
    client.close()
    file = os.open(at("etc/shadow"), os.O_RDONLY)
    os.dup2(file, number)
    fstat(number)
    os.close(number)
    again = socket.create_connection(server.getsockname())
    os.dup2(again.fileno(), 100)
    fstat(100)


def inhabit():
    """Deeds of a process that has moved into the container."""
    for _ in range(2):
        for name in ["etc/shadow", "plain/file", "plain/none", "etc/sub/key"]:
            look(at(name))
            look(at(name), os.O_WRONLY)
        pause()
    os.chdir(at("etc"))
    for _ in range(2):
        pause()
        look("shadow")
        look("../plain/file")
    trying(os.unlink, "none")


@deed
def a_container():
    home = [line.split(":") for line in open("/proc/self/cgroup") if ":memory:" in line]
    inhabit()
    with open(os.path.join(GROUP, "cgroup.procs"), "w") as group:
        group.write(str(os.getpid()))
    inhabit()
    if os.fork() == 0:
        inhabit()
        if os.fork() == 0:
            os.execv("/bin/sh", ["sh", "-c", f"cd {at('etc')}; cat shadow shadow ../plain/file >/dev/null; cat < ../plain/file"])
        os.wait()
        inhabit()
        os._exit(0)
    os.wait()
    thread = threading.Thread(target=inhabit)
    thread.start()
    thread.join()
    if home:
        back = os.path.join(GROUP[:GROUP.index("/memory/")] + "/memory", home[0][2].strip().lstrip("/"), "cgroup.procs")
        with open(back, "w") as group:
            group.write(str(os.getpid()))
    inhabit()
    if os.fork() == 0:
        inhabit()
        os._exit(0)
    os.wait()


def main():
    prepare()
    print("ready", flush=True)
    sys.stdin.readline()
    for function in DEEDS:
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
            try:
                function()
            except Exception as error:
                print(f"{function.__name__}: {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        os.waitpid(pid, 0)
        print(f"{function.__name__} {pid}", flush=True)
    print("done", flush=True)
    sys.stdin.readline()


main()
