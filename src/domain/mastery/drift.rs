//! Whether what a course has newly learnt is worth telling.
//!
//! Every new version makes every learner's state be folded again and every device fetch it, so a replay that only
//! moves the last decimals is thrown away. Numbers are compared by what they do to chances, because that is what is
//! seen; the limits are ours and unmeasured.

use super::curves::{shrinkage, sigma};
use super::estimate::NINETY_PERCENT;
use super::{ConceptParameters, ItemParameters, Parameters, Recalibration};

/// The largest move of a concept's chance, or of an end of its 90 % interval, that may go untold.
const CONCEPT: f64 = 0.02;

/// The same for the questions, as the root of the mean square: single ones come and go.
const ITEMS: f64 = 0.02;

/// The largest move of a recalibrated chance that may go untold.
const CALIBRATION: f64 = 0.01;

/// How far two versions lie apart, in chances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    pub concepts: f64,
    pub items: f64,
    pub calibration: f64,
}

/// Chances of a typical learner, so that only the course's own numbers differ.
struct Typical {
    mu0: f64,
}

impl Drift {
    /// `concepts` and `items` are pairs, before and after.
    pub fn between<'a>(
        parameters: &Parameters,
        concepts: impl Iterator<Item = (&'a ConceptParameters, &'a ConceptParameters)>,
        items: impl Iterator<Item = (&'a ItemParameters, &'a ItemParameters)>,
        (before, after): (&Recalibration, &Recalibration),
    ) -> Self {
        let typical = Typical { mu0: parameters.mu0 };
        let concept = |(was, is): (&ConceptParameters, &ConceptParameters)| {
            typical.moved((was.beta, was.vbeta), (is.beta, is.vbeta))
        };
        let squares: Vec<f64> = items.map(|(was, is)| typical.moved((was.b, was.vb), (is.b, is.vb)).powi(2)).collect();
        let line = |tenth: u8| {
            let chance = f64::from(tenth) / 10.0;
            (before.apply(chance) - after.apply(chance)).abs()
        };
        Self {
            concepts: concepts.map(concept).fold(0.0, f64::max),
            items: (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt(),
            calibration: (1..10).map(line).fold(0.0, f64::max),
        }
    }

    /// Whether learners should be folded again for it.
    pub fn is_worth_telling(&self) -> bool {
        self.concepts >= CONCEPT || self.items >= ITEMS || self.calibration >= CALIBRATION
    }
}

impl Typical {
    /// The largest move among the chance of a difficulty and both ends of its interval.
    fn moved(&self, (mean_was, var_was): (f64, f64), (mean_is, var_is): (f64, f64)) -> f64 {
        let figures = |mean: f64, variance: f64| {
            let reach = NINETY_PERCENT * variance.sqrt();
            let middle = sigma((self.mu0 - mean) * shrinkage(variance));
            [middle, sigma(self.mu0 - mean - reach), sigma(self.mu0 - mean + reach)]
        };
        let (was, is) = (figures(mean_was, var_was), figures(mean_is, var_is));
        was.iter().zip(is).map(|(was, is)| (was - is).abs()).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drift(beta: f64, vbeta: f64, b: f64, a: f64) -> Drift {
        let parameters = Parameters::default();
        let (concept, item) = (
            ConceptParameters::prior(&parameters, 4),
            ItemParameters { vb: 0.1, ..ItemParameters::prior(&parameters, 0.0) },
        );
        let settled = ConceptParameters { vbeta: 0.1, ..concept };
        let moved = ConceptParameters { beta, vbeta, ..concept };
        let harder = ItemParameters { b, ..item };
        let lines = (&Recalibration::default(), &Recalibration { a, b: 1.0 });
        let (concepts, items) = ([(&settled, &moved)], [(&item, &harder), (&item, &item)]);
        Drift::between(&parameters, concepts.into_iter(), items.into_iter(), lines)
    }

    #[test]
    fn the_same_numbers_have_not_moved() {
        assert_eq!(drift(0.0, 0.1, 0.0, 0.0), Drift { concepts: 0.0, items: 0.0, calibration: 0.0 });
        assert!(!drift(0.0, 0.1, 0.0, 0.0).is_worth_telling());
    }

    #[test]
    fn last_decimals_are_kept_to_oneself() {
        assert!(!drift(0.03, 0.099, 0.03, 0.01).is_worth_telling());
    }

    #[test]
    fn what_a_learner_would_see_is_told() {
        assert!(drift(0.2, 0.1, 0.0, 0.0).is_worth_telling(), "a concept is harder than it was thought");
        assert!(drift(0.0, 0.02, 0.0, 0.0).is_worth_telling(), "it is known much better");
        assert!(drift(0.0, 0.1, 0.3, 0.0).is_worth_telling(), "questions are harder");
        assert!(drift(0.0, 0.1, 0.0, 0.1).is_worth_telling(), "chances are shown otherwise");
    }
}
