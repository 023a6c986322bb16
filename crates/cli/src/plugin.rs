//! `--list-plugins` and `--plugin-info`: the one plugin that there is, whose work is built in.

use std::fmt::Write as _;

use crate::args::PrintArguments;
use crate::config::{Config, PluginConfig};
use crate::failure::Failure;

/// What its `init_config` may hold.
const INIT_SCHEMA: &str = include_str!("plugin/container.schema.json");

/// What is asked for about plugins, as the reference prints it.
pub fn show(arguments: &PrintArguments, config: &Config) -> Result<String, Failure> {
    let plugin = config.container.as_ref();
    match &arguments.plugin_info {
        None => {
            let infos: String = plugin.iter().map(|_| format!("{}\n", description())).collect();
            Ok(format!("{} Plugins Loaded:\n\n{infos}\n", usize::from(plugin.is_some())))
        }
        Some(name) if plugin.is_some_and(|plugin| is_meant(plugin, name)) || name == "container" => {
            let schema = INIT_SCHEMA.trim_end();
            Ok(format!("{}\nInit config schema type: JSON\n{schema}\n\n", description()))
        }
        Some(name) => Err(Failure::message(format!(
            "can't find plugin and print its info: {name} (there is `container` only, which is built in)"
        ))),
    }
}

fn is_meant(plugin: &PluginConfig, name: &str) -> bool {
    plugin.name == name || plugin.library_path == name
}

fn description() -> String {
    let mut text = String::new();
    let lines = [
        ("Name", "container"),
        ("Description", "Who the containers are that processes run in (built in)"),
        ("Contact", env!("CARGO_PKG_REPOSITORY")),
        ("Version", env!("CARGO_PKG_VERSION")),
        ("Capabilities", ""),
    ];
    for (name, value) in lines {
        _ = writeln!(text, "{}", format!("{name}: {value}").trim_end());
    }
    for capability in ["Field Extraction", "Event Parsing", "Async Events"] {
        _ = writeln!(text, "  - {capability}");
    }
    text
}
