//! Data goes by choice only: what the flags say, what is asked, what is refused.

use environment::decide::{Agreed, DeleteKept, Intent};
use environment::resource::{DataKind, Goes, Keeping, Kind};
use environment::{Resource, World};

use crate::context::{Context, Ended};
use crate::event::Events;
use crate::inventory::Inventory;
use crate::report::{Stream, counted};

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
    /// Policies that somebody attached to our roles by hand may be taken off.
    pub detach_policies: bool,
    pub delete_logs: bool,
}

impl Consent {
    /// `--force` is `--yes --delete-data`; policies that were attached by hand are no data and go with it.
    pub fn force(&mut self) {
        self.yes = true;
        self.delete_data = true;
        self.detach_policies = true;
    }

    /// The intent as far as flags alone decide it.
    pub fn intent(&self) -> Intent {
        let delete_home = (self.delete_data || self.delete_efs) && !self.keep_efs;
        Intent {
            // What may go is settled later; until then the plan shows what has to.
            spaces: Agreed::All,
            notebooks: Agreed::All,
            policies: Agreed::All,
            delete_logs: self.delete_logs,
            home_volumes: if delete_home {
                Agreed::All
            } else {
                Agreed::None
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

/// What of a kind would be lost: what a template keeps nobody loses.
fn lost(world: &World, intent: &Intent, kind: Kind) -> Vec<Resource> {
    let mut ours = ours(world, intent, &[kind]);
    ours.retain(|resource| resource.goes != Goes::Kept(Keeping::DeletionPolicy));
    ours
}

/// What is ours of some kinds.
fn ours(world: &World, intent: &Intent, kinds: &[Kind]) -> Vec<Resource> {
    let found = world
        .resources()
        .filter(|resource| kinds.contains(&resource.id.kind));
    found
        .filter(|resource| World::is_ours(resource, intent.include_located))
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

/// A thing with what is lost or kept with it: owner, size, last change.
fn told(resource: &Resource) -> String {
    let data = resource.data.as_deref();
    let owner = data
        .and_then(|data| data.owner.clone())
        .map(|owner| format!(", owner {owner}"))
        .unwrap_or_default();
    let size = data
        .and_then(|data| data.size_gib)
        .map(|size| format!(", {size} GiB"))
        .unwrap_or_default();
    let changed = data
        .and_then(|data| data.changed)
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map(|changed| format!(", last changed {changed}"))
        .unwrap_or_default();
    format!(
        "{} {}{owner}{size}{changed}",
        resource.id.kind.words(),
        resource.id.id
    )
}

/// Shows what a question or a refusal is about.
fn list(cx: &Context, resources: &[Resource]) {
    for resource in resources {
        cx.output
            .line(Stream::Err, &format!("  {}", told(resource)));
    }
}

/// Shows what is decided already, unless the result alone is wanted.
fn list_decided(cx: &Context, resources: &[Resource]) {
    if !cx.output.quiet {
        list(cx, resources);
    }
}

fn these(resources: &[Resource]) -> Agreed {
    let ids = resources.iter();
    Agreed::These(ids.map(|resource| resource.id.id.to_string()).collect())
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
    if !consent.yes && !cx.output.interactive {
        return Err(cx.refuse("there is no terminal to ask on: say --yes (and, for data, --delete-spaces, --delete-efs or --force)"));
    }
    intent.spaces = settle_spaces(cx, consent, &intent, world).await?;
    intent.notebooks = settle_notebooks(cx, consent, &intent, world).await?;
    intent.policies = settle_policies(cx, consent, &intent, world).await?;
    intent.home_volumes = settle_home_volumes(cx, consent, &intent, world).await?;
    if !consent.yes && !cx.ask("Go ahead?").await? {
        return Err(cx.refuse("declined"));
    }
    Ok(intent)
}

/// The domain cannot go while a space exists, and a space takes its volume along.
async fn settle_spaces(
    cx: &Context,
    consent: &Consent,
    intent: &Intent,
    world: &World,
) -> Result<Agreed, Ended> {
    let spaces = lost(world, intent, Kind::Space);
    if consent.covers_spaces() {
        list_decided(cx, &spaces);
        return Ok(Agreed::All);
    }
    list(cx, &spaces);
    if spaces.is_empty() {
        // A space that somebody makes later is not among those that were agreed to.
        return Ok(these(&spaces));
    }
    let count = counted(spaces.len(), "space");
    if consent.yes {
        return Err(cx.refuse(format!(
            "there is data that goes with {count}, listed above; say --delete-spaces (or --force) to delete it"
        )));
    }
    let question = format!("Delete {count}, data and all? It cannot be got back.");
    if !cx.ask(&question).await? {
        return Err(cx.refuse("declined: the domain cannot go while its spaces exist"));
    }
    Ok(these(&spaces))
}

async fn settle_notebooks(
    cx: &Context,
    consent: &Consent,
    intent: &Intent,
    world: &World,
) -> Result<Agreed, Ended> {
    let notebooks = lost(world, intent, Kind::Notebook);
    if consent.delete_data {
        list_decided(cx, &notebooks);
        return Ok(Agreed::All);
    }
    list(cx, &notebooks);
    let count = counted(notebooks.len(), "notebook instance");
    if !notebooks.is_empty() && consent.yes {
        return Err(cx.refuse(format!(
            "there is data that goes with {count}, listed above; say --delete-data (or --force) to delete it"
        )));
    }
    let question = format!("Delete {count}, data and all? It cannot be got back.");
    if !notebooks.is_empty() && !cx.ask(&question).await? {
        return Err(cx.refuse("declined: the network cannot go while notebook instances are in it"));
    }
    Ok(these(&notebooks))
}

/// Shows in full what would be lost with a policy that was written on a role by hand: nobody else has its text.
pub(super) fn show_policies(cx: &Context, inventory: &Inventory, intent: &Intent, world: &World) {
    let inline = ours(world, intent, &[Kind::InlinePolicy]);
    show_texts(&cx.events, inventory, |id| {
        inline.iter().any(|found| found.id.id == id)
    });
}

/// Tells the texts of inline policies that are going to be deleted, each once, and whatever else is left untold.
pub(super) fn show_texts(events: &Events, inventory: &Inventory, goes: impl Fn(&str) -> bool) {
    for policy in inventory.untold_policies(goes) {
        events.insist(format!(
            "policy {} was written on role {} by hand; its text: {}",
            policy.policy,
            policy.role,
            policy.document.unwrap_or_default()
        ));
    }
}

/// IAM does not delete a role while a policy is on it that its stack knows nothing of.
async fn settle_policies(
    cx: &Context,
    consent: &Consent,
    intent: &Intent,
    world: &World,
) -> Result<Agreed, Ended> {
    let policies = ours(world, intent, &[Kind::AttachedPolicy, Kind::InlinePolicy]);
    if consent.detach_policies {
        list_decided(cx, &policies);
        return Ok(Agreed::All);
    }
    if consent.yes {
        list_decided(cx, &policies);
        return Ok(Agreed::None);
    }
    list(cx, &policies);
    let question = format!(
        "Take {} off our roles, attached there by hand?",
        counted(policies.len(), "policy")
    );
    if policies.is_empty() || !cx.ask(&question).await? {
        return Ok(Agreed::None);
    }
    Ok(these(&policies))
}

/// An answer counts for the volumes that were shown: one that appears later is kept (operators' notes, item 38).
async fn settle_home_volumes(
    cx: &Context,
    consent: &Consent,
    intent: &Intent,
    world: &World,
) -> Result<Agreed, Ended> {
    let volumes = home_volumes(world);
    let decided = consent.yes || consent.keep_efs || intent.home_volumes == Agreed::All;
    if volumes.is_empty() || decided {
        list_decided(cx, &volumes);
        return Ok(intent.home_volumes.clone());
    }
    list(cx, &volumes);
    let question = "Delete the home volume too? Otherwise it is kept, and costs what it stores.";
    Ok(if cx.ask(question).await? {
        these(&volumes)
    } else {
        Agreed::None
    })
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
            (Agreed::All, DeleteKept::None)
        );
        consent.keep_efs = true;
        assert_eq!(consent.intent().home_volumes, Agreed::None);
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
