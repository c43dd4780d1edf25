//! Load, decide, save. One file per topic, each an `impl App`; rules are `domain`'s, SQL is `store`'s, HTTP is `api`'s.

mod accounts;
mod activities;
mod answers;
mod apart;
pub mod bank;
mod bearers;
mod catalogue;
mod checks;
mod coverage;
mod cursor;
mod defects;
mod enrolments;
pub mod epoch;
mod error;
mod fold;
mod group;
mod history;
mod judge;
mod learning;
mod leeches;
mod mastery;
mod merge;
mod passwords;
mod pooled;
mod progress;
mod queue;
mod rates;
mod recent;
mod refit;
mod refold;
mod regrade;
mod requests;
mod roster;
mod scheduler;
mod sessions;
mod strict;
mod students;
mod sync;
mod teams;
mod together;
mod tokens;
mod turns;
mod units;
mod verify;
mod views;
mod workload;
mod writer;

pub use accounts::Me;
pub use activities::{ActivityChoice, AgreementChoice};
pub use answers::{
    ConceptChange, Event, EventKind, Hold, Mark, Outcome, Receipt, Rejection, RejectionCode, Submission, Submitted,
    Took,
};
pub use bank::LoadReport;
pub use catalogue::{Catalogue, CourseContent, Entry};
pub use checks::{Check, CheckRequest};
pub use coverage::{ConceptCoverage, OrganisationConcept, OrganisationCoverage, TeamCoverage, TeamHistory};
pub use cursor::Page;
pub use defects::Defect;
pub use enrolments::Enrolment;
pub use error::{Error, Fault, Result};
pub use history::{History, MOST_PACKED, Package, Running};
pub use learning::Lesson;
pub use leeches::Leech;
pub use mastery::{ConceptMap, ConceptMastery, MapEdge, NextStep};
pub use progress::{Past, Progress};
pub use queue::{Queue, QueueCard, QueueRequest};
pub use rates::Rates;
pub use refit::Refitted;
pub use roster::Imported;
pub use scheduler::{CourseSchedule, Scheduler};
pub use strict::Strict;
pub use sync::{Changes, ChangesRequest, Month, Picture, Retired, Snapshot};
pub use teams::{MyTeam, Team};
pub use tokens::{ACCESS_SECONDS, Caller, TokenPair};
pub use units::{UnitChoice, UnitView, Version};
pub use verify::{Audit, Finding};
pub use views::{CardView, ConceptView};
pub use workload::{Effort, ExamForecast, Workload};
pub use writer::WriterSettings;

use crate::{
    clock::{Clock, Ids},
    store::Db,
};
use std::sync::{Arc, RwLock};
use tokio_util::task::TaskTracker;

/// The application: everything a request may need, made once at start.
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub rates: Rates,
    /// Work that must not end with the connection that asked for it.
    pub tasks: TaskTracker,
    catalogue: RwLock<Arc<Catalogue>>,
    passwords: passwords::Passwords,
    writer: writer::Writer,
    first_uses: together::Door<tokens::FirstUses>,
    sessions: together::Door<sessions::Sessions>,
    bearers: bearers::Bearers,
    defect: Option<Defect>,
    workloads: workload::Workloads,
    imports: history::Imports,
    recent: recent::Recent,
}

impl App {
    /// Reads the courses and is ready to answer.
    pub async fn new(db: Db, clock: Clock, ids: Ids, rates: Rates) -> Result<Arc<Self>> {
        Self::with_writer(db, clock, ids, rates, WriterSettings::default()).await
    }

    /// The same with a say in how answers are written.
    pub async fn with_writer(
        db: Db,
        clock: Clock,
        ids: Ids,
        rates: Rates,
        settings: WriterSettings,
    ) -> Result<Arc<Self>> {
        let (writer, lanes) = writer::Writer::new(if db.is_sqlite() { 1 } else { settings.lanes });
        let (first_uses, used) = tokens::FirstUses::door();
        let (sessions, wanted) = sessions::Sessions::door();
        let catalogue = Catalogue::load(&db).await?;
        let app = Arc::new(Self {
            db,
            clock,
            ids,
            rates,
            tasks: TaskTracker::new(),
            catalogue: RwLock::new(Arc::new(catalogue)),
            passwords: passwords::Passwords::new(),
            writer,
            first_uses,
            sessions,
            bearers: bearers::Bearers::default(),
            defect: settings.defect,
            workloads: workload::Workloads::new(),
            imports: history::Imports::new(),
            recent: recent::Recent::default(),
        });
        lanes.start(&app, settings.group);
        used.start(&app, tokens::FirstUses::default());
        wanted.start(&app, sessions::Sessions::default());
        Ok(app)
    }
}
