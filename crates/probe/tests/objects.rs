//! The committed eBPF objects are what the sources give. Needs clang 14; says so and passes where it is missing.
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::process::Command;

#[test]
fn committed_objects_are_what_the_sources_give() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bpf");
    if Command::new("clang-14").arg("--version").output().is_err() {
        println!("skipped: clang-14 is not installed");
        return;
    }
    let check = Command::new(sources.join("build.sh")).arg("--check").output().expect("the build");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
