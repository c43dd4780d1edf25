//! The program `laerd`: reads its arguments and hands over.

use clap::Parser;
use laerd::commands::{Arguments, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(cause) => {
            eprintln!("error: no runtime: {cause}");
            ExitCode::FAILURE
        }
    }
}
