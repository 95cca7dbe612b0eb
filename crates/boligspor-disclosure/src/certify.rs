//! Proves from the published rows alone that what was withheld stays unknown.
//!
//! The function sees no unpublished value: its input is what an outsider has.
//! So its output, certificate included, is something the outsider could have
//! computed, and reveals nothing more (`docs/disclosure.md`).

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::blocks::blocks;
use crate::bounds::{Bound, bounds};
use crate::certificate::{BlockProof, Certificate, Exposed, Proof, all_targets};
use crate::repair::Goal;
use crate::rows::{Guard, Measure, PublicRows, Row, Target};
use crate::worlds::{Block, Worlds};

/// Rows of a block at most: the solver's time grows with their cube.
const ROWS: usize = 1_500;

/// What came of an attempt to prove a release safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything stays unknown that should.
    Safe(Certificate),
    /// These sums are known too closely, or no proof was found for them.
    Exposed(Vec<Exposed>),
    /// The rows contradict each other: no world agrees with them.
    Contradiction,
    /// So much hangs together in these cells that no proof is attempted.
    TooLarge(Vec<u32>),
}

/// Looks for two worlds for every sum that must stay unknown.
///
/// ```
/// use boligspor_disclosure::{Measure, PublicRows, Row, Verdict, certify, check};
///
/// // Two cells of which only the sum is shown.
/// let mut public = PublicRows {
///     cells: vec![Measure::Persons; 2],
///     rows: vec![Row::sum(&[0, 1], 20, 20)],
///     targets: vec![],
///     minimum: 5,
///     width: 5,
///     amount_width_percent: 20,
///     zeros_shown: true,
/// };
/// let Verdict::Safe(certificate) = certify(&public, "by hand 1") else { panic!() };
/// check(&public, &certificate)?;
///
/// // With one of them shown, the other is known: 3 persons.
/// public.rows.push(Row::sum(&[0], 17, 17));
/// assert!(matches!(certify(&public, "by hand 1"), Verdict::Exposed(_)));
/// assert!(check(&public, &certificate).is_err());
/// # Ok::<(), boligspor_disclosure::ClearError>(())
/// ```
pub fn certify(public: &PublicRows, policy: &str) -> Verdict {
    audit(public, policy, &mut Hints::default(), false)
}

/// Worlds of all cells, found for other rows over the same cells: where they
/// agree with these too, nothing needs to be solved.
#[derive(Default)]
pub(crate) struct Hints(Vec<Vec<i128>>);

/// Hints kept at most.
const HINTS: usize = 400;

/// [`certify`], helped by hints and leaving new ones; if `hasty`, each block is
/// left at its first exposed sum.
pub(crate) fn audit(public: &PublicRows, policy: &str, hints: &mut Hints, hasty: bool) -> Verdict {
    let Some(bounds) = bounds(public) else {
        return Verdict::Contradiction;
    };
    let known = known_sums(&public.rows);
    let targets: Vec<Target> = all_targets(public)
        .into_iter()
        .filter(|target| !settled(target, public, &bounds, &known))
        .collect();
    let (blocks, block_of) = blocks(public, &bounds, &targets);

    if let Some(block) = blocks.iter().find(|block| block.rows.len() > ROWS) {
        return Verdict::TooLarge(block.cells.clone());
    }

    // Each target's open part, block by block.
    let mut wanted: Vec<Vec<(usize, Vec<u32>)>> = vec![Vec::new(); blocks.len()];
    for (t, target) in targets.iter().enumerate() {
        let mut parts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &cell in &target.cells {
            if let Some(block) = block_of[cell as usize] {
                parts.entry(block).or_default().push(cell);
            }
        }
        for (block, cells) in parts {
            wanted[block as usize].push((t, cells));
        }
    }
    let asked = Asked {
        targets: &targets,
        public,
        bounds: &bounds,
        hints,
        hasty,
    };
    let proofs: Vec<(BlockProof, Vec<usize>)> = blocks
        .par_iter()
        .zip(wanted)
        .map(|(block, wanted)| asked.prove(block, &wanted))
        .collect();
    let most = proofs
        .iter()
        .map(|(proof, _)| proof.worlds.len())
        .max()
        .unwrap_or(0);
    let new = hints.0.len();
    for number in 0..most.min(HINTS.saturating_sub(new)) {
        let mut world: Vec<i128> = bounds.iter().map(|bound| bound.low).collect();
        for (proof, _) in proofs.iter().filter(|(proof, _)| !proof.worlds.is_empty()) {
            for &cell in &proof.cells {
                world[cell as usize] = 0;
            }
            for &(position, value) in &proof.worlds[number % proof.worlds.len()] {
                world[proof.cells[position as usize] as usize] = value;
            }
        }
        hints.0.push(world);
    }
    let mut shown = vec![false; targets.len()];
    for &t in proofs.iter().flat_map(|(_, proven)| proven) {
        shown[t] = true;
    }
    let exposed: Vec<Exposed> = targets
        .iter()
        .zip(&shown)
        .filter(|(_, shown)| !**shown)
        .map(|(target, _)| Exposed {
            cells: target.cells.clone(),
            guard: target.guard,
        })
        .collect();
    if exposed.is_empty() {
        Verdict::Safe(Certificate {
            policy: policy.to_owned(),
            blocks: proofs.into_iter().map(|(proof, _)| proof).collect(),
        })
    } else {
        Verdict::Exposed(exposed)
    }
}

/// The least that plain sums are published as, by their cells.
fn known_sums(rows: &[Row]) -> BTreeMap<Vec<u32>, i128> {
    let mut known = BTreeMap::new();
    for row in rows {
        if let Some(low) = row.low
            && row.terms.iter().all(|&(_, factor)| factor == 1)
        {
            let cells = row.terms.iter().map(|&(cell, _)| cell).collect();
            let entry = known.entry(cells).or_insert(low);
            *entry = low.max(*entry);
        }
    }
    known
}

/// Whether a target needs no worlds: it is seen to be large enough, or to be
/// an empty cell that may be shown.
fn settled(
    target: &Target,
    public: &PublicRows,
    bounds: &[Bound],
    known: &BTreeMap<Vec<u32>, i128>,
) -> bool {
    let Some(&first) = target.cells.first() else {
        return true;
    };
    if public.cells[first as usize] == Measure::Amount {
        return false;
    }
    let least: i128 = target.cells.iter().map(|&c| bounds[c as usize].low).sum();
    let least = least.max(known.get(&target.cells).copied().unwrap_or(0));
    match target.guard {
        Guard::Presence => least >= i128::from(public.width),
        Guard::Width => {
            let empty = target
                .cells
                .iter()
                .all(|&c| bounds[c as usize].high == Some(0));
            least >= i128::from(public.minimum) || (empty && public.zeros_shown)
        }
    }
}

/// The smallest and the largest seen of one target, with the worlds.
struct Seen {
    target: usize,
    positions: Vec<u32>,
    fixed: i128,
    small: (i128, usize),
    large: (i128, usize),
}

impl Seen {
    /// Takes note of a world.
    fn note(&mut self, world: &[i128], number: usize) {
        let sum: i128 = self.positions.iter().map(|&p| world[p as usize]).sum();
        if sum < self.small.0 {
            self.small = (sum, number);
        }
        if sum > self.large.0 {
            self.large = (sum, number);
        }
    }
}

/// How large or small a world is to make a target so that it is proven beside
/// what was seen of it.
fn wanted_of<'a>(seen: &'a Seen, target: &Target, public: &PublicRows, large: bool) -> Goal<'a> {
    let mut goal = Goal {
        positions: &seen.positions,
        low: None,
        high: None,
    };
    let nothing_seen = seen.large.0 < seen.small.0;
    let amount = public.cells[target.cells[0] as usize] == Measure::Amount;
    let width = i128::from(public.width);
    if amount {
        // As far as it goes: its width is a share of what is found.
        goal.low = (large && !nothing_seen).then(|| 2 * seen.large.0 + 1);
        goal.high = (!large && !nothing_seen).then_some(seen.small.0 / 2);
    } else if large {
        let small = if nothing_seen { 0 } else { seen.small.0 };
        let from = if target.guard == Guard::Presence {
            0
        } else {
            small
        };
        goal.low = Some(from + width);
    } else if !nothing_seen {
        goal.high = Some(seen.large.0 - width);
    }
    goal
}

/// What is asked of every block.
struct Asked<'a> {
    targets: &'a [Target],
    public: &'a PublicRows,
    bounds: &'a [Bound],
    hints: &'a Hints,
    hasty: bool,
}

impl Asked<'_> {
    /// Worlds of one block, and the targets they prove.
    fn prove(&self, block: &Block, wanted: &[(usize, Vec<u32>)]) -> (BlockProof, Vec<usize>) {
        let Self {
            targets,
            public,
            bounds,
            ..
        } = *self;
        let mut seen: Vec<Seen> = wanted
            .iter()
            .map(|(target, cells)| Seen {
                target: *target,
                positions: cells
                    .iter()
                    .filter_map(|cell| block.cells.binary_search(cell).ok())
                    .map(|position| position as u32)
                    .collect(),
                fixed: targets[*target]
                    .cells
                    .iter()
                    .filter_map(|&cell| bounds[cell as usize].fixed())
                    .sum(),
                small: (i128::MAX, 0),
                large: (i128::MIN, 0),
            })
            .collect();
        let enough = |seen: &Seen| {
            if seen.large.0 < seen.small.0 {
                return false;
            }
            let target = &targets[seen.target];
            let (small, large) = (seen.small.0, seen.large.0);
            let width = large - small;
            if public.cells[target.cells[0] as usize] == Measure::Amount {
                let percent = i128::from(public.amount_width_percent);
                return width > 0 && width * 100 >= percent * (seen.fixed + large);
            }
            match target.guard {
                Guard::Width => width >= i128::from(public.width),
                Guard::Presence => large >= i128::from(public.width),
            }
        };
        let mut worlds: Vec<Vec<i128>> = Vec::new();
        let mut finder = Worlds::new(block);
        for hint in &self.hints.0 {
            let world: Vec<i128> = block
                .cells
                .iter()
                .map(|&cell| hint[cell as usize])
                .collect();
            if finder.agrees(&world) {
                finder.start_from(&world);
                for seen in &mut seen {
                    seen.note(&world, worlds.len());
                }
                worlds.push(world);
            }
        }
        for again in [false, true] {
            for i in 0..seen.len() {
                for large in [true, false] {
                    if enough(&seen[i]) {
                        break;
                    }
                    let goal = wanted_of(&seen[i], &targets[seen[i].target], public, large);
                    let Some(world) = finder.reaching(goal, large, again) else {
                        continue;
                    };
                    let number = worlds.len();
                    for seen in &mut seen {
                        seen.note(&world, number);
                    }
                    worlds.push(world);
                }
                if self.hasty && again && !enough(&seen[i]) {
                    break;
                }
            }
        }
        let proven: Vec<&Seen> = seen.iter().filter(|seen| enough(seen)).collect();

        // Only the worlds that prove something, in the order they were found.
        let mut number = BTreeMap::new();
        for seen in &proven {
            number.insert(seen.small.1, 0_u32);
            number.insert(seen.large.1, 0_u32);
        }
        for (new, value) in number.values_mut().enumerate() {
            *value = new as u32;
        }
        let proof = BlockProof {
            cells: block.cells.clone(),
            worlds: number
                .keys()
                .map(|&old| {
                    (0_u32..)
                        .zip(&worlds[old])
                        .filter(|(_, value)| **value != 0)
                        .map(|(position, value)| (position, *value))
                        .collect()
                })
                .collect(),
            proofs: proven
                .iter()
                .map(|seen| Proof {
                    cells: seen
                        .positions
                        .iter()
                        .map(|&p| block.cells[p as usize])
                        .collect(),
                    small: number[&seen.small.1],
                    large: number[&seen.large.1],
                })
                .collect(),
        };
        (proof, proven.iter().map(|seen| seen.target).collect())
    }
}
