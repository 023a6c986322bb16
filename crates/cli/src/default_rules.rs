//! The rules that are in force when none are given.

use windhover_engine::file::RulesFile;

/// Name and text of each file, in the order in which they are loaded.
const FILES: &[(&str, &str)] = &[
    ("rules/00-base.yaml", include_str!("../../../rules/00-base.yaml")),
    ("rules/10-credential-access.yaml", include_str!("../../../rules/10-credential-access.yaml")),
    ("rules/20-execution.yaml", include_str!("../../../rules/20-execution.yaml")),
    ("rules/30-persistence.yaml", include_str!("../../../rules/30-persistence.yaml")),
    ("rules/40-defense-evasion.yaml", include_str!("../../../rules/40-defense-evasion.yaml")),
    ("rules/50-container.yaml", include_str!("../../../rules/50-container.yaml")),
    ("rules/60-network.yaml", include_str!("../../../rules/60-network.yaml")),
];

/// The embedded rules files.
pub fn files() -> Vec<RulesFile> {
    FILES.iter().map(|(name, text)| RulesFile { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> =
            entries.filter(|name| name.ends_with(".yaml")).map(|name| format!("rules/{name}")).collect();
        names.sort();
        assert_eq!(names, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
