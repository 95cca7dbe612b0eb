//! What several analyses say alike: confidence levels in words, and warnings.

use crate::lang::Lang;

/// A confidence level in words: `95 %`.
pub(crate) fn percent(level: f64, lang: Lang) -> String {
    let number = format!("{}", (level * 1e6).round() / 1e4);
    match lang {
        Lang::Da => format!("{} %", number.replace('.', ",")),
        Lang::En => format!("{number}%"),
    }
}

/// A number with as many decimals, its mark that of the language.
pub(crate) fn decimal(value: f64, decimals: usize, lang: Lang) -> String {
    let number = format!("{value:.decimals$}");
    match lang {
        Lang::Da => number.replace('.', ","),
        Lang::En => number,
    }
}

/// Groups differ in more than their name.
pub(crate) fn case_mix(lang: Lang) -> String {
    lang.pick(
        "grupperne kan være forskelligt sammensat: en forskel mellem dem er ikke en virkning af \
         det, de er delt efter",
        "the groups may differ in their mix of people: a difference between them is not an effect \
         of what divides them",
    )
    .to_owned()
}

/// A person can be counted several times.
pub(crate) fn repeated(lang: Lang) -> String {
    lang.pick(
        "en person kan indgå flere gange; intervallerne regner rækkerne for uafhængige",
        "a person can count several times; the intervals take the rows as independent",
    )
    .to_owned()
}
