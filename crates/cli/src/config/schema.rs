//! What a file says that the table of keys does not know: keys, and values of a wrong type. None of it is an error, as in
//! the reference; each has its place and, where there is one, the name that was likely meant.

use windhover_diagnostics::{Diagnostic, Diagnostics, nearest};

use super::id;
use super::key::{self, CONTAINER, GROUPS, Group, Key, Kind, Outside, REMOVED};
use super::section::join;
use super::tree::{Entry, Node, Value};

/// Looks at a whole configuration.
pub fn check(root: &Node) -> Diagnostics {
    let mut found = Diagnostics::default();
    mapping(GROUPS, root, "", "", &mut found);
    container(root, &mut found);
    found
}

/// Looks at the entry of the plugin `container`, whose own keys are known. Where they are a text, its reader tells what is wrong.
fn container(root: &Node, found: &mut Diagnostics) {
    let Some(plugins) = root.get("plugins") else { return };
    for (at, plugin) in plugins.items().unwrap_or(std::slice::from_ref(plugins)).iter().enumerate() {
        let init = plugin.get("init_config").filter(|init| init.entries().is_some());
        if let (Some("container"), Some(init)) = (plugin.get("name").and_then(Node::text), init) {
            mapping(CONTAINER, init, &format!("plugins[{at}].init_config"), "", found);
        }
    }
}

/// Looks at the keys of a mapping. `path` has the indexes that `row`, its place in the table, lacks.
fn mapping(table: &'static [Group], node: &Node, path: &str, row: &str, found: &mut Diagnostics) {
    for entry in node.entries().unwrap_or_default() {
        match key::find_in(table, &join(row, &entry.key)) {
            Some(key) => value(table, &entry.node, &join(path, &entry.key), key, entry, found),
            None => found.push(unknown(table, entry, path, row)),
        }
    }
}

fn unknown(table: &'static [Group], entry: &Entry, path: &str, row: &str) -> Diagnostic {
    let name = &entry.key;
    let full = join(path, name);
    if let Some(removed) = REMOVED.iter().find(|removed| removed.path == full) {
        let message = format!("`{full}` was removed: it has no effect");
        return Diagnostic::warning(id::KEY_REMOVED, message).at(entry.key_span, "").help(removed.instead);
    }
    let place = if path.is_empty() { String::new() } else { format!(" of `{path}`") };
    let message = format!("unknown key `{name}`{place}");
    let diagnostic = Diagnostic::warning(id::KEY_UNKNOWN, message).at(entry.key_span, "not a key");
    if let Some(near) = nearest(name, key::inside_of(table, row).map(Key::name)) {
        return diagnostic.help(format!("a key with a similar name exists: `{near}`"));
    }
    // What stands at the wrong depth has its right name.
    match key::keys_of(table).find(|key| key.name() == name) {
        Some(key) => diagnostic.help(format!("there is a key `{}`", key.path)),
        None => diagnostic,
    }
}

fn value(table: &'static [Group], node: &Node, path: &str, key: &Key, entry: &Entry, found: &mut Diagnostics) {
    if node.value == Value::Null {
        return;
    }
    let inner = key.inner_path();
    match key.kind {
        Kind::Mapping if node.entries().is_some() => mapping(table, node, path, &inner, found),
        Kind::Mappings => {
            for (at, item) in node.items().unwrap_or(std::slice::from_ref(node)).iter().enumerate() {
                let path = format!("{path}[{at}]");
                match item.entries() {
                    Some(_) => mapping(table, item, &path, &inner, found),
                    None => found.push(wrong_type(item, "a mapping", &path)),
                }
            }
        }
        Kind::Texts => {
            let items = node.items().unwrap_or(std::slice::from_ref(node)).iter();
            found.extend(items.filter(|item| item.text().is_none()).map(|item| wrong_type(item, "a text", path)));
        }
        Kind::Pairs if node.entries().is_some() => {
            let pairs = node.entries().unwrap_or_default().iter().filter(|pair| pair.node.text().is_none());
            found.extend(pairs.map(|pair| wrong_type(&pair.node, "a text", &join(path, &pair.key))));
        }
        Kind::Free(_) => {}
        kind if takes(kind, node) => {}
        kind => found.push(wrong_type(node, &kind.words(), path)),
    }
    if let Some(why) = key.idle
        && !asks_for_nothing(key.kind, node)
    {
        let message = format!("`{path}` has no effect: {why}");
        found.push(
            Diagnostic::warning(id::NO_EFFECT, message).at(entry.key_span.to(node.span), "").help("remove the key"),
        );
    }
}

/// Whether a leaf can be read as what the key takes. Words are the reader's to judge.
fn takes(kind: Kind, node: &Node) -> bool {
    match kind {
        Kind::Bool(_) => node.as_scalar().is_some_and(|scalar| scalar.as_bool().is_some()),
        Kind::Integer { least, most, outside, .. } => {
            let number = node.as_scalar().and_then(|scalar| scalar.as_integer());
            number.is_some_and(|number| outside == Outside::Refused || (least..=most).contains(&number))
        }
        Kind::Float { .. } => node.as_float().is_some(),
        Kind::Text(_) | Kind::Word(_) => node.text().is_some(),
        _ => false,
    }
}

/// Whether a value of a key without effect does not ask for anything: it is the default, or switches something off.
fn asks_for_nothing(kind: Kind, node: &Node) -> bool {
    match kind {
        Kind::Bool(default) => {
            let given = node.as_scalar().and_then(|scalar| scalar.as_bool());
            given.is_none_or(|given| !given || given == default)
        }
        _ => node.text() == kind.default_text().as_deref(),
    }
}

fn wrong_type(node: &Node, what: &str, path: &str) -> Diagnostic {
    let found = match node.text() {
        Some(text) => format!("`{text}`"),
        None if node.items().is_some() => "a sequence".to_owned(),
        None if node.entries().is_some() => "a mapping".to_owned(),
        None => "nothing".to_owned(),
    };
    Diagnostic::warning(id::VALUE_TYPE, format!("expected {what}, found {found}"))
        .at(node.span, format!("expected {what}"))
        .note(format!("the default of `{path}` is used"))
}
