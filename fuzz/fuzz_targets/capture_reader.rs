//! Any bytes as a capture file: read or refused; and what was read, written and read again, is the same.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use windhover_capture::{CapturedEvent, Compression, Limits, Reader, Record, Writer};
use windhover_event::EventView;
use windhover_event::snapshot::Snapshot;

/// Small enough that whatever exceeds them shows as an error, not as a machine out of memory.
const LIMITS: Limits = Limits {
    snapshot_bytes: 4 << 20,
    snapshot_entries: 100_000,
    large_event_bytes: 1 << 20,
    remembered_bytes: 1 << 20,
};

type Kept = (u16, bool, Vec<u8>);

/// The first section, as far as it can be read.
fn read(bytes: Vec<u8>) -> Option<(Snapshot, Vec<Kept>)> {
    let mut reader = Reader::from_read_with(Cursor::new(bytes), LIMITS).ok()?;
    let snapshot = reader.take_snapshot();
    let mut events = Vec::new();
    while let Ok(Some(Record::Event(CapturedEvent { cpu, state_only, event }))) = reader.next() {
        events.push((cpu, state_only, event.bytes().to_vec()));
    }
    while let Ok(Some(_)) = reader.next() {}
    Some((snapshot, events))
}

fn write((snapshot, events): &(Snapshot, Vec<Kept>)) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), Compression::None, snapshot).expect("a vector takes everything");
    for (cpu, state_only, bytes) in events {
        let event = EventView::parse(bytes).expect("it was parsed before");
        writer.write(&CapturedEvent { cpu: *cpu, state_only: *state_only, event }).expect("it was in a capture");
    }
    writer.finish().expect("a vector takes everything")
}

fuzz_target!(|bytes: &[u8]| {
    let Some(first) = read(bytes.to_vec()) else { return };
    // Strings that only the first reading may hold (of users, beyond 255 bytes) are cut in writing, so what must not
    // change any more is what was written once.
    let second = read(write(&first)).expect("what was written can be read");
    assert!(second.1 == first.1, "events differ");
    let third = read(write(&second)).expect("what was written can be read");
    assert!(third == second, "the snapshot differs");
});
