//! The folder that leaves.

use std::fs;
use std::path::Path;

use crate::certificate::Certificate;
use crate::check::check;
use crate::clear::Cleared;
use crate::error::{ClearError, Result};
use crate::lang::Lang;
use crate::policy::Policy;
use crate::request::Request;
use crate::ro_crate;
use crate::rows::PublicRows;

/// The folder within a release that may leave.
pub const RELEASED: &str = "released";
/// The folder within a release that stays with whoever checks it.
pub const REVIEW: &str = "review";

impl Cleared {
    /// The numbers as CSV: table, label, value; empty where withheld.
    pub fn csv(&self) -> String {
        let mut text = String::from("table,label,value,unit\n");
        for number in self.numbers() {
            let (value, unit) = match number.value {
                None => (String::new(), ""),
                Some(crate::Shown::Count(n)) => (n.to_string(), "persons"),
                Some(crate::Shown::Amount(n)) => (n.to_string(), "amount"),
                Some(shown @ crate::Shown::Percentage { decimals, .. }) => (
                    format!("{:.*}", decimals as usize, shown.to_f64()),
                    "percent",
                ),
            };
            text.push_str(&format!(
                "{},{},{value},{unit}\n",
                quoted(&number.table),
                quoted(&number.label)
            ));
        }
        text
    }

    /// Writes the release into a folder that is empty or not there yet.
    ///
    /// | in the folder | is |
    /// |---|---|
    /// | `released/` | what may leave: `numbers.csv`, `policy.toml`, the request sheet in Danish and English, `ro-crate-metadata.json` |
    /// | `review/` | the proof for checkers inside the secure environment: `rows.json`, `certificate.json`, and the numbers again |
    ///
    /// The proof's atomic cells are the combinations of categories that occur
    /// among the people: microdata without names. It tells no more of sizes
    /// than the numbers do, but of who there is; so it stays.
    ///
    /// The same release gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`ClearError::Folder`] if the folder holds files, or cannot be written.
    pub fn write(
        &self,
        folder: impl AsRef<Path>,
        request: &Request,
        policy: &Policy,
    ) -> Result<()> {
        let folder = folder.as_ref();
        let failed = |error: std::io::Error| ClearError::Folder(error.to_string());
        fs::create_dir_all(folder).map_err(failed)?;
        if fs::read_dir(folder).map_err(failed)?.next().is_some() {
            return Err(ClearError::Folder(
                "it is not empty; choose a new one, so that nothing uncleared lies in it"
                    .to_owned(),
            ));
        }
        let json = |value: serde_json::Result<String>| {
            value.map_err(|error| ClearError::Folder(error.to_string()))
        };
        let rows = json(serde_json::to_string(self.rows()))?;
        let certificate = json(serde_json::to_string(self.certificate()))?;
        let files: Vec<(&str, &str, String)> = vec![
            ("numbers.csv", "text/csv", self.csv()),
            ("policy.toml", "application/toml", policy.to_toml()?),
            (
                "request.da.html",
                "text/html",
                request.html(self, policy, Lang::Da),
            ),
            (
                "request.en.html",
                "text/html",
                request.html(self, policy, Lang::En),
            ),
        ];
        let hashed: Vec<(&str, &str, &[u8])> = files
            .iter()
            .map(|(name, media, text)| (*name, *media, text.as_bytes()))
            .collect();
        let parts: Vec<ro_crate::Part> = hashed
            .iter()
            .map(|(name, media, bytes)| ro_crate::Part::new(name, media, bytes))
            .collect();
        let metadata = format!("{:#}\n", ro_crate::metadata(request, policy, &parts));
        let (released, review) = (folder.join(RELEASED), folder.join(REVIEW));
        fs::create_dir(&released).map_err(failed)?;
        fs::create_dir(&review).map_err(failed)?;
        for (name, _, bytes) in &hashed {
            fs::write(released.join(name), bytes).map_err(failed)?;
        }
        fs::write(released.join("ro-crate-metadata.json"), metadata).map_err(failed)?;
        for (name, text) in [
            ("numbers.csv", self.csv()),
            ("rows.json", rows),
            ("certificate.json", certificate),
        ] {
            fs::write(review.join(name), text).map_err(failed)?;
        }
        Ok(())
    }
}

/// Verifies the certificate of a release's folder, from its files alone.
///
/// # Errors
///
/// [`ClearError::Folder`] for files that are missing or unreadable,
/// [`ClearError::Certificate`] for a proof that does not hold.
pub fn check_folder(folder: impl AsRef<Path>) -> Result<()> {
    let read = |name: &str| {
        fs::read_to_string(folder.as_ref().join(REVIEW).join(name))
            .map_err(|error| ClearError::Folder(format!("{name}: {error}")))
    };
    let bad = |error: serde_json::Error| ClearError::Folder(error.to_string());
    let rows: PublicRows = serde_json::from_str(&read("rows.json")?).map_err(bad)?;
    let certificate: Certificate = serde_json::from_str(&read("certificate.json")?).map_err(bad)?;
    check(&rows, &certificate)
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bundle, Support, clear};

    fn bytes(folder: &Path, few: u64) -> Vec<(String, Vec<u8>)> {
        let mut bundle = Bundle::new();
        let many = bundle.persons(Support::of_persons(400 - few));
        let few = bundle.persons(Support::of_persons(few));
        bundle.count("home, kept", "many", &[many], &[]).unwrap();
        bundle.count("home, kept", "few", &[few], &[]).unwrap();
        bundle
            .count("home, kept", "all", &[many, few], &[])
            .unwrap();
        let policy = Policy::named("statistics-denmark").unwrap();
        let request = Request {
            name: "r".into(),
            ..Request::default()
        };
        clear(&bundle, &policy)
            .unwrap()
            .write(folder, &request, &policy)
            .unwrap();
        let parts = [RELEASED, REVIEW].map(|part| fs::read_dir(folder.join(part)).unwrap());
        let mut files: Vec<_> = parts
            .into_iter()
            .flatten()
            .map(|file| {
                let file = file.unwrap();
                let name = file.file_name().to_string_lossy().into_owned();
                (name, fs::read(file.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn a_folder_is_checked_from_its_files_and_no_byte_knows_what_was_withheld() {
        let root = tempfile::tempdir().unwrap();
        // 400 in all, of whom 1 or 4 are few.
        let one = bytes(&root.path().join("one"), 1);
        let four = bytes(&root.path().join("four"), 4);
        assert_eq!(one.len(), 5 + 3);
        assert!(one == four, "the bytes differ");
        check_folder(root.path().join("one")).unwrap();

        let path = root.path().join("one/review/certificate.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.replace("\"proofs\":[{", "\"proofs\":[{\"x\":1,"),
        )
        .unwrap();
        assert!(check_folder(root.path().join("one")).is_err());
    }
}
