//! Weights from a log: the fit, and whether a learner is better off with it.
//!
//! Few reviews say little: below 64 scored ones nothing is fitted, below 400 only the four initial stabilities. A fit
//! is accepted only if it forecasts the last block of the log, which it has not seen, better than what is in use.
//!
//! The optimiser knows nothing of guessing. Where a right answer may be a guess, the log is first made one of knowing:
//! a right answer stays right with the probability that it was known under the current weights, drawn from a hash of
//! the review. Drawing and fitting in turn is the stochastic EM algorithm (Celeux & Diebolt 1985): the fit to all of a
//! log goes on from the fit to most of it, and the next refit from there. More draws forecast no better.

use super::{
    LoggedReview, Model, Weights,
    evaluate::{forecasts, score},
    log::replay,
};
use crate::vocab::{grade::Rating, time::StudyDay};
use fsrs::{CombinedProgressState, ComputeParametersInput, FSRSItem, FSRSReview, TrainingConfig, compute_parameters};
use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

/// How far a fit is, and the way to end it. Clones speak of the same fit.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<CombinedProgressState>>);

/// The fit was stopped through its [`Progress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fit was stopped")]
pub struct Stopped;

/// What a refit came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// Fitted to the whole log; absent if nothing forecasts better than the weights in use, or the log is too short.
    pub weights: Option<Weights>,
    /// Scored reviews of the log.
    pub scored: usize,
    /// Log loss on the last block with the weights in use.
    pub loss_now: f64,
    /// The same with weights fitted to all before that block; equal to `loss_now` if nothing was fitted.
    pub loss_then: f64,
}

/// Scored reviews from which the initial stabilities are fitted.
pub const ENOUGH_FOR_STABILITIES: usize = 64;
/// Scored reviews from which all weights are fitted.
pub const ENOUGH_FOR_ALL: usize = 400;
/// Passes of the optimiser over the log; Anki's own number.
const EPOCHS: usize = 8;
/// The optimiser leaves out longer histories; so does the making of its input, whose size would grow by their square.
const LONGEST_HISTORY: usize = 256;
/// The last block, as a share of the log, on which a refit is judged.
const BLOCKS: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Stabilities,
    All,
}

impl Progress {
    /// Ends the fit soon.
    pub fn stop(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).want_abort = true;
    }

    /// The fit stands still within a few milliseconds, until what is returned is dropped.
    pub fn hold(&self) -> impl Drop + '_ {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub fn is_held(&self) -> bool {
        self.0.try_lock().is_err()
    }

    /// From 0 to 1, of the pass under way.
    pub fn share(&self) -> f64 {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.current() as f64 / state.total().max(1) as f64
    }

    pub fn is_stopped(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).want_abort
    }
}

/// Reviews at least a day after the one before: those that say something of forgetting.
pub fn scored(log: &[LoggedReview]) -> usize {
    let mut last: HashMap<i64, StudyDay> = HashMap::new();
    log.iter().filter(|review| last.insert(review.card, review.day).is_some_and(|day| review.day > day)).count()
}

/// Weights fitted to a log, as many as its length allows; the others are those of `base`.
pub fn fit(log: &[LoggedReview], base: &Weights, progress: &Progress) -> Result<Weights, Stopped> {
    match scored(log) {
        0..ENOUGH_FOR_STABILITIES => Ok(*base),
        ENOUGH_FOR_STABILITIES..ENOUGH_FOR_ALL => fit_scope(Scope::Stabilities, log, (base, base), progress),
        _ => fit_scope(Scope::All, log, (base, base), progress),
    }
}

/// Whether `log` gives better weights than `current`. `base` is what is known without it: the course's weights.
pub fn refit(
    log: &[LoggedReview],
    current: &Weights,
    base: &Weights,
    progress: &Progress,
) -> Result<Proposal, Stopped> {
    let scored = scored(log);
    let last_block = held_out(log);
    let loss = |weights: &Weights| score(&forecasts(&Model::new(*weights), log, last_block.clone(), false)).log_loss;
    let loss_now = loss(current);
    let scopes: &[Scope] = match scored {
        0..ENOUGH_FOR_STABILITIES => &[],
        ENOUGH_FOR_STABILITIES..ENOUGH_FOR_ALL => &[Scope::Stabilities],
        _ => &[Scope::All, Scope::Stabilities],
    };
    for scope in scopes {
        let candidate = fit_scope(*scope, &log[..last_block.start], (base, current), progress)?;
        let loss_then = loss(&candidate);
        if loss_then < loss_now {
            let weights = Some(fit_scope(*scope, log, (base, &candidate), progress)?);
            return Ok(Proposal { weights, scored, loss_now, loss_then });
        }
    }
    Ok(Proposal { weights: None, scored, loss_now, loss_then: loss_now })
}

fn held_out(log: &[LoggedReview]) -> Range<usize> {
    log.len() - log.len() / BLOCKS..log.len()
}

/// `start` are the weights by which knowledge is told from guessing.
fn fit_scope(
    scope: Scope,
    log: &[LoggedReview],
    (base, start): (&Weights, &Weights),
    progress: &Progress,
) -> Result<Weights, Stopped> {
    if log.iter().all(|review| review.guess <= 0.0) {
        return fit_known(scope, log, base, progress);
    }
    fit_known(scope, &as_known(&Model::new(*start), log), base, progress)
}

/// The log with right answers that were probably guessed turned into failures.
fn as_known(model: &Model, log: &[LoggedReview]) -> Vec<LoggedReview> {
    let mut known = log.to_vec();
    replay(model, log, |place, before| {
        let review = &log[place];
        if review.rating == Rating::Again || review.guess <= 0.0 {
            return;
        }
        let (memory, days) = before.map_or((None, 0), |before| (Some(before.state), before.elapsed.days));
        if fraction(review) >= model.knowing(memory, days, review.guess) {
            known[place].rating = Rating::Again;
        }
    });
    known
}

/// In [0, 1), from the review alone (splitmix64), so that a repeated fit is the same fit.
fn fraction(review: &LoggedReview) -> f64 {
    let mut hash = review.card.cast_unsigned() ^ review.at.0.cast_unsigned().rotate_left(32);
    for multiplier in [0xbf58_476d_1ce4_e5b9_u64, 0x94d0_49bb_1331_11eb] {
        hash = (hash ^ (hash >> 30)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(multiplier);
    }
    ((hash ^ (hash >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The optimiser of the `fsrs` crate, called as Anki calls it.
fn fit_known(scope: Scope, log: &[LoggedReview], base: &Weights, progress: &Progress) -> Result<Weights, Stopped> {
    if progress.is_stopped() {
        return Err(Stopped);
    }
    let (items, card_ids): (Vec<FSRSItem>, Vec<i64>) =
        items(log).filter(|(item, _)| scope == Scope::All || item.long_term_review_cnt() == 1).unzip();
    let input = ComputeParametersInput {
        train_set: items,
        card_ids: Some(card_ids),
        progress: Some(Arc::clone(&progress.0)),
        enable_short_term: true,
        num_relearning_steps: Some(1),
        training_config: Some(TrainingConfig { num_epochs: EPOCHS, ..TrainingConfig::default() }),
    };
    match compute_parameters(input) {
        Err(fsrs::FSRSError::Interrupted) => Err(Stopped),
        // Too little that is usable is left after the crate's own filter of outliers.
        Err(_) => Ok(*base),
        Ok(numbers) => {
            let fitted = Weights::new(&numbers).unwrap_or(*base);
            Ok(if scope == Scope::All { fitted } else { base.with_stabilities_of(&fitted) })
        }
    }
}

/// For each review a day or more after the one before: the card's history up to and with it.
fn items(log: &[LoggedReview]) -> impl Iterator<Item = (FSRSItem, i64)> {
    let mut histories: HashMap<i64, (StudyDay, Vec<FSRSReview>)> = HashMap::new();
    log.iter().filter_map(move |review| {
        let (day, history) = histories.entry(review.card).or_insert((review.day, Vec::new()));
        let delta_t = u32::try_from(review.day.0.saturating_sub(day.0)).unwrap_or(0);
        *day = review.day;
        if history.len() < LONGEST_HISTORY {
            history.push(FSRSReview { rating: review.rating.number().into(), delta_t });
            return (delta_t > 0).then(|| (FSRSItem { reviews: history.clone() }, review.card));
        }
        None
    })
}
