//! Listings of fields and events.

#![allow(clippy::unwrap_used)] // Helpers of tests are tests.

use serde_json::Value as JsonValue;
use windhover_fields::{Catalogue, ListFormat, list_events, list_field_names, list_fields};

#[test]
fn every_shown_field_is_listed_once_in_each_form() {
    let (syscall, plugin) = (Catalogue::syscall(), Catalogue::plugin("k8s_audit"));
    let both = [&syscall, &plugin];
    let json: JsonValue = serde_json::from_str(&list_fields(&both, ListFormat::Json)).unwrap();
    let text = list_fields(&both, ListFormat::Text);
    let markdown = list_fields(&both, ListFormat::Markdown);
    let names = list_field_names(&both, ListFormat::Text);
    for field in syscall.fields() {
        let shown = usize::from(!field.hidden && !field.flags.deprecated);
        assert_eq!(names.lines().filter(|line| *line == field.name).count(), shown, "{}", field.name);
        assert_eq!(markdown.matches(&format!("`{}` |", field.name)).count(), shown, "{}", field.name);
        let lines = text.lines().filter(|line| line.split(' ').next() == Some(field.name));
        assert_eq!(lines.count(), shown, "{}", field.name);
    }
    let classes = json["fieldclasses"].as_array().unwrap();
    let generic = classes.iter().find(|class| class["name"] == "evt (generic)").unwrap();
    assert_eq!(generic["event_sources"], serde_json::json!(["syscall", "k8s_audit"]));
    let process = classes.iter().find(|class| class["name"] == "process").unwrap();
    let field = |name: &str| {
        let fields = process["fields"].as_array().unwrap();
        fields.iter().find(|field| field["name"] == name).unwrap().clone()
    };
    assert_eq!(field("proc.name")["argument"], JsonValue::Null);
    assert_eq!(field("proc.name")["type"], "CHARBUF");
    assert_eq!(field("proc.env")["argument"], serde_json::json!({ "required": false, "type": ["index", "key"] }));
    assert_eq!(field("thread.cgroup")["argument"]["required"], true);
}

#[test]
fn every_field_says_in_one_line_what_it_is() {
    for field in Catalogue::syscall().fields() {
        let doc = field.doc;
        assert!(doc.len() > 8 && doc.ends_with(['.', '…']) && !doc.contains('\n'), "{}: {doc}", field.name);
    }
}

#[test]
fn events_are_listed_with_their_parameters() {
    let text = list_events(ListFormat::Text);
    assert!(text.starts_with("The events below are valid for schema version "));
    let line = |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}"));
    assert!(line("< openat(").contains("FD **fd**") && line("< openat(").contains("FSRELPATH **name**"));
    assert!(line("< open(").contains("FLAGS32 **flags**: O_LARGEFILE, O_DIRECTORY"));
    assert_eq!(line("< umask("), "< umask()");
    assert!(line("> procexit(").contains("**status**"));
    assert!(!text.contains("> open(") && !text.contains(" NA("));
    let json: JsonValue = serde_json::from_str(&list_events(ListFormat::Json)).unwrap();
    let calls = json["syscall_events"].as_array().unwrap();
    let open = calls.iter().find(|event| event["name"] == "openat2").unwrap();
    assert_eq!((open["dir"].as_str(), open["available"].as_bool()), (Some("<"), Some(true)));
    assert!(list_events(ListFormat::Markdown).contains("| `openat2` |"));
}
