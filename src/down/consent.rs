//! Data goes by choice only: what the flags say, what is asked, what is refused.

use environment::decide::{DeleteKept, HomeVolumes, Intent, Spaces};
use environment::resource::{DataKind, Goes, Keeping, Kind};
use environment::{Resource, World};

use crate::context::{Context, Ended};
use crate::report::Stream;

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
/// What the flags of `down` say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    pub yes: bool,
    pub delete_spaces: bool,
    /// `--delete-efs` without or with a volume's id.
    pub delete_efs: bool,
    pub delete_volume: Option<String>,
    pub keep_efs: bool,
    pub delete_data: bool,
    pub include_located: bool,
}

impl Consent {
    /// `--force` is `--yes --delete-data` and nothing else.
    pub fn force(&mut self) {
        self.yes = true;
        self.delete_data = true;
    }

    /// The intent as far as flags alone decide it.
    pub fn intent(&self) -> Intent {
        let delete_home = (self.delete_data || self.delete_efs) && !self.keep_efs;
        Intent {
            // What may go is settled later; until then the plan shows what has to.
            spaces: Spaces::All,
            home_volumes: if delete_home {
                HomeVolumes::Delete
            } else {
                HomeVolumes::Keep
            },
            delete_kept: match &self.delete_volume {
                Some(id) => DeleteKept::Volume(id.clone()),
                None if self.delete_efs => DeleteKept::All,
                None => DeleteKept::None,
            },
            include_located: self.include_located,
        }
    }

    fn covers_spaces(&self) -> bool {
        self.delete_spaces || self.delete_data
    }
}

fn spaces(world: &World, intent: &Intent) -> Vec<Resource> {
    let data = world
        .resources()
        .filter(|resource| resource.id.kind == Kind::Space);
    data.filter(|space| World::is_ours(space, intent.include_located))
        .cloned()
        .collect()
}

fn home_volumes(world: &World) -> Vec<Resource> {
    let volumes = world.resources().filter(|resource| {
        resource
            .data
            .as_ref()
            .is_some_and(|data| data.kind == DataKind::HomeVolume)
    });
    volumes
        .filter(|volume| volume.goes != Goes::Kept(Keeping::EarlierChoice))
        .cloned()
        .collect()
}

fn told(resource: &Resource) -> String {
    let data = resource.data.as_ref();
    let owner = data
        .and_then(|data| data.owner.clone())
        .map(|owner| format!(", owner {owner}"))
        .unwrap_or_default();
    let size = data
        .and_then(|data| data.size_gib)
        .map(|size| format!(", {size} GiB"))
        .unwrap_or_default();
    format!(
        "{} {}{owner}{size}",
        resource.id.kind.words(),
        resource.id.id
    )
}

/// Settles what happens to data. On a terminal each kind is asked about; elsewhere the flags have to say it.
///
/// # Errors
/// The end of the run: what is missing or was declined, or that somebody stopped it. Nothing is to be touched.
pub(super) async fn settle(
    cx: &Context,
    consent: &Consent,
    mut intent: Intent,
    world: &World,
) -> Result<Intent, Ended> {
    let spaces = spaces(world, &intent);
    if !consent.yes && !cx.output.interactive {
        return Err(cx.refuse("there is no terminal to ask on: say --yes (and, for data, --delete-spaces, --delete-efs or --force)"));
    }
    if !consent.covers_spaces() {
        // A space that somebody makes later is not among those that were agreed to.
        let ids = spaces.iter().map(|space| space.id.id.clone()).collect();
        intent.spaces = Spaces::These(ids);
    }
    if !spaces.is_empty() && !consent.covers_spaces() {
        for space in &spaces {
            cx.output.line(Stream::Err, &format!("  {}", told(space)));
        }
        if consent.yes {
            return Err(cx.refuse(format!(
                "{} space(s) hold data that goes with them, listed above; say --delete-spaces (or --force) to delete them",
                spaces.len()
            )));
        }
        let question = format!(
            "Delete {} space(s) with their volumes? The data cannot be got back.",
            spaces.len()
        );
        if !cx.ask(&question).await? {
            return Err(cx.refuse("declined: the domain cannot go while its spaces exist"));
        }
    }
    let volumes = home_volumes(world);
    if !volumes.is_empty()
        && !consent.yes
        && intent.home_volumes == HomeVolumes::Keep
        && !consent.keep_efs
    {
        for volume in &volumes {
            cx.output.line(Stream::Err, &format!("  {}", told(volume)));
        }
        if cx
            .ask("Delete the home volume too? Otherwise it is kept, and costs what it stores.")
            .await?
        {
            intent.home_volumes = HomeVolumes::Delete;
        }
    }
    if !consent.yes && !cx.ask("Go ahead?").await? {
        return Err(cx.refuse("declined"));
    }
    Ok(intent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn force_deletes_data_but_no_kept_volume() {
        let mut consent = Consent::default();
        consent.force();
        let intent = consent.intent();
        assert_eq!(
            (intent.home_volumes, intent.delete_kept),
            (HomeVolumes::Delete, DeleteKept::None)
        );
        consent.keep_efs = true;
        assert_eq!(consent.intent().home_volumes, HomeVolumes::Keep);
    }

    #[test]
    fn a_volume_can_be_named() {
        let consent = Consent {
            delete_volume: Some("fs-1".into()),
            ..Consent::default()
        };
        assert_eq!(
            consent.intent().delete_kept,
            DeleteKept::Volume("fs-1".into())
        );
    }
}
