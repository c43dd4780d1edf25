//! The database: migrations up and down, entities as the schema has them, and the faults an operator can mend.

use crate::support::{Kind, TestDb, World, on_both};
use laerd::store::{Connection, entity, open};
use sea_orm::{ConnectionTrait, EntityTrait, Iterable, PrimaryKeyToColumn, QueryOrder, Statement};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

on_both! {
    async fn every_step_goes_up_and_down_again(kind) {
        let (_test, db) = TestDb::migrated(kind).await;
        let steps = open::migrations(&db).await.unwrap();
        assert!(steps.iter().all(|(_, applied)| *applied));
        for down in 1..=steps.len() {
            open::migrate_down(&db, 1).await.unwrap();
            let applied = open::migrations(&db).await.unwrap().iter().filter(|(_, applied)| *applied).count();
            assert_eq!(applied, steps.len() - down);
        }
        open::migrate_up(&db).await.unwrap();
        assert!(open::migrations(&db).await.unwrap().iter().all(|(_, applied)| *applied));
    }
}

on_both! {
    async fn the_log_is_the_same_in_the_order_of_learners_and_of_time(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        for question in learner.queue("?limit=3").await {
            let answer = learner.answer(&question, false);
            learner.push(&[answer.clone(), learner.void(&answer)]).await;
        }
        let db = &world.app.db;
        let log = async || entity::event::Entity::find().order_by_asc(entity::event::Column::Seq).all(db.inner()).await;
        let before = log().await.unwrap();
        assert_eq!(before.len(), 6);
        let steps = open::migrations(db).await.unwrap();
        let by_time = steps.iter().position(|(name, _)| name.contains("by_time")).unwrap();
        open::migrate_down(db, (steps.len() - by_time) as u32).await.unwrap();
        assert_eq!(log().await.unwrap(), before);
        open::migrate_up(db).await.unwrap();
        assert_eq!(log().await.unwrap(), before);
        assert_eq!(learner.get("/v1/changes?since=0").await["events"].as_array().unwrap().len(), 6);
    }
}

/// Column names of a table with whether each may be null, as the database tells it.
async fn live(db: &laerd::store::Db, table: &str) -> Vec<(String, bool)> {
    let backend = db.inner().get_database_backend();
    let sql = match backend {
        sea_orm::DatabaseBackend::Sqlite => {
            format!("SELECT name, \"notnull\" = 0 AS nullable FROM pragma_table_info('{table}')")
        }
        _ => format!(
            "SELECT column_name::text AS name, is_nullable = 'YES' AS nullable FROM information_schema.columns WHERE table_name = '{table}'"
        ),
    };
    let rows = db.inner().query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    let mut columns: Vec<(String, bool)> =
        rows.iter().map(|row| (row.try_get("", "name").unwrap(), row.try_get("", "nullable").unwrap())).collect();
    columns.sort();
    columns
}

macro_rules! check_tables {
    ($db:expr, $($table:ident),*) => {$(
        let mut columns: Vec<(String, bool)> = entity::$table::Column::iter()
            .map(|column| (sea_orm::IdenStatic::as_str(&column).to_owned(), sea_orm::ColumnTrait::def(&column).is_null()))
            .collect();
        columns.sort();
        assert_eq!(columns, live($db, stringify!($table)).await, stringify!($table));
        let keys: Vec<String> = entity::$table::PrimaryKey::iter()
            .map(|key| sea_orm::IdenStatic::as_str(&key.into_column()).to_owned()).collect();
        if columns.iter().any(|(name, _)| name == "learner_id") {
            assert_eq!(keys[0], "learner_id", "the key of {} begins with its learner", stringify!($table));
        }
        assert!(entity::$table::Entity::find().all($db.inner()).await.is_ok(), "types of {}", stringify!($table));
    )*};
}

on_both! {
    async fn entities_are_what_the_schema_has(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        learner.push(&[learner.answer(&question, false)]).await;
        let db = &world.app.db;
        check_tables!(
            db, access_token, account, activity, card, cohort, concept, concept_belief, course, course_belief,
            course_parameters, coverage_point, coverage_refresh, day_tally, enrolment, event, learner, lease, membership,
            memory_fit, pace, question, question_revision, refit, refresh_token, request, server_state, unit, unit_concept,
            unit_lead
        );
    }
}

async fn refusal(url: &str) -> String {
    open::open(url, 2).await.err().expect("a database that cannot be used").to_string()
}

on_both! {
    async fn a_database_of_a_newer_schema_is_refused(kind) {
        let (test, db) = TestDb::migrated(kind).await;
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_future', 0)";
        db.inner().execute_unprepared(newer).await.unwrap();
        let text = refusal(&test.url).await;
        assert!(text.contains("newer schema") && text.contains("m29990101") && text.contains("cure"), "{text}");
    }
}

#[tokio::test]
async fn postgres_waits_for_the_operator_to_migrate() {
    if Kind::Postgres.is_available() {
        let test = TestDb::new(Kind::Postgres).await;
        let text = refusal(&test.url).await;
        assert!(text.contains("laerd migrate up"), "{text}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_opened_is_told() {
    let text = refusal("sqlite:/nowhere/at/all/laerd.db").await;
    assert!(text.contains("cannot be opened") && text.contains("cure"), "{text}");
    let text = refusal("sqlite::memory:").await;
    assert!(text.contains("in memory") && text.contains("cure"), "{text}");
    let text = refusal("mysql://host/db").await;
    assert!(text.contains("sqlite: or postgres:"), "{text}");
    let text = refusal("postgres://nobody@127.0.0.1:1/none").await;
    assert!(text.contains("cannot be opened"), "{text}");
}

#[tokio::test]
async fn a_locked_database_is_told() {
    let (test, db) = TestDb::migrated(Kind::Sqlite).await;
    let held = db.write().await.unwrap();
    let text = refusal(&test.url).await;
    assert!(text.contains("locked by another process"), "{text}");
    drop(held);
    open::open(&test.url, 2).await.unwrap();
}

#[tokio::test]
async fn a_read_only_database_is_told() {
    let (test, db) = TestDb::migrated(Kind::Sqlite).await;
    db.close().await.unwrap();
    // The superuser may write anything, so the file itself is opened read-only for him.
    let url = if is_superuser(&test) { format!("{}?mode=ro", test.url) } else { test.url.clone() };
    std::fs::set_permissions(test.file(), PermissionsExt::from_mode(0o444)).unwrap();
    let text = refusal(&url).await;
    assert!(text.contains("read-only") || text.contains("cannot be opened"), "{text}");
    assert!(text.contains("cure"), "{text}");
}

fn is_superuser(test: &TestDb) -> bool {
    let probe = test.file().with_file_name("probe");
    std::fs::write(&probe, "x").unwrap();
    std::fs::set_permissions(&probe, PermissionsExt::from_mode(0o444)).unwrap();
    std::fs::OpenOptions::new().write(true).open(&probe).is_ok()
}

#[tokio::test]
async fn what_is_written_beside_the_writer_is_durable_and_logged_ahead() {
    let (_test, db) = TestDb::migrated(Kind::Sqlite).await;
    for (pragma, expected) in [("journal_mode", "wal"), ("synchronous", "2"), ("busy_timeout", "5000")] {
        let statement = Statement::from_string(sea_orm::DatabaseBackend::Sqlite, format!("PRAGMA {pragma}"));
        let row = db.inner().query_one_raw(statement).await.unwrap().unwrap();
        let value =
            row.try_get_by_index::<String>(0).or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()));
        assert_eq!(value.unwrap(), expected, "{pragma}");
    }
}

/// Whether some process shows others that it has the file in use.
fn is_locked(file: &std::path::Path) -> bool {
    let inode = format!(":{} ", std::fs::metadata(file).unwrap().ino());
    std::fs::read_to_string("/proc/locks").unwrap().lines().any(|lock| lock.contains(&inode))
}

#[tokio::test]
async fn a_log_that_is_copied_begins_anew_and_stays_in_use() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let question = learner.queue("?limit=1").await.remove(0);
    let file = world.database.file();
    let log = || std::fs::metadata(file.with_file_name("laerd.db-wal")).unwrap().len();
    assert!(is_locked(&file));
    world.app.db.checkpoint().await.unwrap();
    assert!(is_locked(&file), "another process that leaves would remove the log");
    let before = log();
    for _ in 0..5 {
        learner.push(&[learner.answer(&question, true)]).await;
        world.app.db.checkpoint().await.unwrap();
    }
    assert_eq!(log(), before, "the log is written over");
}

#[tokio::test]
async fn a_database_that_goes_away_answers_503_and_comes_back() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let question = learner.queue("?limit=1").await.remove(0);
    let event = learner.answer(&question, true);
    let other = open::connect(&world.database.url, 1).await.unwrap();
    let held = other.write().await.unwrap();
    let body = serde_json::json!({"events": [event]});
    let (status, problem) = learner.send(reqwest::Method::POST, "/v1/answers", Some(&body)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &serde_json::json!("unavailable")));
    drop(held);
    other.close().await.unwrap();
    let receipt = learner.push(&[event]).await;
    assert_eq!(receipt["results"][0]["status"], "applied", "nothing was stored the first time");
}
