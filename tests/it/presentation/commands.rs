//! Commands that show and change nothing: `events`, `diagram`, `man`, `completions`.

use std::path::PathBuf;

use crate::support::process::{Ended, SPEED, Simulator, TOOL, command};

/// A folder of its own, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("jumpstart-vpc-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn simulator(seed: &str) -> Simulator {
    Simulator::start(&["--speed", SPEED, "--seed", seed])
}

#[test]
fn the_history_of_deleted_stacks_is_told_whatever_their_names() {
    let simulator = simulator("41");
    let folder = Folder::new("history");
    let manifest =
        "[[stack]]\nname = \"one\"\ntemplate = \"one.yaml\"\nstack_name = \"corporate-lab\"\n";
    let template =
        "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties: {CidrBlock: 10.0.0.0/16}\n";
    std::fs::write(folder.file("stacks.toml"), manifest).unwrap();
    std::fs::write(folder.file("one.yaml"), template).unwrap();
    let run = |arguments: &[&str]| {
        let set = ["--name", "demo", "--stacks", folder.path()];
        simulator.tool(&[arguments, &set].concat())
    };
    run(&["up", "--yes"]).succeeded();
    run(&["down", "--force"]).succeeded();
    let told = run(&["events"]).succeeded().out;
    for status in ["CREATE_COMPLETE", "DELETE_COMPLETE"] {
        let line = format!("corporate-lab  AWS::EC2::VPC Vpc  {status}");
        assert!(told.contains(&line), "{line}: {told}");
    }
    let lines = run(&["events", "--output", "json"]).succeeded().lines();
    let of_vpc = lines.iter().filter(|line| line["logical_id"] == "Vpc");
    assert!(of_vpc.count() >= 4, "{lines:?}");
    assert_eq!(lines.last().unwrap()["event"], "finished");
    let report = folder.file("history.html");
    run(&["events", "--report", &report]).succeeded();
    let page = std::fs::read_to_string(&report).unwrap();
    assert!(page.contains("corporate-lab"), "{page}");
    // Nobody else's: an environment of another name has had nothing.
    let none = simulator.tool(&["events", "--name", "other"]).succeeded();
    assert!(none.out.is_empty() && none.err.contains("no stack of environment other"));
}

#[test]
fn a_file_that_cannot_be_used_is_found_out_before_any_call() {
    let simulator = simulator("42");
    for arguments in [
        ["events", "--report", "/nonexistent/history.html"],
        ["up", "--report", "/nonexistent/up.html"],
        ["diagram", "--svg", "/nonexistent/lab.svg"],
        ["diagram", "--stacks", "/nonexistent"],
    ] {
        let ended = simulator.tool(&arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains(arguments[2]), "{}", ended.err);
    }
    assert_eq!(simulator.get("/_simulator/calls"), serde_json::json!({}));
}

#[test]
fn the_picture_has_what_is_there_and_who() {
    let simulator = simulator("43");
    let before = simulator.tool(&["diagram"]).succeeded().out;
    assert!(before.contains("as `up` would make it\n"), "{before}");
    let risen = [
        "up",
        "--yes",
        "--user",
        "ann",
        "--starter-app",
        "jupyterlab",
    ];
    simulator.tool(&risen).succeeded();
    let told = simulator.tool(&["diagram"]).succeeded().out;
    for part in [
        "as it is",
        "VPC ",
        "  vpc-",
        "d-",
        "default-user",
        "  ann  user profile",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("space of ann"), "{told}");
    let folder = Folder::new("diagram");
    let file = folder.file("lab.svg");
    simulator.tool(&["diagram", "--svg", &file]).succeeded();
    let picture = std::fs::read_to_string(&file).unwrap();
    assert!(picture.contains("space of ann"), "{picture}");
    // Without credentials nobody was asked, and that is said.
    let unasked = command(TOOL, &simulator.url)
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .arg("diagram")
        .output()
        .unwrap();
    let unasked = Ended::of(unasked).succeeded().out;
    assert!(unasked.contains("AWS was not asked"), "{unasked}");
}

#[test]
fn the_program_documents_itself() {
    let run = |arguments: &[&str]| {
        let mut program = command(TOOL, "http://127.0.0.1:9");
        Ended::of(program.args(arguments).output().unwrap()).succeeded()
    };
    for (shell, part) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef jumpstart-vpc"),
        ("fish", "complete -c jumpstart-vpc"),
    ] {
        let told = run(&["completions", shell]).out;
        assert!(told.contains(part) && told.contains("explain"), "{shell}");
    }
    assert!(run(&["man"]).out.contains(".TH jumpstart-vpc 1"));
    let folder = Folder::new("man");
    run(&["man", "--folder", folder.path()]);
    for page in [
        "jumpstart-vpc.1",
        "jumpstart-vpc-up.1",
        "jumpstart-vpc-plan-down.1",
    ] {
        let text = std::fs::read_to_string(folder.file(page)).unwrap();
        assert!(text.contains(".SH"), "{page}: {text}");
    }
}
