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
    let out = std::env::temp_dir().join(format!("windhover-objects-{}", std::process::id()));
    let built = Command::new(sources.join("build.sh")).arg(&out).status().expect("the build");
    assert!(built.success(), "bpf/build.sh failed: {built}");
    for object in ["probe-x86_64.o", "probe-aarch64.o", "empty.o"] {
        let read = |folder: &Path| std::fs::read(folder.join(object)).expect("an object");
        assert!(
            read(&out) == read(&sources.join("objects")),
            "{object} is stale: run bpf/build.sh and commit the result"
        );
    }
    std::fs::remove_dir_all(&out).expect("our folder");
}
