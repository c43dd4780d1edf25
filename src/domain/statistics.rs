//! Figures about the past, made from what was counted by day.

use super::{
    catch_up::Pause,
    tally::{DayTally, SPANS},
};
use crate::vocab::time::StudyDay;
use std::collections::BTreeMap;

/// Reviews and how many of them succeeded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recalled {
    pub reviews: u32,
    pub recalled: u32,
}

impl Recalled {
    /// `None` without reviews.
    pub fn share(self) -> Option<f64> {
        (self.reviews > 0).then(|| f64::from(self.recalled) / f64::from(self.reviews))
    }

    fn and(self, reviews: u32, recalled: u32) -> Self {
        Self { reviews: self.reviews + reviews, recalled: self.recalled + recalled }
    }
}

/// True retention by the days since the review before, in the classes of `SPANS`.
pub fn by_interval(days: &BTreeMap<StudyDay, DayTally>) -> [Recalled; SPANS.len()] {
    let mut spans = [Recalled::default(); SPANS.len()];
    for tally in days.values() {
        for (span, counts) in spans.iter_mut().zip(tally.reviews.iter().zip(tally.recalled)) {
            *span = span.and(*counts.0, counts.1);
        }
    }
    spans
}

/// True retention by calendar month (year, month); months without a review are left out.
pub fn by_month(days: &BTreeMap<StudyDay, DayTally>) -> BTreeMap<(i16, i8), Recalled> {
    let mut months: BTreeMap<(i16, i8), Recalled> = BTreeMap::new();
    for (day, tally) in days {
        let (reviews, recalled) = (tally.reviews.iter().sum(), tally.recalled.iter().sum());
        if reviews > 0 {
            let date = day.date();
            let month = months.entry((date.year(), date.month())).or_default();
            *month = month.and(reviews, recalled);
        }
    }
    months
}

/// Days studied in a row up to today. One missed day in any seven is forgiven, and so are the days of a pause; today is
/// not missed before it is over. What is forgiven is not counted.
pub fn streak(days: &BTreeMap<StudyDay, DayTally>, pause: Option<Pause>, today: StudyDay) -> u32 {
    let Some(first) = days.keys().next() else { return 0 };
    let (mut studied, mut forgiven) = (0, None);
    for day in (first.0..=today.0).rev().map(StudyDay) {
        if days.get(&day).is_some_and(|tally| tally.answers > 0) {
            studied += 1;
        } else if day != today && !pause.is_some_and(|pause| pause.holds_on(day)) {
            if forgiven.is_some_and(|later: StudyDay| later.0 - day.0 < 7) {
                break;
            }
            forgiven = Some(day);
        }
    }
    studied
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: StudyDay = StudyDay(20_000);

    /// A letter for each day up to today: x studied, . not.
    fn days(text: &str) -> BTreeMap<StudyDay, DayTally> {
        let studied = DayTally { answers: 1, ..DayTally::default() };
        let first = TODAY.0 + 1 - text.len() as i32;
        let marked = text.bytes().enumerate().filter(|(_, letter)| *letter == b'x');
        marked.map(|(place, _)| (StudyDay(first + place as i32), studied)).collect()
    }

    #[test]
    fn a_streak_forgives_one_day_a_week() {
        for (text, expected) in [
            ("", 0),
            ("x", 1),
            ("xxx", 3),
            ("xxx.", 3),
            ("xxx..", 3),
            ("xxx...", 0),
            ("xx.xx", 4),
            ("xx..xx", 2),
            ("xx.x.xx", 3),
            ("xxxxxx.xxxxxx.xxxxxx", 18),
            ("xxxxxx.xxxxx.xxxxxx", 11),
        ] {
            assert_eq!(streak(&days(text), None, TODAY), expected, "{text}");
        }
    }

    #[test]
    fn a_holiday_breaks_no_streak() {
        let pause = Pause { from: StudyDay(TODAY.0 - 5), to: StudyDay(TODAY.0 - 1) };
        assert_eq!(streak(&days("xxx.....x"), Some(pause), TODAY), 4);
        assert_eq!(streak(&days("xxx.....x"), None, TODAY), 1);
    }

    #[test]
    fn retention_is_told_by_month_and_by_interval() {
        let tally = DayTally { reviews: [4, 2, 0, 1], recalled: [3, 2, 0, 0], answers: 9, ..DayTally::default() };
        let date = |text: &str| StudyDay::from_date(text.parse().expect("a date"));
        let quiet = DayTally { answers: 5, ..DayTally::default() };
        let days = [("2026-10-31", tally), ("2026-11-01", tally), ("2026-11-30", tally), ("2026-12-01", quiet)]
            .map(|(day, tally)| (date(day), tally));
        let days: BTreeMap<_, _> = days.into();
        let months: Vec<_> = by_month(&days).into_iter().map(|(month, of)| (month, of.reviews, of.recalled)).collect();
        assert_eq!(months, [((2026, 10), 7, 5), ((2026, 11), 14, 10)]);
        let shares = by_interval(&days).map(Recalled::share);
        assert_eq!(shares, [Some(0.75), Some(1.0), None, Some(0.0)]);
    }
}
