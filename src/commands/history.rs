//! `laerd history`: what a learner did in another program, from its export to his log.

use super::{Failure, print};
use crate::{
    app::{App, Error, History as Imported, Rates, Running},
    clock::{Clock, Ids},
    config::Config,
    domain::history::{self, Skip},
    store::open,
    vocab::id::LearnerId,
};
use clap::Subcommand;
use std::{
    fmt::Write,
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Subcommand)]
pub(super) enum History {
    /// Import a learner's reviews from Anki
    ///
    /// Reads an .apkg or .colpkg that was exported with scheduling information. Each review schedules its question by
    /// the learner's own rating and is no evidence of mastery. Importing the same or a later export again adds only
    /// what is new. A note belongs to a question if its guid, a tag laerd::ID or a whole field is the question's id, or
    /// if a field is its stem, word for word; what is not certain is left out and counted.
    Import {
        /// The export
        file: PathBuf,
        /// Whose it is: the name of an account, or the id of a learner
        #[arg(long, value_name = "NAME|ID")]
        learner: String,
        /// The slug of the course
        #[arg(long)]
        course: String,
        /// Which notes ask which questions, as CSV: the line `note,question`, then guids (or ids) of notes with ids of
        /// questions
        #[arg(long, value_name = "FILE")]
        map: Option<PathBuf>,
        /// Only tell what would be imported
        #[arg(long)]
        dry_run: bool,
    },
}

impl History {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let Self::Import { file, learner, course, map, dry_run } = self;
        let list = map.map_or(Ok(Vec::new()), |path| list(&path))?;
        let db = open::open(&config.database_url, config.database_connections.get()).await?;
        let rates = Rates::per_minute(NonZeroU32::MIN, NonZeroU32::MIN);
        let app = App::new(db, Clock::System, Ids::random(), rates).await?;
        let learner = whose(&app, &learner).await?;
        let running = if dry_run { Running::Trial } else { Running::InEarnest };
        let imported = app.import_file(learner, &course, (&file, list), running).await.map_err(readable)?;
        print(&report(&imported, running))
    }
}

fn list(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|cause| format!("{} cannot be read: {cause}", path.display()))?;
    history::list(&text).map_err(|faults| {
        let line =
            |fault: history::ListFault| format!("{}:{}:{} {}", path.display(), fault.line, fault.column, fault.detail);
        faults.into_iter().map(line).collect::<Vec<_>>().join("\n").into()
    })
}

async fn whose(app: &App, learner: &str) -> Result<LearnerId, Failure> {
    let found = app.learner_named(learner).await?;
    found.ok_or_else(|| format!("there is no account `{learner}`, and no learner with this id").into())
}

fn report(imported: &Imported, running: Running) -> String {
    let Imported { matched, unmatched, ambiguous, questions, duplicate, .. } = imported;
    let verb = if running == Running::Trial { "would be sent" } else { "imported" };
    let mut text = format!(
        "{} reviews of {questions} questions {verb}, {duplicate} known already\n\
         notes with reviews: {matched} matched, {unmatched} not of this course, {ambiguous} not certain\n",
        imported.imported
    );
    for (reason, count) in &imported.skipped {
        let _ = writeln!(text, "left out: {count} {}", words(*reason));
    }
    if !imported.examples.is_empty() {
        let _ = writeln!(text, "the first notes that were not matched (name them with --map, or tag them laerd::ID):");
    }
    for example in &imported.examples {
        let _ = writeln!(text, "  {example}");
    }
    text
}

fn words(reason: Skip) -> &'static str {
    match reason {
        Skip::Unmatched => "reviews of notes that are not matched",
        Skip::OtherCard => "reviews of further cards of a note, which ask something else",
        Skip::NotRated => "rows where a card was moved without being answered",
        Skip::Crammed => "reviews out of turn, without effect on the card",
        Skip::Reset => "reviews from before a card was made new again",
        Skip::Time => "rows with a time in the future or before 1970",
        Skip::Elsewhere => "reviews that were imported before, to another question",
    }
}

fn readable(error: Error) -> Failure {
    match error {
        Error::Invalid(faults) => faults.into_iter().map(|fault| fault.detail).collect::<Vec<_>>().join("\n").into(),
        other => other.into(),
    }
}
