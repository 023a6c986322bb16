//! Files, one after the other, to a rule set.

use windhover_diagnostics::{Diagnostic, Diagnostics, SourceMap};

use crate::collection::Collection;
use crate::compile::{Compiler, Conditions};
use crate::id;
use crate::item::{PluginRequirement, RuleItem};
use crate::read::Reader;
use crate::report::Report;
use crate::result::LoadResult;
use crate::ruleset::{ExtraField, RuleSet};
use crate::version::Version;
use crate::vocabulary::Vocabulary;

/// What the configuration adds to outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppendOutput {
    /// Only rules of this source.
    pub source: Option<String>,
    /// Only the rule of this name.
    pub rule: Option<String>,
    /// Only rules that have all of these tags.
    pub tags: Vec<String>,
    /// Text put behind the output, after a blank.
    pub format: Option<String>,
    /// Fields added to the alert.
    pub fields: Vec<ExtraField>,
}

impl AppendOutput {
    pub(crate) fn matches(&self, rule: &RuleItem) -> bool {
        self.source.as_ref().is_none_or(|source| source.is_empty() || *source == rule.source)
            && self.rule.as_ref().is_none_or(|name| name.is_empty() || *name == rule.name)
            && self.tags.iter().all(|tag| rule.tags.binary_search(tag).is_ok())
    }
}

/// What loading depends on besides the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Additions to outputs, applied in order.
    pub append_output: Vec<AppendOutput>,
}

/// Loads files that share one collection: a later one may use, append to and redefine what earlier ones define.
///
/// After each file everything is compiled anew, as the reference does, so that each file has its own verdict. The set in
/// force is that of the last file, if all were good.
pub struct Loader<'v> {
    vocabulary: &'v dyn Vocabulary,
    options: LoadOptions,
    sources: SourceMap,
    collection: Collection,
    results: Vec<LoadResult>,
    diagnostics: Diagnostics,
    rules: RuleSet,
    conditions: Conditions,
}

/// The outcome of loading.
#[derive(Debug)]
pub struct Loaded {
    /// The rules, macros and lists of all files. What has an error is missing.
    pub rules: RuleSet,
    /// The reference's verdict on each file, in order. After a file with an error the reference loads no more; the
    /// verdicts go on here.
    pub results: Vec<LoadResult>,
    /// What was found, all errors of all files.
    pub diagnostics: Diagnostics,
    /// The texts that diagnostics and verdicts point into.
    pub sources: SourceMap,
    /// Why no loaded plugin satisfies a requirement. In the reference this goes before any other error.
    pub unmet_requirement: Option<String>,
    /// The items that the rules were made of.
    pub(crate) collection: Collection,
    /// The texts of the rules' conditions: what the spans of their trees point into.
    pub(crate) conditions: Conditions,
}

impl Loaded {
    /// Can the rules be used?
    pub fn successful(&self) -> bool {
        self.unmet_requirement.is_none() && self.results.iter().all(LoadResult::successful)
    }
}

impl<'v> Loader<'v> {
    /// A loader that has no files yet.
    pub fn new(vocabulary: &'v dyn Vocabulary, options: LoadOptions) -> Self {
        Self {
            vocabulary,
            options,
            sources: SourceMap::new(),
            collection: Collection::default(),
            results: Vec::new(),
            diagnostics: Diagnostics::new(),
            rules: RuleSet::default(),
            conditions: Conditions::default(),
        }
    }

    /// Adds a file. `name` is what messages call it.
    pub fn load(&mut self, name: &str, text: &str) -> &LoadResult {
        let source = self.sources.add(name, text);
        let mut report = Report::new(&self.sources, source);
        Reader {
            sources: &self.sources,
            source,
            vocabulary: self.vocabulary,
            collection: &mut self.collection,
            report: &mut report,
        }
        .read();
        let compiler = Compiler::new(&self.collection, self.vocabulary, &self.options, &mut report);
        (self.rules, self.conditions) = compiler.compile();
        // What an earlier file left unused, this one may use: only what is unused in the end is worth a word.
        self.diagnostics.retain(|earlier| ![id::MACRO_UNUSED, id::LIST_UNUSED].contains(&earlier.id));
        for diagnostic in report.diagnostics.iter() {
            if !self.diagnostics.iter().any(|known| known == diagnostic) {
                self.diagnostics.push(diagnostic.clone());
            }
        }
        self.diagnostics.count_dropped(&report.diagnostics);
        self.results.push(report.result);
        &self.results[self.results.len() - 1]
    }

    /// Ends loading.
    pub fn finish(mut self) -> Loaded {
        let unmet_requirement = self.unmet_requirement();
        if let Some(message) = &unmet_requirement {
            self.diagnostics.push(Diagnostic::error(id::PLUGIN_MISSING, message.clone()));
        }
        self.diagnostics.sort();
        Loaded {
            rules: self.rules,
            results: self.results,
            diagnostics: self.diagnostics,
            sources: self.sources,
            unmet_requirement,
            collection: self.collection,
            conditions: self.conditions,
        }
    }

    /// The first requirement that no loaded plugin satisfies, in the reference's words.
    fn unmet_requirement(&self) -> Option<String> {
        self.collection.required_plugins.iter().find_map(|alternatives| self.unmet(alternatives))
    }

    fn unmet(&self, alternatives: &[PluginRequirement]) -> Option<String> {
        let plugins = self.vocabulary.plugins();
        for requirement in alternatives {
            let Some(plugin) = plugins.iter().find(|plugin| plugin.name == requirement.name) else { continue };
            let required = Version::parse(&requirement.version)?;
            if plugin.version.satisfies(required) {
                return None;
            }
            return Some(format!(
                "Plugin {} {} is not compatible with required plugin version {}",
                plugin.name, plugin.version, requirement.version
            ));
        }
        let wanted: Vec<String> = alternatives
            .iter()
            .map(|requirement| format!("{} (>= {})", requirement.name, requirement.version))
            .collect();
        Some(format!("Plugin requirement not satisfied, must load one of: {}", wanted.join(", ")))
    }
}
