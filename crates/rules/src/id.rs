//! Ids of this crate's diagnostics.

windhover_diagnostics::ids! {
    YAML_SYNTAX = "yaml-syntax": "A file is not YAML.";
    ITEM_SHAPE = "item-shape": "A rules file, an item or a value is not of the shape it must have.";
    ITEM_UNKNOWN = "item-unknown": "An item is neither a rule, a macro, a list nor a required version.";
    KEY_MISSING = "key-missing": "An item lacks a key that it must have.";
    KEY_UNKNOWN = "key-unknown": "An item has a key that such items do not have.";
    KEY_REPEATED = "key-repeated": "A key is given twice in one mapping; only the first counts.";
    VALUE_EMPTY = "value-empty": "A value is empty where text is expected.";
    VALUE_INVALID = "value-invalid": "A value is not of the kind its key takes.";
    NAME_INVALID = "name-invalid": "A macro's or list's name cannot be used in conditions.";
    PRIORITY_UNKNOWN = "priority-unknown": "A rule's priority is none of the eight.";
    SOURCE_UNKNOWN = "source-unknown": "A rule is for an event source that nothing provides.";
    SOURCE_CHANGED = "source-changed": "A rule is defined again, or appended to, with another source.";
    OVERRIDE_INVALID = "override-invalid": "An override and the keys beside it do not fit together.";
    APPEND_TARGET_MISSING = "append-target-missing": "An item appends to, replaces a part of, or toggles what is not defined before.";
    APPEND_DEPRECATED = "append-deprecated": "The key `append` is used where `override` should be.";
    ENABLED_DEPRECATED = "enabled-deprecated": "A rule is toggled by a lone `enabled` where `override` should be.";
    EXCEPTION_INVALID = "exception-invalid": "An exception's fields, operators and values do not fit together.";
    EXCEPTION_REPEATED = "exception-repeated": "A rule has two exceptions of one name.";
    EXCEPTION_EMPTY = "exception-empty": "An exception is appended to without values.";
    VERSION_INVALID = "version-invalid": "A required version is not a version.";
    VERSION_TOO_NEW = "version-too-new": "A file requires a newer engine.";
    PLUGIN_MISSING = "plugin-missing": "A file requires a plugin that is not loaded.";
    LIST_TOO_LARGE = "list-too-large": "Lists make a condition too large.";
    OUTPUT_INVALID = "output-invalid": "An output has a token that is no field.";
    FIELD_DEPRECATED = "field-deprecated": "A field is used that will go away.";
    CONTAINER_INFO = "container-info": "An output uses `%container.info`, which no longer stands for anything.";
    UNSAFE_NA = "unsafe-na": "A field of JSON events is compared with `<NA>`.";
    EVENT_TYPE_MISSING = "event-type-missing": "A condition is not restricted to some event types.";
    MACRO_UNUSED = "macro-unused": "Nothing uses a macro.";
    LIST_UNUSED = "list-unused": "Nothing uses a list.";
    CONDITION_NEVER = "condition-never-true": "A condition, or a part of one, can never be true.";
    CONDITION_ALWAYS = "condition-always-true": "A condition, or a part of one, is true whatever the event is.";
    CONDITION_EXPENSIVE = "condition-expensive": "A condition makes a costly test.";
    RULE_SHADOWED = "rule-shadowed": "An earlier rule matches whenever this one does, so that with first matching this one never fires.";
    RULE_DUPLICATE = "rule-duplicate": "Two rules have conditions that mean the same.";
    OUTPUT_FIELD_MISSING = "output-field-missing": "An output prints a field that no event of the rule has.";
    EXCEPTION_NEVER = "exception-never": "An exception excludes what the condition does not match anyway.";
    CHANGE_WITHOUT_EFFECT = "change-without-effect": "An append or an override changes nothing.";
    APPEND_PRECEDENCE = "append-precedence": "What is appended binds to the last part of an `or` only.";
    RULE_SKIPPED = "rule-skipped": "A rule is left out because it names a field or event type that does not exist here.";
}
