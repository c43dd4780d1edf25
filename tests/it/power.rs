//! The power goes at any moment of a load: all that was acknowledged by then is in what the disk had been forced to take,
//! whatever it makes of the rest. A disk that can no longer be forced ends the server, and nothing is acknowledged in vain.
//!
//! Of SQLite, whose log lærd forces itself; PostgreSQL answers for its own. `MOMENTS` says how many moments are tried
//! besides the critical ones, `SEED` repeats the choice of another run.

use crate::support::{
    Device, Kind, Power, Push, Server, TestDb, number,
    power::{Act, Record, Unforced, url_in},
    prepare, verify,
};
use laerd::{
    clock::Clock,
    store::{Connection, entity::event, entity::learner, open},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};
use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QuerySelect, Statement};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LEARNERS: usize = 3;
const DEVICES: usize = 2;
/// How often the log is to be copied into the database and begun anew.
const COPIES: usize = 2;

/// A device, and how long the journal was when it heard of each batch.
struct Watched {
    device: Device,
    heard: Vec<u64>,
}

struct Load {
    server: Server,
    power: Arc<Power>,
    stop: CancellationToken,
    pushing: JoinSet<Watched>,
}

impl Load {
    async fn begin(rng: &mut StdRng) -> Self {
        let test = TestDb::new(Kind::Sqlite).await;
        prepare(&test.url);
        let power = Arc::new(Power::over(&test.file()));
        let server = Server::powered(&power);
        let (stop, mut pushing) = (CancellationToken::new(), JoinSet::new());
        for _ in 0..LEARNERS {
            for device in Device::guests(&server.address, DEVICES, rng).await {
                let (address, power, stop) = (server.address.clone(), Arc::clone(&power), stop.clone());
                pushing.spawn(push_until_stopped(device, address, power, stop));
            }
        }
        Self { server, power, stop, pushing }
    }

    /// Waits until `enough` has happened.
    async fn until(&self, enough: impl Fn(&[Record]) -> bool) {
        let looked = async {
            while !enough(&self.power.records()) {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), looked).await.expect("the load goes on");
    }
}

async fn push_until_stopped(
    mut device: Device,
    address: String,
    power: Arc<Power>,
    stop: CancellationToken,
) -> Watched {
    let mut heard = Vec::new();
    while !stop.is_cancelled() {
        match device.push(&address).await {
            Push::Acknowledged => heard.push(power.now()),
            Push::Unavailable => panic!("the database answers"),
            Push::Lost => break,
        }
    }
    Watched { device, heard }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_of_power_at_any_moment_loses_nothing_acknowledged() {
    let (seed, mut rng) = seeded();
    let load = Load::begin(&mut rng).await;
    let [database, log] = load.power.files();
    let begins = |record: &Record| record.file == log && matches!(record.act, Act::Write { at: 0, .. });
    // The first beginning is that of the empty log.
    load.until(|records| records.iter().filter(|record| begins(record)).count() > COPIES).await;
    load.stop.cancel();
    let watched = load.pushing.join_all().await;
    load.server.kill();

    let records = load.power.records();
    let forced = |file| records.iter().any(|record| record.file == file && matches!(record.act, Act::Forced(_)));
    assert!(forced(database) && forced(log), "both are forced");
    let moments = moments(&records, &watched, database, begins, &mut rng);
    let mut disk = load.power.disk();
    for (index, record) in records.iter().enumerate() {
        disk.take(record);
        if !moments.contains(&index) {
            continue;
        }
        for unforced in [Unforced::Forgotten, Unforced::Kept, Unforced::Torn] {
            let left = load.power.left_on(&disk, unforced, &mut rng);
            let lost = lost(left.path(), &watched, record.end).await;
            assert_eq!(lost, 0, "batches lost after record {index} of {}, {unforced:?}; SEED={seed}", records.len());
        }
    }
    let left = load.power.left_on(&disk, Unforced::Torn, &mut rng);
    let (ok, text) = verify(&url_in(left.path()), &[]);
    assert!(ok, "{text}");
    let acknowledged: usize = watched.iter().map(|watched| watched.heard.len()).sum();
    eprintln!("{acknowledged} batches, {} records, {} moments; SEED={seed}; {text}", records.len(), moments.len());

    // A disk that never takes what it is told to would be found out.
    let mut idle = load.power.disk();
    records.iter().filter(|record| !matches!(record.act, Act::Forced(_))).for_each(|record| idle.take(record));
    let left = load.power.left_on(&idle, Unforced::Forgotten, &mut rng);
    assert_eq!(lost(left.path(), &watched, load.power.now()).await, acknowledged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_cannot_be_forced_ends_the_server_before_it_acknowledges_anything() {
    let (seed, mut rng) = seeded();
    let mut load = Load::begin(&mut rng).await;
    load.until(|records| records.iter().filter(|record| matches!(record.act, Act::Forced(_))).count() > 20).await;
    load.power.fail();
    // They go on until they hear nothing more.
    let heard = tokio::time::timeout(Duration::from_secs(60), load.pushing.join_all()).await;
    let watched = heard.expect("nothing can be acknowledged from now on, so it ends");
    load.server.wait();
    assert!(load.server.faults() > 0, "it says why");
    assert!(watched.iter().all(|watched| watched.device.has_pending()));

    let mut disk = load.power.disk();
    load.power.records().iter().for_each(|record| disk.take(record));
    for unforced in [Unforced::Forgotten, Unforced::Kept, Unforced::Torn] {
        let left = load.power.left_on(&disk, unforced, &mut rng);
        assert_eq!(lost(left.path(), &watched, load.power.now()).await, 0, "{unforced:?}; SEED={seed}");
        let server = Server::start(&url_in(left.path()));
        assert_eq!(server.faults(), 0);
    }
}

fn seeded() -> (u64, StdRng) {
    let seed = number("SEED").unwrap_or(Clock::System.now().0.unsigned_abs());
    (seed, StdRng::seed_from_u64(seed))
}

/// The records after which the power goes: around each forcing of the database and each beginning of its log, while
/// pages are copied, when a device has just heard, and at any time.
fn moments(
    records: &[Record],
    watched: &[Watched],
    database: u64,
    begins: impl Fn(&Record) -> bool,
    rng: &mut StdRng,
) -> BTreeSet<usize> {
    let critical = |record: &Record| {
        let forces = matches!(record.act, Act::Force(_) | Act::Forced(_) | Act::Failed(_));
        begins(record) || record.file == database && forces
    };
    let around = (0..records.len()).filter(|index| critical(&records[*index]));
    let around = around.flat_map(|index| index.saturating_sub(1)..=(index + 1).min(records.len() - 1));
    let mut moments: BTreeSet<usize> = around.collect();
    let copies = |index: &usize| records[*index].file == database;
    let many = number("MOMENTS").unwrap_or(20) as usize;
    moments.extend((0..records.len()).filter(copies).choose_multiple(rng, many));
    let heard = watched.iter().flat_map(|watched| &watched.heard).choose_multiple(rng, many);
    // Those that it heard of stand before that, and one may have come since.
    moments.extend(heard.into_iter().map(|heard| records.partition_point(|record| record.end < *heard)));
    moments.extend((0..many).map(|_| rng.random_range(0..records.len())));
    moments.insert(records.len() - 1);
    moments
}

/// How many batches are lost that were acknowledged when the journal had the length `moment`. Whatever else was sent
/// is there whole or not at all, a device's batches in the order they were sent, and nothing else is there.
async fn lost(left: &Path, watched: &[Watched], moment: u64) -> usize {
    let db = open::connect(&url_in(left), 1).await.expect("the database opens");
    let check = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA integrity_check");
    let check = db.inner().query_one_raw(check).await.expect("it can be checked").expect("a verdict");
    assert_eq!(check.try_get_by_index::<String>(0).unwrap(), "ok");
    let columns = [event::Column::LearnerId, event::Column::Seq, event::Column::Id];
    let log = event::Entity::find().select_only().columns(columns).into_tuple::<(Uuid, i64, Uuid)>();
    let mut streams: BTreeMap<Uuid, BTreeSet<i64>> = BTreeMap::new();
    let mut stored = BTreeSet::new();
    for (learner, seq, id) in log.all(db.inner()).await.expect("the log") {
        assert!(streams.entry(learner).or_default().insert(seq) && stored.insert(id), "no event twice");
    }
    for learner in learner::Entity::find().all(db.inner()).await.expect("the learners") {
        let stream = streams.remove(&learner.id).unwrap_or_default();
        assert!(stream.into_iter().eq(1..=learner.head), "a stream has no gaps");
    }
    assert_eq!(streams, BTreeMap::new(), "no stream without a learner");
    db.close().await.expect("the database closes");

    let mut lost = 0;
    for Watched { device, heard } in watched {
        let there: Vec<bool> = device.batches().map(|batch| is_there(&batch, &mut stored)).collect();
        let kept = there.iter().take_while(|there| **there).count();
        assert!(!there[kept..].contains(&true), "what was sent later is there and what was sent before is not");
        lost += heard.iter().filter(|heard| **heard <= moment).count().saturating_sub(kept);
    }
    assert_eq!(stored, BTreeSet::new(), "nothing is stored that was not sent");
    lost
}

fn is_there(batch: &[Uuid], stored: &mut BTreeSet<Uuid>) -> bool {
    let count = batch.iter().filter(|id| stored.remove(id)).count();
    assert!(count == 0 || count == batch.len(), "half a batch is stored");
    count > 0
}
