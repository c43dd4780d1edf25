//! Half of what the service can take, and far more than it can.

use crate::{
    Result,
    drive::{self, Failures, Tally, Window},
    figures::{Latency, Overload, Rate, median},
    learner::{Pace, Student},
    plan::{CROWD, OVERLOAD, Plan},
};
use std::net::SocketAddr;

/// What an answer takes while half of the peak comes in, at a steady rate that does not wait for the answers.
pub async fn half(address: SocketAddr, peak: f64, plan: &Plan, failures: &mut Failures) -> Result<Rate> {
    let mut runs = Vec::new();
    for _ in 0..plan.runs {
        let students = Student::guests(address, CROWD, Pace::Online).await?;
        let tally = at(students, peak / 2.0, plan, failures).await;
        let per_second = tally.done as f64 / plan.load.as_secs_f64();
        runs.push(Rate { per_second, latency: Latency::of(&tally.latencies) });
    }
    Ok(Rate::median(&runs))
}

/// What is applied while several times the peak comes in, beside what is applied just before of the same learners, a
/// crowd of them at a time: answers of many learners change more pages of the database than those of a few. How much
/// really comes in is measured too: the generator has the same cores, and each of its connections waits for its answer.
pub async fn overload(address: SocketAddr, peak: f64, plan: &Plan, failures: &mut Failures) -> Result<Overload> {
    let mut runs = Vec::new();
    for _ in 0..plan.runs {
        let mob = Student::guests(address, plan.mob, Pace::Online).await?;
        let window = Window { warm_up: plan.warm_up, measured: plan.load };
        let (mut before, mob) = drive::run_in_turns(mob, CROWD, window).await;
        failures.add(std::mem::take(&mut before.failures));
        let per_second = |count: u64| count as f64 / plan.load.as_secs_f64();
        let own_peak = per_second(before.done).max(1.0);
        let tally = at(mob, peak.max(own_peak) * OVERLOAD, plan, failures).await;
        runs.push(Overload {
            own_peak,
            offered: per_second(tally.sent) / own_peak,
            goodput: per_second(tally.done) / own_peak,
            of_peak: per_second(tally.done) / peak,
            refused: tally.refused as f64 / tally.sent.max(1) as f64,
        });
    }
    let of = |figure: fn(&Overload) -> f64| median(runs.iter().map(figure));
    Ok(Overload {
        own_peak: of(|run| run.own_peak),
        offered: of(|run| run.offered),
        goodput: of(|run| run.goodput),
        of_peak: of(|run| run.of_peak),
        refused: of(|run| run.refused),
    })
}

async fn at(students: Vec<Student>, rate: f64, plan: &Plan, failures: &mut Failures) -> Tally {
    let window = Window { warm_up: plan.warm_up, measured: plan.load };
    let mut tally = drive::run_at(students, rate, window).await;
    failures.add(std::mem::take(&mut tally.failures));
    tally
}
