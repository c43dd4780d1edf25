//! SQL and nothing else: free functions over a connection, rows in and words of the product out.
//!
//! Both databases run the same statements. SQLite has one writer, so its write transactions queue in the process
//! (`gate`) and begin IMMEDIATE: a deferred transaction that turns into a write fails at once under load, whatever
//! the busy timeout. Groups of answers have connections of their own (`group`), all else goes by the driver.

pub mod accounts;
pub mod activities;
pub mod anki;
pub mod answers;
pub mod audit;
mod batch;
pub mod catalogue;
mod checkpoint;
pub mod course_log;
pub mod coverage;
mod direct;
mod durable;
pub mod enrolments;
pub mod entity;
pub mod folded;
mod group;
mod keyed;
pub mod learners;
pub mod leases;
pub mod leeches;
pub mod memberships;
pub mod merge;
pub mod met;
mod native;
pub mod open;
mod paced;
pub mod paces;
mod piped;
mod pool;
mod query;
pub mod refits;
pub mod requests;
pub mod stream;
pub mod study;
pub mod tallies;
pub mod tokens;
pub mod units;

pub use batch::Batch;
pub use checkpoint::CHECKPOINT_EVERY;
use checkpoint::{Gate, Passage};
pub use group::GroupTxn;
pub use query::Source;
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, RuntimeErr};
use std::sync::Arc;

/// A database and the right to read it; `write` gives the right to change it.
#[derive(Clone)]
pub struct Db {
    pool: pool::Pool,
    /// SQLite's.
    gate: Option<Arc<Gate>>,
    /// PostgreSQL's, unless a pooler or a cipher stands between.
    pipes: Option<Arc<piped::Pipes>>,
}

/// An open write transaction; rolled back unless committed.
pub struct Txn {
    inner: DatabaseTransaction,
    /// Where the connection goes after a write.
    kept: Option<Arc<pool::Kept>>,
    gate: Option<Passage>,
}

/// What went wrong below, by what a caller does about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Busy or away for now; the same call may go through later.
    #[error("the database does not answer: {0}")]
    Unavailable(DbErr),
    /// PostgreSQL undid the transaction for another's sake (serialization failure, deadlock).
    #[error("in conflict with another transaction")]
    Conflict,
    /// A unique value is taken.
    #[error("already taken")]
    Taken,
    /// A stored document could not be read back.
    #[error("a stored document is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
    #[error(transparent)]
    Database(DbErr),
}

/// The result of a store function.
pub type Result<T> = std::result::Result<T, StoreError>;

impl Db {
    /// A write transaction that waits its turn.
    pub async fn write(&self) -> Result<Txn> {
        let mut gate = match &self.gate {
            Some(gate) => Some(gate.pass().await),
            None => None,
        };
        let inner = self.pool.begin().await?;
        if let Some(gate) = &mut gate {
            gate.writes.begin();
        }
        Ok(Txn { inner, kept: Some(Arc::clone(&self.pool.kept)), gate })
    }

    /// The same for a group, which needs look-ups by keys and batches alone.
    pub async fn write_group(&self) -> Result<GroupTxn> {
        match (&self.gate, &self.pipes) {
            (Some(gate), _) => Ok(GroupTxn::by_call(gate.begin().await?)),
            (_, Some(pipes)) => Ok(GroupTxn::by_pipe(pipes.begin().await?)),
            (None, None) => Ok(self.write().await?.into()),
        }
    }

    /// A transaction that sees one moment and changes nothing; it waits for nobody and nobody for it.
    pub async fn snapshot(&self) -> Result<Txn> {
        Ok(Txn { inner: self.pool.begin_snapshot().await?, kept: None, gate: None })
    }

    /// Whether it answers a trivial question.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.pool.conn.ping().await?)
    }

    pub async fn close(self) -> Result<()> {
        if let Some(gate) = &self.gate {
            gate.durable.tasks.close();
            gate.durable.tasks.wait().await;
            gate.direct.close()?;
        }
        if let Some(pipes) = &self.pipes {
            pipes.close().await;
        }
        self.pool.kept.close().await;
        if self.is_sqlite() {
            self.pool.writes.close().await?;
        }
        Ok(self.pool.conn.close().await?)
    }

    /// Tells `hear` every statement as it is sent, for counting.
    pub fn on_statement(&mut self, hear: impl Fn(&str) + Send + Sync + Clone + 'static) {
        // Those kept have been told nothing.
        self.pool.kept.clear();
        if let Some(gate) = &self.gate {
            gate.direct.on_statement(hear.clone());
        }
        if let Some(pipes) = &self.pipes {
            pipes.on_statement(hear.clone());
        }
        let hear_writes = hear.clone();
        self.pool.conn.set_metric_callback(move |told| hear(&told.statement.sql));
        self.pool.writes.set_metric_callback(move |told| hear_writes(&told.statement.sql));
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.pool.get_database_backend() == DatabaseBackend::Sqlite
    }
}

impl Txn {
    /// For writes that are sent together.
    pub fn batch(&self) -> Batch<'_> {
        Batch::by_driver(self)
    }

    fn backend(&self) -> DatabaseBackend {
        self.inner.get_database_backend()
    }

    /// Commits; what was written is on the disk then.
    pub async fn commit(self) -> Result<()> {
        let on_disk = self.gate.as_ref().map(|gate| (Arc::clone(&gate.durable), gate.writes.number()));
        self.commit_early().await?;
        if let Some((durable, number)) = on_disk {
            durable.wait_for(number).await;
        }
        Ok(())
    }

    /// Commits, and lets SQLite's next writer in while the disk takes what was written; whoever tells anybody of it
    /// waits for [`Db::settled`].
    pub async fn commit_early(self) -> Result<()> {
        let Self { inner, kept, gate } = self;
        let commit = async move {
            match kept {
                Some(kept) => kept.commit(inner).await,
                None => inner.commit().await,
            }
        };
        let Some(Passage { writes, durable }) = gate else { return Ok(commit.await?) };
        // A caller who hangs up cannot leave a commit behind that nobody forces.
        let tasks = durable.tasks.clone();
        let committed = tasks.spawn(async move {
            durable.begin(writes.number());
            let committed = commit.await;
            durable.end(writes.number());
            committed
        });
        let gone = |cause: tokio::task::JoinError| DbErr::Custom(cause.to_string());
        Ok(committed.await.map_err(gone).flatten()?)
    }
}

/// Whatever statements can be sent to: the database itself or an open transaction.
pub trait Connection: Sync {
    /// What sea-orm calls a connection.
    type Inner: ConnectionTrait;
    fn inner(&self) -> &Self::Inner;
}

impl Connection for Db {
    type Inner = pool::Pool;
    fn inner(&self) -> &pool::Pool {
        &self.pool
    }
}

impl Connection for Txn {
    type Inner = DatabaseTransaction;
    fn inner(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = &error else {
            let passing = matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_));
            return if passing { Self::Unavailable(error) } else { Self::Database(error) };
        };
        let refused = cause.as_database_error();
        if refused.is_some_and(|refused| refused.is_unique_violation()) {
            return Self::Taken;
        }
        if refused.and_then(|refused| refused.code()).is_some_and(|code| is_conflict(&code)) {
            return Self::Conflict;
        }
        if is_passing(cause) { Self::Unavailable(error) } else { Self::Database(error) }
    }
}

fn is_conflict(code: &str) -> bool {
    matches!(code, "40001" | "40P01")
}

/// SQLite: busy, locked, read-only, I/O error, disk full. PostgreSQL: connection, read-only, resources, shutdown, I/O.
/// Anything else is a fault of ours.
fn is_passing(error: &sea_orm::sqlx::Error) -> bool {
    use sea_orm::sqlx::Error;
    match error {
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        Error::Database(cause) => cause.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

/// PostgreSQL's codes have five characters, some of them only digits; SQLite's extended codes are shorter numbers.
fn is_passing_code(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14),
        _ => ["08", "25006", "53", "57", "58"].iter().any(|class| code.starts_with(class)),
    }
}

/// Rows per INSERT: SQLite allows 32,766 bound values in a statement, and no table of ours has more than 20 columns.
const INSERT_CHUNK: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::is_passing_code;

    #[test]
    fn what_may_pass_is_told_from_faults_of_ours() {
        for (code, passes) in [
            // SQLite: busy, a stale snapshot, disk full, a failed write, a constraint, no such table.
            ("5", true),
            ("517", true),
            ("13", true),
            ("778", true),
            ("2067", false),
            ("1", false),
            // PostgreSQL: a lost connection, a standby, disk full, too many connections, shutdown, start-up, a failed
            // write, a missing table.
            ("08006", true),
            ("25006", true),
            ("53100", true),
            ("53300", true),
            ("57P01", true),
            ("57P03", true),
            ("58030", true),
            ("42P01", false),
            ("23505", false),
        ] {
            assert_eq!(is_passing_code(code), passes, "{code}");
        }
    }
}
