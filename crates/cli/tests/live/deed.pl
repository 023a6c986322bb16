# Calls that no tool makes. Arguments: the deed, then what it needs.
use strict;
use warnings;
use Socket;

my ($machine) = (uname() =~ /(x86_64|aarch64)/) or die "no numbers of system calls for this machine";
my %numbers = (
    x86_64  => { ptrace => 101, setuid => 105, bpf => 321, memfd_create => 319, userfaultfd => 323, setns => 308,
                  finit_module => 313 },
    aarch64 => { ptrace => 117, setuid => 146, bpf => 280, memfd_create => 279, userfaultfd => 282, setns => 268,
                  finit_module => 273 },
);

sub uname { return `uname -m` }

sub call {
    my ($name, @arguments) = @_;
    return syscall($numbers{$machine}{$name}, @arguments);
}

sub listener {
    my ($port) = @_;
    socket(my $server, PF_INET, SOCK_STREAM, 0) or die $!;
    setsockopt($server, SOL_SOCKET, SO_REUSEADDR, pack('l', 1));
    bind($server, sockaddr_in($port, INADDR_ANY)) && listen($server, 1) or die $!;
    return $server;
}

my %deeds = (
    tcp => sub {
        my ($address, $port) = @_;
        my $pid = fork;
        if (!$pid) {
            # Listening is left to a program of another name, for the sake of rules about listening.
            exec '/usr/bin/perl', $0, 'listen', $port;
        }
        socket(my $client, PF_INET, SOCK_STREAM, 0) or die $!;
        my $connected = 0;
        for (1 .. 100) {
            last if $connected = connect($client, sockaddr_in($port, inet_aton($address)));
            select(undef, undef, undef, 0.02);
            socket($client, PF_INET, SOCK_STREAM, 0) or die $!;
        }
        kill 'KILL', $pid;
        waitpid $pid, 0;
        die "not connected: $!" if !$connected;
    },
    listen => sub { my $server = listener($_[0]); sleep 10; },
    udp => sub {
        my ($address, $port) = @_;
        socket(my $client, PF_INET, SOCK_DGRAM, 0) or die $!;
        connect($client, sockaddr_in($port, inet_aton($address))) or die $!;
    },
    # Standard input becomes a connection; or another descriptor does.
    bind_stream => sub {
        my ($standard) = @_;
        my $server = listener(4711);
        socket(my $client, PF_INET, SOCK_STREAM, 0) or die $!;
        connect($client, sockaddr_in(4711, INADDR_LOOPBACK)) or die $!;
        if ($standard) { open(STDIN, '<&', $client) or die $! } else { open(my $copy, '<&', $client) or die $! }
    },
    packet => sub { socket(my $raw, 17, SOCK_RAW, 0) or die $! },
    memfd => sub {
        my ($program) = @_;
        my $name = "windhover";
        my $fd = call('memfd_create', $name, 0);
        open(my $in, '<:raw', $program) or die $!;
        open(my $out, '>>:raw', "/proc/self/fd/$fd") or die $!;
        local $/;
        print {$out} <$in>;
        close $out;
        exec { "/proc/self/fd/$fd" } 'memfd' or die $!;
    },
    attach => sub {
        my ($real) = @_;
        my $pid = fork;
        if (!$pid) { sleep 10; exit }
        my $result = call('ptrace', 16, $real ? $pid : 4_000_000, 0, 0);
        kill 'KILL', $pid;
        waitpid $pid, 0;
        die $! if $real && $result < 0;
    },
    trace_me => sub { call('ptrace', 0, 0, 0, 0) >= 0 or die $! },
    bpf => sub {
        # Two instructions: r0 = 0, exit.
        my $code = pack('CCsl CCsl', 0xb7, 0, 0, 0, 0x95, 0, 0, 0);
        my $license = "GPL\0";
        my $pointer = sub { unpack('Q', pack('P', $_[0])) };
        my $attributes = pack('LLQQ x64', 1, 2, $pointer->($code), $pointer->($license));
        call('bpf', 5, $attributes, length $attributes) >= 0 or die $!;
    },
    setuid => sub { call('setuid', 0) >= 0 or die $! },
    userfaultfd => sub { call('userfaultfd', 1) >= 0 or die $! },
    setns => sub {
        open(my $namespace, '<', '/proc/self/ns/uts') or die $!;
        call('setns', fileno $namespace, 0) >= 0 or die $!;
    },
    # No file, so nothing is loaded.
    finit_module => sub { call('finit_module', -1, "", 0) },
    # Starts a program, waits for it, and is not a shell.
    start => sub { system(@_) },
);

my $deed = shift @ARGV;
$deeds{$deed}->(@ARGV);
