//! Many rows with one statement whose text does not vary with them.
//!
//! A statement with a place for every value would be parsed anew for every number of rows, and every number would stay
//! among the prepared statements. PostgreSQL is sent an array per column. SQLite has none, so it is sent a list of rows
//! filled up with empty ones to one of a few sizes: a handful of texts for any number of rows, and values bound as
//! they are and written out or parsed by nobody.

pub(super) use super::query::find;
use super::{Batch, Result};
use sea_orm::{DatabaseBackend, Value, sea_query::ArrayType};

/// A column, as part of a key or to write.
#[derive(Clone, Copy)]
pub(super) struct Column {
    name: &'static str,
    kind: Kind,
    optional: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Uuid,
    Text,
    Integer,
    BigInteger,
    Real,
    Boolean,
}

/// Values in the order of some columns. The first is never null.
pub(super) type Row = Vec<Value>;

/// Rows in one statement to SQLite at most, a power of two: beyond, a longer text saves nothing.
const MOST_ROWS: usize = 256;

/// Deletes the rows of `table` whose `columns` equal one of `keys`.
pub(super) async fn delete(
    batch: &mut Batch<'_>,
    table: &'static str,
    columns: &[Column],
    keys: Vec<Row>,
) -> Result<()> {
    let names = names(columns);
    let sqlite = batch.backend() == DatabaseBackend::Sqlite;
    let text = |with: &str| match sqlite {
        true => format!("{with} DELETE FROM {table} WHERE ({names}) IN (SELECT * FROM k)"),
        false => format!("{with} DELETE FROM {table} AS t USING k WHERE {}", equal(columns, "t")),
    };
    push(batch, table, (columns, keys), text).await
}

/// Deletes the rows of `table` that equal one of `rows` in all `columns` but the last, and are not above it there.
/// `key` is the table's.
pub(super) async fn delete_until(
    batch: &mut Batch<'_>,
    table: &'static str,
    (columns, key): (&[Column], &[&str]),
    rows: Vec<Row>,
) -> Result<()> {
    let Some((Column { name: last, .. }, equals)) = columns.split_last() else { return Ok(()) };
    let met = format!("{} AND t.{last} <= k.{last}", equal(equals, "t"));
    let (names, found) = (key.join(", "), key.iter().map(|name| format!("t.{name}")).collect::<Vec<_>>().join(", "));
    let sqlite = batch.backend() == DatabaseBackend::Sqlite;
    let text = |with: &str| match sqlite {
        true => {
            let found = format!("SELECT {found} FROM k CROSS JOIN {table} AS t ON {met}");
            format!("{with} DELETE FROM {table} WHERE ({names}) IN ({found})")
        }
        false => format!("{with} DELETE FROM {table} AS t USING k WHERE {met}"),
    };
    push(batch, table, (columns, rows), text).await
}

/// Adds the numbers of `rows` to those that are stored under the same key.
pub(super) async fn add(
    batch: &mut Batch<'_>,
    table: &'static str,
    (columns, key): (&[Column], &[&str]),
    rows: Vec<Row>,
) -> Result<()> {
    let set = |name: &str| format!("{name} = {table}.{name} + excluded.{name}");
    write(batch, table, (columns, rows), &on_conflict(columns, key, set)).await
}

/// Inserts rows, each with its values in the order of `columns`. `key` and `columns` not in it make the upsert; without
/// a key, a row that is there already is an error.
pub(super) async fn insert(
    batch: &mut Batch<'_>,
    table: &'static str,
    (columns, key): (&[Column], &[&str]),
    rows: Vec<Row>,
) -> Result<()> {
    let set = |name: &str| format!("{name} = excluded.{name}");
    write(batch, table, (columns, rows), &on_conflict(columns, key, set)).await
}

/// Sets the last of `columns` where the others have their values.
pub(super) async fn update(
    batch: &mut Batch<'_>,
    table: &'static str,
    columns: &[Column],
    rows: Vec<Row>,
) -> Result<()> {
    let Some((Column { name: set, .. }, key)) = columns.split_last() else { return Ok(()) };
    let text = |with: &str| format!("{with} UPDATE {table} SET {set} = k.{set} FROM k WHERE {}", equal(key, table));
    push(batch, table, (columns, rows), text).await
}

async fn write(
    batch: &mut Batch<'_>,
    table: &'static str,
    (columns, rows): (&[Column], Vec<Row>),
    upsert: &str,
) -> Result<()> {
    let names = names(columns);
    // WHERE: without it SQLite would take ON for the condition of a join.
    let filled = format!("k.{} IS NOT NULL", columns[0].name);
    let text = |with: &str| format!("INSERT INTO {table} ({names}) {with} SELECT * FROM k WHERE {filled} {upsert}");
    push(batch, table, (columns, rows), text).await
}

/// Adds a statement for the rows, whose `text` begins with them.
async fn push(
    batch: &mut Batch<'_>,
    table: &'static str,
    (columns, rows): (&[Column], Vec<Row>),
    text: impl Fn(&str) -> String,
) -> Result<()> {
    for rows in Rows::split(batch.backend(), columns, rows) {
        let weight = columns.len() * rows.rows.len();
        batch.push(table, weight, |before| (text(&rows.with(before)), rows.values())).await?;
    }
    Ok(())
}

/// The next of 1, 2, 4, … 64, 96, 128, 192, 256: a large list must not be half empty. Small ones are more often of one
/// size without steps between, and tables of one size travel together.
fn room(rows: usize) -> usize {
    let power = rows.next_power_of_two();
    match power / 4 * 3 {
        between if between > 64 && rows <= between => between,
        _ => power,
    }
}

fn on_conflict(columns: &[Column], key: &[&str], set: impl Fn(&str) -> String) -> String {
    if key.is_empty() {
        return String::new();
    }
    let others = columns.iter().map(|column| column.name).filter(|name| !key.contains(name));
    format!("ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), others.map(set).collect::<Vec<_>>().join(", "))
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

pub(super) fn equal(columns: &[Column], table: &str) -> String {
    let equal = |column: &Column| format!("{table}.{0} = k.{0}", column.name);
    columns.iter().map(equal).collect::<Vec<_>>().join(" AND ")
}

/// Rows of one statement, and how they reach it.
pub(super) struct Rows<'a> {
    backend: DatabaseBackend,
    columns: &'a [Column],
    rows: Vec<Row>,
    /// For how many there is room in the text; where arrays carry them, for any number.
    places: usize,
}

impl<'a> Rows<'a> {
    /// All at once where an array carries them.
    pub(super) fn split(backend: DatabaseBackend, columns: &'a [Column], mut rows: Vec<Row>) -> Vec<Self> {
        let most = if backend == DatabaseBackend::Sqlite { MOST_ROWS } else { rows.len().max(1) };
        let mut parts = Vec::with_capacity(rows.len().div_ceil(most));
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(most));
            let places = if backend == DatabaseBackend::Sqlite { room(rows.len()) } else { 0 };
            parts.push(Self { backend, columns, rows, places });
            rows = rest;
        }
        parts
    }

    /// Names the rows `k` and its columns as those of the table. So many values stand `before` theirs.
    pub(super) fn with(&self, before: usize) -> String {
        let names = names(self.columns);
        if self.backend == DatabaseBackend::Sqlite {
            let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
            return format!("WITH k({names}) AS (VALUES {})", vec![row; self.places].join(", "));
        }
        let arrays = self.columns.iter().enumerate().map(|(at, column)| {
            let place = before + at + 1;
            format!("${place}::{}[]", column.sent_as())
        });
        let arrays = arrays.collect::<Vec<_>>().join(", ");
        let read = self.columns.iter().map(|column| column.read()).collect::<Vec<_>>().join(", ");
        format!("WITH k AS NOT MATERIALIZED (SELECT {read} FROM UNNEST({arrays}) AS sent({names}))")
    }

    pub(super) fn values(self) -> Vec<Value> {
        if self.backend == DatabaseBackend::Sqlite {
            let mut values = Vec::with_capacity(self.columns.len() * self.places);
            values.extend(self.rows.into_iter().flatten());
            values.resize(self.columns.len() * self.places, Value::String(None));
            return values;
        }
        let mut arrays: Vec<Vec<Value>> = self.columns.iter().map(|_| Vec::with_capacity(self.rows.len())).collect();
        for row in self.rows {
            for ((array, column), value) in arrays.iter_mut().zip(self.columns).zip(row) {
                array.push(column.to_send(value));
            }
        }
        self.columns.iter().zip(arrays).map(|(column, values)| column.array(values)).collect()
    }
}

impl Column {
    pub(super) const fn uuid(name: &'static str) -> Self {
        Self { name, kind: Kind::Uuid, optional: false }
    }

    pub(super) const fn text(name: &'static str) -> Self {
        Self { name, kind: Kind::Text, optional: false }
    }

    pub(super) const fn integer(name: &'static str) -> Self {
        Self { name, kind: Kind::Integer, optional: false }
    }

    pub(super) const fn big_integer(name: &'static str) -> Self {
        Self { name, kind: Kind::BigInteger, optional: false }
    }

    pub(super) const fn real(name: &'static str) -> Self {
        Self { name, kind: Kind::Real, optional: false }
    }

    pub(super) const fn boolean(name: &'static str) -> Self {
        Self { name, kind: Kind::Boolean, optional: false }
    }

    /// It may be null. The driver's arrays hold no nulls, so each type has a value that stands for it and that no
    /// column has: an empty text, the smallest of all integers, not a number.
    pub(super) const fn or_null(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The type in which its values travel to PostgreSQL.
    fn sent_as(self) -> &'static str {
        match self.kind {
            Kind::Uuid if !self.optional => "uuid",
            Kind::Boolean if !self.optional => "boolean",
            Kind::Uuid | Kind::Text | Kind::Boolean => "text",
            Kind::Integer | Kind::BigInteger => "bigint",
            Kind::Real => "double precision",
        }
    }

    /// The column as PostgreSQL reads it from what was sent.
    fn read(self) -> String {
        let (name, none) = match self.kind {
            Kind::Uuid | Kind::Text | Kind::Boolean => (self.name, "''"),
            Kind::Integer | Kind::BigInteger => (self.name, "'-9223372036854775808'::bigint"),
            Kind::Real => (self.name, "'NaN'::double precision"),
        };
        let value = if self.optional { format!("NULLIF({name}, {none})") } else { name.to_owned() };
        match self.kind {
            Kind::Uuid => format!("{value}::uuid AS {name}"),
            Kind::Integer => format!("{value}::integer AS {name}"),
            Kind::Boolean => format!("{value}::boolean AS {name}"),
            Kind::Text | Kind::BigInteger | Kind::Real => format!("{value} AS {name}"),
        }
    }

    fn to_send(self, value: Value) -> Value {
        debug_assert!(self.optional || value != value.as_null(), "{} is null", self.name);
        match (self.kind, value) {
            (Kind::Uuid, Value::Uuid(id)) if self.optional => id.map_or_else(String::new, |id| id.to_string()).into(),
            (Kind::Boolean, Value::Bool(is)) if self.optional => {
                is.map_or_else(String::new, |is| is.to_string()).into()
            }
            (Kind::Text, Value::String(text)) => text.unwrap_or_default().into(),
            (Kind::Real, Value::Double(number)) => number.unwrap_or(f64::NAN).into(),
            (Kind::Integer | Kind::BigInteger, number) => integer(&number).unwrap_or(i64::MIN).into(),
            (_, value) => value,
        }
    }

    fn array(self, values: Vec<Value>) -> Value {
        let kind = match self.sent_as() {
            "uuid" => ArrayType::Uuid,
            "boolean" => ArrayType::Bool,
            "text" => ArrayType::String,
            "bigint" => ArrayType::BigInt,
            _ => ArrayType::Double,
        };
        Value::Array(kind, Some(Box::new(values)))
    }
}

/// Any whole number, as one type of array holds them all.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::TinyInt(number) => number.map(i64::from),
        Value::SmallInt(number) => number.map(i64::from),
        Value::Int(number) => number.map(i64::from),
        Value::BigInt(number) => *number,
        Value::TinyUnsigned(number) => number.map(i64::from),
        Value::SmallUnsigned(number) => number.map(i64::from),
        Value::Unsigned(number) => number.map(i64::from),
        Value::BigUnsigned(number) => number.and_then(|number| i64::try_from(number).ok()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_lists_are_never_half_empty() {
        for rows in 1..=MOST_ROWS {
            let room = room(rows);
            assert!(room >= rows && room <= MOST_ROWS, "{rows}: {room}");
            assert!(rows <= 64 || room * 2 <= rows * 3, "{rows}: {room}");
        }
        let sizes: std::collections::BTreeSet<usize> = (1..=MOST_ROWS).map(room).collect();
        assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256]);
    }
}
