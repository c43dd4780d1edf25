//! The program `laerd`: reads its arguments and hands over.

use clap::Parser;
use laerd::commands::{Arguments, run};
use std::process::ExitCode;

/// An answer is some hundred small allocations; this one is told in `.cargo/config.toml` to give back what is free.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // What a database's thread has done is picked up after a task or two, not when two hundred microseconds are over:
    // whoever writes for all the others waits for it several times a commit.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().global_queue_interval(3).build();
    match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(cause) => {
            eprintln!("error: no runtime: {cause}");
            ExitCode::FAILURE
        }
    }
}
