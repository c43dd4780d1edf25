//! What time has done to a learner's state by the moment it is read.
//!
//! Strength fades towards the learner's own average and uncertainty grows back; weakness does not fade, for
//! time alone teaches nobody.

use super::{Ability, ConceptBelief, ItemMemory, ItemParameters, Parameters};

const SECONDS_PER_DAY: f64 = 86_400.0;
const HOURS_PER_DAY: f64 = 24.0;
const MINUTES_PER_DAY: f64 = 1_440.0;

/// The moment at which a state is read, and the numbers to read it by.
pub(super) struct Moment<'a> {
    pub(super) parameters: &'a Parameters,
    pub(super) at_ms: i64,
    /// Days from an earlier instant (second) to a later (first). A field because the published vectors hold
    /// fractions of a second, which the product does not count.
    pub(super) days_between: fn(i64, i64) -> f64,
}

/// A learner's memory of a question as it stands at the moment; all zero for a generated question.
#[derive(Default)]
pub(super) struct Recall {
    pub(super) e: f64,
    pub(super) w: f64,
    /// What is left of having been shown the key.
    pub(super) boost: f64,
}

impl<'a> Moment<'a> {
    pub(super) fn new(parameters: &'a Parameters, at_ms: i64) -> Self {
        Self { parameters, at_ms, days_between: days_in_whole_seconds }
    }

    /// Fades the form of the day in place.
    pub(super) fn fade_session(&self, ability: &mut Ability) {
        let parameters = self.parameters;
        let passing = -HOURS_PER_DAY * parameters.sess_per_hour * self.days_since(ability.t_last);
        let left = parameters.lam * libm::exp(passing);
        ability.sm *= left;
        ability.sv = mix(left, ability.sv, parameters.session_variance());
    }

    /// Fades a concept in place, and returns the log-odds lost for want of practice. The loss is kept apart from
    /// the strength because the next answer in the concept wins it back.
    pub(super) fn fade_concept(&self, belief: &mut ConceptBelief) -> f64 {
        let parameters = self.parameters;
        let days = self.days_since(belief.t_k);
        let left = libm::pow(1.0 + days / parameters.tau, -parameters.psi);
        belief.v = mix(left, belief.v, parameters.v_delta);
        if belief.a > 0.0 {
            belief.a *= left;
        }
        if belief.n == 0 { 0.0 } else { parameters.phi * libm::log(1.0 + days / parameters.tau_phi) }
    }

    /// Fades the memory of a question in place and returns what of it counts now. `feedback`: learners are shown
    /// the key after answering. A generated question leaves the memory as it was.
    pub(super) fn fade_memory(&self, memory: &mut ItemMemory, item: &ItemParameters, feedback: bool) -> Recall {
        if !item.mem {
            return Recall::default();
        }
        let parameters = self.parameters;
        let days = self.days_since(memory.t);
        let left = libm::pow(1.0 + days / parameters.tau_mem, -parameters.psi_mem);
        memory.e *= left;
        memory.w = mix(left, memory.w, parameters.v_mem);
        let boost = if feedback && memory.n > 0 {
            parameters.fb * libm::pow(1.0 + MINUTES_PER_DAY * days / parameters.tau_fb_min, -parameters.psi_fb)
        } else {
            0.0
        };
        Recall { e: memory.e, w: memory.w, boost }
    }

    /// A clock set back makes no time pass, and neither does a first meeting.
    pub(super) fn days_since(&self, earlier: Option<i64>) -> f64 {
        earlier.map_or(0.0, |earlier| (self.days_between)(self.at_ms, earlier).max(0.0))
    }
}

/// A variance of which the share `left²` is still the old one and the rest has grown back to `rest`.
fn mix(left: f64, variance: f64, rest: f64) -> f64 {
    let kept = left * left;
    kept * variance + (1.0 - kept) * rest
}

fn days_in_whole_seconds(later_ms: i64, earlier_ms: i64) -> f64 {
    later_ms.saturating_sub(earlier_ms).div_euclid(1_000) as f64 / SECONDS_PER_DAY
}
