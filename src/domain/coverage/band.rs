//! How many carry a concept, in words that leave it open who.
//!
//! The bands are wide at both ends on purpose. «None» would be a verdict on everybody and «one» would expose the only
//! carrier, so they are one band; «all» does not exist. «Unknown» keeps «no data» apart from «gap».

use super::SMALLEST;

/// How many of a cohort carry a concept; of a unit of several cohorts, how many at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// Too few have answered enough for a verdict.
    Unknown,
    /// None or one: here more can learn.
    ZeroOrOne,
    Two,
    ThreeOrMore,
}

/// What was counted of people who are counted together; never leaves the refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub people: usize,
    /// Those whose answers are enough for a verdict.
    pub known: usize,
    /// Those among the known who carry the concept.
    pub carriers: usize,
}

/// Whether what could expose a person is held back. Only a test that shows that an attacker is able turns it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suppression {
    On,
    Off,
}

/// The band of people who are counted together; `None` if they are too few.
pub fn band(tally: Tally, suppression: Suppression) -> Option<Band> {
    if tally.people < SMALLEST && suppression == Suppression::On {
        return None;
    }
    Some(match tally.carriers {
        0 | 1 if tally.known < enough(tally.people) => Band::Unknown,
        0 | 1 => Band::ZeroOrOne,
        2 => Band::Two,
        _ => Band::ThreeOrMore,
    })
}

/// Half of the people, and three at least: never so many that a verdict would tell that everybody has answered.
fn enough(people: usize) -> usize {
    people.div_ceil(2).max(3)
}

/// Bands of disjoint cohorts, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    pub cohorts: usize,
    /// Cohorts of which too little is known.
    pub unknown: usize,
    /// So many carry it for sure.
    pub sure: usize,
}

impl Sum {
    /// What is shown of a unit of these cohorts; nothing without a cohort.
    pub fn shown(self) -> Option<Band> {
        match self.sure {
            _ if self.cohorts == 0 => None,
            0 if self.unknown * 2 >= self.cohorts => Some(Band::Unknown),
            0 => Some(Band::ZeroOrOne),
            2 => Some(Band::Two),
            _ => Some(Band::ThreeOrMore),
        }
    }
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, more: Self) {
        self.cohorts += more.cohorts;
        self.unknown += more.unknown;
        self.sure += more.sure;
    }
}

/// What is shown of a unit whose cohorts have these bands: the sum of what is sure.
pub fn together(bands: &[Band]) -> Option<Band> {
    let unknown = bands.iter().filter(|band| **band == Band::Unknown).count();
    let sure = bands.iter().map(|band| band.at_least()).sum();
    Sum { cohorts: bands.len(), unknown, sure }.shown()
}

impl Band {
    /// So many carry it for sure.
    pub fn at_least(self) -> usize {
        match self {
            Self::Unknown | Self::ZeroOrOne => 0,
            Self::Two => 2,
            Self::ThreeOrMore => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(people: usize, known: usize, carriers: usize, expected: Option<Band>) {
        assert_eq!(band(Tally { people, known, carriers }, Suppression::On), expected, "{people} {known} {carriers}");
    }

    #[test]
    fn none_and_one_look_alike_and_thin_evidence_is_no_gap() {
        check(4, 4, 4, None);
        check(5, 5, 0, Some(Band::ZeroOrOne));
        check(5, 3, 1, Some(Band::ZeroOrOne));
        check(5, 2, 1, Some(Band::Unknown));
        check(5, 2, 2, Some(Band::Two));
        check(5, 5, 5, Some(Band::ThreeOrMore));
        check(12, 5, 0, Some(Band::Unknown));
        check(12, 6, 0, Some(Band::ZeroOrOne));
        check(12, 3, 3, Some(Band::ThreeOrMore));
    }

    #[test]
    fn a_unit_is_the_sum_of_what_is_sure() {
        use Band::{ThreeOrMore, Two, Unknown, ZeroOrOne};
        for (bands, expected) in [
            (vec![], None),
            (vec![ZeroOrOne, ZeroOrOne], Some(ZeroOrOne)),
            (vec![ZeroOrOne, Two], Some(Two)),
            (vec![Two, Two], Some(ThreeOrMore)),
            (vec![Unknown, ZeroOrOne], Some(Unknown)),
            (vec![Unknown, ZeroOrOne, ZeroOrOne], Some(ZeroOrOne)),
            (vec![Unknown, ThreeOrMore], Some(ThreeOrMore)),
        ] {
            assert_eq!(together(&bands), expected, "{bands:?}");
        }
    }
}
