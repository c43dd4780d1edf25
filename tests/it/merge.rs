//! A guest who turns out to be somebody: two logs become one, as if one learner had answered everything. And a person
//! with two accounts: what he agreed to and refused as a member of a team holds for both.

use crate::{
    converge::state,
    support::{Learner, NOON, Organisation, World, on_both, organisation::COURSE, real_course, verify},
};
use laerd::{
    app::{App, Rates},
    clock::Ids,
    store::open,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::num::NonZeroU32;

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

/// The teams of someone.
async fn teams(learner: &Learner<'_>) -> Value {
    learner.get("/v1/me/teams").await["teams"].clone()
}

async fn leave(learner: &Learner<'_>, team: &str) {
    let (status, _) = learner.send(Method::DELETE, &format!("/v1/me/teams/{team}"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

async fn join_logs(into: &Learner<'_>, other: &Learner<'_>) {
    other.get("/v1/me").await;
    into.get("/v1/me").await;
    assert_eq!(merge(into, &other.access()).await.0, StatusCode::OK);
}

on_both! {
    async fn a_member_with_two_accounts_stays_in_his_team_and_rests(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let team = organisation.unit("Servicetorget", None).await;
        let mut staff = Vec::new();
        for name in ["amina", "bjarne", "cecilie", "daniel", "eva", "eva.privat"] {
            staff.push(organisation.person(name).await);
        }
        for person in &staff[..5] {
            organisation.join(person, &team).await;
        }
        let coverage = format!("/v1/teams/{team}/coverage?course={COURSE}");
        organisation.next_week().await;
        assert_eq!(organisation.admin.get(&coverage).await["shown"], true);
        let (eva, private) = (&staff[4], &staff[5]);
        join_logs(private, eva).await;
        let mine = teams(private).await;
        assert_eq!((&mine[0]["team"], &mine[0]["consent"], &mine[0]["counted"]), (&json!(team), &json!("2026-11"), &json!(false)));
        let members = organisation.admin.get(&format!("/v1/teams/{team}/members")).await;
        assert_eq!((members["members"].as_array().unwrap().len(), &members["members"][4]["name"]), (5, &json!("eva.privat")));
        for _ in 0..26 {
            organisation.next_week().await;
            assert_eq!(organisation.admin.get(&coverage).await["shown"], false, "the cohort is not handed on: all rest");
            assert_eq!(teams(private).await[0]["counted"], false);
        }
        organisation.next_week().await;
        assert_eq!(organisation.admin.get(&coverage).await["shown"], true);
        assert_eq!(teams(private).await[0]["counted"], true);
    }
}

on_both! {
    async fn who_was_counted_twice_is_counted_no_more(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let (first, second) = (organisation.unit("Havn", None).await, organisation.unit("Skole", None).await);
        let mut staff = Vec::new();
        for at in 0..10 {
            staff.push(organisation.person(&format!("person{at}")).await);
            organisation.join(&staff[at], if at < 5 { &first } else { &second }).await;
        }
        organisation.next_week().await;
        assert_eq!(laerd::store::coverage::cohorts(&world.app.db).await.unwrap().len(), 2);
        join_logs(&staff[0], &staff[9]).await;
        let mine = teams(&staff[0]).await;
        assert_eq!((&mine[0]["team"], &mine[0]["counted"]), (&json!(first), &json!(false)), "his own team stands");
        organisation.next_week().await;
        assert_eq!(laerd::store::coverage::cohorts(&world.app.db).await.unwrap(), [], "both cohorts are short of him");
    }
}

on_both! {
    async fn who_left_by_choice_under_one_name_is_put_back_under_neither(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let team = organisation.unit("Havn", None).await;
        let mut people = Vec::new();
        for name in ["left", "none", "left2", "listed", "left3", "joined", "member", "left4"] {
            people.push(organisation.person(name).await);
        }
        for at in [0, 2, 4, 5, 6, 7] {
            organisation.join(&people[at], &team).await;
        }
        for at in [0, 2, 4, 7] {
            leave(&people[at], &team).await;
        }
        assert_eq!(organisation.import("account,unit\nlisted,Havn\n").await.0, StatusCode::OK);
        for (other, mine, stays) in [(0, 1, false), (2, 3, false), (4, 5, true), (6, 7, false)] {
            join_logs(&people[mine], &people[other]).await;
            let is_member = teams(&people[mine]).await != json!([]);
            assert_eq!(is_member, stays, "{other} joined to {mine}");
        }
        for name in ["none", "listed", "left4"] {
            let (status, _) = organisation.import(&format!("account,unit\n{name},Havn\n")).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        }
    }
}

on_both! {
    async fn consent_is_of_the_person_and_an_account_is_not_lost_to_a_guest(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let team = organisation.unit("Havn", None).await;
        let (listed, joined) = (organisation.person("listed").await, organisation.person("joined").await);
        assert_eq!(organisation.import("account,unit\nlisted,Havn\n").await.0, StatusCode::OK);
        organisation.join(&joined, &team).await;
        assert_eq!(teams(&listed).await[0].get("consent"), None);
        join_logs(&listed, &joined).await;
        assert_eq!(teams(&listed).await[0]["consent"], "2026-11");
        let guest = world.guest().await;
        let body = json!({"access_token": listed.access()});
        let (status, problem) = guest.send(Method::POST, "/v1/me/merges", Some(&body)).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/access_token")));
        assert_eq!(teams(&listed).await[0]["consent"], "2026-11", "nothing was done");
    }
}

on_both! {
    async fn an_instance_that_has_missed_a_load_folds_the_new_course_too(kind) {
        let world = World::new(kind).await;
        let (account, guest) = (world.guest().await, world.guest().await);
        let (db, many) = (open::connect(&world.database.url, 2).await.unwrap(), NonZeroU32::new(1_000_000).unwrap());
        let rates = Rates::per_minute(many, many);
        let behind = App::new(db, world.clock.clone(), Ids::seeded(9), rates).await.unwrap();
        let mut bank = real_course().clone();
        bank.course.slug = "annet".to_owned();
        world.app.load_bank(&bank).await.unwrap();
        let queue = guest.get("/v1/courses/annet/queue?mode=learn&chapter=3&limit=6").await;
        let answers = queue["questions"].as_array().unwrap().iter().map(|question| guest.answer(question, true));
        guest.push(&answers.collect::<Vec<_>>()).await;
        let caller = behind.authenticate(&account.access()).await.unwrap();
        assert_eq!(behind.merge(caller, &guest.access()).await.unwrap().events, 6);
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(ok && text.contains("7 events, 6 cards"), "six answers and a refold: {text}");
    }
}
