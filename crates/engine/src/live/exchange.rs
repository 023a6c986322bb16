//! Other rules for a running probe: nothing that they need, and nothing that the old ones needed, is missed meanwhile.

use windhover_event::SyscallSet;
use windhover_outputs::Priority;
use windhover_probe::{LoadProbeError, Probe};

use super::Live;
use crate::verdict::Judgement;
use crate::{CompiledRules, Engine};

/// What the probe is to collect.
pub(super) struct Wanted {
    pub(super) calls: SyscallSet,
    /// What the kernel may keep to itself.
    pub(super) judgement: Option<Judgement>,
}

impl Live {
    /// Puts other rules in force. What is collected grows before, and shrinks later ([`Self::narrow`]): an event that was
    /// under way is matched by the rules that are in force when it arrives, and none of those needs more than it has.
    pub(super) fn exchange(&mut self, engine: &mut Engine, rules: CompiledRules) -> Result<(), LoadProbeError> {
        let CompiledRules { calls, .. } = rules;
        let mut rules = rules;
        let judgement = rules.judgement.take().filter(|_| !engine.is_wanted_whole());
        let watched = self.probe.selected();
        let both = watched | calls;
        if both != watched || self.options.kernel_verdicts {
            let widened = select(&mut self.probe, engine, &Wanted { calls: both, judgement: None });
            if let Err(e) = widened {
                self.fall_back(engine, watched);
                return Err(e);
            }
        }
        let retired = engine.replace_rules(rules);
        // Taking them apart takes a while, and no event has to wait for that.
        std::thread::spawn(move || drop(retired));
        self.to_narrow = Some(Wanted { calls, judgement });
        Ok(())
    }

    /// Collects no more than the rules in force need, as soon as every worker goes by them. Where that fails, more is
    /// collected than has to be.
    pub(super) fn narrow(&mut self, engine: &mut Engine) {
        let Some(wanted) = self.to_narrow.take_if(|_| engine.is_settled()) else { return };
        let as_it_is = wanted.calls == self.probe.selected() && !self.options.kernel_verdicts;
        let selected = if as_it_is { Ok(()) } else { select(&mut self.probe, engine, &wanted) };
        if let Err(e) = selected.and_then(|()| admit(&mut self.probe, engine)) {
            let text = format!("more events are collected than the new rules need: {e}");
            engine.log(Priority::Warning, &text);
        }
    }

    /// Collects again what was collected before.
    fn fall_back(&mut self, engine: &mut Engine, calls: SyscallSet) {
        let judgement = if self.options.kernel_verdicts { engine.judgement(&calls) } else { None };
        if let Err(e) = select(&mut self.probe, engine, &Wanted { calls, judgement }) {
            engine.log(Priority::Error, &format!("what was collected before is not collected again: {e}"));
        }
    }
}

/// Has calls watched, and the kernel keep to itself what it may.
pub(super) fn select(probe: &mut Probe, engine: &mut Engine, wanted: &Wanted) -> Result<(), LoadProbeError> {
    let judgement = wanted.judgement.as_ref();
    probe.select_judged(&wanted.calls, judgement.map(|judgement| &judgement.verdicts))?;
    probe.rest();
    engine.answer_for(judgement.map(|judgement| (judgement, probe.words())));
    Ok(())
}

/// Tells the probe what it may give up first.
pub(super) fn admit(probe: &mut Probe, engine: &Engine) -> Result<(), LoadProbeError> {
    let stakes = engine.stakes();
    probe.admit(&|kind| stakes.percent(kind))
}
