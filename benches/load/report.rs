//! The table: what was measured, on what, and how ours compares.

use crate::{
    anki::Anki,
    bars::verdicts,
    figures::{Figures, Growth, Latency, Rate},
    machine::cores,
    plan::{BATCH, BATCH_CONNECTIONS, CONNECTIONS, CROWD, OVERLOAD, Plan, REFITS, SYNC, SYNCERS},
};
use std::{fmt::Write, time::Duration};

/// A line of the table.
struct Row {
    label: String,
    unit: &'static str,
    decimals: usize,
    value: Box<dyn Fn(&Figures) -> f64>,
}

/// Everything a reader needs to judge the figures: those of SQLite, then those of PostgreSQL if there are any.
pub fn write(plan: &Plan, facts: &[String], anki: &Anki, measured: &[(&str, Figures)]) -> String {
    let mut text = format!("\n{}\n", plan.command());
    if plan.quick {
        text += "A quick run: it shows that the bench works; its figures compare with nothing.\n";
    }
    text += &format!("{}\n", facts.join("\n"));
    text += &format!(
        "The load generator runs on the same {} cores as laerd and the database; memory is laerd's alone. Loads with \
         answers are medians of {} runs.\n\n",
        cores(),
        plan.runs
    );
    let figures = |index: usize| measured.get(index).map(|(_, figures)| figures);
    text += &table(&rows(plan, anki), figures(0), figures(1));
    if figures(1).is_none() {
        text += "\nPostgreSQL was NOT measured: TEST_POSTGRES is not set (the URL of a superuser).\n";
    }
    for (number, (name, figures)) in measured.iter().enumerate() {
        text += &verdicts(name, figures, number);
    }
    text
}

fn table(rows: &[Row], sqlite: Option<&Figures>, postgres: Option<&Figures>) -> String {
    let mut lines = vec![["", "SQLite", "PostgreSQL", "PostgreSQL/SQLite"].map(str::to_owned)];
    for Row { label, unit, decimals, value } in rows {
        let show = |figures: &Figures| format!("{:.decimals$} {unit}", value(figures)).trim_end().to_owned();
        let ratio = postgres.zip(sqlite).map(|(postgres, sqlite)| value(postgres) / value(sqlite));
        let ratio = ratio.filter(|ratio| ratio.is_finite()).map(|ratio| format!("{ratio:.2}"));
        let cells = [sqlite.map(show), postgres.map(show), ratio];
        let [sqlite, postgres, ratio] = cells.map(|cell| cell.unwrap_or_else(|| "–".to_owned()));
        lines.push([label.clone(), sqlite, postgres, ratio]);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let [first, second, third, fourth] = [width(0), width(1), width(2), width(3)];
    lines.iter().fold(String::new(), |mut text, [label, sqlite, postgres, ratio]| {
        let _ = writeln!(text, "{label:first$}  {sqlite:>second$}  {postgres:>third$}  {ratio:>fourth$}");
        text
    })
}

fn rows(plan: &Plan, anki: &Anki) -> Vec<Row> {
    let mut rows = at_rest(plan);
    rows.extend(under_load(plan, anki));
    rows.extend(grown(plan));
    rows.extend(fitted(plan));
    rows.push(row("failures".to_owned(), "", 0, |f| f.failures.count as f64));
    rows
}

fn at_rest(plan: &Plan) -> Vec<Row> {
    vec![
        row(format!("start to ready, median of {}", plan.starts), "ms", 0, |f| ms(f.ready)),
        row("memory at rest".to_owned(), "MB", 1, |f| f.idle_mb),
        row("memory under the loads, the most".to_owned(), "MB", 1, |f| f.loaded_mb),
        row("received for a first download of the course".to_owned(), "KB", 1, |f| f.wire.course / 1e3),
        row("received at a start with nothing new".to_owned(), "bytes", 0, |f| f.wire.nothing_new),
        row("on disk, each answer".to_owned(), "bytes", 0, |f| f.bytes_per_answer),
        row(format!("GET /livez, {CONNECTIONS} connections"), "/s", 0, |f| f.liveness.per_second),
    ]
}

fn under_load(plan: &Plan, anki: &Anki) -> Vec<Row> {
    let mut rows = Vec::from(load(format!("single answers, {CONNECTIONS} connections"), |f| f.loads.answers));
    rows.extend(load(format!("single answers, {CROWD} connections"), |f| f.loads.crowded));
    rows.extend(load("single answers, one transaction each".to_owned(), |f| f.loads.one_by_one));
    rows.push(row(format!("group commit / one each, {CONNECTIONS} connections"), "", 1, |f| f.loads.gain));
    rows.push(row(format!("group commit / one each, {CROWD} connections"), "", 1, |f| f.loads.crowded_gain));
    if let Some(theirs) = anki.per_second() {
        rows.push(row("Anki's backend in process".to_owned(), "/s", 0, move |_| theirs));
        rows.push(row(format!("single answers, {CROWD} connections / Anki"), "", 1, move |f| {
            f.loads.crowded.per_second / theirs
        }));
    }
    rows.extend(load(format!("answers in batches of {BATCH}, {BATCH_CONNECTIONS} connections"), |f| f.loads.batches));
    for (number, learners) in SYNCERS.into_iter().enumerate() {
        let learners = format!("answers in syncs of {SYNC}, learners at once: {learners}");
        rows.extend(load(learners, move |f| f.loads.syncs[number]));
    }
    rows.extend(load("single answers, half of the peak due".to_owned(), |f| f.half));
    let mob = plan.mob;
    rows.push(row(format!("single answers of {mob} learners, {CROWD} at a time"), "/s", 0, |f| f.overload.own_peak));
    let overload = format!("overload, {OVERLOAD} × the peak due of {mob} learners: sent / their peak");
    rows.push(row(overload, "", 2, |f| f.overload.offered));
    rows.push(row("overload: applied / their peak".to_owned(), "", 2, |f| f.overload.goodput));
    let few = format!("overload: applied / peak of {CROWD} learners");
    rows.push(row(few, "", 2, |f| f.overload.of_peak));
    rows.push(row("overload: refused with 503, of those sent".to_owned(), "%", 0, |f| f.overload.refused * 100.0));
    rows
}

fn grown(plan: &Plan) -> Vec<Row> {
    let Plan { short_history, long_history, few_learners, many_learners, .. } = plan;
    let mut rows = Vec::new();
    rows.extend(growth([format!("{short_history} answers logged"), format!("{long_history} answers logged")], |f| {
        &f.history
    }));
    rows.extend(growth([format!("{few_learners} learners"), format!("{many_learners} learners")], |f| &f.learners));
    rows
}

fn fitted(plan: &Plan) -> Vec<Row> {
    let answers = "single answers at half of the peak, p99";
    let log = plan.refit_history;
    vec![
        row(format!("{answers}, nothing fitted"), "ms", 2, |f| f.refits.without),
        row(format!("{answers}, some of {REFITS} fitted"), "ms", 2, |f| f.refits.with),
        row(format!("{answers}, fitted / not"), "", 2, |f| f.refits.ratio),
        row("learners fitted meanwhile".to_owned(), "", 0, |f| f.refits.refits),
        row(format!("fitted to {log} answers each, one every"), "s", 1, |f| f.refits.seconds),
    ]
}

/// Throughput and latencies of a load.
fn load(label: String, of: impl Fn(&Figures) -> Rate + Copy + 'static) -> [Row; 3] {
    let (p50, p99) = (format!("{label}, p50"), format!("{label}, p99"));
    [
        row(label, "/s", 0, move |f| of(f).per_second),
        row(p50, "ms", 2, move |f| ms(of(f).latency.p50)),
        row(p99, "ms", 2, move |f| ms(of(f).latency.p99)),
    ]
}

fn growth([small, large]: [String; 2], of: fn(&Figures) -> &Growth) -> [Row; 5] {
    let queue = |of_what: &str, part: &str| format!("GET queue?limit=20, {of_what}, {part}");
    let time = |label: String, of_what: fn(&Growth) -> Latency, part: fn(&Latency) -> Duration| {
        row(label, "ms", 2, move |f| ms(part(&of_what(of(f)))))
    };
    let ratio = format!("queue p50, {large} / {small}");
    [
        time(queue(&small, "p50"), |growth| growth.small, |latency| latency.p50),
        time(queue(&small, "p99"), |growth| growth.small, |latency| latency.p99),
        time(queue(&large, "p50"), |growth| growth.large, |latency| latency.p50),
        time(queue(&large, "p99"), |growth| growth.large, |latency| latency.p99),
        row(ratio, "", 2, move |f| of(f).ratio),
    ]
}

fn row(label: String, unit: &'static str, decimals: usize, value: impl Fn(&Figures) -> f64 + 'static) -> Row {
    Row { label, unit, decimals, value: Box::new(value) }
}

pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
