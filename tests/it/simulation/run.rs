//! Plays a plan: one step after the other, then lets everything sync and checks what is left.

use super::{
    check::{self, Check, Counts, Rows},
    content,
    device::{Device, Made, Manner, poison},
    network::{Fate, Packet, Request},
    oracle::{Choice, Promise, Student},
    plan::{Act, Plan, Step},
    world::World,
};
use crate::support::{NOON, right, wrong};
use laerd::{
    app::{App, Catalogue, Defect, Enrolment, Entry, RejectionCode},
    clock::Clock,
    domain::{bank::Bank, question::Body},
};
use rand::{
    Rng,
    rngs::StdRng,
    seq::{IndexedMutRandom, IndexedRandom, SliceRandom},
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// What came of a trace that held.
pub struct Played {
    /// Every step with what it did, in words.
    pub transcript: Vec<String>,
    /// The learners' rows at the end.
    pub rows: Vec<Rows>,
    pub counts: Counts,
}

/// A trace that is being played.
pub struct Run<'w> {
    pub(super) world: &'w World,
    defect: Option<Defect>,
    seed: u64,
    pub(super) clock: Clock,
    pub(super) apps: Vec<Arc<App>>,
    pub(super) students: Vec<Student>,
    /// By which the last of them shows who he is.
    pub(super) guest_token: String,
    pub(super) devices: Vec<Device>,
    pub(super) air: Vec<Packet>,
    pub(super) transcript: Vec<String>,
    banks: Option<Vec<Bank>>,
    pub(super) backup: Option<Student>,
    /// Places among all questions: few, so that cards have a history.
    deck: Vec<usize>,
    starts: u64,
    /// Restores so far.
    pub(super) epochs: u64,
    pub(super) counts: Counts,
}

/// Plays `plan` from its first step to the last check; the transcript comes with a failure too.
pub async fn play(world: &World, plan: &Plan, defect: Option<Defect>) -> Result<Played, (String, Vec<String>)> {
    let mut run = Run::new(world, plan, defect).await;
    let outcome = run.play(plan).await;
    if run.banks.is_some() || run.epochs > 0 {
        world.reset_content().await;
    }
    match outcome {
        Ok(rows) => Ok(Played { transcript: run.transcript, rows, counts: run.counts }),
        Err(fault) => Err((fault, run.transcript)),
    }
}

impl<'w> Run<'w> {
    async fn new(world: &'w World, plan: &Plan, defect: Option<Defect>) -> Self {
        let clock = Clock::fixed(NOON);
        // Another play of the seed in the same world has other learners and is the same in everything else.
        let seed = plan.seed.wrapping_mul(1_000_003) ^ world.next_play() << 40;
        let apps = vec![world.instance(&clock, seed, defect).await, world.instance(&clock, !seed, defect).await];
        let mut students = Vec::new();
        let mut guest_token = String::new();
        for _ in 0..=usize::from(plan.guest) {
            let guest = apps[0].create_guest().await.expect("a guest");
            students.push(Student::new(guest.learner));
            guest_token = guest.refresh_token;
        }
        let mut dice = Step { act: Act::Wait, who: 0, via: 0, dice: plan.seed }.rng();
        let deck = (0..6).map(|_| dice.random_range(0..100)).collect();
        let mut devices: Vec<Device> = (0..plan.devices).map(|name| Device::new(name, NOON, &mut dice)).collect();
        if let Some(last) = devices.last_mut().filter(|_| plan.guest) {
            last.learner = 1;
        }
        Self {
            world,
            defect,
            seed,
            clock,
            apps,
            students,
            guest_token,
            devices,
            air: Vec::new(),
            transcript: Vec::new(),
            banks: None,
            backup: None,
            deck,
            starts: 0,
            epochs: 0,
            counts: Counts::default(),
        }
    }

    async fn play(&mut self, plan: &Plan) -> Check<Vec<Rows>> {
        for (number, step) in plan.steps.iter().enumerate() {
            self.transcript.push(format!("{:>3} {step}", number + 1));
            self.step(*step).await?;
        }
        self.transcript.push("    everything syncs".to_owned());
        self.settle().await?;
        let mut rows = Vec::new();
        for student in self.students.iter().filter(|student| !student.is_gone) {
            let stored = check::stored(&self.world.db, student.id).await;
            stored.same_as(&check::expected(student, &self.apps[0].catalogue()))?;
            rows.push(stored);
        }
        self.check_kept()?;
        self.check_grades()?;
        self.erase(plan.devices % 2).await?;
        Ok(rows)
    }

    /// I3 and I10 as the devices see them: what was acknowledged is there.
    fn check_kept(&self) -> Check {
        for device in &self.devices {
            let log = &self.students[device.learner].log;
            let is_lost = |made: &&Made| made.id.is_some_and(|id| !log.contains_key(&id));
            if let Some(lost) = device.kept.iter().find(is_lost) {
                return Err(format!("{} was acknowledged and is lost", lost.value));
            }
        }
        Ok(())
    }

    /// Whether an answer came before or after its key was mended, its effect is that of the key as it now is.
    fn check_grades(&self) -> Check {
        let catalogue = self.apps[0].catalogue();
        for student in self.students.iter().filter(|student| !student.is_gone) {
            student.check_grades(&catalogue)?;
        }
        Ok(())
    }

    async fn step(&mut self, step: Step) -> Check {
        let mut dice = step.rng();
        match step.act {
            Act::Wait => self.wait(&mut dice),
            Act::Review => self.review(step.who, &mut dice),
            Act::Hold => self.hold(step.who, &mut dice),
            Act::Answer => self.answer(step.who, &mut dice),
            Act::Void => self.void(step.who, &mut dice),
            Act::VoidFirst => self.void_first(step.who, &mut dice),
            Act::VoidUnknown => {
                let target = uuid::Builder::from_random_bytes(dice.random()).into_uuid();
                self.take_back(step.who, target, &mut dice);
            }
            Act::Poison => {
                let made = self.make_answer(step.who, &mut dice);
                let spoilt = poison(made, &mut dice);
                self.write_down(step.who, spoilt);
            }
            Act::Reuse => self.reuse(step.who, &mut dice),
            Act::Clock => {
                let told = self.devices[step.who].disturb_clock(self.clock.now(), &mut dice);
                self.note(&told);
            }
            Act::Push => self.push(step, &mut dice).await?,
            Act::Pull => self.pull((step.who, step.via), Fate::draw(&mut dice), &mut dice).await?,
            Act::Snapshot => self.snapshot((step.who, step.via)).await?,
            Act::Together => self.together(step, &mut dice).await?,
            Act::Race => self.race(&mut dice).await?,
            Act::Deliver => self.arrive(&mut dice).await?,
            Act::Restart => self.restart(step.via).await,
            Act::Choose => self.choose(step, &mut dice).await?,
            Act::Backup => self.back_up().await,
            Act::Merge => self.merge(step.via).await?,
            Act::Restore => self.restore().await?,
            Act::Load => self.load(step.via, &mut dice).await?,
        }
        Ok(())
    }

    pub(super) fn note(&mut self, what: &str) {
        self.transcript.push(format!("      {what}"));
    }

    fn wait(&mut self, dice: &mut StdRng) {
        let minutes = match dice.random_range(0..4) {
            0 => 0,
            1 => dice.random_range(1..30),
            2 => dice.random_range(30..1_440),
            _ => dice.random_range(1_440..20_000),
        };
        self.clock.set(self.clock.now().plus_minutes(minutes));
        self.note(&format!("{minutes} min pass, now {}", self.clock.now()));
    }

    fn answer(&mut self, who: usize, dice: &mut StdRng) {
        let made = self.make_answer(who, dice);
        self.write_down(who, made);
    }

    /// An answer to a question of either course, asked or retired, in any revision it ever had.
    fn make_answer(&mut self, who: usize, dice: &mut StdRng) -> Made {
        let catalogue = self.apps[0].catalogue();
        let entry = self.pick(&catalogue, dice);
        let revision = if dice.random_ratio(1, 4) { dice.random_range(1..=entry.revision) } else { entry.revision };
        let course = catalogue.course_of(entry.id).expect("a question of a course");
        let asked = course.revision(entry.id, revision).expect("a revision");
        let response = match dice.random_range(0..8) {
            0 => json!({"kind": "reveal"}),
            1..=3 => wrong(asked),
            _ => right(asked),
        };
        let hints = if dice.random_ratio(1, 6) { 1 } else { 0 };
        let how = Manner { response, hints, practice: dice.random_ratio(1, 6) };
        self.devices[who].answer(self.clock.now(), (entry.id.0, revision), &how, dice)
    }

    fn review(&mut self, who: usize, dice: &mut StdRng) {
        let catalogue = self.apps[0].catalogue();
        let entry = self.pick(&catalogue, dice);
        let rating = *["again", "hard", "good", "easy"].choose(dice).expect("ratings");
        let mut made = self.devices[who].review(self.clock.now(), entry.id.0, rating, dice);
        if matches!(entry.question.body, Body::Info { .. }) {
            made.promise = Promise::Unfit(RejectionCode::Invalid);
        }
        self.write_down(who, made);
    }

    fn hold(&mut self, who: usize, dice: &mut StdRng) {
        let catalogue = self.apps[0].catalogue();
        let question = self.pick(&catalogue, dice).id.0;
        let kind = *["suspend", "resume", "set_aside"].choose(dice).expect("kinds");
        let made = self.devices[who].hold(self.clock.now(), question, kind, dice);
        self.write_down(who, made);
    }

    /// One of the few questions that are studied.
    fn pick<'c>(&self, catalogue: &'c Catalogue, dice: &mut StdRng) -> &'c Entry {
        let entries: Vec<&Entry> = catalogue.courses().iter().flat_map(|course| &course.entries).collect();
        let place = *self.deck.choose(dice).expect("a deck");
        entries[place % entries.len()]
    }

    fn write_down(&mut self, who: usize, made: Made) {
        self.note(&format!("device {who} writes {:?} {} {}", made.promise, made.order_at, made.value));
        self.devices[who].outbox.push(made);
    }

    fn take_back(&mut self, who: usize, target: Uuid, dice: &mut StdRng) {
        let made = self.devices[who].void(self.clock.now(), target, dice);
        self.write_down(who, made);
    }

    /// Takes back any event of the learner that some device has written, a void among them.
    fn void(&mut self, who: usize, dice: &mut StdRng) {
        let target = self.known_events(who).choose(dice).map(|made| made.id.expect("known by its id"));
        if let Some(target) = target {
            self.take_back(who, target, dice);
        }
    }

    fn void_first(&mut self, who: usize, dice: &mut StdRng) {
        let answer = self.make_answer(who, dice);
        let target = answer.id.expect("an answer has an id");
        self.note(&format!("device {who} keeps back {} {}", answer.order_at, answer.value));
        self.devices[who].held.push(answer);
        self.take_back(who, target, dice);
    }

    fn reuse(&mut self, who: usize, dice: &mut StdRng) {
        let Some(first) = self.known_events(who).choose(dice).and_then(|made| made.id) else { return };
        let mut other = self.make_answer(who, dice);
        other.value["id"] = first.to_string().into();
        other.id = Some(first);
        self.write_down(who, other);
    }

    /// Events with an id that the devices of the same learner wrote.
    fn known_events(&self, who: usize) -> Vec<&Made> {
        let learner = self.devices[who].learner;
        let devices = self.devices.iter().filter(|device| device.learner == learner);
        let events = devices.flat_map(|device| device.outbox.iter().chain(&device.kept).chain(&device.held));
        events.filter(|made| made.id.is_some()).collect()
    }

    /// Some of the outbox, in any order, with some of what is acknowledged already; held answers leave after a while.
    fn batch(&mut self, who: usize, dice: &mut StdRng) -> Vec<Made> {
        let device = &mut self.devices[who];
        if !device.held.is_empty() && dice.random_ratio(1, 3) {
            device.outbox.append(&mut device.held);
        }
        let mut events = device.outbox.clone();
        if dice.random_ratio(1, 2) {
            events.shuffle(dice);
        }
        let most = dice.random_range(1..=8);
        events.truncate(most);
        let again = if dice.random_ratio(1, 4) { 2 } else { 0 };
        events.extend((0..again).filter_map(|_| device.kept.choose(dice).cloned()));
        events
    }

    fn request(&self, device: usize, via: usize, events: Vec<Made>) -> Request {
        let Device { learner, era, .. } = self.devices[device];
        Request { device, learner, era, via, events }
    }

    async fn push(&mut self, step: Step, dice: &mut StdRng) -> Check {
        let events = self.batch(step.who, dice);
        let fate = Fate::draw(dice);
        self.note(&format!("{} events, {fate:?}", events.len()));
        self.send(self.request(step.who, step.via, events), fate).await
    }

    async fn together(&mut self, step: Step, dice: &mut StdRng) -> Check {
        // Who names a question that is not known waits for the courses to be read again; here all come in step.
        self.apps[step.via].refresh_catalogue().await.map_err(|error| format!("refreshing: {error}"))?;
        let batches = (0..self.devices.len()).map(|who| (who, self.batch(who, dice))).collect::<Vec<_>>();
        let requests: Vec<Request> = batches
            .into_iter()
            .map(|(device, mut events)| {
                events.retain(|made| !matches!(made.promise, Promise::Unfit(_)));
                self.request(device, step.via, events)
            })
            .collect();
        let answers = self.serve(requests).await?;
        answers.into_iter().for_each(|answer| self.hear(answer));
        Ok(())
    }

    /// Two devices write through two instances while a third reads (I4: no number is skipped for a live puller either).
    async fn race(&mut self, dice: &mut StdRng) -> Check {
        let batches = (0..2).map(|who| (who, self.batch(who, dice))).collect::<Vec<_>>();
        let requests: Vec<Request> =
            batches.into_iter().map(|(device, events)| self.request(device, device, events)).collect();
        let reader = self.devices.len() - 1;
        let page = self.asking((reader, dice.random_range(0..2)), 100);
        let (answers, page) = self.serve_beside(requests, page).await?;
        if let Some(page) = page? {
            self.turn(page)?;
        }
        answers.into_iter().for_each(|answer| self.hear(answer));
        Ok(())
    }

    pub(super) async fn restart(&mut self, via: usize) {
        self.starts += 1;
        self.apps[via] = self.world.instance(&self.clock, self.seed ^ self.starts << 32, self.defect).await;
    }

    async fn choose(&mut self, Step { who, via, .. }: Step, dice: &mut StdRng) -> Check {
        let learner = self.devices[who].learner;
        let catalogue = self.apps[via].catalogue();
        let course = catalogue.courses().choose(dice).expect("courses").course.slug.clone();
        let mut choice = self.students[learner].choice(&course);
        match dice.random_range(0..3) {
            0 => choice.rollover_hour = dice.random_range(0..24),
            1 => choice.time_zone = ["Europe/Oslo", "America/New_York", "Pacific/Auckland"][dice.random_range(0..3)],
            _ => choice.retention = f64::from(dice.random_range(70..=97)) / 100.0,
        }
        self.note(&format!("{choice:?} in {course}"));
        let Choice { retention, time_zone, rollover_hour } = choice;
        let (time_zone, rollover_hour) = (time_zone.to_owned(), rollover_hour as u8);
        let enrolment = Enrolment { retention, time_zone, rollover_hour, ..Enrolment::default() };
        let caller = self.caller(learner);
        self.apps[via].enrol(caller, &course, enrolment).await.map_err(|error| format!("enrolling: {error}"))?;
        self.students[learner].choices.insert(course, choice);
        self.absorb(learner).await
    }

    async fn load(&mut self, via: usize, dice: &mut StdRng) -> Check {
        let catalogue = self.apps[0].catalogue();
        let entries: Vec<&Entry> = catalogue.courses().iter().flat_map(|course| &course.entries).collect();
        let studied: Vec<String> =
            self.deck.iter().map(|place| entries[place % entries.len()].question.id.clone()).collect();
        let banks = self.banks.get_or_insert_with(content::banks);
        let bank = banks.choose_mut(dice).expect("courses");
        let what = content::edit(bank, &studied, dice);
        self.apps[via].load_bank(bank).await.map_err(|error| format!("loading: {error}"))?;
        self.note(&what);
        for learner in 0..self.students.len() {
            self.students[learner].forget_marks();
            self.absorb(learner).await?;
        }
        // What a device can be asked it has from an instance that knows it.
        self.apps[0].refresh_catalogue().await.map_err(|error| format!("refreshing: {error}"))?;
        Ok(())
    }

    /// Everything in the air arrives, every outbox empties, and where a course changed the state follows.
    async fn settle(&mut self) -> Check {
        let mut dice = Step { act: Act::Wait, who: 0, via: 0, dice: !self.transcript.len() as u64 }.rng();
        for app in &self.apps {
            app.refresh_catalogue().await.map_err(|error| format!("refreshing: {error}"))?;
        }
        while !self.air.is_empty() {
            self.arrive(&mut dice).await?;
        }
        // Who hears of a restore has everything to send again, and others have that to read.
        for _ in 0..3 {
            for who in 0..self.devices.len() {
                self.catch_up(who, who % 2).await?;
            }
            self.empty_outboxes().await?;
        }
        for who in 0..self.devices.len() {
            self.catch_up(who, who % 2).await?;
        }
        self.check_views().await
    }

    async fn empty_outboxes(&mut self) -> Check {
        for device in &mut self.devices {
            device.outbox.append(&mut device.held);
        }
        for round in 0..8 {
            for who in 0..self.devices.len() {
                let events = self.devices[who].outbox.clone();
                if !events.is_empty() {
                    self.send(self.request(who, (who + round) % 2, events), Fate::Fine).await?;
                }
            }
            let left = self.devices.iter().flat_map(|device| &device.outbox).map(|made| made.order_at).max();
            let Some(last) = left else { return Ok(()) };
            // Only what lies ahead may be left; its time comes.
            self.clock.set(self.clock.now().max(last));
        }
        let left: BTreeMap<usize, usize> =
            self.devices.iter().map(|device| (device.name, device.outbox.len())).collect();
        Err(format!("events that are never accepted stay in the outboxes: {left:?}"))
    }
}
