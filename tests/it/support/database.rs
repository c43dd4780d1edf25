//! A database for one test, gone with it.

use laerd::store::{Db, open};
use sea_orm::{ConnectionTrait, Database};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

pub struct TestDb {
    pub url: String,
    folder: Option<TempDir>,
    postgres: Option<String>,
}

impl Kind {
    /// SQLite always is; PostgreSQL where the environment names one.
    pub fn is_available(self) -> bool {
        let found = self == Self::Sqlite || admin_url().is_some();
        assert!(found || std::env::var_os("CI").is_none(), "CI must set TEST_POSTGRES: a skipped suite is a failure");
        found
    }
}

impl TestDb {
    /// Empty, without a schema.
    pub async fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite:{}", folder.path().join("laerd.db").display());
                Self { url, folder: Some(folder), postgres: None }
            }
            Kind::Postgres => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                let name = format!("laerd_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
                administer(&format!("DROP DATABASE IF EXISTS {name}")).await;
                administer(&format!("CREATE DATABASE {name}")).await;
                let admin = admin_url().expect("asked for by is_available");
                let (server, _) = admin.rsplit_once('/').expect("a URL with a database");
                Self { url: format!("{server}/{name}"), folder: None, postgres: Some(name) }
            }
        }
    }

    /// With the schema in place.
    pub async fn migrated(kind: Kind) -> (Self, Db) {
        let test = Self::new(kind).await;
        let db = open::connect(&test.url, 4).await.expect("a fresh database opens");
        open::migrate_up(&db).await.expect("a fresh database migrates");
        (test, db)
    }

    /// With the schema in place, for tests that do not lose power: nothing waits for a disk.
    pub async fn volatile(kind: Kind) -> (Self, Db) {
        let mut test = Self::new(kind).await;
        match kind {
            Kind::Sqlite => {
                let memory = std::path::Path::new("/dev/shm");
                if let Ok(folder) = tempfile::tempdir_in(memory) {
                    test.url = format!("sqlite:{}", folder.path().join("laerd.db").display());
                    test.folder = Some(folder);
                }
            }
            Kind::Postgres => test.url.push_str("?options[synchronous_commit]=off"),
        }
        let db = open::connect(&test.url, 4).await.expect("a fresh database opens");
        open::migrate_up(&db).await.expect("a fresh database migrates");
        (test, db)
    }

    pub fn file(&self) -> std::path::PathBuf {
        self.folder.as_ref().expect("an SQLite database").path().join("laerd.db")
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let Some(name) = self.postgres.take() else { return };
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(administer(&drop));
        });
        let _ = dropped.join();
    }
}

fn admin_url() -> Option<String> {
    std::env::var("TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

async fn administer(sql: &str) {
    let admin = Database::connect(admin_url().expect("asked for by is_available")).await.expect("PostgreSQL answers");
    admin.execute_unprepared(sql).await.expect(sql);
    admin.close().await.expect("PostgreSQL closes");
}
