//! Days, returns, and groups compared.

use super::{Writer, columns, push};
use crate::chart::{Column, Section, Table};
use crate::days::DaysHoused;
use crate::error::Result;
use crate::groups::GroupComparison;
use crate::lang::Lang;
use crate::returns::{ReturnTo, Returns};
use crate::study::charts::strata_columns;
use crate::study::view::View;
use crate::study::words;

impl Writer<'_> {
    /// Where the days go.
    pub(super) fn days(&self) -> Result<Option<Section>> {
        let say = self.say;
        let Some(days) = &self.outcome.days else {
            return Ok(None);
        };
        let mut section = Section::new(say.pick("Dage i bolig", "Days housed"))
            .paragraph(say.pick(
            "En andel på en dag siger ikke, hvordan dagene imellem går. Her er de forventede dage \
             i hver tilstand; dem, der følges kortere, tæller med så langt, de følges.",
            "A share on one day does not say how the days between are spent. Here are the expected \
             days in each state; those followed for less long count as far as they are followed.",
        ));
        push(&mut section, self.chart("days_housed", None));
        section = section.table(self.days_table(days)?);
        if days.differences().height() > 0 {
            section = section.table(self.days_differences(days)?);
        }
        for warning in days.warnings(say.lang) {
            section = section.note(words::sentence(warning));
        }
        Ok(Some(section))
    }

    /// States down, strata across.
    fn days_table(&self, days: &DaysHoused) -> Result<Table> {
        let say = self.say;
        let view = View::new(days.table(), &strata_columns(days.table(), "state"));
        let mut strata: Vec<String> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in view.rows() {
            let state = view.text("state", row)?;
            if state == "housed" {
                strata.push(words::capital(&words::stratum(
                    &view.levels(row)?,
                    say.lang,
                )));
            }
            let name = words::capital(&words::place(&state, say.lang));
            let cell = say.with_interval(
                view.number("days", row)?,
                view.number("low", row)?,
                view.number("high", row)?,
                0,
            );
            match rows.iter_mut().find(|r| r[0] == name) {
                Some(cells) => cells.push(cell),
                None => rows.push(vec![name, cell]),
            }
        }
        let within = days.spec().within;
        Ok(Table {
            caption: match say.lang {
                Lang::Da => format!("Forventede dage inden for {within} måneder (95 %-interval)"),
                Lang::En => format!("Expected days within {within} months (95% interval)"),
            },
            columns: columns(&[say.pick("Tilstand", "State")], &strata),
            rows,
            strong: vec![0],
            notes: vec![days.describe(say.lang)],
        })
    }

    fn days_differences(&self, days: &DaysHoused) -> Result<Table> {
        let say = self.say;
        let view = View::new(days.differences(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            if view.text("state", row)? == "housed" {
                rows.push(self.difference(&view, row, ["from_stratum", "to_stratum"], 1.0)?);
            }
        }
        Ok(self.differences(
            say.pick(
                "Forskel i dage i bolig mellem grupper",
                "Difference in days housed between groups",
            ),
            say.pick("Forskel i dage", "Difference in days"),
            &[],
            rows,
            days.describe(say.lang),
        ))
    }

    /// A row of differences: the two groups, the difference, the P values.
    fn difference(
        &self,
        view: &View<'_>,
        row: usize,
        names: [&str; 2],
        scale: f64,
    ) -> Result<Vec<String>> {
        let say = self.say;
        let level = |column: &str| -> Result<String> {
            let text = view.text(column, row)?;
            let levels: Vec<String> = text.split(" · ").map(str::to_owned).collect();
            Ok(words::capital(&words::stratum(&levels, say.lang)))
        };
        let decimals = usize::from(scale > 1.0);
        let (low, high) = (view.number("low", row)?, view.number("high", row)?);
        Ok(vec![
            format!("{} → {}", level(names[0])?, level(names[1])?),
            say.difference(scale * view.number("difference", row)?, decimals),
            say.interval(scale * low, scale * high, decimals),
            self.p_value(view.number("p_value", row)?),
            self.p_value(view.number("p_holm", row)?),
        ])
    }

    fn p_value(&self, p: f64) -> String {
        if p.is_nan() {
            "–".to_owned()
        } else if p < 0.001 {
            format!("< {}", self.say.number(0.001, 3))
        } else {
            self.say.number(p, 3)
        }
    }

    fn differences(
        &self,
        caption: &str,
        what: &str,
        first: &[&str],
        rows: Vec<Vec<String>>,
        note: String,
    ) -> Table {
        let say = self.say;
        let names: Vec<&str> = first
            .iter()
            .copied()
            .chain([say.pick("Grupper", "Groups")])
            .collect();
        let numbers = [
            what.to_owned(),
            say.pick("95 %-interval", "95% interval").to_owned(),
            "p".to_owned(),
            say.pick("p efter Holm", "p by Holm").to_owned(),
        ];
        Table {
            caption: caption.into(),
            columns: columns(&names, &numbers),
            rows,
            strong: Vec::new(),
            notes: vec![note],
        }
    }

    /// Who comes back, and how often.
    pub(super) fn returns(&self) -> Result<Option<Section>> {
        let say = self.say;
        if self.outcome.returns.is_empty() {
            return Ok(None);
        }
        let mut section = Section::new(say.pick("Tilbagevenden", "Returns"));
        for (i, returns) in self.outcome.returns.iter().enumerate() {
            section = section.heading(match returns.spec().to {
                ReturnTo::Homelessness => say.pick(
                    "Tilbage i hjemløshed efter en afslutning",
                    "Back in homelessness after an exit",
                ),
                ReturnTo::Home => say.pick(
                    "Tilbage i egen bolig efter et tab",
                    "Back in a home after a loss",
                ),
            });
            push(&mut section, self.chart(&format!("returns{}", i + 1), None));
            section = section.table(self.returns_table(returns)?);
            if let Some(text) = self.mean_returns(returns)? {
                section = section.paragraph(text);
            }
            for warning in returns.warnings(say.lang) {
                section = section.note(words::sentence(warning));
            }
        }
        Ok(Some(section))
    }

    /// Outcomes and bands down, strata across.
    fn returns_table(&self, returns: &Returns) -> Result<Table> {
        let say = self.say;
        let view = View::new(returns.table(), &strata_columns(returns.table(), "outcome"));
        let mut strata: Vec<String> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut exits = vec![
            say.pick("Personer med udgangspunkt", "People at risk")
                .to_owned(),
        ];
        let mut strong = Vec::new();
        for (levels, range) in view.strata()? {
            strata.push(words::capital(&words::stratum(&levels, say.lang)));
            exits.push(say.count_or_dash(view.count("n", range.start)?));
            for (line, row) in range.enumerate() {
                let (from, to) = (view.integer("from_day", row)?, view.integer("to_day", row)?);
                let code = view.text("outcome", row)?;
                let name = match code.as_str() {
                    "return" => {
                        let what = say.pick("Tilbage, dag", "Returned, days");
                        format!("{what} {from}–{to}")
                    }
                    "away" => say.pick("Ikke tilbage", "Not returned").to_owned(),
                    other => words::capital(&words::place(other, say.lang)),
                };
                let cell = say.share_with_interval(
                    view.number("share", row)?,
                    view.number("low", row)?,
                    view.number("high", row)?,
                );
                if let Some(cells) = rows.get_mut(line) {
                    cells.push(cell);
                } else {
                    if code == "return" && from == 0 && line > 0 {
                        strong.push(rows.len());
                    }
                    rows.push(vec![name, cell]);
                }
            }
        }
        rows.push(exits);
        let last = returns.spec().last();
        Ok(Table {
            caption: match say.lang {
                Lang::Da => format!("Hvad der skete først inden for {last} dage (95 %-interval)"),
                Lang::En => format!("What came first within {last} days (95% interval)"),
            },
            columns: columns(&[say.pick("Hvad", "What")], &strata),
            rows,
            strong,
            notes: vec![returns.describe(say.lang)],
        })
    }

    /// How often people return, in a sentence.
    fn mean_returns(&self, returns: &Returns) -> Result<Option<String>> {
        let say = self.say;
        let table = returns.recurrent();
        let view = View::new(table, &strata_columns(table, "month"));
        let whole = view.strata()?.into_iter().next();
        let mut last = None;
        for row in whole.map_or(0..0, |(_, rows)| rows) {
            if view.number("mean", row)?.is_finite() {
                last = Some(row);
            }
        }
        let Some(row) = last else {
            return Ok(None);
        };
        let month = view.integer("month", row)?;
        let mean = say.with_interval(
            view.number("mean", row)?,
            view.number("low", row)?,
            view.number("high", row)?,
            2,
        );
        Ok(Some(match say.lang {
            Lang::Da => format!(
                "I gennemsnit vender en person tilbage {mean} gange i de første {month} måneder."
            ),
            Lang::En => {
                format!("On average a person returns {mean} times in the first {month} months.")
            }
        }))
    }

    /// Groups side by side.
    pub(super) fn groups(&self) -> Result<Option<Section>> {
        let say = self.say;
        if self.outcome.groups.is_empty() {
            return Ok(None);
        }
        let mut section = Section::new(say.pick("Grupper", "Groups"));
        for (i, groups) in self.outcome.groups.iter().enumerate() {
            let by = words::column(&groups.spec().by, say.lang);
            section = section.heading(format!("{} {by}", say.pick("Efter", "By")));
            for warning in groups.warnings(say.lang) {
                section = section.warning(words::sentence(warning));
            }
            push(&mut section, self.chart(&format!("groups{}", i + 1), None));
            section = section.table(self.tests(groups)?);
            section = section.table(self.group_shares(groups)?);
            section = section.table(self.group_days(groups)?);
            if let Some(table) = self.group_adjusted(groups)? {
                section = section.table(table);
            }
        }
        Ok(Some(section))
    }

    fn tests(&self, groups: &GroupComparison) -> Result<Table> {
        let say = self.say;
        let view = View::new(groups.tests(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            rows.push(vec![
                match view.text("test", row)?.as_str() {
                    "log_rank" => "Log-rank".to_owned(),
                    _ => say.pick("Grays test", "Gray's test").to_owned(),
                },
                say.count_or_dash(view.count("groups", row)?),
                say.number(view.number("statistic", row)?, 2),
                say.count_or_dash(view.count("df", row)?),
                self.p_value(view.number("p_value", row)?),
            ]);
        }
        let numbers = [
            say.pick("Grupper", "Groups"),
            "χ²",
            say.pick("Frihedsgrader", "df"),
            "p",
        ]
        .map(str::to_owned);
        Ok(Table {
            caption: say
                .pick(
                    "Tid til første tab af boligen: er grupperne ens?",
                    "Time to the first loss of the home: are the groups alike?",
                )
                .into(),
            columns: columns(&["Test"], &numbers),
            rows,
            strong: Vec::new(),
            notes: vec![groups.describe(say.lang)],
        })
    }

    fn group_shares(&self, groups: &GroupComparison) -> Result<Table> {
        let say = self.say;
        let view = View::new(groups.shares(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            let unit = view.text("unit", row)?;
            let mut cells = vec![words::horizon(
                view.number("horizon", row)?,
                &unit,
                say.lang,
            )];
            cells.extend(self.difference(&view, row, ["from_group", "to_group"], 100.0)?);
            rows.push(cells);
        }
        Ok(self.differences(
            say.pick("Forskel i andel i bolig", "Difference in share housed"),
            say.pick("Forskel, procentpoint", "Difference, percentage points"),
            &[say.pick("Tidspunkt", "Horizon")],
            rows,
            say.pick(
                "Den anden gruppe minus den første. p efter Holm er justeret for alle par ved \
                 samme tidspunkt.",
                "The second group less the first. P by Holm is adjusted for all pairs at the \
                 horizon.",
            )
            .to_owned(),
        ))
    }

    fn group_days(&self, groups: &GroupComparison) -> Result<Table> {
        let say = self.say;
        let view = View::new(groups.days(), &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            rows.push(self.difference(&view, row, ["from_stratum", "to_stratum"], 1.0)?);
        }
        let within = groups.spec().within;
        Ok(self.differences(
            say.pick(
                "Forskel i dage i egen bolig",
                "Difference in days in a dwelling",
            ),
            say.pick("Forskel i dage", "Difference in days"),
            &[],
            rows,
            match say.lang {
                Lang::Da => format!(
                    "Inden for {within} måneder; den anden gruppe minus den første. p efter Holm \
                     er justeret for alle par."
                ),
                Lang::En => format!(
                    "Within {within} months; the second group less the first. P by Holm is \
                     adjusted for all pairs."
                ),
            },
        ))
    }

    fn group_adjusted(&self, groups: &GroupComparison) -> Result<Option<Table>> {
        let say = self.say;
        let Some(adjusted) = groups.adjusted() else {
            return Ok(None);
        };
        let view = View::new(adjusted, &[]);
        let mut rows = Vec::new();
        for row in view.rows() {
            let days = view.text("quantity", row)? == "days";
            let (scale, decimals) = if days { (1.0, 0) } else { (100.0, 1) };
            let unit = view.text("unit", row)?;
            let when = words::horizon(view.number("horizon", row)?, &unit, say.lang);
            let what = if days {
                format!("{}, {when}", say.pick("Dage", "Days"))
            } else {
                format!("{}, {when}", say.pick("Procentpoint", "Percentage points"))
            };
            rows.push(vec![
                format!(
                    "{} → {}",
                    words::capital(&words::level(&view.text("reference", row)?, say.lang)),
                    words::capital(&words::level(&view.text("group", row)?, say.lang))
                ),
                what,
                match view.text("method", row)?.as_str() {
                    "weighting" => say.pick("Vægtet", "Weighted").to_owned(),
                    _ => say.pick("Dobbelt robust", "Doubly robust").to_owned(),
                },
                say.difference(scale * view.number("difference", row)?, decimals),
                say.interval(
                    scale * view.number("low", row)?,
                    scale * view.number("high", row)?,
                    decimals,
                ),
            ]);
        }
        Ok(Some(Table {
            caption: say
                .pick(
                    "Forskel, hvis grupperne var ens sammensat: bolig beholdt uden afbrydelse",
                    "Difference, had the groups the same mix: home kept without a break",
                )
                .into(),
            columns: vec![
                Column::text(say.pick("Grupper", "Groups")),
                Column::text(say.pick("Hvad", "What")),
                Column::text(say.pick("Metode", "Method")),
                Column::number(say.pick("Forskel", "Difference")),
                Column::number(say.pick("95 %-interval", "95% interval")),
            ],
            rows,
            strong: Vec::new(),
            notes: vec![groups.describe(say.lang)],
        }))
    }
}
