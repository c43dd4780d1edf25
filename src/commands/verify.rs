//! `laerd verify`: is what is stored what the log gives.

use super::{Failure, print};
use crate::{
    app::{App, Audit, Rates},
    clock::{Clock, Ids},
    config::Config,
    store::open,
    vocab::id::LearnerId,
};
use std::{fmt::Write, num::NonZeroU32, process::ExitCode};

/// Learners looked up at a time.
const PAGE: u64 = 500;

/// What all learners come to.
#[derive(Default)]
struct Total {
    learners: u64,
    differences: u64,
    repaired: u64,
    all: Audit,
}

pub(super) async fn run(config: &Config, repair: bool) -> Result<ExitCode, Failure> {
    let db = open::open(&config.database_url, 1).await?;
    let rates = Rates::per_minute(NonZeroU32::MIN, NonZeroU32::MIN);
    let app = App::new(db, Clock::System, Ids::random(), rates).await?;
    let (mut total, mut last) = (Total::default(), None);
    loop {
        let page = app.learners_after(last, PAGE).await?;
        let Some(end) = page.last().copied() else { break };
        for learner in page {
            verify(&app, learner, repair, &mut total).await?;
        }
        last = Some(end);
    }
    print(&total.to_string())?;
    app.db.clone().close().await?;
    let left = total.differences - total.repaired;
    Ok(if left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Verifies one learner and prints each difference at once, so that nothing is kept of him.
async fn verify(app: &App, learner: LearnerId, repair: bool, total: &mut Total) -> Result<(), Failure> {
    let Some(mut audit) = app.verify(learner).await? else { return Ok(()) };
    if repair && audit.findings.iter().any(|finding| finding.is_repairable()) {
        let Some(found) = app.repair(learner).await? else { return Ok(()) };
        audit = found;
        total.repaired += audit.findings.iter().filter(|finding| finding.is_repairable()).count() as u64;
    }
    let mut text = String::new();
    for finding in &audit.findings {
        let repaired = if repair && finding.is_repairable() { " (repaired)" } else { "" };
        let _ = writeln!(text, "learner {learner}: {finding}{repaired}");
    }
    print(&text)?;
    total.add(&audit);
    Ok(())
}

impl Total {
    fn add(&mut self, audit: &Audit) {
        self.learners += 1;
        self.differences += audit.findings.len() as u64;
        self.all.events += audit.events;
        self.all.courses += audit.courses;
        self.all.outdated += audit.outdated;
        self.all.cards += audit.cards;
        self.all.concepts += audit.concepts;
    }
}

impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { learners, differences, repaired, all } = self;
        let Audit { events, courses, outdated, cards, concepts, .. } = all;
        writeln!(
            f,
            "{learners} learners, {events} events, {cards} cards, {concepts} beliefs, {courses} courses begun"
        )?;
        if *outdated > 0 {
            writeln!(f, "{outdated} of these courses await new parameters; the learner's next answer folds them")?;
        }
        writeln!(f, "{differences} differences, {repaired} repaired")
    }
}
