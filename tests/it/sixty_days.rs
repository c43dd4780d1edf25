//! A learner who studies chapters 1 and 3 for sixty days, and then stops.

use crate::support::{Learner, World, on_both};
use laerd::vocab::time::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;

const COURSE: &str = "/v1/courses/medarbeiderskap";

/// What one card went through: the gaps between its reviews, in days.
#[derive(Default)]
struct History {
    last: Option<i64>,
    gaps: Vec<i64>,
    failed: bool,
}

/// He knows most answers, and forgets now and then in a way that is the same every time.
fn knows(day: i64, question: &Value, reps: usize) -> bool {
    let reference = question["reference"].as_str().unwrap();
    let mix = reference.bytes().fold(day as u64 + 7, |mix, byte| mix.wrapping_mul(31).wrapping_add(byte.into()));
    if reps == 0 { mix % 4 != 0 } else { mix % 11 != 0 }
}

/// One sitting: until nothing is left for today. Lapses are seen again ten minutes later.
async fn sitting(learner: &Learner<'_>, day: i64, histories: &mut HashMap<String, History>) -> usize {
    let (mut answered, mut lapses) = (0, Vec::new());
    for _round in 0..12 {
        let questions = learner.queue("?limit=50").await;
        if questions.is_empty() {
            break;
        }
        for question in &questions {
            let id = question["id"].as_str().unwrap().to_owned();
            let history = histories.entry(id.clone()).or_default();
            let relearning = question["state"] == "relearning";
            let is_right = relearning || knows(day, question, history.gaps.len());
            learner.push(&[learner.answer(question, is_right)]).await;
            let scored = !matches!(question["body"]["kind"].as_str().unwrap(), "info");
            if relearning {
                lapses.retain(|lapse| *lapse != id);
            } else {
                history.gaps.extend(history.last.map(|last| day - last));
                history.failed |= !is_right && scored;
                if !is_right && scored {
                    lapses.push(id);
                }
            }
            history.last = Some(day);
            answered += 1;
        }
        learner.world.later(11);
    }
    assert!(lapses.is_empty(), "day {day}: lapses that did not come back the same day: {lapses:?}");
    answered
}

async fn concept(learner: &Learner<'_>) -> (String, String, f64, f64) {
    let detail = learner.get(&format!("{COURSE}/mastery/laerende-organisasjon")).await;
    let state = &detail["state"];
    let number = |name: &str| state[name].as_f64().unwrap();
    let text = |name: &str| state[name].as_str().unwrap().to_owned();
    (text("level"), text("status"), number("p"), number("high") - number("low"))
}

on_both! {
    async fn sixty_days_of_study(kind) {
        let world = World::new(kind).await;
        let mut learner = world.guest().await;
        let choice = json!({"new_per_day": 10});
        learner.send(reqwest::Method::PUT, &format!("{COURSE}/enrolment"), Some(&choice)).await;
        let account = json!({"name": "leif", "password": "en lang nok setning"});
        learner.send(reqwest::Method::POST, "/v1/accounts", Some(&account)).await;
        let start = world.clock.now();
        let mut histories = HashMap::new();
        let (level, status, _, width_before) = concept(&learner).await;
        assert_eq!((level.as_str(), status.as_str()), ("not_started", "not_started"));
        let mut answered = 0;
        for day in 0..60 {
            world.clock.set(Timestamp(start.0 + day * 86_400_000));
            answered += sitting(&learner, day, &mut histories).await;
        }
        assert!(answered > 150, "{answered}");

        let steady: Vec<&History> = histories.values().filter(|h| !h.failed && h.gaps.len() >= 3).collect();
        assert!(steady.len() > 20, "{} of {}", steady.len(), histories.len());
        for history in steady {
            assert!(history.gaps.windows(2).all(|pair| pair[0] <= pair[1]), "intervals grow: {:?}", history.gaps);
        }
        let (level, status, p, width) = concept(&learner).await;
        assert!(matches!(level.as_str(), "proficient" | "mastered"), "{level} {p}");
        assert_eq!(status, "current");
        assert!(width < width_before * 0.8, "the interval narrows: {width_before} to {width}");

        world.clock.set(Timestamp(start.0 + 500 * 86_400_000));
        let request = world.http.post(format!("{}/v1/tokens", world.address)).json(&account);
        learner = Learner::with_tokens(&world, &request.send().await.unwrap().json().await.unwrap());
        let (level_later, status_later, p_later, _) = concept(&learner).await;
        assert_eq!(level_later, level, "a badge is not lost");
        assert_eq!(status_later, "due_for_review", "{p} to {p_later}");
        assert!(p_later < p);
    }
}
