//! A request body that is CSV. The framework learns its media type; what it says is read elsewhere.

use super::problem::{Code, Raised};
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};

/// The text of a CSV file, in UTF-8.
pub struct Csv(pub String);

const TYPE: &str = "text/csv";

impl<'a> ApiExtractor<'a> for Csv {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(_: &mut Registry) {}

    fn request_meta() -> Option<MetaRequest> {
        let media = MetaMediaType { content_type: TYPE, schema: String::schema_ref() };
        Some(MetaRequest { description: None, content: vec![media], required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<Self::ParamType>,
    ) -> poem::Result<Self> {
        let sent = request.content_type().and_then(|sent| sent.split(';').next()).map(str::trim);
        if !sent.is_some_and(|sent| sent.eq_ignore_ascii_case(TYPE)) {
            return Err(Raised::new(Code::UnsupportedMediaType, "send `Content-Type: text/csv`").into());
        }
        let unreadable = |detail: &str| Raised::new(Code::MalformedJson, detail);
        let bytes = body.take()?.into_bytes().await.map_err(|_| unreadable("the body ended too early"))?;
        let text =
            String::from_utf8(bytes.into()).map_err(|_| unreadable("the list is not UTF-8; save it as UTF-8"))?;
        Ok(Self(text))
    }
}
