//! Instants and the study days they belong to, about the hours where clocks change.

use jiff::tz::TimeZone;
use laerd::vocab::time::{DayBoundary, StudyDay, Timestamp};
use serde::Serialize;

#[derive(Serialize)]
pub struct Instant {
    time_zone: &'static str,
    rollover_hour: i8,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    utc_offset_min: Option<i16>,
    /// Days since 1970-01-01, and the same as a date.
    day: i32,
    date: String,
}

#[derive(Serialize)]
pub struct Start {
    time_zone: &'static str,
    rollover_hour: i8,
    day: i32,
    starts: String,
}

/// Zones with a summer time, without, with odd offsets and with a change of half an hour.
const ZONES: [&str; 7] = [
    "Europe/Oslo",
    "America/New_York",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "UTC",
];

pub fn instants() -> Vec<Instant> {
    // Clocks change in Oslo on 2026-03-29 and 2026-10-25, in New York on 2026-03-08 and 2026-11-01, on Lord Howe
    // Island on 2026-04-05 and 2026-10-04; a leap day; the turn of a year.
    let nights = [
        "2026-03-08",
        "2026-03-29",
        "2026-04-05",
        "2026-10-04",
        "2026-10-25",
        "2026-11-01",
        "2028-02-29",
        "2026-12-31",
    ];
    let hours = ["00:30:00", "01:59:59.999", "02:00:00", "03:00:00", "14:30:00", "16:00:00", "22:15:00"];
    let mut cases = Vec::new();
    for (number, night) in nights.iter().enumerate() {
        for (hour, zone) in hours.iter().zip(ZONES.iter().cycle().skip(number)) {
            cases.push(instant(zone, 4, &format!("{night}T{hour}Z"), None));
        }
        cases.push(instant("Europe/Oslo", 4, &format!("{night}T02:00:00Z"), None));
        cases.push(instant("Europe/Oslo", 0, &format!("{night}T22:30:00Z"), None));
        cases.push(instant("America/New_York", 2, &format!("{night}T06:30:00Z"), None));
    }
    for offset in [-1080, -660, -300, -1, 0, 60, 120, 345, 540, 840, 1080] {
        cases.push(instant("Europe/Oslo", 4, "2026-11-23T20:00:00Z", Some(offset)));
        cases.push(instant("Europe/Oslo", 4, "2026-11-23T02:59:59.999Z", Some(offset)));
    }
    cases
}

pub fn starts() -> Vec<Start> {
    let mut cases = Vec::new();
    for (zone, rollover_hour) in
        [("Europe/Oslo", 4), ("Europe/Oslo", 2), ("America/New_York", 2), ("Australia/Lord_Howe", 2)]
    {
        for date in [
            "2026-03-08",
            "2026-03-29",
            "2026-04-05",
            "2026-07-01",
            "2026-10-04",
            "2026-10-25",
            "2026-11-01",
            "2026-11-02",
        ] {
            let day = StudyDay::from_date(date.parse().unwrap());
            let starts = boundary(zone, rollover_hour).start_of(day).to_string();
            cases.push(Start { time_zone: zone, rollover_hour, day: day.0, starts });
        }
    }
    cases
}

fn instant(time_zone: &'static str, rollover_hour: i8, at: &str, utc_offset_min: Option<i16>) -> Instant {
    let at = Timestamp::parse(at).unwrap();
    let day = boundary(time_zone, rollover_hour).day_of(at, utc_offset_min);
    Instant { time_zone, rollover_hour, at: at.to_string(), utc_offset_min, day: day.0, date: day.to_string() }
}

fn boundary(zone: &str, rollover_hour: i8) -> DayBoundary {
    DayBoundary { zone: TimeZone::get(zone).unwrap(), rollover_hour }
}
