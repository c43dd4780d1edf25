//! `laerd bank`: question banks from the disk to the checker and the database.

use super::{Failure, print};
use crate::{
    app,
    clock::{Clock, Ids},
    config::Config,
    domain::bank::{self, KeyHabits, Problem, Severity, SourceFile},
    store::{Db, open},
    vocab::time::DayBoundary,
};
use clap::{Subcommand, ValueEnum};
use jiff::{civil::Date, tz::TimeZone};
use std::{
    collections::BTreeMap,
    fmt::Write,
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Subcommand)]
pub(super) enum Bank {
    /// Check a course and report every fault at once
    ///
    /// Prints one fault a line as FILE:LINE:COLUMN severity[code] text, and how to mend it. Exit code 1 if there is an
    /// error. The format is described in questions/FORMAT.md.
    Check {
        /// Folder of the course
        path: PathBuf,
        /// Also look for weak questions and gaps; exit code 1 if any error or warning is left
        #[arg(long)]
        lint: bool,
        /// Language of the messages
        #[arg(long, default_value = "en")]
        lang: Lang,
    },
    /// Show what a course covers
    ///
    /// Prints tables of questions by chapter, concept, difficulty and type, and names the gaps. A course with errors is
    /// not shown.
    Report {
        /// Folder of the course
        path: PathBuf,
    },
    /// Show which questions learners keep forgetting
    ///
    /// Reads the database: questions of a loaded course that at least five learners have forgotten eight times or more,
    /// the worst first. Of fewer learners nothing is told, and never who they are. A question that is a leech to many
    /// asks too much at once, or is too like another.
    Leeches {
        /// The slug of the course
        course: String,
    },
    /// Load a course into the database
    ///
    /// New and changed questions become revisions, missing ones retire, and nothing else changes: loading the same
    /// files twice is safe. A course with errors is not loaded at all.
    Load {
        /// Folder of the course
        path: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Lang {
    Nb,
    Nn,
    En,
}

impl Bank {
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        match self {
            Self::Check { path, lint: false, lang } => check(&path, lang),
            Self::Check { path, lint: true, lang } => check_and_lint(&path, lang),
            Self::Report { path } => report(&path),
            Self::Leeches { course } => leeches(config, &course).await,
            Self::Load { path } => {
                let db = open::open(&config.database_url, 1).await?;
                let report = load(&db, &path).await?;
                db.close().await?;
                print(&format!("{report}\n"))
            }
        }
    }
}

/// Loads the course in `path`, for the operator to read what was done.
pub(super) async fn load(db: &Db, path: &Path) -> Result<String, Failure> {
    let bank = sound(path)?;
    let report = app::bank::load(db, &Clock::System, &Ids::random(), &bank).await?;
    let app::LoadReport { created, updated, unchanged, retired, regraded_answers, regraded_learners, .. } = report;
    let mut told =
        format!("{}: {created} new, {updated} changed, {unchanged} unchanged, {retired} retired", bank.course.slug);
    if regraded_answers > 0 {
        told += &format!("; a mended key marks {regraded_answers} answers of {regraded_learners} learners otherwise");
    }
    Ok(told)
}

/// The bank in `path`, or the listing of what is wrong with it.
fn sound(path: &Path) -> Result<bank::Bank, Failure> {
    let (bank, problems) = bank::read(&sources(path)?);
    bank.ok_or_else(|| listing(path, &problems, Lang::En).into())
}

fn check(path: &Path, lang: Lang) -> Result<ExitCode, Failure> {
    let (bank, problems) = bank::read(&sources(path)?);
    let mut text = listing(path, &problems, lang);
    if let Some(bank) = &bank {
        text.push_str(&summary(bank));
    }
    print(&text)?;
    Ok(if bank.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// As [`check`], and stricter: what is left is mended or accepted with a reason, or the linter guards nothing.
fn check_and_lint(path: &Path, lang: Lang) -> Result<ExitCode, Failure> {
    let (bank, mut problems) = bank::read(&sources(path)?);
    if let Some(bank) = &bank {
        problems.extend(bank::lint(bank, today()));
    }
    let mut text = listing(path, &problems, lang);
    if let Some(bank) = &bank {
        text.push_str(&summary(bank));
        text.push_str(&key_habits(&KeyHabits::of(bank)));
    }
    print(&text)?;
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// In UTC: a review that falls due some hours early or late is no matter.
fn today() -> Date {
    let utc = DayBoundary { zone: TimeZone::UTC, rollover_hour: 0 };
    utc.day_of(Clock::System.now(), None).date()
}

fn report(path: &Path) -> Result<ExitCode, Failure> {
    print(&bank::report(&sound(path)?).to_string())
}

async fn leeches(config: &Config, course: &str) -> Result<ExitCode, Failure> {
    let db = open::open(&config.database_url, 1).await?;
    let rates = app::Rates::per_minute(NonZeroU32::MIN, NonZeroU32::MIN);
    let app = app::App::new(db, Clock::System, Ids::random(), rates).await?;
    let mut text = String::new();
    for app::Leech { question, learners, met } in app.leeches(course).await? {
        let stem: String = question.question.stem.chars().take(80).collect();
        let _ = writeln!(text, "{:10} {learners} of {met} learners  {stem}", question.question.id);
    }
    if text.is_empty() {
        text.push_str("no question is a leech to five learners or more\n");
    }
    print(&text)
}

/// Every YAML file of the folder, by name. A file that is not UTF-8 is named with the byte where it breaks.
fn sources(folder: &Path) -> Result<Vec<SourceFile>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|cause| format!("{} cannot be read: {cause}", folder.display()))?;
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.ends_with(".yaml") || name.ends_with(".yml") {
            files.insert(name.to_owned(), path.clone());
        }
    }
    files
        .into_iter()
        .map(|(name, path)| {
            let bytes = std::fs::read(&path).map_err(|cause| format!("{} cannot be read: {cause}", path.display()))?;
            let text = String::from_utf8(bytes).map_err(|cause| {
                let at = cause.utf8_error().valid_up_to();
                format!("{} is not UTF-8 (byte {at})\n  cure: save it as UTF-8", path.display())
            })?;
            Ok(SourceFile { path: name, text })
        })
        .collect()
}

fn listing(folder: &Path, problems: &[Problem], lang: Lang) -> String {
    let lang = lang.into();
    let mut text = String::new();
    for problem in problems {
        let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
        let file = folder.join(&problem.file);
        let Problem { line, column, code, message, cure, .. } = problem;
        let _ =
            writeln!(text, "{}:{line}:{column} {severity}[{}] {}", file.display(), code.as_str(), message.get(lang));
        let _ = writeln!(text, "    {}", cure.get(lang));
    }
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let _ = writeln!(text, "{errors} error(s), {} warning(s)", problems.len() - errors);
    text
}

fn summary(bank: &bank::Bank) -> String {
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for question in &bank.questions {
        *types.entry(question.question.body.type_name()).or_default() += 1;
    }
    let types: Vec<String> = types.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!(
        "{}: {} questions, {} concepts, {} chapters\n{}\n",
        bank.course.slug,
        bank.questions.len(),
        bank.concepts.len(),
        bank.course.chapters.len(),
        types.join(", "),
    )
}

fn key_habits(habits: &KeyHabits) -> String {
    let positions = (1..).zip(&habits.positions);
    let shares: Vec<String> =
        positions.map(|(place, position)| format!("{place}: {:.0} %", position.share())).collect();
    format!(
        "keys of {} single questions: {:.0} % uniquely longest; by position {}\n",
        habits.items,
        habits.longest_share(),
        shares.join(", "),
    )
}

impl From<Lang> for crate::vocab::text::Lang {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Nb => Self::Nb,
            Lang::Nn => Self::Nn,
            Lang::En => Self::En,
        }
    }
}
