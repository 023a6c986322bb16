//! Event types of conditions: the algebra, and what the kind of an event alone decides.

#![allow(clippy::unwrap_used)] // Helpers of tests are tests.

use windhover_event::{EventSet, EventType, Syscall};
use windhover_fields::{Catalogue, EventKind, EventTypes, EventTypesError, TypeValues, event_types};
use windhover_filter::{Expr, ParseOptions, compile, parse};

fn types_of(condition: &str) -> Result<EventTypes, EventTypesError> {
    event_types(&parse(condition, &ParseOptions::default()).unwrap())
}

fn named(names: &[&str]) -> EventSet {
    names.iter().fold(EventSet::EMPTY, |set, name| set | EventSet::named(name))
}

#[test]
fn names_give_sets_that_connectives_combine() {
    let all: EventSet = EventType::all().collect();
    for (condition, want) in [
        ("evt.type = open", named(&["open"])),
        ("evt.type == open", named(&["open"])),
        ("evt.type in (open, openat)", named(&["open", "openat"])),
        ("evt.type != open", all - named(&["open"])),
        ("not evt.type = open", all - named(&["open"])),
        ("not evt.type != open", named(&["open"])),
        ("evt.type = open and proc.name = cat", named(&["open"])),
        ("evt.type = open or proc.name = cat", all),
        ("not (evt.type = open or proc.name = cat)", all - named(&["open"])),
        ("not (evt.type = open and proc.name = cat)", all),
        ("evt.type in (open, close) and evt.type in (close, dup)", named(&["close"])),
        ("not proc.name = cat", all),
        ("evt.type exists", all),
        ("not evt.type exists", EventSet::EMPTY),
        ("evt.type startswith open", all),
        ("not evt.type startswith open", all),
        ("evt.num = 0", EventSet::EMPTY),
        ("not evt.num = 0", all),
        ("evt.num < 1", EventSet::EMPTY),
        ("evt.num <= 0", EventSet::EMPTY),
        ("evt.num in (0)", EventSet::EMPTY),
        ("evt.num in (0, 1)", all),
        ("evt.num >= 0", all),
        ("not evt.num > 0", EventSet::EMPTY),
        ("evt.num = 7", all),
        ("evt.num = 0 or evt.type = open", named(&["open"])),
        ("some_macro", all),
        ("syscall.type = open", named(&["open"])),
        ("evt.type = umask", EventSet::of(&[EventType::GENERIC_E, EventType::GENERIC_X])),
    ] {
        assert_eq!(types_of(condition).unwrap().types, want, "{condition}");
    }
}

#[test]
fn a_call_without_a_type_of_its_own_is_one_system_call() {
    let umask = Syscall::by_name("umask").unwrap();
    let found = types_of("evt.type = umask").unwrap();
    assert_eq!(found.syscalls.iter().collect::<Vec<_>>(), [umask]);
    assert!(found.is_narrow());
    let kinds: Vec<_> =
        EventKind::in_sets(&found.types, &found.syscalls).filter_map(EventKind::generic_syscall).collect();
    assert!(kinds.contains(&umask) && !kinds.contains(&Syscall::by_name("getpid").unwrap()));
    assert!(!types_of("proc.name = cat").unwrap().is_narrow());
}

#[test]
fn hidden_event_types_are_refused() {
    assert_eq!(types_of("tolower(evt.type) = open"), Err(EventTypesError::Transformer));
    assert_eq!(types_of("evt.type = val(proc.name)"), Err(EventTypesError::Field));
    assert_eq!(types_of("proc.name = val(evt.type)"), Err(EventTypesError::Field));
}

#[test]
fn the_kind_decides_what_it_fixes_and_nothing_else() {
    let catalogue = Catalogue::syscall();
    let open = EventKind::of_type(EventType::by_name("openat").find(|kind| kind.info().params.len() > 4).unwrap());
    let umask = EventKind::of_generic(Syscall::by_name("umask").unwrap());
    let injected = EventKind::of_type(EventType::ASYNCEVENT_E);
    for (condition, kind, want) in [
        ("evt.type = openat", open, Some(true)),
        ("evt.type in (open, close)", open, Some(false)),
        ("evt.type startswith open", open, Some(true)),
        ("evt.type = umask", umask, Some(true)),
        ("evt.type = container", injected, None),
        ("evt.dir = >", open, Some(false)),
        ("syscall.type exists", injected, Some(false)),
        ("evt.category = file", open, Some(true)),
        ("evt.is_io = true", open, Some(false)),
        ("fd.name startswith /etc", umask, Some(false)),
        ("fd.name != x", umask, Some(false)),
        ("fd.name startswith /etc", open, None),
        ("fd.net = 10.0.0.0/8", umask, Some(false)),
        ("evt.arg.flags contains O_CREAT", open, None),
        ("evt.arg.flags contains O_CREAT", umask, Some(false)),
        ("evt.is_open_read = true", umask, Some(false)),
        ("evt.is_open_read = true", open, None),
        ("evt.rawres >= 0", umask, Some(false)),
        ("proc.name = cat", open, None),
        ("tolower(syscall.type) = umask", umask, Some(true)),
    ] {
        let ast = parse(condition, &ParseOptions::default()).unwrap();
        let Expr::Atom(predicate) = compile(&ast, &catalogue).unwrap().expr else { panic!("{condition}") };
        assert_eq!(TypeValues(kind).decide(&predicate), want, "{condition} of {}", kind.name());
    }
}

#[test]
fn kinds_are_numbered_and_named_without_gaps_but_the_generic_type() {
    let codes: Vec<usize> = EventKind::all().map(|kind| usize::from(kind.code())).collect();
    assert_eq!(codes.len(), EventKind::COUNT - 1);
    assert!(codes.iter().all(|code| EventKind::from_code(*code as u16).unwrap().code() == *code as u16));
    assert_eq!(EventKind::from_code(EventType::GENERIC_X.code()), None);
    assert_eq!(EventKind::from_code(EventKind::COUNT as u16), None);
}
