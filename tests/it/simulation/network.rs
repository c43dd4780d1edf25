//! What happens between a device and an instance, and what an instance must answer.

use super::{
    check::Check,
    device::{Heard, Made},
    oracle::{Verdict, What},
    pull::Page,
    run::Run,
    view::{News, face, folded_face},
};
use futures_util::future::{join, join_all};
use laerd::{
    api::read_event,
    app::{Caller, Catalogue, ConceptChange, Error, Mark, Outcome, Receipt, RejectionCode, Submission},
    domain::{access::Role, mastery::Level, review::State},
    vocab::{
        id::QuestionId,
        time::{DayBoundary, Timestamp},
    },
};
use rand::{Rng, rngs::StdRng};
use serde_json::{Value, value::RawValue};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A batch on its way to an instance.
#[derive(Debug, Clone)]
pub struct Request {
    pub device: usize,
    /// Who was signed in when it was sent.
    pub learner: usize,
    /// Restores the device had heard of when it sent it.
    pub era: u32,
    pub via: usize,
    pub events: Vec<Made>,
}

/// A receipt on its way back: what became of each event.
#[derive(Debug, Clone)]
pub struct Answer {
    pub device: usize,
    pub era: u32,
    pub results: Vec<(Option<Uuid>, Value, Heard)>,
    pub news: News,
}

/// Something that was held up.
pub enum Packet {
    Request(Request),
    Answer(Answer),
    Page(Page),
}

/// What the network does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Fine,
    RequestLost,
    ResponseLost,
    /// Arrives, and once more later.
    Doubled,
    /// Arrives later.
    RequestLate,
    /// Is served, and answered later.
    ResponseLate,
}

impl Fate {
    pub fn draw(dice: &mut StdRng) -> Self {
        match dice.random_range(0..12) {
            0 => Self::RequestLost,
            1 | 2 => Self::ResponseLost,
            3 => Self::Doubled,
            4 | 5 => Self::RequestLate,
            6 => Self::ResponseLate,
            _ => Self::Fine,
        }
    }
}

/// Questions a batch must tell of, by course.
type Touched = BTreeSet<(String, QuestionId)>;

impl Run<'_> {
    pub(super) fn caller(&self, learner: usize) -> Caller {
        Caller { learner: self.students[learner].id, role: Role::Learner, family: Uuid::nil() }
    }

    pub(super) async fn send(&mut self, request: Request, fate: Fate) -> Check {
        match fate {
            Fate::RequestLost => return Ok(()),
            Fate::RequestLate => {
                self.air.push(Packet::Request(request));
                return Ok(());
            }
            Fate::Doubled => self.air.push(Packet::Request(request.clone())),
            Fate::Fine | Fate::ResponseLost | Fate::ResponseLate => {}
        }
        for answer in self.serve(vec![request]).await? {
            match fate {
                Fate::ResponseLost => {}
                Fate::ResponseLate => self.air.push(Packet::Answer(answer)),
                _ => self.hear(answer),
            }
        }
        Ok(())
    }

    /// Something that was held up arrives; the dice say what.
    pub(super) async fn arrive(&mut self, dice: &mut StdRng) -> Check {
        if self.air.is_empty() {
            return Ok(());
        }
        let packet = self.air.swap_remove(dice.random_range(0..self.air.len()));
        match packet {
            Packet::Answer(answer) => self.hear(answer),
            Packet::Page(page) => self.turn(page)?,
            Packet::Request(request) => {
                self.note(&format!("{} held-up events of device {} arrive", request.events.len(), request.device));
                // The device has given the answer up.
                self.serve(vec![request]).await?;
            }
        }
        Ok(())
    }

    /// An answer from before a restore says nothing of what the server still has.
    pub(super) fn hear(&mut self, answer: Answer) {
        if answer.era != self.devices[answer.device].era {
            return;
        }
        let device = &mut self.devices[answer.device];
        device.learn_epoch(&answer.news.epoch);
        for (id, value, heard) in answer.results {
            device.hear(id, &value, heard);
        }
        device.view.hear(&answer.news);
    }

    /// Requests that reach their instances at the same moment, and what each is answered. I1, I5, I6 and I7 are checked
    /// here, and the numbers of I4 as they are given.
    pub(super) async fn serve(&mut self, requests: Vec<Request>) -> Check<Vec<Answer>> {
        Ok(self.serve_beside(requests, std::future::ready(())).await?.0)
    }

    /// The same while something else goes on.
    pub(super) async fn serve_beside<T>(
        &mut self,
        requests: Vec<Request>,
        other: impl Future<Output = T>,
    ) -> Check<(Vec<Answer>, T)> {
        let now = self.clock.now();
        self.counts.add("requests", requests.len() as u64);
        let records = requests.iter().map(|request| {
            let device = &self.devices[request.device];
            // One device lays out its JSON in another way each time; the event is the same.
            let text = |made: &Made| match now.0 % 2 {
                0 => made.value.to_string(),
                _ => serde_json::to_string_pretty(&made.value).expect("JSON"),
            };
            let events = request
                .events
                .iter()
                .map(|made| read_event(RawValue::from_string(text(made)).expect("JSON")))
                .collect();
            let learner = self.students[request.learner].id;
            self.apps[request.via].record(Submission { learner, device_id: Some(device.id), events })
        });
        let (receipts, other) = join(join_all(records), other).await;
        let mut served = Vec::new();
        for (request, receipt) in requests.into_iter().zip(receipts) {
            if self.students[request.learner].is_gone {
                // I12: what still arrives for who is gone is told so.
                match receipt {
                    Err(Error::Erased) => {
                        self.counts.add("late requests for who is gone", 1);
                        continue;
                    }
                    _ => return Err("who is gone is answered with something else than that".to_owned()),
                }
            }
            served.push((request, receipt.map_err(|error| format!("an instance fails: {error}"))?));
        }
        let told = self.in_some_order(&served, now)?;
        served.iter().flat_map(|(_, receipt)| &receipt.outcomes).for_each(|outcome| self.count(outcome));
        for ((request, receipt), touched) in served.iter().zip(&told) {
            self.check_receipt(request, receipt, (touched, now))?;
        }
        Ok((served.into_iter().map(|(request, receipt)| answer(request, &receipt)).collect(), other))
    }

    fn count(&mut self, outcome: &Outcome) {
        let what = match outcome {
            Outcome::Applied { .. } => "applied",
            Outcome::Duplicate { .. } => "duplicates",
            Outcome::Rejected { rejection, .. } => match rejection.code {
                RejectionCode::Invalid => "rejections: invalid",
                RejectionCode::UnknownQuestion => "rejections: unknown question",
                RejectionCode::UnsupportedVersion => "rejections: unsupported version",
                RejectionCode::IdReused => "rejections: id reused",
                RejectionCode::ClockAhead => "rejections: clock ahead",
                RejectionCode::AskAgain => "rejections: ask again",
            },
        };
        self.counts.add(what, 1);
    }

    /// The answers are those of the requests one after the other, in the order they were sent or in another one.
    fn in_some_order(&mut self, served: &[(Request, Receipt)], now: Timestamp) -> Check<Vec<Touched>> {
        let before = self.students.clone();
        let mut first_fault = None;
        for order in orders(served.len()) {
            let mut told = vec![Touched::new(); served.len()];
            let mut in_order = order.into_iter().map(|place| {
                told[place] = self.check_outcomes(&served[place].0, &served[place].1, now)?;
                Ok(())
            });
            match in_order.by_ref().collect::<Check>() {
                Ok(()) => return Ok(told),
                Err(fault) => first_fault = first_fault.or(Some(fault)),
            }
            self.students.clone_from(&before);
        }
        Err(first_fault.unwrap_or_default())
    }

    fn check_outcomes(&mut self, request: &Request, receipt: &Receipt, now: Timestamp) -> Check<Touched> {
        let catalogue = self.apps[request.via].catalogue();
        let device = self.devices[request.device].id;
        let student = &mut self.students[request.learner];
        if receipt.outcomes.len() != request.events.len() {
            return Err(format!("{} results for {} events", receipt.outcomes.len(), request.events.len()));
        }
        let (mut touched, mut told) = (Touched::new(), Vec::new());
        for (made, outcome) in request.events.iter().zip(&receipt.outcomes) {
            let verdict = student.judge(&catalogue, made, (device, now));
            if said(outcome) != (made.id, verdict.clone()) {
                return Err(format!("{} is answered with {outcome:?}, not {verdict:?}", made.value));
            }
            let Some(id) = made.id.filter(|_| !matches!(verdict, Verdict::Rejected(_))) else { continue };
            let event = student.log.get_mut(&id).expect("applied or known");
            let mark = mark(outcome);
            if matches!(verdict, Verdict::Duplicate(_)) && event.mark.is_some() && event.mark != mark {
                return Err(format!("a repeat of {} has another mark: {mark:?}, not {:?}", made.value, event.mark));
            }
            event.mark = mark;
            let applied = student.log.get(&id).filter(|_| matches!(verdict, Verdict::Applied(_)));
            told.extend(applied.and_then(|event| match (&event.what, event.value["kind"].as_str()) {
                (What::Void(target), _) => student.log.contains_key(target).then_some("voids of what was there"),
                _ if student.is_taken_back(id) => Some("voids before their answer"),
                (_, Some("review")) => Some("reviews applied"),
                (_, Some("suspend" | "resume" | "set_aside")) => Some("holds applied"),
                _ => None,
            }));
            touched.extend(student.subject(id).filter(|_| matches!(verdict, Verdict::Applied(_))));
        }
        told.into_iter().for_each(|what| self.counts.add(what, 1));
        Ok(touched)
    }

    /// I5: the receipt tells of its own batch, as the oracle folds it.
    fn check_receipt(&self, request: &Request, receipt: &Receipt, (touched, now): (&Touched, Timestamp)) -> Check {
        let student = &self.students[request.learner];
        if receipt.server_time != now || receipt.head > student.head {
            return Err(format!("the receipt says it is {} with head {}", receipt.server_time, receipt.head));
        }
        // Batches that shared the commit, or came after, may have moved the cards on.
        if receipt.head < student.head {
            return Ok(());
        }
        let catalogue = self.apps[request.via].catalogue();
        let states = states(&catalogue, touched, |course| student.fold(course));
        for (course, question) in touched {
            check_card(receipt, *question, &states[course], &student.choice(course).days())?;
        }
        let told: BTreeSet<QuestionId> =
            receipt.cards.iter().map(|card| card.question).chain(receipt.removed.iter().copied()).collect();
        if let Some(other) = told.iter().find(|id| !touched.iter().any(|(_, question)| question == *id)) {
            return Err(format!("the receipt tells of {other}, which the batch did not touch"));
        }
        check_concepts(receipt, &catalogue, touched, &states)
    }
}

fn states(
    catalogue: &Catalogue,
    touched: &Touched,
    fold: impl Fn(&laerd::app::CourseContent) -> State,
) -> BTreeMap<String, State> {
    let courses: BTreeSet<&String> = touched.iter().map(|(course, _)| course).collect();
    let state = |slug: &&String| fold(&catalogue.course(slug).expect("a course"));
    courses.iter().map(|slug| ((*slug).clone(), state(slug))).collect()
}

fn check_card(receipt: &Receipt, question: QuestionId, state: &State, day: &DayBoundary) -> Check {
    let told = receipt.cards.iter().find(|card| card.question == question);
    let told_gone = receipt.removed.contains(&question);
    let kept = state.cards.get(&question);
    let expected = kept.and_then(|state| folded_face(state, day));
    let told_card = told.map(face);
    // Of a question that was practised and no more, the server knows whether it had a card before.
    let only_practised = kept.is_some_and(|state| state.card.is_none());
    if told_card != expected || (told_gone != kept.is_none() && !only_practised) {
        return Err(format!("the receipt has {told_card:?} (gone: {told_gone}) for {question}, not {expected:?}"));
    }
    Ok(())
}

fn check_concepts(
    receipt: &Receipt,
    catalogue: &Catalogue,
    touched: &Touched,
    states: &BTreeMap<String, State>,
) -> Check {
    let mut expected = BTreeMap::new();
    for (slug, question) in touched {
        let course = catalogue.course(slug).expect("a course");
        let concepts = course.model.items.get(question).map(|item| item.concepts.clone()).unwrap_or_default();
        for concept in concepts.iter().filter(|concept| course.model.concepts.contains_key(*concept)) {
            let level = states[slug].concepts.get(concept).map_or(Level::NotStarted, |belief| belief.level);
            expected.insert((slug.clone(), concept.clone()), level);
        }
    }
    let place = |change: &ConceptChange| (change.course.clone(), change.concept.clone());
    let told: BTreeMap<_, Level> = receipt.concepts.iter().map(|change| (place(change), change.level)).collect();
    if told != expected { Err(format!("the receipt has the levels {told:?}, not {expected:?}")) } else { Ok(()) }
}

/// Every order of so many things, that in which they stand first.
fn orders(count: usize) -> Vec<Vec<usize>> {
    (0..count).fold(vec![Vec::new()], |shorter, place| {
        let with = |order: &Vec<usize>| {
            let order = order.clone();
            (0..=order.len()).rev().map(move |at| [&order[..at], &[place], &order[at..]].concat())
        };
        shorter.iter().flat_map(with).collect()
    })
}

fn said(outcome: &Outcome) -> (Option<Uuid>, Verdict) {
    match outcome {
        Outcome::Applied { id, seq, .. } => (Some(id.0), Verdict::Applied(*seq)),
        Outcome::Duplicate { id, seq, .. } => (Some(id.0), Verdict::Duplicate(*seq)),
        Outcome::Rejected { id, rejection } => (id.map(|id| id.0), Verdict::Rejected(rejection.code)),
    }
}

fn mark(outcome: &Outcome) -> Option<Mark> {
    match outcome {
        Outcome::Applied { mark, .. } | Outcome::Duplicate { mark, .. } => mark.as_deref().cloned(),
        Outcome::Rejected { .. } => None,
    }
}

fn answer(request: Request, receipt: &Receipt) -> Answer {
    let results = request.events.into_iter().zip(&receipt.outcomes).map(|(made, outcome)| {
        let heard = match outcome {
            Outcome::Rejected { rejection, .. } if rejection.code.is_retryable() => Heard::TooEarly,
            Outcome::Rejected { .. } => Heard::Refused,
            _ => Heard::Stored,
        };
        (made.id, made.value, heard)
    });
    Answer { device: request.device, era: request.era, results: results.collect(), news: News::of(receipt) }
}
