//! Time and chance as values that are passed in, so that a test can say "three days later" and a bug can be replayed.
//!
//! The only place that reads the system's clock or its randomness.

use crate::vocab::time::Timestamp;
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// Where "now" comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is set; UTC milliseconds.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock standing at `at`.
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.0)))
    }

    /// Now, in whole milliseconds.
    #[expect(clippy::disallowed_methods, reason = "this is the one door to the system's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Fixed(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock; the system's clock stays what it is.
    pub fn set(&self, to: Timestamp) {
        if let Self::Fixed(at) = self {
            at.store(to.0, Ordering::SeqCst);
        }
    }
}

/// Where ids, seeds and secrets come from.
#[derive(Debug, Clone)]
pub struct Ids(Arc<Mutex<StdRng>>);

impl Ids {
    /// Seeded by the operating system.
    pub fn random() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// The same sequence every time.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// A random UUID (version 4).
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.with(|rng| rng.random())).into_uuid()
    }

    /// A random number.
    pub fn seed(&self) -> i64 {
        self.with(|rng| rng.next_u64().cast_signed())
    }

    /// 192 random bits for a token.
    pub fn secret(&self) -> [u8; 24] {
        self.with(|rng| rng.random())
    }

    /// A short id for a part of a question: six letters and digits that are not mistaken for each other.
    pub fn part(&self) -> String {
        const LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
        self.with(|rng| (0..6).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect())
    }

    fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
