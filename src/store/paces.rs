//! The times of a learner's last right answers, by type of question and occasion.

use super::{
    Batch, Connection, Result, Source,
    entity::pace,
    folded::{Folded, Scope},
    keyed::{self, Column, Row},
    study::StandingKey,
};
use crate::{
    domain::{
        pace::{Occasion, Pace},
        question::type_named,
        review::PaceClass,
    },
    vocab::id::LearnerId,
};
use data_encoding::BASE64;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use std::collections::{BTreeMap, HashMap};

const OCCASIONS: [Occasion; 3] = [Occasion::First, Occasion::SameDay, Occasion::Later];

/// The paces of learners and courses in a type of question, on every occasion.
pub async fn of_types(
    db: &impl Source,
    keys: &[(StandingKey, &'static str)],
) -> Result<HashMap<StandingKey, BTreeMap<PaceClass, Pace>>> {
    let row = |((learner, course), kind): &(StandingKey, &'static str)| {
        vec![learner.0.into(), course.as_str().into(), (*kind).into()]
    };
    let rows = keys.iter().map(row).collect();
    let by = [Column::uuid("learner_id"), Column::text("course"), Column::text("kind")];
    let mut found: HashMap<StandingKey, BTreeMap<PaceClass, Pace>> = HashMap::new();
    for row in keyed::find::<pace::Model>(db, ("t.*", "pace"), (&by, rows), "").await? {
        let key = (LearnerId(row.learner_id), row.course.clone());
        found.entry(key).or_default().extend(from_row(row));
    }
    Ok(found)
}

/// All paces of a learner in a course.
pub async fn of_course(db: &impl Connection, learner: LearnerId, course: &str) -> Result<BTreeMap<PaceClass, Pace>> {
    let mine = pace::Column::LearnerId.eq(learner.0).and(pace::Column::Course.eq(course));
    let rows = pace::Entity::find().filter(mine).all(db.inner()).await?;
    Ok(rows.into_iter().filter_map(from_row).collect())
}

/// `None` for a type of question that is no more.
fn from_row(row: pace::Model) -> Option<(PaceClass, Pace)> {
    let occasion = usize::try_from(row.occasion).ok().and_then(|at| OCCASIONS.get(at)).copied();
    let class = type_named(&row.kind).zip(occasion)?;
    let times = BASE64.decode(row.times.as_bytes()).unwrap_or_default();
    Some((class, Pace::from_bytes(times)))
}

/// Writes the paces of folds: of one from nothing all, else those that changed.
pub(super) async fn save(batch: &mut Batch<'_>, folds: &[Folded<'_>]) -> Result<()> {
    let whole = |fold: &&Folded<'_>| matches!(fold.scope, Scope::Whole(_));
    let anew = folds.iter().filter(whole).map(|fold| vec![fold.learner.0.into(), fold.course.into()]).collect();
    keyed::delete(batch, "pace", &[Column::uuid("learner_id"), Column::text("course")], anew).await?;
    let of_fold = |fold: &Folded<'_>| -> Vec<Row> {
        let known = |class: &PaceClass| if whole(&fold) { None } else { fold.paces.get(class) };
        let paces = fold.state.paces.iter().filter(|(_, pace)| !pace.as_bytes().is_empty());
        paces
            .filter(|(class, pace)| known(class) != Some(pace))
            .map(|(class, pace)| to_row(fold, *class, pace))
            .collect()
    };
    let key = ["learner_id", "course", "kind", "occasion"];
    keyed::insert(batch, "pace", (&COLUMNS, &key), folds.iter().flat_map(of_fold).collect()).await
}

const COLUMNS: [Column; 5] = [
    Column::uuid("learner_id"),
    Column::text("course"),
    Column::text("kind"),
    Column::integer("occasion"),
    Column::text("times"),
];

/// The values of `COLUMNS`.
fn to_row(fold: &Folded<'_>, (kind, occasion): PaceClass, pace: &Pace) -> Row {
    let occasion = OCCASIONS.iter().position(|known| *known == occasion).unwrap_or(0) as i64;
    let times = BASE64.encode(pace.as_bytes());
    vec![fold.learner.0.into(), fold.course.into(), kind.into(), occasion.into(), times.into()]
}
