//! Many rows with one statement whose text never varies.
//!
//! Keys and rows travel as one JSON parameter, so that the database keeps one prepared statement whether a commit
//! carries one caller or a hundred. A statement with a place for every value would be parsed anew for every size, and
//! every size would stay in the cache of every connection. Floats survive: JSON has the shortest text that reads back
//! the same.

use sea_orm::{DatabaseBackend, Statement};
use serde_json::Value;

/// SQLite's rows of the parameter, each written out as text once. Read straight from `json_each` a row would be written
/// out anew for every column, which took a quarter of all the work of a single answer.
const ROWS: &str = "WITH k(value) AS MATERIALIZED (SELECT value FROM json_each(?1))";

/// A column of a key.
#[derive(Clone, Copy)]
pub(super) enum Key {
    Uuid(&'static str),
    Text(&'static str),
}

/// `select` from the rows of `table` (called `t`) whose `columns` equal one of `keys`; `lock` ends the look-up of a row
/// on PostgreSQL, where rows can be locked.
///
/// Both texts force the walk from the keys to the index. A planner who believes a table small, as it was when the plan
/// was made, may scan it for every key.
pub(super) fn select(
    backend: DatabaseBackend,
    (select, table): (&str, &str),
    columns: &[Key],
    keys: &[Vec<String>],
    lock: &str,
) -> Statement {
    let sqlite = backend == DatabaseBackend::Sqlite;
    let conditions: Vec<String> =
        columns.iter().enumerate().map(|(place, column)| equals(sqlite, place, *column)).collect();
    let conditions = conditions.join(" AND ");
    let sql = if sqlite {
        format!("{ROWS} SELECT {select} FROM k CROSS JOIN {table} AS t ON {conditions}")
    } else {
        let found = format!("SELECT {select} FROM {table} AS t WHERE {conditions} OFFSET 0 {lock}");
        format!("SELECT found.* FROM jsonb_array_elements($1::jsonb) AS k(value) CROSS JOIN LATERAL ({found}) AS found")
    };
    Statement::from_sql_and_values(backend, sql, [json(keys).into()])
}

/// Deletes the rows of `table` whose `columns` equal one of `keys`.
pub(super) fn delete(backend: DatabaseBackend, table: &str, columns: &[Key], keys: &[Vec<String>]) -> Statement {
    let sql = if backend == DatabaseBackend::Sqlite {
        let names: Vec<&str> = columns.iter().map(|(Key::Uuid(name) | Key::Text(name))| *name).collect();
        let read = |(place, column): (usize, &Key)| match column {
            Key::Uuid(_) => format!("unhex(k.value ->> {place})"),
            Key::Text(_) => format!("k.value ->> {place}"),
        };
        let values: Vec<String> = columns.iter().enumerate().map(read).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        format!("DELETE FROM {table} WHERE ({names}) IN ({ROWS} SELECT {values} FROM k)")
    } else {
        let equal = columns.iter().enumerate().map(|(place, column)| equals(false, place, *column));
        let equal = equal.collect::<Vec<String>>().join(" AND ");
        format!("DELETE FROM {table} AS t USING jsonb_array_elements($1::jsonb) AS k(value) WHERE {equal}")
    };
    Statement::from_sql_and_values(backend, sql, [json(keys).into()])
}

/// A column to write, with its type.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Uuid(&'static str),
    Text(&'static str),
    Integer(&'static str),
    BigInteger(&'static str),
    Real(&'static str),
    Boolean(&'static str),
}

/// Adds the numbers of `rows` to those that are stored under the same key.
pub(super) fn add(
    backend: DatabaseBackend,
    table: &str,
    columns: &[Column],
    key: &[&str],
    rows: &[Vec<Value>],
) -> Statement {
    let others = columns.iter().map(|column| column.name()).filter(|name| !key.contains(name));
    let set: Vec<String> = others.map(|name| format!("{name} = {table}.{name} + excluded.{name}")).collect();
    let upsert = format!("ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), set.join(", "));
    write(backend, (table, &upsert), columns, rows)
}

/// Inserts rows, each with its values in the order of `columns`. `key` and `columns` not in it make the upsert; without
/// a key, a row that is there already is an error.
pub(super) fn insert(
    backend: DatabaseBackend,
    table: &str,
    columns: &[Column],
    key: &[&str],
    rows: &[Vec<Value>],
) -> Statement {
    write(backend, (table, &upsert(columns, key)), columns, rows)
}

fn write(
    backend: DatabaseBackend,
    (table, upsert): (&str, &str),
    columns: &[Column],
    rows: &[Vec<Value>],
) -> Statement {
    let sqlite = backend == DatabaseBackend::Sqlite;
    let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
    let values: Vec<String> = columns.iter().enumerate().map(|(place, column)| column.read(sqlite, place)).collect();
    let (names, values) = (names.join(", "), values.join(", "));
    // WHERE true: without it SQLite takes ON for the condition of a join.
    let (with, source) =
        if sqlite { (ROWS, "k WHERE true") } else { ("", "jsonb_array_elements($1::jsonb) AS k(value)") };
    let sql = format!("INSERT INTO {table} ({names}) {with} SELECT {values} FROM {source} {upsert}");
    Statement::from_sql_and_values(backend, sql, [serde_json::to_string(rows).expect("rows are JSON").into()])
}

fn upsert(columns: &[Column], key: &[&str]) -> String {
    if key.is_empty() {
        return String::new();
    }
    let others = columns.iter().map(|column| column.name()).filter(|name| !key.contains(name));
    let set: Vec<String> = others.map(|name| format!("{name} = excluded.{name}")).collect();
    format!("ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), set.join(", "))
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Uuid(name)
            | Self::Text(name)
            | Self::Integer(name)
            | Self::BigInteger(name)
            | Self::Real(name)
            | Self::Boolean(name) => name,
        }
    }

    fn read(self, sqlite: bool, place: usize) -> String {
        let cast = match self {
            Self::Uuid(_) if sqlite => return format!("unhex(k.value ->> {place})"),
            _ if sqlite => return format!("k.value ->> {place}"),
            Self::Uuid(_) => "uuid",
            Self::Text(_) => "text",
            Self::Integer(_) => "integer",
            Self::BigInteger(_) => "bigint",
            Self::Real(_) => "double precision",
            Self::Boolean(_) => "boolean",
        };
        format!("(value ->> {place})::{cast}")
    }
}

/// A UUID as both databases read it here: 32 hexadecimal digits.
pub(super) fn hex(id: uuid::Uuid) -> String {
    id.simple().to_string()
}

fn equals(sqlite: bool, place: usize, column: Key) -> String {
    match (column, sqlite) {
        (Key::Uuid(name), true) => format!("t.{name} = unhex(k.value ->> {place})"),
        (Key::Uuid(name), false) => format!("t.{name} = (k.value ->> {place})::uuid"),
        (Key::Text(name), _) => format!("t.{name} = k.value ->> {place}"),
    }
}

fn json(rows: &[Vec<String>]) -> String {
    serde_json::to_string(rows).expect("lists of texts are JSON")
}
