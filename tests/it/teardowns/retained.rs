//! Domains and parts of networks that their templates want kept: nobody is asked about what is in such a domain, and what a
//! template wants counts from the moment at which the stack has it.

use std::collections::BTreeMap;
use std::time::Duration;

use jumpstart_vpc::event::{Fate, Outcome};
use jumpstart_vpc::stacks::Manifest;
use serde_json::json;
use simulator::Scenario;

use super::hazards::{blockers, down_of};
use super::starts::failing;
use crate::support::hand::{hand, ids, rest, update_stack};
use crate::support::process::{Folder, post};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, yes};

const SEED: u64 = 131;

/// The built-in set, with policies that keep what begins with these lines.
pub(super) fn with_kept(folder: &Folder, start: &str) -> Manifest {
    let kept = format!("{start}    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n");
    for file in std::fs::read_dir("stacks").unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        folder.write(name, &text.replace(start, &kept));
    }
    Manifest::in_folder(&folder.0).unwrap()
}

/// An environment of the built-in set, in which is kept what begins with these lines; the set has a folder of this name.
async fn keeping_what(folder: &str, start: &str) -> Life {
    let folder = Folder::new(folder);
    let manifest = with_kept(&folder, start);
    let life = Life::new(Scenario::default(), SEED);
    let risen = life.up_with(ENVIRONMENT, manifest).await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
    life
}

/// One with a domain that its template wants kept.
async fn keeping(folder: &str) -> Life {
    keeping_what(folder, "Type: AWS::SageMaker::Domain\n").await
}

/// What our network has, by kind and id, with its revisions.
pub(super) fn parts_of_ours(life: &Life) -> BTreeMap<String, u64> {
    let parts = [
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Subnet",
        "AWS::EC2::VPCEndpoint",
    ];
    let rows = life.rows().into_iter();
    let ours = rows.filter(|(_, row)| {
        parts.contains(&row.kind.as_str()) && row.tags.contains_key("jumpstart-vpc:environment")
    });
    ours.map(|(key, row)| (key, row.revision)).collect()
}

/// The id of what a stack made under a logical id.
pub(super) fn made_as(life: &Life, logical_id: &str) -> String {
    let mut rows = life.rows().into_values();
    let made = rows.find(|row| {
        let tag = row.tags.get("aws:cloudformation:logical-id");
        tag.is_some_and(|id| id == logical_id)
    });
    made.unwrap().id
}

#[test]
fn no_stack_deletion_begins_that_must_fail_for_what_is_kept_in_its_network() {
    paused(SEED, async {
        for (logical_id, kind) in [
            ("WorkloadSecurityGroup", "AWS::EC2::SecurityGroup"),
            ("SubnetOne", "AWS::EC2::Subnet"),
            ("RouteTable", "AWS::EC2::RouteTable"),
        ] {
            let start = format!("  {logical_id}:\n    Type: {kind}\n");
            let life = keeping_what(&format!("keeping-{logical_id}"), &start).await;
            let kept = made_as(&life, logical_id);
            let is_of_network = |(key, _): &(String, u64)| !key.contains("AWS::EC2::VPCEndpoint");
            let standing = || -> BTreeMap<String, u64> {
                parts_of_ours(&life)
                    .into_iter()
                    .filter(is_of_network)
                    .collect()
            };
            let before = standing();
            let began = life.shell.snapshot().log().len();
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
            assert_eq!(fallen.exit_code, 5, "{fallen:#?}");
            assert_eq!(blockers(&fallen), [kept.as_str()], "{fallen:#?}");
            assert_eq!(standing(), before, "{logical_id}");
            let world = life.shell.snapshot();
            let network = format!("{ENVIRONMENT}-network");
            let deleted = world.log().iter().skip(began).any(|entry| {
                let mut resources = entry.resources.iter();
                entry.action == "cloudformation:DeleteStack"
                    && resources.any(|named| named.contains(&network))
            });
            assert!(!deleted, "{logical_id}");
            // What nothing holds has gone.
            assert!(ids(&life, "AWS::SageMaker::Domain").is_empty());
        }
    });
}

/// What a kept domain keeps, by kind.
fn in_studio(life: &Life) -> [Vec<String>; 5] {
    [
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::UserProfile",
        "AWS::SageMaker::Space",
        "AWS::SageMaker::App",
        "AWS::EFS::FileSystem",
    ]
    .map(|kind| ids(life, kind))
}

#[test]
fn a_domain_that_its_deleted_stack_wanted_kept_is_kept() {
    paused(SEED, async {
        let life = keeping("keeping").await;
        let domains = ids(&life, "AWS::SageMaker::Domain");
        let volumes = ids(&life, "AWS::EFS::FileSystem");
        let stack = format!("{ENVIRONMENT}-studio");
        let members = [("StackName", stack.as_str())];
        hand(&life).cloudformation("DeleteStack", &members).await;
        rest(&life, 900).await;
        assert_eq!(ids(&life, "AWS::CloudFormation::Stack").len(), 2);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(ids(&life, "AWS::SageMaker::Domain"), domains);
        assert_eq!(ids(&life, "AWS::EFS::FileSystem"), volumes);
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        let mut kept = fallen.kept.iter().map(|kept| &kept.id);
        assert!(kept.any(|id| *id == domains[0]), "{fallen:#?}");
    });
}

/// Somebody makes himself a profile and a space in a domain.
async fn guest(life: &Life, domain: &str) {
    let ann = hand(life);
    let profile = json!({"DomainId": domain, "UserProfileName": "guest"});
    ann.sagemaker("CreateUserProfile", profile).await;
    rest(life, 120).await;
    let space = json!({
        "DomainId": domain,
        "SpaceName": "lab-guest",
        "OwnershipSettings": {"OwnerUserProfileName": "guest"},
        "SpaceSharingSettings": {"SharingType": "Private"},
        "SpaceSettings": {"AppType": "JupyterLab"},
    });
    ann.sagemaker("CreateSpace", space).await;
    rest(life, 120).await;
}

#[test]
fn a_domain_stays_whose_deleted_stack_can_no_longer_say_that_it_wanted_it_kept() {
    paused(SEED, async {
        let life = keeping("keeping-unread").await;
        let domain = ids(&life, "AWS::SageMaker::Domain").remove(0);
        guest(&life, &domain).await;
        let stack = format!("{ENVIRONMENT}-studio");
        let members = [("StackName", stack.as_str())];
        hand(&life).cloudformation("DeleteStack", &members).await;
        rest(&life, 900).await;
        assert_eq!(ids(&life, "AWS::CloudFormation::Stack").len(), 2);
        let standing = in_studio(&life);
        assert_eq!(standing[2].len(), 1, "{standing:?}");
        assert_eq!(standing[4].len(), 1, "{standing:?}");
        let before = life.rows();
        let rule = json!({
            "match": {"action": "cloudformation:GetTemplate", "resource": "*-studio/*"},
            "answer": {"kind": "error", "code": "ValidationError", "message": "The template cannot be read", "status": 400},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Refused, "{fallen:#?}");
        assert_eq!(in_studio(&life), standing);
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        // Who names the domain says that it is to go.
        let fallen = down_of(&life, ENVIRONMENT, &domain).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::SageMaker::Domain"), Vec::<String>::new());
    });
}

#[test]
fn nobody_is_asked_about_the_spaces_of_a_domain_that_is_kept() {
    paused(SEED, async {
        let life = keeping("keeping-spaces").await;
        life.session(ENVIRONMENT, 1).await;
        let standing = in_studio(&life);
        let fallen = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert_eq!(in_studio(&life), standing);
        let mut data = fallen.data.iter();
        assert!(data.all(|told| told.fate == Fate::Kept), "{fallen:#?}");
    });
}

/// The status of the studio stack.
fn statuses(life: &Life) -> Vec<String> {
    let rows = life.rows().into_values();
    let stacks = rows.filter(|row| row.kind == "AWS::CloudFormation::Stack");
    let studio = stacks.filter(|row| row.id.contains("-studio/"));
    studio.map(|row| row.status).collect()
}

#[test]
fn a_domain_is_kept_whose_stack_goes_back_to_a_template_that_wants_it_kept() {
    paused(SEED, async {
        let life = keeping("keeping-again").await;
        life.session(ENVIRONMENT, 1).await;
        let standing = in_studio(&life);
        let fault = failing("AWS::SageMaker::Domain", "update", 1);
        post(&life.shell, "/_simulator/faults", &fault).await;
        // The built-in template wants nothing kept.
        let template = std::fs::read_to_string("stacks/studio.yaml").unwrap();
        let given = [("IdleTimeoutInMinutes", "180")];
        update_stack(&life, "studio", &template, &given).await;
        assert_eq!(statuses(&life), ["UPDATE_IN_PROGRESS"]);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(statuses(&life), ["UPDATE_ROLLBACK_COMPLETE"]);
        assert_eq!(in_studio(&life), standing, "{fallen:#?}");
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
    });
}

#[test]
fn who_works_in_a_domain_that_is_kept_keeps_nobody_waiting() {
    paused(SEED, async {
        let life = keeping("keeping-in-use").await;
        life.session(ENVIRONMENT, 1).await;
        let apps = ids(&life, "AWS::SageMaker::App");
        let began = life.shell.snapshot().now();
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::SageMaker::App"), apps);
        let took = life.shell.snapshot().now().since(began);
        assert!(took < Duration::from_secs(30 * 60), "{took:?}");
    });
}
