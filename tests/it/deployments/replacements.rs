//! What is replaced or made anew: shown before, in steps of its own, and never with something of somebody's in it.

use jumpstart_vpc::event::{Event, Outcome};
use jumpstart_vpc::up::Options;

use super::embedded;
use super::worlds::{leave_failed_studio, standing};
use crate::support::hand::rest;
use crate::support::{ENVIRONMENT, Life, difference, paused, warnings};

#[test]
fn a_replacement_is_shown_and_refused_before_anything_is_changed() {
    let (world, _) = standing();
    paused(33, async {
        let life = Life::within(&world, 33);
        let before = life.rows();
        let other = [("studio.UserProfileName", "other".to_owned())];
        let manifest = || {
            let mut manifest = embedded();
            let studio = manifest
                .stacks
                .iter_mut()
                .find(|entry| entry.key == "studio");
            studio.unwrap().parameters.remove("UserProfileName");
            manifest
        };
        let options = Options::default();
        let risen = life
            .up_as(ENVIRONMENT, manifest(), &other, options.clone())
            .await;
        assert_eq!(risen.outcome, Outcome::Refused);
        let told = warnings(&life);
        assert!(
            told.contains("UserProfileName default-user → other"),
            "{told}"
        );
        assert!(told.contains("--allow-replacement"), "{told}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        let allowed = Options {
            allow_replacement: true,
            ..options
        };
        let risen = life.up_as(ENVIRONMENT, manifest(), &other, allowed).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        let profiles = risen.outputs["profiles"].as_array().unwrap().clone();
        assert_eq!(profiles, ["other"]);
    });
}

/// The only domain's id.
async fn domain(life: &Life) -> String {
    let cx = life.context().await;
    cx.aws.domains().await.unwrap()[0].id.clone()
}

#[test]
fn a_stack_that_is_made_anew_goes_by_a_step_of_its_own() {
    let (world, _) = standing();
    paused(36, async {
        let life = Life::within(&world, 36);
        leave_failed_studio(&life).await;
        life.recorder.0.borrow_mut().clear();
        let risen = life.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        let step =
            |verb: &str| format!("{verb}-stack:AWS::CloudFormation::Stack:{ENVIRONMENT}-studio");
        let (removal, making) = (step("delete"), step("create"));
        let events = life.recorder.0.borrow();
        let planned: Vec<String> = events
            .iter()
            .filter_map(|event| match event {
                Event::Plan { steps, .. } => Some(steps.iter().map(|step| step.id.to_string())),
                _ => None,
            })
            .flatten()
            .filter(|id| id.ends_with("-studio"))
            .collect();
        assert_eq!(planned, [removal.clone(), making.clone()]);
        let told: Vec<String> = events
            .iter()
            .filter_map(|event| match event {
                Event::StepStarted { id } => Some(format!("begun {id}")),
                Event::StepFinished { id, outcome, .. } => Some(format!("{outcome:?} {id}")),
                _ => None,
            })
            .filter(|told| told.ends_with("-studio"))
            .collect();
        let expected = [
            format!("begun {removal}"),
            format!("Done {removal}"),
            format!("begun {making}"),
            format!("Done {making}"),
        ];
        assert_eq!(told, expected);
    });
}

#[test]
fn a_profile_in_a_domain_that_never_came_up_is_not_thrown_away() {
    let (world, _) = standing();
    paused(34, async {
        let life = Life::within(&world, 34);
        leave_failed_studio(&life).await;
        let domain = domain(&life).await;
        let cx = life.context().await;
        cx.aws.create_user_profile(&domain, "early").await.unwrap();
        rest(&life, 120).await;
        let before = life.rows();
        let risen = life.up(ENVIRONMENT).await;
        let told = warnings(&life);
        assert_eq!(risen.outcome, Outcome::Refused, "{told}");
        assert!(told.contains("user profiles: early"), "{told}");
        assert!(told.contains("run: jumpstart-vpc down --name"), "{told}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn spaces_in_a_domain_that_never_came_up_are_not_thrown_away() {
    let (world, _) = standing();
    paused(35, async {
        let life = Life::within(&world, 35);
        leave_failed_studio(&life).await;
        let domain = domain(&life).await;
        let cx = life.context().await;
        cx.aws.create_user_profile(&domain, "early").await.unwrap();
        rest(&life, 120).await;
        cx.aws.create_space(&domain, "early", "work").await.unwrap();
        rest(&life, 120).await;
        let before = life.rows();
        let risen = life.up(ENVIRONMENT).await;
        assert_ne!(risen.outcome, Outcome::Succeeded);
        assert!(warnings(&life).contains("work"), "{}", warnings(&life));
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}
