//! A policy in sentences, for the request sheet and the foot of a report.

use crate::lang::Lang;
use crate::policy::{Mark, Policy, Rounding, Zeros};

impl Mark {
    /// The mark in words.
    pub fn describe(self, lang: Lang) -> &'static str {
        match self {
            Self::Found => lang.pick("fundet i kilden", "found in the source"),
            Self::SecondHand => lang.pick("anden hånd", "second-hand"),
            Self::Recalled => lang.pick("erindret, ikke efterprøvet", "recalled, not verified"),
            Self::Inferred => lang.pick("vores valg eller slutning", "our choice or inference"),
        }
    }
}

impl Policy {
    /// The rules, one sentence each, with source and certainty where given.
    ///
    /// ```
    /// use boligspor_disclosure::{Lang, Policy};
    ///
    /// let text = Policy::named("statistics-denmark")?.describe(Lang::En);
    /// assert!(text.contains("at least 5 persons"));
    /// assert!(text.contains("found in the source"));
    /// # Ok::<(), boligspor_disclosure::ClearError>(())
    /// ```
    pub fn describe(&self, lang: Lang) -> String {
        let mut text = match lang {
            Lang::Da => format!("Regelsæt {}, version {}.", self.name, self.version),
            Lang::En => format!("Policy {}, version {}.", self.name, self.version),
        };
        for (field, sentence) in self.sentences(lang) {
            text.push(' ');
            text.push_str(&sentence);
            if let Some(source) = self.sources.get(field) {
                text.push_str(&format!(
                    " [{}: {}]",
                    source.mark.describe(lang),
                    source.text
                ));
            }
        }
        text
    }

    /// Each rule by field name, as a sentence.
    pub fn sentences(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let n = self.minimum_persons;
        let mut all = vec![(
            "minimum_persons",
            match lang {
                Lang::Da => format!(
                    "Hvert tal hviler på mindst {n} personer, uoplyste kategorier medregnet."
                ),
                Lang::En => format!(
                    "Every number rests on at least {n} persons, missing categories included."
                ),
            },
        )];
        all.push((
            "zeros",
            match self.zeros {
                Zeros::Show => lang.pick("Nuller vises.", "Zeros are shown."),
                Zeros::ProtectShares => lang.pick(
                    "Nuller vises, undtagen hvor de giver 0 % eller 100 % af en offentliggjort gruppe.",
                    "Zeros are shown except where they make 0 % or 100 % of a published group.",
                ),
                Zeros::Protect => lang.pick("Nuller tilbageholdes.", "Zeros are withheld."),
            }
            .to_owned(),
        ));
        let (width, percent) = (self.width, self.amount_width_percent);
        all.push((
            "width",
            match lang {
                Lang::Da => format!(
                    "Et tilbageholdt antal kan ikke indsnævres til under {width} personers usikkerhed."
                ),
                Lang::En => format!(
                    "A withheld count cannot be narrowed to an uncertainty under {width} persons."
                ),
            },
        ));
        all.push((
            "amount_width_percent",
            match lang {
                Lang::Da => format!(
                    "Et tilbageholdt beløb kan ikke indsnævres til under {percent} % af dets øvre grænse."
                ),
                Lang::En => format!(
                    "A withheld amount cannot be narrowed to under {percent} % of its upper bound."
                ),
            },
        ));
        if let Some(rule) = self.dominance {
            let (n, k) = (rule.contributors, rule.percent);
            all.push((
                "dominance",
                match lang {
                    Lang::Da => format!("De {n} største bidrag udgør under {k} % af et beløb."),
                    Lang::En => {
                        format!("The {n} largest contributions are under {k} % of an amount.")
                    }
                },
            ));
        }
        if let Some(p) = self.p_percent {
            all.push((
                "p_percent",
                match lang {
                    Lang::Da => format!(
                        "Den næststørste bidragyder kan ikke kende den største inden for {p} %."
                    ),
                    Lang::En => format!(
                        "The second largest contributor cannot know the largest within {p} %."
                    ),
                },
            ));
        }
        if let Some(n) = self.minimum_municipalities {
            all.push((
                "minimum_municipalities",
                match lang {
                    Lang::Da => format!("Hvert tal hviler på mindst {n} kommuner."),
                    Lang::En => format!("Every number rests on at least {n} municipalities."),
                },
            ));
        }
        all.push(("rounding", round_sentence(self.rounding, lang)));
        let k = self.percentile_neighbours;
        all.push((
            "percentile_neighbours",
            match lang {
                Lang::Da => format!(
                    "Percentiler er gennemsnit af mindst {k} naboer; minimum og maksimum vises ikke."
                ),
                Lang::En => format!(
                    "Percentiles are means of at least {k} neighbours; minima and maxima are not shown."
                ),
            },
        ));
        let k = self.curve_step;
        all.push((
            "curve_step",
            match lang {
                Lang::Da => format!("Hvert trin på en kurve hviler på mindst {k} personer."),
                Lang::En => format!("Every step of a curve rests on at least {k} persons."),
            },
        ));
        if self.curve_rounding != Rounding::None {
            all.push((
                "curve_rounding",
                format!(
                    "{} {}",
                    lang.pick("Under kurver:", "Beneath curves:"),
                    round_sentence(self.curve_rounding, lang)
                ),
            ));
        }
        if let Some(rule) = self.models {
            let (freedom, digits) = (rule.minimum_freedom, rule.digits);
            all.push((
                "models",
                match lang {
                    Lang::Da => format!(
                        "Et modelskøn hviler på mindst {freedom} personer flere end modellen har \
                         parametre og vises med {digits} betydende cifre af det halve interval."
                    ),
                    Lang::En => format!(
                        "A model's estimate rests on at least {freedom} persons more than the \
                         model has parameters, and is shown to {digits} significant digits of half \
                         its interval."
                    ),
                },
            ));
        }
        all
    }
}

fn round_sentence(rounding: Rounding, lang: Lang) -> String {
    match (rounding, lang) {
        (Rounding::None, Lang::Da) => "Antal afrundes ikke.".to_owned(),
        (Rounding::None, Lang::En) => "Counts are not rounded.".to_owned(),
        (Rounding::Nearest(b), Lang::Da) => {
            format!("Antal afrundes til nærmeste {b}, hvert for sig.")
        }
        (Rounding::Nearest(b), Lang::En) => {
            format!("Counts are rounded to the nearest {b}, each by itself.")
        }
        (Rounding::Midpoint(b), Lang::Da) => {
            format!("Antal erstattes af midten af deres interval på {b}; 0 forbliver 0.")
        }
        (Rounding::Midpoint(b), Lang::En) => {
            format!("Counts are replaced by the middle of their interval of {b}; 0 stays 0.")
        }
        (Rounding::Additive(b), Lang::Da) => {
            format!("De mindste celler afrundes til nærmeste {b}, og alle tal er summer af dem.")
        }
        (Rounding::Additive(b), Lang::En) => {
            format!(
                "The smallest cells are rounded to the nearest {b}, and all counts are their sums."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_policy_speaks_both_languages() {
        for name in Policy::names() {
            let policy = Policy::named(name).unwrap();
            let (danish, english) = (policy.describe(Lang::Da), policy.describe(Lang::En));
            assert!(danish.contains("personer"), "{danish}");
            assert!(english.contains("persons"), "{english}");
            assert_eq!(
                policy.sentences(Lang::Da).len(),
                policy.sentences(Lang::En).len()
            );
        }
    }

    #[test]
    fn what_is_recalled_says_so() {
        let text = Policy::named("eurostat-like").unwrap().describe(Lang::En);
        assert!(text.contains("recalled, not verified"));
    }
}
