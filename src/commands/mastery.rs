//! `laerd mastery`.

use super::{Failure, print};
use crate::{
    app::{App, Lesson, Rates},
    clock::{Clock, Ids},
    config::Config,
    store::open,
};
use clap::Subcommand;
use std::{num::NonZeroU32, process::ExitCode};

#[derive(Subcommand)]
pub(super) enum Mastery {
    /// Learn now how hard a course's questions and concepts are
    ///
    /// `laerd serve` does this by itself, every few minutes while a course is young.
    Learn {
        /// The slug of the course
        course: String,
    },
    /// Search for numbers of the filter that fit a course better
    ///
    /// Replays the whole course 350 times, which takes a while where there are many answers. The search sees four
    /// fifths of the learners; a fit is accepted only if it foresees the others clearly better.
    Refit {
        /// The slug of the course
        course: String,
        /// Use the fit if it is accepted; otherwise it is only reported
        #[arg(long)]
        apply: bool,
        /// Where the search begins to draw
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

impl Mastery {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let db = open::open(&config.database_url, 2).await?;
        let rates = Rates::per_minute(NonZeroU32::MIN, NonZeroU32::MIN);
        let app = App::new(db, Clock::System, Ids::random(), rates).await?;
        match self {
            Self::Learn { course } => learn(&app, &course).await,
            Self::Refit { course, apply, seed } => refit(&app, &course, seed, apply).await,
        }
    }
}

async fn learn(app: &App, course: &str) -> Result<ExitCode, Failure> {
    let text = match app.learn(course).await? {
        Lesson::Told { version, drift } => format!("version {version} is in use; chances moved by {}\n", moved(&drift)),
        Lesson::Untold { drift } => format!("nothing worth telling; chances would move by {}\n", moved(&drift)),
        Lesson::Left => "another process is at it\n".to_owned(),
    };
    print(&text)
}

fn moved(drift: &crate::domain::mastery::Drift) -> String {
    format!("{:.3} (concepts), {:.3} (questions), {:.3} (calibration)", drift.concepts, drift.items, drift.calibration)
}

async fn refit(app: &App, course: &str, seed: u64, apply: bool) -> Result<ExitCode, Failure> {
    let fit = app.refit_course(course, seed, apply).await?;
    if fit.held_out == 0 {
        return print("too few learners to hold some out: the numbers in use stay\n");
    }
    let verdict = match (fit.is_accepted(), apply) {
        (true, true) => "accepted and in use",
        (true, false) => "accepted; use it with --apply",
        (false, _) => "not accepted: the numbers in use stay",
    };
    print(&format!(
        "log loss of {} answers held out: {:.5} before, {:.5} with the fit\n{verdict}\n{}\n",
        fit.held_out,
        fit.before,
        fit.after,
        serde_json::to_string_pretty(&fit.parameters)?
    ))
}
