//! The page that describes every key of a study file, made from the schema so
//! that it cannot fall behind.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::schema::SCHEMA;

const HEAD: &str = "\
# Study files

A study file names the tables, the people, the definitions and the outputs of one study, so that it can be run again and questioned. It is TOML; [odense_like/study.toml](../data-samples/odense_like/study.toml) (in Danish) and [country/study.toml](../data-samples/country/study.toml) use every section and explain it.

```sh
boligspor check study.toml              # only the data checks
boligspor run study.toml --out results  # everything
```

An unknown key is refused with its line and the nearest known one; so is a value of the wrong type, a definition whose choices do not fit, and a table that does not exist. Nothing is read before all of that is in order. The [JSON Schema](../schemas/study-1.schema.json) tells editors the same: with the Even Better TOML extension, begin the file with `#:schema ../schemas/study-1.schema.json`.

A definition that counts all enrolled can stand beside one that counts those placed. Where the study's clock starts at placement, the former is estimated on a second cohort with the same conditions, from enrolment on.

This page is made from the schema by `make docs`.
";

/// The page.
fn page() -> String {
    let mut text = HEAD.to_owned();
    let properties = SCHEMA["properties"]
        .as_object()
        .expect("a study has sections");
    for (name, schema) in properties {
        let (heading, schema) = match resolve(schema).get("items") {
            Some(items) => (format!("[[{name}]]"), resolve(items)),
            None => (format!("[{name}]"), object(schema)),
        };
        if schema.get("properties").is_none() {
            continue;
        }
        let about = properties[name]
            .get("description")
            .or(schema.get("description"));
        let _ = write!(text, "\n## `{heading}`\n\n{}\n\n", words(about));
        text += "| key | takes | default | is |\n|---|---|---|---|\n";
        for (key, of) in schema["properties"].as_object().into_iter().flatten() {
            let default = of
                .get("default")
                .or_else(|| properties[name]["default"].get(key));
            let default = match default {
                Some(Value::Null) | None if required(schema, key) => "*required*".to_owned(),
                Some(Value::Null) | None => String::new(),
                Some(value) => format!("`{value}`"),
            };
            let is = words(of.get("description"));
            let _ = writeln!(text, "| `{key}` | {} | {default} | {is} |", takes(of));
        }
    }
    text
}

fn required(schema: &Value, key: &str) -> bool {
    schema["required"]
        .as_array()
        .is_some_and(|keys| keys.iter().any(|k| k == key))
}

/// Follows a reference.
fn resolve(schema: &Value) -> &Value {
    let target = schema["$ref"]
        .as_str()
        .and_then(|r| SCHEMA.pointer(r.strip_prefix('#')?));
    target.unwrap_or(schema)
}

/// The choice of a schema that is a table, where it has one.
fn object(schema: &Value) -> &Value {
    let schema = resolve(schema);
    let choices = schema["anyOf"].as_array();
    choices
        .and_then(|c| {
            c.iter()
                .map(resolve)
                .find(|s| s.get("properties").is_some())
        })
        .unwrap_or(schema)
}

/// What a key takes, in words and codes.
fn takes(schema: &Value) -> String {
    let schema = resolve(schema);
    if let Some(codes) = schema["enum"].as_array() {
        return list(codes);
    }
    if let Some(code) = schema.get("const") {
        return format!("`{code}`");
    }
    let choices = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
    if let Some(choices) = choices {
        let named: Vec<String> = choices
            .iter()
            .filter(|c| c["type"] != "null")
            .map(takes)
            .collect();
        return named.join(", ");
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", takes(items));
    }
    if let Some(pair) = schema["prefixItems"].as_array() {
        return format!(
            "[{}]",
            pair.iter().map(takes).collect::<Vec<_>>().join(", ")
        );
    }
    if let Some(properties) = schema["properties"].as_object() {
        let inner: Vec<String> = properties
            .iter()
            .map(|(key, of)| format!("`{key}` = {}", takes(of)))
            .collect();
        return format!("{{ {} }}", inner.join(", "));
    }
    if let Some(values) = schema.get("additionalProperties").filter(|v| v.is_object()) {
        return format!("table of name = {}", takes(values));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter(|t| *t != "null").cloned().collect(),
        one => vec![one.clone()],
    };
    let named: Vec<&str> = types
        .iter()
        .map(|t| match (t.as_str(), schema["format"].as_str()) {
            (Some("string"), Some("date")) => "date",
            (Some("string"), _) => "text",
            (Some("integer"), _) => "whole number",
            (Some("number"), _) => "number",
            (Some("boolean"), _) => "true or false",
            _ => "value",
        })
        .collect();
    named.join(" or ")
}

fn list(codes: &[Value]) -> String {
    codes
        .iter()
        .map(|c| format!("`{c}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A description as one line of Markdown, without links only Rust can follow.
fn words(text: Option<&Value>) -> String {
    let text = text.and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
        .replace("[`", "`")
        .replace("`]", "`")
}

#[test]
fn the_page_of_study_files_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/study.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page(),
        "docs/study.md is out of date; run `make docs`"
    );
}
