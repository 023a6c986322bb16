//! The `windhover` command.

mod args;
mod config;
mod doctor;
mod log;

fn main() {}
