//! Teams as their members and their leads see them.
//!
//! A lead sees the names of those who are members of a team, and since when: that is what he knows anyway, and a member
//! is told so before he joins. Nothing else here is about a person.

use super::{App, Caller, Error, Fault, Page, Result, cursor::after, units};
use crate::{
    domain::{
        access::{Action, Decision, decide},
        coverage::Tree,
        teamwork::CONSENT_VERSION,
    },
    store::{
        self, Connection,
        memberships::{Membership, Source},
        units::Unit,
    },
    vocab::{
        id::UnitId,
        time::{Timestamp, Week},
    },
};
use std::collections::BTreeMap;

/// A unit as its lead sees it.
pub struct Team {
    pub unit: Unit,
    /// Names from the organisation down, with `/` between.
    pub path: String,
}

/// A team the caller is a member of.
pub struct MyTeam {
    pub team: UnitId,
    pub name: String,
    pub path: String,
    pub joined_at: Timestamp,
    /// The version of the text he has agreed to; none if he was put there by a list.
    pub consent: Option<String>,
    /// Whether he is counted in figures.
    pub counted: bool,
}

/// Every unit with what lies in what.
pub(super) struct Organisation {
    pub units: BTreeMap<UnitId, Unit>,
    pub paths: BTreeMap<UnitId, String>,
    pub tree: Tree,
}

/// Names told at a time.
const MEMBERS: u64 = 200;

impl App {
    /// The team the caller is a member of, if any.
    pub async fn my_teams(&self, caller: Caller) -> Result<Vec<MyTeam>> {
        let found = store::memberships::find(&self.db, caller.learner).await?;
        let Some(membership) = found.filter(|membership| membership.left_at.is_none()) else { return Ok(Vec::new()) };
        let mine = self.organisation().await?.mine(&membership);
        Ok(mine.into_iter().collect())
    }

    /// What a code is for, so that one can see it before joining.
    pub async fn invitation(&self, _caller: Caller, code: &str) -> Result<Team> {
        let unit = self.invited_to(&self.db, code).await?;
        let path = self.organisation().await?.paths.remove(&unit.id).unwrap_or_default();
        Ok(Team { unit, path })
    }

    /// Joins the team of a code. `consent` is the version of the text the learner was shown.
    pub async fn join_team(&self, caller: Caller, code: &str, consent: &str) -> Result<MyTeam> {
        if consent != CONSENT_VERSION {
            let detail = format!("show the learner the text in force, {CONSENT_VERSION}, and send its version");
            return Err(Error::Invalid(vec![Fault::new("/consent", detail)]));
        }
        // A wrong code takes nobody's turn to write.
        self.invited_to(&self.db, code).await?;
        let txn = self.db.write().await?;
        store::units::hold_tree(&txn).await?;
        let unit = self.invited_to(&txn, code).await?;
        store::learners::lock(&txn, caller.learner).await?.ok_or(Error::Erased)?;
        if store::accounts::find(&txn, caller.learner).await?.is_none() {
            return Err(Error::AccountRequired);
        }
        let known = store::memberships::lock(&txn, caller.learner).await?;
        let present = known.as_ref().filter(|known| known.left_at.is_none());
        if present.is_some_and(|present| present.unit != unit.id) {
            return Err(Error::AlreadyMember);
        }
        let now = self.clock.now();
        let counts_from = Week::of(now).max(known.as_ref().map_or(Week(0), |known| known.counts_from));
        let membership = Membership {
            learner: caller.learner,
            unit: unit.id,
            source: Source::Invitation,
            consent: Some(consent.to_owned()),
            joined_at: present.map_or(now, |present| present.joined_at),
            left_at: None,
            opted_out: false,
            counts_from,
            cohort: known.and_then(|known| known.cohort),
        };
        store::memberships::put(&txn, std::slice::from_ref(&membership)).await?;
        txn.commit().await?;
        self.organisation().await?.mine(&membership).ok_or(Error::NotFound("team"))
    }

    /// Leaves a team; from the next refresh on the caller is in no figure.
    pub async fn leave_team(&self, caller: Caller, team: UnitId) -> Result<()> {
        let txn = self.db.write().await?;
        store::learners::lock(&txn, caller.learner).await?.ok_or(Error::Erased)?;
        let found = store::memberships::lock(&txn, caller.learner).await?;
        let present = found.filter(|membership| membership.unit == team && membership.left_at.is_none());
        let membership = present.ok_or(Error::NotFound("team"))?;
        let left = Membership { opted_out: true, ..membership.ended(self.clock.now()) };
        store::memberships::put(&txn, &[left]).await?;
        Ok(txn.commit().await?)
    }

    /// The units the caller may look at: those he leads with what lies in them; all for an administrator.
    pub async fn teams(&self, caller: Caller) -> Result<Vec<Team>> {
        let organisation = self.organisation().await?;
        let led = store::units::led_by(&self.db, caller.learner).await?;
        let is_seen = |unit: &UnitId| organisation.is_seen(caller, &led, *unit);
        let seen = organisation.units.values().filter(|unit| is_seen(&unit.id)).cloned();
        let path = |unit: &Unit| organisation.paths.get(&unit.id).cloned().unwrap_or_default();
        let mut teams: Vec<Team> = seen.map(|unit| Team { path: path(&unit), unit }).collect();
        teams.sort_by(|left, right| (&left.path, left.unit.id).cmp(&(&right.path, right.unit.id)));
        Ok(teams)
    }

    /// Names of the members of a team, by name, and since when.
    pub async fn team_members(
        &self,
        caller: Caller,
        team: UnitId,
        cursor: Option<&str>,
    ) -> Result<Page<(String, Timestamp)>> {
        self.seen(caller, team).await?;
        // No name has a character that PostgreSQL cannot read.
        let after = after(cursor, |name| (!name.contains('\0')).then(|| name.to_owned()))?;
        let names = store::memberships::names(&self.db, team, after.as_deref(), MEMBERS).await?;
        Ok(Page::new(names, MEMBERS, |(name, _)| name.clone()))
    }

    /// The organisation, if the caller may look at this unit; for others the unit does not exist.
    pub(super) async fn seen(&self, caller: Caller, team: UnitId) -> Result<Organisation> {
        let organisation = self.organisation().await?;
        let led = store::units::led_by(&self.db, caller.learner).await?;
        if organisation.units.contains_key(&team) && organisation.is_seen(caller, &led, team) {
            return Ok(organisation);
        }
        Err(Error::NotFound("team"))
    }

    pub(super) async fn organisation(&self) -> Result<Organisation> {
        let units = store::units::all(&self.db).await?;
        let (paths, tree) = (units::paths(&units), units::tree(&units));
        Ok(Organisation { units: units.into_iter().map(|unit| (unit.id, unit)).collect(), paths, tree })
    }

    async fn invited_to(&self, db: &impl Connection, code: &str) -> Result<Unit> {
        let code = code.trim().to_uppercase();
        let is_code = code.len() <= 20 && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let unit = if is_code { store::units::find_by_invitation(db, &code).await? } else { None };
        let now = self.clock.now();
        let holds = |unit: &Unit| unit.invitation.as_ref().is_some_and(|invitation| invitation.ends_at > now);
        unit.filter(holds).ok_or(Error::NotFound("invitation"))
    }
}

impl Organisation {
    /// The unit and all that lies in it.
    pub(super) fn within(&self, unit: UnitId) -> Vec<UnitId> {
        self.units.keys().copied().filter(|inner| self.tree.is_within(*inner, unit)).collect()
    }

    fn is_seen(&self, caller: Caller, led: &[UnitId], unit: UnitId) -> bool {
        let grant = led.iter().any(|led| self.tree.is_within(unit, *led));
        decide(Some(caller.role), Action::Lead { grant }) == Decision::Allow
    }

    fn mine(&self, membership: &Membership) -> Option<MyTeam> {
        let unit = self.units.get(&membership.unit)?;
        Some(MyTeam {
            team: unit.id,
            name: unit.name.clone(),
            path: self.paths.get(&unit.id).cloned().unwrap_or_default(),
            joined_at: membership.joined_at,
            consent: membership.consent.clone(),
            counted: membership.cohort.is_some(),
        })
    }
}
