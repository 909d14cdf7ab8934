//! The rules that are seen before anything is touched. What CloudFormation would refuse later, and what could not be made
//! good, is refused now.

use environment::decide::{DeleteKept, Intent, wanted_gone};
use environment::facts::Facts;
use environment::resource::Goes;
use environment::{Kind, ResourceId, World, mark};

use super::run::Request;
use crate::context::{Context, Ended};
use crate::inventory::Inventory;
use crate::ownership;

/// A domain that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDomain {
    arn: String,
}

impl NamedDomain {
    /// Reads `arn:PARTITION:sagemaker:REGION:ACCOUNT:domain/ID`.
    ///
    /// # Errors
    /// A sentence, where it is no such ARN.
    pub fn parse(arn: &str) -> Result<Self, String> {
        let pieces: Vec<&str> = arn.splitn(6, ':').collect();
        let is_domain = pieces.get(5).is_some_and(|named| {
            named
                .strip_prefix("domain/")
                .is_some_and(|id| !id.is_empty() && !id.contains('/'))
        });
        if pieces.get(2) == Some(&"sagemaker") && is_domain {
            Ok(Self {
                arn: arn.to_owned(),
            })
        } else {
            Err(format!("`{arn}` is not the ARN of a SageMaker domain"))
        }
    }

    pub fn id(&self) -> &str {
        Facts::domain_of_arn(&self.arn).unwrap_or_default()
    }

    fn place(&self) -> (&str, &str) {
        let mut pieces = self.arn.splitn(6, ':').skip(3);
        let region = pieces.next().unwrap_or_default();
        (region, pieces.next().unwrap_or_default())
    }
}

/// A rule that forbids the teardown, with what is known of the way out.
pub(super) struct Broken {
    pub why: String,
    /// Id of the hint that knows more.
    pub hint: Option<&'static str>,
}

/// Every rule that this environment breaks, as far as the intent goes.
pub(super) fn broken(inventory: &Inventory, request: &Request, intent: &Intent) -> Vec<Broken> {
    let mut broken = owned_by_others(inventory, request, intent);
    let world = inventory.world(intent);
    let facts = inventory.facts();
    broken.extend(protected(&facts));
    broken.extend(unreadable(&facts));
    broken.extend(doubtful(&facts));
    broken.extend(imported(&facts));
    broken.extend(keys(&facts, &world));
    broken.extend(inside(&facts, request));
    broken
}

/// Tells what forbids it, and ends the run.
pub(super) fn refuse(cx: &Context, broken: &[Broken]) -> Ended {
    for rule in broken {
        if let Some(hint) = rule.hint {
            cx.hint_of(hint, &rule.why);
        }
    }
    let why: Vec<&str> = broken.iter().map(|rule| rule.why.as_str()).collect();
    cx.refuse(why.join("; "))
}

/// Termination protection is somebody's word that it is not to be deleted; nothing but lifting it changes that.
fn protected(facts: &Facts) -> Vec<Broken> {
    let protected = facts.marked().iter().filter(|stack| stack.protected);
    protected
        .map(|stack| Broken {
            why: format!(
                "termination protection is on for {}; lift it with: aws cloudformation update-termination-protection \
                 --no-enable-termination-protection --stack-name {} --region {}",
                stack.name, stack.name, facts.region
            ),
            hint: Some("termination-protection"),
        })
        .collect()
}

/// What a template wants kept nobody can tell where it cannot be read.
fn unreadable(facts: &Facts) -> Vec<Broken> {
    let unreadable = facts.marked().iter().filter(|stack| stack.is_unreadable);
    unreadable
        .map(|stack| Broken {
            why: format!(
                "the template of {} cannot be read: what it wants kept (DeletionPolicy) is not known",
                stack.name
            ),
            hint: None,
        })
        .collect()
}

/// A domain without a stack may be there because the template of its deleted one wanted it kept. Where that cannot be read
/// any more, only the user can say.
fn doubtful(facts: &Facts) -> Vec<Broken> {
    let without = facts.domains.items().iter().filter(|domain| {
        facts.stack_of(&domain.id).is_none() && !facts.named_domains.contains(&domain.id)
    });
    without
        .filter_map(|domain| {
            let stack = facts.doubtful_domains.get(&domain.id)?;
            Some(Broken {
                why: format!(
                    "the template of {stack}, which was deleted, cannot be read: whether it wants domain {} kept \
                     (DeletionPolicy) is not known; if it is to go, say --domain-arn {}",
                    domain.id, domain.arn
                ),
                hint: None,
            })
        })
        .collect()
}

/// A volume that somebody else kept is his, and so are logs that a run of his has left, until the environment is named that
/// they are of.
fn owned_by_others(inventory: &Inventory, request: &Request, intent: &Intent) -> Vec<Broken> {
    if request.claim.explicit {
        return Vec::new();
    }
    let world = inventory.world(intent);
    let facts = inventory.facts();
    let principal = request.claim.identity.principal();
    let goes = |id: &ResourceId| {
        let found = world.get(id);
        found.is_some_and(|found| wanted_gone(found, intent))
    };
    let volumes = facts.file_systems.items().iter();
    let volumes = volumes.filter_map(|volume| {
        let owner = volume.tags.get(mark::OWNER)?;
        let told = format!("volume {} was kept by {owner}", volume.id);
        Some((ResourceId::new(Kind::FileSystem, &volume.id), owner, told))
    });
    let groups = facts.logs.items().iter();
    let groups = groups.filter_map(|log| {
        let owner = log.owner.as_ref()?;
        let told = format!("log group {} was left by {owner}", log.group);
        Some((ResourceId::new(Kind::LogGroup, &log.group), owner, told))
    });
    let owned = volumes.chain(groups);
    owned
        .filter(|(id, owner, _)| **owner != principal && goes(id))
        .map(|(_, _, told)| Broken {
            why: format!(
                "{told}; you are {principal}. Say --name {} to delete it nevertheless",
                facts.environment
            ),
            hint: None,
        })
        .collect()
}

/// CloudFormation does not delete a stack whose exports are in use, and says so late (section 3.4).
fn imported(facts: &Facts) -> Vec<Broken> {
    let ours = |importer: &String| facts.marked().iter().any(|stack| stack.goes_by(importer));
    let exports = facts
        .marked()
        .iter()
        .flat_map(|stack| stack.exports.iter().map(move |export| (stack, export)));
    exports
        .filter_map(|(stack, export)| {
            let foreign: Vec<&str> = export
                .importers
                .iter()
                .filter(|importer| !ours(importer))
                .map(String::as_str)
                .collect();
            (!foreign.is_empty()).then(|| Broken {
                why: format!(
                    "Export {} cannot be deleted: stack {} goes, and it is in use by {}",
                    export.name,
                    stack.name,
                    foreign.join(", ")
                ),
                hint: Some("export-in-use"),
            })
        })
        .collect()
}

/// A volume that is kept while the key goes that it is encrypted with is kept for nobody (operators' notes, item 7).
fn keys(facts: &Facts, world: &World) -> Vec<Broken> {
    let members = facts.marked().iter().flat_map(|stack| &stack.members);
    let keys: Vec<&str> = members
        .filter(|member| member.kind == "AWS::KMS::Key" && !member.retained && !member.is_gone())
        .map(|member| member.id.as_str())
        .filter(|id| !id.is_empty())
        .collect();
    let volumes = facts.file_systems.items().iter();
    let kept = volumes.filter(|volume| {
        let found = world.get(&ResourceId::new(Kind::FileSystem, &volume.id));
        found.is_some_and(|found| matches!(found.goes, Goes::Kept(_)))
    });
    kept.filter_map(|volume| {
        let key = volume.key.as_deref()?;
        let id = keys.iter().find(|id| key.ends_with(*id))?;
        Some(Broken {
            why: format!(
                "volume {} would be kept, and its key {id} goes with a stack of this environment: nobody could read it. \
                 Say --delete-efs={}, or put DeletionPolicy: Retain on the key",
                volume.id, volume.id
            ),
            hint: Some("key-unusable"),
        })
    })
    .collect()
}

/// Somebody in a Studio of this environment would take the floor from under himself (operators' notes, item 30).
fn inside(facts: &Facts, request: &Request) -> Option<Broken> {
    let why = ownership::inside(&request.claim, facts, request.inside.as_deref())?;
    Some(Broken {
        why: format!("{why}, which it would remove; run it from elsewhere"),
        hint: Some("inside-itself"),
    })
}

/// A domain that the user named is his to remove, unless it is somewhere else or a stack that lives has it which is not
/// one of this environment's.
///
/// # Errors
/// The end of the run: refused, or not found out.
pub(super) async fn named_domain(
    cx: &Context,
    environment: &str,
    domain: &NamedDomain,
) -> Result<(), Ended> {
    let (region, account) = domain.place();
    let heading = cx.heading.borrow().account.clone();
    if region != cx.aws.region() || heading.is_some_and(|known| known != account) {
        return Err(cx.refuse(format!(
            "{} is in another account or region than this run",
            domain.arn
        )));
    }
    match cx.aws.stack_with(domain.id()).await {
        Ok(Some(stack)) => match stack.tags.get(mark::ENVIRONMENT) {
            Some(found) if found == environment => Ok(()),
            Some(found) => Err(cx.refuse(format!(
                "domain {} is part of environment {found}; say --name {found}",
                domain.id()
            ))),
            None => Err(cx.refuse(format!(
                "domain {} is part of stack {}, which this tool did not make",
                domain.id(),
                stack.name
            ))),
        },
        Ok(None) => Ok(()),
        Err(error) => Err(cx.fail(&error)),
    }
}

/// A volume that was named has to be one of this environment; one that does not exist is no error.
///
/// # Errors
/// The end of the run: refused.
pub(super) fn named_volume(
    cx: &Context,
    intent: &Intent,
    inventory: &Inventory,
    world: &World,
) -> Result<(), Ended> {
    let DeleteKept::Volume(id) = &intent.delete_kept else {
        return Ok(());
    };
    let ours = world.get(&ResourceId::new(Kind::FileSystem, id)).is_some();
    let facts = inventory.facts();
    let exists = facts
        .file_systems
        .items()
        .iter()
        .any(|volume| volume.id == *id);
    if exists && !ours {
        return Err(cx.refuse(format!(
            "volume {id} does not belong to environment {}; it is not touched",
            facts.environment
        )));
    }
    // Who means a volume of another region does not mean the environment of the same name in this one.
    if !exists && !facts.marked().is_empty() {
        let (region, environment) = (&facts.region, &facts.environment);
        return Err(cx.refuse(format!(
            "there is no volume {id} in {region}; without --delete-efs={id} environment {environment} is removed"
        )));
    }
    if !exists {
        cx.events
            .warn(format!("there is no volume {id} in this region"));
    }
    Ok(())
}

/// Stacks that bear the name of the default set and no mark: somebody else's, and reason to stop and think.
pub(super) fn foreign_of_our_name(inventory: &Inventory, environment: &str) -> Option<String> {
    let survey = inventory.survey();
    let default = ["network", "endpoints", "studio"].map(|key| format!("{environment}-{key}"));
    let foreign: Vec<&str> = default
        .iter()
        .filter(|name| survey.foreign.get(*name).is_some_and(Option::is_none))
        .map(String::as_str)
        .collect();
    (!foreign.is_empty()).then(|| {
        format!(
            "{}: not made by jumpstart-vpc (no mark); nothing of it is touched",
            foreign.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use environment::Reading;
    use environment::facts::{Domain, Member, Stack, Stacks};

    use super::*;

    #[test]
    fn only_a_domain_that_nobody_answers_for_is_in_doubt() {
        let domain = |id: &str| Domain {
            id: id.to_owned(),
            arn: format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{id}").into(),
            ..Domain::default()
        };
        let member = Member {
            id: "d-member".to_owned(),
            ..Member::default()
        };
        let stack = Stack {
            members: vec![member],
            ..Stack::default()
        };
        let there = ["d-left", "d-named", "d-member", "d-read"].map(domain);
        let had = ["d-left", "d-named", "d-member", "d-gone"];
        let facts = Facts {
            stacks: Reading::Known(Stacks {
                marked: vec![stack],
                ..Stacks::default()
            }),
            domains: Reading::Known(there.into()),
            named_domains: ["d-named".to_owned()].into(),
            doubtful_domains: had
                .map(|id| (id.to_owned(), "demo-studio".to_owned()))
                .into(),
            ..Facts::default()
        };
        let broken = doubtful(&facts);
        assert_eq!(broken.len(), 1);
        let told = &broken[0].why;
        for word in ["demo-studio", "domain d-left kept", "--domain-arn arn:aws"] {
            assert!(told.contains(word), "{told}");
        }
    }

    #[test]
    fn only_the_arn_of_a_domain_names_one() {
        let arn = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-1";
        let domain = NamedDomain::parse(arn).unwrap();
        assert_eq!(domain.id(), "d-1");
        assert_eq!(domain.place(), ("us-east-1", "111122223333"));
        for bad in [
            "d-1",
            "arn:aws:sagemaker:r:1:space/d-1/s",
            "arn:aws:ec2:r:1:domain/d",
        ] {
            assert!(NamedDomain::parse(bad).is_err(), "{bad}");
        }
    }
}
