# The chores themselves, inside the copy of the machine.
only=$1
export DEBIAN_FRONTEND=noninteractive SUDO_FORCE_REMOVE=yes

# chore NAME PROGRAM: whether NAME is to be done, and PROGRAM is here.
chore() {
	[ -z "$only" ] || case " $only " in *" $1 "*) ;; *) return 1 ;; esac
	command -v "$2" > /dev/null || { echo "skipped: $1 ($2 is not here)"; return 1; }
	echo "doing: $1"
}
attempt() { "$@" > /var/chores/log 2>&1 < /dev/null || { echo "  failed: $*"; tail -n 3 /var/chores/log | sed 's/^/    /'; }; }

if chore packages apt-get; then
	attempt apt-get update -qq
	attempt apt-get install -y --reinstall --no-install-recommends \
		login passwd openssh-server cron man-db ca-certificates util-linux logrotate sudo libpam-runtime udev dbus systemd
	attempt apt-get remove -y sudo
	attempt apt-get install -y --no-install-recommends postgresql nginx-light redis-server
	attempt dpkg --configure -a
fi
if chore compile gcc; then
	mkdir -p /tmp/tree && cd /tmp/tree || exit
	for i in $(seq 60); do printf '#include <stdio.h>\n#include <stdlib.h>\nint f%s(int x) { return x * %s; }\n' "$i" "$i" > "f$i.c"; done
	printf 'int main(void) { return 0; }\n' > main.c
	printf 'objects := $(patsubst %%.c,%%.o,$(wildcard *.c))\nprogram: $(objects)\n\t$(CC) -o $@ $(objects)\n\t./$@\n' > Makefile
	attempt make -j4
	cd /
fi
# large FOLDER: a tree of hundreds of sources as large projects have them: a configure step that runs what it compiles, generated
# sources, tools of the tree that run while it is built, libraries, programs, tests, and an installation.
large() {
	mkdir -p "$1"/{scripts,include,lib,out} && cd "$1" || return
	for i in $(seq 300); do
		mkdir -p "lib/part$((i % 12))"
		printf '#include <stdio.h>\n#include <string.h>\n#include "config.h"\n#include "table.h"\nint f%s(int x) { char b[99]; snprintf(b, 99, "%%d", x); return TABLE + (int)strlen(b); }\n' "$i" > "lib/part$((i % 12))/f$i.c"
	done
	printf '#include <stdio.h>\nint main(void) { for (int i = 0; i < 9; i++) printf("int t%%d = %%d;\\n", i, i * i); return 0; }\n' > scripts/generate.c
	printf 'int f1(int); int main(void) { return f1(1) == 0; }\n' > out/check.c
	cat > configure <<- 'SCRIPT'
		#!/bin/sh
		set -e
		for word in int long size_t; do
			printf '#include <stddef.h>\nint main(void) { return sizeof(%s) == 0; }\n' "$word" > conftest.c
			${CC:-cc} -o conftest conftest.c && ./conftest
			rm -f conftest conftest.c
		done
		uname -a > build.txt; id -un >> build.txt; hostname >> build.txt || true
		echo '#define CONFIGURED 1' > include/config.h
		echo '#define TABLE 7' | sed 's/7/9/' > include/table.h
	SCRIPT
	cat > Makefile <<- 'RULES'
		.RECIPEPREFIX := >
		sources := $(wildcard lib/*/*.c)
		objects := $(sources:.c=.o) out/generated.o
		all: out/check out/libparts.so
		scripts/generate: scripts/generate.c
		> $(CC) -O1 -o $@ $<
		out/generated.c: scripts/generate
		> ./scripts/generate > $@.tmp && mv $@.tmp $@
		%.o: %.c
		> $(CC) -O1 -fPIC -Iinclude -MMD -MP -c -o $@ $<
		out/libparts.a: $(objects)
		> rm -f $@; $(AR) rcs $@ $^
		out/libparts.so: $(objects)
		> $(CC) -shared -o $@ $^ && strip --strip-unneeded $@
		out/check: out/check.c out/libparts.a
		> $(CC) -o $@ $^ && ./$@
		test: all
		> ./out/check; LD_LIBRARY_PATH=out ./out/check; find . -name '*.d' | xargs cat | awk '{n++} END {print n}'
		install: all
		> install -D -m 755 out/check $(DESTDIR)/bin/check; install -D -m 644 out/libparts.so $(DESTDIR)/lib/libparts.so
	RULES
	attempt sh ./configure
	attempt make -j2
	attempt make test
	attempt make install "DESTDIR=$1/installed"
	attempt make -C . -j2 -B
	cd /
}
if chore compile-large gcc; then
	large /usr/src/large
	large /root/large
	large /tmp/large
fi
if chore compile-rust cargo; then
	mkdir -p /tmp/crate/src && cd /tmp/crate || exit
	printf '[package]\nname = "crate"\nversion = "0.1.0"\nedition = "2021"\nbuild = "build.rs"\n' > Cargo.toml
	echo 'fn main() { println!("cargo::rerun-if-changed=build.rs"); }' > build.rs
	echo 'fn main() {} #[test] fn t() {}' > src/main.rs
	attempt cargo build --offline
	attempt cargo test --offline
	cd /
fi
if chore cron cron; then
	cron -f & cron=$!
	sleep 62
	kill "$cron"
	for folder in daily weekly monthly; do attempt run-parts "/etc/cron.$folder"; done
fi
if chore logrotate logrotate; then
	attempt logrotate -f /etc/logrotate.conf
fi
if chore tmpfiles systemd-tmpfiles; then
	attempt systemd-tmpfiles --create --clean --exclude-prefix=/dev --exclude-prefix=/sys --exclude-prefix=/proc
	attempt systemd-sysusers
fi
if chore ssh sshd; then
	attempt ssh-keygen -A
	/usr/sbin/sshd -D -e -p 2222 -o ListenAddress=127.0.0.1 -o PermitRootLogin=yes > /var/chores/sshd 2>&1 & sshd=$!
	sleep 1
	login=(ssh -p 2222 -o StrictHostKeyChecking=accept-new root@127.0.0.1)
	attempt "${login[@]}" 'ls -la; who; last | head; ps aux; df -h; uptime; id'
	attempt script -qc "ssh -tt -p 2222 root@127.0.0.1 'bash -lic \"true; history; sudo -n true; su -c true daemon -s /bin/sh\"'" /dev/null
	attempt scp -P 2222 /etc/hostname root@127.0.0.1:/tmp/copied
	attempt rsync -e 'ssh -p 2222' -a /etc/default/ root@127.0.0.1:/tmp/defaults/
	kill "$sshd"
fi
if chore git git; then
	attempt git init -q /tmp/repository
	cd /tmp/repository && echo a > a && attempt git add a
	attempt git -c user.name=a -c user.email=a@b commit -qm a
	attempt git clone -q /tmp/repository /tmp/clone
	attempt git gc -q
	cd /
fi
if chore manual mandb; then attempt mandb -q; attempt man -w ls; fi
if chore certificates update-ca-certificates; then attempt update-ca-certificates --fresh; fi
if chore accounts useradd; then
	attempt useradd -m quiet
	attempt su - quiet -c 'id; ls -la; echo x >>.profile'
	attempt userdel -r quiet
fi
if chore admin bash; then
	attempt bash -lc 'cat /etc/passwd; ls -la /root /etc /var/log; find / -xdev -maxdepth 2 -name "*.conf"; ps aux; ss -tlnp; ip addr; mount; grep -r PermitRoot /etc/ssh/sshd_config; tar -czf /tmp/etc.tar.gz /etc/default; dmesg | tail -n 1'
fi
image() {
	mkdir -p /tmp/image/bin /tmp/image/etc /tmp/image/tmp /tmp/image/proc /tmp/image/sys /tmp/image/dev
	cp /bin/busybox /tmp/image/bin/
	for name in sh ls cat sleep true ps id; do ln -sf busybox "/tmp/image/bin/$name"; done
	echo 'root:x:0:0:root:/root:/bin/sh' > /tmp/image/etc/passwd
	tar -C /tmp/image -cf /tmp/image.tar .
}
if chore containerd containerd && [ -x /bin/busybox ]; then
	image
	mkdir -p /tmp/c
	printf 'version = 2\nroot = "/tmp/c/root"\nstate = "/tmp/c/state"\n[grpc]\n  address = "/tmp/c/c.sock"\n' > /tmp/c/config.toml
	containerd --config /tmp/c/config.toml > /tmp/c/log 2>&1 & containerd=$!
	for _ in $(seq 50); do ctr -a /tmp/c/c.sock version > /dev/null 2>&1 && break; sleep 0.2; done
	attempt ctr -a /tmp/c/c.sock run --rm --rootfs /tmp/image quiet /bin/sh -c 'ls; ps; id; cat /etc/passwd'
	kill "$containerd"
fi
if chore podman podman && [ -x /bin/busybox ]; then
	image
	printf '[containers]\ndefault_ulimits = ["nofile=1024:1024","nproc=4096:4096"]\n[engine]\nruntime = "runc"\n' > /tmp/containers.conf
	export CONTAINERS_CONF=/tmp/containers.conf
	storage=(--root /tmp/podman/root --runroot /tmp/podman/run --storage-driver vfs)
	attempt podman "${storage[@]}" import /tmp/image.tar localhost/quiet:1
	attempt podman "${storage[@]}" run --rm --net none localhost/quiet:1 /bin/sh -c 'ls; ps; id; cat /etc/passwd'
	attempt podman "${storage[@]}" run --rm --net none --user 1000 localhost/quiet:1 /bin/ls
fi
if chore docker dockerd && [ -x /bin/busybox ]; then
	image
	mkdir -p /tmp/d
	dockerd -H unix:///tmp/d/d.sock --data-root /tmp/d/root --exec-root /tmp/d/exec -p /tmp/d/pid --bridge none --iptables=false \
		--exec-opt native.cgroupdriver=cgroupfs --storage-driver vfs > /tmp/d/log 2>&1 & dockerd=$!
	for _ in $(seq 100); do docker -H unix:///tmp/d/d.sock version > /dev/null 2>&1 && break; sleep 0.2; done
	attempt docker -H unix:///tmp/d/d.sock import /tmp/image.tar quiet:1
	attempt docker -H unix:///tmp/d/d.sock run --rm --net none --ulimit nofile=1024:1024 quiet:1 /bin/sh -c 'ls; ps; id; cat /etc/passwd'
	kill "$dockerd"
fi
