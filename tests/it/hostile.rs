//! Bodies made to hurt: each gets a problem or a rejection of its own, and the program stays small and alive.

use crate::support::{Kind, TestDb, World, on_both};
use async_compression::{
    Level,
    tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder},
    zstd::CParameter,
};
use futures_util::{StreamExt, stream};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

/// The real program on a database of its own.
struct Program {
    child: Child,
    host: String,
    http: reqwest::Client,
    _database: TestDb,
}

/// A request to `/v1/answers` and the code of the problem it must get.
struct Attack {
    name: &'static str,
    kind: &'static str,
    encoding: &'static str,
    body: Vec<u8>,
    code: &'static str,
}

const MEGABYTE: usize = 1024 * 1024;

impl Program {
    async fn start(kind: Kind) -> Self {
        let database = TestDb::new(kind).await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_laerd"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env("LAERD_DATABASE_URL", &database.url);
        if kind == Kind::Postgres {
            assert!(command.args(["migrate", "up"]).stdout(Stdio::null()).status().unwrap().success());
            command = Command::new(env!("CARGO_BIN_EXE_laerd"));
            command.current_dir(env!("CARGO_MANIFEST_DIR")).env("LAERD_DATABASE_URL", &database.url);
        }
        command.args(["serve", "--load", "questions/medarbeiderskap", "--listen", "127.0.0.1:0"]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let ready = lines.find(|line| line.contains("ready address=")).expect("the server gets ready");
        let host = ready.split("address=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, host, http: reqwest::Client::new(), _database: database }
    }

    async fn guest(&self) -> String {
        let response = self.http.post(format!("http://{}/v1/guests", self.host)).send().await.unwrap();
        response.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    async fn question(&self, token: &str) -> Value {
        let url = format!("http://{}/v1/courses/medarbeiderskap/queue?limit=1", self.host);
        let session: Value = self.http.get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap();
        session["questions"][0].clone()
    }

    async fn post(&self, token: &str, attack: &Attack) -> (StatusCode, Value) {
        let request = self.http.post(format!("http://{}/v1/answers", self.host)).bearer_auth(token);
        let request =
            request.header(header::CONTENT_TYPE, attack.kind).header(header::CONTENT_ENCODING, attack.encoding);
        let response =
            request.body(attack.body.clone()).send().await.unwrap_or_else(|e| panic!("{}: {e:?}", attack.name));
        let (status, kind) = (response.status(), response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned());
        let body = response.json().await.unwrap_or_else(|e| panic!("{}: {e:?}", attack.name));
        let expected = if status.is_success() { "application/json" } else { "application/problem+json" };
        assert!(kind.starts_with(expected), "{}: {status} {kind}", attack.name);
        (status, body)
    }

    async fn push(&self, token: &str, events: &[String]) -> (StatusCode, Value) {
        let body = format!(r#"{{"events":[{}]}}"#, events.join(","));
        self.post(token, &plain("events", body, "")).await
    }

    /// The most it ever held in memory, in MB.
    fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn plain(name: &'static str, body: impl Into<Vec<u8>>, code: &'static str) -> Attack {
    Attack { name, kind: "application/json", encoding: "identity", body: body.into(), code }
}

async fn pack(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    macro_rules! pack {
        ($encoder:expr) => {{
            let mut encoder = $encoder;
            encoder.write_all(bytes).await.unwrap();
            encoder.shutdown().await.unwrap();
            encoder.into_inner()
        }};
    }
    match encoding {
        "gzip" => pack!(GzipEncoder::new(Vec::new())),
        "br" => pack!(BrotliEncoder::with_quality(Vec::new(), Level::Precise(4))),
        "wide zstd" => {
            let window = CParameter::window_log(27);
            pack!(ZstdEncoder::with_quality_and_params(Vec::new(), Level::Precise(1), &[window]))
        }
        _ => pack!(ZstdEncoder::new(Vec::new())),
    }
}

fn deep(open: &str, close: &str, depth: usize) -> String {
    format!("{}0{}", open.repeat(depth), close.repeat(depth))
}

fn attacks_on_the_envelope() -> Vec<Attack> {
    let within = |start: &str, end: &str, inner: String| format!("{start}{inner}{end}");
    vec![
        plain("deep lists", deep("[", "]", 500_000), "invalid_request"),
        plain("deep objects", deep(r#"{"a":"#, "}", 170_000), "invalid_request"),
        plain("a deep client", within(r#"{"events":[],"client":"#, "}", deep("[", "]", 400_000)), "invalid_request"),
        plain("a deep unknown", within(r#"{"events":[],"x":"#, "}", deep("[", "]", 400_000)), "invalid_request"),
        plain("tiny events", within(r#"{"events":["#, "]}", vec!["1"; 500_000].join(",")), "invalid_request"),
        plain("a million events", within(r#"{"events":["#, "]}", vec!["{}"; 1_000_000].join(",")), "too_large"),
        plain("a long name", within("{\"", "\":1}", "x".repeat(1_000_000)), "invalid_request"),
        plain("a long text", within(r#"{"events":[],"sent_at":""#, "\"", "x".repeat(MEGABYTE - 30)), "malformed_json"),
        plain("events twice", r#"{"events":[],"events":[]}"#, "invalid_request"),
        plain("a client twice", r#"{"events":[],"client":{"app":"a","app":"b","version":"1"}}"#, "invalid_request"),
        plain("a huge number", r#"{"events":1e999}"#, "malformed_json"),
        plain("a long number", within(r#"{"events":["#, "]}", "9".repeat(900_000)), ""),
        plain("bad UTF-8", b"{\"events\":[\"\xff\xfe\"]}".to_vec(), "malformed_json"),
        plain("an overlong NUL", b"{\"events\":[\"\xc0\x80\"]}".to_vec(), "malformed_json"),
        plain("NUL", b"{\"events\":[\0]}".to_vec(), "malformed_json"),
        plain("zeros", vec![0; MEGABYTE], "malformed_json"),
        plain("nothing", "", "malformed_json"),
        plain("half", r#"{"events":["#, "malformed_json"),
        Attack { kind: "text/plain", ..plain("plain text", r#"{"events":[]}"#, "unsupported_media_type") },
        Attack { kind: "multipart/form-data; boundary=x", ..plain("a form", "--x--", "unsupported_media_type") },
        Attack { kind: "application/jsonx", ..plain("nearly JSON", r#"{"events":[]}"#, "unsupported_media_type") },
        Attack { encoding: "deflate", ..plain("deflate", "x", "unsupported_encoding") },
        Attack { encoding: "gzip, gzip", ..plain("packed twice", "x", "unsupported_encoding") },
    ]
}

async fn packed_attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    let events = format!(r#"{{"events":[{}]}}"#, vec!["{}"; 1_000_000].join(","));
    for encoding in ["gzip", "br", "zstd"] {
        let packed = |name, body, code| Attack { encoding, ..plain(name, body, code) };
        attacks.push(packed("a bomb", pack(encoding, &vec![b' '; 64 * MEGABYTE]).await, "too_large"));
        attacks.push(packed("a million packed events", pack(encoding, events.as_bytes()).await, "too_large"));
        let mut cut = pack(encoding, br#"{"events":[]}"#).await;
        cut.truncate(cut.len() / 2);
        attacks.push(packed("a cut stream", cut, "malformed_json"));
        attacks.push(packed("no stream", b"not packed at all".to_vec(), "malformed_json"));
        attacks.push(packed("an empty stream", Vec::new(), "malformed_json"));
        let twice = pack(encoding, &pack(encoding, br#"{"events":[]}"#).await).await;
        attacks.push(packed("a stream in a stream", twice, "malformed_json"));
    }
    let wide = pack("wide zstd", &vec![b' '; 8 * MEGABYTE]).await;
    attacks.push(Attack { encoding: "zstd", ..plain("a window of 128 MiB", wide, "malformed_json") });
    let wide = [&[0x11, 30][..], &[0xff; 64]].concat();
    attacks.push(Attack { encoding: "br", ..plain("a window of 1 GiB", wide, "malformed_json") });
    attacks
}

/// Events as text, each with the pointer of its rejection.
fn attacks_on_an_event(question: &Value) -> Vec<(String, &'static str)> {
    let id = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_dead_0001);
    let event = |fields: &str, response: &str| {
        let (question, revision) = (&question["id"], &question["revision"]);
        let fields = format!(r#""id":"{id}","question":{question},"revision":{revision},{fields}"#);
        format!(r#"{{"kind":"answer","v":1,"answered_at":"2026-11-23T10:00:00Z",{fields}"response":{response}}}"#)
    };
    let reveal = r#"{"kind":"reveal"}"#;
    let text = |text: &str| event("", &format!(r#"{{"kind":"text","text":"{text}"}}"#));
    let deep_lists = deep("[", "]", 5_000);
    vec![
        (event(&format!(r#""x":{deep_lists},"#), reveal), ""),
        (event(&format!(r#""x":{},"#, deep(r#"{"a":"#, "}", 2_000)), reveal), ""),
        (event("", &deep_lists), ""),
        (deep_lists, ""),
        (event(&format!(r#""x":"{}","#, "x".repeat(900_000)), reveal), ""),
        (event(&format!(r#""x":[{}0],"#, "0,".repeat(9_000)), reveal), ""),
        (event(r#""x":1,"x":2,"#, reveal), "/x"),
        (event(r#""v":2,"#, reveal), "/v"),
        (event(r#""kind":"void","#, reveal), "/kind"),
        (event(r#""x":{"y":[0,{"z":1,"\u007a":2}]},"#, reveal), "/x/y/1/z"),
        (event("", r#"{"kind":"reveal","kind":"seen"}"#), "/response/kind"),
        (event(r#""x":1e999,"#, reveal), "/x"),
        (event(r#""x":-1e999,"#, reveal), "/x"),
        (event(r#""clock_offset_ms":-9223372036854775808,"#, reveal), "/clock_offset_ms"),
        (event(r#""clock_offset_ms":9223372036854775808,"#, reveal), "/clock_offset_ms"),
        (event(r#""utc_offset_min":99999,"#, reveal), "/utc_offset_min"),
        (event(r#""hints":-1,"#, reveal), "/hints"),
        (text("\\ud800"), "/response/text"),
        (event(r#""x":"\udc00\ud800","#, reveal), "/x"),
        (event("", r#"{"kind":"choice","options":[[[[]]]]}"#), "/response"),
        (event("", r#"{"kind":"\u0000"}"#), "/response/kind"),
        ("1".into(), "/kind"),
        ("null".into(), "/kind"),
        (r#""\u0000""#.into(), "/kind"),
        ("[]".into(), "/kind"),
        ("{}".into(), "/kind"),
        (r#"{"kind":"answer","v":1}"#.into(), "/id"),
        (format!(r#"{{"kind":"void","v":1,"id":"{id}","ref":"{id}","answered_at":"2026-11-23T10:00:00Z"}}"#), "/ref"),
    ]
}

fn honest(question: &Value, padding: usize) -> String {
    padded(question, json!("\u{0}".repeat(padding)))
}

fn padded(question: &Value, padding: Value) -> String {
    let at = laerd::clock::Clock::System.now().plus_ms(-60_000).to_string();
    json!({"kind": "answer", "v": 1, "id": laerd::clock::Ids::random().uuid(), "question": question["id"],
        "revision": question["revision"], "answered_at": at, "response": {"kind": "reveal"}, "x": padding})
    .to_string()
}

async fn each_gets_what_it_deserves(program: &Program, token: &str, question: &Value) {
    let mut wrong = Vec::new();
    for attack in attacks_on_the_envelope().iter().chain(&packed_attacks().await) {
        let (status, problem) = program.post(token, attack).await;
        let is_told = attack.code.is_empty() || problem["code"] == attack.code;
        // Nobody needs his own megabyte back.
        if !is_told || problem.to_string().len() > 2_000 || status == StatusCode::INTERNAL_SERVER_ERROR {
            wrong.push(format!("{} {}: {status} {problem:.300}", attack.encoding, attack.name));
        }
    }
    for (event, pointer) in attacks_on_an_event(question) {
        let (status, receipt) = program.push(token, &[event.clone(), honest(question, 1)]).await;
        let (first, neighbour) = (&receipt["results"][0], &receipt["results"][1]);
        let is_rejected = first["status"] == "rejected" && first["pointer"].as_str().unwrap_or_default() == pointer;
        if status != StatusCode::OK || !is_rejected || neighbour["status"] != "applied" {
            wrong.push(format!("{event:.300}, wanted {pointer:?}: {status} {first} {receipt:.300}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A body that never gets on: the head promises a megabyte, and after half of it nothing comes.
async fn slow_body(host: &str, token: &str) -> String {
    let mut slow = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /v1/answers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {MEGABYTE}\r\n\r\n"
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let _ = slow.write_all(&vec![b' '; MEGABYTE / 2]).await;
    let mut answer = vec![0; 4096];
    let read = slow.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

/// All of them many times at once, and honest megabytes that go all the way to the database.
async fn a_flood(program: &Program, token: &str, question: &Value) {
    let mut flood = Vec::new();
    for _ in 0..4 {
        flood.extend(attacks_on_the_envelope());
        flood.extend(packed_attacks().await);
        let events: Vec<String> = attacks_on_an_event(question).into_iter().map(|(event, _)| event).collect();
        flood.extend(events.iter().map(|event| plain("an event", format!(r#"{{"events":[{event}]}}"#), "")));
        for _ in 0..12 {
            let heavy: Vec<String> = (0..64).map(|_| honest(question, 2_600)).collect();
            flood.push(plain("a heavy batch", format!(r#"{{"events":[{}]}}"#, heavy.join(",")), ""));
        }
    }
    let sent = stream::iter(flood).map(|attack| async move { program.post(token, &attack).await.0 });
    let statuses: Vec<StatusCode> = sent.buffer_unordered(128).collect().await;
    let bad = statuses.iter().filter(|status| **status == StatusCode::INTERNAL_SERVER_ERROR).count();
    assert_eq!(bad, 0, "of {}", statuses.len());
    assert!(statuses.iter().filter(|status| status.is_success()).count() > 100, "honest ones get through");
}

/// A learner whose events take sixteen times their length in memory once they are read.
async fn a_log_to_hurt(program: &Program, question: &Value) -> String {
    let token = program.guest().await;
    for _ in 0..8 {
        let long: Vec<String> = (0..60).map(|_| padded(question, json!(vec![0; 8_000]))).collect();
        let (status, receipt) = program.push(&token, &long).await;
        assert!(status.is_success() && receipt["results"][59]["status"] == "applied", "{status} {receipt:.300}");
    }
    token
}

/// Pages of it, many at once.
async fn a_flood_of_reads(program: &Program, token: &str) {
    let url = &format!("http://{}/v1/changes?limit=500", program.host);
    let read = |_| async move {
        let response = program.http.get(url).bearer_auth(token).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    };
    let pages: Vec<(StatusCode, String)> = stream::iter(0..96).map(read).buffer_unordered(24).collect().await;
    let good: Vec<&String> = pages.iter().filter(|(status, _)| status.is_success()).map(|(_, text)| text).collect();
    assert!(good.len() > 48, "{} pages came", good.len());
    assert!(pages.iter().all(|(status, _)| *status != StatusCode::INTERNAL_SERVER_ERROR));
    assert!(pages.iter().all(|(_, text)| text.len() < MEGABYTE), "a page is bounded in bytes");
    let page: Value = serde_json::from_str(good[0]).unwrap();
    assert_eq!((&page["has_more"], &page["events"][0]["raw"]["x"][7_999]), (&json!(true), &json!(0)));
}

async fn nothing_hurts(kind: Kind) {
    let program = Program::start(kind).await;
    let token = program.guest().await;
    let question = program.question(&token).await;
    let reader = a_log_to_hurt(&program, &question).await;
    let slow = futures_util::future::join_all((0..12).map(|_| slow_body(&program.host, &token)));
    let fast = async {
        each_gets_what_it_deserves(&program, &token, &question).await;
        let before = program.peak();
        tokio::join!(a_flood(&program, &token, &question), a_flood_of_reads(&program, &reader));
        before
    };
    let (slow, before) = tokio::join!(slow, fast);
    for answer in slow {
        let is_told = answer.starts_with("HTTP/1.1 408") || answer.starts_with("HTTP/1.1 503");
        assert!(is_told && answer.contains("application/problem+json"), "{answer}");
    }
    let peak = program.peak();
    eprintln!("{kind:?}: {before} MB one by one, {peak} MB in the flood");
    assert!(peak < 256, "{peak} MB");
    let (status, receipt) = program.push(&token, &[honest(&question, 1)]).await;
    assert_eq!((status, &receipt["results"][0]["status"]), (StatusCode::OK, &json!("applied")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_bodies_hurt_nobody_on_sqlite() {
    nothing_hurts(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_bodies_hurt_nobody_on_postgres() {
    if Kind::Postgres.is_available() {
        nothing_hurts(Kind::Postgres).await;
    }
}

on_both! {
    async fn no_other_route_is_hurt_either(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let deep = deep("[", "]", 10_000);
        let course = "/v1/courses/medarbeiderskap";
        let bodies = [
            r#"{"name":"a\u0000b.c","password":"lang nok \u0000 setning"}"#.to_owned(),
            r#"{"name":"\ud800aaa","password":"en lang nok setning"}"#.to_owned(),
            r#"{"name":"ola.n","name":"kari.n","password":"en lang nok setning"}"#.to_owned(),
            r#"{"refresh_token":"lr_\u0000"}"#.to_owned(),
            r#"{"refresh_token":"lr_æææææææææææææææææææææææææ"}"#.to_owned(),
            r#"{"timezone":"\u0000","desired_retention":1e999}"#.to_owned(),
            r#"{"timezone":"../../etc/passwd"}"#.to_owned(),
            r#"{"new_per_day":-9223372036854775809}"#.to_owned(),
            format!(r#"{{"name":{deep}}}"#),
            format!(r#"{{"name":"{}","password":"{}"}}"#, "x".repeat(400_000), "y".repeat(400_000)),
            deep,
        ];
        let routes = [
            (Method::POST, "/v1/accounts".to_owned()),
            (Method::POST, "/v1/tokens".to_owned()),
            (Method::POST, "/v1/tokens/refresh".to_owned()),
            (Method::PUT, format!("{course}/enrolment")),
        ];
        for (method, path) in &routes {
            for body in &bodies {
                let request = world.http.request(method.clone(), format!("{}{path}", world.address));
                let request = request.bearer_auth(learner.access()).header(header::CONTENT_TYPE, "application/json");
                let response = request.body(body.clone()).send().await.unwrap();
                assert!(response.status().is_client_error(), "{path} {}: {body:.80}", response.status());
                assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{path} {body:.80}");
                assert!(response.bytes().await.unwrap().len() < 2_000, "{path} {body:.80}");
            }
        }
        for path in [
            "/v1/courses/%00".to_owned(),
            "/v1/courses/a%00b/queue".to_owned(),
            "/v1/courses/%ff%fe/queue".to_owned(),
            format!("/v1/courses/{}/queue", "x".repeat(20_000)),
            format!("{course}/queue?limit=99999999999999999999"),
            format!("{course}/queue?limit=-1"),
            format!("{course}/queue?mode=%00"),
            format!("{course}/queue?mode=learn&chapter=-2147483648"),
            format!("{course}/mastery/%00"),
            format!("{course}/mastery/..%2f..%2f"),
        ] {
            let (status, problem) = learner.send(Method::GET, &path, None).await;
            assert!(status.is_client_error() && problem["code"].is_string(), "{path:.80}: {status} {problem}");
        }
    }
}
