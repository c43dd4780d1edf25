//! The mastery figure as a learner sees it: his share of the concept's own questions, recalibrated, with an honest
//! interval, its reasons and where it is heading.
//!
//! Levels rest on the plain estimate, which takes a concept's questions for a sample of the course's. The figure is
//! about these questions and no others, and its interval also counts what the estimate leaves out. Measured on cohorts
//! whose truth is known (`examples/eval_mastery.rs --synthetic`): the plain intervals cover 7 to 20 points too little.

use super::curves::{shrinkage, sigma};
use super::decay::Moment;
use super::estimate::{NINETY_PERCENT, Standing, estimate_at};
use super::explain::{Term, explain};
use super::trend::{Trend, trend};
use super::{Ability, ConceptBelief, ConceptParameters, Estimate, ItemParameters, Parameters, Recalibration};

/// A diagonal filter forgets that what it learns of ability, form and concept hangs together, and comes out surer than
/// it should be by this much of the variance.
const HANGING_TOGETHER: f64 = 1.1;

/// What every figure of a course is worked out with.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    pub parameters: &'a Parameters,
    pub recalibration: &'a Recalibration,
    /// The course's spread of question difficulty, as in [`super::estimate()`].
    pub item_spread_s2: f64,
    /// The instant, in milliseconds UTC.
    pub now_ms: i64,
}

/// A concept, and the questions that are asked about it.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    pub concept: &'a ConceptParameters,
    pub items: &'a [ItemParameters],
}

/// A concept of a learner, as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Expected share of the concept's questions the learner knows.
    pub p: f64,
    /// Lower end of the 90 % interval of that share.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What levels rest on.
    pub estimate: Estimate,
    /// Absent before the first answer.
    pub trend: Option<Trend>,
    /// One term of each kind, always in the same order.
    pub why: Vec<Term>,
}

impl Shown<'_> {
    /// The figure of one concept.
    pub fn figure(&self, ability: &Ability, belief: &ConceptBelief, measured: Measured<'_>) -> Figure {
        let moment = Moment::new(self.parameters, self.now_ms);
        let standing = Standing::at(&moment, ability, belief, measured.concept);
        let estimate = estimate_at(&moment, ability, belief, measured.concept, self.item_spread_s2);
        let variance = estimate.sd * estimate.sd;
        let share = |mu: f64| self.share(mu, variance, measured.items);
        let (low, high) = self.interval(&estimate, belief, measured, NINETY_PERCENT);
        Figure {
            p: share(estimate.mu),
            low,
            high,
            estimate,
            trend: trend(&moment, belief, &standing, share),
            why: explain(&standing, share),
        }
    }

    /// The `p` of the figure alone, for when it is wanted of thousands of people.
    pub fn expected(&self, ability: &Ability, belief: &ConceptBelief, measured: Measured<'_>) -> f64 {
        let moment = Moment::new(self.parameters, self.now_ms);
        let standing = Standing::at(&moment, ability, belief, measured.concept);
        self.share(standing.mu(), standing.sd * standing.sd, measured.items)
    }

    /// The interval that reaches `deviations` standard deviations to both sides.
    pub fn interval(
        &self,
        estimate: &Estimate,
        belief: &ConceptBelief,
        measured: Measured<'_>,
        deviations: f64,
    ) -> (f64, f64) {
        let questions = measured.items.len().max(1) as f64;
        let uncertain: f64 = measured.items.iter().map(|item| item.vb).sum();
        let of_questions = (belief.w_sum.max(0.0) + uncertain) / (questions * questions);
        let reach = deviations * (HANGING_TOGETHER * (estimate.sd * estimate.sd + of_questions)).sqrt();
        let share = |mu: f64| self.share(mu, 0.0, measured.items);
        (share(estimate.mu - reach), share(estimate.mu + reach))
    }

    /// How much the `p` of the figure moves with the concept's log-odds.
    pub(super) fn slope(&self, ability: &Ability, belief: &ConceptBelief, measured: Measured<'_>) -> f64 {
        const STEP: f64 = 0.01;
        let moment = Moment::new(self.parameters, self.now_ms);
        let standing = Standing::at(&moment, ability, belief, measured.concept);
        let share = |mu: f64| self.share(mu, standing.sd * standing.sd, measured.items);
        (share(standing.mu() + STEP) - share(standing.mu() - STEP)) / (2.0 * STEP)
    }

    /// The share of `items` known at log-odds `mu` that are uncertain by `variance`. A concept without questions is
    /// taken for one of the course's average.
    fn share(&self, mu: f64, variance: f64, items: &[ItemParameters]) -> f64 {
        if items.is_empty() {
            return self.recalibration.apply(sigma(mu * shrinkage(variance + self.item_spread_s2)));
        }
        let known = |item: &ItemParameters| sigma((mu - item.b) * shrinkage(variance + item.vb));
        self.recalibration.apply(items.iter().map(known).sum::<f64>() / items.len() as f64)
    }
}
