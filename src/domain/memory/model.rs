//! How well a learner remembers one card: the FSRS-6 memory model.
//!
//! FSRS holds its state in `f32`; we keep exactly what it gives, so that a fold is equal bit by bit wherever it runs.
//! Source: Ye, Su & Cao 2022 (KDD), and the FSRS-6 description of the open-spaced-repetition project.

use super::Weights;
use crate::vocab::grade::Rating;
use fsrs::{FSRS, MemoryState, NextStates, current_retrievability};
use serde::{Deserialize, Serialize};

/// The state of one memory.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Days until recall has fallen to 90 %.
    pub stability: f32,
    /// 1 (easy) to 10 (hard).
    pub difficulty: f32,
}

/// The share of reviews that should succeed: in (0, 1), which the `fsrs` crate itself does not check.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Retention(f32);

/// FSRS-6 with one set of weights.
#[derive(Debug, Clone)]
pub struct Model {
    fsrs: FSRS,
    weights: Weights,
}

/// How likely a question is known before it was ever asked; nothing is known of it, so even odds.
pub const KNOWN_AT_FIRST: f64 = 0.5;

impl Retention {
    pub const DEFAULT: Self = Self(0.9);
    pub const LOWEST: f64 = 0.70;
    pub const HIGHEST: f64 = 0.97;

    /// `None` outside 0.70 to 0.97 (NaN included).
    pub fn new(share: f64) -> Option<Self> {
        (Self::LOWEST..=Self::HIGHEST).contains(&share).then_some(Self(share as f32))
    }

    pub fn share(self) -> f32 {
        self.0
    }
}

impl Default for Model {
    fn default() -> Self {
        Self::new(Weights::DEFAULT)
    }
}

impl Model {
    pub fn new(weights: Weights) -> Self {
        let fsrs = FSRS::new(weights.numbers()).expect("checked weights are finite and 21");
        Self { fsrs, weights }
    }

    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The memory after an answer that someone who knows nothing gets right with probability `guess`.
    ///
    /// A right answer is knowledge with probability R / (R + (1−R)·g): Bayes, with recall R as the prior.
    pub fn after_answer(&self, before: Option<Memory>, elapsed_days: u32, rating: Rating, guess: f64) -> Memory {
        let after = self.after_reviews(before, elapsed_days);
        let [again, ..] = after;
        match rating {
            Rating::Again => again,
            right => mix(after[right.place()], again, self.knowing(before, elapsed_days, guess)),
        }
    }

    /// `after_answer` for each rating, from the worst to the best.
    pub fn after_answers(&self, before: Option<Memory>, elapsed_days: u32, guess: f64) -> [Memory; 4] {
        let [again, hard, good, easy] = self.after_reviews(before, elapsed_days);
        let knowing = self.knowing(before, elapsed_days, guess);
        [again, mix(hard, again, knowing), mix(good, again, knowing), mix(easy, again, knowing)]
    }

    /// The probability that a right answer was known and not guessed.
    pub(super) fn knowing(&self, before: Option<Memory>, elapsed_days: u32, guess: f64) -> f64 {
        let recall = before.map_or(KNOWN_AT_FIRST, |memory| self.recall(memory, elapsed_days as f32));
        recall / (recall + (1.0 - recall) * guess)
    }

    /// The memory after a review `elapsed_days` after the last one (`before` is `None` at the first).
    pub fn after_review(&self, before: Option<Memory>, elapsed_days: u32, rating: Rating) -> Memory {
        self.after_reviews(before, elapsed_days)[rating.place()]
    }

    /// The chance, 0 to 1, that the card is remembered `elapsed_days` after its last review.
    pub fn recall(&self, memory: Memory, elapsed_days: f32) -> f64 {
        let state = MemoryState { stability: memory.stability, difficulty: memory.difficulty };
        f64::from(current_retrievability(state, elapsed_days.max(0.0), self.weights.decay())).clamp(0.0, 1.0)
    }

    /// Days, not yet rounded, after which recall will have fallen to `retention`.
    pub fn interval(&self, memory: Memory, retention: Retention) -> f32 {
        let days = self.fsrs.next_interval(Some(memory.stability), retention.share(), Rating::Good.number().into());
        if days.is_finite() { days.max(0.0) } else { 0.0 }
    }

    /// The memory after a review with each rating, from the worst to the best.
    fn after_reviews(&self, before: Option<Memory>, elapsed_days: u32) -> [Memory; 4] {
        let state = before.map(|memory| MemoryState { stability: memory.stability, difficulty: memory.difficulty });
        let states = self.fsrs.next_states(state, Retention::DEFAULT.share(), elapsed_days);
        let NextStates { again, hard, good, easy } = states.expect("weights are checked and retention is in (0, 1)");
        let memory = |state: MemoryState| Memory { stability: state.stability, difficulty: state.difficulty };
        [again, hard, good, easy].map(|next| memory(next.memory))
    }
}

/// The memory after a right answer that was no guess with probability `knowing`.
///
/// Stability is mixed on the log scale, because stabilities differ by factors; difficulty linearly.
fn mix(known: Memory, guessed: Memory, knowing: f64) -> Memory {
    if knowing >= 1.0 {
        return known;
    }
    let mix = |known: f64, guessed: f64| knowing * known + (1.0 - knowing) * guessed;
    let log_stability = mix(libm::log(f64::from(known.stability)), libm::log(f64::from(guessed.stability)));
    Memory {
        stability: libm::exp(log_stability) as f32,
        difficulty: mix(f64::from(known.difficulty), f64::from(guessed.difficulty)) as f32,
    }
}
