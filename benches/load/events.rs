//! Answer events as a device writes them.

use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

pub const DAY_MS: i64 = 86_400_000;

/// A question of a queue, with a response the server can mark. Right or wrong is left to the order of its options.
#[derive(Clone)]
pub struct Question {
    id: Value,
    revision: Value,
    /// What is the same of every answer to it, as JSON between braces: making it anew costs the server's cores.
    same: String,
}

impl Question {
    pub fn from_queue(question: &Value) -> Self {
        Self::new(question["id"].clone(), question["revision"].clone(), response(&question["body"]))
    }

    fn new(id: Value, revision: Value, response: Value) -> Self {
        let same = format!(
            r#""kind":"answer","v":1,"question":{id},"revision":{revision},"duration_ms":4200,"response":{response}"#
        );
        Self { id, revision, same }
    }

    /// The same question, given up: it counts as forgotten.
    pub fn revealed(&self) -> Self {
        Self::new(self.id.clone(), self.revision.clone(), json!({ "kind": "reveal" }))
    }

    /// One answer, under an id of its own.
    pub fn answered(&self, at_ms: i64) -> String {
        format!(r#"{{"id":"{}","answered_at":"{}",{}}}"#, Uuid::now_v7(), instant(at_ms), self.same)
    }
}

pub fn batch(events: &[String]) -> String {
    format!(r#"{{"events":[{}]}}"#, events.join(","))
}

/// A learner who always takes the first thing at hand.
fn response(body: &Value) -> Value {
    let kind = body["kind"].as_str().unwrap_or_default();
    match kind {
        "choice" => json!({ "kind": kind, "options": [body["options"][0]["id"]] }),
        "text" => json!({ "kind": kind, "text": "medarbeiderskap" }),
        "number" => json!({ "kind": kind, "text": "3" }),
        "gaps" => json!({ "kind": kind, "gaps": vec!["leder"; body["count"].as_u64().unwrap_or(1) as usize] }),
        "pairs" => {
            let pairs = ids(&body["lefts"]).zip(ids(&body["rights"]));
            let pairs: Vec<Value> = pairs.map(|(left, right)| json!({ "left": left, "right": right })).collect();
            json!({ "kind": kind, "pairs": pairs })
        }
        "order" => json!({ "kind": kind, "items": ids(&body["items"]).collect::<Vec<_>>() }),
        "placements" => {
            let first = &body["categories"][0]["id"];
            let placements = ids(&body["items"]).map(|item| json!({ "item": item, "category": first }));
            json!({ "kind": kind, "placements": placements.collect::<Vec<_>>() })
        }
        "flashcard" | "reflection" => json!({ "kind": "self_rating", "rating": "good" }),
        _ => json!({ "kind": "seen" }),
    }
}

fn ids(parts: &Value) -> impl Iterator<Item = &Value> {
    parts.as_array().into_iter().flatten().map(|part| &part["id"])
}

pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// RFC 3339 in UTC. Days to a date by Howard Hinnant's `civil_from_days`, for years after 1970.
fn instant(ms: i64) -> String {
    let (days, of_day) = (ms / DAY_MS, ms % DAY_MS);
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}
