//! Devices that come and go end where the server is, and hear of what changed and of nothing else.

use crate::support::{Kind, Learner, NOON, World, on_both, real_course};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

/// A device that has nothing but what the feed told it.
#[derive(Default)]
struct Device {
    cursor: Option<String>,
    seqs: Vec<i64>,
    ids: Vec<String>,
    kinds: Vec<String>,
    cards: BTreeMap<String, Value>,
    concepts: BTreeMap<String, Value>,
}

impl Device {
    async fn pull(&mut self, learner: &Learner<'_>, limit: usize) -> usize {
        let mut pages = 0;
        loop {
            let cursor = self.cursor.as_ref().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = learner.get(&format!("/v1/changes?limit={limit}{cursor}")).await;
            pages += 1;
            for event in page["events"].as_array().unwrap() {
                self.seqs.push(event["seq"].as_i64().unwrap());
                self.ids.push(event["id"].as_str().unwrap().to_owned());
                self.kinds.push(event["kind"].as_str().unwrap().to_owned());
            }
            for question in page["removed"].as_array().unwrap() {
                self.cards.remove(question.as_str().unwrap());
            }
            keep(&mut self.cards, &page["cards"], "question");
            keep(&mut self.concepts, &page["concepts"], "concept");
            self.cursor = Some(page["next_cursor"].as_str().unwrap().to_owned());
            if page["has_more"] == false {
                return pages;
            }
        }
    }

    fn is_like(&self, snapshot: &Value) {
        let (mut cards, mut concepts) = (BTreeMap::new(), BTreeMap::new());
        keep(&mut cards, &snapshot["cards"], "question");
        keep(&mut concepts, &snapshot["concepts"], "concept");
        // How the buttons would be labelled follows the settings; a card that stays is not sent again for it.
        let strip = |cards: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
            let strip = |mut card: Value| card.as_object_mut().unwrap().remove("preview").map(|_| card).unwrap();
            cards.iter().map(|(id, card)| (id.clone(), strip(card.clone()))).collect()
        };
        assert_eq!(strip(&self.cards), strip(&cards));
        // A concept whose last answer was taken back is told as not started, and a snapshot leaves it out. The share
        // moves with the learner's ability, so an older report of it may differ.
        let level = |concept: &Value| concept["level"].clone();
        let told: BTreeMap<&String, Value> =
            self.concepts.iter().map(|(slug, told)| (slug, level(told))).filter(|(_, l)| l != "not_started").collect();
        assert_eq!(told, concepts.iter().map(|(slug, told)| (slug, level(told))).collect());
    }
}

fn keep(into: &mut BTreeMap<String, Value>, told: &Value, key: &str) {
    for item in told.as_array().unwrap() {
        into.insert(item[key].as_str().unwrap().to_owned(), item.clone());
    }
}

/// Forty answers to eight questions over ten days.
async fn forty(learner: &Learner<'_>) -> Vec<Value> {
    let questions = learner.queue("?mode=learn&chapter=3&limit=8").await;
    let answer = |place: usize| {
        let at = NOON.plus_minutes((place as i64 - 60) * 360);
        learner.answer_at(&questions[place % 8], !place.is_multiple_of(3), at)
    };
    (0..40).map(answer).collect()
}

on_both! {
    async fn every_event_comes_once_whatever_the_size_of_a_page(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let events = forty(&learner).await;
        for batch in events.chunks(7).rev() {
            learner.push(batch).await;
        }
        let sent: BTreeSet<String> = events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
        for limit in [1, 7, 40, 500] {
            let mut device = Device::default();
            device.pull(&learner, limit).await;
            assert_eq!(device.seqs, (1..=40).collect::<Vec<_>>(), "pages of {limit}");
            assert_eq!(device.ids.iter().cloned().collect::<BTreeSet<_>>(), sent);
            device.is_like(&learner.get("/v1/snapshot").await);
        }
    }
}

on_both! {
    async fn a_second_device_hears_of_what_changed_and_of_nothing_else(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let events = forty(&learner).await;
        learner.push(&events[..30]).await;
        let mut device = Device::default();
        device.pull(&learner, 500).await;
        let quiet = learner.get(&format!("/v1/changes?cursor={}", device.cursor.clone().unwrap())).await;
        assert_eq!((&quiet["events"], &quiet["cards"], &quiet["concepts"]), (&json!([]), &json!([]), &json!([])));
        assert_eq!((&quiet["retired"], &quiet["has_more"]), (&json!([]), &json!(false)));
        // Late, so everything is folded anew; but one card alone comes out otherwise.
        let late = learner.answer_at(&json!({"id": events[0]["question"], "revision": 1}), false, NOON.plus_minutes(-40_000));
        learner.push(&[late]).await;
        let page = learner.get(&format!("/v1/changes?cursor={}", device.cursor.clone().unwrap())).await;
        assert_eq!(page["cards"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!(page["cards"][0]["question"], events[0]["question"]);
        assert_eq!(page["cards"][0]["version"], 31);
        learner.push(&events[30..]).await;
        device.pull(&learner, 3).await;
        device.is_like(&learner.get("/v1/snapshot").await);
    }
}

on_both! {
    async fn a_concept_that_a_question_no_longer_measures_is_told(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        learner.push(&[learner.answer(&question, true)]).await;
        let page = learner.get("/v1/changes").await;
        let level_of = |page: &Value, slug: &str| {
            let concepts = page["concepts"].as_array().unwrap();
            concepts.iter().find(|told| told["concept"] == slug).map(|told| told["level"].clone())
        };
        let mut bank = real_course().clone();
        let asked = bank.questions.iter_mut().find(|source| question["reference"] == source.question.id.as_str());
        let concepts = &mut asked.unwrap().question.concepts;
        let before = std::mem::take(concepts);
        let other = bank.concepts.iter().map(|concept| &concept.slug).find(|slug| !before.contains(slug)).unwrap();
        concepts.push(other.clone());
        assert_eq!(level_of(&page, &before[0]), Some(json!("learning")));
        world.app.load_bank(&bank).await.unwrap();
        let cursor = page["next_cursor"].as_str().unwrap();
        let page = learner.get(&format!("/v1/changes?cursor={cursor}")).await;
        for concept in &before {
            assert_eq!(level_of(&page, concept), Some(json!("not_started")), "{concept}: {page}");
        }
        assert_eq!(level_of(&page, other), Some(json!("learning")));
        let cursor = page["next_cursor"].as_str().unwrap();
        let page = learner.get(&format!("/v1/changes?cursor={cursor}")).await;
        assert_eq!(page["concepts"], json!([]), "it is told once");
    }
}

on_both! {
    async fn what_is_taken_back_is_gone_on_every_device(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        let answer = learner.answer(&question, true);
        learner.push(std::slice::from_ref(&answer)).await;
        let mut device = Device::default();
        device.pull(&learner, 500).await;
        assert_eq!(device.cards.len(), 1);
        learner.push(&[learner.void(&answer)]).await;
        device.pull(&learner, 500).await;
        assert!(device.cards.is_empty());
        assert!(device.concepts.values().all(|concept| concept["level"] == "not_started"), "{:?}", device.concepts);
        device.is_like(&learner.get("/v1/snapshot").await);
        assert_eq!(device.kinds, ["answer", "void"]);
    }
}

on_both! {
    async fn a_void_before_its_answer_leaves_nothing(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?limit=1").await.remove(0);
        let answer = learner.answer(&question, true);
        learner.push(&[learner.void(&answer)]).await;
        let mut device = Device::default();
        device.pull(&learner, 500).await;
        let receipt = learner.push(&[answer]).await;
        assert_eq!(receipt["results"][0]["status"], "applied");
        device.pull(&learner, 500).await;
        assert!(device.cards.is_empty(), "{:?}", device.cards);
        device.is_like(&learner.get("/v1/snapshot").await);
    }
}

on_both! {
    async fn a_device_need_not_be_sent_its_own_events(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let events = forty(&learner).await;
        let (phone, tablet) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        for (device, events) in [(phone, &events[..10]), (tablet, &events[10..15])] {
            let body = json!({"device_id": device, "events": events});
            assert_eq!(learner.send(Method::POST, "/v1/answers", Some(&body)).await.0, StatusCode::OK);
        }
        let page = learner.get(&format!("/v1/changes?skip_device={phone}")).await;
        assert_eq!(page["events"].as_array().unwrap().len(), 5);
        assert!(page["events"].as_array().unwrap().iter().all(|event| event["device_id"] == json!(tablet)));
        assert_eq!((&page["head"], page["cards"].as_array().unwrap().len()), (&json!(15), 8));
        assert_eq!(page["events"][0]["raw"], events[10], "as the device sent it");
    }
}

on_both! {
    async fn other_settings_reach_devices_without_an_answer(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        learner.push(&forty(&learner).await).await;
        let mut device = Device::default();
        device.pull(&learner, 500).await;
        let enrolment = "/v1/courses/medarbeiderskap/enrolment";
        let choice = json!({"retention": 0.8});
        assert_eq!(learner.send(Method::PUT, enrolment, Some(&choice)).await.0, StatusCode::OK);
        device.pull(&learner, 500).await;
        assert_eq!(device.kinds.last().unwrap(), "refold");
        device.is_like(&learner.get("/v1/snapshot").await);
        assert_eq!(learner.send(Method::PUT, enrolment, Some(&choice)).await.0, StatusCode::OK);
        device.pull(&learner, 500).await;
        assert_eq!(device.seqs, (1..=41).collect::<Vec<_>>(), "the same choice again tells nothing");
    }
}

on_both! {
    async fn a_learner_who_moves_is_due_at_the_new_place_on_every_device(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        learner.push(&forty(&learner).await).await;
        let mut device = Device::default();
        device.pull(&learner, 500).await;
        let enrolment = "/v1/courses/medarbeiderskap/enrolment";
        for choice in [json!({"time_zone": "America/New_York"}), json!({"rollover_hour": 6})] {
            assert_eq!(learner.send(Method::PUT, enrolment, Some(&choice)).await.0, StatusCode::OK);
            device.pull(&learner, 500).await;
            device.is_like(&learner.get("/v1/snapshot").await);
        }
        assert_eq!(device.kinds[40..], ["refold", "refold"]);
    }
}

on_both! {
    async fn a_cursor_of_another_life_is_told_so(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        learner.push(&forty(&learner).await).await;
        let cursor = learner.get("/v1/changes").await["next_cursor"].as_str().unwrap().to_owned();
        let changes = async |cursor: &str| learner.send(Method::GET, &format!("/v1/changes?cursor={cursor}"), None).await;
        assert_eq!(changes("nonsense").await.0, StatusCode::UNPROCESSABLE_ENTITY);
        // As after a backup: the stream is shorter than what the cursor has seen.
        let stranger = world.guest().await;
        let (status, problem) = stranger.send(Method::GET, &format!("/v1/changes?cursor={cursor}"), None).await;
        assert_eq!((status, &problem["code"]), (StatusCode::GONE, &json!("cursor_expired")));
        assert_eq!(changes(&cursor).await.0, StatusCode::OK);
        world.app.renew_epoch().await.unwrap();
        let (status, problem) = changes(&cursor).await;
        assert_eq!((status, &problem["code"]), (StatusCode::GONE, &json!("cursor_expired")));
        let snapshot = learner.get("/v1/snapshot").await;
        assert_ne!(snapshot["epoch"], "e1");
        let cursor = snapshot["cursor"].as_str().unwrap();
        assert_eq!(changes(cursor).await.1["events"], json!([]), "changes go on from the snapshot");
    }
}

#[tokio::test]
async fn a_phone_that_is_opened_costs_few_statements() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if !kind.is_available() {
            continue;
        }
        let (world, count) = World::counting(kind, |_| 1).await;
        let (learner, mut device) = (world.guest().await, Device::default());
        learner.push(&forty(&learner).await).await;
        device.pull(&learner, 200).await;
        let cost = async |path: String| {
            count.store(0, Ordering::SeqCst);
            (learner.get(&path).await, count.load(Ordering::SeqCst))
        };
        let cursor = device.cursor.unwrap();
        let (page, statements) = cost(format!("/v1/changes?cursor={cursor}")).await;
        assert_eq!((&page["next_cursor"], &page["head"]), (&json!(cursor), &json!(device.seqs.len())));
        assert_eq!(statements, 2, "{kind:?}: whether he is up to date, and where his stream ends");
        let (_, statements) = cost("/v1/courses/medarbeiderskap/queue?limit=20".into()).await;
        assert_eq!(statements, 3, "{kind:?}: who he is, what he has met, and what is due");
    }
}

#[tokio::test]
async fn a_snapshot_and_the_scheduler_are_sent_once() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    learner.push(&forty(&learner).await).await;
    for path in ["/v1/snapshot", "/v1/scheduler"] {
        let get = || world.http.get(format!("{}{path}", world.address)).bearer_auth(learner.access());
        let first = get().send().await.unwrap();
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        let again = get().header("If-None-Match", &tag).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert!(again.bytes().await.unwrap().is_empty());
        let choice = json!({"retention": if path == "/v1/snapshot" { 0.8 } else { 0.85 }});
        learner.send(Method::PUT, "/v1/courses/medarbeiderskap/enrolment", Some(&choice)).await;
        let changed = get().header("If-None-Match", &tag).send().await.unwrap();
        assert_eq!(changed.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_snapshot_is_known_until_the_learners_day_begins_and_then_is_not() {
    let (world, cards) = World::counting(Kind::Sqlite, |sql| usize::from(sql.contains("\"card\""))).await;
    let learner = world.guest().await;
    learner.push(&forty(&learner).await).await;
    let get = async |known: &str| {
        // Renews the tokens if they have run out.
        learner.get("/v1/me").await;
        let request = world.http.get(format!("{}/v1/snapshot", world.address)).bearer_auth(learner.access());
        let response = request.header("If-None-Match", known).send().await.unwrap();
        (response.status(), response.headers()["etag"].to_str().unwrap().to_owned())
    };
    let (status, tag) = get("\"none\"").await;
    assert_eq!((status, cards.swap(0, Ordering::Relaxed) > 0), (StatusCode::OK, true));
    // Midnight is 23:00 and the learner's day begins at 03:00, both in UTC.
    for hours in [12, 14, 15] {
        world.later(NOON.plus_minutes(hours * 60).0 / 60_000 - world.clock.now().0 / 60_000);
        assert_eq!(get(&tag).await, (StatusCode::NOT_MODIFIED, tag.clone()), "{hours} hours later");
    }
    assert_eq!(cards.load(Ordering::Relaxed), 0, "nothing is made that need not be sent");
    world.later(60);
    assert_eq!(get(&tag).await.0, StatusCode::OK, "a new day");
}

#[tokio::test]
async fn a_digest_names_each_month_by_count_and_hash() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let question = learner.queue("?limit=1").await.remove(0);
    let at = |days: i64| NOON.plus_minutes(-days * 1440);
    let events = [at(40), at(1), at(0)].map(|at| learner.answer_at(&question, true, at));
    learner.push(&events).await;
    let digest = learner.get("/v1/digest").await;
    let months: Vec<(&str, i64)> = digest["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|month| (month["month"].as_str().unwrap(), month["count"].as_i64().unwrap()))
        .collect();
    assert_eq!(months, [("2026-10", 1), ("2026-11", 2)]);
    let hash = |event: &Value| {
        let id = event["id"].as_str().unwrap();
        id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    assert_eq!(digest["months"][1]["xor"], format!("{:016x}", hash(&events[1]) ^ hash(&events[2])));
}
