//! The curves of the filter, on `libm` so that every machine draws them alike.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_8};

/// Beyond this the odds overflow, and a chance of exactly zero would turn the update into 0/0.
const STEEPEST: f64 = 300.0;

/// The logistic curve: log-odds to a chance.
pub(super) fn sigma(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds.clamp(-STEEPEST, STEEPEST)))
}

/// How far log-odds shrink towards zero when they are uncertain by `variance`.
pub(super) fn shrinkage(variance: f64) -> f64 {
    1.0 / (1.0 + FRAC_PI_8 * variance).sqrt()
}

/// A chance to log-odds.
pub(super) fn logit(chance: f64) -> f64 {
    libm::log(chance / (1.0 - chance))
}

/// The share of a standard normal distribution that lies below `x`.
pub(super) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}
