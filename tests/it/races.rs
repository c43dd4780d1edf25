//! Two transactions at once: what one has begun, the other waits for and then sees. On PostgreSQL, where writers meet;
//! SQLite has one writer at a time.
//!
//! Each test holds one side's transaction open with what it wrote so far, lets the other side begin for real, and
//! commits once the other waits.

use crate::support::{Kind, World, real_course};
use futures_util::future::join;
use laerd::{
    store::{
        self, Connection, Db, Txn,
        answers::{EventBody, NewEvent},
        learners::Learner,
    },
    vocab::id::{EventId, LearnerId},
};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use std::{future::Future, time::Duration};

/// What `other` comes to, if it waits for a lock of `held`, which is then committed.
async fn meeting<T>(db: &Db, held: Txn, other: impl Future<Output = T>) -> T {
    let commit = async {
        someone_waits(db).await;
        held.commit().await.unwrap();
    };
    join(other, commit).await.0
}

async fn someone_waits(db: &Db) {
    let waiting =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..500 {
        if count(db, waiting).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits for the transaction that is held open");
}

async fn count(db: &Db, sql: &str) -> i64 {
    let statement = Statement::from_string(DatabaseBackend::Postgres, sql);
    db.inner().query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// A PostgreSQL to meet on, if there is one.
async fn postgres() -> Option<World> {
    if Kind::Postgres.is_available() { Some(World::new(Kind::Postgres).await) } else { None }
}

/// Takes the next number of a learner's stream and stores an event, as a writer does.
async fn write_event(txn: &Txn, learner: LearnerId) {
    let row = store::learners::lock(txn, learner).await.unwrap().unwrap();
    let id = EventId(crate::support::next_id());
    let event = NewEvent {
        id,
        seq: row.head + 1,
        course: String::new(),
        revision: 0,
        body: EventBody::Void(id),
        order_at: row.created_at,
        hash: "hash".to_owned(),
        raw: "{}".to_owned(),
        device_id: None,
        received_at: row.created_at,
    };
    store::answers::insert(txn, &[(learner, event)]).await.unwrap();
    store::learners::set_heads(txn, &[Learner { head: row.head + 1, ..row }]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_takes_what_a_writer_was_storing_with_it() {
    let Some(world) = postgres().await else { return };
    let (learner, db) = (world.guest().await, &world.app.db);
    let writing = db.write().await.unwrap();
    write_event(&writing, learner.id).await;
    let (status, _) = meeting(db, writing, learner.send_once(Method::DELETE, "/v1/me", None)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(count(db, "SELECT COUNT(*) FROM event").await, 0, "no answer is left of someone who is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_for_someone_who_is_being_erased() {
    let Some(world) = postgres().await else { return };
    let (learner, db) = (world.guest().await, &world.app.db);
    let caller = world.app.authenticate(&learner.access()).await.unwrap();
    let erasing = db.write().await.unwrap();
    assert!(store::learners::erase(&erasing, learner.id).await.unwrap());
    let account = world.app.create_account(Some(caller), "amina", "a long enough one");
    assert!(matches!(meeting(db, erasing, account).await, Err(laerd::app::Error::Erased)));
    assert_eq!(count(db, "SELECT COUNT(*) FROM account").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_loads_at_once_take_two_numbers_of_the_catalogue() {
    let Some(world) = postgres().await else { return };
    let db = &world.app.db;
    let number = async || store::catalogue::state(db, "catalogue").await.unwrap().unwrap().parse::<u64>().unwrap();
    let before = number().await;
    let loading = db.write().await.unwrap();
    store::catalogue::set_state(&loading, "catalogue", &(before + 1).to_string()).await.unwrap();
    let mut bank = real_course().clone();
    bank.questions[0].question.explanation += " Det er alt.";
    assert_eq!(meeting(db, loading, world.app.load_bank(&bank)).await.unwrap().updated, 1);
    assert_eq!(number().await, before + 2, "who has read the first looks again for the second");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_waits_for_a_load_and_folds_by_what_it_loaded() {
    let Some(world) = postgres().await else { return };
    let (account, guest, db) = (world.guest().await, world.guest().await, &world.app.db);
    let caller = world.app.authenticate(&account.access()).await.unwrap();
    let before = world.app.catalogue().version.clone();
    let loading = db.write().await.unwrap();
    store::catalogue::next_version(&loading).await.unwrap();
    meeting(db, loading, world.app.merge(caller, &guest.access())).await.unwrap();
    assert_ne!(world.app.catalogue().version, before, "the courses were read again before the logs were folded");
}
