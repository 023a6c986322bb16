//! Versions of the engine and of plugins that rules ask for.

use crate::{loaded, verdict};

#[test]
fn engine_versions() {
    for (version, accepted) in [
        ("57", true),
        ("0.57.0", true),
        ("0.0.0", true),
        ("63", true),
        ("'0.63.0'", true),
        ("64", false),
        ("0.63.1", false),
        ("1.0.0", false),
        ("0.57", false),
        ("v0.57.0", false),
        ("-1", false),
        ("''", false),
        ("[57]", false),
    ] {
        let said = verdict(&[&format!("- required_engine_version: {version}\n")]);
        assert_eq!(said == "ok", accepted, "{version}: {said}");
    }
    let loaded = loaded(&["- required_engine_version: 50\n- required_engine_version: 0.31.0\n"]);
    assert_eq!(loaded.rules.required_engine_version.map(|version| version.minor), Some(50));
}

#[test]
fn shapes_of_plugin_requirements() {
    for (requirement, want) in [
        ("[{name: a, version: 1.2.3}]", "ok"),
        ("[]", "ok"),
        ("[{name: a, version: 1.2.3, alternatives: [{name: b, version: 0.1.0}]}]", "ok"),
        ("[{name: a, version: 1.2}]", "LOAD_ERR_VALIDATE: '1.2', required of the plugin 'a', is not a version"),
        (
            "[{name: a, version: 1.2.3, alternatives: [{name: a, version: 2.0.0}]}]",
            "LOAD_ERR_VALIDATE: The plugin 'a' is named twice in one requirement",
        ),
        ("[{name: a}]", "LOAD_ERR_YAML_VALIDATE: Item has no mapping for key 'version'"),
        ("[{version: 1.2.3}]", "LOAD_ERR_YAML_VALIDATE: Item has no mapping for key 'name'"),
        ("[a]", "LOAD_ERR_YAML_VALIDATE: Each required plugin is a mapping"),
        ("a", "LOAD_ERR_YAML_VALIDATE: 'required_plugin_versions' takes a sequence"),
        ("[{name: a, version: 1.2.3, alternatives: b}]", "LOAD_ERR_YAML_VALIDATE: 'alternatives' takes a sequence"),
    ] {
        assert_eq!(verdict(&[&format!("- required_plugin_versions: {requirement}\n")]), want, "{requirement}");
    }
}

#[test]
fn a_requirement_is_met_by_one_of_its_plugins() {
    // The vocabulary of the tests has the plugin `container` in version 0.7.1.
    let unmet = "Plugin requirement not satisfied, must load one of: ";
    for (requirement, want) in [
        ("{name: container, version: 0.7.1}", None),
        ("{name: container, version: 0.2.0}", None),
        ("{name: a, version: 1.0.0, alternatives: [{name: container, version: 0.7.0}]}", None),
        (
            "{name: container, version: 0.7.2}",
            Some("Plugin container 0.7.1 is not compatible with required plugin version 0.7.2".to_owned()),
        ),
        (
            "{name: container, version: 1.0.0}",
            Some("Plugin container 0.7.1 is not compatible with required plugin version 1.0.0".to_owned()),
        ),
        ("{name: a, version: 1.0.0}", Some(format!("{unmet}a (>= 1.0.0)"))),
        (
            "{name: a, version: 1.0.0, alternatives: [{name: b, version: 2.0.0}]}",
            Some(format!("{unmet}a (>= 1.0.0), b (>= 2.0.0)")),
        ),
    ] {
        let loaded = loaded(&[&format!("- required_plugin_versions: [{requirement}]\n")]);
        assert_eq!((loaded.unmet_requirement.as_ref(), loaded.successful()), (want.as_ref(), want.is_none()));
    }
}
