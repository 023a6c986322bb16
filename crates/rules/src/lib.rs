//! Rules files: parsed with spans, merged, validated, and turned into typed rules.
pub mod yaml;
