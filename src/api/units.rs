//! The organisation as administrators shape it.

use super::{
    Tag,
    auth::Signed,
    body::{Body, present},
    csv::Csv,
    identity::Gone,
    versions::{Made, Now, version},
    wire::At,
};
use crate::{
    app::{self, App, UnitView},
    store::units,
    vocab::id::UnitId,
};
use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

pub struct Units;

/// What to choose for a unit.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(rename = "UnitChoice", skip_serializing_if_is_none, deny_unknown_fields)]
pub struct Choice {
    /// Unique in its place; no `/`.
    #[oai(validator(min_length = 1, max_length = 100, pattern = "^[^/]+$"))]
    name: String,
    /// The unit it lies in. Left out: it is the whole organisation.
    #[serde(default, deserialize_with = "present")]
    parent: Option<Uuid>,
}

/// A code by which people join a unit.
#[derive(Object)]
pub struct Invitation {
    #[oai(validator(max_length = 20))]
    code: String,
    ends_at: At,
}

/// How long a code holds.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct InvitationChoice {
    /// Days from now.
    #[oai(validator(minimum(value = "1"), maximum(value = "365")))]
    days: u16,
}

/// A unit.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Unit {
    id: Uuid,
    /// For If-Match, in quotes.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000000")))]
    version: i32,
    #[oai(validator(max_length = 100))]
    name: String,
    /// Names from the organisation down, with `/` between; names the unit in a list of members.
    #[oai(validator(max_length = 2000))]
    path: String,
    /// The unit it lies in.
    parent: Option<Uuid>,
    invitation: Option<Invitation>,
    /// Accounts that see the figures of this unit and of all in it. They are counted in none.
    #[oai(validator(max_items = 1000))]
    leads: Vec<String>,
}

/// Units by path.
#[derive(Object)]
pub struct UnitList {
    #[oai(validator(max_items = 5000))]
    units: Vec<Unit>,
}

/// What a list has changed, in people.
#[derive(Object)]
pub struct Imported {
    #[oai(validator(minimum(value = "0"), maximum(value = "20000")))]
    added: i32,
    /// Members of another unit before.
    #[oai(validator(minimum(value = "0"), maximum(value = "20000")))]
    moved: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "20000")))]
    unchanged: i32,
}

#[OpenApi]
impl Units {
    /// All units
    #[oai(path = "/v1/admin/units", method = "get", operation_id = "getUnits", tag = "Tag::Administration")]
    async fn get_units(&self, app: Data<&Arc<App>>, caller: Signed) -> poem::Result<Json<UnitList>> {
        let units = app.units(caller.0).await?.into_iter().map(Unit::from).collect();
        Ok(Json(UnitList { units }))
    }

    /// Make a unit
    #[oai(path = "/v1/admin/units", method = "post", operation_id = "createUnit", tag = "Tag::Administration")]
    async fn create_unit(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// A UUID drawn for this request. Sent again with the same body within 30 days, nothing is made twice: what it
        /// made is answered as it is now, and 404 if it was removed since.
        #[oai(name = "Idempotency-Key")]
        key: Header<Uuid>,
        body: Body<Choice>,
    ) -> poem::Result<Made<Unit>> {
        let unit = app.create_unit(caller.0, key.0, body.0.into()).await?;
        Ok(Made::at(unit.unit.version, unit))
    }

    /// A unit
    #[oai(path = "/v1/admin/units/:unit", method = "get", operation_id = "getUnit", tag = "Tag::Administration")]
    async fn get_unit(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The unit.
        unit: Path<Uuid>,
    ) -> poem::Result<Now<Unit>> {
        let unit = app.unit(caller.0, UnitId(unit.0)).await?;
        Ok(Now::at(unit.unit.version, unit))
    }

    /// Rename or move a unit
    ///
    /// Its members and the units in it go with it.
    #[oai(path = "/v1/admin/units/:unit", method = "put", operation_id = "putUnit", tag = "Tag::Administration")]
    async fn put_unit(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The unit.
        unit: Path<Uuid>,
        /// The ETag (version) of what is changed.
        #[oai(name = "If-Match", validator(max_length = 100))]
        if_match: Header<Option<String>>,
        body: Body<Choice>,
    ) -> poem::Result<Now<Unit>> {
        let version = version(if_match.0.as_deref());
        let unit = app.change_unit(caller.0, UnitId(unit.0), version, body.0.into()).await?;
        Ok(Now::at(unit.unit.version, unit))
    }

    /// Remove a unit
    ///
    /// One without members and without units in it. Its activities and agreements go with it.
    #[oai(path = "/v1/admin/units/:unit", method = "delete", operation_id = "deleteUnit", tag = "Tag::Administration")]
    async fn delete_unit(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The unit.
        unit: Path<Uuid>,
        /// The ETag (version) of what is removed.
        #[oai(name = "If-Match", validator(max_length = 100))]
        if_match: Header<Option<String>>,
    ) -> poem::Result<Gone> {
        app.delete_unit(caller.0, UnitId(unit.0), version(if_match.0.as_deref())).await?;
        Ok(Gone::Gone)
    }

    /// Make a code to join by
    ///
    /// A new code each time; the old one ends.
    #[oai(
        path = "/v1/admin/units/:unit/invitation",
        method = "put",
        operation_id = "putInvitation",
        tag = "Tag::Administration"
    )]
    async fn put_invitation(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The unit.
        unit: Path<Uuid>,
        body: Body<InvitationChoice>,
    ) -> poem::Result<Json<Invitation>> {
        let made = app.invite(caller.0, UnitId(unit.0), Some(body.0.days.into())).await?;
        let made = made.ok_or_else(|| app::Error::Internal("a code was asked for".to_owned()))?;
        Ok(Json(made.into()))
    }

    /// End a code
    #[oai(
        path = "/v1/admin/units/:unit/invitation",
        method = "delete",
        operation_id = "deleteInvitation",
        tag = "Tag::Administration"
    )]
    async fn delete_invitation(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The unit.
        unit: Path<Uuid>,
    ) -> poem::Result<Gone> {
        app.invite(caller.0, UnitId(unit.0), None).await?;
        Ok(Gone::Gone)
    }

    /// Let an account lead a unit
    ///
    /// It sees the figures of the unit and of all in it, and is counted in none from the next refresh on.
    #[oai(
        path = "/v1/admin/units/:unit/leads/:account",
        method = "put",
        operation_id = "putLead",
        tag = "Tag::Administration"
    )]
    async fn put_lead(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The unit.
        unit: Path<Uuid>,
        /// The name of the account.
        #[oai(validator(max_length = 64))]
        account: Path<String>,
    ) -> poem::Result<Gone> {
        app.set_lead(caller.0, UnitId(unit.0), &account.0, true).await?;
        Ok(Gone::Gone)
    }

    /// End a lead
    #[oai(
        path = "/v1/admin/units/:unit/leads/:account",
        method = "delete",
        operation_id = "deleteLead",
        tag = "Tag::Administration"
    )]
    async fn delete_lead(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The unit.
        unit: Path<Uuid>,
        /// The name of the account.
        #[oai(validator(max_length = 64))]
        account: Path<String>,
    ) -> poem::Result<Gone> {
        app.set_lead(caller.0, UnitId(unit.0), &account.0, false).await?;
        Ok(Gone::Gone)
    }

    /// Take a member out of a unit
    ///
    /// For one who has left the organisation. He can be put back by a list, and can join again by a code.
    #[oai(
        path = "/v1/admin/units/:unit/members/:account",
        method = "delete",
        operation_id = "deleteMember",
        tag = "Tag::Administration"
    )]
    async fn delete_member(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The unit.
        unit: Path<Uuid>,
        /// The name of the account.
        #[oai(validator(max_length = 64))]
        account: Path<String>,
    ) -> poem::Result<Gone> {
        app.remove_member(caller.0, UnitId(unit.0), &account.0).await?;
        Ok(Gone::Gone)
    }

    /// Put people into units by a list
    ///
    /// CSV in UTF-8 with the columns `account` and `unit` (the path of the unit), separated by commas or semicolons.
    /// All of it is done, or nothing, with every fault by line and column. People it does not name stay where they
    /// are, so the same list can be sent again. Who has left a team himself is a fault of the list. Members put there
    /// see it in `/v1/me/teams` and have at least a week to leave before a figure counts them.
    #[oai(path = "/v1/admin/rosters", method = "post", operation_id = "importRoster", tag = "Tag::Administration")]
    async fn import_roster(&self, app: Data<&Arc<App>>, caller: Signed, body: Csv) -> poem::Result<Json<Imported>> {
        let imported = app.import_roster(caller.0, &body.0).await?;
        Ok(Json(Imported {
            added: imported.added as i32,
            moved: imported.moved as i32,
            unchanged: imported.unchanged as i32,
        }))
    }
}

impl From<Choice> for app::UnitChoice {
    fn from(choice: Choice) -> Self {
        Self { name: choice.name, parent: choice.parent.map(UnitId) }
    }
}

impl From<UnitView> for Unit {
    fn from(view: UnitView) -> Self {
        Self {
            id: view.unit.id.0,
            version: view.unit.version,
            name: view.unit.name,
            path: view.path,
            parent: view.unit.parent.map(|parent| parent.0),
            invitation: view.unit.invitation.map(Invitation::from),
            leads: view.leads,
        }
    }
}

impl From<units::Invitation> for Invitation {
    fn from(invitation: units::Invitation) -> Self {
        Self { code: invitation.code, ends_at: At(invitation.ends_at) }
    }
}
