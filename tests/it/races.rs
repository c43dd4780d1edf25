//! Two transactions at once: what one has begun, the other waits for and then sees. On PostgreSQL, where writers meet;
//! SQLite has one writer at a time.
//!
//! Each test holds one side's transaction open with what it wrote so far, lets the other side begin for real, and
//! commits once the other waits.

use crate::support::{Kind, Learner, Organisation, World, next_id, organisation::change, real_course};
use futures_util::future::join;
use laerd::{
    store::{
        self, Connection, Db, Txn,
        answers::{EventBody, NewEvent},
        learners,
        memberships::Membership,
        tokens::{Access, Refresh},
        units::Unit,
    },
    vocab::{
        id::{CohortId, EventId, LearnerId, UnitId},
        time::Week,
    },
};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::json;
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
    let id = EventId(next_id());
    let event = NewEvent {
        id,
        seq: row.head + 1,
        course: String::new(),
        revision: 0,
        body: EventBody::Void(id),
        order_at: row.created_at,
        hash: "hash".into(),
        raw: "{}".into(),
        device_id: None,
        received_at: row.created_at,
    };
    let mut batch = txn.batch();
    store::answers::insert(&mut batch, &[(learner, event)]).await.unwrap();
    store::learners::save(&mut batch, &[learners::Learner { head: row.head + 1, ..row }]).await.unwrap();
    batch.send().await.unwrap();
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
async fn a_renewal_that_is_under_way_does_not_outlive_signing_out() {
    let Some(world) = postgres().await else { return };
    let (learner, db) = (world.guest().await, &world.app.db);
    let caller = world.app.authenticate(&learner.access()).await.unwrap();
    let renewing = db.write().await.unwrap();
    let row = store::learners::lock(&renewing, learner.id).await.unwrap().unwrap();
    let (learner, family, expires_at) = (row.id, caller.family, row.created_at.plus_minutes(60));
    let access = Access { learner, hash: "new access".into(), family, expires_at };
    let (hash, parent, access_hash) = ("new refresh".into(), None, access.hash.clone());
    let refresh = Refresh { learner, hash, family, parent, access_hash, consumed: false, expires_at };
    let mut batch = renewing.batch();
    store::tokens::save(&mut batch, &[access], &[refresh]).await.unwrap();
    batch.send().await.unwrap();
    drop(batch);
    meeting(db, renewing, world.app.sign_out(caller)).await.unwrap();
    for table in ["access_token", "refresh_token"] {
        assert_eq!(count(db, &format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
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

/// A member of «Havn» in an organisation that has a «Skole» too.
async fn member<'a>(organisation: &Organisation<'a>, name: &str) -> (Learner<'a>, String) {
    let unit = organisation.unit("Havn", None).await;
    organisation.unit("Skole", None).await;
    let person = organisation.person(name).await;
    organisation.join(&person, &unit).await;
    (person, unit)
}

/// Leaves a team as far as the commit.
async fn leave(txn: &Txn, who: &Learner<'_>) {
    store::learners::lock(txn, who.id).await.unwrap().unwrap();
    let present = store::memberships::lock(txn, who.id).await.unwrap().unwrap();
    let left = Membership { left_at: Some(present.joined_at), opted_out: true, ..present };
    store::memberships::put(txn, &[left]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_comes_into_a_unit_that_is_being_deleted() {
    let Some(world) = postgres().await else { return };
    let (organisation, db) = (Organisation::new(&world).await, &world.app.db);
    let amina = organisation.person("amina").await;
    for by_list in [false, true] {
        let unit = organisation.unit("Havn", None).await;
        let id = UnitId(unit.parse().unwrap());
        let code = organisation.code(&unit).await;
        let version = store::units::find(db, id).await.unwrap().unwrap().version;
        let deleting = db.write().await.unwrap();
        store::units::hold_tree(&deleting).await.unwrap();
        assert!(store::units::delete(&deleting, id, version).await.unwrap());
        let come = async {
            if by_list {
                return organisation.import("account,unit\namina,Havn\n").await.0;
            }
            let joining = json!({"code": code, "consent": "2026-11"});
            amina.send(Method::POST, "/v1/me/teams", Some(&joining)).await.0
        };
        let expected = if by_list { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::NOT_FOUND };
        assert_eq!(meeting(db, deleting, come).await, expected);
        assert!(store::memberships::find(db, amina.id).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_while_a_list_moves_him_has_left() {
    let Some(world) = postgres().await else { return };
    let (organisation, db) = (Organisation::new(&world).await, &world.app.db);
    let (amina, _) = member(&organisation, "amina").await;
    let leaving = db.write().await.unwrap();
    leave(&leaving, &amina).await;
    let (status, problem) = meeting(db, leaving, organisation.import("account,unit\namina,Skole\n")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let after = store::memberships::find(db, amina.id).await.unwrap().unwrap();
    assert!(after.opted_out && after.left_at.is_some(), "nobody is put back against his will");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_while_he_is_removed_has_left_himself() {
    let Some(world) = postgres().await else { return };
    let (organisation, db) = (Organisation::new(&world).await, &world.app.db);
    let (amina, unit) = member(&organisation, "amina").await;
    let leaving = db.write().await.unwrap();
    leave(&leaving, &amina).await;
    let path = format!("/v1/admin/units/{unit}/members/amina");
    let (status, _) = meeting(db, leaving, organisation.admin.send_once(Method::DELETE, &path, None)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(store::memberships::find(db, amina.id).await.unwrap().unwrap().opted_out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_moved_while_his_cohort_ends_rests() {
    let Some(world) = postgres().await else { return };
    let (organisation, db) = (Organisation::new(&world).await, &world.app.db);
    let (amina, _) = member(&organisation, "amina").await;
    let (cohort, rest) = (CohortId(next_id()), Week(9_999));
    let counted = db.write().await.unwrap();
    let present = store::memberships::lock(&counted, amina.id).await.unwrap().unwrap();
    store::memberships::put(&counted, &[Membership { cohort: Some(cohort), ..present }]).await.unwrap();
    counted.commit().await.unwrap();
    let ending = db.write().await.unwrap();
    store::coverage::end(&ending, &[cohort], rest).await.unwrap();
    let (status, told) = meeting(db, ending, organisation.import("account,unit\namina,Skole\n")).await;
    assert_eq!((status, &told["moved"]), (StatusCode::OK, &json!(1)), "{told}");
    let after = store::memberships::find(db, amina.id).await.unwrap().unwrap();
    assert_eq!((after.cohort, after.counts_from), (None, rest));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_while_cohorts_are_formed_is_in_none() {
    let Some(world) = postgres().await else { return };
    let (organisation, db) = (Organisation::new(&world).await, &world.app.db);
    let (amina, unit) = member(&organisation, "amina").await;
    for name in ["bjarne", "cecilie", "daniel", "eva"] {
        organisation.join(&organisation.person(name).await, &unit).await;
    }
    world.later(7 * 24 * 60);
    let leaving = db.write().await.unwrap();
    leave(&leaving, &amina).await;
    assert!(meeting(db, leaving, world.app.refresh_coverage()).await.unwrap());
    assert_eq!(store::coverage::cohorts(db).await.unwrap(), [], "four are too few to be counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_moves_at_once_make_no_circle() {
    let Some(world) = postgres().await else { return };
    let (organisation, db) = (Organisation::new(&world).await, &world.app.db);
    let (first, second) = (organisation.unit("Havn", None).await, organisation.unit("Skole", None).await);
    let id = |unit: &str| UnitId(unit.parse().unwrap());
    let moving = db.write().await.unwrap();
    store::units::hold_tree(&moving).await.unwrap();
    let unit = store::units::find(&moving, id(&first)).await.unwrap().unwrap();
    let unit = Unit { parent: Some(id(&second)), version: 2, ..unit };
    assert!(store::units::update(&moving, &unit, 1).await.unwrap());
    let (path, body) = (format!("/v1/admin/units/{second}"), json!({"name": "Skole", "parent": first}));
    let other = change(&organisation.admin, Method::PUT, &path, ("if-match", "\"1\""), &body);
    let (status, problem) = meeting(db, moving, other).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/parent")));
}
