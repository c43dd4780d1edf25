//! The life of a database: a new one begins when a backup was put in its place, so that devices push again what they
//! have kept.

use super::{App, Result};
use crate::{
    clock::Ids,
    store::{self, Db},
};

/// Begins a new life and tells its name.
pub async fn renew(db: &Db, ids: &Ids) -> Result<String> {
    let txn = db.write().await?;
    // Serving processes read the epoch with the courses.
    store::catalogue::next_version(&txn).await?;
    let epoch = format!("e{}", ids.part());
    store::catalogue::set_state(&txn, "epoch", &epoch).await?;
    txn.commit().await?;
    Ok(epoch)
}

impl App {
    /// The same for an application that is serving.
    pub async fn renew_epoch(&self) -> Result<String> {
        let epoch = renew(&self.db, &self.ids).await?;
        self.refresh_catalogue().await?;
        Ok(epoch)
    }
}
