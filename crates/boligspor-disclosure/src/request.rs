//! What an output checker is handed: a sheet in Danish or English.
//!
//! It leaves with the release, so it is made of released numbers and names
//! that the caller gave, and of nothing else: a withheld number is counted, and
//! neither its size nor the reason for withholding it is told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clear::{Cleared, ReleasedNumber};
use crate::lang::Lang;
use crate::policy::Policy;
use crate::shown::Shown;

/// What the researcher says about a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// The release's name, as it stands in the ledger.
    pub name: String,
    /// What is to be released.
    pub what: String,
    /// What it is to be used for.
    pub why: String,
    /// Who the people are, and how they were chosen.
    pub population: String,
    /// Releases before this one that it was cleared beside: no difference
    /// between them and this one shows a small group.
    pub tied: Vec<String>,
    /// Releases before this one that it could not be cleared beside.
    pub untied: Vec<String>,
}

impl Request {
    /// The sheet as one HTML page without scripts or links.
    ///
    /// ```
    /// use boligspor_disclosure::{Bundle, Lang, Policy, Request, Support, clear};
    ///
    /// let mut bundle = Bundle::new();
    /// let all = bundle.persons(Support::of_persons(40));
    /// bundle.count("people", "all", &[all], &[])?;
    /// let policy = Policy::named("statistics-denmark")?;
    /// let cleared = clear(&bundle, &policy)?;
    /// let request = Request { name: "2026-1".into(), ..Request::default() };
    /// assert!(request.html(&cleared, &policy, Lang::Da).contains("Anmodning"));
    /// # Ok::<(), boligspor_disclosure::ClearError>(())
    /// ```
    pub fn html(&self, cleared: &Cleared, policy: &Policy, lang: Lang) -> String {
        let title = lang.pick("Anmodning om hjemtagelse", "Request for release");
        let mut page = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<title>{title}: {}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n<table>\n",
            lang.pick("da", "en"),
            escape(&self.name),
        );
        for (label, text) in [
            (lang.pick("Navn", "Name"), &self.name),
            (lang.pick("Hvad", "What"), &self.what),
            (lang.pick("Hvorfor", "Why"), &self.why),
            (lang.pick("Population", "Population"), &self.population),
        ] {
            page.push_str(&format!(
                "<tr><th>{label}</th><td>{}</td></tr>\n",
                escape(text)
            ));
        }
        page.push_str("</table>\n");
        page.push_str(&rules(policy, lang));
        page.push_str(&self.earlier(lang));
        page.push_str(&summary(cleared, lang));
        page.push_str(&certificate(cleared, policy, lang));
        page.push_str(&tables(cleared, policy, lang));
        page.push_str("</html>\n");
        page
    }

    /// What is known of earlier releases; nothing where there is none.
    fn earlier(&self, lang: Lang) -> String {
        let mut text = String::new();
        for (names, says) in [
            (
                &self.tied,
                lang.pick(
                    "Frigivelsen er kontrolleret sammen med: ",
                    "The release was cleared together with: ",
                ),
            ),
            (
                &self.untied,
                lang.pick(
                    "ADVARSEL: Frigivelsen er ikke kontrolleret sammen med disse tidligere \
                     frigivelser, for det er ikke husket, hvem der var i deres grupper. Forskelle \
                     mellem dem og denne skal vurderes i hånden: ",
                    "WARNING: the release was not cleared together with these earlier ones, since \
                     who was in their groups is not remembered. What they and this one differ by \
                     has to be judged by hand: ",
                ),
            ),
        ] {
            if !names.is_empty() {
                let names = escape(&names.join(", "));
                text.push_str(&format!("<p>{says}{names}.</p>\n"));
            }
        }
        if !text.is_empty() {
            let title = lang.pick("Tidligere frigivelser", "Earlier releases");
            text.insert_str(0, &format!("<h2>{title}</h2>\n"));
        }
        text
    }
}

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}\
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;vertical-align:top}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.w{color:#666}small{color:#555}";

fn rules(policy: &Policy, lang: Lang) -> String {
    let mut text = format!(
        "<h2>{}</h2>\n<p>{} {}, version {}.</p>\n<ul>\n",
        lang.pick("Regler", "Rules"),
        lang.pick("Regelsæt", "Policy"),
        escape(&policy.name),
        policy.version,
    );
    for (field, sentence) in policy.sentences(lang) {
        text.push_str(&format!("<li>{}", escape(&sentence)));
        if let Some(source) = policy.sources.get(field) {
            text.push_str(&format!(
                " <small>({}: {})</small>",
                source.mark.describe(lang),
                escape(&source.text)
            ));
        }
        text.push_str("</li>\n");
    }
    text.push_str("</ul>\n");
    text
}

fn summary(cleared: &Cleared, lang: Lang) -> String {
    let withheld = cleared.withheld_by_table();
    let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
    for number in cleared.numbers() {
        *totals.entry(&number.table).or_insert(0) += 1;
    }
    let mut text = format!(
        "<h2>{}</h2>\n<table>\n<tr><th>{}</th><th class=\"n\">{}</th><th class=\"n\">{}</th></tr>\n",
        lang.pick("Hvad der tilbageholdes", "What is withheld"),
        lang.pick("Tabel", "Table"),
        lang.pick("Tal", "Numbers"),
        lang.pick("Tilbageholdt", "Withheld"),
    );
    for (table, total) in totals {
        text.push_str(&format!(
            "<tr><td>{}</td><td class=\"n\">{total}</td><td class=\"n\">{}</td></tr>\n",
            escape(table),
            withheld.get(table).copied().unwrap_or(0),
        ));
    }
    text.push_str("</table>\n");
    text
}

fn certificate(cleared: &Cleared, policy: &Policy, lang: Lang) -> String {
    let blocks = &cleared.certificate().blocks;
    let worlds: usize = blocks.iter().map(|block| block.worlds.len()).sum();
    let proofs: usize = blocks.iter().map(|block| block.proofs.len()).sum();
    let (blocks, k) = (blocks.len(), policy.minimum_persons);
    let heading = lang.pick("Bevis", "Proof");
    let body = match lang {
        Lang::Da => format!(
            "Beviset, som bliver i det sikre miljø, indeholder {worlds} verdener i {blocks} uafhængige blokke. Hver stemmer med alt, der offentliggøres, og to og to viser de, at {proofs} summer forbliver ukendte. Det er beregnet af de offentliggjorte tal alene. En selvstændig kontrol med hele tal har efterprøvet det. Ingen sum af bevisets grupper kan af tallene vises at have 1 til {} medlemmer, når bredden er mindst {k}.",
            k - 1
        ),
        Lang::En => format!(
            "The proof, which stays in the secure environment, holds {worlds} worlds in {blocks} independent blocks. Each agrees with everything published, and in pairs they show that {proofs} sums stay unknown. It is computed from the published numbers alone. An independent checker has verified it in whole numbers. Where the width is at least {k}, no sum of the proof's groups can be shown by these numbers to have 1 to {} members.",
            k - 1
        ),
    };
    format!("<h2>{heading}</h2>\n<p>{body}</p>\n")
}

fn tables(cleared: &Cleared, policy: &Policy, lang: Lang) -> String {
    let mut by_table: BTreeMap<&str, Vec<&ReleasedNumber>> = BTreeMap::new();
    for number in cleared.numbers() {
        by_table.entry(&number.table).or_default().push(number);
    }
    let mut text = format!("<h2>{}</h2>\n", lang.pick("Tallene", "The numbers"));
    for (table, numbers) in by_table {
        text.push_str(&format!(
            "<h3>{}</h3>\n<table>\n<tr><th>{}</th><th class=\"n\">{}</th></tr>\n",
            escape(table),
            lang.pick("Gruppe", "Group"),
            lang.pick("Værdi", "Value"),
        ));
        for number in numbers {
            let value = number.value.map_or_else(
                || {
                    format!(
                        "<span class=\"w\">{}</span>",
                        lang.pick("tilbageholdt", "withheld")
                    )
                },
                |shown| format_shown(shown, lang),
            );
            text.push_str(&format!(
                "<tr><td>{}</td><td class=\"n\">{value}</td></tr>\n",
                escape(&number.label)
            ));
        }
        text.push_str("</table>\n");
    }
    text.push_str(&format!(
        "<p><small>{}</small></p>\n",
        match lang {
            Lang::Da => format!(
                "Hvert vist tal hviler på mindst {} personer eller er afrundet som reglerne siger.",
                policy.minimum_persons
            ),
            Lang::En => format!(
                "Every number shown rests on at least {} persons, or is rounded as the rules say.",
                policy.minimum_persons
            ),
        }
    ));
    text
}

/// A value as it is written in the language, with thousands and decimals.
fn format_shown(shown: Shown, lang: Lang) -> String {
    let (thousands, point) = (lang.pick(".", ","), lang.pick(",", "."));
    match shown {
        Shown::Count(n) => grouped(i128::from(n), thousands),
        Shown::Amount(amount) => grouped(amount, thousands),
        Shown::Percentage { digits, decimals } => {
            let scale = 10_i64.pow(decimals);
            let whole = digits / scale;
            if decimals == 0 {
                return format!("{whole}&nbsp;%");
            }
            let rest = format!("{:0width$}", digits % scale, width = decimals as usize);
            format!("{whole}{point}{rest}{}", lang.pick("&nbsp;%", "%"))
        }
    }
}

fn grouped(number: i128, separator: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bundle, Support, clear};

    fn sheet(few: u64, lang: Lang) -> String {
        let mut bundle = Bundle::new();
        let many = bundle.persons(Support::of_persons(41_234));
        let few = bundle.persons(Support::of_persons(few));
        bundle
            .count("hjem & bolig", "<beholdt>", &[many], &[])
            .unwrap();
        bundle.count("hjem & bolig", "mistet", &[few], &[]).unwrap();
        let policy = Policy::named("statistics-denmark").unwrap();
        let request = Request {
            name: "2026-1".into(),
            what: "Fastholdelse efter tre år".into(),
            ..Request::default()
        };
        request.html(&clear(&bundle, &policy).unwrap(), &policy, lang)
    }

    #[test]
    fn the_sheet_speaks_both_languages_and_escapes_names() {
        let danish = sheet(3, Lang::Da);
        assert!(danish.contains("41.234") && danish.contains("tilbageholdt"));
        assert!(danish.contains("hjem &amp; bolig") && danish.contains("&lt;beholdt&gt;"));
        let english = sheet(3, Lang::En);
        assert!(english.contains("41,234") && english.contains("withheld"));
    }

    #[test]
    fn the_sheet_is_the_same_whatever_was_withheld() {
        assert_eq!(sheet(1, Lang::En), sheet(4, Lang::En));
    }

    #[test]
    fn percentages_have_their_decimals() {
        let shown = Shown::Percentage {
            digits: 1205,
            decimals: 2,
        };
        assert_eq!(format_shown(shown, Lang::Da), "12,05&nbsp;%");
        assert_eq!(format_shown(shown, Lang::En), "12.05%");
    }
}
