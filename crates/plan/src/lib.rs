//! A ruleset compiled in stages, and its evaluation.
