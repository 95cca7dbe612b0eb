//! What one person's days count as, by a definition, in words. For use inside
//! the secure environment only.

use super::definition::{Definition, Measure};
use super::follow;
use super::path::{Reader, Status};
use crate::calendar::Date;
use crate::cohort::{Cohort, Explanation};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::retention::clock::Clock;

/// Explains one person: their days, the decisions on their rows, and what each
/// definition makes of them.
///
/// # Errors
/// [`Error::Option`] where the register holds no such person (the identifier is
/// not repeated), or a definition cannot be used on this cohort.
pub fn explain(
    cohort: &Cohort,
    definitions: &[Definition],
    person: &str,
    lang: Lang,
) -> Result<Explanation> {
    let mut explanation = cohort.explain(person, lang)?;
    let index = cohort.register().person_index(person).ok_or_else(|| {
        Error::option(
            "person",
            "is not in `persons`",
            "check the identifier and its type",
        )
    })?;
    for definition in definitions {
        // One that counts the enrolled says nothing of a cohort of the placed.
        if follow::check(cohort, definition).is_err() {
            definition.validate()?;
            continue;
        }
        let lines = verdicts(cohort, definition, index, lang);
        let heading = match lang {
            Lang::Da => format!("Efter definitionen \u{201d}{}\u{201d}", definition.name),
            Lang::En => format!("By the definition \"{}\"", definition.name),
        };
        explanation.sections.push((heading, lines));
    }
    Ok(explanation)
}

fn verdicts(cohort: &Cohort, definition: &Definition, person: u32, lang: Lang) -> Vec<String> {
    let members = cohort.members();
    let mut lines = Vec::new();
    let mut reader = Reader::new(definition, cohort.timeline().until());
    for member in (0..members.len()).filter(|&m| members.person[m] == person) {
        let Some(followed) = follow::follow(cohort, definition, member) else {
            continue;
        };
        let (zero, until) = (followed.zero, followed.until);
        let runs = reader.read(followed.track, zero, until, followed.allotted);
        for run in runs {
            lines.push(format!(
                "{} – {}: {}",
                Date(run.start).written(lang),
                Date(run.end - 1).written(lang),
                label(run.status, lang)
            ));
        }
        let clock = Clock::new(zero, definition.unit);
        for &horizon in &definition.horizons {
            let day = clock.day(horizon);
            let before = |r: &&super::path::Run| r.start <= day;
            let lost = runs
                .iter()
                .filter(before)
                .any(|r| r.status == Status::NotRetained);
            let status = runs.iter().find(|r| day < r.end).map(|r| r.status);
            let verdict = match status {
                _ if day >= until => lang
                    .pick("ikke fulgt så længe", "not followed that long")
                    .to_owned(),
                Some(_) if definition.measure == Measure::Throughout && lost => {
                    label(Status::NotRetained, lang).to_owned()
                }
                Some(status) => label(status, lang).to_owned(),
                None => lang.pick("ukendt", "unknown").to_owned(),
            };
            lines.push(format!(
                "{} ({}): {verdict}",
                definition.unit.label(horizon, lang),
                Date(day).written(lang)
            ));
        }
    }
    if lines.is_empty() {
        let text = lang.pick("Ikke med i opgørelsen.", "Not counted.");
        lines.push(text.to_owned());
    }
    lines
}

fn label(status: Status, lang: Lang) -> &'static str {
    match status {
        Status::Retained => lang.pick("tæller som i bolig", "counts as housed"),
        Status::NotRetained => lang.pick("tæller som ikke i bolig", "counts as not housed"),
        Status::Competing => lang.pick("konkurrerende hændelse", "a competing event"),
        Status::Excluded => lang.pick("udgået af opgørelsen", "out of the count"),
        Status::Censored => lang.pick(
            "ikke længere observeret (censureret)",
            "no longer observed (censored)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::CohortSpec;
    use crate::retention::tests::{FOUR, at};

    #[test]
    fn each_definition_says_what_the_days_count_as() {
        let cohort = FOUR.cohort("2024-01-31", CohortSpec::default());
        let text = explain(&cohort, &[at(&[7, 12])], "b", Lang::En)
            .unwrap()
            .to_string();
        assert!(
            text.contains("By the definition \"any dwelling\""),
            "{text}"
        );
        assert!(
            text.contains("2020-06-01 – 2020-08-31: counts as not housed"),
            "{text}"
        );
        assert!(text.contains("7 months (2020-08-31): counts as not housed"));
        assert!(text.contains("12 months (2021-01-31): counts as housed"));
        let danish = explain(&cohort, &[at(&[24])], "c", Lang::Da)
            .unwrap()
            .to_string();
        assert!(
            danish.contains("1. marts 2021 – 31. januar 2024: udgået af opgørelsen"),
            "{danish}"
        );
        assert!(explain(&cohort, &[at(&[24])], "nobody", Lang::Da).is_err());
    }
}
