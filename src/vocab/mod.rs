//! Words every layer speaks: ids, ratings, time, localised text.
//!
//! A scalar is one type with all its edges (JSON, database) derived here, so no layer wraps it again.

pub mod grade;
pub mod id;
pub mod text;
pub mod time;
