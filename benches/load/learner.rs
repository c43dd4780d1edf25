//! Guest learners: who they are, what they are asked, and how they answer.

use crate::{
    Result,
    client::{Client, Reply},
    drive::Caller,
    events::{DAY_MS, Question, batch, now_ms},
    plan::{BATCH, SYNC},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use hyper::StatusCode;
use serde_json::Value;
use std::net::SocketAddr;
use uuid::Uuid;

/// A guest on a connection of his own.
pub struct Learner {
    pub client: Client,
    pub id: Uuid,
}

/// A history is about this many questions, however large the course: fewer than the shortest history has answers.
const HISTORY_QUESTIONS: usize = 100;
/// The days a history is spread over.
const HISTORY_DAYS: i64 = 200;

const QUEUE: &str = "/v1/courses/medarbeiderskap/queue";

impl Learner {
    pub async fn guest(address: SocketAddr) -> Result<Self> {
        let mut client = Client::connect(address).await?;
        let tokens = client.post("/v1/guests", b"").await?.json()?;
        client.sign_with(tokens["access_token"].as_str().ok_or("a guest without an access token")?);
        let id = tokens["learner_id"].as_str().ok_or("a guest without an id")?.parse()?;
        Ok(Self { client, id })
    }

    /// Goes on at another server with the same database.
    pub async fn move_to(&mut self, address: SocketAddr) -> Result<()> {
        self.client.move_to(address).await
    }

    pub async fn fetch_queue(&mut self) -> Result<Reply> {
        self.client.get(&format!("{QUEUE}?limit=20")).await
    }

    /// What he is asked today.
    pub async fn todays_questions(&mut self) -> Result<Vec<Question>> {
        some(questions(&self.fetch_queue().await?.json()?))
    }

    /// The first questions of the course that he has not met, chapter by chapter.
    async fn new_questions(&mut self, most: usize) -> Result<Vec<Question>> {
        let decks = self.client.get("/v1/courses/medarbeiderskap/decks").await?.json()?;
        let mut new = Vec::new();
        for deck in decks["decks"].as_array().into_iter().flatten() {
            let path = format!("{QUEUE}?mode=learn&limit=100&chapter={}", deck["chapter"]);
            new.extend(questions(&self.client.get(&path).await?.json()?));
        }
        new.truncate(most);
        some(new)
    }

    /// Logs `count` answers in order over the days before yesterday.
    ///
    /// The last time round every question is given up. Whoever built a history of whatever length this way has the
    /// same cards due, so that two queues differ by nothing but the log behind them.
    pub async fn build_history(&mut self, count: usize) -> Result<()> {
        let questions = self.new_questions(HISTORY_QUESTIONS).await?;
        let began = now_ms() - (HISTORY_DAYS + 1) * DAY_MS;
        let step = HISTORY_DAYS * DAY_MS / count as i64;
        let answer = |number: usize| {
            let question = &questions[number % questions.len()];
            let at = began + step * number as i64;
            if number + questions.len() < count { question.answered(at) } else { question.revealed().answered(at) }
        };
        let events: Vec<String> = (0..count).map(answer).collect();
        for events in events.chunks(BATCH) {
            applied(&self.send(events).await?, events.len())?;
        }
        Ok(())
    }

    async fn send(&mut self, events: &[String]) -> Result<Reply> {
        self.client.post("/v1/answers", batch(events).as_bytes()).await
    }
}

fn questions(queue: &Value) -> Vec<Question> {
    queue["questions"].as_array().into_iter().flatten().map(Question::from_queue).collect()
}

fn some(questions: Vec<Question>) -> Result<Vec<Question>> {
    if questions.is_empty() { Err("the course asks nothing".into()) } else { Ok(questions) }
}

/// Whether each of `sent` events was applied.
///
/// Counted in the text, because reading all of it would cost the cores the server needs. The count is exact: within a
/// JSON string the quotes would be escaped.
fn applied(reply: &Reply, sent: usize) -> std::result::Result<u64, String> {
    let count = memchr::memmem::find_iter(&reply.body, br#""status":"applied""#).count();
    if reply.status == StatusCode::OK && count == sent {
        Ok(sent as u64)
    } else {
        Err(format!("{count} of {sent} applied: {}", reply.quote()))
    }
}

/// A caller of `/livez`.
pub struct Knocker(pub Client);

impl Caller for Knocker {
    async fn call(&mut self) -> Result<Reply> {
        self.0.get("/livez").await
    }

    fn check(&self, reply: &Reply) -> std::result::Result<u64, String> {
        if reply.status == StatusCode::OK { Ok(1) } else { Err(reply.quote()) }
    }
}

/// A learner who answers his questions in turn, without end.
pub struct Student {
    learner: Learner,
    questions: Vec<Question>,
    pace: Pace,
    answered: usize,
    last_ms: i64,
}

/// How answers reach the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Each answer as it is given.
    Online,
    /// A few at once, from a walk out of reach.
    Sync,
    /// As many at once as the service takes, from a device that was long offline.
    Offline,
}

/// Guests who are made at a time.
const DOOR: usize = 16;

impl Student {
    /// So many guests, each on a connection of his own. All are asked what the first one is.
    pub async fn guests(address: SocketAddr, count: usize, pace: Pace) -> Result<Vec<Self>> {
        let questions = Learner::guest(address).await?.todays_questions().await?;
        let last_ms = if pace == Pace::Online { 0 } else { now_ms() - HISTORY_DAYS * DAY_MS };
        let guest = |_| async {
            let learner = Learner::guest(address).await?;
            Ok(Self { learner, questions: questions.clone(), pace, answered: 0, last_ms })
        };
        stream::iter(0..count).map(guest).buffer_unordered(DOOR).try_collect().await
    }

    /// Always later than the one before, as the log of one device is.
    fn answer_next(&mut self) -> String {
        self.last_ms = match self.pace {
            Pace::Online => now_ms().max(self.last_ms + 1),
            // One a minute, long ago, so that none lies ahead of the clock.
            Pace::Sync | Pace::Offline => self.last_ms + 60_000,
        };
        let question = &self.questions[self.answered % self.questions.len()];
        self.answered += 1;
        question.answered(self.last_ms)
    }

    fn batch_size(&self) -> usize {
        match self.pace {
            Pace::Online => 1,
            Pace::Sync => SYNC,
            Pace::Offline => BATCH,
        }
    }
}

impl Caller for Student {
    async fn call(&mut self) -> Result<Reply> {
        let events: Vec<String> = (0..self.batch_size()).map(|_| self.answer_next()).collect();
        self.learner.send(&events).await
    }

    fn check(&self, reply: &Reply) -> std::result::Result<u64, String> {
        applied(reply, self.batch_size())
    }
}
