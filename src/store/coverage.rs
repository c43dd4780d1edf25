//! The figures of teams: written once a week, read by everybody.
//!
//! A week is claimed by the one who inserts its row, filled, then published; what is published is not written again.
//! Readers join points of one week only, so they never see half of it.

use super::{
    Connection, Result, Txn,
    entity::{cohort, concept_belief, course_belief, coverage_point, coverage_refresh, membership},
    keyed::{self, Column, Row},
    native::FromRow,
    study::{belief_from_row, standing_from_row},
};
use crate::{
    domain::{
        coverage::{Band, Cohort, Sum},
        mastery::{Ability, ConceptBelief},
    },
    vocab::{
        id::{CohortId, LearnerId, UnitId},
        time::{Timestamp, Week},
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult, Order, QueryFilter,
    QueryOrder, QuerySelect, Statement, sea_query::OnConflict,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The band of a cohort and concept.
pub struct Point<'a> {
    pub cohort: CohortId,
    pub course: &'a str,
    pub concept: &'a str,
    pub band: Band,
}

/// The newest figures: their week and when they were published.
pub async fn published(db: &impl Connection) -> Result<Option<(Week, Timestamp)>> {
    let row = coverage_refresh::Entity::find()
        .filter(coverage_refresh::Column::PublishedAt.is_not_null())
        .order_by(coverage_refresh::Column::Week, Order::Desc)
        .one(db.inner())
        .await?;
    Ok(row.and_then(|row| Some((Week(row.week), Timestamp(row.published_at?)))))
}

/// Makes the row of a week; false if another has, who then does the planning.
pub async fn claim(txn: &Txn, week: Week, now: Timestamp) -> Result<bool> {
    let row = coverage_refresh::ActiveModel { week: Set(week.0), planned_at: Set(now.0), published_at: Set(None) };
    let once = OnConflict::column(coverage_refresh::Column::Week).do_nothing().to_owned();
    let made = coverage_refresh::Entity::insert(row).on_conflict(once).exec_without_returning(txn.inner()).await?;
    Ok(made == 1)
}

/// Whether a week may still be written; keeps it so until the transaction ends.
pub async fn is_open(txn: &Txn, week: Week) -> Result<bool> {
    let row = coverage_refresh::Entity::find_by_id(week.0).lock_exclusive().one(txn.inner()).await?;
    Ok(row.is_some_and(|row| row.published_at.is_none()))
}

/// Shows a week to readers and forgets those before `oldest`.
pub async fn publish(txn: &Txn, week: Week, now: Timestamp, oldest: Week) -> Result<()> {
    let row = coverage_refresh::ActiveModel { published_at: Set(Some(now.0)), ..Default::default() };
    let this = coverage_refresh::Column::Week.eq(week.0);
    coverage_refresh::Entity::update_many().set(row).filter(this).exec(txn.inner()).await?;
    let old = coverage_refresh::Column::Week.lt(oldest.0);
    coverage_refresh::Entity::delete_many().filter(old).exec(txn.inner()).await?;
    let old = coverage_point::Column::Week.lt(oldest.0);
    coverage_point::Entity::delete_many().filter(old).exec(txn.inner()).await?;
    Ok(())
}

/// Every cohort, by id.
pub async fn cohorts(db: &impl Connection) -> Result<Vec<Cohort>> {
    let rows = cohort::Entity::find().order_by(cohort::Column::Id, Order::Asc).all(db.inner()).await?;
    let cohort =
        |row: cohort::Model| Cohort { id: CohortId(row.id), unit: UnitId(row.unit_id), people: row.people as usize };
    Ok(rows.into_iter().map(cohort).collect())
}

/// Ends cohorts: their points go, whoever was in one rests.
pub async fn end(txn: &Txn, ended: &[CohortId], counts_from: Week) -> Result<()> {
    for some in ended.chunks(super::INSERT_CHUNK) {
        let ids = || some.iter().map(|id| id.0);
        coverage_point::Entity::delete_many()
            .filter(coverage_point::Column::CohortId.is_in(ids()))
            .exec(txn.inner())
            .await?;
        cohort::Entity::delete_many().filter(cohort::Column::Id.is_in(ids())).exec(txn.inner()).await?;
        let freed =
            membership::ActiveModel { cohort_id: Set(None), counts_from: Set(counts_from.0), ..Default::default() };
        membership::Entity::update_many()
            .set(freed)
            .filter(membership::Column::CohortId.is_in(ids()))
            .exec(txn.inner())
            .await?;
    }
    Ok(())
}

/// Writes new cohorts and who is in them.
pub async fn form(txn: &Txn, formed: &[(Cohort, Vec<LearnerId>)], week: Week) -> Result<()> {
    if formed.is_empty() {
        return Ok(());
    }
    let row = |(cohort, _): &(Cohort, Vec<LearnerId>)| -> Row {
        vec![cohort.id.0.into(), cohort.unit.0.into(), (cohort.people as i64).into(), week.0.into()]
    };
    let columns =
        [Column::uuid("id"), Column::uuid("unit_id"), Column::integer("people"), Column::integer("formed_in")];
    let rows: Vec<Row> = formed.iter().map(row).collect();
    let mut batch = txn.batch();
    keyed::insert(&mut batch, "cohort", (&columns, &[]), rows).await?;
    let placed = |(cohort, people): &(Cohort, Vec<LearnerId>)| -> Vec<Row> {
        people.iter().map(|learner| vec![learner.0.into(), cohort.id.0.into()]).collect()
    };
    let columns = [Column::uuid("learner_id"), Column::uuid("cohort_id")];
    keyed::update(&mut batch, "membership", &columns, formed.iter().flat_map(placed).collect()).await?;
    batch.send().await
}

/// Who is in these cohorts, by learner; who has left is counted no more, and his cohort is one short.
pub async fn people(db: &impl Connection, cohorts: &[CohortId]) -> Result<Vec<(LearnerId, CohortId)>> {
    let keys = cohorts.iter().map(|id| vec![id.0.into()]).collect();
    let by = [Column::uuid("cohort_id")];
    let rows: Vec<membership::Model> = keyed::find(db, ("t.*", "membership"), (&by, keys), "").await?;
    let rows = rows.into_iter().filter(|row| row.left_at.is_none());
    let pair = |row: membership::Model| row.cohort_id.map(|cohort| (LearnerId(row.learner_id), CohortId(cohort)));
    let mut people: Vec<(LearnerId, CohortId)> = rows.filter_map(pair).collect();
    people.sort_unstable();
    Ok(people)
}

/// Abilities of several learners in a course; who has answered nothing has none.
pub async fn abilities(
    db: &impl Connection,
    learners: &[LearnerId],
    course: &str,
) -> Result<HashMap<LearnerId, Ability>> {
    let rows: Vec<course_belief::Model> = of_course(db, "course_belief", learners, course).await?;
    Ok(rows.iter().map(|row| (LearnerId(row.learner_id), standing_from_row(row).ability)).collect())
}

/// Beliefs of several learners about a course.
pub async fn beliefs(
    db: &impl Connection,
    learners: &[LearnerId],
    course: &str,
) -> Result<HashMap<LearnerId, BTreeMap<String, ConceptBelief>>> {
    let rows: Vec<concept_belief::Model> = of_course(db, "concept_belief", learners, course).await?;
    let mut found: HashMap<LearnerId, BTreeMap<String, ConceptBelief>> = HashMap::new();
    for row in rows {
        found.entry(LearnerId(row.learner_id)).or_default().insert(row.concept.clone(), belief_from_row(&row));
    }
    Ok(found)
}

async fn of_course<M: FromRow>(
    db: &impl Connection,
    table: &'static str,
    learners: &[LearnerId],
    course: &str,
) -> Result<Vec<M>> {
    let keys = learners.iter().map(|id| vec![id.0.into(), course.into()]).collect();
    let by = [Column::uuid("learner_id"), Column::text("course")];
    keyed::find(db, ("t.*", table), (&by, keys), "").await
}

/// Writes points of a week, over those an instance left that died half-way.
pub async fn put(txn: &Txn, week: Week, points: &[Point<'_>]) -> Result<()> {
    if points.is_empty() {
        return Ok(());
    }
    let columns = [
        Column::uuid("cohort_id"),
        Column::text("course"),
        Column::integer("week"),
        Column::text("concept"),
        Column::integer("band"),
    ];
    let row = |point: &Point<'_>| -> Row {
        let Point { cohort, course, concept, band } = *point;
        vec![cohort.0.into(), course.into(), week.0.into(), concept.into(), number(band).into()]
    };
    let rows: Vec<Row> = points.iter().map(row).collect();
    let key = ["cohort_id", "course", "week", "concept"];
    let mut batch = txn.batch();
    keyed::insert(&mut batch, "coverage_point", (&columns, &key), rows).await?;
    batch.send().await
}

/// As stored: the number of those who carry it for sure, and -1 where nothing is known, so that SQL can add bands up.
fn number(band: Band) -> i64 {
    if band == Band::Unknown { -1 } else { band.at_least() as i64 }
}

#[derive(FromQueryResult)]
struct Added {
    unit_id: Uuid,
    concept: String,
    week: i32,
    cohorts: i64,
    unknown: i64,
    sure: i64,
}

impl Added {
    fn sum(&self) -> Sum {
        Sum { cohorts: self.cohorts as usize, unknown: self.unknown as usize, sure: self.sure as usize }
    }
}

/// Per unit and concept, the bands of the cohorts that belong to the unit itself, added up.
pub async fn of_week(
    db: &impl Connection,
    units: &[UnitId],
    course: &str,
    week: Week,
) -> Result<BTreeMap<(UnitId, String), Sum>> {
    let (cohorts, points) = ("JOIN cohort AS c ON c.unit_id =", "JOIN coverage_point AS p ON p.cohort_id = c.id");
    let backend = db.inner().get_database_backend();
    let sql = match backend {
        DatabaseBackend::Sqlite => format!(
            "SELECT {ADDED} FROM json_each(?1) AS k {cohorts} unhex(k.value) \
             {points} AND p.course = ?2 AND p.week = ?3 {GROUPED}"
        ),
        _ => format!(
            "SELECT {ADDED} FROM jsonb_array_elements_text($1::jsonb) AS k(value) {cohorts} k.value::uuid \
             {points} AND p.course = $2 AND p.week = $3 {GROUPED}"
        ),
    };
    let statement = Statement::from_sql_and_values(backend, sql, [ids(units)?.into(), course.into(), week.0.into()]);
    let rows = Added::find_by_statement(statement).all(db.inner()).await?;
    Ok(rows.into_iter().map(|row| ((UnitId(row.unit_id), row.concept.clone()), row.sum())).collect())
}

/// One concept over weeks: per unit and week, the bands of the unit's own cohorts added up. One look-up by key for
/// each cohort and week.
pub async fn over_weeks(
    db: &impl Connection,
    units: &[UnitId],
    (course, concept): (&str, &str),
    weeks: &[Week],
) -> Result<BTreeMap<(UnitId, Week), Sum>> {
    let key = "p.cohort_id = c.id";
    let backend = db.inner().get_database_backend();
    let sql = match backend {
        DatabaseBackend::Sqlite => format!(
            "SELECT {ADDED} FROM json_each(?1) AS k JOIN cohort AS c ON c.unit_id = unhex(k.value) \
             CROSS JOIN json_each(?2) AS w JOIN coverage_point AS p \
             ON {key} AND p.course = ?3 AND p.week = w.value AND p.concept = ?4 {GROUPED}"
        ),
        _ => format!(
            "SELECT {ADDED} FROM jsonb_array_elements_text($1::jsonb) AS k(value) \
             JOIN cohort AS c ON c.unit_id = k.value::uuid \
             CROSS JOIN jsonb_array_elements_text($2::jsonb) AS w(value) JOIN coverage_point AS p \
             ON {key} AND p.course = $3 AND p.week = w.value::integer AND p.concept = $4 {GROUPED}"
        ),
    };
    let weeks = serde_json::to_string(weeks)?;
    let values = [ids(units)?.into(), weeks.into(), course.into(), concept.into()];
    let rows = Added::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(db.inner()).await?;
    Ok(rows.into_iter().map(|row| ((UnitId(row.unit_id), Week(row.week)), row.sum())).collect())
}

const ADDED: &str = "c.unit_id, p.concept, p.week, COUNT(*) AS cohorts, \
    SUM(CASE WHEN p.band < 0 THEN 1 ELSE 0 END) AS unknown, SUM(CASE WHEN p.band < 0 THEN 0 ELSE p.band END) AS sure";
const GROUPED: &str = "GROUP BY c.unit_id, p.concept, p.week ORDER BY c.unit_id, p.concept, p.week";

fn ids(units: &[UnitId]) -> Result<String> {
    Ok(serde_json::to_string(&units.iter().map(|unit| unit.0.simple()).collect::<Vec<_>>())?)
}
