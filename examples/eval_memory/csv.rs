//! A review log as CSV: `card_id,review_time_ms,rating,duration_ms`, with or without that header.

use laerd::{
    domain::memory::{Forecast, LoggedReview},
    vocab::{
        grade::Rating,
        time::{DayBoundary, Timestamp},
    },
};
use std::{fmt::Write, fs, io, path::Path};

/// A log with what the file said besides.
#[derive(Debug, Default)]
pub struct Rows {
    pub log: Vec<LoggedReview>,
    /// For each review its row in the file: 0 is the first below the header.
    pub row: Vec<usize>,
    pub took_ms: Vec<Option<u32>>,
}

/// Study days turn at 04:00 UTC.
fn day() -> DayBoundary {
    DayBoundary { zone: jiff::tz::TimeZone::UTC, rollover_hour: 4 }
}

/// Rows of rating 0 (a card set aside or moved by hand, in Anki's words) are left out.
pub fn read(path: &Path) -> Result<Rows, Box<dyn std::error::Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&text).map_err(|fault| format!("{}: {fault}", path.display()).into())
}

fn parse(text: &str) -> Result<Rows, String> {
    let mut lines: Vec<(usize, &str)> = text.lines().map(str::trim).enumerate().collect();
    lines.retain(|(_, line)| !line.is_empty());
    let is_header = lines.first().is_some_and(|(_, line)| line.starts_with(|first: char| first.is_alphabetic()));
    let mut rows = Rows::default();
    for (row, (number, line)) in lines.into_iter().skip(usize::from(is_header)).enumerate() {
        let fault = |what: &str| format!("line {}: {what}: {line}", number + 1);
        let mut fields = line.split(',').map(|field| field.trim().trim_matches('"'));
        let mut whole = |name: &str| -> Result<i64, String> {
            let field = fields.next().ok_or_else(|| fault(&format!("no {name}")))?;
            field.parse().map_err(|_| fault(&format!("{name} is not a whole number")))
        };
        let (card, at, rating) = (whole("card_id")?, Timestamp(whole("review_time_ms")?), whole("rating")?);
        if rating == 0 {
            continue;
        }
        let rating = u8::try_from(rating).ok().and_then(Rating::from_number);
        let rating = rating.ok_or_else(|| fault("rating is not 0 to 4"))?;
        rows.log.push(LoggedReview { card, at, day: day().day_of(at, None), rating, guess: 0.0 });
        rows.row.push(row);
        let took = fields.next().and_then(|field| field.parse::<f64>().ok()).filter(|ms| *ms > 0.0);
        rows.took_ms.push(took.map(|ms| ms as u32));
    }
    Ok(rows)
}

pub fn write(path: &Path, rows: &Rows) -> io::Result<()> {
    let mut text = String::from("card_id,review_time_ms,rating,duration_ms\n");
    for (review, took) in rows.log.iter().zip(&rows.took_ms) {
        let (at, rating, took) = (review.at.0, review.rating.number(), took.unwrap_or_default());
        let _ = writeln!(text, "{},{at},{rating},{took}", review.card);
    }
    fs::write(path, text)
}

/// `row,p` for each forecast.
pub fn write_forecasts(path: &Path, rows: &Rows, forecasts: &[Forecast]) -> io::Result<()> {
    let mut text = String::from("row,p\n");
    for forecast in forecasts {
        let _ = writeln!(text, "{},{:.9}", rows.row[forecast.place], forecast.p);
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_with_those_left_out() {
        let text = "card_id,review_time_ms,rating,duration_ms\n7,1000,3,5000\n7,2000,0,0\n8,14400000,1,0\n";
        let rows = parse(text).expect("a good log");
        assert_eq!(rows.row, [0, 2]);
        assert_eq!(rows.took_ms, [Some(5000), None]);
        assert_eq!(rows.log.iter().map(|review| review.day.0).collect::<Vec<_>>(), [-1, 0]);
        assert_eq!(parse("7,1000,3,5000\n").expect("no header").log.len(), 1);
        assert!(parse("7,1000,5,1\n").is_err() && parse("7,x,3,1\n").is_err() && parse("7,1\n").is_err());
    }
}
