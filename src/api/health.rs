//! Whether the service is up, for load balancers and the operator.

use super::Tag;
use crate::app::App;
use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};
use std::sync::Arc;

pub struct Health;

/// The service answers.
#[derive(Object)]
pub struct Alive {
    /// Always `ok`.
    #[oai(validator(max_length = 10))]
    status: String,
}

#[OpenApi]
impl Health {
    /// Is the process alive
    #[oai(path = "/livez", method = "get", operation_id = "getLiveness", tag = "Tag::Health")]
    async fn get_liveness(&self) -> Json<Alive> {
        Json(Alive { status: "ok".to_owned() })
    }

    /// Can it serve
    ///
    /// Asks the database. Answers 503 where it does not reply; a process that shuts down takes no connections.
    #[oai(path = "/readyz", method = "get", operation_id = "getReadiness", tag = "Tag::Health")]
    async fn get_readiness(&self, app: Data<&Arc<App>>) -> poem::Result<Json<Alive>> {
        app.db.ping().await.map_err(crate::app::Error::from)?;
        Ok(Json(Alive { status: "ok".to_owned() }))
    }
}
