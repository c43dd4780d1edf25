//! The real program: kill −9 in the middle of answering, restart, exit codes.

use crate::support::{Kind, TestDb};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use uuid::Uuid;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_laerd"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env("LAERD_GUESTS_PER_MINUTE", "100000");
    command
}

/// A running server and its address, read from its first log line.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(url: &str) -> Self {
        let mut child = program()
            .args(["serve", "--load", "questions/medarbeiderskap", "--database-url", url, "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = BufReader::new(child.stderr.take().expect("piped"));
        let mut lines = log.lines().map_while(Result::ok);
        let ready = lines.find(|line| line.contains("ready address=")).expect("the server gets ready");
        let address = ready.split("address=").nth(1).and_then(|rest| rest.split(' ').next()).expect("an address");
        let address = format!("http://{address}");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it ends");
    }
}

async fn guest(http: &reqwest::Client, server: &Server) -> String {
    let tokens: Value = http.post(format!("{}/v1/guests", server.address)).send().await.unwrap().json().await.unwrap();
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn questions(http: &reqwest::Client, server: &Server, token: &str) -> Vec<Value> {
    let url = format!("{}/v1/courses/medarbeiderskap/queue?mode=learn&chapter=1&limit=20", server.address);
    let session: Value = http.get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap();
    session["questions"].as_array().unwrap().clone()
}

fn batch(questions: &[Value], number: usize) -> Vec<Value> {
    let now = laerd::clock::Clock::System.now();
    let event = |question: &Value| {
        json!({"kind": "answer", "v": 1, "id": laerd::clock::Ids::random().uuid(), "question": question["id"],
            "revision": question["revision"], "answered_at": now.plus_ms(-60_000 + number as i64).to_string(),
            "response": {"kind": "reveal"}})
    };
    questions.iter().take(4).map(event).collect()
}

/// Pushes batches until the server is gone; the batches that were acknowledged and the one that was under way.
async fn push_until_dead(
    http: reqwest::Client,
    address: String,
    token: String,
    questions: Vec<Value>,
) -> Vec<(Vec<Value>, bool)> {
    let mut pushed = Vec::new();
    for number in 0.. {
        let events = batch(&questions, number);
        let request = http.post(format!("{address}/v1/answers")).bearer_auth(&token).json(&json!({"events": events}));
        let acknowledged = match request.send().await {
            Ok(response) => response.status().is_success() && response.json::<Value>().await.is_ok(),
            Err(_) => false,
        };
        pushed.push((events, acknowledged));
        if !acknowledged {
            break;
        }
    }
    pushed
}

async fn survives_kill(kind: Kind) {
    let test = TestDb::new(kind).await;
    if kind == Kind::Postgres {
        let status =
            program().args(["migrate", "up", "--database-url", &test.url]).stdout(Stdio::null()).status().unwrap();
        assert!(status.success());
    }
    let http = reqwest::Client::new();
    for round in 0..4 {
        let server = Server::start(&test.url);
        let token = guest(&http, &server).await;
        let questions = questions(&http, &server, &token).await;
        let pushing = push_until_dead(http.clone(), server.address.clone(), token.clone(), questions);
        let killing = async {
            tokio::time::sleep(Duration::from_millis(150 + round * 90)).await;
            server.kill();
        };
        let (pushed, ()) = tokio::join!(pushing, killing);
        assert!(pushed.len() > 1, "something was under way");
        let server = Server::start(&test.url);
        verify(&http, &server, &token, &pushed).await;
        server.kill();
    }
}

/// Pushing all again tells what was stored: acknowledged batches are whole, the last is there whole or not at all.
async fn verify(http: &reqwest::Client, server: &Server, token: &str, pushed: &[(Vec<Value>, bool)]) {
    for (events, acknowledged) in pushed {
        let request = http.post(format!("{}/v1/answers", server.address)).bearer_auth(token);
        let receipt: Value = request.json(&json!({"events": events})).send().await.unwrap().json().await.unwrap();
        let statuses: Vec<&str> =
            receipt["results"].as_array().unwrap().iter().map(|result| result["status"].as_str().unwrap()).collect();
        let whole = statuses.iter().all(|status| *status == "duplicate");
        let absent = statuses.iter().all(|status| *status == "applied");
        assert!(whole || absent, "half a batch was stored: {statuses:?}");
        assert!(whole || !acknowledged, "an acknowledged batch is lost");
    }
    let url = format!("{}/v1/courses/medarbeiderskap/progress", server.address);
    let progress: Value = http.get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap();
    let answers: usize = pushed.iter().map(|(events, _)| events.len()).sum();
    assert_eq!(progress["answers"], answers, "every answer is folded once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_answers_survive_kill_9_on_sqlite() {
    survives_kill(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_answers_survive_kill_9_on_postgres() {
    if Kind::Postgres.is_available() {
        survives_kill(Kind::Postgres).await;
    }
}

fn output(arguments: &[&str], folder: &std::path::Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_laerd"));
    let output = command.args(arguments).current_dir(folder).env_remove("LAERD_DATABASE_URL").output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn the_command_line_does_what_its_help_says() {
    let folder = tempfile::tempdir().unwrap();
    let course = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("questions/medarbeiderskap");
    let course = course.to_str().unwrap();
    for command in
        [vec!["serve"], vec!["migrate"], vec!["migrate", "down"], vec!["bank", "check"], vec!["account", "add"]]
    {
        let (ok, text) = output(&[command.as_slice(), &["--help"]].concat(), folder.path());
        assert!(ok && text.contains("Usage:") && text.lines().count() > 8, "{command:?}: {text}");
    }
    let (ok, text) = output(&["bank", "check", course], folder.path());
    assert!(ok && text.contains("96 concepts, 8 chapters"), "{text}");
    let (ok, text) = output(&["migrate", "status"], folder.path());
    assert!(ok && text.contains("missing  m20261123_000001_course"), "{text}");
    let (ok, text) = output(&["bank", "load", course], folder.path());
    assert!(ok && text.contains("0 unchanged, 0 retired"), "{text}");
    let (ok, text) = output(&["bank", "load", course], folder.path());
    assert!(ok && text.contains(": 0 new, 0 changed"), "{text}");
    let (ok, text) = output(&["bank", "check", "nowhere"], folder.path());
    assert!(!ok && text.contains("nowhere cannot be read"), "{text}");
    std::fs::write(folder.path().join("laerd.toml"), "lisen = \"x\"").unwrap();
    let (ok, text) = output(&["migrate", "status", "--config", "laerd.toml"], folder.path());
    assert!(!ok && text.contains("lisen"), "{text}");
}

#[test]
fn an_account_is_added_with_a_password_from_standard_input() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let add = |password: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_laerd"))
            .args(["account", "add", "admin.no", "--role", "admin"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (ok, text) = add("kort");
    assert!(!ok && text.contains("10 to 128"), "{text}");
    let (ok, text) = add("en lang nok setning");
    assert!(ok && text.contains("added admin.no (admin)"), "{text}");
    let (ok, text) = add("en lang nok setning");
    assert!(!ok && text.contains("taken"), "{text}");
}

#[test]
fn ids_for_events_are_unique() {
    let ids = laerd::clock::Ids::random();
    let drawn: std::collections::HashSet<Uuid> = (0..1000).map(|_| ids.uuid()).collect();
    assert_eq!(drawn.len(), 1000);
}
