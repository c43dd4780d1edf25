//! What tests stand on: a database of their own, a server on a free port, a clock that stands still, a learner; or the
//! real program, with phones that push at it, a PostgreSQL to restart, a disk to fill and one whose power may go.

pub mod anki;
pub mod attacker;
mod cluster;
mod course;
mod database;
mod device;
mod disk;
mod learner;
pub mod organisation;
pub mod power;
mod program;
mod world;

pub use cluster::Cluster;
pub use course::{real_course, right, wrong};
pub use database::{Kind, TestDb};
pub use device::{Device, Push, assert_nothing_is_lost, events_of};
pub use disk::SmallDisk;
pub use learner::{Learner, next_id};
pub use organisation::Organisation;
pub use power::Power;
pub use program::{Server, output, prepare, program, verify};
pub use world::{NOON, World};

/// What the environment says by this name, to repeat a run or make it longer.
pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// Runs a test on both databases. Without TEST_POSTGRES only on SQLite; in CI that is a failure.
macro_rules! on_both {
    ($(#[$doc:meta])* async fn $name:ident($kind:ident) $body:block) => {
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn rule($kind: $crate::support::Kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                rule($crate::support::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if $crate::support::Kind::Postgres.is_available() {
                    rule($crate::support::Kind::Postgres).await;
                }
            }
        }
    };
}
pub(crate) use on_both;
