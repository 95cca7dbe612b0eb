//! The report that may leave, made of released tables alone.

use super::charts::ReleasedChart;
use crate::chart::{self, Block, Column, Figure, Page, Section, Table};
use crate::lang::Lang;
use crate::release::{Cell, Kind, Released, ReleasedTable};
use crate::words;

/// What a report is called, and its language.
pub(super) struct Heading<'a> {
    pub(super) title: &'a str,
    pub(super) lead: &'a str,
    pub(super) lang: Lang,
}

/// The report, to be written as HTML or as an office's document.
pub(super) fn page<T>(
    heading: &Heading<'_>,
    released: &Released<T>,
    charts: &[ReleasedChart],
) -> Page {
    let lang = heading.lang;
    let writer = Writer {
        lang,
        numbers: words::chart_lang(lang),
        released,
        charts,
    };
    let mut page = Page::new(heading.title, writer.numbers);
    heading.lead.clone_into(&mut page.lead);
    page.footer = writer.footer();
    page.sections = vec![writer.summary()];
    for table in released.tables() {
        let title = table.section(lang);
        if page.sections.last().is_none_or(|s| s.title != title) {
            page.sections.push(Section::new(title));
        }
        if let Some(section) = page.sections.last_mut() {
            let chart = charts.iter().find(|c| c.name == table.name());
            section.blocks.extend(chart.map(|chart| Block::Chart {
                svg: chart.svg.clone(),
                data: None,
            }));
            section.blocks.push(Block::Table(writer.table(table)));
        }
    }
    page.sections.push(writer.rules());
    page
}

struct Writer<'a, T> {
    lang: Lang,
    numbers: chart::Lang,
    released: &'a Released<T>,
    charts: &'a [ReleasedChart],
}

impl<T> Writer<'_, T> {
    fn pick<'b>(&self, danish: &'b str, english: &'b str) -> &'b str {
        self.lang.pick(danish, english)
    }

    /// The numbers a reader takes away, and how much was withheld.
    fn summary(&self) -> Section {
        let mut figures = Vec::new();
        if let Some(n) = (self.released.table("people")).and_then(|table| self.value(table, 0, "n"))
        {
            figures.push(Figure {
                value: n,
                label: self
                    .pick("personer i kohorten", "people in the cohort")
                    .into(),
                detail: String::new(),
            });
        }
        let first = (self.released.tables().iter()).find(|t| t.name().starts_with("retention"));
        if let Some((table, row)) = first.and_then(|t| Some((t, last_of_all(t)?)))
            && let Some(share) = self.value(table, row, "share_percent")
        {
            let horizon = self.value(table, row, "horizon").unwrap_or_default();
            let unit = table.column("horizon").map_or("", |at| {
                let title = &table.columns()[at].title;
                self.lang.pick(&title[0], &title[1])
            });
            let (low, high) = (
                self.value(table, row, "low"),
                self.value(table, row, "high"),
            );
            figures.push(Figure {
                value: share,
                label: format!(
                    "{} {horizon} {}: {}",
                    self.pick("i bolig efter", "housed after"),
                    unit.to_lowercase(),
                    table.title(self.lang)
                ),
                detail: low
                    .zip(high)
                    .map(|(low, high)| format!("95 %: {low} – {high}"))
                    .unwrap_or_default(),
            });
        }
        let numbers = self.released.cleared().numbers().len() as u64;
        let withheld = self.released.cleared().withheld() as u64;
        let policy = self.released.policy();
        let says = match self.lang {
            Lang::Da => format!(
                "Alle tal i rapporten er frigivet efter regelsættet {} (version {}). Af {} tal er \
                 {} tilbageholdt, så de heller ikke kan regnes ud af de øvrige.",
                policy.name,
                policy.version,
                self.numbers.count(numbers),
                self.numbers.count(withheld),
            ),
            Lang::En => format!(
                "Every number in this report is released under the policy {} (version {}). Of {} \
                 numbers {} are withheld, so that they cannot be worked out from the others either.",
                policy.name,
                policy.version,
                self.numbers.count(numbers),
                self.numbers.count(withheld),
            ),
        };
        let mut section = Section::new(self.pick("Kort fortalt", "In short"));
        if !figures.is_empty() {
            section = section.block(Block::Figures(figures));
        }
        section.note(says)
    }

    fn table(&self, table: &ReleasedTable) -> Table {
        let columns = table.columns().iter().map(|column| {
            let title = self.lang.pick(&column.title[0], &column.title[1]);
            match column.kind {
                Kind::Key => Column::text(title),
                _ => Column::number(title),
            }
        });
        let rows = table.rows().iter().map(|row| {
            let cells = row.iter().zip(table.columns());
            cells
                .map(|(cell, column)| self.cell(cell, column.kind))
                .collect()
        });
        let mut notes: Vec<String> = table.notes(self.lang).map(str::to_owned).collect();
        if table.withheld() > 0 {
            notes.push(
                self.pick(
                    "Tilbageholdt: tallet ville vise få personer, eller det ville sammen med andre \
                     tal kunne vise dem.",
                    "Withheld: the number would show few people, or could show them together with \
                     other numbers.",
                )
                .to_owned(),
            );
        }
        Table {
            caption: table.title(self.lang).to_owned(),
            columns: columns.collect(),
            rows: rows.collect(),
            strong: Vec::new(),
            notes,
        }
    }

    fn cell(&self, cell: &Cell, kind: Kind) -> String {
        match cell {
            Cell::Key(_, text) => words::capital(self.lang.pick(&text[0], &text[1])),
            Cell::Step(n) => self.numbers.number(*n as f64, 0),
            Cell::Number(n) => match kind {
                Kind::Count => self.numbers.count(*n as u64),
                Kind::Percent(decimals) => self.numbers.percent(*n / 100.0, decimals),
                kind => self.numbers.number(*n, kind.decimals()),
            },
            Cell::Withheld => self.pick("tilbageholdt", "withheld").to_owned(),
            Cell::Empty => "–".to_owned(),
        }
    }

    /// A shown value as text.
    fn value(&self, table: &ReleasedTable, row: usize, column: &str) -> Option<String> {
        let at = table.column(column)?;
        let cell = table.rows().get(row)?.get(at)?;
        (*cell != Cell::Withheld).then(|| self.cell(cell, table.columns()[at].kind))
    }

    /// The rules, each in a sentence.
    fn rules(&self) -> Section {
        let lang = match self.lang {
            Lang::Da => crate::disclosure::Lang::Da,
            Lang::En => crate::disclosure::Lang::En,
        };
        let text = self.released.policy().describe(lang);
        let mut section = Section::new(self.pick("Regler for frigivelse", "Rules of release"));
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            section = section.paragraph(line.trim());
        }
        section
    }

    fn footer(&self) -> Vec<String> {
        vec![
            self.pick(
                "Lavet af frigivne tal alene. Beviset ligger hos den, der kontrollerede frigivelsen.",
                "Made of released numbers alone. The proof is with whoever checked the release.",
            )
            .to_owned(),
            format!("Boligspor {} · {}", env!("CARGO_PKG_VERSION"), self.charts_line()),
        ]
    }

    fn charts_line(&self) -> String {
        match self.lang {
            Lang::Da => format!(
                "{} tabeller, {} figurer",
                self.released.tables().len(),
                self.charts.len()
            ),
            Lang::En => format!(
                "{} tables, {} charts",
                self.released.tables().len(),
                self.charts.len()
            ),
        }
    }
}

/// The last row about everybody whose share is shown.
fn last_of_all(table: &ReleasedTable) -> Option<usize> {
    let share = table.column("share_percent")?;
    let of_all = |row: &Vec<Cell>| {
        matches!(&row[0], Cell::Key(code, _) if code == "all") && row[share] != Cell::Withheld
    };
    table.rows().iter().rposition(of_all)
}
