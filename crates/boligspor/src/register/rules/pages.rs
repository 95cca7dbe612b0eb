//! The rules' pages, and that nothing a rule says gives the data away.
//!
//! `UPDATE_DOCS=1 cargo test -p boligspor --lib rules::pages` writes
//! `docs/rules`; without it the test sees that the pages are current.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::fixture::{faultless, frame};
use super::rules;
use crate::register::{Meta, Table};

/// The repository's folder of pages.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules")
}

/// The doc comment of the one struct in a rule's file.
fn doc(meta: &Meta) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/register/rules")
        .join(format!("{}.rs", meta.name.replace('-', "_")));
    let source = fs::read_to_string(&file).expect("a rule's file has the rule's name");
    assert!(
        source.starts_with(&format!("//! {}.\n", meta.code)),
        "{}",
        file.display()
    );
    let mut lines = Vec::new();
    for line in source.lines() {
        if let Some(text) = line.strip_prefix("///") {
            lines.push(text.strip_prefix(' ').unwrap_or(text));
        } else if line.starts_with("pub(super) struct") {
            break;
        } else {
            lines.clear();
        }
    }
    lines.join("\n")
}

fn page(meta: &Meta) -> String {
    let changed = if meta.structural {
        "It cannot be turned down."
    } else {
        "It can be changed, or given a tolerance, in the check options."
    };
    format!(
        "<!-- Written from the rule's doc comment; see CONTRIBUTING.md. -->\n\
         # {}: {}\n\nFamily: {}. Severity: {}. {changed}\n\n{}\n{}",
        meta.code,
        meta.name,
        meta.family().name(),
        meta.severity,
        doc(meta),
        limits(meta)
    )
}

/// The rule's limits and how to change them.
fn limits(meta: &Meta) -> String {
    let Some(first) = meta.limits.first() else {
        return String::new();
    };
    let mut text = "\n## Limits\n\n| limit | default | |\n|-------|---------|---|\n".to_owned();
    for limit in meta.limits {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            limit.name, limit.default, limit.what
        );
    }
    let _ = write!(
        text,
        "\nNo public source gives any of these numbers: they are ours. In a study file:\n\n\
         ```toml\n[checks.rules.{}]\nlimits = {{ {} = {} }}\n```\n",
        meta.name,
        first.name,
        first.default * 2.0
    );
    text
}

fn contents() -> String {
    let mut text = "<!-- Written from the rules' doc comments; see CONTRIBUTING.md. -->\n\
        # The data checks\n\n\
        Errors stop a run, warnings are reported with it. Findings count rows and name\n\
        tables and columns, never a value or an identifier. A study file changes a\n\
        rule by its code or name: `[checks.rules.overlap]` with `severity` (`off`,\n\
        `info`, `warning`, `error`) and `tolerance`, the share of a table's rows up to\n\
        which an error is only a warning and a warning only a remark. Some rules have\n\
        limits, on their pages: `limits = { years = 5 }`.\n"
        .to_owned();
    let mut family = None;
    for meta in rules() {
        if family.replace(meta.family()) != Some(meta.family()) {
            let _ = write!(
                text,
                "\n## {}\n\n| code | rule | severity | |\n|------|------|----------|---|\n",
                meta.family().name()
            );
        }
        let doc = doc(&meta);
        let first = doc
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .replace('\n', " ");
        let _ = writeln!(
            text,
            "| {0} | [{1}]({0}-{1}.md) | {2} | {first} |",
            meta.code, meta.name, meta.severity
        );
    }
    text
}

#[test]
fn every_rule_has_a_current_page() {
    let mut pages: Vec<(String, String)> = rules()
        .map(|meta| (format!("{}-{}.md", meta.code, meta.name), page(&meta)))
        .collect();
    pages.push(("README.md".into(), contents()));
    let folder = folder();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for old in fs::read_dir(&folder).unwrap() {
            fs::remove_file(old.unwrap().path()).unwrap();
        }
        for (name, text) in &pages {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in &pages {
        let written = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            &written == text,
            "docs/rules/{name} is not current: run this test with UPDATE_DOCS=1"
        );
        for part in ["## Why is this bad?", "## What to do", "## Example"] {
            assert!(
                name == "README.md" || text.contains(part),
                "{name} lacks {part}"
            );
        }
    }
    let there = fs::read_dir(&folder).unwrap().count();
    assert_eq!(there, pages.len(), "a page without a rule in docs/rules");
}

#[test]
fn limits_are_such_as_their_kind_allows() {
    for meta in rules() {
        for limit in meta.limits {
            assert_eq!(limit.refuses(limit.default), None, "{}", meta.code);
            assert!(limit.refuses(-1.0).is_some() && limit.refuses(f64::NAN).is_some());
        }
    }
}

#[test]
fn codes_and_names_are_unique_and_in_order() {
    let all: Vec<Meta> = rules().collect();
    assert!(all.windows(2).all(|w| w[0].code < w[1].code));
    let mut names: Vec<_> = all.iter().map(|m| m.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
}

#[test]
fn faultless_tables_have_no_finding() {
    let report = faultless().check().unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(
        report.to_string(),
        "the data checks found nothing to remark on"
    );
}

/// Bad rows of every kind, with a mark in every value that can hold one.
#[test]
fn no_output_holds_a_value_or_an_identifier() {
    const MARK: &str = "q7x9z";
    let marked = |text: &str| frame(&text.replace('@', MARK));
    let builder = crate::Register::builder()
        .persons(marked(
            "person,birth_date,sex,death_date,secret@
             @1,1901-01-01,@,1890-01-01,@
             @1,@,@,9999-12-31,@
             @1,1903-01-01,@,,@
             ,1900-01-01,@,,@
             @2,,@,2021-01-01,@
             @4,1902-01-01,@,,@",
        ))
        .placements(marked(
            "person,enrolled_on,placed_on,municipality,dwelling,first,suport_method
             @1,2020-03-01,2020-01-01,@,@,true,@
             @1,2020-03-01,2020-01-01,@,@,true,@
             @3,@,@,461,@,@,@
             @5,,2021-06-01,461,@,,@
             @2,,2021-06-01,461,@,,@",
        ))
        .stays(marked(
            "person,start,end,state,dwelling,municipality,source
             @1,2020-05-01,2020-01-01,@,@,@,@
             @1,2020-05-01,2020-05-01,shelter@,@,@,@
             @1,2020-05-01,,dwelling,@a,@,@
             @1,2020-06-01,,dwelling,@b,@,@
             @1,2020-06-01,,dwelling,@b,@,@
             @2,2022-06-01 10:00:00,9999-12-31,sheltr,@,@,@
             @4,1901-05-01,,shelter,@,@,@
             @4,2021-01-01,2022-02-01,abroad,@,@,@
             @4,2022-01-01,2022-12-31,shelter,@,@,@
             @4,2022-03-01,2022-04-01,shelter,@,@b,@
             @2,2022-10-01,2022-12-31,shelter,@,@,@
             @2,2023-01-01,2023-02-01,shelter,@,@,@
             @9,@,@,@,@,@,@",
        ))
        .costs(marked(
            "person,start,end,date,category,amount,payer,price_year
             @1,,,,@,@,@,@
             @9,2020-01-01,2019-01-01,,@,-5,@,2020
             @1,2029-01-01,,,@,-5,@,2020",
        ))
        .prices(marked(
            "service,year,unit_price,payer,share\n@,2020,-1,@,50\n@,2020,-1,@,50\n@s,2020,10,@,1\n@s,2021,1000,@,1",
        ))
        .capacity(marked("municipality,year,method,caseworkers,citizens"))
        .design(crate::register::Design {
            time_zero: "placed_on".into(),
            columns: vec!["enrolled_on".into()],
        })
        .observed_from(Some(crate::calendar::day(2020, 1, 1)))
        .observed_until(crate::calendar::day(2023, 12, 31));
    let report = builder.clone().check().unwrap();
    let codes: std::collections::BTreeSet<_> = report.findings.iter().map(|f| f.code).collect();
    let silent: Vec<_> = rules()
        .map(|m| m.code)
        .filter(|c| !codes.contains(c))
        .collect();
    assert_eq!(
        silent,
        ["R101", "R304", "R402", "R602"],
        "the other rules all have something to say"
    );

    let mut said = format!("{report} {report:?} {}", report.error_summary());
    said.push_str(&serde_json::to_string(&report).unwrap());
    said.push_str(&report.to_frame().unwrap().to_string());
    for finding in &report.findings {
        let _ = write!(said, "{finding} {} {}", finding.message, finding.hint);
    }
    let _ = write!(said, "{builder:?}");
    let error = builder.build().unwrap_err();
    let _ = write!(said, "{error} {error:?}");
    assert!(!said.contains(MARK), "{said}");
    for value in [
        "1901", "1902", "1903", "1890", "2020", "2021", "2022", "2029",
    ] {
        assert!(!said.contains(value), "{value} in {said}");
    }
}

#[test]
fn the_debug_text_of_a_register_has_sizes_only() {
    let register = faultless().build().unwrap();
    assert_eq!(
        format!("{register:?}"),
        "Register { people: 2, placements: 2, stays: 3, costs: None, dwellings: 1, findings: 0, .. }"
    );
    assert_eq!(register.frame(Table::Costs), None);
}
