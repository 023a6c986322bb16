//! Any sequence of events leaves the model within its bounds and consistent.

mod scene;

use proptest::prelude::*;
use scene::Scene;
use windhover_event::snapshot::Snapshot;
use windhover_event::{EventType, EventView, HEADER_LEN};
use windhover_system::{Limits, System};

/// Bytes of one parameter, skewed to numbers that mean something.
fn param() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => (-3i64..12).prop_map(|number| number.to_le_bytes().to_vec()),
        1 => any::<u32>().prop_map(|flags| flags.to_le_bytes().to_vec()),
        1 => Just(Vec::new()),
        2 => "[a-z./]{0,12}".prop_map(|text| { let mut text = text.into_bytes(); text.push(0); text }),
        1 => prop::collection::vec(any::<u8>(), 0..60),
    ]
}

/// An encoded event of any type.
fn event() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![
        2 => 0..EventType::COUNT as u16,
        3 => prop::sample::select(vec![223u16, 227, 293, 186, 3, 5, 307, 363, 19, 21, 23, 247, 31, 53, 451, 275, 95]),
    ];
    (kind, -1i64..12, any::<u32>()).prop_flat_map(|(code, tid, ts)| {
        let known = EventType::from_code(code).map_or(0, |kind| kind.info().params.len());
        prop::collection::vec(param(), 0..=known).prop_map(move |params| encode(code, tid, ts.into(), &params))
    })
}

fn encode(code: u16, tid: i64, ts: u64, params: &[Vec<u8>]) -> Vec<u8> {
    let large = EventType::from_code(code).is_some_and(|kind| kind.info().is_large_payload());
    let mut bytes = Vec::with_capacity(HEADER_LEN);
    bytes.extend_from_slice(&ts.to_le_bytes());
    bytes.extend_from_slice(&tid.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&code.to_le_bytes());
    bytes.extend_from_slice(&(params.len() as u32).to_le_bytes());
    for param in params {
        let len = (param.len() as u32).to_le_bytes();
        bytes.extend_from_slice(if large { &len } else { &len[..2] });
    }
    params.iter().for_each(|param| bytes.extend_from_slice(param));
    let len = (bytes.len() as u32).to_le_bytes();
    bytes[16..20].copy_from_slice(&len);
    bytes
}

fn limits() -> Limits {
    Limits { threads: 6, fds: 4, containers: 2, users: 3, container_bytes: 100 }
}

fn check(system: &System) -> Result<(), TestCaseError> {
    prop_assert!(system.thread_count() <= 6);
    prop_assert_eq!(system.threads().count(), system.thread_count());
    prop_assert!(system.container_count() <= 2);
    for thread in system.threads() {
        prop_assert!(system.fds_of(thread.tid).is_none_or(|fds| fds.len() <= 4 && fds.iter().count() == fds.len()));
    }
    for (_, table) in system.user_tables() {
        prop_assert!(table.users().count() <= 3 && table.groups().count() <= 3);
    }
    let counters = system.counters();
    prop_assert_eq!(system.thread_count() as u64, counters.n_added_threads - counters.n_removed_threads);
    Ok(())
}

/// Everything that a rule can ask, asked.
fn look(system: &System) {
    let context = system.context();
    let _ = (context.fd(), context.fds(), context.cwd(), context.container(), context.user(0), context.relative_ts());
    let _ = (context.session_leader(), context.pgid_leader(), context.vpgid_leader(), context.enter_event());
    let _ = (context.ancestors().count(), context.ancestor(3), context.thread_count(), context.dir(3));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_breaks_the_model(events in prop::collection::vec(event(), 1..120)) {
        let mut system = System::new(limits());
        system.load(Snapshot::default());
        for bytes in &events {
            let event = EventView::parse(bytes).expect("it is well formed");
            system.apply(&event, None);
            look(&system);
            check(&system)?;
        }
    }

    /// The version of a thread stays only as long as what it stands for.
    #[test]
    fn an_unchanged_version_means_unchanged_facts(events in prop::collection::vec(event(), 1..80)) {
        let mut scene = Scene::with_limits(Limits { threads: 12, ..Limits::default() });
        scene.fork(100, 2);
        scene.fork(2, 3);
        scene.spawn_thread(3, 4);
        let mut seen = std::collections::HashMap::new();
        for bytes in &events {
            let event = EventView::parse(bytes).expect("it is well formed");
            scene.system.apply(&event, None);
            let context = scene.system.context();
            let Some(version) = context.version() else { continue };
            let facts = facts(&context);
            let before = seen.entry(version).or_insert_with(|| facts.clone());
            prop_assert_eq!(&*before, &facts);
        }
    }
}

/// What rules may remember by the version.
fn facts(context: &windhover_system::Context<'_>) -> String {
    // Whether a thread is dead no rule can ask.
    let bare = |thread: &windhover_system::Thread| {
        let flags = thread.flags & !windhover_system::flag::CLOSED;
        windhover_system::Thread { flags, ..thread.clone() }
    };
    let short = |thread: Option<&windhover_system::Thread>| thread.map(|thread| (thread.tid, thread.comm.to_vec()));
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        context.thread().map(bare),
        context.main().map(bare),
        context.ancestors().map(bare).collect::<Vec<_>>(),
        (1..4).map(|n| short(context.ancestor(n))).collect::<Vec<_>>(),
        short(context.session_leader()),
        short(context.pgid_leader()),
        short(context.vpgid_leader()),
        context.thread().map(|thread| (context.user(thread.uid), context.group(thread.gid))),
    )
}
