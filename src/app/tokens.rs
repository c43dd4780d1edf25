//! Access and refresh tokens: opaque, stored hashed, rotating.
//!
//! A refresh token is used once. A phone may lose the answer, so a consumed token works once more while nothing of
//! the pair it gave has been used; any other replay means that two parties hold it, and ends the whole family.

use super::{
    App, Error, Result,
    sessions::Wanted,
    together::{self, Door, Queue, Together, door},
};
use crate::{
    domain::access::Role,
    store::{
        self, Txn,
        tokens::{Access, Refresh, TokenKey},
    },
    vocab::{id::LearnerId, time::Timestamp},
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Who is asking.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    pub learner: LearnerId,
    pub role: Role,
    /// The chain of tokens he holds.
    pub family: Uuid,
}

/// What a sign-in gives.
pub struct TokenPair {
    pub learner: LearnerId,
    pub access_token: String,
    pub refresh_token: String,
    pub refresh_expires_at: Timestamp,
}

/// Seconds an access token lives.
pub const ACCESS_SECONDS: i64 = 15 * 60;
/// Seconds a refresh token lives: a learner back from a long leave is still signed in.
const REFRESH_SECONDS: i64 = 180 * 24 * 3600;

const ACCESS: &str = "la_";
const REFRESH: &str = "lr_";

impl App {
    /// The caller behind an access token.
    pub async fn authenticate(&self, token: &str) -> Result<Caller> {
        let (learner, hash) = read(token, ACCESS).ok_or(Error::Unauthenticated)?;
        let now = self.clock.now();
        if let Some(caller) = self.bearers.find(&hash, now) {
            return Ok(caller);
        }
        let bearer = store::tokens::bearer(&self.db, learner, &hash, now).await?;
        let Some(bearer) = bearer else { return Err(self.stranger(learner).await?) };
        if !bearer.used {
            self.first_uses.hand_in((learner, hash.clone())).await?;
        }
        let caller = Caller { learner, role: bearer.role, family: bearer.family };
        self.bearers.remember(hash, caller, now, bearer.expires_at);
        Ok(caller)
    }

    /// Why a token that names `learner` holds no more. Tokens are of learners that were here once, so one whose learner
    /// is gone was erased, or came after the backup that was restored; nothing of him has to be kept to know it.
    async fn stranger(&self, learner: LearnerId) -> Result<Error> {
        let found = store::learners::find(&self.db, learner).await?;
        Ok(if found.is_some() { Error::Unauthenticated } else { Error::Erased })
    }

    /// A new pair for a refresh token.
    pub async fn refresh(&self, token: &str) -> Result<TokenPair> {
        let key = read(token, REFRESH).ok_or(Error::RefreshInvalid)?;
        self.sessions.hand_in(Wanted::Renewal(key)).await
    }

    /// Ends the chain of tokens the caller holds.
    pub async fn sign_out(&self, caller: Caller) -> Result<()> {
        let txn = self.db.write().await?;
        // A renewal that is under way ends first, or its pair would outlive the chain.
        store::learners::lock(&txn, caller.learner).await?;
        store::tokens::revoke_family(&txn, caller.learner, caller.family).await?;
        txn.commit().await?;
        self.bearers.forget(caller.learner);
        Ok(())
    }

    /// A pair of a new family.
    pub(super) async fn sign_in_as(&self, txn: &Txn, learner: LearnerId) -> Result<TokenPair> {
        let grant = Grant::new(learner, self.ids.uuid());
        let pair = self.issue(txn, vec![grant]).await?.pop();
        pair.ok_or_else(|| Error::Internal("a grant without a pair".into()))
    }

    /// A pair for each grant, in their order; of one learner at most one.
    pub(super) async fn issue(&self, txn: &Txn, grants: Vec<Grant>) -> Result<Vec<TokenPair>> {
        let now = self.clock.now();
        let learners: Vec<LearnerId> = grants.iter().map(|grant| grant.learner).collect();
        let (mut pairs, mut accesses, mut refreshes) = (Vec::new(), Vec::new(), Vec::new());
        for Grant { learner, family, replaces } in grants {
            let (access_token, access_hash) = write(ACCESS, learner, self.ids.secret());
            let (refresh_token, hash) = write(REFRESH, learner, self.ids.secret());
            let (access_expires_at, expires_at) =
                (now.plus_ms(ACCESS_SECONDS * 1000), now.plus_ms(REFRESH_SECONDS * 1000));
            let parent = replaces.first().map(|old| old.hash.clone());
            refreshes.extend(replaces.into_iter().map(|old| Refresh { consumed: true, ..old }));
            accesses.push(Access { learner, hash: access_hash.clone(), family, expires_at: access_expires_at });
            refreshes.push(Refresh { learner, hash, family, parent, access_hash, consumed: false, expires_at });
            pairs.push(TokenPair { learner, access_token, refresh_token, refresh_expires_at: expires_at });
        }
        let mut batch = txn.batch();
        store::tokens::sweep(&mut batch, &learners, now).await?;
        store::tokens::save(&mut batch, &accesses, &refreshes).await?;
        batch.send().await?;
        Ok(pairs)
    }

    /// The pair that a consumed token gave, if its answer was lost: nothing of it was used. Its access token is taken
    /// back here; one that has expired counts as used, since nobody is still waiting for that answer.
    pub(super) async fn lost_pair(&self, txn: &Txn, consumed: &Refresh) -> Result<Option<Refresh>> {
        let learner = consumed.learner;
        let mut successors = store::tokens::successors(txn, learner, &consumed.hash).await?;
        let lost = successors.pop().filter(|lost| successors.is_empty() && !lost.consumed);
        let Some(lost) = lost else { return Ok(None) };
        if store::tokens::is_used(txn, learner, &lost.access_hash).await? {
            return Ok(None);
        }
        store::tokens::revoke_access(txn, learner, &lost.access_hash).await?;
        Ok(Some(lost))
    }
}

/// A pair to be issued.
pub(super) struct Grant {
    learner: LearnerId,
    family: Uuid,
    /// Refresh tokens that are consumed by it; the first is the one that was shown.
    replaces: Vec<Refresh>,
}

impl Grant {
    pub(super) fn new(learner: LearnerId, family: Uuid) -> Self {
        Self { learner, family, replaces: Vec::new() }
    }

    /// For a refresh token, and the one that was lost on its way before.
    pub(super) fn renewing(shown: Refresh, lost: Option<Refresh>) -> Self {
        let (learner, family) = (shown.learner, shown.family);
        Self { learner, family, replaces: [Some(shown), lost].into_iter().flatten().collect() }
    }
}

/// Tokens that are shown for the first time, counted: when everybody comes back from lunch, each has a new one.
#[derive(Clone, Default)]
pub(super) struct FirstUses(usize);

impl FirstUses {
    /// In one commit at most.
    const MOST: usize = 1_000;

    /// A commit takes many, so as many may wait as a server has connections.
    pub(super) fn door() -> (Door<Self>, Queue<Self>) {
        door(4 * Self::MOST)
    }
}

impl Together for FirstUses {
    type Job = TokenKey;
    type Done = ();

    fn admit(&mut self, _: &Self::Job) -> bool {
        self.0 += 1;
        self.0 < Self::MOST
    }

    async fn commit(app: &App, tokens: &mut [Self::Job]) -> Result<Vec<Result<()>>> {
        let txn = app.db.write_group().await?;
        let mut batch = txn.batch();
        store::tokens::mark_used(&mut batch, tokens).await?;
        batch.send().await?;
        together::commit(txn, tokens.len()).await?;
        Ok(tokens.iter().map(|_| Ok(())).collect())
    }
}

/// A token names its learner, so that it is found by the primary key of a learner's own table.
fn write(prefix: &str, learner: LearnerId, secret: [u8; 24]) -> (String, String) {
    let bytes = [learner.0.as_bytes().as_slice(), &secret].concat();
    (format!("{prefix}{}", BASE64URL_NOPAD.encode(&bytes)), hash(&bytes))
}

fn read(token: &str, prefix: &str) -> Option<TokenKey> {
    let bytes = BASE64URL_NOPAD.decode(token.strip_prefix(prefix)?.as_bytes()).ok()?;
    if bytes.len() != 40 {
        return None;
    }
    let learner = Uuid::from_slice(&bytes[..16]).ok()?;
    Some((LearnerId(learner), hash(&bytes)))
}

/// A plain digest suffices: the secret is 192 random bits, not a password.
fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}
