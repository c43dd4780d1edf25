//! How well a learner remembers: the memory model, its weights, their fit to a log and the judgement of that fit.
//!
//! The only folder that names the `fsrs` crate, so that another model can take its place behind [`MemoryModel`].

mod evaluate;
mod fit;
mod log;
mod model;
pub mod synthetic;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod weights;

pub use evaluate::{Forecast, Score, blocks, forecasts, score};
pub use fit::{ENOUGH_FOR_ALL, ENOUGH_FOR_STABILITIES, Progress, Proposal, Stopped, fit, refit, scored};
pub use log::{Elapsed, LoggedReview, MemoryModel};
pub use model::{KNOWN_AT_FIRST, Memory, Model, Retention};
pub use weights::Weights;
