//! A learner with a phone.

use super::{World, right, wrong};
use laerd::vocab::{id::LearnerId, time::Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};
use uuid::Uuid;

pub struct Learner<'a> {
    pub world: &'a World,
    pub id: LearnerId,
    tokens: Mutex<(String, String)>,
}

impl<'a> Learner<'a> {
    pub async fn guest(world: &'a World) -> Self {
        let response = world.http.post(format!("{}/v1/guests", world.address)).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::CREATED);
        Self::with_tokens(world, &response.json().await.expect("JSON"))
    }

    pub fn with_tokens(world: &'a World, tokens: &Value) -> Self {
        let text = |name: &str| tokens[name].as_str().expect(name).to_owned();
        let id = LearnerId(text("learner_id").parse().expect("a UUID"));
        Self { world, id, tokens: Mutex::new((text("access_token"), text("refresh_token"))) }
    }

    pub fn access(&self) -> String {
        self.tokens.lock().expect("no test panics while it holds tokens").0.clone()
    }

    pub fn refresh(&self) -> String {
        self.tokens.lock().expect("no test panics while it holds tokens").1.clone()
    }

    /// Status and body of a request; renews the tokens when they have run out, as a phone does.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let first = self.send_once(method.clone(), path, body).await;
        if first.0 != StatusCode::UNAUTHORIZED {
            return first;
        }
        let request = self.world.http.post(format!("{}/v1/tokens/refresh", self.world.address));
        let response = request.json(&json!({"refresh_token": self.refresh()})).send().await.expect("an answer");
        if response.status() != StatusCode::OK {
            return first;
        }
        let renewed = Self::with_tokens(self.world, &response.json().await.expect("JSON"));
        *self.tokens.lock().expect("no test panics while it holds tokens") = (renewed.access(), renewed.refresh());
        self.send_once(method, path, body).await
    }

    /// Status and body of a request with the access token as it is.
    pub async fn send_once(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let request = self.world.http.request(method, format!("{}{path}", self.world.address));
        let request = request.bearer_auth(self.access());
        let request = body.into_iter().fold(request, |request, body| request.json(body));
        let response = request.send().await.expect("an answer");
        let status = response.status();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// The receipt of a batch.
    pub async fn push(&self, events: &[Value]) -> Value {
        let (status, receipt) = self.send(Method::POST, "/v1/answers", Some(&json!({"events": events}))).await;
        assert_eq!(status, StatusCode::OK, "{receipt}");
        receipt
    }

    /// The receipt of one right answer given now.
    pub async fn push_one(&self, question: &Value) -> Value {
        self.push(&[self.answer(question, true)]).await
    }

    pub async fn queue(&self, query: &str) -> Vec<Value> {
        let session = self.get(&format!("/v1/courses/medarbeiderskap/queue{query}")).await;
        session["questions"].as_array().expect("questions").clone()
    }

    /// An answer given now, right or wrong.
    pub fn answer(&self, question: &Value, is_right: bool) -> Value {
        self.answer_at(question, is_right, self.world.clock.now())
    }

    pub fn answer_at(&self, question: &Value, is_right: bool, at: Timestamp) -> Value {
        let known = self.world.question(question["id"].as_str().expect("an id"));
        let response = if is_right { right(&known) } else { wrong(&known) };
        self.event(question, response, at)
    }

    pub fn event(&self, question: &Value, response: Value, at: Timestamp) -> Value {
        json!({
            "kind": "answer", "v": 1, "id": next_id(), "question": question["id"], "revision": question["revision"],
            "answered_at": at.to_string(), "utc_offset_min": 60, "response": response,
        })
    }

    /// `suspend`, `resume` or `set_aside`.
    pub fn hold_at(&self, kind: &str, question: &Value, at: Timestamp) -> Value {
        let at = at.to_string();
        json!({"kind": kind, "v": 1, "id": next_id(), "question": question["id"], "answered_at": at, "utc_offset_min": 60})
    }

    /// A review made with another program.
    pub fn review_at(&self, question: &Value, rating: &str, at: Timestamp) -> Value {
        let at = at.to_string();
        json!({"kind": "review", "v": 1, "id": next_id(), "question": question["id"], "answered_at": at, "rating": rating})
    }

    pub fn void(&self, target: &Value) -> Value {
        let at = self.world.clock.now().to_string();
        json!({"kind": "void", "v": 1, "id": next_id(), "ref": target["id"], "answered_at": at})
    }
}

/// Ids that grow, so that a failing test fails the same way again.
pub fn next_id() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u64_pair(0x0193_0000_0000_7000, 0x8000_0000_0000_0000 | NEXT.fetch_add(1, Ordering::Relaxed))
}
