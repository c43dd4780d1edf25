//! Collections of Anki made for a test: an SQLite file with notes, cards and a log, wrapped in each of the ways Anki
//! has of wrapping it.

use super::Learner;
use reqwest::StatusCode;
use sea_orm::sqlx::{self, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use serde_json::Value;
use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// What is in a collection.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    pub notes: Vec<Note>,
    pub reviews: Vec<Review>,
}

/// A note with two cards: number 0 is `10 * id`, number 1 is `10 * id + 1`.
#[derive(Debug, Clone)]
pub struct Note {
    pub id: i64,
    pub guid: String,
    pub tags: String,
    /// With U+001F between.
    pub fields: String,
}

/// A row of the log.
#[derive(Debug, Clone, Copy)]
pub struct Review {
    pub id: i64,
    pub card: i64,
    pub ease: i64,
    pub factor: i64,
    pub kind: i64,
    pub ms: i64,
}

/// How a collection is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// `collection.anki2` alone, of schema 11.
    Oldest,
    /// `collection.anki21`, of schema 11, with a stub beside it.
    Middle,
    /// `collection.anki21b` of schema 18, packed by zstd, with a stub beside it.
    Newest,
}

/// 2026-10-05, noon UTC: the first reviews of a test are made some days later.
const START: i64 = 1_791_201_600_000;
const DAY_MS: i64 = 86_400_000;

impl Note {
    pub fn new(id: i64, front: &str) -> Self {
        let (guid, tags, fields) = (format!("guid-{id}"), " leksjon ".to_owned(), format!("{front}\u{1f}Bak"));
        Self { id, guid, tags, fields }
    }
}

impl Review {
    /// A review of the note's first card, rated good, on a day of October 2026 (and later).
    pub fn good(note: i64, day: i64) -> Self {
        Self { id: START + day * DAY_MS + note * 1_000, card: note * 10, ease: 3, factor: 2500, kind: 1, ms: 5_000 }
    }

    pub fn rated(self, ease: i64) -> Self {
        Self { ease, ..self }
    }
}

impl Collection {
    pub async fn package(&self, wrapping: Wrapping) -> Vec<u8> {
        let bytes = self.sqlite(wrapping).await;
        match wrapping {
            Wrapping::Oldest => package(&[("collection.anki2", &bytes), ("media", b"{}")]),
            Wrapping::Middle => package(&[("collection.anki2", b"stub"), ("collection.anki21", &bytes)]),
            Wrapping::Newest => {
                let packed = zstd::encode_all(bytes.as_slice(), 3).expect("packed");
                package(&[("meta", &[8, 3]), ("collection.anki2", b"stub"), ("collection.anki21b", &packed)])
            }
        }
    }

    /// The collection as a file of SQLite.
    async fn sqlite(&self, wrapping: Wrapping) -> Vec<u8> {
        sqlite(async |db| {
            execute(db, TABLES).await;
            if wrapping == Wrapping::Newest {
                execute(db, NEWER_TABLES).await;
            }
            for note in &self.notes {
                let insert = sqlx::query("INSERT INTO notes VALUES (?, ?, 1, 0, 0, ?, ?, '', 0, 0, '')");
                let insert = insert.bind(note.id).bind(&note.guid).bind(&note.tags).bind(&note.fields);
                insert.execute(&mut *db).await.expect("a note");
                for ordinal in 0..2 {
                    let insert = sqlx::query(
                        "INSERT INTO cards VALUES (?, ?, 1, ?, 0, 0, 2, 2, 9, 9, 2500, 3, 0, 0, 0, 0, 0, '')",
                    );
                    let insert = insert.bind(note.id * 10 + ordinal).bind(note.id).bind(ordinal);
                    insert.execute(&mut *db).await.expect("a card");
                }
            }
            for review in &self.reviews {
                let insert = sqlx::query("INSERT INTO revlog VALUES (?, ?, 0, ?, 1, 1, ?, ?, ?)");
                let insert = insert.bind(review.id).bind(review.card).bind(review.ease);
                let insert = insert.bind(review.factor).bind(review.ms).bind(review.kind);
                insert.execute(&mut *db).await.expect("a review");
            }
        })
        .await
    }
}

/// The bytes of an SQLite file that `fill` writes.
pub async fn sqlite(fill: impl AsyncFnOnce(&mut SqliteConnection)) -> Vec<u8> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let options = SqliteConnectOptions::new().filename(file.path()).collation("unicase", |a, b| a.cmp(b));
    let mut db = options.connect().await.expect("a database");
    // One commit: a row at a time would wait for the disk a thousand times.
    execute(&mut db, "BEGIN").await;
    fill(&mut db).await;
    execute(&mut db, "COMMIT").await;
    db.close().await.expect("closed");
    std::fs::read(file.path()).expect("bytes")
}

pub async fn execute(db: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(db).await.expect("SQL");
}

/// A zip of these files.
pub fn package(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let method = if name.ends_with('b') { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("a file");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("a zip").into_inner()
}

/// Status and body of an import.
pub async fn import(learner: &Learner<'_>, path: &str, package: Vec<u8>) -> (StatusCode, Value) {
    let request = learner.world.http.post(format!("{}{path}", learner.world.address)).bearer_auth(learner.access());
    let request = request.header("content-type", "application/octet-stream").body(package);
    let response = request.send().await.expect("an answer");
    let status = response.status();
    (status, response.json().await.unwrap_or(Value::Null))
}

/// The columns of schema 11, by Anki's names; most are of no use here.
const TABLES: &str = "
    CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL,
        usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL,
        flags integer NOT NULL, data text NOT NULL);
    CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL,
        mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL,
        due integer NOT NULL, ivl integer NOT NULL, factor integer NOT NULL, reps integer NOT NULL,
        lapses integer NOT NULL, left integer NOT NULL, odue integer NOT NULL, odid integer NOT NULL,
        flags integer NOT NULL, data text NOT NULL);
    CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL,
        ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL,
        type integer NOT NULL);";

/// What schema 18 adds: a collation that only Anki has.
const NEWER_TABLES: &str = "
    CREATE TABLE tags (tag text NOT NULL PRIMARY KEY COLLATE unicase, usn integer NOT NULL) without rowid;
    CREATE TABLE notetypes (id integer NOT NULL PRIMARY KEY, name text NOT NULL COLLATE unicase);
    CREATE UNIQUE INDEX idx_notetypes_name ON notetypes (name);
    INSERT INTO notetypes VALUES (1, 'Basic'), (2, 'Cloze');";
