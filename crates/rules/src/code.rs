//! The reference's codes for what can be wrong with a rules file, with its short names and our sentences about them.

/// Why a rules file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The file cannot be read.
    FileRead,
    /// The text is not YAML.
    YamlParse,
    /// The YAML is not of the shape that rules files have.
    YamlValidate,
    /// A condition does not parse, or tests what cannot be tested.
    CompileCondition,
    /// An output has a token that is no field.
    CompileOutput,
    /// Items do not fit together.
    Validate,
    /// Reserved for extension items.
    Extension,
}

impl ErrorCode {
    /// The code as programs know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FileRead => "LOAD_ERR_FILE_READ",
            Self::YamlParse => "LOAD_ERR_YAML_PARSE",
            Self::YamlValidate => "LOAD_ERR_YAML_VALIDATE",
            Self::CompileCondition => "LOAD_ERR_COMPILE_CONDITION",
            Self::CompileOutput => "LOAD_ERR_COMPILE_OUTPUT",
            Self::Validate => "LOAD_ERR_VALIDATE",
            Self::Extension => "LOAD_ERR_EXTENSION",
        }
    }

    /// The few words printed behind the code.
    pub fn short(self) -> &'static str {
        match self {
            Self::FileRead => "File read error",
            Self::YamlParse => "YAML parse error",
            Self::YamlValidate => "Error validating internal structure of YAML file",
            Self::CompileCondition => "Error compiling condition",
            Self::CompileOutput => "Error compiling output",
            Self::Validate => "Error validating rule/macro/list/exception objects",
            Self::Extension => "Error in extension item",
        }
    }
}

/// What is likely wrong with a rules file that is taken all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningCode {
    /// A rule's source is not known; the rule is left out.
    UnknownSource,
    /// A field of JSON events is compared with `<NA>`.
    UnsafeNaCheck,
    /// A condition holds for too many event types.
    NoEventType,
    /// An unknown field or event type in a rule that may be skipped for it.
    UnknownFilter,
    /// A macro that nothing uses.
    UnusedMacro,
    /// A list that nothing uses.
    UnusedList,
    /// An item that is neither rule, macro, list nor requirement.
    UnknownItem,
    /// A form or a field that will go away.
    DeprecatedItem,
    /// Reserved for extension items.
    Extension,
    /// An exception is appended to without values.
    AppendNoValues,
    /// Two exceptions of one rule have the same name.
    ExceptionNameNotUnique,
    /// A macro's name cannot be used in a condition.
    InvalidMacroName,
    /// A list's name cannot be used in a condition.
    InvalidListName,
    /// A condition compiles, but reads as if something else was meant.
    CompileCondition,
    /// A key that the item does not have.
    UnknownKey,
}

impl WarningCode {
    /// The code as programs know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownSource => "LOAD_UNKNOWN_SOURCE",
            Self::UnsafeNaCheck => "LOAD_UNSAFE_NA_CHECK",
            Self::NoEventType => "LOAD_NO_EVTTYPE",
            Self::UnknownFilter => "LOAD_UNKNOWN_FILTER",
            Self::UnusedMacro => "LOAD_UNUSED_MACRO",
            Self::UnusedList => "LOAD_UNUSED_LIST",
            Self::UnknownItem => "LOAD_UNKNOWN_ITEM",
            Self::DeprecatedItem => "LOAD_DEPRECATED_ITEM",
            Self::Extension => "LOAD_WARNING_EXTENSION",
            Self::AppendNoValues => "LOAD_APPEND_NO_VALUES",
            Self::ExceptionNameNotUnique => "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
            Self::InvalidMacroName => "LOAD_INVALID_MACRO_NAME",
            Self::InvalidListName => "LOAD_INVALID_LIST_NAME",
            Self::CompileCondition => "LOAD_COMPILE_CONDITION",
            Self::UnknownKey => "LOAD_UNKNOWN_KEY",
        }
    }

    /// The few words printed behind the code.
    pub fn short(self) -> &'static str {
        match self {
            Self::UnknownSource => "Unknown event source",
            Self::UnsafeNaCheck => "Unsafe <NA> comparison in condition",
            Self::NoEventType => "Condition has no event-type restriction",
            Self::UnknownFilter => "Unknown field or event-type in condition or output",
            Self::UnusedMacro => "Unused macro",
            Self::UnusedList => "Unused list",
            Self::UnknownItem => "Unknown rules file item",
            Self::DeprecatedItem => "Used deprecated item",
            Self::Extension => "Warning in extension item",
            Self::AppendNoValues => "Overriding/appending with no values",
            Self::ExceptionNameNotUnique => "Multiple exceptions defined with the same name",
            Self::InvalidMacroName => "Invalid macro name",
            Self::InvalidListName => "Invalid list name",
            Self::CompileCondition => "Warning in rule condition",
            Self::UnknownKey => "Unknown key in item definition",
        }
    }

    /// A sentence or two for who does not know the code.
    pub fn description(self) -> &'static str {
        match self {
            Self::UnknownSource => {
                "The rule is for an event source that nothing here provides, for instance because its plugin is not loaded. The rule is left out."
            }
            Self::UnsafeNaCheck => {
                "A field of JSON events is compared with <NA>, which does not reliably tell whether the field is there. Use 'exists' instead."
            }
            Self::NoEventType => {
                "The condition can hold for a great many event types, so it is evaluated far more often than it has to be. Restrict it by evt.type."
            }
            Self::UnknownFilter => {
                "A field or an event type does not exist here. The rule says skip-if-unknown-filter, so it is left out instead of refused."
            }
            Self::UnusedMacro => "No rule and no other macro uses the macro.",
            Self::UnusedList => "No rule, macro or other list uses the list.",
            Self::UnknownItem => "The item is neither a rule, a macro, a list nor a required version. It is ignored.",
            Self::DeprecatedItem => "A form or a field is used that a later version will no longer accept.",
            Self::Extension => "An extension item has a warning.",
            Self::AppendNoValues => "An exception is appended to or overridden, but no values are given.",
            Self::ExceptionNameNotUnique => "A rule has several exceptions of the same name.",
            Self::InvalidMacroName => "The macro's name is not one that a condition can refer to.",
            Self::InvalidListName => "The list's name is not one that a condition can refer to.",
            Self::CompileCondition => "The condition compiles, but a part of it looks as if something else was meant.",
            Self::UnknownKey => {
                "The item has a key that such items do not have: a slip, or a key of another kind of item. It is ignored."
            }
        }
    }
}

/// Fields whose use is warned about, in the order in which outputs are searched for them.
pub(crate) const DEPRECATED_FIELDS: [&str; 6] =
    ["evt.dir", "evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.wait_latency"];
