//! What is lost when a ring buffer fills: the least important first, lifecycle events last, and all of it counted. Nobody reads
//! the buffer meanwhile, so the course does not depend on how busy the machine is. Needs root; says so and passes where it may
//! not run.

mod shell;

use std::collections::BTreeMap;

use shell::{calls, let_run, load, shell};
use windhover_event::{EventType, EventView};
use windhover_probe::{Options, Scope};

const RING: u32 = 256 << 10;
/// Opens, far more than the ring holds; then needles that matter more; then programs; then programs until nothing fits.
const SCRIPT: &str = r#"
i=0; while [ $i -lt 5000 ]; do : </etc/hostname; i=$((i + 1)); done
kill -0 $$; kill -0 $$; kill -0 $$; kill -0 $$
i=0; while [ $i -lt 3 ]; do (:); i=$((i + 1)); done
i=0; while [ $i -lt 3000 ]; do (:); i=$((i + 1)); done
"#;

#[test]
fn the_least_important_is_shed_first_and_lifecycle_events_are_lost_last() {
    let shell = shell();
    let scope = Scope::ProcessTree(vec![shell.id()]);
    let options = Options { scope, ring_bytes: RING, enter_events: false, ..Options::default() };
    let Some(mut probe) = load(options) else { return };
    let flood = EventType::SYSCALL_OPENAT_2_X;
    let needle = EventType::SYSCALL_KILL_X;
    probe.admit(&|kind| if kind == needle { 90 } else { 50 }).expect("to be admitted");
    let names = ["open", "openat", "kill", "clone", "fork", "vfork", "clone3", "sched_process_exit"];
    probe.select(&calls(&names)).expect("to be selected");
    let_run(shell, SCRIPT);

    let mut delivered: BTreeMap<u16, u64> = BTreeMap::new();
    let mut bytes_by_flood = 0;
    probe.drain(0, usize::MAX, &mut |bytes| {
        let event = EventView::parse(bytes).expect("a well-formed event");
        *delivered.entry(event.kind().code()).or_default() += 1;
        if event.kind() == flood || event.kind() == EventType::SYSCALL_OPEN_X {
            bytes_by_flood += bytes.len() + 8;
        }
    });
    let stats = probe.stats().expect("the counters");
    for (kind, of) in stats.kinds() {
        let came = delivered.get(&kind.code()).copied().unwrap_or(0);
        assert_eq!(of.seen, came + of.lost(), "{}: {of:?}", kind.name());
        if kind.is_lifecycle() {
            assert_eq!(of.shed, 0, "{} was shed", kind.name());
        }
    }
    assert!(stats.of(flood).shed > 1000, "{:?}", stats.of(flood));
    assert!(bytes_by_flood <= RING as usize / 2, "{bytes_by_flood} bytes");
    assert_eq!((stats.of(needle).seen, stats.of(needle).lost()), (4, 0));
    let exits = stats.of(EventType::PROCEXIT_1_E);
    assert!(exits.seen > exits.lost() && exits.ring_full > 0, "{exits:?}");
}
