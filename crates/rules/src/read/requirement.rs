//! Required versions of the engine and of plugins.

use super::{Item, Outcome, Reader};
use crate::Version;
use crate::code::ErrorCode;
use crate::context::{Context, ItemType};
use crate::id;
use crate::item::{EngineRequirement, PluginRequirement};
use crate::yaml::Node;

impl Reader<'_> {
    pub(super) fn read_engine_version(&mut self, item: Item<'_>, parent: &Context) -> Outcome {
        const KEY: &str = "required_engine_version";
        let context = self.inner(parent, ItemType::RequiredEngineVersion, "", item.node);
        let (node, scalar) = self.required(item, KEY, &context)?;
        let version = match scalar.as_u32() {
            Some(minor) => Some(Version { major: 0, minor, patch: 0 }),
            None => Version::parse(&scalar.text),
        };
        let Some(version) = version else {
            let message =
                format!("'{}' is not a version: three numbers like 0.57.0, or one number, are expected", scalar.text);
            let mut failure = self.invalid(&context, message);
            failure.diagnostic.id = id::VERSION_INVALID;
            return Err(failure
                .say(format!("`{}` is not a version", scalar.text))
                .at(self.span(node), "expected three numbers, like `0.57.0`"));
        };
        let span = self.span(node);
        self.collection.require_engine(EngineRequirement { version, context, span })
    }

    pub(super) fn read_plugin_versions(&mut self, item: Item<'_>, parent: &Context) -> Outcome {
        let Some(node) = item.mapping.get("required_plugin_versions") else { return Ok(()) };
        let context = self.inner(parent, ItemType::RequiredPluginVersions, "", node);
        let Some(plugins) = node.as_sequence() else {
            return Err(self
                .invalid(&context, "'required_plugin_versions' takes a sequence")
                .say("`required_plugin_versions` takes a sequence")
                .at(self.first_line(node), "expected `- name: …`"));
        };
        for plugin in plugins {
            let (entry, first) = self.read_requirement(plugin, ItemType::RequiredPluginVersionsEntry, &context)?;
            let mut alternatives = vec![first];
            if let Some(node) = plugin.get("alternatives") {
                let Some(others) = node.as_sequence() else {
                    return Err(self
                        .invalid(&entry, "'alternatives' takes a sequence")
                        .say("`alternatives` takes a sequence")
                        .at(self.first_line(node), "expected `- name: …`"));
                };
                for other in others {
                    let (_, other) =
                        self.read_requirement(other, ItemType::RequiredPluginVersionsAlternative, &entry)?;
                    alternatives.push(other);
                }
            }
            self.check_requirement(plugin, &alternatives, &entry)?;
            self.collection.required_plugins.push(alternatives);
        }
        Ok(())
    }

    fn read_requirement(
        &self,
        node: &Node,
        item_type: ItemType,
        parent: &Context,
    ) -> Outcome<(Context, PluginRequirement)> {
        let unnamed = self.inner(parent, item_type, "", node);
        let Some(mapping) = node.as_mapping() else {
            return Err(self
                .invalid(&unnamed, "Each required plugin is a mapping")
                .say("a required plugin has a `name` and a `version`")
                .at(self.first_line(node), "this is not a mapping"));
        };
        let item = Item { node, mapping };
        let name = self.string(item, "name", &unnamed)?;
        let context = self.inner(parent, item_type, &name, node);
        let version = self.string(item, "version", &context)?;
        Ok((context, PluginRequirement { name, version }))
    }

    fn check_requirement(&self, node: &Node, alternatives: &[PluginRequirement], context: &Context) -> Outcome {
        for (at, requirement) in alternatives.iter().enumerate() {
            let PluginRequirement { name, version } = requirement;
            let (message, ours) = if Version::parse(version).is_none() {
                (
                    format!("'{version}', required of the plugin '{name}', is not a version"),
                    format!("`{version}`, required of the plugin `{name}`, is not a version"),
                )
            } else if alternatives[..at].iter().any(|earlier| earlier.name == *name) {
                (
                    format!("The plugin '{name}' is named twice in one requirement"),
                    format!("the plugin `{name}` is given twice in one requirement"),
                )
            } else {
                continue;
            };
            return Err(crate::report::Failure::new(ErrorCode::Validate, id::VERSION_INVALID, context, message)
                .say(ours)
                .at(self.first_line(node), "in this requirement"));
        }
        Ok(())
    }
}
