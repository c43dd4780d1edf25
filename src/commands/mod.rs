//! The command line: arguments in, one of the commands, an exit code out.

mod account;
mod bank;
mod epoch;
mod history;
mod mastery;
mod migrate;
mod optimize;
mod serve;
mod verify;

use crate::{
    api::spec,
    config::{Config, Overrides},
};
use clap::{Parser, Subcommand};
use std::{io::Write, path::PathBuf, process::ExitCode};

/// lærd: question decks, marking, spaced repetition and mastery over an OpenAPI service.
///
/// Settings come from defaults, then a settings file, then LAERD_… variables, then flags.
#[derive(Parser)]
#[command(name = "laerd", version, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    overrides: Overrides,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API
    ///
    /// An SQLite database is made and brought up to date on the way; a PostgreSQL database must be up to date (see
    /// `laerd migrate`). SIGTERM or Ctrl-C lets requests under way finish.
    Serve {
        /// Load the course in this folder first, as `laerd bank load` does
        #[arg(long, value_name = "PATH")]
        load: Option<PathBuf>,
    },
    /// Change the database's schema
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Check that what is stored is what the log gives
    ///
    /// Folds every learner's log from nothing and compares cards, beliefs and standing row by row; checks that each
    /// stream is numbered without gaps up to its head. Prints each difference and the counts; exit code 1 if a
    /// difference is left. A server may run meanwhile.
    Verify {
        /// Write what the log gives in the place of what differs; the log itself is never changed
        #[arg(long)]
        repair: bool,
    },
    /// Print the OpenAPI specification; needs no database
    Openapi,
    /// Check and load question banks
    #[command(subcommand)]
    Bank(bank::Bank),
    /// The life of the database
    #[command(subcommand)]
    Epoch(epoch::Epoch),
    /// Learn how hard a course is, and fit the mastery filter to it
    #[command(subcommand)]
    Mastery(mastery::Mastery),
    /// Manage accounts
    #[command(subcommand)]
    Account(account::Account),
    /// Take over what learners did in other programs
    #[command(subcommand)]
    History(history::History),
    /// Fit how learners remember to what they have answered
    ///
    /// First the weights of each course, to all its learners together, then those of each learner. New weights are put
    /// in force only if they forecast the last sixth of a log better, having been fitted to what came before it; cards
    /// are scheduled anew by them. `laerd serve` does this by itself for each learner whose reviews have grown by a
    /// fifth.
    Optimize(optimize::Optimize),
}

/// A failure the operator reads; the text names the cure where there is one.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command; what went wrong is printed to standard error.
pub async fn run(arguments: Arguments) -> ExitCode {
    match dispatch(arguments).await {
        Ok(code) => code,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(Arguments { overrides, command }: Arguments) -> Result<ExitCode, Failure> {
    let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let config = Config::load(overrides, variables)?;
    match command {
        Command::Serve { load } => serve::run(&config, load.as_deref()).await,
        Command::Migrate(migrate) => migrate.run(&config).await,
        Command::Verify { repair } => verify::run(&config, repair).await,
        Command::Openapi => print(&spec::document()),
        Command::Bank(bank) => bank.run(&config).await,
        Command::Epoch(epoch) => epoch.run(&config).await,
        Command::Mastery(mastery) => mastery.run(&config).await,
        Command::Account(account) => account.run(&config).await,
        Command::History(history) => history.run(&config).await,
        Command::Optimize(optimize) => optimize.run(&config).await,
    }
}

/// Writes to standard output; a reader that has gone away is not a failure.
fn print(text: &str) -> Result<ExitCode, Failure> {
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}
