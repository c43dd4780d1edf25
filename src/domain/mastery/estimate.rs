//! The mastery figure of a concept: what share of its questions the learner would know right now, and how surely.
//!
//! The form of the day is left out, since it says nothing of tomorrow. Guessing is left out too: for the score a
//! learner would get, guessing included, take c + (1 − c)·p.

use super::curves::{logit, normal_cdf, shrinkage, sigma};
use super::decay::Moment;
use super::{Ability, ConceptBelief, ConceptParameters, Parameters};

/// Standard deviations from the middle to either end of an interval that holds 90 %.
pub(super) const NINETY_PERCENT: f64 = 1.6449;

/// What a learner is believed to know of a concept at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Expected share of the concept's questions that the learner knows, from 0 to 1.
    pub p: f64,
    /// Lower end of the 90 % interval of that share. The interval lies around the median, so the mean `p` can
    /// leave it when `mu` is extreme; while |mu|·sd stays under 8 it cannot.
    pub low: f64,
    /// Upper end of the 90 % interval.
    pub high: f64,
    /// Mean of the log-odds behind the share.
    pub mu: f64,
    /// Standard deviation of those log-odds.
    pub sd: f64,
    /// Chance that the share is at least 60 %.
    pub p_ge_60: f64,
    /// Chance that the share is at least 75 %.
    pub p_ge_75: f64,
}

/// The mastery figure of a concept at `now_ms` (milliseconds UTC). `item_spread_s2` is the course's spread of
/// question difficulty: the variance of `b` plus the mean of `vb` over its questions.
pub fn estimate(
    parameters: &Parameters,
    ability: &Ability,
    belief: &ConceptBelief,
    concept: &ConceptParameters,
    item_spread_s2: f64,
    now_ms: i64,
) -> Estimate {
    estimate_at(&Moment::new(parameters, now_ms), ability, belief, concept, item_spread_s2)
}

/// `estimate` at a moment that may count time in its own way.
pub(super) fn estimate_at(
    moment: &Moment<'_>,
    ability: &Ability,
    belief: &ConceptBelief,
    concept: &ConceptParameters,
    item_spread_s2: f64,
) -> Estimate {
    let standing = Standing::at(moment, ability, belief, concept);
    let (mu, sd) = (standing.mu(), standing.sd);
    let across_items = shrinkage(item_spread_s2);
    let share_is_at_least = |share: f64| normal_cdf((mu - logit(share) / across_items) / sd);
    Estimate {
        p: standing.expected_share(mu, item_spread_s2),
        low: sigma((mu - NINETY_PERCENT * sd) * across_items),
        high: sigma((mu + NINETY_PERCENT * sd) * across_items),
        mu,
        sd,
        p_ge_60: share_is_at_least(0.60),
        p_ge_75: share_is_at_least(0.75),
    }
}

/// The mastery figure's log-odds, term by term.
pub(super) struct Standing {
    pub(super) mu0: f64,
    pub(super) ability: f64,
    /// Strength in the concept as of the last answer in it.
    pub(super) concept: f64,
    /// What has faded since: never positive.
    pub(super) time_since: f64,
    pub(super) remembered: f64,
    pub(super) difficulty: f64,
    pub(super) sd: f64,
}

impl Standing {
    pub(super) fn at(
        moment: &Moment<'_>,
        ability: &Ability,
        belief: &ConceptBelief,
        concept: &ConceptParameters,
    ) -> Self {
        let mut faded = *belief;
        let drop = moment.fade_concept(&mut faded);
        Self {
            mu0: moment.parameters.mu0,
            ability: ability.m,
            concept: belief.a,
            time_since: faded.a - belief.a - drop,
            remembered: belief.e_sum / f64::from(concept.n_items.max(1)),
            difficulty: -concept.beta,
            sd: (ability.v + faded.v + concept.vbeta).sqrt(),
        }
    }

    pub(super) fn mu(&self) -> f64 {
        self.mu0 + self.difficulty + self.ability + self.concept + self.time_since + self.remembered
    }

    /// The share expected of log-odds `mu` that are as uncertain as this standing.
    pub(super) fn expected_share(&self, mu: f64, item_spread_s2: f64) -> f64 {
        sigma(mu * self.shrinkage(item_spread_s2))
    }

    pub(super) fn shrinkage(&self, item_spread_s2: f64) -> f64 {
        shrinkage(self.sd * self.sd + item_spread_s2)
    }
}
