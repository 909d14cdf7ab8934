//! Lines and JSON of whole lives, and what no run may tell.

use jumpstart_vpc::event::{ErrorTold, Event, Outcome, Sink, Step, StepOutcome};
use jumpstart_vpc::report::{Detail, JsonLines, Lines, Live, Output, ReportFile};
use regex::Regex;
use simulator::Scenario;

use super::frame::{check, redacted, watched};
use super::stage::{Stage, snapshot};
use crate::support::{ENVIRONMENT, Life, force, paused};

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
        snapshot("life-up.txt", &redacted(&stage.err.text()));
        life.session(ENVIRONMENT, 2).await;
        let stage = Stage::default();
        let fallen = stage
            .timed(watched(&stage, &life, false).down(ENVIRONMENT, force()))
            .await;
        assert_eq!(fallen.outcome, Outcome::Succeeded);
        stage.conclude(fallen);
        check(&stage);
        // What a stack meets on the way is told by the member that met it, and by nobody else.
        let told = stage.err.text();
        assert_eq!(
            told.matches("UserProfile  DELETE_FAILED").count(),
            1,
            "{told}"
        );
        assert_eq!(told.matches("[UserProfile]").count(), 0, "{told}");
        snapshot("life-down.txt", &redacted(&stage.err.text()));
    });
}

/// What is said in every way there is, with a secret in it.
fn told_with(secret: &str) -> Vec<Event> {
    let step: Step = serde_json::from_value(serde_json::json!({
        "id": "delete-stack:AWS::CloudFormation::Stack:demo", "kind": "delete-stack",
        "resource": {"type": "AWS::CloudFormation::Stack", "id": "demo"},
        "needs": [], "evidence": [], "destroys_data": false,
    }))
    .unwrap();
    let error = ErrorTold {
        service: "sts".into(),
        code: "Broken".into(),
        message: format!("<Credentials><SecretAccessKey>{secret}</SecretAccessKey>"),
        request_id: None,
    };
    let text = format!("{{\"SessionToken\": \"{secret}\"}}");
    vec![
        Event::StepAdded { step: step.clone() },
        Event::StepStarted {
            id: step.id.to_string(),
        },
        Event::StepProgress {
            id: step.id.to_string(),
            message: text.clone(),
        },
        Event::StackEvent {
            stack: "demo".into(),
            logical_id: "Thing".into(),
            kind: "Custom::Thing".into(),
            status: "DELETE_FAILED".into(),
            reason: Some(format!("x-amz-security-token: {secret}")),
        },
        Event::StepFinished {
            id: step.id.to_string(),
            outcome: StepOutcome::Failed,
            elapsed_seconds: 1.0,
            error: Some(error),
        },
        Event::Warning {
            message: format!("https://x/auth?token={secret}"),
            trouble: None,
        },
        Event::Hint {
            id: "permission".into(),
            summary: text,
            next: vec![format!("export AWS_SECRET_ACCESS_KEY={secret}")],
        },
    ]
}

#[test]
fn no_secret_comes_out_anywhere() {
    const SECRET: &str = "hush/hush+hush";
    let page = std::env::temp_dir().join(format!("jumpstart-vpc-{}.html", std::process::id()));
    paused(80, async {
        let stage = Stage::with_terminal(24, 80);
        let (plain, kept) = (Stage::default(), page.clone());
        let (err, out) = (plain.err.clone(), plain.out.clone());
        let terminal = stage.terminal.clone().unwrap();
        let life = stage.watch(&Life::new(Scenario::default(), 80), move |cx| {
            let other = |github| {
                let output = Output::to(Box::new(out.clone()), Box::new(err.clone()), false, false);
                let lines = Lines::new(output.clone(), cx.clock.clone(), Detail::Everything);
                (output, lines.for_github(github))
            };
            let heading = cx.heading.clone();
            let lines = Lines::new(cx.output.clone(), cx.clock.clone(), Detail::Everything);
            let sinks: Vec<Box<dyn Sink>> = vec![
                Box::new(Live::new(
                    terminal.clone(),
                    &cx.output,
                    cx.clock.clone(),
                    heading.clone(),
                    lines,
                )),
                Box::new(other(false).1),
                Box::new(other(true).1),
                Box::new(JsonLines::new(
                    other(false).0,
                    cx.clock.clone(),
                    heading.clone(),
                )),
                Box::new(ReportFile::new(
                    kept.clone(),
                    cx.output.clone(),
                    cx.clock.clone(),
                    heading,
                )),
            ];
            sinks
        });
        let cx = life.context().await;
        for event in told_with(SECRET) {
            cx.events.send(event);
            cx.events.tick();
        }
        stage.conclude(jumpstart_vpc::event::Finished::new(Outcome::Failed));
        let written = std::fs::read_to_string(&page).unwrap();
        std::fs::remove_file(&page).unwrap();
        let shown = stage.terminal.as_ref().unwrap().contents();
        for told in [plain.err.text(), plain.out.text(), written, shown] {
            assert!(told.contains("***"), "{told}");
            assert!(!told.contains("hush"), "{told}");
        }
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
