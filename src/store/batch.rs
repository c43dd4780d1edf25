//! Writes that reach the database together.
//!
//! Every statement is a round trip to PostgreSQL and the way to another thread and back on SQLite, and whoever is to be
//! written next waits for each of them.

use super::{Result, Txn};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
use std::mem::take;

/// Writes on their way to the database, in their order. What was not sent is not written.
///
/// PostgreSQL takes values with one statement only, so its statements are parts of one, which all see what was there
/// before: a table that is written again waits for the next. SQLite is sent those together that have room for as many
/// rows each: the text varies with that number alone then (`keyed`), so that few have to be kept prepared.
#[must_use]
pub struct Batch<'a> {
    txn: &'a Txn,
    parts: Vec<Part>,
}

/// A statement.
struct Part {
    table: &'static str,
    places: usize,
    /// Values, without those that fill it up.
    weight: usize,
    text: String,
    values: Vec<Value>,
}

/// Values in one sending at most: beyond, a round trip less is nothing beside the work, and memory is something.
const MOST_VALUES: usize = 16_384;
/// Rows there is room for in each of the statements that SQLite is sent together, at most: sets of larger ones would
/// take megabytes to keep prepared.
const TOGETHER: usize = 128;
/// Rows there is room for beyond which a statement to SQLite is worth a way of its own, to be stored while the rest is
/// made.
const MANY: usize = 32;

impl<'a> Batch<'a> {
    pub(super) fn new(txn: &'a Txn) -> Self {
        Self { txn, parts: Vec::new() }
    }

    pub(super) fn backend(&self) -> DatabaseBackend {
        self.txn.backend()
    }

    /// Adds a statement that writes `weight` values to `table` and has room for rows in so many `places`. It is given
    /// how many values stand before its own, by which PostgreSQL counts them.
    pub(super) async fn push(
        &mut self,
        table: &'static str,
        (places, weight): (usize, usize),
        statement: impl FnOnce(usize) -> (String, Vec<Value>),
    ) -> Result<()> {
        let gathered: usize = self.parts.iter().map(|part| part.weight).sum();
        if self.parts.iter().any(|part| part.table == table) || gathered + weight > MOST_VALUES {
            self.send().await?;
        }
        let (text, values) = statement(self.parts.iter().map(|part| part.values.len()).sum());
        self.parts.push(Part { table, places, weight, text, values });
        Ok(())
    }

    /// Takes away what has many rows, to be on its way while the rest is made; of PostgreSQL's nothing.
    pub fn take_large(&mut self) -> Self {
        let (large, parts) = take(&mut self.parts).into_iter().partition(|part| part.places > MANY);
        self.parts = parts;
        Self { txn: self.txn, parts: large }
    }

    /// Sends what has gathered.
    pub async fn send(&mut self) -> Result<()> {
        let mut parts = take(&mut self.parts);
        // PostgreSQL's have any room, and stay together as they are.
        parts.sort_by_key(|part| part.places);
        while !parts.is_empty() {
            let places = parts[0].places;
            let same = parts.iter().take_while(|part| places <= TOGETHER && part.places == places).count();
            let rest = parts.split_off(same.max(1));
            self.send_together(parts).await?;
            parts = rest;
        }
        Ok(())
    }

    async fn send_together(&self, parts: Vec<Part>) -> Result<()> {
        let values = parts.iter().map(|part| part.values.len()).sum();
        let (mut texts, mut values) = (Vec::with_capacity(parts.len()), Vec::with_capacity(values));
        for mut part in parts {
            texts.push(part.text);
            values.append(&mut part.values);
        }
        let text = match self.backend() {
            _ if texts.len() == 1 => texts.remove(0),
            DatabaseBackend::Sqlite => texts.join("; "),
            _ => {
                let parts = texts.iter().enumerate().map(|(at, text)| format!("w{at} AS ({text})"));
                format!("WITH {} SELECT 1", parts.collect::<Vec<_>>().join(", "))
            }
        };
        self.txn.inner.execute_raw(Statement::from_sql_and_values(self.backend(), text, values)).await?;
        Ok(())
    }
}
