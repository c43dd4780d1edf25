//! What a team does about it: activities with an agreed follow-up, and how much a concept matters to the team.
//!
//! Participation is recorded by the activity having taken place; nobody's name and no score is.

use super::{App, Caller, Error, Fault, Page, Result, Version, cursor::after, requests::Asked};
use crate::{
    domain::{coverage::Importance, teamwork::ActivityKind},
    store::{
        self,
        activities::{Activity, Agreement, Backup},
    },
    vocab::id::{ActivityId, UnitId},
};
use jiff::civil::Date;
use uuid::Uuid;

/// An activity as its team writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityChoice {
    pub kind: ActivityKind,
    pub title: String,
    pub held_on: Date,
    pub course: Option<String>,
    pub concept: Option<String>,
    pub follow_up: Option<String>,
    pub follow_up_on: Option<Date>,
    pub done: bool,
}

/// What a team agrees on for a concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementChoice {
    pub importance: u8,
    pub backup_title: Option<String>,
    pub backup_url: Option<String>,
    pub review_on: Option<Date>,
}

const ACTIVITIES: u64 = 100;
const TITLE: usize = 200;
const TEXT: usize = 2_000;

impl App {
    /// The activities of a team, the newest first.
    pub async fn activities(&self, caller: Caller, team: UnitId, cursor: Option<&str>) -> Result<Page<Activity>> {
        self.seen(caller, team).await?;
        let after = after(cursor, read_place)?;
        let after = after.as_ref().map(|(day, id)| (day.as_str(), *id));
        let items = store::activities::of_unit(&self.db, team, after, ACTIVITIES).await?;
        Ok(Page::new(items, ACTIVITIES, |last| format!("{}/{}", last.held_on, last.id)))
    }

    /// Writes an activity down. `key` is the client's own for this request: sent again, it gives what it has made, as
    /// it is now.
    pub async fn add_activity(
        &self,
        caller: Caller,
        team: UnitId,
        key: Uuid,
        choice: ActivityChoice,
    ) -> Result<Activity> {
        self.seen(caller, team).await?;
        self.check_activity(&choice)?;
        let activity = activity(ActivityId(self.ids.uuid()), team, 1, choice);
        let txn = self.db.write().await?;
        if let Some(made) = self.once(&txn, (caller.learner, key), asked(&activity), activity.id.0).await? {
            let made = store::activities::find(&txn, team, ActivityId(made)).await?;
            return made.ok_or(Error::NotFound("activity"));
        }
        store::activities::insert(&txn, &activity).await?;
        txn.commit().await?;
        Ok(activity)
    }

    pub async fn change_activity(
        &self,
        caller: Caller,
        (team, id): (UnitId, ActivityId),
        version: Version,
        choice: ActivityChoice,
    ) -> Result<Activity> {
        self.seen(caller, team).await?;
        self.check_activity(&choice)?;
        let txn = self.db.write().await?;
        let stored = store::activities::find(&txn, team, id).await?.ok_or(Error::NotFound("activity"))?;
        let expected = version.check(stored.version)?;
        let activity = activity(id, team, expected + 1, choice);
        if !store::activities::update(&txn, &activity, expected).await? {
            return Err(Error::VersionOutdated);
        }
        txn.commit().await?;
        Ok(activity)
    }

    pub async fn delete_activity(
        &self,
        caller: Caller,
        (team, id): (UnitId, ActivityId),
        version: Version,
    ) -> Result<()> {
        self.seen(caller, team).await?;
        let txn = self.db.write().await?;
        let stored = store::activities::find(&txn, team, id).await?.ok_or(Error::NotFound("activity"))?;
        if !store::activities::delete(&txn, id, version.check(stored.version)?).await? {
            return Err(Error::VersionOutdated);
        }
        Ok(txn.commit().await?)
    }

    /// Writes down what a team has agreed on for a concept. Where nothing is agreed yet, the version is 0.
    pub async fn agree(
        &self,
        caller: Caller,
        (team, course, concept): (UnitId, &str, &str),
        version: Version,
        choice: AgreementChoice,
    ) -> Result<Agreement> {
        self.seen(caller, team).await?;
        self.catalogue().course(course)?.concept(concept)?;
        let (importance, backup) = check_agreement(choice)?;
        let txn = self.db.write().await?;
        // The unit's row keeps two writers of the same team apart.
        store::units::lock(&txn, team).await?;
        let stored = store::activities::agreements(&txn, team, course).await?;
        let expected = version.check(stored.get(concept).map_or(0, |agreement| agreement.version))?;
        let agreement = Agreement { version: expected + 1, importance, backup };
        store::activities::agree(&txn, team, (course, concept), &agreement).await?;
        txn.commit().await?;
        Ok(agreement)
    }

    fn check_activity(&self, choice: &ActivityChoice) -> Result<()> {
        let mut faults = Vec::new();
        text(&mut faults, "/title", Some(&choice.title), TITLE);
        text(&mut faults, "/follow_up", choice.follow_up.as_ref(), TEXT);
        match (&choice.course, &choice.concept) {
            (None, None) => {}
            (Some(course), Some(concept)) => match self.catalogue().course(course) {
                Ok(content) if content.concept(concept).is_ok() => {}
                Ok(_) => faults.push(Fault::new("/concept", "the course has no such concept")),
                Err(_) => faults.push(Fault::new("/course", "there is no such course")),
            },
            _ => faults.push(Fault::new("/concept", "send `course` and `concept` together, or neither")),
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

fn activity(id: ActivityId, unit: UnitId, version: i32, choice: ActivityChoice) -> Activity {
    Activity {
        id,
        unit,
        version,
        kind: choice.kind,
        title: choice.title,
        held_on: choice.held_on.to_string(),
        about: choice.course.zip(choice.concept),
        follow_up: choice.follow_up,
        follow_up_on: choice.follow_up_on.map(|day| day.to_string()),
        done: choice.done,
    }
}

/// A new activity as its request asked for it.
fn asked(activity: &Activity) -> Asked<'static> {
    let (course, concept) = activity.about.clone().unzip();
    let parts = vec![
        Some(activity.unit.to_string()),
        Some(activity.kind.as_str().to_owned()),
        Some(activity.title.clone()),
        Some(activity.held_on.clone()),
        course,
        concept,
        activity.follow_up.clone(),
        activity.follow_up_on.clone(),
        Some(activity.done.to_string()),
    ];
    Asked("activity", parts)
}

fn check_agreement(choice: AgreementChoice) -> Result<(Importance, Option<Backup>)> {
    let mut faults = Vec::new();
    let importance = Importance::new(choice.importance);
    if importance.is_none() {
        faults.push(Fault::new("/importance", "use 1, 2 or 3"));
    }
    text(&mut faults, "/backup/title", choice.backup_title.as_ref(), TITLE);
    text(&mut faults, "/backup/url", choice.backup_url.as_ref(), TEXT);
    if choice.backup_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        faults.push(Fault::new("/backup/url", "use an address that begins with https:// or http://"));
    }
    let review_on = choice.review_on.map(|day| day.to_string());
    let backup = choice.backup_title.map(|title| Backup { title, url: choice.backup_url, review_on });
    match importance {
        Some(importance) if faults.is_empty() => Ok((importance, backup)),
        _ => Err(Error::Invalid(faults)),
    }
}

/// PostgreSQL cannot store a NUL, and an empty text says nothing.
fn text(faults: &mut Vec<Fault>, pointer: &str, text: Option<&String>, most: usize) {
    let holds = |text: &String| (1..=most).contains(&text.trim().chars().count()) && !text.contains('\0');
    if text.is_some_and(|text| !holds(text)) {
        faults.push(Fault::new(pointer, format!("use 1 to {most} characters")));
    }
}

/// A day and an id, as a page ends with them.
fn read_place(text: &str) -> Option<(String, ActivityId)> {
    let (day, id) = text.split_once('/')?;
    Some((day.parse::<Date>().ok()?.to_string(), ActivityId(id.parse().ok()?)))
}
