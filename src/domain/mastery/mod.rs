//! What a learner is believed to know of each concept, and how sure we are.
//!
//! A diagonal Gaussian logistic filter: every answer moves a few means and variances and is then forgotten.
//! Symbols are those of the model's text (`m`, `v`, `h`, …), so that code and text can be read side by side.
//! It alone states mastery; when a card comes back is for the scheduler. The state is a pure fold over answers
//! sorted by time, and all powers and logarithms are `libm`'s, so that two machines agree to the last bit.

mod belief;
mod curves;
mod decay;
mod estimate;
mod explain;
mod filter;
mod forecast;
mod level;
mod parameters;
mod status;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod laws;

pub use belief::{Ability, ConceptBelief, ItemMemory};
pub use estimate::{Estimate, estimate};
pub use explain::{Term, TermKind, explain};
pub use filter::{Encounter, Observation, learn, predict, update};
pub use forecast::Prediction;
pub use level::{Level, level_now};
pub use parameters::{ConceptParameters, ItemParameters, Parameters};
pub use status::{Status, status};
