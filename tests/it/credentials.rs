//! Credentials as people have them: every link of the chain is found, and brings its own caller to the service.

use std::path::PathBuf;

use jumpstart_vpc::clock::Clock;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::support::process::{Ended, Folder, Simulator, TOOL, command};
use crate::transport::serve;

/// Under which the tokens of a login are kept: SHA-1 of the SSO session's name, SHA-256 of the login's.
const SSO_TOKEN: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const LOGIN_TOKEN: &str =
    ".aws/login/cache/617a42bf0cc7e52ae16d10443f260d451c255a489505091810c95d5c7ec927d1.json";

/// Long after any simulated time of these tests.
const LATER: &str = "2099-01-01T00:00:00Z";

/// Roles that people and workflows work as. The simulated time is this machine's, as the sessions end by it.
fn roles(folder: &Folder) -> PathBuf {
    let role = |name: &str, principal: serde_json::Value, action: &str| {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
        let trust = json!({"Statement": [statement]});
        format!(
            "[[act]]\ncaller = \"ann\"\naction = \"iam:CreateRole\"\n[act.input]\nRoleName = \"{name}\"\n\
             AssumeRolePolicyDocument = '{trust}'\n"
        )
    };
    let account = json!({"AWS": "111122223333"});
    let provider = json!({"Federated": "arn:aws:iam::111122223333:oidc-provider/ci.example.com"});
    let now = Clock::start(1.0).time().as_millisecond();
    let text = format!(
        "start = {now}\n{}{}",
        role("operator", account, "sts:AssumeRole"),
        role("ci", provider, "sts:AssumeRoleWithWebIdentity")
    );
    folder.write("roles.toml", &text)
}

/// The portal of an organization's SSO: it gives one session's credentials for one role.
fn portal() -> u16 {
    serve(|mut stream| async move {
        let (reader, mut writer) = stream.split();
        let mut lines = BufReader::new(reader).lines();
        let mut head = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.is_empty() {
                break;
            }
            head.push(line.to_lowercase());
        }
        let asked = head.first().cloned().unwrap_or_default();
        let is_good = asked.starts_with("get /federation/credentials?")
            && asked.contains("role_name=operator")
            && asked.contains("account_id=111122223333")
            && head.contains(&"x-amz-sso_bearer_token: of-the-session".to_owned());
        let credentials = json!({
            "accessKeyId": "PORTAL",
            "secretAccessKey": "s",
            "sessionToken": "t",
            "expiration": 4_070_908_800_000_u64,
        });
        let (status, body) = if is_good {
            ("200 OK", json!({"roleCredentials": credentials}))
        } else {
            let message = "Session token not found or invalid";
            ("401 Unauthorized", json!({"message": message}))
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nx-amzn-errortype: UnauthorizedException\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        writer.write_all(head.as_bytes()).await.unwrap();
        writer.write_all(body.as_bytes()).await.unwrap();
    })
}

/// The profiles of somebody who has one of each kind.
fn profiles(folder: &Folder) -> PathBuf {
    let process = "echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'";
    let script = folder.write("process.sh", &format!("#!/bin/sh\n{process}\n"));
    let token = folder.write("token", "a.b.c");
    let text = format!(
        "[profile keys]\naws_access_key_id = KEYS\naws_secret_access_key = s\n\
         [profile process]\ncredential_process = /bin/sh {}\n\
         [profile assumed]\nrole_arn = arn:aws:iam::111122223333:role/operator\nsource_profile = keys\n\
         [profile web]\nrole_arn = arn:aws:iam::111122223333:role/ci\nweb_identity_token_file = {}\n\
         [profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = operator\n\
         [sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n\
         [profile login]\nlogin_session = arn:aws:iam::111122223333:user/ann\n",
        script.display(),
        token.display()
    );
    folder.write("config", &text)
}

/// What `aws sso login` and `aws login` leave behind.
fn log_in(folder: &Folder) {
    let sso = json!({
        "accessToken": "of-the-session",
        "expiresAt": LATER,
        "region": "us-east-1",
        "startUrl": "https://corp.awsapps.com/start",
    });
    folder.write(SSO_TOKEN, &sso.to_string());
    let login = json!({
        "accessToken": {
            "accessKeyId": "LOGIN",
            "secretAccessKey": "s",
            "sessionToken": "t",
            "accountId": "111122223333",
            "expiresAt": LATER,
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "r",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": "not asked for before the token is old",
    });
    folder.write(LOGIN_TOKEN, &login.to_string());
}

#[test]
fn every_link_of_the_chain_brings_its_own_caller() {
    let folder = Folder::new("credentials");
    let scenario = roles(&folder);
    let scenario = scenario.to_str().unwrap();
    let simulator = Simulator::start(&["--speed", "300", "--scenario", scenario]);
    let config = profiles(&folder);
    let portal = format!("http://127.0.0.1:{}", portal());
    let run = |profile: &str| {
        let mut command = command(TOOL, &simulator.url);
        command
            .env("JUMPSTART_VPC_CLOCK_SCALE", "300")
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_ENDPOINT_URL_SSO", &portal)
            .env("HOME", &folder.0)
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env("AWS_PROFILE", profile);
        let ended = command.args(["plan", "up", "--no-preflight"]).output();
        Ended::of(ended.unwrap())
    };
    simulator
        .tool(&["plan", "up", "--no-preflight"])
        .succeeded();
    // Before anybody has logged in, these two say what they lack.
    for profile in ["sso", "login"] {
        let ended = run(profile);
        assert_eq!(ended.code, Some(1), "{profile}: {}", ended.err);
        let err = ended.err.to_lowercase();
        assert!(err.contains(profile), "{profile}: {}", ended.err);
    }
    log_in(&folder);
    let user = "arn:aws:iam::111122223333:user";
    let role = "arn:aws:sts::111122223333:assumed-role";
    for (profile, caller) in [
        ("keys", format!("{user}/keys")),
        ("process", format!("{user}/proc")),
        ("assumed", format!("{role}/operator/")),
        ("web", format!("{role}/ci/")),
        ("sso", format!("{user}/portal")),
        ("login", format!("{user}/login")),
    ] {
        let ended = run(profile);
        assert_eq!(ended.code, Some(0), "{profile}: {}", ended.err);
        let callers = simulator.callers();
        let mut callers = callers.iter();
        assert!(
            callers.any(|arn| arn.starts_with(&caller)),
            "{profile}: {:?}",
            simulator.callers()
        );
    }
}
