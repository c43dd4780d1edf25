//! When a card comes back, beyond the plain interval: exams, limits, holidays, leeches, and what the
//! learner does not want to be asked.

use crate::support::{Learner, NOON, World, on_both};
use laerd::vocab::time::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

const ENROLMENT: &str = "/v1/courses/medarbeiderskap/enrolment";

async fn choose(learner: &Learner<'_>, choice: Value) {
    let (status, body) = learner.send(Method::PUT, ENROLMENT, Some(&choice)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

fn days_before_now(days: i64) -> Timestamp {
    NOON.plus_minutes(-days * 24 * 60)
}

/// Dues per day from today.
async fn forecast(learner: &Learner<'_>) -> Vec<i64> {
    let progress = learner.get("/v1/courses/medarbeiderskap/progress").await;
    progress["forecast"].as_array().unwrap().iter().map(|day| day["due"].as_i64().unwrap()).collect()
}

on_both! {
    async fn an_exam_moves_the_due_dates_at_once(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?mode=learn&chapter=3&limit=20").await;
        // 2026-11-23 is today: known well enough to be due far ahead.
        let answers = [60, 57, 45, 10].into_iter().flat_map(|days| {
            let (learner, questions) = (&learner, &questions);
            questions.iter().map(move |question| learner.answer_at(question, true, days_before_now(days)))
        });
        learner.push(&answers.collect::<Vec<_>>()).await;
        let plain = forecast(&learner).await;
        choose(&learner, json!({"exam_date": "2026-12-13"})).await;
        let exam = forecast(&learner).await;
        assert!(exam[..13].iter().sum::<i64>() <= plain[..13].iter().sum(), "{plain:?} {exam:?}");
        assert!(exam[13..20].iter().sum::<i64>() > plain[13..20].iter().sum(), "{plain:?} {exam:?}");
        choose(&learner, json!({})).await;
        assert_eq!(forecast(&learner).await, plain);
    }
}

on_both! {
    async fn no_interval_is_longer_than_the_learner_allows(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        choose(&learner, json!({"maximum_interval": 5, "relearn_minutes": 3})).await;
        let questions = learner.queue("?mode=learn&chapter=2&limit=10").await;
        for days in [40, 30, 20, 0] {
            let at = days_before_now(days);
            let answers: Vec<Value> = questions.iter().map(|question| learner.answer_at(question, true, at)).collect();
            learner.push(&answers).await;
        }
        let loads = forecast(&learner).await;
        let asked = questions.iter().filter(|question| question["body"]["kind"] != "info").count() as i64;
        assert!(loads[1..=5].iter().sum::<i64>() >= asked, "{loads:?}");
        let failed = learner.push(&[learner.answer(&questions[0], false)]).await;
        assert_eq!(failed["cards"][0]["due"], "2026-11-23T11:03:00.000Z");
    }
}

on_both! {
    async fn a_holiday_leaves_no_mountain(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let mut questions = learner.queue("?mode=learn&chapter=3&limit=40").await;
        questions.retain(|question| question["body"]["kind"] != "info");
        let answers: Vec<Value> =
            questions.iter().map(|question| learner.answer_at(question, true, days_before_now(1))).collect();
        learner.push(&answers).await;
        choose(&learner, json!({"new_per_day": 0, "pause": {"from": "2026-11-23", "to": "2026-12-02"}})).await;
        let ahead = forecast(&learner).await;
        assert_eq!(ahead[..10], [0; 10], "nothing is expected in the pause");
        assert_eq!(ahead.iter().sum::<i64>(), questions.len() as i64);

        world.clock.set(NOON.plus_minutes(10 * 24 * 60));
        let (mut total, mut sizes) = (0, Vec::new());
        for day in 0..10 {
            let today = learner.queue("?limit=100").await;
            let expected = forecast(&learner).await;
            assert_eq!(expected[0], today.len() as i64, "the forecast says what the queue holds");
            let recall = |question: &Value| question["recall"].as_f64().unwrap();
            if day == 0 {
                let weakest = today.iter().map(recall).fold(0.0, f64::max);
                assert!(weakest < 0.9, "the least known first: {weakest}");
            }
            let answers: Vec<Value> = today.iter().map(|question| learner.answer(question, true)).collect();
            if !answers.is_empty() {
                learner.push(&answers).await;
            }
            assert!(learner.queue("?limit=100").await.is_empty(), "what was done today brings no more");
            total += today.len();
            sizes.push(today.len());
            world.later(24 * 60);
        }
        assert!(total >= questions.len(), "{sizes:?}");
        assert!(*sizes.iter().max().unwrap() <= questions.len() / 4, "{sizes:?}");
    }
}

on_both! {
    async fn a_heavy_day_leaves_to_lighter_ones_what_can_wait(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        choose(&learner, json!({"new_per_day": 0})).await;
        let mut questions = Vec::new();
        for chapter in 1..=2 {
            questions.extend(learner.queue(&format!("?mode=learn&chapter={chapter}&limit=40")).await);
        }
        questions.retain(|question| question["body"]["kind"] != "info");
        let answers: Vec<Value> = [12, 10, 5]
            .into_iter()
            .flat_map(|days| {
                let learner = &learner;
                questions.iter().map(move |question| learner.answer_at(question, true, days_before_now(days)))
            })
            .collect();
        for some in answers.chunks(500) {
            learner.push(some).await;
        }
        let mut due: BTreeMap<String, i64> = BTreeMap::new();
        for card in learner.get("/v1/snapshot").await["cards"].as_array().unwrap() {
            *due.entry(card["due"].as_str().unwrap()[..10].to_owned()).or_default() += 1;
        }
        let expected = forecast(&learner).await;
        let heaviest = *due.values().max().unwrap();
        assert!(*expected.iter().max().unwrap() < heaviest, "{due:?} {expected:?}");
        assert_eq!(expected.iter().sum::<i64>(), questions.len() as i64, "nothing is lost");

        let (mut asked, mut loads) = (HashSet::new(), Vec::new());
        while asked.len() < questions.len() {
            let today = learner.queue("?limit=100").await;
            assert_eq!(forecast(&learner).await[0], today.len() as i64, "the forecast says what the queue holds");
            let mut by_chapter = 0;
            for chapter in 1..=2 {
                by_chapter += learner.queue(&format!("?chapter={chapter}&limit=100")).await.len();
            }
            assert_eq!(by_chapter, today.len(), "a chapter's session is a part of the day's");
            let (first, rest) = today.split_at(today.len() / 2);
            for some in [first, rest].into_iter().filter(|some| !some.is_empty()) {
                let answers: Vec<Value> = some.iter().map(|question| learner.answer(question, true)).collect();
                learner.push(&answers).await;
                let left = learner.queue("?limit=100").await.len();
                assert_eq!(left, if some == first { rest.len() } else { 0 }, "what was done brings no more today");
            }
            asked.extend(today.iter().map(|question| question["id"].to_string()));
            loads.push(today.len() as i64);
            assert!(loads.len() < 60, "{} of {} were asked: {loads:?}", asked.len(), questions.len());
            world.later(24 * 60);
        }
        assert!(*loads.iter().max().unwrap() < heaviest, "{due:?} {loads:?}");
    }
}

on_both! {
    async fn a_pause_must_end_after_it_begins(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        for pause in [json!({"from": "2026-12-02", "to": "2026-12-01"}), json!({"from": "2026-12-02", "to": "2028-12-01"})] {
            let (status, problem) = learner.send(Method::PUT, ENROLMENT, Some(&json!({"pause": pause}))).await;
            assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (422, &json!("/pause/to")));
        }
        let choice = json!({"pause": {"from": "2026-12-01", "to": "2026-12-01"}});
        choose(&learner, choice).await;
        assert_eq!(learner.get(ENROLMENT).await["pause"], json!({"from": "2026-12-01", "to": "2026-12-01"}));
    }
}

on_both! {
    async fn a_card_forgotten_eight_times_is_shown_as_a_leech(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        let mut answers = vec![learner.answer_at(&question, true, days_before_now(100))];
        for lapse in 0..8 {
            let at = days_before_now(90 - lapse * 10);
            answers.push(learner.answer_at(&question, false, at));
            answers.push(learner.answer_at(&question, true, at.plus_minutes(10)));
        }
        let receipt = learner.push(&answers).await;
        assert_eq!(receipt["cards"][0]["lapses"], 8);
        let shown = learner.queue("?mode=practice").await;
        assert_eq!((&shown[0]["id"], &shown[0]["leech"]), (&question["id"], &json!(true)));
    }
}

on_both! {
    async fn a_suspended_question_is_not_asked_until_it_is_resumed(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?limit=2").await;
        let (met, unmet) = (&questions[0], &questions[1]);
        let receipt = learner.push(&[
            learner.answer(met, true),
            learner.hold_at("suspend", met, NOON),
            learner.hold_at("suspend", unmet, NOON),
        ]).await;
        assert_eq!(receipt["results"][2]["status"], "applied", "{receipt}");
        assert_eq!((&receipt["cards"][0]["question"], &receipt["cards"][0]["suspended"]), (&met["id"], &json!(true)));
        assert_eq!(receipt["cards"].as_array().unwrap().len(), 1);
        assert!(receipt["results"][1].get("mark").is_none());
        let has = |session: &[Value], question: &Value| session.iter().any(|asked| asked["id"] == question["id"]);
        assert!(!has(&learner.queue("?limit=100").await, unmet));
        world.later(30 * 24 * 60);
        assert!(!has(&learner.queue("?limit=100").await, met));
        assert!(!has(&learner.queue("?mode=practice&limit=100").await, met));
        assert_eq!(forecast(&learner).await[0], 0, "it is not expected either");
        let now = world.clock.now();
        learner.push(&[learner.hold_at("resume", met, now), learner.hold_at("resume", unmet, now)]).await;
        let session = learner.queue("?limit=100").await;
        assert!(has(&session, met) && has(&session, unmet));
        assert_eq!(forecast(&learner).await[0], 1);
    }
}

on_both! {
    async fn what_is_set_aside_comes_back_tomorrow(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        learner.push(&[learner.answer_at(&question, true, days_before_now(20))]).await;
        let aside = learner.hold_at("set_aside", &question, NOON);
        let receipt = learner.push(std::slice::from_ref(&aside)).await;
        assert_eq!(receipt["cards"][0]["set_aside_until"], "2026-11-24T03:00:00.000Z");
        let has = |session: Vec<Value>| session.iter().any(|asked| asked["id"] == question["id"]);
        assert!(!has(learner.queue("?limit=100").await));
        assert_eq!(forecast(&learner).await[..2], [0, 1]);
        world.later(16 * 60);
        assert!(has(learner.queue("?limit=100").await), "at four in the morning");
        world.later(-16 * 60);
        let receipt = learner.push(&[learner.void(&aside)]).await;
        assert!(receipt["cards"][0].get("set_aside_until").is_none(), "{receipt}");
        assert!(has(learner.queue("?limit=100").await), "undone");
    }
}

on_both! {
    async fn a_word_about_a_question_nobody_knows_is_refused_alone(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        let stranger = json!({"id": "0193547f-8a60-4c3e-9b1a-5d2f60718293"});
        let receipt =
            learner.push(&[learner.hold_at("suspend", &stranger, NOON), learner.hold_at("suspend", &question, NOON)]).await;
        let result = |place: usize| receipt["results"][place].clone();
        assert_eq!((&result(0)["code"], &result(1)["status"]), (&json!("unknown_question"), &json!("applied")));
    }
}

on_both! {
    /// Anki keeps one device's card and loses the other's lapse.
    async fn two_devices_offline_keep_both_reviews_and_the_lapse(kind) {
        let world = World::new(kind).await;
        let (learner, alone) = (world.guest().await, world.guest().await);
        let question = learner.queue("?limit=1").await.remove(0);
        let history = [days_before_now(40), days_before_now(35)].map(|at| learner.answer_at(&question, true, at));
        let phone = [learner.answer_at(&question, false, days_before_now(10))];
        let tablet = [learner.answer_at(&question, true, days_before_now(9))];
        learner.push(&history).await;
        learner.push(&tablet).await;
        let merged = learner.push(&phone).await;
        assert_eq!((&merged["cards"][0]["lapses"], &merged["cards"][0]["reps"]), (&json!(1), &json!(4)));
        let in_order: Vec<Value> = history.iter().chain(&phone).chain(&tablet).cloned().collect();
        let plain = alone.push(&in_order).await;
        for field in ["due", "stability", "difficulty", "last_review"] {
            assert_eq!(merged["cards"][0][field], plain["cards"][0][field], "{field}");
        }
    }
}
