//! The `boligspor` command, as a library: the binary and the Python package
//! both call [`main_with`], so that both offer the same command.
//!
//! Results go to standard output, everything else (progress, warnings, errors)
//! to standard error. With `--json` both are JSON, one object a line.

mod args;
mod check;
mod exit;
mod explain;
mod import;
mod import_registers;
mod interrupt;
mod measures;
mod out;
mod run;
mod schema;
mod synth;

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use exit::Failure;
use out::Out;

/// Runs the command with these arguments, the first being its own name, and
/// gives the exit code for the shell.
pub fn main_with(args: impl Iterator<Item = OsString>) -> ExitCode {
    ExitCode::from(exit_code(args))
}

/// As [`main_with`], the exit code as a number: 0 done, 2 bad usage or study
/// file, 3 bad data, 4 failed run, 130 interrupted.
///
/// ```
/// let args = ["boligspor", "--version"].map(Into::into);
/// assert_eq!(boligspor_cli::exit_code(args.into_iter()), 0);
/// let args = ["boligspor", "run", "no-such-study.toml", "--out", "results"].map(Into::into);
/// assert_eq!(boligspor_cli::exit_code(args.into_iter()), 2);
/// ```
pub fn exit_code(args: impl Iterator<Item = OsString>) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(refused) => {
            // Help and version come here too, and are no failure.
            let _ = refused.print();
            return if refused.use_stderr() { exit::USAGE } else { 0 };
        }
    };
    let out = Out::new(args.json, args.quiet);
    // A panic is a bug of ours: the user gets a sentence, not a backtrace.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = panic::catch_unwind(AssertUnwindSafe(|| dispatch(args.command, &out)));
    panic::set_hook(hook);
    match done.unwrap_or(Err(Failure::Internal)) {
        Ok(code) => code,
        Err(failure) => {
            out.failure(&failure);
            failure.code()
        }
    }
}

fn dispatch(command: Command, out: &Out) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => run::run(&args, out),
        Command::Check(args) => check::check(&args, out),
        Command::Import(args) => import::import(&args, out),
        Command::Measures(args) => measures::measures(&args, out),
        Command::Synth(args) => synth::synth(&args, out),
        Command::Explain(args) => explain::explain(&args, out),
        Command::Schema => schema::schema(out),
    }
}
