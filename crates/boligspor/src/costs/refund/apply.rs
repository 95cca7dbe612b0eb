//! Costs with the refunds moved from who paid to who refunds.

use std::collections::BTreeMap;

use super::engine::{Refunded, Spell};
use super::rules::RuleSet;
use crate::calendar::{self, Day, NEVER};
use crate::cohort::Cohort;
use crate::costs::CostSource;
use crate::costs::ore;
use crate::costs::price_list::PriceList;
use crate::costs::pricing;
use crate::error::Result;
use crate::register::{Costs, Table};

/// A billionth: what rates are counted in.
const WHOLE: i128 = 1_000_000_000;

/// Days of a rule's services in a calendar year, and how many were refunded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct YearDays {
    pub(super) days: u64,
    pub(super) refunded: u64,
    pub(super) people: u64,
}

/// What the rules make of a cohort's costs.
pub(super) struct Applied {
    pub(super) costs: Costs,
    /// By rule and calendar year.
    pub(super) days: BTreeMap<(usize, i32), YearDays>,
    /// Whether who refunds had already paid a part of what is refunded.
    pub(super) refunded_before: bool,
    /// Whether anything was of a kind that a rule covers.
    pub(super) any_covered: bool,
}

/// Reads a person's spells of each kind of service from what the register has.
pub(super) struct SpellReader<'a> {
    cohort: &'a Cohort,
    set: &'a RuleSet,
    source: CostSource,
    list: Option<PriceList>,
    /// The kind of each service and of each category of the given costs.
    services: Vec<Option<&'a str>>,
    categories: Vec<Option<&'a str>>,
}

impl<'a> SpellReader<'a> {
    pub(super) fn new(cohort: &'a Cohort, set: &'a RuleSet, source: CostSource) -> Result<Self> {
        let register = cohort.register();
        let list = match register.frame(Table::Prices) {
            Some(_) => Some(PriceList::read(register)?),
            None => None,
        };
        let category = |service: &'a str| -> Option<&'a str> {
            let own = list.as_ref().and_then(|l| l.terms(service));
            set.kind_of(own.map_or(service, |t| t.category.as_str()))
        };
        Ok(Self {
            services: register.services().map_or(Vec::new(), |s| {
                s.services.iter().map(|n| category(n)).collect()
            }),
            categories: register.costs().map_or(Vec::new(), |c| {
                c.categories.iter().map(|n| set.kind_of(n)).collect()
            }),
            cohort,
            set,
            source,
            list,
        })
    }

    /// The person's spells by kind, in the order of the file's `services`.
    fn read(&self, person: usize, out: &mut BTreeMap<&'a str, Vec<Spell>>) {
        for kind in self.set.services.keys() {
            out.entry(kind).or_default().clear();
        }
        let register = self.cohort.register();
        if let Some(services) = register
            .services()
            .filter(|_| self.source != CostSource::Costs)
        {
            for row in services.offsets[person]..services.offsets[person + 1] {
                let service = usize::from(services.service[row]);
                let Some(kind) = self.services[service] else {
                    continue;
                };
                let (mut start, mut end) = (services.start[row], services.end[row]);
                let terms = self
                    .list
                    .as_ref()
                    .and_then(|l| l.terms(&services.services[service]));
                if let Some(terms) = terms.filter(|_| end != NEVER) {
                    (start, end) =
                        terms.charged(start, end, true, services.quantity[row].is_some());
                }
                let granted = services.granted[row];
                out.entry(kind).or_default().push(Spell {
                    start,
                    end,
                    granted,
                });
            }
        }
        if let Some(costs) = register
            .costs()
            .filter(|_| self.source != CostSource::Services)
        {
            for row in costs.offsets[person]..costs.offsets[person + 1] {
                if let Some(kind) = self.categories[usize::from(costs.category[row])] {
                    let (start, end) = (costs.start[row], costs.end[row]);
                    let granted = start;
                    out.entry(kind).or_default().push(Spell {
                        start,
                        end,
                        granted,
                    });
                }
            }
        }
        // A grant is of the whole spell: rows that continue one share its first.
        for spells in out.values_mut() {
            spells.sort_unstable();
            for i in 1..spells.len() {
                if spells[i].start <= spells[i - 1].end {
                    spells[i].granted = spells[i].granted.min(spells[i - 1].granted);
                }
            }
        }
    }
}

/// Moves what `set` refunds, for every member's costs.
pub(super) fn apply(
    cohort: &Cohort,
    costs: &Costs,
    set: Option<&RuleSet>,
    source: CostSource,
    payers: &[String],
) -> Result<Applied> {
    let register = cohort.register();
    let recode: Vec<u16> = costs.payers.iter().map(|p| index(payers, p)).collect();
    let people = register.people().len();
    let mut out = Costs {
        offsets: Vec::with_capacity(people + 1),
        categories: costs.categories.clone(),
        payers: payers.to_vec(),
        ..Costs::default()
    };
    out.offsets.push(0);
    let mut applied = Applied {
        costs: Costs::default(),
        days: BTreeMap::new(),
        refunded_before: false,
        any_covered: false,
    };
    let reader = set
        .map(|set| SpellReader::new(cohort, set, source).map(|r| (set, r)))
        .transpose()?;
    let kinds: Vec<Option<&str>> = costs
        .categories
        .iter()
        .map(|c| set.and_then(|s| s.kind_of(c)))
        .collect();
    let mut spells = BTreeMap::new();
    let mut refunded: BTreeMap<&str, Vec<Refunded>> = BTreeMap::new();
    let mut seen: Option<u32> = None;
    for &person in &cohort.members().person {
        if seen == Some(person) {
            continue;
        }
        seen = Some(person);
        let person = person as usize;
        if person.is_multiple_of(256) {
            cohort.interrupt().check()?;
        }
        while out.offsets.len() <= person {
            out.offsets.push(out.start.len());
        }
        if let Some((set, reader)) = &reader {
            reader.read(person, &mut spells);
            let horizon = pricing::ended(register, person);
            for kind in set.services.keys() {
                let of = |kind: &str| spells.get(kind).map_or(&[][..], Vec::as_slice);
                let days = set.refunded(kind, horizon, of);
                count(set, kind, of(kind), &days, horizon, &mut applied.days);
                refunded.insert(kind, days);
            }
        }
        for i in costs.offsets[person]..costs.offsets[person + 1] {
            let row = Row {
                category: costs.category[i],
                payer: recode[usize::from(costs.payer[i])],
                price_year: costs.price_year[i],
            };
            let piece = ore::Share {
                amount: costs.amount[i],
                start: costs.start[i],
                end: costs.end[i],
            };
            let (Some(kind), Some(set)) = (kinds[usize::from(row.category)], set) else {
                row.put(piece.start, piece.end, piece.amount, &mut out);
                continue;
            };
            applied.any_covered = true;
            let (from, to) = (index(payers, &set.payer), index(payers, &set.refunded_by));
            if row.payer != from {
                applied.refunded_before |= row.payer == to && piece.amount != 0;
                row.put(piece.start, piece.end, piece.amount, &mut out);
                continue;
            }
            let mut at = piece.start;
            for days in refunded.get(kind).into_iter().flatten() {
                let (a, b) = (days.start.max(piece.start), days.end.min(piece.end));
                if a >= b {
                    continue;
                }
                row.put(at, a, piece.of(at, a), &mut out);
                let amount = piece.of(a, b);
                let rate = (set.rules[days.rule].rate * WHOLE as f64).round() as i128;
                let back = ore::ratio(i128::from(amount), rate, WHOLE) as i64;
                row.put(a, b, amount - back, &mut out);
                Row { payer: to, ..row }.put(a, b, back, &mut out);
                at = b;
            }
            row.put(at, piece.end, piece.of(at, piece.end), &mut out);
        }
        out.offsets.push(out.start.len());
    }
    while out.offsets.len() <= people {
        out.offsets.push(out.start.len());
    }
    applied.costs = out;
    Ok(applied)
}

/// What a row is besides its days and amount.
#[derive(Clone, Copy)]
struct Row {
    category: u16,
    payer: u16,
    price_year: i32,
}

impl Row {
    fn put(self, start: Day, end: Day, amount: i64, out: &mut Costs) {
        if start < end && amount != 0 {
            out.start.push(start);
            out.end.push(end);
            out.category.push(self.category);
            out.payer.push(self.payer);
            out.amount.push(amount);
            out.price_year.push(self.price_year);
        }
    }
}

fn index(names: &[String], name: &str) -> u16 {
    names.iter().position(|n| n == name).unwrap_or(0) as u16
}

/// Counts a person's days of a kind, and those refunded, by rule and year.
fn count(
    set: &RuleSet,
    kind: &str,
    spells: &[Spell],
    refunded: &[Refunded],
    horizon: Day,
    into: &mut BTreeMap<(usize, i32), YearDays>,
) {
    let used = super::engine::joined(spells);
    for (i, rule) in set
        .rules
        .iter()
        .enumerate()
        .filter(|(_, r)| r.covers == kind)
    {
        let (from, until) = rule.in_force();
        let mut own: BTreeMap<i32, YearDays> = BTreeMap::new();
        let in_force = used
            .iter()
            .map(|s| (s.0.max(from), s.1.min(until).min(horizon)));
        by_year(in_force, |year, days| {
            own.entry(year).or_default().days += days;
        });
        let back = refunded
            .iter()
            .filter(|r| r.rule == i)
            .map(|r| (r.start, r.end));
        by_year(back, |year, days| {
            own.entry(year).or_default().refunded += days;
        });
        for (year, days) in own {
            let sum = into.entry((i, year)).or_default();
            sum.days += days.days;
            sum.refunded += days.refunded;
            sum.people += u64::from(days.refunded > 0);
        }
    }
}

fn by_year(spells: impl Iterator<Item = (Day, Day)>, mut add: impl FnMut(i32, u64)) {
    for (mut start, end) in spells {
        while start < end {
            let year = calendar::civil(start).year;
            let until = calendar::day(year + 1, 1, 1).min(end);
            add(year, (until - start) as u64);
            start = until;
        }
    }
}
