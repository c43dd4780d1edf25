//! How an answer is foreseen, and what it says once it is there.
//!
//! The log-odds of a right answer are a sum of uncertain terms; the chance is the logistic curve shrunk by their
//! variance, on top of the chance of guessing.

use super::curves::{shrinkage, sigma};
use super::decay::Recall;
use super::{Ability, ConceptBelief, ConceptParameters, ItemParameters};

/// No single answer takes away more than this share of a variance.
const LARGEST_SHARE: f64 = 0.95;

/// What was foreseen of an answer, and what the answer then said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Chance of a right answer, before it was given.
    pub p: f64,
    /// Mean of the log-odds behind `p`.
    pub mu: f64,
    /// Variance of those log-odds.
    pub s: f64,
    /// Surprise: the slope of the answer's log-likelihood in the log-odds; positive for a right answer.
    pub r: f64,
    /// Information: how much the answer narrows the variances.
    pub h: f64,
}

/// The distribution of an answer before it is given.
pub(super) struct Forecast {
    mu: f64,
    s: f64,
    kappa: f64,
    /// Chance of knowing, and of not knowing; both kept, since 1 − q loses what is left of a q close to 1.
    q: f64,
    not_q: f64,
    pub(super) p: f64,
}

impl Forecast {
    pub(super) fn new(
        mu0: f64,
        item: &ItemParameters,
        ability: &Ability,
        recall: &Recall,
        strength: &Strength,
    ) -> Self {
        let mu = mu0 - item.b + ability.m + ability.sm + recall.e + recall.boost + strength.mean;
        let s = item.vb + ability.v + ability.sv + recall.w + strength.variance;
        let kappa = shrinkage(s);
        let q = sigma(kappa * mu);
        Self { mu, s, kappa, q, not_q: sigma(-kappa * mu), p: item.guess + (1.0 - item.guess) * q }
    }

    pub(super) fn weigh(&self, correct: bool, guess: f64) -> Prediction {
        let Self { mu, s, kappa, q, not_q, p } = *self;
        let slope = (1.0 - guess) * kappa * q * not_q;
        let bend = slope * kappa * (not_q - q);
        let (r, h) = if correct {
            let r = slope / p;
            (r, r * r - bend / p)
        } else {
            let wrong = (1.0 - guess) * not_q;
            let r = -slope / wrong;
            (r, r * r + bend / wrong)
        };
        Prediction { p, mu, s, r, h: h.max(0.0).min(LARGEST_SHARE / s) }
    }

    /// Fisher's information of the answer on the log-odds: the square of the surprise, as expected. Unlike the mean of
    /// `h` it has no floor, which would flatter questions that are hard and easily guessed.
    pub(super) fn information(&self, guess: f64) -> f64 {
        (1.0 - guess) * self.kappa * self.kappa * self.q * self.q * self.not_q / self.p
    }
}

/// What the concepts of a question together bring to its log-odds.
pub(super) struct Strength {
    weight: f64,
    mean: f64,
    variance: f64,
}

impl Strength {
    pub(super) fn of_concepts(concepts: usize) -> Self {
        Self { weight: concept_weight(concepts), mean: 0.0, variance: 0.0 }
    }

    pub(super) fn add(&mut self, faded: &ConceptBelief, drop: f64, concept: &ConceptParameters) {
        self.mean += self.weight * (faded.a - drop - concept.beta);
        self.variance += self.weight * self.weight * (faded.v + concept.vbeta);
    }
}

/// How much each of several concepts counts: so that the sum of equally uncertain ones is as uncertain as one.
pub(super) fn concept_weight(concepts: usize) -> f64 {
    1.0 / (concepts.max(1) as f64).sqrt()
}
