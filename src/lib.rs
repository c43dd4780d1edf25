//! # lærd
//!
//! A mobile-first quiz and spaced-repetition service. The modules stand in the order of dependency, and each may
//! name only those above it:
//!
//! | module | what lives there | a new … belongs here |
//! | --- | --- | --- |
//! | [`vocab`] | words all layers speak: ids, ratings, time, text | scalar |
//! | [`domain`] | the rules, pure | question type: `question/`; scheduling rule: `schedule.rs`; format: `bank/` |
//! | [`clock`] | time and chance, passed in | – |
//! | [`store`] | SQL and nothing else | table: `store/entity/` and `migration/` |
//! | [`app`] | load, decide, save | use case: a file per topic |
//! | [`api`] | HTTP words; the OpenAPI service | route: a file per topic; error code: `api/problem.rs` |
//! | [`server`] | sockets, limits, shutdown | – |
//! | [`config`], [`telemetry`] | settings; logs | setting, what is logged |
//!
//! A learner's state is a fold of an append-only log of answers: [`domain::review`] is the heart, [`app`]'s writer the
//! one path into it.

pub mod api;
pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod vocab;
