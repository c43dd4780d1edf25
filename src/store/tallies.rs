//! What a learner did in a course, day by day.
//!
//! A commit adds to the rows of its days with one statement and reads none of them; only a fold from nothing writes
//! them anew. So an answer costs the same however long the learner has studied.

use super::{
    Batch, Connection, Result,
    entity::day_tally,
    folded::{Folded, Scope},
    keyed::{self, Column, Row},
};
use crate::{
    domain::tally::DayTally,
    vocab::{id::LearnerId, time::StudyDay},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
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
pub(super) async fn save(batch: &mut Batch<'_>, folds: &[Folded<'_>]) -> Result<()> {
    let whole = folds.iter().filter(|fold| matches!(fold.scope, Scope::Whole(_)));
    let anew = whole.map(|fold| vec![fold.learner.0.into(), fold.course.into()]).collect();
    keyed::delete(batch, "day_tally", &[Column::uuid("learner_id"), Column::text("course")], anew).await?;
    let of_fold = |fold: &Folded<'_>| -> Vec<Row> {
        fold.state.days.iter().map(|(day, tally)| to_row(fold, *day, tally)).collect()
    };
    let key = ["learner_id", "course", "study_day"];
    keyed::add(batch, "day_tally", (&COLUMNS, &key), folds.iter().flat_map(of_fold).collect()).await
}

const COLUMNS: [Column; 14] = [
    Column::uuid("learner_id"),
    Column::text("course"),
    Column::integer("study_day"),
    Column::integer("answers"),
    Column::integer("new_questions"),
    Column::big_integer("ms"),
    Column::integer("reviews_fresh"),
    Column::integer("recalled_fresh"),
    Column::integer("reviews_young"),
    Column::integer("recalled_young"),
    Column::integer("reviews_mature"),
    Column::integer("recalled_mature"),
    Column::integer("reviews_old"),
    Column::integer("recalled_old"),
];

/// The values of `COLUMNS`.
fn to_row(fold: &Folded<'_>, day: StudyDay, tally: &DayTally) -> Row {
    let [fresh, young, mature, old] = tally.reviews;
    let [fresh_known, young_known, mature_known, old_known] = tally.recalled;
    vec![
        fold.learner.0.into(),
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
