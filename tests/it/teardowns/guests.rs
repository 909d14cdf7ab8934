//! What a stack of ours has in a domain that is not: no list of our domains shows it.

use jumpstart_vpc::event::{Fate, Outcome};
use serde_json::json;
use simulator::Scenario;

use crate::support::hand::{Hand, ids, rest};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, set, warnings, yes};

const SEED: u64 = 151;
const PROFILE: &str = "AWS::SageMaker::UserProfile";
const SPACE: &str = "AWS::SageMaker::Space";

/// Bob's domain, in which he is at work, and a stack of Ann's with a profile and its space there; gives the domain's id.
async fn at_bobs(life: &Life) -> String {
    let bob = life.as_caller("bob");
    assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
    bob.session("workshop", 1).await;
    let domain = ids(life, "AWS::SageMaker::Domain").remove(0);
    let given = [("DomainId", domain.clone())];
    let risen = life.up_given(ENVIRONMENT, set("guest"), &given).await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
    domain
}

#[test]
fn a_space_of_a_stack_goes_by_choice_alone_in_whatever_domain_it_is() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let desk = format!("{}/desk", at_bobs(&life).await);
        let standing = life.rows();
        let fallen = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Refused, "{fallen:#?}");
        let told = warnings(&life);
        assert!(told.contains("data that goes with 1 space"), "{told}");
        assert_eq!(difference(&standing, &life.rows()), Vec::<String>::new());
        let mut theirs = ids(&life, SPACE);
        theirs.retain(|id| *id != desk);
        assert_eq!(theirs.len(), 1);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let data = fallen.data.iter();
        let data: Vec<(&str, Fate)> = data
            .map(|told| (told.data.id.as_str(), told.fate))
            .collect();
        assert_eq!(data, [(desk.as_str(), Fate::Deleted)]);
        assert_eq!(ids(&life, SPACE), theirs);
    });
}

#[test]
fn a_profile_that_somebody_works_under_is_not_given_up_because_no_list_shows_it() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let domain = at_bobs(&life).await;
        let bob = Hand {
            shell: &life.shell,
            name: "bob",
        };
        let space = json!({"DomainId": domain, "SpaceName": "late"});
        let mut made = space.clone();
        made["OwnershipSettings"] = json!({"OwnerUserProfileName": "guest"});
        made["SpaceSharingSettings"] = json!({"SharingType": "Private"});
        made["SpaceSettings"] = json!({"AppType": "JupyterLab"});
        bob.sagemaker("CreateSpace", made).await;
        rest(&life, 120).await;
        let guest = format!("{domain}/guest");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Failed, "{fallen:#?}");
        assert!(ids(&life, PROFILE).contains(&guest), "{fallen:#?}");
        let reasons = fallen.remaining.iter();
        let mut reasons = reasons.filter_map(|left| left.reason.as_deref());
        let why = "because Space(s) are associated with it";
        assert!(reasons.any(|told| told.contains(why)), "{fallen:#?}");
        // He leaves, and the same command ends.
        bob.sagemaker("DeleteSpace", space).await;
        rest(&life, 900).await;
        // Another run has tokens of its own.
        let again = Life {
            seed: SEED + 1,
            ..life.clone()
        };
        let fallen = again.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert!(!ids(&life, PROFILE).contains(&guest));
    });
}
