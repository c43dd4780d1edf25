//! Guests, accounts, tokens and the learner's own facts.

use super::{
    Tag,
    auth::{Signed, if_signed},
    body::Body,
    wire::{At, From},
};
use crate::{
    app::{self, App, TokenPair},
    domain::access,
};
use poem::{Request, web::Data};
use poem_openapi::{ApiResponse, Enum, Object, OpenApi, payload::Json};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

pub struct Identity;

/// A name and a password to choose.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct NewAccount {
    /// 3 to 64 letters, digits and `. _ - + @`; upper and lower case are the same.
    #[oai(validator(min_length = 3, max_length = 64, pattern = r"^[\p{L}\p{N}._+@-]+$"))]
    name: String,
    /// 10 to 128 characters of any script, without the name in them.
    #[oai(validator(min_length = 10, max_length = 128))]
    password: String,
}

/// A name and a password.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct Credentials {
    /// Upper and lower case are the same.
    #[oai(validator(max_length = 64))]
    name: String,
    #[oai(validator(max_length = 128))]
    password: String,
}

/// A refresh token to exchange.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct Refresh {
    #[oai(validator(max_length = 200))]
    refresh_token: String,
}

/// The learner to be joined to the caller.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct MergeRequest {
    /// A valid access token of that learner, mostly the guest the device was before.
    #[oai(validator(max_length = 200))]
    access_token: String,
}

/// What came over.
#[derive(Object)]
pub struct Merged {
    /// Events that are new in the caller's log.
    events: i64,
    /// Ids under which both had different events; the caller's own stands.
    conflicts: i64,
}

/// An access token and the means to renew it. Keep both in the device's secure storage.
#[derive(Object)]
pub struct Tokens {
    /// Send as `Authorization: Bearer …`. Opaque.
    #[oai(validator(max_length = 200))]
    access_token: String,
    /// Good for one exchange at `/v1/tokens/refresh`; the answer brings the next one.
    #[oai(validator(max_length = 200))]
    refresh_token: String,
    /// Always `Bearer`.
    #[oai(validator(max_length = 10))]
    token_type: String,
    /// Seconds until the access token ends.
    #[oai(validator(minimum(value = "0"), maximum(value = "86400")))]
    expires_in: i32,
    /// When the refresh token ends.
    refresh_expires_at: At,
    learner_id: Uuid,
}

/// What a person is in this organisation.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Role {
    Learner,
    Author,
    Admin,
}

/// The caller.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Me {
    learner_id: Uuid,
    role: Role,
    /// Whether the learner has no account yet. His progress lives as long as his tokens.
    guest: bool,
    /// The name of the account.
    #[oai(validator(max_length = 64))]
    name: Option<String>,
    created_at: At,
}

#[derive(ApiResponse)]
pub enum Created {
    /// Signed in.
    #[oai(status = 201)]
    Created(Json<Tokens>),
}

#[derive(ApiResponse)]
pub enum Gone {
    /// Done; nothing to say.
    #[oai(status = 204)]
    Gone,
}

#[OpenApi]
impl Identity {
    /// Become a guest
    ///
    /// A learner without a form: one call, and he can study. Rate-limited per address.
    #[oai(path = "/v1/guests", method = "post", operation_id = "createGuest", tag = "Tag::Identity")]
    async fn create_guest(&self, app: Data<&Arc<App>>, from: From) -> poem::Result<Created> {
        app.rates.check_guest(from.0)?;
        Ok(Created::Created(Json(app.create_guest().await?.into())))
    }

    /// Make an account
    ///
    /// With the access token of a guest, that guest gets the account and keeps all he has done. Without a token, a new
    /// learner is made. Rate-limited per address.
    #[oai(path = "/v1/accounts", method = "post", operation_id = "createAccount", tag = "Tag::Identity")]
    async fn create_account(
        &self,
        app: Data<&Arc<App>>,
        from: From,
        request: &Request,
        body: Body<NewAccount>,
    ) -> poem::Result<Created> {
        app.rates.check_sign_in(from.0)?;
        let guest = if_signed(request).await?;
        let NewAccount { name, password } = body.0;
        Ok(Created::Created(Json(app.create_account(guest, &name, &password).await?.into())))
    }

    /// Sign in
    ///
    /// Rate-limited per address. A wrong name and a wrong password look the same.
    #[oai(path = "/v1/tokens", method = "post", operation_id = "createTokens", tag = "Tag::Identity")]
    async fn create_tokens(
        &self,
        app: Data<&Arc<App>>,
        from: From,
        body: Body<Credentials>,
    ) -> poem::Result<Json<Tokens>> {
        app.rates.check_sign_in(from.0)?;
        Ok(Json(app.sign_in(&body.0.name, &body.0.password).await?.into()))
    }

    /// Renew the tokens
    ///
    /// The refresh token is spent. If the answer is lost on the way, the same token works once more, as long as nothing
    /// of the pair that was lost has been used. Any other replay ends the whole session.
    #[oai(path = "/v1/tokens/refresh", method = "post", operation_id = "refreshTokens", tag = "Tag::Identity")]
    async fn refresh_tokens(&self, app: Data<&Arc<App>>, body: Body<Refresh>) -> poem::Result<Json<Tokens>> {
        Ok(Json(app.refresh(&body.0.refresh_token).await?.into()))
    }

    /// Sign out
    ///
    /// Ends the session the access token belongs to, its refresh tokens included.
    #[oai(path = "/v1/tokens/current", method = "delete", operation_id = "deleteTokens", tag = "Tag::Identity")]
    async fn delete_tokens(&self, app: Data<&Arc<App>>, caller: Signed) -> poem::Result<Gone> {
        app.sign_out(caller.0).await?;
        Ok(Gone::Gone)
    }

    /// Who am I
    #[oai(path = "/v1/me", method = "get", operation_id = "getMe", tag = "Tag::Identity")]
    async fn get_me(&self, app: Data<&Arc<App>>, caller: Signed) -> poem::Result<Json<Me>> {
        Ok(Json(app.me(caller.0).await?.into()))
    }

    /// Join another learner to me
    ///
    /// For a guest who signs in to the account he had: his log is joined to the caller's, everything is folded again as
    /// if one learner had answered it all, and the other learner is erased with his tokens. Other devices see it in
    /// their changes. An account cannot be joined to a guest. The other's team, and what he agreed to there, is the
    /// caller's now, if the caller has no team and left none by choice. Nobody is counted under two names: if the other
    /// was counted in figures, the caller is in none for half a year.
    #[oai(path = "/v1/me/merges", method = "post", operation_id = "createMerge", tag = "Tag::Identity")]
    async fn create_merge(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        body: Body<MergeRequest>,
    ) -> poem::Result<Json<Merged>> {
        let moved = app.merge(caller.0, &body.0.access_token).await?;
        Ok(Json(Merged { events: moved.events as i64, conflicts: moved.conflicts as i64 }))
    }

    /// Erase me
    ///
    /// Removes the learner, his account and every answer he gave, at once and for good.
    #[oai(path = "/v1/me", method = "delete", operation_id = "deleteMe", tag = "Tag::Identity")]
    async fn delete_me(&self, app: Data<&Arc<App>>, caller: Signed) -> poem::Result<Gone> {
        app.erase(caller.0).await?;
        Ok(Gone::Gone)
    }
}

impl std::convert::From<TokenPair> for Tokens {
    fn from(pair: TokenPair) -> Self {
        Self {
            access_token: pair.access_token,
            refresh_token: pair.refresh_token,
            token_type: "Bearer".to_owned(),
            expires_in: app::ACCESS_SECONDS as i32,
            refresh_expires_at: At(pair.refresh_expires_at),
            learner_id: pair.learner.0,
        }
    }
}

impl std::convert::From<app::Me> for Me {
    fn from(me: app::Me) -> Self {
        let role = match me.role {
            access::Role::Learner => Role::Learner,
            access::Role::Author => Role::Author,
            access::Role::Admin => Role::Admin,
        };
        Self { learner_id: me.learner.0, role, guest: me.name.is_none(), name: me.name, created_at: At(me.created_at) }
    }
}
