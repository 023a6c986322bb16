//! Rules to be measured: those of files, and many more made from them.

use std::sync::Arc;

use windhover_engine::{Candidate, Vocabulary, activate};
use windhover_filter::{Op, Predicate, Rhs, Scope};
use windhover_outputs::Priority;
use windhover_rules::{LoadOptions, Loader};

use crate::recording::cpu_ns;

/// Reads rules files; the second value is how many milliseconds that took.
pub fn load(files: &[String], vocabulary: &Vocabulary) -> (Vec<Candidate>, f64) {
    let start = cpu_ns();
    let mut loader = Loader::new(vocabulary, LoadOptions::default());
    for path in files {
        loader.load(path, &std::fs::read_to_string(path).unwrap());
    }
    let loaded = loader.finish();
    let rules = activate(&loaded.rules, Priority::Debug, &[], vocabulary).unwrap();
    let candidates = rules.into_iter().map(|rule| rule.candidate).collect();
    (candidates, (cpu_ns() - start) / 1e6)
}

/// The rules, and copies of them in which every set of texts has a member more.
pub fn varied(candidates: &[Candidate], times: usize) -> Vec<Candidate> {
    let mut all = candidates.to_vec();
    for copy in 1..times {
        all.extend(candidates.iter().map(|candidate| Candidate {
            condition: candidate.condition.map(&mut |predicate| vary(predicate, copy)),
            kinds: candidate.kinds.clone(),
        }));
    }
    all
}

fn vary(predicate: &Predicate, copy: usize) -> Predicate {
    let mut predicate = predicate.clone();
    if let (Op::Eq | Op::In, Rhs::Texts(texts)) = (predicate.op, &predicate.rhs)
        && predicate.scope() != Scope::EventType
    {
        let mut texts = texts.to_vec();
        texts.push(Arc::from(format!("variant-{copy}").as_bytes()));
        texts.sort();
        predicate.op = Op::In;
        predicate.rhs = Rhs::Texts(texts.into());
    }
    predicate
}
