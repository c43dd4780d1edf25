//! A guest who turns out to be somebody: two logs become one, as if one learner had answered everything.

use crate::{
    converge::state,
    support::{Learner, NOON, World, on_both},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn answers(learner: &Learner<'_>, from: i64, count: i64) -> Vec<Value> {
    let questions = learner.queue("?mode=learn&chapter=3&limit=6").await;
    let at = |place: i64| NOON.plus_minutes((from + 2 * place - 300) * 400);
    (0..count).map(|place| learner.answer_at(&questions[place as usize % 6], place % 4 != 0, at(place))).collect()
}

async fn merge(into: &Learner<'_>, token: &str) -> (StatusCode, Value) {
    into.send(Method::POST, "/v1/me/merges", Some(&json!({"access_token": token}))).await
}

on_both! {
    async fn a_guest_who_signs_in_keeps_what_he_did(kind) {
        let world = World::new(kind).await;
        let (account, guest, whole) = (world.guest().await, world.guest().await, world.guest().await);
        // Their answers alternate in time, to the same questions.
        let (mine, his) = (answers(&account, 0, 30).await, answers(&account, 1, 25).await);
        account.push(&mine).await;
        let his_void = guest.void(&his[3]);
        guest.push(&his).await;
        guest.push(std::slice::from_ref(&his_void)).await;
        let token = guest.access();
        let (status, merged) = merge(&account, &token).await;
        assert_eq!((status, &merged["events"], &merged["conflicts"]), (StatusCode::OK, &json!(26), &json!(0)));
        whole.push(&[&mine[..], &his[..], &[his_void]].concat()).await;
        assert_eq!(state(&account).await, state(&whole).await, "as if one had answered it all");
        let (status, problem) = guest.send(Method::GET, "/v1/me", None).await;
        assert_eq!((status, &problem["code"]), (StatusCode::GONE, &json!("erased")));
        // The guest's device pushes its log again, as the account's: nothing is counted twice.
        let receipt = account.push(&his).await;
        assert!(receipt["results"].as_array().unwrap().iter().all(|result| result["status"] == "duplicate"));
        let page = account.get("/v1/changes?limit=500").await;
        let seqs: Vec<i64> = page["events"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, (1..=57).collect::<Vec<_>>());
        assert_eq!(page["events"][56]["kind"], "refold");
    }
}

on_both! {
    async fn the_same_event_on_both_sides_counts_once(kind) {
        let world = World::new(kind).await;
        let (account, guest, whole) = (world.guest().await, world.guest().await, world.guest().await);
        let events = answers(&account, 0, 10).await;
        let mut other = events[9].clone();
        other["duration_ms"] = json!(1);
        account.push(&events).await;
        guest.push(&[&events[..5], &[other]].concat()).await;
        let (status, merged) = merge(&account, &guest.access()).await;
        assert_eq!((status, &merged["events"], &merged["conflicts"]), (StatusCode::OK, &json!(0), &json!(1)));
        whole.push(&events).await;
        assert_eq!(state(&account).await, state(&whole).await);
    }
}

on_both! {
    async fn a_merge_needs_the_token_of_the_other(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        learner.push(&answers(&learner, 0, 3).await).await;
        let (status, problem) = merge(&learner, "la_nonsense").await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/access_token")));
        let before = state(&learner).await;
        let (status, merged) = merge(&learner, &learner.access()).await;
        assert_eq!((status, &merged["events"]), (StatusCode::OK, &json!(0)), "joining oneself changes nothing");
        assert_eq!(state(&learner).await, before);
    }
}
