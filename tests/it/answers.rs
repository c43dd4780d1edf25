//! `POST /v1/answers`: what is accepted, what is refused and why, and that repeats change nothing.

use crate::support::{Kind, World, on_both, real_course};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use uuid::Uuid;

on_both! {
    async fn a_retried_batch_changes_nothing_and_brings_back_the_marks(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?limit=5").await;
        let events: Vec<Value> = questions.iter().map(|question| learner.answer(question, true)).collect();
        let first = learner.push(&events).await;
        let before = learner.get("/v1/courses/medarbeiderskap/mastery").await;
        let again = learner.push(&events).await;
        assert_eq!(first["head"], again["head"]);
        for (first, again) in first["results"].as_array().unwrap().iter().zip(again["results"].as_array().unwrap()) {
            assert_eq!((&first["status"], &again["status"]), (&json!("applied"), &json!("duplicate")));
            assert_eq!((&first["mark"], &first["seq"]), (&again["mark"], &again["seq"]));
        }
        assert_eq!(before, learner.get("/v1/courses/medarbeiderskap/mastery").await);
    }
}

on_both! {
    async fn one_bad_event_never_touches_its_neighbours(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?limit=9").await;
        let good = learner.answer(&questions[0], true);
        let change = |at: usize, field: &str, value: Value| {
            let mut event = learner.answer(&questions[at], true);
            event[field] = value;
            event
        };
        let reused = { let mut event = learner.answer(&questions[1], true); event["id"] = good["id"].clone(); event };
        let last = learner.answer(&questions[8], true);
        let events = [
            good.clone(),
            change(1, "question", json!(Uuid::nil())),
            change(2, "revision", json!(99)),
            change(3, "answered_at", json!(world.clock.now().plus_minutes(6).to_string())),
            change(4, "v", json!(2)),
            change(5, "response", json!({"kind": "choice", "options": ["nope"]})),
            change(6, "answered_at", json!("yesterday")),
            reused,
            json!(17),
            good.clone(),
            last,
        ];
        let receipt = learner.push(&events).await;
        let results = receipt["results"].as_array().unwrap();
        let seen: Vec<(&str, &str, bool)> = results.iter().map(|result| (
            result["status"].as_str().unwrap(),
            result["code"].as_str().unwrap_or("-"),
            result["retryable"].as_bool().unwrap_or(false),
        )).collect();
        assert_eq!(seen, [
            ("applied", "-", false),
            ("rejected", "unknown_question", false),
            ("rejected", "unknown_question", false),
            ("rejected", "clock_ahead", true),
            ("rejected", "unsupported_version", false),
            ("rejected", "invalid", false),
            ("rejected", "invalid", false),
            ("rejected", "id_reused", false),
            ("rejected", "invalid", false),
            ("duplicate", "-", false),
            ("applied", "-", false),
        ]);
        assert_eq!(receipt["head"], 2);
        assert_eq!(results[6]["pointer"], "/answered_at");
        for result in results.iter().filter(|result| result["status"] == "rejected") {
            assert!(!result["detail"].as_str().unwrap().is_empty());
        }
    }
}

on_both! {
    async fn a_void_takes_an_answer_back_even_when_it_comes_first(kind) {
        let world = World::new(kind).await;
        let (early, late) = (world.guest().await, world.guest().await);
        let questions = early.queue("?limit=3").await;
        let answers: Vec<Value> = questions.iter().map(|question| early.answer(question, false)).collect();
        let void = early.void(&answers[1]);
        early.push(std::slice::from_ref(&void)).await;
        early.push(&answers).await;
        late.push(&answers).await;
        late.push(&[void]).await;
        let only = early.answer(&questions[2], true);
        let other = world.guest().await;
        other.push(std::slice::from_ref(&only)).await;
        let receipt = other.push(&[other.void(&only)]).await;
        assert_eq!((&receipt["cards"], &receipt["removed"]), (&json!([]), &json!([questions[2]["id"]])));
        assert_eq!(receipt["concepts"][0]["level"], "not_started");
        let (early, late) = (state(&early).await, state(&late).await);
        assert_eq!(early, late);
        assert_eq!(early.1["met"], 2);
    }
}

on_both! {
    async fn a_card_is_gone_with_its_last_review_though_practice_is_left(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?mode=learn&chapter=1&limit=1").await.remove(0);
        let mut practice = learner.answer(&question, true);
        practice["practice"] = json!(true);
        let review = learner.answer(&question, true);
        learner.push(&[practice, review.clone()]).await;
        let receipt = learner.push(&[learner.void(&review)]).await;
        assert_eq!((&receipt["cards"], &receipt["removed"]), (&json!([]), &json!([question["id"]])), "{receipt}");
    }
}

async fn state(learner: &crate::support::Learner<'_>) -> (Value, Value) {
    let mastery = learner.get("/v1/courses/medarbeiderskap/mastery").await;
    (mastery, learner.get("/v1/courses/medarbeiderskap/progress").await)
}

on_both! {
    async fn an_ambiguous_number_is_asked_again_and_not_spent(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?mode=learn&chapter=3&limit=100").await;
        let numeric = questions.iter().find(|question| question["reference"] == "K3-05").expect("a numeric question");
        let ask = |text: &str| learner.event(numeric, json!({"kind": "number", "text": text}), world.clock.now());
        let receipt = learner.push(&[ask("hundre"), ask("180 underskrifter")]).await;
        assert_eq!(receipt["results"][0]["code"], "ask_again");
        assert_eq!(receipt["results"][1]["mark"]["correct"], true);
        assert_eq!(receipt["cards"][0]["reps"], 1);
    }
}

on_both! {
    async fn a_shown_answer_and_a_hint_count_for_less(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?limit=3").await;
        let plain = learner.answer(&questions[0], true);
        let mut hinted = learner.answer(&questions[1], true);
        hinted["hints"] = json!(1);
        let shown = learner.event(&questions[2], json!({"kind": "reveal"}), world.clock.now());
        let receipt = learner.push(&[plain, hinted, shown]).await;
        let stability = |id: &Value| {
            let cards = receipt["cards"].as_array().unwrap();
            cards.iter().find(|card| card["question"] == *id).unwrap()["stability"].as_f64().unwrap()
        };
        let [plain, hinted, shown] = [0, 1, 2].map(|at: usize| stability(&questions[at]["id"]));
        assert!(plain > hinted && hinted > shown, "{plain} {hinted} {shown}");
        assert_eq!(receipt["results"][2]["mark"]["correct"], false);
    }
}

on_both! {
    async fn every_question_of_the_course_can_be_answered_right_and_wrong(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let mut met = 0;
        for chapter in real_course().course.chapters.iter().map(|chapter| chapter.number) {
            let questions = learner.queue(&format!("?mode=learn&chapter={chapter}&limit=100")).await;
            let wrong: Vec<Value> = questions.iter().map(|question| learner.answer(question, false)).collect();
            let right: Vec<Value> = questions.iter().map(|question| learner.answer(question, true)).collect();
            let (wrong, right) = (learner.push(&wrong).await, learner.push(&right).await);
            for (at, question) in questions.iter().enumerate() {
                let (wrong, right) = (&wrong["results"][at], &right["results"][at]);
                assert_eq!((&wrong["status"], &right["status"]), (&json!("applied"), &json!("applied")), "{question}");
                assert_eq!(wrong["mark"]["correct"], false, "{question}");
                assert_eq!(right["mark"]["correct"], right["mark"]["scored"], "{question}: {right}");
            }
            met += questions.len();
        }
        assert_eq!(met, real_course().questions.len());
    }
}

on_both! {
    async fn a_batch_has_room_for_five_hundred_events(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        let at = |minute: i64| world.clock.now().plus_minutes(minute - 1000);
        let events: Vec<Value> = (0..501).map(|minute| learner.answer_at(&question, true, at(minute))).collect();
        let (status, problem) = learner.send(Method::POST, "/v1/answers", Some(&json!({"events": events}))).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/events")));
        let receipt = learner.push(&events[..500]).await;
        assert_eq!(receipt["head"], 500);
        assert_eq!(receipt["cards"][0]["reps"], 500);
    }
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_batch() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if !kind.is_available() {
            continue;
        }
        // SQLite is sent several as one text.
        let (world, count) = World::counting(kind, |text| text.split("; ").count()).await;
        let mut spent = Vec::new();
        for size in [1, 30] {
            let learner = world.guest().await;
            let questions = learner.queue("?mode=learn&chapter=1&limit=40").await;
            let (first, next) = (&questions[39..], &questions[..size]);
            // The first answer brings a new token, the next are of cards not looked up before, then of known ones.
            for answered in [first, next, next] {
                let events: Vec<Value> = answered.iter().map(|question| learner.answer(question, true)).collect();
                count.store(0, Ordering::SeqCst);
                learner.push(&events).await;
                spent.push(count.load(Ordering::SeqCst));
                world.later(1);
            }
        }
        let [_, new, again, _, many_new, many_again] = spent[..] else { panic!("{spent:?}") };
        assert!(again > 5, "{kind:?}: the statements are counted: {spent:?}");
        assert_eq!((new, again), (many_new, many_again), "{kind:?}");
        assert!(again < new, "{kind:?}: {spent:?}");
    }
}
