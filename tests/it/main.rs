//! The product's rules, driven through the real server on both databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod support;

mod answers;
mod bundles;
mod checks;
mod commands;
mod converge;
mod course;
mod crash;
mod database;
mod days;
mod disk_full;
mod edge;
mod errors;
mod history;
mod hostile;
mod house;
mod identity;
mod instances;
mod leaks;
mod learning;
mod leases;
mod leeches;
mod logs;
mod merge;
mod packing;
#[cfg(target_os = "linux")]
mod power;
mod races;
mod reconstruction;
mod reconstruction_http;
mod refit;
mod regrade;
mod restart;
mod scheduling;
mod simulation;
mod sixty_days;
mod spec;
mod statistics;
mod study;
mod sync;
mod teams;
mod teams_examples;
mod vectors;
mod verify;
mod writer;
