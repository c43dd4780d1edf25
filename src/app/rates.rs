//! How often a client may knock on the doors that cost most: signing in (password hashing) and becoming a guest (a
//! new learner). Everything else is bounded by the connections the server accepts.

use super::{Error, Result};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};
use std::{net::IpAddr, num::NonZeroU32};

type Limiter = RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock>;

/// Limits per client address.
pub struct Rates {
    sign_in: Limiter,
    guests: Limiter,
}

impl Rates {
    /// Per minute and address; that many may also come at once. A whole office may share one address.
    pub fn per_minute(sign_in: NonZeroU32, guests: NonZeroU32) -> Self {
        Self {
            sign_in: RateLimiter::keyed(Quota::per_minute(sign_in)),
            guests: RateLimiter::keyed(Quota::per_minute(guests)),
        }
    }

    pub fn check_sign_in(&self, from: IpAddr) -> Result<()> {
        check(&self.sign_in, from)
    }

    pub fn check_guest(&self, from: IpAddr) -> Result<()> {
        check(&self.guests, from)
    }

    /// Forgets addresses that have been quiet, so that memory does not grow with visitors.
    pub fn forget_quiet(&self) {
        self.sign_in.retain_recent();
        self.guests.retain_recent();
    }
}

fn check(limiter: &Limiter, from: IpAddr) -> Result<()> {
    // An IPv6 host owns a /64 and could otherwise take a fresh address for every try.
    let key = match from {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        v4 => v4,
    };
    limiter.check_key(&key).map_err(|not_yet| Error::TooMany(not_yet.wait_time_from(DefaultClock::default().now())))
}
