//! Leases: one instance does the work, and a dead one holds nobody up for ever.

use crate::support::{TestDb, on_both};
use laerd::{
    store::leases::{self, Lease},
    vocab::time::Timestamp,
};
use uuid::Uuid;

const NOON: Timestamp = Timestamp(1_800_000_000_000);

fn at(minutes: i64) -> Timestamp {
    Timestamp(NOON.0 + minutes * 60_000)
}

fn claims(name: &str) -> (Lease, Lease) {
    (Lease::new(name, Uuid::from_u128(1)), Lease::new(name, Uuid::from_u128(2)))
}

on_both! {
    async fn a_lease_has_one_holder_until_it_runs_out(kind) {
        let (_test, db) = TestDb::migrated(kind).await;
        let (ours, theirs) = claims("work");
        assert!(leases::acquire(&db, &ours, at(0), at(5)).await.unwrap());
        assert!(!leases::acquire(&db, &theirs, at(1), at(6)).await.unwrap());
        assert!(leases::acquire(&db, &claims("other work").1, at(1), at(6)).await.unwrap(), "another name is free");
        assert!(leases::acquire(&db, &ours, at(2), at(7)).await.unwrap(), "the holder may take it again");
        assert!(!leases::acquire(&db, &theirs, at(6), at(9)).await.unwrap());
        assert!(leases::acquire(&db, &theirs, at(7), at(9)).await.unwrap());
    }
}

on_both! {
    async fn who_has_lost_a_lease_can_neither_renew_nor_release_it(kind) {
        let (_test, db) = TestDb::migrated(kind).await;
        let (ours, theirs) = claims("work");
        assert!(!leases::renew(&db, &ours, at(9)).await.unwrap(), "never taken");
        assert!(leases::acquire(&db, &ours, at(0), at(5)).await.unwrap());
        assert!(leases::renew(&db, &ours, at(8)).await.unwrap());
        assert!(!leases::acquire(&db, &theirs, at(6), at(9)).await.unwrap(), "renewed in time");
        assert!(leases::acquire(&db, &theirs, at(8), at(20)).await.unwrap());
        assert!(!leases::renew(&db, &ours, at(30)).await.unwrap());
        leases::release(&db, &ours).await.unwrap();
        assert!(!leases::acquire(&db, &ours, at(10), at(20)).await.unwrap(), "still theirs");
        leases::release(&db, &theirs).await.unwrap();
        assert!(leases::acquire(&db, &ours, at(10), at(20)).await.unwrap());
    }
}

on_both! {
    async fn of_many_who_ask_at_once_one_gets_it(kind) {
        let (_test, db) = TestDb::migrated(kind).await;
        let claims: Vec<Lease> = (1..=8).map(|holder| Lease::new("work", Uuid::from_u128(holder))).collect();
        let asked = claims.iter().map(|claim| leases::acquire(&db, claim, at(0), at(5)));
        let got = futures_util::future::join_all(asked).await;
        assert_eq!(got.into_iter().filter(|got| *got.as_ref().unwrap()).count(), 1);
    }
}
