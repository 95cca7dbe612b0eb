//! Curves that may leave: tables of steps, and what is computed from them.
//!
//! A curve of people is published as a table of how many left, in which way, in
//! stretches of time that hold enough of them each ([`StepCurve`]). Shares,
//! intervals, numbers at risk, median and restricted mean are computed from those
//! counts and from nothing else, so that they tell nothing more. The stretch that
//! a person left in is an attribute like any other, so that what a curve tells
//! together with the shares beside it is seen when both are cleared.

use boligspor_estimate::{
    ConfType, CumulativeIncidence, IncidenceVariance, Interval, SurvivalOptions, aalen_johansen,
    kaplan_meier,
};

use super::draft::{Draft, Value};
use super::table::{Kind, Words, words};
use crate::LEVEL;
use crate::disclosure::{ClearError, Exit, Policy, Rounding, StepCurve};
use crate::error::{Error, Result};
use crate::lang::Lang;

/// Months between the points at which numbers at risk are told beside the steps.
const EVERY: usize = 6;

/// A code with its words.
pub type Named = (String, Words);

/// A curve as a section asks for it: how each person's follow-up ended.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The name of its table.
    pub name: String,
    /// The section of the report.
    pub section: Words,
    /// What it shows.
    pub title: Words,
    /// Definitions and cautions.
    pub notes: Vec<Words>,
    /// What those are in whom nothing has happened.
    pub still: Named,
    /// What can happen, in the order of the kinds of exits, from 1 on; the
    /// curve's own event first.
    pub ends: Vec<Named>,
    /// What both the first end and another are together.
    pub any: Named,
    /// One for each member of the cohort, in months, an end in the month that it
    /// completes; nothing for those who are not in the curve.
    pub exits: Vec<Option<Exit>>,
    /// How many months the curve reaches.
    pub until: i32,
}

/// A curve in steps, with its tables.
#[derive(Clone, Debug)]
pub(super) struct Stepped {
    pub(super) curve: StepCurve,
    /// The step of each member.
    pub(super) steps: Vec<Option<String>>,
    pub(super) tables: [Draft; 2],
    /// What each published step is called among the figures.
    pub(super) labels: Vec<String>,
}

impl Followed {
    /// The curve in steps; `None` where too few left, or nobody did.
    pub(super) fn stepped(&self, policy: &Policy) -> Result<Option<Stepped>> {
        self.clone().into_steps(policy)
    }

    fn into_steps(mut self, policy: &Policy) -> Result<Option<Stepped>> {
        for exit in self.exits.iter_mut().flatten() {
            if exit.time > self.until {
                *exit = Exit {
                    time: self.until,
                    kind: 0,
                };
            }
        }
        let together = self.put_together(least(policy));
        let exits: Vec<Exit> = self.exits.iter().copied().flatten().collect();
        let curve = match StepCurve::new(&exits, policy) {
            Ok(curve) => curve,
            Err(ClearError::Refused { .. }) => return Ok(None),
            Err(other) => return Err(other.into()),
        };
        let steps = self.exits.iter();
        let steps = steps
            .map(|exit| exit.map(|exit| curve.category(exit)))
            .collect();
        let labels = curve.steps().iter().map(|step| {
            let what = match step.kind {
                0 => "followed no longer",
                kind => self.ends[kind - 1].0.as_str(),
            };
            format!("{what}, by month {}", step.time)
        });
        Ok(Some(Stepped {
            steps,
            labels: labels.collect(),
            tables: self.tables(&curve, policy, together)?,
            curve,
        }))
    }

    /// Puts ends together that befell too few: the rare ones as another end, and
    /// if these are too few still, they and the curve's own event as one. Returns
    /// what to say of it.
    fn put_together(&mut self, least: usize) -> Option<Words> {
        let mut n = vec![0_usize; self.ends.len() + 1];
        for exit in self.exits.iter().flatten() {
            n[exit.kind] += 1;
        }
        let few = |n: usize| n > 0 && n < least;
        let rare: Vec<usize> = (2..n.len()).filter(|&kind| few(n[kind])).collect();
        let befell: usize = rare.iter().map(|&kind| n[kind]).sum();
        let one = few(befell) || few(n[1]);
        let other = ("other".to_owned(), words("anden afslutning", "another end"));
        // What each kind becomes, and how the new ones are called.
        let mut ends: Vec<Named> = vec![if one {
            self.any.clone()
        } else {
            self.ends[0].clone()
        }];
        let mut becomes = vec![0, 1];
        let mut rest = None;
        for (kind, &n) in n.iter().enumerate().skip(2) {
            becomes.push(if one {
                1
            } else if n == 0 {
                0
            } else if rare.contains(&kind) {
                *rest.get_or_insert_with(|| {
                    ends.push(other.clone());
                    ends.len()
                })
            } else {
                ends.push(self.ends[kind - 1].clone());
                ends.len()
            });
        }
        self.ends = ends;
        for exit in self.exits.iter_mut().flatten() {
            exit.kind = becomes[exit.kind];
        }
        match (one, rest) {
            (true, _) => Some(words(
                "Afslutninger, som få har, er lagt sammen med den første: kurven skelner ikke.",
                "Ends that befell few are put together with the first: the curve does not tell them \
                 apart.",
            )),
            (false, Some(_)) => Some(words(
                "Afslutninger, som få har, er lagt sammen som »anden afslutning«.",
                "Ends that befell few are put together as “another end”.",
            )),
            (false, None) => None,
        }
    }

    fn tables(
        &self,
        curve: &StepCurve,
        policy: &Policy,
        together: Option<Words>,
    ) -> Result<[Draft; 2]> {
        let columns: Vec<(f64, u32, f64)> = (curve.steps().iter())
            .map(|step| (f64::from(step.time), step.kind as u32, step.persons as f64))
            .collect();
        let time: Vec<f64> = columns.iter().map(|c| c.0).collect();
        let cause: Vec<u32> = columns.iter().map(|c| c.1).collect();
        let weights: Vec<f64> = columns.iter().map(|c| c.2).collect();
        let options = SurvivalOptions {
            weights: Some(&weights),
            robust: Some(false),
            conf_type: ConfType::LogLog,
            conf_level: LEVEL,
            causes: self.ends.len(),
            ..SurvivalOptions::default()
        };
        let shares = aalen_johansen(&time, &cause, &options, IncidenceVariance::Delta)?;
        let mut draft = Draft::new(self.name.clone(), self.section.clone(), self.title.clone())
            .column("outcome", words("Udfald", "Outcome"), Kind::Key)
            .column("months", words("Måneder", "Months"), Kind::Step)
            .column("n_risk", words("Følges", "At risk"), Kind::Count)
            .column(
                "n_event",
                words("Antal i trinnet", "Number in the step"),
                Kind::Count,
            )
            .column(
                "estimate_percent",
                words("Andel, %", "Share, %"),
                Kind::Percent(1),
            )
            .column(
                "low",
                words("95 %-interval, fra", "95% interval, from"),
                Kind::Percent(1),
            )
            .column("high", words("til", "to"), Kind::Percent(1));
        for note in self
            .notes
            .iter()
            .cloned()
            .chain([in_steps(policy)])
            .chain(together)
        {
            draft = draft.note(note);
        }
        self.rows(&mut draft, curve, &shares);

        let event: Vec<bool> = cause.iter().map(|&c| c != 0).collect();
        let still = kaplan_meier(&time, &event, &options)?;
        let half = still.quantile(&[0.5])?;
        let mean = still.restricted_mean(f64::from(self.until))?;
        let title = [0, 1].map(|lang| {
            let of = ["i måneder", "in months"][lang];
            format!("{}, {of}", self.title[lang])
        });
        let mut times = Draft::new(format!("{}_times", self.name), self.section.clone(), title)
            .column("measure", words("Mål", "Measure"), Kind::Key)
            .column("months", words("Måneder", "Months"), Kind::Number(1))
            .column("low", words("95 %-interval, fra", "95% interval, from"), Kind::Number(1))
            .column("high", words("til", "to"), Kind::Number(1))
            .note(words(
                "Af kurvens offentliggjorte trin alene. Medianens interval er Brookmeyer og Crowleys; \
                 den er tom, hvor under halvdelen er væk ved kurvens slutning. Middeltiden er arealet \
                 under kurven.",
                "From the curve's published steps alone. The median's interval is Brookmeyer and \
                 Crowley's; it is empty where under half have left by the end of the curve. The mean \
                 time is the area under the curve.",
            ));
        let until = self.until;
        let of_first = words(
            format!("middeltid af de første {until} måneder"),
            format!("mean time of the first {until} months"),
        );
        let median = words("median", "median");
        for (code, name, value, interval) in [
            ("median", median, half[0].time, half[0].interval),
            ("restricted_mean", of_first, mean.estimate, mean.interval),
        ] {
            times.row(
                vec![(code.to_owned(), name)],
                [value, interval.low, interval.high].map(told).to_vec(),
            );
        }
        Ok([draft, times])
    }

    /// Those in whom nothing has happened at every step and half-year, and each
    /// end at its own steps.
    fn rows(&self, draft: &mut Draft, curve: &StepCurve, shares: &CumulativeIncidence) {
        let at = |column: &[f64], time: i32, before: f64| {
            let row = shares.row_at(f64::from(time));
            row.map_or(before, |row| column[row])
        };
        let mut months: Vec<i32> = (0..self.until).step_by(EVERY).chain([self.until]).collect();
        let ended = |kind: Option<usize>, time: i32| -> u64 {
            let steps = curve
                .steps()
                .iter()
                .filter(|s| s.kind != 0 && s.time == time);
            let own = steps.filter(|s| kind.is_none_or(|kind| s.kind == kind));
            own.map(|s| s.persons).sum()
        };
        let ends = curve.steps().iter().filter(|step| step.kind != 0);
        months.extend(ends.map(|step| step.time));
        months.sort_unstable();
        months.dedup();
        let mut row = |name: &Named, time: i32, n: u64, share: f64, interval: Interval| {
            draft.row(
                vec![name.clone()],
                vec![
                    Value::Step(i64::from(time)),
                    Value::Public(curve.at_risk(time) as f64),
                    Value::Public(n as f64),
                    told(100.0 * share),
                    told(100.0 * interval.low),
                    told(100.0 * interval.high),
                ],
            );
        };
        for &time in &months {
            let free = &shares.event_free;
            let interval = Interval {
                low: at(&free.low, time, f64::NAN),
                high: at(&free.high, time, f64::NAN),
            };
            let share = at(&free.estimate, time, 1.0);
            row(&self.still, time, ended(None, time), share, interval);
        }
        for (kind, (name, of)) in (1..).zip(self.ends.iter().zip(&shares.causes)) {
            for step in curve.steps().iter().filter(|step| step.kind == kind) {
                let interval = Interval {
                    low: at(&of.low, step.time, f64::NAN),
                    high: at(&of.high, step.time, f64::NAN),
                };
                let share = at(&of.estimate, step.time, 0.0);
                row(name, step.time, step.persons, share, interval);
            }
        }
    }
}

/// The fewest people that a step rests on.
pub(super) fn least(policy: &Policy) -> usize {
    policy.curve_step.max(policy.minimum_persons) as usize
}

/// A number, or nothing where there is none to be had.
fn told(value: f64) -> Value {
    if value.is_finite() {
        Value::Public(value)
    } else {
        Value::Empty
    }
}

/// How a curve of a release is made.
fn in_steps(policy: &Policy) -> Words {
    let least = least(policy);
    let [mut danish, mut english] = match policy.curve_rounding {
        Rounding::None => words(
            format!(
                "Kurven er i trin, der hver hviler på mindst {least} personer, og falder, hvor et \
                 trin er fuldt: før det ligger den lidt for højt."
            ),
            format!(
                "The curve is in steps that rest on at least {least} people each, and falls where a \
                 step is full: before that it lies a little too high."
            ),
        ),
        Rounding::Nearest(base) => words(
            format!(
                "Kurven er i trin, der hver hviler på mindst {least} personer, og falder, hvor et \
                 trin er fuldt: før det ligger den lidt for højt. De kumulerede antal er afrundet til \
                 nærmeste {base}, da de sammen med andelene ellers kunne vise få personer."
            ),
            format!(
                "The curve is in steps that rest on at least {least} people each, and falls where a \
                 step is full: before that it lies a little too high. The cumulative counts are \
                 rounded to the nearest {base}: together with the shares they could show few people \
                 otherwise."
            ),
        ),
        _ => words(
            "Kurven er i trin: de kumulerede antal er afrundet, som reglerne siger.",
            "The curve is in steps: the cumulative counts are rounded as the rules say.",
        ),
    };
    danish += " Andele (Aalen–Johansen), 95 %-intervaller (log-minus-log, varians af Greenwoods \
               slags) og antal, der følges, er regnet af trinnenes antal alene.";
    english += " Shares (Aalen–Johansen), 95% intervals (log-minus-log, a variance of Greenwood's \
                kind) and numbers at risk are computed from the steps' counts alone.";
    [danish, english]
}

/// What stands in place of a curve that is left out.
pub(super) fn left_out(title: &Words) -> Words {
    [Lang::Da, Lang::En].map(|lang| {
        let title = lang.pick(&title[0], &title[1]);
        match lang {
            Lang::Da => format!(
                "Kurven »{title}« frigives ikke: dens trin ville vise få personer, eller andre tal \
                 måtte holdes tilbage for den."
            ),
            Lang::En => format!(
                "The curve “{title}” is not released: its steps would show few people, or other \
                 numbers would have to be withheld for it."
            ),
        }
    })
}

/// Why a curve that was asked for by itself is not released.
pub(super) fn refused(name: &str) -> Error {
    Error::Disclosure(ClearError::Refused {
        reason: "the steps of a curve would show few people".to_owned(),
        tables: vec![name.to_owned()],
    })
}

#[cfg(test)]
mod tests;
