//! The 21 numbers of FSRS-6, checked.

use fsrs::DEFAULT_PARAMETERS;
use serde::{Deserialize, Serialize};

/// Weights of FSRS-6 in the order of the model's description; each is finite and within its range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct Weights([f32; Weights::COUNT]);

/// Why numbers are no weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotWeights {
    #[error("FSRS-6 has 21 weights")]
    Count,
    #[error("weight {0} (counted from 0) is out of range")]
    Range(usize),
}

/// The lowest and highest value of each, as FSRS-6's own training clips them.
const RANGES: [(f32, f32); Weights::COUNT] = [
    (0.001, 100.0),
    (0.001, 100.0),
    (0.001, 100.0),
    (0.001, 100.0),
    (1.0, 10.0),
    (0.001, 4.0),
    (0.001, 4.0),
    (0.001, 0.75),
    (0.0, 4.5),
    (0.0, 0.8),
    (0.001, 3.5),
    (0.001, 5.0),
    (0.001, 0.25),
    (0.001, 0.9),
    (0.0, 4.0),
    (0.0, 1.0),
    (1.0, 6.0),
    (0.0, 2.0),
    (0.0, 2.0),
    (0.0, 0.8),
    (0.1, 0.8),
];

impl Weights {
    pub const COUNT: usize = 21;
    /// Fits the average of some ten thousand learners; the crate's own.
    pub const DEFAULT: Self = Self(DEFAULT_PARAMETERS);

    pub fn new(numbers: &[f32]) -> Result<Self, NotWeights> {
        let numbers: [f32; Self::COUNT] = numbers.try_into().map_err(|_| NotWeights::Count)?;
        let outside = |(index, number): (usize, &f32)| {
            let (low, high) = RANGES[index];
            !(low..=high).contains(number)
        };
        match numbers.iter().enumerate().position(outside) {
            Some(index) => Err(NotWeights::Range(index)),
            None => Ok(Self(numbers)),
        }
    }

    pub fn numbers(&self) -> &[f32; Self::COUNT] {
        &self.0
    }

    /// These weights with the four initial stabilities of `other`.
    pub fn with_stabilities_of(&self, other: &Self) -> Self {
        let mut numbers = self.0;
        numbers[..4].copy_from_slice(&other.0[..4]);
        Self(numbers)
    }

    /// The exponent of forgetting.
    pub(super) fn decay(&self) -> f32 {
        self.0[20]
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<Vec<f32>> for Weights {
    type Error = NotWeights;

    fn try_from(numbers: Vec<f32>) -> Result<Self, NotWeights> {
        Self::new(&numbers)
    }
}

impl From<Weights> for Vec<f32> {
    fn from(weights: Weights) -> Self {
        weights.0.to_vec()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_21_numbers_in_range_are_weights() {
        let default = Weights::DEFAULT.numbers();
        assert_eq!(Weights::new(default), Ok(Weights::DEFAULT));
        assert_eq!(Weights::new(&default[..19]), Err(NotWeights::Count));
        for wrong in [f32::NAN, f32::INFINITY, -1.0, 1e9] {
            for index in 0..Weights::COUNT {
                let mut numbers = *default;
                numbers[index] = wrong;
                assert_eq!(Weights::new(&numbers), Err(NotWeights::Range(index)));
            }
        }
    }

    #[test]
    fn weights_survive_json_to_the_bit() {
        let text = serde_json::to_string(&Weights::DEFAULT).unwrap();
        assert_eq!(serde_json::from_str::<Weights>(&text).unwrap(), Weights::DEFAULT);
        assert!(serde_json::from_str::<Weights>("[1, 2, 3]").is_err());
    }
}
