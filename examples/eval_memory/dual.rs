//! Numbers that carry their derivatives by each weight (forward-mode differentiation), and what they share with plain
//! ones, so that a model's equations are written once.

use std::ops::{Add, Div, Mul, Sub};

/// Weights of FSRS-7.
pub const WEIGHTS: usize = 35;

pub trait Real:
    Copy + From<f64> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    fn exponential(self) -> Self;
    /// For a positive base.
    fn power(self, exponent: Self) -> Self;
    fn lower(self, other: Self) -> Self;
    fn higher(self, other: Self) -> Self;

    fn within(self, low: f64, high: f64) -> Self {
        self.higher(low.into()).lower(high.into())
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Dual {
    pub value: f64,
    pub parts: [f64; WEIGHTS],
}

impl Dual {
    /// The weight of this index.
    pub fn variable(value: f64, index: usize) -> Self {
        let mut parts = [0.0; WEIGHTS];
        parts[index] = 1.0;
        Self { value, parts }
    }

    /// `value` with derivatives `by_self · self' + by_other · other'`.
    fn chain(self, other: Self, value: f64, by_self: f64, by_other: f64) -> Self {
        let mut parts = self.parts;
        for (part, others) in parts.iter_mut().zip(other.parts) {
            *part = by_self * *part + by_other * others;
        }
        Self { value, parts }
    }
}

impl From<f64> for Dual {
    fn from(value: f64) -> Self {
        Self { value, parts: [0.0; WEIGHTS] }
    }
}

impl Add for Dual {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.chain(other, self.value + other.value, 1.0, 1.0)
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.chain(other, self.value - other.value, 1.0, -1.0)
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.chain(other, self.value * other.value, other.value, self.value)
    }
}

impl Div for Dual {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        self.chain(other, value, 1.0 / other.value, -value / other.value)
    }
}

impl Real for Dual {
    fn exponential(self) -> Self {
        let value = self.value.exp();
        self.chain(self, value, value, 0.0)
    }

    fn power(self, exponent: Self) -> Self {
        let value = self.value.powf(exponent.value);
        let (by_base, by_exponent) = (exponent.value * value / self.value, value * self.value.ln());
        self.chain(exponent, value, by_base, by_exponent)
    }

    fn lower(self, other: Self) -> Self {
        if other.value < self.value { other } else { self }
    }

    fn higher(self, other: Self) -> Self {
        if other.value > self.value { other } else { self }
    }
}

impl Real for f64 {
    fn exponential(self) -> Self {
        self.exp()
    }

    fn power(self, exponent: Self) -> Self {
        self.powf(exponent)
    }

    fn lower(self, other: Self) -> Self {
        self.min(other)
    }

    fn higher(self, other: Self) -> Self {
        self.max(other)
    }
}
