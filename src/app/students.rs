//! Who asks about a course: the learner, what he chose for it, and where he stands in it.

use super::{App, Caller, CourseContent, Enrolment, Error, Result};
use crate::store::{self, learners::Learner, study::Standing};
use std::sync::Arc;

/// A learner in a course. His state follows from its present parameters.
pub(super) struct Student {
    pub content: Arc<CourseContent>,
    pub learner: Learner,
    pub enrolment: Enrolment,
    /// None before his first answer.
    pub standing: Option<Standing>,
}

impl App {
    /// The caller as a student of a course; what was folded by other parameters is folded anew first.
    pub(super) async fn student(&self, caller: Caller, course: &str) -> Result<Student> {
        let mut content = self.catalogue().course(course)?;
        let student = self.find_student(caller, &content).await?;
        let Some(version) = student.standing.as_ref().map(|standing| standing.parameters_version) else {
            return Ok(student);
        };
        if version > content.model.version {
            // Another instance knows a newer course.
            self.refresh_catalogue().await?;
            content = self.catalogue().course(course)?;
        }
        if version >= content.model.version {
            return Ok(Student { content, ..student });
        }
        self.fold_stale(caller.learner, &[Arc::clone(&content)]).await?;
        self.find_student(caller, &content).await
    }

    async fn find_student(&self, caller: Caller, content: &Arc<CourseContent>) -> Result<Student> {
        let found = store::study::student(&self.db, caller.learner, &content.course.slug).await?;
        let (learner, chosen, standing) = found.ok_or(Error::Erased)?;
        let enrolment = Enrolment::from_row(chosen);
        Ok(Student { content: Arc::clone(content), learner, enrolment, standing })
    }
}
