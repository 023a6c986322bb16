//! Sources, model, plan and alerts wired together.
