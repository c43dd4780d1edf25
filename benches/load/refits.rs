//! What an answer takes while the memory weights of a hundred learners are fitted behind it.
//!
//! Two servers take turns: one whose learners are due, and one whose learners are all fitted, on a database filled like
//! the other's. The one stands still while the other is measured, so that what the machine does in the course of a
//! minute, and it does much, happens to both.

use crate::{
    Result,
    database::{Database, Databases},
    drive::{self, Failures, Window},
    figures::{Latency, Refits, median},
    learner::{Learner, Pace, Student},
    plan::{CONNECTIONS, Plan, REFITS},
    report::ms,
    server::{Program, Server},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The server looks for whoever is due once a minute.
const PATIENCE: Duration = Duration::from_secs(90);
const GLANCE: Duration = Duration::from_millis(50);
/// Windows in a turn. Together twice as long as another load: bursts of the machine, which a 99th percentile is all
/// about, are outvoted.
const WINDOWS: usize = 3;

/// A server and its database.
struct Side {
    server: Server,
    database: Database,
    p99s: Vec<f64>,
}

/// Half of the peak comes in, as where the latency of answers is measured.
pub async fn measure(
    program: &Program,
    databases: &Databases,
    peak: f64,
    plan: &Plan,
    failures: &mut Failures,
) -> Result<Refits> {
    let mut fitted = Side::new(program, databases.make("fitted")?, plan).await?;
    let mut quiet = Side::new(program, databases.make("quiet")?, plan).await?;
    quiet.server.stop().await?;
    quiet.database.fit_nobody().await?;
    (quiet.server, _) = program.serve(quiet.database.url(), &[]).await?;
    let began = Instant::now();
    while fitted.database.rows("refit").await? == 0 {
        if began.elapsed() > PATIENCE {
            return Err("no refit began".into());
        }
        tokio::time::sleep(GLANCE).await;
    }
    let (mut spent, first) = (Duration::ZERO, fitted.database.rows("memory_fit").await?);
    for _ in 0..plan.runs {
        fitted.server.stand_still()?;
        quiet.measure(peak / 2.0, plan, failures).await?;
        fitted.server.go_on()?;
        quiet.server.stand_still()?;
        let turn = Instant::now();
        fitted.measure(peak / 2.0, plan, failures).await?;
        spent += turn.elapsed();
        quiet.server.go_on()?;
    }
    if quiet.database.rows("memory_fit").await? > 0 {
        return Err("somebody was fitted where nobody was due".into());
    }
    let accepted = fitted.database.rows("memory_fit").await? - first;
    // A quick run has a turn of seconds, which may fall into a rest.
    if accepted == 0 && !plan.quick {
        return Err("nobody was fitted while answers were measured".into());
    }
    fitted.server.stop().await?;
    quiet.server.stop().await?;
    let (with, without) = (median(fitted.p99s.into_iter()), median(quiet.p99s.into_iter()));
    let (refits, seconds) = (accepted as f64, spent.as_secs_f64() / accepted.max(1) as f64);
    Ok(Refits { without, with, ratio: with / without, refits, seconds })
}

impl Side {
    /// A hundred learners with a long log each.
    async fn new(program: &Program, database: Database, plan: &Plan) -> Result<Self> {
        program.prepare(database.url())?;
        let (server, _) = program.serve(database.url(), &[]).await?;
        let mut template = Learner::guest(server.address).await?;
        template.build_history(plan.refit_history).await?;
        server.stop().await?;
        database.fill(template.id, REFITS - 1).await?;
        let (server, _) = program.serve(database.url(), &[]).await?;
        Ok(Self { server, database, p99s: Vec::new() })
    }

    async fn measure(&mut self, rate: f64, plan: &Plan, failures: &mut Failures) -> Result<()> {
        for _ in 0..WINDOWS {
            self.p99s.push(p99(self.server.address, rate, plan, failures).await?);
        }
        Ok(())
    }
}

/// The 99th percentile of a window, in milliseconds.
async fn p99(address: SocketAddr, rate: f64, plan: &Plan, failures: &mut Failures) -> Result<f64> {
    let students = Student::guests(address, CONNECTIONS, Pace::Online).await?;
    let window = Window { warm_up: plan.warm_up, measured: plan.load * 2 / WINDOWS as u32 };
    let tally = drive::run_at(students, rate, window).await;
    failures.add(tally.failures);
    Ok(ms(Latency::of(&tally.latencies).p99))
}
