//! The measurements on one database, in their order: the process at rest first, then under load, then what grows.

use crate::{
    Result,
    database::{Database, Databases},
    drive::{Failures, percentile},
    figures::Figures,
    growth, loads,
    plan::Plan,
    pressure, refits,
    server::{Program, Server},
    wire,
};
use std::time::Duration;

pub async fn measure(program: &Program, databases: &Databases, plan: &Plan) -> Result<Figures> {
    let database = databases.make("load")?;
    program.prepare(database.url())?;
    let mut failures = Failures::default();
    progress("time to ready");
    let (server, ready) = start(program, &database, plan.starts).await?;
    tokio::time::sleep(plan.rest).await;
    let idle_mb = server.memory_mb()?;
    progress("GET /livez, and the course over the wire");
    let liveness = loads::liveness(server.address, plan, &mut failures).await?;
    let wire = wire::measure(server.address).await?;
    server.stop().await?;
    let (loads, loaded_mb) = loads::measure(program, database.url(), plan, &mut failures).await?;
    // A quick run on a busy machine may have none.
    let peak = loads.answers.per_second.max(loads.crowded.per_second).max(1.0);
    progress("half of the peak, and several times the peak");
    let (server, _) = program.serve(database.url(), &[]).await?;
    let half = pressure::half(server.address, peak, plan, &mut failures).await?;
    let overload = pressure::overload(server.address, peak, plan, &mut failures).await?;
    server.stop().await?;
    progress("the queue behind a short and a long history");
    let (history, bytes_per_answer) = growth::history(program, databases, plan, &mut failures).await?;
    progress("the queue among few and many learners");
    let learners = growth::learners(program, databases, plan, &mut failures).await?;
    progress("answers while memory weights are fitted");
    let refits = refits::measure(program, databases, peak, plan, &mut failures).await?;
    Ok(Figures {
        ready,
        idle_mb,
        loaded_mb,
        liveness,
        loads,
        half,
        overload,
        history,
        learners,
        refits,
        bytes_per_answer,
        wire,
        failures,
    })
}

fn progress(what: &str) {
    eprintln!("  {what}");
}

/// The median time of `starts` starts, and the last of the servers.
async fn start(program: &Program, database: &Database, starts: usize) -> Result<(Server, Duration)> {
    let mut times = Vec::new();
    loop {
        let (server, took) = program.serve(database.url(), &[]).await?;
        times.push(took);
        if times.len() >= starts {
            return Ok((server, percentile(&times, 50)));
        }
        server.stop().await?;
    }
}
