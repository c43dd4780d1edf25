//! What can be changed is answered with its version in quotes as the ETag, and changed with that as If-Match.

use super::packing;
use crate::app::Version;
use poem_openapi::{
    ApiResponse,
    payload::Json,
    types::{ParseFromJSON, ToJSON},
};

/// Something new.
#[derive(ApiResponse)]
pub enum Made<T: ParseFromJSON + ToJSON> {
    /// Made.
    #[oai(status = 201)]
    Made(Json<T>, #[oai(header = "ETag")] String),
}

/// Something that was there.
#[derive(ApiResponse)]
pub enum Now<T: ParseFromJSON + ToJSON> {
    /// As it is now.
    #[oai(status = 200)]
    Now(Json<T>, #[oai(header = "ETag")] String),
}

impl<T: ParseFromJSON + ToJSON> Made<T> {
    pub fn at(version: i32, body: impl Into<T>) -> Self {
        Self::Made(Json(body.into()), etag(version))
    }
}

impl<T: ParseFromJSON + ToJSON> Now<T> {
    pub fn at(version: i32, body: impl Into<T>) -> Self {
        Self::Now(Json(body.into()), etag(version))
    }
}

/// The version as an ETag.
fn etag(version: i32) -> String {
    format!("\"{version}\"")
}

/// What If-Match says: the tag as it was sent, that of a packed body too. A list is not understood: a client changes
/// what it has read, and that has one version.
pub fn version(if_match: Option<&str>) -> Version {
    match if_match.map(str::trim) {
        None => Version::Unsaid,
        Some("*") => Version::Any,
        Some(tag) => {
            let plain = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).filter(|tag| !tag.contains('"'));
            Version::Is(plain.and_then(|plain| packing::content_of(plain).parse().ok()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_sent_back_is_the_version_it_was_made_of() {
        assert_eq!(version(Some(&etag(7))), Version::Is(Some(7)));
        for encoding in [packing::Encoding::Zstd, packing::Encoding::Br, packing::Encoding::Gzip] {
            assert_eq!(version(Some(&packing::etag_of(&etag(7), encoding))), Version::Is(Some(7)));
        }
        assert_eq!(version(None), Version::Unsaid);
        assert_eq!(version(Some("*")), Version::Any);
        for other in ["7", "W/\"7\"", "W/\"7-zstd\"", "\"x\"", "\"1\", \"2\"", "\"\"1\"\"", "\"", ""] {
            assert_eq!(version(Some(other)), Version::Is(None), "{other}");
        }
    }
}
