//! The database that traces share, each with learners of its own, and the instances that serve it.

use super::{
    backup::{learner_tables, make_room},
    content,
};
use crate::support::{Kind, TestDb};
use laerd::{
    app::{App, Defect, Rates, WriterSettings},
    clock::{Clock, Ids},
    store::{
        Connection, Db,
        entity::{concept, course, course_parameters, question, question_revision, server_state},
    },
    vocab::time::Timestamp,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::{
    num::NonZeroU32,
    sync::{Arc, atomic::AtomicU64, atomic::Ordering},
};

pub struct World {
    pub db: Db,
    _database: TestDb,
    pub learner_tables: Vec<(String, &'static str)>,
    /// Learners made so far; one seed played twice has other learners.
    plays: AtomicU64,
}

impl World {
    pub async fn new(kind: Kind) -> Self {
        let (database, db) = TestDb::volatile(kind).await;
        let learner_tables = learner_tables(&db).await;
        make_room(&db, &learner_tables).await;
        let world = Self { db, learner_tables, _database: database, plays: AtomicU64::new(0) };
        world.reset_content().await;
        world
    }

    /// The courses as they are before any edit: the same revisions and ids of parts for every trace.
    pub async fn reset_content(&self) {
        let db = self.db.inner();
        question_revision::Entity::delete_many().exec(db).await.expect("revisions go");
        question::Entity::delete_many().exec(db).await.expect("questions go");
        concept::Entity::delete_many().exec(db).await.expect("concepts go");
        course_parameters::Entity::delete_many().exec(db).await.expect("parameters go");
        course::Entity::delete_many().exec(db).await.expect("courses go");
        let number = server_state::Column::Name.eq("catalogue");
        server_state::Entity::delete_many().filter(number).exec(db).await.expect("the number goes");
        let epoch = server_state::Column::Name.eq("epoch");
        let first = server_state::Entity::update_many().col_expr(server_state::Column::Value, Expr::value("e1"));
        first.filter(epoch).exec(db).await.expect("the epoch is the first again");
        let (clock, ids) = (Clock::fixed(Timestamp(0)), Ids::seeded(7));
        for bank in content::banks() {
            laerd::app::bank::load(&self.db, &clock, &ids, &bank).await.expect("a course loads");
        }
    }

    /// An instance. What it draws by chance is the same for the same `seed`, but its learners are new ones.
    pub async fn instance(&self, clock: &Clock, seed: u64, defect: Option<Defect>) -> Arc<App> {
        let many = NonZeroU32::new(1_000_000).expect("not zero");
        let settings = WriterSettings { defect, ..WriterSettings::default() };
        let rates = Rates::per_minute(many, many);
        let app = App::with_writer(self.db.clone(), clock.clone(), Ids::seeded(seed), rates, settings).await;
        app.expect("an instance starts")
    }

    /// A number that no play of a trace in this world had before.
    pub fn next_play(&self) -> u64 {
        self.plays.fetch_add(1, Ordering::Relaxed)
    }
}
