//! The writer commits for many callers at once, and none of them suffers for another.

use crate::support::{Kind, Learner, World, on_both};
use futures_util::{FutureExt, future::join_all};
use laerd::{
    app::{Error, Submission},
    store::Connection,
};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};
use uuid::Uuid;

async fn learners(world: &World, count: usize) -> Vec<Learner<'_>> {
    let mut learners = Vec::new();
    for _ in 0..count {
        learners.push(world.guest().await);
    }
    learners
}

/// Long enough for requests to reach the queue while the database is held; were it too short, the test would pass with
/// fewer of them in a group.
const GATHER: Duration = Duration::from_millis(400);

/// What `work` comes to, if nobody else can write until it waits.
async fn while_held<T>(world: &World, work: impl Future<Output = T>) -> T {
    let held = world.app.db.write().await.unwrap();
    let release = async {
        tokio::time::sleep(GATHER).await;
        drop(held);
    };
    tokio::join!(work, release).0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_who_wait_share_a_commit() {
    let (world, inserts) = World::counting(Kind::Sqlite, |sql| usize::from(sql.contains("INSERT INTO event "))).await;
    let learners = learners(&world, 40).await;
    let question = learners[0].queue("?limit=1").await.remove(0);
    for learner in &learners {
        learner.get("/v1/me").await; // the first use of a token is written down, which would wait for the database too
    }
    let pushes = learners.iter().map(|learner| learner.push_one(&question));
    let receipts = while_held(&world, join_all(pushes)).await;
    for receipt in receipts {
        assert_eq!((&receipt["results"][0]["status"], &receipt["head"]), (&json!("applied"), &json!(1)));
        assert_eq!(receipt["cards"].as_array().unwrap().len(), 1, "each sees his own card only");
    }
    let commits = inserts.load(Ordering::SeqCst);
    assert!((1..40).contains(&commits), "40 callers took {commits} commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_first_used_together_share_a_commit() {
    let (world, updates) = World::counting(Kind::Sqlite, |sql| usize::from(sql.contains("UPDATE access_token "))).await;
    let learners = learners(&world, 40).await;
    while_held(&world, join_all(learners.iter().map(|learner| learner.get("/v1/me")))).await;
    let commits = updates.load(Ordering::SeqCst);
    assert!((1..40).contains(&commits), "40 tokens took {commits} commits");
}

on_both! {
    async fn every_token_that_was_used_is_known_to_be(kind) {
        let world = World::new(kind).await;
        let learners = learners(&world, 9).await;
        join_all(learners[..8].iter().map(|learner| learner.get("/v1/me"))).await;
        let used: Vec<Uuid> = used_tokens(&world).await;
        let expected: BTreeSet<Uuid> = learners[..8].iter().map(|learner| learner.id.0).collect();
        assert_eq!((used.len(), BTreeSet::from_iter(used)), (8, expected));
    }
}

/// Whose access tokens were used.
async fn used_tokens(world: &World) -> Vec<Uuid> {
    let db = world.app.db.inner();
    let sql = "SELECT learner_id FROM access_token WHERE used";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get("", "learner_id").unwrap()).collect()
}

on_both! {
    async fn who_cannot_be_written_fails_alone(kind) {
        let world = World::new(kind).await;
        let learners = learners(&world, 12).await;
        let question = learners[0].queue("?limit=1").await.remove(0);
        // The next number of one learner's stream is taken, as after a fault nobody foresaw.
        learners[5].push_one(&question).await;
        let taken = "UPDATE learner SET head = 0 WHERE head = 1";
        world.app.db.inner().execute_unprepared(taken).await.unwrap();
        let pushes = learners.iter().map(|learner| async {
            let body = json!({"events": [learner.answer(&question, true)]});
            learner.send(Method::POST, "/v1/answers", Some(&body)).await
        });
        let answers: Vec<(StatusCode, Value)> = join_all(pushes).await;
        for (at, (status, body)) in answers.iter().enumerate() {
            let expected = if at == 5 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
            assert_eq!(*status, expected, "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_refused_at_once_and_the_rest_is_written() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await.id;
    let held = world.app.db.write().await.unwrap();
    let record = || world.app.record(Submission { learner, device_id: None, events: Vec::new() });
    let release = async {
        tokio::time::sleep(GATHER).await;
        drop(held);
    };
    let (outcomes, ()) = tokio::join!(join_all((0..1_500).map(|_| record())), release);
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::Unavailable(_)))).count();
    let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(refused + written, 1_500);
    assert!(refused >= 200 && written >= 1_000, "{refused} refused, {written} written");
    // No response stands between, and a database that is gone cannot be forced, which ends the process.
    world.app.db.settled().await;
}

on_both! {
    async fn two_batches_of_one_learner_in_one_commit_see_each_other(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        let event = learner.answer(&question, true);
        let batch = [event.clone(), learner.answer(&question, true)];
        let pushes = (0..10).map(|_| learner.push(&batch));
        let receipts = join_all(pushes).await;
        let statuses = receipts.iter().flat_map(|receipt| receipt["results"].as_array().unwrap());
        let applied = statuses.filter(|result| result["status"] == "applied").count();
        assert_eq!(applied, 2, "each event once, whoever brought it first");
        assert!(receipts.iter().all(|receipt| receipt["head"] == 2));
    }
}

#[tokio::test]
async fn nothing_is_told_before_the_disk_has_it() {
    let world = World::new(Kind::Sqlite).await;
    let learners = learners(&world, 8).await;
    let question = learners[0].queue("?limit=1").await.remove(0);
    let pushes = learners.iter().map(|learner| learner.push_one(&question));
    while_held(&world, join_all(pushes)).await;
    assert!(world.app.db.settled().now_or_never().is_some());
}
