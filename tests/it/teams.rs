//! Teams: who may do and see what, and what happens to a member.

use crate::support::{
    Kind, Learner, Organisation, World, on_both,
    organisation::{COURSE, believe, change, post},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

const CONCEPT: &str = "laerende-organisasjon";

fn coverage(team: &str) -> String {
    format!("/v1/teams/{team}/coverage?course={COURSE}")
}

/// The figure of `CONCEPT`.
fn band(coverage: &Value) -> Value {
    let concepts = coverage["concepts"].as_array().expect("concepts");
    concepts.iter().find(|concept| concept["concept"] == CONCEPT).expect("the concept")["band"].clone()
}

async fn people<'a>(organisation: &Organisation<'a>, names: &[&str], unit: &str) -> Vec<Learner<'a>> {
    let mut people = Vec::new();
    for name in names {
        let person = organisation.person(name).await;
        organisation.join(&person, unit).await;
        people.push(person);
    }
    people
}

on_both! {
    async fn a_team_of_five_sees_its_figures_the_week_after(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let whole = organisation.unit("Sundvik kommune", None).await;
        let team = organisation.unit("Servicetorget", Some(&whole)).await;
        let lead = organisation.lead("leder.lise", &team).await;
        organisation.join(&lead, &team).await;
        let staff = people(&organisation, &["amina", "bjarne", "cecilie", "daniel", "eva"], &team).await;
        for (at, person) in staff.iter().enumerate() {
            believe(&world, person.id, CONCEPT, at < 2).await;
        }
        believe(&world, lead.id, CONCEPT, true).await;
        let before = lead.get(&coverage(&team)).await;
        assert_eq!((&before["shown"], band(&before)), (&json!(false), Value::Null), "nothing is worked out live");
        organisation.next_week().await;
        let after = lead.get(&coverage(&team)).await;
        assert_eq!((&after["shown"], &after["week"]), (&json!(true), &json!("2026-11-30")));
        assert_eq!(band(&after), "two", "the lead is in no figure");
        assert!(!world.app.refresh_coverage().await.unwrap(), "once a week");
        let mine = staff[0].get("/v1/me/teams").await;
        assert_eq!((&mine["teams"][0]["counted"], &mine["teams"][0]["path"]), (&json!(true), &json!("Sundvik kommune/Servicetorget")));
        let overview = organisation.admin.get(&format!("/v1/admin/coverage?course={COURSE}")).await;
        let concept = overview["concepts"].as_array().unwrap().iter().find(|one| one["concept"] == CONCEPT).unwrap();
        assert_eq!(concept["units"], json!({"unknown": 0, "zero_or_one": 0, "two": 1, "three_or_more": 0}));
        let history = lead.get(&format!("/v1/teams/{team}/coverage/{CONCEPT}?course={COURSE}")).await;
        assert_eq!(history["points"], json!([{"week": "2026-11-30", "band": "two"}]));
    }
}

on_both! {
    async fn who_leaves_is_out_of_every_figure_at_the_next_refresh(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let team = organisation.unit("Servicetorget", None).await;
        let lead = organisation.lead("leder.lise", &team).await;
        let staff = people(&organisation, &["amina", "bjarne", "cecilie", "daniel", "eva"], &team).await;
        for person in &staff {
            believe(&world, person.id, CONCEPT, true).await;
        }
        organisation.next_week().await;
        assert_eq!(band(&lead.get(&coverage(&team)).await), "three_or_more");
        let (status, _) = staff[0].send(Method::DELETE, &format!("/v1/me/teams/{team}"), None).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(staff[0].get("/v1/me/teams").await["teams"], json!([]));
        organisation.next_week().await;
        let after = lead.get(&coverage(&team)).await;
        assert_eq!((&after["shown"], band(&after)), (&json!(false), Value::Null), "four are never counted together");
        let history = lead.get(&format!("/v1/teams/{team}/coverage/{CONCEPT}?course={COURSE}")).await;
        assert_eq!(history["points"], json!([]), "nor may the past be compared with today");
        let (status, problem) = organisation.import("account,unit\namina,Servicetorget\n").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["pointer"], "line 2, column 1", "nobody is put back against his will");
        organisation.join(&staff[0], &team).await;
        for _ in 0..25 {
            organisation.next_week().await;
            assert_eq!(lead.get(&coverage(&team)).await["shown"], false, "they rest");
        }
        organisation.next_week().await;
        let again = lead.get(&coverage(&team)).await;
        assert_eq!((&again["shown"], band(&again)), (&json!(true), json!("unknown")), "answers of half a year ago");
    }
}

on_both! {
    async fn an_erased_member_leaves_no_row_and_no_figure(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let team = organisation.unit("Servicetorget", None).await;
        let lead = organisation.lead("leder.lise", &team).await;
        let staff = people(&organisation, &["amina", "bjarne", "cecilie", "daniel", "eva"], &team).await;
        organisation.next_week().await;
        assert_eq!(lead.get(&coverage(&team)).await["shown"], true);
        assert_eq!(staff[0].send(Method::DELETE, "/v1/me", None).await.0, StatusCode::NO_CONTENT);
        let members = lead.get(&format!("/v1/teams/{team}/members")).await;
        let names: Vec<&str> = members["members"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["bjarne", "cecilie", "daniel", "eva"]);
        assert!(laerd::store::memberships::find(&world.app.db, staff[0].id).await.unwrap().is_none());
        organisation.next_week().await;
        assert_eq!(lead.get(&coverage(&team)).await["shown"], false);
    }
}

on_both! {
    async fn two_instances_make_the_figures_of_a_week_once(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let team = organisation.unit("Servicetorget", None).await;
        people(&organisation, &["amina", "bjarne", "cecilie", "daniel", "eva"], &team).await;
        world.later(7 * 24 * 60);
        let both = futures_util::future::join(world.app.refresh_coverage(), world.app.refresh_coverage()).await;
        let made = [both.0.unwrap(), both.1.unwrap()].iter().filter(|made| **made).count();
        assert_eq!(made, 1);
        assert_eq!(laerd::store::coverage::cohorts(&world.app.db).await.unwrap().len(), 1);
    }
}

/// Statements of a refresh with this many members, all in one team.
async fn statements_of_a_refresh(kind: Kind, members: usize) -> usize {
    let (world, count) = World::counting(kind, |_| 1).await;
    let organisation = Organisation::new(&world).await;
    let team = organisation.unit("Servicetorget", None).await;
    let mut list = "account,unit\n".to_owned();
    for at in 0..members {
        let person = organisation.person(&format!("person{at:03}")).await;
        believe(&world, person.id, CONCEPT, at % 2 == 0).await;
        list += &format!("person{at:03},Servicetorget\n");
    }
    assert_eq!(organisation.import(&list).await.0, StatusCode::OK);
    world.later(3 * 7 * 24 * 60);
    count.store(0, Ordering::Relaxed);
    assert!(world.app.refresh_coverage().await.unwrap());
    let statements = count.load(Ordering::Relaxed);
    assert_eq!(band(&organisation.admin.get(&coverage(&team)).await), "three_or_more");
    statements
}

on_both! {
    async fn a_refresh_takes_no_more_statements_for_more_people(kind) {
        let few = statements_of_a_refresh(kind, 6).await;
        let many = statements_of_a_refresh(kind, 90).await;
        // SQLite is sent a long list of rows in parts.
        let parts = if kind == Kind::Sqlite { 10 } else { 0 };
        assert!((few..=few + parts).contains(&many), "{many} statements for 90 people, {few} for 6");
    }
}

on_both! {
    async fn a_list_is_taken_whole_or_refused_with_every_fault(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let whole = organisation.unit("Sundvik", None).await;
        let team = organisation.unit("Plan og bygg", Some(&whole)).await;
        let staff = [organisation.person("amina").await, organisation.person("bjarne").await];
        let (status, problem) = organisation
            .import("unit;account\nSundvik/Plan og bygg;amina\nSundvik/Kart;nobody\nSundvik;amina\nSundvik\n")
            .await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("invalid_request")));
        let places: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(places, ["line 3, column 14", "line 4, column 9", "line 5, column 1"], "{problem}");
        assert_eq!(staff[0].get("/v1/me/teams").await["teams"], json!([]), "nothing was done");
        let list = "account,unit\nAMINA,sundvik / plan og bygg\nbjarne,Sundvik\n";
        assert_eq!(organisation.import(list).await.1, json!({"added": 2, "moved": 0, "unchanged": 0}));
        assert_eq!(organisation.import(list).await.1, json!({"added": 0, "moved": 0, "unchanged": 2}));
        let moved = organisation.import("account,unit\nbjarne,Sundvik/Plan og bygg\n").await.1;
        assert_eq!(moved, json!({"added": 0, "moved": 1, "unchanged": 0}));
        let mine = staff[1].get("/v1/me/teams").await;
        assert_eq!((&mine["teams"][0]["team"], &mine["teams"][0]["consent"]), (&json!(team), &Value::Null));
        let path = format!("/v1/admin/units/{team}/members/bjarne");
        assert_eq!(organisation.admin.send(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(organisation.admin.send(Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    }
}

on_both! {
    async fn a_code_works_until_it_ends_and_only_for_accounts_that_agree(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let team = organisation.unit("Servicetorget", None).await;
        let other = organisation.unit("Kino", None).await;
        let code = organisation.code(&team).await;
        let (guest, amina) = (world.guest().await, organisation.person("amina").await);
        let join = |code: &str, consent: &str| json!({"code": code, "consent": consent});
        let shown = amina.get(&format!("/v1/invitations/{}", code.to_lowercase())).await;
        assert_eq!((&shown["name"], &shown["consent"]["version"]), (&json!("Servicetorget"), &json!("2026-11")));
        for (who, body, status, code) in [
            (&guest, join(&code, "2026-11"), 409, "account_required"),
            (&amina, join(&code, "2020-01"), 422, "invalid_request"),
            (&amina, join("ABCD-EFGH-JKLM", "2026-11"), 404, "not_found"),
            (&amina, join("'; --\u{0}", "2026-11"), 404, "not_found"),
        ] {
            let (got, problem) = who.send(Method::POST, "/v1/me/teams", Some(&body)).await;
            assert_eq!((got.as_u16(), &problem["code"]), (status, &json!(code)), "{body}");
        }
        for _ in 0..2 {
            let (status, _) = amina.send(Method::POST, "/v1/me/teams", Some(&join(&code, "2026-11"))).await;
            assert_eq!(status, StatusCode::CREATED, "joining twice is joining");
        }
        let elsewhere = join(&organisation.code(&other).await, "2026-11");
        let (status, problem) = amina.send(Method::POST, "/v1/me/teams", Some(&elsewhere)).await;
        assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("already_member")));
        let bjarne = organisation.person("bjarne").await;
        let path = format!("/v1/admin/units/{team}/invitation");
        let (_, made) = organisation.admin.send(Method::PUT, &path, Some(&json!({"days": 30}))).await;
        let (old, new) = (join(&code, "2026-11"), join(made["code"].as_str().unwrap(), "2026-11"));
        assert_eq!(bjarne.send(Method::POST, "/v1/me/teams", Some(&old)).await.0, StatusCode::NOT_FOUND, "replaced");
        world.later(30 * 24 * 60);
        let (status, _) = bjarne.send(Method::POST, "/v1/me/teams", Some(&new)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_unit_is_changed_only_by_who_has_seen_its_newest_version() {
    let world = World::new(Kind::Sqlite).await;
    let organisation = Organisation::new(&world).await;
    let admin = &organisation.admin;
    let whole = organisation.unit("Sundvik", None).await;
    let team = organisation.unit("Kino", Some(&whole)).await;
    let path = format!("/v1/admin/units/{team}");
    let renamed = json!({"name": "Kino og kultur", "parent": whole});
    assert_eq!(admin.send(Method::PUT, &path, Some(&renamed)).await.0.as_u16(), 428);
    assert_eq!(change(admin, Method::PUT, &path, ("if-match", "\"7\""), &renamed).await.0.as_u16(), 412);
    let (status, unit) = change(admin, Method::PUT, &path, ("if-match", "\"1\""), &renamed).await;
    assert_eq!((status.as_u16(), &unit["version"], &unit["path"]), (200, &json!(2), &json!("Sundvik/Kino og kultur")));
    let circle = json!({"name": "Sundvik", "parent": team});
    let (status, problem) =
        change(admin, Method::PUT, &format!("/v1/admin/units/{whole}"), ("if-match", "\"1\""), &circle).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (422, &json!("/parent")));
    let (status, problem) = post(admin, "/v1/admin/units", &json!({"name": "Kino og kultur", "parent": whole})).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (422, &json!("/name")));
    let key = ("idempotency-key", "0193547f-8a60-7c3e-9b1a-5d2f60718200");
    let first = change(admin, Method::POST, "/v1/admin/units", key, &json!({"name": "Havn"})).await;
    assert_eq!(first, change(admin, Method::POST, "/v1/admin/units", key, &json!({"name": "Havn"})).await);
    let (status, problem) = change(admin, Method::POST, "/v1/admin/units", key, &json!({"name": "Vei"})).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("key_reused")));
    // However late a request comes again, it is known by what it asked for and not by what became of that.
    let made = format!("/v1/admin/units/{}", first.1["id"].as_str().unwrap());
    change(admin, Method::PUT, &made, ("if-match", "\"1\""), &json!({"name": "Havnevesenet"})).await;
    let (status, now) = change(admin, Method::POST, "/v1/admin/units", key, &json!({"name": "Havn"})).await;
    assert_eq!((status.as_u16(), &now["id"], &now["name"]), (201, &first.1["id"], &json!("Havnevesenet")));
    assert_eq!(change(admin, Method::DELETE, &made, ("if-match", "*"), &Value::Null).await.0.as_u16(), 204);
    let (status, problem) = change(admin, Method::POST, "/v1/admin/units", key, &json!({"name": "Havn"})).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("not_found")), "it is not made again");
    let (status, problem) =
        change(admin, Method::DELETE, &format!("/v1/admin/units/{whole}"), ("if-match", "*"), &Value::Null).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("in_use")));
    assert_eq!(change(admin, Method::DELETE, &path, ("if-match", "\"2\""), &Value::Null).await.0.as_u16(), 204);
}

#[tokio::test]
async fn a_team_writes_down_what_it_did_and_agreed() {
    let world = World::new(Kind::Sqlite).await;
    let organisation = Organisation::new(&world).await;
    let team = organisation.unit("Kino", None).await;
    let other = organisation.unit("Havn", None).await;
    let lead = organisation.lead("leder.lise", &team).await;
    let path = format!("/v1/teams/{team}/activities");
    let body = |done: bool| {
        json!({"kind": "share_knowledge", "title": "Lærende organisasjon på et kvarter", "held_on": "2026-11-20",
        "course": COURSE, "concept": CONCEPT, "follow_up": "Prøve det i neste prosjekt", "follow_up_on": "2026-12-01", "done": done})
    };
    let key = ("idempotency-key", "0193547f-8a60-7c3e-9b1a-5d2f60718201");
    let (status, made) = change(&lead, Method::POST, &path, key, &body(false)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let (_, changed) = change(&lead, Method::PUT, &one, ("if-match", "\"1\""), &body(true)).await;
    let again = change(&lead, Method::POST, &path, key, &body(false)).await;
    assert_eq!(again, (StatusCode::CREATED, changed.clone()), "a late retry makes no second one");
    let (status, problem) = change(&lead, Method::POST, &path, key, &body(true)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("key_reused")));
    assert_eq!((&changed["done"], &changed["version"]), (&json!(true), &json!(2)));
    assert_eq!(lead.get(&path).await["activities"], json!([changed]));
    let elsewhere = format!("/v1/teams/{other}/activities/{}", made["id"].as_str().unwrap());
    let (status, _) = change(&organisation.admin, Method::PUT, &elsewhere, ("if-match", "*"), &body(false)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "an activity is its team's");
    assert_eq!(change(&lead, Method::DELETE, &one, ("if-match", "\"2\""), &Value::Null).await.0.as_u16(), 204);
    let agreement = format!("/v1/teams/{team}/coverage/{CONCEPT}/agreement?course={COURSE}");
    let agreed = json!({"importance": 3, "backup": {"title": "Håndboka, kap. 2", "url": "https://sundvik.example/handbok", "review_on": "2026-11-01"}});
    assert_eq!(lead.send(Method::PUT, &agreement, Some(&agreed)).await.0.as_u16(), 428);
    let any = change(&lead, Method::PUT, &agreement, ("if-match", "*"), &agreed).await;
    assert_eq!(any.0.as_u16(), 412, "`*` is for what exists");
    let (status, first) = change(&lead, Method::PUT, &agreement, ("if-match", "\"0\""), &agreed).await;
    assert_eq!((status.as_u16(), &first["version"]), (200, &json!(1)), "{first}");
    assert_eq!(change(&lead, Method::PUT, &agreement, ("if-match", "\"0\""), &agreed).await.0.as_u16(), 412);
    let history = lead.get(&format!("/v1/teams/{team}/coverage/{CONCEPT}?course={COURSE}")).await;
    assert_eq!((&history["concept"]["importance"], &history["concept"]["review_due"]), (&json!(3), &json!(true)));
    assert_eq!(history["concept"]["backup"], agreed["backup"]);
    let bad = json!({"importance": 4, "backup": {"title": " ", "url": "javascript:alert(1)"}});
    let (_, problem) = change(&lead, Method::PUT, &agreement, ("if-match", "\"1\""), &bad).await;
    let places: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(places, ["/importance", "/backup/title", "/backup/url"]);
}

/// Every operation of a team as someone who may not: a member, a lead of the team beside, a lead of a unit inside.
#[tokio::test]
async fn a_team_does_not_exist_for_those_who_do_not_lead_it() {
    let world = World::new(Kind::Sqlite).await;
    let organisation = Organisation::new(&world).await;
    let whole = organisation.unit("Sundvik", None).await;
    let team = organisation.unit("Kino", Some(&whole)).await;
    let (inner, beside) =
        (organisation.unit("Sal 1", Some(&team)).await, organisation.unit("Havn", Some(&whole)).await);
    let member = organisation.person("amina").await;
    organisation.join(&member, &team).await;
    let outsiders = [member, organisation.lead("i.sal", &inner).await, organisation.lead("havnesjef", &beside).await];
    let insiders = [organisation.lead("kinosjef", &team).await, organisation.lead("radmann", &whole).await];
    let reads = [
        coverage(&team),
        format!("/v1/teams/{team}/coverage/{CONCEPT}?course={COURSE}"),
        format!("/v1/teams/{team}/members"),
        format!("/v1/teams/{team}/activities"),
    ];
    for path in &reads {
        for who in &outsiders {
            assert_eq!(who.send(Method::GET, path, None).await.0, StatusCode::NOT_FOUND, "{path}");
        }
        for who in insiders.iter().chain([&organisation.admin]) {
            assert_eq!(who.send(Method::GET, path, None).await.0, StatusCode::OK, "{path}");
        }
    }
    let names = |list: &Value| -> Vec<String> {
        list["teams"].as_array().unwrap().iter().map(|team| team["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&outsiders[0].get("/v1/teams").await), [""; 0]);
    assert_eq!(names(&insiders[0].get("/v1/teams").await), ["Sundvik/Kino", "Sundvik/Kino/Sal 1"]);
    assert_eq!(names(&insiders[1].get("/v1/teams").await).len(), 4);
}

on_both! {
    async fn units_that_differ_in_case_alone_are_two_to_a_list(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        organisation.unit("Helse", None).await;
        organisation.unit("helse", None).await;
        organisation.person("amina").await;
        let (status, problem) = organisation.import("account,unit\namina,Helse\n").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], "line 2, column 7");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("two units have this path"), "{problem}");
    }
}

on_both! {
    async fn a_unit_takes_what_lies_in_it_along_and_ten_levels_stay_ten(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let (mut tower, mut other) = (Vec::<String>::new(), Vec::<String>::new());
        for level in 0..6 {
            tower.push(organisation.unit(&format!("A{level}"), tower.last().map(String::as_str)).await);
            other.push(organisation.unit(&format!("B{level}"), other.last().map(String::as_str)).await);
        }
        let path = format!("/v1/admin/units/{}", other[0]);
        let into = |parent: &str| json!({"name": "B0", "parent": parent});
        let admin = &organisation.admin;
        let (status, problem) = change(admin, Method::PUT, &path, ("if-match", "\"1\""), &into(&tower[4])).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/parent")));
        let (status, moved) = change(admin, Method::PUT, &path, ("if-match", "\"1\""), &into(&tower[3])).await;
        assert_eq!((status, &moved["path"]), (StatusCode::OK, &json!("A0/A1/A2/A3/B0")));
    }
}

on_both! {
    async fn a_request_that_comes_twice_at_once_makes_one(kind) {
        let world = World::new(kind).await;
        let organisation = Organisation::new(&world).await;
        let key = ("idempotency-key", "0193547f-8a60-7c3e-9b1a-5d2f60718202");
        let body = json!({"name": "Havn"});
        let send = |_| change(&organisation.admin, Method::POST, "/v1/admin/units", key, &body);
        let made = futures_util::future::join_all((0..4).map(send)).await;
        assert!(made[0].0 == StatusCode::CREATED && made.iter().all(|other| *other == made[0]), "{made:?}");
        assert_eq!(organisation.admin.get("/v1/admin/units").await["units"].as_array().unwrap().len(), 1);
    }
}
