//! The questions to answer now. Nothing here tells the answer.

use super::{
    Tag,
    auth::Signed,
    wire::{At, rounded},
};
use crate::{
    app::{self, App, QueueRequest},
    domain::{
        deck::{self, Reason},
        question::{self, Presented, Shown},
    },
};
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi, Union,
    param::{Path, Query},
    payload::Json,
};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

pub struct Queue;

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Mode {
    /// What is due, then today's new questions.
    Review,
    /// New questions of the chapter, as many as asked for.
    Learn,
    /// Questions met before, weakest first; a right answer does not move the schedule.
    Practice,
}

/// Why a question is in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum CardState {
    New,
    Relearning,
    Due,
    Early,
}

/// A session.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Session {
    #[oai(validator(max_items = 100))]
    questions: Vec<Question>,
    /// Cards whose day has come, in all, without those that a heavy day leaves to lighter ones.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    due: i32,
    /// New questions today still allows.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    new_left: i32,
    /// When to come back; only where nothing is left now.
    next_due: Option<At>,
}

/// A question as it is shown before the answer.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Question {
    /// Send it back in the answer.
    id: Uuid,
    /// Send it back in the answer.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    revision: i32,
    /// The author's own id, for talking about it.
    #[oai(validator(max_length = 40))]
    reference: String,
    #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
    chapter: i32,
    /// Slugs, the main concept first.
    #[oai(validator(max_items = 20))]
    concepts: Vec<String>,
    /// 1 easy, 2 middle, 3 hard.
    #[oai(validator(minimum(value = "1"), maximum(value = "3")))]
    difficulty: i32,
    /// Markdown. Gaps of a cloze are `{{1}}`, `{{2}}` …
    #[oai(validator(max_length = 4000))]
    stem: String,
    body: QuestionBody,
    /// Help that does not give the answer away. Tell in the answer how many were opened.
    #[oai(validator(max_items = 2))]
    hints: Vec<String>,
    image: Option<Image>,
    state: CardState,
    /// When it is or was due; absent for a new question.
    due: Option<At>,
    /// The chance that the learner knows it now, 0 to 1; absent for a new question.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    recall: Option<f64>,
    /// It was forgotten eight times or more: learn it in another way than by being asked again.
    leech: bool,
    preview: Preview,
}

/// A picture.
#[derive(Object)]
pub struct Image {
    #[oai(validator(max_length = 400))]
    src: String,
    /// What the picture shows, for who cannot see it.
    #[oai(validator(max_length = 1000))]
    alt: String,
}

/// Days to the next review after each rating; 0 is today.
#[derive(Object, Serialize)]
pub struct Preview {
    #[oai(validator(minimum(value = "0"), maximum(value = "36500")))]
    again: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "36500")))]
    hard: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "36500")))]
    good: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "36500")))]
    easy: i32,
}

/// What the learner acts on. `kind` also names the kind of response to send, except where told otherwise.
#[derive(Union)]
#[oai(one_of, discriminator_name = "kind", rename_all = "snake_case")]
pub enum QuestionBody {
    Choice(ChoiceBody),
    Text(TextBody),
    Number(NumberBody),
    Gaps(GapsBody),
    Pairs(PairsBody),
    Order(OrderBody),
    Placements(PlacementsBody),
    Flashcard(FlashcardBody),
    Reflection(ReflectionBody),
    Info(InfoBody),
}

/// Choose among options.
#[derive(Object)]
pub struct ChoiceBody {
    #[oai(validator(min_items = 2, max_items = 12))]
    options: Vec<Part>,
    /// Whether more than one may be chosen.
    several: bool,
}

/// Write a word or a short phrase.
#[derive(Object)]
pub struct TextBody {
    /// The longest answer that is read.
    #[oai(validator(minimum(value = "1"), maximum(value = "4000")))]
    max_length: i32,
}

/// Write a number; decimal comma and point are both understood.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct NumberBody {
    /// Shown beside the field.
    #[oai(validator(max_length = 100))]
    unit: Option<String>,
}

/// Fill the gaps of the stem.
#[derive(Object)]
pub struct GapsBody {
    #[oai(validator(minimum(value = "1"), maximum(value = "20")))]
    count: i32,
}

/// Give each left side a right side. There may be more right sides than left.
#[derive(Object)]
pub struct PairsBody {
    #[oai(validator(max_items = 20))]
    lefts: Vec<Part>,
    #[oai(validator(max_items = 20))]
    rights: Vec<Part>,
}

/// Bring the items into order.
#[derive(Object)]
pub struct OrderBody {
    #[oai(validator(max_items = 20))]
    items: Vec<Part>,
}

/// Put each item into a category.
#[derive(Object)]
pub struct PlacementsBody {
    #[oai(validator(max_items = 20))]
    categories: Vec<Part>,
    #[oai(validator(max_items = 40))]
    items: Vec<Part>,
}

/// Think, turn the card (response `reveal` is not needed), judge yourself: response `self_rating`.
#[derive(Object)]
pub struct FlashcardBody {
    /// Always true: the learner judges himself.
    self_assessed: bool,
}

/// Think along the prompts, compare, judge yourself: response `self_rating`. Never scored.
#[derive(Object)]
pub struct ReflectionBody {
    #[oai(validator(max_items = 20))]
    prompts: Vec<String>,
}

/// A page to read or something to do together: response `seen`.
#[derive(Object)]
pub struct InfoBody {
    /// Markdown.
    #[oai(validator(max_length = 8000))]
    text: String,
}

/// A part of a question, with the id that names it in a response.
#[derive(Object)]
pub struct Part {
    /// Random; tells nothing.
    #[oai(validator(max_length = 40))]
    id: String,
    /// Markdown.
    #[oai(validator(max_length = 4000))]
    text: String,
}

#[OpenApi]
impl Queue {
    /// Get questions to answer now
    ///
    /// In the order to ask them. Fetching changes nothing: the same questions come in the same order until they are
    /// answered. No response of an online session holds keys, feedback or explanations before the answer.
    #[oai(path = "/v1/courses/:course/queue", method = "get", operation_id = "getQueue", tag = "Tag::Study")]
    async fn get_queue(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
        /// What to do now.
        #[oai(default = "review")]
        mode: Query<Mode>,
        /// Only questions of this chapter; required for `learn`.
        #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
        chapter: Query<Option<i32>>,
        /// The most questions to return.
        #[oai(default = "twenty", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<i32>,
    ) -> poem::Result<Json<Session>> {
        let mode = match mode.0 {
            Mode::Review => deck::Mode::Review,
            Mode::Learn => deck::Mode::Learn,
            Mode::Practice => deck::Mode::Practice,
        };
        let chapter = chapter.0.and_then(|number| u8::try_from(number).ok());
        let request = QueueRequest { mode, chapter, limit: limit.0 as usize };
        Ok(Json(app.queue(caller.0, &course.0, request).await?.into()))
    }
}

fn review() -> Mode {
    Mode::Review
}

fn twenty() -> i32 {
    20
}

impl From<app::Queue> for Session {
    fn from(queue: app::Queue) -> Self {
        Self {
            questions: queue.cards.into_iter().map(Question::from).collect(),
            due: queue.due as i32,
            new_left: queue.new_left as i32,
            next_due: queue.next_due.map(At),
        }
    }
}

impl From<app::QueueCard> for Question {
    fn from(card: app::QueueCard) -> Self {
        let question = &card.entry.question;
        Self {
            id: card.entry.id.0,
            revision: card.entry.revision,
            reference: question.id.clone(),
            chapter: card.entry.chapter.into(),
            concepts: question.concepts.clone(),
            difficulty: question.difficulty.into(),
            stem: question.stem.clone(),
            body: card.shown.into(),
            hints: question.hints.clone(),
            image: question.image.as_ref().map(Image::from),
            state: match card.reason {
                Reason::New => CardState::New,
                Reason::Relearning(_) => CardState::Relearning,
                Reason::Due(_) => CardState::Due,
                Reason::Early(_) => CardState::Early,
            },
            due: card.due.map(At),
            recall: card.recall.map(rounded),
            leech: card.leech,
            preview: card.preview.into(),
        }
    }
}

impl From<&question::Image> for Image {
    fn from(image: &question::Image) -> Self {
        Self { src: image.src.clone(), alt: image.alt.clone() }
    }
}

impl From<[i32; 4]> for Preview {
    fn from([again, hard, good, easy]: [i32; 4]) -> Self {
        Self { again, hard, good, easy }
    }
}

impl From<Presented> for QuestionBody {
    fn from(shown: Presented) -> Self {
        match shown {
            Presented::Choice { options, several } => Self::Choice(ChoiceBody { options: parts(options), several }),
            Presented::Text => Self::Text(TextBody { max_length: 200 }),
            Presented::Number { unit } => Self::Number(NumberBody { unit }),
            Presented::Gaps { count } => Self::Gaps(GapsBody { count: count as i32 }),
            Presented::Pairs { lefts, rights } => Self::Pairs(PairsBody { lefts: parts(lefts), rights: parts(rights) }),
            Presented::Order { items } => Self::Order(OrderBody { items: parts(items) }),
            Presented::Placements { categories, items } => {
                Self::Placements(PlacementsBody { categories: parts(categories), items: parts(items) })
            }
            Presented::Flashcard => Self::Flashcard(FlashcardBody { self_assessed: true }),
            Presented::Reflection { prompts } => Self::Reflection(ReflectionBody { prompts }),
            Presented::Info { text } => Self::Info(InfoBody { text }),
        }
    }
}

fn parts(shown: Vec<Shown>) -> Vec<Part> {
    shown.into_iter().map(|part| Part { id: part.id, text: part.text }).collect()
}
