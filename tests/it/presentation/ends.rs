//! How runs end that do not succeed: each family of failures, in the order that is promised.

use std::time::Duration;

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::stacks::Manifest;
use serde_json::json;
use simulator::Scenario;
use simulator::http::Shell;

use super::frame::{check, ended, ended_whole, fault, redacted, watched};
use super::hints::{Set, broken};
use super::stage::{Stage, snapshot};
use crate::support::process::{Ended, TOOL, ask, foreign_interface};
use crate::support::{ENVIRONMENT, Life, force, paused};

/// Comes up without looking first, in this world.
fn hasty(scenario: &str, seed: u64) -> Life {
    Life {
        is_hasty: true,
        ..Life::new(Scenario::read(scenario).unwrap(), seed)
    }
}

/// `up` of a life, told to a stage.
async fn up(
    stage: &Stage,
    life: &Life,
    name: &str,
    manifest: Manifest,
) -> jumpstart_vpc::event::Finished {
    let life = watched(stage, life, false);
    stage.timed(life.up_with(name, manifest)).await
}

#[test]
fn a_name_that_is_taken() {
    paused(91, async {
        let scenario = Scenario::read(include_str!("../../scenarios/neighbour.toml")).unwrap();
        let mut life = hasty("", 91);
        life.shell = Shell::begin(scenario, Some(91), 1.0).unwrap();
        let stage = Stage::default();
        let risen = up(&stage, &life, "bobs-studio", Manifest::embedded().unwrap()).await;
        ended(&stage, risen, Outcome::Failed, "name-taken");
    });
}

#[test]
fn a_template_that_is_none() {
    paused(92, async {
        let life = hasty("", 92);
        let set = Set::of(
            "end",
            "Resources:\n  Thing:\n    Type: AWS::Nobody::Knows\n",
            "",
        );
        let stage = Stage::default();
        let risen = up(&stage, &life, ENVIRONMENT, set.manifest()).await;
        ended(&stage, risen, Outcome::Failed, "template-invalid");
    });
}

#[test]
fn nobody_answers() {
    paused(93, async {
        let mut life = hasty("", 93);
        life.reached_by = Some(broken("connection refused").await);
        let stage = Stage::default();
        let risen = up(&stage, &life, ENVIRONMENT, Manifest::embedded().unwrap()).await;
        ended_whole(&stage, risen, Outcome::Incomplete, "unreachable");
    });
}

#[test]
fn throttled_to_the_end() {
    paused(94, async {
        let life = Life {
            deadline: Duration::from_secs(300),
            ..hasty("", 94)
        };
        let throttled = json!({"match": {"action": "cloudformation:DescribeStacks"}, "answer": {"kind": "throttle"}});
        fault(&life, throttled).await;
        let stage = Stage::default();
        let risen = up(&stage, &life, ENVIRONMENT, Manifest::embedded().unwrap()).await;
        ended_whole(&stage, risen, Outcome::Incomplete, "throttled");
    });
}

#[test]
fn throttled_in_the_first_look_of_a_teardown() {
    paused(94, async {
        let life = Life {
            deadline: Duration::from_secs(300),
            ..Life::new(Scenario::default(), 94)
        };
        let throttled = json!({"match": {"action": "cloudformation:DescribeStacks"}, "answer": {"kind": "throttle"}});
        fault(&life, throttled).await;
        let stage = Stage::default();
        let down = watched(&stage, &life, false);
        let fallen = stage.timed(down.down(ENVIRONMENT, force())).await;
        ended_whole(&stage, fallen, Outcome::Incomplete, "throttled-down");
    });
}

#[test]
fn the_deadline_passes_while_aws_goes_on() {
    paused(96, async {
        let life = Life {
            deadline: Duration::from_secs(60),
            ..hasty("", 96)
        };
        let stage = Stage::default();
        let risen = up(&stage, &life, ENVIRONMENT, Manifest::embedded().unwrap()).await;
        ended(&stage, risen, Outcome::Incomplete, "late");
    });
}

#[test]
fn a_stack_of_somebody_elses_is_refused() {
    paused(95, async {
        let life = Life::new(Scenario::default(), 95);
        life.up_with(ENVIRONMENT, Manifest::embedded().unwrap())
            .await;
        let template = "Resources%3A%0A%20%20Vpc%3A%0A%20%20%20%20Type%3A%20AWS%3A%3AEC2%3A%3AVPC%0A%20%20%20%20Properties%3A%20%7BCidrBlock%3A%2010.0.0.0%2F16%7D%0A";
        let form = format!(
            "Action=CreateStack&Version=2010-05-15&StackName=mine-network&TemplateBody={template}"
        );
        ask(&life.shell, &form).await;
        life.context()
            .await
            .clock
            .sleep(Duration::from_secs(120))
            .await;
        let stage = Stage::default();
        let risen = up(&stage, &life, "mine", Manifest::embedded().unwrap()).await;
        ended_whole(&stage, risen, Outcome::Refused, "refused-up");
    });
}

/// Nothing of Rust's own shows through, however a call fails.
fn is_for_people(text: &str) {
    for trace in ["{ ", "DispatchFailure", "Some(", "ConnectorError"] {
        assert!(!text.contains(trace), "{trace}: {text}");
    }
}

#[test]
fn without_credentials_there_is_one_sentence() {
    let run = |flags: &[&str]| {
        let mut command = std::process::Command::new(TOOL);
        let command = command
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .args(["up", "--yes"])
            .args(flags);
        Ended::of(command.output().unwrap())
    };
    let ended = run(&[]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    is_for_people(&ended.err);
    snapshot("end-no-credentials.txt", &redacted(&ended.err));
    // Programs and whoever wants the result alone are told the same.
    for flags in [&["--output", "json"][..], &["-q"]] {
        assert_eq!(run(flags).err, ended.err, "{flags:?}");
    }
    // Who asks for every call learns where credentials were looked for.
    let more = run(&["-v"]);
    is_for_people(&more.err);
    assert!(more.err.contains("NoCredentials in "), "{}", more.err);
    assert!(more.err.len() > ended.err.len() + 40, "{}", more.err);
}

#[test]
fn where_nothing_answers_it_is_said_in_words() {
    let ended = Ended::of(
        crate::support::process::command(TOOL, "http://127.0.0.1:9")
            .env("JUMPSTART_VPC_CLOCK_SCALE", "300")
            .args(["up", "--yes", "--timeout", "90s"])
            .output()
            .unwrap(),
    );
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    is_for_people(&ended.err);
    assert!(ended.err.contains("Connection refused"), "{}", ended.err);
    assert!(ended.err.contains("hint [unreachable]"), "{}", ended.err);
}

#[test]
fn a_plan_that_ends_early_says_why_and_what_to_run() {
    let run = |arguments: &[&str]| {
        let mut command = crate::support::process::command(TOOL, "http://127.0.0.1:9");
        let command = command
            .env("JUMPSTART_VPC_CLOCK_SCALE", "300")
            .args(arguments);
        Ended::of(command.output().unwrap())
    };
    for direction in ["up", "down"] {
        let ended = run(&["plan", direction, "--timeout", "60s"]);
        assert_eq!(ended.code, Some(3), "{}", ended.err);
        assert!(ended.err.contains("hint [unreachable]"), "{}", ended.err);
        assert!(ended.err.contains("Not finished after "), "{}", ended.err);
        assert!(ended.out.is_empty(), "{}", ended.out);
        let file = "/nonexistent/plan.html";
        let ended = run(&["plan", direction, "--report", file]);
        assert_eq!(ended.code, Some(2), "{}", ended.err);
        assert!(ended.err.contains("--report"), "{}", ended.err);
    }
}

#[test]
fn a_creation_that_fails_names_the_first_cause_and_what_to_run() {
    paused(82, async {
        let scenario = Scenario::read("[quotas]\ndomains = 0\n").unwrap();
        let life = Life {
            is_hasty: true,
            ..Life::new(scenario, 82)
        };
        let stage = Stage::default();
        let risen = stage
            .timed(watched(&stage, &life, false).up(ENVIRONMENT))
            .await;
        ended(&stage, risen, Outcome::Failed, "quota");
        let text = stage.err.text();
        let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
        let order = [
            "Failed: ",
            "  because ",
            "Still there:",
            "hint [quota-domains]",
            "(exit 1)",
        ];
        let places: Vec<usize> = order.into_iter().map(place).collect();
        assert!(places.is_sorted(), "{places:?}: {text}");
    });
}

#[test]
fn in_github_actions_groups_close_and_the_error_is_marked_once() {
    paused(83, async {
        let scenario = Scenario::read("[quotas]\nvpcs = 1\n").unwrap();
        let life = Life {
            is_hasty: true,
            ..Life::new(scenario, 83)
        };
        let stage = Stage::default();
        let risen = stage
            .timed(watched(&stage, &life, true).up(ENVIRONMENT))
            .await;
        assert_eq!(risen.outcome, Outcome::Failed);
        stage.conclude(risen);
        check(&stage);
        let text = stage.err.text();
        let count = |command: &str| {
            text.lines()
                .filter(|line| line.starts_with(command))
                .count()
        };
        assert_eq!(count("::group::"), count("::endgroup::"));
        assert!(count("::group::") >= 2, "{text}");
        assert_eq!(count("::error "), 1, "{text}");
        assert!(text.contains("maximum number of VPCs"), "{text}");
        snapshot("github.txt", &redacted(&text));
    });
}

#[test]
fn a_blocker_is_named() {
    paused(84, async {
        let life = Life::new(Scenario::default(), 84);
        let risen = life.up(ENVIRONMENT).await;
        let subnet = risen.outputs["network"]["SubnetOneId"]
            .as_str()
            .unwrap()
            .to_owned();
        foreign_interface(&life.shell, &subnet, "somebody+elses").await;
        let stage = Stage::default();
        let fallen = stage
            .timed(watched(&stage, &life, false).down(ENVIRONMENT, force()))
            .await;
        ended(&stage, fallen, Outcome::Blocked, "blocked");
    });
}

#[test]
fn a_refusal_says_its_rule() {
    paused(85, async {
        let life = Life::new(Scenario::default(), 85);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        life.session(ENVIRONMENT, 1).await;
        let stage = Stage::default();
        let yes = Consent {
            yes: true,
            ..Consent::default()
        };
        let fallen = stage
            .timed(watched(&stage, &life, false).down(ENVIRONMENT, yes))
            .await;
        ended_whole(&stage, fallen, Outcome::Refused, "refused");
        assert!(stage.err.text().contains("--delete-spaces"));
    });
}

#[test]
fn expired_credentials_leave_it_incomplete() {
    paused(86, async {
        let life = Life {
            deadline: Duration::from_secs(1200),
            ..Life::new(Scenario::default(), 86)
        };
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let expired = json!({"match": {"action": "*", "after": 60.0}, "answer": {"kind": "expired-credentials"}});
        fault(&life, expired).await;
        let stage = Stage::default();
        let fallen = stage
            .timed(watched(&stage, &life, false).down(ENVIRONMENT, force()))
            .await;
        ended_whole(&stage, fallen, Outcome::Incomplete, "expired");
    });
}

#[test]
fn what_may_not_be_deleted_fails_with_the_missing_action() {
    paused(87, async {
        let life = Life::new(Scenario::default(), 87);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let denied = json!({
            "match": {"action": "elasticfilesystem:DeleteMountTarget"},
            "answer": {"kind": "error", "code": "AccessDeniedException", "status": 403,
                "message": "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: elasticfilesystem:DeleteMountTarget on the specified resource"},
        });
        fault(&life, denied).await;
        let stage = Stage::default();
        let fallen = stage
            .timed(watched(&stage, &life, false).down(ENVIRONMENT, force()))
            .await;
        ended(&stage, fallen, Outcome::Failed, "denied");
        assert!(stage.err.text().contains(
            "allow elasticfilesystem:DeleteMountTarget to arn:aws:iam::111122223333:user/ann"
        ));
    });
}

#[test]
fn an_interrupt_says_how_to_continue() {
    paused(88, async {
        let life = Life::new(Scenario::default(), 88);
        let stage = Stage::default();
        let watched = watched(&stage, &life, false);
        let stop = async {
            let cx = loop {
                let begun = stage.context.borrow().clone();
                match begun {
                    Some(cx) => break cx,
                    None => tokio::task::yield_now().await,
                }
            };
            cx.clock.sleep(Duration::from_secs(60)).await;
            cx.stop.request();
        };
        let (risen, ()) = stage
            .timed(async { tokio::join!(watched.up(ENVIRONMENT), stop) })
            .await;
        ended(&stage, risen, Outcome::Interrupted, "interrupted");
    });
}
