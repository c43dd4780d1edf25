//! Instants and study days.
//!
//! An instant is UTC milliseconds. A study day is a calendar day of the learner that begins at his rollover hour,
//! not at midnight: who studies past midnight is still in yesterday's session. Days are counted, never divided
//! out of milliseconds, so daylight saving time cannot shift one.

use jiff::{civil, tz::Offset, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An instant in UTC milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// The calendar day a study day is named after, in days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StudyDay(pub i32);

/// A week, counted from the one that held 1970-01-01. It begins on Monday at 00:00 UTC, the same for everybody: what is
/// counted for a whole organisation cannot follow one learner's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Week(pub i32);

/// Where a learner's study days begin.
#[derive(Debug, Clone, PartialEq)]
pub struct DayBoundary {
    pub zone: TimeZone,
    /// Local hour, 0 to 23, at which the day begins.
    pub rollover_hour: i8,
}

impl Timestamp {
    /// The last instant that can be written in RFC 3339, 9999-12-30; guards arithmetic on hostile input.
    pub const MAX: Self = Self(253_402_128_000_000);

    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms).clamp(-Self::MAX.0, Self::MAX.0))
    }

    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_ms(minutes.saturating_mul(60_000))
    }

    /// Parses RFC 3339 with any offset; sub-millisecond digits are cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        Some(Self(instant.as_millisecond())).filter(|at| at.0.abs() <= Self::MAX.0)
    }

    fn jiff(self) -> jiff::Timestamp {
        let clamped = self.0.clamp(-Self::MAX.0, Self::MAX.0);
        jiff::Timestamp::from_millisecond(clamped).expect("clamped to the years jiff can hold")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.jiff())
    }
}

impl DayBoundary {
    /// The study day `at` falls in. `utc_offset_min`, when the device told it, wins over the zone: the device knows
    /// where the learner was.
    pub fn day_of(&self, at: Timestamp, utc_offset_min: Option<i16>) -> StudyDay {
        let told = utc_offset_min.and_then(|minutes| Offset::from_seconds(i32::from(minutes) * 60).ok());
        let local = match told {
            Some(offset) => offset.to_datetime(at.jiff()),
            None => self.zone.to_datetime(at.jiff()),
        };
        let day = StudyDay::from_date(local.date());
        if local.hour() < self.rollover_hour { StudyDay(day.0 - 1) } else { day }
    }

    /// The instant `day` begins. Where the clock skips the rollover hour, the first instant after the gap.
    pub fn start_of(&self, day: StudyDay) -> Timestamp {
        let local = day.date().at(self.rollover_hour, 0, 0, 0);
        let zoned = self.zone.to_ambiguous_zoned_datetime(local).compatible();
        zoned.map_or(Timestamp::MAX, |zoned| Timestamp(zoned.timestamp().as_millisecond()))
    }
}

impl StudyDay {
    /// The epoch day of a calendar date.
    pub fn from_date(date: civil::Date) -> Self {
        let since = date.since((jiff::Unit::Day, EPOCH)).map_or(0, |span| span.get_days());
        Self(since)
    }

    /// The calendar date, within the years jiff can hold.
    pub fn date(self) -> civil::Date {
        let span = jiff::Span::new().try_days(i64::from(self.0).clamp(-700_000, 2_900_000));
        span.and_then(|span| EPOCH.checked_add(span)).unwrap_or(EPOCH)
    }
}

impl Week {
    /// 1970-01-01 was a Thursday.
    const THURSDAY: i64 = 3;

    pub fn of(at: Timestamp) -> Self {
        let days = at.0.div_euclid(86_400_000);
        Self((days + Self::THURSDAY).div_euclid(7) as i32)
    }

    /// The Monday it begins with.
    pub fn monday(self) -> StudyDay {
        StudyDay((i64::from(self.0) * 7 - Self::THURSDAY) as i32)
    }

    pub fn plus(self, weeks: i32) -> Self {
        Self(self.0.saturating_add(weeks))
    }
}

impl fmt::Display for StudyDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

const EPOCH: civil::Date = civil::date(1970, 1, 1);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn oslo() -> DayBoundary {
        DayBoundary { zone: TimeZone::get("Europe/Oslo").unwrap(), rollover_hour: 4 }
    }

    fn day(text: &str) -> String {
        oslo().day_of(Timestamp::parse(text).unwrap(), None).to_string()
    }

    #[test]
    fn the_day_turns_at_the_rollover_hour_of_the_learner() {
        assert_eq!(day("2026-11-23T02:59:59.999Z"), "2026-11-22");
        assert_eq!(day("2026-11-23T03:00:00Z"), "2026-11-23");
        assert_eq!(day("2026-07-01T01:59:59Z"), "2026-06-30");
        assert_eq!(day("2026-07-01T02:00:00Z"), "2026-07-01");
    }

    #[test]
    fn daylight_saving_time_neither_drops_nor_doubles_a_day() {
        for (at, expected) in [
            ("2026-03-29T01:30:00Z", "2026-03-28"),
            ("2026-03-29T02:00:00Z", "2026-03-29"),
            ("2026-10-25T02:30:00Z", "2026-10-24"),
            ("2026-10-25T03:00:00Z", "2026-10-25"),
            ("2028-02-29T12:00:00Z", "2028-02-29"),
        ] {
            assert_eq!(day(at), expected, "{at}");
        }
    }

    #[test]
    fn the_device_knows_where_the_learner_was() {
        let at = Timestamp::parse("2026-11-23T20:00:00Z").unwrap();
        assert_eq!(oslo().day_of(at, Some(540)).to_string(), "2026-11-24");
        assert_eq!(oslo().day_of(at, None).to_string(), "2026-11-23");
    }

    #[test]
    fn a_day_starts_in_itself() {
        for number in 20_000..21_000 {
            let start = oslo().start_of(StudyDay(number));
            assert_eq!(oslo().day_of(start, None), StudyDay(number));
            assert_eq!(oslo().day_of(start.plus_ms(-1), None), StudyDay(number - 1));
        }
    }

    #[test]
    fn a_week_begins_on_monday() {
        for (at, monday) in [
            ("2026-11-22T23:59:59.999Z", "2026-11-16"),
            ("2026-11-23T00:00:00Z", "2026-11-23"),
            ("1970-01-01T00:00:00Z", "1969-12-29"),
        ] {
            assert_eq!(Week::of(Timestamp::parse(at).unwrap()).monday().to_string(), monday);
        }
    }

    #[test]
    fn instants_print_with_milliseconds_and_survive_extremes() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::parse("2026-11-22T22:03:11.5124+01:00").unwrap().to_string(), "2026-11-22T21:03:11.512Z");
        for at in [i64::MIN, i64::MAX] {
            assert!(!Timestamp(at).to_string().is_empty());
        }
        assert!(StudyDay(i32::MAX).to_string().len() > 3);
    }
}
