//! `--support`: what helps to understand a problem.

use std::fs;

use serde_json::{Value, json};
use windhover_engine::file::RulesFile;
use windhover_rules::ENGINE_VERSION;

use crate::config::LoadedConfig;
use crate::failure::Failure;
use crate::host;

/// The reference's object: version, command line, configuration, rules and machine. The configuration is the main
/// file's text, empty without a file.
pub fn report(loaded: &LoadedConfig, files: &[RulesFile], command_line: &[String]) -> Result<Value, Failure> {
    let config = match loaded.files.first() {
        Some(path) => fs::read_to_string(path)
            .map_err(|e| Failure::message(format!("cannot read the configuration `{}`: {e}", path.display())))?,
        None => String::new(),
    };
    let engine = ENGINE_VERSION.to_string();
    let minor = engine.split('.').nth(1).unwrap_or_default();
    let files: Vec<_> =
        files.iter().map(|file| json!({ "name": file.name, "variants": [{ "content": file.text }] })).collect();
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "engine_info": { "engine_version": minor, "engine_version_semver": engine },
        "cmdline": command_line.join(" "),
        "config": config,
        "rules_files": files,
        "system_info": host::system(),
    }))
}
