//! Habits of an author that give keys away across a bank: the key longest, or often in the same place.
//!
//! Counted over `single` questions. Options are shuffled when they are shown, but not in an export or on paper.

use super::options::is_key_longest;
use crate::domain::bank::problem::Report;
use crate::domain::bank::{Bank, Code};
use crate::domain::question::{Body, ChoiceOption};

/// Fewer questions show no habit, only chance.
const FEWEST_ITEMS: usize = 20;
/// Of the keys, in per cent, that may be uniquely longest; a quarter of four options are so by chance.
const MOST_LONGEST: f64 = 30.0;
/// Percentage points that a place may be off its expected share: with four options each has 15 to 35 per cent.
const POSITION_LEEWAY: f64 = 10.0;

/// What the keys of a bank's `single` questions have in common, as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHabits {
    /// How many `single` questions there are, without the retired.
    pub items: usize,
    /// How many of their keys have more characters than each of the distractors.
    pub longest: usize,
    /// Where the keys stand, the first place first.
    pub positions: Vec<KeyPosition>,
}

/// A place in the written order of options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyPosition {
    /// How many questions have so many options.
    pub items: usize,
    /// How many of these have their key here.
    pub keys: usize,
    /// How many options these have together.
    options: Vec<usize>,
}

impl KeyHabits {
    /// Counts the keys of `bank`.
    pub fn of(bank: &Bank) -> Self {
        let mut habits = Self { items: 0, longest: 0, positions: Vec::new() };
        for read in bank.questions.iter().filter(|read| !read.question.retired) {
            if let Body::Single { options } = &read.question.body {
                habits.count(options);
            }
        }
        habits
    }

    fn count(&mut self, options: &[ChoiceOption]) {
        self.items += 1;
        self.longest += usize::from(is_key_longest(options));
        if self.positions.len() < options.len() {
            self.positions.resize_with(options.len(), KeyPosition::default);
        }
        for (position, option) in self.positions.iter_mut().zip(options) {
            position.items += 1;
            position.keys += usize::from(option.correct);
            position.options.push(options.len());
        }
    }

    /// How many keys in a hundred are uniquely longest; 0 where there are none.
    pub fn longest_share(&self) -> f64 {
        per_cent(self.longest, self.items)
    }
}

impl KeyPosition {
    /// How many keys in a hundred stand here, of the questions with this place.
    pub fn share(&self) -> f64 {
        per_cent(self.keys, self.items)
    }

    /// The share, in per cent, were every place used equally often.
    pub fn expected_share(&self) -> f64 {
        let sum: f64 = self.options.iter().map(|count| 100.0 / *count as f64).sum();
        sum / self.options.len().max(1) as f64
    }
}

fn per_cent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

pub(super) fn check(habits: &KeyHabits, report: &mut Report) {
    let course = "course.yaml";
    if habits.items >= FEWEST_ITEMS && habits.longest_share() > MOST_LONGEST {
        let share = rounded(habits.longest_share());
        let arguments = [&*habits.longest.to_string(), &habits.items.to_string(), &share];
        report.whole_file(course, Code::KeyLongestShare, &arguments);
    }
    for (place, position) in (1..).zip(&habits.positions) {
        let (share, expected) = (position.share(), position.expected_share());
        if position.items >= FEWEST_ITEMS && (share - expected).abs() > POSITION_LEEWAY {
            let arguments = [&*i32::to_string(&place), &rounded(share), &rounded(expected)];
            report.whole_file(course, Code::KeyPositionShare, &arguments);
        }
    }
}

fn rounded(share: f64) -> String {
    format!("{share:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bank::lint::fixture::{TODAY, bank_of, single};
    use crate::domain::bank::{Severity, lint};

    /// The messages about keys in a bank whose singles have these options, the key first, `shift` places later.
    fn check(options: &[&str], count: usize, shift: impl Fn(usize) -> usize, expect: &[&str]) {
        let questions: Vec<String> = (0..count).map(|n| single(&format!("Hva er {n} på {n}?"), options)).collect();
        let mut bank = bank_of(&questions);
        for (at, read) in bank.questions.iter_mut().enumerate() {
            if let Body::Single { options } = &mut read.question.body {
                options.rotate_right(shift(at));
            }
        }
        let codes = [Code::KeyLongestShare, Code::KeyPositionShare];
        let found: Vec<_> = lint(&bank, TODAY).into_iter().filter(|problem| codes.contains(&problem.code)).collect();
        let messages: Vec<String> = found.into_iter().filter_map(|problem| problem.message.en).collect();
        assert_eq!(messages, expect);
    }

    const FOUR: &[&str] = &["Per", "Kari", "Siv", "Liv"];

    #[test]
    fn keys_stand_in_every_place_about_equally_often() {
        let in_first =
            "The right option is written in place 1 in 100 % of the single questions; about 25 % is expected.";
        check(FOUR, 20, |at| at % 4, &[]);
        check(FOUR, 19, |_| 0, &[]);
        let nowhere = |place: usize| {
            format!(
                "The right option is written in place {place} in 0 % of the single questions; about 25 % is expected."
            )
        };
        check(FOUR, 20, |_| 0, &[in_first, &nowhere(2), &nowhere(3), &nowhere(4)]);
        check(&FOUR[..3], 30, |at| at % 3, &[]);
        check(&FOUR[..3], 30, |at| if at < 3 { 0 } else { at % 3 }, &[]);
    }

    #[test]
    fn the_key_is_longest_in_three_of_ten_at_most() {
        let found = "In 20 of 20 single questions (100 %) the right option is the longest; the most is 30 %.";
        check(&["Petter", "Kari", "Siv", "Liv"], 20, |at| at % 4, &[found]);
        check(&["Petter", "Kari", "Siv", "Liv"], 19, |at| at % 4, &[]);
        assert_eq!(Code::KeyLongestShare.severity(), Severity::Error);
    }

    #[test]
    fn a_place_is_expected_in_questions_that_have_it() {
        let options = |count| single(&format!("Hva er {count}?"), &["a", "b", "c", "d", "e"][..count]);
        let habits = KeyHabits::of(&bank_of(&[options(3), options(4), options(5)]));
        assert_eq!((habits.items, habits.longest, habits.positions.len()), (3, 0, 5));
        assert_eq!((habits.positions[0].keys, habits.positions[0].items, habits.positions[3].items), (3, 3, 2));
        assert_eq!(habits.positions[3].expected_share(), 22.5);
        assert_eq!(KeyHabits::of(&bank_of(&[])).longest_share(), 0.0);
    }
}
