//! The organisation as administrators shape it: units, their leads, the codes by which people join.

use super::{App, Caller, Error, Fault, Result, requests::Asked};
use crate::{
    domain::{
        access::{Action, Decision, decide},
        coverage::{REST_WEEKS, Tree},
    },
    store::{
        self, Txn,
        units::{Invitation, Unit},
    },
    vocab::{
        id::{LearnerId, UnitId},
        time::Week,
    },
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What an administrator chooses for a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitChoice {
    pub name: String,
    pub parent: Option<UnitId>,
}

/// A unit as an administrator sees it.
pub struct UnitView {
    pub unit: Unit,
    /// Names from the organisation down, with `/` between.
    pub path: String,
    /// Account names.
    pub leads: Vec<String>,
}

/// The version a change is made to, from If-Match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The client did not say.
    Unsaid,
    /// Whatever it is, as long as it exists.
    Any,
    /// This one; `None` if it is none of ours.
    Is(Option<i32>),
}

/// The version of what does not exist yet.
const NOTHING: i32 = 0;
/// Letters a name may have. No `/`, which stands between the names of a path.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 1..=100;
/// Units that an organisation has at most, and levels.
const MOST_UNITS: usize = 5_000;
const MOST_LEVELS: usize = 10;
/// Days an invitation holds at most.
const INVITATION_DAYS: i64 = 365;

impl Version {
    /// What the stored version must be, given what it is; `NOTHING` where nothing is stored.
    pub(super) fn check(self, stored: i32) -> Result<i32> {
        match self {
            Self::Unsaid => Err(Error::VersionRequired),
            Self::Any if stored == NOTHING => Err(Error::VersionOutdated),
            Self::Any => Ok(stored),
            Self::Is(version) if version == Some(stored) => Ok(stored),
            Self::Is(_) => Err(Error::VersionOutdated),
        }
    }
}

impl Caller {
    /// Goes on only for those who may; for others it does not exist.
    pub(super) fn may(self, action: Action) -> Result<()> {
        match decide(Some(self.role), action) {
            Decision::Allow => Ok(()),
            Decision::Deny => Err(Error::Unauthenticated),
            Decision::Hide => Err(Error::NotFound("operation")),
        }
    }
}

impl App {
    /// Every unit with its leads.
    pub async fn units(&self, caller: Caller) -> Result<Vec<UnitView>> {
        caller.may(Action::Administer)?;
        let units = store::units::all(&self.db).await?;
        let paths = paths(&units);
        let mut leads: BTreeMap<UnitId, Vec<String>> = BTreeMap::new();
        for (unit, name) in store::units::leads(&self.db).await? {
            leads.entry(unit).or_default().push(name);
        }
        let view = |unit: Unit| UnitView {
            path: paths.get(&unit.id).cloned().unwrap_or_default(),
            leads: leads.remove(&unit.id).unwrap_or_default(),
            unit,
        };
        let mut views: Vec<UnitView> = units.into_iter().map(view).collect();
        views.sort_by(|left, right| (&left.path, left.unit.id).cmp(&(&right.path, right.unit.id)));
        Ok(views)
    }

    pub async fn unit(&self, caller: Caller, id: UnitId) -> Result<UnitView> {
        let views = self.units(caller).await?;
        views.into_iter().find(|view| view.unit.id == id).ok_or(Error::NotFound("unit"))
    }

    /// A new unit. `key` is the client's own for this request: sent again, it gives the unit it has made, as it is now.
    pub async fn create_unit(&self, caller: Caller, key: Uuid, choice: UnitChoice) -> Result<UnitView> {
        caller.may(Action::Administer)?;
        let id = UnitId(self.ids.uuid());
        let txn = self.db.write().await?;
        store::units::hold_tree(&txn).await?;
        let asked = Asked("unit", vec![Some(choice.name.clone()), choice.parent.map(|parent| parent.to_string())]);
        if let Some(made) = self.once(&txn, (caller.learner, key), asked, id.0).await? {
            drop(txn);
            return self.unit(caller, UnitId(made)).await;
        }
        let name = self.check_unit(&txn, id, &choice).await?;
        let created_at = self.clock.now();
        let unit = Unit { id, parent: choice.parent, name, version: 1, invitation: None, created_at };
        store::units::insert(&txn, &unit).await.map_err(name_taken)?;
        txn.commit().await?;
        self.unit(caller, id).await
    }

    /// Renames or moves a unit.
    pub async fn change_unit(
        &self,
        caller: Caller,
        id: UnitId,
        version: Version,
        choice: UnitChoice,
    ) -> Result<UnitView> {
        let (txn, unit) = self.open_unit(caller, id).await?;
        let expected = version.check(unit.version)?;
        let name = self.check_unit(&txn, id, &choice).await?;
        let unit = Unit { name, parent: choice.parent, version: expected + 1, ..unit };
        self.save_unit(txn, &unit, expected).await?;
        self.unit(caller, id).await
    }

    /// Removes a unit that nobody is a member of and no unit lies in.
    pub async fn delete_unit(&self, caller: Caller, id: UnitId, version: Version) -> Result<()> {
        let (txn, unit) = self.open_unit(caller, id).await?;
        let expected = version.check(unit.version)?;
        let has_children = store::units::all(&txn).await?.iter().any(|unit| unit.parent == Some(id));
        if has_children || store::memberships::any(&txn, id).await? {
            return Err(Error::InUse);
        }
        if !store::units::delete(&txn, id, expected).await? {
            return Err(Error::VersionOutdated);
        }
        Ok(txn.commit().await?)
    }

    /// A new code to join by, in place of the old one; `None` takes the code away.
    pub async fn invite(&self, caller: Caller, id: UnitId, days: Option<i64>) -> Result<Option<Invitation>> {
        if days.is_some_and(|days| !(1..=INVITATION_DAYS).contains(&days)) {
            let detail = format!("use a whole number from 1 to {INVITATION_DAYS}");
            return Err(Error::Invalid(vec![Fault::new("/days", detail)]));
        }
        let (txn, unit) = self.open_unit(caller, id).await?;
        let ends_at = |days: i64| self.clock.now().plus_ms(days * 86_400_000);
        let invitation = days.map(|days| Invitation { code: self.invitation_code(), ends_at: ends_at(days) });
        let expected = unit.version;
        let unit = Unit { invitation: invitation.clone(), version: expected + 1, ..unit };
        self.save_unit(txn, &unit, expected).await?;
        Ok(invitation)
    }

    /// Lets an account see the figures of a unit, or no longer. Who may see figures is counted in none: the cohort he
    /// was in ends with its points before he can read the first one, and not at the next refresh.
    pub async fn set_lead(&self, caller: Caller, id: UnitId, account: &str, leads: bool) -> Result<()> {
        let (txn, _) = self.open_unit(caller, id).await?;
        let learner = account_of(&txn, account).await?;
        store::learners::lock(&txn, learner).await?.ok_or(Error::NotFound("account"))?;
        if leads {
            let now = self.clock.now();
            store::units::grant(&txn, learner, id, now).await?;
            let counted_in = store::memberships::lock(&txn, learner).await?.and_then(|membership| membership.cohort);
            store::coverage::end(&txn, counted_in.as_slice(), Week::of(now).plus(REST_WEEKS)).await?;
        } else if !store::units::revoke(&txn, learner, id).await? {
            return Err(Error::NotFound("lead"));
        }
        Ok(txn.commit().await?)
    }

    async fn open_unit(&self, caller: Caller, id: UnitId) -> Result<(Txn, Unit)> {
        caller.may(Action::Administer)?;
        let txn = self.db.write().await?;
        store::units::hold_tree(&txn).await?;
        let unit = store::units::find(&txn, id).await?.ok_or(Error::NotFound("unit"))?;
        Ok((txn, unit))
    }

    async fn save_unit(&self, txn: Txn, unit: &Unit, expected: i32) -> Result<()> {
        if !store::units::update(&txn, unit, expected).await.map_err(name_taken)? {
            return Err(Error::VersionOutdated);
        }
        Ok(txn.commit().await?)
    }

    /// The name as it is to be stored; every fault of a choice at once.
    async fn check_unit(&self, txn: &Txn, id: UnitId, choice: &UnitChoice) -> Result<String> {
        let name = choice.name.trim().to_owned();
        let mut faults = Vec::new();
        let is_plain = |c: char| c != '/' && !c.is_control();
        if !NAME_LENGTH.contains(&name.chars().count()) || !name.chars().all(is_plain) {
            faults.push(Fault::new("/name", "use 1 to 100 characters, without / and line breaks"));
        }
        let units = store::units::all(txn).await?;
        let tree = tree(&units);
        if let Some(parent) = choice.parent {
            if !tree.contains(parent) {
                faults.push(Fault::new("/parent", "there is no such unit"));
            } else if !tree.may_hang(id, parent) {
                faults.push(Fault::new("/parent", "a unit cannot lie in itself or in what lies in it"));
            } else if tree.upwards(parent).count() + tree.levels_from(id) > MOST_LEVELS {
                faults.push(Fault::new("/parent", format!("an organisation has at most {MOST_LEVELS} levels")));
            }
        }
        if units.len() >= MOST_UNITS && !tree.contains(id) {
            faults.push(Fault::new("", format!("an organisation has at most {MOST_UNITS} units")));
        }
        if faults.is_empty() { Ok(name) } else { Err(Error::Invalid(faults)) }
    }

    /// Twelve letters and digits that are not mistaken for each other, in threes of four: 60 bits.
    fn invitation_code(&self) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let letters: Vec<char> =
            self.ids.secret().iter().take(12).map(|byte| char::from(LETTERS[usize::from(*byte) % 32])).collect();
        let parts: Vec<String> = letters.chunks(4).map(|part| part.iter().collect()).collect();
        parts.join("-")
    }
}

pub(super) async fn account_of(txn: &Txn, name: &str) -> Result<LearnerId> {
    let name = super::accounts::fold_name(name);
    let account = if super::accounts::is_name(&name) { store::accounts::find_by_name(txn, &name).await? } else { None };
    account.map(|account| account.learner).ok_or(Error::NotFound("account"))
}

pub(super) fn tree(units: &[Unit]) -> Tree {
    Tree::new(units.iter().map(|unit| (unit.id, unit.parent)))
}

/// The path of each unit.
pub(super) fn paths(units: &[Unit]) -> BTreeMap<UnitId, String> {
    let tree = tree(units);
    let names: BTreeMap<UnitId, &str> = units.iter().map(|unit| (unit.id, unit.name.as_str())).collect();
    let path = |unit: UnitId| {
        let mut parts: Vec<&str> = tree.upwards(unit).filter_map(|unit| names.get(&unit).copied()).collect();
        parts.reverse();
        parts.join("/")
    };
    units.iter().map(|unit| (unit.id, path(unit.id))).collect()
}

fn name_taken(error: store::StoreError) -> Error {
    match error {
        store::StoreError::Taken => {
            Error::Invalid(vec![Fault::new("/name", "there is a unit of this name in this place; choose another")])
        }
        other => other.into(),
    }
}
