//! The two languages of descriptions and request sheets.

use serde::{Deserialize, Serialize};

/// The language of a description.
///
/// ```
/// use boligspor_disclosure::Lang;
/// assert_eq!(Lang::Da.pick("mindst", "at least"), "mindst");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
