//! Why one person counts as they do, in words. For use inside the secure
//! environment only: it shows a person's days.

use std::fmt;

use super::candidates;
use super::{Cohort, Step};
use crate::calendar::{self, NEVER};
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::register::NO_DWELLING;
use crate::state::State;

/// One person's timeline and the decision on each of their rows.
///
/// It repeats no identifier, not even the one asked for: dwellings are
/// lettered in the order they were taken.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Headed paragraphs, in order.
    pub sections: Vec<(String, Vec<String>)>,
}

impl Cohort {
    /// Explains one person, by identifier.
    ///
    /// # Errors
    /// [`Error::Option`] where the register holds no such person; the
    /// identifier is not repeated.
    pub fn explain(&self, person: &str, lang: Lang) -> Result<Explanation> {
        let index = self.register.person_index(person).ok_or_else(|| {
            Error::option(
                "person",
                "is not in `persons`",
                "check the identifier and its type",
            )
        })?;
        Ok(Explanation {
            sections: vec![
                (
                    lang.pick("Hvor personen har boet", "Where the person lived")
                        .to_owned(),
                    self.explain_days(index, lang),
                ),
                (
                    lang.pick("Afgørelser", "Decisions").to_owned(),
                    self.explain_decisions(index, lang),
                ),
            ],
        })
    }

    fn explain_days(&self, person: u32, lang: Lang) -> Vec<String> {
        let mut letters: Vec<u32> = Vec::new();
        let track = self.timeline.track(person);
        let (Some(first), Some(last)) = (track.known().next(), track.known().next_back()) else {
            return vec![lang.pick("Ingen kendte dage.", "No known days.").to_owned()];
        };
        track
            .window(first.start, last.end)
            .map(|s| {
                let mut line = format!(
                    "{} – {}: {} ({} {})",
                    calendar::format(s.start),
                    calendar::format(s.end - 1),
                    s.state.label(lang),
                    s.end - s.start,
                    lang.pick("dage", "days"),
                );
                if s.dwelling != NO_DWELLING {
                    let n = letters
                        .iter()
                        .position(|&d| d == s.dwelling)
                        .unwrap_or_else(|| {
                            letters.push(s.dwelling);
                            letters.len() - 1
                        });
                    let name = letter(n);
                    line += &if s.state == State::Dwelling {
                        format!(", {} {name}", lang.pick("bolig", "dwelling"))
                    } else {
                        format!(
                            ", {} {name} {}",
                            lang.pick("bolig", "dwelling"),
                            lang.pick("beholdt", "kept")
                        )
                    };
                }
                line
            })
            .collect()
    }

    fn explain_decisions(&self, person: u32, lang: Lang) -> Vec<String> {
        let placements = self.register.placements();
        let zeros = candidates::time_zeros(&self.register, self.spec.time_zero);
        let range = placements.person.partition_point(|&p| p < person)
            ..placements.person.partition_point(|&p| p <= person);
        if range.is_empty() {
            return vec![
                lang.pick("Ingen rækker i placements.", "No rows in placements.")
                    .to_owned(),
            ];
        }
        range
            .enumerate()
            .map(|(n, row)| {
                let when = if zeros[row] == NEVER {
                    lang.pick("uden tidspunkt nul", "without a time zero")
                        .to_owned()
                } else {
                    format!(
                        "{} {}",
                        lang.pick("tidspunkt nul", "time zero"),
                        calendar::format(zeros[row])
                    )
                };
                let passed = usize::from(self.left_at[row]);
                let decision = match self.attrition.steps.get(passed) {
                    None => {
                        let member = self
                            .members
                            .placement
                            .iter()
                            .position(|&p| p as usize == row);
                        let until = member.map_or(NEVER, |m| self.members.until[m]);
                        format!(
                            "{} {}",
                            lang.pick(
                                "med i kohorten, fulgt til og med",
                                "in the cohort, followed to"
                            ),
                            calendar::format(until - 1)
                        )
                    }
                    Some(step) => format!(
                        "{} \"{}\"{}",
                        lang.pick("udeladt ved trinnet", "left out at the step"),
                        step.step.label(lang),
                        reason(&step.step, lang),
                    ),
                };
                format!(
                    "{} {}, {when}: {decision}.",
                    lang.pick("Række", "Row"),
                    n + 1
                )
            })
            .collect()
    }
}

/// What a step asks, where its name does not say it all.
fn reason(step: &Step, lang: Lang) -> &'static str {
    match step {
        Step::HasTimeZero => lang.pick(": datoen mangler", ": the date is missing"),
        Step::First => lang.pick(
            ": personen har en tidligere række",
            ": the person has an earlier row",
        ),
        Step::Condition(_) => lang.pick(
            ": betingelsen er ikke opfyldt, eller en værdi mangler",
            ": the condition is not met, or a value is missing",
        ),
        _ => "",
    }
}

/// A, B, …, Z, AA, AB, …
fn letter(mut n: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(b'A' + (n % 26) as u8);
        if n < 26 {
            break;
        }
        n = n / 26 - 1;
    }
    out.reverse();
    String::from_utf8(out).expect("letters are ASCII")
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (heading, lines)) in self.sections.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            writeln!(f, "{heading}")?;
            for line in lines {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::letter;

    #[test]
    fn dwellings_are_lettered_without_end() {
        assert_eq!(
            [0, 25, 26, 27, 701, 702].map(letter),
            ["A", "Z", "AA", "AB", "ZZ", "AAA"]
        );
    }
}
