//! Requests that make something, told apart by the `Idempotency-Key` their client drew for each.
//!
//! A client that lost the answer sends the same request again, perhaps a day later. What was asked is kept in short
//! beside what it made, and not compared with what became of it since: someone may have changed or removed it.
//! (After draft-ietf-httpapi-idempotency-key-header.)

use super::{App, Error, Result};
use crate::{
    store::{self, Txn, requests::Request},
    vocab::id::LearnerId,
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Days in which a request may come again.
const KEPT_DAYS: i64 = 30;

/// What a request asks for: the kind of thing, and its parts in a fixed order.
pub(super) struct Asked<'a>(pub &'a str, pub Vec<Option<String>>);

impl Asked<'_> {
    /// Where one part ends is in it, so that no two requests are the same text.
    fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for part in std::iter::once(Some(self.0)).chain(self.1.iter().map(Option::as_deref)) {
            let length = part.map_or(-1, |part| part.len() as i64);
            digest.update(length.to_be_bytes());
            digest.update(part.unwrap_or_default());
        }
        HEXLOWER.encode(&digest.finalize())
    }
}

impl App {
    /// Notes that a request of this key makes `made`, unless it was made before: then what it made. Fails if the key
    /// stood for something else.
    pub(super) async fn once(
        &self,
        txn: &Txn,
        (learner, key): (LearnerId, Uuid),
        asked: Asked<'_>,
        made: Uuid,
    ) -> Result<Option<Uuid>> {
        let made_at = self.clock.now();
        store::requests::forget(txn, learner, made_at.plus_ms(-KEPT_DAYS * 86_400_000)).await?;
        let request = Request { learner, key, digest: asked.digest(), made, made_at };
        if store::requests::insert(txn, &request).await? {
            return Ok(None);
        }
        let before = store::requests::find(txn, learner, key).await?;
        match before.filter(|before| before.digest == request.digest) {
            Some(before) => Ok(Some(before.made)),
            None => Err(Error::KeyReused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_requests_have_other_digests() {
        let asked = |kind, parts: &[Option<&str>]| {
            Asked(kind, parts.iter().map(|part| part.map(str::to_owned)).collect()).digest()
        };
        let all = [
            asked("unit", &[Some("ab"), Some("c")]),
            asked("unit", &[Some("a"), Some("bc")]),
            asked("unit", &[Some("ab"), Some("c"), None]),
            asked("unit", &[Some("ab"), Some("c"), Some("")]),
            asked("activity", &[Some("ab"), Some("c")]),
        ];
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(all[0], asked("unit", &[Some("ab"), Some("c")]));
    }
}
