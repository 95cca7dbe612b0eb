//! Unknown keys: found by walking the file along the JSON Schema.
//!
//! A study with a misspelt `minimum_folow_up_months` would otherwise run, and
//! answer another question than the one asked.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// A key that the schema does not know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// Where the key stands in the file, as a byte offset.
    pub(super) at: usize,
    /// The key.
    pub(super) key: String,
    /// The section it stands in, `""` at the top.
    pub(super) section: String,
    /// The known key it resembles, if any.
    pub(super) nearest: Option<String>,
    /// All keys that may stand there.
    pub(super) known: Vec<String>,
}

/// The unknown keys of a table, in the order of the file.
pub(super) fn unknown(table: &DeTable<'_>, root: &Value) -> Vec<Unknown> {
    let mut found = Vec::new();
    walk(table, root, root, "", &mut found);
    found.sort_by_key(|u| u.at);
    found
}

fn walk(
    table: &DeTable<'_>,
    schema: &Value,
    root: &Value,
    section: &str,
    found: &mut Vec<Unknown>,
) {
    let shapes = shapes(schema, root);
    // A table where none is expected is a wrong type, told by the reader.
    if shapes.is_empty() {
        return;
    }
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let inner = shapes.iter().find_map(|shape| {
            let property = shape.get("properties").and_then(|p| p.get(name));
            property.or_else(|| shape.get("additionalProperties").filter(|a| a.is_object()))
        });
        let Some(inner) = inner else {
            let known: Vec<String> = shapes
                .iter()
                .filter_map(|shape| shape.get("properties")?.as_object())
                .flat_map(|properties| properties.keys().cloned())
                .collect();
            found.push(Unknown {
                at: key.span().start,
                key: name.to_owned(),
                section: section.to_owned(),
                nearest: nearest(name, &known),
                known,
            });
            continue;
        };
        let path = if section.is_empty() {
            name.to_owned()
        } else {
            format!("{section}.{name}")
        };
        descend(value.get_ref(), inner, root, &path, found);
    }
}

fn descend(
    value: &DeValue<'_>,
    schema: &Value,
    root: &Value,
    path: &str,
    found: &mut Vec<Unknown>,
) {
    match value {
        DeValue::Table(table) => walk(table, schema, root, path, found),
        DeValue::Array(items) => {
            if let Some(schema) = resolve(schema, root).get("items") {
                for item in items {
                    descend(item.get_ref(), schema, root, path, found);
                }
            }
        }
        _ => {}
    }
}

/// The object shapes that a schema allows: itself, or those among its choices.
fn shapes<'a>(schema: &'a Value, root: &'a Value) -> Vec<&'a Value> {
    let schema = resolve(schema, root);
    let choices = ["anyOf", "oneOf"]
        .into_iter()
        .filter_map(|kind| schema.get(kind)?.as_array())
        .flatten()
        .flat_map(|choice| shapes(choice, root));
    let own = schema
        .get("properties")
        .or(schema.get("additionalProperties"));
    own.map(|_| schema).into_iter().chain(choices).collect()
}

/// Follows a `$ref` into the schema's definitions.
fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let target = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix('#'))
        .and_then(|pointer| root.pointer(pointer));
    target.unwrap_or(schema)
}

/// The candidate most like a name, if it is alike enough to be meant.
pub(super) fn nearest(name: &str, candidates: &[String]) -> Option<String> {
    candidates
        .iter()
        .map(|c| (strsim::jaro_winkler(name, c), c))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, c)| c.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::schema::SCHEMA;

    fn unknown_in(text: &str) -> Vec<(String, String, Option<String>)> {
        let table = DeTable::parse(text).unwrap();
        unknown(table.get_ref(), &SCHEMA)
            .into_iter()
            .map(|u| (u.section, u.key, u.nearest))
            .collect()
    }

    #[test]
    fn a_misspelt_key_is_found_with_its_nearest_anywhere_in_the_file() {
        let found = unknown_in(
            "verson = 1\n[cohort]\nminimum_folow_up_months = 36\n[[cohort.include]]\nname = 'a'\nsq = 'b'\n\
             [[retention]]\npreset = 'odense_vive'\nhorizon = [12]\n[outputs]\nzebra = 1\n",
        );
        let expected = [
            ("", "verson", Some("version")),
            (
                "cohort",
                "minimum_folow_up_months",
                Some("minimum_follow_up_months"),
            ),
            ("cohort.include", "sq", Some("sql")),
            ("retention", "horizon", Some("horizons")),
            ("outputs", "zebra", None),
        ]
        .map(|(s, k, n)| (s.to_owned(), k.to_owned(), n.map(str::to_owned)));
        assert_eq!(found, expected);
    }

    #[test]
    fn free_names_and_choices_with_a_value_are_known() {
        assert_eq!(
            unknown_in(
                "[checks.rules.orphan-person]\nseverity = 'warning'\n\
                 [[retention]]\nhome = { any_dwelling_held = 6 }\n"
            ),
            []
        );
        assert_eq!(
            unknown_in("[checks.rules.orphan-person]\nseverty = 'warning'\n"),
            [(
                "checks.rules.orphan-person".into(),
                "severty".into(),
                Some("severity".into())
            )]
        );
        assert_eq!(
            unknown_in("[[retention]]\nhome = { any_dwelling_hold = 6 }\n"),
            [(
                "retention.home".into(),
                "any_dwelling_hold".into(),
                Some("any_dwelling_held".into())
            )]
        );
    }
}
