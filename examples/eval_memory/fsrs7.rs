//! FSRS-7 as its authors describe it in the public benchmark, behind the same interface as the product's model.
//!
//! Two sets of seven numbers govern stability over long and over short pauses; a transition by the time elapsed mixes
//! them, and the forgetting curve is a mix of two power laws. Times are exact, so repeats within a day count. The
//! `fsrs` crate does not offer it (6.6.2). It stays outside the product until real logs show that it forecasts better.
//! The fit is theirs too: Adam with eight passes, weights drawn to the defaults; here gradients come from dual numbers.

use crate::dual::{Dual, Real, WEIGHTS};
use laerd::{
    domain::memory::{Elapsed, LoggedReview, MemoryModel},
    vocab::{grade::Rating, time::Timestamp},
};
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone)]
pub struct Fsrs7 {
    weights: [f64; WEIGHTS],
}

/// Stability in days and difficulty from 1 to 10.
#[derive(Debug, Clone, Copy)]
pub struct State<R = f64> {
    stability: R,
    difficulty: R,
}

/// Lowest, default and highest value, and how far from the default a learner is expected to be (0: anywhere).
const RANGES: [(f64, f64, f64, f64); WEIGHTS] = [
    (0.0001, 0.041, 50.0, 0.0),
    (0.0001, 2.4175, 100.0, 0.0),
    (0.0001, 4.1283, 100.0, 0.0),
    (0.0001, 11.9709, 100.0, 0.0),
    (1.0, 5.6385, 10.0, 0.523),
    (0.001, 0.4468, 4.0, 0.2528),
    (0.1, 3.262, 4.0, 0.4329),
    (0.0, 2.3054, 4.0, 0.2966),
    (0.0, 0.1688, 1.2, 0.2139),
    (0.3, 1.3325, 3.0, 0.2889),
    (0.01, 0.3524, 1.5, 0.1862),
    (0.001, 0.0049, 0.9, 0.0829),
    (0.1, 0.7503, 1.0, 0.175),
    (0.0, 0.0896, 3.5, 0.3812),
    (0.0, 0.6625, 1.0, 0.3013),
    (1.0, 1.3, 7.0, 0.9104),
    (0.0, 0.882, 4.0, 0.3234),
    (0.0, 0.3072, 2.0, 0.2448),
    (0.5, 3.5875, 6.0, 0.3273),
    (0.001, 0.303, 1.5, 0.1842),
    (0.001, 0.0107, 2.0, 0.1542),
    (0.001, 0.2279, 1.0, 0.1735),
    (0.0, 2.6413, 5.0, 0.4608),
    (0.0, 0.5594, 1.0, 0.311),
    (1.0, 1.3, 7.0, 0.864),
    (2.5, 2.5, 15.0, 0.4053),
    (0.0, 1.0, 1.0, 0.162),
    (0.01, 0.0723, 0.25, 0.0418),
    (0.01, 0.1634, 0.95, 0.2596),
    (0.5, 0.5, 0.85, 0.0798),
    (0.5, 0.9555, 0.99, 0.0682),
    (0.01, 0.2245, 1.0, 0.1282),
    (0.1, 0.6232, 1.0, 0.1397),
    (0.0, 0.1362, 0.9, 0.1407),
    (0.1, 0.3862, 1.1, 0.1489),
];
const LONG: usize = 7;
const SHORT: usize = 16;
const SHORTEST_STABILITY: f64 = 0.0001;
const EPOCHS: usize = 8;
const BATCH: usize = 1024;
const RATE: f64 = 0.02;

impl Default for Fsrs7 {
    fn default() -> Self {
        Self { weights: RANGES.map(|(_, default, _, _)| default) }
    }
}

impl MemoryModel for Fsrs7 {
    type State = State;

    fn after(&self, before: Option<(State, Elapsed)>, review: &LoggedReview) -> State {
        step(&self.weights, before.map(|(state, elapsed)| (state, elapsed.exact)), review.rating)
    }

    fn recall(&self, state: State, elapsed: Elapsed) -> f64 {
        recall(&self.weights, state.stability, elapsed.exact).clamp(0.0001, 0.9999)
    }
}

fn recall<R: Real>(w: &[R; WEIGHTS], stability: R, days: f64) -> R {
    let ratio = R::from(days) / stability;
    let curve = |base: R, decay: R| {
        let factor = base.power(R::from(-1.0) / decay) - R::from(1.0);
        (R::from(1.0) + factor * ratio).power(R::from(0.0) - decay)
    };
    let fast = w[31] * stability.power(R::from(0.0) - w[33]);
    let slow = w[32] * stability.power(w[34]);
    (fast * curve(w[29], w[27]) + slow * curve(w[30], w[28])) / (fast + slow)
}

fn step<R: Real>(w: &[R; WEIGHTS], before: Option<(State<R>, f64)>, rating: Rating) -> State<R> {
    let first_difficulty = |rating: f64| w[4] - (w[5] * R::from(rating - 1.0)).exponential() + R::from(1.0);
    let number = f64::from(rating.number());
    let Some((state, days)) = before else {
        let difficulty = first_difficulty(number).within(1.0, 10.0);
        return State { stability: w[usize::from(rating.number()) - 1], difficulty };
    };
    let forgotten = R::from(1.0) - recall(w, state.stability, days);
    let long = stability_after(w, LONG, state, forgotten, rating);
    let short = stability_after(w, SHORT, state, forgotten, rating);
    let share = R::from(1.0) - w[26] * (w[25] * R::from(-days)).exponential();
    let stability = share * long + (R::from(1.0) - share) * short;
    let damped = w[6] * R::from(3.0 - number) * (R::from(10.0) - state.difficulty) / R::from(9.0);
    let moved = (state.difficulty + damped) * R::from(0.99) + first_difficulty(4.0) * R::from(0.01);
    State { stability: stability.within(SHORTEST_STABILITY, 36_500.0), difficulty: moved.within(1.0, 10.0) }
}

/// The stability that the set of weights from `set` on gives.
fn stability_after<R: Real>(w: &[R; WEIGHTS], set: usize, state: State<R>, forgotten: R, rating: Rating) -> R {
    let (s, d, one) = (state.stability, state.difficulty, R::from(1.0));
    let lost = w[set + 3]
        * d.power(R::from(0.0) - w[set + 4])
        * ((s + one).power(w[set + 5]) - one)
        * (forgotten * w[set + 6]).exponential();
    let lost = s.lower(lost);
    let bonus = match rating {
        Rating::Again => return lost,
        Rating::Hard => w[set + 7],
        Rating::Good => one,
        Rating::Easy => w[set + 8],
    };
    let growth = (w[set] - R::from(1.5)).exponential()
        * (R::from(11.0) - d)
        * s.power(R::from(0.0) - w[set + 1])
        * ((forgotten * w[set + 2]).exponential() - one)
        * bonus;
    lost.higher(s * (one + growth))
}

/// A card's reviews with the exact days since the one before, and how much each weighs in the fit.
type Card = Vec<(Rating, f64, f64)>;

impl Fsrs7 {
    /// Weights fitted to a log. Recent reviews weigh more, up to four times as much as the first.
    pub fn fit(log: &[LoggedReview]) -> Self {
        let (cards, total) = cards(log);
        let mut fitted = Self::default();
        if total < 64 {
            return fitted;
        }
        fitted.start_stabilities(&cards);
        let start = fitted.weights;
        let batches = batches(&cards);
        let (mut mean, mut square, mut steps) = ([0.0; WEIGHTS], [0.0; WEIGHTS], 0);
        for _ in 0..EPOCHS {
            for batch in &batches {
                steps += 1;
                let progress = f64::from(steps) / (EPOCHS * batches.len()) as f64;
                let rate = RATE * (1.0 + (std::f64::consts::PI * progress).cos()) / 2.0;
                let gradient = fitted.gradient(batch, &start, total);
                for index in 0..WEIGHTS {
                    mean[index] = 0.8 * mean[index] + 0.2 * gradient[index];
                    square[index] = 0.85 * square[index] + 0.15 * gradient[index] * gradient[index];
                    let first = mean[index] / (1.0 - 0.8_f64.powi(steps));
                    let second = square[index] / (1.0 - 0.85_f64.powi(steps));
                    fitted.weights[index] -= rate * first / (second.sqrt() + 1e-8);
                }
                fitted.clip();
            }
        }
        fitted
    }

    /// The initial stability of each rating that best explains the cards' second reviews, by search on a log scale.
    fn start_stabilities(&mut self, cards: &[Card]) {
        for first in Rating::ALL {
            let second = |card: &Card| (card.len() > 1 && card[0].0 == first).then(|| (card[1].1, card[1].0));
            let seconds: Vec<(f64, Rating)> = cards.iter().filter_map(second).collect();
            let loss = |stability: f64| -> f64 {
                let one = |(days, rating): &(f64, Rating)| {
                    let p = recall(&self.weights, stability, *days).clamp(0.0001, 0.9999);
                    -(if *rating == Rating::Again { 1.0 - p } else { p }).ln()
                };
                seconds.iter().map(one).sum()
            };
            let tried = (0..200).map(|step| 0.0005 * (1.0 + 0.063_f64).powi(step)).filter(|tried| *tried <= 100.0);
            let best = tried.min_by(|one, other| loss(*one).total_cmp(&loss(*other)));
            if let Some(best) = best.filter(|_| seconds.len() >= 10) {
                self.weights[usize::from(first.number()) - 1] = best;
            }
        }
        self.clip();
    }

    /// Of the weighted loss of a batch and its part of the pull towards the defaults.
    fn gradient(&self, batch: &[&Card], start: &[f64; WEIGHTS], total: usize) -> [f64; WEIGHTS] {
        let mut w = [Dual::from(0.0); WEIGHTS];
        for (index, weight) in w.iter_mut().enumerate() {
            *weight = Dual::variable(self.weights[index], index);
        }
        let mut gradient = [0.0; WEIGHTS];
        let mut count = 0;
        for card in batch {
            let mut state: Option<State<Dual>> = None;
            for (rating, days, weight) in *card {
                if let Some(state) = state {
                    let p = recall(&w, state.stability, *days);
                    let value = p.value.clamp(0.0001, 0.9999);
                    let slope = if *rating == Rating::Again { 1.0 / (1.0 - value) } else { -1.0 / value };
                    for (sum, part) in gradient.iter_mut().zip(p.parts) {
                        *sum += weight * slope * part;
                    }
                    count += 1;
                }
                state = Some(step(&w, state.map(|state| (state, *days)), *rating));
            }
        }
        let share = f64::from(count) / total as f64;
        let weights = self.weights.iter().zip(start).zip(RANGES);
        for (sum, ((weight, start), (.., spread))) in gradient.iter_mut().zip(weights) {
            if spread > 0.0 {
                *sum += share * (weight - start) / (spread * spread);
            }
        }
        gradient
    }

    fn clip(&mut self) {
        for (weight, (low, _, high, _)) in self.weights.iter_mut().zip(RANGES) {
            *weight = weight.clamp(low, high);
        }
        for (below, above) in [(0, 1), (1, 2), (2, 3), (27, 28), (29, 30)] {
            self.weights[above] = self.weights[above].max(self.weights[below]);
        }
    }
}

fn cards(log: &[LoggedReview]) -> (Vec<Card>, usize) {
    let mut cards: BTreeMap<i64, Card> = BTreeMap::new();
    let mut last: HashMap<i64, Timestamp> = HashMap::new();
    for (place, review) in log.iter().enumerate() {
        let before = last.insert(review.card, review.at).unwrap_or(review.at);
        let days = (review.at.0 - before.0).max(0) as f64 / 86_400_000.0;
        let weight = 0.25 + 0.75 * (place as f64 / log.len() as f64).powi(3);
        cards.entry(review.card).or_default().push((review.rating, days, weight));
    }
    let total = log.len() - cards.len();
    (cards.into_values().collect(), total)
}

/// Whole cards, as many as make about [`BATCH`] forecasts.
fn batches(cards: &[Card]) -> Vec<Vec<&Card>> {
    let mut batches = vec![Vec::new()];
    let mut forecasts = 0;
    for card in cards {
        if forecasts > BATCH {
            batches.push(Vec::new());
            forecasts = 0;
        }
        forecasts += card.len() - 1;
        batches.last_mut().expect("there is always a last batch").push(card);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let card: Card = vec![
            (Rating::Good, 0.0, 1.0),
            (Rating::Again, 3.2, 1.0),
            (Rating::Hard, 0.01, 1.0),
            (Rating::Easy, 2.0, 1.0),
            (Rating::Good, 11.0, 1.0),
        ];
        let loss = |model: &Fsrs7| {
            let (mut state, mut sum) = (None, 0.0);
            for (rating, days, _) in &card {
                if let Some(State { stability, .. }) = state {
                    let p: f64 = recall(&model.weights, stability, *days);
                    sum -= (if *rating == Rating::Again { 1.0 - p } else { p }).ln();
                }
                state = Some(step(&model.weights, state.map(|state| (state, *days)), *rating));
            }
            sum
        };
        let model = Fsrs7::default();
        let gradient = model.gradient(&[&card], &model.weights, 4);
        for (index, exact) in gradient.iter().enumerate() {
            let (mut above, mut below) = (model.clone(), model.clone());
            above.weights[index] += 1e-6;
            below.weights[index] -= 1e-6;
            let numeric = (loss(&above) - loss(&below)) / 2e-6;
            assert!((numeric - exact).abs() < 1e-4 * (1.0 + numeric.abs()), "weight {index}");
        }
    }
}
