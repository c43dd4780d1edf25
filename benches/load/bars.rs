//! What the figures must keep, and whether a run passes.

use crate::{
    figures::{Figures, Latency},
    report::ms,
};

/// A figure and what it must keep on SQLite and on PostgreSQL.
struct Bar {
    label: &'static str,
    unit: &'static str,
    is: Is,
    of: [f64; 2],
    value: fn(&Figures) -> f64,
    /// Whether breaking it fails the run. A time depends on the machine, and so does not.
    enforced: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Is {
    AtLeast,
    AtMost,
}

use Is::{AtLeast, AtMost};

const fn enforced(label: &'static str, unit: &'static str, most: f64, value: fn(&Figures) -> f64) -> Bar {
    Bar { label, unit, is: AtMost, of: [most, most], value, enforced: true }
}

const fn told(label: &'static str, unit: &'static str, is: Is, of: [f64; 2], value: fn(&Figures) -> f64) -> Bar {
    Bar { label, unit, is, of, value, enforced: false }
}

const BARS: [Bar; 16] = [
    enforced("queue, long / short history", "", 1.3, |f| f.history.ratio),
    enforced("queue, many / few learners", "", 1.3, |f| f.learners.ratio),
    enforced("memory at rest", "MB", 40.0, |f| f.idle_mb),
    enforced("memory under load", "MB", 150.0, |f| f.loaded_mb),
    told("ready", "ms", AtMost, [1000.0; 2], |f| ms(f.ready)),
    told("group commit / one each, 64 connections", "", AtLeast, [6.0, 3.0], |f| f.loads.gain),
    told("group commit / one each, 256 connections", "", AtLeast, [6.0, 3.0], |f| f.loads.crowded_gain),
    told("answers in batches of 500", "/s", AtLeast, [30_000.0; 2], |f| f.loads.batches.per_second),
    told("a sync of one learner, p50", "ms", AtMost, [5.0; 2], |f| p50(&f.loads.syncs[0].latency)),
    told("a sync among four learners, p50", "ms", AtMost, [5.0; 2], |f| p50(&f.loads.syncs[1].latency)),
    told("a sync among sixteen learners, p50", "ms", AtMost, [5.0; 2], |f| p50(&f.loads.syncs[2].latency)),
    told("single answers at half of the peak, p99", "ms", AtMost, [20.0; 2], |f| ms(f.half.latency.p99)),
    told("goodput under overload / peak of the same learners", "", AtLeast, [0.9; 2], |f| f.overload.goodput),
    told("single answers, p99, with / without refits", "", AtMost, [1.25; 2], |f| f.refits.ratio),
    told("queue behind a long history, p50", "ms", AtMost, [2.0; 2], |f| p50(&f.history.large)),
    told("queue among many learners, p50", "ms", AtMost, [2.0; 2], |f| p50(&f.learners.large)),
];

impl Bar {
    fn keeps(&self, value: f64, database: usize) -> bool {
        let limit = self.of[database];
        if self.is == AtLeast { value >= limit } else { value <= limit }
    }
}

/// Whether nothing failed and every enforced bar is kept. The enforced ones are the same on every database.
pub fn pass(figures: &Figures) -> bool {
    figures.failures.count == 0 && BARS.iter().all(|bar| !bar.enforced || bar.keeps((bar.value)(figures), 0))
}

/// The bars one by one; `database` is 0 for SQLite and 1 for PostgreSQL.
pub fn verdicts(name: &str, figures: &Figures, database: usize) -> String {
    let mut text = format!("\n{name}\n");
    for bar in &BARS {
        let value = (bar.value)(figures);
        let verdict = if bar.keeps(value, database) { "PASS" } else { "FAIL" };
        let sign = if bar.is == AtLeast { "≥" } else { "≤" };
        let note = if bar.enforced { "" } else { " (told, not enforced)" };
        let Bar { label, unit, of, .. } = bar;
        text += format!("  {verdict}  {label}: {value:.2} {unit} {sign} {}{note}\n", of[database])
            .replace("  ≥", " ≥")
            .replace("  ≤", " ≤")
            .as_str();
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
