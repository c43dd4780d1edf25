//! The course that ships, and how banks are checked and loaded.

use crate::support::{World, on_both, real_course};
use laerd::{
    app,
    domain::bank::{self, SourceFile},
    vocab::id::QuestionId,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn the_course_has_all_concepts_and_the_chapters_it_promises() {
    let bank = real_course();
    assert_eq!(bank.course.chapters.len(), 8);
    assert_eq!(bank.concepts.len(), 96);
    for chapter in 1..=8 {
        assert_eq!(bank.concepts.iter().filter(|concept| concept.chapter == chapter).count(), 12);
    }
    for concept in &bank.concepts {
        assert!(concept.name.nn.is_some() && concept.name.en.is_some(), "{}", concept.slug);
        assert!(!concept.sources.is_empty(), "{}", concept.slug);
    }
    let of_chapter = |number| bank.questions.iter().filter(move |question| question.chapter == number);
    let blueprint = [33, 32, 34, 34, 34, 34, 34, 34];
    assert_eq!(blueprint.iter().sum::<usize>(), 269);
    for (chapter, blueprint) in (1..).zip(blueprint) {
        let ids: BTreeSet<&str> = of_chapter(chapter).map(|question| question.question.id.as_str()).collect();
        for number in 1..=blueprint {
            assert!(ids.contains(format!("K{chapter}-{number:02}").as_str()), "K{chapter}-{number:02}");
        }
        let types: BTreeSet<&str> = of_chapter(chapter).map(|question| question.question.body.type_name()).collect();
        assert_eq!(types.len(), 12, "every type is in chapter {chapter}: {types:?}");
    }
}

#[test]
fn the_linter_has_nothing_to_say_of_the_course() {
    let findings = bank::lint(real_course(), jiff::civil::date(2026, 11, 23));
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn every_question_speaks_to_every_answer() {
    for chapter in &real_course().questions {
        let question = &chapter.question;
        let silent = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
        let mut texts = Vec::new();
        feedback(&serde_json::to_value(&question.body).unwrap(), &mut texts);
        assert!(!texts.iter().any(silent), "{} has an empty feedback", question.id);
        assert!(!texts.is_empty() || !question.body.is_scored(), "{} has no feedback", question.id);
        assert!(!question.source.reference.is_empty(), "{}", question.id);
    }
}

/// Every member whose name begins with `feedback`.
fn feedback(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if name.starts_with("feedback") {
                    found.push(value.clone());
                }
                feedback(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| feedback(item, found)),
        _ => {}
    }
}

on_both! {
    async fn loading_the_same_files_again_changes_nothing(kind) {
        let world = World::new(kind).await;
        let version = world.app.catalogue().version.clone();
        let report = world.app.load_bank(real_course()).await.unwrap();
        assert!(!report.changed(), "{report:?}");
        assert_eq!(report.unchanged, real_course().questions.len());
        assert_eq!(world.app.catalogue().version, version);
    }
}

on_both! {
    async fn a_changed_question_is_a_new_revision_and_a_missing_one_retires(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?limit=2").await;
        let mut changed = real_course().clone();
        changed.questions[0].question.stem.push_str(" Tenk etter.");
        let gone = changed.questions.remove(1).question.id;
        let report = world.app.load_bank(&changed).await.unwrap();
        assert_eq!((report.created, report.updated, report.retired), (0, 1, 1));
        let old = learner.push(&[learner.event(&questions[1], json!({"kind": "reveal"}), world.clock.now())]).await;
        assert_eq!(old["results"][0]["status"], "applied", "an answer to a retired question still counts");
        let now = learner.queue("?limit=100").await;
        assert!(now.iter().all(|question| question["reference"] != Value::String(gone.clone())));
        let first = now.iter().find(|question| question["id"] == questions[0]["id"]).unwrap();
        assert_eq!((&first["revision"], &questions[0]["revision"]), (&json!(2), &json!(1)));
        let back = world.app.load_bank(real_course()).await.unwrap();
        assert_eq!((back.created, back.updated), (0, 2));
    }
}

on_both! {
    async fn a_retired_question_is_asked_no_more_and_counts_no_more(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        learner.push(&[learner.answer(&question, true)]).await;
        let mut without = real_course().clone();
        without.questions[0].question.retired = true;
        let report = world.app.load_bank(&without).await.unwrap();
        assert_eq!((report.updated, report.retired), (0, 1), "retiring makes no new revision");
        world.later(30 * 24 * 60);
        let progress = learner.get("/v1/courses/medarbeiderskap/progress").await;
        assert_eq!((&progress["due_now"], &progress["met"]), (&json!(0), &json!(0)));
        let session = learner.get("/v1/courses/medarbeiderskap/queue?mode=practice").await;
        assert_eq!(session["questions"], json!([]));
        assert!(session.get("next_due").is_none());
    }
}

on_both! {
    async fn a_chapter_without_questions_says_so(kind) {
        let world = World::new(kind).await;
        let mut without = real_course().clone();
        without.questions.retain(|question| question.chapter != 8);
        world.app.load_bank(&without).await.unwrap();
        let decks = world.guest().await.get("/v1/courses/medarbeiderskap/decks").await;
        let decks = decks["decks"].as_array().unwrap();
        let told = |at: usize| (decks[at]["status"].as_str().unwrap(), decks[at]["questions"] == 0);
        assert_eq!((decks.len(), told(6), told(7)), (8, ("available", false), ("in_preparation", true)));
    }
}

on_both! {
    async fn another_instance_sees_a_course_that_was_loaded(kind) {
        let world = World::new(kind).await;
        let mut more = real_course().clone();
        let mut question = more.questions[0].clone();
        question.question.id = "K1-99".to_owned();
        more.questions.push(question);
        let ids = laerd::clock::Ids::seeded(99);
        app::bank::load(&world.app.db, &world.clock, &ids, &more).await.unwrap();
        let learner = world.guest().await;
        let new = QuestionId::of("medarbeiderskap", "K1-99");
        let shown = json!({"id": new.0, "revision": 1});
        let receipt = learner.push(&[learner.event(&shown, json!({"kind": "reveal"}), world.clock.now())]).await;
        assert_eq!(receipt["results"][0]["status"], "applied", "an unknown question makes the instance look");
    }
}

#[test]
fn a_broken_bank_tells_every_fault_at_once_with_its_place() {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let files = [
        file("course.yaml", "slug: Kurs\ntitle: Kurs\nlanguage: nb\nchapters: []\nextra: 1\n"),
        file("concepts.yaml", "concepts:\n  - slug: a\n    name: A\n    chapter: 9\n"),
        file("chapter-1.yaml", "chapter: 1\nquestions:\n  - id: K1-01\n    type: single\n   bad: indentation\n"),
    ];
    let (bank, problems) = bank::read(&files);
    assert!(bank.is_none());
    let files: BTreeSet<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(files.len(), 3, "a fault in one file hides none in another: {problems:#?}");
    assert!(problems.len() >= 5, "{problems:#?}");
    for problem in &problems {
        assert!(problem.line >= 1 && problem.column >= 1);
        assert!(!problem.cure.nb.is_empty() && problem.cure.en.is_some() && problem.message.nn.is_some());
    }
}
