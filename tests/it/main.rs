//! The product's rules, driven through the real server on both databases.

mod support;

mod answers;
mod converge;
mod course;
mod crash;
mod database;
mod edge;
mod errors;
mod house;
mod identity;
mod leaks;
mod sixty_days;
mod spec;
mod study;
