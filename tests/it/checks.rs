//! Checks and challenges: what is asked tells most, and the answers decide.

use crate::support::{Learner, World, on_both};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const COURSE: &str = "/v1/courses/medarbeiderskap";

async fn check(learner: &Learner<'_>, asked: &[Value], limit: i64) -> Value {
    let body = json!({"asked": asked, "limit": limit});
    let (status, check) = learner.send(Method::POST, &format!("{COURSE}/checks"), Some(&body)).await;
    assert_eq!(status, StatusCode::OK, "{check}");
    check
}

on_both! {
    async fn a_check_asks_twenty_different_questions_and_the_map_clears(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let (mut asked, mut uncertainty) = (Vec::new(), Vec::new());
        loop {
            let check = check(&learner, &asked, 1).await;
            uncertainty.push(check["uncertainty"].as_f64().unwrap());
            let Some(question) = check["questions"].as_array().unwrap().first() else { break };
            assert_eq!(check["left"], 20 - asked.len());
            learner.push(&[learner.answer(question, asked.len() % 3 != 0)]).await;
            asked.push(question["id"].clone());
        }
        assert_eq!(asked.len(), 20);
        assert_eq!(asked.iter().map(Value::to_string).collect::<BTreeSet<_>>().len(), 20, "none twice");
        assert!(uncertainty[20] < uncertainty[0] - 0.02, "{uncertainty:?}");
    }
}

on_both! {
    async fn the_next_question_follows_from_the_answers(kind) {
        let world = World::new(kind).await;
        let (knows, does_not) = (world.guest().await, world.guest().await);
        let mut paths = [Vec::new(), Vec::new()];
        for (learner, (is_right, path)) in [&knows, &does_not].into_iter().zip([true, false].into_iter().zip(&mut paths)) {
            for _ in 0..8 {
                let check = check(learner, path, 1).await;
                let question = &check["questions"][0];
                learner.push(&[learner.answer(question, is_right)]).await;
                path.push(question["id"].clone());
            }
        }
        assert_eq!(paths[0][0], paths[1][0], "both are strangers at first");
        assert_ne!(paths[0], paths[1]);
    }
}

on_both! {
    async fn a_challenge_stays_with_its_concept_and_the_filter_decides(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let concept = "laerende-organisasjon";
        let path = format!("{COURSE}/mastery/{concept}");
        let before = learner.get(&path).await;
        assert_eq!(before["can_challenge"], true);
        let (status, challenge) = learner.send(Method::POST, &format!("{path}/challenges"), None).await;
        assert_eq!(status, StatusCode::OK, "{challenge}");
        let questions = challenge["questions"].as_array().unwrap();
        assert!((2..=3).contains(&questions.len()));
        for question in questions {
            assert!(question["concepts"].as_array().unwrap().contains(&json!(concept)), "{question}");
            learner.push_one(question).await;
        }
        let after = learner.get(&path).await;
        assert!(after["state"]["p"].as_f64().unwrap() > before["state"]["p"].as_f64().unwrap() + 0.1);
        assert_eq!(after["state"]["trend"]["direction"], "rising", "{after}");
        assert!(before["state"].get("trend").is_none(), "nothing is said before there is evidence");
        let missing = learner.send(Method::POST, &format!("{COURSE}/mastery/nothing/challenges"), None).await;
        assert_eq!(missing.0, StatusCode::NOT_FOUND);
    }
}

on_both! {
    async fn the_map_has_every_concept_and_what_comes_before_what(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let map = learner.get(&format!("{COURSE}/concept-map")).await;
        let nodes = map["nodes"].as_array().unwrap();
        let layer = |slug: &Value| {
            let node = nodes.iter().find(|node| node["state"]["concept"] == *slug).expect("a node for each end");
            node["layer"].as_i64().unwrap()
        };
        let concepts = learner.get(&format!("{COURSE}/concepts")).await;
        assert_eq!(nodes.len(), concepts["concepts"].as_array().unwrap().len());
        let edges = map["edges"].as_array().unwrap();
        assert!(!edges.is_empty());
        for edge in edges {
            assert!(layer(&edge["from"]) < layer(&edge["to"]), "{edge}");
            assert_eq!(edge["is_met"], false, "nothing is known of a stranger");
        }
    }
}

on_both! {
    async fn a_check_tells_what_is_wrong_with_its_request(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        for body in [json!({"limit": 0.5}), json!({"seen": []}), json!({"asked": ["x"]})] {
            let (status, _) = learner.send(Method::POST, &format!("{COURSE}/checks"), Some(&body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        }
    }
}
