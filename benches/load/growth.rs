//! What becomes of the queue when a learner's history grows, and when the database has many learners; and what an
//! answer takes on disk.

use crate::{
    Result,
    database::{Database, Databases},
    drive::{Failures, percentile},
    figures::{Growth, Latency, median},
    learner::Learner,
    plan::{FILLED_HISTORY, Plan},
    server::{Program, Server},
};
use hyper::StatusCode;
use std::time::Duration;

/// The queue behind a short and behind a long history, and the bytes on disk of each answer of the long one.
pub async fn history(
    program: &Program,
    databases: &Databases,
    plan: &Plan,
    failures: &mut Failures,
) -> Result<(Growth, f64)> {
    let database = fresh(program, databases, "history")?;
    let (server, _) = program.serve(database.url(), &[]).await?;
    let mut short = Learner::guest(server.address).await?;
    short.build_history(plan.short_history).await?;
    let mut long = Learner::guest(server.address).await?;
    // Stopped, so that nothing waits in a write-ahead log.
    server.stop().await?;
    let before = database.bytes()?;
    let (server, _) = program.serve(database.url(), &[]).await?;
    short.move_to(server.address).await?;
    long.move_to(server.address).await?;
    long.build_history(plan.long_history).await?;
    let growth = compare(&mut short, &mut long, plan, failures).await?;
    server.stop().await?;
    Ok((growth, (database.bytes()? - before) / plan.long_history as f64))
}

/// The queue of two learners with the same history, in a database with few others and in one with many.
pub async fn learners(
    program: &Program,
    databases: &Databases,
    plan: &Plan,
    failures: &mut Failures,
) -> Result<Growth> {
    let few = fresh(program, databases, "few")?;
    let many = fresh(program, databases, "many")?;
    let (_few_server, mut of_few) = settled(program, &few, plan.few_learners, plan).await?;
    let (_many_server, mut of_many) = settled(program, &many, plan.many_learners, plan).await?;
    compare(&mut of_few, &mut of_many, plan, failures).await
}

/// A server whose database has `count` learners, and one of them with a short history.
async fn settled(program: &Program, database: &Database, count: usize, plan: &Plan) -> Result<(Server, Learner)> {
    let (server, _) = program.serve(database.url(), &[]).await?;
    let mut template = Learner::guest(server.address).await?;
    template.build_history(FILLED_HISTORY).await?;
    let mut learner = Learner::guest(server.address).await?;
    learner.build_history(plan.short_history).await?;
    server.stop().await?;
    database.fill(template.id, count - 2).await?;
    let (server, _) = program.serve(database.url(), &[]).await?;
    learner.move_to(server.address).await?;
    Ok((server, learner))
}

fn fresh(program: &Program, databases: &Databases, name: &str) -> Result<Database> {
    let database = databases.make(name)?;
    program.prepare(database.url())?;
    Ok(database)
}

async fn compare(small: &mut Learner, large: &mut Learner, plan: &Plan, failures: &mut Failures) -> Result<Growth> {
    compare_sessions(small, large).await?;
    let (mut of_small, mut of_large, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        let (round_small, round_large) = take_turns(small, large, plan.queue_requests, failures).await?;
        ratios.push(percentile(&round_large, 50).as_secs_f64() / percentile(&round_small, 50).as_secs_f64());
        of_small.extend(round_small);
        of_large.extend(round_large);
    }
    let (small, large) = (Latency::of(&of_small), Latency::of(&of_large));
    Ok(Growth { small, large, ratio: median(ratios.into_iter()) })
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
