//! The HTTP service: one file per topic, wire types beside their handlers. HTTP words stop here.
//!
//! `spec` turns what the framework writes into the specification we publish; `edge` is what every request passes.

mod activities;
mod answers;
mod auth;
mod body;
mod bundles;
mod caching;
mod checks;
mod cors;
mod courses;
mod coverage;
mod csv;
pub mod edge;
mod enrolment;
mod events;
mod health;
mod history;
mod identity;
mod mastery;
pub mod packing;
pub mod problem;
mod progress;
mod queue;
mod receipts;
pub mod spec;
mod stream;
mod sync;
mod teams;
mod units;
mod unpacking;
mod versions;
mod wire;
mod written;

pub use answers::read as read_event;

use crate::app::App;
use poem::{EndpointExt, IntoEndpoint, Route, endpoint::BoxEndpoint};
use poem_openapi::{OpenApi, OpenApiService, Tags};
use std::sync::Arc;

/// The chapters of the specification.
#[derive(Tags)]
enum Tag {
    /// Guests, accounts, tokens.
    Identity,
    /// What can be studied.
    Courses,
    /// Queue, answers, mastery, progress.
    Study,
    /// What a device reads to be where the server is.
    Sync,
    /// Membership, figures of teams, what they do to learn.
    Teams,
    /// Units, leads and members; for administrators.
    Administration,
    /// Is the service up.
    Health,
}

fn service() -> OpenApiService<impl OpenApi + 'static, ()> {
    let topics = (
        health::Health,
        identity::Identity,
        courses::Courses,
        enrolment::Enrolment,
        queue::Queue,
        answers::Answers,
        sync::Sync,
        bundles::Bundles::default(),
        mastery::Mastery,
        checks::Checks,
        progress::Progress,
        history::History,
        teams::Teams,
        coverage::Coverage,
        activities::Activities,
        units::Units,
    );
    OpenApiService::new(topics, "lærd", env!("CARGO_PKG_VERSION"))
}

/// All routes, behind the edge.
pub fn routes(app: &Arc<App>, settings: edge::Settings) -> BoxEndpoint<'static> {
    let service = service();
    let docs = service.swagger_ui();
    let routes = Route::new()
        .nest("/docs", docs)
        .at("/openapi.json", poem::get(spec::endpoint()))
        .nest("/", service)
        .data(Arc::clone(app))
        .into_endpoint();
    edge::Edge::new(routes, Arc::clone(app), settings).boxed()
}
