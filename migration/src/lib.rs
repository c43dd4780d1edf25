//! The schema of lærd, step by step. Append-only: a released step is never edited, and none imports an entity,
//! because entities follow the code of today and a step must mean tomorrow what it means now.
//!
//! Every step runs in a transaction on both databases (SQLite would otherwise keep half of a failed step).
//! Instants are UTC milliseconds in BIGINT and study days are day numbers in INTEGER, so that both databases
//! compare and sort them alike; documents are JSON in TEXT.

pub use sea_orm_migration::prelude::*;

mod m20261123_000001_course;
mod m20261123_000002_learner;
mod m20261123_000003_study;
mod m20261125_000100_sync;
mod m20261125_000101_clustered;
mod m20261125_000200_refit;
mod m20261125_000300_schedule;
mod m20261125_000400_lease;
mod m20261125_000401_trend;
mod m20261125_000402_replay;
mod m20261125_000500_unit;
mod m20261125_000501_coverage;
mod m20261126_000201_no_due_index;
mod m20261126_000300_request;
mod m20261126_000401_lean;
mod m20261129_000100_by_time;

/// All steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_course::Migration),
            Box::new(m20261123_000002_learner::Migration),
            Box::new(m20261123_000003_study::Migration),
            Box::new(m20261125_000100_sync::Migration),
            Box::new(m20261125_000101_clustered::Migration),
            Box::new(m20261125_000200_refit::Migration),
            Box::new(m20261125_000300_schedule::Migration),
            Box::new(m20261125_000400_lease::Migration),
            Box::new(m20261125_000401_trend::Migration),
            Box::new(m20261125_000402_replay::Migration),
            Box::new(m20261125_000500_unit::Migration),
            Box::new(m20261125_000501_coverage::Migration),
            Box::new(m20261126_000201_no_due_index::Migration),
            Box::new(m20261126_000300_request::Migration),
            Box::new(m20261126_000401_lean::Migration),
            Box::new(m20261129_000100_by_time::Migration),
        ]
    }
}
