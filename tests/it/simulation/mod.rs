//! A deterministic simulation of offline study: devices with clocks of their own, a network that loses, doubles, delays
//! and reorders, instances that stop and start, authors who change courses. One seed is one trace.
//!
//! | invariant | checked |
//! | --- | --- |
//! | I1 a repeat changes nothing | every answer, in `network.rs`: it must be the oracle's, with the first number and mark |
//! | I2 any arrival, the same state | after a trace: the rows equal a naive fold in `oracle.rs`, to the last bit |
//! | I3 acknowledged is in the feed, once | after a trace: what devices keep is in the log; every page, in `view.rs` |
//! | I4 numbers without gaps | every answer and page, also of a puller beside two writers; the stream after a trace |
//! | I5 a receipt tells of its batch | every receipt, in `network.rs`: its cards and levels are the oracle's |
//! | I6 a reused id changes nothing | every answer; the fold after a trace has the first event |
//! | I7 a bad event is isolated | every answer: each event of a batch has the verdict it would have alone |
//! | I8 a client's fold is ours | not here: the published vectors |
//! | I9 kill −9 | not here: `crash.rs`; here instances only stop between requests |
//! | I10 backup and repeat | restores in a trace: afterwards all that was acknowledged is there again |
//! | I11 merge is the union | merges in a trace: numbers, fold and feed are those of the union |
//! | I12 erased is gone | after a trace and after a merge: no row in any table, and every push is told so |
//! | I13 both databases agree | `one_seed_is_one_trace_on_either_database` |
//!
//! Views, snapshots and digests of all devices equal the oracle's after every trace.

#![expect(clippy::print_stdout, reason = "`make simulate` is read by a person")]

mod backup;
mod check;
mod content;
mod device;
mod network;
mod oracle;
mod plan;
mod pull;
mod run;
mod view;
mod world;

use crate::support::{Kind, number};
use check::{Counts, TRIED};
use laerd::app::Defect;
use plan::{Plan, Scope, Step};
use run::{Played, play};
use std::time::Instant;
use world::World;

/// A trace that does not hold.
struct Failure {
    plan: Plan,
    fault: String,
    transcript: Vec<String>,
}

const ALL: Scope = Scope { content: true, race: false };

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Plays traces until one fails; what they tried if none does.
async fn search(
    kind: Kind,
    seeds: std::ops::Range<u64>,
    scope: Scope,
    defect: Option<Defect>,
) -> Result<Counts, Failure> {
    let world = World::new(kind).await;
    let mut counts = Counts::default();
    for seed in seeds {
        let plan = Plan::new(seed, scope);
        match play(&world, &plan, defect).await {
            Ok(played) => counts.join(&played.counts),
            Err((fault, transcript)) => return Err(shrink(&world, Failure { plan, fault, transcript }, defect).await),
        }
    }
    Ok(counts)
}

/// Leaves out steps, in ever smaller runs, as long as the trace still fails.
async fn shrink(world: &World, mut failure: Failure, defect: Option<Defect>) -> Failure {
    let mut size = failure.plan.steps.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < failure.plan.steps.len() {
            let until = (from + size).min(failure.plan.steps.len());
            let steps: Vec<Step> = [&failure.plan.steps[..from], &failure.plan.steps[until..]].concat();
            let plan = Plan { steps, ..failure.plan.clone() };
            match play(world, &plan, defect).await {
                Err((fault, transcript)) => failure = Failure { plan, fault, transcript },
                Ok(_) => from = until,
            }
        }
        size /= 2;
    }
    failure
}

impl Failure {
    fn tell(&self, kind: Kind) -> String {
        let seed = self.plan.seed;
        format!(
            "seed {seed} on {kind:?}: {}\n{}\nagain: SEED={seed} TRACES=1 cargo test --test it simulation::",
            self.fault,
            self.transcript.join("\n")
        )
    }
}

fn hold(kind: Kind, traces: u64, scope: Scope) {
    if !kind.is_available() {
        return;
    }
    let (first, traces) = (number("SEED").unwrap_or(1), number("TRACES").unwrap_or(traces));
    let begun = Instant::now();
    match runtime().block_on(search(kind, first..first + traces, scope, None)) {
        Ok(counts) => {
            let speed = traces as f64 / begun.elapsed().as_secs_f64();
            println!("{kind:?}: {traces} traces hold, {speed:.0} traces/s; {:?}", counts.0);
            let missing: Vec<&str> = TRIED.into_iter().filter(|what| !counts.0.contains_key(what)).collect();
            assert!(missing.is_empty() || traces < 50 || scope.race, "nothing of this was tried: {missing:?}");
        }
        Err(failure) => panic!("{}", failure.tell(kind)),
    }
}

#[test]
fn every_trace_holds_on_sqlite() {
    hold(Kind::Sqlite, 200, ALL);
}

#[test]
fn every_trace_holds_on_postgres() {
    hold(Kind::Postgres, 60, ALL);
}

#[test]
fn instances_that_write_at_once_agree() {
    hold(Kind::Postgres, 30, Scope { content: false, race: true });
}

/// The simulation is worth what it finds: each defect is found within `traces`.
fn finds(kind: Kind, defect: Defect, scope: Scope, traces: u64) {
    if !kind.is_available() {
        return;
    }
    let found = runtime().block_on(search(kind, 1..1 + traces, scope, Some(defect)));
    let Err(failure) = found else { panic!("{traces} traces do not find {defect:?}") };
    println!(
        "{defect:?} is found by seed {}, shrunk to {} steps: {}",
        failure.plan.seed,
        failure.plan.steps.len(),
        failure.fault
    );
}

const STUDY: Scope = Scope { content: false, race: false };

#[test]
fn it_finds_a_late_answer_that_is_not_folded_again() {
    finds(Kind::Sqlite, Defect::NoRefold, STUDY, 20);
}

#[test]
fn it_finds_rows_that_are_not_locked() {
    // Two instances must meet in the same millisecond: usually within the first few traces, later on a busy machine.
    finds(Kind::Postgres, Defect::NoRowLock, Scope { content: false, race: true }, 300);
}

#[test]
fn it_finds_a_void_that_is_forgotten_before_its_answer() {
    finds(Kind::Sqlite, Defect::NoVoidGuard, STUDY, 50);
}

#[test]
fn it_finds_a_reused_id_that_passes_for_a_repeat() {
    finds(Kind::Sqlite, Defect::NoHashCheck, STUDY, 50);
}

#[test]
fn it_finds_late_answers_ordered_by_their_arrival() {
    finds(Kind::Sqlite, Defect::LateClamp, STUDY, 20);
}

#[test]
fn it_finds_state_that_is_kept_although_another_instance_wrote() {
    finds(Kind::Postgres, Defect::StaleState, Scope { content: false, race: true }, 20);
}

#[test]
fn it_finds_state_that_is_kept_although_it_was_folded_anew() {
    finds(Kind::Sqlite, Defect::StaleState, ALL, 50);
}

/// I13, and that a seed is a trace: what is done and what is left are the same, word for word.
#[test]
fn one_seed_is_one_trace_on_either_database() {
    let played = |kind: Kind| -> Vec<Played> {
        runtime().block_on(async {
            let world = World::new(kind).await;
            let mut all = Vec::new();
            for seed in 1..=12 {
                let played = play(&world, &Plan::new(seed, ALL), None).await;
                all.push(played.unwrap_or_else(|(fault, _)| panic!("seed {seed}: {fault}")));
            }
            all
        })
    };
    let first = played(Kind::Sqlite);
    for kind in [Kind::Sqlite, Kind::Postgres].into_iter().filter(|kind| kind.is_available()) {
        for (again, first) in played(kind).iter().zip(&first) {
            assert_eq!(first.transcript, again.transcript, "on {kind:?}");
            assert_eq!(first.rows, again.rows, "on {kind:?}");
        }
    }
}
