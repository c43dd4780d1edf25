//! `laerd epoch`.

use super::{Failure, print};
use crate::{app::epoch, clock::Ids, config::Config, store::open};
use clap::Subcommand;
use std::process::ExitCode;

/// What to do with the epoch, the life of the database.
#[derive(Subcommand)]
pub(super) enum Epoch {
    /// Begin a new one, after a backup was restored
    ///
    /// Every device then takes the whole state anew and pushes the events it has kept, so that what was answered after
    /// the backup comes back. Serving processes take notice within ten seconds.
    Renew,
}

impl Epoch {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let db = open::open(&config.database_url, 1).await?;
        let name = epoch::renew(&db, &Ids::random()).await?;
        db.close().await?;
        print(&format!("the epoch is now {name}\n"))
    }
}
