//! The measurements on one database, in their order: the process at rest first, then under load.

use crate::{
    Result,
    client::Client,
    drive::{self, Failures, Tally, Window, percentile},
    learner::{Knocker, Learner, Pace, Student},
    plan::{BATCH_CONNECTIONS, CONNECTIONS, CROWD, Plan},
    server::{Program, Server},
};
use hyper::StatusCode;
use std::{net::SocketAddr, time::Duration};

/// What was measured.
pub struct Figures {
    pub ready: Duration,
    pub idle_mb: f64,
    pub loaded_mb: f64,
    pub liveness: Rate,
    pub answers: Rate,
    /// Single answers over more connections.
    pub crowded: Rate,
    /// Single answers with a transaction for each request, which is what the group commit is measured against.
    pub one_by_one: Rate,
    pub batches: Rate,
    pub short_queue: Latency,
    pub long_queue: Latency,
    /// Long to short: the median over the rounds of the ratio of their medians.
    pub queue_ratio: f64,
    pub failures: Failures,
}

/// Throughput and what one request took.
pub struct Rate {
    pub per_second: f64,
    pub latency: Latency,
}

#[derive(Clone, Copy)]
pub struct Latency {
    pub p50: Duration,
    pub p99: Duration,
}

pub async fn measure(program: &Program, url: &str, plan: &Plan) -> Result<Figures> {
    let mut failures = Failures::default();
    progress("time to ready");
    let (server, ready) = start(program, url, plan.starts).await?;
    tokio::time::sleep(plan.rest).await;
    let idle_mb = server.memory_mb()?;
    progress("GET /livez");
    let liveness = rate(knockers(server.address).await?, plan.warm_up, plan.liveness, &mut failures).await;
    progress("single answers");
    let singles = students(server.address, CONNECTIONS, Pace::Online).await?;
    let answers = rate(singles, plan.warm_up, plan.answers, &mut failures).await;
    let crowd = students(server.address, CROWD, Pace::Online).await?;
    let crowded = rate(crowd, plan.warm_up, plan.answers, &mut failures).await;
    progress("batches of answers");
    let offline = students(server.address, BATCH_CONNECTIONS, Pace::Offline).await?;
    let batches = rate(offline, plan.warm_up, plan.answers, &mut failures).await;
    progress("the queue behind a short and a long history");
    let (short_queue, long_queue, queue_ratio) = queues(server.address, plan, &mut failures).await?;
    let loaded_mb = server.memory_mb()?;
    server.stop().await?;
    progress("single answers, one transaction each");
    let (server, _) = program.serve(url, &[("LAERD_WRITER_GROUP", "1")]).await?;
    let singles = students(server.address, CONNECTIONS, Pace::Online).await?;
    let one_by_one = rate(singles, plan.warm_up, plan.answers, &mut failures).await;
    server.stop().await?;
    Ok(Figures {
        ready,
        idle_mb,
        loaded_mb,
        liveness,
        answers,
        crowded,
        one_by_one,
        batches,
        short_queue,
        long_queue,
        queue_ratio,
        failures,
    })
}

fn progress(what: &str) {
    eprintln!("  {what}");
}

/// The median time of `starts` starts, and the last of the servers.
async fn start(program: &Program, url: &str, starts: usize) -> Result<(Server, Duration)> {
    let mut times = Vec::new();
    loop {
        let (server, took) = program.serve(url, &[]).await?;
        times.push(took);
        if times.len() >= starts {
            return Ok((server, percentile(&times, 50)));
        }
        server.stop().await?;
    }
}

async fn knockers(address: SocketAddr) -> Result<Vec<Knocker>> {
    let mut knockers = Vec::new();
    for _ in 0..CONNECTIONS {
        knockers.push(Knocker(Client::connect(address).await?));
    }
    Ok(knockers)
}

async fn students(address: SocketAddr, count: usize, pace: Pace) -> Result<Vec<Student>> {
    let mut students = Vec::new();
    for _ in 0..count {
        students.push(Student::guest(address, pace).await?);
    }
    Ok(students)
}

async fn rate<C: drive::Caller>(
    callers: Vec<C>,
    warm_up: Duration,
    measured: Duration,
    failures: &mut Failures,
) -> Rate {
    let Tally { done, latencies, failures: own } = drive::run(callers, Window { warm_up, measured }).await;
    failures.add(own);
    Rate { per_second: done as f64 / measured.as_secs_f64(), latency: latency(&latencies) }
}

/// Latencies of the queue of the short and of the long history, and their ratio.
async fn queues(address: SocketAddr, plan: &Plan, failures: &mut Failures) -> Result<(Latency, Latency, f64)> {
    let mut short = Learner::guest(address).await?;
    short.build_history(plan.short_history).await?;
    let mut long = Learner::guest(address).await?;
    long.build_history(plan.long_history).await?;
    compare_sessions(&mut short, &mut long).await?;
    let (mut of_short, mut of_long, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        let (round_short, round_long) = take_turns(&mut short, &mut long, plan.queue_requests, failures).await?;
        ratios.push(percentile(&round_long, 50).as_secs_f64() / percentile(&round_short, 50).as_secs_f64());
        of_short.extend(round_short);
        of_long.extend(round_long);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    Ok((latency(&of_short), latency(&of_long), ratios[ratios.len() / 2]))
}

/// The ratio means something only if both are given as much to do.
async fn compare_sessions(short: &mut Learner, long: &mut Learner) -> Result<()> {
    let mut sessions = Vec::new();
    for learner in [short, long] {
        let session = learner.fetch_queue().await?.json()?;
        sessions.push((session["questions"].as_array().map_or(0, Vec::len), session["due"].clone()));
    }
    if sessions[0] == sessions[1] && sessions[0].0 == 20 {
        return Ok(());
    }
    Err(format!("the histories lead to unlike sessions (questions, due): {sessions:?}").into())
}

/// One round. The two take turns request by request, so that whatever else the machine does slows both alike.
async fn take_turns(
    short: &mut Learner,
    long: &mut Learner,
    requests: usize,
    failures: &mut Failures,
) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let (mut of_short, mut of_long) = (Vec::new(), Vec::new());
    for _ in 0..requests {
        of_short.push(time_queue(short, failures).await?);
        of_long.push(time_queue(long, failures).await?);
    }
    Ok((of_short, of_long))
}

async fn time_queue(learner: &mut Learner, failures: &mut Failures) -> Result<Duration> {
    let reply = learner.fetch_queue().await?;
    if reply.status != StatusCode::OK {
        failures.note(reply.quote());
    }
    Ok(reply.took)
}

fn latency(times: &[Duration]) -> Latency {
    Latency { p50: percentile(times, 50), p99: percentile(times, 99) }
}
