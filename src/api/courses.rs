//! Courses, their decks and concepts: what can be studied. No questions here, and no token needed.

use super::{Tag, wire::Language};
use crate::{
    app::{App, CourseContent},
    domain::bank,
    vocab::text::Lang,
};
use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, param::Path, payload::Json};
use std::sync::Arc;

pub struct Courses;

/// A course.
#[derive(Object)]
pub struct Course {
    /// Names the course in every path.
    #[oai(validator(max_length = 64))]
    slug: String,
    #[oai(validator(max_length = 400))]
    title: String,
    /// Markdown.
    #[oai(validator(max_length = 4000))]
    description: String,
    /// Language of the questions (BCP 47).
    #[oai(validator(max_length = 10))]
    language: String,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    questions: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    concepts: i32,
}

/// All courses of this organisation.
#[derive(Object)]
pub struct CourseList {
    #[oai(validator(max_items = 1000))]
    courses: Vec<Course>,
}

/// Whether a deck can be studied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum DeckStatus {
    Available,
    /// The chapter has no questions yet.
    InPreparation,
}

/// The questions of one chapter.
#[derive(Object)]
pub struct Deck {
    #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
    chapter: i32,
    #[oai(validator(max_length = 64))]
    slug: String,
    #[oai(validator(max_length = 400))]
    title: String,
    status: DeckStatus,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    questions: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    concepts: i32,
    /// What a learner can do after the chapter, in the course's language.
    #[oai(validator(max_items = 100))]
    objectives: Vec<String>,
}

/// The decks of a course, in its order.
#[derive(Object)]
pub struct DeckList {
    #[oai(validator(max_items = 255))]
    decks: Vec<Deck>,
}

/// A concept of a course.
#[derive(Object)]
pub struct Concept {
    #[oai(validator(max_length = 64))]
    slug: String,
    #[oai(validator(max_length = 400))]
    name: String,
    /// Markdown.
    #[oai(validator(max_length = 4000))]
    definition: String,
    #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
    chapter: i32,
    /// Slugs of concepts to know first.
    #[oai(validator(max_items = 100))]
    prerequisites: Vec<String>,
    #[oai(validator(max_items = 100))]
    sources: Vec<String>,
    /// How many questions measure it.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    questions: i32,
}

/// The concepts of a course, in its order.
#[derive(Object)]
pub struct ConceptList {
    #[oai(validator(max_items = 2000))]
    concepts: Vec<Concept>,
}

#[OpenApi]
impl Courses {
    /// List the courses
    #[oai(path = "/v1/courses", method = "get", operation_id = "listCourses", tag = "Tag::Courses")]
    async fn list_courses(&self, app: Data<&Arc<App>>, language: Language) -> poem::Result<Json<CourseList>> {
        let catalogue = app.catalogue();
        let courses = catalogue.courses().iter().map(|course| Course::new(course, language.0)).collect();
        Ok(Json(CourseList { courses }))
    }

    /// Get a course
    #[oai(path = "/v1/courses/:course", method = "get", operation_id = "getCourse", tag = "Tag::Courses")]
    async fn get_course(
        &self,
        app: Data<&Arc<App>>,
        language: Language,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
    ) -> poem::Result<Json<Course>> {
        Ok(Json(Course::new(&*app.catalogue().course(&course.0)?, language.0)))
    }

    /// List the decks of a course
    ///
    /// One deck per chapter. A chapter whose questions are not written yet says `in_preparation`.
    #[oai(path = "/v1/courses/:course/decks", method = "get", operation_id = "listDecks", tag = "Tag::Courses")]
    async fn list_decks(
        &self,
        app: Data<&Arc<App>>,
        language: Language,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
    ) -> poem::Result<Json<DeckList>> {
        let content = app.catalogue().course(&course.0)?;
        let chapters = content.course.chapters.iter();
        Ok(Json(DeckList { decks: chapters.map(|chapter| Deck::new(&content, chapter, language.0)).collect() }))
    }

    /// List the concepts of a course
    #[oai(path = "/v1/courses/:course/concepts", method = "get", operation_id = "listConcepts", tag = "Tag::Courses")]
    async fn list_concepts(
        &self,
        app: Data<&Arc<App>>,
        language: Language,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
    ) -> poem::Result<Json<ConceptList>> {
        let content = app.catalogue().course(&course.0)?;
        let concepts = content.concepts.iter().map(|concept| Concept::new(&content, concept, language.0)).collect();
        Ok(Json(ConceptList { concepts }))
    }
}

impl Course {
    fn new(content: &CourseContent, lang: Lang) -> Self {
        let course = &content.course;
        Self {
            slug: course.slug.clone(),
            title: course.title.get(lang).to_owned(),
            description: course.description.get(lang).to_owned(),
            language: course.language.clone(),
            questions: content.asked().count() as i32,
            concepts: content.concepts.len() as i32,
        }
    }
}

impl Deck {
    fn new(content: &CourseContent, chapter: &bank::Chapter, lang: Lang) -> Self {
        let questions = content.asked().filter(|entry| entry.chapter == chapter.number).count();
        let concepts = content.concepts.iter().filter(|concept| concept.chapter == chapter.number).count();
        Self {
            chapter: chapter.number.into(),
            slug: chapter.slug.clone(),
            title: chapter.title.get(lang).to_owned(),
            status: if questions == 0 { DeckStatus::InPreparation } else { DeckStatus::Available },
            questions: questions as i32,
            concepts: concepts as i32,
            objectives: chapter.objectives.iter().map(|objective| objective.text.clone()).collect(),
        }
    }
}

impl Concept {
    fn new(content: &CourseContent, concept: &bank::Concept, lang: Lang) -> Self {
        let measures = content.asked().filter(|entry| entry.question.concepts.contains(&concept.slug));
        Self {
            slug: concept.slug.clone(),
            name: concept.name.get(lang).to_owned(),
            definition: concept.definition.get(lang).to_owned(),
            chapter: concept.chapter.into(),
            prerequisites: concept.prerequisites.clone(),
            sources: concept.sources.clone(),
            questions: measures.count() as i32,
        }
    }
}
