//! The main job: guest, queue, answer, why, when again, mastery.

use crate::support::{World, on_both};
use serde_json::json;

on_both! {
    async fn a_newcomer_studies_and_sees_what_he_masters(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let before = learner.get("/v1/courses/medarbeiderskap/mastery/laerende-organisasjon").await;
        assert_eq!(before["state"]["level"], "not_started");
        assert_eq!(before["state"]["status"], "not_started");

        let questions = learner.queue("?mode=learn&chapter=3&limit=100").await;
        let about = |question: &&serde_json::Value| question["concepts"][0] == "laerende-organisasjon";
        let question = questions.iter().find(about).expect("a question on the concept");
        let receipt = learner.push(&[learner.answer(question, true)]).await;
        let mark = &receipt["results"][0]["mark"];
        assert_eq!((&mark["correct"], &mark["score"]), (&json!(true), &json!(1.0)));
        assert!(!mark["explanation"].as_str().unwrap().is_empty());
        assert!(!mark["feedback"].as_array().unwrap().is_empty());
        assert_eq!(receipt["cards"][0]["question"], question["id"]);
        let due = receipt["cards"][0]["due"].as_str().unwrap();
        assert!(due > "2026-11-24T02:59", "a passed card comes back tomorrow at the earliest: {due}");

        let after = learner.get("/v1/courses/medarbeiderskap/mastery/laerende-organisasjon").await;
        assert_eq!(after["state"]["level"], "learning");
        assert_eq!(after["state"]["evidence"], 1);
        assert_eq!(after["why"].as_array().unwrap().len(), 5);
    }
}

on_both! {
    async fn a_failed_card_comes_back_the_same_day(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = &learner.queue("?limit=1").await[0];
        learner.push(&[learner.answer(question, false)]).await;
        world.later(9);
        let now = learner.queue("?limit=1").await;
        assert_ne!(now[0]["id"], question["id"], "nine minutes are too few while there is something new");
        world.later(1);
        let now = learner.queue("?limit=1").await;
        assert_eq!((&now[0]["id"], &now[0]["state"]), (&question["id"], &json!("relearning")));
    }
}

on_both! {
    async fn new_cards_are_capped_per_day_and_not_per_session(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let choice = json!({"new_per_day": 3, "time_zone": "Europe/Oslo"});
        learner.send(reqwest::Method::PUT, "/v1/courses/medarbeiderskap/enrolment", Some(&choice)).await;
        let first = learner.queue("").await;
        assert_eq!(first.len(), 3);
        learner.push(&[learner.answer(&first[0], true), learner.answer(&first[1], true)]).await;
        assert_eq!(learner.queue("").await.len(), 1);
        world.later(24 * 60);
        let tomorrow = learner.queue("").await;
        assert_eq!(tomorrow.iter().filter(|question| question["state"] == "new").count(), 3);
    }
}

on_both! {
    async fn practice_moves_the_schedule_only_when_it_goes_wrong(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = &learner.queue("?limit=1").await[0];
        let first = learner.push(&[learner.answer(question, true)]).await;
        world.later(60);
        let practice = learner.queue("?mode=practice").await;
        assert_eq!((&practice[0]["id"], &practice[0]["state"]), (&question["id"], &json!("early")));
        let mut again = learner.answer(question, true);
        again["practice"] = json!(true);
        let second = learner.push(&[again]).await;
        assert_eq!(first["cards"][0]["due"], second["cards"][0]["due"]);
        world.later(60);
        let mut failed = learner.answer(question, false);
        failed["practice"] = json!(true);
        let third = learner.push(&[failed]).await;
        assert!(third["cards"][0]["due"].as_str() < first["cards"][0]["due"].as_str());
    }
}

on_both! {
    async fn a_higher_retention_brings_cards_back_sooner_at_once(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        for _ in 0..4 {
            learner.push(&[learner.answer(&question, true)]).await;
            world.later(9 * 24 * 60);
        }
        let course = "/v1/courses/medarbeiderskap";
        let due = |forecast: &serde_json::Value| {
            forecast["forecast"].as_array().unwrap().iter().take(30).map(|day| day["due"].as_i64().unwrap()).sum::<i64>()
        };
        let relaxed = json!({"retention": 0.7});
        learner.send(reqwest::Method::PUT, &format!("{course}/enrolment"), Some(&relaxed)).await;
        let relaxed = due(&learner.get(&format!("{course}/progress")).await);
        let strict = json!({"retention": 0.97});
        learner.send(reqwest::Method::PUT, &format!("{course}/enrolment"), Some(&strict)).await;
        let strict = due(&learner.get(&format!("{course}/progress")).await);
        assert_eq!((relaxed, strict), (0, 1), "within thirty days");
    }
}

on_both! {
    async fn progress_counts_what_was_done_and_what_comes(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?limit=4").await;
        let events: Vec<_> = questions.iter().map(|question| learner.answer(question, true)).collect();
        learner.push(&events).await;
        let progress = learner.get("/v1/courses/medarbeiderskap/progress").await;
        assert_eq!((&progress["met"], &progress["answers"], &progress["new_today"]), (&json!(4), &json!(4), &json!(4)));
        assert_eq!(progress["forecast"].as_array().unwrap().len(), 90);
        assert!(progress["retention"].get("so_far").is_none(), "nothing has been reviewed yet");
        world.later(6 * 24 * 60);
        let due = learner.queue("").await;
        learner.push(&[learner.answer(&due[0], true), learner.answer(&due[1], false)]).await;
        let progress = learner.get("/v1/courses/medarbeiderskap/progress").await;
        assert_eq!(progress["retention"]["reviews"], 2);
        assert_eq!(progress["retention"]["so_far"], 0.5);
    }
}
