//! The two languages a result can speak.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The language of descriptions, labels and reports.
///
/// ```
/// use boligspor::Lang;
/// assert_eq!(Lang::Da.pick("bolig", "home"), "bolig");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Danish.
    Da,
    /// English (the default).
    #[default]
    En,
}

impl Lang {
    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, danish: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Da => danish,
            Self::En => english,
        }
    }
}
