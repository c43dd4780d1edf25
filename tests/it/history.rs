//! A learner's reviews in Anki become part of his log: at their own time, once, by his own rating, and nothing is
//! believed of the file they come in.

use crate::{
    converge::state,
    support::{
        Kind, Learner, NOON, World,
        anki::{self, Collection, Note, Review, Wrapping, execute, package, sqlite},
        on_both, output, prepare, program, verify,
    },
};
use laerd::{app::Running, vocab::time::Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PATH: &str = "/v1/courses/medarbeiderskap/history";

/// Reviews of three questions over a month, with a lapse, and of a card on something else.
async fn collection(learner: &Learner<'_>) -> (Vec<Value>, Collection) {
    let questions = learner.queue("?mode=learn&chapter=3&limit=3").await;
    let stem = |place: usize| learner.world.question(questions[place]["id"].as_str().unwrap()).stem.clone();
    let reference = learner.world.question(questions[2]["id"].as_str().unwrap()).id.clone();
    let notes = vec![
        Note::new(1, &format!("<div>{}</div>", stem(0).to_uppercase())),
        Note::new(2, &format!("{}&nbsp;", stem(1))),
        Note { tags: format!(" a laerd::{reference} "), ..Note::new(3, "Noe helt annet") },
        Note::new(4, "Hva heter hovedstaden i Bolivia?"),
        Note::new(5, "Aldri øvd"),
    ];
    let ratings =
        [(1, 0, 3), (2, 0, 1), (3, 0, 4), (1, 3, 3), (2, 3, 3), (4, 3, 3), (1, 12, 1), (2, 13, 2), (1, 14, 3)];
    let reviews = ratings.map(|(note, day, ease)| Review::good(note, day).rated(ease)).to_vec();
    (questions, Collection { notes, reviews })
}

async fn import(learner: &Learner<'_>, package: Vec<u8>) -> Value {
    let (status, body) = anki::import(learner, PATH, package).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

fn skipped(imported: &Value) -> BTreeMap<String, u64> {
    let skipped = imported["skipped"].as_array().unwrap().iter();
    skipped.map(|row| (row["reason"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap())).collect()
}

/// The events of a learner's stream, without what differs from learner to learner.
async fn events(learner: &Learner<'_>) -> Vec<Value> {
    let page = learner.get("/v1/changes?limit=500").await;
    page["events"].as_array().unwrap().clone()
}

on_both! {
    async fn reviews_in_anki_schedule_as_if_they_had_been_sent(kind) {
        let world = World::new(kind).await;
        let (learner, sender) = (world.guest().await, world.guest().await);
        let (_, collection) = collection(&learner).await;
        let imported = import(&learner, collection.package(Wrapping::Oldest).await).await;
        assert_eq!(
            imported,
            json!({"matched": 3, "unmatched": 1, "ambiguous": 0, "examples": ["Hva heter hovedstaden i Bolivia?"],
                   "questions": 3, "imported": 8, "duplicate": 0, "skipped": [{"reason": "unmatched", "count": 1}]})
        );
        // A device may send the same events, in any order.
        let mut raw: Vec<Value> = events(&learner).await.iter().map(|event| event["raw"].clone()).collect();
        raw.reverse();
        assert_eq!(raw.len(), 8);
        sender.push(&raw[..3]).await;
        sender.push(&raw).await;
        assert_eq!(state(&sender).await, state(&learner).await);
        let again = import(&sender, collection.package(Wrapping::Newest).await).await;
        assert_eq!((&again["imported"], &again["duplicate"]), (&json!(0), &json!(8)), "one review has one id");
        let progress = learner.get("/v1/courses/medarbeiderskap/progress").await;
        assert_eq!((&progress["answers"], &progress["retention"]["reviews"]), (&json!(8), &json!(5)));
        let mastery = learner.get("/v1/courses/medarbeiderskap/mastery").await;
        let concepts = mastery["concepts"].as_array().unwrap();
        assert!(concepts.iter().all(|concept| concept["level"] == "not_started"), "no evidence of mastery");
    }
}

on_both! {
    async fn every_wrapping_holds_the_same_history(kind) {
        let world = World::new(kind).await;
        let mut states = Vec::new();
        for wrapping in [Wrapping::Oldest, Wrapping::Middle, Wrapping::Newest] {
            let learner = world.guest().await;
            let (_, collection) = collection(&learner).await;
            import(&learner, collection.package(wrapping).await).await;
            states.push(state(&learner).await);
        }
        assert!(states[0].contains("reps: 4") && states[0] == states[1] && states[1] == states[2]);
    }
}

on_both! {
    async fn a_later_export_adds_what_is_new(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let (_, mut collection) = collection(&learner).await;
        import(&learner, collection.package(Wrapping::Newest).await).await;
        let before = state(&learner).await;
        let same = import(&learner, collection.package(Wrapping::Oldest).await).await;
        assert_eq!((&same["imported"], &same["duplicate"]), (&json!(0), &json!(8)));
        assert_eq!(state(&learner).await, before, "importing twice changes nothing");
        collection.reviews.extend([Review::good(1, 30), Review::good(3, 30)]);
        let later = import(&learner, collection.package(Wrapping::Newest).await).await;
        assert_eq!((&later["imported"], &later["duplicate"]), (&json!(2), &json!(8)));
        // The note is tagged otherwise meanwhile: the review stays where it is and is told of.
        collection.notes[0] = Note { fields: collection.notes[1].fields.clone(), ..collection.notes[0].clone() };
        let moved = import(&learner, collection.package(Wrapping::Newest).await).await;
        assert_eq!(skipped(&moved)["imported_elsewhere"], 5);
    }
}

on_both! {
    async fn it_does_not_matter_whether_the_import_or_an_answer_came_first(kind) {
        let world = World::new(kind).await;
        let (before, after) = (world.guest().await, world.guest().await);
        let (questions, collection) = collection(&before).await;
        let package = collection.package(Wrapping::Newest).await;
        let answers: Vec<Value> = (0..12)
            .map(|place| before.answer_at(&questions[place % 3], place % 5 != 0, NOON.plus_minutes(place as i64 * 900 - 30_000)))
            .collect();
        import(&before, package.clone()).await;
        before.push(&answers).await;
        for batch in answers.chunks(5) {
            after.push(batch).await;
        }
        import(&after, package).await;
        assert_eq!(state(&before).await, state(&after).await);
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(ok, "{text}");
    }
}

on_both! {
    async fn a_review_belongs_to_the_study_day_of_its_learner(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let choice = json!({"time_zone": "America/New_York", "rollover_hour": 3});
        let (status, _) = learner.send(Method::PUT, "/v1/courses/medarbeiderskap/enrolment", Some(&choice)).await;
        assert_eq!(status, StatusCode::OK);
        let (_, mut collection) = collection(&learner).await;
        let at = |text: &str| Review { id: Timestamp::parse(text).unwrap().0, ..Review::good(1, 0) };
        // 02:59 and 03:00 in New York; the second 1 November has its hour from one to two twice.
        let days = ["2026-06-02T06:59:00Z", "2026-06-02T07:00:00Z", "2026-11-01T07:59:00Z", "2026-11-01T08:00:00Z"];
        collection.reviews = days.map(at).to_vec();
        import(&learner, collection.package(Wrapping::Oldest).await).await;
        let days: Vec<i64> = events(&learner).await.iter().map(|event| event["study_day"].as_i64().unwrap()).collect();
        let june = 20_605;
        assert_eq!(days, [june, june + 1, june + 152, june + 153]);
    }
}

on_both! {
    async fn rows_that_are_no_reviews_are_left_out_with_their_reason(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let (_, mut collection) = collection(&learner).await;
        let review = Review::good(1, 0);
        let (later, card) = (|row: Review, ms: i64| Review { id: row.id + ms, ..row }, review.card);
        collection.reviews = vec![
            review,
            later(review, 1).rated(0),
            later(review, 2).rated(5),
            later(review, 3).rated(-7),
            Review { kind: 4, ease: 0, factor: 2500, ..later(review, 4) },
            Review { kind: 5, ease: 0, ..later(review, 5) },
            Review { kind: 3, factor: 0, ..later(review, 6) },
            Review { kind: 3, ..later(review, 7) },
            Review { card: card + 1, ..later(review, 8) },
            Review { id: -4, ..review },
            Review { id: NOON.plus_minutes(60).0, ..review },
            Review { id: i64::MAX, ..review },
            Review { ms: -20, ..later(review, 9) },
            Review { ms: i64::MAX, ..later(review, 10) },
            Review { card: 99, ..later(review, 11) },
            // Made new again: what came before no longer counts.
            Review::good(2, 1),
            Review { kind: 4, ease: 0, factor: 0, ..Review::good(2, 2) },
            Review::good(2, 3),
        ];
        let imported = import(&learner, collection.package(Wrapping::Newest).await).await;
        assert_eq!(imported["imported"], 5, "{imported}");
        let reasons = [("crammed", 1), ("not_rated", 6), ("other_card", 1), ("reset", 1), ("time", 3)];
        assert_eq!(skipped(&imported), reasons.map(|(reason, count)| (reason.to_owned(), count)).into());
        let times: Vec<Value> = events(&learner).await.iter().map(|event| event["duration_ms"].clone()).collect();
        assert_eq!(times, [json!(5000), json!(5000), Value::Null, json!(86_400_000), json!(5000)]);
    }
}

on_both! {
    async fn a_trial_run_writes_nothing(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let (_, collection) = collection(&learner).await;
        let path = format!("{PATH}?dry_run=true");
        let (status, told) = anki::import(&learner, &path, collection.package(Wrapping::Newest).await).await;
        assert_eq!((status, &told["imported"]), (StatusCode::OK, &json!(8)));
        assert_eq!(events(&learner).await, Vec::<Value>::new());
    }
}

/// Each hostile package gets a problem that says what to do, and the next learner is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_package_is_refused() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let (_, collection) = collection(&learner).await;
    let sound = collection.package(Wrapping::Newest).await;
    let old = |bytes: &[u8]| package(&[("collection.anki2", bytes)]);
    let zeros = vec![0_u8; 300 * 1024 * 1024];
    let bomb = package(&[("collection.anki21b", &zstd::encode_all(zeros.as_slice(), 3).unwrap())]);
    assert!(bomb.len() < 100_000);
    let mut torn = sqlite(async |db| execute(db, "CREATE TABLE notes (id); CREATE TABLE cards (id)").await).await;
    torn.truncate(5_000);
    let hostile = [
        ("nothing", Vec::new(), "not an Anki package"),
        ("cut short", sound[..sound.len() / 2].to_vec(), "not an Anki package"),
        ("no zip", b"PK\x03\x04 I am no zip".repeat(100), "not an Anki package"),
        ("a bomb", bomb, "larger than 268435456 bytes"),
        ("no collection", package(&[("readme", b"x")]), "no collection"),
        ("not SQLite", old(&b"SQLite format 3\0 or not".repeat(50)), "damaged"),
        ("empty", old(b""), "damaged"),
        ("torn", old(&torn), "damaged"),
        (
            "no tables",
            old(&sqlite(async |db| execute(db, "CREATE TABLE notes (id, guid, tags, flds)").await).await),
            "damaged",
        ),
        ("a view without end", old(&sqlite(async |db| execute(db, ENDLESS_VIEW).await).await), "damaged"),
        ("a computed column", old(&sqlite(async |db| execute(db, COMPUTED).await).await), "damaged"),
        ("a join without end", old(&sqlite(async |db| execute(db, ENDLESS_JOIN).await).await), "takes too long"),
    ];
    for (name, bytes, detail) in hostile {
        let (status, problem) = anki::import(&learner, PATH, bytes).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_request")),
            "{name}: {problem}"
        );
        let told = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(told.contains(detail), "{name}: {told}");
    }
    assert_eq!(events(&learner).await, Vec::<Value>::new());
    assert_eq!(import(&learner, sound).await["imported"], 8);
}

const ENDLESS_VIEW: &str = "CREATE TABLE cards (id integer PRIMARY KEY, nid, ord);
    CREATE TABLE revlog (id integer PRIMARY KEY, cid, ease, factor, time, type);
    CREATE VIEW notes AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)
        SELECT id, '' AS guid, '' AS tags, '' AS flds FROM n";

const COMPUTED: &str = "CREATE TABLE cards (id integer PRIMARY KEY, nid, ord);
    CREATE TABLE revlog (id integer PRIMARY KEY, cid, ease, factor, time, type);
    CREATE TABLE notes (id integer PRIMARY KEY, guid, tags, flds AS (hex(zeroblob(200000000))))";

/// Twenty thousand cards of one id, each with all of twenty thousand rows of the log.
const ENDLESS_JOIN: &str = "CREATE TABLE cards (id, nid, ord); CREATE TABLE notes (id, guid, tags, flds);
    CREATE TABLE revlog (id, cid, ease, factor, time, type);
    WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)
        INSERT INTO cards SELECT 1, 1, 0 FROM n;
    INSERT INTO revlog SELECT 1700000000000, 1, 3, 2500, 5000, 1 FROM cards";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_is_bounded_and_says_what_it_is() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let (status, problem) = anki::import(&learner, PATH, vec![0; 33 * 1024 * 1024]).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")), "{problem}");
    let post = |path: &str| world.http.post(format!("{}{path}", world.address)).bearer_auth(learner.access());
    let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status();
    let plain = post(PATH).header("content-type", "application/json").body("{}");
    assert_eq!(status(plain).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let packed = post(PATH).header("content-type", "application/octet-stream").header("content-encoding", "gzip");
    assert_eq!(status(packed.body("x")).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let elsewhere = post("/v1/courses/nowhere/history").header("content-type", "application/octet-stream");
    assert_eq!(status(elsewhere.body("x")).await, StatusCode::NOT_FOUND);
    let unsigned =
        world.http.post(format!("{}{PATH}", world.address)).header("content-type", "application/octet-stream");
    assert_eq!(status(unsigned.body("x")).await, StatusCode::UNAUTHORIZED);
}

/// The operator's way, with a list of which note asks what; no file is left in the temporary folder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_imports_for_a_learner() {
    let world = World::new(Kind::Sqlite).await;
    let learner = world.guest().await;
    let (questions, collection) = collection(&learner).await;
    let id = |place: usize| world.question(questions[place]["id"].as_str().unwrap()).id.clone();
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let package = file("deck.apkg", &collection.package(Wrapping::Newest).await);
    let torn = file("torn.apkg", b"PK");
    let map = file("map.csv", format!("note,question\nguid-4,{}\n", id(0)).as_bytes());
    let wrong = file("wrong.csv", b"note,question\nguid-4,K99-99\n");
    let url = format!("sqlite:{}", folder.path().join("quiz.db").display());
    prepare(&url);
    let (ok, text) = output(
        program().args(["account", "add", "amina", "--database-url", &url]).env("LAERD_PASSWORD", "tre grønne hatter"),
    );
    assert!(ok, "{text}");
    let run = |arguments: &[&str]| {
        let command = ["history", "import", "--course", "medarbeiderskap", "--database-url", &url];
        output(program().args(command).args(arguments).env("TMPDIR", &temporary))
    };
    for (arguments, expected) in [
        (vec![&*package, "--learner", "amina", "--dry-run"], "8 reviews of 3 questions would be sent"),
        (vec![&*package, "--learner", "Amina"], "8 reviews of 3 questions imported, 0 known already"),
        (vec![&*package, "--learner", "amina"], "0 reviews of 3 questions imported, 8 known already"),
        (vec![&*package, "--learner", "amina", "--map", &*map], "1 reviews of 3 questions imported, 8 known already"),
    ] {
        let (ok, text) = run(&arguments);
        assert!(ok && text.contains(expected), "{arguments:?}: {text}");
    }
    for (arguments, expected) in [
        (vec![&*torn, "--learner", "amina"], "not an Anki package"),
        (vec!["nowhere.apkg", "--learner", "amina"], "cannot be read"),
        (vec![&*package, "--learner", "nobody"], "no account `nobody`"),
        (vec![&*package, "--learner", "amina", "--map", &*wrong], "no such question: K99-99"),
    ] {
        let (ok, text) = run(&arguments);
        assert!(!ok && text.contains(expected), "{arguments:?}: {text}");
    }
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "no file is left behind");
    let (ok, text) = verify(&url, &[]);
    assert!(ok, "{text}");
}

on_both! {
    async fn a_guest_and_an_account_with_one_history_are_one_learner(kind) {
        let world = World::new(kind).await;
        let (account, guest) = (world.guest().await, world.guest().await);
        let (_, collection) = collection(&account).await;
        import(&account, collection.package(Wrapping::Newest).await).await;
        import(&guest, collection.package(Wrapping::Oldest).await).await;
        let before = state(&account).await;
        let body = json!({"access_token": guest.access()});
        let (status, merged) = account.send(Method::POST, "/v1/me/merges", Some(&body)).await;
        assert_eq!((status, &merged["events"], &merged["conflicts"]), (StatusCode::OK, &json!(0), &json!(0)));
        assert_eq!(state(&account).await, before);
    }
}

on_both! {
    async fn many_reviews_are_taken_over_in_batches(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let (questions, mut collection) = collection(&learner).await;
        learner.push(&[learner.answer(&questions[0], true)]).await;
        let review = |place: i64| Review { id: Review::good(1 + place % 3, 0).id + place * 1_000_000, ..Review::good(1 + place % 3, 0) };
        collection.reviews = (0..2_300).map(review).collect();
        let package = collection.package(Wrapping::Newest).await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), package).unwrap();
        let source = (file.path(), Vec::new());
        let history = world.app.import_file(learner.id, "medarbeiderskap", source, Running::InEarnest).await.unwrap();
        assert_eq!((history.imported, history.duplicate), (2_300, 0));
        let (ok, text) = verify(&world.database.url, &[]);
        assert!(ok, "{text}");
    }
}

on_both! {
    async fn a_review_of_a_page_or_with_a_strange_rating_is_refused(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?mode=learn&chapter=3&limit=1").await.remove(0);
        let review = learner.review_at(&question, "good", NOON);
        let mut faulty = vec![review.clone(); 4];
        for (place, (field, value)) in
            [("rating", json!("fine")), ("duration_ms", json!(86_400_001)), ("answered_at", json!("i går")), ("utc_offset_min", json!(2_000))].into_iter().enumerate()
        {
            (faulty[place][field], faulty[place]["id"]) = (value, json!(crate::support::next_id()));
        }
        let receipt = learner.push(&[&faulty[..], &[review]].concat()).await;
        let told: Vec<&str> = receipt["results"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(told, ["rejected", "rejected", "rejected", "rejected", "applied"]);
        assert_eq!(receipt["results"][4].get("mark"), None, "nobody marked it");
    }
}
