//! Flags, environment and `jumpstart-vpc.toml`; credentials as people have them; what a workflow gets.

use std::path::Path;

use serde_json::json;

use crate::support::process::{Ended, Folder, Simulator};

fn in_folder(simulator: &Simulator, folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = simulator.command();
    Ended::of(
        command
            .current_dir(folder)
            .args(arguments)
            .output()
            .unwrap(),
    )
}

#[test]
fn a_flag_beats_the_environment_and_both_beat_the_file() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("precedence");
    folder.write(
        "jumpstart-vpc.toml",
        "name = \"of-file\"\non-failure = \"keep\"\ntimeout = \"20m\"\nuser = [\"ann\", \"bob\"]\n\
         [parameters]\nVpcCidr = \"10.7.0.0/16\"\nSubnetOneCidr = \"10.7.0.0/20\"\nSubnetTwoCidr = \"10.7.16.0/20\"\n\
         IdleTimeoutInMinutes = 90\n",
    );
    let arguments = [
        "plan",
        "up",
        "-v",
        "--timeout",
        "30m",
        "--parameter",
        "IdleTimeoutInMinutes=60",
    ];
    let told = in_folder(&simulator, &folder.0, &arguments).succeeded().out;
    for line in [
        "create stack of-file-network",
        "name = of-file  (jumpstart-vpc.toml)",
        "on-failure = keep  (jumpstart-vpc.toml)",
        "timeout = 30m  (flag)",
        "output = auto  (default)",
        "parameter VpcCidr = 10.7.0.0/16  (jumpstart-vpc.toml)",
        "parameter IdleTimeoutInMinutes = 60  (flag)",
        "IdleTimeoutInMinutes = 60  (parameter IdleTimeoutInMinutes)",
        "create user profile ann",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let mut command = simulator.command();
    command.env("JUMPSTART_VPC_NAME", "of-environment");
    let ended = command
        .current_dir(&folder.0)
        .args(["plan", "up", "-v", "--output", "json"])
        .output();
    let document = Ended::of(ended.unwrap()).succeeded().lines().remove(0);
    assert_eq!(document["environment"], "of-environment");
    let settings = document["settings"].as_array().unwrap();
    let name = settings.iter().find(|it| it["name"] == "name").unwrap();
    assert_eq!(name["from"], "environment");
    assert_eq!(simulator.writes(), 0);
}

#[test]
fn what_is_wrong_in_a_file_is_found_before_any_call() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("mistakes");
    for (text, told) in [
        (
            "nmae = \"x\"\n",
            "`nmae` is not known; did you mean `name`?",
        ),
        (
            "yes = true\n",
            "`yes` is said on the command line each time",
        ),
        (
            "on-failure = \"explode\"\n",
            "invalid value 'explode' for '--on-failure",
        ),
        ("[parameters]\nVpcCdir = \"x\"\n", "did you mean `VpcCidr`?"),
        (
            "[parameters]\nIdleTimeoutInMinutes = \"soon\"\n",
            "must be a number",
        ),
        (
            "[parameters]\nServiceCatalog = \"maybe\"\n",
            "must be one of AllowedValues",
        ),
        ("name = [\n", "jumpstart-vpc.toml"),
    ] {
        folder.write("jumpstart-vpc.toml", text);
        let ended = in_folder(&simulator, &folder.0, &["up", "--yes"]);
        assert_eq!(ended.code, Some(2), "{text}: {}", ended.err);
        assert!(ended.err.contains(told), "{told}\n{}", ended.err);
        assert_eq!(ended.out, "");
    }
    let ended = in_folder(
        &simulator,
        &folder.0,
        &["plan", "up", "--config", "absent.toml"],
    );
    assert_eq!(
        (ended.code, ended.err.contains("absent.toml")),
        (Some(2), true)
    );
    assert_eq!(
        simulator
            .get("/_simulator/calls")
            .as_object()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_workflow_gets_the_outputs() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("workflow");
    let file = folder.write("outputs", "before=1\n");
    let mut command = simulator.command();
    command.env("GITHUB_OUTPUT", &file);
    let ended = command
        .args(["up", "--yes", "--github-output", "--user", "ann"])
        .output();
    Ended::of(ended.unwrap()).succeeded();
    let told = std::fs::read_to_string(&file).unwrap();
    for start in [
        "before=1",
        "exit-code=0",
        "environment=jumpstart-vpc",
        "account=",
        "region=us-east-1",
        "domain=d-",
        "url=https://",
        "vpc=vpc-",
        "profiles=[\"ann\",\"default-user\"]",
        "remove=jumpstart-vpc down --name jumpstart-vpc",
    ] {
        assert!(
            told.lines().any(|line| line.starts_with(start)),
            "{start}\n{told}"
        );
    }
    let ended = simulator.tool(&["up", "--yes", "--github-output"]);
    assert_eq!(
        (ended.code, ended.err.contains("GITHUB_OUTPUT is not set")),
        (Some(2), true)
    );
}

#[test]
fn variables_of_aws_beat_the_file_and_empty_ones_say_nothing() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("variables");
    folder.write(
        "jumpstart-vpc.toml",
        "region = \"eu-west-1\"\nname = \"of-file\"\n",
    );
    let planned = |variables: &[(&str, &str)]| {
        let mut command = simulator.command();
        command
            .env_remove("AWS_REGION")
            .env_remove("AWS_DEFAULT_REGION");
        for (name, value) in variables {
            command.env(name, value);
        }
        let ended = command
            .current_dir(&folder.0)
            .args(["plan", "up", "-v", "--no-preflight", "--output", "json"])
            .output();
        Ended::of(ended.unwrap()).succeeded().lines().remove(0)
    };
    let of_file = planned(&[("AWS_REGION", ""), ("JUMPSTART_VPC_NAME", "")]);
    assert_eq!(of_file["region"], "eu-west-1");
    assert_eq!(of_file["environment"], "of-file");
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let document = planned(&[(name, "us-west-2")]);
        assert_eq!(document["region"], "us-west-2", "{name}");
        let settings = document["settings"].as_array().unwrap();
        let region = settings.iter().find(|it| it["name"] == "region").unwrap();
        assert_eq!(
            (&region["value"], &region["from"]),
            (&"us-west-2".into(), &"environment".into())
        );
    }
}

#[test]
fn a_profile_of_the_environment_beats_that_of_the_file() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("profile");
    folder.write("jumpstart-vpc.toml", "profile = \"of-file\"\n");
    let profiles = "[profile of-file]\nregion = eu-west-1\n[profile ops]\nregion = us-west-2\n";
    let config = folder.write("config", profiles);
    let planned = |profile: &str| {
        let mut command = simulator.command();
        command
            .env_remove("AWS_REGION")
            .env_remove("AWS_DEFAULT_REGION")
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_PROFILE", profile);
        let ended = command
            .current_dir(&folder.0)
            .args(["plan", "up", "--no-preflight", "--output", "json"])
            .output();
        Ended::of(ended.unwrap()).succeeded().lines().remove(0)
    };
    assert_eq!(planned("ops")["region"], "us-west-2");
    assert_eq!(planned("")["region"], "eu-west-1");
}

#[test]
fn consent_is_never_taken_from_a_file() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("consent");
    for line in [
        "detach-policies = true",
        "domain-arn = \"arn:aws:sagemaker:us-east-1:1:domain/d-1\"",
    ] {
        folder.write("jumpstart-vpc.toml", &format!("{line}\n"));
        let ended = in_folder(&simulator, &folder.0, &["plan", "down"]);
        assert_eq!(ended.code, Some(2), "{line}: {}", ended.err);
        assert!(ended.err.contains("each time"), "{}", ended.err);
    }
}

#[test]
fn participants_need_a_domain_and_a_list_names_somebody() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("nobody");
    let list = folder.write("list", "# nobody yet\n");
    let list = list.to_str().unwrap();
    let ended = in_folder(&simulator, &folder.0, &["plan", "up", "--users-file", list]);
    assert_eq!(
        (ended.code, ended.err.contains("names nobody")),
        (Some(2), true),
        "{}",
        ended.err
    );
    folder.write(
        "stacks/stacks.toml",
        "[[stack]]\nname = \"a\"\ntemplate = \"a.yaml\"\n",
    );
    folder.write(
        "stacks/a.yaml",
        "Resources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}}\n",
    );
    let arguments = ["plan", "up", "--stacks", "stacks", "--users", "3"];
    let ended = in_folder(&simulator, &folder.0, &arguments);
    assert_eq!(
        (ended.code, ended.err.contains("no domain")),
        (Some(2), true),
        "{}",
        ended.err
    );
    let long = "x".repeat(60);
    let arguments = ["plan", "up", "--user", &long, "--starter-app", "jupyterlab"];
    let ended = in_folder(&simulator, &folder.0, &arguments);
    assert_eq!(
        (ended.code, ended.err.contains("--starter-app")),
        (Some(2), true),
        "{}",
        ended.err
    );
}

#[test]
fn values_are_checked_with_the_name_that_was_given_and_commands_repeat_what_leads_there() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("names");
    folder.write(
        "stacks/stacks.toml",
        "[[stack]]\nname = \"a\"\ntemplate = \"a.yaml\"\n[stack.parameters]\nName = \"${environment}\"\n",
    );
    folder.write(
        "stacks/a.yaml",
        "Parameters: {Name: {Type: String, AllowedPattern: '[a-z-]+'}}\nResources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}}\n",
    );
    let arguments = ["plan", "up", "--stacks", "stacks", "--name"];
    let ended = in_folder(&simulator, &folder.0, &[&arguments[..], &["Demo"]].concat());
    assert_eq!(
        (ended.code, ended.err.contains("`Name`")),
        (Some(2), true),
        "{}",
        ended.err
    );
    in_folder(&simulator, &folder.0, &[&arguments[..], &["demo"]].concat()).succeeded();
    let ended = in_folder(
        &simulator,
        &folder.0,
        &["up", "--yes", "--region", "eu-west-1", "--output", "json"],
    );
    let lines = ended.succeeded().lines();
    let outputs = &lines[lines.len() - 1]["outputs"];
    assert_eq!(
        outputs["remove"],
        "jumpstart-vpc down --name jumpstart-vpc --region eu-west-1"
    );
    assert!(
        outputs["open"]
            .as_str()
            .unwrap()
            .ends_with("--user-profile-name default-user --region eu-west-1")
    );
}

#[test]
fn a_typed_profile_beats_keys_of_the_environment() {
    let folder = Folder::new("typed-profile");
    let profiles = "[profile ops]\naws_access_key_id = OPS\naws_secret_access_key = s\n";
    let config = folder.write("config", profiles);
    folder.write("jumpstart-vpc.toml", "profile = \"ops\"\n");
    let nowhere = Path::new("/");
    let typed: &[&str] = &["--profile", "ops"];
    // As the AWS CLI has it: keys of the environment stand back behind a typed profile alone.
    for (arguments, variable, working, caller) in [
        (typed, None, nowhere, "ops"),
        (typed, Some("other"), nowhere, "ops"),
        (&[], Some("ops"), nowhere, "ann"),
        (&[], None, &folder.0, "ann"),
    ] {
        let simulator = Simulator::start(&["--speed", "300"]);
        let mut command = simulator.command();
        command.env("AWS_CONFIG_FILE", &config);
        if let Some(profile) = variable {
            command.env("AWS_PROFILE", profile);
        }
        command.current_dir(working).args(arguments);
        let ended = command.args(["plan", "up", "--no-preflight"]).output();
        Ended::of(ended.unwrap()).succeeded();
        let callers: Vec<String> = simulator.callers().into_iter().collect();
        let of = format!("arn:aws:iam::111122223333:user/{caller}");
        assert_eq!(callers, [of], "{arguments:?} {variable:?}");
    }
    let simulator = Simulator::start(&["--speed", "300"]);
    let ended = simulator.tool(&["plan", "up", "--profile", "absent"]);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("--profile absent"), "{}", ended.err);
    assert_eq!(simulator.callers().len(), 0);
}

#[test]
fn what_a_file_switches_on_can_be_switched_off() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("switches");
    folder.write(
        "jumpstart-vpc.toml",
        "protect = true\nquiet = true\nno-preflight = false\nverbose = 2\n",
    );
    let planned = |arguments: &[&str]| {
        let mut all = vec!["plan", "up", "--output", "json"];
        all.extend(arguments);
        let ended = in_folder(&simulator, &folder.0, &all).succeeded();
        let settings = ended.lines().remove(0)["settings"].clone();
        move |name: &str| {
            let settings = settings.as_array().unwrap();
            let found = settings.iter().find(|it| it["name"] == name).unwrap();
            let text = |key: &str| found[key].as_str().unwrap().to_owned();
            (text("value"), text("from"))
        }
    };
    let of_file = planned(&[]);
    let file = "jumpstart-vpc.toml";
    assert_eq!(of_file("protect"), ("true".into(), file.into()));
    assert_eq!(of_file("no-preflight"), ("false".into(), file.into()));
    assert_eq!(of_file("verbose").1, file);
    let typed = planned(&["--protect=false", "-q=false", "-v"]);
    assert_eq!(typed("protect"), ("false".into(), "flag".into()));
    assert_eq!(typed("quiet"), ("false".into(), "flag".into()));
    assert_eq!(typed("verbose").1, "flag");
    for (line, told) in [
        ("protect = \"yes\"", "`protect` takes true or false"),
        ("verbose = true", "`verbose` takes a number"),
        ("name = true", "`name` takes a text or a number"),
    ] {
        folder.write("jumpstart-vpc.toml", line);
        let ended = in_folder(&simulator, &folder.0, &["plan", "up"]);
        assert_eq!(ended.code, Some(2), "{line}: {}", ended.err);
        assert!(ended.err.contains(told), "{told}\n{}", ended.err);
    }
}

#[test]
fn a_file_has_no_say_where_no_environment_is_meant() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("unread");
    folder.write(
        "jumpstart-vpc.toml",
        "region = \"nowhere-1\"\nusers = 3\nnmae = 1\n",
    );
    let rehearsal = ["rehearse", "--speed", "max", "--output", "lines"];
    for arguments in [
        &["explain"][..],
        &["completions", "bash"],
        &["man"],
        &rehearsal,
    ] {
        in_folder(&simulator, &folder.0, arguments).succeeded();
    }
    let ended = in_folder(&simulator, &folder.0, &["explain", "--config", "x.toml"]);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("reads no file"), "{}", ended.err);
}

#[test]
fn pieces_of_values_are_checked_though_the_whole_is_not_known_yet() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("pieces");
    let vpc = "Resources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}}\n";
    folder.write(
        "stacks/b.yaml",
        &format!("Parameters: {{In: {{Type: String}}}}\n{vpc}"),
    );
    let outputs = "Outputs: {Id: {Value: x}}\n";
    let transform = "Transform: AWS::LanguageExtensions\n";
    for (value, head, told) in [
        ("${stack.a.output.Id}", outputs, None),
        (
            "${stack.a.output.Nope}",
            outputs,
            Some("a.yaml has no output `Nope`"),
        ),
        ("${stack.a.output.Nope}", transform, None),
        (
            "${zone.1}-${param.Missing}",
            outputs,
            Some("parameter `Missing` is missing"),
        ),
        ("${zone.1}-${stack.c.name}", outputs, Some("no stack `c`")),
    ] {
        folder.write("stacks/a.yaml", &format!("{head}{vpc}"));
        folder.write(
            "stacks/stacks.toml",
            &format!(
                "[[stack]]\nname = \"a\"\ntemplate = \"a.yaml\"\n\
                 [[stack]]\nname = \"b\"\ntemplate = \"b.yaml\"\n[stack.parameters]\nIn = \"{value}\"\n"
            ),
        );
        let arguments = ["plan", "up", "--no-preflight", "--stacks", "stacks"];
        let ended = in_folder(&simulator, &folder.0, &arguments);
        let code = if told.is_some() { 2 } else { 0 };
        assert_eq!(ended.code, Some(code), "{value}: {}", ended.err);
        let told = told.unwrap_or_default();
        assert!(ended.err.contains(told), "{told}\n{}", ended.err);
    }
}

#[test]
fn what_a_template_hides_is_shown_nowhere() {
    let simulator = Simulator::start(&["--speed", "300"]);
    let folder = Folder::new("hidden");
    folder.write(
        "stacks/stacks.toml",
        "[[stack]]\nname = \"one\"\ntemplate = \"one.yaml\"\n[stack.parameters]\nKey = \"${param.K}\"\n",
    );
    folder.write(
        "stacks/one.yaml",
        "Parameters:\n  DbPassword: {Type: String, NoEcho: true}\n  Key: {Type: String, NoEcho: true}\n  Open: {Type: String}\n\
         Resources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}}\n",
    );
    let planned = |more: &[&str]| {
        let arguments = ["plan", "up", "-v", "--no-preflight", "--stacks", "stacks"];
        let ended = in_folder(&simulator, &folder.0, &[&arguments[..], more].concat());
        let ended = ended.succeeded();
        for told in [&ended.out, &ended.err] {
            assert!(!told.contains("hunter2"), "{more:?}: {told}");
        }
        ended.out
    };
    let given = [
        "--parameter",
        "one.DbPassword=hunter2",
        "--parameter",
        "K=hunter2",
        "--parameter",
        "one.Open=seen",
    ];
    let of_flags = planned(&given);
    let json_of_flags = planned(&[&given[..], &["--output", "json"]].concat());
    folder.write(
        "jumpstart-vpc.toml",
        "[parameters]\nK = \"hunter2\"\n[parameters.one]\nDbPassword = \"hunter2\"\nOpen = \"seen\"\n",
    );
    for (text, from) in [(of_flags, "flag"), (planned(&[]), "jumpstart-vpc.toml")] {
        for line in [
            format!("parameter one.DbPassword = …  ({from})"),
            format!("parameter K = …  ({from})"),
            format!("parameter one.Open = seen  ({from})"),
            "  DbPassword = …  (parameter one.DbPassword)".to_owned(),
            "  Key = …  (parameter K)".to_owned(),
            "  Open = seen  (parameter one.Open)".to_owned(),
        ] {
            assert!(text.contains(&line), "{line}\n{text}");
        }
    }
    for (text, from) in [
        (json_of_flags, "flag"),
        (planned(&["--output", "json"]), "jumpstart-vpc.toml"),
    ] {
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let settings = document["settings"].as_array().unwrap();
        for (name, value) in [
            ("parameter one.DbPassword", "…"),
            ("parameter K", "…"),
            ("parameter one.Open", "seen"),
        ] {
            let wanted = json!({"name": name, "value": value, "from": from});
            assert!(settings.contains(&wanted), "{wanted}: {settings:?}");
        }
    }
}
