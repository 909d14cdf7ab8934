//! Domains that their templates want kept: nobody is asked about what is in them, and what a template wants counts from the
//! moment at which the stack has it.

use std::time::Duration;

use jumpstart_vpc::event::{Fate, Outcome};
use jumpstart_vpc::stacks::Manifest;
use simulator::Scenario;

use super::starts::failing;
use crate::support::hand::{hand, ids, rest, update_stack};
use crate::support::process::{Folder, post};
use crate::support::{ENVIRONMENT, Life, force, paused, yes};

const SEED: u64 = 131;

/// An environment of the built-in set, with a domain that its template wants kept; the set has a folder of this name.
async fn keeping(folder: &str) -> Life {
    let folder = Folder::new(folder);
    let domain = "Type: AWS::SageMaker::Domain\n";
    let kept = format!("{domain}    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n");
    for file in std::fs::read_dir("stacks").unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        folder.write(name, &text.replace(domain, &kept));
    }
    let manifest = Manifest::in_folder(&folder.0).unwrap();
    let life = Life::new(Scenario::default(), SEED);
    let risen = life.up_with(ENVIRONMENT, manifest).await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
    life
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
