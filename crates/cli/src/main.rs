//! The `windhover` command.
fn main() {}
