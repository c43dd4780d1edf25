//! What the learner masters now, and why.

use super::{
    Tag,
    auth::Signed,
    wire::{At, Language, rounded},
};
use crate::{
    app::{App, ConceptMastery, MapEdge, NextStep},
    domain::mastery::{self, TermKind},
    vocab::text::Lang,
};
use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, param::Path, payload::Json};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

pub struct Mastery;

/// How far the learner has come with a concept. Earned at an answer; time alone never takes it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Level {
    NotStarted,
    Learning,
    Familiar,
    Proficient,
    Mastered,
}

/// Whether the level can be relied on now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum MasteryStatus {
    NotStarted,
    NotEnoughEvidence,
    Current,
    DueForReview,
}

/// A concept of the learner.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ConceptState {
    #[oai(validator(max_length = 64))]
    concept: String,
    #[oai(validator(max_length = 400))]
    name: String,
    #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
    chapter: i32,
    level: Level,
    status: MasteryStatus,
    /// The share of the concept's questions the learner knows now, 0 to 1.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    p: f64,
    /// Lower end of the 90 % interval.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    low: f64,
    /// Upper end.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    high: f64,
    /// Scored answers it rests on.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    evidence: i32,
    last_answer: Option<At>,
    /// Where it is heading; absent before there is enough evidence.
    trend: Option<Trend>,
}

/// The share now against what it has been in the last two weeks or so.
#[derive(Object)]
pub struct Trend {
    direction: Direction,
    /// Percentage points above what it has been.
    points: f64,
}

/// Which way a concept is heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Direction {
    Rising,
    Steady,
    Falling,
}

/// The learner's concepts as a map that can be drawn.
#[derive(Object)]
pub struct ConceptMap {
    /// In the order of the course.
    #[oai(validator(max_items = 2000))]
    nodes: Vec<ConceptNode>,
    #[oai(validator(max_items = 20000))]
    edges: Vec<ConceptEdge>,
}

/// A concept on the map.
#[derive(Object)]
pub struct ConceptNode {
    state: ConceptState,
    /// 0 where nothing comes before it, else one more than the farthest of what does: a column of the drawing.
    #[oai(validator(minimum(value = "0"), maximum(value = "2000")))]
    layer: i32,
}

/// One concept comes before another. Advice: the estimate does not look at it.
#[derive(Object)]
pub struct ConceptEdge {
    /// The slug of the concept to know first.
    #[oai(validator(max_length = 64))]
    from: String,
    /// The slug of the one that builds on it.
    #[oai(validator(max_length = 64))]
    to: String,
    /// Whether the first is familiar or better.
    is_met: bool,
}

/// The learner's concepts, in the order of the course.
#[derive(Object)]
pub struct MasteryMap {
    #[oai(validator(max_items = 2000))]
    concepts: Vec<ConceptState>,
}

/// What a share of the estimate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ReasonKind {
    /// How the learner does in general.
    Ability,
    /// How he has done in this concept.
    Concept,
    /// What has faded since he last answered.
    TimeSince,
    /// Questions he remembers.
    Remembered,
    /// How hard the concept is.
    Difficulty,
}

/// One reason for the estimate, in percentage points; the reasons add up to the distance from an unknown learner.
#[derive(Object)]
pub struct Reason {
    kind: ReasonKind,
    points: f64,
}

/// What helps most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum StepKind {
    /// A question of the concept is due.
    Review,
    /// Another concept comes first.
    Prerequisite,
    /// A question not yet met.
    New,
    /// Nothing now.
    Wait,
    /// The course has no questions on it yet.
    NoQuestions,
}

/// The next step.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Step {
    kind: StepKind,
    /// For `review` and `new`.
    question: Option<Uuid>,
    /// For `prerequisite`.
    #[oai(validator(max_length = 64))]
    concept: Option<String>,
    /// For `wait`: when something of the concept is due.
    at: Option<At>,
}

/// A concept with the reasons.
#[derive(Object)]
pub struct ConceptDetail {
    state: ConceptState,
    /// Markdown.
    #[oai(validator(max_length = 4000))]
    definition: String,
    #[oai(validator(max_items = 5))]
    why: Vec<Reason>,
    next: Step,
    /// Whether the estimate can be challenged: the course has scored questions on the concept.
    can_challenge: bool,
}

#[OpenApi]
impl Mastery {
    /// My mastery of a course
    #[oai(path = "/v1/courses/:course/mastery", method = "get", operation_id = "getMastery", tag = "Tag::Study")]
    async fn get_mastery(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        language: Language,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
    ) -> poem::Result<Json<MasteryMap>> {
        let concepts = app.mastery(caller.0, &course.0).await?;
        let concepts = concepts.iter().map(|concept| ConceptState::new(concept, language.0)).collect();
        Ok(Json(MasteryMap { concepts }))
    }

    /// My map of a course
    ///
    /// Every concept with the learner's state, and which comes before which.
    #[oai(path = "/v1/courses/:course/concept-map", method = "get", operation_id = "getConceptMap", tag = "Tag::Study")]
    async fn get_concept_map(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        language: Language,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
    ) -> poem::Result<Json<ConceptMap>> {
        let map = app.concept_map(caller.0, &course.0).await?;
        let node = |(concept, layer): &(ConceptMastery, usize)| ConceptNode {
            state: ConceptState::new(concept, language.0),
            layer: *layer as i32,
        };
        let edge = |edge: MapEdge| ConceptEdge { from: edge.from, to: edge.to, is_met: edge.is_met };
        Ok(Json(ConceptMap {
            nodes: map.nodes.iter().map(node).collect(),
            edges: map.edges.into_iter().map(edge).collect(),
        }))
    }

    /// My mastery of a concept
    ///
    /// The estimate with its reasons in points and the step that helps most.
    #[oai(
        path = "/v1/courses/:course/mastery/:concept",
        method = "get",
        operation_id = "getConceptMastery",
        tag = "Tag::Study"
    )]
    async fn get_concept_mastery(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        language: Language,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
        /// The slug of the concept.
        #[oai(validator(max_length = 64))]
        concept: Path<String>,
    ) -> poem::Result<Json<ConceptDetail>> {
        let concept = app.concept_mastery(caller.0, &course.0, &concept.0).await?;
        Ok(Json(ConceptDetail::new(concept, language.0)))
    }
}

impl ConceptState {
    fn new(mastery: &ConceptMastery, lang: Lang) -> Self {
        let is_judged = matches!(mastery.status, mastery::Status::Current | mastery::Status::DueForReview);
        Self {
            concept: mastery.concept.slug.clone(),
            name: mastery.concept.name.get(lang).to_owned(),
            chapter: mastery.concept.chapter.into(),
            level: mastery.level.into(),
            status: match mastery.status {
                mastery::Status::NotStarted => MasteryStatus::NotStarted,
                mastery::Status::NotEnoughEvidence => MasteryStatus::NotEnoughEvidence,
                mastery::Status::Current => MasteryStatus::Current,
                mastery::Status::DueForReview => MasteryStatus::DueForReview,
            },
            p: rounded(mastery.figure.p),
            low: rounded(mastery.figure.low),
            high: rounded(mastery.figure.high),
            evidence: mastery.evidence as i32,
            last_answer: mastery.last_answer.map(At),
            trend: mastery.figure.trend.filter(|_| is_judged).map(Trend::from),
        }
    }
}

impl ConceptDetail {
    fn new(mastery: ConceptMastery, lang: Lang) -> Self {
        let reason = |term: &mastery::Term| Reason { kind: term.kind.into(), points: tenths(term.points) };
        Self {
            state: ConceptState::new(&mastery, lang),
            definition: mastery.concept.definition.get(lang).to_owned(),
            can_challenge: mastery.next != NextStep::NoQuestions,
            why: mastery.figure.why.iter().map(reason).collect(),
            next: mastery.next.into(),
        }
    }
}

impl From<mastery::Trend> for Trend {
    fn from(trend: mastery::Trend) -> Self {
        let direction = match trend.direction {
            mastery::Direction::Rising => Direction::Rising,
            mastery::Direction::Steady => Direction::Steady,
            mastery::Direction::Falling => Direction::Falling,
        };
        Self { direction, points: tenths(trend.points) }
    }
}

/// Percentage points with one decimal, and no negative zero.
fn tenths(points: f64) -> f64 {
    (points * 10.0).round() / 10.0 + 0.0
}

impl From<NextStep> for Step {
    fn from(next: NextStep) -> Self {
        let step = |kind| Self { kind, question: None, concept: None, at: None };
        match next {
            NextStep::Review(id) => Self { question: Some(id.0), ..step(StepKind::Review) },
            NextStep::New(id) => Self { question: Some(id.0), ..step(StepKind::New) },
            NextStep::Prerequisite(slug) => Self { concept: Some(slug), ..step(StepKind::Prerequisite) },
            NextStep::Wait(at) => Self { at: at.map(At), ..step(StepKind::Wait) },
            NextStep::NoQuestions => step(StepKind::NoQuestions),
        }
    }
}

impl From<mastery::Level> for Level {
    fn from(level: mastery::Level) -> Self {
        match level {
            mastery::Level::NotStarted => Self::NotStarted,
            mastery::Level::Learning => Self::Learning,
            mastery::Level::Familiar => Self::Familiar,
            mastery::Level::Proficient => Self::Proficient,
            mastery::Level::Mastered => Self::Mastered,
        }
    }
}

impl From<TermKind> for ReasonKind {
    fn from(kind: TermKind) -> Self {
        match kind {
            TermKind::Ability => Self::Ability,
            TermKind::Concept => Self::Concept,
            TermKind::TimeSince => Self::TimeSince,
            TermKind::Remembered => Self::Remembered,
            TermKind::Difficulty => Self::Difficulty,
        }
    }
}
