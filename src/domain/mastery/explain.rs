//! Why a mastery figure is what it is, in percentage points a learner can add up.
//!
//! The log-odds are a sum and the share rises with them, so the distance from the share of an average learner of
//! average concepts is divided in proportion to each term. That is the slope of the secant between the two shares
//! times the term, so it stays finite when large terms cancel, and a term never gets points against its own sign.

use super::estimate::Standing;
use serde::{Deserialize, Serialize};

/// Closer than this in log-odds, rounding would spoil the secant; one as wide as this differs by less than 1e-8.
const TOO_CLOSE: f64 = 1e-4;

/// What a term of the sum stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// The learner's ability in general.
    Ability,
    /// The learner's strength in this concept, as of the last answer in it.
    Concept,
    /// What has faded since; never positive.
    TimeSince,
    /// Questions of the concept that the learner remembers.
    Remembered,
    /// How hard the concept is: negative for a hard one.
    Difficulty,
}

/// One reason for a mastery figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// What it stands for.
    pub kind: TermKind,
    /// What it adds to the share, in percentage points.
    pub points: f64,
}

/// The reasons for a mastery figure: one term of each kind, always in the same order. `share` is what is shown of
/// log-odds. The points add up to 100·(p − p₀), where p₀ is the share if every term were
/// zero and the uncertainty the same.
pub(super) fn explain(standing: &Standing, share: impl Fn(f64) -> f64) -> Vec<Term> {
    let points_per_log_odds = 100.0 * slope_from_baseline(standing, share);
    [
        (TermKind::Ability, standing.ability),
        (TermKind::Concept, standing.concept),
        (TermKind::TimeSince, standing.time_since),
        (TermKind::Remembered, standing.remembered),
        (TermKind::Difficulty, standing.difficulty),
    ]
    .map(|(kind, log_odds)| Term { kind, points: points_per_log_odds * log_odds })
    .to_vec()
}

/// Share per log-odds on the way from the baseline to the figure.
fn slope_from_baseline(standing: &Standing, share: impl Fn(f64) -> f64) -> f64 {
    let (mu, mu0) = (standing.mu(), standing.mu0);
    if (mu - mu0).abs() < TOO_CLOSE {
        return (share(mu0 + TOO_CLOSE) - share(mu0 - TOO_CLOSE)) / (2.0 * TOO_CLOSE);
    }
    (share(mu) - share(mu0)) / (mu - mu0)
}

#[cfg(test)]
mod tests {
    use super::super::decay::Moment;
    use super::*;
    use crate::domain::mastery::{Ability, ConceptBelief, ConceptParameters, Parameters};

    const DAY: i64 = 86_400_000;
    const SPREAD: f64 = 1.4;

    fn learner(m: f64, a: f64, beta: f64) -> (Ability, ConceptBelief, ConceptParameters) {
        let parameters = Parameters::default();
        let belief = ConceptBelief { a, n: 4, t_k: Some(0), e_sum: 0.9, ..ConceptBelief::prior(&parameters) };
        (
            Ability { m, ..Ability::prior(&parameters) },
            belief,
            ConceptParameters { beta, ..ConceptParameters::prior(&parameters, 3) },
        )
    }

    fn standing(m: f64, a: f64, beta: f64) -> Standing {
        let (ability, belief, concept) = learner(m, a, beta);
        Standing::at(&Moment::new(&Parameters::default(), 30 * DAY), &ability, &belief, &concept)
    }

    fn points(m: f64, a: f64, beta: f64) -> Vec<f64> {
        let standing = standing(m, a, beta);
        let terms = explain(&standing, |mu| standing.expected_share(mu, SPREAD));
        terms.iter().map(|term| term.points).collect()
    }

    #[test]
    fn the_points_add_up_to_the_distance_from_the_baseline() {
        let standing = standing(0.4, 1.2, 0.5);
        let share = |mu: f64| standing.expected_share(mu, SPREAD);
        let sum: f64 = points(0.4, 1.2, 0.5).iter().sum();
        assert!((sum - 100.0 * (share(standing.mu()) - share(standing.mu0))).abs() < 1e-9);
    }

    #[test]
    fn each_term_has_the_sign_of_what_it_tells() {
        let [ability, concept, time_since, remembered, difficulty] = points(-0.4, 1.2, 0.5)[..] else {
            panic!("five terms")
        };
        assert!(concept > 0.0 && remembered > 0.0);
        assert!(ability < 0.0 && time_since < 0.0 && difficulty < 0.0);
    }

    #[test]
    fn terms_that_cancel_keep_their_points() {
        let (ability, belief, _) = learner(2.0, -1.0, 0.0);
        let parameters = Parameters::default();
        let concept = ConceptParameters::prior(&parameters, 3);
        let rest = Standing::at(&Moment::new(&parameters, 30 * DAY), &ability, &belief, &concept).mu() - parameters.mu0;
        for nearly in [0.0, 1e-12, 1e-7, 2e-5, -2e-5, 2e-4] {
            let cancelled = points(2.0, -1.0, rest + nearly);
            assert!((20.0..60.0).contains(&cancelled[0]), "{cancelled:?}");
            assert!(cancelled.iter().sum::<f64>().abs() < 1e-2);
        }
    }
}
