//! What can be known to stand in the way before the first write. Each finding has an id, which `explain` knows, and a cure.

mod addresses;
mod credentials;
mod quotas;
mod templates;
mod there;
mod wanted;
mod zones;

use std::fmt::Write as _;

use futures_util::future::join_all;
use futures_util::future::{FutureExt, LocalBoxFuture};

use super::prepare::Ready;
use super::request::Request;
use crate::aws::{CallError, Class};
use crate::context::{Context, Ended};
use crate::event::Event;
use there::There;
use wanted::Wanted;

/// Something that is known before anything is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Of a hint in the catalogue.
    pub id: &'static str,
    /// Nothing can come of it: the run is refused.
    pub stops: bool,
    pub what: String,
    /// Command lines, or what else to do.
    pub cure: Vec<String>,
}

impl Finding {
    fn stop(id: &'static str, what: impl Into<String>, cure: &[&str]) -> Self {
        Self {
            id,
            stops: true,
            what: what.into(),
            cure: cure.iter().map(|line| (*line).to_owned()).collect(),
        }
    }

    fn warn(id: &'static str, what: impl Into<String>, cure: &[&str]) -> Self {
        Self {
            stops: false,
            ..Self::stop(id, what, cure)
        }
    }
}

type Findings = Vec<Finding>;

/// What every check needs.
struct Checking<'a> {
    cx: &'a Context,
    request: &'a Request,
    ready: &'a Ready,
    wanted: Wanted,
    there: There,
}

impl Checking<'_> {
    async fn advised<T>(
        &self,
        read: impl AsyncFn() -> Result<T, CallError>,
    ) -> Result<Option<T>, CallError> {
        advised(self.cx, read).await
    }

    /// How many participants are still to come.
    fn participants_to_come(&self) -> usize {
        let participants = &self.request.options.participants;
        self.ready.roll.profiles_to_come(participants)
    }
}

/// A read that only advises: where it is not answered, or the caller may not make it, the check is left out and said so.
/// Without credentials nothing else will be answered either.
async fn advised<T>(
    cx: &Context,
    read: impl AsyncFn() -> Result<T, CallError>,
) -> Result<Option<T>, CallError> {
    match read().await {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.class, Class::Expired | Class::NoCredentials) => Err(error),
        Err(error) => {
            cx.events.warn(format!(
                "not checked before the start: {} is {}",
                error.action, error.code
            ));
            Ok(None)
        }
    }
}

/// Checks everything side by side and narrows the zones down to those in which everything is offered.
///
/// # Errors
/// The end of the run, where something known stands in the way or it could not be found out.
pub(super) async fn preflight(
    cx: &Context,
    request: &Request,
    ready: &mut Ready,
) -> Result<(), Ended> {
    let there = There::of(cx, ready).await;
    let there = there.map_err(|error| cx.fail(&error))?;
    let checking = Checking {
        cx,
        request,
        ready,
        wanted: Wanted::of(cx, request, ready, &there),
        there,
    };
    let mut findings = templates::check(request);
    findings.extend(addresses::check(&checking));
    let asked: [LocalBoxFuture<'_, Result<Findings, CallError>>; 4] = [
        credentials::check(&checking).map(Ok).boxed_local(),
        addresses::check_room(&checking).boxed_local(),
        quotas::check(&checking).boxed_local(),
        wanted::check_names(&checking).boxed_local(),
    ];
    let (found, offered) = tokio::join!(join_all(asked), zones::offering(&checking));
    for found in found {
        findings.extend(found.map_err(|error| cx.fail(&error))?);
    }
    let (zones, of_zones) = offered.map_err(|error| cx.fail(&error))?;
    findings.extend(of_zones);
    ready.zones = zones;
    tell(cx, findings)
}

/// Tells what was found; what stops comes last and ends the run.
fn tell(cx: &Context, findings: Findings) -> Result<(), Ended> {
    let (stopping, warning): (Findings, Findings) =
        findings.into_iter().partition(|finding| finding.stops);
    let mut why = String::new();
    for finding in warning.iter().chain(&stopping) {
        cx.events.send(Event::Hint {
            id: finding.id.to_owned(),
            summary: finding.what.clone(),
            next: finding.cure.clone(),
        });
        if finding.stops {
            let separator = if why.is_empty() { "" } else { "; " };
            // Writing to a String cannot fail.
            write!(why, "{separator}{}", finding.what).unwrap_or_default();
        }
    }
    if stopping.is_empty() {
        return Ok(());
    }
    Err(cx.refuse(format!(
        "it could not come up: {why}. Nothing was changed; --no-preflight skips these checks"
    )))
}
