//! Look-ups by keys, alone or several at once.
//!
//! A statement goes to SQLite by way of another thread and back, which takes longer than to look up the rows of a
//! commit. So several look-ups travel as one text, and their lists of keys are filled up to one size: a set of them has
//! a handful of texts. PostgreSQL takes values with one statement only; there each goes alone, in the order given.

use super::{
    Connection, Result,
    keyed::{Column, MOST_ROWS, Row, Rows, equal},
};
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, QueryResult, Statement};
use std::{borrow::Cow, vec};

/// What to look up, and what becomes of the rows that are found.
#[must_use]
pub struct Query<T> {
    lookup: Lookup,
    read: Box<dyn FnOnce(Vec<QueryResult>) -> Result<T> + Send>,
}

/// `select` from the rows of `table` (called `t`) whose `columns` equal one of `keys`.
pub struct Lookup {
    pub(super) select: Cow<'static, str>,
    pub(super) table: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) keys: Vec<Row>,
    /// Ends the look-up of a row on PostgreSQL.
    pub(super) lock: &'static str,
}

/// A query, or several as a tuple.
pub trait Queries: Sized + Send {
    type Found: Send;

    /// What to look up, and how to read what is found of each in its turn.
    fn split(self) -> (Vec<Lookup>, impl FnOnce(&mut Found) -> Result<Self::Found> + Send);

    fn run(self, db: &impl Connection) -> impl Future<Output = Result<Self::Found>> + Send {
        self.run_after("", db)
    }

    /// After `first`, which is sent with them where they are several and few enough to travel together.
    fn run_after(self, first: &str, db: &impl Connection) -> impl Future<Output = Result<Self::Found>> + Send {
        async move {
            let (lookups, read) = self.split();
            read(&mut find(first, db, lookups).await?.into_iter())
        }
    }
}

/// The rows of each look-up.
type Found = vec::IntoIter<Vec<QueryResult>>;

impl<M: FromQueryResult + 'static> Query<Vec<M>> {
    pub(super) fn new(lookup: Lookup) -> Self {
        let model = |row: &QueryResult| Ok(M::from_query_result(row, "")?);
        Self { lookup, read: Box::new(move |rows| rows.iter().map(model).collect()) }
    }
}

impl<T: 'static> Query<T> {
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U + Send + 'static) -> Query<U> {
        let Self { lookup, read } = self;
        Query { lookup, read: Box::new(move |rows| read(rows).map(make)) }
    }
}

impl<T: Send> Query<T> {
    pub async fn run(self, db: &impl Connection) -> Result<T> {
        Queries::run(self, db).await
    }
}

impl<T: Send> Queries for Query<T> {
    type Found = T;

    fn split(self) -> (Vec<Lookup>, impl FnOnce(&mut Found) -> Result<T> + Send) {
        let Self { lookup, read } = self;
        (vec![lookup], move |found: &mut Found| read(found.next().unwrap_or_default()))
    }
}

macro_rules! together {
    ($($query:ident $at:tt),+) => {
        impl<$($query: Queries),+> Queries for ($($query,)+) {
            type Found = ($($query::Found,)+);

            fn split(self) -> (Vec<Lookup>, impl FnOnce(&mut Found) -> Result<Self::Found> + Send) {
                let mut lookups = Vec::new();
                let reads = ($({
                    let (own, read) = self.$at.split();
                    lookups.extend(own);
                    read
                },)+);
                (lookups, move |found: &mut Found| Ok(($((reads.$at)(found)?,)+)))
            }
        }
    };
}

together!(A 0, B 1);
together!(A 0, B 1, C 2, D 3);
together!(A 0, B 1, C 2, D 3, E 4);

/// The rows of each look-up, in the order of the look-ups.
async fn find(first: &str, db: &impl Connection, lookups: Vec<Lookup>) -> Result<Vec<Vec<QueryResult>>> {
    let backend = db.inner().get_database_backend();
    let asked = lookups.iter().filter(|lookup| !lookup.keys.is_empty()).count();
    let fit = lookups.iter().all(|lookup| lookup.keys.len() <= MOST_ROWS);
    if backend == DatabaseBackend::Sqlite && asked > 1 && fit {
        return find_together(first, db, lookups).await;
    }
    if !first.is_empty() {
        db.inner().execute_unprepared(first).await?;
    }
    let mut found = Vec::with_capacity(lookups.len());
    for lookup in lookups {
        found.push(lookup.find_alone(db, backend).await?);
    }
    Ok(found)
}

/// With one text for SQLite. The last column of each row tells whose it is.
async fn find_together(first: &str, db: &impl Connection, lookups: Vec<Lookup>) -> Result<Vec<Vec<QueryResult>>> {
    let backend = DatabaseBackend::Sqlite;
    let places = lookups.iter().map(|lookup| lookup.keys.len()).max().unwrap_or_default();
    let mut found: Vec<Vec<QueryResult>> = lookups.iter().map(|_| Vec::new()).collect();
    let mut texts: Vec<String> = [first].into_iter().filter(|text| !text.is_empty()).map(str::to_owned).collect();
    let mut values = Vec::new();
    for (at, mut lookup) in lookups.into_iter().enumerate().filter(|(_, lookup)| !lookup.keys.is_empty()) {
        let keys = std::mem::take(&mut lookup.keys);
        lookup.select = format!("{}, {at} AS {PART}", lookup.select).into();
        let keys = Rows::filled_up(backend, &lookup.columns, keys, places);
        texts.push(lookup.text(backend, &keys));
        values.append(&mut keys.values());
    }
    let text = texts.join("; ");
    for row in db.inner().query_all_raw(Statement::from_sql_and_values(backend, text, values)).await? {
        let at: i32 = row.try_get("", PART)?;
        found[at as usize].push(row);
    }
    Ok(found)
}

const PART: &str = "part";

impl Lookup {
    async fn find_alone(mut self, db: &impl Connection, backend: DatabaseBackend) -> Result<Vec<QueryResult>> {
        let (keys, mut found) = (std::mem::take(&mut self.keys), Vec::new());
        for keys in Rows::split(backend, &self.columns, keys) {
            let statement = Statement::from_sql_and_values(backend, self.text(backend, &keys), keys.values());
            found.append(&mut db.inner().query_all_raw(statement).await?);
        }
        Ok(found)
    }

    /// Both texts force the walk from the keys to the index. A planner who believes a table small, as it was when the
    /// plan was made, may scan it for every key.
    fn text(&self, backend: DatabaseBackend, keys: &Rows<'_>) -> String {
        let Self { select, table, lock, .. } = self;
        let (with, equal) = (keys.with(0), equal(&self.columns, "t"));
        match backend {
            DatabaseBackend::Sqlite => format!("{with} SELECT {select} FROM k CROSS JOIN {table} AS t ON {equal}"),
            _ => {
                let found = format!("SELECT {select} FROM {table} AS t WHERE {equal} OFFSET 0 {lock}");
                format!("{with} SELECT found.* FROM k CROSS JOIN LATERAL ({found}) AS found")
            }
        }
    }
}
