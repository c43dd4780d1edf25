//! Writes that reach the database together.
//!
//! Every statement is a round trip to PostgreSQL, and whoever is to be written next waits for each of them. SQLite is
//! sent each on its own: there the text varies with the number of rows (`keyed`), so that of several statements with
//! every combination of numbers, and keeping all of them prepared took 38 MB and made nothing faster.

use super::{Result, Txn};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
use std::mem::take;

/// Writes on their way to the database, in their order. What was not sent is not written.
///
/// PostgreSQL takes values with one statement only, so its statements are parts of one, which all see what was there
/// before: a table that is written again waits for the next.
#[must_use]
pub struct Batch<'a> {
    txn: &'a Txn,
    tables: Vec<&'static str>,
    texts: Vec<String>,
    values: Vec<Value>,
    weight: usize,
}

/// Values in one sending at most: beyond, a round trip less is nothing beside the work, and memory is something.
const MOST_VALUES: usize = 4_096;

impl<'a> Batch<'a> {
    pub(super) fn new(txn: &'a Txn) -> Self {
        Self { txn, tables: Vec::new(), texts: Vec::new(), values: Vec::new(), weight: 0 }
    }

    pub(super) fn backend(&self) -> DatabaseBackend {
        self.txn.backend()
    }

    /// Adds a statement that writes `weight` values to `table`. It is given how many values stand before its own, by
    /// which PostgreSQL counts them.
    pub(super) async fn push(
        &mut self,
        (table, weight): (&'static str, usize),
        statement: impl FnOnce(usize) -> (String, Vec<Value>),
    ) -> Result<()> {
        if self.tables.contains(&table) || self.weight + weight > MOST_VALUES {
            self.send().await?;
        }
        let (text, mut values) = statement(self.values.len());
        self.tables.push(table);
        self.texts.push(text);
        self.values.append(&mut values);
        self.weight += weight;
        if self.backend() == DatabaseBackend::Sqlite { self.send().await } else { Ok(()) }
    }

    /// Sends what has gathered.
    pub async fn send(&mut self) -> Result<()> {
        let (mut texts, values) = (take(&mut self.texts), take(&mut self.values));
        self.tables.clear();
        self.weight = 0;
        let text = match texts.len() {
            0 => return Ok(()),
            1 => texts.remove(0),
            _ => {
                let parts = texts.iter().enumerate().map(|(at, text)| format!("w{at} AS ({text})"));
                format!("WITH {} SELECT 1", parts.collect::<Vec<_>>().join(", "))
            }
        };
        self.txn.inner.execute_raw(Statement::from_sql_and_values(self.backend(), text, values)).await?;
        Ok(())
    }
}
