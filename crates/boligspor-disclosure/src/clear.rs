//! From a bundle to what may leave.
//!
//! Withhold what may not be shown, look for what is exposed all the same,
//! withhold the cheapest numbers that would make it unknown, and look again,
//! until [`crate::certify`] proves the release from its published rows and the
//! independent [`crate::check`] agrees. Last, try to show again what was
//! withheld in vain. Tables that share no cell are cleared apart, in parallel.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::blocks::find;
use crate::bundle::{Bundle, Form};
use crate::certificate::{Certificate, Exposed};
use crate::certify::{Hints, Verdict, audit, certify};
use crate::check::check;
use crate::error::{ClearError, Result};
use crate::policy::Policy;
use crate::primary::{Why, sensitive as sensitive_number, sensitive_amount};
use crate::rows::{Measure, PublicRows};
use crate::shown::{Shown, public_rows, show};
use crate::suppress::Moves;

/// Rounds of withholding more, per part of the bundle, before refusing.
const ROUNDS: usize = 200;
/// Numbers tried to be shown again, per part of the bundle.
const RETRIES: usize = 60;

/// One number of a release: shown, or withheld without saying why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasedNumber {
    /// Its table.
    pub table: String,
    /// Its place in the table.
    pub label: String,
    /// Its value; nothing if it is withheld.
    pub value: Option<Shown>,
}

/// What may leave: the numbers, the rows they amount to, and the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
    numbers: Vec<ReleasedNumber>,
    rows: PublicRows,
    certificate: Certificate,
    loss: BTreeMap<Why, usize>,
}

impl Cleared {
    /// The numbers in the order of the bundle.
    pub fn numbers(&self) -> &[ReleasedNumber] {
        &self.numbers
    }

    /// The value shown at a place, if it is shown.
    pub fn shown(&self, table: &str, label: &str) -> Option<Shown> {
        self.numbers
            .iter()
            .find(|number| number.table == table && number.label == label)
            .and_then(|number| number.value)
    }

    /// What an outsider knows after this release.
    pub fn rows(&self) -> &PublicRows {
        &self.rows
    }

    /// The proof, which [`check`] verifies against [`Cleared::rows`].
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// How many numbers are withheld.
    pub fn withheld(&self) -> usize {
        self.numbers.iter().filter(|n| n.value.is_none()).count()
    }

    /// How many numbers are withheld, by table, for tables with any.
    pub fn withheld_by_table(&self) -> BTreeMap<&str, usize> {
        let mut by_table = BTreeMap::new();
        for number in self.numbers.iter().filter(|n| n.value.is_none()) {
            *by_table.entry(number.table.as_str()).or_insert(0) += 1;
        }
        by_table
    }

    /// How many were withheld for which reason: for eyes inside the secure
    /// environment only, since reasons tell of sizes.
    pub fn internal_reasons(&self) -> &BTreeMap<Why, usize> {
        &self.loss
    }
}

/// Clears a bundle under a policy.
///
/// Deterministic: the same bundle and policy give the same release and
/// certificate at any number of threads.
///
/// # Errors
///
/// [`ClearError::Policy`] for a policy that contradicts itself;
/// [`ClearError::Refused`] naming tables where no proof was found within the
/// limits, or where earlier releases leave no way out.
///
/// See [`Bundle`] for an example.
pub fn clear(bundle: &Bundle, policy: &Policy) -> Result<Cleared> {
    policy.validate()?;
    let parts = parts(bundle);
    let decided: Vec<Decided> = parts
        .par_iter()
        .map(|part| decide(part, policy))
        .collect::<Result<_>>()?;

    let mut why: Vec<Option<Why>> = vec![None; bundle.numbers.len()];
    let mut amounts = Vec::new();
    for (part, decided) in parts.iter().zip(decided) {
        for (&number, reason) in part.numbers.iter().zip(decided.why) {
            why[number as usize] = reason;
        }
        amounts.extend(
            decided
                .amounts
                .iter()
                .map(|&cell| part.cells[cell as usize]),
        );
    }

    // Whole again, and proven as a whole: nothing rests on the parting. The list
    // of amounts proven is all that can be proven, not those that have to be,
    // which would tell of sizes.
    let published: Vec<bool> = why.iter().map(Option::is_none).collect();
    let name = format!("{} {}", policy.name, policy.version);
    let sensitive: BTreeSet<u32> = amounts.into_iter().collect();
    let mut amounts: Vec<u32> = (0..bundle.measures.len() as u32)
        .filter(|&cell| bundle.measures[cell as usize] == Measure::Amount)
        .collect();
    let mut rows = public_rows(bundle, policy, &published, &amounts);
    let mut verdict = certify(&rows, &name);
    if let Verdict::Exposed(exposed) = &verdict {
        let known: BTreeSet<u32> = exposed
            .iter()
            .filter(|sum| sum.cells.len() == 1)
            .map(|sum| sum.cells[0])
            .filter(|cell| !sensitive.contains(cell))
            .collect();
        let before = amounts.len();
        amounts.retain(|cell| !known.contains(cell));
        if amounts.len() < before {
            rows = public_rows(bundle, policy, &published, &amounts);
            verdict = certify(&rows, &name);
        }
    }
    let certificate = match verdict {
        Verdict::Safe(certificate) => certificate,
        Verdict::Exposed(exposed) => {
            let moves = Moves::new(bundle, policy);
            return Err(refusal(bundle, &moves, &exposed, &published));
        }
        Verdict::Contradiction => return Err(contradiction(bundle)),
        Verdict::TooLarge(cells) => return Err(too_large(bundle, &cells)),
    };
    check(&rows, &certificate)?;

    let mut loss = BTreeMap::new();
    for reason in why.iter().flatten() {
        *loss.entry(*reason).or_insert(0) += 1;
    }
    let numbers = bundle
        .numbers
        .iter()
        .zip(&published)
        .map(|(number, &published)| ReleasedNumber {
            table: bundle.tables[number.table as usize].clone(),
            label: number.label.clone(),
            value: published.then(|| show(bundle, &number.form, policy).0),
        })
        .collect();
    Ok(Cleared {
        numbers,
        rows,
        certificate,
        loss,
    })
}

/// A part of the bundle that shares no cell with the rest.
struct Part {
    bundle: Bundle,
    numbers: Vec<u32>,
    cells: Vec<u32>,
}

fn parts(bundle: &Bundle) -> Vec<Part> {
    let mut root: Vec<u32> = (0..bundle.measures.len() as u32).collect();
    let mut join = |cells: &mut dyn Iterator<Item = u32>| {
        let mut first = None;
        for cell in cells {
            let here = find(&mut root, cell);
            let other = find(&mut root, *first.get_or_insert(here));
            root[here.max(other) as usize] = here.min(other);
        }
    };
    for number in &bundle.numbers {
        match &number.form {
            Form::Count { cells, of } => join(&mut cells.iter().chain(of).copied()),
            form => join(&mut form.cells()),
        }
    }
    for earlier in &bundle.earlier {
        join(&mut earlier.row.terms.iter().map(|&(cell, _)| cell));
    }

    let mut index: BTreeMap<u32, usize> = BTreeMap::new();
    let mut position = vec![0_u32; bundle.measures.len()];
    let mut parts: Vec<Part> = Vec::new();
    for cell in 0..bundle.measures.len() as u32 {
        let leader = find(&mut root, cell);
        let part = *index.entry(leader).or_insert_with(|| {
            parts.push(Part {
                bundle: Bundle {
                    tables: bundle.tables.clone(),
                    ..Bundle::default()
                },
                numbers: Vec::new(),
                cells: Vec::new(),
            });
            parts.len() - 1
        });
        let part = &mut parts[part];
        position[cell as usize] = part.cells.len() as u32;
        part.cells.push(cell);
        part.bundle.measures.push(bundle.measures[cell as usize]);
        part.bundle.values.push(bundle.values[cell as usize]);
        part.bundle
            .supports
            .push(bundle.supports[cell as usize].clone());
    }
    let local = |cells: &[u32]| cells.iter().map(|&c| position[c as usize]).collect();
    for (n, number) in bundle.numbers.iter().enumerate() {
        let Some(first) = number.form.cells().next() else {
            continue;
        };
        let part = &mut parts[index[&find(&mut root, first)]];
        let mut number = number.clone();
        number.form = match &number.form {
            Form::Count { cells, of } => Form::Count {
                cells: local(cells),
                of: local(of),
            },
            Form::Sum { cells } => Form::Sum {
                cells: local(cells),
            },
            Form::Mean { amounts, persons } => Form::Mean {
                amounts: local(amounts),
                persons: local(persons),
            },
            Form::Percentage { part, whole } => Form::Percentage {
                part: local(part),
                whole: local(whole),
            },
        };
        part.numbers.push(n as u32);
        part.bundle.numbers.push(number);
    }
    for earlier in &bundle.earlier {
        let Some(&(first, _)) = earlier.row.terms.first() else {
            continue;
        };
        let mut earlier = earlier.clone();
        for (cell, _) in &mut earlier.row.terms {
            *cell = position[*cell as usize];
        }
        parts[index[&find(&mut root, first)]]
            .bundle
            .earlier
            .push(earlier);
    }
    parts
}

/// What was decided for a part: why each number is withheld, if it is, and the
/// amounts that must stay unknown.
struct Decided {
    why: Vec<Option<Why>>,
    amounts: Vec<u32>,
}

fn decide(part: &Part, policy: &Policy) -> Result<Decided> {
    let bundle = &part.bundle;
    let mut why: Vec<Option<Why>> = bundle
        .numbers
        .iter()
        .map(|number| sensitive_number(number, bundle, policy))
        .collect();
    let amounts: Vec<u32> = (0..bundle.measures.len() as u32)
        .filter(|&cell| {
            bundle.measures[cell as usize] == Measure::Amount
                && bundle.values[cell as usize] > 0
                && sensitive_amount(&bundle.supports[cell as usize], policy).is_some()
        })
        .collect();
    let moves = Moves::new(bundle, policy);
    let mut hints = Hints::default();
    let mut verdict = |why: &[Option<Why>], hasty: bool| {
        let published: Vec<bool> = why.iter().map(Option::is_none).collect();
        let rows = public_rows(bundle, policy, &published, &amounts);
        audit(&rows, "", &mut hints, hasty)
    };
    let mut round = 0;
    loop {
        let mut found = verdict(&why, false);
        if let Verdict::Safe(_) = found {
            // The release is proven without what was seen on the way, which
            // rests on numbers withheld since: so must it be here.
            let published: Vec<bool> = why.iter().map(Option::is_none).collect();
            let rows = public_rows(bundle, policy, &published, &amounts);
            found = audit(&rows, "", &mut Hints::default(), false);
        }
        let exposed = match found {
            Verdict::Safe(_) => break,
            Verdict::Contradiction => return Err(contradiction(bundle)),
            Verdict::TooLarge(cells) => return Err(too_large(bundle, &cells)),
            Verdict::Exposed(exposed) => exposed,
        };
        let mut published: Vec<bool> = why.iter().map(Option::is_none).collect();
        let before = published.iter().filter(|p| **p).count();
        let mut touched: BTreeSet<u32> = BTreeSet::new();
        for sum in &exposed {
            // What another withholding has reached is looked at again first.
            if sum.cells.iter().any(|cell| touched.contains(cell)) {
                continue;
            }
            for number in moves.cheapest(sum, &published) {
                published[number as usize] = false;
                touched.extend(bundle.numbers[number as usize].form.cells());
            }
        }
        if published.iter().filter(|p| **p).count() == before {
            // Moves exist, but no whole ones were found: take a number more.
            let Some(number) = exposed
                .iter()
                .find_map(|sum| moves.nearest(sum, &published))
            else {
                return Err(refusal(bundle, &moves, &exposed, &published));
            };
            published[number as usize] = false;
        }
        for (reason, published) in why.iter_mut().zip(published) {
            if !published && reason.is_none() {
                *reason = Some(Why::GivesAway);
            }
        }
        round += 1;
        if round == ROUNDS {
            let published: Vec<bool> = why.iter().map(Option::is_none).collect();
            return Err(refusal(bundle, &moves, &exposed, &published));
        }
    }
    // Dearest first: some withholdings were overtaken by later ones.
    let mut again: Vec<u32> = (0..why.len() as u32)
        .filter(|&n| why[n as usize] == Some(Why::GivesAway))
        .collect();
    again.sort_by(|&a, &b| moves.cost(b).total_cmp(&moves.cost(a)).then(a.cmp(&b)));
    for number in again.into_iter().take(RETRIES) {
        why[number as usize] = None;
        let published: Vec<bool> = why.iter().map(Option::is_none).collect();
        let rows = public_rows(bundle, policy, &published, &amounts);
        let safe = matches!(verdict(&why, true), Verdict::Safe(_))
            && matches!(
                audit(&rows, "", &mut Hints::default(), true),
                Verdict::Safe(_)
            );
        if !safe {
            why[number as usize] = Some(Why::GivesAway);
        }
    }
    Ok(Decided { why, amounts })
}

/// Names the tables that should be made coarser.
fn refusal(
    bundle: &Bundle,
    moves: &Moves<'_>,
    exposed: &[Exposed],
    published: &[bool],
) -> ClearError {
    let mut tables: BTreeSet<u32> = BTreeSet::new();
    for sum in exposed {
        tables.extend(moves.tables(sum));
    }
    let mut named: Vec<(usize, String)> = tables
        .into_iter()
        .map(|table| {
            let withheld = bundle
                .numbers
                .iter()
                .zip(published)
                .filter(|(number, published)| number.table == table && !**published)
                .count();
            (withheld, bundle.tables[table as usize].clone())
        })
        .collect();
    named.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut tables: Vec<String> = named.into_iter().map(|(_, name)| name).collect();
    if tables.is_empty() {
        tables.extend(bundle.earlier.iter().map(|earlier| earlier.name.clone()));
    }
    ClearError::Refused {
        reason: "no way of withholding numbers was found that protects every small group"
            .to_owned(),
        tables,
    }
}

/// Names the tables with most numbers in what hangs together.
fn too_large(bundle: &Bundle, cells: &[u32]) -> ClearError {
    let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
    for number in &bundle.numbers {
        if number
            .form
            .cells()
            .any(|cell| cells.binary_search(&cell).is_ok())
        {
            *numbers.entry(number.table).or_insert(0) += 1;
        }
    }
    let mut tables: Vec<(usize, u32)> = numbers.into_iter().map(|(t, n)| (n, t)).collect();
    tables.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    ClearError::Refused {
        reason: "too many numbers hang together for a proof".to_owned(),
        tables: tables
            .into_iter()
            .take(5)
            .map(|(_, table)| bundle.tables[table as usize].clone())
            .collect(),
    }
}

fn contradiction(bundle: &Bundle) -> ClearError {
    ClearError::Refused {
        reason: "the published numbers contradict each other".to_owned(),
        tables: bundle.tables.clone(),
    }
}
