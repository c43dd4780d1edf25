//! What must hold of fits and forecasts, on logs whose truth is known.

use super::{
    synthetic::{Plan, Synthetic, someone},
    *,
};
use crate::vocab::{
    grade::Rating,
    time::{StudyDay, Timestamp},
};

const PLAN: Plan = Plan { days: 120, new_per_day: 8, guess: 0.0 };

fn study(mind: &Weights, plan: Plan, seed: u64) -> Synthetic {
    synthetic::study(&Model::new(*mind), plan, seed)
}

fn fitted(log: &[LoggedReview]) -> Weights {
    fit(log, &Weights::DEFAULT, &Progress::default()).unwrap()
}

/// Log loss of `weights` and of the truth itself, on the scored reviews.
fn losses(weights: &Weights, made: &Synthetic) -> (f64, f64) {
    let all = forecasts(&Model::new(*weights), &made.log, 0..made.log.len(), false);
    let oracle: f64 = all.iter().map(|one| loss(made.truth[one.place], one.right)).sum();
    (score(&all).log_loss, oracle / all.len() as f64)
}

fn loss(p: f64, right: bool) -> f64 {
    -(if right { p } else { 1.0 - p }).ln()
}

fn by_hand(card: i64, day: i32, rating: Rating) -> LoggedReview {
    LoggedReview { card, at: Timestamp(i64::from(day) * 86_400_000), day: StudyDay(day), rating, guess: 0.0 }
}

#[test]
fn a_fit_forecasts_a_log_it_has_not_seen_nearly_as_well_as_the_truth() {
    let mind = someone(3);
    let weights = fitted(&study(&mind, PLAN, 1).log);
    let unseen = study(&mind, PLAN, 2);
    let ((fitted, oracle), (default, _)) = (losses(&weights, &unseen), losses(&Weights::DEFAULT, &unseen));
    assert!(fitted < oracle * 1.02, "{fitted} against {oracle} of the oracle");
    assert!(fitted < default, "{fitted} against {default} of the defaults");
}

#[test]
fn a_fit_sees_through_guessing() {
    let (mut loss, mut excess) = ([0.0; 2], [0.0; 2]);
    for seed in 4..8 {
        let (mind, plan) = (someone(seed), Plan { guess: 0.25, ..PLAN });
        let (seen, unseen) = (study(&mind, plan, 1), study(&mind, plan, 2));
        let blind: Vec<LoggedReview> = seen.log.iter().map(|review| LoggedReview { guess: 0.0, ..*review }).collect();
        for (index, log) in [&seen.log, &blind].into_iter().enumerate() {
            let all = forecasts(&Model::new(fitted(log)), &unseen.log, 0..unseen.log.len(), false);
            loss[index] += score(&all).log_loss / 4.0;
            let beyond_truth = all.iter().map(|one| one.p - unseen.truth[one.place]);
            excess[index] += beyond_truth.sum::<f64>() / all.len() as f64 / 4.0;
        }
    }
    let ([aware, unaware], [near, far]) = (loss, excess);
    assert!(aware < unaware && near.abs() < far / 2.0, "losses {loss:?}, overestimates {excess:?}");
}

#[test]
fn few_reviews_fit_little() {
    let log = study(&someone(3), PLAN, 1).log;
    let until = |count: usize| {
        let end = (0..=log.len()).find(|end| scored(&log[..*end]) == count).unwrap();
        fitted(&log[..end])
    };
    assert_eq!(until(63), Weights::DEFAULT);
    let some = until(399);
    assert_ne!(some.numbers()[..4], Weights::DEFAULT.numbers()[..4]);
    assert_eq!(some.numbers()[4..], Weights::DEFAULT.numbers()[4..]);
    assert_ne!(until(400).numbers()[4..], Weights::DEFAULT.numbers()[4..]);
}

#[test]
fn a_refit_is_proposed_only_where_it_forecasts_better() {
    let mind = someone(3);
    let log = study(&mind, PLAN, 1).log;
    let better = refit(&log, &Weights::DEFAULT, &Weights::DEFAULT, &Progress::default()).unwrap();
    assert!(better.weights.is_some() && better.loss_then < better.loss_now, "{better:?}");
    assert_eq!(better.scored, scored(&log));
    // One whose weights are the truth already has nothing to gain but chance; short of it nothing is even tried.
    let short = refit(&log[..80], &Weights::DEFAULT, &Weights::DEFAULT, &Progress::default()).unwrap();
    assert!(short.weights.is_none() && short.loss_then == short.loss_now, "{short:?}");
    assert_eq!(refit(&[], &mind, &mind, &Progress::default()).unwrap().weights, None);
}

#[test]
fn a_fit_can_be_stopped_and_is_the_same_each_time() {
    let log = study(&someone(3), Plan { guess: 0.25, days: 60, ..PLAN }, 1).log;
    assert_eq!(fitted(&log), fitted(&log));
    let stopped = Progress::default();
    stopped.stop();
    assert_eq!(fit(&log, &Weights::DEFAULT, &stopped), Err(Stopped));
}

#[test]
fn a_log_that_says_nothing_of_forgetting_is_no_trouble() {
    let all_right: Vec<LoggedReview> =
        (0..2000).map(|step| by_hand(i64::from(step % 200), step / 200 * 3, Rating::Easy)).collect();
    let one_day: Vec<LoggedReview> = (0..2000).map(|step| by_hand(step % 20, 7, Rating::Good)).collect();
    let one_card: Vec<LoggedReview> = (0..3000).map(|day| by_hand(1, day, Rating::Again)).collect();
    let clock_set_back: Vec<LoggedReview> =
        (0..2000).map(|step| by_hand(i64::from(step % 50), -step, Rating::Good)).collect();
    for log in [all_right, one_day, one_card, clock_set_back] {
        let proposal = refit(&log, &Weights::DEFAULT, &Weights::DEFAULT, &Progress::default()).unwrap();
        assert!(proposal.weights.is_none_or(|weights| Weights::new(weights.numbers()).is_ok()));
    }
}

#[test]
fn only_reviews_after_a_night_are_forecast_unless_asked() {
    let log = [
        by_hand(1, 0, Rating::Good),
        by_hand(1, 0, Rating::Again),
        by_hand(2, 1, Rating::Good),
        by_hand(1, 3, Rating::Good),
        by_hand(2, 3, Rating::Again),
    ];
    let places = |range, same_day| -> Vec<usize> {
        forecasts(&Model::default(), &log, range, same_day).iter().map(|one| one.place).collect()
    };
    assert_eq!(places(0..5, false), [3, 4]);
    assert_eq!(places(0..5, true), [1, 3, 4]);
    assert_eq!(places(4..5, false), [4]);
}

#[test]
fn measures_of_a_case_worked_by_hand() {
    // One bin: 4 reviews of cards seen once, 3 days later. p is the same, so AUC is even and the bin is all there is.
    let log: Vec<LoggedReview> = (0..4)
        .map(|card| by_hand(card, 0, Rating::Good))
        .chain((0..4).map(|card| by_hand(card, 3, if card == 0 { Rating::Again } else { Rating::Good })))
        .collect();
    let all = forecasts(&Model::default(), &log, 0..8, false);
    let p = all[0].p;
    let score = score(&all);
    assert_eq!((score.n, score.auc), (4, 0.5));
    assert!((score.log_loss - (-(1.0 - p).ln() - 3.0 * p.ln()) / 4.0).abs() < 1e-12);
    assert!((score.rmse_bins - (p - 0.75).abs()).abs() < 1e-12);
}

#[test]
fn blocks_cover_the_log_once() {
    assert_eq!(blocks(13, 6), [0..2, 2..4, 4..6, 6..8, 8..10, 10..13]);
    assert_eq!(blocks(0, 2), [0..0, 0..0]);
}
