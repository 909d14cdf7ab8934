//! A workshop of many, made without waiting for the rates.

use std::time::Duration;

use jumpstart_vpc::event::Outcome;
use serde_json::json;
use simulator::Scenario;

use super::hand::{hand, ids, rest};
use super::{ENVIRONMENT, Life};

/// A world whose rates are lifted: it is made, not measured.
pub(crate) fn unlimited(seed: u64) -> Life {
    let mut scenario = Scenario::default();
    scenario.rates.enforced = false;
    for quota in [
        "user-profiles",
        "spaces",
        "Studio JupyterLab Apps running on ml.t3.medium instances",
        "Studio CodeEditor Apps running on ml.t3.medium instances",
    ] {
        scenario.quotas.set(quota, 5_000).unwrap();
    }
    Life::new(scenario, seed)
}

/// An environment with participants, each with a space and two apps.
pub(crate) async fn workshop(life: &Life, participants: u32) {
    let risen = life.up(ENVIRONMENT).await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
    life.session(ENVIRONMENT, participants).await;
    let ann = hand(life);
    let profiles = ids(life, "AWS::SageMaker::UserProfile");
    let named = |id: &str| {
        let (domain, name) = id.split_once(['/', '|']).unwrap();
        (domain.to_owned(), name.to_owned())
    };
    for profile in &profiles {
        let (domain, owner) = named(profile);
        let input = json!({
            "DomainId": domain,
            "SpaceName": format!("editor-{owner}"),
            "OwnershipSettings": {"OwnerUserProfileName": owner},
            "SpaceSharingSettings": {"SharingType": "Private"},
            "SpaceSettings": {"AppType": "CodeEditor"},
        });
        ann.sagemaker("CreateSpace", input).await;
    }
    rest(life, 120).await;
    for profile in &profiles {
        let (domain, owner) = named(profile);
        let input = json!({
            "DomainId": domain,
            "SpaceName": format!("editor-{owner}"),
            "AppType": "CodeEditor",
            "AppName": "default",
        });
        ann.sagemaker("CreateApp", input).await;
    }
    let cx = life.context().await;
    cx.clock.sleep(Duration::from_secs(900)).await;
}
