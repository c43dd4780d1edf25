//! The memory weights of a course: fitted to its learners' logs together, for who has too few reviews of his own.
//!
//! New weights are a new version of the course's parameters, so learners are folded anew when they are next looked at.

use super::{App, Error, Result, catalogue::StoredParameters, refit::fit_apart};
use crate::{
    domain::memory::{ENOUGH_FOR_STABILITIES, Progress, Proposal, Weights},
    store,
};

/// The most diligent learners are enough to know how people remember a course, and bound the size of a fit.
const LEARNERS: u64 = 500;

impl App {
    /// Fits the weights of a course and puts them in force if they forecast better. `None` if it was stopped.
    pub async fn refit_course_memory(&self, slug: &str, progress: &Progress) -> Result<Option<Proposal>> {
        let content = self.catalogue().course(slug)?;
        let students = store::refits::students(&self.db, slug, ENOUGH_FOR_STABILITIES, LEARNERS).await?;
        let fitted = fit_apart(self.db.clone(), content, students, progress.clone()).await?;
        let Some(proposal) = fitted else { return Ok(None) };
        if let Some(weights) = proposal.weights {
            self.put_memory(slug, weights).await?;
            self.refresh_catalogue().await?;
        }
        Ok(Some(proposal))
    }

    async fn put_memory(&self, slug: &str, weights: Weights) -> Result<()> {
        let txn = self.db.write().await?;
        store::catalogue::next_version(&txn).await?;
        let (version, body) = store::catalogue::parameters(&txn, slug).await?.ok_or(Error::NotFound("course"))?;
        let damaged = |cause: serde_json::Error| Error::Internal(format!("stored parameters are damaged: {cause}"));
        let learnt: StoredParameters = serde_json::from_str(&body).map_err(damaged)?;
        let body = serde_json::to_string(&StoredParameters { memory: weights, ..learnt }).map_err(damaged)?;
        store::catalogue::put_parameters(&txn, slug, version + 1, body, self.clock.now()).await?;
        Ok(txn.commit().await?)
    }
}
