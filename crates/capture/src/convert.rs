//! Old events brought to today's schema.
//!
//! Event types are never changed once released: a new parameter is appended, or a new type takes the old one's place.
//! Older captures also hold an enter and an exit event for each call, where today's exit event carries everything. So
//! an event's type and its number of parameters together say how old it is, and a table says what to do with it, one
//! step at a time, until it is current.

mod json;
mod memory;
mod rule;
mod table;

use windhover_event::{Builder, EVENTS, EventType, EventView, ParamType, event_flag};

use self::memory::EnterMemory;
use self::rule::{Action, Rule, Source};
use crate::error::ReadCaptureReason;

/// Most steps for one event (as in the reference); the table needs fewer.
pub(crate) const MAX_ROUNDS: usize = 50;

/// No number of parameters makes the event current by itself.
const NEVER: u8 = u8::MAX;
/// Any number of parameters does.
const ANY: u8 = u8::MAX - 1;

/// Converts the events of one capture.
#[derive(Debug)]
pub(crate) struct Converter {
    /// By type: the number of parameters of a current event, [`ANY`], or [`NEVER`].
    current: [u8; EventType::COUNT],
    memory: EnterMemory,
    /// The event being built, and after [`Converter::convert`] its result.
    next: Vec<u8>,
    previous: Vec<u8>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is current as it is.
    Same,
    /// It is current now, in [`Converter::converted`].
    Converted,
    /// It is not to be given: never an event, or an enter event that its exit event will take up.
    Dropped,
}

impl Converter {
    pub(crate) fn new(remembered_bytes: usize) -> Self {
        Self {
            current: std::array::from_fn(|code| current_nparams(code as u16)),
            memory: EnterMemory::new(remembered_bytes),
            next: Vec::new(),
            previous: Vec::new(),
        }
    }

    /// Forgets everything about the events so far: another capture begins.
    pub(crate) fn reset(&mut self) {
        self.memory.forget_all();
    }

    /// Enter events given up to bound memory.
    pub(crate) fn forgotten(&self) -> u64 {
        self.memory.forgotten()
    }

    /// Whether an event with this header is current, so that [`Converter::convert`] would give [`Outcome::Same`].
    #[inline]
    pub(crate) fn is_current(&self, kind: EventType, nparams: u32) -> bool {
        let current = self.current[usize::from(kind.code())];
        current == ANY || u32::from(current) == nparams && current != NEVER
    }

    /// The last converted event.
    pub(crate) fn converted(&self) -> &[u8] {
        &self.next
    }

    /// Brings `event` to today's schema.
    pub(crate) fn convert(&mut self, event: EventView<'_>) -> Result<Outcome, ReadCaptureReason> {
        let first = event.kind();
        let mut outcome = self.step(event)?;
        for _ in 1..MAX_ROUNDS {
            let Step::Again = outcome else { break };
            std::mem::swap(&mut self.next, &mut self.previous);
            let previous = std::mem::take(&mut self.previous);
            let event = EventView::parse(&previous).map_err(|error| ReadCaptureReason::Event(error.reason));
            let step = event.and_then(|event| self.step(event));
            self.previous = previous;
            outcome = match step? {
                Step::Done(Outcome::Same) => {
                    std::mem::swap(&mut self.next, &mut self.previous);
                    Step::Done(Outcome::Converted)
                }
                other => other,
            };
        }
        match outcome {
            Step::Done(outcome) => Ok(outcome),
            Step::Again => Err(ReadCaptureReason::EndlessConversion(first.code())),
        }
    }

    /// One step. The result of [`Step::Again`] is in `self.next`.
    fn step(&mut self, event: EventView<'_>) -> Result<Step, ReadCaptureReason> {
        let kind = event.kind();
        let info = kind.info();
        if info.has_any(event_flag::UNUSED) {
            return Ok(Step::Done(Outcome::Dropped));
        }
        if !info.has_any(event_flag::CONVERTER_MANAGED) {
            let dropped = info.has_any(event_flag::OLD_VERSION) && !kind.is_exit();
            return Ok(Step::Done(if dropped { Outcome::Dropped } else { Outcome::Same }));
        }
        if self.is_current(kind, event.nparams() as u32) {
            return Ok(Step::Done(Outcome::Same));
        }
        let Some(rule) = find_rule(kind, event.nparams()) else {
            return Err(ReadCaptureReason::NoConversion { code: kind.code(), nparams: event.nparams() as u32 });
        };
        match rule.action {
            Action::Pass => Ok(Step::Done(Outcome::Same)),
            Action::Store => {
                self.memory.store(event.tid(), event.bytes());
                Ok(Step::Done(Outcome::Dropped))
            }
            Action::StoreAndPass => {
                self.memory.store(event.tid(), event.bytes());
                Ok(Step::Done(Outcome::Same))
            }
            Action::Add(sources) => self.build(event, kind, event.nparams(), sources),
            Action::Change(to, sources) => self.build(event, to, 0, sources),
        }
    }

    /// Builds an event of type `to` in `self.next`: the first `kept` parameters of `event`, then those of `sources`.
    fn build(
        &mut self,
        event: EventView<'_>,
        to: EventType,
        kept: usize,
        sources: &[Source],
    ) -> Result<Step, ReadCaptureReason> {
        let Self { memory, next, .. } = self;
        let enter = matching_enter(memory, event)?;
        next.clear();
        let mut building = Builder::with_nparams(next, to, event.ts(), event.tid(), kept + sources.len());
        for index in 0..kept {
            building.raw(param(event, index as u8)?);
        }
        let mut enter_used = false;
        for (index, source) in sources.iter().enumerate() {
            let default = || default_value(to, kept + index);
            let from_enter = |index| enter.map(|enter| param(enter, index)).transpose();
            match *source {
                Source::Old(index) => building.raw(param(event, index)?),
                Source::Enter(index) => building.raw(from_enter(index)?.unwrap_or_else(default)),
                Source::EnterOrEmpty(index) => building.raw(from_enter(index)?.unwrap_or_default()),
                Source::Empty => building.absent(),
                Source::Default => building.raw(default()),
                Source::ContainerJson => building.raw(&json::container(event)),
            };
            enter_used |= enter.is_some() && matches!(source, Source::Enter(_) | Source::EnterOrEmpty(_));
        }
        building.finish()?;
        if enter_used {
            memory.clear(event.tid());
        }
        Ok(Step::Again)
    }
}

enum Step {
    Done(Outcome),
    Again,
}

/// The enter event that belongs to the exit event `event`. One of another type is none: its own exit event was lost,
/// as was this one's enter event.
fn matching_enter<'m>(
    memory: &'m EnterMemory,
    event: EventView<'_>,
) -> Result<Option<EventView<'m>>, ReadCaptureReason> {
    let Some(bytes) = memory.get(event.tid()) else { return Ok(None) };
    let enter = EventView::parse(bytes).map_err(|error| error.reason)?;
    Ok((enter.kind().code() + 1 == event.kind().code()).then_some(enter))
}

fn param<'a>(event: EventView<'a>, index: u8) -> Result<&'a [u8], ReadCaptureReason> {
    let missing = ReadCaptureReason::MissingParam { code: event.kind().code(), param: index };
    event.param(index.into()).ok_or(missing)
}

fn find_rule(kind: EventType, nparams: usize) -> Option<&'static Rule> {
    let key = (kind.code(), u8::try_from(nparams).ok()?);
    let found = table::RULES.binary_search_by_key(&key, |rule| (rule.kind.code(), rule.nparams)).ok()?;
    Some(&table::RULES[found])
}

/// How many parameters make an event of type `code` current.
fn current_nparams(code: u16) -> u8 {
    let info = &EVENTS[usize::from(code)];
    let enter = code & 1 == 0;
    let old = info.has_any(event_flag::OLD_VERSION);
    if info.has_any(event_flag::UNUSED) {
        NEVER
    } else if !info.has_any(event_flag::CONVERTER_MANAGED) {
        if old && enter { NEVER } else { ANY }
    } else if enter {
        let passes = |rule: &&Rule| rule.kind.code() == code && rule.action == Action::Pass;
        table::RULES.iter().find(passes).map_or(NEVER, |rule| rule.nparams)
    } else if old {
        NEVER
    } else {
        info.params.len() as u8
    }
}

/// Zero in the size of the parameter's type; for ids the value that means none; nothing for types of variable size.
fn default_value(kind: EventType, index: usize) -> &'static [u8] {
    const ZEROS: [u8; 16] = [0; 16];
    match kind.info().params.get(index).map(|param| param.kind) {
        Some(ParamType::Uid | ParamType::Gid) => &[0xff; 4],
        Some(kind) => &ZEROS[..kind.size().unwrap_or(0).min(ZEROS.len())],
        None => &[],
    }
}

#[cfg(test)]
mod tests;
