//! New pairs of tokens, for many at once: for guests, and for those whose access token has ended.
//!
//! When a municipality comes back from lunch everybody renews his token within a minute, and the answers that follow go
//! through the same one writer.

use super::{
    App, Error, Result, TokenPair,
    together::{self, Door, Queue, Together, door},
    tokens::Grant,
};
use crate::{
    store::{
        self, Txn,
        learners::Learner,
        tokens::{Refresh, TokenKey},
    },
    vocab::id::LearnerId,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a pair is wanted for.
pub(super) enum Wanted {
    /// A learner who comes for the first time.
    Guest,
    /// A refresh token.
    Renewal(TokenKey),
}

/// New sessions, counted.
#[derive(Clone, Default)]
pub(super) struct Sessions(usize);

impl Sessions {
    /// In one commit at most.
    const MOST: usize = 256;

    /// A commit takes many, so as many may wait as a server has connections.
    pub(super) fn door() -> (Door<Self>, Queue<Self>) {
        door(16 * Self::MOST)
    }
}

impl Together for Sessions {
    type Job = Wanted;
    type Done = TokenPair;

    fn admit(&mut self, _: &Wanted) -> bool {
        self.0 += 1;
        self.0 < Self::MOST
    }

    async fn commit(app: &App, wanted: &mut [Wanted]) -> Result<Vec<Result<TokenPair>>> {
        let txn = app.db.write().await?;
        let mut given: BTreeMap<usize, Result<TokenPair>> = BTreeMap::new();
        let mut waiting: Vec<usize> = (0..wanted.len()).collect();
        while !waiting.is_empty() {
            // Who shows a token twice at once is answered the second time by what the first has left.
            let mut learners = BTreeSet::new();
            let is_first = |at: &usize| match &wanted[*at] {
                Wanted::Guest => true,
                Wanted::Renewal((learner, _)) => learners.insert(*learner),
            };
            let (now, later): (Vec<usize>, Vec<usize>) = waiting.into_iter().partition(is_first);
            given.extend(app.open_sessions(&txn, wanted, now).await?);
            waiting = later;
        }
        together::commit(txn, wanted.len()).await?;
        app.bearers.forget_all(&wanted.iter().filter_map(Wanted::learner).collect());
        Ok(given.into_values().collect())
    }
}

impl Wanted {
    /// Who had a token before.
    fn learner(&self) -> Option<LearnerId> {
        match self {
            Self::Guest => None,
            Self::Renewal((learner, _)) => Some(*learner),
        }
    }
}

impl App {
    /// A pair, or why there is none, for those of the `wanted` that are named, of one learner at most one.
    async fn open_sessions(
        &self,
        txn: &Txn,
        wanted: &[Wanted],
        named: Vec<usize>,
    ) -> Result<Vec<(usize, Result<TokenPair>)>> {
        let renewals = named.iter().filter_map(|at| match &wanted[*at] {
            Wanted::Guest => None,
            Wanted::Renewal(key) => Some(key.clone()),
        });
        let mut keys: Vec<TokenKey> = renewals.collect();
        keys.sort_unstable();
        let ids: Vec<LearnerId> = keys.iter().map(|(learner, _)| *learner).collect();
        let learners = store::learners::lock_all(txn, &ids).await?;
        let mut shown = store::tokens::refreshes(txn, &keys).await?;
        let (mut newcomers, mut granted, mut given) = (Vec::new(), Vec::new(), Vec::new());
        for at in named {
            let grant = match &wanted[at] {
                Wanted::Guest => {
                    let learner = self.new_learner();
                    newcomers.push(learner);
                    Ok(Grant::new(learner.id, self.ids.uuid()))
                }
                Wanted::Renewal(key) => self.renewal(txn, &learners, (key, shown.remove(key))).await?,
            };
            match grant {
                Ok(grant) => granted.push((at, grant)),
                Err(error) => given.push((at, Err(error))),
            }
        }
        let mut batch = txn.batch();
        store::learners::save(&mut batch, &newcomers).await?;
        batch.send().await?;
        let (places, grants): (Vec<usize>, Vec<Grant>) = granted.into_iter().unzip();
        given.extend(places.into_iter().zip(self.issue(txn, grants).await?.into_iter().map(Ok)));
        Ok(given)
    }

    /// What a refresh token that was shown gives; a stolen one ends its family.
    async fn renewal(
        &self,
        txn: &Txn,
        learners: &HashMap<LearnerId, Learner>,
        ((learner, _), shown): (&TokenKey, Option<Refresh>),
    ) -> Result<Result<Grant>> {
        if !learners.contains_key(learner) {
            return Ok(Err(Error::Erased));
        }
        let Some(shown) = shown.filter(|shown| shown.expires_at > self.clock.now()) else {
            return Ok(Err(Error::RefreshInvalid));
        };
        if !shown.consumed {
            return Ok(Ok(Grant::renewing(shown, None)));
        }
        let Some(lost) = self.lost_pair(txn, &shown).await? else {
            store::tokens::revoke_family(txn, *learner, shown.family).await?;
            return Ok(Err(Error::RefreshInvalid));
        };
        Ok(Ok(Grant::renewing(shown, Some(lost))))
    }
}
