//! Who belongs where, as an administrator's list says: all of it, or nothing and every fault.
//!
//! Who has opted out is a fault of the list, not a case for it: nobody is put back against his will.

use super::{App, Caller, Error, Fault, Result, accounts, units};
use crate::{
    domain::{
        access::Action,
        coverage::NOTICE_WEEKS,
        roster::{self, Field, Row},
    },
    store::{
        self, Txn,
        memberships::{Membership, Source},
    },
    vocab::{
        id::{LearnerId, UnitId},
        time::{Timestamp, Week},
    },
};
use std::collections::HashMap;

/// What a list has changed, in people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    pub added: usize,
    /// Members of another unit before.
    pub moved: usize,
    pub unchanged: usize,
}

/// Faults told at once at most; as many as a problem holds.
const MOST_FAULTS: usize = 1_000;

/// What the rows are looked up in.
struct Known {
    accounts: HashMap<String, LearnerId>,
    /// By path, as folded: names that differ in case alone are one.
    units: HashMap<String, Vec<UnitId>>,
    memberships: HashMap<LearnerId, Membership>,
}

impl App {
    /// Puts people into units as the list says. Those it does not name stay where they are. The same list again changes
    /// nothing.
    pub async fn import_roster(&self, caller: Caller, csv: &str) -> Result<Imported> {
        caller.may(Action::Administer)?;
        let (rows, mut faults) = roster::parse(csv);
        let txn = self.db.write().await?;
        store::units::hold_tree(&txn).await?;
        let known = known(&txn, &rows).await?;
        let mut first: HashMap<LearnerId, usize> = HashMap::new();
        let mut placed = Vec::new();
        for row in &rows {
            let place = known.place(row).and_then(|(learner, unit)| match first.insert(learner, row.account.line) {
                Some(line) => Err(fault(&row.account, format!("this account stands on line {line} already"))),
                None => Ok((learner, unit)),
            });
            match place {
                Ok(place) => placed.push(place),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(told(faults));
        }
        let (changed, imported) = changes(&placed, &known.memberships, self.clock.now());
        store::memberships::put(&txn, &changed).await?;
        txn.commit().await?;
        Ok(imported)
    }

    /// Takes a member out of a unit. He may be put back by a list, unlike one who has left himself.
    pub async fn remove_member(&self, caller: Caller, unit: UnitId, account: &str) -> Result<()> {
        caller.may(Action::Administer)?;
        let txn = self.db.write().await?;
        let learner = units::account_of(&txn, account).await?;
        store::learners::lock(&txn, learner).await?.ok_or(Error::NotFound("member"))?;
        let found = store::memberships::lock(&txn, learner).await?;
        let present = found.filter(|membership| membership.unit == unit && membership.left_at.is_none());
        let membership = present.ok_or(Error::NotFound("member"))?;
        store::memberships::put(&txn, &[membership.ended(self.clock.now())]).await?;
        Ok(txn.commit().await?)
    }
}

async fn known(txn: &Txn, rows: &[Row]) -> Result<Known> {
    let names: Vec<String> = rows.iter().map(|row| accounts::fold_name(&row.account.text)).collect();
    // A name that no account can have is not looked up: PostgreSQL cannot even store every character.
    let names: Vec<String> = names.into_iter().filter(|name| accounts::is_name(name)).collect();
    let mut accounts = store::accounts::named(txn, &names).await?;
    let mut learners: Vec<LearnerId> = accounts.values().copied().collect();
    learners.sort_unstable();
    // Whoever leaves or goes meanwhile has left or gone, and nothing is written over it.
    let present = store::learners::lock_all(txn, &learners).await?;
    accounts.retain(|_, learner| present.contains_key(learner));
    let mut units: HashMap<String, Vec<UnitId>> = HashMap::new();
    for (id, path) in units::paths(&store::units::all(txn).await?) {
        units.entry(fold_path(&path)).or_default().push(id);
    }
    Ok(Known { accounts, units, memberships: store::memberships::of(txn, &learners).await? })
}

impl Known {
    fn place(&self, row: &Row) -> std::result::Result<(LearnerId, UnitId), roster::Fault> {
        let learner = self.accounts.get(&accounts::fold_name(&row.account.text));
        let learner = learner.ok_or_else(|| fault(&row.account, "there is no such account".to_owned()))?;
        let unit = match self.units.get(&fold_path(&row.unit.text)).map(Vec::as_slice) {
            None | Some([]) => return Err(fault(&row.unit, "there is no unit with this path".to_owned())),
            Some([unit]) => *unit,
            Some(_) => {
                let detail = "two units have this path but for capital letters; rename one of them first";
                return Err(fault(&row.unit, detail.to_owned()));
            }
        };
        if self.memberships.get(learner).is_some_and(|membership| membership.opted_out) {
            return Err(fault(&row.account, "this person has left by choice; only he can join again".to_owned()));
        }
        Ok((*learner, unit))
    }
}

fn changes(
    placed: &[(LearnerId, UnitId)],
    before: &HashMap<LearnerId, Membership>,
    now: Timestamp,
) -> (Vec<Membership>, Imported) {
    let (mut changed, mut imported) = (Vec::new(), Imported::default());
    let notice = Week::of(now).plus(1 + NOTICE_WEEKS);
    for (learner, unit) in placed {
        let known = before.get(learner);
        match known.filter(|known| known.left_at.is_none()) {
            Some(present) if present.unit == *unit => {
                imported.unchanged += 1;
                continue;
            }
            Some(_) => imported.moved += 1,
            None => imported.added += 1,
        }
        changed.push(Membership {
            learner: *learner,
            unit: *unit,
            source: Source::Import,
            consent: None,
            joined_at: now,
            left_at: None,
            opted_out: false,
            counts_from: known.map_or(notice, |known| known.counts_from.max(notice)),
            cohort: known.and_then(|known| known.cohort),
        });
    }
    (changed, imported)
}

/// Spaces around a name and the case of letters are nobody's intention.
fn fold_path(path: &str) -> String {
    let parts: Vec<String> = path.split('/').map(|part| part.trim().to_lowercase()).collect();
    parts.join("/")
}

fn fault(field: &Field, detail: String) -> roster::Fault {
    roster::Fault { line: field.line, column: field.column, detail }
}

fn told(mut faults: Vec<roster::Fault>) -> Error {
    faults.sort_by_key(|fault| (fault.line, fault.column));
    let one = |fault: &roster::Fault| {
        let place = format!("line {}, column {}", fault.line, fault.column);
        Fault::new(place.clone(), format!("{place}: {}", fault.detail))
    };
    Error::Invalid(faults.iter().take(MOST_FAULTS).map(one).collect())
}
