//! How fast and how small the release binary is: `make bench`, or `cargo bench --bench load -- --quick` to see that
//! the bench itself works.
//!
//! The binary runs as its own process with the real course, first on SQLite, then on PostgreSQL where
//! `TEST_POSTGRES` names a server. Only what does not depend on the machine can fail a run: the memory at rest,
//! how the queue grows with a learner's history, and answers that were not applied.

#![expect(clippy::print_stdout, reason = "the table is the point of this program")]
#![expect(clippy::disallowed_methods, reason = "a load generator has a clock, chance and tasks of its own")]

#[path = "load/anki.rs"]
mod anki;
#[path = "load/bars.rs"]
mod bars;
#[path = "load/client.rs"]
mod client;
#[path = "load/database.rs"]
mod database;
#[path = "load/drive.rs"]
mod drive;
#[path = "load/events.rs"]
mod events;
#[path = "load/figures.rs"]
mod figures;
#[path = "load/growth.rs"]
mod growth;
#[path = "load/learner.rs"]
mod learner;
#[path = "load/loads.rs"]
mod loads;
#[path = "load/machine.rs"]
mod machine;
#[path = "load/measure.rs"]
mod measure;
#[path = "load/plan.rs"]
mod plan;
#[path = "load/pressure.rs"]
mod pressure;
#[path = "load/refits.rs"]
mod refits;
#[path = "load/report.rs"]
mod report;
#[path = "load/server.rs"]
mod server;
#[path = "load/wire.rs"]
mod wire;

use crate::{anki::Anki, database::Databases, measure::measure, plan::Plan, server::Program};
use std::{error::Error, path::PathBuf, process::ExitCode};

/// Whatever stops a run; the text says what was being done.
pub type Failure = Box<dyn Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Failure>;

/// The course that is really taught, not one made to be fast.
const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/questions/medarbeiderskap");

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs benches too, without this flag and with a debug binary.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("nothing measured: run `cargo bench --bench load`");
        return ExitCode::SUCCESS;
    }
    // Interrupted, everything is dropped in its order: the server stops and the database goes away.
    let outcome = tokio::select! {
        outcome = run(&arguments) => outcome,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
    };
    outcome.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::FAILURE
    })
}

async fn run(arguments: &[String]) -> Result<ExitCode> {
    let plan = Plan::from_arguments(arguments)?;
    let folder = tempfile::Builder::new().prefix("laerd-bench-").tempdir()?;
    let program = Program { binary: binary()?, log: folder.path().join("laerd.log") };
    let superuser = std::env::var("TEST_POSTGRES").ok().map(Databases::Postgres);
    let kinds: Vec<Databases> =
        [Some(Databases::Sqlite(folder.path().to_owned())), superuser].into_iter().flatten().collect();
    let mut facts = vec![machine::describe(&program.binary)];
    // All before any is measured: a wrong URL is told at once, not after minutes.
    for databases in &kinds {
        facts.push(databases.describe()?);
    }
    let anki = Anki::measure(&plan);
    facts.push(anki.describe());
    let mut measured = Vec::new();
    for databases in &kinds {
        eprintln!("{}: measuring", databases.name());
        let figures = measure(&program, databases, &plan).await;
        measured.push((databases.name(), figures.map_err(|failure| format!("{}: {failure}", databases.name()))?));
    }
    print!("{}", report::write(&plan, &facts, &anki, &measured));
    let passed = measured.iter().all(|(_, figures)| bars::pass(figures));
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Cargo names the binary it built beside this bench; elsewhere `LAERD_BIN` does.
fn binary() -> Result<PathBuf> {
    let built = option_env!("CARGO_BIN_EXE_laerd").map(PathBuf::from);
    let binary = built.or_else(|| std::env::var_os("LAERD_BIN").map(PathBuf::from));
    let binary = binary.ok_or("no binary to measure\n  cure: set LAERD_BIN to the path of laerd")?;
    if binary.exists() { Ok(binary) } else { Err(format!("{} is not there", binary.display()).into()) }
}
