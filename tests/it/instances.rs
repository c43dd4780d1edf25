//! Two instances on one PostgreSQL, directly and through a pooler that gives out its connections per transaction.

use crate::support::{Kind, NOON, TestDb, real_course, right, wrong};
use futures_util::future::{join, join_all};
use laerd::{
    api::{self, edge},
    app::{App, CardView, ChangesRequest, Rates},
    clock::{Clock, Ids},
    domain::question::Question,
    server,
    store::{Connection, Db, open},
    vocab::id::QuestionId,
};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Connections the pooler has to PostgreSQL; the instances have more to the pooler.
const SERVER_CONNECTIONS: i64 = 3;

/// PgBouncer before the server of the tests.
struct Pooler {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    /// Debian has it in a folder that is not in everybody's path.
    fn is_available() -> bool {
        let found = command().arg("--version").stdout(Stdio::null()).status().is_ok();
        assert!(found || std::env::var_os("CI").is_none(), "CI must have pgbouncer: a skipped suite is a failure");
        if !found {
            eprintln!("skipped: pgbouncer is not installed");
        }
        found
    }

    /// Between us and the server of `url`.
    async fn start(url: &str) -> Self {
        let (user, address) = url.split_once("://").unwrap().1.split_once('@').expect("a URL with a user");
        let login = match user.split_once(':') {
            Some((user, password)) => format!("user={user} password={password}"),
            None => format!("user={user}"),
        };
        let (host, port) = address.split('/').next().unwrap().split_once(':').unwrap_or((address, "5432"));
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "[databases]\n* = host={host} port={port} {login}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {free}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = {SERVER_CONNECTIONS}\nmax_client_conn = 100\n"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        let mut command = command();
        if std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0) {
            command.args(["-u", "nobody"]); // it refuses to run as root
        }
        let child = command.arg(&file).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Self { child, port: free, _folder: folder };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", free)).await.is_ok() {
                return pooler;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("pgbouncer does not listen");
    }

    /// The database of `url`, through here.
    fn url(&self, url: &str) -> String {
        format!("postgres://laerd@127.0.0.1:{}/{}", self.port, url.rsplit('/').next().unwrap())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command() -> Command {
    let mut command = Command::new("pgbouncer");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin"));
    command
}

/// One of several processes on the database.
struct Instance {
    app: Arc<App>,
    address: String,
    http: reqwest::Client,
    stop: CancellationToken,
}

impl Instance {
    async fn start(db: Db, seed: u64) -> Self {
        let many = NonZeroU32::new(1_000_000).unwrap();
        let (clock, rates) = (Clock::fixed(NOON), Rates::per_minute(many, many));
        let app = App::new(db, clock, Ids::seeded(seed), rates).await.unwrap();
        app.load_bank(real_course()).await.unwrap();
        let listener = server::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, routes) = (CancellationToken::new(), api::routes(&app, edge::Settings::default()));
        app.tasks.spawn(server::serve(listener, routes, 256, stop.clone()));
        Self { app, address, http: reqwest::Client::new(), stop }
    }

    async fn guest(&self) -> String {
        let response = self.http.post(format!("{}/v1/guests", self.address)).send().await.unwrap();
        response.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        let url = format!("{}/v1/courses/medarbeiderskap/{path}", self.address);
        let response = self.http.get(url).bearer_auth(token).send().await.unwrap();
        let (status, body) = (response.status(), response.json().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    async fn push(&self, token: &str, events: &[Value]) -> Value {
        let request = self.http.post(format!("{}/v1/answers", self.address)).bearer_auth(token);
        let response = request.json(&json!({"events": events})).send().await.unwrap();
        let (status, receipt) = (response.status(), response.json::<Value>().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{receipt}");
        receipt
    }

    fn question(&self, id: &str) -> Arc<Question> {
        let id = QuestionId(id.parse().unwrap());
        Arc::clone(&self.app.catalogue().course_of(id).unwrap().entry(id).unwrap().question)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What one device answered, in batches.
fn batches(instance: &Instance, questions: &[Value], device: i64) -> Vec<Vec<Value>> {
    let event = |number: i64| {
        let question = &questions[((number * 7 + device * 3) as usize) % questions.len()];
        let known = instance.question(question["id"].as_str().unwrap());
        let response = if (number + device) % 3 == 0 { wrong(&known) } else { right(&known) };
        // The devices answered at the same time, a day ago and since.
        let at = NOON.plus_minutes(-1_500 + number * 60 + device);
        json!({"kind": "answer", "v": 1, "id": laerd::clock::Ids::random().uuid(), "question": question["id"],
            "revision": question["revision"], "answered_at": at.to_string(), "utc_offset_min": 60, "response": response})
    };
    let events: Vec<Value> = (0..24).map(event).collect();
    events.chunks(3).map(<[Value]>::to_vec).collect()
}

/// A device that sends its batches one after the other, every other one twice, and reads in between.
async fn study(instance: &Instance, token: &str, batches: &[Vec<Value>]) {
    for (number, batch) in batches.iter().enumerate() {
        let sends = [batch; 2];
        for batch in &sends[..1 + number % 2] {
            let receipt = instance.push(token, batch).await;
            let results = receipt["results"].as_array().unwrap();
            assert!(results.iter().all(|result| result["status"] != "rejected"), "{receipt}");
        }
        join(instance.get(token, "queue?limit=5"), instance.get(token, "progress")).await;
    }
}

/// A device that reads while the others write, now from one instance and now from the other; it ends with what it has
/// been told of his cards, in the order of their questions.
async fn follow(instances: [&Instance; 2], token: &str, events: i64) -> Vec<CardView> {
    let (mut cursor, mut seen, mut cards) = (None, 0, BTreeMap::new());
    for turn in 0.. {
        let app = &instances[turn % 2].app;
        let caller = app.authenticate(token).await.unwrap();
        let page = app.changes(caller, ChangesRequest { cursor, limit: 7, skip_device: None }).await.unwrap();
        for event in &page.events {
            assert_eq!(event.seq, seen + 1, "a number is missing or comes twice");
            seen = event.seq;
        }
        cards.extend(page.state.cards.into_iter().map(|card| (card.question, card)));
        cursor = Some(page.next_cursor);
        if seen == events && !page.has_more {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cards.into_values().collect()
}

async fn snapshot(instance: &Instance, token: &str) -> Vec<CardView> {
    let caller = instance.app.authenticate(token).await.unwrap();
    let mut cards = instance.app.snapshot(caller).await.unwrap().state.cards;
    cards.sort_by_key(|card| card.question);
    cards
}

/// What a learner sees of his state, without what only says when he was asked.
async fn seen(instance: &Instance, token: &str) -> (Value, Value) {
    join(instance.get(token, "mastery"), instance.get(token, "progress")).await
}

async fn server_connections(database: &TestDb) -> i64 {
    let direct = open::connect(&database.url, 1).await.unwrap();
    let sql =
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let row = direct.inner().query_one_raw(Statement::from_string(DatabaseBackend::Postgres, sql)).await.unwrap();
    let count = row.unwrap().try_get("", "n").unwrap();
    direct.close().await.unwrap();
    count
}

/// Devices of six learners push to both instances at once while others follow; all end as one who sent all at once.
async fn both_end_with_the_same_state(url: &str) {
    let first = open::connect(url, 6).await.unwrap();
    open::migrate_up(&first).await.unwrap();
    let second = open::open(url, 6).await.unwrap();
    let (one, two) = (Instance::start(first, 1).await, Instance::start(second, 2).await);
    let learners = join_all((0..6).map(|number| if number % 2 == 0 { one.guest() } else { two.guest() })).await;
    let questions = one.get(&learners[0], "queue?mode=learn&chapter=1&limit=10").await["questions"].clone();
    let questions = questions.as_array().unwrap();
    let devices = [batches(&one, questions, 0), batches(&one, questions, 1)];
    let lives = learners.iter().map(|token| {
        let pushes = join(study(&one, token, &devices[0]), study(&two, token, &devices[1]));
        join(pushes, follow([&one, &two], token, 48))
    });
    let followed: Vec<Vec<CardView>> = join_all(lives).await.into_iter().map(|(_, cards)| cards).collect();

    let whole = one.guest().await;
    assert_eq!(one.push(&whole, &devices.concat().concat()).await["head"], 48);
    let expected = seen(&one, &whole).await;
    assert_eq!(expected.1["answers"], 48);
    for (token, told) in learners.iter().zip(&followed) {
        assert_eq!(*told, snapshot(&two, token).await, "who followed knows what there is");
        assert_eq!(one.push(token, &[]).await["head"], 48, "each event once");
        assert_eq!(seen(&one, token).await, expected, "as if one device had sent all of it at once");
        assert_eq!(seen(&two, token).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_on_one_database_end_with_the_same_state() {
    if Kind::Postgres.is_available() {
        let database = TestDb::new(Kind::Postgres).await;
        both_end_with_the_same_state(&database.url).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_behind_a_pooler_end_with_the_same_state() {
    if !Kind::Postgres.is_available() || !Pooler::is_available() {
        return;
    }
    let database = TestDb::new(Kind::Postgres).await;
    let pooler = Pooler::start(&database.url).await;
    both_end_with_the_same_state(&format!("{}?pooler=transaction", pooler.url(&database.url))).await;
    let count = server_connections(&database).await;
    assert!((1..=SERVER_CONNECTIONS).contains(&count), "{count} connections for two pools of six");
}

#[tokio::test]
async fn a_pooler_nobody_told_of_is_named() {
    if !Kind::Postgres.is_available() || !Pooler::is_available() {
        return;
    }
    let database = TestDb::new(Kind::Postgres).await;
    let pooler = Pooler::start(&database.url).await;
    let error = open::connect(&pooler.url(&database.url), 1).await.err().expect("refused").to_string();
    assert!(error.contains("?pooler=transaction"), "{error}");
    let error = open::connect("postgres://h/d?sslmode=disable&pooler=session", 1).await.err().expect("refused");
    assert!(error.to_string().contains("not `session`"), "{error}");
}
