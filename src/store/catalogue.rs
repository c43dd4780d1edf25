//! Courses with their questions: read whole, since every instance keeps them in memory, and written by a bank load.

use super::{
    Connection, INSERT_CHUNK, Result, Source, Txn,
    entity::{concept, course, course_parameters, question, question_revision, server_state},
    keyed::{self, Column},
};
use crate::{
    domain::{
        bank::{Concept, Course},
        question::Question,
    },
    vocab::{id::QuestionId, time::Timestamp},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder,
    QuerySelect, Statement, sea_query::OnConflict,
};
use std::sync::Arc;

/// A course as stored.
pub struct StoredCourse {
    pub course: Course,
    pub source_hash: String,
    pub concepts: Vec<Concept>,
    pub questions: Vec<StoredQuestion>,
    /// The newest version of the filter's parameters, as JSON.
    pub parameters: Option<(i32, String)>,
}

/// A question with every revision it ever had, oldest first.
pub struct StoredQuestion {
    pub id: QuestionId,
    pub reference: String,
    pub chapter: u8,
    pub revision: i32,
    pub retired: bool,
    pub revisions: Vec<Revision>,
}

/// One revision, with the ids of its parts.
#[derive(Clone)]
pub struct Revision {
    pub number: i32,
    /// Digest of the author's text, without ids.
    pub content_hash: String,
    pub question: Arc<Question>,
}

/// What a bank load writes for one question.
pub struct QuestionWrite {
    pub id: QuestionId,
    pub reference: String,
    pub chapter: u8,
    pub position: i32,
    pub revision: i32,
    pub retired: bool,
    /// Set when the content is new.
    pub new_revision: Option<Revision>,
}

/// The fact of `server_state` called `name`.
pub async fn state(db: &impl Connection, name: &str) -> Result<Option<String>> {
    let row = server_state::Entity::find_by_id(name.to_owned()).one(db.inner()).await?;
    Ok(row.map(|row| row.value))
}

/// The catalogue's number, which no load changes until the transaction ends: what is judged by these courses is stored
/// before they change, or not at all.
pub async fn hold_version(db: &impl Source) -> Result<Option<String>> {
    let key = (&[Column::text("name")][..], vec![vec!["catalogue".into()]]);
    let found = keyed::find::<server_state::Model>(db, ("t.*", "server_state"), key, "FOR SHARE").await?;
    Ok(found.into_iter().next().map(|row| row.value))
}

/// Gives the catalogue its next number, which tells other instances to read it again, and keeps it to the end of the
/// transaction. One statement, so that two loads at once take two numbers. Let it be a transaction's first: so is
/// `hold_version`, and nobody waits for another crosswise.
pub async fn next_version(txn: &Txn) -> Result<()> {
    let next = "INSERT INTO server_state (name, value) VALUES ('catalogue', '1') ON CONFLICT (name) DO UPDATE \
                SET value = CAST(CAST(server_state.value AS BIGINT) + 1 AS TEXT)";
    txn.inner().execute_raw(Statement::from_string(txn.backend(), next)).await?;
    Ok(())
}

pub async fn set_state(txn: &Txn, name: &str, value: &str) -> Result<()> {
    let row = server_state::ActiveModel { name: Set(name.to_owned()), value: Set(value.to_owned()) };
    let replace = OnConflict::column(server_state::Column::Name).update_column(server_state::Column::Value).to_owned();
    server_state::Entity::insert(row).on_conflict(replace).exec_without_returning(txn.inner()).await?;
    Ok(())
}

/// Every course, by slug.
pub async fn load(db: &impl Connection) -> Result<Vec<StoredCourse>> {
    let courses = course::Entity::find().order_by(course::Column::Slug, Order::Asc).all(db.inner()).await?;
    let concepts = concept::Entity::find()
        .order_by(concept::Column::Course, Order::Asc)
        .order_by(concept::Column::Position, Order::Asc)
        .order_by(concept::Column::Slug, Order::Asc)
        .all(db.inner())
        .await?;
    let parameters = course_parameters::Entity::find()
        .order_by(course_parameters::Column::Course, Order::Asc)
        .order_by(course_parameters::Column::Version, Order::Desc)
        .all(db.inner())
        .await?;
    let mut questions = load_questions(db).await?;
    let mut stored = Vec::with_capacity(courses.len());
    for row in courses {
        let of_course = concepts.iter().filter(|concept| concept.course == row.slug);
        let concepts = of_course.map(|concept| Ok(serde_json::from_str(&concept.body)?)).collect::<Result<_>>()?;
        let newest = parameters.iter().find(|parameters| parameters.course == row.slug);
        let (mine, others) = questions.into_iter().partition(|(course, _)| *course == row.slug);
        questions = others;
        stored.push(StoredCourse {
            course: serde_json::from_str(&row.body)?,
            source_hash: row.source_hash,
            concepts,
            questions: mine.into_iter().map(|(_, question): (String, StoredQuestion)| question).collect(),
            parameters: newest.map(|row| (row.version, row.body.clone())),
        });
    }
    Ok(stored)
}

async fn load_questions(db: &impl Connection) -> Result<Vec<(String, StoredQuestion)>> {
    let rows = question::Entity::find()
        .order_by(question::Column::Course, Order::Asc)
        .order_by(question::Column::Position, Order::Asc)
        .order_by(question::Column::Id, Order::Asc)
        .all(db.inner())
        .await?;
    let revisions = question_revision::Entity::find()
        .order_by(question_revision::Column::QuestionId, Order::Asc)
        .order_by(question_revision::Column::Revision, Order::Asc)
        .all(db.inner())
        .await?;
    let mut by_question: std::collections::HashMap<uuid::Uuid, Vec<Revision>> = std::collections::HashMap::new();
    for row in revisions {
        let question = Arc::new(serde_json::from_str(&row.body)?);
        let revision = Revision { number: row.revision, content_hash: row.content_hash, question };
        by_question.entry(row.question_id).or_default().push(revision);
    }
    let stored = rows.into_iter().map(|row| {
        let question = StoredQuestion {
            id: QuestionId(row.id),
            reference: row.reference,
            chapter: row.chapter as u8,
            revision: row.revision,
            retired: row.retired,
            revisions: by_question.remove(&row.id).unwrap_or_default(),
        };
        (row.course, question)
    });
    Ok(stored.collect())
}

/// Writes a course and replaces its concepts.
pub async fn put_course(
    txn: &Txn,
    course: &Course,
    concepts: &[Concept],
    source_hash: &str,
    now: Timestamp,
) -> Result<()> {
    let row = course::ActiveModel {
        slug: Set(course.slug.clone()),
        body: Set(serde_json::to_string(course)?),
        source_hash: Set(source_hash.to_owned()),
        loaded_at: Set(now.0),
    };
    let replace = OnConflict::column(course::Column::Slug)
        .update_columns([course::Column::Body, course::Column::SourceHash, course::Column::LoadedAt])
        .to_owned();
    course::Entity::insert(row).on_conflict(replace).exec_without_returning(txn.inner()).await?;
    concept::Entity::delete_many().filter(concept::Column::Course.eq(&course.slug)).exec(txn.inner()).await?;
    let mut rows = Vec::with_capacity(concepts.len());
    for (position, concept) in concepts.iter().enumerate() {
        rows.push(concept::ActiveModel {
            course: Set(course.slug.clone()),
            slug: Set(concept.slug.clone()),
            position: Set(position as i32),
            body: Set(serde_json::to_string(concept)?),
        });
    }
    for chunk in rows.chunks(INSERT_CHUNK) {
        concept::Entity::insert_many(chunk.to_vec()).exec_without_returning(txn.inner()).await?;
    }
    Ok(())
}

/// Writes questions and the revisions that are new; old revisions stay as they are.
pub async fn put_questions(txn: &Txn, course: &str, writes: &[QuestionWrite], now: Timestamp) -> Result<()> {
    let row = |write: &QuestionWrite| question::ActiveModel {
        id: Set(write.id.0),
        course: Set(course.to_owned()),
        reference: Set(write.reference.clone()),
        chapter: Set(write.chapter.into()),
        position: Set(write.position),
        revision: Set(write.revision),
        retired: Set(write.retired),
    };
    let replace = OnConflict::column(question::Column::Id)
        .update_columns([question::Column::Chapter, question::Column::Position, question::Column::Revision])
        .update_column(question::Column::Retired)
        .to_owned();
    for chunk in writes.chunks(INSERT_CHUNK) {
        let insert = question::Entity::insert_many(chunk.iter().map(row)).on_conflict(replace.clone());
        insert.exec_without_returning(txn.inner()).await?;
    }
    let mut revisions = Vec::new();
    for write in writes {
        let Some(revision) = &write.new_revision else { continue };
        revisions.push(question_revision::ActiveModel {
            question_id: Set(write.id.0),
            revision: Set(revision.number),
            content_hash: Set(revision.content_hash.clone()),
            body: Set(serde_json::to_string(revision.question.as_ref())?),
            created_at: Set(now.0),
        });
    }
    for chunk in revisions.chunks(INSERT_CHUNK) {
        question_revision::Entity::insert_many(chunk.to_vec()).exec_without_returning(txn.inner()).await?;
    }
    Ok(())
}

/// The newest version of a course's parameters, as JSON.
pub async fn parameters(txn: &Txn, course: &str) -> Result<Option<(i32, String)>> {
    let newest = course_parameters::Entity::find()
        .filter(course_parameters::Column::Course.eq(course))
        .order_by(course_parameters::Column::Version, Order::Desc)
        .one(txn.inner())
        .await?;
    Ok(newest.map(|row| (row.version, row.body)))
}

pub async fn put_parameters(txn: &Txn, course: &str, version: i32, body: String, now: Timestamp) -> Result<()> {
    let row = course_parameters::ActiveModel {
        course: Set(course.to_owned()),
        version: Set(version),
        body: Set(body),
        created_at: Set(now.0),
    };
    course_parameters::Entity::insert(row).exec_without_returning(txn.inner()).await?;
    Ok(())
}

/// The newest version of a course's parameters.
pub async fn newest_parameters(db: &impl Connection, course: &str) -> Result<Option<i32>> {
    let newest = course_parameters::Entity::find()
        .filter(course_parameters::Column::Course.eq(course))
        .order_by(course_parameters::Column::Version, Order::Desc)
        .select_only()
        .column(course_parameters::Column::Version)
        .limit(1)
        .into_tuple();
    Ok(newest.one(db.inner()).await?)
}

/// Removes the versions up to and including `last`.
pub async fn forget_parameters(txn: &Txn, course: &str, last: i32) -> Result<()> {
    let old = course_parameters::Column::Course.eq(course).and(course_parameters::Column::Version.lte(last));
    course_parameters::Entity::delete_many().filter(old).exec(txn.inner()).await?;
    Ok(())
}
