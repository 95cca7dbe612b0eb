//! The JSON Schema of study files: generated from the structs, shipped, and
//! the one list of keys that unknown keys are checked against.

use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::spec::Study;
use crate::retention::Definition;

/// A `[[retention]]` section: a definition, written out or from a preset.
pub(super) struct RetentionSection;

impl JsonSchema for RetentionSection {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Retention".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Definition::json_schema(generator);
        let preset = json_schema!({
            "description": "The published definition to start from; every other key given \
                            here replaces one of its choices.",
            "type": "string",
            "enum": Definition::PRESETS,
        });
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert("preset".into(), preset.into());
        }
        schema
    }
}

/// The JSON Schema of a study file (draft 2020-12), with descriptions that an
/// editor shows while a study is written.
///
/// ```
/// let schema = boligspor::study::json_schema();
/// assert!(schema["properties"]["cohort"].is_object());
/// ```
pub fn json_schema() -> Value {
    schemars::schema_for!(Study).into()
}

/// The schema as text, as it is shipped in `schemas/study-1.schema.json`.
pub fn json_schema_text() -> String {
    format!("{:#}\n", json_schema())
}

/// The schema, made once.
pub(super) static SCHEMA: LazyLock<Value> = LazyLock::new(json_schema);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_schema_is_current() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../schemas/study-1.schema.json"
        );
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas")).unwrap();
            std::fs::write(path, json_schema_text()).unwrap();
        }
        let shipped =
            std::fs::read_to_string(path).expect("schemas/study-1.schema.json is shipped");
        assert!(
            shipped == json_schema_text(),
            "schemas/study-1.schema.json is out of date; run `make docs`"
        );
    }

    #[test]
    fn a_retention_section_may_name_any_preset() {
        let schema = json_schema();
        let preset = &schema["$defs"]["Retention"]["properties"]["preset"]["enum"];
        assert_eq!(preset.as_array().unwrap().len(), Definition::PRESETS.len());
    }
}
