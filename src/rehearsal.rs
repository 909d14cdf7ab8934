//! A participant's session between `up` and `down`, for rehearsals: made by ordinary API calls.

use std::time::Duration;

use environment::facts::{AppOwner, Facts};

use crate::aws::cloudformation::Stack;
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::Event;
use crate::inventory::Inventory;

/// Pause between two looks at what was started.
const PAUSE: Duration = Duration::from_secs(5);
/// Looks before something that does not start is left as it is.
const LOOKS: u32 = 1000;

/// What a session has to know of its environment.
struct Studio {
    domain: String,
    arn: String,
    role: String,
    subnets: Vec<String>,
    groups: Vec<String>,
}

/// Lets `users` participants work: each gets a profile, a space and a JupyterLab app; the first deploys a model.
///
/// # Errors
/// As any call.
pub async fn session(
    cx: &Context,
    environment: &str,
    account: &str,
    users: u32,
) -> Result<(), CallError> {
    let inventory = Inventory::new(cx.aws.clone(), environment, account);
    inventory.read_all().await;
    let Some(studio) = studio(&inventory.facts(), &inventory.survey().marked) else {
        return Ok(());
    };
    let first = inventory
        .facts()
        .user_profiles
        .items()
        .first()
        .map(|profile| profile.name.clone());
    let mut owners: Vec<String> = first.into_iter().collect();
    for number in owners.len()..users as usize {
        let name = format!("participant-{:03}", number + 1);
        cx.aws.create_user_profile(&studio.domain, &name).await?;
        owners.push(name);
    }
    owners.truncate(users as usize);
    let domain = studio.domain.clone();
    let spaces = || owners.iter().map(|owner| space_of(owner));
    settled(cx, "their profiles", async || {
        let listed = cx.aws.user_profiles(&domain).await?;
        let listed = listed.into_iter().map(|it| (it.name, it.status));
        Ok(are_in_service(owners.iter().cloned(), listed))
    })
    .await?;
    for owner in &owners {
        cx.aws
            .create_space(&studio.domain, owner, &space_of(owner))
            .await?;
    }
    settled(cx, "their spaces", async || {
        let listed = cx.aws.spaces(&domain).await?;
        let listed = listed.into_iter().map(|it| (it.name, it.status));
        Ok(are_in_service(spaces(), listed))
    })
    .await?;
    for owner in &owners {
        cx.aws.create_app(&studio.domain, &space_of(owner)).await?;
    }
    let mut name = format!("jumpstart-dft-llama-{environment}");
    name.truncate(63);
    cx.aws
        .create_model(
            &name,
            &studio.arn,
            &studio.role,
            studio.subnets,
            studio.groups,
        )
        .await?;
    settled(cx, "their model", async || {
        once_seen(cx.aws.create_endpoint_config(&name, &studio.arn).await)
    })
    .await?;
    settled(cx, "their endpoint config", async || {
        once_seen(cx.aws.create_endpoint(&name, &studio.arn).await)
    })
    .await?;
    settled(cx, "their apps", async || {
        let listed = cx.aws.apps(&domain).await?.into_iter();
        let listed = listed.map(|it| (it.owner, it.status));
        Ok(are_in_service(spaces().map(AppOwner::Space), listed))
    })
    .await?;
    settled(cx, "the model's endpoint", async || {
        Ok(cx
            .aws
            .listed_endpoints()
            .await?
            .iter()
            .any(|it| it.listed.name == name && it.status == "InService"))
    })
    .await?;
    Ok(())
}

/// Whether each of these is listed, and in service: what is new may not be listed yet.
fn are_in_service<T: PartialEq>(
    mut wanted: impl Iterator<Item = T>,
    listed: impl Iterator<Item = (T, String)>,
) -> bool {
    let in_service = listed.filter(|(_, status)| status == "InService");
    let in_service: Vec<T> = in_service.map(|(it, _)| it).collect();
    wanted.all(|it| in_service.contains(&it))
}

fn space_of(owner: &str) -> String {
    format!("lab-{owner}")
}

fn studio(facts: &Facts, stacks: &[Stack]) -> Option<Studio> {
    let domain = facts.domains.items().first()?;
    let members: Vec<_> = facts
        .marked()
        .iter()
        .flat_map(|stack| &stack.members)
        .filter(|member| !member.is_gone())
        .collect();
    let of = |kind: &str| {
        members
            .iter()
            .filter(|member| member.kind == kind)
            .map(|member| member.id.clone())
            .collect::<Vec<_>>()
    };
    let role = stacks
        .iter()
        .find_map(|stack| stack.outputs.get("ExecutionRoleArn").cloned());
    let role = role.or_else(|| {
        of("AWS::IAM::Role")
            .first()
            .map(|name| format!("arn:aws:iam::{}:role/{name}", facts.account))
    })?;
    let mut groups = of("AWS::EC2::SecurityGroup");
    groups.truncate(1);
    Some(Studio {
        domain: domain.id.clone(),
        arn: domain.arn.to_string(),
        role,
        subnets: of("AWS::EC2::Subnet"),
        groups,
    })
}

/// Whether something was made; what it is made of may be seen late.
fn once_seen(made: Result<(), CallError>) -> Result<bool, CallError> {
    match made {
        Err(error) if error.class == Class::NotFound => Ok(false),
        made => made.map(|()| true),
    }
}

/// Looks again until it is so, and says what is waited for.
async fn settled(
    cx: &Context,
    what: &str,
    look: impl AsyncFn() -> Result<bool, CallError>,
) -> Result<(), CallError> {
    cx.events.send(Event::Heartbeat {
        message: format!("participants wait for {what}"),
    });
    for _ in 0..LOOKS {
        if look().await? || cx.stop.is_requested() {
            return Ok(());
        }
        cx.clock.sleep(PAUSE).await;
    }
    Ok(())
}
