//! Nothing that is sent before the answer tells the answer.

use crate::support::{Kind, World, real_course};
use laerd::domain::question::{Body, Question, present};
use serde_json::Value;

/// Every text an author wrote that a learner may read only afterwards.
fn secrets(question: &Question) -> Vec<&str> {
    let mut secrets = vec![question.explanation.as_str()];
    match &question.body {
        Body::Single { options } | Body::Multiple { options, .. } => {
            secrets.extend(options.iter().map(|option| option.feedback.as_str()));
        }
        Body::TrueFalse { feedback_true, feedback_false, .. } => {
            secrets.extend([feedback_true.as_str(), feedback_false])
        }
        Body::ShortText(key) => secrets.extend([key.feedback_correct.as_str(), &key.feedback_other]),
        Body::Numeric(key) => {
            secrets.extend([key.feedback_correct.as_str(), &key.feedback_other]);
            secrets.extend(key.common_errors.iter().map(|error| error.feedback.as_str()));
        }
        Body::Cloze { gaps, .. } => {
            secrets.extend(gaps.iter().flat_map(|gap| [gap.feedback_correct.as_str(), &gap.feedback_other]));
        }
        Body::Matching { pairs, extra_right } => {
            secrets.extend(pairs.iter().map(|pair| pair.feedback.as_str()));
            secrets.extend(extra_right.iter().map(|part| part.feedback.as_str()));
        }
        Body::Ordering { items } => secrets.extend(items.iter().map(|item| item.feedback.as_str())),
        Body::Categorise { items, .. } => secrets.extend(items.iter().map(|item| item.feedback.as_str())),
        Body::Flashcard { back } => secrets.push(back),
        Body::Reflection { criteria, model_answer, .. } => {
            secrets.push(model_answer);
            secrets.extend(criteria.iter().map(|criterion| criterion.feedback.as_str()));
        }
        Body::Info { .. } => {}
    }
    secrets.into_iter().filter(|secret| secret.len() > 12).collect()
}

/// Everything a learner may read before he answers, as one text.
fn public_text() -> String {
    let questions = real_course().questions.iter().map(|question| &question.question);
    questions
        .map(|question| {
            let shown = serde_json::to_string(&present(question, 0)).unwrap();
            format!("{}\n{}\n{shown}\n", question.stem, question.hints.join("\n"))
        })
        .collect()
}

/// The names of all members, anywhere in a value.
fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                found.push(name.clone());
                names(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn no_response_before_the_answer_holds_a_key_or_feedback() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let course = "/v1/courses/medarbeiderskap";
    let mut paths: Vec<String> = ["", "/decks", "/concepts", "/mastery", "/progress", "/queue?limit=100"]
        .iter()
        .map(|tail| format!("{course}{tail}"))
        .collect();
    paths.extend((1..=8).map(|chapter| format!("{course}/queue?mode=learn&chapter={chapter}&limit=100")));
    let (questions, public) = (&real_course().questions, public_text());
    for path in paths {
        let response = learner.get(&path).await;
        let mut members = Vec::new();
        names(&response, &mut members);
        for forbidden in
            ["key", "correct", "feedback", "explanation", "accept", "answer", "back", "model_answer", "criteria"]
        {
            assert!(!members.iter().any(|name| name == forbidden), "{path} has a member `{forbidden}`");
        }
        let text = response.to_string();
        for question in questions {
            for secret in secrets(&question.question) {
                let quoted = serde_json::to_string(secret).unwrap();
                if public.contains(quoted.trim_matches('"')) {
                    continue;
                }
                assert!(!text.contains(quoted.trim_matches('"')), "{path} tells of {}: {secret}", question.question.id);
            }
        }
    }
}

#[tokio::test]
async fn the_order_of_options_tells_nothing() {
    let world = World::new(Kind::Sqlite).await;
    let mut places = std::collections::BTreeMap::<usize, usize>::new();
    let mut ordered = 0;
    for _ in 0..12 {
        let learner = world.guest().await;
        for chapter in [1, 3] {
            for shown in learner.queue(&format!("?mode=learn&chapter={chapter}&limit=100")).await {
                let question = world.question(shown["id"].as_str().unwrap());
                let ids = |part: &str| -> Vec<String> {
                    let parts = shown["body"][part].as_array().unwrap();
                    parts.iter().map(|part| part["id"].as_str().unwrap().to_owned()).collect()
                };
                match &question.body {
                    Body::Single { options } if options.len() == 4 => {
                        let key = &options.iter().find(|option| option.correct).unwrap().id;
                        *places.entry(ids("options").iter().position(|id| id == key).unwrap()).or_default() += 1;
                    }
                    Body::Ordering { items } => {
                        let author: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
                        assert_ne!(ids("items"), author, "the right order is shown");
                        ordered += 1;
                    }
                    _ => {}
                }
            }
        }
    }
    let total: usize = places.values().sum();
    assert!(ordered > 0 && total > 200, "{places:?}");
    for (place, count) in &places {
        let share = *count as f64 / total as f64;
        assert!((0.17..0.33).contains(&share), "the key stands at {place} in {share:.2} of the presentations");
    }
}

#[tokio::test]
async fn ids_of_parts_are_random_and_the_same_presentation_looks_the_same() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    assert_eq!(learner.queue("?limit=30").await, learner.queue("?limit=30").await);
    let catalogue = world.app.catalogue();
    let course = catalogue.course("medarbeiderskap").unwrap();
    let mut first_is_least = (0, 0);
    for entry in course.asked() {
        if let Body::Single { options } = &entry.question.body {
            let ids: Vec<&String> = options.iter().map(|option| &option.id).collect();
            first_is_least.0 += usize::from(ids.iter().min() == ids.first());
            first_is_least.1 += 1;
        }
    }
    assert!(first_is_least.0 * 2 < first_is_least.1, "ids do not grow in the author's order: {first_is_least:?}");
}
