//! A collection of Anki, read: the notes somebody reviewed, and his reviews.
//!
//! The file comes from outside, and an SQLite file may hold views, generated columns and expressions that cost as much
//! as their author likes. So only plain tables are read, no value before its length is known, and the whole work is
//! counted and broken off. All three schemas in use (11 to 18) have these columns.

use crate::domain::history::{Logged, Note};
use futures_util::TryStreamExt;
use sea_orm::sqlx::{
    self, ConnectOptions, Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteRow},
};
use std::path::Path;

/// An open collection.
pub struct Collection(SqliteConnection);

/// Why a collection cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CollectionFault {
    #[error("the collection in this package is damaged or of a kind that is not known here")]
    Unreadable,
    #[error("the collection takes too long to read; export only the deck of the course")]
    TooCostly,
}

type Result<T> = std::result::Result<T, CollectionFault>;

/// Steps of SQLite's machine between two looks at the budget.
const STEPS: i32 = 10_000;
/// Looks until the work is broken off: 500 million steps, some ten seconds. Fifty thousand notes with a million
/// reviews take thirty million.
const MOST_LOOKS: u32 = 50_000;

const PLAIN_TABLES: &str = "SELECT COUNT(*) FROM sqlite_schema \
     WHERE type = 'table' AND rootpage > 0 AND name IN ('notes', 'cards', 'revlog')";

const COMPUTED_COLUMNS: &str = "SELECT (SELECT COUNT(*) FROM pragma_table_xinfo('notes') WHERE hidden <> 0) \
     + (SELECT COUNT(*) FROM pragma_table_xinfo('cards') WHERE hidden <> 0) \
     + (SELECT COUNT(*) FROM pragma_table_xinfo('revlog') WHERE hidden <> 0)";

/// Notes with a review. Where a text is longer than any question, it is read as empty.
const NOTES: &str = "SELECT CAST(n.id AS INTEGER), \
     CASE WHEN octet_length(n.guid) <= 200 THEN CAST(n.guid AS TEXT) ELSE '' END, \
     CASE WHEN octet_length(n.tags) <= 10000 THEN CAST(n.tags AS TEXT) ELSE '' END, \
     CASE WHEN octet_length(n.flds) <= 100000 THEN CAST(n.flds AS TEXT) ELSE '' END \
     FROM notes AS n WHERE n.id IN (SELECT c.nid FROM revlog AS r JOIN cards AS c ON c.id = r.cid) ORDER BY n.id";

/// Every row of the log whose card is still there, with the last time the card was made new (type 4 without a factor).
const REVIEWS: &str = "SELECT CAST(r.id AS INTEGER), CAST(r.cid AS INTEGER), CAST(c.nid AS INTEGER), \
     CAST(c.ord AS INTEGER), CAST(r.ease AS INTEGER), CAST(r.factor AS INTEGER), CAST(r.type AS INTEGER), \
     CAST(r.time AS INTEGER), CAST(reset.at AS INTEGER) \
     FROM revlog AS r JOIN cards AS c ON c.id = r.cid \
     LEFT JOIN (SELECT cid, MAX(id) AS at FROM revlog WHERE type = 4 AND factor = 0 GROUP BY cid) AS reset \
     ON reset.cid = r.cid ORDER BY r.id, r.cid";

impl Collection {
    /// Opens the file for reading only; nobody else may write to it meanwhile.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(true)
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .pragma("mmap_size", "0")
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(fault)?;
        let mut looks = 0;
        connection.lock_handle().await.map_err(fault)?.set_progress_handler(STEPS, move || {
            looks += 1;
            looks <= MOST_LOOKS
        });
        let mut collection = Self(connection);
        let is_plain = collection.number(PLAIN_TABLES).await? == 3 && collection.number(COMPUTED_COLUMNS).await? == 0;
        if is_plain { Ok(collection) } else { Err(CollectionFault::Unreadable) }
    }

    /// Hands over every note that was reviewed, one at a time.
    pub async fn notes(&mut self, mut each: impl FnMut(Note)) -> Result<()> {
        let mut rows = sqlx::query(NOTES).fetch(&mut self.0);
        while let Some(row) = rows.try_next().await.map_err(fault)? {
            each(note(&row).map_err(fault)?);
        }
        Ok(())
    }

    /// Hands over every row of the log, the oldest first.
    pub async fn reviews(&mut self, mut each: impl FnMut(Logged)) -> Result<()> {
        let mut rows = sqlx::query(REVIEWS).fetch(&mut self.0);
        while let Some(row) = rows.try_next().await.map_err(fault)? {
            each(logged(&row).map_err(fault)?);
        }
        Ok(())
    }

    /// Lets go of the file.
    pub async fn close(self) {
        // Whatever was wrong with it, the file is removed next.
        let _ = self.0.close().await;
    }

    async fn number(&mut self, sql: &'static str) -> Result<i64> {
        sqlx::query_scalar(sql).fetch_one(&mut self.0).await.map_err(fault)
    }
}

fn note(row: &SqliteRow) -> sqlx::Result<Note> {
    Ok(Note { id: row.try_get(0)?, guid: row.try_get(1)?, tags: row.try_get(2)?, fields: row.try_get(3)? })
}

fn logged(row: &SqliteRow) -> sqlx::Result<Logged> {
    Ok(Logged {
        id: row.try_get(0)?,
        card: row.try_get(1)?,
        note: row.try_get(2)?,
        ordinal: row.try_get(3)?,
        button: row.try_get(4)?,
        factor: row.try_get(5)?,
        kind: row.try_get(6)?,
        took_ms: row.try_get(7)?,
        reset_at: row.try_get(8)?,
    })
}

/// SQLITE_INTERRUPT is the budget; anything else is the file.
fn fault(cause: sqlx::Error) -> CollectionFault {
    let code = cause.as_database_error().and_then(|cause| cause.code());
    if code.as_deref() == Some("9") { CollectionFault::TooCostly } else { CollectionFault::Unreadable }
}
