//! The words a reader sees for the codes that tables hold.

use crate::chart;
use crate::cohort::ALL;
use crate::lang::Lang;
use crate::retention::{Definition, HorizonUnit, Place};

/// The same language, as the chart crate has it.
pub(crate) fn chart_lang(lang: Lang) -> chart::Lang {
    match lang {
        Lang::Da => chart::Lang::Da,
        Lang::En => chart::Lang::En,
    }
}

/// Code, Danish, English.
type Words = (&'static str, &'static str, &'static str);

const COLUMNS: &[Words] = &[
    ("age_group", "aldersgruppe", "age group"),
    ("sex", "køn", "sex"),
    ("cohort_year", "årgang", "year of time zero"),
    ("support_method", "støttemetode", "support method"),
    ("housing_source", "boligkilde", "housing source"),
    ("municipality", "kommune", "municipality"),
    ("programme", "indsats", "programme"),
    ("placed", "boligplaceret", "placed"),
    ("placement_number", "tildeling nr.", "placement number"),
    ("substance_use", "misbrug", "substance use"),
    (
        "psychiatric_diagnosis",
        "psykiatrisk diagnose",
        "psychiatric diagnosis",
    ),
    ("origin", "herkomst", "origin"),
];

const LEVELS: &[Words] = &[
    (ALL, "alle", "all"),
    ("man", "mænd", "men"),
    ("woman", "kvinder", "women"),
    ("male", "mænd", "men"),
    ("female", "kvinder", "women"),
    ("true", "ja", "yes"),
    ("false", "nej", "no"),
    ("S85", "§85", "§85"),
    ("missing", "uoplyst", "missing"),
    (
        "municipal_allocation",
        "kommunal anvisning",
        "municipal allocation",
    ),
    (
        "agreement",
        "aftale med boligorganisation",
        "agreement with housing association",
    ),
    ("private_letting", "privat udlejning", "private letting"),
    ("danish", "dansk", "Danish"),
    ("other", "anden", "other"),
];

const DEFINITIONS: &[Words] = &[
    ("odense_vive", "Odense/VIVE", "Odense/VIVE"),
    ("tsemberis", "Tsemberis", "Tsemberis"),
    ("at_home_chez_soi", "At Home/Chez Soi", "At Home/Chez Soi"),
    (
        "programme_residence",
        "Bopæl i indsatsen",
        "Programme residence",
    ),
    (
        "municipality_own",
        "Kommunens egen opgørelse",
        "Municipality's own",
    ),
];

/// The sources of the presets in Danish.
const SOURCES: &[(&str, &str)] = &[
    (
        "odense_vive",
        "VIVE om Odense (2020): stadig i bolig efter tildelingen, enten i den tildelte bolig \
         eller flyttet videre til en ny. Antaget her: døde udgår, udvandrede censureres, fængsel \
         og hospital afslutter ikke et lejemål.",
    ),
    (
        "tsemberis",
        "Tsemberis m.fl. (2004): andelen af tiden i stabil bolig blandt alle indskrevne. Antaget \
         her: hospital, behandling og fængsel er ikke stabil bolig, tiden efter et dødsfald \
         tæller ikke.",
    ),
    (
        "at_home_chez_soi",
        "At Home/Chez Soi: eget værelse, lejlighed eller hus, eller hos familie, med lejerrettighed \
         eller et forventet ophold på mindst 6 måneder. Antaget her: et lejemål på 6 måneder står \
         for forventningen; familie uden kontrakt tæller ikke.",
    ),
    (
        "programme_residence",
        "Bopæl i selve indsatsen: den tildelte bolig uden afbrydelse. Antaget her: et lejemål, der \
         beholdes under hospital, behandling eller fængsel, er bopæl.",
    ),
    (
        "municipality_own",
        "Odense Kommunes egen opgørelse (92 % af 317 placerede 2011–16): i egen bolig, da de sidst \
         blev set, uanset hvornår de blev placeret. Antaget her: døde udgår, og en anden bolig end \
         den første tæller.",
    ),
];

const METHODS: &[Words] = &[
    ("wilson", "Wilson", "Wilson"),
    ("kaplan_meier", "Kaplan–Meier", "Kaplan–Meier"),
    ("aalen_johansen", "Aalen–Johansen", "Aalen–Johansen"),
    ("ratio_of_days", "andel af dage", "ratio of days"),
    ("none", "–", "–"),
];

fn find(words: &[Words], code: &str, lang: Lang) -> String {
    match words.iter().find(|(c, _, _)| *c == code) {
        Some((_, da, en)) => lang.pick(da, en).to_owned(),
        None => code.replace('_', " "),
    }
}

/// A column that divides a cohort.
pub(crate) fn column(code: &str, lang: Lang) -> String {
    find(COLUMNS, code, lang)
}

/// A level of such a column.
pub(crate) fn level(code: &str, lang: Lang) -> String {
    find(LEVELS, code, lang)
}

/// A stratum's levels, the whole as "all".
pub(crate) fn stratum(levels: &[String], lang: Lang) -> String {
    if levels.iter().all(|l| l == ALL) {
        return level(ALL, lang);
    }
    let named: Vec<String> = levels.iter().map(|l| level(l, lang)).collect();
    named.join(" · ")
}

/// A cost category.
pub(crate) fn category(code: &str, lang: Lang) -> String {
    crate::costs::category_label(code, lang)
}

/// A payer.
pub(crate) fn payer(code: &str, lang: Lang) -> String {
    crate::costs::payer_label(code, lang)
}

/// A set of refund rules.
pub(crate) fn rules(code: &str, lang: Lang) -> String {
    capital(&crate::costs::rules_label(code, lang))
}

/// A definition's name; those of the presets as their studies are known.
pub(crate) fn definition(definition: &Definition, lang: Lang) -> String {
    find(DEFINITIONS, &definition.name, lang)
}

/// Where a definition comes from; that of a preset in the reader's language.
pub(crate) fn source(definition: &Definition, lang: Lang) -> Option<String> {
    let own = definition.source.as_deref()?;
    let preset = Definition::preset(&definition.name).ok();
    let unchanged = preset.is_some_and(|p| p.source.as_deref() == Some(own));
    let danish = SOURCES.iter().find(|(name, _)| *name == definition.name);
    Some(match (lang, danish) {
        (Lang::Da, Some((_, danish))) if unchanged => format!("Kilde: {danish}"),
        (Lang::Da, _) => format!("Kilde: {own}"),
        (Lang::En, _) => format!("Source: {own}"),
    })
}

/// How an estimate was made.
pub(crate) fn method(code: &str, lang: Lang) -> String {
    find(METHODS, code, lang)
}

/// Where a person is.
pub(crate) fn place(code: &str, lang: Lang) -> String {
    if code == "housed" {
        return lang.pick("i bolig", "housed").to_owned();
    }
    if code == "not_observed" {
        return lang
            .pick("ikke fulgt så længe", "not followed that long")
            .to_owned();
    }
    let found = Place::ALL.into_iter().find(|p| p.code() == code);
    found.map_or_else(|| code.replace('_', " "), |p| p.label(lang).to_owned())
}

/// What came of someone in a retention curve.
pub(crate) fn outcome(code: &str, lang: Lang) -> String {
    match code {
        "retained" => lang.pick("i bolig", "housed").to_owned(),
        "not_retained" => lang.pick("ikke i bolig", "not housed").to_owned(),
        "lost" => lang.pick("mistet boligen", "lost the home").to_owned(),
        _ => place(code, lang),
    }
}

/// A horizon, or the last observed day.
pub(crate) fn horizon(number: f64, unit: &str, lang: Lang) -> String {
    let unit = match unit {
        "months" => HorizonUnit::Months,
        "years" => HorizonUnit::Years,
        "days" => HorizonUnit::Days,
        _ => return lang.pick("sidst observeret", "last observed").to_owned(),
    };
    // A number and its unit belong on one line.
    unit.label(number as u32, lang).replace(' ', "\u{a0}")
}

/// The unit of an amount of money.
pub(crate) fn currency(code: &str, lang: Lang) -> String {
    match (code, lang) {
        ("DKK", Lang::Da) => "kr.".into(),
        _ => code.to_owned(),
    }
}

/// A text with a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// A text as a sentence: a capital first letter, a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let text = capital(text);
    if text.ends_with('.') {
        text
    } else {
        text + "."
    }
}

/// A name as part of a file name: lower-case letters, digits and `_`.
pub(crate) fn slug(name: &str) -> String {
    let mut out = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            'æ' => out.push_str("ae"),
            'ø' => out.push_str("oe"),
            'å' => out.push_str("aa"),
            _ if out.ends_with('_') || out.is_empty() => {}
            _ => out.push('_'),
        }
    }
    out.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_without_words_are_shown_as_they_are() {
        assert_eq!(category("cash_benefits", Lang::Da), "kontanthjælp");
        assert_eq!(category("new_thing", Lang::Da), "new thing");
        assert_eq!(stratum(&["all".into(), "all".into()], Lang::Da), "alle");
        assert_eq!(
            stratum(&["ACT".into(), "woman".into()], Lang::En),
            "ACT · women"
        );
        assert_eq!(place("allotted_dwelling", Lang::En), "allotted dwelling");
    }

    #[test]
    fn a_file_name_is_plain_ascii() {
        assert_eq!(
            slug("Egen bolig ≥ 6 måneder (ø)"),
            "egen_bolig_6_maaneder_oe"
        );
        assert_eq!(slug("–"), "");
    }
}
