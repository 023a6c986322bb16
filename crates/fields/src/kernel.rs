//! What can be told of a predicate where a call ends in the kernel, before there is an event: by the call's arguments, its
//! result, and the path that it was given.
//!
//! Whatever this says has to hold for every event that the call could become: see [`KernelTold`] for which way each
//! answer may err. What is not said here is left to user space.

mod connection;

use windhover_event::{EventType, ParamType, event_flag};
use windhover_filter::{Field, FieldArg, Op, Pattern, Predicate, Rhs, Source};

pub use self::connection::{CONNECT, is_about_connected_socket};
use self::connection::{told_of_connection, told_of_unknown_socket};
use crate::class::DEFINITIONS;
use crate::definition::Class;
use crate::kind::EventKind;
use crate::param;

/// A test of a number that the kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KernelNumber {
    /// Which number.
    pub source: KernelSource,
    /// The test.
    pub test: KernelTest,
}

/// A number of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KernelSource {
    /// An argument, from 0.
    Argument(u8),
    /// What the call returned.
    Result,
    /// 1 where the call is a message that tells nothing that one before has not told, else 0: it failed, or one like it over the
    /// same connection has been an event.
    Repeats,
}

/// A test of a number of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KernelTest {
    /// Signed, it is below this.
    Below(i64),
    /// It is this.
    Equal(u64),
    /// It has one of these bits.
    AnyBits(u64),
    /// With `mask` (at most 63) applied, it is the number of a bit that is set in `bits`.
    Table {
        /// The bits of the number that count.
        mask: u16,
        /// By number.
        bits: u64,
    },
}

/// What can be told of a predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelTold {
    /// Nothing.
    Nothing,
    /// It never holds (though its negation may not hold either, where the field has no value).
    Never,
    /// It holds at most where the test comes out so; with `exact` it holds exactly there.
    Number {
        /// The test.
        test: KernelNumber,
        /// How it has to come out.
        truth: bool,
        /// Whether nothing else decides.
        exact: bool,
    },
    /// It holds at most where the path has one of these patterns.
    Path {
        /// The patterns.
        patterns: Vec<Pattern>,
        /// Which form of the path has them.
        form: PathForm,
    },
    /// It depends on the connection's text ([`windhover_event::connection`]): each of these lists is a test, which comes out
    /// true where the text has one of its patterns.
    Connection {
        /// It can hold only where one of these does.
        among: Option<Vec<Vec<Pattern>>>,
        /// It can hold only where none of these does.
        outside: Vec<Vec<Pattern>>,
        /// It certainly holds where one of these does.
        certain: Vec<Vec<Pattern>>,
    },
}

/// A form of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathForm {
    /// Absolute and normalised.
    Normalised,
    /// As it was given.
    AsGiven,
    /// One of the two.
    Either,
}

/// Where a call has its path: number of the argument, and of the one with the directory that it is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathArgument {
    /// The path.
    pub path: u8,
    /// The directory's descriptor; without it the working directory counts.
    pub directory: Option<u8>,
}

const FAILED: KernelNumber = KernelNumber { source: KernelSource::Result, test: KernelTest::Below(0) };

/// The test of a message that holds where it may tell the model something.
pub const NEW_MESSAGE: KernelNumber = KernelNumber { source: KernelSource::Repeats, test: KernelTest::Equal(0) };

/// Whether events of this kind are about a message over a socket, which at most tells what the socket is.
pub fn is_message(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::SOCKET_SENDTO_X
            | EventType::SOCKET_SENDMSG_X
            | EventType::SOCKET_RECVFROM_X
            | EventType::SOCKET_RECVMSG_X
    )
}

/// Whether events of this kind are about the opening of a file.
pub fn opens_file(kind: EventType) -> bool {
    open_flags_argument(kind).is_some() || kind == EventType::SYSCALL_OPENAT2_X || kind == EventType::SYSCALL_CREAT_X
}

/// The argument with the flags of an open.
fn open_flags_argument(kind: EventType) -> Option<u8> {
    match kind {
        EventType::SYSCALL_OPEN_X => Some(1),
        EventType::SYSCALL_OPENAT_2_X => Some(2),
        _ => None,
    }
}

/// Where the calls that give events of this type have their path, if it is one.
pub fn path_argument(kind: EventType) -> Option<PathArgument> {
    let (path, directory) = match kind {
        EventType::SYSCALL_OPEN_X | EventType::SYSCALL_CREAT_X => (0, None),
        EventType::SYSCALL_OPENAT_2_X | EventType::SYSCALL_OPENAT2_X => (1, Some(0)),
        EventType::SYSCALL_UNLINK_2_X | EventType::SYSCALL_RMDIR_2_X | EventType::SYSCALL_MKDIR_2_X => (0, None),
        EventType::SYSCALL_CHMOD_X | EventType::SYSCALL_CHOWN_X | EventType::SYSCALL_LCHOWN_X => (0, None),
        EventType::SYSCALL_UNLINKAT_2_X | EventType::SYSCALL_MKDIRAT_X => (1, Some(0)),
        EventType::SYSCALL_FCHMODAT_X | EventType::SYSCALL_FCHOWNAT_X => (1, Some(0)),
        _ => return None,
    };
    Some(PathArgument { path, directory })
}

/// What can be told of a predicate about events of this kind.
pub fn told_of_event(kind: EventKind, predicate: &Predicate) -> KernelTold {
    let kind = kind.event_type();
    let Source::Field(field) = &predicate.lhs else { return KernelTold::Nothing };
    let Some(definition) = DEFINITIONS.get(usize::from(field.def)) else { return KernelTold::Nothing };
    match definition.name {
        "evt.rawres" if has_wide_result(kind) => told_of_number(predicate),
        "evt.failed" if has_wide_result(kind) => told_of_truth(predicate, FAILED, true),
        "evt.res" if has_wide_result(kind) => told_of_result_name(predicate),
        // What the model makes of a message it has made of the one before.
        "fd.name_changed" if is_message(kind) && is_true(predicate) => {
            KernelTold::Number { test: NEW_MESSAGE, truth: true, exact: false }
        }
        "fd.num" if opens_file(kind) => told_of_new_descriptor(predicate),
        "evt.is_open_read" | "evt.is_open_write" => match open_flags_argument(kind) {
            // Read, write, both, neither, of which the last counts as reading.
            Some(argument) => {
                let bits = if definition.name == "evt.is_open_read" { 0b1101 } else { 0b0110 };
                let test = KernelTest::Table { mask: 3, bits };
                told_of_truth(predicate, KernelNumber { source: KernelSource::Argument(argument), test }, true)
            }
            None => KernelTold::Nothing,
        },
        // Relative paths are shown as absolute ones, absolute ones as they were given.
        "evt.arg" if path_argument(kind).is_some() && is_path(kind, &field.arg) => {
            told_of_path(predicate, PathForm::Either)
        }
        name if opens_file(kind) => match name {
            "fs.path.name" => told_of_path(predicate, PathForm::Normalised),
            "fs.path.nameraw" => told_of_path(predicate, PathForm::AsGiven),
            // Without a descriptor there is only the parameter, which is shown as an absolute path.
            "fd.nameraw" => told_of_path(predicate, PathForm::Either),
            "fd.name" if is_shown_as_given(kind) => told_of_path(predicate, PathForm::Either),
            "fd.directory" if is_shown_as_given(kind) => told_of_part(predicate, directory_patterns, PathForm::Either),
            _ => told_of_opened(predicate),
        },
        "fs.path.name" if path_argument(kind).is_some() => told_of_path(predicate, PathForm::Normalised),
        "fs.path.nameraw" if path_argument(kind).is_some() => told_of_path(predicate, PathForm::AsGiven),
        _ => KernelTold::Nothing,
    }
}

/// What can be told of a predicate about a connect: of a socket that the model knows, or of one that it does not know.
pub fn told_of_connect(predicate: &Predicate, known: bool) -> KernelTold {
    let of_socket = if known { told_of_connection(predicate) } else { told_of_unknown_socket(predicate) };
    of_socket.unwrap_or_else(|| told_of_event(EventKind::of_type(CONNECT), predicate))
}

/// Whether the path of an open that failed is shown as its parameter is: absolute ones are not made normal.
fn is_shown_as_given(kind: EventType) -> bool {
    matches!(kind, EventType::SYSCALL_OPEN_X | EventType::SYSCALL_CREAT_X)
}

/// What can be told of a predicate about a descriptor, if that was made by opening this path and the file is no
/// directory.
pub fn told_of_opened(predicate: &Predicate) -> KernelTold {
    let Source::Field(field) = &predicate.lhs else { return KernelTold::Nothing };
    let Some(definition) = DEFINITIONS.get(usize::from(field.def)) else { return KernelTold::Nothing };
    match definition.name {
        "fd.name" => told_of_path(predicate, PathForm::Normalised),
        "fd.nameraw" => told_of_path(predicate, PathForm::AsGiven),
        "fd.directory" => told_of_part(predicate, directory_patterns, PathForm::Normalised),
        "fd.filename" => told_of_part(predicate, filename_patterns, PathForm::Normalised),
        "fd.type" => told_of_kind(predicate, &[b"file", b"directory"]),
        "fd.typechar" => told_of_kind(predicate, &[b"f", b"d", b"o"]),
        // That there is an end is true of every descriptor; it has none to compare.
        name if has_ends(name) && predicate.op == Op::Exists => KernelTold::Nothing,
        name if SOCKET_FIELDS.iter().any(|prefix| name.starts_with(prefix)) => KernelTold::Never,
        _ => KernelTold::Nothing,
    }
}

/// Whether a field is about either end of a socket.
fn has_ends(name: &str) -> bool {
    matches!(name, "fd.ip" | "fd.port" | "fd.net")
}

/// Fields that only sockets have.
const SOCKET_FIELDS: [&str; 13] = [
    "fd.ip", "fd.cip", "fd.sip", "fd.lip", "fd.rip", "fd.port", "fd.cport", "fd.sport", "fd.lport", "fd.rport",
    "fd.net", "fd.cnet", "fd.snet",
];

/// Whether events of a type are about a descriptor that may be an opened file's. A path that begins at a descriptor needs a
/// directory there, unless it may be empty.
pub fn is_about_file_descriptor(kind: EventType) -> bool {
    const MAY_BE_EMPTY: [&str; 2] = ["newfstatat", "fchownat"];
    const OTHERS: [&str; 17] = [
        "bind",
        "connect",
        "listen",
        "accept",
        "accept4",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "recvfrom",
        "recvmsg",
        "recvmmsg",
        "shutdown",
        "getsockopt",
        "setsockopt",
        "getsockname",
        "getpeername",
        "execveat",
    ];
    let has_fd = kind.info().params.iter().any(|param| param.kind == ParamType::Fd);
    let makes_only = kind.info().flags & (event_flag::CREATES_FD | event_flag::USES_FD) == event_flag::CREATES_FD;
    let needs_directory = has_base(kind) && !MAY_BE_EMPTY.contains(&kind.name());
    has_fd && !opens_file(kind) && !needs_directory && !makes_only && !OTHERS.contains(&kind.name())
}

/// Patterns of the names under which files are opened that have no place in the file system, and that events of this type
/// are about: no other name can be told of them later. (Those that are mounted somewhere have a place.)
pub fn nameless_files(kind: EventType) -> impl Iterator<Item = Pattern> {
    let namespace = (kind == EventType::SYSCALL_SETNS_X).then(|| Pattern::Has(b"/ns/"[..].into()));
    namespace.into_iter()
}

/// Whether events of this type have paths that begin at descriptors, which are directories nearly always.
fn has_base(kind: EventType) -> bool {
    const OTHERS: [&str; 6] = ["newfstatat", "mknodat", "symlinkat", "renameat", "renameat2", "linkat"];
    path_argument(kind).is_some() || OTHERS.contains(&kind.name())
}

/// Whether a field shows a descriptor, or a parameter that is one.
pub fn is_descriptor_field(kind: EventType, field: &Field) -> bool {
    DEFINITIONS.get(usize::from(field.def)).is_some_and(|definition| {
        if matches!(definition.name, "evt.arg" | "evt.rawarg") {
            return param::find(kind, &field.arg).is_some_and(|(_, info)| info.kind == ParamType::Fd);
        }
        let shows = ["evt.args", "evt.info", "evt.category", "evt.abspath", "evt.buflen", "evt.is_syslog"];
        // Where a path begins is told with the event.
        let of_path = definition.class == Class::FsPath && !has_base(kind);
        of_path
            || matches!(definition.class, Class::Fd | Class::FdList)
            || shows.iter().chain(&["evt.count.error"]).any(|prefix| definition.name.starts_with(prefix))
    })
}

/// Whether a predicate looks at a descriptor, or at a parameter that may be one.
pub fn is_about_descriptor(kind: EventType, predicate: &Predicate) -> bool {
    let mut about = false;
    predicate.for_each_field(&mut |field| about |= is_descriptor_field(kind, field));
    about
}

/// What of a thread a predicate depends on, and on nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadFacts {
    /// The name of its program, as the kernel had it when the thread was born or ran the program.
    pub name: bool,
    /// Its effective user.
    pub user: bool,
    /// Its control groups, as they were when it was born or ran its program.
    pub groups: bool,
}

/// What a predicate depends on, if this is nothing but what changes by deeds of the very thread that the probe sees.
pub fn facts_of_thread(predicate: &Predicate) -> Option<ThreadFacts> {
    let (mut facts, mut all) = (ThreadFacts::default(), true);
    predicate.for_each_field(&mut |field| match DEFINITIONS
        .get(usize::from(field.def))
        .map_or("", |definition| definition.name)
    {
        "proc.name" => facts.name = true,
        "user.uid" => facts.user = true,
        "container.id" => facts.groups = true,
        _ => all = false,
    });
    (all && facts != ThreadFacts::default()).then_some(facts)
}

/// Whether a predicate depends on how many events there were, or on the one before, and so on events that no rule matches.
pub fn counts_events(predicate: &Predicate) -> bool {
    let mut counts = false;
    predicate.for_each_field(&mut |field| {
        let name = DEFINITIONS.get(usize::from(field.def)).map_or("", |definition| definition.name);
        counts |= ["evt.num", "evt.deltatime", "evt.reltime"].iter().any(|prefix| name.starts_with(prefix));
    });
    // Events are numbered from 1, and rules compare with 0 to say "never".
    counts && !is_number(predicate, 0)
}

/// Whether a field's value depends on descriptors other than the event's own.
pub fn needs_all_descriptors(field: &Field) -> bool {
    let Some(definition) = DEFINITIONS.get(usize::from(field.def)) else { return false };
    let name = definition.name;
    ["fd.types", "fdlist.", "proc.fdopencount", "proc.fdusage", "proc.stdin", "proc.stdout", "proc.stderr"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Whether this parameter of an event is a path.
fn is_path(kind: EventType, arg: &FieldArg) -> bool {
    param::find(kind, arg).is_some_and(|(_, info)| matches!(info.kind, ParamType::FsPath | ParamType::FsRelPath))
}

fn is_true(predicate: &Predicate) -> bool {
    predicate.op == Op::Eq && matches!(&predicate.rhs, Rhs::Bools(bools) if **bools == [true])
}

fn is_number(predicate: &Predicate, number: i128) -> bool {
    predicate.op == Op::Eq && matches!(&predicate.rhs, Rhs::Numbers(numbers) if **numbers == [number])
}

/// Whether the event's first parameter is the call's result, whole.
fn has_wide_result(kind: EventType) -> bool {
    let first = kind.info().params.first();
    kind.is_exit()
        && !kind.is_generic()
        && first.is_some_and(|param| {
            matches!(param.kind, ParamType::Errno | ParamType::Fd | ParamType::Pid | ParamType::Int64)
        })
}

/// A comparison of the result with a constant.
fn told_of_number(predicate: &Predicate) -> KernelTold {
    let Rhs::Numbers(numbers) = &predicate.rhs else { return KernelTold::Nothing };
    let [number] = **numbers else { return told_of_sign(predicate, numbers) };
    let Ok(number) = i64::try_from(number) else { return KernelTold::Nothing };
    let exactly = |test, truth| KernelTold::Number {
        test: KernelNumber { source: KernelSource::Result, test },
        truth,
        exact: true,
    };
    match (predicate.op, number.checked_add(1)) {
        (Op::Lt, _) => exactly(KernelTest::Below(number), true),
        (Op::Ge, _) => exactly(KernelTest::Below(number), false),
        (Op::Le, Some(next)) => exactly(KernelTest::Below(next), true),
        (Op::Gt, Some(next)) => exactly(KernelTest::Below(next), false),
        (Op::Eq | Op::In, _) => exactly(KernelTest::Equal(number as u64), true),
        (Op::Ne, _) => exactly(KernelTest::Equal(number as u64), false),
        _ => KernelTold::Nothing,
    }
}

/// One of several results: all of them are errors, or none is.
fn told_of_sign(predicate: &Predicate, numbers: &[i128]) -> KernelTold {
    let negative = numbers.iter().filter(|number| **number < 0).count();
    if predicate.op != Op::In || (negative != 0 && negative != numbers.len()) {
        return KernelTold::Nothing;
    }
    KernelTold::Number { test: FAILED, truth: negative != 0, exact: false }
}

/// A truth value that is exactly what a test says.
fn told_of_truth(predicate: &Predicate, test: KernelNumber, exact: bool) -> KernelTold {
    match (predicate.op, &predicate.rhs) {
        (Op::Eq, Rhs::Bools(bools)) if bools.len() == 1 => KernelTold::Number { test, truth: bools[0], exact },
        _ => KernelTold::Nothing,
    }
}

/// `SUCCESS`, or the name of an error.
fn told_of_result_name(predicate: &Predicate) -> KernelTold {
    let Rhs::Texts(texts) = &predicate.rhs else { return KernelTold::Nothing };
    let succeeded = |text: &[u8]| match predicate.op {
        Op::Eq | Op::In => text == b"SUCCESS",
        Op::StartsWith => b"SUCCESS".starts_with(text),
        _ => true,
    };
    let certain = matches!(predicate.op, Op::Eq | Op::In | Op::StartsWith) && predicate.quantifier.is_none();
    if !certain {
        return KernelTold::Nothing;
    }
    if texts.iter().all(|text| !succeeded(text)) {
        return KernelTold::Number { test: FAILED, truth: true, exact: false };
    }
    if predicate.op != Op::StartsWith && texts.iter().all(|text| **text == *b"SUCCESS") {
        return KernelTold::Number { test: FAILED, truth: false, exact: false };
    }
    KernelTold::Nothing
}

/// The number of the descriptor that an open made: the result, or -1.
fn told_of_new_descriptor(predicate: &Predicate) -> KernelTold {
    let Rhs::Numbers(numbers) = &predicate.rhs else { return KernelTold::Nothing };
    let (holds_for_failed, holds_for_others): (bool, bool) = match (predicate.op, &**numbers) {
        (Op::Ge, [number]) => (*number <= -1, true),
        (Op::Gt, [number]) => (*number < -1, true),
        (Op::Le, [number]) => (*number >= -1, *number >= 0),
        (Op::Lt, [number]) => (*number > -1, *number > 0),
        (Op::Eq | Op::In, numbers) => (numbers.contains(&-1), numbers.iter().any(|number| *number >= 0)),
        _ => return KernelTold::Nothing,
    };
    match (holds_for_failed, holds_for_others) {
        (true, true) => KernelTold::Nothing,
        (false, false) => KernelTold::Never,
        (truth, _) => KernelTold::Number { test: FAILED, truth, exact: false },
    }
}

fn told_of_path(predicate: &Predicate, form: PathForm) -> KernelTold {
    if predicate.op == Op::PMatch && form != PathForm::Normalised {
        // It goes by components: to it, a relative path is what the absolute one is.
        return KernelTold::Nothing;
    }
    predicate.patterns().map_or(KernelTold::Nothing, |patterns| KernelTold::Path { patterns, form })
}

/// Part of a path: only comparisons with the whole part say something of the path.
fn told_of_part(predicate: &Predicate, pattern: fn(&[u8]) -> Vec<Pattern>, form: PathForm) -> KernelTold {
    match (predicate.op, predicate.patterns()) {
        (Op::Eq | Op::In, Some(patterns)) => {
            let patterns = patterns.iter().flat_map(|part| pattern(part.bytes())).collect();
            KernelTold::Path { patterns, form }
        }
        _ => KernelTold::Nothing,
    }
}

/// A file right below the directory, or itself: what was opened as a directory is its own.
fn directory_patterns(directory: &[u8]) -> Vec<Pattern> {
    let mut below = directory.to_vec();
    if below.last() != Some(&b'/') {
        below.push(b'/');
    }
    vec![Pattern::Below(below.into()), Pattern::Is(directory.into())]
}

fn filename_patterns(name: &[u8]) -> Vec<Pattern> {
    let mut end = b"/".to_vec();
    end.extend_from_slice(name);
    vec![Pattern::Ends(end.into())]
}

/// A text that is one of a few.
fn told_of_kind(predicate: &Predicate, possible: &[&[u8]]) -> KernelTold {
    let Rhs::Texts(texts) = &predicate.rhs else { return KernelTold::Nothing };
    let certain = matches!(predicate.op, Op::Eq | Op::In) && predicate.quantifier.is_none();
    if certain && !texts.iter().any(|text| possible.contains(&&**text)) {
        return KernelTold::Never;
    }
    KernelTold::Nothing
}

#[cfg(test)]
mod tests {
    use windhover_filter::{Expr, ParseOptions, compile, parse};

    use super::*;
    use crate::Catalogue;

    pub(super) fn predicate(text: &str) -> Predicate {
        let ast = parse(text, &ParseOptions::default()).expect("it parses");
        match compile(&ast, &Catalogue::syscall()).expect("it compiles").expr {
            Expr::Atom(predicate) => predicate,
            other => panic!("{text} is {other:?}"),
        }
    }

    fn openat(text: &str) -> KernelTold {
        told_of_event(EventKind::of_type(EventType::SYSCALL_OPENAT_2_X), &predicate(text))
    }

    fn failed(truth: bool) -> KernelTold {
        KernelTold::Number { test: FAILED, truth, exact: false }
    }

    #[test]
    fn results_and_flags_are_numbers() {
        for (text, wanted) in [
            ("fd.num>=0", failed(false)),
            ("fd.num=-1", failed(true)),
            ("fd.num!=-1", KernelTold::Nothing),
            ("evt.res startswith E", failed(true)),
            ("evt.res startswith S", KernelTold::Nothing),
            ("evt.res=SUCCESS", failed(false)),
            ("evt.res in (SUCCESS, EPERM)", KernelTold::Nothing),
            ("evt.rawres in (0, 1, 2)", failed(false)),
            ("fd.typechar='4'", KernelTold::Never),
            ("fd.typechar='f'", KernelTold::Nothing),
            ("fd.sip=1.2.3.4", KernelTold::Never),
            ("proc.name=x", KernelTold::Nothing),
        ] {
            assert_eq!(openat(text), wanted, "{text}");
        }
        let flags =
            |bits| KernelNumber { source: KernelSource::Argument(2), test: KernelTest::Table { mask: 3, bits } };
        let read = KernelTold::Number { test: flags(0b1101), truth: true, exact: true };
        assert_eq!(openat("evt.is_open_read=true"), read);
        let no_write = KernelTold::Number { test: flags(0b0110), truth: false, exact: true };
        assert_eq!(openat("evt.is_open_write=false"), no_write);
    }

    #[test]
    fn names_are_patterns_of_the_path() {
        let path = |patterns: Vec<Pattern>, raw| {
            let form = if raw { PathForm::Either } else { PathForm::Normalised };
            KernelTold::Path { patterns, form }
        };
        for (text, wanted) in [
            ("fd.name startswith /etc/", path(vec![Pattern::Begins(b"/etc/"[..].into())], false)),
            ("fd.nameraw contains ../", path(vec![Pattern::Has(b"../"[..].into())], true)),
            (
                "fd.directory=/etc",
                path(vec![Pattern::Below(b"/etc/"[..].into()), Pattern::Is(b"/etc"[..].into())], false),
            ),
            ("fd.filename=.bashrc", path(vec![Pattern::Ends(b"/.bashrc"[..].into())], false)),
            ("fd.filename contains x", KernelTold::Nothing),
            ("fd.name glob /etc/*", path(vec![Pattern::Begins(b"/etc/"[..].into())], false)),
            ("fd.name glob *", KernelTold::Nothing),
            ("fd.name!=/etc/x", KernelTold::Nothing),
            ("fd.name pmatch (/etc)", path(vec![Pattern::Begins(b"/etc"[..].into())], false)),
            ("fs.path.nameraw pmatch (/etc)", KernelTold::Nothing),
        ] {
            assert_eq!(openat(text), wanted, "{text}");
        }
    }

    #[test]
    fn of_other_calls_less_is_told() {
        let unlink = EventKind::of_type(EventType::SYSCALL_UNLINK_2_X);
        let told = told_of_event(unlink, &predicate("fs.path.name endswith .bashrc"));
        assert!(matches!(told, KernelTold::Path { form: PathForm::Normalised, .. }));
        let told = told_of_event(unlink, &predicate("evt.arg.path contains history"));
        assert!(matches!(told, KernelTold::Path { form: PathForm::Either, .. }));
        // One that fails shows an absolute path as it was given.
        let open = EventKind::of_type(EventType::SYSCALL_OPEN_X);
        let told = told_of_event(open, &predicate("fd.name endswith ./x"));
        assert!(matches!(told, KernelTold::Path { form: PathForm::Either, .. }));
        assert_eq!(told_of_event(unlink, &predicate("evt.is_open_read=true")), KernelTold::Nothing);
        assert!(
            is_about_descriptor(unlink.event_type(), &predicate("fd.name=x"))
                && !is_about_descriptor(unlink.event_type(), &predicate("proc.name=x"))
        );
    }
}
