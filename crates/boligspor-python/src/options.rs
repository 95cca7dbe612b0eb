//! Options as JSON, read by the library's own types.

use boligspor::{Error, Lang};
use serde::de::DeserializeOwned;

/// Reads an option. Python has looked at it already; this is the last word.
///
/// # Errors
/// [`Error::Option`] with what serde makes of it.
pub(crate) fn read<T: DeserializeOwned>(name: &str, json: &str) -> boligspor::Result<T> {
    serde_json::from_str(json).map_err(|e| {
        let text = e.to_string();
        // "… at line 1 column 17" says nothing to someone who wrote no JSON.
        let problem = text.split(" at line ").next().unwrap_or(&text).to_owned();
        Error::option(
            name,
            format!("cannot be used: {problem}"),
            "see its documentation",
        )
    })
}

/// Reads an option that is one of several names.
///
/// # Errors
/// [`Error::Option`] for a name that is none of them.
pub(crate) fn named<T: DeserializeOwned>(argument: &str, name: &str) -> boligspor::Result<T> {
    read(argument, &serde_json::Value::from(name).to_string())
}

/// A language by its code.
///
/// # Errors
/// [`Error::Option`] for a code that is neither `en` nor `da`.
pub(crate) fn lang(code: &str) -> boligspor::Result<Lang> {
    match code {
        "en" => Ok(Lang::En),
        "da" => Ok(Lang::Da),
        _ => Err(Error::option(
            "lang",
            "is no language we speak",
            "choose \"en\" or \"da\"",
        )),
    }
}
