//! The program `laerd`: reads its arguments and hands over.

use clap::Parser;
use laerd::commands::{Arguments, run};
use std::process::ExitCode;

/// An answer is some hundred small allocations; this one is told in `.cargo/config.toml` to give back what is free.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
