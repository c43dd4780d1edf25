//! Vectors for who writes a client: logs and what the server makes of them, in `openapi/vectors/`.
//!
//! Every figure in them comes out of the domain's own functions. `UPDATE=1` writes the files, otherwise they must be
//! what the code says. `tests/client/` folds the same logs in TypeScript and must agree.

mod cases;
mod days;
mod digest;
mod log;
mod random;

use crate::support::{self, World};
use laerd::{domain::schedule, vocab::id::QuestionId};
use log::{Kind, Said, Settings};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

#[tokio::test]
async fn the_scheduler_is_what_the_server_tells() {
    let world = World::new(support::Kind::Sqlite).await;
    let told = world.guest().await.get("/v1/scheduler").await;
    let settings = Settings::default();
    assert_eq!(told["courses"][0]["desired_retention"], settings.retention);
    assert_eq!(told["courses"][0]["maximum_interval"], settings.maximum_interval);
    assert_eq!(told["courses"][0]["relearn_minutes"], settings.relearn_minutes);
    keep("scheduler.json", &(serde_json::to_string_pretty(&told).unwrap() + "\n"));
}

#[tokio::test]
async fn a_log_and_its_digest() {
    keep("digest.json", &digest::file().await);
}

#[test]
fn what_an_answer_says_to_the_scheduler() {
    #[derive(Serialize)]
    struct Case {
        question_type: &'static str,
        said: Said,
        hints: u8,
        practice: bool,
        does: String,
    }
    let kinds = [Kind::Single(4), Kind::Flashcard, Kind::Info];
    let conducts = [(0, false), (1, false), (2, false), (0, true), (1, true)];
    let cases = kinds.into_iter().flat_map(|kind| {
        kind.sayings().iter().flat_map(move |said| {
            conducts.map(|(hints, practice)| Case {
                question_type: kind.name(),
                said: *said,
                hints,
                practice,
                does: log::word(&kind.effect(*said, hints, practice)),
            })
        })
    });
    let about =
        "The rating of an answer: `again` to `easy` move the card, `practised` leaves it, `seen` is a page read.";
    keep("ratings.json", &lines(about, "cases", &cases.collect::<Vec<_>>()));
}

#[test]
fn how_far_into_its_band_an_interval_is_moved() {
    #[derive(Serialize)]
    struct Case {
        question: QuestionId,
        repetition: u32,
        place: f64,
    }
    let cases = (0..12).flat_map(|number| {
        let question = QuestionId::of("vectors", &format!("fuzz-{number}"));
        [1, 2, 3, 10, 100, u32::MAX].map(|repetition| {
            let place = schedule::fuzz_fraction(question, repetition);
            Case { question, repetition, place }
        })
    });
    let about = "The place, 0 to 1, is FNV-1a (32 bit) over `<question>:<repetition>`, divided by 2^32.";
    keep("fuzz.json", &lines(about, "cases", &cases.collect::<Vec<_>>()));
}

#[test]
fn which_study_day_an_instant_belongs_to() {
    let about = "The study day of an instant, and the instant a study day begins.";
    let text = lines(about, "instants", &days::instants());
    let starts = lines("", "starts", &days::starts());
    // One file of two lists.
    let (_, starts) = starts.split_once("\"starts\"").unwrap();
    keep("days.json", &format!("{},\n\"starts\"{starts}", text.trim_end().trim_end_matches('}').trim_end()));
}

#[test]
fn told_logs_end_in_these_cards() {
    let logs = cases::logs();
    for log in &logs {
        assert!(log.is_clear(), "{}: f32 and f64 may differ by a day here; take another time", log.name);
    }
    let about = "Logs of one card in the order they arrive, and the card after each arrival (null: none).";
    keep("cards.json", &lines(about, "logs", &logs));
}

#[test]
fn random_logs_end_in_these_cards() {
    keep("random.json", &random::file(212));
}

#[test]
fn the_vectors_are_small_enough_to_fetch() {
    let sizes: BTreeMap<String, u64> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
        .collect();
    assert!(sizes.values().sum::<u64>() < 300_000, "{sizes:?}");
}

/// A JSON document with one list, an item a line: short, and a change shows in few lines.
fn lines(about: &str, name: &str, items: &[impl Serialize]) -> String {
    let items: Vec<String> = items.iter().map(|item| serde_json::to_string(item).unwrap()).collect();
    format!("{{\n\"about\": {},\n\"{name}\": [\n{}\n]\n}}\n", serde_json::json!(about), items.join(",\n"))
}

/// Writes a file of vectors, or holds it against what the code says.
fn keep(name: &str, text: &str) {
    let path = folder().join(name);
    serde_json::from_str::<serde_json::Value>(text).expect(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "openapi/vectors/{name} is out of date\n  cure: run `make vectors` and commit it");
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/vectors")
}
