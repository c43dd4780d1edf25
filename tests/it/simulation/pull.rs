//! Reading: pages of changes, snapshots, digests, with the same network between.

use super::{
    check::Check,
    network::{Fate, Packet},
    oracle::What,
    run::Run,
    view::{face, truth},
};
use laerd::{
    app::{Changes, ChangesRequest, Error, Month},
    vocab::time::Timestamp,
};
use rand::{Rng, rngs::StdRng};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// A page on its way back.
#[derive(Clone)]
pub struct Page {
    pub device: usize,
    pub era: u32,
    /// The learner it was asked of.
    pub learner: usize,
    /// The cursor it was asked with.
    pub asked: Option<String>,
    pub changes: Arc<Changes>,
}

impl Run<'_> {
    /// One page, or the snapshot where the cursor has expired.
    pub(super) async fn pull(&mut self, (who, via): (usize, usize), fate: Fate, dice: &mut StdRng) -> Check {
        if fate == Fate::RequestLost {
            return Ok(());
        }
        let limit = [1, 2, 3, 5, 100][dice.random_range(0..5)];
        let Some(page) = self.ask((who, via), limit).await? else { return self.snapshot((who, via)).await };
        match fate {
            Fate::ResponseLost => Ok(()),
            Fate::RequestLate | Fate::ResponseLate => {
                self.air.push(Packet::Page(page));
                Ok(())
            }
            Fate::Doubled => {
                self.air.push(Packet::Page(page.clone()));
                self.turn(page)
            }
            _ => self.turn(page),
        }
    }

    async fn ask(&mut self, (who, via): (usize, usize), limit: u64) -> Check<Option<Page>> {
        self.counts.add("pages", 1);
        let asked = self.asking((who, via), limit);
        let page = asked.await?;
        self.counts.add("cursors expired", u64::from(page.is_none()));
        self.absorb(self.devices[who].learner).await?;
        Ok(page)
    }

    /// The question by itself, which may be under way while others write.
    pub(super) fn asking(
        &self,
        (who, via): (usize, usize),
        limit: u64,
    ) -> impl Future<Output = Check<Option<Page>>> + 'static {
        let device = &self.devices[who];
        let (learner, era, asked) = (device.learner, device.era, device.view.cursor.clone());
        let skip_device = device.view.skips_own.then_some(device.id);
        let request = ChangesRequest { cursor: asked.clone(), limit, skip_device };
        let (app, caller) = (Arc::clone(&self.apps[via]), self.caller(learner));
        async move {
            match app.changes(caller, request).await {
                Ok(changes) => Ok(Some(Page { device: who, era, learner, asked, changes: Arc::new(changes) })),
                Err(Error::CursorExpired) => Ok(None),
                Err(error) => Err(format!("changes: {error}")),
            }
        }
    }

    /// A page that comes when the device has moved on is dropped.
    pub(super) fn turn(&mut self, page: Page) -> Check {
        let device = &mut self.devices[page.device];
        if (page.era, page.learner, &page.asked) != (device.era, device.learner, &device.view.cursor) {
            return Ok(());
        }
        device.learn_epoch(&page.changes.state.epoch);
        if device.era != page.era {
            return Ok(());
        }
        // A page from before a restore tells of events that are no more; the device cannot know yet.
        if page.changes.state.epoch == self.apps[0].catalogue().epoch {
            let feed = device.view.check_feed(&page.changes, &self.students[page.learner], device.id);
            feed.map_err(|fault| format!("device {}: {fault}", device.name))?;
        }
        device.view.turn(&page.changes);
        Ok(())
    }

    pub(super) async fn snapshot(&mut self, (who, via): (usize, usize)) -> Check {
        let learner = self.devices[who].learner;
        let snapshot = self.apps[via].snapshot(self.caller(learner)).await;
        let snapshot = snapshot.map_err(|error| format!("snapshot: {error}"))?;
        self.absorb(learner).await?;
        self.counts.add("snapshots", 1);
        self.note(&format!("device {who} takes a snapshot at {}", snapshot.state.head));
        let device = &mut self.devices[who];
        device.learn_epoch(&snapshot.state.epoch);
        device.view.take(&snapshot);
        Ok(())
    }

    /// Reads to the end.
    pub(super) async fn catch_up(&mut self, who: usize, via: usize) -> Check {
        for _ in 0..1_000 {
            let Some(page) = self.ask((who, via), 7).await? else {
                self.snapshot((who, via)).await?;
                continue;
            };
            let (era, is_last) = (page.era, !page.changes.has_more);
            self.turn(page)?;
            if is_last && self.devices[who].era == era {
                return Ok(());
            }
        }
        Err("the feed has no end".to_owned())
    }

    /// What device, snapshot and oracle hold is the same; so is the digest of device and server.
    pub(super) async fn check_views(&mut self) -> Check {
        for learner in 0..self.students.len() {
            if self.students[learner].is_gone {
                continue;
            }
            let catalogue = self.apps[0].catalogue();
            let (mut cards, mut levels) = (BTreeMap::new(), BTreeMap::new());
            for course in catalogue.courses() {
                let (faces, started) = truth(&self.students[learner], course);
                cards.extend(faces);
                levels.extend(started);
            }
            for device in self.devices.iter().filter(|device| device.learner == learner) {
                device.view.same_as(&cards, &levels).map_err(|fault| format!("device {}: {fault}", device.name))?;
            }
            let snapshot = self.apps[1].snapshot(self.caller(learner)).await.map_err(|error| error.to_string())?;
            let told: BTreeMap<_, _> = snapshot.state.cards.iter().map(|card| (card.question, face(card))).collect();
            if told != cards || snapshot.state.head != self.students[learner].head {
                return Err(format!("the snapshot at {} has the cards {told:?}, not {cards:?}", snapshot.state.head));
            }
            let digest = self.apps[0].digest(self.caller(learner)).await.map_err(|error| error.to_string())?;
            let own = self.digest(learner);
            if digest != own {
                return Err(format!("the digest is {digest:?}, not {own:?}"));
            }
        }
        Ok(())
    }

    /// The digest as a device makes it of its own log: count and xor of the FNV-1a hashes of the ids, by months.
    fn digest(&self, learner: usize) -> Vec<Month> {
        let mut months: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (id, at) in self.students[learner].log.iter().filter_map(|(id, event)| Some((id, event.order_at()?))) {
            let (count, xor) = months.entry(month(at)).or_default();
            *count += 1;
            *xor ^= hash(id);
        }
        months.into_iter().map(|(month, (count, xor))| Month { month, count, xor }).collect()
    }

    /// Events of the server's own that the last call may have put in the stream.
    pub(super) async fn absorb(&mut self, learner: usize) -> Check {
        let student = &mut self.students[learner];
        for event in super::check::after(&self.world.db, student.id, student.head).await {
            student.absorb(&event)?;
            self.counts.add(if event.kind == "regrade" { "regrades" } else { "refolds" }, 1);
        }
        Ok(())
    }
}

fn month(at: Timestamp) -> String {
    at.to_string()[..7].to_owned()
}

fn hash(id: &Uuid) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in id.to_string().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

impl super::oracle::Accepted {
    /// When a device says it happened; the server's own events are in no digest.
    fn order_at(&self) -> Option<Timestamp> {
        match &self.what {
            What::Server { .. } => None,
            _ => Some(self.order_at),
        }
    }
}
