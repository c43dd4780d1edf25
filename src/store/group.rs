//! Transactions that store the answers of many callers, or the first uses of their tokens: look-ups by keys and writes
//! in batches, nothing else.
//!
//! On SQLite their statements are calls (`direct`), on PostgreSQL they are sent before those ahead are answered
//! (`piped`); behind a pooler or a cipher they go by the driver. Look-ups that may go together are joined; they run in
//! their order everywhere.

use super::{Batch, Passage, Result, Source, StoreError, Txn, direct, native::FromRow, piped};
use sea_orm::{DatabaseBackend, Statement};

/// Rolled back unless committed.
pub struct GroupTxn(Way);

/// How its statements go.
enum Way {
    Driver(Txn),
    /// The gate opens when the transaction is over.
    Call(direct::Write, Passage),
    Pipe(piped::Write),
}

impl GroupTxn {
    pub(super) fn by_call((txn, gate): (direct::Write, Passage)) -> Self {
        Self(Way::Call(txn, gate))
    }

    pub(super) fn by_pipe(txn: piped::Write) -> Self {
        Self(Way::Pipe(txn))
    }

    /// For writes that are sent together.
    pub fn batch(&self) -> Batch<'_> {
        match &self.0 {
            Way::Driver(txn) => Batch::by_driver(txn),
            Way::Call(txn, _) => Batch::by_call(txn),
            Way::Pipe(txn) => Batch::by_pipe(txn),
        }
    }

    /// Commits; what was written is on the disk then.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Way::Driver(txn) => txn.commit().await,
            Way::Call(txn, gate) => {
                let (durable, number) = (gate.durable.clone(), gate.writes.number());
                commit(txn, gate)?;
                durable.wait_for(number).await;
                Ok(())
            }
            Way::Pipe(txn) => Ok(txn.commit().await?),
        }
    }

    /// Commits, and lets SQLite's next writer in while the disk takes what was written; whoever tells anybody of it
    /// waits for [`super::Db::settled`].
    pub async fn commit_early(self) -> Result<()> {
        match self.0 {
            Way::Driver(txn) => txn.commit_early().await,
            Way::Call(txn, gate) => commit(txn, gate),
            Way::Pipe(txn) => Ok(txn.commit().await?),
        }
    }
}

/// A call that nobody can hang up in, so there is no commit that nobody forces.
fn commit(txn: direct::Write, Passage { writes, durable }: Passage) -> Result<()> {
    durable.begin(writes.number());
    let committed = txn.commit();
    durable.end(writes.number());
    Ok(committed?)
}

impl From<Txn> for GroupTxn {
    fn from(txn: Txn) -> Self {
        Self(Way::Driver(txn))
    }
}

impl Source for GroupTxn {
    fn backend(&self) -> DatabaseBackend {
        match &self.0 {
            Way::Driver(txn) => txn.backend(),
            Way::Call(..) => DatabaseBackend::Sqlite,
            Way::Pipe(_) => DatabaseBackend::Postgres,
        }
    }

    async fn rows<M: FromRow>(&self, statement: Statement) -> Result<Vec<M>> {
        match &self.0 {
            Way::Driver(txn) => txn.rows(statement).await,
            Way::Call(txn, _) => txn.rows(&statement).map_err(StoreError::from),
            Way::Pipe(txn) => Ok(txn.rows(&statement).await?),
        }
    }
}
