//! `laerd migrate`.

use super::{Failure, print};
use crate::{config::Config, store::open};
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Migrate {
    /// Apply every step that is missing
    ///
    /// Run it once per release, before the new instances start; two at a time are not kept apart on PostgreSQL.
    Up,
    /// Take steps back; what they held is lost
    Down {
        /// How many steps
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// Show which steps are applied
    Status,
}

impl Migrate {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let db = open::connect(&config.database_url, 1).await?;
        match self {
            Self::Up => open::migrate_up(&db).await?,
            Self::Down { steps } => open::migrate_down(&db, steps).await?,
            Self::Status => {}
        }
        let lines = open::migrations(&db).await?.into_iter().map(|(name, applied)| {
            let state = if applied { "applied" } else { "missing" };
            format!("{state}  {name}\n")
        });
        let text: String = lines.collect();
        db.close().await?;
        print(&text)
    }
}
