//! The rules of the product, pure: no database, no network, no clock, no chance of its own.

pub mod access;
pub mod audit;
pub mod balance;
pub mod bank;
pub mod catch_up;
pub mod concept_map;
pub mod coverage;
pub mod deck;
pub mod grading;
pub mod history;
pub mod mastery;
pub mod memory;
pub mod outline;
pub mod pace;
pub mod question;
pub mod refit;
pub mod review;
pub mod roster;
pub mod schedule;
pub mod simulate;
pub mod spread;
pub mod statistics;
pub mod tally;
pub mod teamwork;
