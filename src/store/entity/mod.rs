//! The tables, one file each. Rows never leave `store`.

pub mod access_token;
pub mod account;
pub mod card;
pub mod concept;
pub mod concept_belief;
pub mod course;
pub mod course_belief;
pub mod course_parameters;
pub mod day_tally;
pub mod enrolment;
pub mod event;
pub mod learner;
pub mod pace;
pub mod question;
pub mod question_revision;
pub mod refresh_token;
pub mod server_state;
