use std::path::Path;

use super::*;

const TID: i64 = 7;

/// An event with these parameters, however many its type has today.
fn event<'b>(buffer: &'b mut Vec<u8>, kind: EventType, params: &[&[u8]]) -> EventView<'b> {
    let mut event = Builder::with_nparams(buffer, kind, 1, TID, params.len());
    params.iter().for_each(|param| {
        event.raw(param);
    });
    event.finish().unwrap()
}

fn convert(converter: &mut Converter, kind: EventType, params: &[&[u8]]) -> Outcome {
    converter.convert(event(&mut Vec::new(), kind, params)).unwrap()
}

/// Type and parameters of the last converted event.
fn converted(converter: &Converter) -> (EventType, Vec<&[u8]>) {
    let event = EventView::parse(converter.converted()).unwrap();
    assert_eq!((event.ts(), event.tid()), (1, TID));
    (event.kind(), (0..event.nparams()).map(|index| event.param(index).unwrap()).collect())
}

#[test]
fn the_table_is_sorted_without_repetition() {
    let keys: Vec<_> = table::RULES.iter().map(|rule| (rule.kind, rule.nparams)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b));
}

#[test]
fn every_rule_fits_the_event_table() {
    for rule in &table::RULES {
        let (kind, name) = (rule.kind, rule.kind.info().constant);
        assert!(usize::from(rule.nparams) <= kind.info().params.len(), "{name} {}", rule.nparams);
        assert!(kind.info().has_any(event_flag::CONVERTER_MANAGED), "{name}");
        let (to, kept, sources) = match rule.action {
            Action::Add(sources) => (kind, usize::from(rule.nparams), sources),
            Action::Change(to, sources) => (to, 0, sources),
            Action::Pass | Action::Store | Action::StoreAndPass => continue,
        };
        assert!(kept + sources.len() <= to.info().params.len(), "{name} {}", rule.nparams);
        for source in sources {
            match *source {
                Source::Old(index) => assert!(index < rule.nparams, "{name}"),
                Source::Enter(index) | Source::EnterOrEmpty(index) => {
                    let enter = EventType::from_code(kind.code() - 1).unwrap();
                    assert!(usize::from(index) < enter.info().params.len(), "{name}");
                }
                Source::Empty | Source::Default | Source::ContainerJson => {}
            }
        }
    }
}

#[test]
fn every_old_shape_in_the_table_becomes_current() {
    for rule in &table::RULES {
        let mut converter = Converter::new(1 << 20);
        let params: Vec<&[u8]> = (0..usize::from(rule.nparams)).map(|index| default_value(rule.kind, index)).collect();
        match convert(&mut converter, rule.kind, &params) {
            Outcome::Same => assert!(matches!(rule.action, Action::Pass | Action::StoreAndPass)),
            Outcome::Converted => {
                let (kind, params) = converted(&converter);
                let old = kind.info().has_any(event_flag::OLD_VERSION);
                assert!(!old || kind == EventType::SYSCALL_EXECVE_19_E, "{}", rule.kind.info().constant);
                assert_eq!(params.len(), kind.info().params.len(), "{} {}", rule.kind.info().constant, rule.nparams);
            }
            Outcome::Dropped => assert!(!rule.kind.is_exit()),
        }
    }
}

#[test]
fn an_exit_event_takes_up_its_enter_event() {
    let mut converter = Converter::new(1 << 20);
    assert_eq!(convert(&mut converter, EventType::SYSCALL_READ_E, &[&[3; 8], &[4; 4]]), Outcome::Dropped);
    assert_eq!(convert(&mut converter, EventType::SYSCALL_READ_X, &[&[9; 8], b"data"]), Outcome::Converted);
    let want: Vec<&[u8]> = vec![&[9; 8], b"data", &[3; 8], &[4; 4]];
    assert_eq!(converted(&converter), (EventType::SYSCALL_READ_X, want));
    // It is used up.
    convert(&mut converter, EventType::SYSCALL_READ_X, &[&[9; 8], b"data"]);
    assert_eq!(converted(&converter).1[2..], [&[0; 8][..], &[0; 4]]);
}

#[test]
fn without_the_right_enter_event_parameters_are_default_or_empty() {
    let mut converter = Converter::new(1 << 20);
    convert(&mut converter, EventType::SYSCALL_CLOSE_E, &[&[3; 8]]);
    assert_eq!(convert(&mut converter, EventType::SYSCALL_READ_X, &[&[9; 8], b""]), Outcome::Converted);
    assert_eq!(converted(&converter).1, [&[9; 8][..], b"", &[0; 8], &[0; 4]]);
    assert_eq!(convert(&mut converter, EventType::SYSCALL_UNLINK_X, &[&[0; 8]]), Outcome::Converted);
    assert_eq!(converted(&converter), (EventType::SYSCALL_UNLINK_2_X, vec![&[0; 8][..], b""]));
}

#[test]
fn conversion_goes_on_until_the_event_is_current() {
    let mut converter = Converter::new(1 << 20);
    let old = [
        &[0; 8][..],
        b"sh\0",
        b"-c\0id\0",
        &[1; 8],
        &[2; 8],
        &[3; 8],
        b"/root\0",
        &[4; 8], // fdlimit
    ];
    assert_eq!(convert(&mut converter, EventType::SYSCALL_EXECVE_8_X, &old), Outcome::Converted);
    let (kind, params) = converted(&converter);
    assert_eq!(kind, EventType::SYSCALL_EXECVE_19_X);
    assert_eq!(params[..8], old);
    assert_eq!(params.len(), kind.info().params.len());
    assert!(params[8..].iter().all(|param| param.is_empty()));
}

#[test]
fn ids_default_to_none() {
    let index = |name| EventType::SYSCALL_EXECVE_19_X.info().param_index(name).unwrap();
    assert_eq!(default_value(EventType::SYSCALL_EXECVE_19_X, index("uid")), [0xff; 4]);
    assert_eq!(default_value(EventType::SYSCALL_EXECVE_19_X, index("pid")), [0; 8]);
    assert_eq!(default_value(EventType::SYSCALL_EXECVE_19_X, index("exe")), b"");
}

#[test]
fn fillers_and_unmanaged_enter_events_are_dropped_and_unknown_shapes_refused() {
    let mut converter = Converter::new(1 << 20);
    assert_eq!(convert(&mut converter, EventType::SYSCALL_STAT_E, &[]), Outcome::Dropped);
    let unused = EventType::all().find(|kind| kind.info().has_any(event_flag::UNUSED)).unwrap();
    assert_eq!(convert(&mut converter, unused, &[]), Outcome::Dropped);
    assert_eq!(convert(&mut converter, EventType::SOCKET_SETSOCKOPT_X, &[]), Outcome::Same);
    let error = converter.convert(event(&mut Vec::new(), EventType::SYSCALL_READ_X, &[&[0; 8]])).unwrap_err();
    assert!(matches!(error, ReadCaptureReason::NoConversion { code: 7, nparams: 1 }), "{error}");
}

#[test]
fn container_events_become_json() {
    let mut converter = Converter::new(1 << 20);
    let params: [&[u8]; 4] = [b"3ad7\0", &[1, 0, 0, 0], b"we\"b\x01\0", b"nginx:1\0"];
    assert_eq!(convert(&mut converter, EventType::CONTAINER_E, &params), Outcome::Converted);
    let json = br#"{"id":"3ad7","type":1,"name":"we\"b\u0001","image":"nginx:1"}"#;
    let (kind, params) = converted(&converter);
    assert_eq!(kind, EventType::CONTAINER_JSON_2_E);
    assert_eq!(params, [&[&json[..], b"\0"].concat()[..]]);
}

/// The shortcut of the reader's hot path against the long way.
#[test]
fn what_counts_as_current_converts_to_itself() {
    for kind in EventType::all() {
        for nparams in 0..=kind.info().params.len() {
            let params: Vec<&[u8]> = (0..nparams).map(|index| default_value(kind, index)).collect();
            let mut converter = Converter::new(1 << 20);
            let mut buffer = Vec::new();
            let outcome = converter.convert(event(&mut buffer, kind, &params));
            let stored = matches!(find_rule(kind, nparams), Some(Rule { action: Action::StoreAndPass, .. }));
            let same = matches!(outcome, Ok(Outcome::Same)) && !stored;
            assert_eq!(converter.is_current(kind, nparams as u32), same, "{} {nparams}", kind.info().constant);
        }
    }
}

#[test]
fn the_table_is_the_references() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/conversions.tsv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let mut theirs: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    theirs.sort();
    let mut ours: Vec<String> = table::RULES.iter().map(row).collect();
    ours.sort();
    assert_eq!(ours, theirs);
}

/// A rule as a row of the reference's table.
fn row(rule: &Rule) -> String {
    let (action, to, sources): (_, _, &[Source]) = match rule.action {
        Action::Pass => ("pass", None, &[]),
        Action::Store => ("store", None, &[]),
        Action::StoreAndPass => ("store_and_pass", None, &[]),
        Action::Add(sources) => ("add_params", None, sources),
        Action::Change(to, sources) => ("change_type", Some(to), sources),
    };
    let (name, code) = to
        .map_or(("-".to_owned(), "-".to_owned()), |to| (format!("PPME_{}", to.info().constant), to.code().to_string()));
    let sources: Vec<_> = sources
        .iter()
        .map(|source| match source {
            Source::Old(index) => format!("old[{index}]"),
            Source::Enter(index) => format!("enter[{index}]"),
            Source::EnterOrEmpty(index) => format!("enter[{index}]|empty"),
            Source::Empty => "empty".to_owned(),
            Source::Default => "default".to_owned(),
            Source::ContainerJson => "callback:container_json".to_owned(),
        })
        .collect();
    let sources = if sources.is_empty() { "-".to_owned() } else { sources.join(",") };
    let kind = rule.kind;
    format!("{}\t{}\tPPME_{}\t{action}\t{name}\t{code}\t{sources}", kind.code(), rule.nparams, kind.info().constant)
}
