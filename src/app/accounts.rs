//! Guests, accounts and signing in.

use super::{App, Caller, Error, Fault, Result, TokenPair, sessions::Wanted};
use crate::{
    domain::access::Role,
    store::{self, accounts::Account, learners::Learner},
    vocab::{id::LearnerId, time::Timestamp},
};
use unicode_normalization::UnicodeNormalization;

/// What a caller may know of himself.
pub struct Me {
    pub learner: LearnerId,
    pub role: Role,
    /// `None` for a guest.
    pub name: Option<String>,
    pub created_at: Timestamp,
}

/// Letters a name may have, and a password; a password of any script is welcome.
const NAME: std::ops::RangeInclusive<usize> = 3..=64;
const PASSWORD: std::ops::RangeInclusive<usize> = 10..=128;

impl App {
    /// A learner without a form.
    pub async fn create_guest(&self) -> Result<TokenPair> {
        self.sessions.hand_in(Wanted::Guest).await
    }

    /// An account: for the guest who asks, so that nothing he has done is lost, or for a new learner.
    pub async fn create_account(&self, guest: Option<Caller>, name: &str, password: &str) -> Result<TokenPair> {
        let (learner, txn) = self.put_account(guest, name, password, Role::Learner).await?;
        let pair = self.sign_in_as(&txn, learner).await?;
        txn.commit().await?;
        Ok(pair)
    }

    /// An account made by the operator, of any role.
    pub async fn add_account(&self, name: &str, password: &str, role: Role) -> Result<LearnerId> {
        let (learner, txn) = self.put_account(None, name, password, role).await?;
        txn.commit().await?;
        Ok(learner)
    }

    /// Signs in with name and password.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<TokenPair> {
        if !PASSWORD.contains(&password.chars().count()) {
            return Err(Error::WrongCredentials);
        }
        let name = fold_name(name);
        // A name that no account can have is not looked up: PostgreSQL cannot even store every character.
        let account = if is_name(&name) { store::accounts::find_by_name(&self.db, &name).await? } else { None };
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        if !self.passwords.verify(password.to_owned(), hash).await? {
            return Err(Error::WrongCredentials);
        }
        let account = account.ok_or(Error::WrongCredentials)?;
        let txn = self.db.write().await?;
        // He may be erased meanwhile; nothing of his is written after that.
        store::learners::lock(&txn, account.learner).await?.ok_or(Error::WrongCredentials)?;
        let pair = self.sign_in_as(&txn, account.learner).await?;
        txn.commit().await?;
        Ok(pair)
    }

    /// The caller's own facts.
    pub async fn me(&self, caller: Caller) -> Result<Me> {
        let learner = store::learners::find(&self.db, caller.learner).await?.ok_or(Error::Erased)?;
        let account = store::accounts::find(&self.db, caller.learner).await?;
        let name = account.map(|account| account.name);
        Ok(Me { learner: learner.id, role: caller.role, name, created_at: learner.created_at })
    }

    /// The learner an operator means: the name of an account, or an id. `None` if there is nobody.
    pub async fn learner_named(&self, told: &str) -> Result<Option<LearnerId>> {
        if let Ok(id) = told.parse() {
            return Ok(store::learners::find(&self.db, LearnerId(id)).await?.map(|learner| learner.id));
        }
        let name = fold_name(told);
        let account = if is_name(&name) { store::accounts::find_by_name(&self.db, &name).await? } else { None };
        Ok(account.map(|account| account.learner))
    }

    /// Erases the caller and everything he owns, at once.
    pub async fn erase(&self, caller: Caller) -> Result<()> {
        let txn = self.db.write().await?;
        let was_there = store::learners::erase(&txn, caller.learner).await?;
        txn.commit().await?;
        self.bearers.forget(caller.learner);
        self.recent.forget(caller.learner);
        if was_there { Ok(()) } else { Err(Error::Erased) }
    }

    async fn put_account(
        &self,
        guest: Option<Caller>,
        name: &str,
        password: &str,
        role: Role,
    ) -> Result<(LearnerId, store::Txn)> {
        let name = fold_name(name);
        check(&name, password)?;
        let password_hash = self.passwords.hash(password.to_owned()).await?;
        let txn = self.db.write().await?;
        let learner = match guest {
            Some(guest) => {
                store::learners::lock(&txn, guest.learner).await?.ok_or(Error::Erased)?;
                if store::accounts::find(&txn, guest.learner).await?.is_some() {
                    return Err(Error::HasAccount);
                }
                guest.learner
            }
            None => {
                let learner = self.new_learner();
                let mut batch = txn.batch();
                store::learners::save(&mut batch, &[learner]).await?;
                batch.send().await?;
                learner.id
            }
        };
        let account = Account { learner, name, password_hash, role, created_at: self.clock.now() };
        store::accounts::insert(&txn, &account).await.map_err(|error| match error {
            store::StoreError::Taken => Error::NameTaken,
            other => other.into(),
        })?;
        Ok((learner, txn))
    }

    pub(super) fn new_learner(&self) -> Learner {
        Learner { id: LearnerId(self.ids.uuid()), seed: self.ids.seed(), head: 0, created_at: self.clock.now() }
    }
}

/// Names that look the same are the same: NFKC, lower case, no outer spaces.
pub(super) fn fold_name(name: &str) -> String {
    name.trim().nfkc().flat_map(char::to_lowercase).collect()
}

pub(super) fn is_name(name: &str) -> bool {
    NAME.contains(&name.chars().count()) && name.chars().all(|c| c.is_alphanumeric() || "._-+@".contains(c))
}

fn check(name: &str, password: &str) -> Result<()> {
    let mut faults = Vec::new();
    if !is_name(name) {
        faults.push(Fault::new("/name", "use 3 to 64 letters, digits and . _ - + @"));
    }
    if !PASSWORD.contains(&password.chars().count()) {
        faults.push(Fault::new("/password", "use 10 to 128 characters"));
    } else if password.to_lowercase().contains(name) {
        faults.push(Fault::new("/password", "choose a password without the account name in it"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
