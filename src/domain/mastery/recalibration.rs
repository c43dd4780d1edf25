//! Two numbers that bring what is shown of a course into line with what its learners then did.
//!
//! The filter's numbers fit most courses as they are; where they do not, its chances are too bold or too timid by the
//! same rule everywhere. Platt's line through the log-odds mends that. Levels and the filter itself do not use it.

use super::Foreseen;
use super::curves::{logit, sigma};
use serde::{Deserialize, Serialize};

/// How far from "as it is" the two numbers stray before the answers must insist, as a standard deviation.
const STRAYING: f64 = 0.3;

/// Chances closer to 0 or 1 than this say no more than this.
const LEAST_CHANCE: f64 = 1e-9;

/// The line `a + b·logit(p)` through the log-odds of a chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recalibration {
    /// Log-odds added to every chance.
    pub a: f64,
    /// How far log-odds are stretched; above 1 where the filter is too timid.
    pub b: f64,
}

impl Default for Recalibration {
    fn default() -> Self {
        Self { a: 0.0, b: 1.0 }
    }
}

impl Recalibration {
    /// A chance as it is shown.
    pub fn apply(&self, chance: f64) -> f64 {
        if *self == Self::default() { chance } else { sigma(self.a + self.b * log_odds(chance)) }
    }

    /// Fits the line to answers foreseen one by one, by Newton's method. Few answers move it little.
    pub fn fit(foreseen: &[Foreseen]) -> Self {
        let mut line = Self::default();
        for _ in 0..25 {
            let (step_a, step_b) = newton_step(&line, foreseen);
            line = Self { a: line.a - step_a, b: (line.b - step_b).clamp(0.1, 5.0) };
            if step_a.abs() + step_b.abs() < 1e-10 {
                break;
            }
        }
        line
    }
}

fn newton_step(line: &Recalibration, foreseen: &[Foreseen]) -> (f64, f64) {
    let stiffness = 1.0 / (STRAYING * STRAYING);
    let (mut slope_a, mut slope_b) = (line.a * stiffness, (line.b - 1.0) * stiffness);
    let (mut aa, mut ab, mut bb) = (stiffness, 0.0, stiffness);
    for one in foreseen {
        let x = log_odds(one.p);
        let shown = sigma(line.a + line.b * x);
        let (error, weight) = (shown - f64::from(u8::from(one.correct)), shown * (1.0 - shown));
        slope_a += error;
        slope_b += error * x;
        aa += weight;
        ab += weight * x;
        bb += weight * x * x;
    }
    let determinant = aa * bb - ab * ab;
    ((bb * slope_a - ab * slope_b) / determinant, (aa * slope_b - ab * slope_a) / determinant)
}

fn log_odds(chance: f64) -> f64 {
    logit(chance.clamp(LEAST_CHANCE, 1.0 - LEAST_CHANCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many right answers per thousand as `truth` says of each chance.
    fn answers(truth: impl Fn(f64) -> f64) -> Vec<Foreseen> {
        let chances = (1..20).map(|twentieth| f64::from(twentieth) / 20.0);
        let of = |p: f64| {
            let right = (truth(p) * 1_000.0).round() as usize;
            (0..1_000).map(move |place| Foreseen { p, correct: place < right })
        };
        chances.flat_map(of).collect()
    }

    #[test]
    fn chances_that_come_true_stay_as_they_are() {
        let line = Recalibration::fit(&answers(|p| p));
        assert!(line.a.abs() < 0.01 && (line.b - 1.0).abs() < 0.01, "{line:?}");
        assert_eq!(Recalibration::default().apply(0.3).to_bits(), 0.3_f64.to_bits());
    }

    #[test]
    fn chances_that_are_too_bold_are_drawn_in() {
        let line = Recalibration::fit(&answers(|p| sigma(-0.4 + 0.6 * logit(p))));
        assert!((line.a + 0.4).abs() < 0.01 && (line.b - 0.6).abs() < 0.01, "{line:?}");
        assert!((line.apply(0.9) - sigma(-0.4 + 0.6 * logit(0.9))).abs() < 0.01);
    }

    #[test]
    fn a_handful_of_answers_moves_nothing_much() {
        let line = Recalibration::fit(&[Foreseen { p: 0.9, correct: false }]);
        assert!(line.a.abs() < 0.1 && (line.b - 1.0).abs() < 0.2, "{line:?}");
        assert_eq!(Recalibration::fit(&[]), Recalibration::default());
    }
}
