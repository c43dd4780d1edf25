//! The times of a learner's last right answers, by type of question and occasion.

use super::{
    Connection, Result, Txn,
    entity::pace,
    folded::{Folded, Scope},
    keyed::{self, Column, Key, hex},
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
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

const OCCASIONS: [Occasion; 3] = [Occasion::First, Occasion::SameDay, Occasion::Later];

/// The paces of learners and courses in a type of question, on every occasion.
pub async fn of_types(
    txn: &Txn,
    keys: &[(StandingKey, &'static str)],
) -> Result<HashMap<StandingKey, BTreeMap<PaceClass, Pace>>> {
    let mut found: HashMap<StandingKey, BTreeMap<PaceClass, Pace>> = HashMap::new();
    if keys.is_empty() {
        return Ok(found);
    }
    let row = |((learner, course), kind): &(StandingKey, &'static str)| {
        vec![hex(learner.0), course.clone(), (*kind).to_owned()]
    };
    let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
    let by = [Key::Uuid("learner_id"), Key::Text("course"), Key::Text("kind")];
    let statement = keyed::select(txn.backend(), ("t.*", "pace"), &by, &rows, "");
    for row in pace::Entity::find().from_raw_sql(statement).all(txn.inner()).await? {
        let occasion = usize::try_from(row.occasion).ok().and_then(|at| OCCASIONS.get(at)).copied();
        let Some(class) = type_named(&row.kind).zip(occasion) else { continue };
        let times = BASE64.decode(row.times.as_bytes()).unwrap_or_default();
        let key = (LearnerId(row.learner_id), row.course);
        found.entry(key).or_default().insert(class, Pace::from_bytes(times));
    }
    Ok(found)
}

/// Writes the paces of folds: of one from nothing all, else those that changed.
pub(super) async fn save(txn: &Txn, folds: &[Folded<'_>]) -> Result<()> {
    let whole = |fold: &&Folded<'_>| matches!(fold.scope, Scope::Whole(_));
    let anew: Vec<Vec<String>> =
        folds.iter().filter(whole).map(|fold| vec![hex(fold.learner.0), fold.course.to_owned()]).collect();
    if !anew.is_empty() {
        let by = [Key::Uuid("learner_id"), Key::Text("course")];
        txn.inner().execute_raw(keyed::delete(txn.backend(), "pace", &by, &anew)).await?;
    }
    let of_fold = |fold: &Folded<'_>| -> Vec<Vec<Value>> {
        let known = |class: &PaceClass| if whole(&fold) { None } else { fold.paces.get(class) };
        let paces = fold.state.paces.iter().filter(|(_, pace)| !pace.as_bytes().is_empty());
        paces
            .filter(|(class, pace)| known(class) != Some(pace))
            .map(|(class, pace)| to_row(fold, *class, pace))
            .collect()
    };
    let rows: Vec<Vec<Value>> = folds.iter().flat_map(of_fold).collect();
    if !rows.is_empty() {
        let key = ["learner_id", "course", "kind", "occasion"];
        txn.inner().execute_raw(keyed::insert(txn.backend(), "pace", &COLUMNS, &key, &rows)).await?;
    }
    Ok(())
}

const COLUMNS: [Column; 5] = [
    Column::Uuid("learner_id"),
    Column::Text("course"),
    Column::Text("kind"),
    Column::Integer("occasion"),
    Column::Text("times"),
];

/// The values of `COLUMNS`.
fn to_row(fold: &Folded<'_>, (kind, occasion): PaceClass, pace: &Pace) -> Vec<Value> {
    let occasion = OCCASIONS.iter().position(|known| *known == occasion).unwrap_or(0);
    let times = BASE64.encode(pace.as_bytes());
    vec![hex(fold.learner.0).into(), fold.course.into(), kind.into(), occasion.into(), times.into()]
}
