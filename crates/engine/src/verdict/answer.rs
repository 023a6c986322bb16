//! What is said of processes and threads where verdicts ask.

use std::sync::{Arc, Mutex, PoisonError};

use windhover_event::extension::{TAG_PROCESS, TAG_THREAD};
use windhover_event::path::MAX_PATH_LEN;
use windhover_fields::EventValues;
use windhover_filter::{Matcher, Scratch};
use windhover_plan::verdict::Automaton;
use windhover_probe::{Program, Question, Sorts, Words};

use super::book::Book;
use super::profile::Questions;
use super::tables::Layout;

/// Answers what the verdicts in force ask about processes and threads.
#[derive(Debug)]
pub(crate) struct Answerer {
    words: Words,
    edition: u32,
    layout: Arc<Layout>,
    questions: Arc<Questions>,
    sorts: Sorts,
    matchers: Vec<Matcher>,
    book: Mutex<Book>,
}

/// The number of the states behind a directory. Below a long one, names are too long for the model, which says so instead
/// of what they are.
pub(super) fn directory(automaton: &Automaton, path: &[u8]) -> Option<u16> {
    let fits = path.len() + windhover_probe::JUDGED_PATH <= MAX_PATH_LEN;
    fits.then(|| automaton.directory(path)).flatten()
}

impl Answerer {
    pub(super) fn new(words: Words, layout: &Arc<Layout>, questions: &Arc<Questions>) -> Self {
        Self {
            edition: words.edition(),
            words,
            layout: Arc::clone(layout),
            questions: Arc::clone(questions),
            sorts: questions.sorts(),
            matchers: questions.predicates().map(Matcher::new).collect(),
            book: Mutex::new(Book::new(layout)),
        }
    }

    /// Answers what an event asks, as far as the model knows its thread.
    pub(crate) fn answer(&self, values: &EventValues<'_>, scratch: &mut Scratch) {
        let (event, context) = (values.event(), values.context());
        if let Some((id, generation)) = event.question(TAG_PROCESS)
            && context.main().is_some_and(|main| main.pid == i64::from(id))
            && let Some(state) = directory(&self.layout.automaton, context.cwd())
        {
            self.words.tell_directory(Question { id, generation }, state, self.edition);
        }
        if let Some((id, generation)) = event.question(TAG_THREAD)
            && context.thread().is_some_and(|thread| thread.tid == i64::from(id) && thread.pid > 0)
        {
            self.answer_of_thread(Question { id, generation }, values, scratch);
        }
    }

    fn answer_of_thread(&self, question: Question, values: &EventValues<'_>, scratch: &mut Scratch) {
        let Some(thread) = values.context().thread() else { return };
        let answers: Vec<_> = self.matchers.iter().map(|test| test.matches(values, scratch)).collect();
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let class = book.class(self.questions.about_groups(&answers));
        let (profile, new) = book.profile(self.questions.truths(&answers));
        if new.is_some_and(|new| self.words.add_profile(&new, self.edition).is_err()) {
            // Its rows stay those for all threads, which is right for any.
            book.close();
        }
        self.words.tell_profile(question, class, profile, self.edition);
        if class != 0 && !thread.comm.is_empty() {
            let name = if self.sorts.by_name { &thread.comm[..] } else { b"" };
            let user = if self.sorts.by_user { thread.uid } else { 0 };
            self.words.remember(&Program { name, user, class }, profile, self.edition);
        }
    }
}
