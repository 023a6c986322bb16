//! Any file is a configuration, or is refused with the place of the mistake.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use windhover_diagnostics::SourceMap;

// The loader is part of the command, which is no library.
#[path = "../../crates/cli/src/config/mod.rs"]
#[allow(dead_code)]
mod config;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("windhover-fuzz-{}.yaml", std::process::id())));

fuzz_target!(|bytes: &[u8]| {
    if std::fs::write(&*FILE, bytes).is_err() {
        return;
    }
    let origin = config::Origin { file: Some(FILE.clone()), options: Vec::new() };
    if let Err(diagnostics) = config::load(&origin, &mut SourceMap::new()) {
        assert!(diagnostics.has_errors(), "what is refused is refused for a reason");
    }
});
