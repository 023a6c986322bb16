//! What fields say they come from tells their values: on real events, the same bytes never go with different values.

#![allow(clippy::unwrap_used)] // Helpers of tests are tests.

use std::collections::HashMap;
use std::path::Path;

use windhover_capture::{Reader, Record};
use windhover_event::EventType;
use windhover_event::time::Zone;
use windhover_fields::{Catalogue, EventValues};
use windhover_filter::{Field, Schema, Scratch, Values};
use windhover_system::{Applied, Limits, System};

const NAMES: [&str; 12] = [
    "fd.type",
    "fd.typechar",
    "fd.name",
    "fd.directory",
    "fd.filename",
    "fd.nameraw",
    "evt.res",
    "evt.is_open_read",
    "evt.is_open_write",
    "evt.arg.flags",
    "evt.arg.path",
    "evt.rawarg.mode",
];

/// Type of the event, field, and the bytes of the field's origin.
type Key = (EventType, usize, Vec<u8>);

#[test]
fn the_same_origin_gives_the_same_value() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let Ok(entries) = std::fs::read_dir(&captures) else {
        eprintln!("skipped: there are no captures beside the checkout");
        return;
    };
    let catalogue = Catalogue::syscall();
    let places = (0..12).map(|place| format!("evt.arg[{place}]"));
    let fields: Vec<Field> =
        NAMES.into_iter().map(str::to_owned).chain(places).map(|name| catalogue.lookup(&name).unwrap()).collect();
    let mut values: HashMap<Key, String> = HashMap::new();
    let mut compared = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "scap") {
            compared += compare(&path, &catalogue, &fields, &mut values);
        }
    }
    assert!(compared > 100_000, "only {compared} values were compared");
}

/// Notes the values of a capture's events, and gives how many were known before.
fn compare(path: &Path, catalogue: &Catalogue, fields: &[Field], values: &mut HashMap<Key, String>) -> u64 {
    let mut reader = Reader::open(path).unwrap();
    let mut system = System::new(Limits::default());
    system.load(reader.take_snapshot());
    let (mut scratch, mut compared, zone) = (Scratch::default(), 0, Zone::UTC);
    while let Ok(Some(record)) = reader.next() {
        let captured = match record {
            Record::Event(captured) => captured,
            Record::Section(_) => break,
        };
        if system.apply(&captured.event, None) != Applied::Shown {
            continue;
        }
        let event = EventValues::new(captured.event, system.context(), catalogue).with_zone(&zone);
        for (at, field) in fields.iter().enumerate() {
            let Some(origin) = event.origin(field) else { continue };
            let mut bytes = origin.to_le_bytes().to_vec();
            event.write_origin(origin, &mut bytes);
            let value = format!("{:?}", event.get(field, &mut scratch));
            let known = values.entry((captured.event.kind(), at, bytes)).or_insert_with(|| value.clone());
            assert_eq!(*known, value, "{} of {} in {}", field.text, captured.event.kind().name(), path.display());
            compared += 1;
        }
    }
    compared
}
