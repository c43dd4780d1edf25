//! How well the memory model forecasts a review log: for a course owner who wants to check it on his own data.
//!
//! The log is cut into six equal blocks. The first is not scored; each later one is forecast with weights fitted to all
//! rows before it. Reviews of the same day stay in the history and are not scored, unless asked for.

mod csv;
mod dual;
mod fsrs7;

use clap::{Parser, ValueEnum};
use csv::Rows;
use fsrs7::Fsrs7;
use laerd::{
    domain::{
        memory::{
            Forecast, LoggedReview, MemoryModel, Model, Progress, Weights, blocks, fit, forecasts, score,
            synthetic::{Plan, Synthetic, someone, study},
        },
        pace::{Occasion, Pace, Timed},
    },
    vocab::{grade::Rating, time::StudyDay},
};
use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    path::PathBuf,
};

/// Forecast every review of a log with weights fitted to earlier reviews only.
#[derive(Parser)]
struct Arguments {
    /// card_id,review_time_ms,rating,duration_ms in review order; rating 1 to 4, rows with 0 are skipped
    #[arg(value_name = "IN.csv", required_unless_present = "synthetic")]
    log: Option<PathBuf>,
    /// Gets row,p for each scored review; rows count from 0 below the header
    #[arg(value_name = "OUT.csv")]
    out: Option<PathBuf>,
    /// Do not fit: use the model's default weights
    #[arg(long)]
    default_weights: bool,
    /// Replace Hard, Good and Easy by what the response time says
    #[arg(long)]
    ratings_from_time: bool,
    /// Score repeats within a study day too
    #[arg(long)]
    same_day: bool,
    /// Models to compare; OUT.csv is the first one's
    #[arg(long, value_delimiter = ',', default_value = "fsrs6")]
    model: Vec<Kind>,
    /// Instead of a file: the log of a learner made up from this seed, with the truth beside the forecasts
    #[arg(long, value_name = "SEED")]
    synthetic: Option<u64>,
    /// How the made-up learner remembers
    #[arg(long, default_value = "fsrs6")]
    truth: Kind,
    /// Only write the log
    #[arg(long, value_name = "LOG.csv")]
    write_log: Option<PathBuf>,
    /// Only print the 21 weights of FSRS-6 fitted to the whole log
    #[arg(long)]
    fit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Fsrs6,
    Fsrs7,
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const BLOCKS: usize = 6;
const PLAN: Plan = Plan { days: 300, new_per_day: 10, guess: 0.0 };

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let (mut rows, truth) = match (&arguments.log, arguments.synthetic) {
        (_, Some(seed)) => made_up(seed, arguments.truth),
        (Some(path), None) => (csv::read(path)?, None),
        (None, None) => (Rows::default(), None),
    };
    if let Some(path) = &arguments.write_log {
        return Ok(csv::write(path, &rows)?);
    }
    if arguments.ratings_from_time {
        rate_by_time(&mut rows);
    }
    let mut out = std::io::stdout();
    if arguments.fit {
        let weights = fit(&rows.log, &Weights::DEFAULT, &Progress::default())?;
        return Ok(writeln!(out, "{}", serde_json::to_string(&weights)?)?);
    }
    for (index, kind) in arguments.model.iter().enumerate() {
        let forecasts = evaluate(*kind, &rows.log, &arguments);
        writeln!(out, "{}", report(*kind, &forecasts, truth.as_deref()))?;
        if let (0, Some(path)) = (index, &arguments.out) {
            csv::write_forecasts(path, &rows, &forecasts)?;
        }
    }
    Ok(())
}

fn evaluate(kind: Kind, log: &[LoggedReview], arguments: &Arguments) -> Vec<Forecast> {
    let Arguments { default_weights, same_day, .. } = *arguments;
    let never_stopped = Progress::default();
    match (kind, default_weights) {
        (Kind::Fsrs6, true) => split(log, same_day, |_| Model::default()),
        (Kind::Fsrs6, false) => split(log, same_day, |before| {
            Model::new(fit(before, &Weights::DEFAULT, &never_stopped).unwrap_or_default())
        }),
        (Kind::Fsrs7, true) => split(log, same_day, |_| Fsrs7::default()),
        (Kind::Fsrs7, false) => split(log, same_day, Fsrs7::fit),
    }
}

/// Each block but the first, forecast by a model fitted to all before it.
fn split<M: MemoryModel>(log: &[LoggedReview], same_day: bool, fitted: impl Fn(&[LoggedReview]) -> M) -> Vec<Forecast> {
    let later = blocks(log.len(), BLOCKS).into_iter().skip(1);
    later.flat_map(|block| forecasts(&fitted(&log[..block.start]), log, block, same_day)).collect()
}

fn report(kind: Kind, forecasts: &[Forecast], truth: Option<&[f64]>) -> String {
    let score = score(forecasts);
    let name = format!("{kind:?}").to_lowercase();
    let (n, loss, auc, rmse) = (score.n, score.log_loss, score.auc, score.rmse_bins);
    let mut line = format!("{name}: n {n}, log loss {loss:.4}, AUC {auc:.4}, RMSE(bins) {rmse:.4}");
    if let Some(truth) = truth {
        let p = |one: &Forecast| if one.right { truth[one.place] } else { 1.0 - truth[one.place] };
        let oracle = forecasts.iter().map(|one| -p(one).ln()).sum::<f64>() / n as f64;
        line += &format!("; oracle {oracle:.4}, {:+.2} %", 100.0 * (loss / oracle - 1.0));
    }
    line
}

fn made_up(seed: u64, truth: Kind) -> (Rows, Option<Vec<f64>>) {
    let Synthetic { log, took_ms, truth } = match truth {
        Kind::Fsrs6 => study(&Model::new(someone(seed)), PLAN, seed),
        Kind::Fsrs7 => study(&Fsrs7::default(), PLAN, seed),
    };
    let took_ms = took_ms.into_iter().map(Some).collect();
    (Rows { row: (0..log.len()).collect(), log, took_ms }, Some(truth))
}

/// What the product does with answers it marks itself.
fn rate_by_time(rows: &mut Rows) {
    let mut paces: BTreeMap<Occasion, Pace> = BTreeMap::new();
    let mut last: HashMap<i64, StudyDay> = HashMap::new();
    for (review, ms) in rows.log.iter_mut().zip(&rows.took_ms) {
        let elapsed = last.insert(review.card, review.day).map(|day| (review.day.0 - day.0).max(0).cast_unsigned());
        if review.rating != Rating::Again {
            let pace = paces.entry(Occasion::of(elapsed)).or_default();
            review.rating = pace.rate(Timed { ms: *ms, ..Timed::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_a_known_mind_is_forecast_within_two_per_cent_of_the_truth() {
        let (rows, truth) = made_up(1, Kind::Fsrs6);
        let truth = truth.expect("made up");
        let fitted = |before: &[LoggedReview]| {
            Model::new(fit(before, &Weights::DEFAULT, &Progress::default()).unwrap_or_default())
        };
        let forecasts = split(&rows.log, false, fitted);
        let oracle: f64 =
            forecasts.iter().map(|one| -(if one.right { truth[one.place] } else { 1.0 - truth[one.place] }).ln()).sum();
        let ratio = score(&forecasts).log_loss * forecasts.len() as f64 / oracle;
        assert!((0.99..1.02).contains(&ratio), "{ratio}");
    }

    #[test]
    fn no_forecast_knows_what_comes_after_it() {
        let (mut rows, _) = made_up(2, Kind::Fsrs6);
        let fitted = |before: &[LoggedReview]| {
            Model::new(fit(before, &Weights::DEFAULT, &Progress::default()).unwrap_or_default())
        };
        let before = split(&rows.log, false, fitted);
        let cut = rows.log.len() * 2 / 3;
        for review in &mut rows.log[cut..] {
            review.rating = Rating::Again;
        }
        let after = split(&rows.log, false, fitted);
        let early = |all: &[Forecast]| -> Vec<(usize, f64)> {
            all.iter().filter(|one| one.place <= cut).map(|one| (one.place, one.p)).collect()
        };
        assert_eq!(early(&before), early(&after));
    }
}
