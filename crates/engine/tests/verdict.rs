//! What the kernel settles by rules: the decision is made here as the kernel makes it.
#![allow(clippy::print_stderr)]

use std::net::IpAddr;
use std::path::Path;

use windhover_engine::collection::{BaseSyscalls, collect};
use windhover_engine::verdict::{Judgement, Place, judge};
use windhover_engine::{ActiveRule, Vocabulary, activate};
use windhover_event::connection::{connection_text, sort};
use windhover_event::{EventType, Syscall, SyscallSet};
use windhover_outputs::Priority;
use windhover_probe::JudgedCall;
use windhover_rules::{LoadOptions, Loader};

const AT_FDCWD: u64 = -100_i64 as u64;
const O_WRONLY: u64 = 1;

fn load(texts: &[(&str, String)]) -> Vec<ActiveRule> {
    let vocabulary = Vocabulary::new(&[]).expect("a vocabulary");
    let mut loader = Loader::new(&vocabulary, LoadOptions::default());
    for (name, text) in texts {
        assert!(loader.load(name, text).successful(), "{name}");
    }
    activate(&loader.finish().rules, Priority::Debug, &[], &vocabulary).expect("rules")
}

fn judged(rules: &[ActiveRule]) -> Judgement {
    let wanted = rules.iter().fold(SyscallSet::EMPTY, |set, rule| set | rule.syscalls);
    judge(rules, &collect(&wanted, &BaseSyscalls::default()).calls)
}

fn one(condition: &str) -> Judgement {
    let rule = format!("- {{rule: r, desc: d, condition: \"{condition}\", output: '%evt.num', priority: INFO}}\n");
    judged(&load(&[("r.yaml", rule)]))
}

/// Whether an openat of this path ends in the kernel.
fn settles(judgement: &Judgement, path: &str, flags: u64, result: i64, profile: Option<u16>) -> bool {
    let judged = JudgedCall {
        arguments: [AT_FDCWD, 0, flags, 0, 0, 0],
        result,
        path: Some(path.as_bytes()),
        directory: judgement.directory(b"/home/a/src/"),
        profile,
        is_directory: false,
        resolved: Some(path.as_bytes()),
        repeats: false,
        connection: None,
    };
    judgement.settles(Syscall::by_name("openat").expect("a call"), &judged)
}

#[test]
fn an_open_goes_up_if_its_name_flags_and_result_may_matter() {
    let judgement =
        one("evt.type in (open, openat) and evt.is_open_write=true and fd.num>=0 and fd.name startswith /etc/");
    assert_eq!(judgement.descriptors_needed, None);
    for (path, flags, result, expected) in [
        ("/etc/x", O_WRONLY, 3, false),
        ("/etc/x", O_WRONLY, -2, true),
        ("/etc/x", 0, 3, true),
        ("/usr/x", O_WRONLY, 3, true),
        ("/usr/../etc/x", O_WRONLY, 3, false),
        ("src/x", O_WRONLY, 3, true),
        ("../../../etc/x", O_WRONLY, 3, false),
    ] {
        assert_eq!(settles(&judgement, path, flags, result, None), expected, "{path} {flags} {result}");
    }
}

/// Whether a connect ends in the kernel that made a socket of this sort, with this other end if it is TCP's.
fn settles_connect(judgement: &Judgement, sort: u8, other: Option<(&str, u16)>, result: i64) -> bool {
    settles_connect_of(judgement, None, sort, other, result)
}

/// The same for threads of a profile.
fn settles_connect_of(
    judgement: &Judgement,
    profile: Option<u16>,
    sort: u8,
    other: Option<(&str, u16)>,
    result: i64,
) -> bool {
    let other = other.map(|(ip, port)| (ip.parse::<IpAddr>().expect("an address"), port));
    let text = connection_text(sort, other);
    let judged = JudgedCall {
        arguments: [3, 0, 16, 0, 0, 0],
        result,
        path: None,
        directory: None,
        profile,
        is_directory: false,
        resolved: None,
        repeats: false,
        connection: Some(&text),
    };
    judgement.settles(Syscall::by_name("connect").expect("a call"), &judged)
}

/// What a connect made: sort, other end and result.
type Connect = (u8, Option<(&'static str, u16)>, i64);

#[test]
fn a_connect_goes_up_if_its_other_end_may_matter() {
    const TCP: u8 = sort::TCP4;
    let table: [(&str, Connect, bool); 28] = [
        ("fd.sip = 10.0.0.1", (TCP, Some(("10.0.0.1", 80)), 0), false),
        ("fd.sip = 10.0.0.1", (TCP, Some(("10.0.0.2", 80)), 0), true),
        ("fd.sip = 10.0.0.1", (sort::TCP6, Some(("::1", 80)), 0), true),
        // Who serves is not known of datagrams, and what fails has whatever it had.
        ("fd.sip = 10.0.0.1", (sort::UDP4, None, 0), false),
        ("fd.sip = 10.0.0.1", (sort::UNIX, None, 0), true),
        ("fd.sip = 10.0.0.1", (sort::FAILED, None, -111), false),
        ("fd.sip = 10.0.0.1 and evt.rawres >= 0", (sort::FAILED, None, -111), true),
        ("fd.snet in (10.0.0.0/9)", (TCP, Some(("10.127.0.1", 80)), 0), false),
        ("fd.snet in (10.0.0.0/9)", (TCP, Some(("10.128.0.1", 80)), 0), true),
        ("fd.snet in ('fd00::/7')", (sort::TCP6, Some(("fc00::1", 80)), 0), false),
        ("fd.snet in ('fd00::/7')", (sort::TCP6, Some(("fe80::1", 80)), 0), true),
        // The model may not know the socket, which then is in no network.
        ("not fd.snet in (10.0.0.0/8)", (TCP, Some(("10.0.0.1", 80)), 0), false),
        ("fd.typechar = 4 and not fd.snet in (10.0.0.0/8)", (TCP, Some(("10.0.0.1", 80)), 0), true),
        ("fd.typechar = 4 and not fd.snet in (10.0.0.0/8)", (TCP, Some(("11.0.0.1", 80)), 0), false),
        ("fd.net != 10.0.0.0/8", (TCP, Some(("10.0.0.1", 80)), 0), true),
        ("fd.net = 10.0.0.0/8", (TCP, Some(("11.0.0.1", 80)), 0), false),
        ("fd.sport in (22, 443)", (TCP, Some(("11.0.0.1", 443)), 0), false),
        ("fd.sport in (22, 443)", (TCP, Some(("11.0.0.1", 80)), -115), true),
        ("fd.sport exists and not fd.sport in (22, 443)", (TCP, Some(("11.0.0.1", 443)), 0), true),
        ("fd.sport >= 65000", (TCP, Some(("11.0.0.1", 65_000)), 0), false),
        ("fd.sport < 20", (TCP, Some(("11.0.0.1", 20)), 0), true),
        ("fd.typechar in (4, 6)", (sort::UNIX, None, -2), true),
        ("fd.l4proto = udp", (TCP, Some(("11.0.0.1", 20)), 0), true),
        ("fd.l4proto = udp", (sort::UDP6, None, 0), false),
        // Any descriptor that is known has ends, if none of them.
        ("fd.ip exists", (sort::UNIX, None, 0), false),
        ("fd.sip exists", (sort::UNIX, None, 0), true),
        ("fd.type = ipv6", (sort::OTHER, None, 0), false),
        ("proc.name = x and fd.sport = 1", (sort::OTHER, None, 0), false),
    ];
    for (condition, (sort, other, result), settled) in table {
        let judgement = one(&format!("evt.type = connect and {condition}"));
        assert_eq!(settles_connect(&judgement, sort, other, result), settled, "{condition}: {other:?} {result}");
    }
}

#[test]
fn connects_go_up_where_rules_look_at_sockets_that_nothing_is_told_of() {
    let there = Some(("10.0.0.1", 80));
    for (condition, settled) in [
        ("evt.type = fstat and fd.sport = 80", true),
        ("evt.type in (sendto, listen, shutdown) and fd.type = ipv4", true),
        ("evt.type in (accept, accept4) and fd.sport = 80", true),
        ("evt.type = splice and fd.sport = 80", false),
        ("evt.type = read and fd.type = ipv4", false),
        ("evt.type = close and fd.sip = 10.0.0.1", false),
    ] {
        let judgement = one(condition);
        assert_eq!(settles_connect(&judgement, sort::TCP4, there, 0), settled, "{condition}");
        let told = judgement.connections_needed.is_some() || judgement.descriptors_needed.is_some();
        assert_eq!(told, !settled, "{condition}");
    }
}

#[test]
fn a_file_has_the_ends_of_a_socket_if_none_of_them() {
    assert!(!settles(&one("evt.type = openat and fd.ip exists"), "/etc/x", 0, 3, None));
    assert!(settles(&one("evt.type = openat and fd.ip = 10.0.0.1"), "/etc/x", 0, 3, None));
}

#[test]
fn a_name_that_a_later_event_could_be_matched_by_goes_up() {
    let judgement = one("evt.type = fchmod and fd.name startswith /lib/");
    assert!(!settles(&judgement, "/lib/x", 0, 3, None));
    assert!(settles(&judgement, "/srv/x", 0, 3, None));
}

#[test]
fn rules_that_look_at_descriptors_where_nothing_is_told_of_them_keep_opens_and_closes() {
    let judgement = one("evt.type = mmap and fd.name startswith /lib/");
    assert!(judgement.descriptors_needed.is_some());
    assert!(!settles(&judgement, "/srv/x", 0, 3, None));
    let judgement = one("evt.type = ptrace and proc.fdopencount > 3");
    assert!(judgement.descriptors_needed.is_some_and(|reason| reason.contains("proc.fdopencount")));
}

#[test]
fn a_rule_that_counts_events_needs_them_all() {
    for condition in ["evt.type = fchmod and evt.num > 3", "evt.type = chroot and evt.deltatime > 0"] {
        let judgement = one(condition);
        assert!(judgement.all_needed.is_some() && !settles(&judgement, "/srv/x", 0, 3, None), "{condition}");
    }
    assert_eq!(one("evt.type = fchmod and evt.num = 0").all_needed, None);
}

#[test]
fn a_rule_about_closes_keeps_opens_and_closes() {
    for condition in ["evt.type = close and fd.name = /lib/x", "evt.type = close and fd.type = ipv4"] {
        assert!(one(condition).descriptors_needed.is_some(), "{condition}");
    }
    assert_eq!(one("evt.type = close and evt.failed = true").descriptors_needed, None);
}

#[test]
fn what_is_opened_as_a_directory_is_its_own_directory() {
    let judgement = one("evt.type = openat and fd.directory = /etc");
    for (path, settled) in [("/etc", false), ("/etc/x", false), ("/etc/x/y", true)] {
        assert_eq!(settles(&judgement, path, 0, 3, None), settled, "{path}");
    }
}

#[test]
fn a_file_goes_up_if_later_events_may_tell_of_it_by_a_name_that_matters() {
    let judgement = one("evt.type = fchmod and fd.name = /lib/x");
    let openat = |path: &[u8], resolved: &[u8]| {
        let judged = JudgedCall {
            arguments: [AT_FDCWD, 0, 0, 0, 0, 0],
            result: 3,
            path: Some(path),
            directory: None,
            profile: None,
            is_directory: false,
            resolved: Some(resolved),
            repeats: false,
            connection: None,
        };
        judgement.settles(Syscall::by_name("openat").expect("a call"), &judged)
    };
    assert!(openat(b"/srv/x", b"/srv/x"));
    assert!(!openat(b"/srv/link", b"/lib/x"));
    assert!(!openat(b"/lib/x", b"/usr/lib/x"));
}

#[test]
fn below_a_long_directory_nothing_is_told_of_names() {
    let judgement = one("evt.type = openat and fd.name contains TOO_LONG");
    assert!(judgement.directory(format!("/{}/", "d".repeat(700)).as_bytes()).is_some());
    assert_eq!(judgement.directory(format!("/{}/", "d".repeat(900)).as_bytes()), None);
}

#[test]
fn paths_as_given_are_not_always_what_was_given() {
    for (condition, path) in [
        // Runs of slashes are shown as one.
        ("evt.type = openat and fd.nameraw startswith /etc", "//etc//shadow"),
        // What could not be opened has no descriptor, but a parameter, which is made absolute.
        ("evt.type = openat and fd.nameraw startswith /home", "shadow"),
        // Components are compared, of relative paths like of absolute ones.
        ("evt.type = openat and fs.path.nameraw pmatch (/shadow)", "shadow"),
    ] {
        assert!(!settles(&one(condition), path, 0, -2, None), "{condition}: {path}");
    }
}

#[test]
fn what_forces_events_up_is_told() {
    for (condition, told) in [
        ("evt.type = fchmod and proc.pname = x", "All events of fchmod are sent up: `r`.\n"),
        ("evt.type = fchmod and proc.name = x", ""),
        ("evt.type = unlink and fs.path.name = /x", ""),
        ("evt.type = fchmod and not fd.name = /x", "All opens are sent up: `r` for `fchmod`.\n"),
        (
            "evt.type = mmap and fd.name = /x",
            "All opens and closes are sent up: the rule `r` looks at the descriptors of `mmap`.\n",
        ),
        ("evt.type = connect and fd.sip.name = x", ""),
        ("evt.type = chroot and evt.num > 1", "All events are sent up: the condition of `r` counts events"),
    ] {
        let rule = format!("- {{rule: r, desc: d, condition: \"{condition}\", output: '%evt.num', priority: INFO}}\n");
        let rules = load(&[("r.yaml", rule)]);
        let forced = judged(&rules).forced(&rules);
        assert!(forced.contains(told) && (forced.is_empty() == told.is_empty()), "{condition}: {forced}");
    }
}

#[test]
fn what_hangs_on_the_process_is_told() {
    for (condition, told) in [
        ("evt.type = fchmod and proc.name = x", "by process "),
        ("evt.type = unlink and fs.path.name = /x and user.uid = 0", "by path, process "),
        ("evt.type = fchmod and evt.failed = true and container.id != host", "by arguments, process "),
        ("evt.type = fchmod and proc.pname = x", "always "),
    ] {
        let rule = format!("- {{rule: r, desc: d, condition: \"{condition}\", output: '%evt.num', priority: INFO}}\n");
        let rules = load(&[("r.yaml", rule)]);
        let text = judged(&rules).to_text(&rules);
        assert!(text.contains(&format!("    {told}")), "{condition}: {text}");
    }
}

#[test]
fn a_call_goes_up_for_the_threads_that_a_rule_is_about() {
    let fchmod = JudgedCall {
        arguments: [3, 0, 0, 0, 0, 0],
        result: 0,
        path: None,
        directory: None,
        profile: None,
        is_directory: false,
        resolved: None,
        repeats: false,
        connection: None,
    };
    for (condition, holding, settled) in [
        ("evt.type = fchmod and proc.name = x", "proc.name = x", false),
        ("evt.type = fchmod and proc.name = x", "", true),
        ("evt.type = fchmod and not proc.name = x", "proc.name = x", true),
        ("evt.type = fchmod and (user.uid = 3 or evt.failed = true)", "", true),
        ("evt.type = fchmod and user.uid = 3 and proc.name = x", "proc.name = x", true),
        // What hangs on others, too, may hold for any.
        ("evt.type = fchmod and (proc.name = x or proc.pname = x)", "", false),
        ("evt.type = fchmod and user.name = x", "", false),
    ] {
        let judgement = one(condition);
        let call = Syscall::by_name("fchmod").expect("a call");
        let profile = judgement.profile(&|predicate| predicate.to_string() == holding);
        let judged = JudgedCall { profile: Some(profile), ..fchmod };
        assert_eq!(judgement.settles(call, &judged), settled, "{condition}, {holding}");
        assert!(!judgement.settles(call, &fchmod), "{condition}: nothing is known of the thread");
    }
}

#[test]
fn where_births_are_not_told_of_names_tell_nothing() {
    let rule =
        "- {rule: r, desc: d, condition: evt.type = fchmod and proc.name = x, output: '%evt.num', priority: INFO}\n";
    let rules = load(&[("r.yaml", rule.to_owned())]);
    let calls = ["fchmod", "execve", "clone"].iter().filter_map(|name| Syscall::by_name(name)).collect();
    assert_eq!(judge(&rules, &calls).forced(&rules), "All events of fchmod are sent up: `r`.\n");
}

#[test]
fn negations_of_what_may_have_no_value_settle_nothing() {
    let judgement = one("evt.type = openat and not fd.name startswith /usr/");
    assert!(!settles(&judgement, "/usr/x", 0, 3, None));
}

fn community() -> Option<Vec<ActiveRule>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/falco-rules");
    let files = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    let texts: Vec<_> =
        files.iter().filter_map(|file| Some((*file, std::fs::read_to_string(folder.join(file)).ok()?))).collect();
    if texts.len() < files.len() {
        eprintln!("skipped: no community rules in {}", folder.display());
        return None;
    }
    Some(load(&texts))
}

#[test]
fn most_opens_of_a_compiler_are_settled_with_the_community_rules() {
    let Some(rules) = community() else { return };
    let judgement = judged(&rules);
    let place = |event| judgement.decisions.iter().find(|decision| decision.event == event).map(|found| found.place);
    assert_eq!(place(EventType::SYSCALL_CLOSE_X), Some(Place::Kernel));
    assert_eq!(place(EventType::SYSCALL_OPENAT_2_X), Some(Place::Tested));
    let host = judgement.profile(&|predicate| {
        let text = predicate.to_string();
        text == "container.id = host" || text == "container.id exists"
    });
    let begin = JudgedCall {
        arguments: [AT_FDCWD, 0, 0, 0, 0, 0],
        result: 0,
        path: Some(b"/usr/include/stdio.h"),
        directory: None,
        profile: Some(host),
        is_directory: false,
        resolved: None,
        repeats: false,
        connection: None,
    };
    assert!(judgement.settles_entry(Syscall::by_name("openat").expect("a call"), &begin));
    for (path, flags, expected) in [
        ("/usr/include/stdio.h", 0, true),
        ("common.h", 0, true),
        ("f1.o", O_WRONLY, true),
        ("/tmp/cc1234.s", O_WRONLY, true),
        ("/etc/ld.so.cache", 0, true),
        ("/etc/shadow", 0, false),
        ("/home/a/.bashrc", O_WRONLY, false),
    ] {
        for result in [3, -2] {
            let settled = settles(&judgement, path, flags, result, Some(host));
            assert!(settled == expected || (result < 0 && settled), "{path} {flags} {result}: {settled}");
        }
    }
}

#[test]
fn datagrams_to_odd_ports_go_up_with_the_community_rules() {
    let Some(rules) = community() else { return };
    let judgement = judged(&rules);
    for profile in std::iter::once(None).chain((1..=8).map(Some)) {
        for sort in [sort::UDP6, sort::UDP4] {
            let settled = settles_connect_of(&judgement, profile, sort, None, 0);
            assert!(!settled, "{} {profile:?}", char::from(sort));
        }
    }
}
