//! Answers as fast as the service takes them: one at a time, in batches, and a few at once.

use crate::{
    Result,
    client::Client,
    drive::{self, Failures, Window},
    figures::{Latency, Loads, Rate, median},
    learner::{Knocker, Pace, Student},
    plan::{BATCH_CONNECTIONS, CONNECTIONS, CROWD, Plan, SYNCERS},
    server::Program,
};
use std::{net::SocketAddr, time::Duration};

/// One run of every load, so that a ratio compares what was measured in the same minute.
struct Run {
    answers: Rate,
    crowded: Rate,
    one_by_one: Rate,
    batches: Rate,
    syncs: [Rate; 3],
}

/// The medians of all runs, and the most memory the server held under them.
pub async fn measure(program: &Program, url: &str, plan: &Plan, failures: &mut Failures) -> Result<(Loads, f64)> {
    let (mut runs, mut peaks) = (Vec::new(), Vec::new());
    for number in 1..=plan.runs {
        eprintln!("  answers, run {number} of {}", plan.runs);
        let (run, peak) = run(program, url, plan, failures).await?;
        runs.push(run);
        peaks.push(peak);
    }
    Ok((summary(&runs), median(peaks.into_iter())))
}

async fn run(program: &Program, url: &str, plan: &Plan, failures: &mut Failures) -> Result<(Run, f64)> {
    let (server, _) = program.serve(url, &[]).await?;
    let address = server.address;
    let answers = load(address, CONNECTIONS, Pace::Online, plan, failures).await?;
    let crowded = load(address, CROWD, Pace::Online, plan, failures).await?;
    let batches = load(address, BATCH_CONNECTIONS, Pace::Offline, plan, failures).await?;
    let mut syncs = Vec::new();
    for learners in SYNCERS {
        syncs.push(load(address, learners, Pace::Sync, plan, failures).await?);
    }
    let syncs = syncs.try_into().map_err(|_| "as many figures as loads")?;
    let peak = server.peak_memory_mb()?;
    server.stop().await?;
    let (server, _) = program.serve(url, &[("LAERD_WRITER_GROUP", "1")]).await?;
    let one_by_one = load(server.address, CONNECTIONS, Pace::Online, plan, failures).await?;
    server.stop().await?;
    Ok((Run { answers, crowded, one_by_one, batches, syncs }, peak))
}

fn summary(runs: &[Run]) -> Loads {
    let rate = |of: fn(&Run) -> Rate| Rate::median(&runs.iter().map(of).collect::<Vec<_>>());
    let gain = |of: fn(&Run) -> Rate| median(runs.iter().map(|run| of(run).per_second / run.one_by_one.per_second));
    Loads {
        answers: rate(|run| run.answers),
        crowded: rate(|run| run.crowded),
        one_by_one: rate(|run| run.one_by_one),
        batches: rate(|run| run.batches),
        syncs: [rate(|run| run.syncs[0]), rate(|run| run.syncs[1]), rate(|run| run.syncs[2])],
        gain: gain(|run| run.answers),
        crowded_gain: gain(|run| run.crowded),
    }
}

async fn load(
    address: SocketAddr,
    connections: usize,
    pace: Pace,
    plan: &Plan,
    failures: &mut Failures,
) -> Result<Rate> {
    let students = Student::guests(address, connections, pace).await?;
    Ok(rate(students, plan.warm_up, plan.load, failures).await)
}

/// `/livez`: what the sockets alone can do.
pub async fn liveness(address: SocketAddr, plan: &Plan, failures: &mut Failures) -> Result<Rate> {
    let mut knockers = Vec::new();
    for _ in 0..CONNECTIONS {
        knockers.push(Knocker(Client::connect(address).await?));
    }
    Ok(rate(knockers, plan.warm_up, plan.load, failures).await)
}

async fn rate<C: drive::Caller>(
    callers: Vec<C>,
    warm_up: Duration,
    measured: Duration,
    failures: &mut Failures,
) -> Rate {
    let tally = drive::run(callers, Window { warm_up, measured }).await;
    failures.add(tally.failures);
    Rate { per_second: tally.done as f64 / measured.as_secs_f64(), latency: Latency::of(&tally.latencies) }
}
