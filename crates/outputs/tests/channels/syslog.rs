//! Syslog: the local daemon's socket, and other machines'.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use windhover_outputs::*;

use super::{LIMIT, alert, outputs, run};

/// Options that give up soon.
pub fn remote(address: String, transport: Transport) -> RemoteSyslogOptions {
    RemoteSyslogOptions {
        address,
        transport,
        facility: Facility::named("local3").unwrap(),
        app_name: "windhover".into(),
        timeout: Duration::from_secs(10),
        retries: 0,
        insecure: false,
        trusted: "/nowhere".into(),
        identity: None,
    }
}

fn open(options: RemoteSyslogOptions) -> Box<dyn Channel> {
    Box::new(RemoteSyslogChannel::open(options).unwrap())
}

/// The message of `alert(n)` as it has to be, to the byte.
fn message(n: u64) -> String {
    let pid = std::process::id();
    format!("<155>1 1970-01-01T00:00:00.000000Z - windhover {pid} alert - 00:00:00.00000000{n}: Error alert {n}")
}

/// Reads one message with its length before it.
fn counted(stream: &mut BufReader<TcpStream>) -> String {
    let mut length = Vec::new();
    stream.read_until(b' ', &mut length).unwrap();
    let length: usize = std::str::from_utf8(&length).unwrap().trim_end().parse().unwrap();
    let mut message = vec![0; length];
    stream.read_exact(&mut message).unwrap();
    String::from_utf8(message).unwrap()
}

#[test]
fn syslog_messages_carry_facility_severity_and_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let daemon = UnixDatagram::bind(&path).unwrap();
    let (stats, _) = run(Box::new(SyslogChannel::new(SyslogSocket::at(&path, "windhover"))), 1);
    assert_eq!(stats.delivered, 1);
    let mut message = [0; 1024];
    let n = daemon.recv(&mut message).unwrap();
    let message = std::str::from_utf8(&message[..n]).unwrap();
    assert!(message.starts_with("<11>"), "{message}");
    assert!(message.ends_with(" windhover: 00:00:00.000000000: Error alert 0"), "{message}");
}

#[test]
fn a_syslog_daemon_that_is_not_there_is_a_loss() {
    let (stats, told) = run(Box::new(SyslogChannel::new(SyslogSocket::at(Path::new("/nowhere/log"), "windhover"))), 2);
    assert_eq!(stats.lost_failed, 2);
    assert_eq!(told, ["syslog: cannot send to `/nowhere/log`: No such file or directory (os error 2)"]);
}

#[test]
fn datagrams_carry_a_message_each() {
    let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = daemon.local_addr().unwrap().to_string();
    let (stats, _) = run(open(remote(address, Transport::Udp)), 2);
    assert_eq!(stats.delivered, 2);
    for n in 0..2 {
        let mut part = [0; 1024];
        let length = daemon.recv(&mut part).unwrap();
        assert_eq!(std::str::from_utf8(&part[..length]).unwrap(), message(n));
    }
}

#[test]
fn datagrams_that_are_refused_or_too_long_are_not_called_delivered_or_cut_silently() {
    let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (stats, told) = run(open(remote(address.clone(), Transport::Udp)), 3);
    assert_eq!((stats.delivered, stats.lost_failed), (0, 3));
    assert_eq!(told, [format!("syslog: cannot send to `{address}`: Connection refused (os error 111)")]);

    let daemon = UdpSocket::bind("[::1]:0").unwrap();
    let (mut outputs, _) = outputs(Format::default());
    outputs.add(open(remote(daemon.local_addr().unwrap().to_string(), Transport::Udp)), QueueLimits::default());
    outputs.send(Alert { message: "é".repeat(50_000), ..alert(0) });
    assert_eq!(outputs.finish(LIMIT)[0].delivered, 1);
    let mut part = vec![0; 1 << 17];
    let length = daemon.recv(&mut part).unwrap();
    assert!(length <= 65_000 && std::str::from_utf8(&part[..length]).unwrap().ends_with('é'), "{length}");
}

#[test]
fn streams_carry_messages_behind_their_lengths_and_are_opened_anew() {
    let daemon = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = daemon.local_addr().unwrap().to_string();
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(open(remote(address, Transport::Tcp)), QueueLimits::default());
    let mut next = 0;
    for _ in 0..3 {
        outputs.send(alert(next));
        outputs.send(alert(next + 1));
        let mut stream = BufReader::new(daemon.accept().unwrap().0);
        assert_eq!(counted(&mut stream), message(next));
        assert_eq!(counted(&mut stream), message(next + 1));
        next += 2;
        // The daemon ends the connection, as it does when it is restarted.
    }
    let stats = outputs.finish(LIMIT).remove(0);
    assert_eq!((stats.delivered, stats.lost()), (6, 0), "{told:?}");
}

#[test]
fn a_daemon_that_comes_back_in_time_misses_nothing() {
    let daemon = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = daemon.local_addr().unwrap();
    drop(daemon);
    let (mut outputs, told) = outputs(Format::default());
    let options = RemoteSyslogOptions { retries: 20, ..remote(address.to_string(), Transport::Tcp) };
    outputs.add(open(options), QueueLimits::default());
    outputs.send(alert(0));
    std::thread::sleep(Duration::from_millis(150));
    let daemon = TcpListener::bind(address).unwrap();
    assert_eq!(counted(&mut BufReader::new(daemon.accept().unwrap().0)), message(0));
    assert_eq!(outputs.finish(LIMIT)[0].delivered, 1);
    assert!(told.lock().unwrap().is_empty());
}

#[test]
fn a_daemon_that_never_reads_is_given_up_and_its_losses_are_counted() {
    let daemon = TcpListener::bind("127.0.0.1:0").unwrap();
    let timeout = Duration::from_millis(100);
    let options = RemoteSyslogOptions { timeout, ..remote(daemon.local_addr().unwrap().to_string(), Transport::Tcp) };
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(open(options), QueueLimits::default());
    // More than the buffers of both ends hold.
    let long = "x".repeat(1 << 20);
    (0..16).for_each(|n| outputs.send(Alert { message: long.clone(), ..alert(n) }));
    let stats = outputs.finish(LIMIT).remove(0);
    assert_eq!((stats.sent, stats.delivered + stats.lost_failed), (16, 16));
    assert!(stats.lost_failed > 0 && told.lock().unwrap()[0].starts_with("syslog: cannot send to"), "{stats:?}");
}

#[test]
fn addresses_that_are_none_are_refused() {
    for address in ["", "tcp://host", "host:0", ":514"] {
        let error = RemoteSyslogChannel::open(remote(address.into(), Transport::Tcp)).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("`{address}` is not the address of a syslog daemon")),
            "{error}"
        );
    }
}
