# Prepares the place of the deeds, then does each. Runs as root in mount, network and UTS namespaces of its own, so that
# nothing of the machine changes. Arguments: a temporary folder; the control groups of the host, of the container, of the
# one with privileges, and of the one with a folder of the host.
set -eu
W=$1
export W CONTAINER=$3 VAULT=$4 CELL=$5
# The tests' own control group may look like a container's.
echo $$ >"$2/cgroup.procs"

mount -t tmpfs tmpfs "$W/stage"
cp "$W"/deed.pl "$W"/deeds/*.sh "$W/stage/"
W=$W/stage

# Everything that deeds write to is covered by memory.
mkdir -p "$W/etc/upper" "$W/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$W/etc/upper,workdir=$W/etc/work" /etc
for folder in /root /var/log /usr/local/bin /dev/shm; do
	mount -t tmpfs tmpfs "$folder"
done
mkdir -p "$W/dev" /root/.ssh /etc/systemd/system /etc/cron.d
mount -t tmpfs tmpfs "$W/dev"
for node in null zero full random urandom tty; do
	cp -a "/dev/$node" "$W/dev/"
done
mkdir "$W/dev/pts" "$W/dev/shm"
ln -s pts/ptmx "$W/dev/ptmx"
mount --rbind /dev/pts "$W/dev/pts"
mount --move /dev/shm "$W/dev/shm"
mount --move "$W/dev" /dev
touch "$W/core_pattern"
mount --bind "$W/core_pattern" /proc/sys/kernel/core_pattern

# Every address is this machine's: connections succeed, and nothing leaves.
ip link set lo up
ip route add local 0.0.0.0/0 dev lo

# box PROGRAM …: runs it in the container. vault PROGRAM …, cell PROGRAM …: in the others.
for place in box:CONTAINER vault:VAULT cell:CELL; do
	cat >"$W/${place%:*}" <<-PLACE
		#!/bin/sh
		echo \$\$ >"\$${place#*:}/cgroup.procs"
		exec "\$@"
	PLACE
done
# sham NAME: a shell that is called NAME. double PROGRAM NAME: a program under another name.
cat >"$W/words.sh" <<'WORDS'
sham() { cp /bin/dash "$W/$1"; }
double() { cp "$(command -v "$1")" "$W/$2"; }
WORDS
chmod 755 "$W" "$W/box" "$W/vault" "$W/cell"
PATH=$W:$PATH

echo "ready $$"
read -r _
for deed in "$W"/[0-9]*.sh; do
	DEED=$(basename "$deed" .sh) dash "$deed" </dev/null >/dev/null 2>"$W/complaint" || {
		printf 'failed %s: ' "$(basename "$deed" .sh)"
		tr '\n' ' ' <"$W/complaint"
		echo
	}
done
# Those that take their time were started behind a deed's back.
while [ -e "$W/busy" ]; do sleep 0.1; done
echo done
