//! Guests, accounts and tokens.

use crate::support::{Kind, Learner, World, on_both};
use futures_util::future::{join, join_all};
use laerd::app::Rates;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{num::NonZeroU32, sync::atomic::Ordering};

async fn refresh(world: &World, token: &str) -> (StatusCode, Value) {
    let request = world.http.post(format!("{}/v1/tokens/refresh", world.address));
    let response = request.json(&json!({"refresh_token": token})).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn sign_in(world: &World, name: &str, password: &str) -> (StatusCode, Value) {
    let request = world.http.post(format!("{}/v1/tokens", world.address));
    let response = request.json(&json!({"name": name, "password": password})).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn me(learner: &Learner<'_>) -> StatusCode {
    learner.send_once(Method::GET, "/v1/me", None).await.0
}

on_both! {
    async fn a_guest_who_makes_an_account_keeps_what_he_did(kind) {
        let world = World::new(kind).await;
        let guest = world.guest().await;
        let question = guest.queue("?limit=1").await.remove(0);
        guest.push(&[guest.answer(&question, true)]).await;
        let account = json!({"name": "Ravdna.Eira", "password": "reinsdyr og vidde"});
        let (status, tokens) = guest.send(Method::POST, "/v1/accounts", Some(&account)).await;
        assert_eq!((status, &tokens["learner_id"]), (StatusCode::CREATED, &json!(guest.id.0)));
        let (status, tokens) = sign_in(&world, " ravdna.EIRA ", "reinsdyr og vidde").await;
        assert_eq!(status, StatusCode::OK);
        let home = Learner::with_tokens(&world, &tokens);
        let me = home.get("/v1/me").await;
        assert_eq!((&me["name"], &me["guest"], &me["role"]), (&json!("ravdna.eira"), &json!(false), &json!("learner")));
        assert_eq!(home.get("/v1/courses/medarbeiderskap/progress").await["met"], 1);
        let (status, problem) = world.guest().await.send(Method::POST, "/v1/accounts", Some(&account)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("name_taken")));
        let second = json!({"name": "en.annen", "password": "reinsdyr og vidde"});
        let (status, problem) = home.send(Method::POST, "/v1/accounts", Some(&second)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("has_account")));
    }
}

on_both! {
    async fn a_wrong_name_and_a_wrong_password_look_the_same(kind) {
        let world = World::new(kind).await;
        let account = json!({"name": "jonas", "password": "lang nok setning"});
        world.guest().await.send(Method::POST, "/v1/accounts", Some(&account)).await;
        let mut answers = Vec::new();
        for (name, password) in [
            ("jonas", "feil men lang nok"),
            ("ukjent", "lang nok setning"),
            ("jonas", "kort"),
            ("med \0 inni", "lang nok setning"),
            ("x", "lang nok setning"),
        ] {
            let (status, mut problem) = sign_in(&world, name, password).await;
            problem["request_id"] = json!("-");
            answers.push((status, problem));
        }
        assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
}

on_both! {
    async fn every_fault_of_an_account_is_told_at_once(kind) {
        let world = World::new(kind).await;
        let bad = json!({"name": "x y", "password": "kort"});
        let (status, problem) = world.guest().await.send(Method::POST, "/v1/accounts", Some(&bad)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let pointers: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
        assert_eq!(pointers, [&json!("/name"), &json!("/password")]);
    }
}

on_both! {
    async fn an_access_token_ends_and_a_refresh_token_renews_it(kind) {
        let world = World::new(kind).await;
        let guest = world.guest().await;
        world.later(14);
        assert_eq!(me(&guest).await, StatusCode::OK);
        world.later(1);
        assert_eq!(me(&guest).await, StatusCode::UNAUTHORIZED);
        let (status, tokens) = refresh(&world, &guest.refresh()).await;
        assert_eq!((status, &tokens["expires_in"]), (StatusCode::OK, &json!(900)));
        assert_eq!(me(&Learner::with_tokens(&world, &tokens)).await, StatusCode::OK);
    }
}

on_both! {
    async fn a_phone_that_lost_the_answer_may_refresh_once_more(kind) {
        let world = World::new(kind).await;
        let guest = world.guest().await;
        let (_, lost) = refresh(&world, &guest.refresh()).await;
        let (status, tokens) = refresh(&world, &guest.refresh()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(me(&Learner::with_tokens(&world, &lost)).await, StatusCode::UNAUTHORIZED, "the lost pair is void");
        assert_eq!(me(&Learner::with_tokens(&world, &tokens)).await, StatusCode::OK);
        let (status, _) = refresh(&world, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(status, StatusCode::OK);
    }
}

on_both! {
    async fn any_other_replay_ends_the_whole_family(kind) {
        let world = World::new(kind).await;
        for used_by_access in [true, false] {
            let guest = world.guest().await;
            let (_, tokens) = refresh(&world, &guest.refresh()).await;
            let thief_or_owner = Learner::with_tokens(&world, &tokens);
            if used_by_access {
                assert_eq!(me(&thief_or_owner).await, StatusCode::OK);
            } else {
                refresh(&world, &thief_or_owner.refresh()).await;
            }
            let (status, problem) = refresh(&world, &guest.refresh()).await;
            assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("refresh_invalid")));
            assert_eq!(me(&thief_or_owner).await, StatusCode::UNAUTHORIZED);
            let (status, _) = refresh(&world, &thief_or_owner.refresh()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
        }
    }
}

on_both! {
    async fn a_lost_pair_that_turns_up_later_ends_the_family(kind) {
        let world = World::new(kind).await;
        let guest = world.guest().await;
        let (_, lost) = refresh(&world, &guest.refresh()).await;
        let (_, tokens) = refresh(&world, &guest.refresh()).await;
        let (status, _) = refresh(&world, lost["refresh_token"].as_str().unwrap()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(me(&Learner::with_tokens(&world, &tokens)).await, StatusCode::UNAUTHORIZED);
    }
}

on_both! {
    async fn those_who_come_back_at_once_get_a_pair_each_or_their_own_error(kind) {
        let world = World::new(kind).await;
        let guests = join_all((0..40).map(|_| world.guest())).await;
        let (gone, robbed) = (7, 11);
        assert_eq!(guests[gone].send(Method::DELETE, "/v1/me", None).await.0, StatusCode::NO_CONTENT);
        let (_, stolen) = refresh(&world, &guests[robbed].refresh()).await;
        let thief = Learner::with_tokens(&world, &stolen);
        assert_eq!(me(&thief).await, StatusCode::OK);
        let shown: Vec<String> = guests.iter().map(Learner::refresh).collect();
        let renewed = join_all(shown.iter().map(|token| refresh(&world, token))).await;
        for (at, (guest, (status, body))) in guests.iter().zip(&renewed).enumerate() {
            if at == gone {
                assert_eq!((*status, &body["code"]), (StatusCode::GONE, &json!("erased")));
            } else if at == robbed {
                assert_eq!((*status, &body["code"]), (StatusCode::UNAUTHORIZED, &json!("refresh_invalid")));
            } else {
                assert_eq!((*status, &body["learner_id"]), (StatusCode::OK, &json!(guest.id.0)));
                assert_eq!(me(&Learner::with_tokens(&world, body)).await, StatusCode::OK);
            }
        }
        assert_eq!(me(&thief).await, StatusCode::UNAUTHORIZED, "the family of the stolen token is over");
    }
}

on_both! {
    async fn a_token_shown_twice_at_once_leaves_one_session(kind) {
        let world = World::new(kind).await;
        let guest = world.guest().await;
        let token = guest.refresh();
        let ((first, one), (second, other)) = join(refresh(&world, &token), refresh(&world, &token)).await;
        assert_eq!((first, second), (StatusCode::OK, StatusCode::OK), "either may be the one that arrives");
        let (one, other) = (Learner::with_tokens(&world, &one), Learner::with_tokens(&world, &other));
        let mut alive = [me(&one).await, me(&other).await];
        alive.sort_unstable();
        assert_eq!(alive, [StatusCode::OK, StatusCode::UNAUTHORIZED]);
    }
}

#[tokio::test]
async fn renewals_that_wait_together_are_written_together() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if !kind.is_available() {
            continue;
        }
        let (world, count) = World::counting(kind, |text| usize::from(text.contains("refresh_token"))).await;
        let guests = join_all((0..60).map(|_| world.guest())).await;
        count.store(0, Ordering::SeqCst);
        let shown: Vec<String> = guests.iter().map(Learner::refresh).collect();
        let renewed = join_all(shown.iter().map(|token| refresh(&world, token))).await;
        assert!(renewed.iter().all(|(status, _)| *status == StatusCode::OK));
        let spent = count.load(Ordering::SeqCst);
        assert!((1..60).contains(&spent), "{kind:?}: {spent} statements for 60 tokens");
    }
}

on_both! {
    async fn signing_out_ends_the_session_and_only_that(kind) {
        let world = World::new(kind).await;
        let account = json!({"name": "oddny", "password": "nokså lang setning"});
        let phone = world.guest().await;
        phone.send(Method::POST, "/v1/accounts", Some(&account)).await;
        let (_, tokens) = sign_in(&world, "oddny", "nokså lang setning").await;
        let tablet = Learner::with_tokens(&world, &tokens);
        assert_eq!(tablet.send(Method::DELETE, "/v1/tokens/current", None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(me(&tablet).await, StatusCode::UNAUTHORIZED);
        assert_eq!(refresh(&world, &tablet.refresh()).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(me(&phone).await, StatusCode::OK);
    }
}

on_both! {
    async fn an_erased_learner_leaves_no_row(kind) {
        use laerd::store::{Connection, entity};
        use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        learner.push(&[learner.answer(&question, true)]).await;
        assert_eq!(learner.send(Method::DELETE, "/v1/me", None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(me(&learner).await, StatusCode::GONE);
        let late = json!({"events": [learner.answer(&question, true)]});
        let (status, problem) = learner.send(Method::POST, "/v1/answers", Some(&late)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::GONE, &json!("erased")), "another device learns of it");
        let (db, id) = (world.app.db.inner(), learner.id.0);
        macro_rules! left {
            ($($table:ident),*) => {
                [$(entity::$table::Entity::find().filter(entity::$table::Column::LearnerId.eq(id)).count(db).await.unwrap()),*]
            };
        }
        let left = left![event, card, concept_belief, course_belief, enrolment, access_token, refresh_token, account];
        assert_eq!(left, [0; 8]);
    }
}

#[tokio::test]
async fn too_many_tries_wait_as_long_as_they_are_told() {
    let few = NonZeroU32::new(2).unwrap();
    let world = World::with_rates(Kind::Sqlite, Rates::per_minute(few, few)).await;
    for path in ["/v1/guests", "/v1/tokens"] {
        let body = json!({"name": "jonas", "password": "lang nok setning"});
        let knock = || async { world.http.post(format!("{}{path}", world.address)).json(&body).send().await.unwrap() };
        let _ = (knock().await, knock().await);
        let third = knock().await;
        assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
        let wait: u64 = third.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
        assert_eq!(third.json::<Value>().await.unwrap()["code"], "too_many_requests");
    }
}
