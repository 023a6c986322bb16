//! Dependencies between crates point one way only. This list is the architecture; an arrow that is not in it fails here.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Each crate (without its `windhover-` prefix) and the crates it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("diagnostics", &[]),
    ("event", &[]),
    ("filter", &["diagnostics"]),
    ("system", &["event"]),
    ("capture", &["event"]),
    ("probe", &["event"]),
    ("fields", &["event", "filter", "system"]),
    ("rules", &["diagnostics", "filter"]),
    ("plan", &["filter"]),
    ("plugin", &["event", "filter", "system"]),
    ("containers", &["system"]),
    ("outputs", &[]),
    (
        "engine",
        &[
            "capture",
            "containers",
            "diagnostics",
            "event",
            "fields",
            "filter",
            "outputs",
            "plan",
            "plugin",
            "probe",
            "rules",
            "system",
        ],
    ),
    ("web", &["engine", "outputs"]),
];

#[test]
fn dependencies_point_one_way() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs, it is running this test");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let may_use: BTreeMap<_, BTreeSet<_>> =
        MAY_USE.iter().map(|(name, list)| (*name, list.iter().copied().collect())).collect();

    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        let name = package["name"].as_str().expect("packages have names");
        let Some(name) = name.strip_prefix("windhover-") else { continue };
        let Some(allowed) = may_use.get(name) else {
            wrong.push(format!("`{name}` is not in the list"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("a list of dependencies") {
            let Some(used) = dependency["name"].as_str().and_then(|used| used.strip_prefix("windhover-")) else {
                continue;
            };
            // What a test uses does not end up in the product.
            let is_dev = dependency["kind"].as_str() == Some("dev");
            if !is_dev && !allowed.contains(used) {
                wrong.push(format!("`{name}` may not use `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that the architecture does not have:\n{}", wrong.join("\n"));
}
