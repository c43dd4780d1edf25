//! Who may do what: role × action → allow, deny or hide.
//!
//! Hide is for things whose very existence is someone's own business; the API answers 404 there.

use serde::{Deserialize, Serialize};

/// What a person is in this organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Studies.
    Learner,
    /// Also writes questions.
    Author,
    /// Also runs courses and accounts.
    Admin,
}

/// What can be asked of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See whether the service is up, read its description.
    Look,
    /// Become a guest, make an account, get and renew tokens.
    SignIn,
    /// Read courses, decks and concepts, without questions.
    ReadCatalogue,
    /// Study: one's own queue, answers, mastery, progress and settings.
    Study,
    /// See the figures of a unit and what it does; `grant` is whether the caller leads it or a unit around it.
    Lead { grant: bool },
    /// Shape the organisation: units, leads, who is a member of what.
    Administer,
    /// Read or erase another learner's data.
    TouchOthers,
}

/// The verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Allow,
    /// Tell the caller to sign in.
    Deny,
    /// Answer as if it did not exist.
    Hide,
}

/// `role` is `None` for a caller without a token.
pub fn decide(role: Option<Role>, action: Action) -> Decision {
    match (action, role) {
        (Action::Look | Action::SignIn | Action::ReadCatalogue, _) | (Action::Study, Some(_)) => Decision::Allow,
        (Action::Lead { grant: true }, Some(_)) | (Action::Lead { .. } | Action::Administer, Some(Role::Admin)) => {
            Decision::Allow
        }
        (Action::Study | Action::Lead { .. } | Action::Administer, None) => Decision::Deny,
        (Action::Lead { .. } | Action::Administer | Action::TouchOthers, _) => Decision::Hide,
    }
}

impl Role {
    /// As stored and as typed on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Learner => "learner",
            Self::Author => "author",
            Self::Admin => "admin",
        }
    }

    /// An unknown word is the least of the roles, never the most.
    pub fn parse(word: &str) -> Self {
        [Self::Author, Self::Admin].into_iter().find(|role| role.as_str() == word).unwrap_or(Self::Learner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_role_may_touch_another_learner_and_only_the_signed_in_study() {
        for role in [None, Some(Role::Learner), Some(Role::Author), Some(Role::Admin)] {
            assert_eq!(decide(role, Action::TouchOthers), Decision::Hide);
            assert_eq!(decide(role, Action::Study) == Decision::Allow, role.is_some());
            assert_eq!(decide(role, Action::ReadCatalogue), Decision::Allow);
        }
    }

    #[test]
    fn a_unit_is_seen_by_those_who_lead_it_and_shaped_by_administrators() {
        for (role, leads, sees, shapes) in [
            (None, true, Decision::Deny, Decision::Deny),
            (Some(Role::Learner), false, Decision::Hide, Decision::Hide),
            (Some(Role::Learner), true, Decision::Allow, Decision::Hide),
            (Some(Role::Author), false, Decision::Hide, Decision::Hide),
            (Some(Role::Admin), false, Decision::Allow, Decision::Allow),
        ] {
            assert_eq!(decide(role, Action::Lead { grant: leads }), sees, "{role:?}");
            assert_eq!(decide(role, Action::Administer), shapes, "{role:?}");
        }
    }

    #[test]
    fn an_unknown_role_is_a_learner() {
        assert_eq!(Role::parse("root"), Role::Learner);
        assert_eq!(Role::parse("admin"), Role::Admin);
    }
}
