//! The connections to the database, alone or behind a pooler that gives out a server's connection per transaction.
//!
//! Behind such a pooler (PgBouncer with `pool_mode = transaction`) two statements of ours may reach different servers'
//! connections unless they are in one transaction, and sea-orm sends each statement in two steps: prepare, execute. So
//! everything runs in a transaction there, and every transaction begins by forgetting the statements that an earlier
//! client prepared on the connection it was given: all of us number them alike. `statement_cache_capacity(0)` alone
//! would not do; statements keep their numbers with it and are only prepared each time.

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, prelude::async_trait::async_trait,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Connections, with what stands between them and the database.
#[derive(Clone)]
pub struct Pool {
    pub(super) conn: DatabaseConnection,
    /// For write transactions. SQLite has one connection for them, and another for those of groups (`direct`);
    /// elsewhere it is `conn`.
    pub(super) writes: DatabaseConnection,
    pub(super) kept: Arc<Kept>,
    pub(super) pooler: Pooler,
}

/// Connections whose write transaction is over, for the next ones.
///
/// One that is given back is tried out before it is lent again, by a task that waits behind everybody who has just
/// heard that his answer is stored; the next commit would wait with it. To sea-orm the transaction of a kept one never
/// ends: what drops it rolls back, and a connection that something went wrong on is given back and tried out as ever.
pub(super) struct Kept {
    at_rest: Mutex<Vec<DatabaseTransaction>>,
    most: usize,
}

/// What stands between a connection and the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooler {
    None,
    Transaction,
}

/// Every look-up of a write goes by a key. A plan made while a table was small may scan it, and a prepared statement
/// may keep its plan after the table has grown. It shall keep it: the plan is the same for any keys, and would be made
/// anew for each commit, because a plan for one key seems cheaper than one for any number of them.
const BY_KEY: &str = "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan";
/// One moment for all that is read, and nothing written.
const ONE_MOMENT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
const FORGET: &str = "DEALLOCATE ALL";

impl Pool {
    /// A write transaction.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let (begin, prelude) = match (self.get_database_backend(), self.pooler) {
            (DatabaseBackend::Postgres, Pooler::None) => ("BEGIN", BY_KEY.to_owned()),
            (DatabaseBackend::Postgres, Pooler::Transaction) => ("BEGIN", format!("{FORGET}; {BY_KEY}")),
            _ => ("BEGIN IMMEDIATE", String::new()),
        };
        if let Some(kept) = self.kept.take()
            && kept.execute_unprepared(&format!("{begin}; {prelude}")).await.is_ok()
        {
            return Ok(kept);
        }
        // There is none, or the server has gone since.
        match prelude.is_empty() {
            true => begin_plain(&self.writes, SqliteTransactionMode::Immediate).await,
            false => self.begin_with(&prelude).await,
        }
    }

    /// A transaction that sees one moment and changes nothing.
    pub(super) async fn begin_snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        match (self.get_database_backend(), self.pooler) {
            (DatabaseBackend::Postgres, Pooler::None) => self.begin_with(ONE_MOMENT).await,
            (DatabaseBackend::Postgres, Pooler::Transaction) => {
                self.begin_with(&format!("{ONE_MOMENT}; {FORGET}")).await
            }
            _ => begin_plain(&self.conn, SqliteTransactionMode::Deferred).await,
        }
    }

    /// A transaction that begins with `prelude`.
    async fn begin_with(&self, prelude: &str) -> Result<DatabaseTransaction, DbErr> {
        let txn = begin_plain(&self.conn, SqliteTransactionMode::Immediate).await?;
        txn.execute_unprepared(prelude).await?;
        Ok(txn)
    }

    /// For one statement: a transaction where it needs one.
    async fn wrap(&self) -> Result<Option<DatabaseTransaction>, DbErr> {
        match self.pooler {
            Pooler::None => Ok(None),
            Pooler::Transaction => self.begin_with(FORGET).await.map(Some),
        }
    }
}

impl Kept {
    pub(super) fn new(most: usize) -> Self {
        Self { at_rest: Mutex::default(), most }
    }

    fn take(&self) -> Option<DatabaseTransaction> {
        self.lock().pop()
    }

    /// Commits, and keeps the connection if there is room for it.
    pub(super) async fn commit(&self, txn: DatabaseTransaction) -> Result<(), DbErr> {
        if self.lock().len() >= self.most {
            return txn.commit().await;
        }
        txn.execute_unprepared("COMMIT").await?;
        let mut at_rest = self.lock();
        if at_rest.len() < self.most {
            at_rest.push(txn);
        }
        Ok(())
    }

    /// Ends them in order: PostgreSQL warns of a transaction that is rolled back and has not begun.
    pub(super) async fn close(&self) {
        for txn in self.take_all() {
            if txn.execute_unprepared("BEGIN").await.is_ok() {
                _ = txn.rollback().await;
            }
        }
    }

    /// Gives all back.
    pub(super) fn clear(&self) {
        drop(self.take_all());
    }

    fn take_all(&self) -> Vec<DatabaseTransaction> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<DatabaseTransaction>> {
        self.at_rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the door the ban points to")]
async fn begin_plain(conn: &DatabaseConnection, sqlite: SqliteTransactionMode) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions { sqlite_transaction_mode: Some(sqlite), ..TransactionOptions::default() };
    conn.begin_with_options(options).await
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.conn.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Some(txn) = self.wrap().await? else { return self.conn.execute_raw(statement).await };
        let done = txn.execute_raw(statement).await?;
        txn.commit().await?;
        Ok(done)
    }

    /// Sent in one step, so it needs no transaction.
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.conn.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let Some(txn) = self.wrap().await? else { return self.conn.query_one_raw(statement).await };
        let row = txn.query_one_raw(statement).await?;
        txn.commit().await?;
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Some(txn) = self.wrap().await? else { return self.conn.query_all_raw(statement).await };
        let rows = txn.query_all_raw(statement).await?;
        txn.commit().await?;
        Ok(rows)
    }
}
