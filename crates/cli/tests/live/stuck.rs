//! Channels that take nothing: the engine goes on, no event is lost for them, and each alert is accounted for.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::course::{Shell, skipped};
use crate::watch::Watch;

const DEEDS: u64 = 20_000;
/// So long that what pipes and sockets hold is full long before the deeds are done.
const PADDING: usize = 400;

/// Lets a shell do its deeds with such a channel, and holds the accounts against what arrived. `reading` says whether somebody
/// reads standard output.
fn account(channel: &str, keys: &str, reading: bool, arrived: impl FnOnce(&mut Watch, &Path) -> u64) {
    let folder = tempfile::tempdir().unwrap();
    let (rules, config) = (folder.path().join("rules.yaml"), folder.path().join("config.yaml"));
    let rule = format!(
        "- {{rule: Needle, desc: d, condition: 'evt.type in (open, openat) and evt.arg.name = /tmp/windhover-needle', \
         output: '{} fin', priority: WARNING}}\n",
        "x".repeat(PADDING)
    );
    fs::write(&rules, rule).unwrap();
    let text = format!(
        "rules_files: [{}]\nwatch_config_files: false\nlog_stderr: true\noutputs_queue: {{capacity: 100}}\noutput_timeout: 500\n\
         stdout_output: {{enabled: true}}\n{}",
        rules.display(),
        keys.replace('@', folder.path().to_str().unwrap())
    );
    fs::write(&config, text).unwrap();
    let mut shell = Shell::start();
    let mut watch = Watch::spawn(shell.id(), &["-c", config.to_str().unwrap()], reading);
    if !watch.hears("Watching Linux") {
        println!("skipped: {:#?}", watch.words);
        return;
    }
    shell.tell(&format!("i=0; while [ $i -lt {DEEDS} ]; do (: </tmp/windhover-needle); i=$((i+1)); done"));
    shell.finish();
    watch.signal("INT");
    let (status, rest) = watch.end();
    assert!(status.success(), "{:#?}", watch.words);
    let arrived = arrived(&mut watch, folder.path());
    let count = |head: &str| {
        let head = format!("Alerts {head} by \"{channel}\": ");
        let told = watch.words.iter().find_map(|line| line.strip_prefix(&head));
        told.map_or(0, |told| told.split(' ').next().unwrap().parse::<u64>().unwrap())
    };
    let (lost, in_doubt) = (count("lost"), count("in doubt at the end"));
    println!("{channel}: {DEEDS} alerts, {arrived} arrived, {lost} lost, {in_doubt} in doubt");
    // What a channel was busy with when time was up may have arrived or not.
    assert!(in_doubt <= 1 && (DEEDS - in_doubt..=DEEDS).contains(&(arrived + lost)), "{:#?}", watch.words);
    assert!(lost > 0, "{:#?}", watch.words);
    assert!(watch.words.iter().any(|line| line.contains(" 0 lost ")), "{:#?}", watch.words);
    assert!(!reading || rest.contains(&format!("Needle: {DEEDS}")), "{rest}");
}

/// Whole alerts in a text.
fn whole(text: &[u8]) -> u64 {
    text.split(|byte| *byte == b'\n').filter(|line| line.ends_with(b" fin")).count() as u64
}

fn whole_in(path: &Path) -> u64 {
    whole(&fs::read(path).unwrap())
}

#[test]
fn a_standard_output_that_nobody_reads() {
    if skipped() {
        return;
    }
    account("stdout", "", false, |watch, _| {
        let mut text = Vec::new();
        watch.take_output().read_to_end(&mut text).unwrap();
        whole(&text)
    });
}

#[test]
fn a_file_on_a_full_disk() {
    if skipped() {
        return;
    }
    let disk = tempfile::tempdir().unwrap();
    let mount = |arguments: &[&str]| Command::new(arguments[0]).args(&arguments[1..]).arg(disk.path()).status();
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=64k", "none"]).is_ok_and(|status| status.success()) {
        println!("skipped: no small disk can be mounted here");
        return;
    }
    let keys = format!("file_output: {{enabled: true, keep_alive: true, filename: {}/alerts}}", disk.path().display());
    let file = disk.path().join("alerts");
    let done = std::panic::catch_unwind(|| account("file", &keys, true, |_, _| whole_in(&file)));
    assert!(mount(&["umount"]).unwrap().success());
    done.unwrap();
}

#[test]
fn a_pipe_that_nobody_reads_in_the_place_of_a_file() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let keys = format!("file_output: {{enabled: true, filename: {}}}", pipe.display());
    account("file", &keys, true, |_, _| 0);
}

#[test]
fn a_program_that_never_reads() {
    if skipped() {
        return;
    }
    // It has the command's own outputs, whose end the test waits for.
    let script = "exec >/dev/null 2>&1; while [ ! -e @/go ]; do sleep 0.1; done; cat >@/out; mv @/out @/read";
    let keys = format!("program_output: {{enabled: true, keep_alive: true, program: '{script}'}}");
    account("program", &keys, true, |_, folder| {
        // Only now it reads what the pipe still holds.
        fs::write(folder.join("go"), "").unwrap();
        let read = folder.join("read");
        while !read.exists() {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        whole_in(&read)
    });
}

#[test]
fn a_web_server_that_never_answers() {
    if skipped() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let keys =
        format!("http_output: {{enabled: true, url: 'http://{}/', timeout: 1000}}", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    account("http", &keys, true, |_, _| 0);
}

#[test]
fn a_syslog_daemon_that_never_reads() {
    if skipped() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let keys =
        format!("syslog_output: {{enabled: true, remote: {{address: '{address}', protocol: tcp, timeout: 60000}}}}");
    account("syslog", &keys, true, |_, _| {
        // Only now it reads what was sent: messages behind their lengths.
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut count = 0;
        let mut length = Vec::new();
        while stream.read_until(b' ', &mut length).is_ok_and(|read| read > 1) {
            let bytes: usize = String::from_utf8_lossy(&length).trim().parse().unwrap();
            let mut message = vec![0; bytes];
            count += u64::from(stream.read_exact(&mut message).is_ok() && message.ends_with(b" fin"));
            length.clear();
        }
        count
    });
}
