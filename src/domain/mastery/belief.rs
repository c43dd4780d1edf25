//! What the filter remembers of a learner: ability, strength per concept, memory per question.
//!
//! Stored as of the last answer, undecayed; what time has done since is worked out when the state is read.
//! Instants are milliseconds UTC.

use super::{Level, Parameters};
use serde::{Deserialize, Serialize};

/// A learner in general: lasting ability, and the form of the day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ability {
    /// Mean of ability, in log-odds.
    pub m: f64,
    /// Variance of ability.
    pub v: f64,
    /// Mean of the form of the day.
    pub sm: f64,
    /// Variance of the form of the day.
    pub sv: f64,
    /// When the learner last answered anything.
    pub t_last: Option<i64>,
}

impl Ability {
    /// A learner who has answered nothing.
    pub fn prior(parameters: &Parameters) -> Self {
        Self { m: 0.0, v: parameters.v_theta, sm: 0.0, sv: parameters.session_variance(), t_last: None }
    }
}

/// A learner's strength in one concept, beyond ability in general.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConceptBelief {
    /// Mean of the strength, in log-odds.
    pub a: f64,
    /// Variance of the strength.
    pub v: f64,
    /// Answers given in the concept.
    pub n: u32,
    /// When the learner last answered in the concept.
    pub t_k: Option<i64>,
    /// Sum of the learner's memory of the concept's questions; does not decay.
    pub e_sum: f64,
    /// Sum of the variances of that memory over the questions met; does not decay either.
    pub w_sum: f64,
    /// The level as of the last answer in the concept.
    pub level: Level,
    /// On how many study days an answer was right: 0, 1, or 2 for two and more.
    pub correct_days: u8,
    /// The last of those days, as the number of a study day.
    pub last_correct_day: Option<i32>,
    /// Slow average of the concept's log-odds as of the last answer in it, for the trend.
    pub usual: Option<f64>,
}

impl ConceptBelief {
    /// A concept the learner has not met.
    pub fn prior(parameters: &Parameters) -> Self {
        Self {
            a: 0.0,
            v: parameters.v_delta,
            n: 0,
            t_k: None,
            e_sum: 0.0,
            w_sum: 0.0,
            level: Level::NotStarted,
            correct_days: 0,
            last_correct_day: None,
            usual: None,
        }
    }

    /// Two is as far as any rule looks, so more are not told apart.
    pub(super) fn note_correct_on(&mut self, study_day: i32) {
        if self.last_correct_day != Some(study_day) {
            self.correct_days = self.correct_days.saturating_add(1).min(2);
            self.last_correct_day = Some(study_day);
        }
    }
}

/// A learner's memory of one question, beyond what the concept explains.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ItemMemory {
    /// Mean, in log-odds.
    pub e: f64,
    /// Variance.
    pub w: f64,
    /// Answers given to the question.
    pub n: u32,
    /// When the learner last answered it.
    pub t: Option<i64>,
}

impl ItemMemory {
    /// A question the learner has not seen.
    pub fn prior(parameters: &Parameters) -> Self {
        Self { e: 0.0, w: parameters.v_mem, n: 0, t: None }
    }
}
