//! kill −9 at random moments of a load, over and over on one database: nothing acknowledged is lost, nothing is stored
//! twice or by halves, and what is derived is what the log gives.
//!
//! `KILLS` says how often (eight unless told), `SEED` repeats the moments of another run, as far as a machine can.

use crate::support::{
    Device, Push, Server, TestDb, assert_nothing_is_lost, events_of, number, on_both, prepare, verify,
};
use laerd::clock::Clock;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::JoinSet};

/// Learners at a time, and the connections of each.
const LEARNERS: usize = 4;
const DEVICES: usize = 2;
/// Kills after which new learners take over, so that a check does not read ever longer logs.
const SHIFT: u32 = 10;

on_both! {
    async fn kill_9_under_load_loses_nothing_acknowledged(kind) {
        let kills = number("KILLS").unwrap_or(8) as u32;
        let seed = number("SEED").unwrap_or(Clock::System.now().0.unsigned_abs());
        eprintln!("{kind:?}: {kills} kills, SEED={seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let test = TestDb::new(kind).await;
        prepare(&test.url);
        let (mut past, mut shift) = (Vec::new(), Vec::new());
        for kill in 0..kills {
            // Not before: a connection that outlives the server would spare its successor the recovery.
            let server = Server::start(&test.url);
            assert_nothing_is_lost(&test.url, &shift).await;
            if kill % SHIFT == 0 {
                past.append(&mut settled(&server, shift).await);
                shift = new_shift(&server, &mut rng).await;
            }
            shift = push_until_killed(server, shift, &mut rng).await;
        }
        let server = Server::start(&test.url);
        past.append(&mut settled(&server, shift).await);
        server.kill();
        assert_nothing_is_lost(&test.url, &past).await;
        let (ok, text) = verify(&test.url, &[]);
        let events = events_of(&past);
        assert!(ok && text.contains(&format!(" {events} events")) && text.contains("\n0 differences"), "{text}");
        let batches: usize = past.iter().map(Device::acknowledged).sum();
        let unheard: u64 = past.iter().map(|device| device.unheard).sum();
        eprintln!("{kind:?}: {batches} batches acknowledged, {unheard} of them only when sent again; {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_moved_under_the_server_takes_no_more_answers() {
    let folder = tempfile::tempdir().unwrap();
    let [database, elsewhere] = ["laerd.db", "moved.db"].map(|name| folder.path().join(name));
    let url = format!("sqlite:{}", database.display());
    prepare(&url);
    let mut server = Server::start(&url);
    let mut devices = Device::guests(&server.address, 1, &mut StdRng::seed_from_u64(3)).await;
    assert_eq!(devices[0].push(&server.address).await, Push::Acknowledged);
    std::fs::rename(&database, &elsewhere).unwrap();
    assert_eq!(devices[0].push(&server.address).await, Push::Lost, "nobody hears that it is safe");
    server.wait();
    std::fs::rename(&elsewhere, &database).unwrap();
    assert_nothing_is_lost(&url, &devices).await;
}

async fn new_shift(server: &Server, rng: &mut StdRng) -> Vec<Device> {
    let mut devices = Vec::new();
    for _ in 0..LEARNERS {
        devices.append(&mut Device::guests(&server.address, DEVICES, rng).await);
    }
    devices
}

/// All devices push until the server dies, after a random number of acknowledged batches and a little while.
async fn push_until_killed(server: Server, devices: Vec<Device>, rng: &mut StdRng) -> Vec<Device> {
    let acknowledged = Arc::new(Semaphore::new(0));
    let mut pushing = JoinSet::new();
    for mut device in devices {
        let (address, acknowledged) = (server.address.clone(), Arc::clone(&acknowledged));
        pushing.spawn(async move {
            loop {
                match device.push(&address).await {
                    Push::Acknowledged => acknowledged.add_permits(1),
                    Push::Unavailable => panic!("nothing keeps the database from answering"),
                    Push::Lost => return device,
                }
            }
        });
    }
    let (enough, moment) = (rng.random_range(1..80), Duration::from_micros(rng.random_range(0..20_000)));
    // A limit, so that devices that all failed end the test and do not hang it.
    let enough = tokio::time::timeout(Duration::from_secs(120), acknowledged.acquire_many(enough)).await;
    let _permits = enough.expect("batches are acknowledged").expect("never closed");
    tokio::time::sleep(moment).await;
    assert_eq!(server.faults(), 0, "it calls something its own fault");
    server.kill();
    pushing.join_all().await
}

/// The shift ends: everyone sends what is still unacknowledged.
async fn settled(server: &Server, mut devices: Vec<Device>) -> Vec<Device> {
    for device in devices.iter_mut().filter(|device| device.has_pending()) {
        assert_eq!(device.push(&server.address).await, Push::Acknowledged);
    }
    devices
}
