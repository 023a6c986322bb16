//! Connects: settled by the connection that they made, as long as the probe tells of it with each later event that rules
//! look at.

use windhover_event::connection::sort;
use windhover_event::event_flag;
use windhover_fields::EventKind;
use windhover_fields::kernel;
use windhover_filter::Pattern;
use windhover_plan::Plan;
use windhover_plan::verdict::{Doubt, Text, Told};

use super::{Fact, KernelDoubt, Profiles, told as told_of};
use crate::ActiveRule;

/// Why the model has to know all connections, if it has to: rules look at sockets with events that do not tell what those are
/// connected to.
pub(super) fn needed(plan: &Plan, rules: &[ActiveRule]) -> Option<String> {
    let mut needed = Vec::new();
    for code in plan.kinds_with_rules() {
        let Some(kind) = EventKind::from_code(code) else { continue };
        let (event, info) = (kind.event_type(), kind.event_type().info());
        let is_sent = event.is_exit() && !info.has_any(event_flag::OLD_VERSION | event_flag::UNUSED);
        if !is_sent || !kernel::is_about_connected_socket(event) || windhover_probe::tells_connection(event) {
            continue;
        }
        for rank in plan.rules_for(code) {
            let rule = &rules[rank as usize];
            let mut looks = rule.shows_descriptor(event);
            plan.each_predicate(code, rank, &mut |predicate| looks |= kernel::is_about_descriptor(event, predicate));
            if looks {
                needed.push(format!("the rule `{}` looks at the descriptors of `{}`", rule.name, kind.name()));
            }
        }
    }
    (!needed.is_empty()).then(|| needed.join(", "))
}

/// When rules may match a connect: because of the connection, or because the model does not know the socket.
pub(super) fn doubts(plan: &Plan, profiles: &mut Profiles) -> Vec<(u32, KernelDoubt)> {
    let code = EventKind::of_type(kernel::CONNECT).code();
    let mut of = |known| {
        plan.doubts(code, &mut |predicate| told_of(kernel::told_of_connect(predicate, known), predicate, profiles))
    };
    let mut doubts = of(true);
    for (rank, unknown) in of(false) {
        match doubts.iter_mut().find(|(of, _)| *of == rank) {
            Some((_, known)) => *known = Doubt::any([known.clone(), unknown]),
            None => doubts.push((rank, unknown)),
        }
    }
    doubts
}

/// What the model has to hear of whatever rules say.
pub(super) fn untold() -> KernelDoubt {
    Doubt::Text(text(vec![Pattern::Begins([b'/', sort::OTHER][..].into())]))
}

/// What is told of a predicate by the text of a connection.
pub(super) fn told(
    among: Option<Vec<Vec<Pattern>>>,
    outside: Vec<Vec<Pattern>>,
    certain: Vec<Vec<Pattern>>,
) -> Told<Fact> {
    let none_of = |texts: Vec<_>| Doubt::all(texts.into_iter().map(|patterns| Doubt::NoText(text(patterns))));
    let among = match among {
        Some(texts) => Doubt::any(texts.into_iter().map(|patterns| Doubt::Text(text(patterns)))),
        None => Doubt::Perhaps(true),
    };
    Told::Where { holds: Doubt::all([among, none_of(outside)]), fails: none_of(certain) }
}

fn text(patterns: Vec<Pattern>) -> Text {
    Text { patterns, raw: false }
}
