//! Lines and JSON of many runs: valid, never silent for long, never saying the same again, and the order of a failure.

use std::time::Duration;

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::{Event, Finished, Outcome};
use jumpstart_vpc::report::{Detail, JsonLines, Lines, Output, page, replay};
use regex::Regex;
use serde_json::{Value, json};
use simulator::Scenario;

use super::schema::Schema;
use super::stage::{Stage, snapshot};
use crate::support::process::{ask, post};
use crate::support::{ENVIRONMENT, Life, force, paused};

fn watched(stage: &Stage, life: &Life, github: bool) -> Life {
    let out = stage.out.clone();
    stage.watch(life, move |cx| {
        let lines = Lines::new(cx.output.clone(), cx.clock.clone(), Detail::Everything);
        let json = Output::to(
            Box::new(out.clone()),
            Box::new(std::io::sink()),
            false,
            false,
        );
        vec![
            Box::new(lines.for_github(github)),
            Box::new(JsonLines::new(json, cx.clock.clone(), cx.heading.clone())),
        ]
    })
}

/// What holds of every run, whatever it comes to.
fn check(stage: &Stage) {
    let text = stage.err.text();
    assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'));
    assert!(
        !text.contains("Error {") && !text.contains("Some("),
        "{text}"
    );
    let mut before = Duration::ZERO;
    for at in stage.err.moments() {
        let silence = at.saturating_sub(before);
        assert!(
            silence <= Duration::from_secs(31),
            "{silence:?} of silence until {at:?}:\n{text}"
        );
        before = at;
    }
    let timed = Regex::new(r"^ *(\d+s|\d+m \d\ds|\d+h \d\dm)  ").unwrap();
    let mut last = String::new();
    for line in text.lines() {
        let said = timed.replace(line, "").into_owned();
        assert!(
            said != last || said.is_empty(),
            "said twice: {said}\n{text}"
        );
        last = said;
    }
    let schema = Schema::of_lines();
    let lines: Vec<Value> = stage
        .out
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        assert_eq!(schema.check(line), Ok(()), "{line}");
    }
    let ends = lines.iter().filter(|line| line["event"] == "finished");
    assert_eq!(ends.count(), 1);
    assert_eq!(lines.last().unwrap()["event"], "finished");
    // The page is made of any run.
    let recording = replay::read(&stage.out.text()).unwrap();
    assert!(page(&recording).contains("</html>"));
}

/// The end of a run without what differs between runs.
fn redacted(text: &str) -> String {
    let end = text
        .lines()
        .skip_while(|line| {
            let ends = [
                "Failed: ",
                "Still there:",
                "In the way",
                "hint [",
                "Refused",
                "Interrupted",
                "Not finished",
            ];
            !ends.iter().any(|begin| line.starts_with(begin))
        })
        .collect::<Vec<_>>()
        .join("\n");
    let patterns = [
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "UUID",
        ),
        (
            r"\b(vpc|subnet|sg|eni|fs|fsmt|vpce|rtb|acl)-[0-9a-f]{8,17}\b",
            "$1-ID",
        ),
        (r"\bd-[a-z0-9]{12}\b", "d-ID"),
        (r"\d+h \d\dm|\d+m \d\ds|\b\d+s\b", "TIME"),
    ];
    let mut text = end;
    for (pattern, instead) in patterns {
        text = Regex::new(pattern)
            .unwrap()
            .replace_all(&text, instead)
            .into_owned();
    }
    text + "\n"
}

async fn fault(life: &Life, rule: Value) {
    post(&life.shell, "/_simulator/faults", &rule).await;
}

fn ended(stage: &Stage, finished: Finished, outcome: Outcome, name: &str) {
    assert_eq!(finished.outcome, outcome, "{finished:#?}");
    stage.conclude(finished);
    check(stage);
    snapshot(&format!("end-{name}.txt"), &redacted(&stage.err.text()));
}

#[test]
fn a_whole_life() {
    paused(81, async {
        let life = Life::new(Scenario::default(), 81);
        let stage = Stage::default();
        let risen = stage
            .timed(watched(&stage, &life, false).up(ENVIRONMENT))
            .await;
        assert_eq!(risen.outcome, Outcome::Succeeded);
        stage.conclude(risen);
        check(&stage);
        life.session(ENVIRONMENT, 2).await;
        let stage = Stage::default();
        let fallen = stage
            .timed(watched(&stage, &life, false).down(ENVIRONMENT, force()))
            .await;
        assert_eq!(fallen.outcome, Outcome::Succeeded);
        stage.conclude(fallen);
        check(&stage);
    });
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
        let risen = watched(&stage, &life, true).up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Failed);
        stage.conclude(risen);
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
        let form = format!(
            "Action=CreateNetworkInterface&Version=2016-11-15&SubnetId={subnet}&Description=somebody+elses"
        );
        ask(&life.shell, &form).await;
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
        ended(&stage, fallen, Outcome::Refused, "refused");
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
        ended(&stage, fallen, Outcome::Incomplete, "expired");
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

#[test]
fn calls_are_told_with_time_and_request_where_somebody_asks() {
    paused(89, async {
        let life = Life::new(Scenario::default(), 89);
        let stage = Stage::default();
        let cx = watched(&stage, &life, false).context().await;
        let events = cx.events.clone();
        cx.aws.observe(move |call| {
            events.send(Event::Call {
                action: call.action.clone(),
                milliseconds: u64::try_from(call.took.as_millis()).unwrap(),
                code: call.code.clone(),
                detail: call.detail.clone(),
                request_id: call.request_id.clone(),
            });
        });
        cx.aws.identity().await.unwrap();
        assert!(cx.aws.domain("d-nowhere").await.is_err());
        let text = stage.err.text();
        let told = Regex::new(r"sts:GetCallerIdentity  answered in \d+ ms, request [0-9a-f-]{36}")
            .unwrap();
        assert!(told.is_match(&text), "{text}");
        assert!(
            text.contains("sagemaker:DescribeDomain  ResourceNotFound in"),
            "{text}"
        );
    });
}
