//! `boligspor synth`.

use std::fs;

use boligspor::Error;
use boligspor_synth::Spec;
use serde_json::json;

use crate::args;
use crate::exit::Failure;
use crate::interrupt::Unfinished;
use crate::out::Out;

pub(crate) fn synth(args: &args::Synth, out: &Out) -> Result<u8, Failure> {
    let spec = spec(args)?;
    spec.check()?;
    let write = |e| Failure::Core(Error::file("write", &args.out, e));
    let unfinished = Unfinished::new(&args.out.join(".boligspor-new")).map_err(write)?;
    if args.as_registers {
        return registers(&spec, unfinished, args, out);
    }
    let bar = out.bar(spec.people);
    bar.set_message("people");
    let made = boligspor_synth::write(&spec, unfinished.path(), |done, _| bar.set_position(done))?;
    unfinished.finish(&args.out).map_err(write)?;
    bar.finish_and_clear();
    let rows: serde_json::Map<String, serde_json::Value> = made
        .rows
        .iter()
        .map(|(table, n)| ((*table).to_owned(), json!(n)))
        .collect();
    let text = format!(
        "Synthetic tables are in {} ({} people, seed {}); they describe no real person or place",
        args.out.display(),
        spec.people,
        spec.seed
    );
    let object = json!({
        "out": args.out.display().to_string(),
        "seed": spec.seed,
        "rows": rows,
        "planted": made.planted,
    });
    out.result(&text, &object)?;
    Ok(0)
}

/// Raw registers instead of tables.
fn registers(
    spec: &Spec,
    unfinished: Unfinished,
    args: &args::Synth,
    out: &Out,
) -> Result<u8, Failure> {
    let made = boligspor_synth::write_registers(spec, unfinished.path())?;
    unfinished
        .finish(&args.out)
        .map_err(|e| Failure::Core(Error::file("write", &args.out, e)))?;
    let dir = args.out.display();
    let text = format!(
        "Synthetic registers are in {dir} ({} people, seed {}); they describe no real person or place\n\
         Import them with: boligspor import registers {dir} --mapping {dir}/mapping.toml --out {dir}/tables\n\
         and run: boligspor run {dir}/study.toml --out results",
        spec.people, spec.seed
    );
    let object = json!({
        "out": dir.to_string(),
        "seed": spec.seed,
        "rows": made.rows,
        "dirt": made.dirt,
        "destroyed_days": made.destroyed,
    });
    out.result(&text, &object)?;
    Ok(0)
}

fn spec(args: &args::Synth) -> Result<Spec, Failure> {
    let mut spec = match &args.spec {
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|e| Failure::NoStudy(Error::file("read", path, e)))?;
            Spec::from_toml(&text)?
        }
        None => match args.preset.as_str() {
            "country" => Spec::country(),
            "cohort" => Spec::cohort(1_000, 1),
            _ => Spec::odense_like(),
        },
    };
    spec.people = args.people.unwrap_or(spec.people);
    spec.seed = args.seed.unwrap_or(spec.seed);
    Ok(spec)
}
