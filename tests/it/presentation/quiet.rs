//! What `-q` leaves: the result, what somebody refuses because of, and what is known nowhere else afterwards.

use std::rc::Rc;

use jumpstart_vpc::context::Context;
use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::report::{Detail, JsonLines, Lines, Output};
use simulator::Scenario;

use super::stage::{Buffer, Stage};
use crate::support::hand::Hand;
use crate::support::{ENVIRONMENT, Life, force, paused, yes};

/// The life as somebody sees it who wants the result alone and is not asked; in JSON the talk goes elsewhere.
fn quiet(stage: &Stage, life: &Life) -> (Life, Buffer) {
    let (out, talk) = (stage.out.clone(), Buffer::default());
    let beside = talk.clone();
    let watched = stage.watch(life, move |cx| {
        let lines = Lines::new(cx.output.clone(), cx.clock.clone(), Detail::Result);
        let output = Output::to(
            Box::new(out.clone()),
            Box::new(beside.clone()),
            false,
            false,
        );
        let json = JsonLines::new(output, cx.clock.clone(), cx.heading.clone());
        vec![Box::new(lines), Box::new(json.quiet(true))]
    });
    let watch = watched.watched_by.clone().unwrap();
    let quietly = move |cx: &mut Context| {
        watch(cx);
        cx.output.quiet = true;
    };
    let life = Life {
        watched_by: Some(Rc::new(quietly)),
        ..watched
    };
    (life, talk)
}

#[test]
fn the_text_of_a_policy_is_printed_before_it_is_deleted() {
    paused(77, async {
        let life = Life::new(Scenario::default(), 77);
        let risen = life.up(ENVIRONMENT).await;
        let role = risen.outputs["studio"]["ExecutionRoleArn"]
            .as_str()
            .unwrap();
        let role = role.rsplit('/').next().unwrap();
        let document = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}]}"#;
        let members = [
            ("RoleName", role),
            ("PolicyName", "bedrock"),
            ("PolicyDocument", document),
        ];
        let ann = Hand {
            shell: &life.shell,
            name: "ann",
        };
        ann.iam("PutRolePolicy", &members, "RequestId").await;
        let stage = Stage::default();
        let (life, talk) = quiet(&stage, &life);
        let fallen = stage.timed(life.down(ENVIRONMENT, force())).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded);
        stage.conclude(fallen);
        for told in [stage.err.text(), talk.text(), stage.out.text()] {
            assert!(told.contains("bedrock:InvokeModel"), "{told}");
        }
        let told = stage.err.text();
        assert!(!told.contains("Plan:"), "{told}");
        assert!(told.contains("Done after"), "{told}");
    });
}

#[test]
fn data_is_listed_where_it_is_refused_and_not_where_it_is_agreed_to() {
    paused(78, async {
        let life = Life::new(Scenario::default(), 78);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        life.session(ENVIRONMENT, 3).await;
        let agreed = Consent {
            delete_spaces: true,
            ..yes()
        };
        for (consent, outcome, spaces) in [
            (yes(), Outcome::Refused, 3),
            (agreed, Outcome::Succeeded, 0),
        ] {
            let stage = Stage::default();
            let (life, _) = quiet(&stage, &life);
            let fallen = stage.timed(life.down(ENVIRONMENT, consent)).await;
            assert_eq!(fallen.outcome, outcome, "{fallen:#?}");
            stage.conclude(fallen);
            let told = stage.err.text();
            let listed = told.lines().filter(|line| line.starts_with("  space "));
            assert_eq!(listed.count(), spaces, "{told}");
            assert!(!told.contains("Plan:"), "{told}");
        }
    });
}
