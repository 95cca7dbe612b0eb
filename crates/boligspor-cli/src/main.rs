//! The `boligspor` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    boligspor_cli::main_with(std::env::args_os())
}
