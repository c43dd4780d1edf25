//! A disk with no room left: what was acknowledged stays, reads go on, writes are refused in so many words, and once
//! there is room the same batch goes through, all without a restart.

use crate::support::{Cluster, Device, Push, Server, SmallDisk, assert_nothing_is_lost, prepare, verify};
use rand::{SeedableRng, rngs::StdRng};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, Database};

/// Pushes that a database may still find room for, in pages it has already.
const MOST: usize = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_and_nothing_else_on_sqlite() {
    let Some(disk) = SmallDisk::mount(32) else { return };
    let url = format!("sqlite:{}", disk.path().join("laerd.db").display());
    survives_a_full_disk(&url, &disk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_and_nothing_else_on_postgres() {
    let Some(disk) = SmallDisk::mount(48) else { return };
    let Some(cluster) = Cluster::start() else { return };
    // The tables on the small disk, the server's own log of changes not: without that log it would stop altogether.
    let space = disk.folder_of_postgres();
    let admin = Database::connect(&cluster.url).await.unwrap();
    let make = format!("CREATE TABLESPACE small LOCATION '{}'", space.display());
    admin.execute_unprepared(&make).await.unwrap();
    admin.execute_unprepared("CREATE DATABASE laerd TABLESPACE small").await.unwrap();
    admin.close().await.unwrap();
    let url = format!("{}/laerd", cluster.url.trim_end_matches("/postgres"));
    survives_a_full_disk(&url, &disk).await;
    let log = cluster.log();
    assert!(log.contains("No space left on device") && !log.contains("PANIC"), "{log}");
}

async fn survives_a_full_disk(url: &str, disk: &SmallDisk) {
    prepare(url);
    let mut server = Server::start(url);
    let mut rng = StdRng::seed_from_u64(1);
    let mut devices = Vec::new();
    for _ in 0..2 {
        devices.append(&mut Device::guests(&server.address, 2, &mut rng).await);
    }
    for device in &mut devices {
        assert_eq!(device.push(&server.address).await, Push::Acknowledged);
    }

    disk.fill();
    for device in &mut devices {
        push_until_refused(device, &server.address).await;
    }
    for device in &mut devices {
        for path in ["queue?limit=10", "mastery", "progress"] {
            assert_eq!(device.read(&server.address, path).await, StatusCode::OK, "{path}");
        }
    }
    assert!(server.is_running());
    assert_nothing_is_lost(url, &devices).await;

    disk.free();
    for device in &mut devices {
        assert_eq!(device.push(&server.address).await, Push::Acknowledged, "the same batch, the same server");
        assert!(!device.has_pending());
        for _ in 0..20 {
            assert_eq!(device.push(&server.address).await, Push::Acknowledged);
        }
    }
    assert!(server.is_running());
    assert_eq!(server.faults(), 0, "a full disk is not a fault of the program");
    server.kill();
    assert_nothing_is_lost(url, &devices).await;
    let (ok, text) = verify(url, &[]);
    assert!(ok, "{text}");
}

async fn push_until_refused(device: &mut Device, address: &str) {
    for _ in 0..MOST {
        if device.push(address).await == Push::Unavailable {
            return;
        }
    }
    panic!("{MOST} pushes went through on a full disk");
}
