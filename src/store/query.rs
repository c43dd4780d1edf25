//! Look-ups by keys: one statement for many.

use super::{
    Connection, Result,
    keyed::{Column, Row, Rows, equal},
    native::FromRow,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

/// Whatever look-ups by keys can be sent to: any connection, and the transaction of a group.
pub trait Source: Sync {
    fn backend(&self) -> DatabaseBackend;
    fn rows<M: FromRow>(&self, statement: Statement) -> impl Future<Output = Result<Vec<M>>> + Send;
}

impl<C: Connection> Source for C {
    fn backend(&self) -> DatabaseBackend {
        self.inner().get_database_backend()
    }

    async fn rows<M: FromRow>(&self, statement: Statement) -> Result<Vec<M>> {
        let rows = self.inner().query_all_raw(statement).await?;
        rows.iter().map(|row| Ok(M::from_query_result(row, "")?)).collect()
    }
}

/// `select` from the rows of `table` (called `t`) whose `columns` equal one of `keys`; `lock` ends the look-up of a row
/// on PostgreSQL, where rows can be locked.
pub(super) async fn find<M: FromRow>(
    db: &impl Source,
    (select, table): (&str, &str),
    (columns, keys): (&[Column], Vec<Row>),
    lock: &str,
) -> Result<Vec<M>> {
    let (backend, equal) = (db.backend(), equal(columns, "t"));
    // Both texts force the walk from the keys to the index. A planner who believes a table small, as it was when the
    // plan was made, may scan it for every key.
    let text = |with: &str| match backend {
        DatabaseBackend::Sqlite => format!("{with} SELECT {select} FROM k CROSS JOIN {table} AS t ON {equal}"),
        _ => {
            let found = format!("SELECT {select} FROM {table} AS t WHERE {equal} OFFSET 0 {lock}");
            format!("{with} SELECT found.* FROM k CROSS JOIN LATERAL ({found}) AS found")
        }
    };
    let mut found = Vec::new();
    for keys in Rows::split(backend, columns, keys) {
        let text = text(&keys.with(0));
        found.append(&mut db.rows(Statement::from_sql_and_values(backend, text, keys.values())).await?);
    }
    Ok(found)
}
