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

/// What is applied while several times the peak comes in. How much really does is measured too: the generator has the
/// same cores, and each of its connections waits for its answer.
pub async fn overload(address: SocketAddr, peak: f64, plan: &Plan, failures: &mut Failures) -> Result<Overload> {
    let mut runs = Vec::new();
    for _ in 0..plan.runs {
        let mob = Student::guests(address, plan.mob, Pace::Online).await?;
        let tally = at(mob, peak * OVERLOAD, plan, failures).await;
        let of_peak = |count: u64| count as f64 / plan.load.as_secs_f64() / peak;
        let refused = tally.refused as f64 / tally.sent.max(1) as f64;
        runs.push(Overload { offered: of_peak(tally.sent), goodput: of_peak(tally.done), refused });
    }
    let of = |figure: fn(&Overload) -> f64| median(runs.iter().map(figure));
    Ok(Overload { offered: of(|run| run.offered), goodput: of(|run| run.goodput), refused: of(|run| run.refused) })
}

async fn at(students: Vec<Student>, rate: f64, plan: &Plan, failures: &mut Failures) -> Tally {
    let window = Window { warm_up: plan.warm_up, measured: plan.load };
    let mut tally = drive::run_at(students, rate, window).await;
    failures.add(std::mem::take(&mut tally.failures));
    tally
}
