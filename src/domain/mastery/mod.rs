//! What a learner is believed to know of each concept, and how sure we are.
//!
//! A diagonal Gaussian logistic filter: every answer moves a few means and variances and is then forgotten.
//! Symbols are those of the model's text (`m`, `v`, `h`, …), so that code and text can be read side by side.
//! It alone states mastery; when a card comes back is for the scheduler. The state is a pure fold over answers
//! sorted by time, and all powers and logarithms are `libm`'s, so that two machines agree to the last bit.

mod belief;
pub mod choose;
mod curves;
mod decay;
mod drift;
mod estimate;
mod explain;
mod figure;
mod filter;
mod forecast;
mod level;
pub mod pace;
mod parameters;
mod recalibration;
pub mod refit;
pub mod replay;
mod score;
mod search;
mod status;
mod trend;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod laws;

pub use belief::{Ability, ConceptBelief, ItemMemory};
pub use drift::Drift;
pub use estimate::{Estimate, estimate};
pub use explain::{Term, TermKind};
pub use figure::{Figure, Measured, Shown};
pub use filter::{Encounter, Observation, learn, predict, update};
pub use forecast::Prediction;
pub use level::{Level, level_now};
pub use parameters::{ConceptParameters, ItemParameters, Parameters};
pub use recalibration::Recalibration;
pub use score::{Foreseen, Scores, log_loss};
pub use status::{Status, status};
pub use trend::{Direction, Trend};
