//! The words a reader sees for the codes of categories, payers and rules.

use crate::cohort::ALL;
use crate::lang::Lang;

/// Code, Danish, English.
type Words = (&'static str, &'static str, &'static str);

const CATEGORIES: &[Words] = &[
    (ALL, "i alt", "total"),
    ("shelter", "herberg (§110)", "shelter (§110)"),
    ("support", "bostøtte", "support"),
    ("hospital", "hospital", "hospital"),
    ("psychiatry", "psykiatri", "psychiatry"),
    ("treatment", "misbrugsbehandling", "substance use treatment"),
    ("prison", "fængsel", "prison"),
    ("cash_benefits", "kontanthjælp", "cash benefits"),
    ("sickness_benefits", "sygedagpenge", "sickness benefits"),
    ("disability_pension", "førtidspension", "disability pension"),
    ("housing_benefits", "boligstøtte", "housing benefits"),
    ("institution", "botilbud (§107/§108)", "institution"),
    ("transitional", "udslusningsbolig", "transitional housing"),
    ("hotel", "hotel", "hotel"),
    ("outreach", "opsøgende arbejde", "outreach"),
    ("establishment", "etablering af bolig", "setting up a home"),
    (
        "financial_assistance",
        "økonomisk hjælp",
        "financial assistance",
    ),
];

const PAYERS: &[Words] = &[
    (ALL, "i alt", "total"),
    ("municipality", "kommunen", "municipality"),
    ("state", "staten", "state"),
    ("region", "regionen", "region"),
    ("citizen", "borgeren", "citizen"),
];

const RULES: &[Words] = &[
    ("before_2023", "reglerne før 2023", "rules before 2023"),
    ("reform_2023", "reformen", "the reform"),
    (
        "denmark",
        "reglerne som de var og er",
        "rules as they were and are",
    ),
    ("none", "ingen refusion", "no refund"),
];

fn find(words: &[Words], code: &str, lang: Lang) -> String {
    match words.iter().find(|(c, _, _)| *c == code) {
        Some((_, da, en)) => lang.pick(da, en).to_owned(),
        None => code.replace('_', " "),
    }
}

/// A cost category in words; an unknown one as it is.
///
/// ```
/// use boligspor::{Lang, costs::category_label};
/// assert_eq!(category_label("cash_benefits", Lang::Da), "kontanthjælp");
/// assert_eq!(category_label("new_thing", Lang::Da), "new thing");
/// ```
pub fn category_label(code: &str, lang: Lang) -> String {
    find(CATEGORIES, code, lang)
}

/// A payer in words; an unknown one as it is.
pub fn payer_label(code: &str, lang: Lang) -> String {
    if code.is_empty() {
        return lang.pick("uoplyst betaler", "payer not given").to_owned();
    }
    find(PAYERS, code, lang)
}

/// A set of refund rules in words, with the day it is moved to.
pub fn rules_label(code: &str, lang: Lang) -> String {
    match code.split_once('@') {
        Some((name, from)) => {
            format!(
                "{} {} {from}",
                find(RULES, name, lang),
                lang.pick("fra", "from")
            )
        }
        None => find(RULES, code, lang),
    }
}
