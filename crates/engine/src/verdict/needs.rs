//! What rules need of events that they do not match themselves: those that are counted, and those that say what later ones
//! are about.

use windhover_event::event_flag;
use windhover_fields::EventKind;
use windhover_fields::kernel::{self, KernelTold};
use windhover_plan::Plan;
use windhover_plan::verdict::{Doubt, Text, Told};

use super::{KernelDoubt, Profiles, told};
use crate::ActiveRule;

/// Which opens later events need.
pub(super) struct OpenedFiles {
    pub(super) doubt: KernelDoubt,
    /// Rules test later events for names, of which the probe tells those that the kernel resolved.
    pub(super) resolved: bool,
    /// Rules that may match later events whatever the name was, and those events.
    pub(super) all_for: Vec<String>,
}

/// Which rule needs every event there is, if one does.
pub(super) fn of_all_events(rules: &[ActiveRule]) -> Option<String> {
    let counts = |rule: &&ActiveRule| {
        let mut counts = false;
        rule.candidate.condition.for_each(&mut |predicate| counts |= kernel::counts_events(predicate));
        counts
    };
    let rule = rules.iter().find(counts)?;
    Some(format!("the condition of `{}` counts events, or the time between them", rule.name))
}

/// When a rule may match an event about a descriptor because of the path that its file was opened under. As an error, why
/// the model has to know all descriptors.
pub(super) fn of_opened_files(
    plan: &Plan,
    rules: &[ActiveRule],
    profiles: &mut Profiles,
) -> Result<OpenedFiles, String> {
    let (mut found, mut named): (Vec<KernelDoubt>, Vec<Text>) = Default::default();
    let mut opens_needed = Vec::new();
    let mut needed = Vec::new();
    for rule in rules {
        let mut fields = Vec::new();
        rule.each_field(&mut |field| fields.push(field.clone()));
        if let Some(field) = fields.iter().find(|field| kernel::needs_all_descriptors(field)) {
            needed.push(format!("the rule `{}` uses `{}`", rule.name, field.text));
        }
    }
    for code in plan.kinds_with_rules() {
        let Some(kind) = EventKind::from_code(code) else { continue };
        let (event, info) = (kind.event_type(), kind.event_type().info());
        let is_sent = event.is_exit() && !info.has_any(event_flag::OLD_VERSION | event_flag::UNUSED);
        if !is_sent || !kernel::is_about_file_descriptor(event) {
            continue;
        }
        for rank in plan.rules_for(code).collect::<Vec<_>>() {
            let rule = &rules[rank as usize];
            let mut looks = rule.shows_descriptor(event);
            plan.each_predicate(code, rank, &mut |predicate| looks |= kernel::is_about_descriptor(event, predicate));
            if !looks {
                continue;
            }
            if !windhover_probe::tells_descriptor(kind.event_type()) {
                needed.push(format!("the rule `{}` looks at the descriptors of `{}`", rule.name, kind.name()));
            }
            named.extend(kernel::nameless_files(event).map(|pattern| Text { patterns: vec![pattern], raw: false }));
        }
        let doubts = plan.doubts(code, &mut |predicate| match kernel::told_of_opened(predicate) {
            // The thread that opens a file need not be the one that uses it.
            KernelTold::Nothing => Told::Nothing,
            about_file => told(about_file, predicate, profiles),
        });
        for (rank, doubt) in doubts {
            let mut looks = false;
            plan.each_predicate(code, rank, &mut |predicate| looks |= kernel::is_about_descriptor(event, predicate));
            if looks {
                if doubt == Doubt::Perhaps(true) {
                    opens_needed.push(format!("`{}` for `{}`", rules[rank as usize].name, kind.name()));
                }
                found.push(doubt);
            }
        }
    }
    if !needed.is_empty() {
        return Err(needed.join(", "));
    }
    let by_rules = Doubt::any(found);
    let resolved = by_rules != Doubt::SETTLED;
    Ok(OpenedFiles {
        doubt: Doubt::any([by_rules].into_iter().chain(named.into_iter().map(Doubt::Text))),
        resolved,
        all_for: opens_needed,
    })
}
