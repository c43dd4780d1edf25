//! What an offline client needs to schedule as the server does.

use super::{App, Caller, Enrolment, Result};
use crate::{domain::schedule::Settings, store};

/// The scheduler of one learner.
pub struct Scheduler {
    /// Each course with the choices in force.
    pub courses: Vec<CourseSchedule>,
}

/// How the cards of a course are scheduled.
pub struct CourseSchedule {
    pub course: String,
    /// Version of the course's parameters; cards of an older one are folded anew.
    pub parameters_version: i32,
    pub enrolment: Enrolment,
    pub settings: Settings,
}

impl App {
    pub async fn scheduler(&self, caller: Caller) -> Result<Scheduler> {
        let mut enrolments = store::enrolments::all(&self.db, &[caller.learner]).await?;
        let catalogue = self.catalogue();
        let course = |content: &std::sync::Arc<super::CourseContent>| {
            let slug = content.course.slug.clone();
            let enrolment = Enrolment::from_row(enrolments.remove(&(caller.learner, slug.clone())));
            let settings = enrolment.settings();
            CourseSchedule { course: slug, parameters_version: content.model.version, enrolment, settings }
        };
        let courses = catalogue.courses().iter().map(course).collect();
        Ok(Scheduler { courses })
    }
}
