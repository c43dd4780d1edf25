//! How vulnerable a concept is: the chance that nobody who knows it is here today, and what to take up first.
//!
//! The smooth index falls with every learner who improves, which is why it must not be shown: it would move when one
//! person learns. What is shown is the index of the band instead, so it tells nothing that the band does not.

use super::Band;

/// The chance that a colleague is away on a given day. Absences are taken as independent, which they are not quite.
pub const AWAY: f64 = 0.2;

/// The share a carrier of a band is taken to know.
const CARRIERS_SHARE: f64 = 0.9;

/// How much a concept matters to a team, agreed by the team: 1 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Importance(u8);

impl Importance {
    /// What holds until a team has agreed on something.
    pub const DEFAULT: Self = Self(2);

    pub fn new(value: u8) -> Option<Self> {
        (1..=3).contains(&value).then_some(Self(value))
    }

    pub fn get(self) -> u8 {
        self.0
    }
}

/// V = Π (1 − (1 − q)·m): the chance that nobody who knows it is present, if each is away with probability q. `shares`
/// are the m, from 0 to 1. Nobody: 1.
pub fn chance_nobody_is_here(shares: impl IntoIterator<Item = f64>, away: f64) -> f64 {
    shares.into_iter().map(|share| 1.0 - (1.0 - away) * share).product()
}

/// The index of a band: as if those who carry it for sure were all there are. `None` where nothing is known.
pub fn vulnerability(band: Band) -> Option<f64> {
    let carriers = std::iter::repeat_n(CARRIERS_SHARE, band.at_least());
    (band != Band::Unknown).then(|| chance_nobody_is_here(carriers, AWAY))
}

/// Vulnerability × importance: the higher, the sooner. A handbook page never lowers it: not all knowledge is written.
pub fn priority(band: Band, importance: Importance) -> Option<f64> {
    vulnerability(band).map(|index| index * f64::from(importance.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_index_of_one_two_and_three_who_know_nearly_all() {
        for (carriers, expected) in [(0, 1.0), (1, 0.28), (2, 0.0784), (3, 0.021_952)] {
            let index = chance_nobody_is_here(std::iter::repeat_n(0.9, carriers), AWAY);
            assert!((index - expected).abs() < 1e-12, "{carriers}: {index}");
        }
    }

    #[test]
    fn a_wider_band_is_less_vulnerable_and_no_data_is_no_gap() {
        assert_eq!(vulnerability(Band::Unknown), None);
        let shown = [Band::ZeroOrOne, Band::Two, Band::ThreeOrMore].map(|band| vulnerability(band));
        assert!(shown.windows(2).all(|pair| pair[0] > pair[1]), "{shown:?}");
    }

    proptest! {
        #[test]
        fn every_learner_who_improves_lowers_the_index(
            shares in prop::collection::vec(0.0..0.99f64, 1..30),
            who in any::<prop::sample::Index>(),
            better in 0.01..1.0f64,
        ) {
            let before = chance_nobody_is_here(shares.iter().copied(), AWAY);
            let mut after = shares.clone();
            let share = who.get_mut(&mut after);
            *share += (1.0 - *share) * better;
            let after = chance_nobody_is_here(after, AWAY);
            prop_assert!(after < before && (0.0..=1.0).contains(&after));
        }
    }
}
