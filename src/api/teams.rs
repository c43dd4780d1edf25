//! Teams: joining and leaving one, and who is in it.

use super::{
    Tag,
    auth::Signed,
    body::Body,
    identity::Gone,
    wire::{At, Language},
};
use crate::{
    app::{self, App},
    domain::teamwork::{CONSENT_VERSION, consent},
    vocab::{id::UnitId, text::Lang},
};
use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

pub struct Teams;

/// What being a member means.
#[derive(Object)]
pub struct Consent {
    /// Send it when joining.
    #[oai(validator(max_length = 20))]
    version: String,
    /// Markdown, in the language of the request. Show it before joining, and wherever a member looks at his team.
    #[oai(validator(max_length = 4000))]
    text: String,
}

/// A team the learner is a member of.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MyTeam {
    team: Uuid,
    #[oai(validator(max_length = 100))]
    name: String,
    /// Names of units from the organisation down, with `/` between.
    #[oai(validator(max_length = 2000))]
    path: String,
    joined_at: At,
    /// The version of the text the learner agreed to. Absent if an administrator put him there: tell him then.
    #[oai(validator(max_length = 20))]
    consent: Option<String>,
    /// Whether the learner is counted in the team's figures. A newcomer waits until he cannot be told apart.
    counted: bool,
}

/// The learner's team, if he has one, and what that means.
#[derive(Object)]
pub struct MyTeams {
    #[oai(validator(max_items = 1))]
    teams: Vec<MyTeam>,
    consent: Consent,
}

/// A code to join by.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct Joining {
    /// As on the invitation; upper and lower case are the same.
    #[oai(validator(min_length = 1, max_length = 20))]
    code: String,
    /// The version of the consent the learner has read and agreed to.
    #[oai(validator(max_length = 20))]
    consent: String,
}

/// What a code invites to.
#[derive(Object)]
pub struct Invited {
    team: Uuid,
    #[oai(validator(max_length = 100))]
    name: String,
    /// Names of units from the organisation down, with `/` between.
    #[oai(validator(max_length = 2000))]
    path: String,
    consent: Consent,
}

/// A unit whose figures the caller may read.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Team {
    team: Uuid,
    #[oai(validator(max_length = 100))]
    name: String,
    /// Names of units from the organisation down, with `/` between.
    #[oai(validator(max_length = 2000))]
    path: String,
    /// The unit it lies in.
    parent: Option<Uuid>,
}

/// Units by path.
#[derive(Object)]
pub struct TeamList {
    #[oai(validator(max_items = 5000))]
    teams: Vec<Team>,
}

/// A member, and nothing about him.
#[derive(Object)]
pub struct TeamMember {
    /// The name of the account.
    #[oai(validator(max_length = 64))]
    name: String,
    joined_at: At,
}

/// Members of the unit itself, by name.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TeamMembers {
    #[oai(validator(max_items = 200))]
    members: Vec<TeamMember>,
    /// Send it as `cursor` for the rest.
    #[oai(validator(max_length = 400))]
    next_cursor: Option<String>,
}

#[derive(ApiResponse)]
pub enum Joined {
    /// A member now.
    #[oai(status = 201)]
    Joined(Json<MyTeam>),
}

#[OpenApi]
impl Teams {
    /// My team
    ///
    /// With the text that says who sees what; it holds whether or not one is a member.
    #[oai(path = "/v1/me/teams", method = "get", operation_id = "getMyTeams", tag = "Tag::Teams")]
    async fn get_my_teams(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        language: Language,
    ) -> poem::Result<Json<MyTeams>> {
        let teams = app.my_teams(caller.0).await?.into_iter().map(MyTeam::from).collect();
        Ok(Json(MyTeams { teams, consent: Consent::new(language.0) }))
    }

    /// What a code invites to
    ///
    /// Show the team and the consent before joining. A code that is unknown or has run out is not found.
    #[oai(path = "/v1/invitations/:code", method = "get", operation_id = "getInvitation", tag = "Tag::Teams")]
    async fn get_invitation(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        language: Language,
        /// The code.
        #[oai(validator(max_length = 20))]
        code: Path<String>,
    ) -> poem::Result<Json<Invited>> {
        let team = app.invitation(caller.0, &code.0).await?;
        let consent = Consent::new(language.0);
        Ok(Json(Invited { team: team.unit.id.0, name: team.unit.name, path: team.path, consent }))
    }

    /// Join a team
    ///
    /// The learner joins himself, by a code, after reading what it means. It takes an account, since members have
    /// names. One is in one team at a time. Figures count a newcomer from a later refresh on, when he cannot be told
    /// apart.
    #[oai(path = "/v1/me/teams", method = "post", operation_id = "joinTeam", tag = "Tag::Teams")]
    async fn join_team(&self, app: Data<&Arc<App>>, caller: Signed, body: Body<Joining>) -> poem::Result<Joined> {
        let team = app.join_team(caller.0, &body.0.code, &body.0.consent).await?;
        Ok(Joined::Joined(Json(team.into())))
    }

    /// Leave a team
    ///
    /// At any time, without a reason. From the next weekly refresh on the learner is in no figure, older ones
    /// included. An administrator's list cannot bring him back; he can join again by a code.
    #[oai(path = "/v1/me/teams/:team", method = "delete", operation_id = "leaveTeam", tag = "Tag::Teams")]
    async fn leave_team(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The team.
        team: Path<Uuid>,
    ) -> poem::Result<Gone> {
        app.leave_team(caller.0, UnitId(team.0)).await?;
        Ok(Gone::Gone)
    }

    /// Teams I may look at
    ///
    /// Those the caller leads, with every unit in them; all for an administrator. Empty for everybody else.
    #[oai(path = "/v1/teams", method = "get", operation_id = "getTeams", tag = "Tag::Teams")]
    async fn get_teams(&self, app: Data<&Arc<App>>, caller: Signed) -> poem::Result<Json<TeamList>> {
        let teams = app.teams(caller.0).await?.into_iter().map(Team::from).collect();
        Ok(Json(TeamList { teams }))
    }

    /// Members of a team
    ///
    /// Names, and since when; nothing else about anyone. Members of units inside are listed there.
    #[oai(path = "/v1/teams/:team/members", method = "get", operation_id = "getTeamMembers", tag = "Tag::Teams")]
    async fn get_team_members(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The team.
        team: Path<Uuid>,
        /// Where to go on: `next_cursor` of the page before.
        #[oai(validator(max_length = 400))]
        cursor: Query<Option<String>>,
    ) -> poem::Result<Json<TeamMembers>> {
        let page = app.team_members(caller.0, UnitId(team.0), cursor.0.as_deref()).await?;
        let members = page.items.into_iter().map(|(name, at)| TeamMember { name, joined_at: At(at) }).collect();
        Ok(Json(TeamMembers { members, next_cursor: page.next }))
    }
}

impl Consent {
    fn new(lang: Lang) -> Self {
        Self { version: CONSENT_VERSION.to_owned(), text: consent().get(lang).to_owned() }
    }
}

impl From<app::MyTeam> for MyTeam {
    fn from(mine: app::MyTeam) -> Self {
        Self {
            team: mine.team.0,
            name: mine.name,
            path: mine.path,
            joined_at: At(mine.joined_at),
            consent: mine.consent,
            counted: mine.counted,
        }
    }
}

impl From<app::Team> for Team {
    fn from(team: app::Team) -> Self {
        Self {
            team: team.unit.id.0,
            name: team.unit.name,
            path: team.path,
            parent: team.unit.parent.map(|parent| parent.0),
        }
    }
}
