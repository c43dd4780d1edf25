//! What a learner sees of his past, and what he may expect.

use crate::support::{NOON, World, on_both};
use laerd::vocab::time::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const COURSE: &str = "/v1/courses/medarbeiderskap";

fn days_ago(days: i64) -> Timestamp {
    NOON.plus_minutes(-days * 24 * 60)
}

on_both! {
    async fn the_past_is_told_by_days_months_and_intervals(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?mode=learn&chapter=3&limit=1").await.remove(0);
        let timed = |days: i64, is_right: bool| {
            let mut answer = learner.answer_at(&question, is_right, days_ago(days));
            answer["duration_ms"] = json!(4_000);
            answer
        };
        let failed = timed(4, false);
        let log = [timed(40, true), timed(37, true), timed(25, true), failed.clone(), timed(2, true), timed(1, true)];
        learner.push(&log).await;
        let progress = learner.get(&format!("{COURSE}/progress")).await;
        assert_eq!(progress["streak"], 3, "one day between is forgiven");
        let days: Vec<_> = progress["calendar"].as_array().unwrap().iter().map(|day| day["day"].clone()).collect();
        assert_eq!(days, ["2026-10-14", "2026-10-17", "2026-10-29", "2026-11-19", "2026-11-21", "2026-11-22"]);
        assert_eq!(progress["calendar"][0], json!({"day": "2026-10-14", "answers": 1, "new": 1, "seconds": 4}));
        let retention = &progress["retention"];
        assert_eq!(retention["by_month"], json!([
            {"month": "2026-10", "reviews": 2, "share": 1.0}, {"month": "2026-11", "reviews": 3, "share": 0.6667},
        ]));
        assert_eq!(retention["by_interval"], json!([
            {"from": 1, "to": 6, "reviews": 3, "share": 1.0}, {"from": 7, "to": 20, "reviews": 1, "share": 1.0},
            {"from": 21, "to": 89, "reviews": 1, "share": 0.0}, {"from": 90, "reviews": 0},
        ]));

        // Corrected by what comes late and by what is taken back.
        learner.push(&[timed(3, true), learner.void(&failed)]).await;
        let progress = learner.get(&format!("{COURSE}/progress")).await;
        assert_eq!(progress["streak"], 3);
        let days: Vec<_> = progress["calendar"].as_array().unwrap().iter().map(|day| day["day"].clone()).collect();
        assert_eq!(days[3..], ["2026-11-20", "2026-11-21", "2026-11-22"]);
        assert_eq!(progress["retention"]["by_interval"][2], json!({"from": 21, "to": 89, "reviews": 1, "share": 1.0}));
    }
}

on_both! {
    async fn the_workload_is_told_for_several_retentions_and_for_an_exam(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let workload = learner.get(&format!("{COURSE}/progress/workload?exam_date=2027-01-22")).await;
        let points = workload["points"].as_array().unwrap();
        let number = |point: &Value, name: &str| point["effort"][name].as_f64().unwrap();
        assert!(points.len() > 4);
        assert!(points.is_sorted_by(|left, right| number(left, "answers_per_day") <= number(right, "answers_per_day")));
        assert!(number(&points[0], "known") < number(points.last().unwrap(), "known"));
        let exam = &workload["exam"];
        assert_eq!((&exam["date"], &exam["days"]), (&json!("2027-01-22"), &json!(60)));
        assert!(exam["all_met"]["known"].as_f64() > Some(0.9), "{exam}");
        assert!(workload.get("seconds_per_answer").is_none(), "nothing is known yet");
        choose(&learner, json!({"new_per_day": 1})).await;
        let slow = learner.get(&format!("{COURSE}/progress/workload?exam_date=2027-01-22")).await;
        let known = |workload: &Value| workload["exam"]["as_chosen"]["known"].as_f64();
        assert!(known(&slow) < known(&workload), "a new choice is a new forecast");
        assert!(learner.get(&format!("{COURSE}/progress/workload")).await.get("exam").is_none());
        for day in ["2026-11-23", "2031-01-01", "soon"] {
            let path = format!("{COURSE}/progress/workload?exam_date={day}");
            let (status, problem) = learner.send(Method::GET, &path, None).await;
            assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("exam_date")));
        }
    }
}

async fn choose(learner: &crate::support::Learner<'_>, choice: Value) {
    let (status, body) = learner.send(Method::PUT, &format!("{COURSE}/enrolment"), Some(&choice)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}
