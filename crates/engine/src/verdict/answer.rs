//! What is said of processes and threads where verdicts ask.

use std::sync::Arc;

use windhover_event::extension::{TAG_PROCESS, TAG_THREAD};
use windhover_event::path::MAX_PATH_LEN;
use windhover_fields::EventValues;
use windhover_filter::{Matcher, Scratch};
use windhover_plan::verdict::Automaton;
use windhover_probe::{Question, Words};

/// Answers what the verdicts in force ask about processes.
#[derive(Debug)]
pub(crate) struct Answerer {
    pub(super) words: Words,
    pub(super) edition: u32,
    pub(super) automaton: Arc<Automaton>,
    pub(super) predicates: Vec<Matcher>,
}

/// The number of the states behind a directory. Below a long one, names are too long for the model, which says so instead
/// of what they are.
pub(super) fn directory(automaton: &Automaton, path: &[u8]) -> Option<u16> {
    let fits = path.len() + windhover_probe::JUDGED_PATH <= MAX_PATH_LEN;
    fits.then(|| automaton.directory(path)).flatten()
}

impl Answerer {
    /// Answers what an event asks, as far as the model knows its thread.
    pub(crate) fn answer(&self, values: &EventValues<'_>, scratch: &mut Scratch) {
        let (event, context) = (values.event(), values.context());
        if let Some((id, generation)) = event.question(TAG_PROCESS)
            && context.main().is_some_and(|main| main.pid == i64::from(id))
            && let Some(state) = directory(&self.automaton, context.cwd())
        {
            self.words.tell_directory(Question { id, generation }, state, self.edition);
        }
        if let Some((id, generation)) = event.question(TAG_THREAD)
            && context.thread().is_some_and(|thread| thread.tid == i64::from(id) && thread.pid > 0)
        {
            let holding = self.predicates.iter().rev();
            let holding = holding.fold(0, |bits, test| bits << 1 | u16::from(test.matches(values, scratch)));
            self.words.tell_profile(Question { id, generation }, holding + 1, self.edition);
        }
    }
}
