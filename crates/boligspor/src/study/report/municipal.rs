//! What the tables about municipalities say: counts, implementation, support,
//! homes, context.

use polars::prelude::DataFrame;

use super::Writer;
use crate::chart::{Column, Section, Table};
use crate::cohort::ALL;
use crate::error::Result;
use crate::study::view::View;
use crate::study::words;

/// More rows than this are for the table's file.
const MOST: usize = 40;

/// Section, Danish, English.
const SECTIONS: [(&str, &str, &str); 6] = [
    (
        "homelessness",
        "Hjemløshedstællinger",
        "Homelessness counts",
    ),
    ("implementation", "Implementering", "Implementation"),
    ("support", "Støtte", "Support"),
    ("homes", "Boliger", "Homes"),
    (
        "context",
        "Barrierer og interessenter",
        "Barriers and stakeholders",
    ),
    ("peers", "Lignende kommuner", "Similar municipalities"),
];

/// Table, Danish, English: those shown, the others are in the files.
const TABLES: [(&str, &str, &str); 17] = [
    (
        "rates",
        "Hjemløse pr. 1.000, hele landet",
        "Homeless per 1,000, the country",
    ),
    (
        "changes",
        "Ændring mellem tællinger, hele landet",
        "Change between counts, the country",
    ),
    (
        "programme",
        "Programmets kommuner mod de andre",
        "The programme's municipalities against the others",
    ),
    (
        "programme_years",
        "Forskel år for år",
        "Difference year by year",
    ),
    (
        "shares",
        "Kommuner efter implementering",
        "Municipalities by implementation",
    ),
    (
        "sensitivity",
        "Klasserne, når grænserne flyttes",
        "The classes as thresholds move",
    ),
    (
        "agreement",
        "Enighed mellem to vurderinger (vægtet kappa)",
        "Agreement of two assessors (weighted kappa)",
    ),
    (
        "target_group",
        "Herbergsbrugere og hvor mange der fik bolig",
        "Shelter users and how many were given a home",
    ),
    (
        "timing",
        "Støttens start i forhold til indflytning",
        "Start of support around moving in",
    ),
    (
        "phases",
        "Støtte i den tidsafgrænsede metodes faser",
        "Support in the phases of the time-limited method",
    ),
    (
        "allotted",
        "Anviste almene boliger, hele landet",
        "Allotted public dwellings, the country",
    ),
    (
        "forecast",
        "År til alle talte har bolig, hele landet",
        "Years until everyone counted is housed, the country",
    ),
    (
        "waiting",
        "Ventetid fra indskrivning til bolig",
        "Wait from enrolment to a home",
    ),
    ("frequencies", "Hvor udbredt", "How common"),
    (
        "risk_matrix",
        "Risikomatrix: sandsynlighed og konsekvens",
        "Risk matrix: likelihood and consequence",
    ),
    (
        "peers",
        "De lignende kommuner og afstanden til dem",
        "The peers and how far from them",
    ),
    (
        "eco",
        "Egne tal ved siden af andres",
        "One’s own figures beside those of others",
    ),
];

/// Column, Danish, English; others keep their name.
const COLUMNS: [(&str, &str, &str); 61] = [
    ("municipality", "Kommune", "Municipality"),
    ("year", "År", "Year"),
    ("n", "Antal", "Number"),
    ("adults", "Voksne", "Adults"),
    ("per_1000", "Pr. 1.000", "Per 1,000"),
    ("low", "Nedre 95 %", "Lower 95%"),
    ("high", "Øvre 95 %", "Upper 95%"),
    ("small", "Lille", "Small"),
    ("from", "Fra", "From"),
    ("to", "Til", "To"),
    ("n_from", "Antal før", "Number before"),
    ("n_to", "Antal efter", "Number after"),
    ("rate_ratio", "Forhold mellem rater", "Rate ratio"),
    ("p_value", "P-værdi", "P value"),
    ("dispersion", "Spredning", "Dispersion"),
    (
        "programme_municipalities",
        "Programkommuner",
        "Programme municipalities",
    ),
    ("compared_municipalities", "Sammenlignede", "Compared"),
    ("class", "Klasse", "Class"),
    ("municipalities", "Kommuner", "Municipalities"),
    ("share", "Andel", "Share"),
    ("vive", "VIVE 2016–19", "VIVE 2016–19"),
    ("strong_from", "Stærk fra", "Strong from"),
    ("limited_to", "Begrænset til", "Limited to"),
    ("strong", "Stærke", "Strong"),
    ("partial", "Delvise", "Partial"),
    ("limited", "Begrænsede", "Limited"),
    ("moved", "Flyttede", "Moved"),
    ("of", "Om", "Of"),
    ("agreement", "Enighed", "Agreement"),
    ("by_chance", "Tilfældig", "By chance"),
    ("kappa", "Kappa", "Kappa"),
    ("std_error", "Standardfejl", "Standard error"),
    ("cluster", "Brugertype", "Kind of user"),
    ("people", "Personer", "People"),
    ("placed", "Fik bolig", "Given a home"),
    ("started", "Støtten begyndte", "Support began"),
    ("median_days", "Median, dage", "Median days"),
    ("phase", "Fase", "Phase"),
    ("months", "Måneder", "Months"),
    ("supported", "Med støtte", "Supported"),
    ("vacant", "Ledige", "Vacant"),
    ("allotted", "Anviste", "Allotted"),
    ("of_legal", "Af det tilladte", "Of what is allowed"),
    ("counted", "Talte", "Counted"),
    ("homes_a_year", "Boliger om året", "Homes a year"),
    ("median_years", "År (median)", "Years (median)"),
    (
        "emptied",
        "Nås inden for perioden",
        "Reached within the period",
    ),
    ("at_risk", "Ventende", "Waiting"),
    ("observed", "Uden bolig", "Not housed"),
    ("expected", "Ventet", "Expected"),
    ("ratio", "Forhold", "Ratio"),
    ("ratio_low", "Nedre 95 %", "Lower 95%"),
    ("ratio_high", "Øvre 95 %", "Upper 95%"),
    ("peer", "Nr.", "No."),
    ("distance", "Afstand", "Distance"),
    ("indicator", "Tal", "Figure"),
    ("own", "Egen kommune", "Own municipality"),
    ("peers_unweighted", "Lignende, uvægtet", "Peers, unweighted"),
    ("group_unweighted", "Gruppen, uvægtet", "Group, unweighted"),
    (
        "region_unweighted",
        "Regionen, uvægtet",
        "Region, unweighted",
    ),
    (
        "country_weighted",
        "Hele landet, vægtet",
        "The country, weighted",
    ),
];

const SHARES: [&str; 7] = [
    "share",
    "agreement",
    "by_chance",
    "emptied",
    "of_legal",
    "dead",
    "waiting",
];

/// Codes of the cells, Danish and English.
const CODES: [(&str, &str, &str); 25] = [
    (ALL, "hele landet", "the country"),
    ("strong", "stærk", "strong"),
    ("partial", "delvis", "partial"),
    ("limited", "begrænset", "limited"),
    ("transitional", "overgangsbruger", "transitional"),
    ("episodic", "episodisk", "episodic"),
    ("chronic", "kronisk", "chronic"),
    ("before", "før indflytning", "before moving in"),
    ("same_day", "samme dag", "the same day"),
    ("after", "efter", "after"),
    ("no_support_seen", "ingen støtte set", "no support seen"),
    ("homes", "boliger", "homes"),
    ("support", "støtte", "support"),
    ("organisation", "organisering", "organisation"),
    ("culture", "kultur", "culture"),
    ("class", "klassen", "the class"),
    ("about one sixth", "omkring en sjettedel", "about one sixth"),
    ("more than half", "over halvdelen", "more than half"),
    ("the rest", "resten", "the rest"),
    (
        "homeless_per_1000",
        "Hjemløse pr. 1.000",
        "Homeless per 1,000",
    ),
    ("population", "Indbyggere", "Inhabitants"),
    ("adults", "Indbyggere på 18+", "Inhabitants aged 18+"),
    ("median_rent", "Median af husleje", "Median rent"),
    (
        "social_housing_share",
        "Almene boliger, %",
        "Public housing, %",
    ),
    ("unemployment", "Ledighed, %", "Unemployment, %"),
];

impl Writer<'_> {
    /// A section for each part of the study about municipalities themselves.
    pub(super) fn municipal(&self) -> Result<Vec<Section>> {
        let say = self.say;
        let mut out = Vec::new();
        for (name, found) in self.outcome.municipal() {
            let title = SECTIONS.iter().find(|s| s.0 == *name);
            let title = title.map_or(*name, |(_, da, en)| say.pick(da, en));
            let mut section = Section::new(title).paragraph(found.describe(say.lang));
            for (table, frame) in found.tables() {
                if let Some((_, da, en)) = TABLES.iter().find(|t| t.0 == table) {
                    section = section.table(self.plain(frame, say.pick(da, en))?);
                }
            }
            for warning in found.warnings(say.lang) {
                section = section.note(words::sentence(warning));
            }
            out.push(section);
        }
        Ok(out)
    }

    /// The whole country's rows where the table has them, else all up to a limit.
    pub(super) fn plain(&self, frame: &DataFrame, caption: &str) -> Result<Table> {
        let say = self.say;
        let view = View::new(frame, &[]);
        let names: Vec<String> = frame
            .get_column_names()
            .iter()
            .map(ToString::to_string)
            .collect();
        let by_place = view.has("municipality");
        let country = by_place
            && view
                .rows()
                .any(|r| view.text("municipality", r).is_ok_and(|t| t == ALL));
        let shown: Vec<&String> = names
            .iter()
            .filter(|n| !(country && *n == "municipality") && *n != "small")
            .collect();
        let columns = shown
            .iter()
            .map(|name| {
                let known = COLUMNS.iter().find(|c| c.0 == name.as_str());
                let title = known.map_or_else(
                    || words::capital(&name.replace('_', " ")),
                    |(_, da, en)| say.pick(da, en).to_owned(),
                );
                let number = frame
                    .column(name)
                    .is_ok_and(|c| c.dtype().is_primitive_numeric());
                if number {
                    Column::number(title)
                } else {
                    Column::text(title)
                }
            })
            .collect();
        let mut rows = Vec::new();
        let mut left_out = 0;
        for row in view.rows() {
            if country && view.text("municipality", row)? != ALL {
                continue;
            }
            if rows.len() == MOST {
                left_out += 1;
                continue;
            }
            rows.push(
                shown
                    .iter()
                    .map(|name| self.cell(frame, &view, name, row))
                    .collect::<Result<Vec<_>>>()?,
            );
        }
        let notes = if left_out > 0 {
            vec![format!(
                "{left_out} {}",
                say.pick(
                    "rækker mere i tabellens fil",
                    "rows more in the table's file"
                )
            )]
        } else {
            Vec::new()
        };
        Ok(Table {
            caption: caption.into(),
            columns,
            rows,
            notes,
            ..Table::default()
        })
    }

    fn cell(&self, frame: &DataFrame, view: &View<'_>, name: &str, row: usize) -> Result<String> {
        let say = self.say;
        let column = frame
            .column(name)
            .map_err(|e| crate::study::frames::unexpected(&e))?;
        let dtype = column.dtype();
        if dtype.is_float() {
            let value = view.number(name, row)?;
            let beside_share =
                ["low", "high"].contains(&name) && view.has("share") && !view.has("median_years");
            return Ok(if value.is_nan() {
                "–".into()
            } else if SHARES.contains(&name)
                || beside_share
                || (view.has("waiting") && ["placed", "low", "high"].contains(&name))
            {
                say.percent(value)
            } else {
                say.number(value, if value.abs() >= 100.0 { 0 } else { 2 })
            });
        }
        if dtype.is_integer() {
            let year = ["year", "from", "to"].contains(&name);
            return Ok(match view.count(name, row)? {
                Some(n) if year => n.to_string(),
                n => say.count_or_dash(n),
            });
        }
        if dtype.is_bool() {
            return Ok(if view.flag(name, row)? {
                say.pick("ja", "yes").into()
            } else {
                String::new()
            });
        }
        let text = view.text(name, row)?;
        Ok(CODES
            .iter()
            .find(|c| c.0 == text)
            .map_or(text.replace('_', " "), |(_, da, en)| {
                say.pick(da, en).into()
            }))
    }
}
