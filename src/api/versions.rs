//! ETag and If-Match of what can be changed: the version in quotes.

use crate::app::Version;

/// The version as an ETag.
pub fn etag(version: i32) -> String {
    format!("\"{version}\"")
}

/// What If-Match says. A list is not understood: a client changes what it has read, and that has one version.
pub fn version(if_match: Option<&str>) -> Version {
    match if_match.map(str::trim) {
        None => Version::Unsaid,
        Some("*") => Version::Any,
        Some(tag) => {
            let plain = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            Version::Is(plain.and_then(|number| number.parse().ok()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_sent_back_is_the_version_it_was_made_of() {
        assert_eq!(version(Some(&etag(7))), Version::Is(Some(7)));
        assert_eq!(version(None), Version::Unsaid);
        assert_eq!(version(Some("*")), Version::Any);
        for other in ["7", "W/\"7\"", "\"x\"", "\"1\", \"2\"", ""] {
            assert_eq!(version(Some(other)), Version::Is(None), "{other}");
        }
    }
}
