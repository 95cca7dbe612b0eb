//! An output folder: what an earlier run wrote or what this one writes, never
//! half of either.
//!
//! Files are written to a hidden folder beside the one asked for. When all is
//! there the two change places in one step, and the old one is removed. A run
//! that fails removes its hidden folder; one that is killed leaves it to the
//! next run. A lock keeps two runs from writing to one folder.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};

/// A folder being filled. Dropped without [`Staging::commit`], it leaves no trace.
#[derive(Debug)]
pub(crate) struct Staging {
    /// The folder asked for.
    target: PathBuf,
    /// Where files are written meanwhile.
    hidden: PathBuf,
    /// Where old results stand while they are exchanged, where the system
    /// cannot exchange two folders in one step.
    aside: PathBuf,
    lock_path: PathBuf,
    /// Held as long as the folder is being filled.
    _lock: File,
}

impl Staging {
    /// Prepares to write `target`, without touching what is there. `manifest` is
    /// the file that marks a folder as this library's output of the kind to be
    /// written: JSON with the keys `boligspor` and `outputs`, each with a `path`.
    ///
    /// # Errors
    /// [`Error::Option`] where the folder holds something that is not this
    /// library's output, is no folder, or is being written by another run;
    /// [`Error::File`] where the system refuses.
    pub(crate) fn new(target: &Path, manifest: &str) -> Result<Self> {
        let target = resolved(target)?;
        let name = target.file_name().map(OsString::from).unwrap_or_default();
        let beside = |what: &str| {
            let mut hidden = OsString::from(".");
            hidden.push(&name);
            hidden.push(what);
            target.with_file_name(hidden)
        };
        let lock_path = beside(".boligspor-lock");
        let staging = Self {
            hidden: beside(".boligspor-new"),
            aside: beside(".boligspor-old"),
            _lock: lock(&lock_path)?,
            lock_path,
            target,
        };
        staging.clean_up()?;
        refuse_foreign(&staging.target, manifest)?;
        fs::create_dir(&staging.hidden).map_err(|e| Error::file("create", &staging.hidden, e))?;
        Ok(staging)
    }

    /// What killed runs left behind.
    fn clean_up(&self) -> Result<()> {
        // Killed between moving the old results aside and putting the new ones in place.
        if self.aside.exists() && !self.target.exists() {
            fs::rename(&self.aside, &self.target)
                .map_err(|e| Error::file("restore", &self.target, e))?;
        }
        for left in [&self.hidden, &self.aside] {
            if left.exists() {
                fs::remove_dir_all(left).map_err(|e| Error::file("remove", left, e))?;
            }
        }
        Ok(())
    }

    /// Writes a file, its path relative to the folder with `/` between parts.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let full = self.hidden.join(path);
        if let Some(folder) = full.parent() {
            fs::create_dir_all(folder).map_err(|e| Error::file("create", folder, e))?;
        }
        fs::write(&full, bytes).map_err(|e| Error::file("write", &full, e))
    }

    /// Where a file of this name is to be written, for those too large to be held
    /// in memory as bytes.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.hidden.join(name)
    }

    /// Writes the manifest: `account`, and beside its keys the version of this
    /// library and the files written so far.
    pub(crate) fn account(&self, name: &str, account: serde_json::Value) -> Result<()> {
        let failed = |e| Error::file("write", &self.hidden, e);
        let mut names: Vec<String> = fs::read_dir(&self.hidden)
            .map_err(failed)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()
            .map_err(failed)?;
        names.sort();
        let paths: Vec<_> = names
            .into_iter()
            .map(|path| serde_json::json!({ "path": path }))
            .collect();
        let mut account = account;
        account["boligspor"] = env!("CARGO_PKG_VERSION").into();
        account["outputs"] = paths.into();
        self.write(name, format!("{account:#}\n").as_bytes())
    }

    /// Puts the new folder in the old one's place and returns where it is.
    pub(crate) fn commit(self) -> Result<PathBuf> {
        if self.target.exists() {
            if exchange(&self.hidden, &self.target).is_err() {
                fs::rename(&self.target, &self.aside)
                    .map_err(|e| Error::file("move aside", &self.target, e))?;
                fs::rename(&self.hidden, &self.target).map_err(|e| {
                    // Put the old results back; the first error says why.
                    let _ = fs::rename(&self.aside, &self.target);
                    Error::file("write", &self.target, e)
                })?;
            }
        } else {
            fs::rename(&self.hidden, &self.target)
                .map_err(|e| Error::file("write", &self.target, e))?;
        }
        // `drop` removes the old results, by whichever name they now have.
        Ok(self.target.clone())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = fs::remove_dir_all(&self.hidden);
        if self.target.exists() {
            let _ = fs::remove_dir_all(&self.aside);
        }
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// The folder itself: absolute, links followed, its parent made where missing.
fn resolved(target: &Path) -> Result<PathBuf> {
    let unusable = || {
        Error::option(
            "out",
            "is no name for a folder",
            "name a folder to write, such as results",
        )
    };
    if target.exists() {
        return target
            .canonicalize()
            .map_err(|e| Error::file("find", target, e))
            .and_then(|full| match full.file_name() {
                Some(_) => Ok(full),
                None => Err(unusable()),
            });
    }
    let Some(Component::Normal(name)) = target.components().next_back() else {
        return Err(unusable());
    };
    let parent = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|e| Error::file("create", parent, e))?;
    let parent = parent
        .canonicalize()
        .map_err(|e| Error::file("find", parent, e))?;
    Ok(parent.join(name))
}

/// Refuses a folder that holds anything but an earlier run's output.
fn refuse_foreign(target: &Path, manifest: &str) -> Result<()> {
    if !target.exists() {
        return Ok(());
    }
    if !target.is_dir() {
        return Err(Error::option(
            "out",
            "is a file",
            "name a folder that does not exist yet",
        ));
    }
    let mut entries = fs::read_dir(target).map_err(|e| Error::file("read", target, e))?;
    if entries.next().is_none() {
        return Ok(());
    }
    let Some(written) = outputs(target, manifest) else {
        return Err(Error::option(
            "out",
            "is a folder with other files in it",
            "name an empty or new folder, or the folder of an earlier run",
        ));
    };
    if let Some(foreign) = foreign(target, target, &written)? {
        return Err(Error::option(
            "out",
            format!("holds {foreign}, which the earlier run did not write"),
            "move it elsewhere, or name another folder",
        ));
    }
    Ok(())
}

/// The paths that an earlier run says it wrote; `None` where the folder is no
/// run's output.
fn outputs(folder: &Path, manifest: &str) -> Option<Vec<String>> {
    let bytes = fs::read(folder.join(manifest)).ok()?;
    let account: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    account.get("boligspor")?;
    let listed = account.get("outputs").and_then(|o| o.as_array());
    let paths = listed
        .into_iter()
        .flatten()
        .filter_map(|o| o.get("path")?.as_str().map(str::to_owned));
    Some(paths.chain([manifest.to_owned()]).collect())
}

/// What systems leave in any folder they show.
const NOT_MISSED: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// A file below `folder` that is not among those written, if there is one.
fn foreign(root: &Path, folder: &Path, written: &[String]) -> Result<Option<String>> {
    let failed = |e| Error::file("read", folder, e);
    let mut entries: Vec<_> = fs::read_dir(folder)
        .map_err(failed)?
        .collect::<io::Result<_>>()
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            if let Some(found) = foreign(root, &path, written)? {
                return Ok(Some(found));
            }
            continue;
        }
        let below = path.strip_prefix(root).unwrap_or(&path);
        let parts: Vec<_> = below.iter().map(|p| p.to_string_lossy()).collect();
        let name = parts.join("/");
        let last = parts.last().map_or("", |p| p.as_ref());
        if !written.contains(&name) && !NOT_MISSED.contains(&last) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Takes the lock beside a folder.
fn lock(path: &Path) -> Result<File> {
    // A run that ends removes its lock file. One that opened it before that,
    // and got the lock after, holds a file nobody else can find: try again.
    for _ in 0..100 {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(|e| Error::file("write", path, e))?;
        match file.try_lock() {
            Ok(()) if still_there(&file, path) => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::option(
                    "out",
                    "is being written by another run",
                    "wait for it to end, or name another folder",
                ));
            }
            // A file system without locks: one run at a time is then the user's care.
            Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(Error::file(
        "lock",
        path,
        io::Error::other("the lock keeps being taken"),
    ))
}

#[cfg(unix)]
fn still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(found)) => held.ino() == found.ino() && held.dev() == found.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn still_there(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Lets two folders change places in one step.
#[cfg(target_os = "linux")]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "manifest.json";

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn written(target: &Path, text: &str) {
        let staging = Staging::new(target, MANIFEST).unwrap();
        staging.write("tables/a.csv", text.as_bytes()).unwrap();
        let manifest = br#"{"boligspor": "0", "outputs": [{"path": "tables/a.csv"}]}"#;
        staging.write(MANIFEST, manifest).unwrap();
        staging.commit().unwrap();
    }

    #[test]
    fn a_folder_is_written_and_replaced_without_a_trace() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("deep/results");
        written(&target, "one");
        written(&target, "two");
        assert_eq!(fs::read(target.join("tables/a.csv")).unwrap(), b"two");
        assert_eq!(names(target.parent().unwrap()), ["results"]);
    }

    #[test]
    fn a_failed_run_leaves_the_old_results_whole() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("results");
        written(&target, "one");
        let staging = Staging::new(&target, MANIFEST).unwrap();
        staging.write("tables/a.csv", b"half").unwrap();
        drop(staging);
        assert_eq!(fs::read(target.join("tables/a.csv")).unwrap(), b"one");
        assert_eq!(names(root.path()), ["results"]);
    }

    #[test]
    fn what_a_killed_run_left_is_removed_or_restored_by_the_next() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("results");
        // Killed while writing: its hidden folder and lock file remain.
        fs::create_dir(root.path().join(".results.boligspor-new")).unwrap();
        fs::write(root.path().join(".results.boligspor-new/half"), b"").unwrap();
        fs::write(root.path().join(".results.boligspor-lock"), b"").unwrap();
        written(&target, "one");
        assert_eq!(names(root.path()), ["results"]);
        // Killed between two renames: the old results are put back first.
        fs::rename(&target, root.path().join(".results.boligspor-old")).unwrap();
        drop(Staging::new(&target, MANIFEST).unwrap());
        assert_eq!(fs::read(target.join("tables/a.csv")).unwrap(), b"one");
        assert_eq!(names(root.path()), ["results"]);
    }

    #[test]
    fn a_folder_with_other_files_is_refused_and_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("thesis.docx"), b"years").unwrap();
        let error = Staging::new(root.path(), MANIFEST).unwrap_err().to_string();
        assert!(error.contains("other files"), "{error}");
        fs::write(root.path().join(MANIFEST), br#"{"name": "another tool's"}"#).unwrap();
        assert!(Staging::new(root.path(), MANIFEST).is_err());
        assert_eq!(names(root.path()), [MANIFEST, "thesis.docx"]);
        let file = root.path().join("thesis.docx");
        assert!(
            Staging::new(&file, MANIFEST)
                .unwrap_err()
                .to_string()
                .contains("is a file")
        );
        assert!(Staging::new(Path::new(".."), MANIFEST).is_err());
        assert!(Staging::new(Path::new(""), MANIFEST).is_err());
    }

    #[test]
    fn a_file_put_among_the_results_is_not_lost() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("results");
        written(&target, "one");
        fs::write(target.join("tables/notes.docx"), b"years").unwrap();
        fs::write(target.join(".DS_Store"), b"").unwrap();
        let error = Staging::new(&target, MANIFEST).unwrap_err().to_string();
        assert!(error.contains("tables/notes.docx"), "{error}");
        fs::remove_file(target.join("tables/notes.docx")).unwrap();
        written(&target, "two");
    }

    #[test]
    fn two_runs_cannot_write_one_folder() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("results");
        let first = Staging::new(&target, MANIFEST).unwrap();
        let error = Staging::new(&target, MANIFEST).unwrap_err().to_string();
        assert!(error.contains("another run"), "{error}");
        drop(first);
        assert!(Staging::new(&target, MANIFEST).is_ok());
    }
}
