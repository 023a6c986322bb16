//! For each default rule something that breaks it, and something near it that does not.

/// What to do about one rule. Scripts run in a shell whose words `stage.sh` defines.
pub struct Deed {
    /// The rule.
    pub rule: &'static str,
    /// Makes it fire.
    pub fires: &'static str,
    /// Almost the same, and must not make it fire.
    pub spares: &'static str,
    /// Other rules that the deed breaks as well, and rightly.
    pub also: &'static [&'static str],
}

const fn deed(rule: &'static str, fires: &'static str, spares: &'static str) -> Deed {
    Deed { rule, fires, spares, also: &[] }
}

const fn deed_also(
    rule: &'static str,
    fires: &'static str,
    spares: &'static str,
    also: &'static [&'static str],
) -> Deed {
    Deed { rule, fires, spares, also }
}

/// A deed for each default rule.
pub const DEEDS: &[Deed] = &[
    // Credential access.
    deed("Credential file read by unexpected program", "cat /etc/shadow", "double cat getent; $W/getent /etc/shadow"),
    deed_also(
        "Credential file read by server long after start",
        "sham nginx; touch $W/busy; (nginx -c 'sleep 16; read line </etc/shadow'; rm $W/busy) &",
        "sham redis-server; redis-server -c 'read line </etc/shadow'",
        &["Credential file read by unexpected program"],
    ),
    deed(
        "Sensitive file read through path traversal",
        "cd /usr/share; cat ../../etc/passwd",
        "cd /usr/share; cat ../../etc/hostname",
    ),
    deed(
        "SSH keys or settings read by another program",
        "touch /root/.ssh/id_rsa; cat /root/.ssh/id_rsa",
        "touch /root/.ssh/known_hosts; cat /root/.ssh/known_hosts",
    ),
    deed("Search for private keys or passwords", "grep 'BEGIN RSA' /dev/null", "grep BEGIN /dev/null"),
    deed("Search for cloud credentials", "grep aws_secret_access_key /dev/null", "grep aws_region /dev/null"),
    deed("Environment of another process read in container", "box cat /proc/$$/environ", "box cat /proc/self/environ"),
    deed("Link made to credential file", "ln -s /etc/shadow $W/link", "ln -s /etc/passwd $W/other"),
    // Execution.
    deed(
        "Terminal shell in container",
        "script -qc 'perl $W/deed.pl start box sh -c :' /dev/null",
        "perl $W/deed.pl start box sh -c :",
    ),
    deed("Shell below server program", "sham httpd; httpd -c 'sh -c :; :'", "sham httpd; httpd -c '/bin/true; :'"),
    deed(
        "Unexpected program below database server",
        "sham mysqld; mysqld -c '/bin/uname; :'",
        "sham mysqld; mysqld -c '/bin/sleep 0; :'",
    ),
    deed("Reverse shell command line", "dash -c ': /dev/tcp/192.0.2.1/9'", "dash -c ': /dev/tty'"),
    deed(
        "Standard stream bound to network connection",
        "perl $W/deed.pl bind_stream 1",
        "perl $W/deed.pl bind_stream 0",
    ),
    deed("Program run from memory file", "perl $W/deed.pl memfd /bin/true", "cp /bin/true $W/plain; $W/plain"),
    deed(
        "Program run from shared memory directory",
        "cp /bin/true /dev/shm/hidden; /dev/shm/hidden",
        "cp /bin/true /dev/shm/shown; cat /dev/shm/shown",
    ),
    deed(
        "Program run that is not part of the image",
        "mkdir -p $W/image/lower $W/image/upper $W/image/work $W/image/root
         mount -t overlay overlay -o lowerdir=$W/image/lower,upperdir=$W/image/upper,workdir=$W/image/work $W/image/root
         cp /bin/true $W/image/root/dropped; sham make; make -c 'box $W/image/root/dropped; :'",
        "mkdir -p $W/whole/lower $W/whole/upper $W/whole/work $W/whole/root; cp /bin/true $W/whole/lower/shipped
         mount -t overlay overlay -o lowerdir=$W/whole/lower,upperdir=$W/whole/upper,workdir=$W/whole/work $W/whole/root
         box $W/whole/root/shipped",
    ),
    deed(
        "Service account uses interactive shell",
        "script -qc 'setpriv --reuid=33 --clear-groups sh -c :' /dev/null",
        "setpriv --reuid=33 --clear-groups sh -c :",
    ),
    deed("Network scanner or sniffer started", "sham nmap; nmap -c :", "sham nmapfe; nmapfe -c :"),
    deed("Remote copy tool started in container", "sham rsync; box rsync -c :", "sham rsync; rsync -c :"),
    deed("Download tool started in container", "sham wget; box wget -c :", "sham wget; wget -c :"),
    deed("Package manager started in container", "sham apk; box apk -c :", "sham apk; apk -c :"),
    deed("Coin miner started", "sham xmrig; xmrig -c :", "/bin/echo stratum+udp"),
    deed(
        "Program started with loader tunables of an exploit",
        "GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=1 /bin/true",
        "GLIBC_TUNABLES=glibc.malloc.mxfast=1 /bin/true",
    ),
    deed_also(
        "Download through proxy from environment",
        "sham curl; HTTP_PROXY=proxy box curl -c :",
        "sham curl; box curl -c :",
        &["Download tool started in container"],
    ),
    // Persistence.
    deed("Shell start-up file changed", "tee /root/.bashrc", "tee /root/.bashrc.new"),
    deed("Scheduled job changed", "tee /etc/cron.d/job", "tee /etc/cronjob"),
    deed("Service definition changed", "tee /etc/systemd/system/new.service", "tee /etc/systemd/new.conf"),
    deed("SSH authorized keys changed", "tee /root/.ssh/authorized_keys", "tee /root/.ssh/notes"),
    deed("Account management tool used", "sham useradd; useradd -c :", "sham usermod; usermod --help"),
    deed("Set-user-id or set-group-id bit set", "touch $W/s; chmod u+s $W/s", "touch $W/t; chmod u+x $W/t"),
    deed("Program directory changed in container", "box tee /usr/local/bin/new", "tee /usr/local/bin/other"),
    deed("Dynamic loader preload changed", "tee /etc/ld.so.preload", "tee /etc/ld.so.preload.new"),
    // Defence evasion.
    deed("Log file emptied", "tee /var/log/messages", "tee -a /var/log/daemon.log"),
    deed(
        "Shell history removed",
        "touch /root/.bash_history; rm /root/.bash_history",
        "touch /root/.bash_historian; rm /root/.bash_historian",
    ),
    deed("Bulk data removed from disk", "sham shred; shred -c :", "sham shred; shred --help"),
    deed("Process attached to another by ptrace", "perl $W/deed.pl attach 1", "perl $W/deed.pl attach 0"),
    deed(
        "Process guards itself against debuggers",
        "perl $W/deed.pl trace_me",
        "double perl strace; $W/strace $W/deed.pl trace_me",
    ),
    deed(
        "BPF program loaded by unexpected program",
        "perl $W/deed.pl bpf",
        "double perl bpftool; $W/bpftool $W/deed.pl bpf",
    ),
    deed(
        "Set-user-id to root by unexpected program",
        "echo 1000 >/proc/self/loginuid && perl $W/deed.pl setuid",
        "perl $W/deed.pl setuid",
    ),
    deed(
        "Page faults handed to user space",
        "setpriv --reuid=33 --clear-groups perl $W/deed.pl userfaultfd",
        "perl $W/deed.pl userfaultfd",
    ),
    deed("Sudo arguments of an exploit", r"sham sudo; sudo -s '\'", "sham sudo; sudo -s x"),
    deed("Polkit started without arguments", "sham pkexec; pkexec", "sham pkexec; pkexec -c :"),
    deed("File created below /dev", "tee /dev/hidden", "tee /dev/null"),
    deed(
        "Compromised compression library loaded by SSH server",
        "double cat sshd; touch $W/liblzma.so.5.6.1; $W/sshd $W/liblzma.so.5.6.1",
        "double cat sshd; touch $W/liblzma.so.5.6.2; $W/sshd $W/liblzma.so.5.6.2",
    ),
    deed(
        "Kernel module loaded by unexpected program",
        "perl $W/deed.pl finit_module",
        "double perl insmod; $W/insmod $W/deed.pl finit_module",
    ),
    // Containers.
    deed(
        "Kernel module loaded from container",
        "box perl $W/deed.pl finit_module",
        "box setpriv --bounding-set -all --inh-caps -all perl $W/deed.pl finit_module",
    ),
    deed(
        "Debug tool for file systems started in privileged container",
        "sham debugfs; vault debugfs -c :",
        "sham debugfs; box debugfs -c :",
    ),
    deed("Mount started in privileged container", "sham mount; vault mount -c :; rm $W/mount", "vault mount --help"),
    // A container is forgotten when its first process ends, so this comes after what needs to know it.
    deed("Privileged container started", "vault unshare --pid --fork /bin/true", "box unshare --pid --fork /bin/true"),
    deed_also(
        "Container started with sensitive mount",
        "cell unshare --pid --fork /bin/true",
        "box unshare --pid --fork /bin/true",
        &["Excessively capable container started"],
    ),
    deed(
        "Excessively capable container started",
        "box unshare --pid --fork /bin/true",
        "box unshare --pid setpriv --bounding-set -all --inh-caps -all perl $W/deed.pl start /bin/true",
    ),
    deed("Container escape by release agent", "box tee $W/release_agent", "tee $W/release_agent"),
    deed(
        "Container escape by core pattern or module path",
        "box tee /proc/sys/kernel/core_pattern",
        "box cat /proc/sys/kernel/core_pattern",
    ),
    deed("Namespace entered by unexpected program", "box perl $W/deed.pl setns", "perl $W/deed.pl setns"),
    deed(
        "User namespace made in container",
        "box setpriv --bounding-set -all --inh-caps -all unshare --user /bin/true",
        "box unshare --uts /bin/true",
    ),
    deed(
        "Files copied out of container through Kubernetes",
        "sham runc; runc -c 'box tar cf - /etc/hostname; :'",
        "box tar cf - /etc/hostname",
    ),
    deed("Kubernetes client tool started in container", "sham kubectl; box kubectl -c :", "sham kubectl; kubectl -c :"),
    // Network.
    deed(
        "Cluster API contacted from container",
        "box perl $W/deed.pl tcp 192.0.2.99 443",
        "box perl $W/deed.pl tcp 192.0.2.98 443; perl $W/deed.pl tcp 192.0.2.99 443",
    ),
    deed(
        "Cloud metadata service contacted from container",
        "box perl $W/deed.pl tcp 169.254.169.254 80",
        "box perl $W/deed.pl tcp 169.254.169.253 80",
    ),
    deed(
        "SSH connection to unusual port",
        "double perl ssh; $W/ssh $W/deed.pl tcp 192.0.2.1 4022",
        "double perl ssh; $W/ssh $W/deed.pl tcp 192.0.2.1 22",
    ),
    deed(
        "System tool uses the network",
        "double perl ls; $W/ls $W/deed.pl tcp 192.0.2.1 8000; rm $W/ls",
        "double perl chmod; $W/chmod $W/deed.pl tcp 127.0.0.1 8000; rm $W/chmod",
    ),
    deed("Packet socket made in container", "box perl $W/deed.pl packet", "perl $W/deed.pl packet"),
    deed(
        "Unexpected UDP connection from container",
        "box perl $W/deed.pl udp 192.0.2.1 9999",
        "box perl $W/deed.pl udp 192.0.2.1 53",
    ),
    deed(
        "Connection to mining pool port",
        "box perl $W/deed.pl tcp 192.0.2.1 3333",
        "box perl $W/deed.pl tcp 10.0.0.1 3333",
    ),
];
