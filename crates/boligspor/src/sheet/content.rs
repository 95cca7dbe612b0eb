//! What a sheet says, from the tables of the analyses.

use polars::prelude::{AnyValue, DataFrame};

use super::{Block, Source, row_of};
use crate::chart;
use crate::cohort::ALL;
use crate::lang::Lang;

/// Everything about one municipality.
pub(super) struct Content<'a> {
    pub(super) source: &'a Source,
    /// Its label in the tables.
    pub(super) own: &'a str,
    pub(super) eco: Option<&'a DataFrame>,
}

/// A cell as a number, NaN where there is none.
fn number(frame: &DataFrame, column: &str, row: usize) -> f64 {
    let cell = frame
        .column(column)
        .and_then(|c| c.get(row).map(AnyValue::into_static));
    cell.ok().and_then(|v| v.extract()).unwrap_or(f64::NAN)
}

fn text(frame: &DataFrame, column: &str, row: usize) -> String {
    let cell = frame
        .column(column)
        .and_then(|c| c.get(row).map(AnyValue::into_static));
    match cell {
        Ok(AnyValue::StringOwned(text)) => text.to_string(),
        _ => String::new(),
    }
}

/// The rows of a municipality.
fn rows_of(frame: &DataFrame, label: &str) -> Vec<usize> {
    let Ok(column) = frame.column("municipality") else {
        return Vec::new();
    };
    let Ok(names) = column.str() else {
        return Vec::new();
    };
    names
        .iter()
        .enumerate()
        .filter(|(_, v)| *v == Some(label))
        .map(|(i, _)| i)
        .collect()
}

impl Content<'_> {
    fn pick(&self, danish: &str, english: &str) -> String {
        self.source.lang.pick(danish, english).to_owned()
    }

    fn numbers(&self) -> chart::Lang {
        match self.source.lang {
            Lang::Da => chart::Lang::Da,
            Lang::En => chart::Lang::En,
        }
    }

    fn number(&self, value: f64, decimals: usize) -> String {
        if value.is_finite() {
            self.numbers().number(value, decimals)
        } else {
            "–".into()
        }
    }

    fn percent(&self, value: f64) -> String {
        if value.is_finite() {
            self.numbers().percent(value, 0)
        } else {
            "–".into()
        }
    }

    fn with_interval(&self, value: f64, low: f64, high: f64, decimals: usize) -> String {
        if low.is_finite() && high.is_finite() {
            let interval = self.numbers().interval(low, high, decimals);
            format!("{} ({interval})", self.number(value, decimals))
        } else {
            self.number(value, decimals)
        }
    }

    fn share_with_interval(&self, value: f64, low: f64, high: f64) -> String {
        if low.is_finite() && high.is_finite() {
            let interval = self.numbers().interval(100.0 * low, 100.0 * high, 0);
            format!("{} ({interval})", self.percent(value))
        } else {
            self.percent(value)
        }
    }

    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut out = Vec::new();
        self.counts(&mut out);
        self.retention(&mut out);
        self.support(&mut out);
        self.homes(&mut out);
        self.implementation(&mut out);
        out.push(Block::Note(self.pick(
            "Små kommuners tal svinger ved tilfældigheder: læs intervallet. Tallene har ikke været \
             gennem diskretionering og må ikke forlade det sikre miljø, før de har.",
            "Small municipalities' figures move by chance: read the interval. The figures have not \
             been through disclosure control and must not leave the secure environment before.",
        )));
        out
    }

    /// The count beside peers and the country, its change, and where people stay.
    fn counts(&self, out: &mut Vec<Block>) {
        let Some(counts) = &self.source.counts else {
            return;
        };
        let Some(rates) = counts.table("rates") else {
            return;
        };
        let (own, country) = (rows_of(rates, self.own), rows_of(rates, ALL));
        let (Some(&last), Some(&all)) = (own.last(), country.last()) else {
            return;
        };
        let year = number(rates, "year", last);
        out.push(Block::Heading(format!(
            "{} {year}",
            self.pick("Hvor mange er hjemløse?", "How many are homeless?")
        )));
        let rate = |row: usize| {
            self.with_interval(
                number(rates, "per_1000", row),
                number(rates, "low", row),
                number(rates, "high", row),
                2,
            )
        };
        let mut rows = vec![
            vec![
                self.pick("Antal talte", "People counted"),
                self.number(number(rates, "n", last), 0),
                "–".into(),
                self.number(number(rates, "n", all), 0),
            ],
            vec![
                if self.source.per_adult {
                    self.pick("Pr. 1.000 indbyggere på 18+", "Per 1,000 aged 18+")
                } else {
                    self.pick("Pr. 1.000 indbyggere", "Per 1,000 inhabitants")
                },
                rate(last),
                self.peers_rate(year),
                rate(all),
            ],
        ];
        if let Some(changes) = counts.table("changes") {
            let change = |label: &str, whole: bool| {
                let found = rows_of(changes, label);
                // The last row of several is first to last, the one before the latest.
                let at = match (whole, found.len()) {
                    (_, 0) => return "–".into(),
                    (true, n) => found[n - 1],
                    (false, 1) => found[0],
                    (false, n) => found[n - 2],
                };
                self.with_interval(
                    number(changes, "rate_ratio", at),
                    number(changes, "low", at),
                    number(changes, "high", at),
                    2,
                )
            };
            for (whole, da, en) in [
                (
                    false,
                    "Rate mod forrige tælling",
                    "Rate against the count before",
                ),
                (
                    true,
                    "Rate mod første tælling",
                    "Rate against the first count",
                ),
            ] {
                rows.push(vec![
                    self.pick(da, en),
                    change(self.own, whole),
                    "–".into(),
                    change(ALL, whole),
                ]);
            }
        }
        out.push(self.beside(rows));
        if let Some(situations) = counts.table("situations") {
            self.where_people_stay(out, situations, year);
        }
    }

    fn beside(&self, rows: Vec<Vec<String>>) -> Block {
        Block::Table {
            head: vec![
                String::new(),
                self.pick("Egen kommune", "Own municipality"),
                self.pick("Lignende kommuner", "Similar municipalities"),
                self.pick("Hele landet", "The country"),
            ],
            rows,
        }
    }

    /// The unweighted mean of the peers' rates.
    fn peers_rate(&self, year: f64) -> String {
        let value = self.eco.and_then(|eco| {
            let indicators = eco.column("indicator").ok()?.str().ok()?;
            let row = indicators.iter().enumerate().position(|(i, name)| {
                name == Some("homeless_per_1000") && number(eco, "year", i) == year
            })?;
            Some(number(eco, "peers_unweighted", row))
        });
        self.number(value.unwrap_or(f64::NAN), 2)
    }

    fn where_people_stay(&self, out: &mut Vec<Block>, situations: &DataFrame, year: f64) {
        let of = |label: &str| -> Vec<(String, usize)> {
            rows_of(situations, label)
                .into_iter()
                .filter(|r| number(situations, "year", *r) == year)
                .map(|r| (text(situations, "situation", r), r))
                .collect()
        };
        let country = of(ALL);
        let mut own = of(self.own);
        own.sort_by(|a, b| number(situations, "n", b.1).total_cmp(&number(situations, "n", a.1)));
        let rows: Vec<Vec<String>> = own
            .iter()
            .filter(|(_, r)| number(situations, "n", *r) > 0.0)
            .map(|(name, r)| {
                let all = country
                    .iter()
                    .find(|(n, _)| n == name)
                    .map_or(f64::NAN, |(_, r)| number(situations, "share", *r));
                vec![
                    self.situation(name),
                    self.number(number(situations, "n", *r), 0),
                    self.percent(number(situations, "share", *r)),
                    self.percent(all),
                ]
            })
            .collect();
        if !rows.is_empty() {
            out.push(Block::Table {
                head: vec![
                    self.pick("Hvor de opholder sig", "Where they stay"),
                    self.pick("Antal", "Number"),
                    self.pick("Andel", "Share"),
                    self.pick("Hele landet", "The country"),
                ],
                rows,
            });
        }
    }

    fn situation(&self, code: &str) -> String {
        let (da, en) = match code {
            "street" => ("gaden", "the street"),
            "night_place" => ("natcafé eller varmestue", "night café or warming room"),
            "shelter" => ("herberg (§110)", "shelter (§110)"),
            "hotel" => ("hotel", "hotel"),
            "family_friends" => ("hos familie eller venner", "with family or friends"),
            "transitional" => ("udslusningsbolig", "transitional dwelling"),
            "prison_release" => ("løslades uden bolig", "released without a home"),
            "hospital_discharge" => ("udskrives uden bolig", "discharged without a home"),
            "other" => ("andet", "other"),
            _ => return code.replace('_', " "),
        };
        self.pick(da, en)
    }

    /// How many keep the home, against what their own people lead to expect.
    fn retention(&self, out: &mut Vec<Block>) {
        let table = self.source.comparison.table();
        let Some(row) = row_of(table, "municipality", self.own) else {
            return;
        };
        let spec = self.source.comparison.spec();
        let horizon = spec.definition.unit.label(spec.horizon, self.source.lang);
        out.push(Block::Heading(format!(
            "{} {horizon}?",
            self.pick("Hvor mange er i bolig efter", "How many are housed after")
        )));
        let sum = |column: &str| -> f64 {
            (0..table.height())
                .map(|r| number(table, column, r))
                .filter(|v| v.is_finite())
                .sum()
        };
        let of = |column: &str| number(table, column, row);
        let signal = match text(table, "signal", row).as_str() {
            "look" => self.pick(
                "Uden for 95 %-grænsen: se efter hvorfor.",
                "Outside the 95% limit: look for the reason.",
            ),
            "act" => self.pick(
                "Uden for 99,8 %-grænsen: forskellen er næppe tilfældig.",
                "Outside the 99.8% limit: the difference is hardly chance.",
            ),
            _ => self.pick(
                "Inden for, hvad tilfældet tillader.",
                "Within what chance allows.",
            ),
        };
        out.push(Block::Table {
            head: vec![
                String::new(),
                self.pick("Egen kommune", "Own municipality"),
                self.pick("Hele landet", "The country"),
            ],
            rows: vec![
                vec![
                    self.pick("Personer fulgt", "People followed"),
                    self.number(of("at_risk"), 0),
                    self.number(sum("at_risk"), 0),
                ],
                vec![
                    self.pick("Andel i bolig", "Share housed"),
                    self.share_with_interval(of("share"), of("low"), of("high")),
                    self.percent(sum("retained") / sum("at_risk")),
                ],
                vec![
                    self.pick(
                        "Uden bolig mod ventet, justeret",
                        "Not housed against expected, adjusted",
                    ),
                    self.with_interval(of("ratio"), of("ratio_low"), of("ratio_high"), 2),
                    self.number(1.0, 2),
                ],
                vec![
                    self.pick(
                        "… skrumpet mod fælles niveau",
                        "… pulled to the common level",
                    ),
                    self.with_interval(of("shrunk"), of("shrunk_low"), of("shrunk_high"), 2),
                    String::new(),
                ],
            ],
        });
        out.push(Block::Text(signal));
    }

    fn support(&self, out: &mut Vec<Block>) {
        let Some(caseload) = self.source.support.table("caseload") else {
            return;
        };
        let own = rows_of(caseload, self.own);
        let Some(year) = own
            .iter()
            .map(|r| number(caseload, "year", *r))
            .reduce(f64::max)
        else {
            return;
        };
        let rows: Vec<Vec<String>> = own
            .iter()
            .filter(|r| number(caseload, "year", **r) == year)
            .filter(|r| number(caseload, "citizens", **r) > 0.0)
            .map(|&r| {
                vec![
                    text(caseload, "method", r).replace("S85", "§85"),
                    self.number(number(caseload, "caseload", r), 1),
                    self.number(number(caseload, "norm", r), 0),
                    self.number(number(caseload, "citizens", r), 0),
                ]
            })
            .collect();
        if rows.is_empty() {
            return;
        }
        out.push(Block::Heading(format!(
            "{} {year}",
            self.pick("Støtten", "The support")
        )));
        out.push(Block::Table {
            head: vec![
                self.pick("Metode", "Method"),
                self.pick("Borgere pr. medarbejder", "Citizens per caseworker"),
                self.pick("Norm", "Norm"),
                self.pick("Borgere", "Citizens"),
            ],
            rows,
        });
    }

    fn homes(&self, out: &mut Vec<Block>) {
        let Some(allotted) = self.source.homes.table("allotted") else {
            return;
        };
        let (own, all) = (rows_of(allotted, self.own), rows_of(allotted, ALL));
        let (Some(&last), Some(&country)) = (own.last(), all.last()) else {
            return;
        };
        out.push(Block::Heading(format!(
            "{} {}",
            self.pick("Boligerne", "The homes"),
            number(allotted, "year", last)
        )));
        let share = |r| {
            self.share_with_interval(
                number(allotted, "share", r),
                number(allotted, "low", r),
                number(allotted, "high", r),
            )
        };
        let mut rows = vec![
            vec![
                self.pick("Ledige almene boliger", "Vacant public dwellings"),
                self.number(number(allotted, "vacant", last), 0),
                self.number(number(allotted, "vacant", country), 0),
            ],
            vec![
                self.pick(
                    "Andel anvist af kommunen",
                    "Share allotted by the municipality",
                ),
                share(last),
                share(country),
            ],
        ];
        if let Some(forecast) = self.source.homes.table("forecast") {
            let country = rows_of(forecast, ALL);
            for (i, r) in rows_of(forecast, self.own).into_iter().enumerate() {
                let years = |r: usize| {
                    let median = number(forecast, "median_years", r);
                    if median.is_finite() {
                        self.with_interval(
                            median,
                            number(forecast, "low", r),
                            number(forecast, "high", r),
                            0,
                        )
                    } else {
                        self.pick("nås ikke", "not reached")
                    }
                };
                rows.push(vec![
                    format!(
                        "{} {}",
                        self.pick(
                            "År til alle talte har bolig ved",
                            "Years until all counted are housed at"
                        ),
                        self.percent(number(forecast, "share", r))
                    ),
                    years(r),
                    country.get(i).map_or_else(|| "–".into(), |r| years(*r)),
                ]);
            }
        }
        out.push(Block::Table {
            head: vec![
                String::new(),
                self.pick("Egen kommune", "Own municipality"),
                self.pick("Hele landet", "The country"),
            ],
            rows,
        });
        out.push(Block::Note(
            self.source.homes.describe(self.source.lang).to_owned(),
        ));
    }

    fn implementation(&self, out: &mut Vec<Block>) {
        let Some(found) = &self.source.implementation else {
            return;
        };
        let Some(classes) = found.table("classes") else {
            return;
        };
        let Some(row) = row_of(classes, "municipality", self.own) else {
            return;
        };
        out.push(Block::Heading(
            self.pick("Implementering", "Implementation"),
        ));
        let (da, en) = match text(classes, "class", row).as_str() {
            "strong" => ("Stærk", "Strong"),
            "partial" => ("Delvis", "Partial"),
            _ => ("Begrænset", "Limited"),
        };
        let reasons = text(classes, "reasons", row)
            .replace("not_met", &self.pick("ikke opfyldt", "not met"))
            .replace("partly", &self.pick("delvis", "partly"))
            .replace(": met", &self.pick(": opfyldt", ": met"))
            .replace("homes", &self.pick("boliger", "homes"))
            .replace("support", &self.pick("støtte", "support"))
            .replace("organisation", &self.pick("organisering", "organisation"));
        out.push(Block::Text(format!("{}. {reasons}.", self.pick(da, en))));
        out.push(Block::Note(found.describe(self.source.lang).to_owned()));
    }
}
