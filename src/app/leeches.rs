//! What authors hear of questions that learners keep forgetting: how many, and only where they are enough.

use super::{App, Entry, Result};
use crate::store;

/// A question that is a leech to several learners.
pub struct Leech {
    pub question: Entry,
    /// Learners to whom it is one.
    pub learners: u64,
    /// Learners who have met it.
    pub met: u64,
}

/// Nothing is told of fewer: a figure of one or two is a word about somebody.
const FEWEST: u32 = 5;

impl App {
    /// The leeches of a course, the worst first; questions that are asked no more are left out.
    pub async fn leeches(&self, course: &str) -> Result<Vec<Leech>> {
        let content = self.catalogue().course(course)?;
        let found = store::leeches::leeches(&self.db, course, FEWEST).await?;
        let leech = |found: store::leeches::Leech| {
            let question = content.entry(found.question).filter(|entry| !entry.retired)?.clone();
            Some(Leech { question, learners: found.learners, met: found.met })
        };
        Ok(found.into_iter().filter_map(leech).collect())
    }
}
