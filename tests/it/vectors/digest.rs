//! A log that spans months, and its digest as the server tells it.

use crate::support::{Kind, Learner, World};
use laerd::vocab::time::Timestamp;
use serde_json::{Value, json};

/// Events as they are sent, with the months `GET /v1/digest` makes of them.
pub async fn file() -> String {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let question = learner.queue("?mode=learn&chapter=3&limit=1").await.remove(0);
    let events = log(&learner, &question);
    learner.push(&events).await;
    let digest = learner.get("/v1/digest").await;
    let shown: Vec<String> = events.iter().map(|event| shown(event).to_string()).collect();
    let months = digest["months"].as_array().expect("months").iter().map(Value::to_string);
    format!(
        "{{\n\"about\": {},\n\"events\": [\n{}\n],\n\"months\": [\n{}\n]\n}}\n",
        json!(
            "Answers and voids, and what GET /v1/digest tells of them: by the corrected instant's month in UTC, how \
               many there are and the XOR of FNV-1a (64 bit) over each id's 36 lower-case characters."
        ),
        shown.join(",\n"),
        months.collect::<Vec<_>>().join(",\n")
    )
}

/// About the ends of months, with clocks that are off and a void.
fn log(learner: &Learner<'_>, question: &Value) -> Vec<Value> {
    let instants = [
        ("2026-08-31T23:59:59.999Z", 0),
        ("2026-08-31T23:59:59.999Z", 1),
        ("2026-09-01T00:00:00.000Z", -1),
        ("2026-09-15T12:00:00.000Z", 0),
        ("2026-10-01T01:00:00.000+02:00", 0),
        ("2026-10-25T02:30:00.000Z", 3_600_000),
        ("2026-11-01T00:00:00.000Z", 0),
        ("2026-11-20T08:00:00.000Z", 0),
    ];
    let answer = |(number, (at, offset)): (u64, (&str, i64))| {
        let mut event = learner.event(question, json!({"kind": "reveal"}), Timestamp(0));
        (event["answered_at"], event["clock_offset_ms"]) = (json!(at), json!(offset));
        event["id"] = json!(super::log::event_id(number));
        event
    };
    let mut events: Vec<Value> = (1..).zip(instants).map(answer).collect();
    let mut void = learner.void(&events[3]);
    (void["id"], void["answered_at"]) = (json!(super::log::event_id(100)), json!("2026-11-20T09:00:00.000Z"));
    events.push(void);
    events
}

fn shown(event: &Value) -> Value {
    let fields = ["kind", "id", "answered_at", "clock_offset_ms"];
    fields.iter().filter_map(|name| Some(((*name).to_owned(), event.get(name)?.clone()))).collect()
}
