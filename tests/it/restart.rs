//! PostgreSQL goes away under load and comes back: nothing acknowledged is lost, whoever asks meanwhile is told to come
//! again, and the service is back soon after the database is.

use crate::support::{Cluster, Device, Push, Server, assert_nothing_is_lost, prepare, verify};
use rand::{SeedableRng, rngs::StdRng};
use reqwest::StatusCode;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Far more than it takes, because a test machine may be busy with anything.
const SOON: Duration = Duration::from_secs(60);

/// A way to take the server away and bring it back.
type Restart = fn(&Cluster);

/// What all devices report.
#[derive(Clone, Default)]
struct Seen {
    acknowledged: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    /// A permit for each device that has been acknowledged since the database came back.
    back: Arc<std::sync::Mutex<Option<Arc<Semaphore>>>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_postgres_costs_nothing_but_a_moment() {
    let Some(cluster) = Cluster::start() else { return };
    prepare(&cluster.url);
    let server = Server::start(&cluster.url);
    let mut rng = StdRng::seed_from_u64(2);
    let mut devices = Vec::new();
    for _ in 0..3 {
        devices.append(&mut Device::guests(&server.address, 2, &mut rng).await);
    }
    let count = devices.len() as u32;
    let (seen, stop) = (Seen::default(), CancellationToken::new());
    let mut pushing = JoinSet::new();
    for device in devices {
        pushing.spawn(push_until_stopped(device, server.address.clone(), seen.clone(), stop.clone()));
    }
    let cluster = Arc::new(cluster);
    let ways: [(&str, Restart); 3] = [
        ("restart -m fast", |cluster| cluster.restart("fast")),
        ("restart -m immediate", |cluster| cluster.restart("immediate")),
        ("kill -9 and start", Cluster::kill_and_start),
    ];
    for (name, restart) in ways {
        all_are_served(&seen, count).await;
        let (acknowledged, refused) = (seen.acknowledged(), seen.refused());
        let restarted = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || restart(&restarted)).await.unwrap();
        let accepts = Instant::now();
        let first = all_are_served(&seen, count).await;
        eprintln!(
            "{name}: first answer {} ms and all devices {} ms after PostgreSQL accepts connections; {} acknowledged and {} refused meanwhile",
            first.duration_since(accepts).as_millis(),
            accepts.elapsed().as_millis(),
            seen.acknowledged() - acknowledged,
            seen.refused() - refused,
        );
    }
    stop.cancel();
    let devices = pushing.join_all().await;
    assert_eq!(server.faults(), 0, "a restart is not a fault of the program");
    server.kill();
    assert_nothing_is_lost(&cluster.url, &devices).await;
    let (ok, text) = verify(&cluster.url, &[]);
    assert!(ok, "{text}");
}

impl Seen {
    fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    fn back(&self) -> Option<Arc<Semaphore>> {
        self.back.lock().unwrap().clone()
    }
}

/// Waits until every device has pushed something that it began after now; the instant of the first.
async fn all_are_served(seen: &Seen, count: u32) -> Instant {
    let back = Arc::new(Semaphore::new(0));
    *seen.back.lock().unwrap() = Some(Arc::clone(&back));
    let all = async {
        back.acquire_many(1).await.unwrap().forget();
        let first = Instant::now();
        back.acquire_many(count - 1).await.unwrap().forget();
        first
    };
    tokio::time::timeout(SOON, all).await.expect("every device is served again")
}

/// Answers and reads in turn. `push` and `read` panic at anything but success and a proper 503.
async fn push_until_stopped(mut device: Device, address: String, seen: Seen, stop: CancellationToken) -> Device {
    let mut reported: Option<Arc<Semaphore>> = None;
    while !stop.is_cancelled() {
        let watch = seen.back();
        let pushed = device.push(&address).await;
        let read = device.read(&address, "queue?limit=5").await;
        if pushed == Push::Acknowledged {
            seen.acknowledged.fetch_add(1, Ordering::Relaxed);
            if let Some(watch) = watch
                && !reported.as_ref().is_some_and(|reported| Arc::ptr_eq(reported, &watch))
            {
                watch.add_permits(1);
                reported = Some(watch);
            }
        }
        assert_ne!(pushed, Push::Lost, "the server itself never goes away");
        if pushed == Push::Unavailable || read != StatusCode::OK {
            seen.refused.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    device
}
