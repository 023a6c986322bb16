# The benign machine. Runs as root in namespaces of its own. Arguments: a work folder; which chores, if not all.
set -u
work=$1 only=$2
root=$work/root

mkdir "$work/memory" "$root"
mount -t tmpfs -o size=6g tmpfs "$work/memory"
mkdir "$work/memory/upper" "$work/memory/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/memory/upper,workdir=$work/memory/work" "$root"
mount -t proc proc "$root/proc"
for folder in dev sys; do mount --rbind "/$folder" "$root/$folder"; done
for folder in tmp run; do mount -t tmpfs tmpfs "$root/$folder"; done
mkdir -p "$root/run/lock" "$root/run/sshd"
chmod 1777 "$root/tmp"
mkdir -p "$root/var/chores"
# What chores find, but do not make.
chroot "$root" bash -e << 'PREPARE'
for log in auth.log syslog kern.log; do seq 1000 > "/var/log/$log"; done
rm -f /etc/logrotate.d/rsyslog
cat > /etc/logrotate.d/quiet << 'ROTATE'
/var/log/auth.log /var/log/syslog { rotate 2
 daily
 compress
 missingok
 copytruncate }
/var/log/kern.log { rotate 1
 create
 missingok }
ROTATE
echo '* * * * * root date >>/tmp/cron.log; run-parts /etc/cron.hourly' > /etc/cron.d/quiet
# The daily job of apt waits up to half an hour else, to spare the mirrors.
echo 'APT::Periodic::RandomSleep "0";' > /etc/apt/apt.conf.d/quiet
mkdir -p /root/.ssh
chmod 700 /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519 < /dev/null
cat /root/.ssh/id_ed25519.pub > /root/.ssh/authorized_keys
PREPARE
cp "$(dirname "$0")/chores.sh" "$root/tmp/chores.sh"

# This shell's number outside of its namespace: what is in /proc here is the outside's still.
outside=0
while read -r key first _; do
	[ "$key" != NSpid: ] || outside=$first
done < /proc/self/status
# The control group that this was started in may look like a container's.
for procs in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do
	echo $$ > "$procs"
done 2> /dev/null
echo "$outside" > "$work/ready"
read -r _ < "$work/go"
env -i CARGO_HOME=/root/.cargo RUSTUP_HOME=/root/.rustup PATH=/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 chroot "$root" bash /tmp/chores.sh "$only"
echo done > "$work/ready"
