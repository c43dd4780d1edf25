//! JSON written straight from a wire type.
//!
//! The framework makes a tree of a response, in which every text is copied and every name is made anew, and writes the
//! tree. For a receipt, which carries the words of an author, that was a fifth of the work of an answer.

use poem::{IntoResponse, Response};
use poem_openapi::{
    ApiResponse,
    payload::{Json, Payload},
    registry::{MetaResponses, MetaSchemaRef, Registry},
    types::{ToJSON, Type},
};
use serde::Serialize;

/// A JSON body that says what `Json<T>` would say.
pub struct Written<T>(pub T);

impl<T: Type> Payload for Written<T> {
    const CONTENT_TYPE: &'static str = Json::<T>::CONTENT_TYPE;

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: ToJSON + Serialize + Send> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        // Both derive from one type, by two macros with attributes of their own; tests compare them at every response.
        debug_assert_eq!(serde_json::to_value(&self.0).ok(), self.0.to_json());
        poem::web::Json(self.0).into_response()
    }
}

impl<T: ToJSON> ApiResponse for Written<T> {
    fn meta() -> MetaResponses {
        Json::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
