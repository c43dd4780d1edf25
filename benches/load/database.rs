//! Fresh databases that are gone when they are dropped.

use crate::{Result, machine::filesystem};
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connection, DatabaseConnection, Statement};
use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};
use uuid::Uuid;

/// Where databases of one kind are made.
pub enum Databases {
    Sqlite(PathBuf),
    /// The URL of a superuser.
    Postgres(String),
}

/// A database of this run alone.
pub struct Database {
    url: String,
    home: Home,
}

enum Home {
    File(PathBuf),
    Server { superuser: String, name: String },
}

impl Databases {
    pub fn make(&self, name: &str) -> Result<Database> {
        match self {
            Self::Sqlite(folder) => {
                let file = folder.join(format!("{name}.db"));
                Ok(Database { url: format!("sqlite:{}", file.display()), home: Home::File(file) })
            }
            Self::Postgres(superuser) => {
                let name = format!("laerd_bench_{}_{name}", std::process::id());
                let url = with_database(superuser, &name)?;
                psql(superuser, &format!("CREATE DATABASE {name}"))?;
                Ok(Database { url, home: Home::Server { superuser: superuser.clone(), name } })
            }
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// What decides the price of a commit here.
    pub fn describe(&self) -> Result<String> {
        let settings = match self {
            Self::Sqlite(folder) => format!("files in {} ({})", folder.display(), filesystem(folder)),
            Self::Postgres(superuser) => {
                let show = |setting| psql(superuser, &format!("SHOW {setting}"));
                let (version, fsync) = (show("server_version")?, show("fsync")?);
                format!("{version}, fsync {fsync}, synchronous_commit {}", show("synchronous_commit")?)
            }
        };
        Ok(format!("{}: {settings}", self.name()))
    }
}

impl Database {
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it takes on disk, while nobody writes.
    pub fn bytes(&self) -> Result<f64> {
        match &self.home {
            Home::File(file) => Ok(fs::metadata(file)?.len() as f64),
            Home::Server { superuser, name } => {
                Ok(psql(superuser, &format!("SELECT pg_database_size('{name}')"))?.parse()?)
            }
        }
    }

    /// Copies a learner with all his rows so many times. No server may be at work on a file.
    pub async fn fill(&self, template: Uuid, copies: usize) -> Result<()> {
        // Temporary tables belong to a connection.
        let db = Connection::connect(ConnectOptions::new(&self.url).max_connections(1).to_owned()).await?;
        let (new, series, template) = match self.home {
            Home::File(_) => (
                "randomblob(16)",
                format!(
                    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies}) SELECT i FROM n)"
                ),
                format!("x'{}'", template.simple()),
            ),
            Home::Server { .. } => {
                ("gen_random_uuid()", format!("generate_series(1, {copies})"), format!("'{template}'"))
            }
        };
        let mut script = format!("BEGIN; CREATE TEMPORARY TABLE twin AS SELECT {new} AS twin FROM {series} AS series;");
        for (table, columns) in self.learners_tables(&db).await? {
            let key = if table == "learner" { "id" } else { "learner_id" };
            let others: String = columns.iter().filter(|name| *name != key).map(|name| format!(", {name}")).collect();
            script += &format!(
                "INSERT INTO {table} ({key}{others}) SELECT twin{others} FROM {table}, twin WHERE {key} = {template};"
            );
        }
        db.execute_unprepared(&(script + "COMMIT;")).await?;
        if matches!(self.home, Home::Server { .. }) {
            db.execute_unprepared("VACUUM ANALYZE").await?;
            // Else what was filled in is written out while answers are measured.
            db.execute_unprepared("CHECKPOINT").await?;
        }
        Ok(db.close().await?)
    }

    /// Has everybody fitted for good. No server may be at work on a file.
    pub async fn fit_nobody(&self) -> Result<()> {
        let db = Connection::connect(ConnectOptions::new(&self.url).max_connections(1).to_owned()).await?;
        let done = "INSERT INTO refit (learner_id, course, next_at, leased_until) \
                    SELECT learner_id, course, 2147483647, 0 FROM course_belief";
        db.execute_unprepared(done).await?;
        Ok(db.close().await?)
    }

    /// How many rows a table has now, while a server is at work.
    pub async fn rows(&self, table: &str) -> Result<u64> {
        let db = Connection::connect(ConnectOptions::new(&self.url).max_connections(1).to_owned()).await?;
        let count = Statement::from_string(db.get_database_backend(), format!("SELECT COUNT(*) AS n FROM {table}"));
        let row = db.query_one_raw(count).await?.ok_or("a count has a row")?;
        let count: i64 = row.try_get("", "n")?;
        db.close().await?;
        Ok(count.unsigned_abs())
    }

    /// The tables that hold a learner's rows, with their columns.
    async fn learners_tables(&self, db: &DatabaseConnection) -> Result<BTreeMap<String, Vec<String>>> {
        let sql = match self.home {
            Home::File(_) => {
                "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p \
                 WHERE m.type = 'table'"
            }
            Home::Server { .. } => {
                "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
                 WHERE table_schema = 'public'"
            }
        };
        let mut tables = BTreeMap::<String, Vec<String>>::new();
        for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await? {
            tables.entry(row.try_get("", "t")?).or_default().push(row.try_get("", "c")?);
        }
        tables.retain(|table, columns| table == "learner" || columns.iter().any(|name| name == "learner_id"));
        Ok(tables)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.home {
            // The next one wants the room.
            Home::File(file) => {
                for end in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(format!("{}{end}", file.display()));
                }
            }
            Home::Server { superuser, name } => {
                if let Err(failure) = psql(superuser, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) {
                    eprintln!("the database {name} is left behind: {failure}");
                }
            }
        }
    }
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> Result<String> {
    let (address, query) = url.split_once('?').map_or((url, String::new()), |(url, query)| (url, format!("?{query}")));
    let (scheme, rest) = address.split_once("://").ok_or("TEST_POSTGRES is no URL")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    Ok(format!("{scheme}://{authority}/{name}{query}"))
}

fn psql(url: &str, statement: &str) -> Result<String> {
    let output = Command::new("psql").args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]).output();
    let output = output.map_err(|cause| format!("psql cannot be run: {cause}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(format!("psql: {}", String::from_utf8_lossy(&output.stderr).trim()).into())
    }
}
