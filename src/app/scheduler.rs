//! What an offline client needs to schedule as the server does.

use super::{App, Caller, CourseContent, Enrolment, Result};
use crate::{
    domain::{
        memory::KNOWN_AT_FIRST,
        schedule::{self, ExamRule, Settings},
        spread,
    },
    store,
    vocab::id::QuestionId,
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The scheduler of one learner.
#[derive(Debug)]
pub struct Scheduler {
    /// Intervals below this many days are not spread.
    pub fuzz_from: f32,
    /// Bands of the fuzz: from, to, share.
    pub fuzz: Vec<(f32, f32, f32)>,
    /// Siblings take turns among so many days at most.
    pub most_turns: u32,
    pub exam: ExamRule,
    pub known_at_first: f64,
    /// Each course with the choices in force.
    pub courses: Vec<CourseSchedule>,
}

/// How the cards of a course are scheduled.
#[derive(Debug)]
pub struct CourseSchedule {
    pub course: String,
    /// Version of the course's parameters; cards of an older one are folded anew.
    pub parameters_version: i32,
    /// FSRS-6, w0 to w20: the learner's own, else the course's.
    pub weights: Vec<f32>,
    pub enrolment: Enrolment,
    pub settings: Settings,
    /// Questions that take turns among the days, each family in the order of its turns.
    pub siblings: Vec<Vec<QuestionId>>,
}

impl App {
    pub async fn scheduler(&self, caller: Caller) -> Result<Scheduler> {
        let mut enrolments = store::enrolments::all(&self.db, &[caller.learner]).await?;
        let course = |content: &Arc<CourseContent>| {
            let course = content.course.slug.clone();
            let enrolment = Enrolment::from_row(enrolments.remove(&(caller.learner, course.clone())));
            let weights = enrolment.model(&content.model).weights().numbers().to_vec();
            let settings = enrolment.settings();
            let (parameters_version, siblings) = (content.model.version, content.siblings());
            CourseSchedule { course, parameters_version, weights, enrolment, settings, siblings }
        };
        Ok(Scheduler {
            fuzz_from: schedule::FUZZ_FROM_DAYS,
            fuzz: schedule::FUZZ_BANDS.to_vec(),
            most_turns: spread::MOST_TURNS,
            exam: schedule::EXAM,
            known_at_first: KNOWN_AT_FIRST,
            courses: self.catalogue().courses().iter().map(course).collect(),
        })
    }
}

impl Scheduler {
    /// Changes with any of it.
    pub fn tag(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(format!("{self:?}"))[..12])
    }
}
