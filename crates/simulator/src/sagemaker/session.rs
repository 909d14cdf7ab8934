//! Sessions inside Studio: its pages and notebooks tag what they make with where it comes from, so that it can be found by
//! the domain it was made from (section 1.4).

use std::collections::BTreeMap;

use super::{domains, profiles, spaces};
use crate::error::ServiceError;
use crate::world::{Place, World};

/// Where in Studio somebody is at work: a profile, and a space where it is in one.
pub(crate) struct Session<'a> {
    pub(crate) domain: &'a str,
    pub(crate) profile: &'a str,
    pub(crate) space: Option<&'a str>,
}

/// The tags that a session adds to what it makes. With TagPropagation those of domain, profile and space are among them,
/// and the nearer wins.
///
/// # Errors
/// `ResourceNotFound`.
pub(crate) fn tags(
    world: &mut World,
    place: &Place,
    session: &Session<'_>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    let domain = domains::find(world, place, session.domain)?;
    let propagates = domain.tag_propagation;
    let mut records = vec![("sagemaker:domain-arn", domain.record.clone())];
    let profile = profiles::find(world, place, session.domain, session.profile)?;
    records.push(("sagemaker:user-profile-arn", profile.record.clone()));
    if let Some(name) = session.space {
        let space = spaces::find(world, place, session.domain, name)?;
        records.push(("sagemaker:space-arn", space.record.clone()));
    }
    let mut tags = BTreeMap::new();
    if propagates {
        let custom = records.iter().map(|(_, record)| record.tags.clone());
        tags.extend(custom.flatten());
    }
    let origins = records.into_iter();
    tags.extend(origins.map(|(key, record)| (key.to_owned(), record.arn)));
    Ok(tags)
}
