//! Finding the files of a delivery by patterns, in an order that does not
//! depend on the file system.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// All files below a folder, as paths below it with `/`, sorted.
fn walk(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).map_err(|e| Error::file("read", &at, e))? {
            let path = entry.map_err(|e| Error::file("read", &at, e))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(below) = path.strip_prefix(folder) {
                let parts: Vec<_> = below.iter().map(|p| p.to_string_lossy()).collect();
                found.push(parts.join("/"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a name fits a pattern of `*` and `?`.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.first(), name.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            fits(&pattern[1..], name) || (!name.is_empty() && fits(pattern, &name[1..]))
        }
        (Some(b'?'), Some(_)) => fits(&pattern[1..], &name[1..]),
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b) && fits(&pattern[1..], &name[1..]),
        _ => false,
    }
}

fn path_fits(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.first(), path.first()) {
        // A pattern that ends at a folder stands for all files in it.
        (None, _) => true,
        (Some(&"**"), _) => {
            path_fits(&pattern[1..], path) || (!path.is_empty() && path_fits(pattern, &path[1..]))
        }
        (Some(p), Some(name)) => {
            fits(p.as_bytes(), name.as_bytes()) && path_fits(&pattern[1..], &path[1..])
        }
        (Some(_), None) => false,
    }
}

/// The files of a folder.
pub(super) struct Folder {
    root: PathBuf,
    files: Vec<String>,
}

impl Folder {
    pub(super) fn open(root: &Path) -> Result<Self> {
        Ok(Self {
            files: walk(root)?,
            root: root.to_owned(),
        })
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// The files of these patterns, pattern by pattern; a file of an earlier
    /// pattern is not read again for a later one.
    ///
    /// # Errors
    /// [`Error::Table`] where a pattern fits no file.
    pub(super) fn find(&self, register: &str, patterns: &[String]) -> Result<Vec<String>> {
        let mut found: Vec<String> = Vec::new();
        for pattern in patterns {
            let parts: Vec<&str> = pattern
                .split('/')
                .filter(|p| !p.is_empty() && *p != ".")
                .collect();
            let before = found.len();
            let mut any = false;
            for file in &self.files {
                let path: Vec<&str> = file.split('/').collect();
                if path_fits(&parts, &path) {
                    any = true;
                    if !found[..before].contains(file) {
                        found.push(file.clone());
                    }
                }
            }
            if !any {
                return Err(Error::table(
                    register,
                    None,
                    format!("no file in {} fits `{pattern}`", self.root.display()),
                    "correct the pattern in the mapping file, or take the delivery out of it",
                ));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_names_and_folders() {
        for (pattern, path, yes) in [
            ("bef*.sas7bdat", "BEF202112.sas7bdat", true),
            ("bef??????.csv", "bef202112.csv", true),
            ("bef*.csv", "x/bef202112.csv", false),
            ("**/bef*.csv", "x/y/bef202112.csv", true),
            ("**/bef*.csv", "bef202112.csv", true),
            ("bef", "bef/year=2018/part-0.parquet", true),
            ("bef/year=*", "bef/year=2018/part-0.parquet", true),
            ("bef/year=2019", "bef/year=2018/part-0.parquet", false),
            ("be", "bef/part-0.parquet", false),
        ] {
            let parts: Vec<&str> = pattern.split('/').collect();
            let names: Vec<&str> = path.split('/').collect();
            assert_eq!(path_fits(&parts, &names), yes, "{pattern} {path}");
        }
    }

    #[test]
    fn files_come_pattern_by_pattern_and_once() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv", "c.csv"] {
            std::fs::write(root.path().join(name), "x").unwrap();
        }
        let folder = Folder::open(root.path()).unwrap();
        let find = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
            folder.find("bef", &patterns)
        };
        assert_eq!(
            find(&["c.csv", "*.csv"]).unwrap(),
            ["c.csv", "a.csv", "b.csv"]
        );
        let error = find(&["d*.csv"]).unwrap_err().to_string();
        assert!(error.contains("fits `d*.csv`"), "{error}");
    }
}
