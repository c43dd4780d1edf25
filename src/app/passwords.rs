//! Passwords, hashed with Argon2id (RFC 9106), a few at a time: each costs 19 MiB and tens of milliseconds, and a
//! small machine must go on answering while many try to sign in.

use super::{Error, Result, turns::Turns};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// The hasher and its turnstile.
pub(super) struct Passwords {
    turns: Turns,
}

const AT_ONCE: usize = 2;
/// Some seconds of work; beyond, a sign-in is better told to come again.
const MOST_WAITING: usize = 128;

impl Passwords {
    pub(super) fn new() -> Self {
        Self { turns: Turns::new(AT_ONCE, MOST_WAITING) }
    }

    /// A PHC string with a salt of its own.
    pub(super) async fn hash(&self, password: String) -> Result<String> {
        self.run(move || Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string()))
            .await?
            .ok_or_else(|| Error::Internal("the password could not be hashed".into()))
    }

    /// Whether `password` is the one behind `hash`. Without a hash it takes as long and is false, so that the time of
    /// an answer does not tell which names exist.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.run(move || {
            if let Some(Ok(hash)) = hash.as_deref().map(PasswordHash::new) {
                return Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
            }
            let _spent = std::hint::black_box(Argon2::default().hash_password(password.as_bytes()));
            false
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        self.turns.take().await?.spend(work).await
    }
}
