//! Files and options merged into one tree.

use std::path::{Path, PathBuf};

use windhover_diagnostics::{Diagnostic, Diagnostics, SourceId, SourceMap, Span};
use windhover_engine::file;
use windhover_rules::yaml;

use super::tree::{Entry, Node, Value};
use super::{environment, id, option, schema};

/// No configuration file is longer.
const MAX_BYTES: u64 = 16 << 20;

/// What is to be loaded.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The main file; without one, options alone count.
    pub file: Option<PathBuf>,
    /// `key=value`, in order.
    pub options: Vec<String>,
}

/// How an included file's keys meet those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strategy {
    /// Sequences grow; other values are replaced.
    Append,
    Override,
    AddOnly,
}

/// What stands where there is no file: alerts go to standard output, log lines to standard error, and outputs get the
/// suggested fields.
const BUILT_IN: &str = "\
stdout_output: {enabled: true}
log_stderr: true
log_syslog: false
append_output: [{suggested_output: true}]
";

/// The merged tree, and the files that it came from.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub root: Node,
    /// Main file and included ones, in the order in which they were read, each with the first thing in it that the
    /// table of keys does not know.
    pub files: Vec<(PathBuf, Option<String>)>,
    /// All such things, of options too.
    pub findings: Diagnostics,
}

impl Loaded {
    /// Notes a file that was read.
    fn note(&mut self, path: &Path, tree: &Node) {
        let found = schema::check(tree);
        let unknown = found.iter().filter(|finding| finding.id != id::NO_EFFECT);
        let first = unknown.min_by_key(|finding| finding.span().map(|span| span.start));
        self.files.push((path.to_owned(), first.map(|finding| finding.message.clone())));
        self.findings.extend(found.iter().cloned());
    }
}

/// Reads the main file, what it includes, and the options.
///
/// # Errors
/// The first thing that keeps the configuration from being read.
pub fn load(
    origin: &Origin,
    lookup: &dyn Fn(&str) -> Option<String>,
    sources: &mut SourceMap,
) -> Result<Loaded, Box<Diagnostic>> {
    let mut loaded = match &origin.file {
        Some(path) => {
            let root = read_file(path, lookup, sources)?;
            let mut loaded = Loaded { root, files: Vec::new(), findings: Diagnostics::default() };
            loaded.note(path, &loaded.root.clone());
            loaded
        }
        None => Loaded {
            root: parse("<built-in configuration>", BUILT_IN.to_owned(), sources)?,
            files: Vec::new(),
            findings: Diagnostics::default(),
        },
    };
    let includes = |text: &&String| option::first_key(text).is_some_and(|key| key == "config_files");
    for text in origin.options.iter().filter(includes) {
        apply_option(&mut loaded.root, text, sources)?;
    }
    for (path, strategy, span) in included_files(&loaded.root, origin.file.as_deref())? {
        let tree = read_file(&path, lookup, sources)?;
        if let Some(entry) = tree.entry("config_files") {
            let message = format!("`config_files` in `{}`: an included file cannot include others", path.display());
            return Err(Box::new(
                Diagnostic::error(id::INCLUDE, message).at(entry.key_span, "").label(span, "it is included here"),
            ));
        }
        loaded.note(&path, &tree);
        merge(&mut loaded.root, tree, strategy);
    }
    apply_options(&mut loaded, &origin.options, sources)?;
    Ok(loaded)
}

/// Sets what options say, and looks at what they set.
pub(super) fn apply_options(
    loaded: &mut Loaded,
    options: &[String],
    sources: &mut SourceMap,
) -> Result<(), Box<Diagnostic>> {
    for text in options {
        let source = apply_option(&mut loaded.root, text, sources)?;
        let found = schema::check(&loaded.root);
        let own = found.iter().filter(|finding| finding.span().is_some_and(|span| span.source == source));
        loaded.findings.extend(own.cloned());
    }
    Ok(())
}

/// Sets what an option says, and returns where its text is kept.
fn apply_option(root: &mut Node, text: &str, sources: &mut SourceMap) -> Result<SourceId, Box<Diagnostic>> {
    let source = sources.add("<option -o>", text);
    option::apply(root, text, source).map(|()| source).map_err(|e| {
        let place = Span::new(source, e.at, (e.at + 1).min(text.len()));
        let message = format!("cannot use the option `{text}`: {}", e.reason);
        Box::new(Diagnostic::error(id::OPTION, message).at(place, "").help("write it as `-o key.subkey=value`"))
    })
}

/// One mapping from a file, its variables replaced.
fn read_file(
    path: &Path,
    lookup: &dyn Fn(&str) -> Option<String>,
    sources: &mut SourceMap,
) -> Result<Node, Box<Diagnostic>> {
    let name = path.display().to_string();
    let text = file::read_bytes(path, MAX_BYTES).and_then(file::to_text).map_err(|reason| {
        let message = format!("cannot read the configuration file `{name}`: {reason}");
        Box::new(Diagnostic::error(id::UNREADABLE, message).help(reason.remedy()))
    })?;
    let mut root = parse(&name, text, sources)?;
    root.for_each_scalar(&mut |scalar| {
        if scalar.text.contains('$') {
            scalar.text = environment::expand(&scalar.text, lookup);
        }
    });
    Ok(root)
}

/// One mapping from a text; an empty one is an empty mapping.
pub(super) fn parse(name: &str, text: String, sources: &mut SourceMap) -> Result<Node, Box<Diagnostic>> {
    let source = sources.add(name, text.as_str());
    let documents = yaml::parse(&text, yaml::Limits::default()).map_err(|e| {
        let place = Span::new(source, e.offset, e.offset);
        Box::new(Diagnostic::error(id::YAML, format!("the file is not YAML: {}", e.reason)).at(place, ""))
    })?;
    let document = documents.into_iter().next().map(|node| Node::from_yaml(node, source));
    let root = document.filter(|node| node.value != Value::Null).unwrap_or(Node::empty(Span::new(source, 0, 0)));
    if root.entries().is_none() {
        let message = "a configuration file must be a mapping of keys to values";
        return Err(Box::new(Diagnostic::error(id::YAML, message).at(root.span, "expected `key: value`")));
    }
    Ok(root)
}

/// What `config_files` names.
pub fn named_paths(root: &Node) -> Vec<PathBuf> {
    includes(root).map(|(_, path)| path).collect()
}

fn includes(root: &Node) -> impl Iterator<Item = (&Node, PathBuf)> {
    let node = root.get("config_files");
    let items = node.map_or_else(Default::default, |node| node.items().unwrap_or(std::slice::from_ref(node)));
    items.iter().filter_map(|item| {
        let path = item.text().or_else(|| item.get("path")?.text())?;
        (!path.is_empty()).then(|| (item, PathBuf::from(path)))
    })
}

/// The files that `config_files` names, folders opened; what does not exist is left out.
fn included_files(root: &Node, main: Option<&Path>) -> Result<Vec<(PathBuf, Strategy, Span)>, Box<Diagnostic>> {
    let mut files = Vec::new();
    for (item, path) in includes(root) {
        let strategy = match item.get("strategy").and_then(Node::text) {
            Some("override") => Strategy::Override,
            Some("add-only") => Strategy::AddOnly,
            _ => Strategy::Append,
        };
        if main == Some(&path) {
            let message = format!("the configuration file `{}` includes itself", path.display());
            return Err(Box::new(Diagnostic::error(id::INCLUDE, message).at(item.span, "")));
        }
        if path.is_dir() {
            files.extend(folder(&path, item.span)?.into_iter().map(|file| (file, strategy, item.span)));
        } else if path.exists() {
            files.push((path, strategy, item.span));
        }
    }
    Ok(files)
}

/// The regular files of a folder, sorted.
fn folder(path: &Path, span: Span) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    let entries = path.read_dir().map_err(|e| {
        let message = format!("cannot read the folder `{}`: {e}", path.display());
        Box::new(Diagnostic::error(id::UNREADABLE, message).at(span, "").help(file::remedy(&e)))
    })?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}

/// Merging is of whole top-level keys, never deeper.
fn merge(root: &mut Node, tree: Node, strategy: Strategy) {
    let Value::Mapping(added) = tree.value else { return };
    let Value::Mapping(entries) = &mut root.value else { return };
    for Entry { key, key_span, node } in added {
        let Some(there) = entries.iter_mut().find(|entry| entry.key == key) else {
            entries.push(Entry { key, key_span, node });
            continue;
        };
        match (strategy, &mut there.node.value, node.value) {
            (Strategy::AddOnly, _, _) => {}
            (Strategy::Append, Value::Sequence(items), Value::Sequence(more)) => items.extend(more),
            (_, _, value) => {
                there.key_span = key_span;
                there.node = Node { value, span: node.span };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text.replace("@", folder.path().to_str().unwrap())).unwrap();
            }
            Self(folder)
        }

        fn load(&self, options: &[&str]) -> Result<String, String> {
            let options = options.iter().map(|text| text.replace("@", self.0.path().to_str().unwrap())).collect();
            let origin = Origin { file: Some(self.0.path().join("main.yaml")), options };
            let lookup = |name: &str| (name == "WHERE").then(|| "here".to_owned());
            let loaded = load(&origin, &lookup, &mut SourceMap::new());
            let json = |loaded: Loaded| {
                let mut json = loaded.root.to_json();
                json.as_object_mut().unwrap().remove("config_files");
                json.to_string()
            };
            loaded.map(json).map_err(|e| e.message)
        }
    }

    #[test]
    fn included_files_meet_the_main_one_by_their_strategy() {
        let extra = "list: [c]\nmap: {y: 2}\nnew: z\n";
        let merged = |strategy: &str| {
            let main =
                format!("config_files: [{{path: @/extra.yaml, strategy: {strategy}}}]\nlist: [a, b]\nmap: {{x: 1}}\n");
            Folder::new(&[("main.yaml", &main), ("extra.yaml", extra)]).load(&[]).unwrap()
        };
        assert_eq!(merged("append"), r#"{"list":["a","b","c"],"map":{"y":2},"new":"z"}"#);
        assert_eq!(merged("anything"), merged("append"));
        assert_eq!(merged("override"), r#"{"list":["c"],"map":{"y":2},"new":"z"}"#);
        assert_eq!(merged("add-only"), r#"{"list":["a","b"],"map":{"x":1},"new":"z"}"#);
    }

    #[test]
    fn folders_are_read_in_order_missing_paths_are_skipped_and_options_win() {
        let folder = Folder::new(&[
            ("main.yaml", "config_files: [@/d, @/missing]\na: 1\nb: ${WHERE}\n"),
            ("d/20-second", "a: 3\n"),
            ("d/10-first.yaml", "a: 2\nc: $${WHERE}\n"),
            ("d/deeper/30.yaml", "a: 4\n"),
            ("other.yaml", "d: 1\n"),
        ]);
        assert_eq!(folder.load(&[]).unwrap(), r#"{"a":3,"b":"here","c":"${WHERE}"}"#);
        assert_eq!(folder.load(&["a=5", "e=${WHERE}"]).unwrap(), r#"{"a":5,"b":"here","c":"${WHERE}","e":"${WHERE}"}"#);
        let more = folder.load(&["config_files[]=@/other.yaml"]).unwrap();
        assert_eq!(more, r#"{"a":3,"b":"here","c":"${WHERE}","d":1}"#);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let itself = Folder::new(&[("main.yaml", "config_files: [@/main.yaml]\n")]).load(&[]).unwrap_err();
        assert!(itself.ends_with("main.yaml` includes itself"), "{itself}");
        let nested = Folder::new(&[("main.yaml", "config_files: [@/a]\n"), ("a", "config_files: []\n")]).load(&[]);
        assert!(nested.unwrap_err().contains("an included file cannot include others"));
        let broken = Folder::new(&[("main.yaml", "a: [\n")]).load(&[]).unwrap_err();
        assert!(broken.starts_with("the file is not YAML: "), "{broken}");
        let list = Folder::new(&[("main.yaml", "- a\n")]).load(&[]).unwrap_err();
        assert_eq!(list, "a configuration file must be a mapping of keys to values");
        let missing = Folder::new(&[]).load(&[]).unwrap_err();
        assert!(missing.starts_with("cannot read the configuration file `"), "{missing}");
        assert_eq!(Folder::new(&[("main.yaml", "")]).load(&[]).unwrap(), "{}");
    }
}
