//! Writes that reach the database together.
//!
//! Every statement is a round trip to PostgreSQL, and whoever is to be written next waits for each of them.

use super::{Result, Txn, direct, piped};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
use std::mem::take;

/// Writes on their way to the database, in their order. What was not sent is not written.
///
/// PostgreSQL takes values with one statement only, so its statements are parts of one, which all see what was there
/// before: a table that is written again waits for the next.
#[must_use]
pub struct Batch<'a> {
    way: Way<'a>,
    parts: Vec<Part>,
}

/// How statements go.
enum Way<'a> {
    Driver(&'a Txn),
    Call(&'a direct::Write),
    Pipe(&'a piped::Write),
}

/// A statement.
struct Part {
    table: &'static str,
    /// Values it writes.
    weight: usize,
    text: String,
    values: Vec<Value>,
}

/// Values in one sending at most: beyond, a round trip less is nothing beside the work, and memory is something.
const MOST_VALUES: usize = 16_384;

impl<'a> Batch<'a> {
    pub(super) fn by_driver(txn: &'a Txn) -> Self {
        Self { way: Way::Driver(txn), parts: Vec::new() }
    }

    pub(super) fn by_call(txn: &'a direct::Write) -> Self {
        Self { way: Way::Call(txn), parts: Vec::new() }
    }

    pub(super) fn by_pipe(txn: &'a piped::Write) -> Self {
        Self { way: Way::Pipe(txn), parts: Vec::new() }
    }

    pub(super) fn backend(&self) -> DatabaseBackend {
        match self.way {
            Way::Driver(txn) => txn.backend(),
            Way::Call(_) => DatabaseBackend::Sqlite,
            Way::Pipe(_) => DatabaseBackend::Postgres,
        }
    }

    /// Adds a statement that writes `weight` values to `table`. It is given how many values stand before its own, by
    /// which PostgreSQL counts them.
    pub(super) async fn push(
        &mut self,
        table: &'static str,
        weight: usize,
        statement: impl FnOnce(usize) -> (String, Vec<Value>),
    ) -> Result<()> {
        let gathered: usize = self.parts.iter().map(|part| part.weight).sum();
        if self.parts.iter().any(|part| part.table == table) || gathered + weight > MOST_VALUES {
            self.send().await?;
        }
        let (text, values) = statement(self.parts.iter().map(|part| part.values.len()).sum());
        self.parts.push(Part { table, weight, text, values });
        Ok(())
    }

    /// Sends what has gathered.
    pub async fn send(&mut self) -> Result<()> {
        match self.backend() {
            DatabaseBackend::Sqlite => {
                for Part { text, values, .. } in take(&mut self.parts) {
                    self.execute(text, values).await?;
                }
                Ok(())
            }
            _ => self.send_as_one().await,
        }
    }

    async fn send_as_one(&mut self) -> Result<()> {
        let (mut texts, mut all) = (Vec::with_capacity(self.parts.len()), Vec::new());
        for Part { text, mut values, .. } in take(&mut self.parts) {
            texts.push(text);
            all.append(&mut values);
        }
        let text = match texts.len() {
            0 => return Ok(()),
            1 => texts.remove(0),
            _ => {
                let parts = texts.iter().enumerate().map(|(at, text)| format!("w{at} AS ({text})"));
                format!("WITH {} SELECT 1", parts.collect::<Vec<_>>().join(", "))
            }
        };
        self.execute(text, all).await
    }

    async fn execute(&self, text: String, values: Vec<Value>) -> Result<()> {
        let statement = Statement::from_sql_and_values(self.backend(), text, values);
        match self.way {
            Way::Driver(txn) => _ = txn.inner.execute_raw(statement).await?,
            Way::Call(txn) => txn.execute(&statement)?,
            Way::Pipe(txn) => txn.execute(statement).await?,
        }
        Ok(())
    }
}
