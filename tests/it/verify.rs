//! `laerd verify` tells what is not as the log says, mends what can be mended, and leaves the log alone.

use crate::support::{Learner, World, on_both, verify};
use laerd::store::{Connection, Db};
use sea_orm::ConnectionTrait;

/// A learner with some days of study.
async fn studied(world: &World) -> Learner<'_> {
    let learner = world.guest().await;
    let questions = learner.queue("?mode=learn&chapter=3&limit=12").await;
    for round in 0..3 {
        let answers =
            questions.iter().enumerate().map(|(place, question)| learner.answer(question, place % 3 != round));
        learner.push(&answers.collect::<Vec<_>>()).await;
        world.later(2 * 1440);
    }
    learner
}

async fn run(db: &Db, sql: &str) {
    let changed = db.inner().execute_unprepared(sql).await.unwrap();
    assert!(changed.rows_affected() > 0, "{sql}");
}

on_both! {
    async fn a_sound_database_has_no_difference(kind) {
        let world = World::new(kind).await;
        studied(&world).await;
        studied(&world).await;
        world.guest().await;
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(ok && text.contains("3 learners, 72 events, 24 cards") && text.contains("0 differences"), "{text}");
    }
}

on_both! {
    async fn what_differs_is_told_and_repaired(kind) {
        let world = World::new(kind).await;
        let learner = studied(&world).await;
        studied(&world).await;
        let before = learner.get("/v1/courses/medarbeiderskap/mastery").await;
        let db = &world.app.db;
        run(db, "UPDATE card SET stability = stability + 1 WHERE last_at = (SELECT MAX(last_at) FROM card)").await;
        run(db, "UPDATE concept_belief SET n = n + 1").await;
        run(db, "DELETE FROM course_belief").await;
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(!ok, "{text}");
        for told in [&format!("learner {}: ", learner.id), "stability is ", "belief about ", "n is ", "standing: missing"] {
            assert!(text.contains(told), "{told} in {text}");
        }
        assert!(text.ends_with(", 0 repaired\n"), "{text}");
        let (ok, text) = verify(&world.database.url, &["--repair"]);
        assert!(ok && text.contains("(repaired)"), "{text}");
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(ok && text.contains("0 differences"), "{text}");
        assert!(text.contains(" 74 events"), "a refold event for each tells the devices: {text}");
        assert_eq!(learner.get("/v1/courses/medarbeiderskap/mastery").await, before);
    }
}

on_both! {
    async fn what_was_repaired_does_not_come_back_with_the_next_answer(kind) {
        let world = World::new(kind).await;
        let learner = studied(&world).await;
        // The server forgets what it kept, and comes to know what is wrong.
        world.app.renew_epoch().await.unwrap();
        run(&world.app.db, "UPDATE course_belief SET answers = answers + 1").await;
        let question = learner.queue("?limit=1").await.remove(0);
        learner.push_one(&question).await;
        let (ok, text) = verify(&world.database.url, &["--repair"]);
        assert!(ok && text.contains("answers is 38, not 37"), "{text}");
        learner.push_one(&question).await;
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(ok && text.contains("0 differences"), "{text}");
    }
}

on_both! {
    async fn a_log_that_is_not_whole_cannot_be_repaired(kind) {
        let world = World::new(kind).await;
        let learner = studied(&world).await;
        run(&world.app.db, "DELETE FROM event WHERE seq = 7").await;
        let (ok, text) = verify(&world.database.url, &["--repair"]);
        let stream = format!("learner {}: stream: 35 events, numbered 1 to 36, while the head is 36\n", learner.id);
        assert!(!ok && text.contains(&stream), "{text}");
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(!ok && text.contains("\n1 differences, 0 repaired"), "the rest is the fold of what is there: {text}");
    }
}

on_both! {
    async fn a_server_at_work_shows_no_difference(kind) {
        let world = World::new(kind).await;
        let learner = studied(&world).await;
        let url = world.database.url.clone();
        let mut verifying = tokio::task::spawn_blocking(move || (0..3).map(|_| verify(&url, &["--repair"])).collect::<Vec<_>>());
        let questions = learner.queue("?limit=10").await;
        let mut pushed = 0;
        let verified = loop {
            let answers: Vec<_> = questions.iter().map(|question| learner.answer(question, pushed % 2 == 0)).collect();
            learner.push(&answers).await;
            pushed += 1;
            if verifying.is_finished() {
                break (&mut verifying).await.unwrap();
            }
        };
        for (ok, text) in verified {
            assert!(ok && text.contains("\n0 differences"), "{pushed} pushes: {text}");
        }
    }
}

on_both! {
    async fn days_paces_and_holds_are_looked_at_too(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?mode=learn&chapter=3&limit=4").await;
        let mut log: Vec<_> = questions.iter().map(|question| learner.answer(question, true)).collect();
        log.iter_mut().for_each(|answer| answer["duration_ms"] = serde_json::json!(7_000));
        log.push(learner.hold_at("suspend", &questions[0], world.clock.now()));
        learner.push(&log).await;
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(ok && text.contains("0 differences"), "{text}");
        for (sql, told) in [
            ("UPDATE day_tally SET ms = ms + 1", "day 2026-11-23: ms is 28001, not 28000"),
            ("DELETE FROM day_tally", "day 2026-11-23: missing"),
            ("UPDATE pace SET times = 'AAAA'", "First: times is "),
            ("DELETE FROM pace", "First: missing"),
            ("UPDATE card SET held_until = NULL WHERE held_until IS NOT NULL", "hold is none, not Suspended"),
            ("UPDATE concept_belief SET w_sum = w_sum + 1", "w_sum is "),
            ("UPDATE concept_belief SET usual = 0.125", "usual is 0.125, not "),
        ] {
            run(&world.app.db, sql).await;
            let (ok, text) = verify(&world.database.url, &["--repair"]);
            assert!(ok && text.contains(told), "{told} after {sql} in {text}");
            let (ok, text) = verify(&world.database.url, &[]);
            assert!(ok && text.contains("0 differences"), "after {sql}: {text}");
        }
    }
}
