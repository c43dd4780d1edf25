//! How good forecasts of a memory model are.
//!
//! Measures are those of the public benchmark of spaced-repetition algorithms (open-spaced-repetition/srs-benchmark),
//! so that figures can be laid beside its tables.

use super::{
    LoggedReview, MemoryModel,
    log::{Before, replay},
};
use crate::vocab::grade::Rating;
use std::{collections::BTreeMap, ops::Range};

/// What was expected of one review, and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// The review's place in the log.
    pub place: usize,
    /// The chance of a right answer, before the review.
    pub p: f64,
    pub right: bool,
    bin: Bin,
}

/// Interval in days, length of the history and lapses in it, each coarsened on a scale of powers.
type Bin = (u32, u32, u32);

/// The quality of forecasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    pub n: usize,
    /// Mean of −ln of the probability given to what happened. Lower is better; NaN if `n` is 0.
    pub log_loss: f64,
    /// The chance that a remembered review was given a higher probability than a forgotten one. NaN without both.
    pub auc: f64,
    /// Root mean square of forecast share minus true share over bins of alike reviews, weighted by their number:
    /// the calibration.
    pub rmse_bins: f64,
}

/// `count` blocks of equal length (the last takes the rest of the division).
pub fn blocks(length: usize, count: usize) -> Vec<Range<usize>> {
    (0..count).map(|block| block * length / count..(block + 1) * length / count).collect()
}

/// Forecasts for the reviews of `range`, with the whole log before each as its history. Reviews on the day of the one
/// before are forecast only if `same_day`; a first review never is.
pub fn forecasts<M: MemoryModel>(
    model: &M,
    log: &[LoggedReview],
    range: Range<usize>,
    same_day: bool,
) -> Vec<Forecast> {
    let mut made = Vec::with_capacity(range.len());
    replay(model, &log[..range.end], |place, before| {
        let Some(before) = before else { return };
        if place < range.start || (before.elapsed.days == 0 && !same_day) {
            return;
        }
        let (review, recall) = (&log[place], model.recall(before.state, before.elapsed));
        let p = recall + (1.0 - recall) * review.guess;
        made.push(Forecast { place, p, right: review.rating != Rating::Again, bin: bin(&before) });
    });
    made
}

/// The measures over all forecasts.
pub fn score(forecasts: &[Forecast]) -> Score {
    let n = forecasts.len();
    let losses = forecasts.iter().map(|forecast| {
        let p = forecast.p.clamp(1e-9, 1.0 - 1e-9);
        -libm::log(if forecast.right { p } else { 1.0 - p })
    });
    let log_loss = losses.sum::<f64>() / n as f64;
    Score { n, log_loss, auc: auc(forecasts), rmse_bins: rmse_bins(forecasts) }
}

/// By ranks (Mann & Whitney 1947); equal forecasts share their mean rank.
fn auc(forecasts: &[Forecast]) -> f64 {
    let mut sorted: Vec<&Forecast> = forecasts.iter().collect();
    sorted.sort_unstable_by(|one, other| one.p.total_cmp(&other.p));
    let (mut rank_sum, mut before) = (0.0, 0);
    for equal in sorted.chunk_by(|one, other| one.p == other.p) {
        let rank = before as f64 + (equal.len() + 1) as f64 / 2.0;
        rank_sum += rank * equal.iter().filter(|forecast| forecast.right).count() as f64;
        before += equal.len();
    }
    let right = forecasts.iter().filter(|forecast| forecast.right).count() as f64;
    let wrong = forecasts.len() as f64 - right;
    (rank_sum - right * (right + 1.0) / 2.0) / (right * wrong)
}

fn rmse_bins(forecasts: &[Forecast]) -> f64 {
    let mut bins: BTreeMap<Bin, (f64, f64, f64)> = BTreeMap::new();
    for forecast in forecasts {
        let (expected, right, count) = bins.entry(forecast.bin).or_default();
        *expected += forecast.p;
        *right += f64::from(u8::from(forecast.right));
        *count += 1.0;
    }
    let squares = bins.values().map(|(expected, right, count)| (expected - right) * (expected - right) / count);
    (squares.sum::<f64>() / forecasts.len() as f64).sqrt()
}

/// The bins of the benchmark's `rmse_matrix`; the length counts this review and those a day or more apart before it.
fn bin<S>(before: &Before<S>) -> Bin {
    let coarse = |value: f64, scale: f64, base: f64| {
        if value <= 0.0 { 0.0 } else { scale * libm::pow(base, (libm::log(value) / libm::log(base)).floor()) }
    };
    let days = coarse(f64::from(before.elapsed.days), 2.48, 3.62) * 100.0;
    let length = coarse(f64::from(before.long_reviews) + 2.0, 1.99, 1.89);
    let lapses = coarse(f64::from(before.lapses), 1.65, 1.73);
    (days.round() as u32, length.round() as u32, lapses.round() as u32)
}
