//! The tables, one file each. Rows never leave `store`.

pub mod access_token;
pub mod account;
pub mod activity;
pub mod card;
pub mod cohort;
pub mod concept;
pub mod concept_belief;
pub mod course;
pub mod course_belief;
pub mod course_parameters;
pub mod coverage_point;
pub mod coverage_refresh;
pub mod enrolment;
pub mod event;
pub mod learner;
pub mod lease;
pub mod membership;
pub mod memory_fit;
pub mod question;
pub mod question_revision;
pub mod refit;
pub mod refresh_token;
pub mod server_state;
pub mod unit;
pub mod unit_concept;
pub mod unit_lead;
