//! Which of the days that suit a card it gets, so that cards learnt together do not stay together.
//!
//! Nothing here is chance and nothing looks at other cards: the place is a hash of the question and its repetition,
//! and siblings (questions of one concept) take turns by the remainder of the day's number. So an offline client finds
//! the same day, and a late answer moves no card but its own.

use crate::vocab::{id::QuestionId, time::StudyDay};

/// A question and its place among its siblings, which should not come on the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub question: QuestionId,
    /// From 0, in the order of the course.
    pub place: u32,
    /// How many share the concept, this one included.
    pub siblings: u32,
}

impl Slot {
    /// Without siblings.
    pub fn alone(question: QuestionId) -> Self {
        Self { question, place: 0, siblings: 1 }
    }
}

/// Shorter intervals, in days, are not spread.
pub const FUZZ_FROM_DAYS: f32 = 2.5;
/// Bands of interval lengths in days, and the share of the days within that the fuzz may add to either side.
pub const FUZZ_BANDS: [(f32, f32, f32); 3] = [(FUZZ_FROM_DAYS, 7.0, 0.15), (7.0, 20.0, 0.10), (20.0, f32::MAX, 0.05)];
/// Siblings take turns among this many days at most; more would drag a card far from its day.
pub const MOST_TURNS: u32 = 4;

/// The whole days (first, last) near `exact` among which a card may come. Short intervals have one; long ones 5 % to
/// each side and a little more.
pub fn around(exact: f32, longest: i32) -> (i32, i32) {
    let rounded = (exact.round() as i32).clamp(1, longest);
    if exact < FUZZ_FROM_DAYS {
        return (rounded, rounded);
    }
    let share = |(from, to, factor): &(f32, f32, f32)| factor * (exact.min(*to) - from).max(0.0);
    let delta = 1.0 + FUZZ_BANDS.iter().map(share).sum::<f32>();
    let low = ((exact - delta).round() as i32).clamp(2.min(longest), longest);
    let high = ((exact + delta).round() as i32).clamp(low, longest);
    (low, high)
}

/// The day the card comes, `low` to `high` days after `day`: one of its siblings' turns where there are enough days
/// for every turn, else any.
pub fn among((low, high): (i32, i32), slot: Slot, reps: u32, day: StudyDay) -> StudyDay {
    let (first, days) = (day.0.saturating_add(low), high - low + 1);
    let turns = turns(slot.siblings, days);
    let ahead = (slot.place as i32 % turns - first).rem_euclid(turns);
    let own = (days - 1 - ahead) / turns + 1;
    let pick = (fuzz_fraction(slot.question, reps) * f64::from(own)) as i32;
    StudyDay(first.saturating_add(ahead + pick * turns))
}

/// Powers of two, so that the turns of a card with few days are made of whole turns of one with many.
fn turns(siblings: u32, days: i32) -> i32 {
    let wanted = siblings.max(1).next_power_of_two().min(MOST_TURNS) as i32;
    let mut turns = 1;
    while turns * 2 <= wanted.min(days) {
        turns *= 2;
    }
    turns
}

/// In [0, 1), from card and repetition alone: FNV-1a (32 bit) over `<question id>:<repetition>`, two lines of code for
/// a client.
pub fn fuzz_fraction(question: QuestionId, reps: u32) -> f64 {
    f64::from(fnv_1a(&format!("{question}:{reps}"))) / 4_294_967_296.0
}

fn fnv_1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn slot(place: u32, siblings: u32) -> Slot {
        Slot { question: QuestionId(Uuid::from_u128(u128::from(place) + 77)), place, siblings }
    }

    #[test]
    fn fnv_1a_of_the_published_vectors() {
        // RFC 9923, appendix C.
        assert_eq!((fnv_1a(""), fnv_1a("a"), fnv_1a("foobar")), (0x811c_9dc5, 0xe40c_292c, 0xbf9c_f968));
    }

    #[test]
    fn without_siblings_every_day_of_the_range_is_taken() {
        let day = |number| among((9, 15), Slot { siblings: 1, ..slot(number, 1) }, 1, StudyDay(100)).0 - 100;
        let taken: std::collections::BTreeSet<i32> = (0..200).map(day).collect();
        assert_eq!(taken, (9..=15).collect());
    }

    proptest! {
        #[test]
        fn a_card_stays_in_its_range(
            low in 1_i32..400, width in 0_i32..60, place in 0_u32..20, more in 1_u32..20, reps in 0_u32..50,
            day in -3_000_i32..30_000,
        ) {
            let due = among((low, low + width), slot(place, place + more), reps, StudyDay(day)).0 - day;
            prop_assert!((low..=low + width).contains(&due), "{due}");
        }

        #[test]
        fn siblings_never_share_a_day_where_the_range_allows(
            exact in prop::collection::vec(7.0_f32..900.0, 4), reps in prop::collection::vec(1_u32..40, 4),
            days in prop::collection::vec(20_000_i32..20_400, 4),
        ) {
            let due = |place: usize| {
                among(around(exact[place], 36_500), slot(place as u32, 4), reps[place], StudyDay(days[place]))
            };
            let taken: std::collections::BTreeSet<StudyDay> = (0..4).map(due).collect();
            prop_assert_eq!(taken.len(), 4);
        }
    }
}
