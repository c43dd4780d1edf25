//! `laerd optimize`.

use super::Failure;
use crate::{
    app::{App, Rates, Refitted},
    clock::{Clock, Ids},
    config::Config,
    domain::memory::{Progress, Proposal},
    store::open,
    vocab::id::LearnerId,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::{num::NonZeroU32, process::ExitCode, sync::Arc, time::Duration};
use uuid::Uuid;

/// What is to be fitted.
#[derive(clap::Args)]
pub(super) struct Optimize {
    /// Only this course (its slug)
    #[arg(long)]
    course: Option<String>,
    /// Only this learner; the weights of courses stay as they are
    #[arg(long, value_name = "ID")]
    learner: Option<Uuid>,
}

const REDRAW: Duration = Duration::from_millis(100);

impl Optimize {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let db = open::open(&config.database_url, config.database_connections.get()).await?;
        let rates = Rates::per_minute(NonZeroU32::MIN, NonZeroU32::MIN);
        let app = App::new(db, Clock::System, Ids::random(), rates).await?;
        let progress = Progress::default();
        app.tasks.spawn(stop_on_interrupt(progress.clone()));
        let courses = match self.course {
            Some(slug) => vec![app.catalogue().course(&slug)?.course.slug.clone()],
            None => app.catalogue().courses().iter().map(|course| course.course.slug.clone()).collect(),
        };
        for course in courses {
            if self.learner.is_none() {
                fit_course(&app, &course, &progress).await?;
            }
            fit_learners(&app, &course, self.learner.map(LearnerId), &progress).await?;
        }
        Ok(if progress.is_stopped() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

async fn fit_course(app: &Arc<App>, course: &str, progress: &Progress) -> Result<(), Failure> {
    let bar = bar(100, &format!("{course}: all learners together"));
    let fit = app.refit_course_memory(course, progress);
    tokio::pin!(fit);
    let proposal = loop {
        tokio::select! {
            done = &mut fit => break done?,
            () = tokio::time::sleep(REDRAW) => bar.set_position((progress.share() * 100.0) as u64),
        }
    };
    bar.finish_and_clear();
    if let Some(proposal) = proposal {
        tell(&bar, &format!("{course}: {}", outcome(&proposal)));
    }
    Ok(())
}

async fn fit_learners(
    app: &Arc<App>,
    course: &str,
    only: Option<LearnerId>,
    progress: &Progress,
) -> Result<(), Failure> {
    let learners = match only {
        Some(learner) => vec![learner],
        None => app.students(course).await?,
    };
    let bar = bar(learners.len() as u64, &format!("{course}: each learner"));
    let mut better = 0;
    for learner in &learners {
        if progress.is_stopped() {
            break;
        }
        if let Some(Refitted { proposal, .. }) = app.refit_learner(*learner, course, progress).await? {
            better += usize::from(proposal.weights.is_some());
            tell(&bar, &format!("{course}, learner {learner}: {}", outcome(&proposal)));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    tell(&bar, &format!("{course}: {better} of {} learners have new weights", learners.len()));
    Ok(())
}

fn outcome(proposal: &Proposal) -> String {
    let Proposal { scored, loss_now, loss_then, weights } = proposal;
    match weights {
        Some(_) => format!("{scored} reviews, log loss {loss_now:.4} before, {loss_then:.4} with new weights"),
        None => format!("{scored} reviews, nothing forecasts better than what is in use"),
    }
}

/// Above the bar on a terminal; a plain line otherwise, where a bar draws nothing.
fn tell(bar: &ProgressBar, line: &str) {
    bar.suspend(|| {
        let _ = super::print(&format!("{line}\n"));
    });
}

fn bar(length: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    let bar = ProgressBar::new(length).with_message(what.to_owned());
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

async fn stop_on_interrupt(progress: Progress) {
    if tokio::signal::ctrl_c().await.is_ok() {
        progress.stop();
    }
}
