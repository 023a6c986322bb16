//! The tables against the reference's, where a copy of those is at hand.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says what it skips")]

use std::path::Path;
use windhover_event::flag::{FLAG_TABLES, FlagKind};
use windhover_event::syscall::DropClass;
use windhover_event::{EventSet, EventType, ParamTable, ParamType, PrintFormat, Status, Syscall, SyscallSet};
use windhover_event::{category, event_flag};

/// The rows of a tab-separated file without its heading; `None`, said, where it is not at hand.
fn rows(file: &str) -> Option<Vec<Vec<String>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no {}", path.display());
        return None;
    };
    Some(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

fn number_of(names: &[(&str, u16)], name: &str) -> u16 {
    names.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("unknown name {name}")).1
}

const CATEGORIES: &[(&str, u16)] = &[
    ("UNKNOWN", category::UNKNOWN),
    ("OTHER", category::OTHER),
    ("FILE", category::FILE),
    ("NET", category::NET),
    ("IPC", category::IPC),
    ("MEMORY", category::MEMORY),
    ("PROCESS", category::PROCESS),
    ("SLEEP", category::SLEEP),
    ("SYSTEM", category::SYSTEM),
    ("SIGNAL", category::SIGNAL),
    ("USER", category::USER),
    ("TIME", category::TIME),
    ("PROCESSING", category::PROCESSING),
    ("IO_READ", category::IO_READ),
    ("IO_WRITE", category::IO_WRITE),
    ("IO_OTHER", category::IO_OTHER),
    ("WAIT", category::WAIT),
    ("SCHEDULER", category::SCHEDULER),
    ("INTERNAL", category::INTERNAL),
    ("SYSCALL", category::SYSCALL),
    ("TRACEPOINT", category::TRACEPOINT),
    ("PLUGIN", category::PLUGIN),
    ("METAEVENT", category::METAEVENT),
    ("ITER", category::ITER),
];

const FLAGS: &[(&str, u16)] = &[
    ("-", 0),
    ("CREATES_FD", event_flag::CREATES_FD),
    ("DESTROYS_FD", event_flag::DESTROYS_FD),
    ("USES_FD", event_flag::USES_FD),
    ("READS_FROM_FD", event_flag::READS_FROM_FD),
    ("WRITES_TO_FD", event_flag::WRITES_TO_FD),
    ("MODIFIES_STATE", event_flag::MODIFIES_STATE),
    ("UNUSED", event_flag::UNUSED),
    ("WAITS", event_flag::WAITS),
    ("SKIPPARSERESET", event_flag::SKIPPARSERESET),
    ("OLD_VERSION", event_flag::OLD_VERSION),
    ("LARGE_PAYLOAD", event_flag::LARGE_PAYLOAD),
    ("CONVERTER_MANAGED", event_flag::CONVERTER_MANAGED),
];

/// The type's name as the reference spells it: `CharBufPairArray` is `CHARBUF_PAIR_ARRAY`.
fn type_name(kind: ParamType) -> String {
    match kind {
        ParamType::CharBufPairArray => "CHARBUF_PAIR_ARRAY".to_owned(),
        other => format!("{other:?}").to_uppercase(),
    }
}

fn format_name(format: PrintFormat) -> String {
    match format {
        PrintFormat::PaddedDec => "10_PADDED_DEC".to_owned(),
        other => format!("{other:?}").to_uppercase(),
    }
}

fn table_name(table: &ParamTable) -> Option<String> {
    match table {
        ParamTable::None => None,
        ParamTable::Flags(table) => Some(table.name.to_owned()),
        ParamTable::RelativeTo(index) => Some(format!("dirfd={index}")),
        ParamTable::Dynamic(types) => Some(types.len().to_string()),
    }
}

#[test]
fn events_are_the_references() {
    let Some(rows) = rows("events.tsv") else { return };
    assert_eq!(rows.len(), EventType::COUNT);
    for row in rows {
        let [code, constant, name, dir, about, origin, flags, status, _, _, calls, _, params] = &row[..] else {
            panic!("{row:?}")
        };
        let kind = EventType::from_code(code.parse().unwrap()).unwrap();
        let info = kind.info();
        assert_eq!(format!("PPME_{}", info.constant), *constant);
        assert_eq!(info.name, name, "{constant}");
        assert_eq!(kind.is_exit(), dir == "X", "{constant}");
        assert_eq!(info.syscall_category, number_of(CATEGORIES, about), "{constant}");
        assert_eq!(info.event_category, number_of(CATEGORIES, origin), "{constant}");
        assert_eq!(info.flags, flags.split(',').map(|flag| number_of(FLAGS, flag)).sum::<u16>(), "{constant}");
        let known = match status.as_str() {
            "current" => Status::Current,
            "old" => Status::Old,
            _ => Status::Unused,
        };
        assert_eq!(info.status, known, "{constant}");
        if !kind.is_generic() {
            let names = calls.split(',').filter(|name| *name != "-").map(|name| Syscall::by_name(name).unwrap());
            assert_eq!(kind.syscalls(), names.collect(), "{constant}");
        }
        let wanted: Vec<&str> = params.split('|').filter(|param| *param != "-").collect();
        assert_eq!(info.params.len(), wanted.len(), "{constant}");
        for (param, wanted) in info.params.iter().zip(wanted) {
            let parts: Vec<&str> = wanted.split(':').collect();
            assert_eq!(param.name, parts[0], "{constant}");
            assert_eq!(type_name(param.kind), parts[1], "{constant} {}", param.name);
            assert_eq!(format_name(param.format), parts[2], "{constant} {}", param.name);
            let table = parts.get(3).map(|name| match name.split_once('(') {
                Some((_, count)) => count.trim_end_matches(')').to_owned(),
                None => (*name).to_owned(),
            });
            assert_eq!(table_name(&param.table), table, "{constant} {}", param.name);
        }
    }
}

#[test]
fn flag_tables_are_the_references() {
    let Some(rows) = rows("flags.tsv") else { return };
    let ours: Vec<(String, String, u32)> = FLAG_TABLES
        .iter()
        .flat_map(|table| table.flags.iter().map(|flag| (table.name.to_owned(), flag.name.to_owned(), flag.value)))
        .collect();
    let theirs: Vec<(String, String, u32)> =
        rows.iter().map(|row| (row[0].clone(), row[3].clone(), row[4].parse().unwrap())).collect();
    assert_eq!(ours, theirs);
    for row in &rows {
        let table = FLAG_TABLES.iter().find(|table| table.name == row[0]).unwrap();
        let kind = match row[1].as_str() {
            "enum" => FlagKind::Enum,
            "mode" => FlagKind::Mode,
            _ => FlagKind::Mask,
        };
        assert_eq!(table.kind, kind, "{}", table.name);
    }
}

#[test]
fn system_calls_are_the_references() {
    let Some(rows) = rows("syscalls.tsv") else { return };
    for row in &rows {
        let [code, name, x86_64, aarch64, ia32, class, enter, exit, exit_code, dedicated, versions] = &row[..] else {
            panic!("{row:?}")
        };
        let call = Syscall::from_code(code.parse().unwrap()).unwrap();
        let info = call.info();
        assert_eq!(info.name, name);
        assert_eq!(info.x86_64(), x86_64.parse().ok(), "{name}");
        assert_eq!(info.aarch64(), aarch64.parse().ok(), "{name}");
        let numbers: Vec<u16> = ia32.split(',').filter_map(|number| number.parse().ok()).collect();
        assert_eq!(info.ia32, numbers, "{name}");
        let known = match class.as_str() {
            "never_drop" => DropClass::NeverDrop,
            "always_drop" => DropClass::AlwaysDrop,
            "sampled" => DropClass::Sampled,
            "generic" => DropClass::Generic,
            _ => DropClass::None,
        };
        assert_eq!(info.drop_class, known, "{name}");
        assert_eq!(info.exit_event().map(EventType::code), exit_code.parse().ok(), "{name}");
        for (kind, constant) in [(info.enter_event(), enter), (info.exit_event(), exit)] {
            assert_eq!(kind.map_or("-".to_owned(), |kind| format!("PPME_{}", kind.info().constant)), *constant);
        }
        assert_eq!(info.dedicated, dedicated == "y", "{name}");
        if info.dedicated {
            let events: Vec<String> =
                call.events().iter().map(|kind| format!("PPME_{}", kind.info().constant)).collect();
            let mut versions: Vec<&str> = versions.split(',').collect();
            versions.sort_by_key(|constant| EventType::all().position(|kind| kind.info().constant == &constant[5..]));
            assert_eq!(events, versions, "{name}");
        }
        if code != "0" {
            assert_eq!(Syscall::by_name(name), Some(call));
            if let Ok(number) = x86_64.parse() {
                assert_eq!(Syscall::from_x86_64(number), Some(call), "{name}");
            }
            if let Ok(number) = aarch64.parse() {
                assert_eq!(Syscall::from_aarch64(number), Some(call), "{name}");
            }
            for number in numbers {
                assert_eq!(Syscall::from_ia32(number), Some(call), "{name}");
            }
        }
    }
}

#[test]
fn the_state_set_is_the_references() {
    let names = "accept accept4 bind capset chdir chroot clone clone3 close close_range connect creat dup dup2 dup3 \
        epoll_create epoll_create1 eventfd eventfd2 execve execveat fchdir fcntl fork getsockopt inotify_init \
        inotify_init1 io_uring_setup memfd_create mount open open_by_handle_at openat openat2 pidfd_getfd pidfd_open \
        pipe pipe2 prctl procexit recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto setgid setregid setresgid \
        setresuid setreuid setsid setuid shutdown signalfd signalfd4 socket socketpair timerfd_create umount umount2 \
        userfaultfd vfork";
    let wanted: EventSet = names.split_whitespace().flat_map(EventType::by_name).collect();
    let all = EventSet::of_syscalls(&SyscallSet::state());
    let names = |set: EventSet| -> Vec<_> {
        let mut names: Vec<_> = set.iter().map(EventType::name).collect();
        names.dedup();
        names
    };
    assert_eq!(names(wanted - all), Vec::<&str>::new(), "missing");
    assert_eq!(names(all - wanted), Vec::<&str>::new(), "too many");
}
