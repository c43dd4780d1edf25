//! `laerd serve`.

use super::{Failure, bank};
use crate::{
    api::{self, edge},
    app::{App, Rates, WriterSettings},
    clock::{Clock, Ids},
    config::Config,
    domain::memory::Progress,
    server,
    store::{CHECKPOINT_EVERY, Db, open},
    telemetry,
};
use std::{path::Path, process::ExitCode, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often courses loaded by another process are looked for, and quiet addresses forgotten.
const UPKEEP: Duration = Duration::from_secs(10);
/// How often is asked whether the figures of a new week are to be made.
const FIGURES: Duration = Duration::from_secs(10);
/// How often is looked for learners whose memory weights are to be fitted.
const FIT: Duration = Duration::from_secs(60);

/// How often is asked whether a course's time to be learnt anew has come.
const LEARNING: Duration = Duration::from_secs(60);

/// How long is waited at the end for what is at work.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(config: &Config, load: Option<&Path>) -> Result<ExitCode, Failure> {
    telemetry::start(config)?;
    let listener = server::bind(config.listen).await?;
    let db = open::open(&config.database_url, config.database_connections.get()).await?;
    if let Some(path) = load {
        tracing::info!(report = bank::load(&db, path).await?, "course loaded");
    }
    let app = App::with_writer(db, Clock::System, Ids::random(), rates(config), writer(config)).await?;
    let stop = CancellationToken::new();
    app.tasks.spawn(stop_on_signal(stop.clone()));
    app.tasks.spawn(checkpoints(Arc::clone(&app), stop.clone()));
    app.tasks.spawn(upkeep(Arc::clone(&app), stop.clone()));
    app.tasks.spawn(figures(Arc::clone(&app), stop.clone()));
    app.tasks.spawn(learning(Arc::clone(&app), stop.clone()));
    app.tasks.spawn(fit_memories(Arc::clone(&app), stop.clone()));
    let settings = edge::Settings {
        trust_forwarded_for: config.trust_forwarded_for,
        allowed_origins: config.allowed_origins.clone(),
    };
    let routes = api::routes(&app, settings);
    tracing::info!(address = %listener.local_addr()?, courses = app.catalogue().courses().len(), "ready");
    server::serve(listener, routes, config.max_connections.get() as usize, stop).await;
    let (tasks, db) = (app.tasks.clone(), app.db.clone());
    // The writers end when the application has gone.
    drop(app);
    tasks.close();
    if tokio::time::timeout(PATIENCE, tasks.wait()).await.is_err() {
        tracing::warn!("stopped while something was still at work");
    }
    close(db).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn rates(config: &Config) -> Rates {
    Rates::per_minute(config.sign_ins_per_minute, config.guests_per_minute)
}

fn writer(config: &Config) -> WriterSettings {
    let (lanes, group) = (config.writer_lanes.get() as usize, config.writer_group.get() as usize);
    WriterSettings { lanes, group, ..WriterSettings::default() }
}

async fn checkpoints(app: Arc<App>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(CHECKPOINT_EVERY)).await.is_some() {
        if let Err(cause) = app.db.checkpoint().await {
            tracing::warn!(%cause, "the log of pages could not be copied into the database");
        }
    }
}

async fn upkeep(app: Arc<App>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
        app.rates.forget_quiet();
        if let Err(cause) = app.refresh_catalogue().await {
            tracing::warn!(%cause, "the courses could not be looked for");
        }
    }
}

/// Of its own, because it takes as long as there are people to count: new courses and epochs must not wait for it.
async fn figures(app: Arc<App>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(FIGURES)).await.is_some() {
        match app.refresh_coverage().await {
            Ok(true) => tracing::info!("the figures of the week are made"),
            Ok(false) => {}
            Err(cause) => tracing::warn!(%cause, "the figures of the week could not be made; trying again"),
        }
    }
}

async fn learning(app: Arc<App>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(LEARNING)).await.is_some() {
        if let Err(cause) = app.learn_courses().await {
            tracing::warn!(%cause, "the courses could not be learnt anew");
        }
    }
}

/// Fits the memory weights of whoever has enough new reviews, one learner after the other.
async fn fit_memories(app: Arc<App>, stop: CancellationToken) {
    let progress = Progress::default();
    let (halt, stopped) = (stop.clone(), progress.clone());
    app.tasks.spawn(async move {
        halt.cancelled().await;
        stopped.stop();
    });
    while stop.run_until_cancelled(tokio::time::sleep(FIT)).await.is_some() {
        match app.refit_due(&progress).await {
            Ok(fitted) if fitted.is_empty() => {}
            Ok(fitted) => {
                let better = fitted.iter().filter(|fitted| fitted.proposal.weights.is_some()).count();
                tracing::info!(learners = fitted.len(), better, "memory weights fitted");
            }
            Err(cause) => tracing::warn!(%cause, "whose memory weights are to be fitted is not known"),
        }
    }
}

async fn close(db: Db) {
    if let Err(cause) = db.close().await {
        tracing::warn!(%cause, "the database did not close cleanly");
    }
}

#[cfg(unix)]
async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stop.cancelled() => {}
    }
    stop.cancel();
}

#[cfg(not(unix))]
async fn stop_on_signal(stop: CancellationToken) {
    let _ = tokio::signal::ctrl_c().await;
    stop.cancel();
}
