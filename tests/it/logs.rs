//! What the program logs of a request: what was asked and how it went, and nothing of who asked or about whom.

use crate::support::{Kind, Server, TestDb, on_both, output, prepare, program};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, channel};

/// The real program, its log, and what may not stand in it.
struct Listener {
    server: Server,
    http: reqwest::Client,
    log: Receiver<String>,
    lines: Vec<String>,
}

impl Listener {
    fn new(url: &str) -> Self {
        let (tell, log) = channel();
        let server = Server::heard(url, move |line| _ = tell.send(line.to_owned()));
        Self { server, http: reqwest::Client::new(), log, lines: Vec::new() }
    }

    async fn send(&mut self, method: Method, path: &str, token: &str, body: Value) -> Response {
        let request = self.http.request(method, format!("{}{path}", self.server.address)).bearer_auth(token);
        let key = "0193547f-8a60-7c3e-9b1a-5d2f60718200";
        let response = request.header("idempotency-key", key).json(&body).send().await.unwrap();
        // The line is written before the answer is sent, but comes through a pipe.
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let mut line = String::new();
        while !line.contains(&id) {
            line = self.log.recv().expect("a line for every request");
            self.lines.push(line.clone());
        }
        response
    }
}

#[tokio::test]
async fn the_log_tells_what_was_asked_and_nothing_of_anyone() {
    let database = TestDb::new(Kind::Sqlite).await;
    prepare(&database.url);
    let password = "tre grønne hatter";
    for (name, role) in [("admin.sundvik", "admin"), ("amina.berg", "learner")] {
        let mut add = program();
        add.args(["account", "add", name, "--role", role, "--database-url", &database.url]);
        let (ok, text) = output(add.env("LAERD_PASSWORD", password));
        assert!(ok, "{text}");
    }
    let mut listener = Listener::new(&database.url);
    let credentials = json!({"name": "admin.sundvik", "password": password});
    let tokens: Value = listener.send(Method::POST, "/v1/tokens", "none", credentials).await.json().await.unwrap();
    let (token, learner) = (tokens["access_token"].as_str().unwrap(), tokens["learner_id"].as_str().unwrap());
    let made = listener.send(Method::POST, "/v1/admin/units", token, json!({"name": "Kino"})).await;
    let unit = made.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/admin/units/{unit}");
    let invited = listener.send(Method::PUT, &format!("{path}/invitation"), token, json!({"days": 30})).await;
    let code = invited.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned();
    for (method, path) in [
        (Method::PUT, format!("{path}/leads/amina.berg")),
        (Method::DELETE, format!("{path}/members/amina.berg")),
        (Method::GET, format!("/v1/invitations/{code}")),
        (Method::GET, format!("/v1/invitation/{code}")),
        (Method::GET, format!("/v1/admin/units/{unit}/lead/amina.berg")),
        (Method::GET, "/v1/me?name=amina.berg".to_owned()),
        (Method::GET, "/openapi.json".to_owned()),
    ] {
        listener.send(method, &path, token, Value::Null).await;
    }
    let log = listener.lines.join("\n");
    for secret in ["amina", "sundvik", &code, token, learner, &unit, "hatter"] {
        assert!(!log.contains(secret), "{secret} stands in the log:\n{log}");
    }
    for told in [
        "method=POST path=\"/v1/tokens\" status=200",
        "method=PUT path=\"/v1/admin/units/{unit}/leads/{account}\" status=204",
        "method=GET path=\"/v1/invitations/{code}\" status=200",
        "method=GET path=\"unknown\" status=404",
        "method=GET path=\"/openapi.json\" status=200",
    ] {
        assert!(log.contains(told), "{told} is not in the log:\n{log}");
    }
}

on_both! {
    async fn a_server_that_is_told_to_stop_waits_for_nothing_that_is_done(kind) {
        let database = TestDb::new(kind).await;
        prepare(&database.url);
        let mut listener = Listener::new(&database.url);
        // A client that keeps its connection.
        listener.send(Method::POST, "/v1/guests", "none", Value::Null).await;
        assert!(listener.server.stop());
        let last: Vec<String> = listener.log.iter().collect();
        assert!(last.last().is_some_and(|line| line.contains("stopped")), "{last:?}");
        assert!(last.iter().all(|line| !line.contains(" WARN ")), "{last:?}");
    }
}
