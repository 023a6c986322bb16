//! See `checks/rules_file.rs`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/rules_file.rs"]
mod check;

fuzz_target!(|bytes: &[u8]| check::check(bytes));
