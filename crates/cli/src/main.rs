//! The `windhover` command.

mod config;

fn main() {}
