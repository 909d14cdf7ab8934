//! Whether somebody is taking the environment away while the last look shows all stacks as wanted.
//!
//! A teardown deletes apps, spaces and user profiles before the first stack is touched. A participant who deletes an app
//! looks just like it: which of the two it is shows only by what becomes of it.

use std::time::Duration;

use futures_util::future::FutureExt;

use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::patience::persist;

/// How long nothing may be on its way out before it counts as settled: between two deletions of a teardown there are
/// looks and other deletions to wait for.
const QUIET: Duration = Duration::from_secs(60);
/// How long it is waited for at most: people delete their apps all day.
const MOST: Duration = Duration::from_secs(900);
const PAUSE: Duration = Duration::from_secs(10);

/// The wait until nothing in the domain is on its way out any more.
pub(super) struct Settling<'a> {
    cx: &'a Context,
    /// Moment of the clock at which it is given up.
    until: Duration,
    /// When something was last seen to be on its way out.
    last: Option<Duration>,
}

impl<'a> Settling<'a> {
    pub(super) fn begin(cx: &'a Context) -> Self {
        Self {
            cx,
            until: (cx.clock.elapsed() + MOST).min(cx.deadline),
            last: None,
        }
    }

    /// Waits a little where something in the domain is, or was just now, on its way out; whether to look at everything
    /// again.
    pub(super) async fn goes_on(&mut self, domain: Option<&str>) -> bool {
        let Some(domain) = domain else { return false };
        let is_going = match is_emptied(self.cx, domain).boxed_local().await {
            Ok(is_going) => is_going,
            // The next look tells that it is gone.
            Err(error) if error.class == Class::NotFound => true,
            Err(error) => {
                self.cx.events.warn(format!(
                    "whether somebody is emptying the domain is not known: {} answered {}",
                    error.action, error.code
                ));
                return false;
            }
        };
        let now = self.cx.clock.elapsed();
        if is_going {
            self.last = Some(now);
        }
        let is_quiet = |last: Duration| now.saturating_sub(last) >= QUIET;
        if self.last.is_none_or(is_quiet) || self.cx.stop.is_requested() {
            return false;
        }
        if now >= self.until {
            self.cx.events.warn(format!(
                "something in domain {domain} is still being deleted; whether somebody is taking it away is not known"
            ));
            return false;
        }
        self.cx.events.wait_for(format!(
            "something in domain {domain} is being deleted; waiting for what becomes of it"
        ));
        self.cx.pause(PAUSE, self.until).await;
        true
    }
}

/// Whether a profile, a space or an app of a domain is being deleted.
async fn is_emptied(cx: &Context, domain: &str) -> Result<bool, CallError> {
    let aws = &cx.aws;
    let (profiles, spaces, apps) = tokio::try_join!(
        persist(cx, async || aws.user_profiles(domain).await),
        persist(cx, async || aws.spaces(domain).await),
        persist(cx, async || aws.apps(domain).await),
    )?;
    let profiles = profiles.into_iter().map(|profile| profile.status);
    let spaces = spaces.into_iter().map(|space| space.status);
    let apps = apps.into_iter().map(|app| app.status);
    let mut statuses = profiles.chain(spaces).chain(apps);
    Ok(statuses.any(|status| status == "Deleting"))
}
