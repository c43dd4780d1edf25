//! What the filter takes as given: the numbers of a course, its questions and its concepts.
//!
//! A learner's answers are folded against a frozen snapshot of these; only the background refit moves them.
//! Difficulties and abilities are log-odds throughout, variances log-odds squared, time days unless a name says
//! otherwise.

use serde::{Deserialize, Serialize};

/// The numbers of a course. The defaults were measured on seven public data sets and need no training.
///
/// Read from JSON, a missing number takes its default and an unknown name is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// Log-odds that a new learner answers a question of difficulty zero.
    pub mu0: f64,
    /// Variance of ability between learners.
    pub v_theta: f64,
    /// Variance of a learner's strength in one concept around the learner's ability.
    pub v_delta: f64,
    /// Variance of difficulty between questions.
    pub v_item: f64,
    /// Variance of difficulty between concepts.
    pub v_concept: f64,
    /// Learning in the concept from the first answer, when it was right.
    pub g_correct: f64,
    /// Learning in the concept from the first answer, when it was wrong.
    pub g_wrong: f64,
    /// How fast learning in a concept tapers with the answers given in it.
    pub eta: f64,
    /// Variance that each answer adds to the strength in its concepts.
    pub q_delta: f64,
    /// Variance that each answer adds to ability.
    pub q_theta: f64,
    /// Variance of a learner's memory of one question.
    pub v_mem: f64,
    /// What seeing a question the first time leaves of it, when the answer was right.
    pub gm_correct: f64,
    /// What seeing a question the first time leaves of it, when the answer was wrong.
    pub gm_wrong: f64,
    /// How fast that tapers with the answers given to the question.
    pub eta_mem: f64,
    /// Time scale in days on which a question is forgotten.
    pub tau_mem: f64,
    /// Power with which a question is forgotten.
    pub psi_mem: f64,
    /// What is left of the form of the day from one answer to the next; below 1.
    pub lam: f64,
    /// Variance that each answer adds to the form of the day.
    pub q_sess: f64,
    /// How fast the form of the day passes, per hour.
    pub sess_per_hour: f64,
    /// Time scale in days on which strength in a concept fades.
    pub tau: f64,
    /// Power with which strength in a concept fades.
    pub psi: f64,
    /// Boost in log-odds right after the key was shown.
    pub fb: f64,
    /// Time scale in minutes on which that boost passes.
    pub tau_fb_min: f64,
    /// Power with which that boost passes.
    pub psi_fb: f64,
    /// Log-odds lost for each e-fold of time without practice.
    pub phi: f64,
    /// Time in days after which that loss begins to count.
    pub tau_phi: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            mu0: 0.65,
            v_theta: 1.3,
            v_delta: 0.72,
            v_item: 1.9,
            v_concept: 1.7,
            g_correct: 0.60,
            g_wrong: 0.63,
            eta: 1.55,
            q_delta: 0.0006,
            q_theta: 0.0007,
            v_mem: 1.25,
            gm_correct: 0.32,
            gm_wrong: 0.85,
            eta_mem: 0.25,
            tau_mem: 80.0,
            psi_mem: 1.5,
            lam: 0.93,
            q_sess: 0.1,
            sess_per_hour: 4.0,
            tau: 11.0,
            psi: 0.39,
            fb: 3.0,
            tau_fb_min: 10.0,
            psi_fb: 0.3,
            phi: 0.05,
            tau_phi: 0.1,
        }
    }
}

impl Parameters {
    /// The variance of the form of the day that `lam` and `q_sess` settle at.
    pub fn session_variance(&self) -> f64 {
        self.q_sess / (1.0 - self.lam * self.lam)
    }
}

/// What is known of a question apart from any learner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ItemParameters {
    /// Difficulty, in log-odds.
    pub b: f64,
    /// Variance of `b`.
    pub vb: f64,
    /// Chance of a right answer without knowledge, from 0 to below 1.
    pub guess: f64,
    /// Whether the same question can be remembered. False for a generated one, whose numbers differ each time.
    pub mem: bool,
}

impl ItemParameters {
    /// A question nobody has answered.
    pub fn prior(parameters: &Parameters, guess: f64) -> Self {
        Self { b: 0.0, vb: parameters.v_item, guess, mem: true }
    }
}

/// What is known of a concept apart from any learner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConceptParameters {
    /// Difficulty, in log-odds.
    pub beta: f64,
    /// Variance of `beta`.
    pub vbeta: f64,
    /// How many questions measure it.
    pub n_items: u32,
}

impl ConceptParameters {
    /// A concept nobody has met.
    pub fn prior(parameters: &Parameters, n_items: u32) -> Self {
        Self { beta: 0.0, vbeta: parameters.v_concept, n_items }
    }
}
