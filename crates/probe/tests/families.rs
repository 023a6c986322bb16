//! Which of several ring buffers a new process's events go to: its parent's while that one is read, another one where too much
//! waits in it. Nobody reads meanwhile, so the course does not depend on how busy the machine is. Needs root; says so and passes
//! where it may not run.

mod shell;

use std::collections::{BTreeMap, BTreeSet};

use shell::{calls, let_run, load, shell};
use windhover_event::{EventType, EventView};
use windhover_probe::{Options, Scope};

const RING: u32 = 1 << 20;
const EARLY: usize = 8;
const LATE: usize = 16;
/// Children while little waits; opens that fill more than an eighth of the ring; children again.
const SCRIPT: &str = r#"
i=0; while [ $i -lt 8 ]; do (: </etc/hostname); i=$((i + 1)); done
i=0; while [ $i -lt 3000 ]; do : </etc/hostname; i=$((i + 1)); done
i=0; while [ $i -lt 16 ]; do (: </etc/hostname); i=$((i + 1)); done
"#;

/// Process, and ring of its events plus one, as an event of the lifecycle has them.
fn whose(bytes: &[u8]) -> (u32, u32) {
    let told = bytes[12..].first_chunk().map_or(0, |told| u32::from_le_bytes(*told));
    (told & 0x3f_ffff, told >> 22)
}

#[test]
fn children_stay_in_their_parents_ring_unless_too_much_waits_there() {
    let shell = shell();
    let scope = Scope::ProcessTree(vec![shell.id()]);
    let options = Options { rings: 2, scope, ring_bytes: RING, enter_events: false, ..Options::default() };
    let Some(mut probe) = load(options) else { return };
    let names = ["open", "openat", "clone", "fork", "vfork", "clone3", "sched_process_exit"];
    probe.select(&calls(&names)).expect("to be selected");
    probe.keep_families().expect("to be attached");
    let_run(shell, SCRIPT);

    let mut rings: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for ring in 0..2 {
        probe.drain(ring, usize::MAX, &mut |bytes| {
            let event = EventView::parse(bytes).expect("a well-formed event");
            rings.entry(event.tid() as u32).or_default().insert(ring as u32);
        });
    }
    // By the order of their births.
    let mut children = Vec::new();
    let mut parent = None;
    let mut lifecycle = probe.take_lifecycle().expect("a ring for them");
    lifecycle.drain(usize::MAX, &mut |bytes| {
        let event = EventView::parse(bytes).expect("a well-formed event");
        let (pid, told) = whose(bytes);
        let found = rings.get(&pid).cloned().unwrap_or_default();
        assert!(found.len() == 1 && found.contains(&(told - 1)), "{pid}: found in {found:?}, told {told}");
        let born = event.kind() != EventType::PROCEXIT_1_E;
        match event.i64(0) {
            Some(0) if born => children.push((pid, told - 1)),
            Some(child @ 1..) if born => {
                parent = Some(told - 1);
                if let Some(ring) = event.child_ring() {
                    assert_eq!(rings.get(&(child as u32)), Some(&BTreeSet::from([ring])), "{child}");
                }
            }
            _ => {}
        }
    });
    assert_eq!(probe.stats().expect("the counters").total().lost(), 0);
    let parent = parent.expect("the shell's own events");
    assert_eq!(children.len(), EARLY + LATE);
    let (early, late) = children.split_at(EARLY);
    assert!(early.iter().all(|(_, ring)| *ring == parent), "{parent}: {early:?}");
    // Those whose ids name the other ring.
    assert!(late.iter().all(|(pid, ring)| *ring == pid % 2), "{parent}: {late:?}");
    assert!(late.iter().any(|(_, ring)| *ring != parent), "{parent}: {late:?}");
}
