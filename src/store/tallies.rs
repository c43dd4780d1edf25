//! What a learner did in a course, day by day.
//!
//! A commit adds to the rows of its days with one statement and reads none of them; only a fold from nothing writes
//! them anew. So an answer costs the same however long the learner has studied.

use super::{
    Connection, Result, Txn,
    entity::day_tally,
    folded::{Folded, Scope},
    keyed::{self, Column, Key, hex},
};
use crate::{
    domain::tally::DayTally,
    vocab::{id::LearnerId, time::StudyDay},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use std::collections::BTreeMap;

/// The days from `from` on. As many rows as days at most.
pub async fn since(
    db: &impl Connection,
    learner: LearnerId,
    course: &str,
    from: StudyDay,
) -> Result<BTreeMap<StudyDay, DayTally>> {
    let rows = day_tally::Entity::find()
        .filter(day_tally::Column::LearnerId.eq(learner.0))
        .filter(day_tally::Column::Course.eq(course))
        .filter(day_tally::Column::StudyDay.gte(from.0))
        .all(db.inner())
        .await?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// Writes the days of folds.
pub(super) async fn save(txn: &Txn, folds: &[Folded<'_>]) -> Result<()> {
    let whole = folds.iter().filter(|fold| matches!(fold.scope, Scope::Whole(_)));
    let anew: Vec<Vec<String>> = whole.map(|fold| vec![hex(fold.learner.0), fold.course.to_owned()]).collect();
    if !anew.is_empty() {
        let by = [Key::Uuid("learner_id"), Key::Text("course")];
        txn.inner().execute_raw(keyed::delete(txn.backend(), "day_tally", &by, &anew)).await?;
    }
    let of_fold = |fold: &Folded<'_>| -> Vec<Vec<Value>> {
        fold.state.days.iter().map(|(day, tally)| to_row(fold, *day, tally)).collect()
    };
    let rows: Vec<Vec<Value>> = folds.iter().flat_map(of_fold).collect();
    if !rows.is_empty() {
        let key = ["learner_id", "course", "study_day"];
        txn.inner().execute_raw(keyed::add(txn.backend(), "day_tally", &COLUMNS, &key, &rows)).await?;
    }
    Ok(())
}

const COLUMNS: [Column; 14] = [
    Column::Uuid("learner_id"),
    Column::Text("course"),
    Column::Integer("study_day"),
    Column::Integer("answers"),
    Column::Integer("new_questions"),
    Column::BigInteger("ms"),
    Column::Integer("reviews_fresh"),
    Column::Integer("recalled_fresh"),
    Column::Integer("reviews_young"),
    Column::Integer("recalled_young"),
    Column::Integer("reviews_mature"),
    Column::Integer("recalled_mature"),
    Column::Integer("reviews_old"),
    Column::Integer("recalled_old"),
];

/// The values of `COLUMNS`.
fn to_row(fold: &Folded<'_>, day: StudyDay, tally: &DayTally) -> Vec<Value> {
    let [fresh, young, mature, old] = tally.reviews;
    let [fresh_known, young_known, mature_known, old_known] = tally.recalled;
    vec![
        hex(fold.learner.0).into(),
        fold.course.into(),
        day.0.into(),
        tally.answers.into(),
        tally.new.into(),
        tally.ms.into(),
        fresh.into(),
        fresh_known.into(),
        young.into(),
        young_known.into(),
        mature.into(),
        mature_known.into(),
        old.into(),
        old_known.into(),
    ]
}

fn from_row(row: day_tally::Model) -> (StudyDay, DayTally) {
    let count = |number: i32| number as u32;
    let tally = DayTally {
        answers: count(row.answers),
        new: count(row.new_questions),
        ms: row.ms as u64,
        reviews: [row.reviews_fresh, row.reviews_young, row.reviews_mature, row.reviews_old].map(count),
        recalled: [row.recalled_fresh, row.recalled_young, row.recalled_mature, row.recalled_old].map(count),
    };
    (StudyDay(row.study_day), tally)
}
