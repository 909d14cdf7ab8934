//! Who is there already, read from lists.

use std::collections::BTreeMap;

use environment::facts::AppOwner;

use super::super::domain::DOMAIN;
use super::super::request::Request;
use super::surplus::{Surplus, surplus};
use super::{Kind, Participants, space_of};
use crate::aws::cloudformation::Stack;
use crate::aws::{CallError, Class};
use crate::context::{Context, Ended};
use crate::patience::{patiently, persist};

/// Status of everything of one kind, by name.
pub(super) type Statuses = BTreeMap<String, String>;

/// What participants have in a domain before a run.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Roll {
    profiles: Statuses,
    spaces: Statuses,
    apps: Statuses,
    /// Whom nobody names any more, where they are to be pruned.
    pub surplus: Surplus,
}

impl Roll {
    /// Reads what there is in the domain of a stack.
    ///
    /// # Errors
    /// The end of the run.
    pub(in super::super) async fn read(
        cx: &Context,
        request: &Request,
        studio: &Stack,
    ) -> Result<Self, Ended> {
        let Some(domain) = patiently(cx, async || domain_of(cx, &studio.arn).await).await? else {
            return Ok(Self::default());
        };
        let participants = &request.options.participants;
        let of = |kind: Kind| {
            let domain = &domain;
            patiently(cx, async move || none_if_gone(list(cx, domain, kind).await))
        };
        let mut roll = Self {
            profiles: of(Kind::Profile).await?,
            ..Self::default()
        };
        if participants.starter_app {
            roll.spaces = of(Kind::Space).await?;
            roll.apps = of(Kind::App).await?;
        }
        if participants.prune {
            let found = none_if_gone(surplus(cx, request, &domain).await);
            roll.surplus = found.map_err(|error| cx.fail(&error))?;
        }
        Ok(roll)
    }

    /// How many user profiles are still to be made.
    pub(in super::super) fn profiles_to_come(&self, participants: &Participants) -> usize {
        let names = participants.names.iter();
        names
            .filter(|name| !self.profiles.contains_key(*name))
            .count()
    }

    /// How many spaces, and apps in them, are still to be made.
    pub(in super::super) fn starters_to_come(&self, participants: &Participants) -> (usize, usize) {
        if !participants.starter_app {
            return (0, 0);
        }
        let to_come = |there: &Statuses| {
            let spaces = participants.names.iter().map(|name| space_of(name));
            spaces.filter(|space| !there.contains_key(space)).count()
        };
        (to_come(&self.spaces), to_come(&self.apps))
    }
}

/// Somebody may be taking the domain away: then nothing is in it.
fn none_if_gone<T: Default>(read: Result<T, CallError>) -> Result<T, CallError> {
    match read {
        Err(error) if error.class == Class::NotFound => Ok(T::default()),
        read => read,
    }
}

/// The domain that a stack has.
///
/// # Errors
/// As any call.
pub(super) async fn domain_of(cx: &Context, arn: &str) -> Result<Option<String>, CallError> {
    let members = cx.aws.stack_members(arn).await?;
    let mut domains = members.into_iter().filter(|it| it.kind == DOMAIN);
    let domain = domains.find(|it| !it.is_gone() && !it.id.is_empty());
    Ok(domain.map(|member| member.id))
}

/// What there is of one kind in a domain. Apps are named after their spaces.
///
/// # Errors
/// As any call.
pub(super) async fn list(cx: &Context, domain: &str, kind: Kind) -> Result<Statuses, CallError> {
    let aws = &cx.aws;
    persist(cx, async || {
        Ok(match kind {
            Kind::Profile => {
                let found = aws.user_profiles(domain).await?.into_iter();
                found.map(|it| (it.name, it.status)).collect()
            }
            Kind::Space => {
                let found = aws.spaces(domain).await?.into_iter();
                found.map(|it| (it.name, it.status)).collect()
            }
            Kind::App => {
                let found = aws.apps(domain).await?.into_iter();
                let lives = found.filter(|app| app.kind == "JupyterLab");
                lives
                    .filter_map(|app| match app.owner {
                        AppOwner::Space(space) => Some((space, app.status)),
                        AppOwner::UserProfile(_) => None,
                    })
                    // Deleted ones stay listed for a day, and a Failed one does not stand in the way of another.
                    .filter(|(_, status)| !matches!(status.as_str(), "Deleted" | "Failed"))
                    .collect()
            }
        })
    })
    .await
}
