//! What an answer takes while the memory weights of a hundred learners are fitted behind it.
//!
//! The server looks for whoever is due once a minute. What comes before in the same process is the measure of what comes
//! after, so that neither the machine nor the database is another one.

use crate::{
    Result,
    database::Databases,
    drive::{self, Failures, Window},
    figures::{Latency, Refits, median},
    learner::{Learner, Pace, Student},
    plan::{CONNECTIONS, Plan, REFITS},
    report::ms,
    server::Program,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The server's minute, and what a slow machine may add.
const PATIENCE: Duration = Duration::from_secs(90);
const GLANCE: Duration = Duration::from_millis(50);
/// So many more windows than another load has, and together twice as long: the machine's own bursts of a few seconds,
/// which a 99th percentile is all about, are outvoted.
const SHORTER: usize = 3;

/// Half of the peak comes in, as where the latency of answers is measured.
pub async fn measure(
    program: &Program,
    databases: &Databases,
    peak: f64,
    plan: &Plan,
    failures: &mut Failures,
) -> Result<Refits> {
    let database = databases.make("refits")?;
    program.prepare(database.url())?;
    let (server, _) = program.serve(database.url(), &[]).await?;
    let mut template = Learner::guest(server.address).await?;
    template.build_history(plan.refit_history).await?;
    server.stop().await?;
    database.fill(template.id, REFITS - 1).await?;
    let (server, _) = program.serve(database.url(), &[]).await?;
    let began = Instant::now();
    let rate = peak / 2.0;
    let mut without = Vec::new();
    let windows = plan.runs * SHORTER;
    for _ in 0..windows {
        without.push(p99(server.address, rate, plan, failures).await?);
    }
    if database.rows("refit").await? > 0 {
        return Err("the refits began while answers without them were measured".into());
    }
    while database.rows("refit").await? == 0 {
        if began.elapsed() > PATIENCE {
            return Err("no refit began".into());
        }
        tokio::time::sleep(GLANCE).await;
    }
    let first = Instant::now();
    let mut with = Vec::new();
    // A window in which nobody is left to be fitted says nothing of fits.
    while with.len() < windows && (with.is_empty() || database.rows("refit").await? < REFITS as u64) {
        with.push(p99(server.address, rate, plan, failures).await?);
    }
    let refits = database.rows("refit").await?;
    let seconds = first.elapsed().as_secs_f64() / refits as f64;
    let accepted = database.rows("memory_fit").await?;
    server.stop().await?;
    let (before, during) = (median(without.iter().copied()), median(with.iter().copied()));
    Ok(Refits {
        without: before,
        with: during,
        ratio: during / before,
        refits: refits as f64,
        accepted: accepted as f64,
        seconds,
    })
}

/// The 99th percentile of a window, in milliseconds.
async fn p99(address: SocketAddr, rate: f64, plan: &Plan, failures: &mut Failures) -> Result<f64> {
    let students = Student::guests(address, CONNECTIONS, Pace::Online).await?;
    let window = Window { warm_up: plan.warm_up, measured: plan.load * 2 / SHORTER as u32 };
    let tally = drive::run_at(students, rate, window).await;
    failures.add(tally.failures);
    Ok(ms(Latency::of(&tally.latencies).p99))
}
