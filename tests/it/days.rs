//! Study days where clocks and zones play tricks: daylight saving, travel, leap days, a clock that was wrong.

use crate::support::{World, on_both};
use laerd::vocab::time::{StudyDay, Timestamp};
use serde_json::{Value, json};

/// What the device said (its clock, its correction in milliseconds, minutes east of UTC) and the study day.
type Line = (&'static str, i64, Option<i32>, &'static str);

const TABLE: [Line; 18] = [
    // Oslo springs forward at 02:00 on 2026-03-29; the day begins at four.
    ("2026-03-29T00:59:00Z", 0, Some(60), "2026-03-28"),
    ("2026-03-29T01:01:00Z", 0, Some(120), "2026-03-28"),
    ("2026-03-29T02:00:00Z", 0, Some(120), "2026-03-29"),
    ("2026-03-29T01:59:00Z", 0, None, "2026-03-28"),
    ("2026-03-29T02:00:00Z", 0, None, "2026-03-29"),
    // It falls back at 03:00 on 2026-10-25.
    ("2026-10-25T00:30:00Z", 0, Some(120), "2026-10-24"),
    ("2026-10-25T01:30:00Z", 0, Some(60), "2026-10-24"),
    ("2026-10-25T02:59:00Z", 0, None, "2026-10-24"),
    ("2026-10-25T03:00:00Z", 0, None, "2026-10-25"),
    // To Tokyo and back: the later answer lies on the earlier day.
    ("2026-11-10T20:00:00Z", 0, Some(540), "2026-11-11"),
    ("2026-11-11T01:00:00Z", 0, Some(60), "2026-11-10"),
    // Across the date line, to Apia and to Pago Pago.
    ("2026-11-12T15:00:00Z", 0, Some(780), "2026-11-13"),
    ("2026-11-12T15:00:00Z", 0, Some(-660), "2026-11-12"),
    // A leap day, and the day after it.
    ("2024-02-29T12:00:00Z", 0, Some(60), "2024-02-29"),
    ("2024-03-01T02:30:00Z", 0, Some(60), "2024-02-29"),
    ("2024-03-01T03:00:00Z", 0, Some(60), "2024-03-01"),
    // A clock two days ahead, corrected; and one set back by a year.
    ("2026-11-22T12:00:00Z", -172_800_000, Some(60), "2026-11-20"),
    ("2025-11-20T12:00:00Z", 31_536_000_000, Some(60), "2026-11-20"),
];

on_both! {
    async fn a_study_day_is_what_the_learner_lived(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        let event = |(at, correction, offset, _): &Line| {
            let mut answer = learner.answer_at(&question, true, Timestamp(0));
            answer["answered_at"] = json!(at);
            answer["clock_offset_ms"] = json!(correction);
            match offset {
                Some(minutes) => answer["utc_offset_min"] = json!(minutes),
                None => _ = answer.as_object_mut().unwrap().remove("utc_offset_min"),
            }
            answer
        };
        learner.push(&TABLE.iter().map(event).collect::<Vec<Value>>()).await;
        let changes = learner.get("/v1/changes?limit=100").await;
        for (line, event) in TABLE.iter().zip(changes["events"].as_array().unwrap()) {
            let day = StudyDay(event["study_day"].as_i64().unwrap() as i32);
            assert_eq!(day.to_string(), line.3, "{line:?}");
        }
    }
}

on_both! {
    async fn flying_home_is_no_night_and_loses_none(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        let answer = |at: &str, minutes: i32| {
            let mut answer = learner.answer_at(&question, true, Timestamp::parse(at).unwrap());
            answer["utc_offset_min"] = json!(minutes);
            answer
        };
        learner.push(&[answer("2026-11-10T20:00:00Z", 540), answer("2026-11-11T01:00:00Z", 60)]).await;
        let progress = learner.get("/v1/courses/medarbeiderskap/progress").await;
        assert_eq!((&progress["answers"], &progress["retention"]["reviews"]), (&json!(2), &json!(0)));
        let receipt = learner.push(&[answer("2026-11-12T01:00:00Z", 60)]).await;
        assert_eq!(receipt["cards"][0]["reps"], 3);
        let due = receipt["cards"][0]["due"].as_str().unwrap();
        assert!(due >= "2026-11-12T03:00", "never before the next day at home: {due}");
        assert_eq!(learner.get("/v1/courses/medarbeiderskap/progress").await["retention"]["reviews"], 1);
    }
}
