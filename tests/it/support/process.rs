//! Plain requests, processes of the tool, and the AWS CLI.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use simulator::Request;
use simulator::http::Shell;

/// The tool's own binary.
pub(crate) const TOOL: &str = env!("CARGO_BIN_EXE_jumpstart-vpc");

/// How fast simulators and the tool's clock run in tests that spawn the binary.
pub(crate) const SPEED: &str = "300";

/// Sends a form in somebody else's name and returns the answer's body.
pub(crate) async fn ask(shell: &Shell, form: &str) -> String {
    let authorization = "AWS4-HMAC-SHA256 Credential=CARL/20260105/us-east-1/x/aws4_request";
    let request = Request {
        method: "POST".into(),
        path: "/".into(),
        headers: [("authorization".to_owned(), authorization.to_owned())].into(),
        body: form.as_bytes().to_vec(),
        ..Request::default()
    };
    String::from_utf8(shell.answer(request).await.unwrap().body).unwrap()
}

/// A network interface of somebody else in a subnet; gives its id.
pub(crate) async fn foreign_interface(shell: &Shell, subnet: &str, description: &str) -> String {
    let form = format!(
        "Action=CreateNetworkInterface&Version=2016-11-15&SubnetId={subnet}&Description={description}"
    );
    let created = ask(shell, &form).await;
    let id = created.split("<networkInterfaceId>").nth(1).unwrap();
    id.split('<').next().unwrap().to_owned()
}

/// No order for faults stands any more.
pub(crate) async fn without_faults(shell: &Shell) {
    let request = Request {
        method: "DELETE".into(),
        path: "/_simulator/faults".into(),
        ..Request::default()
    };
    assert_eq!(shell.answer(request).await.unwrap().status, 200);
}

/// Posts to a control endpoint in process.
pub(crate) async fn post(shell: &Shell, path: &str, body: &serde_json::Value) {
    let request = Request {
        method: "POST".into(),
        path: path.into(),
        body: body.to_string().into_bytes(),
        ..Request::default()
    };
    let answer = shell.answer(request).await.unwrap();
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
}

/// A simulator in a process of its own; it ends with the value.
pub(crate) struct Simulator {
    process: std::process::Child,
    pub url: String,
}

impl Simulator {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        use std::io::BufRead;
        let mut process = Command::new(TOOL)
            .arg("simulator")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        std::io::BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let url = first
            .trim()
            .strip_prefix("AWS_ENDPOINT_URL=")
            .unwrap()
            .to_owned();
        Self { process, url }
    }

    /// A command that knows this simulator and nothing else of AWS.
    pub(crate) fn command(&self) -> Command {
        let mut command = command(TOOL, &self.url);
        command.env("JUMPSTART_VPC_CLOCK_SCALE", SPEED);
        command
    }

    /// The tool at work, and how it ended.
    pub(crate) fn tool(&self, arguments: &[&str]) -> Ended {
        let ended = Ended::of(self.command().args(arguments).output().unwrap());
        #[cfg(test)]
        ended.is_fit_for_people(arguments);
        ended
    }

    /// The AWS CLI; nothing where `scripts/test` has not installed it.
    pub(crate) fn aws(&self) -> Option<Aws> {
        Some(Aws {
            program: aws_program()?,
            url: self.url.clone(),
        })
    }

    /// `GET` of a control endpoint as JSON.
    pub(crate) fn get(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.request("GET", path, "")).unwrap()
    }

    /// A call of a control endpoint, and its body.
    fn request(&self, method: &str, path: &str, body: &str) -> String {
        use std::io::{Read, Write};
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Lets simulated time pass at once.
    pub(crate) fn advance(&self, seconds: f64) {
        self.request(
            "POST",
            "/_simulator/clock",
            &format!("{{\"advance_seconds\": {seconds}}}"),
        );
    }

    /// An order for something to go wrong.
    pub(crate) fn fault(&self, rule: &serde_json::Value) {
        self.request("POST", "/_simulator/faults", &rule.to_string());
    }

    /// Writing calls that were made, refused ones too.
    pub(crate) fn writes(&self) -> usize {
        let log = self.request("GET", "/_simulator/log", "");
        let entries = log
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        entries.filter(|entry| entry["write"] == true).count()
    }

    /// ARNs of those who have called.
    pub(crate) fn callers(&self) -> std::collections::BTreeSet<String> {
        let log = self.request("GET", "/_simulator/log", "");
        let entries = log
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        entries
            .map(|entry| entry["caller"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Simulated seconds since the beginning.
    fn elapsed(&self) -> f64 {
        self.get("/_simulator/clock")["elapsed_seconds"]
            .as_f64()
            .unwrap()
    }

    /// The tool, started with its output going to `output` and let run for some simulated seconds.
    fn after(
        &self,
        seconds: f64,
        arguments: &[&str],
        output: fn() -> Stdio,
    ) -> std::process::Child {
        let began = self.elapsed();
        let mut command = self.command();
        let process = command
            .args(arguments)
            .stdout(output())
            .stderr(output())
            .spawn()
            .unwrap();
        while self.elapsed() - began < seconds {
            std::thread::yield_now();
        }
        process
    }

    /// The tool, killed without warning after some simulated seconds.
    pub(crate) fn killed_after(&self, seconds: f64, arguments: &[&str]) {
        let mut process = self.after(seconds, arguments, Stdio::null);
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// The tool, sent a signal after some simulated seconds; how it ended, and after how many real seconds.
    #[expect(
        clippy::disallowed_methods,
        reason = "the contract's five seconds are real ones"
    )]
    pub(crate) fn signalled_after(
        &self,
        seconds: f64,
        signal: &str,
        arguments: &[&str],
    ) -> (Ended, f64) {
        let process = self.after(seconds, arguments, Stdio::piped);
        let sent = std::time::Instant::now();
        send(signal, &process);
        let ended = Ended::of(process.wait_with_output().unwrap());
        #[cfg(test)]
        ended.is_fit_for_people(arguments);
        (ended, sent.elapsed().as_secs_f64())
    }

    /// The tool, sent a signal whenever its stdout has come to the next of these texts; how it ended.
    pub(crate) fn signalled_at(&self, texts: &[&str], signal: &str, arguments: &[&str]) -> Ended {
        use std::io::{BufRead, Read};
        let mut process = self.after(0.0, arguments, Stdio::piped);
        let mut reader = std::io::BufReader::new(process.stdout.take().unwrap());
        let mut out = String::new();
        for text in texts {
            let told = out.len();
            while !out[told..].contains(text) && reader.read_line(&mut out).unwrap() > 0 {}
            send(signal, &process);
        }
        reader.read_to_string(&mut out).unwrap();
        let ended = Ended::of(process.wait_with_output().unwrap());
        #[cfg(test)]
        ended.is_fit_for_people(arguments);
        Ended { out, ..ended }
    }

    /// Rows of environments, as `TYPE ID`, with their revisions.
    pub(crate) fn rows(&self) -> std::collections::BTreeMap<String, u64> {
        let rows = self.get("/_simulator/resources");
        let rows = rows
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["scope"] == "environment");
        rows.map(|row| {
            let key = format!(
                "{} {}",
                row["type"].as_str().unwrap(),
                row["id"].as_str().unwrap()
            );
            (key, row["revision"].as_u64().unwrap())
        })
        .collect()
    }
}

/// Sends a process a signal, by its name.
fn send(signal: &str, process: &std::process::Child) {
    Command::new("kill")
        .args(["-s", signal, &process.id().to_string()])
        .status()
        .unwrap();
}

/// A program that knows one simulator and nothing else of AWS or of this machine.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, url: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/nonexistent")
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "ANN")
        .env("AWS_SECRET_ACCESS_KEY", "simulated")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_PAGER", "")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

/// The AWS CLI on one simulator.
pub(crate) struct Aws {
    program: PathBuf,
    url: String,
}

impl Aws {
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(
            command(&self.program, &self.url)
                .args(arguments)
                .output()
                .unwrap(),
        )
    }

    /// The output of a call that has to succeed.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--output", "json"]);
        let ended = self.run(&arguments).succeeded();
        serde_json::from_str(&ended.out).unwrap()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Where the AWS CLI is, as `scripts/test` tells.
#[expect(
    clippy::disallowed_methods,
    reason = "how scripts/test tells the tests"
)]
fn aws_program() -> Option<PathBuf> {
    std::env::var("JUMPSTART_VPC_TEST_AWS")
        .ok()
        .map(PathBuf::from)
}

/// A folder of its own that goes when the value goes.
pub(crate) struct Folder(pub PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("jumpstart-vpc-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Holds the talk of a run to what no run may say; the SDK's own log is nobody's talk.
    #[cfg(test)]
    fn is_fit_for_people(&self, arguments: &[&str]) {
        let is_run = matches!(arguments.first(), Some(&("up" | "down")));
        if is_run && !arguments.contains(&"-vv") {
            let mut speech = super::witness::Speech::default();
            self.err.lines().for_each(|line| speech.hear(line));
        }
    }

    /// Itself, where it ended well.
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self
    }

    /// Lines of JSON on stdout, each held to the schema.
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let read = |line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            #[cfg(test)]
            assert_eq!(
                super::schema::Schema::of_lines().check(&line),
                Ok(()),
                "{line}"
            );
            line
        };
        self.out.lines().map(read).collect()
    }
}
