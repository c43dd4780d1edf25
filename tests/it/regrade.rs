//! A wrong key, mended: whoever answered before and whoever answers after end with the same state.

use crate::{
    converge::state,
    support::{Kind, NOON, World, on_both, real_course},
};
use laerd::domain::{bank::Bank, question::Body};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// The course with another key for one question, that question's author's id, and the text that is right now.
fn mended_course() -> (Bank, String, String) {
    let mut bank = real_course().clone();
    let chapter = bank.questions.iter_mut().filter(|question| question.chapter == 3);
    let mut single = chapter.filter(|question| matches!(question.question.body, Body::Single { .. }));
    let question = &mut single.next().unwrap().question;
    let Body::Single { options } = &mut question.body else { unreachable!("only single ones are left") };
    let key = options.iter().position(|option| option.correct).unwrap();
    let other = options.iter().position(|option| !option.correct).unwrap();
    (options[key].correct, options[other].correct) = (false, true);
    let right = options[other].text.clone();
    let id = question.id.clone();
    (bank, id, right)
}

on_both! {
    async fn it_does_not_matter_which_came_first_the_answer_or_the_mended_key(kind) {
        let world = World::new(kind).await;
        let (early, late) = (world.guest().await, world.guest().await);
        let (bank, reference, text) = mended_course();
        let questions = early.queue("?mode=learn&chapter=3&limit=100").await;
        let place = questions.iter().position(|question| question["reference"] == reference.as_str()).unwrap();
        let other = (place + 1) % questions.len();
        let at = |number: i64| NOON.plus_minutes((number - 9) * 1440);
        let events: Vec<Value> = (0..8)
            .map(|number| {
                let question = &questions[if number % 3 == 0 { other } else { place }];
                early.answer_at(question, number % 2 == 0, at(number))
            })
            .collect();
        early.push(&events).await;
        let before = early.get("/v1/changes").await;
        let cursor = before["next_cursor"].as_str().unwrap();

        let report = world.app.load_bank(&bank).await.unwrap();
        assert_eq!((report.updated, report.regraded_answers, report.regraded_learners), (1, 5, 1));
        late.push(&events).await;

        // The early learner's devices hear of it without an answer of his.
        let page = early.get(&format!("/v1/changes?cursor={cursor}")).await;
        let kinds: Vec<&str> = page["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["regrade", "regrade", "regrade", "regrade", "regrade", "refold"]);
        assert!(page["cards"].as_array().unwrap().iter().any(|card| card["question"] == questions[place]["id"]));
        assert_eq!(state(&early).await, state(&late).await);

        // And a late answer to the old revision is marked by the mended key, in the ids it was given in.
        let options = questions[place]["body"]["options"].as_array().unwrap();
        let option = options.iter().find(|option| option["text"] == text.as_str()).unwrap();
        let response = json!({"kind": "choice", "options": [option["id"]]});
        let right = early.event(&questions[place], response, at(8));
        let mark = early.push(std::slice::from_ref(&right)).await["results"][0]["mark"].clone();
        assert_eq!((&mark["correct"], mark["key"]["options"] == right["response"]["options"]), (&json!(true), true));
        late.push(&[right]).await;
        assert_eq!(state(&early).await, state(&late).await);
        let again = world.app.load_bank(&bank).await.unwrap();
        assert!(!again.changed() && again.regraded_answers == 0, "{again:?}");
    }
}

on_both! {
    async fn a_key_that_is_turned_back_grades_back(kind) {
        let world = World::new(kind).await;
        let (early, late) = (world.guest().await, world.guest().await);
        let (bank, reference, _) = mended_course();
        let questions = early.queue("?mode=learn&chapter=3&limit=100").await;
        let question = questions.iter().find(|question| question["reference"] == reference.as_str()).unwrap();
        let answer = [early.answer(question, true)];
        early.push(&answer).await;
        for bank in [&bank, real_course()] {
            assert_eq!(world.app.load_bank(bank).await.unwrap().regraded_answers, 1);
            early.get("/v1/changes").await;
        }
        assert_eq!(late.push(&answer).await["results"][0]["mark"]["correct"], json!(true));
        assert_eq!(state(&early).await, state(&late).await);
    }
}

on_both! {
    /// Wrong while practising schedules, and right does not; wrong after a hint is evidence, and right is not.
    async fn a_card_or_level_that_a_mended_key_takes_away_is_told(kind) {
        let world = World::new(kind).await;
        let (bank, reference, text) = mended_course();
        let conducts = [("practice", json!(true)), ("hints", json!(1))];
        let mut told = Vec::new();
        for (name, value) in &conducts {
            let learner = world.guest().await;
            let questions = learner.queue("?mode=learn&chapter=3&limit=100").await;
            let question = questions.iter().find(|question| question["reference"] == reference.as_str()).unwrap();
            let options = question["body"]["options"].as_array().unwrap();
            let option = options.iter().find(|option| option["text"] == text.as_str()).unwrap();
            let mut answer = learner.event(question, json!({"kind": "choice", "options": [option["id"]]}), NOON);
            answer[*name] = value.clone();
            let receipt = learner.push(&[answer]).await;
            assert_eq!((&receipt["results"][0]["mark"]["correct"], &receipt["cards"][0]["question"]),
                (&json!(false), &question["id"]));
            assert_eq!(receipt["concepts"][0]["level"], "learning");
            let page = learner.get("/v1/changes").await;
            let cursor = page["next_cursor"].as_str().unwrap().to_owned();
            told.push((learner, cursor, question["id"].clone()));
        }
        assert_eq!(world.app.load_bank(&bank).await.unwrap().regraded_answers, 2);
        for ((name, _), (learner, cursor, question)) in conducts.iter().zip(&told) {
            let page = learner.get(&format!("/v1/changes?cursor={cursor}")).await;
            let has_card = page["cards"].as_array().unwrap().iter().any(|card| card["question"] == *question);
            let is_gone = page["removed"].as_array().unwrap().contains(question);
            assert_eq!((has_card, is_gone), (*name == "hints", *name == "practice"), "{name}: {page}");
            if *name == "hints" {
                let levels: Vec<&Value> = page["concepts"].as_array().unwrap().iter().map(|c| &c["level"]).collect();
                assert!(!levels.is_empty() && levels.iter().all(|level| *level == "not_started"), "{page}");
            }
        }
    }
}

on_both! {
    async fn other_words_regrade_nobody(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?mode=learn&chapter=3&limit=1").await.remove(0);
        learner.push(&[learner.answer(&question, true)]).await;
        let mut bank = real_course().clone();
        let asked = bank.questions.iter_mut().find(|one| one.question.id == question["reference"].as_str().unwrap());
        asked.unwrap().question.explanation += " Det er alt.";
        let report = world.app.load_bank(&bank).await.unwrap();
        assert_eq!((report.updated, report.regraded_answers), (1, 0));
        let page = learner.get("/v1/changes").await;
        assert_eq!(page["head"], 1, "nothing changed for him, so nothing is told");
    }
}

on_both! {
    async fn a_retired_question_is_told_with_its_successor(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?mode=learn&chapter=3&limit=1").await.remove(0);
        learner.push(&[learner.answer(&question, true)]).await;
        let page = learner.get("/v1/changes").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let mut bank = real_course().clone();
        let reference = question["reference"].as_str().unwrap();
        let asked = bank.questions.iter_mut().find(|one| one.question.id == reference).unwrap();
        asked.question.retired = true;
        let mut heir = asked.clone();
        (heir.question.id, heir.question.retired) = ("K3-99".into(), false);
        heir.question.successor_of = Some(reference.to_owned());
        bank.questions.push(heir);
        world.app.load_bank(&bank).await.unwrap();
        let page = learner.get(&format!("/v1/changes?cursor={cursor}")).await;
        assert_eq!(page["retired"][0]["question"], question["id"]);
        let heir = laerd::vocab::id::QuestionId::of("medarbeiderskap", "K3-99");
        assert_eq!(page["retired"][0]["successor"], json!(heir.0));
        let again = page["next_cursor"].as_str().unwrap();
        assert_eq!(learner.get(&format!("/v1/changes?cursor={again}")).await["retired"], json!([]));
        let receipt = learner.push(&[learner.answer(&question, false)]).await;
        assert_eq!(receipt["results"][0]["status"], "applied", "an answer to a retired question still counts");
    }
}

/// The course with other keys for its first so many questions of one answer, and their authors' ids.
fn with_other_keys(count: usize) -> (Bank, Vec<String>) {
    let mut bank = real_course().clone();
    let mut ids = Vec::new();
    for question in bank.questions.iter_mut().filter(|question| question.chapter == 3) {
        let Body::Single { options } = &mut question.question.body else { continue };
        if ids.len() < count {
            let key = options.iter().position(|option| option.correct).unwrap();
            let other = options.iter().position(|option| !option.correct).unwrap();
            (options[key].correct, options[other].correct) = (false, true);
            ids.push(question.question.id.clone());
        }
    }
    (bank, ids)
}

/// Statements that read the log while so many mended keys are loaded, each of a question that was answered.
async fn statements_of_a_load(kind: Kind, keys: usize) -> usize {
    let (world, count) = World::counting(kind, |sql| usize::from(sql.contains("FROM event"))).await;
    let (bank, ids) = with_other_keys(keys);
    assert_eq!(ids.len(), keys);
    let learner = world.guest().await;
    let questions = learner.queue("?mode=learn&chapter=3&limit=100").await;
    let asked = questions.iter().filter(|question| ids.iter().any(|id| question["reference"] == id.as_str()));
    learner.push(&asked.map(|question| learner.answer(question, true)).collect::<Vec<_>>()).await;
    count.store(0, Ordering::Relaxed);
    let report = world.app.load_bank(&bank).await.unwrap();
    assert_eq!((report.updated, report.regraded_answers), (keys, keys));
    count.load(Ordering::Relaxed)
}

on_both! {
    async fn a_load_reads_the_log_as_often_for_six_mended_keys_as_for_one(kind) {
        let one = statements_of_a_load(kind, 1).await;
        assert_eq!((one, statements_of_a_load(kind, 6).await), (2, 2), "answers, and what was regraded before");
    }
}
