//! Phones that push without rest and keep what they sent until it is acknowledged; and what must be true of the
//! database afterwards, whatever happened to the server meanwhile.

use laerd::{
    clock::Clock,
    store::{
        Connection,
        entity::{event, learner},
        open,
    },
    vocab::id::LearnerId,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::{Response, StatusCode, header};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One connection of a learner, who may have several.
pub struct Device {
    http: reqwest::Client,
    token: String,
    pub learner: LearnerId,
    questions: Vec<Value>,
    rng: StdRng,
    /// Sent and not acknowledged, with the number of times it was sent.
    pending: Option<(Vec<Value>, u32)>,
    acknowledged: Vec<Vec<Uuid>>,
    sent: u64,
    /// Batches that were stored though the answer to them was lost.
    pub unheard: u64,
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Push {
    Acknowledged,
    /// 503 with `Retry-After`.
    Unavailable,
    /// The server was gone before it answered.
    Lost,
}

impl Device {
    /// A new guest with `count` devices.
    pub async fn guests(address: &str, count: usize, rng: &mut StdRng) -> Vec<Self> {
        let http = reqwest::Client::new();
        let tokens: Value = json_of(http.post(format!("{address}/v1/guests")).send().await.unwrap()).await;
        let token = tokens["access_token"].as_str().unwrap().to_owned();
        let learner = LearnerId(tokens["learner_id"].as_str().unwrap().parse().unwrap());
        let url = format!("{address}/v1/courses/medarbeiderskap/queue?mode=learn&chapter=1&limit=50");
        let session = json_of(http.get(url).bearer_auth(&token).send().await.unwrap()).await;
        let questions = session["questions"].as_array().unwrap();
        let questions = questions.iter().filter(|question| question["body"]["options"].is_array());
        let questions: Vec<Value> = questions.cloned().collect();
        assert!(questions.len() > 5, "questions with options: {session}");
        let device = |_| Self {
            http: reqwest::Client::new(),
            token: token.clone(),
            learner,
            questions: questions.clone(),
            rng: StdRng::seed_from_u64(rng.random()),
            pending: None,
            acknowledged: Vec::new(),
            sent: 0,
            unheard: 0,
        };
        (0..count).map(device).collect()
    }

    /// Sends what is still unacknowledged, else something new. Panics at any answer a phone must not get.
    pub async fn push(&mut self, address: &str) -> Push {
        let (events, before) = match self.pending.take() {
            Some(pending) => pending,
            None => (self.batch(), 0),
        };
        let request = self.http.post(format!("{address}/v1/answers")).bearer_auth(&self.token);
        let sent = request.json(&json!({"events": events})).send().await;
        let ids = ids_of(&events);
        self.pending = Some((events, before + 1));
        let Ok(response) = sent else { return Push::Lost };
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            assert_is_unavailable(response).await;
            return Push::Unavailable;
        }
        let status = response.status();
        let Ok(body) = response.bytes().await else { return Push::Lost };
        let receipt: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert_eq!(status, StatusCode::OK, "{receipt}");
        self.unheard += u64::from(is_repeat(&receipt, before));
        self.acknowledged.push(ids);
        self.pending = None;
        Push::Acknowledged
    }

    /// Status of a read; panics at any answer a phone must not get.
    pub async fn read(&self, address: &str, path: &str) -> StatusCode {
        let request = self.http.get(format!("{address}/v1/courses/medarbeiderskap/{path}")).bearer_auth(&self.token);
        let response = request.send().await.unwrap();
        let status = response.status();
        match status {
            StatusCode::SERVICE_UNAVAILABLE => assert_is_unavailable(response).await,
            _ => assert_eq!(status, StatusCode::OK, "{path}: {:?}", response.text().await),
        }
        status
    }

    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// All that was sent: the acknowledged first, in their order, and then the one that is pending.
    pub fn batches(&self) -> impl Iterator<Item = Vec<Uuid>> {
        let pending = self.pending.iter().map(|(events, _)| ids_of(events));
        self.acknowledged.iter().cloned().chain(pending)
    }

    pub fn has_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// One to eight events: answers of now, answers that come late, and now and then something taken back.
    fn batch(&mut self) -> Vec<Value> {
        let size = self.rng.random_range(1..=8);
        (0..size).map(|_| self.event()).collect()
    }

    fn event(&mut self) -> Value {
        let id = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid();
        self.sent += 1;
        let late = match self.rng.random_range(0..8) {
            0 => self.rng.random_range(0..3 * 24 * 3_600_000),
            _ => 0,
        };
        let at = Clock::System.now().plus_ms(-60_000 + self.sent as i64 - late).to_string();
        if let (0, Some(target)) =
            (self.rng.random_range(0..20), self.acknowledged.last().and_then(|batch| batch.first()))
        {
            return json!({"kind": "void", "v": 1, "id": id, "ref": target, "answered_at": at});
        }
        let question = &self.questions[self.rng.random_range(0..self.questions.len())];
        let options = question["body"]["options"].as_array().unwrap();
        let option = &options[self.rng.random_range(0..options.len())]["id"];
        json!({"kind": "answer", "v": 1, "id": id, "question": question["id"], "revision": question["revision"],
            "answered_at": at, "utc_offset_min": 60, "response": {"kind": "choice", "options": [option]}})
    }
}

/// What a refused phone may rely on: it is told to come again, and when.
async fn assert_is_unavailable(response: Response) {
    let headers = response.headers().clone();
    let problem = json_of(response).await;
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json", "{problem}");
    let wait = headers.get(header::RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse::<u64>().ok());
    assert!(wait.is_some_and(|seconds| seconds > 0), "{headers:?}");
    assert_eq!(problem["code"], "unavailable", "{problem}");
}

/// Whether the batch was stored at an earlier try. It is there whole or not at all.
fn is_repeat(receipt: &Value, tries_before: u32) -> bool {
    let results = receipt["results"].as_array().expect("results");
    let status = results[0]["status"].as_str().expect("a status");
    assert!(results.iter().all(|result| result["status"] == status), "half a batch was stored: {receipt}");
    match status {
        "applied" => false,
        "duplicate" if tries_before > 0 => true,
        _ => panic!("a batch sent {tries_before} times before: {receipt}"),
    }
}

async fn json_of(response: Response) -> Value {
    let text = response.text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
}

fn ids_of(events: &[Value]) -> Vec<Uuid> {
    events.iter().map(|event| event["id"].as_str().expect("an id").parse().expect("a UUID")).collect()
}

/// What is acknowledged is stored; what is not is there whole or not at all; nothing else is there; every stream is
/// numbered from 1 to its head.
pub async fn assert_nothing_is_lost(url: &str, devices: &[Device]) {
    let db = open::connect(url, 1).await.expect("the database opens");
    let mut learners: BTreeMap<LearnerId, Vec<&Device>> = BTreeMap::new();
    for device in devices {
        learners.entry(device.learner).or_default().push(device);
    }
    for (id, devices) in learners {
        let log = event::Entity::find().select_only().columns([event::Column::Id, event::Column::Seq]);
        let log = log.filter(event::Column::LearnerId.eq(id.0)).order_by_asc(event::Column::Seq);
        let log: Vec<(Uuid, i64)> = log.into_tuple().all(db.inner()).await.expect("the log");
        let row = learner::Entity::find_by_id(id.0).one(db.inner()).await.expect("the learner");
        let seqs: Vec<i64> = log.iter().map(|(_, seq)| *seq).collect();
        assert_eq!(seqs, (1..=row.expect("a learner").head).collect::<Vec<_>>(), "a stream has no gaps");
        let mut stored: BTreeSet<Uuid> = log.iter().map(|(id, _)| *id).collect();
        assert_eq!(stored.len(), log.len(), "no event twice");
        for device in devices {
            for id in device.acknowledged.iter().flatten() {
                assert!(stored.remove(id), "an acknowledged answer is lost");
            }
            let pending = device.pending.iter().flat_map(|(events, _)| ids_of(events));
            let there: Vec<bool> = pending.map(|id| stored.remove(&id)).collect();
            assert!(there.windows(2).all(|pair| pair[0] == pair[1]), "half a batch is stored");
        }
        assert_eq!(stored.len(), 0, "nothing is stored that was not sent");
    }
    db.close().await.expect("the database closes");
}

/// The events of all acknowledged batches.
pub fn events_of(devices: &[Device]) -> usize {
    devices.iter().flat_map(|device| &device.acknowledged).map(Vec::len).sum()
}
