//! A whole service for one test: database, course, server, clock.

use super::{Kind, Learner, TestDb, real_course};
use laerd::{
    api::{self, edge},
    app::{App, Rates},
    clock::{Clock, Ids},
    domain::question::Question,
    server,
    store::Db,
    vocab::{id::QuestionId, time::Timestamp},
};
use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio_util::sync::CancellationToken;

/// Noon in Oslo on the day most tests take place, 2026-11-23.
pub const NOON: Timestamp = Timestamp(1_795_431_600_000);

pub struct World {
    pub app: Arc<App>,
    pub clock: Clock,
    pub address: String,
    pub http: reqwest::Client,
    pub database: TestDb,
    stop: CancellationToken,
}

impl World {
    /// With the real course and limits nobody meets.
    pub async fn new(kind: Kind) -> Self {
        let many = NonZeroU32::new(1_000_000).expect("not zero");
        Self::with_rates(kind, Rates::per_minute(many, many)).await
    }

    pub async fn with_rates(kind: Kind, rates: Rates) -> Self {
        let (database, db) = TestDb::migrated(kind).await;
        Self::over(database, db, rates).await
    }

    /// Tells `hear` every statement.
    pub async fn listening(kind: Kind, hear: impl Fn(&str) + Clone + Send + Sync + 'static) -> Self {
        let many = NonZeroU32::new(1_000_000).expect("not zero");
        let (database, mut db) = TestDb::migrated(kind).await;
        db.on_statement(hear);
        Self::over(database, db, Rates::per_minute(many, many)).await
    }

    /// With the sum of what `of` says of every statement.
    pub async fn counting(
        kind: Kind,
        of: impl Fn(&str) -> usize + Clone + Send + Sync + 'static,
    ) -> (Self, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let heard = Arc::clone(&count);
        let hear = move |text: &str| _ = heard.fetch_add(of(text), Ordering::SeqCst);
        (Self::listening(kind, hear).await, count)
    }

    async fn over(database: TestDb, db: Db, rates: Rates) -> Self {
        let clock = Clock::fixed(NOON);
        let app = App::new(db, clock.clone(), Ids::seeded(7), rates).await.expect("the application starts");
        app.load_bank(real_course()).await.expect("the course loads");
        let listener = server::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let stop = CancellationToken::new();
        let routes = api::routes(&app, edge::Settings::default());
        app.tasks.spawn(server::serve(listener, routes, 256, stop.clone()));
        Self { app, clock, address, http: reqwest::Client::new(), database, stop }
    }

    /// A new guest.
    pub async fn guest(&self) -> Learner<'_> {
        Learner::guest(self).await
    }

    /// The question as it is stored, key and all.
    pub fn question(&self, id: &str) -> Arc<Question> {
        let id = QuestionId(id.parse().expect("a question's id"));
        let catalogue = self.app.catalogue();
        let course = catalogue.course_of(id).expect("a question of the course");
        Arc::clone(&course.entry(id).expect("a question of the course").question)
    }

    /// Moves the clock on.
    pub fn later(&self, minutes: i64) {
        self.clock.set(self.clock.now().plus_minutes(minutes));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
