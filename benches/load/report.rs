//! The table, the bars of the first release, and whether the run passes.

use crate::{
    machine::cores,
    measure::{Figures, Latency},
    plan::{BATCH, BATCH_CONNECTIONS, CONNECTIONS, CROWD, Plan},
};
use std::{fmt::Write, time::Duration};

/// A line of the table.
struct Row {
    label: String,
    unit: &'static str,
    decimals: usize,
    value: fn(&Figures) -> f64,
}

/// What the first release must keep.
struct Bar {
    label: &'static str,
    unit: &'static str,
    keeps: fn(f64) -> bool,
    value: fn(&Figures) -> f64,
    /// Whether breaking it fails the run. A time depends on the machine, and so does not.
    enforced: bool,
}

const BARS: [Bar; 3] = [
    Bar {
        label: "queue, long / short ≤ 1.5", unit: "", keeps: |x| x <= 1.5, value: |f| f.queue_ratio, enforced: true
    },
    Bar { label: "memory at rest < 60 MB", unit: " MB", keeps: |x| x < 60.0, value: |f| f.idle_mb, enforced: true },
    Bar { label: "ready < 1 s", unit: " ms", keeps: |x| x < 1000.0, value: |f| ms(f.ready), enforced: false },
];

/// Everything a reader needs to judge the figures: those of SQLite, then those of PostgreSQL if there are any.
pub fn write(plan: &Plan, facts: &[String], measured: &[(&str, Figures)]) -> String {
    let mut text = format!("\n{}\n", plan.command());
    if plan.quick {
        text += "A quick run: it shows that the bench works; its figures compare with nothing.\n";
    }
    text += &format!("{}\n", facts.join("\n"));
    text += &format!(
        "The load generator runs on the same {} cores as laerd and the database; memory is laerd's alone.\n\n",
        cores()
    );
    let figures = |index: usize| measured.get(index).map(|(_, figures)| figures);
    text += &table(plan, figures(0), figures(1));
    if figures(1).is_none() {
        text += "\nPostgreSQL was NOT measured: TEST_POSTGRES is not set (the URL of a superuser).\n";
    }
    for (name, figures) in measured {
        text += &verdicts(name, figures);
    }
    text
}

/// Whether nothing failed and every enforced bar is kept.
pub fn passes(figures: &Figures) -> bool {
    figures.failures.count == 0 && BARS.iter().all(|bar| !bar.enforced || (bar.keeps)((bar.value)(figures)))
}

fn table(plan: &Plan, sqlite: Option<&Figures>, postgres: Option<&Figures>) -> String {
    let mut lines = vec![["", "SQLite", "PostgreSQL", "PostgreSQL/SQLite"].map(str::to_owned)];
    for Row { label, unit, decimals, value } in rows(plan) {
        let show = |figures: &Figures| format!("{:.decimals$} {unit}", value(figures)).trim_end().to_owned();
        let ratio = postgres.zip(sqlite).map(|(postgres, sqlite)| value(postgres) / value(sqlite));
        let ratio = ratio.filter(|ratio| ratio.is_finite()).map(|ratio| format!("{ratio:.2}"));
        let cells = [sqlite.map(show), postgres.map(show), ratio];
        let [sqlite, postgres, ratio] = cells.map(|cell| cell.unwrap_or_else(|| "–".to_owned()));
        lines.push([label, sqlite, postgres, ratio]);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let [first, second, third, fourth] = [width(0), width(1), width(2), width(3)];
    lines.iter().fold(String::new(), |mut text, [label, sqlite, postgres, ratio]| {
        let _ = writeln!(text, "{label:first$}  {sqlite:>second$}  {postgres:>third$}  {ratio:>fourth$}");
        text
    })
}

fn rows(plan: &Plan) -> Vec<Row> {
    let row = |label: String, unit, decimals, value| Row { label, unit, decimals, value };
    let queue = |history: usize, part: &str| format!("GET queue?limit=20, {history} answers logged, {part}");
    let (short, long) = (plan.short_history, plan.long_history);
    vec![
        row(format!("start to ready, median of {}", plan.starts), "ms", 0, |f| ms(f.ready)),
        row("memory at rest".to_owned(), "MB", 1, |f| f.idle_mb),
        row("memory after the load".to_owned(), "MB", 1, |f| f.loaded_mb),
        row(format!("GET /livez, {CONNECTIONS} connections"), "/s", 0, |f| f.liveness.per_second),
        row(format!("single answers, {CONNECTIONS} connections"), "/s", 0, |f| f.answers.per_second),
        row("single answers, p50".to_owned(), "ms", 2, |f| p50(&f.answers.latency)),
        row("single answers, p99".to_owned(), "ms", 2, |f| p99(&f.answers.latency)),
        row(format!("single answers, {CROWD} connections"), "/s", 0, |f| f.crowded.per_second),
        row(format!("single answers, {CROWD} connections, p99"), "ms", 2, |f| p99(&f.crowded.latency)),
        row("single answers, one transaction each".to_owned(), "/s", 0, |f| f.one_by_one.per_second),
        row(format!("group commit / one each, {CONNECTIONS} connections"), "", 1, |f| {
            f.answers.per_second / f.one_by_one.per_second
        }),
        row(format!("group commit / one each, {CROWD} connections"), "", 1, |f| {
            f.crowded.per_second / f.one_by_one.per_second
        }),
        row(format!("answers in batches of {BATCH}, {BATCH_CONNECTIONS} connections"), "/s", 0, |f| {
            f.batches.per_second
        }),
        row(format!("batches of {BATCH}, p50"), "ms", 1, |f| p50(&f.batches.latency)),
        row(format!("batches of {BATCH}, p99"), "ms", 1, |f| p99(&f.batches.latency)),
        row(queue(short, "p50"), "ms", 2, |f| p50(&f.short_queue)),
        row(queue(short, "p99"), "ms", 2, |f| p99(&f.short_queue)),
        row(queue(long, "p50"), "ms", 2, |f| p50(&f.long_queue)),
        row(queue(long, "p99"), "ms", 2, |f| p99(&f.long_queue)),
        row(format!("queue p50, long / short, median of {} rounds (≤ 1.5)", plan.rounds), "", 2, |f| f.queue_ratio),
        row("failures".to_owned(), "", 0, |f| f.failures.count as f64),
    ]
}

fn verdicts(name: &str, figures: &Figures) -> String {
    let mut text = format!("\n{name}\n");
    for Bar { label, unit, keeps, value, enforced } in &BARS {
        let value = value(figures);
        let verdict = if keeps(value) { "PASS" } else { "FAIL" };
        let note = if *enforced { "" } else { " (told, not enforced)" };
        text += &format!("  {verdict}  {label}: {value:.2}{unit}{note}\n");
    }
    let failures = &figures.failures;
    let verdict = if failures.count == 0 { "PASS" } else { "FAIL" };
    text += &format!("  {verdict}  no failures: {}\n", failures.count);
    if let Some(first) = &failures.first {
        text += &format!("        the first: {first}\n");
    }
    text
}

fn p50(latency: &Latency) -> f64 {
    ms(latency.p50)
}

fn p99(latency: &Latency) -> f64 {
    ms(latency.p99)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
