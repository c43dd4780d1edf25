//! Own memory weights: fitted when there is enough to learn from, by one process, and in force at once.

use crate::support::{Learner, NOON, World, on_both, verify};
use laerd::{
    app::Refitted,
    domain::memory::{Progress, Weights},
    store::{self, Connection, answers::LogReader, refits},
    vocab::time::Timestamp,
};
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const COURSE: &str = "medarbeiderskap";
const DAY_MS: i64 = 86_400_000;

/// Sixty questions, met a hundred days ago and asked again four times; he forgets most of them between.
async fn forgetful(world: &World) -> Learner<'_> {
    let learner = world.guest().await;
    let course = world.app.catalogue().course(COURSE).unwrap();
    let questions: Vec<Value> =
        course.asked().take(60).map(|entry| json!({"id": entry.id.to_string(), "revision": entry.revision})).collect();
    for (round, day) in [100, 97, 90, 75, 40].into_iter().enumerate() {
        let answer = |(place, question): (usize, &Value)| {
            let at = Timestamp(NOON.0 - day * DAY_MS + place as i64 * 20_000);
            learner.answer_at(question, round == 0 || (place + round).is_multiple_of(3), at)
        };
        let events: Vec<Value> = questions.iter().enumerate().map(answer).collect();
        let receipt = learner.push(&events).await;
        let outcomes = receipt["results"].as_array().expect("outcomes");
        assert!(outcomes.iter().all(|outcome| outcome["status"] == "applied"), "{outcomes:?}");
    }
    learner
}

async fn stabilities(learner: &Learner<'_>) -> Vec<f32> {
    let cards = store::study::changed_cards(&learner.world.app.db, learner.id, (0, i64::MAX)).await.unwrap();
    cards.into_iter().map(|card| card.value.card.expect("a scheduled card").memory.stability).collect()
}

async fn head(learner: &Learner<'_>) -> i64 {
    store::learners::find(&learner.world.app.db, learner.id).await.unwrap().expect("a learner").head
}

async fn refit(world: &World) -> Vec<Refitted> {
    world.app.refit_due(&Progress::default()).await.unwrap()
}

async fn count(world: &World, table: &str) -> i64 {
    let db = world.app.db.inner();
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await.unwrap().expect("a row").try_get("", "n").unwrap()
}

on_both! {
    async fn own_weights_are_fitted_once_and_move_the_cards(kind) {
        let world = World::new(kind).await;
        let learner = forgetful(&world).await;
        let before = stabilities(&learner).await;
        let events = head(&learner).await;
        let fitted = refit(&world).await;
        assert_eq!(fitted.len(), 1);
        let proposal = fitted[0].proposal;
        assert!(proposal.weights.is_some() && proposal.loss_then < proposal.loss_now, "{proposal:?}");
        // One of the sixty is a page to read, which says nothing of forgetting.
        assert_eq!(proposal.scored, 59 * 4);
        let after = stabilities(&learner).await;
        assert!(after.len() == 60 && after != before);
        assert_eq!(head(&learner).await, events + 1, "his devices are told");
        assert_eq!(refit(&world).await, [], "a fifth more reviews make the next fit");
    }
}

on_both! {
    async fn own_weights_outlive_other_choices_and_folds_from_nothing(kind) {
        let world = World::new(kind).await;
        let learner = forgetful(&world).await;
        refit(&world).await;
        let fitted = stabilities(&learner).await;
        let path = format!("/v1/courses/{COURSE}/enrolment");
        learner.send(Method::PUT, &path, Some(&json!({"retention": 0.8}))).await;
        assert_eq!(stabilities(&learner).await, fitted);
        let question = learner.queue("?limit=1").await.remove(0);
        let answer = learner.answer(&question, true);
        learner.push(std::slice::from_ref(&answer)).await;
        learner.push(&[learner.void(&answer)]).await;
        assert_eq!(stabilities(&learner).await, fitted);
    }
}

on_both! {
    async fn a_log_in_pages_is_the_log_at_once(kind) {
        let world = World::new(kind).await;
        let learner = forgetful(&world).await;
        let question = learner.queue("?limit=1").await.remove(0);
        let answer = |minute: i64| learner.answer_at(&question, minute % 3 != 0, NOON.plus_minutes(minute - 5_000));
        let answers: Vec<Value> = (0..420).map(answer).collect();
        learner.push(&answers).await;
        learner.push(&[learner.void(&answers[7]), learner.void(&answer(9_000))]).await;
        let (db, key, mut pages) = (&world.app.db, (learner.id, COURSE.to_owned()), Vec::new());
        let mut reader = LogReader::new(key.clone());
        // The log grows between its pages.
        for _ in 0..2 {
            let (txn, head) = (db.snapshot().await.unwrap(), head(&learner).await);
            let mut count = 0;
            while reader.read_to(&txn, head).await.unwrap() {
                count += 1;
            }
            pages.push((head, count));
            drop(txn);
            learner.push(&[learner.void(&answers[8 + pages.len()])]).await;
            learner.push_one(&question).await;
        }
        assert_eq!(pages, [(722, 8), (724, 1)]);
        let txn = db.snapshot().await.unwrap();
        assert!(reader.read_to(&txn, 726).await.unwrap());
        let at_once = store::answers::logs(db, std::slice::from_ref(&key)).await.unwrap().remove(&key).unwrap();
        let paged = reader.finish();
        assert_eq!((paged.answers.len(), paged.voided.len()), (722, 4));
        assert_eq!((paged.answers, paged.voided), (at_once.answers, at_once.voided));
    }
}

on_both! {
    async fn answers_that_come_during_a_fit_are_in_the_cards(kind) {
        let world = World::new(kind).await;
        let learner = forgetful(&world).await;
        let question = learner.queue("?limit=1").await.remove(0);
        let answering = async {
            for _ in 0..40 {
                learner.push_one(&question).await;
            }
        };
        let (fitted, ()) = futures_util::future::join(refit(&world), answering).await;
        assert!(fitted[0].proposal.weights.is_some());
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(ok, "{text}");
    }
}

on_both! {
    async fn a_fit_reads_and_folds_the_log_before_anybody_waits_for_it(kind) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hear = Arc::clone(&heard);
        let world = World::listening(kind, move |sql| hear.lock().unwrap().push(sql.to_owned())).await;
        forgetful(&world).await;
        heard.lock().unwrap().clear();
        assert!(refit(&world).await[0].proposal.weights.is_some());
        let heard = heard.lock().unwrap();
        let place = |part: &str| heard.iter().rposition(|sql| sql.contains(part)).expect(part);
        // The learner is locked just before the fit is written down, and let go when his cards are.
        assert!(place("FROM \"event\"") < place("memory_fit") - 1, "the log is read in the lock: {heard:?}");
        assert!(place("INSERT INTO card") > place("memory_fit"));
    }
}

on_both! {
    async fn two_processes_never_fit_the_same_learner(kind) {
        let world = World::new(kind).await;
        let learner = forgetful(&world).await;
        let now = world.clock.now();
        let key = (learner.id, COURSE.to_owned());
        let txn = world.app.db.write().await.unwrap();
        assert!(refits::claim(&txn, &key, now, now.plus_minutes(10)).await.unwrap());
        assert!(!refits::claim(&txn, &key, now, now.plus_minutes(10)).await.unwrap());
        txn.commit().await.unwrap();
        assert_eq!(refit(&world).await, []);
        // The process that held the lease died.
        world.later(11);
        assert_eq!(refit(&world).await.len(), 1);
    }
}

on_both! {
    async fn who_has_answered_little_starts_from_the_courses_weights(kind) {
        let world = World::new(kind).await;
        forgetful(&world).await;
        let proposal = world.app.refit_course_memory(COURSE, &Progress::default()).await.unwrap().unwrap();
        let weights = proposal.weights.expect("better weights");
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        learner.push(&[learner.answer(&question, false)]).await;
        assert_eq!(stabilities(&learner).await, [weights.numbers()[0]]);
        assert_ne!(weights.numbers()[0], Weights::DEFAULT.numbers()[0]);
    }
}

on_both! {
    async fn an_erased_learner_leaves_no_fit_behind(kind) {
        let world = World::new(kind).await;
        let learner = forgetful(&world).await;
        refit(&world).await;
        for (rows, erased) in [(1, false), (0, true)] {
            if erased {
                assert_eq!(learner.send(Method::DELETE, "/v1/me", None).await.0, StatusCode::NO_CONTENT);
            }
            for table in ["memory_fit", "refit", "enrolment"] {
                assert_eq!(count(&world, table).await, rows, "{table}");
            }
        }
    }
}
