//! The command as its user meets it: every way to go wrong has its own
//! message and exit code, and a run leaves either old results or new ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

fn boligspor(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_boligspor"))
        .args(args)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../data-samples")
        .join(name)
}

/// Three people, two of them placed, in CSV; identifiers that must never be told.
struct Register {
    folder: TempDir,
}

const STUDY: &str = "\
version = 1
[study]
title = \"Three people\"
[inputs]
persons = \"persons.csv\"
placements = \"placements.csv\"
stays = \"stays.csv\"
observed_until = 2023-12-31
[[retention]]
preset = \"odense_vive\"
horizons = [6, 12]
";

impl Register {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let register = Self { folder };
        register.put(
            "persons.csv",
            "person,birth_date,sex,death_date\nsecret1,1980-01-31,man,\n\
             secret2,1990-02-28,woman,\nsecret3,1975-06-01,man,2022-03-01\n",
        );
        register.put(
            "placements.csv",
            "person,enrolled_on,placed_on,municipality\nsecret1,2019-11-01,2020-01-31,461\n\
             secret2,2020-05-01,2020-06-15,461\n",
        );
        register.put(
            "stays.csv",
            "person,start,end,state,dwelling\nsecret1,2019-01-01,2020-01-31,shelter,\n\
             secret1,2020-01-31,,dwelling,d1\nsecret2,2020-06-15,2021-01-01,dwelling,d2\n\
             secret2,2021-01-01,,street,\nsecret3,2018-01-01,2022-03-01,dwelling,d3\n",
        );
        register.put("study.toml", STUDY);
        register
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}");
        self.put(name, &text.replace(from, to));
    }

    fn run(&self) -> Output {
        boligspor(&[
            "run",
            &self.path("study.toml"),
            "--internal",
            "--out",
            &self.path("results"),
        ])
    }
}

/// Every file of a folder, by path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                out.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    out
}

#[test]
fn each_kind_of_bad_input_has_its_own_message_and_exit_code() {
    // File, what is replaced, by what, exit code, what the message says.
    let cases: &[(&str, &str, &str, i32, &[&str])] = &[
        (
            "study.toml",
            "horizons",
            "horizon",
            2,
            &[
                "line 11",
                "unknown key `horizon`",
                "did you mean `horizons`?",
            ],
        ),
        (
            "study.toml",
            "[6, 12]",
            "[12, 6]",
            2,
            &["line 11", "rising order"],
        ),
        (
            "study.toml",
            "[6, 12]",
            "[6, 'a']",
            2,
            &["line 11", "retention[0].horizons"],
        ),
        (
            "study.toml",
            "odense_vive",
            "odense_vife",
            2,
            &["line 10", "did you mean `odense_vive`?"],
        ),
        (
            "study.toml",
            "version = 1",
            "version = 2",
            2,
            &["line 1", "version 1 only"],
        ),
        (
            "study.toml",
            "title = ",
            "title ",
            2,
            &["line 3", "not TOML"],
        ),
        (
            "study.toml",
            "stays.csv",
            "stay.csv",
            2,
            &["line 7", "there is no file stay.csv", "there is stays.csv"],
        ),
        ("study.toml", "2023-12-31", "2023-02-30", 2, &["line 8"]),
        (
            "study.toml",
            "[[retention]]",
            "[cohort]\nstrata = ['shoe_size']\n[[retention]]",
            2,
            &["shoe_size"],
        ),
        (
            "study.toml",
            "[[retention]]",
            "[[cohort.include]]\nname = 'adults'\nsql = 'age >>> 18'\n[[retention]]",
            2,
            &["adults"],
        ),
        (
            "study.toml",
            "[[retention]]",
            "[costs]\n[[retention]]",
            2,
            &["inputs.costs"],
        ),
        (
            "placements.csv",
            "placed_on",
            "moved_on",
            3,
            &["placements", "placed_on"],
        ),
        (
            "persons.csv",
            "1980-01-31",
            "31/31/1980",
            3,
            &["persons", "birth_date"],
        ),
        (
            "persons.csv",
            "secret2,1990",
            "secret1,1990",
            3,
            &["persons", "person", "repeat the key"],
        ),
        ("persons.csv", "secret3", "", 3, &["persons", "person"]),
        ("stays.csv", "street", "castle", 3, &["stays", "state"]),
        ("stays.csv", "secret3", "secret9", 3, &["stays", "person"]),
        (
            "stays.csv",
            "2020-06-15,2021-01-01",
            "2020-06-15,2019-01-01",
            3,
            &["stays", "end"],
        ),
        ("stays.csv", "person,start", "person;start", 3, &["stays"]),
    ];
    for (file, from, to, code, says) in cases {
        let register = Register::new();
        register.edit(file, from, to);
        let output = register.run();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(*code), "{to:?}: {message}");
        for text in *says {
            assert!(
                message.contains(text),
                "{to:?}: {text:?} is not in: {message}"
            );
        }
        assert!(
            !message.contains("secret"),
            "{to:?} tells an identifier: {message}"
        );
        assert!(!message.contains("panicked"), "{message}");
        assert!(output.stdout.is_empty());
        assert!(
            !Path::new(&register.path("results")).exists(),
            "{to:?} left results"
        );
    }
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_bad_data() {
    let register = Register::new();
    register.edit("study.toml", "stays.csv", "stays.parquet");
    register.put("stays.parquet", "this is no parquet");
    let output = register.run();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains("cannot be read as Parquet"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn usage_errors_and_missing_files_are_told_apart() {
    assert_eq!(boligspor(&[]).status.code(), Some(2));
    assert_eq!(boligspor(&["run"]).status.code(), Some(2));
    assert_eq!(boligspor(&["dance"]).status.code(), Some(2));
    let help = boligspor(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(stdout(&help).contains("130  interrupted"));
    let missing = boligspor(&["run", "no-such-study.toml", "--out", "x"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("no-such-study.toml"));
}

#[test]
fn results_replace_an_earlier_runs_and_nothing_else() {
    let register = Register::new();
    assert_eq!(register.run().status.code(), Some(0));
    let results = PathBuf::from(register.path("results"));
    let first = files(&results);
    for name in [
        "manifest.json",
        "internal/report.html",
        "internal/tables/retention.csv",
        "internal/charts/occupancy.svg",
        "released/report.html",
        "released/manifest.json",
        "released/request.da.html",
        "released/ro-crate-metadata.json",
        "review/certificate.json",
    ] {
        assert!(first.contains_key(name), "no {name}");
    }
    // A failed run leaves them as they are.
    register.edit("stays.csv", "street", "castle");
    assert_eq!(register.run().status.code(), Some(3));
    assert_eq!(files(&results), first);
    // A folder with anything else in it is left alone.
    let other = register.folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("thesis.docx"), "years").unwrap();
    let refused = boligspor(&[
        "run",
        &register.path("study.toml"),
        "--out",
        &register.path("other"),
    ]);
    assert_eq!(refused.status.code(), Some(3), "data are checked first");
    register.edit("stays.csv", "castle", "street");
    let refused = boligspor(&[
        "run",
        &register.path("study.toml"),
        "--out",
        &register.path("other"),
    ]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("other files"));
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
    // A place that cannot be written is a failed run.
    let beneath_a_file = register.path("study.toml/results");
    let failed = boligspor(&[
        "run",
        &register.path("study.toml"),
        "--out",
        &beneath_a_file,
    ]);
    assert_eq!(failed.status.code(), Some(4), "{}", stderr(&failed));
}

#[test]
fn no_result_holds_an_identifier_or_a_path() {
    let register = Register::new();
    assert_eq!(register.run().status.code(), Some(0));
    let folder = register.folder.path().display().to_string();
    for (name, bytes) in files(Path::new(&register.path("results"))) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("secret"), "{name} holds an identifier");
        assert!(!text.contains(&folder), "{name} holds a path");
    }
}

#[test]
fn errors_and_results_are_json_on_demand() {
    let register = Register::new();
    let good = boligspor(&[
        "run",
        &register.path("study.toml"),
        "--out",
        &register.path("results"),
        "--json",
    ]);
    let result: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    // How many people there are is not cleared: it is told with the internal results.
    assert!(result["people"].is_null());
    assert!(result["report"].as_str().unwrap().contains("released"));
    register.edit("stays.csv", "street", "castle");
    let bad = boligspor(&[
        "run",
        &register.path("study.toml"),
        "--out",
        &register.path("results"),
        "--json",
    ]);
    assert!(bad.stdout.is_empty());
    let error: serde_json::Value = serde_json::from_slice(&bad.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "checks");
    assert_eq!(error["error"]["exit"], 3);
    let finding = &error["error"]["findings"][0];
    assert_eq!(
        (finding["table"].as_str(), finding["rows"].as_u64()),
        (Some("stays"), Some(1))
    );
    let checked = boligspor(&["check", &register.path("study.toml"), "--json"]);
    assert_eq!(checked.status.code(), Some(3));
    let report: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(report["ok"], false);
    assert_eq!(report["rows"]["persons"], 3);
}

#[test]
fn tables_can_be_checked_without_a_study() {
    let register = Register::new();
    let tables = |until: &str| {
        boligspor(&[
            "check",
            "--persons",
            &register.path("persons.csv"),
            "--placements",
            &register.path("placements.csv"),
            "--stays",
            &register.path("stays.csv"),
            "--observed-until",
            until,
        ])
    };
    assert_eq!(tables("2023-12-31").status.code(), Some(0));
    let bad = tables("last summer");
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("--observed-until"));
    let half = boligspor(&["check", "--persons", &register.path("persons.csv")]);
    assert_eq!(half.status.code(), Some(2));
}

#[test]
fn immortal_time_is_looked_for_without_a_study() {
    let register = Register::new();
    let with = |more: &[&str]| {
        let tables = [
            "check",
            "--persons",
            &register.path("persons.csv"),
            "--placements",
            &register.path("placements.csv"),
            "--stays",
            &register.path("stays.csv"),
            "--observed-until",
            "2023-12-31",
        ];
        boligspor(&[&tables, more].concat())
    };
    let told = |more: &[&str]| stdout(&with(more)).contains("R601");
    assert!(!told(&[]));
    // A dwelling is known on the day of placement: not before, at enrolment.
    let enrolled = ["--strata", "dwelling", "--time-zero", "enrolment"];
    assert_eq!(
        with(&enrolled).status.code(),
        Some(0),
        "{}",
        stderr(&with(&enrolled))
    );
    assert!(told(&enrolled));
    assert!(!told(&["--strata", "dwelling"]));
    let twice = with(&["--strata", "dwelling", "--strata", "dwelling"]);
    assert_eq!(twice.status.code(), Some(2));
    assert!(stderr(&twice).contains("twice"), "{}", stderr(&twice));
    assert_eq!(with(&["--time-zero", "enrolment"]).status.code(), Some(2));
}

#[test]
fn a_person_is_explained_on_a_terminal_only_unless_asked() {
    let register = Register::new();
    let study = register.path("study.toml");
    let refused = boligspor(&["explain", &study, "--person", "secret1"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.stdout.is_empty());
    let told = boligspor(&["explain", &study, "--person", "secret1", "--allow-pipe"]);
    assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
    assert!(stderr(&told).contains("must not leave"));
    assert!(stdout(&told).contains("2020-01-31"), "{}", stdout(&told));
    assert!(!stdout(&told).contains("secret"));
    let nobody = boligspor(&["explain", &study, "--person", "secret77", "--allow-pipe"]);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(!stderr(&nobody).contains("secret77"));
}

#[test]
fn synthetic_tables_run_as_a_study_and_repeat_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for out in ["one", "two"] {
        let made = boligspor(&[
            "synth",
            "--people",
            "80",
            "--seed",
            "3",
            "--out",
            &path(out),
        ]);
        assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    }
    assert_eq!(
        files(&folder.path().join("one")),
        files(&folder.path().join("two"))
    );
    let none = boligspor(&["synth", "--people", "0", "--out", &path("none")]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("people"));
}

#[test]
fn the_sample_study_gives_the_same_bytes_at_any_thread_count() {
    let folder = tempfile::tempdir().unwrap();
    let study = sample("odense_like/study.toml").display().to_string();
    let mut results = Vec::new();
    for threads in ["1", "2", "16"] {
        let out = folder.path().join(threads);
        let done = Command::new(env!("CARGO_BIN_EXE_boligspor"))
            .args(["run", &study, "--quiet", "--internal", "--out"])
            .arg(&out)
            .envs([
                ("RAYON_NUM_THREADS", threads),
                ("POLARS_MAX_THREADS", threads),
            ])
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        assert!(done.stderr.is_empty(), "quiet: {}", stderr(&done));
        results.push(files(&out));
    }
    let one = &results[0];
    for other in &results[1..] {
        assert!(one.keys().eq(other.keys()));
        for (name, bytes) in one {
            assert!(
                other[name] == *bytes,
                "{name} differs by the number of threads"
            );
        }
    }
    every_column_is_described(one);
    for report in ["internal/report.html", "released/report.html"] {
        let report = String::from_utf8(one[report].clone()).unwrap();
        assert!(report.contains("lang=\"da\""));
        for fetch in ["src=\"http", "href=\"http", "url(http", "<script"] {
            assert!(
                !report.contains(fetch),
                "the report must open without a network: {fetch}"
            );
        }
    }
}

/// `docs/results.md` has a section for each table that names each column.
fn every_column_is_described(results: &BTreeMap<String, Vec<u8>>) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results.md");
    let page = fs::read_to_string(page).unwrap();
    let tables = results.iter().filter_map(|(path, bytes)| {
        Some((
            path.strip_prefix("internal/tables/")?
                .strip_suffix(".csv")?,
            bytes,
        ))
    });
    let mut described = 0;
    for (name, bytes) in tables {
        let section = page
            .split("\n## ")
            .find(|s| {
                s.lines()
                    .next()
                    .is_some_and(|h| h.split(", ").any(|h| h == name))
            })
            .unwrap_or_else(|| panic!("docs/results.md has no section {name}"));
        let header = String::from_utf8_lossy(bytes);
        for column in header.lines().next().unwrap().split(',') {
            // The study's own stratum is described once for all tables.
            let known = column == "support_method" || section.contains(&format!("`{column}`"));
            assert!(
                known,
                "docs/results.md says nothing of `{column}` under {name}"
            );
            described += 1;
        }
    }
    assert!(described > 80);
}

#[test]
fn the_schema_is_printed() {
    let schema: serde_json::Value = serde_json::from_slice(&boligspor(&["schema"]).stdout).unwrap();
    assert!(schema["properties"]["retention"].is_object());
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
#[test]
fn an_hmis_export_becomes_tables_and_a_study_that_runs() {
    let shared = std::env::var_os("BOLIGSPOR_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let export = shared.join("data/hmis-demo");
    if !export.exists() {
        eprintln!("skipped: no HMIS export at ../shared/data/hmis-demo");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let export = export.display().to_string();
    let import = [
        "import",
        "hmis",
        &export,
        "--out",
        &path("tables"),
        "--study",
        &path("study.toml"),
    ];
    let done = boligspor(&import);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(stdout(&done).contains("Not mapped"));
    let run = boligspor(&["run", &path("study.toml"), "--out", &path("results")]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let report = folder.path().join("results/released/report.html");
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains("HMIS"));
    // A study that may have been changed since is not overwritten.
    let again = boligspor(&import);
    assert_eq!(again.status.code(), Some(2));
}

/// What Ctrl-C does to a run: exit code 130, the old results untouched,
/// nothing left beside them.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_the_old_results_whole() {
    use std::process::Stdio;
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    let register = Register::new();
    assert_eq!(register.run().status.code(), Some(0));
    let out = folder.path().join("results");
    fs::rename(register.path("results"), &out).unwrap();
    let before = files(&out);

    // A run that takes long enough to be stopped: many bootstrap replicates.
    let tables = folder.path().join("tables");
    let made = boligspor(&[
        "synth",
        "--people",
        "6000",
        "--out",
        &tables.display().to_string(),
    ]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let mut study = STUDY.replace(".csv", ".parquet");
    study = study.replace("[[retention]]", "costs = \"costs.parquet\"\n[[retention]]");
    study += "[costs]\nreplicates = 5000\n";
    fs::write(tables.join("study.toml"), study).unwrap();
    let running = Command::new(env!("CARGO_BIN_EXE_boligspor"))
        .args([
            "run",
            &tables.join("study.toml").display().to_string(),
            "--out",
        ])
        .arg(&out)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(400));
    let signalled = Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status()
        .unwrap();
    assert!(signalled.success());
    let ended = running.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", stderr(&ended));
    assert!(stderr(&ended).contains("interrupted"));
    assert_eq!(files(&out), before);
    let beside = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(beside, 2, "only the results and the tables");
}
