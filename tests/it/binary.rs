//! The program itself, in a process of its own, against a simulator in another.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::process::{Aws, Ended, SPEED, Simulator, TOOL, command};

/// A world in an account that may deploy JumpStart's models.
fn simulator(seed: &str) -> Simulator {
    let scenario = "tests/scenarios/accelerators.toml";
    Simulator::start(&["--speed", SPEED, "--seed", seed, "--scenario", scenario])
}

fn finished(ended: &Ended) -> Value {
    let lines = ended.lines();
    let last = lines
        .last()
        .unwrap_or_else(|| panic!("no lines; stderr: {}", ended.err))
        .clone();
    assert_eq!(last["event"], "finished");
    assert_eq!(
        lines
            .iter()
            .filter(|line| line["event"] == "finished")
            .count(),
        1
    );
    for line in &lines {
        assert_eq!(line["schema"], 1);
        for key in ["time", "event", "environment", "account", "region"] {
            assert!(line.get(key).is_some(), "{key} in {line}");
        }
    }
    assert_eq!(last["exit_code"].as_i64(), ended.code.map(i64::from));
    last
}

/// A participant's session, made with the AWS CLI: a private space with JupyterLab, a second profile with an app in a
/// space of its own, a model in our subnets with its endpoint config and endpoint.
fn session(simulator: &Simulator, aws: &Aws, outputs: &Value) {
    let domain = outputs["studio"]["DomainId"].as_str().unwrap();
    let run = |arguments: &[&str]| {
        aws.run(arguments).succeeded();
        // Whatever was started has ended ten minutes later; no test waits for that.
        simulator.advance(1200.0);
    };
    run(&[
        "sagemaker",
        "create-user-profile",
        "--domain-id",
        domain,
        "--user-profile-name",
        "second",
    ]);
    for owner in ["default-user", "second"] {
        let space = format!("lab-of-{owner}");
        run(&[
            "sagemaker",
            "create-space",
            "--domain-id",
            domain,
            "--space-name",
            &space,
            "--ownership-settings",
            &format!("OwnerUserProfileName={owner}"),
            "--space-sharing-settings",
            "SharingType=Private",
            "--space-settings",
            "AppType=JupyterLab",
        ]);
        run(&[
            "sagemaker",
            "create-app",
            "--domain-id",
            domain,
            "--space-name",
            &space,
            "--app-type",
            "JupyterLab",
            "--app-name",
            "default",
            "--resource-spec",
            "InstanceType=ml.t3.medium",
        ]);
    }
    let role = outputs["studio"]["ExecutionRoleArn"].as_str().unwrap();
    let network = |key: &str| outputs["network"][key].as_str().unwrap().to_owned();
    let vpc = format!(
        "Subnets={},{},SecurityGroupIds={}",
        network("SubnetOneId"),
        network("SubnetTwoId"),
        network("WorkloadSecurityGroupId")
    );
    let image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.1";
    run(&[
        "sagemaker",
        "create-model",
        "--model-name",
        "llama",
        "--execution-role-arn",
        role,
        "--vpc-config",
        &vpc,
        "--primary-container",
        &format!("Image={image}"),
    ]);
    run(&[
        "sagemaker",
        "create-endpoint-config",
        "--endpoint-config-name",
        "llama",
        "--production-variants",
        "VariantName=all,ModelName=llama,InitialInstanceCount=1,InstanceType=ml.g5.xlarge",
    ]);
    run(&[
        "sagemaker",
        "create-endpoint",
        "--endpoint-name",
        "llama",
        "--endpoint-config-name",
        "llama",
    ]);
    let rows = simulator.get("/_simulator/resources");
    let status = |kind: &str| {
        let rows = rows.as_array().unwrap().iter();
        rows.filter(|row| row["type"] == kind)
            .map(|row| row["status"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(status("AWS::SageMaker::App"), ["InService", "InService"]);
    assert_eq!(status("AWS::SageMaker::Endpoint"), ["InService"]);
}

#[test]
fn up_a_session_by_the_aws_cli_and_down_leaves_what_was_there_before() {
    let simulator = simulator("21");
    let Some(aws) = simulator.aws() else { return };
    let before = simulator.rows();
    let risen = simulator
        .tool(&["up", "--yes", "--output", "json"])
        .succeeded();
    let end = finished(&risen);
    assert_eq!(end["outcome"], "succeeded");
    for key in ["domain", "url", "vpc"] {
        assert!(end["outputs"][key].is_string(), "{key}: {end}");
    }
    session(&simulator, &aws, &end["outputs"]);
    let fallen = simulator
        .tool(&["down", "--force", "--output", "json"])
        .succeeded();
    let end = finished(&fallen);
    assert_eq!(simulator.rows(), before);
    let fates: Vec<&str> = end["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|data| data["fate"].as_str().unwrap())
        .collect();
    assert_eq!(fates, ["deleted", "deleted", "deleted"]);
    assert_eq!(end["remaining"], serde_json::json!([]));
    // Every step that the plan or a later line announced came to an end.
    let lines = fallen.lines();
    let ids = |event: &str| -> Vec<String> {
        let lines = lines.iter().filter(|line| line["event"] == event);
        lines
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let plan = lines.iter().find(|line| line["event"] == "plan").unwrap();
    let planned = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["id"].as_str().unwrap().to_owned());
    let ended = ids("step-finished");
    for step in planned.chain(ids("step-added")) {
        assert_eq!(
            ended.iter().filter(|ended| **ended == step).count(),
            1,
            "{step}"
        );
    }
}

#[test]
fn a_kept_volume_is_all_that_is_left_until_it_is_named() {
    let simulator = simulator("22");
    let before = simulator.rows();
    simulator.tool(&["up", "--yes"]).succeeded();
    let fallen = simulator
        .tool(&["down", "--force", "--keep-efs", "--output", "json"])
        .succeeded();
    let kept = finished(&fallen)["kept"].clone();
    assert_eq!(kept[0]["type"], "AWS::EFS::FileSystem");
    assert!(
        kept[0]["reason"]
            .as_str()
            .unwrap()
            .contains("--delete-efs="),
        "{kept}"
    );
    let left = |simulator: &Simulator| -> Vec<String> {
        simulator
            .rows()
            .into_keys()
            .filter(|key| !before.contains_key(key))
            .collect()
    };
    let volume = format!("AWS::EFS::FileSystem {}", kept[0]["id"].as_str().unwrap());
    let of_the_volume = |key: &String| *key == volume || key.starts_with("AWS::EFS::AccessPoint ");
    assert!(
        left(&simulator).contains(&volume) && left(&simulator).iter().all(of_the_volume),
        "{:?}",
        left(&simulator)
    );
    // Since when is told by AWS's clock, not by this machine's.
    let rows = simulator.get("/_simulator/resources");
    let mut rows = rows.as_array().unwrap().iter();
    let row = rows.find(|row| row["id"] == kept[0]["id"]).unwrap();
    let since = row["tags"]["jumpstart-vpc:kept"].as_str().unwrap();
    assert!(since.starts_with("2026-01-05T"), "{since}");
    simulator.tool(&["down", "--force"]).succeeded();
    assert!(left(&simulator).contains(&volume));
    simulator
        .tool(&["down", "--yes", "--delete-efs"])
        .succeeded();
    assert_eq!(simulator.rows(), before);
}

#[test]
fn on_nothing_down_says_where_it_looked() {
    let simulator = simulator("23");
    let fallen = simulator.tool(&["down", "--force"]).succeeded();
    assert!(
        fallen
            .err
            .contains("jumpstart-vpc in account 111122223333, region us-east-1"),
        "{}",
        fallen.err
    );
    assert_eq!(fallen.out, "");
}

#[test]
fn rules_refuse_before_anything_is_written() {
    let simulator = simulator("24");
    let refused = |arguments: &[&str]| {
        let ended = simulator.tool(arguments);
        assert_eq!(ended.code, Some(4), "{arguments:?}: {}", ended.err);
    };
    refused(&["up"]);
    refused(&["up", "--yes", "--account", "999999999999"]);
    refused(&["down", "--force", "--account", "999999999999"]);
    assert_eq!(simulator.writes(), 0);
    simulator.tool(&["up", "--yes"]).succeeded();
    let written = simulator.writes();
    refused(&["down"]);
    refused(&["up"]);
    assert_eq!(simulator.writes(), written);
    // `plan` and `--dry-run` write nothing either.
    simulator.tool(&["plan", "down"]).succeeded();
    simulator.tool(&["plan", "up"]).succeeded();
    simulator
        .tool(&["down", "--dry-run", "--force"])
        .succeeded();
    assert_eq!(simulator.writes(), written);
}

#[test]
fn nothing_answers_at_the_endpoint() {
    let ended = Ended::of(
        command(TOOL, "http://127.0.0.1:9")
            .env("JUMPSTART_VPC_CLOCK_SCALE", "300")
            .args(["down", "--force", "--timeout", "90s", "--output", "json"])
            .output()
            .unwrap(),
    );
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert_eq!(finished(&ended)["outcome"], "incomplete");
}

/// A folder with a set of stacks, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let path =
            std::env::temp_dir().join(format!("jumpstart-vpc-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        for (file, text) in files {
            fs::write(path.join(file), text).unwrap();
        }
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

const TEMPLATE: &str = "Parameters:\n  Range:\n    Type: String\nResources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties:\n      CidrBlock: !Ref Range\n";

#[test]
fn what_cannot_be_used_is_named_with_place_and_cure_before_any_call() {
    let simulator = simulator("25");
    let unusable = |arguments: &[&str], parts: &[&str]| {
        let ended = simulator.tool(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.err);
        assert_eq!(ended.out, "", "nothing on stdout");
        for part in parts {
            assert!(ended.err.contains(part), "{part} is not in: {}", ended.err);
        }
    };
    let one = "[[stack]]\nname = \"one\"\ntemplate = \"one.yaml\"\n";
    let set = |name: &str, manifest: &str, template: &str| {
        Folder::with(name, &[("stacks.toml", manifest), ("one.yaml", template)])
    };
    let folder = |folder: &Folder| folder.0.to_str().unwrap().to_owned();

    let misspelt = set("misspelt", &format!("{one}capabilites = []\n"), TEMPLATE);
    unusable(
        &["up", "--yes", "--stacks", &folder(&misspelt)],
        &["stacks.toml", "capabilites", "line 4"],
    );
    let broken = set(
        "broken",
        one,
        "Resources:\n  Vpc:\n   Type: [AWS::EC2::VPC\n",
    );
    unusable(
        &["up", "--yes", "--stacks", &folder(&broken)],
        &["one.yaml", "line"],
    );
    let unset = set("unset", one, TEMPLATE);
    unusable(
        &["up", "--yes", "--stacks", &folder(&unset)],
        &["Range", "one", "--parameter one.Range="],
    );
    let given = set("given", one, TEMPLATE);
    let parameter = ["--parameter", "one.Rnge=10.0.0.0/16"];
    unusable(
        &[
            "up",
            "--yes",
            "--stacks",
            &folder(&given),
            parameter[0],
            parameter[1],
        ],
        &["Rnge", "Range"],
    );
    unusable(
        &["up", "--yes", "--stacks", "/nonexistent"],
        &["/nonexistent"],
    );
    unusable(
        &["up", "--yes", "--parameter", "Vpcidr=10.0.0.0/16"],
        &["Vpcidr", "VpcCidr"],
    );
    unusable(&["up", "--yes", "--timeout", "soon"], &["--timeout", "90s"]);
    unusable(
        &["down", "--force", "--keep-efs", "--delete-efs"],
        &["--keep-efs", "--delete-efs"],
    );
    unusable(&["up", "--nonsense"], &["--nonsense"]);
    assert_eq!(simulator.get("/_simulator/calls"), serde_json::json!({}));
}

#[test]
fn an_endpoint_that_does_not_parse_is_an_error_and_never_real_aws() {
    let with = |key: &str, value: &str| {
        let mut command = command(TOOL, "http://127.0.0.1:9");
        Ended::of(
            command
                .env(key, value)
                .args(["down", "--force"])
                .output()
                .unwrap(),
        )
    };
    for (key, value) in [
        ("AWS_ENDPOINT_URL", "127.0.0.1:4566"),
        ("AWS_ENDPOINT_URL_SAGEMAKER", "htp://127.0.0.1:1"),
        ("JUMPSTART_VPC_CLOCK_SCALE", "0.5"),
        ("JUMPSTART_VPC_CLOCK_SCALE", "fast"),
    ] {
        let ended = with(key, value);
        assert_eq!(ended.code, Some(2), "{key}={value}: {}", ended.err);
        assert!(
            ended.err.contains(key) && ended.err.contains(value),
            "{}",
            ended.err
        );
    }
    // A scale is for simulators.
    let mut real = Command::new(TOOL);
    let real = real
        .env_clear()
        .env("AWS_REGION", "us-east-1")
        .env("JUMPSTART_VPC_CLOCK_SCALE", "60");
    assert_eq!(
        Ended::of(real.args(["down", "--force"]).output().unwrap()).code,
        Some(2)
    );
}

#[test]
fn killed_at_any_moment_of_up_or_down_the_next_down_finishes() {
    let simulator = simulator("26");
    let before = simulator.rows();
    // Simulated seconds after the start at which the process is killed.
    for moment in [
        1.0, 20.0, 45.0, 70.0, 100.0, 140.0, 190.0, 240.0, 300.0, 350.0,
    ] {
        simulator.killed_after(moment, &["up", "--yes"]);
        simulator.tool(&["down", "--force"]).succeeded();
        assert_eq!(simulator.rows(), before, "up, killed after {moment} s");
    }
    for moment in [
        1.0, 15.0, 40.0, 80.0, 120.0, 160.0, 200.0, 240.0, 280.0, 320.0,
    ] {
        simulator.tool(&["up", "--yes"]).succeeded();
        simulator.killed_after(moment, &["down", "--force"]);
        simulator.tool(&["down", "--force"]).succeeded();
        assert_eq!(simulator.rows(), before, "down, killed after {moment} s");
    }
}

#[test]
fn a_signal_stops_gently_and_the_same_command_continues() {
    let simulator = simulator("27");
    let before = simulator.rows();
    let (ended, seconds) =
        simulator.signalled_after(60.0, "TERM", &["up", "--yes", "--output", "json"]);
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    assert_eq!(finished(&ended)["outcome"], "interrupted");
    assert!(seconds < 5.0, "{seconds} s after the signal");
    simulator.tool(&["up", "--yes"]).succeeded();
    let (ended, _) =
        simulator.signalled_after(60.0, "HUP", &["down", "--force", "--output", "json"]);
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    simulator.tool(&["down", "--force"]).succeeded();
    assert_eq!(simulator.rows(), before);
}

#[test]
fn one_interrupt_ends_a_teardown_gently_and_the_same_command_goes_on() {
    let simulator = simulator("29");
    let before = simulator.rows();
    let down = ["down", "--force", "--output", "json"];
    // Amid calls of its own, and amid the deletion of a stack, which goes on by itself.
    for moment in ["\"step-started\"", "\"stack-event\""] {
        simulator.tool(&["up", "--yes"]).succeeded();
        let ended = simulator.signalled_at(&[moment], "INT", &down);
        assert_eq!(ended.code, Some(130), "{moment}: {}", ended.err);
        let end = finished(&ended);
        assert_eq!(end["outcome"], "interrupted", "{moment}");
        assert_ne!(end["remaining"], serde_json::json!([]), "{moment}");
        let again = simulator.tool(&down).succeeded();
        assert_eq!(finished(&again)["outcome"], "succeeded", "{moment}");
        assert_eq!(simulator.rows(), before, "{moment}");
    }
}

#[test]
fn a_second_interrupt_ends_a_teardown_at_once() {
    let simulator = simulator("30");
    let before = simulator.rows();
    simulator.tool(&["up", "--yes"]).succeeded();
    // A call that is in flight for longer than a run waits for its calls after one signal.
    simulator.fault(&serde_json::json!({
        "match": {"action": "sagemaker:DeleteUserProfile", "times": 1},
        "answer": {"kind": "slow", "seconds": 36000.0},
    }));
    let down = ["down", "--force", "--output", "json"];
    let moments = ["\"step-started\"", "stopping: nothing new is started"];
    let ended = simulator.signalled_at(&moments, "INT", &down);
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    let end = finished(&ended);
    assert_eq!(end["outcome"], "interrupted");
    // One that ends gently says what is left.
    assert_eq!(end["remaining"], serde_json::json!([]), "{end}");
    simulator.tool(&down).succeeded();
    assert_eq!(simulator.rows(), before);
}

#[test]
fn the_sdks_own_log_is_shown_without_secrets() {
    let (secret, token) = ("hushsecretaccesskey", "hushsessiontoken");
    let simulator = simulator("28");
    for arguments in [&["plan", "up", "--no-preflight"][..], &["down", "--force"]] {
        let mut command = simulator.command();
        command
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_SESSION_TOKEN", token);
        let ended = command.args(arguments).arg("-vv").output();
        let ended = Ended::of(ended.unwrap()).succeeded();
        let of_sdk = |line: &&str| line.trim_start().starts_with("DEBUG ") && line.contains("aws_");
        let lines = ended.err.lines().filter(of_sdk).count();
        assert!(lines > 5, "{lines}: {}", ended.err);
        for told in [&ended.out, &ended.err] {
            assert!(!told.contains(secret) && !told.contains(token), "{told}");
        }
    }
}

#[test]
fn a_rehearsal_ends_with_nothing_left_and_near_its_bounds() {
    let ended = Ended::of(
        Command::new(TOOL)
            .env_clear()
            .args(["rehearse", "--speed", "max"])
            .output()
            .unwrap(),
    );
    let ended = ended.succeeded();
    let told = format!("{}{}", ended.out, ended.err);
    assert!(told.contains("0 resources left"), "{told}");
    for leg in ["up", "down"] {
        let line = told
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{leg} ")))
            .unwrap();
        let ratio: f64 = line.split_whitespace().last().unwrap().parse().unwrap();
        assert!((1.0..=1.2).contains(&ratio), "{line}");
    }
}
