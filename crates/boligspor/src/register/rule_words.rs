//! The rules in Danish, one sentence each: what a Danish report says of a finding.

/// Rule, what is wrong, what is done.
const SENTENCES: &[(&str, &str)] = &[
    (
        "after-observation",
        "datoer ligger efter den sidst observerede dag; de bruges, som om data sluttede dér",
    ),
    (
        "before-observation",
        "datoer ligger før den første observerede dag; dagene før er ufuldstændige",
    ),
    (
        "cost-jump",
        "medianbeløbet i en kategori er cirka hundrede eller tusind gange det forrige års; se \
         efter, om enheden er skiftet (kroner, øre, tusinder)",
    ),
    (
        "coverage-drop",
        "en kommune, der ellers indberetter hver måned, indberetter næsten ingen ophold af en \
         tilstand i flere måneder i træk; se efter, om registret er dækkende dér",
    ),
    ("death-before-birth", "død før fødsel"),
    ("duplicate-key", "samme nøgle står i flere rækker"),
    (
        "duplicate-row",
        "hele rækken står flere gange; de overskydende tæller med, til de fjernes",
    ),
    (
        "empty-table",
        "tabellen er uden rækker; se efter, om en kobling eller et filter er gået galt",
    ),
    ("end-before-start", "slutdatoen ligger før startdatoen"),
    (
        "identity-change",
        "rækker med samme identifikation er uenige om køn eller fødselsdato; den første række \
         gælder",
    ),
    (
        "immortal-time",
        "kohorten opdeles eller vælges efter noget, der først kendes efter tidspunkt nul; den \
         tid, der går, til det sker, overleves pr. definition (udødelig tid)",
    ),
    (
        "implausible-birth",
        "fødselsdatoen giver en usandsynlig alder",
    ),
    (
        "long-open-stay",
        "ophold på herberg, hospital, hotel eller gade har stået åbne i årevis; \
         udskrivningen er formentlig ikke indberettet",
    ),
    ("missing-birth", "fødselsdato mangler; alderen er ukendt"),
    (
        "missing-column",
        "en kolonne, som tabellen skal have, mangler",
    ),
    (
        "misspelt-column",
        "en kolonne ligner en, tabellen skulle have; den læses ikke, som den er stavet",
    ),
    (
        "negative-cost",
        "negative beløb; de trækkes fra, som de står",
    ),
    (
        "new-year-check-in",
        "herbergsophold starter 1. januar, hvor personens forrige sluttede dagen før eller \
         samme dag; det er formentlig ét ophold",
    ),
    ("null-key", "nøglen mangler"),
    (
        "one-sided-costs",
        "andelen af personer med nogen række er mange gange større i den ene gruppe (fik \
         bolig eller ikke) end i den anden; udgifterne kan ikke sammenlignes",
    ),
    (
        "orphan-person",
        "personen findes ikke i `persons`; rækkerne bruges ikke",
    ),
    (
        "overlap",
        "ophold overlapper; den angivne rækkefølge afgør dagen",
    ),
    (
        "person-id-reuse",
        "identifikationen er i brug længe efter personens død; den er formentlig \
         givet til en anden",
    ),
    (
        "placement-before-enrolment",
        "boligtildeling før indskrivning; begge datoer bruges, som de står",
    ),
    (
        "placement-outside-life",
        "boligtildeling før fødsel eller efter død",
    ),
    (
        "placement-without-stay",
        "intet ophold i bolig inden for tre måneder efter tildelingen",
    ),
    (
        "price-jump",
        "en ydelses pris er cirka hundrede eller tusind gange det forrige års eller en så \
         lille del af den; se efter, om enheden er skiftet (kroner, øre, tusinder)",
    ),
    (
        "sentinel-date",
        "datoer som 1900-01-01 eller 9999-12-31 står for \u{201d}ukendt\u{201d} eller \
         \u{201d}løbende\u{201d}; gør dem tomme",
    ),
    (
        "several-first-placements",
        "flere første boligtildelinger på samme dag; det er uafgjort, hvilken der tæller",
    ),
    (
        "share-out-of-range",
        "betalernes andele er ikke mellem 0 og 1",
    ),
    (
        "stay-after-death",
        "ophold efter dødsdagen; dagene efter døden regnes som døde",
    ),
    ("stay-before-birth", "ophold før fødslen"),
    (
        "stay-while-abroad",
        "ophold starter, mens personen er i udlandet; rækkefølgen af tilstande afgør dagen",
    ),
    ("time-of-day", "datoer har et klokkeslæt; kun dagen bruges"),
    (
        "treated-missing",
        "personer, der fik tildelt en bolig, findes ikke i noget register; deres dage er \
         ukendte",
    ),
    (
        "two-municipalities",
        "ophold af samme tilstand er i to kommuner på samme tid",
    ),
    ("undated-cost", "en udgift har ingen dato"),
    (
        "undated-placement",
        "en boligtildeling har ingen dato; rækken er uden tidspunkt nul",
    ),
    (
        "unknown-municipality",
        "kommunekoden var ikke gyldig på datoen",
    ),
    ("unknown-state", "tilstanden er ingen af de kendte"),
    (
        "unreadable-values",
        "værdier kan ikke læses som kolonnens type",
    ),
    (
        "zero-length",
        "ophold slutter den dag, de starter; de dækker ingen dage",
    ),
];

/// What a rule's finding says in Danish; `None` where there is no such rule.
///
/// ```
/// assert!(boligspor::register::rule_in_danish("overlap").unwrap().starts_with("ophold overlapper"));
/// ```
pub fn rule_in_danish(rule: &str) -> Option<&'static str> {
    SENTENCES
        .iter()
        .find(|(name, _)| *name == rule)
        .map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::rules;

    #[test]
    fn every_sentence_is_of_a_rule_and_every_rule_has_one() {
        for (name, _) in SENTENCES {
            assert!(rules().any(|rule| rule.name == *name), "{name}");
        }
        for rule in rules() {
            assert!(rule_in_danish(rule.name).is_some(), "{}", rule.name);
        }
    }
}
